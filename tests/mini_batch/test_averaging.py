"""The averaged iterate against the joint moments of error and sum, in any basis."""

import numpy as np
import pytest
from references import dense_averages, dense_preconditioner

import diagprec_core as dp
from diagprec_core.mini_batch.averaging import averaged_risk, averaged_risk_curve

RULES = [dp.GradientDescent(), dp.GaussNewton(-0.5), dp.GaussNewton(-1.0)]


@pytest.fixture(scope="module")
def setting():
    rng = np.random.default_rng(31)
    factor = rng.standard_normal((4, 4))
    basis, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    optimum, start = rng.standard_normal((2, 4))
    return dp.GaussianRegression(factor @ factor.T + 0.3 * np.eye(4), 0.8, optimum), start, basis


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("batch_size", [1, 8])
def test_curve_is_that_of_the_joint_moments(setting, rule, batch_size):
    regression, start, basis = setting
    preconditioner = dense_preconditioner(regression, rule, basis)
    rates = np.array([0.01, 0.1]) / np.trace(preconditioner @ regression.covariance)
    options = {"start": start, "batch_size": batch_size, "basis": basis}
    found = averaged_risk_curve(regression, rule, **options, learning_rate=rates, steps=50)
    for n, rate in enumerate(rates):
        expected = dense_averages(regression, preconditioner, start, [rate] * 50, batch_size)
        np.testing.assert_allclose(found[:, n], expected, rtol=1e-9)


def test_curve_follows_a_schedule(setting):
    regression, start, _ = setting
    rates = np.linspace(0.1, 0.01, 20)
    options = {"start": start, "learning_rate": dp.Schedule(rates), "batch_size": 3}
    found = averaged_risk_curve(regression, dp.GradientDescent(), **options)
    np.testing.assert_allclose(
        found, dense_averages(regression, np.eye(4), start, rates, 3), rtol=1e-9
    )


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_limit_is_approached(setting, rule):
    regression, start, basis = setting
    scale = np.trace(dense_preconditioner(regression, rule, basis) @ regression.covariance)
    options = {"learning_rate": 0.5 / scale, "batch_size": 2, "basis": basis}
    limit = averaged_risk(regression, rule, **options)
    curve = averaged_risk_curve(regression, rule, start=start, **options, steps=40_000)
    # t times the risk is the limit plus b/t; two points of it take out b.
    ahead = 40_000 * curve[39_999] * 2 - 20_000 * curve[19_999]
    assert ahead == pytest.approx(limit, rel=1e-6)


def test_first_entry_is_the_risk_at_the_start(setting):
    regression, start, _ = setting
    options = {"start": start, "learning_rate": [0.1, 0.2], "batch_size": 1, "steps": 0}
    curve = averaged_risk_curve(regression, dp.GradientDescent(), **options)
    np.testing.assert_allclose(curve, np.full((1, 2), regression.risk(start)))


def test_divergence_is_inf(setting):
    regression, start, _ = setting
    options = {"learning_rate": np.array([0.01, 50.0]), "batch_size": 1}
    assert np.isinf(averaged_risk(regression, dp.GradientDescent(), **options)[1])
    curve = averaged_risk_curve(regression, dp.GradientDescent(), start=start, **options, steps=900)
    assert np.isinf(curve[-1, 1])
    assert np.isfinite(curve[:, 0]).all()


def test_momentum_enters_through_the_floor_only(setting):
    regression, _, _ = setting
    options = {"learning_rate": 0.05, "batch_size": 2, "momentum": 0.9}
    floor = dp.stationary_risk(regression, dp.GradientDescent(), **options)
    limit = averaged_risk(regression, dp.GradientDescent(), **options)
    assert limit == pytest.approx((0.64 * 4 + 5 * floor) / 2)


def test_bad_input_is_refused_by_name(setting):
    regression, start, _ = setting
    rule = dp.GradientDescent()
    with pytest.raises(ValueError, match="batch_size"):
        averaged_risk(regression, rule, learning_rate=0.1, batch_size=0)
    with pytest.raises(ValueError, match="regression"):
        averaged_risk("no", rule, learning_rate=0.1, batch_size=1)
    with pytest.raises(ValueError, match="regression"):
        averaged_risk_curve("no", rule, start=start, learning_rate=0.1, batch_size=1, steps=1)
    with pytest.raises(ValueError, match="preconditioner"):
        averaged_risk_curve(
            regression, dp.Adam(), start=start, learning_rate=0.1, batch_size=1, steps=1
        )
