"""Compiled steps give the bits that NumPy gives, in one go or from record to record."""

import sys

import numpy as np
import pytest

import diagprec_core as dp
from diagprec_core.full_batch import compiled

D = 300  # more than a block of the kernel, and no multiple of it
PROBLEM = dp.BlockQuadratic(np.geomspace(0.01, 1, D)[:, None, None])
RULES = [
    dp.Adam(0.9, 0.999, 1e-8),
    dp.Adam(0.9, 0.999),
    dp.Adam(0.0, 0.9),
    dp.Adam(),
    dp.SignDescent(),
    dp.IdealisedAdam(),
]


@pytest.fixture
def start():
    start = np.random.default_rng(0).standard_normal(D)
    start[[3, 299]] = 0.0  # a coordinate at its optimum stays there: 0/0 is 0
    return start


def run_both(monkeypatch, rule, **options):
    found = []
    for worth in (0, np.inf):
        monkeypatch.setattr(compiled, "WORTH", worth)
        found.append(dp.descend(PROBLEM, rule, **options))
    return found


@pytest.mark.parametrize("every", [1, 7, 60])
@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize(
    "rates",
    [
        0.01,
        [0.001, 0.1, 30.0],
        dp.halving(1.0, 60),
        dp.Schedule(np.geomspace(1, 0.01, 120).reshape(2, 60)),
    ],
    ids=["rate", "rates", "schedule", "schedules"],
)
def test_compiled_steps_are_the_steps_of_numpy(rule, rates, every, start, monkeypatch):
    pytest.importorskip("numba")
    steps = None if isinstance(rates, dp.Schedule) else 60
    options = {"start": start, "learning_rate": rates, "steps": steps, "every": every}
    one, other = run_both(monkeypatch, rule, **options)
    np.testing.assert_array_equal(one.coordinates, other.coordinates)
    np.testing.assert_array_equal(one.loss, other.loss)
    np.testing.assert_array_equal(one.steps, other.steps)


@pytest.mark.parametrize("rule", RULES[:2], ids=str)
def test_compiled_runs_diverge_as_those_of_numpy(rule, start, monkeypatch):
    pytest.importorskip("numba")
    options = {"start": 1e300 * start, "learning_rate": [1e-3, 1e300], "steps": 5}
    one, other = run_both(monkeypatch, rule, **options)
    np.testing.assert_array_equal(one.status, other.status)
    np.testing.assert_array_equal(one.coordinates, other.coordinates)


def test_many_steps_are_taken_in_pieces(start, monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.setattr("diagprec_core.full_batch.descent.PIECE", 10)
    options = {"start": start, "learning_rate": [0.01, 0.1, 0.2], "steps": 50, "every": 50}
    one, other = run_both(monkeypatch, dp.Adam(0.9, 0.99), **options)
    np.testing.assert_array_equal(one.coordinates, other.coordinates)


def test_a_numba_that_does_not_import_is_none(start, monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    compiled._kernels.cache_clear()
    try:
        assert compiled._kernels() is None
        one, other = run_both(
            monkeypatch, dp.SignDescent(), start=start, learning_rate=0.1, steps=5
        )
    finally:
        compiled._kernels.cache_clear()
    np.testing.assert_array_equal(one.coordinates, other.coordinates)


def test_what_is_compiled(start, monkeypatch):
    monkeypatch.setattr(compiled, "_kernels", lambda: ())
    monkeypatch.setattr(compiled, "WORTH", 0)
    frame = PROBLEM.in_basis()
    coupled = dp.Quadratic([[2.0, 0.5], [0.5, 1.0]]).in_basis()
    logistic = dp.LogisticRegression(np.eye(2)).in_basis()

    class Mine(dp.Adam):
        """A user's own Adam, which may do anything."""

    assert all(compiled.advance_for(rule, frame, 10, 10) for rule in RULES)
    others = (dp.Adam(0.9), Mine(0.9, 0.9), dp.GradientDescent(), dp.Sophia(), dp.GaussNewton())
    assert not any(compiled.advance_for(rule, frame, 10, 10) for rule in others)
    assert not any(compiled.advance_for(dp.SignDescent(), f, 10, 10) for f in (coupled, logistic))
    monkeypatch.setattr(compiled, "_kernels", lambda: None)
    assert compiled.advance_for(dp.SignDescent(), frame, 10, 10) is None


def test_the_compiler_is_loaded_when_the_runs_so_far_would_have_paid_for_it(monkeypatch):
    monkeypatch.setattr(compiled, "_kernels", lambda: ())
    monkeypatch.setattr(compiled, "_asked", 0.0)
    frame = PROBLEM.in_basis()
    for _ in range(2):
        assert compiled.advance_for(dp.SignDescent(), frame, 10**5, 10**3) is None
    assert compiled.advance_for(dp.SignDescent(), frame, 10**5, 10**3) is not None
