"""Monte Carlo runs with mini-batches, for what has no exact risk."""

from dataclasses import dataclass

import numpy as np

from .. import validation as check
from ..methods.adam_limits import LongMemoryAdam
from ..methods.adaptive import IdealisedAdam
from ..methods.learning_rates import as_rates
from ..methods.preconditioners import as_rule, follow
from ..problems.frame import in_frame
from ..problems.gaussian import GaussianFrame
from ..problems.logistic_frame import LogisticFrame
from .long_memory import fixed_points
from .sampling import draw


@dataclass(frozen=True, eq=False)
class Simulation:
    """The risks of independent runs.

    Attributes
    ----------
    steps : numpy.ndarray of int, shape (r,)
        The recorded steps; 0 is the start.
    risks : numpy.ndarray, shape (r, runs) or (r, n, runs)
        R = delta^T Sigma delta of every run, on logistic regression twice the loss less its
        smallest value, so that R/2 is the excess loss on both; inf once the run has diverged.
    """

    steps: np.ndarray
    risks: np.ndarray

    @property
    def mean(self):
        """The estimate of the expected risk, shape (r,) or (r, n)."""
        with np.errstate(over="ignore"):
            return self.risks.mean(axis=-1)

    @property
    def standard_error(self):
        """Standard error of :attr:`mean` over the runs; nan where a run has diverged."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self.risks.std(axis=-1, ddof=1) / np.sqrt(self.risks.shape[-1])


def simulate(
    problem,
    preconditioner,
    *,
    start,
    learning_rate,
    batch_size,
    steps=None,
    runs,
    rng,
    basis=None,
    every=1,
):
    """Run a preconditioner with mini-batch gradients, many times, and return the risks.

    The gradients come from exact samplers (claim SXQ-10 for linear regression), independent in
    every run, rate and step, so a step costs the same at every batch size. Idealised Adam uses the
    second moment of SXQ-1 or SXL-3 at the current point; long-memory Adam, on linear regression
    only, that of its own fixed point (SXQ-19); EMA Adam and Sophia see the
    sampled gradient; GN^p and Sophia know the exact curvature.

    Parameters
    ----------
    problem : GaussianRegression or LogisticRegression
    preconditioner : any rule, an object with `direction`
        Of this package, or your own; it sees the sampled gradient and the exact curvature.
    start : array_like, shape (d,) or (n, d)
        theta_0.
    learning_rate : float, array_like of shape (n,), or Schedule
        One constant rate, n of them side by side, or a schedule (or n of them).
    batch_size : int
        B, at least 1.
    steps : int, optional
        T; may be left out for a schedule.
    runs : int
        Independent runs for every rate, at least 2.
    rng : numpy.random.Generator
    basis : array_like, shape (d, d), optional
        U; the identity if left out.
    every : int
        Record every so many steps; start and end are always recorded.

    Returns
    -------
    Simulation

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([1.0, 0.5], noise_std=0.1)
    >>> options = {"start": [1, 1], "learning_rate": 0.1, "batch_size": 4, "steps": 50}
    >>> rng = np.random.default_rng(0)
    >>> simulation = simulate(regression, dp.IdealisedAdam(), **options, runs=100, rng=rng)
    >>> bool(simulation.mean[-1] < simulation.mean[0] == 1.5)
    True
    """
    frame = in_frame("problem", problem, basis, (GaussianFrame, LogisticFrame))
    check.as_instance("rng", rng, np.random.Generator)
    rates = as_rates(learning_rate, steps)
    batch_size = check.as_count("batch_size", batch_size, low=1)
    runs = check.as_count("runs", runs, low=2)
    every = check.as_count("every", every, low=1)
    start = check.as_start(start, frame.dimension, rates.shape)
    if isinstance(preconditioner, LongMemoryAdam):
        preconditioner = _frozen(preconditioner, frame, rates, batch_size)
    else:
        as_rule(preconditioner)
    batch = (*np.broadcast_shapes(rates.shape, start.shape[:-1]), runs)
    recorded = np.append(np.arange(0, rates.steps, every), rates.steps)
    risks, row = np.empty((len(recorded), *batch)), 0
    step_of = _step(preconditioner, frame, batch_size, rng)
    in_place = getattr(preconditioner, "in_place", False)
    with np.errstate(all="ignore"):
        errors = np.empty((*batch, frame.dimension))
        errors[...] = frame.coordinates(start)[..., None, :]
        gradient, memory = np.empty_like(errors), None
        for step in range(rates.steps + 1):
            gradient = frame.gradient(errors, out=gradient)
            if step == recorded[row]:
                risks[row] = 2 * frame.loss(errors, gradient)
                row += 1
            if step < rates.steps:
                direction, memory = step_of(errors, gradient, memory)
                out = direction if in_place else None
                errors -= np.multiply(direction, rates.at(step)[..., None, None], out=out)
    risks[np.logical_or.accumulate(~np.isfinite(risks), axis=0)] = np.inf
    return Simulation(recorded, risks)


def _step(rule, frame, batch_size, rng):
    """Return what a step does: (errors, gradient, memory) -> (direction, memory)."""
    in_place, curved = getattr(rule, "in_place", False), getattr(rule, "curved", True)
    sample = None

    def step_of(errors, gradient, memory):
        nonlocal sample
        if sample is None or not in_place:
            sample = np.empty_like(errors)
        draw(frame, errors, gradient, batch_size, rng, sample)
        if isinstance(rule, IdealisedAdam):
            moment = frame.second_moment(errors, batch_size, gradient=gradient)
            moment[moment == 0] = np.inf  # 0 times infinity is 0
            return np.divide(sample, np.sqrt(moment), out=sample), memory
        curvature = frame.curvature(errors) if curved else None
        return follow(rule, sample, curvature, memory)

    return step_of


def _frozen(rule, frame, rates, batch_size):
    """Return long-memory Adam with the weights of its fixed point (SXQ-19), a row for each rate."""
    if not isinstance(frame, GaussianFrame):
        check.fail("preconditioner", rule, "one with a rule on logistic regression")
    if not rates.constant or (rates.at(0) == 0).any():
        check.fail("learning_rate", "a schedule or a rate of 0", "constant rates above 0")
    constant = rates.at(0)
    rows = np.empty((constant.size, frame.dimension))
    law = (batch_size, rule.beta1)
    for at, _, weights in fixed_points(frame.matrix, frame.noise_std, constant.reshape(-1), *law):
        rows[at] = weights
    return _Rows(rows.reshape(*constant.shape, 1, -1), rule.beta1)


class _Rows:
    """A fixed preconditioner with weights of its own for each rate, and momentum."""

    curved = False

    def __init__(self, rows, beta1):
        self.rows, self.beta1 = rows, beta1
        self.in_place = beta1 == 0

    def direction(self, gradient, curvature, memory):
        """Return the averaged gradient times the weights."""
        if self.beta1 == 0:
            return np.multiply(gradient, self.rows, out=gradient), None
        average = (1 - self.beta1) * gradient
        if memory is not None:
            average += self.beta1 * memory
        return average * self.rows, average
