"""Exact risks for elliptical features against dense moments and against drawn ones (SXQ-12)."""

import numpy as np
import pytest

import diagprec_core as dp

D, NOISE = 4, 0.6
SPECTRUM = np.array([2.0, 1.0, 0.4, 0.1])
LAW = {"batch_size": 3, "kurtosis": 2.5}
RULE = dp.GaussNewton(-0.6)


@pytest.fixture(scope="module")
def problem():
    """A regression whose features correlate, and a basis that is none of its own."""
    rng = np.random.default_rng(5)
    rotation, basis = (np.linalg.qr(rng.standard_normal((D, D)))[0] for _ in range(2))
    return dp.GaussianRegression((rotation * SPECTRUM) @ rotation.T, NOISE), basis


def dense(regression, basis, rate, batch_size, kurtosis):
    """Return the map of second moments of the error, and what a step adds, as d^2 numbers."""
    sigma = regression.covariance
    weights = RULE.weights(np.diagonal(basis.T @ sigma @ basis))
    p = (basis * weights) @ basis.T
    move, one = np.eye(D) - rate * p @ sigma, np.eye(D * D)
    columns = []
    for unit in one:
        m = unit.reshape(D, D)
        spread = (2 * kurtosis - 1) * sigma @ m @ sigma + kurtosis * np.sum(sigma * m) * sigma
        columns.append((move @ m @ move.T + rate**2 / batch_size * p @ spread @ p).ravel())
    return np.array(columns).T, (rate**2 / batch_size * NOISE**2 * p @ sigma @ p).ravel()


@pytest.mark.parametrize("rate", [0.05, 0.2])
def test_risks_floors_and_radii_are_those_of_dense_moments(problem, rate):
    regression, basis = problem
    matrix, source = dense(regression, basis, rate, **LAW)
    start = np.array([1.0, -2.0, 0.5, 3.0])
    moment, risks = np.outer(start, start).ravel(), []
    for _ in range(41):
        risks.append(regression.covariance.ravel() @ moment)
        moment = matrix @ moment + source
    options = {"learning_rate": rate, "basis": basis, **LAW}
    curve = dp.risk_curve(regression, RULE, start=start, steps=40, **options)
    np.testing.assert_allclose(curve, risks, rtol=1e-10)
    for step in (3, 40):  # stepped, and by the contour
        found = dp.risk_at(regression, RULE, start=start, step=step, **options)
        assert found == pytest.approx(risks[step], rel=1e-9)
    radius = np.abs(np.linalg.eigvals(matrix)).max()
    assert dp.spectral_radius(regression, RULE, **options) == pytest.approx(radius, rel=1e-9)
    limit = np.linalg.solve(np.eye(D * D) - matrix, source) @ regression.covariance.ravel()
    assert radius < 1
    assert dp.stationary_risk(regression, RULE, **options) == pytest.approx(limit, rel=1e-9)


@pytest.mark.parametrize("batch_size", [1, 50])
@pytest.mark.parametrize("kurtosis", [D / (D + 2), 1.0, 30.0])
def test_the_largest_stable_rate_is_where_the_radius_is_one(problem, batch_size, kurtosis):
    regression, basis = problem
    law = {"batch_size": batch_size, "kurtosis": kurtosis}
    limit = dp.largest_stable_rate(regression, RULE, basis=basis, **law)
    for factor in (1 - 1e-6, 1 + 1e-6):
        matrix, _ = dense(regression, basis, limit * factor, **law)
        assert (np.abs(np.linalg.eigvals(matrix)).max() < 1) == (factor < 1)


def test_a_kurtosis_of_one_is_the_gaussian_law_to_the_bit(problem):
    regression, basis = problem
    options = {"learning_rate": [0.05, 0.3], "basis": basis, "batch_size": 3}
    for function, more in (
        (dp.risk_curve, {"start": np.ones(D), "steps": 30}),
        (dp.risk_at, {"start": np.ones(D), "step": 30}),
        (dp.stationary_risk, {}),
        (dp.spectral_radius, {}),
    ):
        plain = function(regression, RULE, **options, **more)
        assert np.array_equal(plain, function(regression, RULE, **options, **more, kurtosis=1.0))


@pytest.mark.parametrize("rate", [0.03, 2.0])
def test_long_memory_adam_freezes_what_its_stationary_state_has(rate):
    found = dp.long_memory_weights(SPECTRUM, NOISE, rate, 3, kurtosis=2.5)
    regression, risk = dp.GaussianRegression(SPECTRUM, NOISE), {"learning_rate": rate, **LAW}
    # Moments of the state under these weights, by a dense solve in the coordinates alone.
    x, k = rate * found * SPECTRUM, 1 + (2 * 2.5 - 1) / 3
    matrix = np.diag(2 * x - k * x**2) - 2.5 / 3 * np.outer(x**2, np.ones(D))
    shares = np.linalg.solve(matrix, x**2 * NOISE**2 / 3)  # lambda_i E delta_i^2
    second = SPECTRUM * (2.5 * shares.sum() + NOISE**2) / 3 + k * SPECTRUM * shares
    np.testing.assert_allclose(found, second**-0.5, rtol=1e-10)
    adam = dp.stationary_risk(regression, dp.LongMemoryAdam(), **risk)
    assert adam == pytest.approx(shares.sum(), rel=1e-10)


def test_drawn_elliptical_features_have_these_risks(problem):
    # x = sqrt(s) z, s = 7/2 with probability 1/6 and else 1/2: E s = 1 and E s^2 = 9/4.
    regression, basis = problem
    runs, steps, rate, rng = 40_000, 6, 0.2, np.random.default_rng(17)
    root = np.linalg.cholesky(regression.covariance)
    weights = RULE.weights(np.diagonal(basis.T @ regression.covariance @ basis))
    p, start = (basis * weights) @ basis.T, np.array([1.0, -1.0, 0.5, 2.0])
    scales = np.array([0.5, 3.5])
    error = np.tile(start, (runs, 1))
    for _ in range(steps):
        scale = np.sqrt(scales[(rng.random((runs, 3, 1)) < 1 / 6).astype(int)])
        x = scale * (rng.standard_normal((runs, 3, D)) @ root.T)
        residual = (x @ error[:, :, None])[..., 0] - NOISE * rng.standard_normal((runs, 3))
        error = error - rate * ((residual[:, None] @ x)[:, 0] / 3) @ p
    risks = np.einsum("ni,ij,nj->n", error, regression.covariance, error)
    law = {"batch_size": 3, "kurtosis": 2.25}
    exact = dp.risk_at(
        regression, RULE, start=start, learning_rate=rate, step=steps, basis=basis, **law
    )
    z = (risks.mean() - exact) / (risks.std() / np.sqrt(runs))
    assert abs(z) < 4.9  # one false alarm in a million
    gaussian = dp.risk_at(
        regression, RULE, start=start, learning_rate=rate, step=steps, basis=basis, batch_size=3
    )
    assert abs(risks.mean() - gaussian) > 20 * risks.std() / np.sqrt(runs)


def test_momentum_has_no_kurtosis(problem):
    regression, _ = problem
    with pytest.raises(ValueError, match="kurtosis: got 2 beside momentum, need 1, or no momentum"):
        dp.stationary_risk(
            regression, RULE, learning_rate=0.1, batch_size=3, momentum=0.5, kurtosis=2.0
        )
