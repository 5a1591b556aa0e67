"""Boxes for enclosures: their sides as exact rationals, and the balls that contain them."""

from fractions import Fraction
from numbers import Rational

from flint import arb

from .. import validation as check


def hull(low, high):
    """Return a ball that contains two Fractions and what is between them."""
    return exact(low).union(exact(high))


def exact(fraction):
    """Return a ball that contains a Fraction."""
    return arb(fraction.numerator) / fraction.denominator


def decimal(fraction):
    """Spell a rational number to 17 digits, of any size."""
    return exact(fraction).str(17, radius=False)


def as_function(function):
    """Check that something can be called."""
    if not callable(function):
        check.fail("function", check.describe(function), "a function of arbs")


def as_box(box):
    """Check the sides of a box and return them as pairs of Fractions."""
    needed = "a list of (low, high) with low <= high"
    if not isinstance(box, list | tuple) or not box:
        check.fail("box", check.describe(box), needed)
    sides = []
    for side in box:
        if not isinstance(side, list | tuple) or len(side) != 2:
            check.fail("box", check.describe(side), needed)
        low, high = (as_end("box", end) for end in side)
        if low > high:
            check.fail("box", f"a side from {decimal(low)} to {decimal(high)}", needed)
        sides.append((low, high))
    return tuple(sides)


def as_end(name, end):
    """Check an end of a side and return it as a Fraction of Python's own integers."""
    needed = "finite numbers (integers, Fractions, floats) or decimal strings"
    if isinstance(end, bool) or not isinstance(end, Rational | float | str):
        check.fail(name, check.describe(end), needed)
    try:
        fraction = Fraction(end)
    except (ValueError, OverflowError, ZeroDivisionError):
        check.fail(name, check.describe(end), needed)
    # NumPy's integers would overflow silently.
    return Fraction(int(fraction.numerator), int(fraction.denominator))
