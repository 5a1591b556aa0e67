"""Numbers direction by direction against direct means, and intervals that cover."""

import numpy as np
import pytest

import diagprec_core as dp
from diagprec_core.diagnosis.intervals import GROUPS, jackknife

RNG = np.random.default_rng(11)
X = RNG.standard_t(6, (300, 4)) @ np.diag([3.0, 1.0, 1.0, 0.3]) + 2
X[:, 1] += 0.6 * X[:, 0]
Y = X @ np.array([1.0, -1.0, 0.5, 2.0]) + RNG.standard_normal(300) * (1 + X[:, 2] ** 2)


@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("basis", ["eigenbasis", "identity"])
def test_every_number_is_the_mean_that_it_says(basis, scale):
    found = dp.diagnose(X, Y, batch_size=2, steps=5, scale=scale)
    rows, targets = X - X.mean(axis=0), Y - Y.mean()
    rows = rows / rows.std(axis=0) if scale else rows
    solution = np.linalg.lstsq(rows, targets)[0]
    np.testing.assert_allclose(found.solution, solution, rtol=1e-9)
    r, r0 = targets - rows @ solution, targets
    w, seen = rows, found.measured[basis]
    if basis == "eigenbasis":
        w = rows @ found.eigenvectors
        np.testing.assert_allclose(
            found.spectrum, np.linalg.eigvalsh(rows.T @ rows / 300)[::-1], rtol=1e-9
        )
    square = (w**2).mean(axis=0)
    expected = {
        "variance": square,
        "kurtosis": (w**4).mean(axis=0) / (3 * square**2),
        "noise": (w**2 * r[:, None] ** 2).mean(axis=0) / (square * (r**2).mean()),
        "moment": (w**2 * r0[:, None] ** 2).mean(axis=0) / (square * (r0**2).mean()),
        "correlation": (w * r0[:, None]).mean(axis=0) ** 2 / (square * (r0**2).mean()),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(getattr(seen, name).value, value, rtol=1e-9, err_msg=name)
    np.testing.assert_allclose(seen.critical_batch, 1 / expected["correlation"] - 1, rtol=1e-9)
    assert found.noise.value == pytest.approx((r**2).mean(), rel=1e-9)
    assert found.unbiased_noise == pytest.approx((r**2).sum() / (300 - 4 - 1), rel=1e-9)
    assert found.start_risk.value == pytest.approx(((rows @ solution) ** 2).mean(), rel=1e-9)
    length, trace = (rows**2).sum(axis=1), np.trace(rows.T @ rows) / 300
    both = trace**2 + 2 * np.sum((rows.T @ rows / 300) ** 2)
    assert found.kurtosis.value == pytest.approx((length**2).mean() / both, rel=1e-9)
    if basis == "identity":
        assert seen.condition == pytest.approx(np.linalg.cond(np.corrcoef(X.T)), rel=1e-8)


def test_the_fit_of_a_power_law_is_that_of_polyfit():
    found = dp.diagnose(X, Y, batch_size=2, steps=5, scale=False)
    i = np.arange(1, 5)
    slope, constant = np.polyfit(np.log(i), np.log(found.spectrum), 1)
    assert found.exponent == pytest.approx(-slope)
    left = np.log(found.spectrum) - constant - slope * np.log(i)
    assert found.fit == pytest.approx(1 - left.var() / np.log(found.spectrum).var())


def test_a_jackknife_of_means_is_students_t():
    values = np.random.default_rng(3).standard_normal(GROUPS)
    found = jackknife(lambda n, total: total / n, np.ones(GROUPS), values)
    error = values.std(ddof=1) / np.sqrt(GROUPS)
    assert found.value == pytest.approx(values.mean())
    assert found.high - found.value == pytest.approx(2.093024054408263 * error)
    assert found.value - found.low == pytest.approx(2.093024054408263 * error)


def test_intervals_cover():
    """400 data sets of 2000 rows: 95 % of intervals cover within 4 standard errors and 2 %."""
    rng, repetitions = np.random.default_rng(0), 400
    hits = dict.fromkeys(("kurtosis", "noise", "moment", "correlation", "sigma", "start"), 0)
    theta = np.array([1.0, -0.5])
    volume = 1.25 + 1
    for _ in range(repetitions):
        x = rng.standard_normal((2000, 2))
        found = dp.diagnose(
            x, x @ theta + rng.standard_normal(2000), batch_size=1, steps=1, basis="identity"
        )
        seen = found.measured["identity"]
        truth = {
            "kurtosis": 1.0,
            "noise": 1.0,
            "moment": 1 + 2 * theta[0] ** 2 / volume,
            "correlation": theta[0] ** 2 / volume,
        }
        for name, value in truth.items():
            one = getattr(seen, name)
            hits[name] += one.low[0] <= value <= one.high[0]
        hits["sigma"] += found.noise.low <= 1 <= found.noise.high
        hits["start"] += found.start_risk.low <= 1.25 <= found.start_risk.high
    slack = 4 * np.sqrt(0.95 * 0.05 / repetitions) + 0.02
    for name, count in hits.items():
        assert abs(count / repetitions - 0.95) < slack, name
