"""Kronecker-factored bases for matrix parameters, as in Shampoo and SOAP (claim B-4).

A parameter matrix W of shape (m, n) is stored row by row, so a covariance of its mn entries has the
entries M[(i, k), (j, l)], and ``kron(A, C)`` has A act on rows and C on columns.
"""

import numpy as np

from .. import validation as check
from .bases import eigenbasis, kronecker_basis


def partial_traces(matrix, shape):
    """Return the row factor sum_k M[(i, k), (j, k)] and the column factor sum_i M[(i, k), (i, l)].

    For M = E[vec(G) vec(G)^T] they are E[G G^T] and E[G^T G], Shampoo's two statistics.

    Parameters
    ----------
    matrix : array_like, shape (m n, m n)
        M, symmetric.
    shape : tuple of int
        (m, n), rows and columns of the parameter matrix.

    Returns
    -------
    left : numpy.ndarray, shape (m, m)
    right : numpy.ndarray, shape (n, n)

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> left, right = partial_traces(np.kron([[2, 1], [1, 2]], np.diag([3, 4])), (2, 2))
    >>> left
    array([[14.,  7.],
           [ 7., 14.]])
    >>> right
    array([[12.,  0.],
           [ 0., 16.]])
    """
    tensor = _tensor(matrix, shape)
    return np.einsum("ikjk->ij", tensor), np.einsum("ikil->kl", tensor)


def nearest_kronecker(matrix, shape):
    """Return A and C so that kron(A, C) is nearest to M in Frobenius norm.

    It is the best rank-one approximation of M rearranged as a map from n x n to m x m matrices
    (Van Loan and Pitsianis 1993). As M is symmetric, this map takes symmetric matrices to symmetric
    and skew ones to skew ones: both factors are symmetric or, for some indefinite M, both skew. The
    split of the scale is even and the trace of C not negative.

    Parameters, shapes and errors are those of :func:`partial_traces`.

    Returns
    -------
    left, right : numpy.ndarray, shapes (m, m) and (n, n)

    Examples
    --------
    >>> A, C = nearest_kronecker(np.kron(np.diag([1, 4]), [[2, 1], [1, 2]]), (2, 2))
    >>> np.abs(np.kron(A, C) - np.kron(np.diag([1, 4]), [[2, 1], [1, 2]])).max() < 1e-12
    np.True_
    """
    tensor = _tensor(matrix, shape)
    turned = tensor.transpose(2, 1, 0, 3)  # M[(j, k), (i, l)]
    pairs = [_leading(tensor + sign * turned, sign) for sign in (1, -1)]
    _, left, right = max(pairs, key=lambda pair: pair[0])  # the symmetric one if they are equal
    return left, right


def _leading(twice, sign):
    """Return the leading singular value and pair of a part, symmetric (sign 1) or skew (-1)."""
    m, n = twice.shape[:2]
    rearranged = 0.5 * twice.transpose(0, 2, 1, 3).reshape(m * m, n * n)
    left, values, right = np.linalg.svd(rearranged, full_matrices=False)
    scale = np.sqrt(values[0]) * np.where(right[0, :: n + 1].sum() < 0, -1.0, 1.0)
    factors = left[:, 0].reshape(m, m), right[0].reshape(n, n)
    # Symmetric or skew up to rounding, which is averaged away.
    return (values[0], *(0.5 * scale * (factor + sign * factor.T) for factor in factors))


def factored_basis(matrix, shape):
    """Return the Kronecker product of the partial traces' eigenbases, as in Shampoo and SOAP.

    Where M is a Kronecker product it is an eigenbasis of M; in general it is the best that
    statistics of rows and of columns know of, which can be nothing (claim B-4).

    Parameters and errors are those of :func:`partial_traces`.

    Returns
    -------
    numpy.ndarray, shape (m n, m n)

    Examples
    --------
    >>> matrix = np.kron([[2, 1], [1, 2]], np.diag([3.0, 4.0]))
    >>> basis = factored_basis(matrix, (2, 2))
    >>> np.diag(basis.T @ matrix @ basis).round(12)
    array([ 3.,  4.,  9., 12.])
    >>> np.abs(basis.T @ matrix @ basis - np.diag([3, 4, 9, 12])).max() < 1e-12
    np.True_
    """
    left, right = partial_traces(matrix, shape)
    return kronecker_basis(eigenbasis(left), eigenbasis(right))


def _tensor(matrix, shape):
    """Check a symmetric matrix and the shape of the parameter; return M[i, k, j, l]."""
    needed = "(rows, columns), two integers of at least 1"
    if not isinstance(shape, tuple | list) or len(shape) != 2:
        check.fail("shape", check.describe(shape), needed)
    rows, columns = (check.as_count("shape", side, low=1) for side in shape)
    matrix = check.as_symmetric("matrix", matrix)
    if len(matrix) != rows * columns:
        check.fail("matrix", check.describe(matrix), f"a side of {rows} times {columns}")
    return matrix.reshape(rows, columns, rows, columns)
