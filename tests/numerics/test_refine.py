"""A minimum in few evaluations: against SciPy's Brent, on smooth functions and on ugly ones."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from diagprec_core.methods.adam_limits import MeanFieldAdam
from diagprec_core.numerics.refine import sparing
from diagprec_core.tuning.as_run import transient
from diagprec_core.tuning.problem import Problem

LEVEL = Problem(np.ones(4), np.ones(4), 1.0, 4, 100)


def adam(x):
    return np.log(transient(LEVEL, np.exp([x - 4.0]), MeanFieldAdam(0.9, 0.999))[0])


SMOOTH = {
    "cosh": lambda x: np.cosh(x - 0.3),
    "skew": lambda x: np.exp(3 * x) - 2 * x,
    "kinked, smoothly": lambda x: np.log1p(np.exp(4 * (x - 0.2))) - x,
    "flat": lambda x: (x - 0.37) ** 4,
    # Its first two trials are within 0.001 of each other, and 0.2 from the minimum.
    "Adam's risk": adam,
}
UGLY = {
    "corner": lambda x: abs(x - 0.3) + 0.1 * x,
    "jump": lambda x: 100 + x if x > 0.1 else -x,
    "narrow": lambda x: -np.exp(-500 * (x - 0.05) ** 2),
}


def found(function, close):
    calls = []

    def counted(x):
        calls.append(x)
        return float(function(x))

    start = np.array([-1.0, 0.0, 1.0])
    point, value = sparing(counted, start, [float(function(x)) for x in start], close)
    assert value == function(point)
    assert all(-1 < x < 1 for x in calls)
    exact = minimize_scalar(function, bounds=(-1, 1), method="bounded", options={"xatol": 1e-10})
    return point - exact.x, value - exact.fun, len(calls)


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_minima_take_few_evaluations(name):
    off, above, calls = found(SMOOTH[name], 1e-3)
    assert abs(off) < 1e-4
    assert abs(above) < 1e-7
    assert calls <= 8


@pytest.mark.parametrize("name", UGLY)
def test_ugly_minima_are_found_all_the_same(name):
    off, above, calls = found(UGLY[name], 1e-3)
    assert abs(off) < 2e-3
    assert abs(above) < 2e-3
    assert calls <= 20


def test_a_wall_of_infinity_is_walked_up_to():
    point, value = sparing(lambda x: np.inf if x > 0.1 else -x, [-1, 0, 1], [1, 0, np.inf], 1e-3)
    assert 0.098 < point <= 0.1
    assert value == -point
