"""Noise floors and spectral radii against the dense map of second moments, in any basis."""

import tracemalloc

import numpy as np
import pytest
from references import dense_floor, dense_preconditioner

import diagprec_core as dp

D = 3
POWERS = [0.0, -0.5, -1.0, 0.4]


@pytest.fixture(scope="module")
def setting():
    rng = np.random.default_rng(41)
    factor = rng.standard_normal((D, D))
    basis, _ = np.linalg.qr(rng.standard_normal((D, D)))
    return dp.GaussianRegression(factor @ factor.T + 0.3 * np.eye(D), 0.8), basis


def bisected_rate(floor):
    """Bisect between a rate that is stable and one that is not."""
    low, high = 1e-4, 1e4
    assert np.isfinite(floor(low))
    assert np.isinf(floor(high))
    for _ in range(60):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if np.isfinite(floor(middle)) else (low, middle)
    return low


@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.9, 0.99])
@pytest.mark.parametrize("batch_size", [1, 6, 500])
@pytest.mark.parametrize("power", POWERS)
def test_the_floor_with_momentum_is_that_of_the_joint_moments(setting, power, batch_size, momentum):
    regression, basis = setting
    rule = dp.GaussNewton(power)
    options = {"batch_size": batch_size, "basis": basis, "momentum": momentum}

    def floor(rate):
        return dp.stationary_risk(regression, rule, learning_rate=rate, **options)

    edge = bisected_rate(floor)
    shares = np.array([0.01, 0.1, 0.5, 0.9, 0.999, 1.001, 1.1, 2.0, 10.0])
    for share, found in zip(shares, floor(shares * edge), strict=True):
        expected, radius = dense_floor(regression, power, basis, share * edge, batch_size, momentum)
        assert np.isfinite(found) == (radius < 1) == (share < 1)
        if share < 1:
            assert found == pytest.approx(expected, rel=1e-7)


def test_momentum_allows_larger_rates_and_keeps_the_floor_of_small_ones(setting):
    regression, basis = setting

    def floor(rate, momentum):
        options = {"batch_size": 64, "basis": basis, "momentum": momentum}
        return dp.stationary_risk(regression, dp.GaussNewton(-1), learning_rate=rate, **options)

    assert floor(1e-4, 0.9) == pytest.approx(floor(1e-4, 0.0), rel=1e-3)
    assert np.isinf(floor(3.0, 0.0))
    assert np.isfinite(floor(3.0, 0.9))


@pytest.mark.parametrize("batch_size", [1, 6, 500])
@pytest.mark.parametrize("power", POWERS)
def test_the_spectral_radius_is_that_of_the_dense_map(setting, power, batch_size):
    regression, basis = setting
    sigma, preconditioner = regression.covariance, dense_preconditioner(regression, power, basis)
    rates = np.array([0.001, 0.1, 0.5, 1.0, 3.0]) / np.trace(preconditioner @ sigma)
    found = dp.spectral_radius(
        regression,
        dp.GaussNewton(power),
        learning_rate=rates,
        batch_size=batch_size,
        basis=basis,
    )
    for rate, radius in zip(rates, found, strict=True):
        step = np.eye(D) - rate * preconditioner @ sigma
        around = rate * preconditioner @ sigma
        spread = (rate**2 * preconditioner @ sigma @ preconditioner.T).reshape(-1)
        dense = np.kron(step, step)
        dense += (np.kron(around, around) + np.outer(spread, sigma.reshape(-1))) / batch_size
        assert radius == pytest.approx(np.abs(np.linalg.eigvals(dense)).max(), rel=1e-12)


def test_the_spectral_radius_is_below_one_exactly_where_there_is_a_floor(setting):
    regression, basis = setting
    options = {"learning_rate": np.geomspace(0.01, 3, 60), "batch_size": 2, "basis": basis}
    radius = dp.spectral_radius(regression, dp.GaussNewton(-0.5), **options)
    floor = dp.stationary_risk(regression, dp.GaussNewton(-0.5), **options)
    np.testing.assert_array_equal(radius < 1, np.isfinite(floor))
    assert 10 < (radius < 1).sum() < 50


def test_the_spectral_radius_is_the_last_ratio_of_a_noiseless_curve(setting):
    regression, basis = setting
    quiet = dp.GaussianRegression(regression.covariance, 0.0)
    options = {"learning_rate": [0.03, 0.1], "batch_size": 2, "basis": basis}
    radius = dp.spectral_radius(quiet, dp.GaussNewton(-0.5), **options)
    start = np.ones(D)
    curve = dp.risk_curve(quiet, dp.GaussNewton(-0.5), start=start, **options, steps=600)
    np.testing.assert_allclose(curve[-1] / curve[-2], radius, rtol=1e-9)


@pytest.mark.parametrize("function", [dp.stationary_risk, dp.spectral_radius])
def test_rates_side_by_side_are_rates_alone(setting, function):
    regression, basis = setting
    options = {"batch_size": 3, "basis": basis}
    rates = np.array([0.01, 0.2, 5.0])
    together = function(regression, dp.GaussNewton(-1), learning_rate=rates, **options)
    assert together.shape == (3,)
    for rate, expected in zip(rates, together, strict=True):
        alone = function(regression, dp.GaussNewton(-1), learning_rate=rate, **options)
        assert isinstance(alone, float)
        assert alone == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("d", "batch_size"), [(1, 1), (4, 3), (50, 8)])
def test_newton_at_its_minimax_rate(d, batch_size):
    regression = dp.GaussianRegression(np.geomspace(0.01, 1, d), 1.0)
    more = batch_size + d + 1
    found = dp.spectral_radius(
        regression,
        dp.GaussNewton(-1),
        learning_rate=batch_size / more * np.array([0.9, 1.0, 1.1]),
        batch_size=batch_size,
    )
    assert found[1] == pytest.approx((d + 1) / more, rel=1e-12)
    assert found[1] < found[[0, 2]].min()


VARIANCES = np.array([2.0, 1.0, 0.3, 0.1])
START = np.array([1.0, -1.0, 2.0, 0.5])


@pytest.mark.parametrize("basis", [None, np.linalg.qr(np.vander(np.arange(1.0, 5)))[0]])
def test_a_vector_of_variances_is_the_diagonal_matrix(basis):
    optimum = [0.1, 0.2, 0.3, 0.4]
    vector = dp.GaussianRegression(VARIANCES, 0.7, optimum)
    dense = dp.GaussianRegression(np.diag(VARIANCES), 0.7, optimum)
    rates = {"learning_rate": np.array([0.05, 0.2]), "batch_size": 3, "basis": basis}
    start = {"start": START, **rates}
    at = {"parameters": START, "basis": basis}
    rule = dp.GaussNewton(-0.5)
    for ask in (
        lambda r: dp.risk_curve(r, rule, **start, steps=20),
        lambda r: dp.risk_at(r, rule, **start, step=10**6),
        lambda r: dp.stationary_risk(r, rule, **rates, momentum=0.5),
        lambda r: dp.spectral_radius(r, rule, **rates),
        lambda r: dp.second_moment(r, **at, batch_size=3),
        lambda r: dp.expected_sign(r, **at, batch_size=3),
        lambda r: dp.correlation(r, **at),
        lambda r: r.risk([START, 2 * START]),
        lambda r: r.full_batch.loss(START),
        lambda r: r.full_batch.gradient(START),
        lambda r: r.full_batch.hessian,
    ):
        np.testing.assert_allclose(ask(vector), ask(dense), rtol=1e-13)


def test_a_vector_of_variances_never_becomes_a_matrix():
    d = 100_000
    spectrum, start = 1 / np.arange(1.0, d + 1), np.ones(d)
    options = {"learning_rate": np.array([1e-3, 1e-2]), "batch_size": 8}
    rng = np.random.default_rng(0)
    tracemalloc.start()
    regression = dp.GaussianRegression(spectrum, 1.0)
    for rule in (dp.GradientDescent(), dp.GaussNewton(-0.5)):
        curve = dp.risk_curve(regression, rule, start=start, **options, steps=5)
        assert np.isfinite(curve).all()
    for rule in (dp.GradientDescent(), dp.LongMemoryAdam(), dp.LongMemoryAdam(0.9)):
        assert np.isfinite(dp.stationary_risk(regression, rule, **options)).all()
    dp.expected_sign(regression, start, batch_size=8)
    dp.sample_gradients(regression, start, batch_size=8, size=2, rng=rng)
    dp.simulate(regression, dp.Adam(), start=start, **options, steps=2, runs=2, rng=rng)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50 * spectrum.nbytes


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.95])
@pytest.mark.parametrize("batch_size", [1, 6, 5000])
@pytest.mark.parametrize("power", POWERS)
def test_the_largest_stable_rate_parts_the_dense_maps(setting, power, batch_size, momentum):
    regression, basis = setting
    options = {"batch_size": batch_size, "basis": basis, "momentum": momentum}
    rule = dp.GaussNewton(power)
    edge = dp.largest_stable_rate(regression, rule, **options)
    case = (regression, power, basis)
    assert np.isfinite(dense_floor(*case, 0.999 * edge, batch_size, momentum)[0])
    assert np.isinf(dense_floor(*case, 1.001 * edge, batch_size, momentum)[0])
    floors = dp.stationary_risk(
        regression, rule, learning_rate=[edge * (1 - 1e-9), edge * (1 + 1e-9)], **options
    )
    np.testing.assert_array_equal(np.isfinite(floors), [True, False])


@pytest.mark.parametrize("rule", [dp.LongMemoryAdam(), dp.LongMemoryAdam(0.9)])
@pytest.mark.parametrize("eigen", [True, False])
def test_long_memory_adam_is_stable_at_every_rate(setting, rule, eigen):
    regression, basis = setting
    basis = dp.eigenbasis(regression.covariance) if eigen else basis
    for size in (1, 2):
        assert dp.largest_stable_rate(regression, rule, batch_size=size, basis=basis) == np.inf
        floor = dp.stationary_risk(
            regression, rule, learning_rate=9.0, batch_size=size, basis=basis
        )
        assert 0 < floor < np.inf
    with pytest.raises(ValueError, match=r"\Abatch_size: got 0, need"):
        dp.largest_stable_rate(regression, rule, batch_size=0, basis=basis)
    with pytest.raises(ValueError, match=r"\Akurtosis: got 0.5, need"):
        dp.largest_stable_rate(regression, rule, batch_size=1, basis=basis, kurtosis=0.5)
