"""Medians over seeds with exact intervals, paired ratios, and what they say beside a margin.

Nothing is assumed of the law of the values: the interval of a median is a pair of order
statistics, whose probability of enclosing the median is a binomial sum. A seed without an answer
(a run that never got there) is inf, larger than all others.
"""

import math
from dataclasses import dataclass

import numpy as np

from ... import validation as check

LEVEL = 0.95
MARGIN = 1.5  # two rules are equal where the median of their ratio is within [1/MARGIN, MARGIN]


@dataclass(frozen=True)
class Interval:
    """A median and the order statistics around it.

    Attributes
    ----------
    value, low, high : float
    level : float
        The probability that such an interval encloses the median of the law behind the values.
    """

    value: float
    low: float
    high: float
    level: float

    def __str__(self):
        return "{} [{}, {}]".format(*map(_digits, (self.value, self.low, self.high)))

    def verdict(self, margin=MARGIN):
        """Return what the interval says of a ratio: "less", "equal", "more" or "open".

        "less" and "more": it lies on one side of 1. "equal": it lies within [1/margin, margin]; an
        interval within the margin and off 1 is both, and then "equal" is said, because the margin
        is what was held to matter. "open": none of these is shown.

        >>> [Interval(1, *pair, 0.96).verdict() for pair in ((0.7, 1.4), (0.5, 0.9), (0.5, 2))]
        ['equal', 'less', 'open']
        """
        if self.low >= 1 / margin and self.high <= margin:
            return "equal"
        if self.high < 1:
            return "less"
        return "more" if self.low > 1 else "open"


def _digits(value):
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def rank(size, level=LEVEL):
    """Return (k, level): the k-th smallest and the k-th largest of `size` values are the interval.

    k is the largest for which the interval encloses the median with at least that probability,
    which is 1 - 2 P(Binomial(size, 1/2) < k); 1 where even the whole range has less.

    >>> k, exact = rank(9)
    >>> k, round(exact, 3)
    (2, 0.961)
    """
    size = check.as_count("size", size, low=1)

    def exact(k):
        return 1 - 2 * sum(math.comb(size, j) for j in range(k)) / 2**size

    k = max((k for k in range(1, (size + 1) // 2 + 1) if exact(k) >= level), default=1)
    return k, exact(k)


def median(values, level=LEVEL):
    """Return the `Interval` of the median of values; inf is allowed, nan is not.

    Of an even number of values the median is the larger of the two in the middle, so that no
    average with inf is taken.

    Raises
    ------
    ValueError
        If there are no values, or one is nan.

    Examples
    --------
    >>> print(median([3.0, 1.0, 2.0, 5.0, 4.0, 9.0, 8.0, np.inf, 6.0]))
    5 [2, 9]
    """
    values = np.sort(np.asarray(values, dtype=float))
    if values.ndim != 1 or not values.size or np.isnan(values).any():
        check.fail("values", check.describe(values), "numbers, at least one, none of them nan")
    k, exact = rank(len(values), level)
    return Interval(*map(float, (values[len(values) // 2], values[k - 1], values[-k])), exact)


def ratio(first, second, level=LEVEL):
    """Return the `Interval` of the median of first/second, seed by seed.

    Where both are inf, or both 0, the ratio is unknown: it counts as 0 at the lower end and as inf
    at the upper one, and for the median as 1.

    Raises
    ------
    ValueError
        If the two have not the same seeds, or a value is negative or nan.

    Examples
    --------
    >>> print(ratio([1.0, 2.0, np.inf], [2.0, 4.0, np.inf]))
    0.5 [0, inf]
    """
    first, second = (np.asarray(values, dtype=float) for values in (first, second))
    if first.shape != second.shape or first.ndim != 1 or not first.size:
        given = f"arrays of shapes {first.shape} and {second.shape}"
        check.fail("first, second", given, "one value for each of the same seeds")
    if not (np.all(first >= 0) and np.all(second >= 0)):
        check.fail("first, second", "a value that is negative or nan", "values of at least 0")
    unknown = (np.isinf(first) & np.isinf(second)) | ((first == 0) & (second == 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        known = first / second
    middle, low, high = (
        median(np.where(unknown, stand_in, known), level) for stand_in in (1.0, 0.0, np.inf)
    )
    return Interval(middle.value, low.low, high.high, middle.level)
