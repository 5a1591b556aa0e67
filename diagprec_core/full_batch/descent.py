"""Full-batch descent: the exact iterates of a preconditioner, many learning rates at once."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from .. import validation as check
from ..methods.learning_rates import as_rates
from ..methods.preconditioners import as_rule, follow
from ..problems.frame import Frame, in_frame
from .compiled import PIECE, advance_for


class Status(Enum):
    """How a run ended: every number finite, or from some step on infinite."""

    FINITE = "finite"
    DIVERGED = "diverged"


@dataclass(frozen=True, eq=False)
class Trajectory:
    """The recorded iterates of one run or of n runs side by side.

    Attributes
    ----------
    steps : numpy.ndarray of int, shape (r,)
        The recorded steps; 0 is the start.
    coordinates : numpy.ndarray, shape (r, d) or (r, n, d)
        U^T (theta - theta*), the errors in the basis of the run; inf once the run has diverged.
    loss : numpy.ndarray, shape (r,) or (r, n)
        The loss less its smallest value; inf once the run has diverged.
    status : Status, or numpy.ndarray of Status of shape (n,)
        DIVERGED where the loss left the range of float64 at a recorded step.
    """

    steps: np.ndarray
    coordinates: np.ndarray
    loss: np.ndarray
    status: Status | np.ndarray
    frame: Frame

    @property
    def parameters(self):
        """Theta, shape (r, d) or (r, n, d); inf once the run has diverged."""
        with np.errstate(invalid="ignore"):
            parameters = self.frame.parameters(self.coordinates)
        return np.where(np.isfinite(self.loss)[..., None], parameters, np.inf)

    @property
    def error(self):
        """The largest coordinate of the error in absolute value, shape (r,) or (r, n)."""
        return np.abs(self.coordinates).max(axis=-1)


def descend(problem, preconditioner, *, start, learning_rate, steps=None, basis=None, every=1):
    """Run theta+ = theta - eta U diag(w) U^T g and return what it does, exactly step by step.

    The run takes place in the coordinates of the basis. On a quadratic, where U^T H U is diagonal
    up to rounding, a step costs O(n d); where it is block diagonal O(n d m), else one product of
    (n, d) by (d, d). On logistic regression curvature moves with theta, and a step costs two
    products with the features, and two more for a rule that looks at the curvature.

    Parameters
    ----------
    problem : Quadratic, BlockQuadratic, LogisticRegression or GaussianRegression
        Of a GaussianRegression the expected loss, R/2.
    preconditioner : any rule, an object with `direction`
        Of this package, or your own.
    start : array_like, shape (d,) or (n, d)
        theta_0; one start for all runs, or one a run.
    learning_rate : float, array_like of shape (n,), or Schedule
        One constant rate, n constant rates to run side by side, or a schedule (or n of them).
    steps : int, optional
        Number of steps T; may be left out for a schedule, and is then its length.
    basis : array_like, shape (d, d), optional
        U, the basis in which the preconditioner is diagonal; the identity if left out.
    every : int
        Record every so many steps; start and end are always recorded.

    Returns
    -------
    Trajectory

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Notes
    -----
    A run that leaves the range of float64 raises nothing: it is inf from then on, with status
    DIVERGED.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> problem = dp.Quadratic([[4, 0], [0, 1]])
    >>> rule, rates = dp.GaussNewton(-0.5), [0.5, 1.0]
    >>> run = dp.descend(problem, rule, start=[1, 1], learning_rate=rates, steps=2)
    >>> run.parameters[-1]
    array([[0.  , 0.25],
           [1.  , 0.  ]])
    """
    as_rule(preconditioner)
    every = check.as_count("every", every, low=1)
    rates = as_rates(learning_rate, steps)
    with np.errstate(all="ignore"):
        frame = in_frame("problem", problem, basis)
    start = check.as_start(start, frame.dimension, rates.shape)
    batch = np.broadcast_shapes(rates.shape, start.shape[:-1])
    recorded = np.append(np.arange(0, rates.steps, every), rates.steps)
    coordinates = np.empty((len(recorded), *batch, frame.dimension))
    loss = np.empty((len(recorded), *batch))
    curved = getattr(preconditioner, "curved", True)
    in_place = getattr(preconditioner, "in_place", False)
    memory, row, gradient, curvature = None, 0, np.empty(coordinates.shape[1:]), None
    with np.errstate(all="ignore"):
        # The copy is in C order; numpy.array would keep the broadcast's order, and be slow.
        errors = np.broadcast_to(frame.coordinates(start), gradient.shape).copy()
        advance = advance_for(preconditioner, frame, errors.size, rates.steps)
        if advance is not None:
            rows, here = errors.reshape(-1, frame.dimension), 0
            for row, step in enumerate(recorded):
                while here < step:
                    there = min(step, here + max(1, PIECE // len(rows)))
                    memory = advance(rows, rates.between(here, there, len(rows)), memory)
                    here = there
                coordinates[row] = errors
                loss[row] = frame.loss(errors, frame.gradient(errors))
            return finish(recorded, coordinates, loss, frame)
        for step in range(rates.steps + 1):
            gradient = frame.gradient(errors, out=gradient if in_place else None)
            if step == recorded[row]:
                coordinates[row], loss[row] = errors, frame.loss(errors, gradient)
                row += 1
            if step < rates.steps:
                if curved:
                    curvature = frame.curvature(errors)
                direction, memory = follow(preconditioner, gradient, curvature, memory)
                out = direction if in_place else None
                errors -= np.multiply(direction, rates.at(step)[..., None], out=out)
    return finish(recorded, coordinates, loss, frame)


def finish(recorded, coordinates, loss, frame):
    """Make everything from the first loss that is not finite on infinite, and say so."""
    over = np.logical_or.accumulate(~np.isfinite(loss), axis=0)
    if over.any():
        coordinates[over], loss[over] = np.inf, np.inf
    status = np.where(over[-1], Status.DIVERGED, Status.FINITE)
    return Trajectory(recorded, coordinates, loss, status if status.ndim else status.item(), frame)
