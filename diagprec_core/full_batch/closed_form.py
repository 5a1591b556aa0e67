"""Closed forms in the number of steps: where a constant rate leads after 10^6 or 10^9 of them."""

import numpy as np

from .. import validation as check
from ..methods.preconditioners import FIXED, Adam, GaussNewton, GradientDescent, IdealisedAdam
from ..methods.schedules import as_constant_rates
from ..numerics.blocks import apply_blocks
from ..problems.quadratic import BlockQuadratic, Quadratic


def parameters_at(problem, preconditioner, *, start, learning_rate, step, basis=None):
    """Return theta after `step` steps at a constant rate, at the same cost for any `step`.

    GradientDescent and GaussNewton are one fixed linear map (claim FEQ-2): with W = diag(w) and
    W^(1/2) U^T H U W^(1/2) = Q diag(s) Q^T, the error after T steps is
    W^(1/2) Q diag((1 - eta s)^T) Q^T W^(-1/2) times the first, in the basis. Adam without memory
    and IdealisedAdam are sign descent, which ends on a 2-cycle (claim FEQ-3) in a basis where the
    coordinates do not couple.

    Parameters
    ----------
    problem : Quadratic or BlockQuadratic
    preconditioner : GradientDescent, GaussNewton, Adam() or IdealisedAdam
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
    check.as_instance("problem", problem, (Quadratic, BlockQuadratic))
    kinds = (GradientDescent, GaussNewton, Adam, IdealisedAdam)
    check.as_instance("preconditioner", preconditioner, kinds)
    if isinstance(preconditioner, Adam) and preconditioner != Adam():
        check.fail("preconditioner", preconditioner, "Adam without memory and with eps = 0")
    step = check.as_count("step", step)
    if step > 2**53:
        check.fail("step", step, "an integer of at most 2**53")
    rates = as_constant_rates(learning_rate)
    start = check.as_start(start, problem.dimension, rates[None])
    rates = rates[..., None]
    with np.errstate(all="ignore"):
        frame = problem.in_basis(basis)
        errors = frame.coordinates(start)
        if isinstance(preconditioner, FIXED):
            weights = preconditioner.weights(frame.curvature(errors))
            errors = _linear(frame.matrix, weights, errors, rates, step)
        elif frame.matrix.ndim == 1:
            errors = _sign_descent(errors, rates, step)
        else:
            check.fail("basis", "one in which coordinates couple", "the problem's eigenbasis")
        parameters = frame.parameters(errors)
    finite = np.isfinite(parameters).all(axis=-1, keepdims=True)
    return np.where(finite, parameters, np.inf)


def _linear(matrix, weights, errors, rates, step):
    """Return (1 - eta W M)^T times the errors, for M diagonal or in blocks."""
    if matrix.ndim == 1:
        return np.where(errors == 0, 0.0, _power(rates * (matrix * weights), step) * errors)
    if not (np.isfinite(weights) & (weights > 0)).all():
        check.fail("preconditioner", "weights beyond the range of float64", "a power nearer to 0")
    root = np.sqrt(weights)
    split = root.reshape(matrix.shape[:2])
    curvatures, vectors = np.linalg.eigh(split[:, :, None] * matrix * split[:, None, :])
    inner = apply_blocks(vectors, errors / root)
    inner = _power(rates * curvatures.reshape(-1), step) * inner
    return root * apply_blocks(np.swapaxes(vectors, 1, 2), inner)


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
