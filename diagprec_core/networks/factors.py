"""Kronecker bases of a pytree of parameters, kept as factors: no matrix of size p x p.

Every matrix-shaped leaf, shape (m, n), has a `Factors`: two orthogonal matrices, left (m, m) and
right (n, n), whose Kronecker product is the leaf's basis. A gradient D of that shape has the
coordinates left^T D right. Leaves of any other shape, and sides of length 1 or longer than a
limit, keep the identity, written None. That is how Shampoo and SOAP keep their bases.

A basis is a pytree with the parameters' structure and a `Factors` for each leaf.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

LARGEST = 1024  # a side longer than this keeps the identity: its factor would cost more than it is


class Factors(NamedTuple):
    """What belongs to the two sides of one leaf: orthogonal matrices, or the traces they come from.

    Attributes
    ----------
    left : array of shape (m, m), or None for the identity
    right : array of shape (n, n), or None for the identity
    """

    left: jax.Array | None
    right: jax.Array | None


def identity(parameters):
    """Return the identity basis.

    >>> identity({"a": jnp.ones((2, 3))})
    {'a': Factors(left=None, right=None)}
    """
    return jax.tree.map(lambda _: Factors(None, None), parameters)


def start(parameters, largest=LARGEST):
    """Return the Kronecker basis that is the identity, its factors written out.

    >>> start({"a": jnp.ones((2, 3)), "b": jnp.ones(3)})["a"].left.shape
    (2, 2)
    """
    return jax.tree.map(lambda leaf: Factors(*_sides(leaf.shape, leaf.dtype, largest)), parameters)


def _sides(shape, dtype, largest):
    if len(shape) != 2:
        return None, None
    return tuple(jnp.eye(n, dtype=dtype) if 1 < n <= largest else None for n in shape)


def traces(rows, largest=LARGEST):
    """Return the partial traces, the sums of D D^T and of D^T D over the rows D of a pytree.

    Parameters
    ----------
    rows : pytree
        Its leaves have one leading axis more than the parameters.
    largest : int, optional
        Sides longer than this have None.

    Returns
    -------
    pytree of Factors

    Examples
    --------
    >>> traces(jnp.ones((5, 2, 3))).left.tolist()
    [[15.0, 15.0], [15.0, 15.0]]
    """

    def one(d):
        if d.ndim != 3:
            return Factors(None, None)
        m, n = d.shape[1:]
        left = jnp.einsum("aik,ajk->ij", d, d) if 1 < m <= largest else None
        right = jnp.einsum("aik,ail->kl", d, d) if 1 < n <= largest else None
        return Factors(left, right)

    return jax.tree.map(one, rows)


def eigenbasis(of_traces):
    """Return the eigenvectors of every trace, eigenvalues ascending: a basis of the same structure.

    >>> eigenbasis(Factors(jnp.diag(jnp.array([1.0, 2.0])), None)).left.shape
    (2, 2)
    """

    def vectors(matrix):
        wide = jnp.promote_types(matrix.dtype, jnp.float32)  # no eigensolver for half precision
        return jnp.linalg.eigh(matrix.astype(wide))[1].astype(matrix.dtype)

    return jax.tree.map(vectors, of_traces)


def rotate(basis, tree):
    """Return the coordinates of a pytree in a basis; its leaves may have further leading axes.

    >>> rotate(Factors(None, jnp.eye(3)[:, ::-1]), jnp.arange(3.0)[None]).tolist()
    [[2.0, 1.0, 0.0]]
    """
    return jax.tree.map(_turned, tree, basis)


def rotate_back(basis, tree):
    """Return the pytree that has the given coordinates in a basis: the inverse of `rotate`.

    >>> turn = Factors(jnp.array([[0.6, -0.8], [0.8, 0.6]]), None)
    >>> bool(jnp.allclose(rotate_back(turn, rotate(turn, jnp.ones((2, 3)))), 1))
    True
    """
    return jax.tree.map(lambda leaf, f: _turned(leaf, Factors(*map(_transposed, f))), tree, basis)


def carried(second, old, new):
    """Return a second moment, kept in the basis `old`, as it reads in the basis `new`.

    With U and U' the two bases it is diag(U'^T U diag(v) U^T U'), leaf by leaf
    (left'^T left)^2 v (right^T right')^2 with the squares taken entry by entry. That is exact for
    the matrix U diag(v) U^T. The average of g g^T is another matrix: it has entries off the
    diagonal in the basis `old`, which a diagonal does not keep, and they are lost at each change of
    basis. Without them nothing smaller than the average itself, p x p, would do.

    >>> same = Factors(jnp.eye(2), None)
    >>> carried(jnp.array([[1.0], [2.0]]), same, same).tolist()
    [[1.0], [2.0]]
    """

    def one(v, before, after):
        pairs = zip(before, after, strict=True)
        left, right = (None if b is None else (b.T @ a) ** 2 for b, a in pairs)
        return _turned(v, Factors(left, right))

    return jax.tree.map(one, second, old, new)


def _transposed(matrix):
    return None if matrix is None else matrix.T


def _turned(leaf, factors):
    """Return left^T leaf right over the last two axes."""
    left, right = factors
    if left is not None:
        leaf = left.T @ leaf
    return leaf if right is None else leaf @ right
