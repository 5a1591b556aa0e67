"""Ball arithmetic over boxes: what is proved is true, what is refuted is false."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from diagprec_core.numerics.enclosures import (
    Enclosure,
    Verdict,
    ball,
    isolate_root,
    mean_value,
    prove_positive,
)

fractions = st.fractions(min_value=-4, max_value=4, max_denominator=1000)


def test_what_is_true_with_room_is_proved():
    found = prove_positive(lambda z: z.cosh() - 1 - z * z / 2 - z**4 / 25, [(1, 3)])
    assert found.verdict is Verdict.PROVED
    assert found.proved
    assert found.where is None
    assert 1 < found.boxes <= 2 ** (found.depth + 1)


def test_what_is_false_is_refuted_at_a_point_where_it_is():
    def gap(x, y):
        return x * x + y * y - arb(1) / 4

    found = prove_positive(gap, [(-1, 2), (-1, 1)])
    assert found.verdict is Verdict.REFUTED
    assert not found.proved
    (x, low), (y, high) = found.where
    assert x == low
    assert y == high
    assert x * x + y * y <= Fraction(1, 4)  # in rational arithmetic


@given(low=fractions, width=st.fractions(min_value=0, max_value=3, max_denominator=1000))
def test_a_quadratic_is_judged_as_by_its_smallest_value(low, width):
    # x^2 - x + c is smallest at 1/2 or at the end nearer to it.
    high = low + width
    nearest = min(max(Fraction(1, 2), low), high)
    smallest = nearest**2 - nearest
    for room in (Fraction(1, 100), Fraction(-1, 100), 0):
        constant = room - smallest
        shift = arb(constant.numerator) / constant.denominator
        budget = 2000 if room else 100
        found = prove_positive(lambda x, c=shift: x * x - x + c, [(low, high)], max_boxes=budget)
        if room > 0:
            assert found.verdict is Verdict.PROVED
        else:
            assert found.verdict is not Verdict.PROVED
        if room < 0 and width == 0:
            assert found.verdict is Verdict.REFUTED
        if found.verdict is Verdict.REFUTED:
            ((x, _),) = found.where
            assert low <= x <= high
            assert x * x - x + constant <= 0


@pytest.mark.parametrize("corner", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_a_corner_counts(corner):
    # Positive all over the closed square but in one corner, where it is 0 or just below.
    def distance(x, y):
        return (x - corner[0]) * (1 - 2 * corner[0]) + (y - corner[1]) * (1 - 2 * corner[1])

    square = [(0, 1), (0, 1)]
    assert not prove_positive(distance, square).proved
    assert not prove_positive(lambda x, y: distance(x, y) - arb(2) ** -50, square).proved
    assert prove_positive(lambda x, y: distance(x, y) + arb(2) ** -20, square).proved


@pytest.mark.parametrize(
    ("end", "verdict"), [(1, Verdict.REFUTED), (2, Verdict.REFUTED), (3, Verdict.PROVED)]
)
def test_single_points(end, verdict):
    found = prove_positive(lambda x, y: x * y - 6, [(end, end), (Fraction(3), "3.0")])
    assert found == Enclosure(verdict, 1, 0, None if end == 3 else found.where)
    if end < 3:
        assert found.where == ((end, end), (3, 3))


def test_a_point_that_is_too_near_to_zero_is_undecided():
    # 1 - 3 (1/3) is 0, but no ball about 1/3 is a point.
    found = prove_positive(lambda x: 1 - 3 * x, [(Fraction(1, 3), Fraction(1, 3))])
    assert found.verdict is Verdict.UNDECIDED
    assert found.boxes == 1
    assert prove_positive(lambda x: 1 - 3 * x, [("0.3333", "0.3333")]).proved


def test_several_values_one_of_which_has_to_be_positive():
    assert prove_positive(lambda x: (x - 1, arb(2) - x), [(0, 3)]).proved
    assert prove_positive(lambda x: [x - 1, 2 - x, arb("nan")], [(0, 3)]).proved
    refuted = prove_positive(lambda x: (x - 2, 1 - x), [(0, 3)])
    assert refuted.verdict is Verdict.REFUTED
    ((x, _),) = refuted.where
    assert 1 <= x <= 2
    assert not prove_positive(lambda x: (x - 2, 2 - x), [(0, 3)]).proved  # both 0 at 2
    # No single one of them is positive everywhere.
    assert not prove_positive(lambda x: x - 1, [(0, 3)]).proved


def test_what_is_not_a_number_is_never_a_proof_nor_a_refutation():
    nan = arb("nan")
    for function in (lambda x: nan, lambda x: (nan, nan), lambda x: (nan, -1 - x * x)):
        found = prove_positive(function, [(-1, 1)], max_boxes=50)
        assert found.verdict is Verdict.UNDECIDED
    # 1/x^2 is positive but has no value at 0; away from 0 it is proved.
    assert not prove_positive(lambda x: 1 / (x * x), [(-1, 1)], max_boxes=500).proved
    assert prove_positive(lambda x: 1 / (x * x), [(Fraction(1, 1000), 1)]).proved
    assert not prove_positive(lambda x: x.sqrt() + 1, [(-1, 1)], max_boxes=500).proved


def test_the_budget_is_kept():
    def tight(x):
        return x * x - x + arb("0.2501")

    found = prove_positive(tight, [(0, 1)])
    assert found.proved
    assert found.boxes > 100
    for budget in (1, 2, 3, 10, found.boxes - 1):
        short = prove_positive(tight, [(0, 1)], max_boxes=budget)
        assert short.verdict is Verdict.UNDECIDED
        assert short.boxes <= budget
        ((low, high),) = short.where
        assert 0 <= low < high <= 1
    assert prove_positive(tight, [(0, 1)], max_boxes=10 * found.boxes).boxes == found.boxes
    shallow = prove_positive(tight, [(0, 1)], max_depth=3)
    assert shallow.verdict is Verdict.UNDECIDED
    assert shallow.depth == 3
    assert prove_positive(tight, [(0, 1)], max_depth=found.depth).proved
    assert prove_positive(lambda x: x + 1, [(0, 1)], max_boxes=1, max_depth=0).proved


def test_every_cut_covers_the_box():
    # The boxes that were decided, put together, are the whole box: none is lost between halves.
    seen = []

    def record(x, y):
        value = x * x - x * y + y * y + arb("0.01")
        if value > 0:
            seen.append((x, y))
        return value

    assert prove_positive(record, [(-1, 1), (-1, 1)]).proved
    points = [Fraction(n, 16) for n in range(-16, 17)]
    covered = [
        any(a.contains(arb(float(x))) and b.contains(arb(float(y))) for a, b in seen)
        for x in points
        for y in points
    ]
    assert len(seen) > 10
    assert all(covered)


def test_an_answer_of_floats_is_no_proof():
    # A float of a ball is its midpoint: this "function" is positive on the one box it sees.
    with pytest.raises(ValueError, match=r"\Afunction: got a float, need"):
        prove_positive(lambda x: float(x.mid()) - 0.1, [(0, 1)])


@pytest.mark.parametrize(
    "end", [np.int64(2**62), np.int8(100), np.float64(0.1), 10**30, Fraction(10**40, 3), "1e-400"]
)
def test_ends_are_exact_whatever_their_type(end):
    # NumPy's integers would overflow in the sum of two ends.
    exact = Fraction(int(end)) if isinstance(end, np.integer) else Fraction(end)
    found = prove_positive(lambda x: -1 - x * x, [(end, end)])
    assert found.where == ((exact, exact),)
    assert ball(end, end).contains(arb(exact.numerator) / exact.denominator)
    assert prove_positive(lambda x: x, [(end, max(exact, exact * 3 / 2))]).proved


def test_the_precision_is_set_and_set_back():
    before, seen = ctx.prec, []

    def record(x):
        seen.append(ctx.prec)
        return x

    prove_positive(record, [(1, 2)], precision=200)
    isolate_root(lambda x: seen.append(ctx.prec) or x - 1, 0, 3, precision=99)
    with pytest.raises(RuntimeError):
        prove_positive(raising, [(1, 2)], precision=77)
    assert set(seen) == {200, 99}
    assert ctx.prec == before
    assert prove_positive(lambda x: x, [(1, 2)], precision=2).proved


def raising(x):
    raise RuntimeError


@given(low=fractions, high=fractions, share=st.fractions(0, 1))
def test_a_ball_contains_what_is_between(low, high, share):
    point = low + share * (high - low)
    # Twice as many digits as the ball has: the difference to the midpoint is then certain.
    found = ball(low, high)
    with ctx.workprec(500):
        gap = abs(arb(point.numerator) / point.denominator - found.mid())
        assert not gap > found.rad()
    assert float(found.rad()) <= abs(high - low) / 2 * (1 + 1e-6) + 1e-12


def test_roots_are_between_their_bounds():
    for function, exact in (
        (lambda z: z * z - 2, mpmath.sqrt(2)),
        (lambda z: 2 - z * z, mpmath.sqrt(2)),
        (lambda z: z.cosh() - 2, mpmath.acosh(2)),
        (lambda z: z.exp() - 5, mpmath.log(5)),
    ):
        for width in (0.5, 1e-3, 1e-12):
            low, high = isolate_root(function, 1, 2, width=width)
            assert 0 <= high - low <= width
            assert low < Fraction(str(exact)) < high


def test_a_root_in_the_middle_of_its_bracket_is_found():
    low, high = isolate_root(lambda z: z.sinh(), -1, 1)
    assert low < 0 < high
    assert high - low <= 1e-12


def test_a_root_to_many_digits():
    with mpmath.workdps(120):
        exact = Fraction(str(mpmath.log(3)))
    low, high = isolate_root(lambda z: z.exp() - 3, 1, "1.2", width=1e-80, precision=300)
    assert low < exact < high
    assert high - low <= Fraction(1, 10**80)
    with pytest.raises(ValueError, match=r"\Afunction: got a value at .* that may be 0"):
        isolate_root(lambda z: z.exp() - 3, 1, "1.2", width=1e-80)


@given(
    middle=st.floats(-2, 2),
    radius=st.just(0.0) | st.floats(1e-9, 0.5),
    rate=st.floats(0, 2),
    shares=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
)
def test_mean_value_contains_the_values(middle, radius, rate, shares):
    def step(z, w):
        return z - rate * z.sinh() * w

    z, w = arb(middle, radius), arb(1, radius / 2)
    found = mean_value(step, [1 - rate * z.cosh() * w, -rate * z.sinh()], [z, w])
    with ctx.workprec(3000):  # so that the points are exact, however small the shares
        x = arb(middle) + arb(shares[0]) * arb(radius)
        y = arb(1) + arb(shares[1]) * arb(radius / 2)
        assert found.contains(step(x, y))


def test_mean_value_is_the_value_at_a_point_and_linear_maps_are_exact():
    z = arb(2)
    assert mean_value(lambda z: z * z, [2 * z], [z]) == 4
    wide = arb(1, 0.5)
    found = mean_value(lambda z: 3 * z + 1, [arb(3)], [wide])
    assert found.contains(arb(2.5))
    assert found.contains(arb(5.5))
    assert float(found.rad()) < 1.5 + 1e-8
