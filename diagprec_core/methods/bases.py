"""Orthogonal bases: the coordinates in which a preconditioner is diagonal.

A basis is a float64 array of shape (d, d) whose columns are the basis vectors u_i; the
coordinates of theta in it are ``basis.T @ theta``. Preconditioners see only the gradient in these
coordinates, so a column's sign and the order of the columns change nothing.
"""

import numpy as np
from scipy.linalg import expm, logm
from scipy.optimize import linear_sum_assignment

from .. import validation as check

REFLECTION_MARGIN = 1e-6


def identity_basis(d):
    """Return the basis of the parameters themselves, shape (d, d).

    Returns
    -------
    numpy.ndarray, shape (d, d)

    Raises
    ------
    ValueError
        If `d` is not an integer of at least 1.

    Examples
    --------
    >>> identity_basis(2)
    array([[1., 0.],
           [0., 1.]])
    """
    return np.eye(check.as_count("d", d, low=1))


def eigenbasis(matrix):
    """Return orthonormal eigenvectors of a symmetric matrix, by ascending eigenvalue.

    Each column's sign is fixed by making its entry of largest size positive (the first such
    entry, with sizes that agree to 1e-9 counted as equal), so that the answer does not depend on
    the linear algebra library. Within a repeated eigenvalue any orthonormal choice is an
    eigenbasis, and the library's is kept.

    Parameters
    ----------
    matrix : array_like, shape (d, d)
        A symmetric matrix, say a Hessian or a covariance.

    Returns
    -------
    numpy.ndarray, shape (d, d)

    Raises
    ------
    ValueError
        If `matrix` is not a finite symmetric matrix.

    Examples
    --------
    >>> eigenbasis([[2, 1], [1, 2]]).round(4)
    array([[ 0.7071,  0.7071],
           [-0.7071,  0.7071]])
    """
    _, vectors = np.linalg.eigh(check.as_symmetric("matrix", matrix))
    sizes = np.abs(vectors)
    leading = (sizes > sizes.max(axis=0) * (1 - 1e-9)).argmax(axis=0)
    signs = np.sign(vectors[leading, np.arange(len(vectors))])
    return vectors * signs


def random_basis(d, rng):
    """Return a basis that prefers no direction, as far as a preconditioner can see.

    Up to the signs of its columns, which no preconditioner sees, it has the uniform law on the
    orthogonal matrices.

    Parameters
    ----------
    d : int
        At least 1.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (d, d)

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> basis = random_basis(3, np.random.default_rng(0))
    >>> bool(np.abs(basis.T @ basis - np.eye(3)).max() < 1e-14)
    True
    """
    d = check.as_count("d", d, low=1)
    check.as_instance("rng", rng, np.random.Generator)
    return np.linalg.qr(rng.standard_normal((d, d)))[0]


def align(start, end):
    """Reorder and re-sign the columns of `end` so that a geodesic from `start` can reach it.

    Columns are matched to those of `start` so that the sum of the sizes of their inner products
    is largest, then signed so that each inner product is not negative; if the determinant of
    ``start.T @ end`` is then -1, the column with the smallest inner product changes its sign.

    Returns
    -------
    numpy.ndarray, shape (d, d)

    Raises
    ------
    ValueError
        If an argument is not orthogonal, or their shapes differ.

    Examples
    --------
    >>> align(np.eye(2), [[0, -1], [1, 0]])
    array([[1., 0.],
           [0., 1.]])
    """
    start, end = _pair(start, end)
    overlap = start.T @ end
    _, order = linear_sum_assignment(-np.abs(overlap))
    diagonal = overlap[np.arange(len(start)), order]
    signs = np.where(diagonal < 0, -1.0, 1.0)
    if np.linalg.det(overlap[:, order] * signs) < 0:
        signs[np.abs(diagonal).argmin()] *= -1
    return end[:, order] * signs + 0.0


def geodesic(start, end, t):
    """Return the basis a fraction `t` of the way along the geodesic of rotations.

    U(t) = U0 expm(t logm(U0^T U1)), with U0 = `start` and U1 = `end` after :func:`align`: so
    U(1) has the columns of `end` up to order and sign, which no preconditioner can see.

    Parameters
    ----------
    start, end : array_like, shape (d, d)
        Orthogonal matrices.
    t : float
        0 gives `start`, 1 gives `end` (aligned).

    Returns
    -------
    numpy.ndarray, shape (d, d)

    Raises
    ------
    ValueError
        If an argument is not orthogonal, shapes differ, `t` is not a finite number, or the two
        bases are half a turn apart (an eigenvalue -1 of U0^T U1), where no geodesic is singled out.

    Examples
    --------
    >>> turned = np.array([[0.8, -0.6], [0.6, 0.8]])
    >>> half = geodesic(np.eye(2), turned, 0.5)
    >>> np.abs(half @ half - turned).max() < 1e-12
    np.True_
    """
    start, end = _pair(start, end)
    t = check.as_number("t", t)
    rotation = start.T @ align(start, end)
    if np.abs(np.linalg.eigvals(rotation) + 1).min() < REFLECTION_MARGIN:
        check.fail("end", "a basis half a turn away from start", "one that is less than that away")
    generator = np.real(logm(rotation))
    generator = 0.5 * (generator - generator.T)
    return start @ expm(t * generator)


def kronecker_basis(left, right):
    """Return the basis ``kron(left, right)`` for matrix parameters, stored row by row.

    For a parameter matrix W of shape (m, n), ``kronecker_basis(L, R).T @ W.ravel()`` is
    ``(L.T @ W @ R).ravel()``: the coordinates in which Shampoo and SOAP precondition.

    Parameters
    ----------
    left : array_like, shape (m, m)
    right : array_like, shape (n, n)
        Orthogonal matrices.

    Returns
    -------
    numpy.ndarray, shape (m * n, m * n)

    Raises
    ------
    ValueError
        If an argument is not a square orthogonal array.

    Examples
    --------
    >>> kronecker_basis(np.eye(2), [[0, 1], [1, 0]]).shape
    (4, 4)
    """
    left = check.as_basis("left", left, _side("left", left))
    right = check.as_basis("right", right, _side("right", right))
    return np.kron(left, right)


def _side(name, matrix):
    """Return the number of rows that an orthogonal matrix is expected to have."""
    return len(check.as_array(name, matrix, (None, None)))


def _pair(start, end):
    """Check two bases of one size."""
    start = check.as_basis("start", start, _side("start", start))
    return start, check.as_basis("end", end, len(start))
