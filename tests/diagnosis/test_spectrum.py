"""Null directions are told by correlations, which know no units."""

from dataclasses import replace

import numpy as np
import pytest

import diagprec_core as dp
from diagprec_core.diagnosis.spectrum import spectrum_of
from diagprec_core.tuning.contenders import fixed

RNG = np.random.default_rng(12)
X = RNG.standard_normal((300, 4)) @ (np.eye(4) + 0.3 * RNG.standard_normal((4, 4)))
Y = X.sum(axis=1) + RNG.standard_normal(300)
UNITS = np.array([1e-3, 1.0, 300.0, 1e2])
SETTING = {"batch_size": 4, "steps": 50, "scale": False}


def test_units_change_neither_rank_nor_noise_nor_newton_in_the_identity_basis():
    plain, other = (dp.diagnose(x, Y, **SETTING) for x in (X, X * UNITS))
    assert other.spectrum[0] / other.spectrum[-1] > 1e10  # more than a plain cut would leave
    assert other.rank == plain.rank == 4
    assert other.noise.value == pytest.approx(plain.noise.value, rel=1e-9)
    one, two = (found.measured["identity"].condition for found in (plain, other))
    assert two == pytest.approx(one, rel=1e-9)
    for one, two in zip(*(_newton(found) for found in (plain, other)), strict=True):
        assert two == pytest.approx(one, rel=1e-6)


def _newton(found):
    # K is measured by the features' length, which does depend on units.
    problem = replace(found.predictions["identity"].problem, kurtosis=1.0)
    best = fixed(problem, -1.0, "GN^-1")
    return best.risk, best.floor, best.learning_rate


def test_two_classes_do_not_depend_on_units_either():
    labels = (Y > 0) ^ (RNG.random(300) < 0.2)
    plain, other = (
        dp.diagnose_logistic(x, labels.astype(float), batch_size=4, scale=False)
        for x in (X, X * UNITS)
    )
    assert other.rank == plain.rank == 5
    assert other.smallest_loss == pytest.approx(plain.smallest_loss, rel=1e-9)
    np.testing.assert_allclose(other.optimum[1:] * UNITS, plain.optimum[1:], rtol=1e-6)
    slow = [
        next(one.slowest for one in found.near["identity"] if one.name == "GN^-1")
        for found in (plain, other)
    ]
    assert slow[1] == pytest.approx(slow[0], rel=1e-6)


@pytest.mark.parametrize("units", [np.ones(6), UNITS.repeat(2)[:6]])
def test_null_directions_are_found_in_all_units(units):
    wide = np.column_stack([X, X[:, 0] - X[:, 1], X[:, 2]]) * units
    matrix = wide.T @ wide / 300
    found = spectrum_of(matrix)
    assert (found.values.shape, found.vectors.shape, found.condition) == ((4,), (6, 4), np.inf)
    exact = np.linalg.svd(wide, compute_uv=False)[:4] ** 2 / 300
    np.testing.assert_allclose(found.values, exact, rtol=1e-3)


def test_units_too_far_apart_are_refused_with_a_remedy():
    message = r"\Afeatures: got variances .* need a ratio up to 1e\+12; scale them"
    with pytest.raises(ValueError, match=message):
        dp.diagnose(X * [1e-4, 1.0, 1.0, 1e4], Y, **SETTING)
    dp.diagnose(X * [1e-4, 1.0, 1.0, 1e4], Y, batch_size=4, steps=50)  # scaled
