"""Adam as it is run in `compare`: its rate, risk, floor and curve, against loops and runs."""

import numpy as np
import pytest

import diagprec_core as dp
from diagprec_core.tuning import as_run as module
from diagprec_core.tuning.contenders import ADAM
from diagprec_core.tuning.problem import Problem

SPECTRUM = np.arange(1.0, 31.0) ** -1
SETTING = {"batch_size": 4, "steps": 120, "noise_std": 0.7}


def loop(spectrum, errors, rate, beta1, beta2, *, batch_size, steps, noise_std, kurtosis=1.0):
    """Return R_0, ..., R_T by SXQ-21 (c) in delta itself, one coordinate and number at a time.

    m is the averaged gradient: E[m^2] and E[delta m] are moments in the eigenbasis.
    """
    d, risks = len(spectrum), []
    average = [0.0] * d
    square = [float(e) ** 2 for e in errors]
    mixed, push = [0.0] * d, [0.0] * d
    for t in range(steps + 1):
        risk = sum(lam * e2 for lam, e2 in zip(spectrum, square, strict=True))
        risks.append(risk)
        if t == steps:
            return risks
        volume = kurtosis * risk + noise_std**2
        for i in range(d):
            lam, new = spectrum[i], 1 - beta1
            gradient = (1 + (2 * kurtosis - 1) / batch_size) * lam**2 * square[i]
            gradient += lam * volume / batch_size
            push[i] = beta1**2 * push[i] + 2 * beta1 * new * lam * mixed[i] + new**2 * gradient
            mixed[i] = beta1 * mixed[i] + new * lam * square[i]
            average[i] = beta2 * average[i] + (1 - beta2) * gradient
            step = rate / (1 - beta1 ** (t + 1)) / (average[i] / (1 - beta2 ** (t + 1))) ** 0.5
            square[i] += step * (step * push[i] - 2 * mixed[i])
            mixed[i] -= step * push[i]
    raise AssertionError


@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.5, 0.9), (0.0, 0.99), (0.0, 0.0)])
@pytest.mark.parametrize("kurtosis", [1.0, 3.0])
def test_risk_and_curve_are_those_of_a_plain_loop(beta1, beta2, kurtosis):
    betas = {"beta1": beta1, "beta2": beta2}
    found = dp.compare(SPECTRUM, **SETTING, **betas, kurtosis=kurtosis, start=1 / SPECTRUM)
    run, errors = found.as_run, 1 / SPECTRUM
    risks = loop(SPECTRUM, errors, run.learning_rate, **betas, **SETTING, kurtosis=kurtosis)
    assert run.name == f"Adam ({beta1:g}, {beta2:g}) as run"
    assert run.risk == pytest.approx(risks[-1], rel=1e-9)
    horizons = np.array([120, 1, 7, 7])
    np.testing.assert_allclose(found.curve(run, horizons), np.array(risks)[horizons], rtol=1e-9)
    assert (found.beta1, found.beta2) == (beta1, beta2)
    assert found.memory_price == pytest.approx(dp.memory_price(4, **betas))
    assert (run.power, run.largest_stable_rate, run.damping) == (None, np.inf, 0.0)
    assert run not in found.contenders


@pytest.mark.parametrize("start_risk", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("steps", [1, 120])
def test_no_other_rate_is_better(start_risk, steps):
    setting = {**SETTING, "steps": steps}
    found = dp.compare(SPECTRUM, **setting, start_risk=start_risk)
    run, options = found.as_run, {"start": found.errors, "batch_size": 4, "step": steps}
    rates = run.learning_rate * np.geomspace(1e-6, 1e6, 2001)
    regression, rule = (
        dp.GaussianRegression(SPECTRUM, 0.7),
        dp.MeanFieldAdam(0.9, 0.999, signal=True),
    )
    risks = dp.risk_at(regression, rule, learning_rate=rates, **options)
    assert risks.min() >= run.risk * (1 - 1e-12)
    near = run.learning_rate * np.array([0.999, 1.001])
    assert (dp.risk_at(regression, rule, learning_rate=near, **options) > run.risk).all()
    assert run.risk < start_risk


@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.0, 0.99)])
def test_simulated_adam_agrees(beta1, beta2):
    """Weak correlation, 0.18: the mean of 2000 runs within 4 standard errors and 1%."""
    spectrum, noise_std = dp.power_law_spectrum(100, 1.0), 1.5
    setting = {"batch_size": 2, "steps": 100}
    betas = {"beta1": beta1, "beta2": beta2}
    found = dp.compare(spectrum, **setting, noise_std=noise_std, **betas)
    assert found.largest_correlation == pytest.approx(0.178, abs=1e-3)
    simulation = dp.simulate(
        dp.GaussianRegression(spectrum, noise_std),
        dp.Adam(beta1, beta2),
        start=found.errors,
        learning_rate=found.as_run.learning_rate,
        **setting,
        runs=2000,
        rng=np.random.default_rng(5),
        every=100,
    )
    (mean, error), risk = (simulation.mean[-1], simulation.standard_error[-1]), found.as_run.risk
    assert error < 0.005 * risk
    assert abs(mean - risk) < 4 * error + 0.01 * risk


def test_the_floor_is_long_memory_adams_at_its_rate_with_what_memory_adds():
    regression = dp.GaussianRegression(SPECTRUM, 0.7)
    for beta1, beta2 in ((0.9, 0.999), (0.0, 0.9), (0.0, 0.0)):
        found = dp.compare(SPECTRUM, **SETTING, beta1=beta1, beta2=beta2)
        rate = found.as_run.learning_rate
        long = dp.stationary_risk(
            regression, dp.LongMemoryAdam(beta1), learning_rate=rate, batch_size=4
        )
        first, second = module.response(4, beta1, beta2)
        assert found.as_run.floor == pytest.approx(long * second / first)
        assert found.memory_price == pytest.approx(second / first**2)
    # Sign descent, without memory: its own floor is known (SXQ-17), here at a small rate.
    first, second = module.response(4, 0.0, 0.0)
    floor = dp.sign_floor(SPECTRUM, 0.7, np.array(1e-6), 4)
    long = dp.long_memory_risk(SPECTRUM, 0.7, np.array(1e-6), 4)
    assert floor / long == pytest.approx(second / first, rel=1e-4)


def test_the_approximation_is_judged_by_the_largest_correlation():
    start = np.linspace(-1, 2, 30)
    found = dp.compare(SPECTRUM, **SETTING, start=start)
    rho = dp.correlation(dp.GaussianRegression(SPECTRUM, 0.7), start)
    assert found.largest_correlation == pytest.approx(5 * (rho**2).max())
    # With kurtosis, B E[ghat_i^2]/lambda_i over its value without correlation.
    regression, law = dp.GaussianRegression(SPECTRUM, 0.7), {"batch_size": 4, "kurtosis": 3.0}
    heavy = dp.compare(SPECTRUM, **{**SETTING, **law}, start=start)
    moment = dp.second_moment(regression, start, **law)
    volume = 3 * regression.risk(start) + 0.49
    excess = 4 * moment / SPECTRUM / volume - 1
    assert heavy.largest_correlation == pytest.approx(excess.max())


def test_a_long_memory_and_small_steps_make_it_frozen_adam():
    """Much noise, a long run without momentum: what fills the memory at the start is V/B, too."""
    found = dp.compare(
        SPECTRUM, batch_size=1, steps=2000, noise_std=30.0, beta1=0.0, beta2=0.999999
    )
    (frozen,) = (one for one in found.contenders if one.name == ADAM)
    assert found.as_run.risk == pytest.approx(frozen.risk, rel=1e-3)
    assert found.as_run.learning_rate == pytest.approx(frozen.learning_rate, rel=0.01)
    assert found.as_run.floor == pytest.approx(frozen.floor, rel=0.01)


def test_left_out_without_noise_and_where_it_takes_long():
    told = []
    quiet = dp.compare(SPECTRUM, batch_size=4, steps=9, noise_std=0.0, progress=told.append)
    long = dp.compare([1.0, 0.5], batch_size=4, steps=20_001, progress=told.append)
    assert quiet.as_run is long.as_run is None
    assert not any("as run" in name for name in told)
    assert quiet.as_dict()["adam_as_run"] is None
    assert quiet.memory_price == dp.memory_price(4, 0.9, 0.999)
    assert quiet.largest_correlation == pytest.approx(5 / SPECTRUM.sum())


def test_affordable_means_steps_times_dimensions():
    def problem(d, steps, noise=1.0):
        return Problem(np.ones(d), np.ones(d), noise, 1, steps)

    assert module.affordable(problem(1, 20_000))
    assert not module.affordable(problem(1, 20_001))
    assert module.affordable(problem(4000, 5000))
    assert not module.affordable(problem(4000, 5001))
    assert not module.affordable(problem(1, 1, noise=0.0))


def test_best_to_stay_where_no_rate_gains():
    found = dp.compare(SPECTRUM, batch_size=1, steps=3, noise_std=1e9)
    run = found.as_run
    assert run.learning_rate == 0.0
    assert run.risk == run.floor == pytest.approx(1.0)
    np.testing.assert_array_equal(found.curve(run, [1, 3]), [1.0, 1.0])


def test_pieces_make_no_difference(monkeypatch):
    found = dp.compare(SPECTRUM, **SETTING)
    monkeypatch.setattr(module, "PIECE", 90)  # three rates at once, the last piece shorter
    again = dp.compare(SPECTRUM, **SETTING)
    assert again.as_run.risk == pytest.approx(found.as_run.risk, rel=1e-12)
    assert again.as_run.learning_rate == pytest.approx(found.as_run.learning_rate, rel=1e-6)


def test_units_change_the_rate_and_not_the_risk():
    found = dp.compare(SPECTRUM, **SETTING)
    for factor in (9.0, 1e-30, 1e30):
        other = dp.compare(factor * SPECTRUM, **SETTING)
        assert other.as_run.risk == pytest.approx(found.as_run.risk, rel=1e-9)
        rate = other.as_run.learning_rate * np.sqrt(factor)
        assert rate == pytest.approx(found.as_run.learning_rate, rel=1e-4)


@pytest.mark.filterwarnings("error")
def test_one_dimension():
    found = dp.compare([1.0], batch_size=1, steps=1)
    assert found.as_run.risk == pytest.approx(
        loop(
            [1.0],
            [1.0],
            found.as_run.learning_rate,
            0.9,
            0.999,
            batch_size=1,
            steps=1,
            noise_std=1.0,
        )[-1]
    )


@pytest.mark.parametrize("noise_std", [1e-40, 1e40])
@pytest.mark.parametrize("batch_size", [1, 10**18])
def test_the_ends_of_what_is_accepted(noise_std, batch_size):
    found = dp.compare(
        [1e12, 1.0], batch_size=batch_size, steps=50, noise_std=noise_std, start_risk=1.0
    )
    run = found.as_run
    assert 0 < run.risk <= 1.0
    assert np.isfinite([run.learning_rate, run.floor, found.memory_price]).all()
    assert found.memory_price > 1
