"""Predictions on real mini-batches: right where hypotheses hold, and seen to be wrong elsewhere."""

import dataclasses

import numpy as np
import pytest
from scipy import stats

import diagprec_core as dp
from diagprec_core.diagnosis.check import linear
from diagprec_core.diagnosis.measurement import Measurement
from diagprec_core.diagnosis.runs import Lanes, batches, follow, run_all

RUNS = 400


def gaussian(n=20_000):
    """Features and noise as in the theory: of so many rows the empirical law is near it."""
    rng = np.random.default_rng(8)
    x = rng.standard_normal((n, 4)) * [2.0, 1.0, 0.7, 0.4]
    return x, x @ [0.3, -0.4, 0.2, 0.5] + rng.standard_normal(n)


@pytest.fixture(scope="module")
def found():
    return dp.diagnose(*gaussian(), batch_size=4, steps=40, scale=False)


def scores(measured):
    """Return how many standard errors the mean is off at the last step."""
    quantile = stats.t.ppf(0.975, RUNS - 1)
    return np.array(
        [(m.mean[-1] - m.predicted[-1]) / ((m.high - m.mean)[-1]) for m in measured]
    ) * (quantile)


def test_where_hypotheses_hold_predictions_do(found):
    measured = dp.check_on_data(found, *gaussian(), runs=RUNS, sampling=["fresh"])
    exact = [m for m in measured if "run" not in m.name]
    assert len(exact) == 10 - ("GN^-1, damped" not in {m.name for m in exact})
    limit = stats.norm.isf(0.0005 / len(exact))  # two-sided 0.1 % for all of them together
    assert np.abs(scores(exact)).max() < limit
    for m in exact:
        # A deviation of 10 % would have been seen.
        assert (m.high - m.mean)[-1] < 0.1 * m.predicted[-1]
        assert m.mean[0] == pytest.approx(m.predicted[0], rel=1e-9)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_with_another_noise_predictions_fail(found, factor):
    spoiled = {
        basis: dataclasses.replace(
            one, problem=dataclasses.replace(one.problem, noise=factor * one.problem.noise)
        )
        for basis, one in found.predictions.items()
    }
    wrong = dataclasses.replace(found, predictions=spoiled)
    measured = dp.check_on_data(wrong, *gaussian(), runs=RUNS, sampling=["fresh"])
    fixed = [m for m in measured if m.name.startswith("G")]
    assert {m.verdict for m in fixed} == {"fails"}
    assert np.abs(scores(fixed)).min() > 5


def test_the_result_of_diagnose_carries_the_same_checks():
    x, y = gaussian(200)
    setting = {"batch_size": 2, "steps": 6, "basis": "identity"}
    found = dp.diagnose(x, y, **setting, runs=20, rng=3)
    again = dp.check_on_data(dp.diagnose(x, y, **setting), x, y, runs=20, rng=3)
    assert isinstance(found.checks, tuple)
    for one, two in zip(found.checks, again, strict=True):
        assert (one.name, one.sampling, one.verdict) == (two.name, two.sampling, two.verdict)
        np.testing.assert_array_equal(one.mean, two.mean)
        np.testing.assert_array_equal(one.high, two.high)
    other = dp.check_on_data(found, x, y, runs=20, rng=4)
    assert (other[0].mean != found.checks[0].mean).any()
    assert dp.diagnose(x, y, **setting).checks == ()


def test_processes_make_no_difference_and_bases_share_their_batches():
    x, y = gaussian(300)
    found = dp.diagnose(x, y, batch_size=2, steps=8, scale=False)
    one, two = (dp.check_on_data(found, x, y, runs=35, jobs=jobs) for jobs in (1, 2))
    for left, right in zip(one, two, strict=True):
        np.testing.assert_array_equal(left.mean, right.mean)
        np.testing.assert_array_equal(left.low, right.low)
    for kind in ("fresh", "epochs"):
        # Gradient descent does not feel the basis, run by run.
        left, right = (m for m in one if (m.name, m.sampling) == ("GD", kind))
        np.testing.assert_allclose(left.mean, right.mean, rtol=1e-9)
        np.testing.assert_allclose(left.high, right.high, rtol=1e-9)


def test_every_run_has_its_own_batches_however_many_there_are():
    rng = np.random.default_rng(1)
    rows, values = rng.standard_normal((50, 2)), rng.standard_normal(50)
    lanes = Lanes(np.ones((1, 2)), np.array([0.1]), None, np.zeros(2), lambda p: p[..., 0], linear)
    setting = {"sampling": ["fresh", "epochs"], "jobs": 1}
    many, few = (
        run_all(
            [(rows, lanes)],
            values,
            2,
            np.array([5]),
            runs=runs,
            rng=np.random.default_rng(0),
            **setting,
        )
        for runs in (40, 20)
    )
    for kind in ("fresh", "epochs"):
        assert len(np.unique(many[0, kind])) == 40
        np.testing.assert_array_equal(many[0, kind][:, :16], few[0, kind][:, :16])
    assert not np.intersect1d(many[0, "fresh"], many[0, "epochs"]).size


def test_an_epoch_shows_every_row_once_and_fresh_draws_are_independent():
    draw = batches(7, 3, 2, "epochs", np.random.default_rng(0))
    seen = np.concatenate([next(draw) for _ in range(14)], axis=1)
    for run in seen:
        for epoch in run.reshape(6, 7):
            assert sorted(epoch) == list(range(7))
    assert (seen[0] != seen[1]).any()
    assert (seen[0][:7] != seen[0][7:14]).any()
    large = next(batches(3, 8, 1, "epochs", np.random.default_rng(0)))[0]
    assert sorted(large[:3]) == sorted(large[3:6]) == [0, 1, 2]
    draw = batches(5, 4, 3, "fresh", np.random.default_rng(0))
    drawn = np.concatenate([next(draw) for _ in range(500)], axis=1)
    assert drawn.shape == (3, 2000)
    counts = np.bincount(drawn.ravel(), minlength=5)
    assert stats.chisquare(counts).pvalue > 1e-4
    repeated = np.mean(drawn[:, ::4] == drawn[:, 1::4])  # with replacement: 1/5
    assert abs(repeated - 0.2) < 5 * np.sqrt(0.16 / 1500)


def test_runs_are_the_textbooks_steps():
    """One run, a fixed preconditioner and Adam, against a plain loop over the same rows."""
    rng = np.random.default_rng(1)
    rows, values = rng.standard_normal((6, 2)), rng.standard_normal(6)
    weights, rates = np.array([[1.0, 0.5]]), np.array([0.1, 0.05])
    lanes = Lanes(weights, rates, (0.9, 0.99), np.array([0.3, -1.0]), lambda p: p.sum(-1), linear)
    picked = rng.integers(6, size=(5, 1, 3))
    found = follow(rows, values, lanes, 3, np.arange(5), iter(picked))
    fixed, adam = np.array([0.3, -1.0]), np.array([0.3, -1.0])
    m, v = np.zeros(2), np.zeros(2)
    for t in range(5):
        np.testing.assert_allclose(found[t, 0], [fixed.sum(), adam.sum()], rtol=1e-12)
        x, y = rows[picked[t, 0]], values[picked[t, 0]]
        fixed = fixed - 0.1 * weights[0] * (x.T @ (x @ fixed - y) / 3)
        g = x.T @ (x @ adam - y) / 3
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
        adam = adam - 0.05 * (m / (1 - 0.9 ** (t + 1))) / np.sqrt(v / (1 - 0.99 ** (t + 1)))


@pytest.mark.filterwarnings("error")
def test_a_diverging_rate_gives_inf_and_no_warning():
    x, y = gaussian(50)
    found = dp.diagnose(x, y, batch_size=2, steps=2000, basis="identity")
    prediction = found.predictions["identity"]
    wild = tuple(dataclasses.replace(one, learning_rate=1e3) for one in prediction.contenders)
    spoiled = dataclasses.replace(prediction, contenders=wild)
    found = dataclasses.replace(found, predictions={"identity": spoiled})
    for m in dp.check_on_data(found, x, y, runs=3, points=4):
        if m.name.startswith("G"):
            assert m.mean[-1] == m.low[-1] == m.high[-1] == np.inf


def verdict(low, high):
    ends = (np.array([1.0, low]), np.array([1.0, high]))
    one = np.ones(2)
    return Measurement("identity", "GD", "fresh", 0.1, np.arange(2), one, one, *ends).verdict


def test_a_verdict_is_about_the_margin():
    assert verdict(0.91, 1.09) == "holds"
    assert verdict(0.89, 1.05) == verdict(0.95, 1.11) == verdict(0.5, 2.0) == "open"
    assert verdict(1.11, 1.2) == verdict(0.5, 0.89) == "fails"
