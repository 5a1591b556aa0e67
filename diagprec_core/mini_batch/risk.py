"""Exact risk of a fixed preconditioner on Gaussian linear regression, without sampling (SXQ-7).

With P = U diag(w) U^T, S = P^(1/2) Sigma P^(1/2) = Q diag(s) Q^T and m_i the second moment of
coordinate i of Q^T P^(-1/2) delta, one step at rate eta and batch size B is

    m_i+ = m_i (1 - 2 eta s_i + eta^2 s_i^2 (1 + 1/B)) + (eta^2/B) s_i (sum_j s_j m_j + sigma^2),

and the risk is R = sum_j s_j m_j. This is a diagonal plus a symmetric rank-one matrix.
"""

import numpy as np

from .. import validation as check
from ..methods.preconditioners import FIXED
from ..methods.schedules import as_constant_rates, as_rates
from ..problems.gaussian import GaussianRegression


def risk_curve(
    regression, preconditioner, *, start, learning_rate, batch_size, steps=None, basis=None
):
    """Return R_t = E[delta^T Sigma delta] at every step, exactly, at O(d) a step and rate.

    Parameters
    ----------
    regression : GaussianRegression
    preconditioner : GradientDescent or GaussNewton
    start : array_like, shape (d,) or (n, d)
        theta_0.
    learning_rate : float, array_like of shape (n,), or Schedule
        One constant rate, n of them side by side, or a schedule (or n of them).
    batch_size : int
        B, at least 1.
    steps : int, optional
        T; may be left out for a schedule.
    basis : array_like, shape (d, d), optional
        U; the identity if left out.

    Returns
    -------
    numpy.ndarray, shape (steps + 1,) or (steps + 1, n)
        R, twice the excess risk; inf from where it leaves the range of float64.

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([[1.0]], noise_std=1.0)
    >>> options = {"start": [1.0], "learning_rate": 0.5, "batch_size": 1}
    >>> risk_curve(regression, dp.GradientDescent(), **options, steps=2)
    array([1., 1., 1.])
    """
    rates, steps = as_rates(learning_rate, steps)
    modes, moments, batch_size = preconditioned_modes(
        regression, preconditioner, start, rates, batch_size, basis
    )
    shape = np.broadcast_shapes(rates.shape[1:], moments.shape[:-1])
    moments = np.broadcast_to(moments, (*shape, len(modes))).copy()
    noise, risks = regression.noise_std**2, np.empty((steps + 1, *shape))
    push = np.empty_like(moments)
    with np.errstate(all="ignore"):
        for step in range(steps + 1):
            risks[step] = moments @ modes
            if step < steps:
                if step < len(rates):  # a constant rate has one decay for all steps
                    rate = rates[step]
                    x = rate[..., None] * modes
                    decay = 1 - x * (2 - x * (1 + 1 / batch_size))
                moments *= decay
                gain = rate**2 / batch_size * (risks[step] + noise)
                moments += np.multiply(gain[..., None], modes, out=push)
        over = np.logical_or.accumulate(~np.isfinite(risks), axis=0)
    risks[over] = np.inf
    return risks


def risk_at(regression, preconditioner, *, start, learning_rate, batch_size, step, basis=None):
    """Return R_T for one T, at the cost of one eigen-solve a rate whatever T.

    Arguments as for :func:`risk_curve`, with a constant rate or n of them, and `step` = T. The
    recurrence is m+ = (D + rho s s^T) m + rho sigma^2 s with rho = eta^2/B, a symmetric matrix, so
    R_T is a sum of d exponentials and a constant. Its distance to the identity is what is
    diagonalised: the relative error of a rate of decay x is about eps times max(x)/x.

    Returns
    -------
    float, or numpy.ndarray of shape (n,)

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([[1.0]], noise_std=1.0)
    >>> options = {"start": [3.0], "learning_rate": 0.5, "batch_size": 1}
    >>> round(risk_at(regression, dp.GradientDescent(), **options, step=10**9), 12)
    1.0
    """
    step = check.as_count("step", step)
    rates = as_constant_rates(learning_rate)
    modes, moments, batch_size = preconditioned_modes(
        regression, preconditioner, start, rates[None], batch_size, basis
    )
    rate = rates[..., None]
    x, rho = rate * modes, rate**2 / batch_size
    decay = x * (2 - x * (1 + 1 / batch_size))
    with np.errstate(all="ignore"):
        outer = modes[:, None] * modes
        loss, vectors = np.linalg.eigh(
            decay[..., None] * np.eye(len(modes)) - rho[..., None] * outer
        )
        weights = np.einsum("...ij,i->...j", vectors, modes)
        first = np.einsum("...ij,...i->...j", vectors, moments) * weights
        exponent = step * np.log1p(-np.minimum(loss, 1.0)) if step else np.zeros_like(loss)
        # (1 - (1 - x)^T)/x, which is T at x = 0.
        total = np.where(loss == 0, step, -np.expm1(exponent) / np.where(loss == 0, 1, loss))
        noise = rho * regression.noise_std**2 * weights**2 * total
        # A mode that is not excited stays so, also where its growth overflows.
        kept = np.where(first == 0, 0.0, first * np.exp(exponent))
        risk = (kept + np.where(noise > 0, noise, 0.0)).sum(axis=-1)
    risk = np.where(np.isfinite(risk), np.maximum(risk, 0.0), np.inf)
    return risk if risk.ndim else float(risk)


def preconditioned_modes(regression, preconditioner, start, rates, batch_size, basis):
    """Check what the functions above share; return s (d,), m at the start (..., d), and B."""
    check.as_instance("regression", regression, GaussianRegression)
    check.as_instance("preconditioner", preconditioner, FIXED)
    batch_size = check.as_count("batch_size", batch_size, low=1)
    start = check.as_start(start, regression.dimension, rates)
    frame = regression.full_batch.in_basis(basis)
    errors = frame.coordinates(start)
    root = np.sqrt(preconditioner.weights(frame.curvature(errors)))
    if frame.matrix.ndim == 1:
        return frame.matrix * root**2, (errors / root) ** 2, batch_size
    modes, vectors = np.linalg.eigh(root[:, None] * frame.matrix[0] * root)
    return modes, ((errors / root) @ vectors) ** 2, batch_size
