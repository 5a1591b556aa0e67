"""How evidence is judged: symbols that vanish, deviations below a bound, z-scores within chance."""

import numpy as np
from scipy.special import ndtri, stdtrit

from .registry import Outcome

FALSE_ALARM = 1e-6
POWER = 0.95


def vanishes(*expressions):
    """Return the outcome of a symbolic check: SymPy has reduced every difference to 0.

    >>> import sympy as sp
    >>> vanishes(sp.Integer(0), sp.Symbol("x"))
    Outcome(holds=False, measured='0; x', expected='0; 0')
    """
    measured = [" ".join(str(e).split()) for e in expressions]
    short = [text if len(text) <= 70 else text[:67] + "..." for text in measured]
    return Outcome(
        all(e == 0 for e in expressions), "; ".join(short), "; ".join("0" for _ in expressions)
    )


def below(value, bound, what):
    """Return the outcome that a deviation stays below a bound fixed beforehand.

    The order of magnitude alone is reported, as the digits of a rounding error depend on the
    machine; and no lower than a thousandth of the bound.

    >>> below(3e-9, 1e-3, "largest deviation")
    Outcome(holds=True, measured='largest deviation below 1e-06', expected='below 1e-03')
    """
    holds = bool(value < bound)
    level = bound
    while holds and level > bound * 2e-3 and value < level / 10:
        level /= 10
    measured = f"{what} below {level:.0e}" if holds else f"{what} {value:.2g}"
    return Outcome(holds, measured, f"below {bound:.0e}")


def consistent(z_scores, resolution, runs=None):
    """Return the outcome of a statistical check: no z-score beyond what chance gives.

    The limit on ``|z|`` is that of a false alarm in one of a million checks, corrected for the
    number of scores (Bonferroni). The sample size is fixed before, so what would have been seen in
    95 of 100 cases is known, and reported: a deviation of the limit and 1.64 standard errors more.

    Parameters
    ----------
    z_scores : array_like
        Deviations from the claimed values in standard errors; nan counts as a failure.
    resolution : float
        The largest standard error, relative to the claimed value (or to its natural scale).
    runs : int, optional
        How many independent runs each standard error is estimated from, where they are few: then
        the limit is that of Student's t. The default takes the error for known.

    >>> consistent([0.3, -2.0], 1e-3).holds, consistent([0.3, -5.5], 1e-3).holds
    (True, False)
    >>> consistent([0.3, -5.5], 1e-3, runs=32).expected
    'below 6.3; would see an error of 0.008'
    """
    z_scores = np.ravel(z_scores)
    tail = FALSE_ALARM / (2 * len(z_scores))
    limit = -ndtri(tail) if runs is None else -stdtrit(runs - 1, tail)
    largest = np.abs(z_scores).max()
    return Outcome(
        largest < limit,
        f"largest |z| of {len(z_scores)}: {largest:.1f}",
        f"below {limit:.1f}; would see an error of {(limit + ndtri(POWER)) * resolution:.1g}",
    )
