"""Rational arithmetic for the claims: it shares no code with the floating-point core."""

import itertools
from fractions import Fraction

import sympy as sp


def rational_rotation(d):
    """Return a d x d orthogonal matrix of rationals, no entry of it special.

    >>> U = rational_rotation(3)
    >>> U.T * U == sp.eye(3)
    True
    """
    skew = sp.zeros(d, d)
    for i, j in itertools.combinations(range(d), 2):
        skew[i, j] = sp.Rational(1 + (3 * i + 5 * j) % 7, 4)
        skew[j, i] = -skew[i, j]
    return (sp.eye(d) - skew) * (sp.eye(d) + skew).inv()


def sign_descent(error, rates):
    """Return the errors e_0, ..., e_T of e - eta sign(e), as fractions.

    >>> [str(e) for e in sign_descent(Fraction(3, 4), [Fraction(1, 2), Fraction(1, 4)])]
    ['3/4', '1/4', '0']
    """
    path = [Fraction(error)]
    for rate in rates:
        e = path[-1]
        path.append(e - rate * ((e > 0) - (e < 0)))
    return path


def worst_case(radius, rates):
    """Return the largest size of e_T in sign descent over all starts in [-radius, radius], exactly.

    The image of the starts in (0, radius] is followed as a union of intervals; the intervals below
    0 are their mirror images. The value is a supremum: it may belong to the limit of starts that
    approach 0 from one side.

    >>> worst_case(Fraction(1), [Fraction(1, 2), Fraction(1, 4)])
    Fraction(1, 4)
    """
    return worst_cases(radius, rates)[-1]


def worst_cases(radius, rates):
    """Return :func:`worst_case` after 0, 1, ..., T steps; integers or fractions, as given.

    >>> [str(w) for w in worst_cases(2, [1, 1, 1])]
    ['2', '1', '1', '1']
    """
    pieces = {(0 * radius, radius)}
    worst = [radius]
    for rate in rates:
        split = set()
        for low, high in pieces:
            # Positive errors move down; what crosses 0 is mirrored, as the map is odd.
            low, high = low - rate, high - rate
            if high > 0:
                split.add((max(low, 0), high))
            if low < 0:
                split.add((max(-high, 0), -low))
        pieces = split
        worst.append(max(high for _, high in pieces))
    return worst


def adaptive_minimax(units, steps):
    """Return the least worst-case size of e_T, in units, when rates may depend on the signs seen.

    Dynamic programming over what is known: the error lies in (low, high], all of one sign. Ends
    and rates are whole units; the starts are [-units, units]. The second result lists, for each
    step along the halving schedule, the rates that are best there.

    >>> adaptive_minimax(8, 2)
    (2, [[4], [2]])
    """
    value = {(low, high): high for high in range(1, 2 * units) for low in range(high)}
    best = []
    for step in range(steps, 0, -1):
        worst = {
            (low, high): [_after(value, low - rate, high - rate) for rate in range(high + 1)]
            for low, high in value
        }
        value = {interval: min(options) for interval, options in worst.items()}
        reached = (0, units >> (step - 1))
        best.insert(0, [r for r, w in enumerate(worst[reached]) if w == value[reached]])
    return value[0, units], best


def _after(value, low, high):
    """Return the value of the interval (low, high] once its sign has been seen."""
    branches = []
    if high > 0:
        branches.append(value[max(low, 0), high])
    if low < 0:
        branches.append(value[max(-high, 0), -low])
    return max(branches)
