"""Adam as it is run where gradients agree: its rate and risk with the signal in its denominators.

The search of `as_run` goes through the recurrence that leaves the signal out, which is cheap in
every basis. From its rate on, a few rates are tried in the one that keeps it.
"""

from dataclasses import replace

import numpy as np

from .as_run import as_run, bracket, contender_of, log_risks_of
from .rates import RESOLVED

LARGEST = 2e8  # Multiplications of numbers in a run: beyond, a rate takes too long.
FEWEST = 1e4  # A step costs what it costs with so many, at least.
GRID = 0.5 * np.arange(-2, 3)  # Of log eta, tried side by side.
MOST = 100  # Rates that are tried, on a grid over some seventeen powers of ten.
NEAR = (0.2, 0.05, 0.01)  # Then around the bottoms of parabolas; that of the last is taken.


def in_reach(problem):
    """Tell whether matrices and run are small enough for the recurrence that keeps the signal.

    Returns
    -------
    bool

    Examples
    --------
    >>> from .problem import Problem
    >>> mixed, plain = np.ones((1, 500, 500)), np.ones(500)
    >>> [in_reach(Problem(one, plain, 1.0, 8, 300)) for one in (mixed, plain)]
    [False, True]
    """
    count = problem.matrix.size * (problem.matrix.shape[-1] if problem.matrix.ndim == 3 else 1)
    return max(count, FEWEST) * problem.steps <= LARGEST


def best_as_run(problem, rule, factor):
    """Return Adam as it is run, its rate better than all near it, and the rule that was followed.

    Parameters
    ----------
    problem : Problem
        With noise.
    rule : MeanFieldAdam
        The betas.
    factor : float
        As for :func:`~diagprec_core.tuning.as_run.as_run`.

    Returns
    -------
    contender : Contender
    rule : MeanFieldAdam
        With the signal where that is in reach.

    Examples
    --------
    >>> from ..methods.adam_limits import MeanFieldAdam
    >>> from .as_run import transient
    >>> from .problem import Problem
    >>> problem, rule = Problem(np.ones(4), np.ones(4), 0.1, 64, 100), MeanFieldAdam(0.9, 0.999)
    >>> guess, (found, better) = as_run(problem, rule, 1.0), best_as_run(problem, rule, 1.0)
    >>> truth = transient(problem, np.array([guess.learning_rate]), better)[0]
    >>> bool(guess.risk < 1e-3 * truth), bool(found.risk < 0.05 * truth)
    (True, True)
    """
    grid, values = bracket(problem, rule)
    gains = np.exp(values.min()) < float(problem.start_risk) * (1 - RESOLVED)
    if not (gains and in_reach(problem)):
        return as_run(problem, rule, factor), rule
    rule = replace(rule, signal=True)
    evaluate, grid = log_risks_of(problem, rule), grid[values.argmin()] + GRID
    values = evaluate(grid)
    while (best := int(values.argmin())) in (0, len(grid) - 1) and len(grid) < MOST:
        more = grid[best] + (GRID[GRID < 0] if best == 0 else GRID[GRID > 0])
        grid, values = _sorted(grid, values, more, evaluate(more))
    for width in (*NEAR, None):
        more = _bottom(grid, values) + (width * np.array([-1, 0, 1]) if width else np.zeros(1))
        grid, values = _sorted(grid, values, more, evaluate(more))
    best = values.argmin()
    return contender_of(problem, rule, grid[best], values[best], factor), rule


def _sorted(grid, values, more, found):
    """Put more points and their values into a grid."""
    grid, values = np.append(grid, more), np.append(values, found)
    order = grid.argsort(kind="stable")
    return grid[order], values[order]


def _bottom(grid, values):
    """Return where the parabola through the best point and its neighbours is least."""
    best = min(max(int(values.argmin()), 1), len(grid) - 2)
    (low, here, high), (y0, y1, y2) = (part[best - 1 : best + 2] for part in (grid, values))
    with np.errstate(all="ignore"):
        slopes = (y1 - y0) / (here - low), (y2 - y1) / (high - here)
        bottom = (low + here) / 2 - slopes[0] * (high - low) / 2 / (slopes[1] - slopes[0])
    return bottom if low < bottom < high else grid[values.argmin()]
