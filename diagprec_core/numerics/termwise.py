"""Products of row vectors with a fixed matrix, term by term where a column has few entries.

A matrix product may fuse multiplication and addition, and then c a - c a is a rounding error and
not 0: enough to push a run off an invariant line that repels. Few terms, each rounded by itself,
keep such symmetries to the last bit, on every machine; and they cost less.
"""

from dataclasses import dataclass

import numpy as np

FEW = 2


def product_with(matrix):
    """Return the function that takes vectors (..., n) to ``vectors @ matrix``, shape (..., m).

    Parameters
    ----------
    matrix : numpy.ndarray, shape (n, m)

    Returns
    -------
    callable
        Takes `vectors` and, by keyword, `out` to write into (not `vectors` itself).

    Examples
    --------
    >>> product_with(np.array([[0.1, 1.0], [-0.1, 1.0]]))(np.array([[0.3, 0.3], [1.0, 2.0]]))
    array([[ 0. ,  0.6],
           [-0.1,  3. ]])
    """
    entries = matrix != 0
    terms = entries.sum(axis=0).max()
    if terms > FEW:
        return Product(matrix)
    # Entries first, in the order of the rows; a column with fewer of them is filled up by zeros.
    order = np.argsort(~entries, axis=0, kind="stable")[: max(terms, 1)]
    rows, factors = list(order), list(np.take_along_axis(matrix, order, axis=0))
    if np.array_equal(rows[0], np.arange(len(matrix))):
        rows[0] = slice(None)  # a view is cheaper than a gather
    return TermwiseProduct(rows, factors)


@dataclass(frozen=True, eq=False)
class Product:
    """The product with a matrix that has many entries in a column."""

    matrix: np.ndarray

    def __call__(self, vectors, out=None):
        """Return the product."""
        return np.matmul(vectors, self.matrix, out=out)


@dataclass(frozen=True, eq=False)
class TermwiseProduct:
    """The sum over a few terms, each a gather of the vectors times factors (m,)."""

    rows: list
    factors: list

    def __call__(self, vectors, out=None):
        """Return the product."""
        out = np.multiply(vectors[..., self.rows[0]], self.factors[0], out=out)
        for rows, factors in zip(self.rows[1:], self.factors[1:], strict=True):
            out += vectors[..., rows] * factors
        return out
