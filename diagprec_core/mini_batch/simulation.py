"""Monte Carlo runs with mini-batches, for what has no exact risk."""

from dataclasses import dataclass

import numpy as np

from .. import validation as check
from ..methods.preconditioners import ALL, CURVED, IdealisedAdam, LongMemoryAdam
from ..methods.schedules import as_rates
from ..numerics.blocks import inner
from ..problems.gaussian import GaussianRegression, root
from ..problems.logistic import LogisticRegression
from .adam_floors import long_memory_weights
from .sampling import draw, draw_logistic


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
    only, that of its own fixed point (SXQ-9), in the eigenbasis; EMA Adam and Sophia see the
    sampled gradient; GN^p and Sophia know the exact curvature.

    Parameters
    ----------
    problem : GaussianRegression or LogisticRegression
    preconditioner : any preconditioner of this package
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
    check.as_instance("problem", problem, (GaussianRegression, LogisticRegression))
    check.as_instance("preconditioner", preconditioner, (*ALL, LongMemoryAdam))
    check.as_instance("rng", rng, np.random.Generator)
    rates, steps = as_rates(learning_rate, steps)
    batch_size = check.as_count("batch_size", batch_size, low=1)
    runs = check.as_count("runs", runs, low=2)
    every = check.as_count("every", every, low=1)
    start = check.as_start(start, problem.dimension, rates)
    logistic = isinstance(problem, LogisticRegression)
    frame = (problem if logistic else problem.full_batch).in_basis(basis)
    batch = (*np.broadcast_shapes(rates.shape[1:], start.shape[:-1]), runs)
    rates = rates[..., None, None] if rates.ndim > 1 else rates[..., None]
    recorded = np.append(np.arange(0, steps, every), steps)
    risks, row = np.empty((len(recorded), *batch)), 0
    if logistic:
        step_of = _logistic(preconditioner, frame, batch_size, rng)
    else:
        step_of = _linear(preconditioner, frame, problem.noise_std, rates, batch_size, rng)
    with np.errstate(all="ignore"):
        errors = np.empty((*batch, problem.dimension))
        errors[...] = frame.coordinates(start)[..., None, :]
        gradient, memory = np.empty_like(errors), None
        for step in range(steps + 1):
            gradient = frame.gradient(errors, out=gradient)
            if step == recorded[row]:
                risks[row] = 2 * frame.loss(errors, gradient)
                row += 1
            if step < steps:
                move, memory = step_of(errors, gradient, memory)
                move *= rates[step % len(rates)]
                errors -= move
    risks[np.logical_or.accumulate(~np.isfinite(risks), axis=0)] = np.inf
    return Simulation(recorded, risks)


def _linear(preconditioner, frame, noise_std, rates, batch_size, rng):
    """Return the step of linear regression: (errors, gradient, memory) -> (direction, memory)."""
    curvature, factor = frame.curvature(None), root(frame.matrix)
    frozen = None
    if isinstance(preconditioner, LongMemoryAdam):
        if frame.matrix.ndim != 1:
            check.fail("basis", "one in which features correlate", "the covariance's eigenbasis")
        if len(rates) > 1 or (rates == 0).any():
            check.fail("learning_rate", "a schedule or a rate of 0", "constant rates above 0")
        frozen = long_memory_weights(curvature, noise_std, rates[0][..., 0], batch_size)
    sample = None

    def step_of(errors, gradient, memory):
        nonlocal sample
        sample = np.empty_like(errors) if sample is None else sample
        rng.standard_normal(out=sample)
        draw(gradient, errors, noise_std, factor, batch_size, rng, sample)
        if frozen is not None:
            return np.multiply(sample, frozen, out=sample), memory
        if isinstance(preconditioner, IdealisedAdam):
            variance = inner(errors, gradient)[..., None] + noise_std**2
            moment = curvature * variance / batch_size + (1 + 1 / batch_size) * gradient**2
            return _over_root(sample, moment), memory
        return preconditioner.direction(sample, curvature, memory)

    return step_of


def _logistic(preconditioner, frame, batch_size, rng):
    """Return the step of logistic regression: (errors, gradient, memory) -> (direction, memory)."""
    if isinstance(preconditioner, LongMemoryAdam):
        check.fail("preconditioner", preconditioner, "one with a rule on logistic regression")

    def step_of(errors, gradient, memory):
        sample = draw_logistic(frame, errors, batch_size, rng)
        if isinstance(preconditioner, IdealisedAdam):
            return _over_root(sample, frame.second_moment(errors, batch_size)), memory
        curvature = frame.curvature(errors) if isinstance(preconditioner, CURVED) else None
        return preconditioner.direction(sample, curvature, memory)

    return step_of


def _over_root(sample, moment):
    """Divide by the root of the moment, in place; 0 times infinity is 0."""
    moment[moment == 0] = np.inf
    return np.divide(sample, np.sqrt(moment), out=sample)
