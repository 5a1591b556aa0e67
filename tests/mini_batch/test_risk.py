"""Exact risk curves against the full second-moment matrix, in any basis."""

import tracemalloc

import numpy as np
import pytest
from references import dense_preconditioner, dense_risks, eigen_risks, stepped_precisely

import diagprec_core as dp
from diagprec_core.mini_batch.risk_at_horizon import MOST_STEPPED

RULES = [dp.GradientDescent(), dp.GaussNewton(-0.5), dp.GaussNewton(-1.0), dp.GaussNewton(0.3)]


@pytest.fixture(scope="module")
def setting():
    rng = np.random.default_rng(21)
    factor = rng.standard_normal((5, 5))
    basis, _ = np.linalg.qr(rng.standard_normal((5, 5)))
    optimum, start = rng.standard_normal((2, 5))
    return dp.GaussianRegression(factor @ factor.T + 0.3 * np.eye(5), 0.8, optimum), start, basis


@pytest.mark.parametrize("batch_size", [1, 8])
@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("which", ["identity", "random", "eigenbasis"])
def test_risk_curve_is_that_of_the_second_moment_matrix(setting, rule, batch_size, which):
    regression, start, basis = setting
    basis = {
        "identity": np.eye(5),
        "random": basis,
        "eigenbasis": dp.eigenbasis(regression.covariance),
    }[which]
    preconditioner = dense_preconditioner(regression, rule, basis)
    rates = np.array([0.01, 0.05]) / np.trace(preconditioner @ regression.covariance)
    found = dp.risk_curve(
        regression,
        rule,
        start=start,
        learning_rate=rates,
        batch_size=batch_size,
        steps=40,
        basis=basis,
    )
    for k, rate in enumerate(rates):
        expected = dense_risks(regression, preconditioner, start, [rate] * 40, batch_size)
        np.testing.assert_allclose(found[:, k], expected, rtol=1e-10)


def test_risk_curve_follows_a_schedule(setting):
    regression, start, basis = setting
    rule, rates = dp.GaussNewton(-0.5), np.linspace(0.2, 0.01, 30)
    found = dp.risk_curve(
        regression,
        rule,
        start=start,
        learning_rate=dp.Schedule(rates),
        batch_size=3,
        basis=basis,
    )
    expected = dense_risks(
        regression, dense_preconditioner(regression, rule, basis), start, rates, 3
    )
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("noise_std", [0.0, 0.8])
def test_risk_at_is_the_last_of_the_curve(setting, rule, noise_std):
    regression, start, basis = setting
    regression = dp.GaussianRegression(regression.covariance, noise_std, regression.optimum)
    scale = np.trace(dense_preconditioner(regression, rule, basis) @ regression.covariance)
    options = {
        "start": start,
        "learning_rate": np.array([0.001, 0.1, 0.6]) / scale,
        "batch_size": 2,
        "basis": basis,
    }
    curve = dp.risk_curve(regression, rule, **options, steps=10_000)
    for step in (0, 1, 7, 100, 10_000):
        found = dp.risk_at(regression, rule, **options, step=step)
        # Without noise the risk falls to 0; below the rounding of the start nothing is claimed.
        np.testing.assert_allclose(found, curve[step], rtol=1e-9, atol=1e-14 * curve[0].max())


def test_risk_at_settles_on_the_stationary_risk(setting):
    regression, start, _ = setting
    rates = np.array([1e-3, 1e-2, 0.05]) / np.trace(regression.covariance)
    options = {"learning_rate": rates, "batch_size": 4}
    late = dp.risk_at(regression, dp.GradientDescent(), start=start, **options, step=10**9)
    floor = dp.stationary_risk(regression, dp.GradientDescent(), **options)
    np.testing.assert_allclose(late, floor, rtol=1e-9)


def test_stationary_risk_is_the_fixed_point_of_the_matrix_recurrence(setting):
    regression, start, basis = setting
    rule, rate = dp.GaussNewton(-1.0), 0.05
    floor = dp.stationary_risk(regression, rule, learning_rate=rate, batch_size=2, basis=basis)
    preconditioner = dense_preconditioner(regression, rule, basis)
    dense = dense_risks(regression, preconditioner, start, [rate] * 8000, 2)
    assert dense[-1] == pytest.approx(floor, rel=1e-9)


def test_stability_is_that_of_the_matrix_recurrence():
    # The boundary c = 1, on both sides of it, for a spectrum where s_max alone would allow more.
    regression = dp.GaussianRegression(np.diag([1.0, 0.8, 0.6, 0.5]), 1.0)
    rates = np.linspace(0.1, 1.2, 45)
    floor = dp.stationary_risk(regression, dp.GradientDescent(), learning_rate=rates, batch_size=1)
    s = np.diag(regression.covariance)
    for rate, found in zip(rates, floor, strict=True):
        step = np.diag(1 - 2 * rate * s + 2 * rate**2 * s**2) + rate**2 * np.outer(s, s)
        assert (np.abs(np.linalg.eigvals(step)).max() < 1) == np.isfinite(found)
    assert np.isfinite(floor).any()
    assert np.isinf(floor).any()


def test_at_c_equal_to_one_the_risk_grows_linearly():
    # d = 1, B = 1: c = eta/(2 - 2 eta) is 1 at eta = 2/3, and R_t = R_0 + t eta^2.
    regression = dp.GaussianRegression([[1.0]], 1.0)
    options = {"start": [1.0], "learning_rate": 2 / 3, "batch_size": 1}
    curve = dp.risk_curve(regression, dp.GradientDescent(), **options, steps=50)
    np.testing.assert_allclose(curve, 1 + np.arange(51) * 4 / 9, rtol=1e-12)
    found = dp.risk_at(regression, dp.GradientDescent(), **options, step=50)
    assert found == pytest.approx(curve[-1], rel=1e-10)  # a double pole of the contour


def test_an_unstable_rate_is_infinite_and_leaves_the_others_alone():
    regression = dp.GaussianRegression(np.eye(3), 0.5)
    options = {"start": np.ones(3), "learning_rate": [0.1, 5.0], "batch_size": 2}
    curve = dp.risk_curve(regression, dp.GradientDescent(), **options, steps=2000)
    assert np.isfinite(curve[:, 0]).all()
    assert np.isinf(curve[-1, 1])
    found = dp.risk_at(regression, dp.GradientDescent(), **options, step=10**6)
    assert np.isfinite(found[0])
    assert np.isinf(found[1])


def test_without_noise_and_at_the_optimum_the_risk_is_zero():
    regression = dp.GaussianRegression(np.eye(2), 0.0)
    options = {"learning_rate": 0.1, "batch_size": 1}
    assert dp.stationary_risk(regression, dp.GradientDescent(), **options) == 0
    assert dp.risk_at(regression, dp.GradientDescent(), start=[0, 0], **options, step=9) == 0


@pytest.mark.parametrize("steps", [1, 15, 16, 300, 20_001, 10**6, 10**9])
@pytest.mark.parametrize("noise", [0.0, 1e-3, 10.0])
@pytest.mark.parametrize("batch_size", [1, 64, 4096])
@pytest.mark.parametrize("kind", ["power law", "wide", "equal", "fast half", "slow half"])
def test_risk_at_is_what_the_eigen_solve_gives(kind, batch_size, noise, steps):
    rng, d = np.random.default_rng(7), 12
    spectrum = np.arange(1.0, d + 1) ** -1.5
    start = rng.standard_normal(d)
    if kind == "wide":
        spectrum = 10 ** rng.uniform(-6, 2, d)
    elif kind == "equal":
        spectrum = np.full(d, 0.5)
    elif kind == "slow half":
        start[: d // 2] = 0.0
    elif kind == "fast half":
        start[d // 2 :] = 0.0
    regression, rule = dp.GaussianRegression(spectrum, noise), dp.GaussNewton(-0.5)
    limit = dp.largest_stable_rate(regression, rule, batch_size=batch_size)
    rates = limit * np.array([1e-6, 1e-2, 0.3, 0.99, 1.01, 1.5])
    options = {"start": start, "learning_rate": rates, "batch_size": batch_size}
    found = dp.risk_at(regression, rule, **options, step=steps)
    modes, moments = np.sqrt(spectrum), start**2 * np.sqrt(spectrum)
    expected = eigen_risks(modes, moments, rates, noise**2, batch_size, steps)
    # Where nothing is left of a run without noise, both have lost its last digits; and where the
    # slowest direction has to be excited by the coupling first, beyond MOST_STEPPED steps, we more.
    rough = kind == "fast half" and noise == 0 and steps > MOST_STEPPED
    np.testing.assert_allclose(found, expected, rtol=1e-3 if rough else 1e-8, atol=1e-250)


@pytest.mark.parametrize(
    ("spectrum", "noise", "start", "rate", "batch_size", "steps"),
    [
        ([1.0, 0.1, 1e-6], 1e-3, [1e3, 0.0, 0.0], 0.5, 256, 300),
        ([1.0, 0.9, 1e-6], 1.0, [1e9, 1.0, 0.0], 0.3, 10**6, 300),
        ([1.0, 0.5, 1e-3], 1.0, [1e6, 0.0, 0.0], 0.5, 4, 40),
    ],
)
def test_a_large_start_that_has_nearly_gone_is_kept_to_ten_digits(
    spectrum, noise, start, rate, batch_size, steps
):
    regression, rule = dp.GaussianRegression(spectrum, noise), dp.GradientDescent()
    options = {"start": start, "learning_rate": rate, "batch_size": batch_size}
    found = dp.risk_at(regression, rule, **options, step=steps)
    moments = np.array(start) ** 2
    logarithm = stepped_precisely(np.array(spectrum), moments, rate, noise**2, batch_size, steps)
    assert found == pytest.approx(np.exp(logarithm), rel=1e-10)


def test_rates_of_zero_and_no_steps_leave_the_start():
    regression = dp.GaussianRegression([2.0, 1.0], 0.5)
    options = {"start": [1.0, 2.0], "batch_size": 2}
    found = dp.risk_at(
        regression, dp.GradientDescent(), learning_rate=[0.0, 0.1, 0.0], step=5, **options
    )
    assert found[0] == found[2] == 6.0
    assert found[1] < 6.0
    for rate in (0.1, 0.0):
        assert (
            dp.risk_at(regression, dp.GradientDescent(), learning_rate=rate, step=0, **options) == 6
        )


@pytest.mark.parametrize("function", ["risk_at", "spectral_radius", "stationary_risk"])
def test_ten_thousand_rates_stay_within_256_mebibytes(function):
    regression = dp.GaussianRegression(1 / np.arange(1.0, 201), 1.0)
    options = {"learning_rate": np.linspace(1e-3, 1e-2, 10_000), "batch_size": 4}
    if function == "risk_at":
        options.update(start=np.ones(200), step=100)
    tracemalloc.start()
    try:
        found = getattr(dp, function)(regression, dp.GradientDescent(), **options)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.shape == (10_000,)
    assert peak < 2**28
    # In pieces or not: what a rate gives does not depend on its company.
    options["learning_rate"] = options["learning_rate"][[3, 9_000]]
    alone = getattr(dp, function)(regression, dp.GradientDescent(), **options)
    np.testing.assert_allclose(found[[3, 9_000]], alone, rtol=1e-13)


def test_a_start_beyond_the_roots_of_float64_has_an_infinite_risk():
    regression = dp.GaussianRegression([1.0, 0.5], 1.0)
    options = {"start": [1e160, 1.0], "learning_rate": 0.1, "batch_size": 4}
    assert dp.risk_at(regression, dp.GradientDescent(), **options, step=100) == np.inf
    assert np.isinf(dp.risk_curve(regression, dp.GradientDescent(), **options, steps=3)).all()
    assert np.isinf(dp.second_moment(regression, [1e200, 1.0], batch_size=1)).any()
