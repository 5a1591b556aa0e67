"""Enclosures: inequalities proved over whole ranges, by ball arithmetic and branch and bound.

A number is a ball (python-flint's `arb`) that is certain to contain it, rounding included, and a
function of balls returns a ball that contains every value of the function on them. So one
evaluation on a box proves an inequality for all its points, or leaves it open; where it does, the
box is cut in half. What is true with room to spare is proved, what is false somewhere never is.
"""

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from flint import arb, ctx

from .. import validation as check
from .boxes import as_box, as_end, as_function, decimal, hull

PRECISION = 64


class Verdict(Enum):
    """What a search found: a proof, a point where the statement fails, or neither."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Enclosure:
    """The result of :func:`prove_positive`.

    Attributes
    ----------
    verdict : Verdict
    boxes : int
        Boxes evaluated.
    depth : int
        The most cuts that any box went through.
    where : tuple of (Fraction, Fraction), or None
        REFUTED: a box of one point at which the statement is certainly false. UNDECIDED: the first
        box that was left open.
    """

    verdict: Verdict
    boxes: int
    depth: int
    where: tuple | None = None

    @property
    def proved(self):
        """True for a proof, False for anything else."""
        return self.verdict is Verdict.PROVED


def prove_positive(function, box, *, max_boxes=20_000, max_depth=40, precision=PRECISION):
    """Prove that a function is positive on a box, or say that it is not, or is not decided.

    Parameters
    ----------
    function : callable
        Takes one `arb` a side of the box. Returns an `arb`, or a tuple or list of them, of which at
        every point of the box at least one has to be positive ("this coordinate has not settled, or
        that one"). A ball that is not a number, as from 1/z about 0, counts as undecided.
    box : sequence of (low, high)
        Closed sides, low <= high: integers, Fractions or floats, taken exactly, or decimal strings.
    max_boxes, max_depth : int
        The budget, at least 1 and 0. A statement that is true but too tight for it is UNDECIDED.
    precision : int
        Bits of the midpoints, at least 2.

    Returns
    -------
    Enclosure

    Raises
    ------
    ValueError
        If an argument is unfit, or the function returns anything but balls; the message names it.

    Notes
    -----
    The proof is as good as the function: it has to be built from operations of `arb`, and a
    constant such as 0.1 is the float, not the decimal (that is ``arb("0.1")``).

    A side that has no end is no box: give the argument for what lies beyond, or map the range to a
    bounded one (t = tanh(z/2) takes all z to [-1, 1]).

    Examples
    --------
    >>> prove_positive(lambda z: z.cosh() - 1 - z * z / 3, [(1, 5)])
    Enclosure(verdict=<Verdict.PROVED: 'proved'>, boxes=11, depth=4, where=None)
    >>> prove_positive(lambda z: z.cosh() - 1 - z * z, [(1, 5)]).verdict
    <Verdict.REFUTED: 'refuted'>
    >>> prove_positive(lambda z: z.cosh() - 1 - z * z / 2, [(0, 5)]).verdict  # 0 at 0
    <Verdict.UNDECIDED: 'undecided'>
    """
    as_function(function)
    sides = as_box(box)
    max_boxes = check.as_count("max_boxes", max_boxes, low=1)
    max_depth = check.as_count("max_depth", max_depth)
    precision = check.as_count("precision", precision, low=2)
    widths = [high - low or Fraction(1) for low, high in sides]
    waiting, boxes, deepest = [(sides, 0)], 0, 0
    with ctx.workprec(precision):
        while waiting:
            sides, depth = waiting.pop()
            boxes, deepest = boxes + 1, max(deepest, depth)
            if any(value > 0 for value in _evaluate(function, sides)):
                continue
            middle = tuple(((low + high) / 2,) * 2 for low, high in sides)
            if all(value <= 0 for value in _evaluate(function, middle)):
                return Enclosure(Verdict.REFUTED, boxes, deepest, middle)
            relative = [(h - low) / w for (low, h), w in zip(sides, widths, strict=True)]
            widest = max(range(len(sides)), key=relative.__getitem__)
            if depth == max_depth or boxes + len(waiting) + 2 > max_boxes or not relative[widest]:
                return Enclosure(Verdict.UNDECIDED, boxes, deepest, sides)
            low, high = sides[widest]
            for half in ((middle[widest][0], high), (low, middle[widest][0])):
                waiting.append(((*sides[:widest], half, *sides[widest + 1 :]), depth + 1))
    return Enclosure(Verdict.PROVED, boxes, deepest)


def isolate_root(function, low, high, *, width=1e-12, precision=PRECISION):
    """Return bounds (Fractions) on a root of a continuous function that changes its sign.

    The signs at both bounds are certain, so a root lies between them. That it is the only one is
    another statement: prove with :func:`prove_positive` that the derivative keeps its sign.

    Parameters
    ----------
    function : callable
        Takes and returns an `arb`.
    low, high : number
        Ends of the bracket, as in :func:`prove_positive`.
    width : float
        The bounds are at most this far apart, above 0.
    precision : int
        Bits of the midpoints, at least 2; more than the width asks for.

    Raises
    ------
    ValueError
        If an argument is unfit, if the signs at the ends are not certainly opposite, or if one in
        between is not certain at this precision.

    Examples
    --------
    >>> bounds = isolate_root(lambda z: z.cosh() - 2, 1, 2)
    >>> [round(float(b), 9) for b in bounds]
    [1.316957897, 1.316957897]
    """
    as_function(function)
    low, high = as_end("low", low), as_end("high", high)
    if low >= high:
        check.fail("high", decimal(high), f"a number above low = {decimal(low)}")
    width = check.as_number("width", width, low=0, open_low=True)
    precision = check.as_count("precision", precision, low=2)

    def sign(point):
        value, *more = _evaluate(function, ((point, point),))
        if more:
            check.fail("function", f"{len(more) + 1} values", "one")
        if not (value > 0 or value < 0):
            given = f"a value at {decimal(point)} that may be 0: {value}"
            check.fail("function", given, "one of certain sign; more precision, or other ends")
        return value > 0

    with ctx.workprec(precision):
        positive = sign(low)
        if sign(high) == positive:
            given = f"values of one sign at {decimal(low)} and {decimal(high)}"
            check.fail("function", given, "a change of sign")
        while high - low > width:
            # Not the middle, which is the root itself in symmetric brackets such as [-1, 1].
            cut = low + (high - low) * Fraction(5, 11)
            low, high = (cut, high) if sign(cut) == positive else (low, cut)
    return low, high


def mean_value(value, slopes, box):
    """Return a ball that contains a function's values on a box, from its slopes.

    f(x) lies in f(m) + sum_i f_i(box) (x_i - m_i), with m the middle of the box. Where a map
    contracts, as a step of descent does, this keeps the ball from growing, while evaluating
    z - eta sinh z on balls adds the two widths.

    Parameters
    ----------
    value : callable
        f, takes one `arb` a side.
    slopes : sequence of arb
        Balls that contain the partial derivatives on the whole box.
    box : sequence of arb
        As many as there are slopes.

    Raises
    ------
    ValueError
        If slopes and sides differ in number.

    Examples
    --------
    >>> z = arb(1, 0.1)
    >>> tight = mean_value(lambda z: z - z.sinh() / 2, [1 - z.cosh() / 2], [z])
    >>> bool((z - z.sinh() / 2).rad() > 4 * tight.rad())
    True
    """
    if len(slopes) != len(box):
        check.fail("slopes", f"{len(slopes)} for {len(box)} sides", "one a side")
    middle = [side.mid() for side in box]
    spread = sum((s * (x - m) for s, x, m in zip(slopes, box, middle, strict=True)), arb(0))
    return value(*middle) + spread


def ball(low, high):
    """Return an `arb` that contains the interval from `low` to `high`, taken as in a box.

    >>> ball(1, Fraction(4, 3)).contains(arb(1.25))
    True
    """
    return hull(as_end("low", low), as_end("high", high))


def _evaluate(function, sides):
    """Return the values of the function on a box, as a list of balls."""
    values = function(*(hull(low, high) for low, high in sides))
    values = list(values) if isinstance(values, tuple | list) else [values]
    strange = [value for value in values if not isinstance(value, arb)]
    if strange or not values:
        # A float, say, would be one number that stands for a whole box: no proof.
        given = f"a {type(strange[0]).__name__}" if strange else "no values"
        check.fail("function", given, "a function that returns an arb, or several")
    return values
