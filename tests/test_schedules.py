from fractions import Fraction
from math import acosh, cos, cosh, pi

import numpy as np
import pytest

import diagprec_core as dp
from diagprec_core.schedules import leja


def test_constant_repeats_the_rate():
    schedule = dp.constant(0.3, 4)
    np.testing.assert_array_equal(schedule.rates, [0.3, 0.3, 0.3, 0.3])
    assert schedule.steps == 4


def test_halving_is_exact_for_any_radius():
    rates = dp.halving(0.3, 60).rates
    assert [Fraction(r) for r in rates] == [Fraction(0.3) / 2 ** (t + 1) for t in range(60)]


def test_a_batch_of_schedules_counts_steps_not_runs():
    assert dp.Schedule(np.ones((3, 7))).steps == 7


def test_schedule_keeps_a_copy():
    rates = np.array([1.0, 2.0])
    schedule = dp.Schedule(rates)
    rates[0] = 9.0
    np.testing.assert_array_equal(schedule.rates, [1.0, 2.0])


def test_schedule_allows_a_rate_of_zero():
    assert dp.Schedule([0.0, 1.0]).steps == 2


@pytest.mark.parametrize("steps", [1, 2, 3, 8, 33])
@pytest.mark.parametrize("kappa", [1.0, 4.0, 1e3])
def test_chebyshev_rates_are_inverse_roots(steps, kappa):
    low, high = 2.0, 2.0 * kappa
    roots = [
        (high + low) / 2 + (high - low) / 2 * cos((2 * j + 1) * pi / (2 * steps))
        for j in range(steps)
    ]
    found = np.sort(1 / dp.chebyshev(low, high, steps).rates)
    np.testing.assert_allclose(found, np.sort(roots), rtol=1e-11)


@pytest.mark.parametrize(("kappa", "steps"), [(4.0, 3), (100.0, 10), (1e4, 40)])
def test_chebyshev_reaches_its_bound_on_the_whole_interval(kappa, steps):
    curvatures = np.linspace(1 / kappa, 1, 5001)
    rates = dp.chebyshev(1 / kappa, 1.0, steps).rates
    left = np.abs(np.prod(1 - rates[:, None] * curvatures, axis=0))
    bound = 1 / cosh(steps * acosh((kappa + 1) / (kappa - 1)))
    assert left.max() == pytest.approx(bound, rel=1e-9)


def test_chebyshev_order_keeps_partial_products_small():
    # In the natural order of the roots the partial products reach 1e16 here, and no digit is left.
    curvatures = np.linspace(1e-2, 1, 2001)
    rates = dp.chebyshev(1e-2, 1.0, 128).rates
    running = np.abs(np.cumprod(1 - rates[:, None] * curvatures, axis=0)).max()
    natural = np.abs(np.cumprod(1 - np.sort(rates)[::-1, None] * curvatures, axis=0)).max()
    assert running < 200
    assert natural > 1e10


def test_leja_takes_the_farthest_point_in_product():
    points = np.array([-1.0, -0.5, 0.1, 0.4, 0.9])
    ordered = list(leja(points))
    assert ordered[0] == -1.0
    assert sorted(ordered) == sorted(points)
    for k in range(1, 5):
        score = {p: np.prod([abs(p - q) for q in ordered[:k]]) for p in ordered[k:]}
        assert score[ordered[k]] == max(score.values())
