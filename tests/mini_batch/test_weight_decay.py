"""Where decoupled weight decay comes to rest, against dense solves, runs of the mean, minima."""

import numpy as np
import pytest
from references import (
    dense_preconditioner,
    dense_product,
    isserlis_second_moment,
    random_rotation,
)
from scipy.optimize import minimize

import diagprec_core as dp

D = 4
RULES = [dp.GradientDescent(), dp.GaussNewton(-0.5), dp.GaussNewton(-1), dp.Weights([3, 1, 0.2, 5])]
OPTIMUM = np.array([1.0, -2.0, 0.5, 3.0])


def regression_of(noise, seed=71, optimum=OPTIMUM):
    """Return a regression with correlated features, its eigenbasis and another basis."""
    own = random_rotation(D, seed)
    covariance = dense_product(own, np.diag([2.0, 1.0, 0.3, 0.05]))
    return dp.GaussianRegression(covariance, noise, optimum), own, random_rotation(D, seed + 1)


@pytest.mark.parametrize("decay", [0.0, 1e-3, 0.4, 50.0])
@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("turned", [False, True])
def test_fixed_weights_are_the_dense_solve(rule, decay, turned):
    regression, _, other = regression_of(0.5)
    basis = other if turned else None
    found = dp.stationary_mean(regression, rule, weight_decay=decay, batch_size=3, basis=basis)
    p = dense_preconditioner(regression, rule, other if turned else np.eye(D))
    expected = np.linalg.solve(
        p @ regression.covariance + decay * np.eye(D), p @ regression.covariance @ OPTIMUM
    )
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)
    more = dp.stationary_mean(regression, rule, weight_decay=decay, batch_size=99, basis=basis)
    np.testing.assert_array_equal(found, more)


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("share", [0.1, 0.9])
def test_the_mean_of_a_run_comes_to_rest_there(rule, share):
    regression, _, basis = regression_of(0.5)
    p, decay = dense_preconditioner(regression, rule, basis), 0.2
    pull = p @ regression.covariance
    rate = share * 2 / (np.linalg.eigvals(pull).real.max() + decay)
    theta = np.zeros(D)
    for _ in range(3000):
        theta = theta - rate * (pull @ (theta - OPTIMUM) + decay * theta)
    found = dp.stationary_mean(regression, rule, weight_decay=decay, batch_size=1, basis=basis)
    np.testing.assert_allclose(found, theta, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("decay", [1e-3, 0.1, 1.0, 30.0])
@pytest.mark.parametrize("batch_size", [1, 6, 1000])
@pytest.mark.parametrize(("noise", "scale"), [(0.05, 1.0), (3.0, 1.0), (1e-3, 0.01), (0.1, 100.0)])
def test_adam_rests_where_its_own_direction_is_what_decay_takes(decay, batch_size, noise, scale):
    regression, own, _ = regression_of(noise, optimum=scale * OPTIMUM)
    theta = dp.stationary_mean(
        regression, dp.LongMemoryAdam(), weight_decay=decay, batch_size=batch_size, basis=own
    )
    moment = isserlis_second_moment(regression, theta, batch_size, own)
    gradient = own.T @ regression.covariance @ (theta - scale * OPTIMUM)
    np.testing.assert_allclose(
        gradient / np.sqrt(moment), -decay * own.T @ theta, rtol=1e-9, atol=1e-13
    )
    assert 0 < regression.risk(theta) < regression.risk(np.zeros(D))


def test_adams_rest_does_not_depend_on_beta1():
    regression, own, _ = regression_of(1.0)
    options = {"weight_decay": 0.3, "batch_size": 4, "basis": own}
    np.testing.assert_array_equal(
        dp.stationary_mean(regression, dp.LongMemoryAdam(0.9), **options),
        dp.stationary_mean(regression, dp.LongMemoryAdam(), **options),
    )


@pytest.mark.parametrize("batch_size", [1, 16])
def test_where_gradients_are_noise_adam_minimises_a_ridge_of_the_root(batch_size):
    regression, own, _ = regression_of(1000.0)
    decay = 0.02 * np.sqrt(batch_size) / 1000.0
    options = {"weight_decay": decay, "batch_size": batch_size, "basis": own}
    found = dp.stationary_mean(regression, dp.LongMemoryAdam(), **options)
    # (B + 1) rho^2 is of the size of 1e-4 here; the volume is that of the point itself.
    level = decay * np.sqrt((regression.risk(found) + 1e6) / batch_size)
    sigma = regression.covariance
    values, vectors = np.linalg.eigh(sigma)
    root = (vectors * np.sqrt(values)) @ vectors.T

    def ridge(theta):
        delta = theta - OPTIMUM
        value = delta @ sigma @ delta / 2 + level * theta @ root @ theta / 2
        return value, sigma @ delta + level * root @ theta

    least = minimize(ridge, np.zeros(D), jac=True, options={"gtol": 1e-10}).x
    np.testing.assert_allclose(found, least, rtol=1e-4)
    assert np.abs(found / OPTIMUM - 1).max() > 0.01  # which is a shift that would be seen
    # GN^-1/2 at the same multiple has the same rest.
    newton = dp.stationary_mean(
        regression, dp.GaussNewton(-0.5), weight_decay=level, batch_size=1, basis=own
    )
    np.testing.assert_allclose(found, newton, rtol=1e-4)


@pytest.mark.parametrize("rule", [*RULES, dp.LongMemoryAdam()], ids=str)
def test_no_decay_moves_nothing_and_much_moves_all(rule):
    regression, own, _ = regression_of(0.5)
    options = {"batch_size": 3, "basis": own}
    still = dp.stationary_mean(regression, rule, weight_decay=0, **options)
    np.testing.assert_allclose(still, OPTIMUM, rtol=1e-14)
    far = dp.stationary_mean(regression, rule, weight_decay=1e9, **options)
    assert np.abs(far).max() < 1e-7
    rests = [
        np.linalg.norm(dp.stationary_mean(regression, rule, weight_decay=w, **options))
        for w in np.geomspace(1e-3, 1e3, 7)
    ]
    assert (np.diff(rests) < 0).all()


@pytest.mark.parametrize("rule", [dp.GaussNewton(-0.5), dp.LongMemoryAdam()], ids=str)
def test_an_optimum_at_the_origin_stays_there(rule):
    regression = dp.GaussianRegression([1.0, 0.5], 1.0)
    half = dp.GaussianRegression([1.0, 0.5], 1.0, [0.0, 2.0])
    options = {"weight_decay": 0.5, "batch_size": 2}
    np.testing.assert_array_equal(dp.stationary_mean(regression, rule, **options), [0.0, 0.0])
    found = dp.stationary_mean(half, rule, **options)
    assert found[0] == 0
    assert 0 < found[1] < 2


def test_what_adam_needs():
    regression, _, other = regression_of(0.5)
    options = {"weight_decay": 0.1, "batch_size": 2}
    rule = dp.LongMemoryAdam()
    with pytest.raises(
        ValueError,
        match="basis: got one in which features correlate, need the covariance's eigenbasis",
    ):
        dp.stationary_mean(regression, rule, **options, basis=other)
    quiet = dp.GaussianRegression([1.0, 0.5], 0.0, [1.0, 1.0])
    with pytest.raises(ValueError, match="regression: got one without noise, need noise above 0"):
        dp.stationary_mean(quiet, rule, **options)
    dp.stationary_mean(quiet, dp.GaussNewton(), **options)
    for wrong in (dp.Adam(), dp.MeanFieldAdam(0.9, 0.99)):
        with pytest.raises(ValueError, match=r"\Apreconditioner: got .*, need"):
            dp.stationary_mean(regression, wrong, **options)
