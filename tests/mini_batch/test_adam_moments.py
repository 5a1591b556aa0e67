"""Adam with its denominators at their means: it closes, in every basis and for every law."""

import numpy as np
import pytest

import diagprec_core as dp
from diagprec_core.methods.learning_rates import as_rates
from diagprec_core.mini_batch.adam_moments import adam_moment_risks, additive, elliptical
from tests.references import random_rotation

SIGNAL = dp.MeanFieldAdam(0.9, 0.95, signal=True)


def problem(d=4, noise_std=0.3, seed=0):
    rng = np.random.default_rng(seed)
    factor = rng.standard_normal((d, d))
    return dp.GaussianRegression(factor @ factor.T / d + 0.1 * np.eye(d), noise_std)


def loop(regression, rule, start, rate, batch_size, steps, basis, kurtosis=1.0):
    """Return R_0, ..., R_T and the denominators, by the state (e, m) of twice the size."""
    sigma = basis.T @ regression.covariance @ basis
    d, old, new = len(sigma), rule.beta1, 1 - rule.beta1
    state, average = np.zeros((2 * d, 2 * d)), np.zeros(d)
    error = basis.T @ (start - regression.optimum)
    state[:d, :d] = np.outer(error, error)
    risks, roots = [np.trace(sigma @ state[:d, :d])], []
    for t in range(1, steps + 1):
        pull = sigma @ state[:d, :d]
        second = (1 - 1 / batch_size) * pull @ sigma
        single = kurtosis * (np.trace(pull) * sigma + 2 * pull @ sigma)
        second += (single + regression.noise_std**2 * sigma) / batch_size
        average = rule.beta2 * average + (1 - rule.beta2) * np.diagonal(second)
        roots.append(np.sqrt(average / (1 - rule.beta2**t)) * (1 - old**t))
        # m+ = old m + new ghat, e+ = e - D m+: the mean of ghat is sigma e, its spread comes extra.
        first = np.block([[np.eye(d), np.zeros((d, d))], [new * sigma, old * np.eye(d)]])
        down = np.block([[np.eye(d), -np.diag(rate / roots[-1])], [np.zeros((d, d)), np.eye(d)]])
        state = first @ state @ first.T
        state[d:, d:] += new**2 * (second - pull @ sigma)
        state = down @ state @ down.T
        risks.append(np.trace(sigma @ state[:d, :d]))
    return np.array(risks), np.array(roots)


@pytest.mark.parametrize("batch_size", [1, 64])
@pytest.mark.parametrize("kurtosis", [1.0, 2.5])
@pytest.mark.parametrize("betas", [(0.0, 0.9), (0.9, 0.95), (0.5, 0.0)])
def test_the_core_is_a_plain_loop_in_every_basis(batch_size, kurtosis, betas):
    regression, rule = problem(), dp.MeanFieldAdam(*betas, signal=True)
    start = np.random.default_rng(1).standard_normal(4)
    eigenbasis = np.linalg.eigh(regression.covariance)[1]
    for basis in (np.eye(4), random_rotation(4, 2), eigenbasis):
        expected, _ = loop(regression, rule, start, 0.05, batch_size, 30, basis, kurtosis)
        found = dp.risk_curve(
            regression,
            rule,
            start=start,
            learning_rate=0.05,
            batch_size=batch_size,
            steps=30,
            basis=basis,
            kurtosis=kurtosis,
        )
        np.testing.assert_allclose(found, expected, rtol=1e-10)


def sampled(regression, rule, roots, rate, batch_size, runs, rng):
    """Return R of runs of the method with these denominators, on data of the regression."""
    d, root = 4, np.linalg.cholesky(regression.covariance)
    error, mean = np.tile(np.ones(d), (runs, 1)), np.zeros((runs, d))
    for down in roots:
        x = rng.standard_normal((runs, batch_size, d)) @ root.T
        left = np.einsum("rbi,ri->rb", x, error)
        left += regression.noise_std * rng.standard_normal((runs, batch_size))
        gradient = np.einsum("rb,rbi->ri", left, x) / batch_size
        mean = rule.beta1 * mean + (1 - rule.beta1) * gradient
        error = error - rate * mean / down
    return np.einsum("ri,ij,rj->r", error, regression.covariance, error)


def test_given_its_denominators_the_risk_is_exact():
    """The mean of 40,000 runs, fixed beforehand, within 4 standard errors; without the signal not.

    The control: the denominators that (b) would have, on which the method does something else.
    """
    regression, rate = problem(), 0.05
    expected, roots = loop(regression, SIGNAL, np.ones(4), rate, 2, 12, np.eye(4))
    risks = sampled(regression, SIGNAL, roots, rate, 2, 40_000, np.random.default_rng(3))
    error = risks.std(ddof=1) / 200
    assert error < 0.01 * expected[-1]
    assert abs(risks.mean() - expected[-1]) < 4 * error
    setting = {"start": np.ones(4), "learning_rate": rate, "batch_size": 2, "steps": 12}
    other = dp.risk_curve(regression, dp.MeanFieldAdam(0.9, 0.95), **setting)[-1]
    assert abs(risks.mean() - other) > 20 * error


@pytest.mark.parametrize("batch_size", [1, 8, 64])
def test_where_gradients_are_noise_it_is_the_other_recurrence(batch_size):
    """Many directions with equal shares: (B + 1) rho^2 bounds what the signal can change."""
    spectrum = 1 / np.arange(1.0, 401)
    regression = dp.GaussianRegression(spectrum, 1.0)
    start = np.sqrt(0.01 / 400 / spectrum)
    share = (batch_size + 1) * (dp.correlation(regression, start) ** 2).max()
    assert share < 0.003
    setting = {"start": start, "batch_size": batch_size, "steps": 200}
    setting["learning_rate"] = 1e-3 / np.sqrt(batch_size)
    kept, plain = (
        dp.risk_curve(regression, dp.MeanFieldAdam(0.9, 0.99, signal=signal), **setting)
        for signal in (True, False)
    )
    assert plain[-1] != pytest.approx(plain[0], rel=0.01)
    np.testing.assert_allclose(kept, plain, rtol=share)


def test_rates_starts_and_schedules_go_side_by_side():
    regression, rates = problem(), np.array([0.01, 0.1, 0.3])
    options = {"batch_size": 4, "basis": random_rotation(4, 5)}
    starts = np.random.default_rng(6).standard_normal((3, 4))
    together = dp.risk_curve(
        regression, SIGNAL, start=starts, learning_rate=rates, steps=20, **options
    )
    for k in range(3):
        alone = dp.risk_curve(
            regression, SIGNAL, start=starts[k], learning_rate=rates[k], steps=20, **options
        )
        np.testing.assert_allclose(together[:, k], alone, rtol=1e-12)
    schedule = dp.Schedule(np.full(20, 0.1))
    scheduled = dp.risk_curve(
        regression, SIGNAL, start=starts[1], learning_rate=schedule, **options
    )
    np.testing.assert_allclose(scheduled, together[:, 1], rtol=1e-12)


def test_blocks_are_what_the_whole_matrix_is():
    """Two blocks couple through the risk alone, in blocks as in the whole."""
    parts = np.stack([problem(2, seed=7).covariance, problem(2, seed=8).covariance])
    whole = np.zeros((1, 4, 4))
    whole[0, :2, :2], whole[0, 2:, 2:] = parts
    rates = as_rates(np.array([0.05, 0.5]), 25)
    runs = [
        np.array([*adam_moment_risks(m, elliptical(m, 0.2, 4, 1.5), np.ones(4), rates, SIGNAL)])
        for m in (parts, whole)
    ]
    np.testing.assert_allclose(*runs, rtol=1e-12)


def test_a_long_run_at_a_large_rate_stays_symmetric():
    """Rounding that is not symmetric would grow here, until nothing is a number."""
    regression = problem(seed=9)
    options = {"start": np.ones(4), "learning_rate": 3.0, "batch_size": 8, "steps": 3000}
    rule = dp.MeanFieldAdam(0.0, 0.999, signal=True)
    risks = dp.risk_curve(regression, rule, basis=random_rotation(4, 10), **options)
    assert np.isfinite(risks).all()
    floor = dp.stationary_risk(
        regression,
        dp.LongMemoryAdam(),
        learning_rate=3.0,
        batch_size=8,
        basis=random_rotation(4, 10),
    )
    assert np.log(risks[-500:]).mean() == pytest.approx(np.log(floor), abs=0.05)


@pytest.mark.filterwarnings("error")
def test_divergence_and_no_noise_are_results():
    quiet = dp.GaussianRegression([1.0, 0.5], 0.0)
    options = {"batch_size": 2, "steps": 50}
    still = dp.risk_curve(quiet, SIGNAL, start=[0.0, 0.0], learning_rate=1.0, **options)
    assert (still == 0).all()
    far = dp.risk_curve(quiet, SIGNAL, start=[1e200, 1.0], learning_rate=1e308, **options)
    assert far[-1] == np.inf


def test_additive_noise_with_fixed_curvature_by_many_runs():
    """H e plus noise of a covariance of its own: 40,000 runs, 4 standard errors."""
    rng = np.random.default_rng(11)
    curved, loud = problem(seed=12).covariance, problem(seed=13).covariance
    rate, steps, batch_size, runs = 0.1, 15, 4, 40_000
    square = additive(curved[None], loud[None], batch_size)
    law = curved[None], square, np.zeros(4), as_rates(rate, steps), SIGNAL
    expected = np.array([*adam_moment_risks(*law)])
    root = np.linalg.cholesky(loud / batch_size)
    error, mean, average = np.zeros((runs, 4)), np.zeros((runs, 4)), np.zeros(4)
    for t in range(1, steps + 1):
        gradient = error @ curved + rng.standard_normal((runs, 4)) @ root.T
        mean = 0.9 * mean + 0.1 * gradient
        average = 0.95 * average + 0.05 * (gradient**2).mean(axis=0)
        error -= rate * mean / (1 - 0.9**t) / np.sqrt(average / (1 - 0.95**t))
    moment = np.einsum("ri,ij,rj->r", error, curved, error)
    bound = 4 * moment.std(ddof=1) / runs**0.5
    assert bound < 0.05 * expected[-1]
    assert abs(moment.mean() - expected[-1]) < bound
