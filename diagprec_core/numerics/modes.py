"""Preconditioned modes: the coordinates in which a fixed preconditioner acts like a number.

With P = diag(w) in a basis in which the matrix is M, S = P^(1/2) M P^(1/2) = Q diag(s) Q^T. Errors
e turn into Q^T P^(-1/2) e, and there a step at rate eta multiplies coordinate i by 1 - eta s_i.
"""

from dataclasses import dataclass

import numpy as np

from .blocks import apply


@dataclass(frozen=True, eq=False)
class Modes:
    """The eigenvalues s, and the way between errors in the basis and coordinates of the modes.

    Attributes
    ----------
    values : numpy.ndarray, shape (..., d)
        s_i, block by block.
    root : numpy.ndarray, shape (..., d)
        P^(1/2).
    vectors : numpy.ndarray of shape (..., K, m, m), or None
        Q, block by block; None where M is diagonal, and Q the identity.
    """

    values: np.ndarray
    root: np.ndarray
    vectors: np.ndarray | None

    def inwards(self, errors):
        """Return Q^T P^(-1/2) e for errors that broadcast with (..., d), shape (..., d)."""
        return self._turn(errors / self.root, self.vectors)

    def outwards(self, coordinates):
        """Return P^(1/2) Q c for coordinates c (..., d): the inverse of :meth:`inwards`."""
        turned = None if self.vectors is None else np.swapaxes(self.vectors, -1, -2)
        return self.root * self._turn(coordinates, turned)

    def moments(self, errors):
        """Return the squares of :meth:`inwards`: second moments where the start is sure."""
        return self.inwards(errors) ** 2

    @staticmethod
    def _turn(rows, vectors):
        """Multiply rows (..., d) by the blocks of a rotation."""
        if vectors is None:
            return rows
        if vectors.ndim == 3:
            return apply(vectors, rows)
        blocks = rows.reshape(*rows.shape[:-1], *vectors.shape[-3:-1])
        return np.einsum("...km,...kmn->...kn", blocks, vectors).reshape(rows.shape)


def preconditioned_modes(matrix, weights):
    """Return the modes of a matrix under the preconditioner with these weights.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (d,) or (K, m, m)
        A symmetric positive definite matrix: a diagonal, or its blocks.
    weights : numpy.ndarray, shape (d,) or (n, d)
        w, positive: one preconditioner, or n of them.

    Returns
    -------
    Modes

    Examples
    --------
    >>> modes = preconditioned_modes(np.array([[[4.0, 1.0], [1.0, 1.0]]]), np.array([0.25, 1.0]))
    >>> modes.values, modes.outwards(modes.inwards(np.array([3.0, 4.0])))
    (array([0.5, 1.5]), array([3., 4.]))
    """
    root = np.sqrt(weights)
    if matrix.ndim == 1:
        return Modes(matrix * weights, root, None)
    split = root.reshape(*root.shape[:-1], *matrix.shape[:2])
    values, vectors = np.linalg.eigh(split[..., :, None] * matrix * split[..., None, :])
    values = np.maximum(values, np.finfo(float).tiny)  # positive, whatever rounding says
    return Modes(values.reshape(root.shape), root, vectors)
