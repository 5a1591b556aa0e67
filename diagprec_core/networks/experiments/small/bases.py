"""The bases of the small networks, from the rows of G: dense orthogonal matrices, columns u_i.

What in them no data determine is fixed by definition. A coordinate is *null* if its curvature
u^T G u is below SMALLEST times the largest; the eigenvectors that span G's null space are whatever
the eigensolver returns, so no rule may depend on them: see `settle`.
"""

import jax
import jax.numpy as jnp
import numpy as np

from .... import validation as check
from ....methods.bases import align
from . import curvature

SMALLEST = 1e-8
QUARTERS = {"geodesic 1/4": 1, "geodesic 1/2": 2, "geodesic 3/4": 3}
BASES = ("identity", "Kronecker", "full", "Fisher", *QUARTERS)
NULL = ("out", "mean", "raw")


def build(kind, network, z, gradients):
    """Return a basis at a point, shape (p, p); None for the identity.

    Parameters
    ----------
    kind : str
        One of `BASES`. "Kronecker": eigenvectors of the two partial traces of each matrix's block
        of G. "full": eigenvectors of G. "Fisher": those of the empirical Fisher matrix, the mean of
        g g^T with the labels as they are. "geodesic 1/4" and so on: on the geodesic of rotations
        from the identity to the full basis.
    network : models.Network
    z : array of shape (n, k, p)
        Whose mean Z^T Z is G.
    gradients : array of shape (n, p)
        Gradients of single examples.

    Raises
    ------
    ValueError
        If there is no such basis.
    """
    if kind == "identity":
        return None
    if kind == "Kronecker":
        return curvature.kronecker(network, z)
    if kind == "full":
        return curvature.full(z)
    if kind == "Fisher":
        return curvature.full(gradients[:, None, :])
    if kind in QUARTERS:
        return _geodesic(curvature.gauss_newton(z), QUARTERS[kind])
    return check.fail("kind", check.describe(kind), "one of " + ", ".join(BASES))


def _geodesic(matrix, quarters):
    """Return the basis a number of quarters of the way from the identity to the eigenbasis."""
    end = _definite_eigenvectors(matrix)
    shape = jax.ShapeDtypeStruct(end.shape, end.dtype)
    end = jax.pure_callback(_aligned, shape, end, vmap_method="sequential")
    half = _root(end)
    quarter = _root(half) if quarters != 2 else None
    return {1: quarter, 2: half, 3: None if quarter is None else half @ quarter}[quarters]


def _definite_eigenvectors(matrix):
    """Return eigenvectors of G of which those of the null space are singled out as well.

    There they are those of diag(1, ..., p) seen from the null space; all other eigenvectors are
    unique if no two eigenvalues agree. A geodesic to an arbitrary basis would be arbitrary.
    """
    p = len(matrix)
    values, vectors = jnp.linalg.eigh(matrix)
    null = vectors * (values <= SMALLEST * values[-1])
    weights = jnp.arange(1.0, p + 1) / p
    seen = null.T @ (weights[:, None] * null)
    return jnp.linalg.eigh(matrix / values[-1] - null @ seen @ null.T)[1]


def _aligned(end):
    end = np.asarray(end)
    if not np.isfinite(end).all():  # of a run that has diverged
        return end
    return align(np.eye(len(end)), end).astype(end.dtype)


def _root(rotation):
    """Return the principal square root of a rotation: the orthogonal polar factor of I + U.

    I + U = U^(1/2) (U^(1/2) + U^(-1/2)), and the bracket is positive definite as long as no
    eigenvalue of U is -1.
    """
    sum_ = jnp.eye(len(rotation)) + rotation
    values, vectors = jnp.linalg.eigh(sum_.T @ sum_)
    return sum_ @ (vectors / jnp.sqrt(values)) @ vectors.T


def settle(null, alive, h, v):
    """Return h, v and the weights of coordinates after the null space is treated by definition.

    Parameters
    ----------
    null : {"out", "mean", "raw"}
        "out": null coordinates do not move. "mean": h and v are replaced by their means over the
        null space, so that one scalar serves all of it. "raw": nothing is done, and what Adam and
        clipping do there depends on the eigensolver.
    alive : array of bool, shape (p,)
    h, v : arrays of shape (p,), or None
    """
    if null == "out":
        return h, v, alive.astype(h.dtype)
    if null == "mean":
        count = jnp.maximum(jnp.sum(~alive), 1)

        def levelled(values):
            mean = jnp.sum(jnp.where(alive, 0.0, values)) / count
            return jnp.where(alive, values, mean)

        return levelled(h), None if v is None else levelled(v), jnp.ones_like(h)
    if null == "raw":
        return h, v, jnp.ones_like(h)
    return check.fail("null", check.describe(null), "one of " + ", ".join(NULL))
