"""Adam in the Kronecker basis of its gradients, as a gradient transformation in optax's form."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from .. import validation as check
from . import factors
from .gauss_newton import as_basis_name, as_number, start_basis


class AdamInBasisState(NamedTuple):
    """State of `scale_by_adam_in_basis`."""

    count: jax.Array  # shape (), int32: steps made
    mean: object  # the parameters' structure and shapes: average gradient, not rotated
    second: object  # the same: average square of the rotated gradient
    traces: object  # Factors for each leaf: averages of g g^T (m, m) and g^T g (n, n), or None
    basis: object  # Factors for each leaf: (m, m) and (n, n), or None


def scale_by_adam_in_basis(
    beta1=0.9, beta2=0.999, eps=1e-8, basis="kronecker", refresh=10, *, largest=factors.LARGEST
):
    """Rescale updates as Adam does, in the Kronecker basis of the gradients (SOAP's idea).

    A matrix's factors are the eigenvectors of the averages of g g^T and g^T g with decay beta2,
    taken anew every `refresh` steps, the first among them. The gradient is averaged in the
    parameters' coordinates, its square in those of the basis; both averages are corrected for
    their start. At a change of basis the second moment is read in the new one by
    `factors.carried`: exact for the diagonal matrix that was kept, not for the average of
    g g^T, whose other entries a state of this size does not hold. (SOAP moves the entries along
    with their vectors instead, as they are.) In the basis "identity" this is optax's Adam.

    Parameters
    ----------
    beta1, beta2 : float
        In [0, 1).
    eps : float
        At least 0, added to the root of the second moment. It has to be well above the rounding of
        the gradient: the first gradient is diagonal in its own basis, and without eps the rounding
        beside the diagonal would count as much as the diagonal.
    basis : {"kronecker", "identity"}
    refresh : int
    largest : int
        Sides of a matrix longer than this keep the identity.

    Returns
    -------
    optax.GradientTransformation

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    The first step gives all singular values the size 1; those of a positive definite gradient are
    its eigenvalues, which leaves the identity:

    >>> adam = scale_by_adam_in_basis(eps=1e-3)
    >>> g = jnp.array([[3.0, 1.0], [1.0, 2.0]])
    >>> step, _ = adam.update(g, adam.init(g))
    >>> bool(jnp.allclose(step, jnp.eye(2), atol=1e-2))
    True
    """
    beta1 = as_number("beta1", beta1, low=0, high=1, open_high=True)
    beta2 = as_number("beta2", beta2, low=0, high=1, open_high=True)
    eps, refresh = as_number("eps", eps, low=0), check.as_count("refresh", refresh, low=1)
    basis, largest = as_basis_name(basis), check.as_count("largest", largest)

    def averaged(old, new, beta):
        return jax.tree.map(lambda a, b: (beta * a + (1 - beta) * b).astype(a.dtype), old, new)

    def traces(g):
        if basis == "identity":
            return factors.identity(g)
        return factors.traces(jax.tree.map(lambda leaf: leaf[None], g), largest)

    def init(params):
        zero = jax.tree.map(jnp.zeros_like, params)
        count, start = jnp.zeros((), jnp.int32), start_basis(basis, params, largest)
        return AdamInBasisState(count, zero, zero, jax.tree.map(jnp.zeros_like, start), start)

    def update(updates, state, params=None):
        del params
        count = state.count + 1
        mean = averaged(state.mean, updates, beta1)
        sums = averaged(state.traces, traces(updates), beta2)

        def change():
            u = factors.eigenbasis(sums)
            return u, factors.carried(state.second, state.basis, u)

        u, second = jax.lax.cond(
            state.count % refresh == 0, change, lambda: (state.basis, state.second)
        )
        squares = jax.tree.map(jnp.square, factors.rotate(u, updates))
        second = averaged(second, squares, beta2)
        first = jax.tree.map(lambda m: m / (1 - beta1**count), factors.rotate(u, mean))
        scaled = jax.tree.map(
            lambda m, v: m / (jnp.sqrt(v / (1 - beta2**count)) + eps), first, second
        )
        scaled = factors.rotate_back(u, scaled)
        scaled = jax.tree.map(lambda s, g: s.astype(g.dtype), scaled, updates)
        return scaled, AdamInBasisState(count, mean, second, sums, u)

    return optax.GradientTransformation(init, update)
