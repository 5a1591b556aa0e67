"""Adam's best rate and risk with the signal kept, in every basis, against grids and runs."""

import numpy as np
import pytest

import diagprec_core as dp
from diagprec_core.tuning.as_run import as_run, transient
from diagprec_core.tuning.problem import Problem
from diagprec_core.tuning.signal_kept import best_as_run, in_reach
from tests.references import random_rotation

RULE = dp.MeanFieldAdam(0.9, 0.999)
SPECTRUM = 1 / np.arange(1.0, 21)


def rotated(noise=0.01, batch_size=64, steps=200):
    turn = random_rotation(20, 1)
    errors = turn.T @ np.sqrt(0.05 / SPECTRUM)
    return Problem(((turn.T * SPECTRUM) @ turn)[None], errors, noise, batch_size, steps)


@pytest.mark.parametrize("steps", [1, 30, 200])
def test_no_rate_near_is_better_in_a_rotated_basis(steps):
    found, rule = best_as_run(rotated(steps=steps), RULE, 1.0)
    assert rule == dp.MeanFieldAdam(0.9, 0.999, signal=True)
    rates = found.learning_rate * np.concatenate([np.geomspace(0.03, 30, 101), [0.999, 1.001]])
    risks = transient(rotated(steps=steps), rates, rule)
    assert risks.min() >= found.risk * (1 - 1e-9)
    assert (risks[-2:] > found.risk).all()
    assert found.risk == pytest.approx(
        transient(rotated(steps=steps), np.array([found.learning_rate]), rule)[0], rel=1e-12
    )


def test_adam_itself_agrees_where_gradients_are_signal():
    """(B + 1) rho^2 is 8: the mean of 400 runs within 4 standard errors and 3 %.

    The control: without the signal the prediction at its own best rate is off by more than half.
    """
    problem = rotated()
    found, rule = best_as_run(problem, RULE, 1.0)
    guess = as_run(problem, RULE, 1.0)
    regression = dp.GaussianRegression(problem.matrix[0], 0.1)
    assert 65 * (dp.correlation(regression, problem.errors) ** 2).max() > 8
    for one, told in ((found, found.risk), (guess, transient(problem, np.array([1.0]), rule)[0])):
        runs = dp.simulate(
            regression,
            dp.Adam(0.9, 0.999),
            start=problem.errors,
            learning_rate=one.learning_rate,
            batch_size=64,
            steps=200,
            runs=400,
            rng=np.random.default_rng(2),
            every=200,
        )
        mean, error = runs.mean[-1], runs.standard_error[-1]
        if one is found:
            assert error < 0.03 * told
            assert abs(mean - told) < 4 * error + 0.03 * told
        else:
            assert mean > 1.5 * guess.risk + 5 * error
            assert mean > 1.5 * found.risk + 5 * error


def test_units_do_not_matter():
    plain, _ = best_as_run(rotated(), RULE, 1.0)
    for unit in (1e-12, 1e12):
        problem = rotated()
        scaled = Problem(problem.matrix * unit, problem.errors / unit**0.5, 0.01, 64, 200)
        found, _ = best_as_run(scaled, RULE, 1.0)
        assert found.risk == pytest.approx(plain.risk, rel=1e-9)
        assert found.learning_rate * unit**0.5 == pytest.approx(plain.learning_rate, rel=1e-6)


def test_where_it_is_out_of_reach_the_signal_is_left_out():
    problem = rotated(steps=10**6)
    assert not in_reach(problem)
    assert in_reach(rotated())
    diagonal = Problem(SPECTRUM, np.ones(20), 1.0, 4, 20_000)
    assert in_reach(diagonal)
    shorter = rotated(steps=30_000)
    assert best_as_run(shorter, RULE, 1.0) == (as_run(shorter, RULE, 1.0), RULE)


def test_where_no_rate_gains_it_stays():
    problem = Problem(SPECTRUM, 1e-9 * np.ones(20), 1.0, 1, 5)
    found, _ = best_as_run(problem, RULE, 1.0)
    assert (found.learning_rate, found.risk) == (0.0, problem.start_risk)
