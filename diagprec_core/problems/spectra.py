"""Spectra by name."""

import numpy as np

from .. import validation as check


def power_law_spectrum(d, exponent):
    """Return the eigenvalues lambda_i = i^-exponent, i = 1, ..., d, shape (d,).

    Returns
    -------
    numpy.ndarray, shape (d,)

    Raises
    ------
    ValueError
        If `d` is not an integer of at least 1, or `exponent` not a number of at least 0 for which
        the smallest eigenvalue is a normal number of float64.

    Examples
    --------
    >>> power_law_spectrum(4, 1.0)
    array([1.        , 0.5       , 0.33333333, 0.25      ])
    """
    exponent = check.as_number("exponent", exponent, low=0)
    d = check.as_count("d", d, low=1)
    if exponent * np.log(d) > -np.log(np.finfo(float).tiny):
        check.fail("exponent", f"{exponent:g}", f"at most {708 / np.log(d):.3g} for d = {d}")
    return np.arange(1.0, d + 1) ** -exponent
