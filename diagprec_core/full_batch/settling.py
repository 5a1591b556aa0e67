"""When a run has settled within a tolerance for good."""

import numpy as np

from .. import validation as check
from .descent import Trajectory


def settling_time(trajectory, tolerance, measure="error"):
    """Return T(eps), the first step from which on the error stays within the tolerance.

    The error is the largest coordinate in absolute value, in the run's basis. A run of finite
    length cannot promise the future: "stays" means to its last step, and a run whose last error is
    above the tolerance has the settling time inf.

    Parameters
    ----------
    trajectory : Trajectory
        Recorded at every step.
    tolerance : float
        eps, above 0.
    measure : {"error", "loss"}
        What has to stay within the tolerance. The loss does not depend on the basis, so it is the
        one to compare bases by.

    Returns
    -------
    float, or numpy.ndarray of shape (n,)

    Raises
    ------
    ValueError
        If steps are missing from the record, `tolerance` is not positive, or `measure` is unknown.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> problem = dp.Quadratic([[1.0]])
    >>> rates = [0.1, 0.5]
    >>> run = dp.descend(problem, dp.GradientDescent(), start=[1], learning_rate=rates, steps=9)
    >>> settling_time(run, 0.1)
    array([inf,  4.])
    """
    check.as_instance("trajectory", trajectory, Trajectory)
    tolerance = check.as_number("tolerance", tolerance, low=0, open_low=True)
    if len(trajectory.steps) != trajectory.steps[-1] + 1:
        check.fail("trajectory", "a record with steps left out", "every=1")
    if not isinstance(measure, str) or measure not in ("error", "loss"):
        check.fail("measure", check.describe(measure), "'error' or 'loss'")
    above = getattr(trajectory, measure) > tolerance
    count = len(above)
    first = np.where(above.any(axis=0), count - above[::-1].argmax(axis=0), 0)
    times = np.where(first < count, first, np.inf)
    return times if times.ndim else float(times)
