"""Mean-field Adam against the dense joint moments of error and average, rate by rate."""

import numpy as np
import pytest
from references import dense_preconditioner, dense_product, random_rotation

import diagprec_core as dp

D, NOISE = 4, 0.6
BETAS = [(0.0, 0.0), (0.9, 0.0), (0.0, 0.9), (0.9, 0.99), (0.5, 0.3)]


@pytest.fixture(scope="module")
def problem():
    """A regression with correlated features, a start, and a basis that is none of its own."""
    covariance = dense_product(random_rotation(D, 21), np.diag([2.0, 1.0, 0.3, 0.1]))
    regression = dp.GaussianRegression(covariance, NOISE, [0.5, -1.0, 0.0, 2.0])
    return regression, np.array([1.5, 1.0, -1.0, 1.0]), random_rotation(D, 22)


def dense(regression, start, basis, rates, betas, batch_size, kurtosis=1.0, power=-0.5):
    """Return R_0, ..., R_T from the d x d moments of error and average, at Adam's own rate."""
    sigma, noise, (beta1, beta2) = regression.covariance, regression.noise_std**2, betas
    p, delta = dense_preconditioner(regression, power, basis), start - regression.optimum
    error, mixed, square = np.outer(delta, delta), np.zeros((D, D)), np.zeros((D, D))
    old, levels, risks = 1 - beta1, [], [delta @ sigma @ delta]
    for t, rate in enumerate(rates, start=1):
        levels.append(kurtosis * risks[-1] + noise)
        shares = np.array([beta2 ** (t - 1 - i) for i in range(t)])
        nu = shares @ levels / shares.sum()
        pull = rate * np.sqrt(batch_size / nu) / (1 - beta1**t) * p
        gradient = (1 + (2 * kurtosis - 1) / batch_size) * sigma @ error @ sigma
        gradient = gradient + levels[-1] / batch_size * sigma
        cross = beta1 * old * sigma @ mixed  # E[ghat m^T]
        square = beta1**2 * square + cross + cross.T + old**2 * gradient
        mixed = beta1 * mixed + old * error @ sigma  # E[delta m^T]
        error = error - mixed @ pull.T - pull @ mixed.T + pull @ square @ pull.T
        mixed = mixed - pull @ square
        risks.append(np.trace(sigma @ error))
    return np.array(risks)


@pytest.mark.parametrize("betas", BETAS)
@pytest.mark.parametrize("batch_size", [1, 6])
@pytest.mark.parametrize("kurtosis", [1.0, 2.5])
def test_the_curve_is_that_of_dense_moments(problem, betas, batch_size, kurtosis):
    regression, start, basis = problem
    rates = [0.01, 0.05]
    found = dp.risk_curve(
        regression,
        dp.MeanFieldAdam(*betas),
        start=start,
        learning_rate=rates,
        batch_size=batch_size,
        steps=60,
        basis=basis,
        kurtosis=kurtosis,
    )
    assert found.shape == (61, 2)
    for n, rate in enumerate(rates):
        expected = dense(regression, start, basis, [rate] * 60, betas, batch_size, kurtosis)
        np.testing.assert_allclose(found[:, n], expected, rtol=1e-10)


@pytest.mark.parametrize("betas", [(0.0, 0.9), (0.9, 0.99)])
def test_schedules_and_starts_side_by_side(problem, betas):
    regression, start, basis = problem
    rows = np.array([np.linspace(0.1, 0.0, 25), np.linspace(0.0, 0.1, 25)])
    starts = np.array([start, -2 * start])
    options = {"batch_size": 3, "basis": basis}
    rule = dp.MeanFieldAdam(*betas)
    both = dp.risk_curve(regression, rule, start=starts, learning_rate=dp.Schedule(rows), **options)
    one = dp.risk_curve(
        regression, rule, start=start, learning_rate=dp.Schedule(rows[1]), **options
    )
    flat = dp.risk_curve(regression, rule, start=starts, learning_rate=0.02, steps=9, **options)
    assert both.shape == (26, 2)
    assert one.shape == (26,)
    assert flat.shape == (10, 2)
    for n in (0, 1):
        law = (basis, rows[n], betas, 3)
        np.testing.assert_allclose(both[:, n], dense(regression, starts[n], *law), rtol=1e-10)
        law = (basis, [0.02] * 9, betas, 3)
        np.testing.assert_allclose(flat[:, n], dense(regression, starts[n], *law), rtol=1e-10)
    expected = dense(regression, start, basis, rows[1], betas, 3)
    np.testing.assert_allclose(one, expected, rtol=1e-10)


@pytest.mark.parametrize("kurtosis", [1.0, 2.5])
def test_one_step_is_the_last_of_the_curve(problem, kurtosis):
    regression, start, basis = problem
    rule = dp.MeanFieldAdam(0.9, 0.99)
    options = {"start": start, "batch_size": 2, "basis": basis, "kurtosis": kurtosis}
    for rates in ([0.01, 0.03], 0.02):
        for step in (0, 1, 30):
            curve = dp.risk_curve(regression, rule, learning_rate=rates, steps=step, **options)
            found = dp.risk_at(regression, rule, learning_rate=rates, step=step, **options)
            np.testing.assert_array_equal(found, curve[-1])
            assert isinstance(found, np.ndarray if np.ndim(rates) else float)
    with pytest.raises(ValueError, match="learning_rate"):
        dp.risk_at(regression, rule, learning_rate=dp.constant(0.1, 3), step=3, **options)


@pytest.mark.parametrize("kurtosis", [1.0, 3.0])
def test_without_any_memory_it_is_half_power_gauss_newton_at_a_rate_of_the_risk(problem, kurtosis):
    regression, start, basis = problem
    options = {"start": start, "batch_size": 5, "basis": basis, "kurtosis": kurtosis}
    rule, rate = dp.MeanFieldAdam(0.0, 0.0), 0.03
    curve = dp.risk_curve(regression, rule, learning_rate=rate, steps=40, **options)
    rates = rate * np.sqrt(5 / (kurtosis * curve[:-1] + NOISE**2))
    newton = dp.risk_curve(
        regression, dp.GaussNewton(-0.5), learning_rate=dp.Schedule(rates), **options
    )
    np.testing.assert_allclose(curve, newton, rtol=1e-11)


@pytest.mark.parametrize("beta1", [0.0, 0.9])
def test_it_settles_on_the_floor_of_half_power_gauss_newton_at_its_own_rate(problem, beta1):
    regression, start, basis = problem
    rule, rate = dp.MeanFieldAdam(beta1, 0.9), 0.02
    options = {"batch_size": 8, "basis": basis}
    end = dp.risk_at(regression, rule, start=start, learning_rate=rate, step=4000, **options)
    own = rate * np.sqrt(8 / (end + NOISE**2))
    floor = dp.stationary_risk(
        regression, dp.GaussNewton(-0.5), learning_rate=own, momentum=beta1, **options
    )
    assert end == pytest.approx(floor, rel=1e-9)
    # Near the optimum it is long-memory Adam, up to what gradients hold beside noise.
    adam = dp.stationary_risk(regression, dp.LongMemoryAdam(beta1), learning_rate=rate, **options)
    assert end == pytest.approx(adam, rel=0.05)


def test_simulated_adam_follows_it_where_memory_is_long_and_gradients_are_noise():
    regression, betas = dp.GaussianRegression(1 / np.arange(1.0, 31), 4.0), (0.9, 0.999)
    options = {"start": np.full(30, 0.5), "learning_rate": 0.01, "batch_size": 4, "steps": 200}
    exact = dp.risk_curve(regression, dp.MeanFieldAdam(*betas), **options)
    rng = np.random.default_rng(23)
    found = dp.simulate(regression, dp.Adam(*betas), **options, runs=2000, rng=rng, every=50)
    np.testing.assert_allclose(found.mean, exact[found.steps], rtol=0.05)
    assert exact[-1] < 0.6 * exact[0]


def test_divergence_is_inf_without_a_warning(problem):
    # Adam's own rate falls as its risk grows, so that only what overflows diverges.
    regression, start, basis = problem
    options = {"start": start, "batch_size": 1, "steps": 50, "basis": basis}
    rates = [0.01, 1e200]
    for betas in BETAS:
        rule = dp.MeanFieldAdam(*betas)
        curve = dp.risk_curve(regression, rule, learning_rate=rates, **options)
        assert np.isfinite(curve[:, 0]).all()
        assert np.isinf(curve[-1, 1])
        assert not np.isnan(curve).any()
        first = np.isinf(curve[:, 1]).argmax()
        assert np.isinf(curve[first:, 1]).all()
    huge = dp.risk_curve(
        regression,
        dp.MeanFieldAdam(0.9, 0.9),
        start=np.full(D, 1e200),
        learning_rate=0.1,
        batch_size=1,
        steps=3,
    )
    assert np.isinf(huge).all()


@pytest.mark.parametrize("betas", BETAS)
def test_without_noise(problem, betas):
    regression, start, basis = problem
    quiet = dp.GaussianRegression(regression.covariance, 0.0, regression.optimum)
    options = {"learning_rate": 0.02, "batch_size": 4, "steps": 50, "basis": basis}
    rule = dp.MeanFieldAdam(*betas)
    found = dp.risk_curve(quiet, rule, start=start, **options)
    np.testing.assert_allclose(found, dense(quiet, start, basis, [0.02] * 50, betas, 4), rtol=1e-10)
    # At the optimum there is nothing to move it.
    rest = dp.risk_curve(quiet, rule, start=quiet.optimum, **options)
    np.testing.assert_array_equal(rest, np.zeros(51))


def test_arguments_are_checked():
    regression = dp.GaussianRegression([1.0, 0.5], 1.0)
    options = {"start": [1.0, 1.0], "learning_rate": 0.1, "batch_size": 2}
    rule = dp.MeanFieldAdam(0.9, 0.99)
    with pytest.raises(ValueError, match=r"\Akurtosis: got 0.4, need"):
        dp.risk_curve(regression, rule, **options, steps=2, kurtosis=0.4)
    with pytest.raises(ValueError, match=r"\Abatch_size: got 0, need"):
        dp.risk_at(regression, rule, **{**options, "batch_size": 0}, step=2)
    for function in (dp.stationary_risk, dp.largest_stable_rate, dp.spectral_radius):
        more = {} if function is dp.largest_stable_rate else {"learning_rate": 0.1}
        with pytest.raises(ValueError, match=r"\Apreconditioner: got MeanFieldAdam"):
            function(regression, rule, batch_size=2, **more)
    for other in (dp.LongMemoryAdam(), dp.Adam()):
        with pytest.raises(ValueError, match=r"\Apreconditioner: got .*, need"):
            dp.risk_curve(regression, other, **options, steps=2)
