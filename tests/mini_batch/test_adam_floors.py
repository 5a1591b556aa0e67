"""Long-memory Adam's stationary risk against the pair of equations that defines it."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import gammaln

import diagprec_core as dp
from diagprec_core.mini_batch import adam_floors

RATES = np.array([1e-6, 1e-3, 0.3, 3.0, 1e4])


def risk_by_iteration(spectrum, noise_std, rate, batch_size):
    """Freeze Adam's preconditioner, find its stationary second moments, and close the loop.

    The risk of a frozen preconditioner and its second moments are those of SXQ-7; the loop is in V.
    """

    extra = 1 + 1 / batch_size

    def weight(curvature, v):
        """w with w^2 times the second moment that w itself leads to equal to 1."""

        def excess(w):
            square = rate * v / batch_size / (2 - rate * w * curvature * extra) * w
            return w**2 * (curvature * v / batch_size + extra * curvature**2 * square) - 1

        return brentq(excess, 0, 2 / (rate * curvature * extra) * (1 - 1e-13), xtol=1e-15)

    def gap(log_v):
        v = np.exp(log_v)
        s = np.array([weight(curvature, v) * curvature for curvature in spectrum])
        c = (rate / batch_size * s / (2 - rate * s * extra)).sum()
        return noise_std**2 + c * v - v

    low = np.log(noise_std**2)
    return np.exp(brentq(gap, low, low + 20, xtol=1e-13)) - noise_std**2


@pytest.mark.parametrize(("rate", "batch_size"), [(0.003, 1), (0.1, 8), (1.0, 64)])
def test_the_frozen_preconditioner_reproduces_its_own_risk(rate, batch_size):
    spectrum, noise_std = 1 / np.arange(1.0, 7), 0.9
    regression = dp.GaussianRegression(np.diag(spectrum), noise_std)
    found = dp.stationary_risk(
        regression, dp.LongMemoryAdam(), learning_rate=rate, batch_size=batch_size
    )
    assert found == pytest.approx(
        risk_by_iteration(spectrum, noise_std, rate, batch_size), rel=1e-8
    )


@pytest.mark.parametrize("batch_size", [1, 5, 300])
@pytest.mark.parametrize("noise_std", [0.0, 1.3])
def test_isotropic_features_give_a_quadratic_equation(batch_size, noise_std):
    d, curvature = 7, 0.4
    regression = dp.GaussianRegression(curvature * np.eye(d), noise_std)
    found = dp.stationary_risk(
        regression, dp.LongMemoryAdam(), learning_rate=RATES, batch_size=batch_size
    )
    scale = RATES**2 * d * curvature
    for r, k in zip(found, scale, strict=True):
        terms = [4 * batch_size * r**2, -k * (d + batch_size + 1) * r, -k * d * noise_std**2]
        assert abs(sum(terms)) < 1e-13 * sum(map(abs, terms))
        assert r > 0


def test_small_rates_are_those_of_half_power_gauss_newton():
    regression = dp.GaussianRegression(np.diag([1.0, 0.3, 0.02]), 0.5)
    adam = dp.stationary_risk(regression, dp.LongMemoryAdam(), learning_rate=1e-6, batch_size=4)
    newton = dp.stationary_risk(
        regression, dp.GaussNewton(-0.5), learning_rate=1e-6 * 2 / 0.5, batch_size=4
    )
    assert adam == pytest.approx(newton, rel=1e-5)


def test_large_rates_lie_between_the_bounds():
    spectrum, batch_size = np.array([1.0, 0.3, 0.02]), 4
    regression = dp.GaussianRegression(np.diag(spectrum), 0.5)
    rate = 1e8
    found = dp.stationary_risk(
        regression, dp.LongMemoryAdam(), learning_rate=rate, batch_size=batch_size
    )
    ratio = found / rate**2 * 4 / spectrum.sum()
    assert 1 + 2 / batch_size < ratio < 1 + (len(spectrum) + 1) / batch_size


def test_any_eigenbasis_serves_and_another_is_another_rule():
    covariance = np.array([[2.0, 0.5], [0.5, 1.0]])
    regression = dp.GaussianRegression(covariance, 0.5)
    options = {"learning_rate": RATES, "batch_size": 3}
    found = dp.stationary_risk(
        regression, dp.LongMemoryAdam(), **options, basis=dp.eigenbasis(covariance)
    )
    diagonal = dp.GaussianRegression(np.diag(np.linalg.eigvalsh(covariance)), 0.5)
    expected = dp.stationary_risk(diagonal, dp.LongMemoryAdam(), **options)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    elsewhere = dp.stationary_risk(regression, dp.LongMemoryAdam(), **options)
    assert (np.abs(elsewhere / found - 1) > 1e-3).all()


@pytest.mark.parametrize("batch_size", [1, 16, 400])
@pytest.mark.parametrize("noise_std", [0.0, 1.3])
def test_the_closed_form_bounds_hold_and_meet_for_equal_eigenvalues(batch_size, noise_std):
    steep, equal = np.exp(-np.arange(12.0)), np.full(5, 0.3)
    for spectrum in (steep, equal):
        options = (spectrum, noise_std, RATES, batch_size)
        risk = adam_floors.long_memory_risk(*options)
        lower, upper = adam_floors.long_memory_bounds(*options)
        assert (lower <= risk * (1 + 1e-12)).all()
        assert (risk <= upper * (1 + 1e-12)).all()
    np.testing.assert_allclose(lower, upper, rtol=1e-7)


@pytest.mark.parametrize("rate", [1e-3, 0.1, 3.0, 100.0])
@pytest.mark.parametrize("batch_size", [1, 3, 50])
def test_the_bounds_are_the_roots_that_the_theorem_names(batch_size, rate):
    spectrum, noise = np.array([1.0, 0.3, 0.02]), 0.49
    half, trace, more = (np.sum(spectrum**power) for power in (0.5, 1.0, 1.5))
    square = rate**2
    slope = square * ((batch_size + 1) * trace + half**2)
    spread = square**2 * (batch_size + 1) ** 2 * (half * more - trace**2) / (16 * batch_size)
    below = np.roots([4 * batch_size, -slope, -square * half**2 * noise]).max()
    above = np.roots([4 * batch_size, -slope, -square * half**2 * noise - spread]).max()
    d = len(spectrum)
    level = [4 * batch_size, -square * trace * (d + batch_size + 1), -square * trace * d * noise]
    lower, upper = dp.long_memory_bounds(spectrum, 0.7, rate, batch_size)
    assert lower == pytest.approx(below, rel=1e-10)
    assert upper == pytest.approx(min(above, np.roots(level).max()), rel=1e-10)


def test_the_floor_is_below_half_power_gauss_newton_at_the_matched_rate():
    spectrum, noise_std, batch_size = 1 / np.arange(1.0, 9), 0.6, 3
    rates = np.geomspace(1e-4, 10, 30)
    regression = dp.GaussianRegression(spectrum, noise_std)
    adam = dp.stationary_risk(
        regression, dp.LongMemoryAdam(), learning_rate=rates, batch_size=batch_size
    )
    newton = dp.stationary_risk(
        regression,
        dp.GaussNewton(-0.5),
        learning_rate=rates * np.sqrt(batch_size) / noise_std,
        batch_size=batch_size,
    )
    assert (adam < newton).all()
    assert np.isinf(newton[-1])
    assert (np.diff(adam) > 0).all()


def test_sign_gain_is_the_slope_of_the_expected_sign():
    sizes = np.array([1, 2, 7, 1000])
    gamma = 2 * np.exp(gammaln((sizes + 1) / 2) - gammaln(sizes / 2)) / np.sqrt(np.pi)
    np.testing.assert_allclose(adam_floors.sign_gain(sizes), gamma, rtol=1e-10)
    regression = dp.GaussianRegression([2.0], 1.5)
    for size in sizes:
        sign = dp.expected_sign(regression, [1e-4], batch_size=size)
        rho = dp.correlation(regression, [1e-4])
        assert sign / rho == pytest.approx(adam_floors.sign_gain(size), rel=1e-5)


@pytest.mark.parametrize("batch_size", [1, 2, 16])
def test_sign_floor_agrees_with_simulated_sign_descent(batch_size):
    spectrum, rate = np.array([1.0, 0.25]), 0.05
    floor = adam_floors.sign_floor(spectrum, 1.0, rate, batch_size)
    simulation = dp.simulate(
        dp.GaussianRegression(spectrum, 1.0),
        dp.Adam(),
        start=np.sqrt(floor / 2 / spectrum),
        learning_rate=rate,
        batch_size=batch_size,
        steps=2000,
        runs=200,
        rng=np.random.default_rng(3),
    )
    assert simulation.risks[500:].mean() == pytest.approx(floor, rel=0.03)


@pytest.mark.parametrize("batch_size", [1, 1000])
@pytest.mark.parametrize("size", [1, 30])
def test_newton_has_converged_at_every_rate(batch_size, size, monkeypatch):
    # Few steps, quadratically: a slope that is off makes hundreds of them, or wrong digits.
    spectrum, rates = np.geomspace(1, 1e-6, size), np.geomspace(1e-9, 1e9, 37)
    steps = []

    def counted(*args):
        steps.append(None)
        return sqrt(*args)

    sqrt = np.sqrt
    monkeypatch.setattr(adam_floors.np, "sqrt", counted)
    found = adam_floors.long_memory_risk(spectrum, 0.5, rates, batch_size)
    monkeypatch.undo()
    assert len(steps) < 25
    scaled = (rates[:, None] * (1 + 1 / batch_size)) ** 2 * batch_size * spectrum
    inner = np.sqrt((scaled / 8) ** 2 + scaled * (found[:, None] + 0.25) / 4)
    right = (scaled / 8 + inner).sum(axis=1) / (batch_size + 1)
    np.testing.assert_allclose(found, right, rtol=1e-13)
