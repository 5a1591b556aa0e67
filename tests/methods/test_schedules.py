from fractions import Fraction
from math import acosh, cos, cosh, pi

import mpmath
import numpy as np
import pytest

import diagprec_core as dp
from diagprec_core.methods.schedules import leja


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


def test_warmup_grows_by_one_factor_and_stays():
    rates = dp.warmup(1e-3, 0.7, 5, 9).rates
    factor = (0.7 / 1e-3) ** (1 / 5)
    np.testing.assert_allclose(rates[1:6] / rates[:5], factor, rtol=1e-12)
    assert rates[0] == 1e-3
    np.testing.assert_array_equal(rates[5:], [0.7] * 4)
    np.testing.assert_array_equal(dp.warmup(0.3, 0.3, 1, 3).rates, [0.3] * 3)
    np.testing.assert_allclose(dp.warmup(1e-300, 1e300, 2, 3).rates, [1e-300, 1, 1e300], rtol=1e-12)


@pytest.mark.parametrize("radius", [1e-3, 0.5, 8.0, 700.0])
def test_cosh_warmup_is_its_recurrence(radius):
    rates, bound, expected = dp.cosh_warmup(radius, 705).rates, mpmath.mpf(radius), []
    for _ in range(705):
        expected.append(float(1 / mpmath.cosh(bound)))
        bound -= mpmath.tanh(bound)
    np.testing.assert_allclose(rates, expected, rtol=1e-12)
    assert (np.diff(rates) >= 0).all()


@pytest.mark.parametrize("radius", [0.5, 8.0, 40.0])
def test_cosh_warmup_keeps_every_logit_within_its_bound(radius):
    # FEL-6: z - sinh(z)/cosh(a) is within a - tanh(a) for |z| <= a, and on it for |z| = a.
    starts, bounds = np.linspace(-radius, radius, 401)[:, None], [radius]
    steps = int(radius) + 4
    for _ in range(steps):
        bounds.append(bounds[-1] - np.tanh(bounds[-1]))
    problem = dp.SkewedLogistic([1.0]).problem
    schedule = dp.cosh_warmup(radius, steps)
    run = dp.descend(problem, dp.GaussNewton(), start=starts, learning_rate=schedule)
    assert (run.error <= np.array(bounds)[:, None] * (1 + 1e-9) + 1e-15).all()
    early = np.array(bounds) > 1e-3
    np.testing.assert_allclose(run.error[early, -1], np.array(bounds)[early], rtol=1e-9)
    assert run.error[-1].max() < 1e-3
    # A rate that is smaller by a tenth breaks it.
    smaller = dp.Schedule(0.9 * schedule.rates)
    run = dp.descend(problem, dp.GaussNewton(), start=starts, learning_rate=smaller)
    assert (run.error > np.array(bounds)[:, None] + 1e-3).any()
