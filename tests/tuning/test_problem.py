"""What tuning is done on: known modes stay with the law's changes, and with nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from diagprec_core.tuning.contenders import curve, damped, fixed, long_memory
from diagprec_core.tuning.problem import Problem

RNG = np.random.default_rng(3)
SPECTRUM = np.array([2.0, 1.0, 0.3, 0.05, 0.01])
TURN = np.linalg.qr(RNG.standard_normal((5, 5)))[0]
DENSE = (TURN * SPECTRUM) @ TURN.T
ERRORS = RNG.standard_normal(5)
PROBLEM = Problem(DENSE[None], ERRORS, 0.1, 4, 50)


def test_another_law_is_tuned_as_if_it_came_first():
    fixed(PROBLEM, -0.5, "")
    for law in ({"noise": 0.4}, {"batch_size": 1}, {"steps": 200}):
        told, anew = PROBLEM.under(**law), replace(PROBLEM, **law)
        assert told.in_units(-0.5) is PROBLEM.in_units(-0.5)
        assert anew.in_units(-0.5) is not PROBLEM.in_units(-0.5)
        for power in (0.0, -0.5, -1.0):
            assert fixed(told, power, "") == fixed(anew, power, "")


def test_another_matrix_or_start_forgets_the_modes():
    known = PROBLEM.in_units(-0.5)
    for change in ({"matrix": 2 * DENSE[None]}, {"errors": ERRORS[::-1]}):
        for other in (replace(PROBLEM, **change), PROBLEM.under(**change)):
            values, moments = other.in_units(-0.5)
            assert not np.allclose(values * moments, known[0] * known[1])


@pytest.mark.parametrize("noise", [0.1, 1.0])
def test_in_blocks_few_dampings_find_what_many_find(noise):
    problem, grid = replace(PROBLEM, noise=noise), np.geomspace(1e-4, 1e3, 101)
    best = damped(problem)
    risks = [fixed(problem, -1.0, "", damping).risk for damping in grid]
    assert best.risk <= min(risks) * (1 + 1e-7)
    assert best.damping == pytest.approx(grid[np.argmin(risks)], rel=0.2)


@pytest.mark.parametrize("noise", [0.1, 1.0])
def test_in_blocks_no_rate_nearby_is_better_for_long_memory_adam(noise):
    problem = replace(PROBLEM, noise=noise)
    best = long_memory(problem)
    for step in (-0.3, -0.01, -1e-3, 1e-3, 0.01, 0.3):
        other = replace(best, learning_rate=best.learning_rate * np.exp(step))
        assert curve(problem, other, np.array([50]))[0] >= best.risk * (1 - 1e-9)
