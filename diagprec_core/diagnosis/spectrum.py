"""Eigenvalues and eigenvectors of measured second moments, and in how many directions they vary."""

from typing import NamedTuple

import numpy as np

from .. import validation as check
from ..tuning.problem import WIDEST

NULL = 1e-10  # Eigenvalues of a correlation matrix, relative to the largest, that are taken for 0.


class Spectrum(NamedTuple):
    """Of second moments (d, d) of rank r.

    Attributes
    ----------
    values : numpy.ndarray, shape (r,)
        From the largest down.
    vectors : numpy.ndarray, shape (d, r)
    condition : float
        Condition number of the correlation matrix, inf where r < d.
    """

    values: np.ndarray
    vectors: np.ndarray
    condition: float


def spectrum_of(matrix):
    """Return the `Spectrum` of second moments, the null directions left out.

    How many these are is read off the correlation matrix, which knows no units: a column in
    millimetres counts as much as one in kilometres.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (d, d)

    Returns
    -------
    Spectrum

    Raises
    ------
    ValueError
        If the units are so far apart that the smallest directions drown in rounding.

    Examples
    --------
    >>> found = spectrum_of(np.diag([1e10, 1.0, 0.0]))
    >>> found.values, found.vectors.shape, found.condition
    (array([1.e+10, 1.e+00]), (3, 2), inf)
    """
    root = np.sqrt(np.diagonal(matrix))
    root = np.where(root > 0, root, 1.0)
    related = np.linalg.eigvalsh(matrix / root[:, None] / root)
    rank = int((related > NULL * related[-1]).sum())
    values, vectors = np.linalg.eigh(matrix)
    values, vectors = values[::-1][:rank], vectors[:, ::-1][:, :rank]
    if not values[-1] * WIDEST > values[0]:
        given = f"variances along directions from {values[-1]:.2g} to {values[0]:.2g}"
        check.fail(
            "features", given, f"a ratio up to {WIDEST:g}; scale them, or choose other units"
        )
    condition = float(related[-1] / related[0]) if rank == len(related) else np.inf
    return Spectrum(values, vectors, condition)
