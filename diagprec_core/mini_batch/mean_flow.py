"""Mean gradient flow of idealised Adam in the eigenbasis, beside that of GN^-1/2 (SXQ-5).

Small steps average the noise of the gradient out: delta moves along -w_i lambda_i delta_i. In the
time s with ds = sqrt(B/V) dt, V = R + sigma^2 along Adam's path, GN^-1/2 moves with
d delta_i/ds = -sqrt(lambda_i) delta_i, and idealised Adam with the same times
(1 + (B + 1) rho_i^2)^(-1/2), where rho_i^2 = lambda_i delta_i^2/V.
"""

import numpy as np
from scipy.integrate import solve_ivp
from scipy.special import logsumexp

from .. import validation as check
from ..problems.frame import in_frame
from ..problems.gaussian import GaussianFrame

TOLERANCE = 1e-11


def mean_flow(regression, *, start, batch_size, times):
    """Return the errors along idealised Adam's mean flow, in GN^-1/2's own time (claim SXQ-5).

    GN^-1/2 itself is at delta_i(0) exp(-sqrt(lambda_i) s) then. The equations are solved for the
    logarithms of the errors, so that small errors are as accurate as large ones, relatively.

    Parameters
    ----------
    regression : GaussianRegression
        With a diagonal covariance.
    start : array_like, shape (d,)
        theta at s = 0.
    batch_size : int
        B, at least 1.
    times : array_like, shape (n,)
        s, ascending, from 0 on.

    Returns
    -------
    numpy.ndarray, shape (n, d)
        delta(s), to about 10 digits.

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    With one coordinate and no noise Adam is slower by the factor sqrt(B + 2), exactly:

    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([4.0], noise_std=0.0)
    >>> mean_flow(regression, start=[1.0], batch_size=2, times=[0.0, 1.0]).round(9)
    array([[1.        ],
           [0.36787944]])
    """
    spectrum, errors, batch_size = _parts(regression, start, batch_size)
    times = check.as_array("times", times, (None,))
    if times[0] < 0 or (np.diff(times) <= 0).any():
        check.fail("times", "numbers that do not ascend from 0", "ascending ones of at least 0")
    path = np.zeros((len(times), len(errors)))
    moving = errors != 0  # a coordinate at its optimum stays there and has no logarithm
    if not moving.any():
        return path
    root = np.sqrt(spectrum[moving])
    energy = 2 * (np.log(np.abs(errors[moving])) + np.log(root))
    noise = 2 * np.log(regression.noise_std) if regression.noise_std > 0 else -np.inf

    def velocity(_, shift):
        logs = energy + 2 * shift
        share = np.exp(logs - np.logaddexp(logsumexp(logs), noise))
        return -root / np.sqrt(1 + (batch_size + 1) * share)

    end = times[-1] if times[-1] > 0 else 1.0
    options = {"method": "DOP853", "t_eval": times, "rtol": TOLERANCE, "atol": TOLERANCE}
    shifts = solve_ivp(velocity, (0.0, end), np.zeros(len(root)), **options).y
    path[:, moving] = errors[moving] * np.exp(shifts.T)
    return path


def lag_bound(regression, *, start, batch_size):
    """Return what ``|delta_i|`` under Adam's mean flow over GN^-1/2's can at most become (SXQ-5).

    With nu = B + 2, z_i^2 = lambda_i delta_i(0)^2/sigma^2 and t = sqrt((1 + nu z^2)/(1 + z^2)) it
    is 2/(1 + t) (1 + z^2)^((sqrt(nu) - 1)/2) ((sqrt(nu) + t)/(sqrt(nu) + 1))^sqrt(nu). The ratio
    tends to it if all other coordinates are at their optimum, and stays below it if not.

    Parameters and errors are those of :func:`mean_flow`.

    Returns
    -------
    numpy.ndarray, shape (d,)
        inf without noise, unless the coordinate starts at its optimum, where it is 1.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([1.0, 1.0], noise_std=1.0)
    >>> lag_bound(regression, start=[0.0, 1.0], batch_size=2).round(6)
    array([1.      , 1.561469])
    """
    spectrum, errors, batch_size = _parts(regression, start, batch_size)
    size = np.sqrt(spectrum) * np.abs(errors)
    if regression.noise_std == 0:
        return np.where(size > 0, np.inf, 1.0)
    z = size / regression.noise_std
    root, length = np.sqrt(batch_size + 2), np.hypot(1, z)
    t = np.hypot(1 / length, root * (z / length))
    with np.errstate(over="ignore"):
        power = length ** (root - 1) * ((root + t) / (root + 1)) ** root
    return 2 / (1 + t) * power


def _parts(regression, start, batch_size):
    """Check what both functions share; return lambda (d,), delta(0) (d,) and B."""
    frame = in_frame("regression", regression, None, GaussianFrame)
    batch_size = check.as_count("batch_size", batch_size, low=1)
    start = check.as_array("start", start, (frame.dimension,))
    if frame.matrix.ndim != 1:
        check.fail("regression", "a covariance that is not diagonal", "a diagonal one")
    return frame.matrix, frame.coordinates(start), batch_size
