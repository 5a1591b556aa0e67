"""Products of row vectors with a fixed matrix, term by term where a column has few entries.

A matrix product may fuse multiplication and addition, and then c a - c a is a rounding error and
not 0: enough to push a run off an invariant line that repels. Few terms, each rounded by itself,
keep such symmetries to the last bit, on every machine; and they cost less.
"""

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
        return lambda vectors, out=None: np.matmul(vectors, matrix, out=out)
    # Entries first, in the order of the rows; a column with fewer of them is filled up by zeros.
    order = np.argsort(~entries, axis=0, kind="stable")[: max(terms, 1)]
    first, *others = zip(order, np.take_along_axis(matrix, order, axis=0), strict=True)
    if np.array_equal(first[0], np.arange(len(matrix))):
        first = slice(None), first[1]  # a view is cheaper than a gather

    def product(vectors, out=None):
        out = np.multiply(vectors[..., first[0]], first[1], out=out)
        for rows, factors in others:
            out += vectors[..., rows] * factors
        return out

    return product
