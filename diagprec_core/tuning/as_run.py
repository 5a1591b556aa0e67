"""Adam as it is run, with its betas and from the first step on, at its best rate (SXQ-20, SXQ-21).

Its risk comes from the mean-field recurrence, which is not exact, and costs T steps a rate: rates
go through it side by side. Beside its exact limits this shows what filling the memory costs.
"""

from functools import lru_cache

import numpy as np

from ..methods.learning_rates import as_rates
from ..mini_batch.adam_moments import adam_moment_risks, elliptical
from ..mini_batch.batch_noise import square_factor
from ..mini_batch.mean_field import mean_field_risks
from ..mini_batch.memory_price import response_moments
from ..numerics.blocks import apply
from ..numerics.refine import local_minima, refine
from .contenders import Contender, stationary_risk
from .rates import RESOLVED, SPACING

LONGEST = 2e7  # Dimensions times steps: beyond, the row takes too long.
FEW = 1000  # A step costs what it costs in so many dimensions, at least.
BLOCK = 8  # Rates of the grid that are tried at once.
PIECE = 100_000  # Rates times dimensions that are in memory at once.
LARGE = 10**9  # What memory costs at larger batches is what it costs at this one.


def name_of(rule):
    """Return what Adam as it is run is called.

    Returns
    -------
    str

    Examples
    --------
    >>> from ..methods.adam_limits import MeanFieldAdam
    >>> name_of(MeanFieldAdam(0.9, 0.999))
    'Adam (0.9, 0.999) as run'
    """
    return f"Adam ({rule.beta1:g}, {rule.beta2:g}) as run"


@lru_cache
def response(batch_size, beta1, beta2):
    """Return SXQ-20's E[c] and E[c^2] for batches of any size, and remember them.

    At small rates Adam's drift is long-memory Adam's times the first; its floor is that of
    long-memory Adam times their ratio at an equal rate, and times
    :func:`~diagprec_core.memory_price` at equal speed.

    Returns
    -------
    first, second : float

    Examples
    --------
    >>> first, second = response(2, 0.0, 0.0)
    >>> round(second / first, 6), round(second / first**2, 6)
    (1.414214, 2.0)
    """
    return response_moments(min(batch_size, LARGE), beta1, beta2)


def affordable(problem):
    """Tell whether the recurrence is short enough, and there is noise, without which it is wrong.

    Returns
    -------
    bool

    Examples
    --------
    >>> from .problem import Problem
    >>> [affordable(Problem(np.ones(9), np.ones(9), 1.0, 1, steps)) for steps in (10, 10**6)]
    [True, False]
    """
    return problem.noise > 0 and max(len(problem.curvature), FEW) * problem.steps <= LONGEST


def largest_correlation(problem):
    """Return (B + 1) max rho_i^2 at the start: what the recurrence neglects beside 1.

    rho_i^2 is lambda_i delta_i^2/(R + sigma^2) (:func:`~diagprec_core.correlation`). With kurtosis
    B + 2 K - 1 takes the place of B + 1, and K R that of R.

    Returns
    -------
    float

    Examples
    --------
    >>> from .problem import Problem
    >>> largest_correlation(Problem(np.array([2.0, 1.0]), np.ones(2), 1.0, 4, 1))
    2.5
    """
    gradient = apply(problem.matrix, problem.errors)
    factor = problem.batch_size * square_factor(problem.batch_size, problem.kurtosis)
    largest = (gradient**2 / problem.curvature).max()
    return float(factor * largest / (problem.kurtosis * problem.start_risk + problem.noise))


def transient(problem, rates, rule, horizons=None):
    """Return R_T of n constant rates, or R_t at h horizons.

    Parameters
    ----------
    problem : Problem
    rates : numpy.ndarray, shape (n,)
    rule : MeanFieldAdam
    horizons : numpy.ndarray of whole numbers, shape (h,), optional
        t, in any order; T if left out.

    Returns
    -------
    numpy.ndarray, shape (n,) or (h, n)
        inf beyond the range of float64.

    Examples
    --------
    >>> from ..methods.adam_limits import MeanFieldAdam
    >>> from .problem import Problem
    >>> problem, rule = Problem(np.ones(1), np.ones(1), 1.0, 1, 2), MeanFieldAdam(0.0, 0.0)
    >>> transient(problem, np.array([0.1, 1.0]), rule, np.array([0, 1])).round(4)
    array([[1.    , 1.    ],
           [0.8786, 1.5858]])
    """
    asked = np.array([problem.steps]) if horizons is None else horizons.astype(int)
    recurrence = _with_signal(problem) if rule.signal else _without(problem)
    scaled = rates * np.sqrt(problem.unit)
    found = np.empty((len(asked), len(rates)))
    size = max(1, PIECE // (problem.matrix.size if rule.signal else len(problem.errors)))
    for first in range(0, len(rates), size):
        piece = slice(first, first + size)
        run = as_rates(scaled[piece], int(asked.max()))
        with np.errstate(all="ignore"):
            for step, risks in enumerate(recurrence(run, rule)):
                found[asked == step, piece] = risks
    # Where a number leaves float64 all that follow are infinite, or no numbers.
    found[~np.isfinite(found)] = np.inf
    return found[0] if horizons is None else found


def _without(problem):
    """Return the recurrence of SXQ-21 (b), in units of the largest curvature."""
    values, moments = (part[0] for part in problem.in_units(-0.5))
    return lambda run, rule: mean_field_risks(values, moments, run, rule, **problem.law)


def _with_signal(problem):
    """Return the recurrence of SXQ-21 (c), in units of the largest curvature."""
    matrix = (problem.matrix if problem.matrix.ndim == 3 else problem.matrix[:, None, None]).copy()
    matrix /= problem.unit
    errors, square = problem.errors * np.sqrt(problem.unit), elliptical(matrix, **problem.law)
    return lambda run, rule: adam_moment_risks(matrix, square, errors, run, rule)


def as_run(problem, rule, factor):
    """Return Adam as it is run, at its best rate for the horizon, as a contender.

    R_T is not above R_0 - g only if 2 T sum_i s_i^2 m_i eta sqrt(B/nu) is about g or more, nu the
    least that the average of V can be: so the grid goes on downwards until no smaller rate can gain
    what has been gained, and upwards until the risk is R_0 again, as the noise of the last step
    alone grows with eta^2. The best rate is then never at an edge.

    Parameters
    ----------
    problem : Problem
        With noise.
    rule : MeanFieldAdam
    factor : float
        By how much the floor at small rates is larger than long-memory Adam's at the same rate.

    Returns
    -------
    Contender

    Examples
    --------
    >>> from ..methods.adam_limits import MeanFieldAdam
    >>> from .problem import Problem
    >>> problem, rule = Problem(np.ones(4), np.ones(4), 1.0, 4, 100), MeanFieldAdam(0.9, 0.999)
    >>> found = as_run(problem, rule, 1.0)
    >>> found.name, round(found.learning_rate, 4), round(found.risk, 4), round(found.floor, 4)
    ('Adam (0.9, 0.999) as run', 0.0224, 0.0178, 0.0225)
    """
    grid, values = bracket(problem, rule)
    at = local_minima(values[None])[1]
    points, found = refine(log_risks_of(problem, rule), grid[at - 1], grid[at + 1])
    best = found.argmin()
    return contender_of(problem, rule, points[best], found[best], factor)


def contender_of(problem, rule, log_rate, log_risk, factor):
    """Return Adam as it is run at a rate as a contender; at rate 0 where that gains nothing."""
    start, name = float(problem.start_risk), name_of(rule)
    rate, risk = np.exp(log_rate), float(np.exp(log_risk))
    if not risk < start * (1 - RESOLVED):
        return Contender(name, None, 0.0, start, start, np.inf)
    with np.errstate(divide="ignore"):  # a last step of 0, as in one dimension
        floor = stationary_risk(problem, rate[None], rule.beta1) * factor
    return Contender(name, None, float(rate), risk, floor, np.inf)


def log_risks_of(problem, rule):
    """Return a function from log eta, of any shape, to log R_T."""

    def evaluate(log_rates):
        risks = transient(problem, np.exp(log_rates.ravel()), rule)
        with np.errstate(divide="ignore"):
            return np.log(risks).reshape(log_rates.shape)

    return evaluate


def bracket(problem, rule):
    """Return a grid of log eta with the best rate inside, see :func:`as_run`, and log R_T on it.

    Returns
    -------
    grid, values : numpy.ndarray, shape (n,)
    """
    start, evaluate = float(problem.start_risk), log_risks_of(problem, rule)
    # V_0 counts in the average until it is forgotten.
    first = rule.beta2**problem.steps * (1 - rule.beta2) / (1 - rule.beta2 ** (problem.steps + 1))
    least = max(problem.noise, first * (problem.kurtosis * start + problem.noise))
    values, moments = (part[0] for part in problem.in_units(-0.5))
    push = np.sqrt(problem.unit) * (values**2 @ moments)
    pull = 2 * problem.steps * np.sqrt(problem.batch_size / least) * push
    top = np.log(start / problem.curvature.sum()) / 2  # one step's noise is about R_0
    grid = top - SPACING * np.arange(BLOCK)[::-1]
    values = evaluate(grid)
    while values[-1] < np.log(start):
        more = grid[-1] + SPACING * np.arange(1, BLOCK + 1)
        grid, values = np.append(grid, more), np.append(values, evaluate(more))

    def gain():
        return max(-np.expm1(min(values.min() - np.log(start), 0.0)), RESOLVED) * start

    while np.exp(grid[0]) * pull > gain():
        more = grid[0] - SPACING * np.arange(1, BLOCK + 1)[::-1]
        grid, values = np.append(more, grid), np.append(evaluate(more), values)
    return grid, values
