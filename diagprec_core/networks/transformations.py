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
from .adam_in_basis import scale_by_adam_in_basis
from .gauss_newton import as_basis_name, as_number, as_samples, gauss_newton, start_basis
from .outputs import as_loss

__all__ = ["GaussNewtonState", "scale_by_adam_in_basis", "scale_by_gauss_newton"]


class GaussNewtonState(NamedTuple):
    """State of `scale_by_gauss_newton`."""

    count: jax.Array  # shape (), int32: steps made
    basis: object  # the parameters' structure, Factors for each leaf: (m, m) and (n, n), or None
    diagonal: object  # the parameters' structure and shapes; the plain average where one is kept


def scale_by_gauss_newton(
    power=-1.0,
    damping=1e-3,
    basis="identity",
    refresh=10,
    *,
    loss="squared",
    samples=None,
    key=None,
    average=0.0,
    clip=None,
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
    average : float
        In [0, 1): h is the average of all estimates so far, those that are n refreshes old with
        the weight average^n. The weights sum to 1, as in Adam; published Sophia leaves them at
        (1 - average) average^n, so that its h grows with the first 1/(1 - average) refreshes and
        its clip means another thing at each. Only in the basis "identity": estimates in different
        bases have no average, and the average of G itself is p x p numbers.
    clip : float, optional
        Above 0: no coordinate in the basis moves by more. A coordinate without curvature then
        moves by the clip, which is the limit of small curvatures. With power -1, no damping, and
        the gradient averaged beforehand, that is Sophia's step.

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

    Sophia's step is a sign where the curvature is small, and at most the clip everywhere:

    >>> sophia = scale_by_gauss_newton(-1.0, damping=0.0, average=0.9, clip=1.0)
    >>> x = jnp.array([[2.0, 0.0], [0.0, 0.1]])
    >>> step, _ = sophia.update(
    ...     jnp.array([1.0, -1.0]), sophia.init(jnp.ones(2)), jnp.ones(2), outputs=model, batch=x
    ... )
    >>> step.round(4).tolist()
    [0.5, -1.0]
    """
    power, damping = as_number("power", power), as_number("damping", damping, low=0)
    refresh, loss = check.as_count("refresh", refresh, low=1), as_loss(loss)
    chunk, largest = check.as_count("chunk", chunk, low=1), check.as_count("largest", largest)
    basis, samples = as_basis_name(basis), as_samples(samples, key)
    average = as_number("average", average, low=0, high=1, open_high=True)
    averaged = isinstance(average, jax.core.Tracer) or average > 0
    if averaged and basis != "identity":
        check.fail("average", average, f"0 in the basis {basis!r}, which changes")
    clip = None if clip is None else as_number("clip", clip, low=0, open_low=True)

    def init(params):
        zero = jax.tree.map(jnp.zeros_like, params)
        return GaussNewtonState(jnp.zeros((), jnp.int32), start_basis(basis, params, largest), zero)

    def update(updates, state, params=None, *, outputs=None, batch=None, targets=None, **_):
        if params is None:
            check.fail("params", None, "the parameters, to which update was given the gradient")

        def estimate():
            drawn = None if samples is None else jax.random.fold_in(key, state.count)
            how = {"basis": basis, "samples": samples, "key": drawn}
            how |= {"chunk": chunk, "largest": largest}
            u, new = gauss_newton(loss, outputs, params, batch, targets, **how)
            if not averaged:
                return u, new
            return u, jax.tree.map(
                lambda h, a: average * h + (1 - average) * a, state.diagonal, new
            )

        u, kept = jax.lax.cond(
            state.count % refresh == 0, estimate, lambda: (state.basis, state.diagonal)
        )
        weights = 1 - average ** (state.count // refresh + 1) if averaged else 1
        h = jax.tree.map(lambda a: a / weights, kept)
        size = sum(leaf.size for leaf in jax.tree.leaves(h))
        added = damping * sum(leaf.sum() for leaf in jax.tree.leaves(h)) / size
        turned = factors.rotate(u, updates)
        scaled = jax.tree.map(lambda g, d: _scaled(g, d + added, power, clip), turned, h)
        scaled = factors.rotate_back(u, scaled)
        scaled = jax.tree.map(lambda s, g: s.astype(g.dtype), scaled, updates)
        return scaled, GaussNewtonState(state.count + 1, u, kept)

    return optax.GradientTransformationExtraArgs(init, update)


def _scaled(g, damped, power, clip):
    """Return damped^power g, clipped; without curvature a negative power gives 0, or the clip."""
    flat = damped <= 0  # false for nan, which stays
    scaled = jnp.where(flat, 1.0, damped) ** power * g
    if clip is None:
        return jnp.where(flat & (power != 0), 0.0, scaled)
    limit = jnp.where(power > 0, 0.0, jnp.where(power < 0, clip * jnp.sign(g), g))
    return jnp.clip(jnp.where(flat, limit, scaled), -clip, clip)
