"""Monte Carlo runs on Gaussian linear regression, for preconditioners without an exact risk."""

from dataclasses import dataclass

import numpy as np

from . import validation as check
from .blocks import inner
from .fixed_points import long_memory_weights
from .preconditioners import ALL, IdealisedAdam, LongMemoryAdam
from .regression import GaussianRegression, root
from .sampling import draw
from .schedules import as_rates


@dataclass(frozen=True, eq=False)
class Simulation:
    """The risks of independent runs.

    Attributes
    ----------
    steps : numpy.ndarray of int, shape (r,)
        The recorded steps; 0 is the start.
    risks : numpy.ndarray, shape (r, runs) or (r, n, runs)
        R = delta^T Sigma delta of every run; inf once it has diverged.
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
    regression,
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

    The gradients come from the exact sampler (claim SXQ-10), independent in every run, rate and
    step, so a step costs the same at every batch size. Idealised Adam uses the second moment of
    SXQ-1 at the current point; long-memory Adam that of its own fixed point (SXQ-9), in the
    eigenbasis; EMA Adam and Sophia see the sampled gradient, Sophia with the exact curvature.

    Parameters
    ----------
    regression : GaussianRegression
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
    check.as_instance("regression", regression, GaussianRegression)
    check.as_instance("preconditioner", preconditioner, (*ALL, LongMemoryAdam))
    check.as_instance("rng", rng, np.random.Generator)
    rates, steps = as_rates(learning_rate, steps)
    batch_size = check.as_count("batch_size", batch_size, low=1)
    runs = check.as_count("runs", runs, low=2)
    every = check.as_count("every", every, low=1)
    start = check.as_start(start, regression.dimension, rates)
    frame = regression.full_batch.in_basis(basis)
    batch = (*np.broadcast_shapes(rates.shape[1:], start.shape[:-1]), runs)
    rates = rates[..., None, None] if rates.ndim > 1 else rates[..., None]
    recorded = np.append(np.arange(0, steps, every), steps)
    risks, row = np.empty((len(recorded), *batch)), 0
    direction = _rule(preconditioner, frame, regression.noise_std, rates, batch_size)
    with np.errstate(all="ignore"):
        errors = np.empty((*batch, regression.dimension))
        errors[...] = frame.coordinates(start)[..., None, :]
        factor, memory = root(frame.matrix), None
        gradient, sample = np.empty_like(errors), np.empty_like(errors)
        for step in range(steps + 1):
            gradient = frame.gradient(errors, out=gradient)
            if step == recorded[row]:
                risks[row] = inner(errors, gradient)
                row += 1
            if step < steps:
                rng.standard_normal(out=sample)
                draw(gradient, errors, regression.noise_std, factor, batch_size, rng, sample)
                move, memory = direction(sample, gradient, errors, memory)
                move *= rates[step % len(rates)]
                errors -= move
    risks[np.logical_or.accumulate(~np.isfinite(risks), axis=0)] = np.inf
    return Simulation(recorded, risks)


def _rule(preconditioner, frame, noise_std, rates, batch_size):
    """Return the function (sample, gradient, errors, memory) -> (direction, memory) of a rule."""
    curvature = frame.curvature(None)
    if isinstance(preconditioner, LongMemoryAdam):
        if frame.matrix.ndim != 1:
            check.fail("basis", "one in which features correlate", "the covariance's eigenbasis")
        if len(rates) > 1 or (rates == 0).any():
            check.fail("learning_rate", "a schedule or a rate of 0", "constant rates above 0")
        frozen = long_memory_weights(curvature, noise_std, rates[0][..., 0], batch_size)
        return lambda sample, gradient, errors, memory: (
            np.multiply(sample, frozen, out=sample),
            memory,
        )
    if isinstance(preconditioner, IdealisedAdam):

        def idealised(sample, gradient, errors, memory):
            variance = inner(errors, gradient)[..., None] + noise_std**2
            moment = curvature * variance / batch_size + (1 + 1 / batch_size) * gradient**2
            # 0 times infinity is 0: without noise nothing moves at the optimum.
            moment[moment == 0] = np.inf
            return np.divide(sample, np.sqrt(moment), out=sample), memory

        return idealised
    return lambda sample, gradient, errors, memory: preconditioner.direction(
        sample, curvature, memory
    )
