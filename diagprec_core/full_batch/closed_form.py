"""Closed forms in the number of steps: where a constant rate leads after 10^6 or 10^9 of them."""

import numpy as np

from .. import validation as check
from ..methods.adaptive import Adam, IdealisedAdam, SignDescent
from ..methods.learning_rates import as_constant_rates
from ..methods.preconditioners import fixed_weights
from ..numerics.modes import preconditioned_modes
from ..problems.frame import QuadraticFrame, in_frame

NEEDED = "one with fixed weights, such as dp.GaussNewton(), or dp.SignDescent()"


def parameters_at(problem, preconditioner, *, start, learning_rate, step, basis=None):
    """Return theta after `step` steps at a constant rate, at the same cost for any `step`.

    A fixed preconditioner is one linear map (claim FEQ-2): with W = diag(w) and
    W^(1/2) U^T H U W^(1/2) = Q diag(s) Q^T, the error after T steps is
    W^(1/2) Q diag((1 - eta s)^T) Q^T W^(-1/2) times the first, in the basis. Adam without memory
    and IdealisedAdam are sign descent, which ends on a 2-cycle (claim FEQ-3) in a basis where the
    coordinates do not couple.

    Parameters
    ----------
    problem : Quadratic, BlockQuadratic or GaussianRegression
    preconditioner : any rule with `weights`, SignDescent, Adam() or IdealisedAdam
    start : array_like, shape (d,) or (n, d)
    learning_rate : float or array_like of shape (n,)
    step : int
        T, at most 2^53.
    basis : array_like, shape (d, d), optional
        The identity if left out.

    Returns
    -------
    numpy.ndarray, shape (d,) or (n, d)
        inf where a run leaves the range of float64.

    Raises
    ------
    ValueError
        If an argument is unfit (the message names it), if Adam has a memory or an eps, or if sign
        descent is asked for in a basis in which the Hessian is not diagonal.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> problem = dp.Quadratic([[1, 0], [0, 1e-6]])
    >>> dp.parameters_at(problem, dp.GradientDescent(), start=[1, 1], learning_rate=1, step=10**6)
    array([0.        , 0.36787926])
    >>> dp.parameters_at(problem, dp.Adam(), start=[1, 1], learning_rate=0.75, step=10**9)
    array([-0.5, -0.5])
    """
    kinds = (Adam, IdealisedAdam, SignDescent)
    if isinstance(preconditioner, Adam) and preconditioner != Adam():
        check.fail("preconditioner", preconditioner, "Adam without memory and with eps = 0")
    step = check.as_count("step", step)
    if step > 2**53:
        check.fail("step", step, "an integer of at most 2**53")
    rates = as_constant_rates(learning_rate)
    with np.errstate(all="ignore"):
        frame = in_frame("problem", problem, basis, QuadraticFrame)
    start = check.as_start(start, frame.dimension, rates.shape)
    rates = rates[..., None]
    with np.errstate(all="ignore"):
        errors = frame.coordinates(start)
        if not isinstance(preconditioner, kinds):
            weights = fixed_weights(preconditioner, frame.curvature(errors), NEEDED)
            modes = preconditioned_modes(frame.matrix, weights)
            inside = modes.inwards(errors)
            power = _power(rates * modes.values, step)
            # A coordinate without an error keeps none, also where its growth overflows.
            errors = modes.outwards(np.where(inside == 0, 0.0, power * inside))
        elif frame.matrix.ndim == 1:
            errors = _sign_descent(errors, rates, step)
        else:
            check.fail("basis", "one in which coordinates couple", "the problem's eigenbasis")
        parameters = frame.parameters(errors)
    finite = np.isfinite(parameters).all(axis=-1, keepdims=True)
    return np.where(finite, parameters, np.inf)


def _power(x, exponent):
    """Return (1 - x)^exponent; through logarithms, so that its relative error stays small."""
    if exponent == 0:
        return np.ones_like(x)
    size = np.where(x < 0.5, np.log1p(-x), np.log(np.abs(1 - x)))
    sign = np.where(x > 1, -1.0 if exponent % 2 else 1.0, 1.0)
    return sign * np.exp(exponent * size)


def _sign_descent(errors, rates, step):
    """Return e after T steps of e - eta sign(e), to rounding of the result.

    With ``|e| = q eta + m`` and 0 <= m < eta, the size after t <= q steps is (q - t) eta + m. If
    m = 0 it stays at 0; if not it crosses in step q + 1 and then alternates between m - eta and m.
    The remainder m is exact in float64.

    Returns
    -------
    numpy.ndarray, shape of the broadcast of errors and rates
    """
    size, rates = np.broadcast_arrays(np.abs(errors), rates)
    moving = rates > 0
    rate = np.where(moving, rates, 1.0)
    remainder = np.fmod(size, rate)
    whole = np.rint((size - remainder) / rate)
    after = np.where((step - whole) % 2 == 1, remainder - rate, remainder)
    after = np.where(remainder == 0, 0.0, after)
    end = np.where(step <= whole, (whole - step) * rate + remainder, after)
    return np.where(moving, np.sign(errors) * end, errors)
