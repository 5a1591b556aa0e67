"""Full-batch descent with a line search: the rate of each step is chosen where the run stands."""

import numpy as np

from .. import validation as check
from ..methods.preconditioners import as_rule, follow
from ..problems.frame import in_frame
from .descent import finish

SMALLEST = np.finfo(float).tiny  # a normal number: shrunk subnormal ones may stay what they are


def line_search(
    problem, preconditioner, *, start, steps, basis=None, first=1.0, shrink=0.5, slope=1e-4
):
    """Run a preconditioner with Armijo's rule: backtrack until the loss falls enough.

    Each step tries the rate `first` and multiplies it by `shrink` until the loss falls by at least
    `slope` times the rate times the inner product of gradient and direction, or, where momentum
    points uphill and that is negative, until the loss does not rise. One rate serves all
    coordinates, as in the theorems; unlike theirs it knows the loss.

    Parameters
    ----------
    problem : Quadratic, BlockQuadratic, LogisticRegression or GaussianRegression
    preconditioner : any rule, an object with `direction`
    start : array_like, shape (d,)
        theta_0.
    steps : int
        Number of steps T, at least 1.
    basis : array_like, shape (d, d), optional
        U; the identity if left out.
    first : float
        The first rate tried in each step, above 0.
    shrink, slope : float
        Factor between tries and share of the promised decrease, both in (0, 1).

    Returns
    -------
    trajectory : Trajectory
    rates : numpy.ndarray, shape (T,)
        The rates used; 0 where no normal float64 will do, and the run stays where it is.

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> instance = dp.SkewedLogistic([0.5, 0.5])
    >>> start = instance.start([8.0, 1.0])
    >>> run, rates = line_search(instance.problem, dp.GaussNewton(), start=start, steps=12)
    >>> bool(run.error[-1] < 1e-3), bool(rates[0] < 0.02 < 0.9 < rates.max())
    (True, True)
    """
    as_rule(preconditioner)
    with np.errstate(all="ignore"):
        frame = in_frame("problem", problem, basis)
    steps = check.as_count("steps", steps, low=1)
    start = check.as_array("start", start, (frame.dimension,))
    first = check.as_number("first", first, low=0, open_low=True)
    bounds = {"low": 0, "high": 1, "open_low": True, "open_high": True}
    shrink = check.as_number("shrink", shrink, **bounds)
    slope = check.as_number("slope", slope, **bounds)
    coordinates, loss = np.empty((steps + 1, frame.dimension)), np.empty(steps + 1)
    rates, memory = np.zeros(steps), None
    curved = getattr(preconditioner, "curved", True)
    with np.errstate(all="ignore"):
        errors = frame.coordinates(start)
        gradient = frame.gradient(errors)
        coordinates[0], loss[0] = errors, frame.loss(errors, gradient)
        for t in range(steps):
            curvature = frame.curvature(errors) if curved else None
            direction, memory = follow(preconditioner, gradient.copy(), curvature, memory)
            promised, rate = slope * max(gradient @ direction, 0.0), first
            while rate > SMALLEST:
                moved = errors - rate * direction
                gradient_there = frame.gradient(moved)
                loss_there = frame.loss(moved, gradient_there)
                if loss_there <= loss[t] - rate * promised:
                    errors, gradient, rates[t] = moved, gradient_there, rate
                    break
                rate *= shrink
            coordinates[t + 1], loss[t + 1] = errors, frame.loss(errors, gradient)
            if rates[t] == 0 and memory is None:  # and so it would be in every step from here on
                coordinates[t + 2 :], loss[t + 2 :] = coordinates[t + 1], loss[t + 1]
                break
    return finish(np.arange(steps + 1), coordinates, loss, frame), rates
