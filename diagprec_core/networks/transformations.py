"""Gradient transformations in optax's form: a user's own model under the book's rules.

Each is a pair of pure functions and a NamedTuple of state, to be chained with any other::

    optax.chain(optax.ema(0.9), scale_by_gauss_newton(-0.5), optax.scale_by_learning_rate(0.1))

A learning rate too large, or a damping too small, gives inf or nan, and no exception.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from .. import validation as check
from . import factors
from .gauss_newton import BASES, as_samples, gauss_newton
from .outputs import as_loss


class GaussNewtonState(NamedTuple):
    """State of `scale_by_gauss_newton`."""

    count: jax.Array  # shape (), int32: steps made
    basis: object  # the parameters' structure, Factors for each leaf: (m, m) and (n, n), or None
    diagonal: object  # the parameters' structure and shapes


def scale_by_gauss_newton(
    power=-1.0,
    damping=1e-3,
    basis="identity",
    refresh=10,
    *,
    loss="squared",
    samples=None,
    key=None,
    chunk=16,
    largest=factors.LARGEST,
):
    """Scale updates by a power of the Gauss-Newton diagonal in a basis: U (h + mu)^power U^T g.

    h is the diagonal of U^T G U, estimated every `refresh` steps, the first among them, at the
    parameters and on the batch that `update` is given; mu is `damping` times the mean of h, which
    is trace(G)/p in every basis. Where h + mu is zero and the power negative, the coordinate has no
    curvature and does not move.

    Parameters
    ----------
    power : float
        -1 and -1/2 are the book's GN^-1 and GN^-1/2; 0 leaves the updates as they are.
    damping : float
        At least 0, relative to the mean of the diagonal.
    basis : {"identity", "kronecker"}
        "kronecker" takes the eigenvectors of the two partial traces of each matrix's block of G,
        kept as factors; leaves that are no matrices keep the identity.
    refresh : int
        Steps between two estimates. (Under `jax.vmap` both branches are computed at every step.)
    loss : {"squared", "cross-entropy"} or callable
        Whose Hessian in the outputs is meant: see the module `outputs`.
    samples, key, chunk, largest
        As in `gauss_newton`: None is the exact diagonal, which takes a backward pass for every
        output of every example; a number of samples, with a key, as many passes an example.

    Returns
    -------
    optax.GradientTransformationExtraArgs
        Its `update` needs the parameters, and by name `outputs`, a function
        (parameters, inputs) -> outputs; `batch`, the inputs; and for a loss that needs them
        `targets`.

    Raises
    ------
    ValueError
        If an argument is none of these; from `update`, if `outputs`, `batch` or `params` is absent.

    Examples
    --------
    A linear model is solved in one step, because G in this basis is diagonal:

    >>> inputs = jax.random.normal(jax.random.key(0), (20, 3))
    >>> targets = inputs @ jnp.array([[1.0, 0.0], [2.0, 1.0], [0.0, -1.0]])
    >>> model = lambda w, x: x @ w
    >>> squares = lambda w: 0.5 * jnp.sum((model(w, inputs) - targets) ** 2) / len(inputs)
    >>> w = jnp.zeros((3, 2))
    >>> newton = scale_by_gauss_newton(-1.0, damping=0.0, basis="kronecker")
    >>> step, _ = newton.update(
    ...     jax.grad(squares)(w), newton.init(w), w, outputs=model, batch=inputs
    ... )
    >>> bool(squares(w) > 1), bool(squares(w - step) < 1e-6)
    (True, True)
    """
    power, damping = _number("power", power), _number("damping", damping, low=0)
    refresh, loss = check.as_count("refresh", refresh, low=1), as_loss(loss)
    chunk, largest = check.as_count("chunk", chunk, low=1), check.as_count("largest", largest)
    basis, samples = _basis(basis), as_samples(samples, key)

    def init(params):
        zero = jax.tree.map(jnp.zeros_like, params)
        return GaussNewtonState(jnp.zeros((), jnp.int32), _start(basis, params, largest), zero)

    def update(updates, state, params=None, *, outputs=None, batch=None, targets=None, **_):
        if params is None:
            check.fail("params", None, "the parameters, to which update was given the gradient")

        def estimate():
            drawn = None if samples is None else jax.random.fold_in(key, state.count)
            how = {"basis": basis, "samples": samples, "key": drawn}
            how |= {"chunk": chunk, "largest": largest}
            return tuple(gauss_newton(loss, outputs, params, batch, targets, **how))

        u, h = jax.lax.cond(
            state.count % refresh == 0, estimate, lambda: (state.basis, state.diagonal)
        )
        size = sum(leaf.size for leaf in jax.tree.leaves(h))
        added = damping * sum(leaf.sum() for leaf in jax.tree.leaves(h)) / size
        turned = factors.rotate(u, updates)
        scaled = jax.tree.map(lambda g, d: _power(d + added, power) * g, turned, h)
        scaled = factors.rotate_back(u, scaled)
        scaled = jax.tree.map(lambda s, g: s.astype(g.dtype), scaled, updates)
        return scaled, GaussNewtonState(state.count + 1, u, h)

    return optax.GradientTransformationExtraArgs(init, update)


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
    beta1 = _number("beta1", beta1, low=0, high=1, open_high=True)
    beta2 = _number("beta2", beta2, low=0, high=1, open_high=True)
    eps, refresh = _number("eps", eps, low=0), check.as_count("refresh", refresh, low=1)
    basis, largest = _basis(basis), check.as_count("largest", largest)

    def averaged(old, new, beta):
        return jax.tree.map(lambda a, b: (beta * a + (1 - beta) * b).astype(a.dtype), old, new)

    def traces(g):
        if basis == "identity":
            return factors.identity(g)
        return factors.traces(jax.tree.map(lambda leaf: leaf[None], g), largest)

    def init(params):
        zero = jax.tree.map(jnp.zeros_like, params)
        count, start = jnp.zeros((), jnp.int32), _start(basis, params, largest)
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


def _power(damped, power):
    """Return damped^power, and 0 where a negative power meets no curvature."""
    flat = damped <= 0  # false for nan, which stays
    return jnp.where(flat, jnp.where(power == 0, 1.0, 0.0), jnp.where(flat, 1.0, damped) ** power)


def _number(name, value, **limits):
    """Check a number; what is traced (a knob under vmap) has no value to check."""
    return value if isinstance(value, jax.core.Tracer) else check.as_number(name, value, **limits)


def _basis(basis):
    if not (isinstance(basis, str) and basis in BASES):
        check.fail("basis", check.describe(basis), " or ".join(map(repr, BASES)))
    return basis


def _start(basis, params, largest):
    if basis == "identity":
        return factors.identity(params)
    return factors.start(params, largest)
