"""Exact risk of a fixed preconditioner on Gaussian linear regression, without sampling (SXQ-7).

With P = U diag(w) U^T, S = P^(1/2) Sigma P^(1/2) = Q diag(s) Q^T and m_i the second moment of
coordinate i of Q^T P^(-1/2) delta, one step at rate eta and batch size B is

    m_i+ = m_i (1 - 2 eta s_i + eta^2 s_i^2 k) + (eta^2/B) s_i (K sum_j s_j m_j + sigma^2),

k = 1 + (2 K - 1)/B, and the risk is R = sum_j s_j m_j. This is a diagonal plus a symmetric rank-one
matrix. K is the features' kurtosis, 1 for Gaussian ones.
"""

import numpy as np

from .. import validation as check
from ..methods.adam_limits import MeanFieldAdam
from ..methods.learning_rates import as_constant_rates, as_rates
from ..methods.preconditioners import GaussNewton
from .adam_moments import adam_moment_risks, elliptical
from .batch_noise import as_kurtosis, square_factor
from .mean_field import mean_field_risks
from .risk_at_horizon import log_risks
from .setting import setting


def risk_curve(
    regression,
    preconditioner,
    *,
    start,
    learning_rate,
    batch_size,
    steps=None,
    basis=None,
    kurtosis=1.0,
):
    """Return R_t = E[delta^T Sigma delta] at every step, exactly, at O(d) a step and rate.

    Of a MeanFieldAdam it is that of a recurrence, which with `signal` takes O(d^3) a step outside
    of eigenbases.

    Parameters
    ----------
    regression : GaussianRegression
    preconditioner : any rule with `weights`, or MeanFieldAdam
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
    kurtosis : float
        K of elliptical features, 1 for Gaussian ones: E[(x^T v)^4]/(3 (E (x^T v)^2)^2), at least
        d/(d + 2) (claim SXQ-12).

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
    rates = as_rates(learning_rate, steps)
    shape_of = _shape(preconditioner)
    if shape_of is not preconditioner and preconditioner.signal:
        law = (batch_size, basis, kurtosis)
        return _with_signal(regression, preconditioner, start, rates, *law)
    modes, moments, noise, batch_size = setting(regression, shape_of, batch_size, basis).at_start(
        start, rates.shape
    )
    kurtosis = as_kurtosis(kurtosis, len(modes))
    if shape_of is not preconditioner:
        law = {"noise": noise, "batch_size": batch_size, "kurtosis": kurtosis}
        with np.errstate(all="ignore"):
            found = np.stack([*mean_field_risks(modes, moments, rates, preconditioner, **law)])
        return _finite(found)
    k = square_factor(batch_size, kurtosis)
    shape = np.broadcast_shapes(rates.shape, moments.shape[:-1])
    moments = np.broadcast_to(moments, (*shape, len(modes))).copy()
    risks, push, decay = np.empty((rates.steps + 1, *shape)), np.empty_like(moments), None
    with np.errstate(all="ignore"):
        for step in range(rates.steps + 1):
            risks[step] = moments @ modes
            if step < rates.steps:
                rate = rates.at(step)
                if decay is None or not rates.constant:
                    x = rate[..., None] * modes
                    decay = 1 - x * (2 - x * k)
                moments *= decay
                gain = rate**2 / batch_size * (kurtosis * risks[step] + noise)
                moments += np.multiply(gain[..., None], modes, out=push)
    return _finite(risks)


def risk_at(
    regression,
    preconditioner,
    *,
    start,
    learning_rate,
    batch_size,
    step,
    basis=None,
    kurtosis=1.0,
):
    """Return R_T for one T, at a cost of O(d) a rate whatever T, after one eigen-solve for all.

    Arguments as for :func:`risk_curve`, with a constant rate or n of them, and `step` = T. R_T is
    read off the recurrence's generating function, to about ten digits
    (:func:`~diagprec_core.mini_batch.risk_at_horizon.log_risks`). Without noise and beyond 20,000
    steps, digits are lost where the start holds next to nothing of the slowest direction: four were
    left in the worst case seen.

    Returns
    -------
    float, or numpy.ndarray of shape (n,)
        inf where R_T is beyond the range of float64.

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
    if isinstance(preconditioner, MeanFieldAdam):
        options = {"start": start, "batch_size": batch_size, "basis": basis, "kurtosis": kurtosis}
        rates = as_constant_rates(learning_rate)
        risks = risk_curve(regression, preconditioner, learning_rate=rates, steps=step, **options)
        return risks[-1] if risks.ndim > 1 else float(risks[-1])
    rates = as_constant_rates(learning_rate)
    modes, moments, noise, batch_size = setting(
        regression, preconditioner, batch_size, basis
    ).at_start(start, rates.shape)
    kurtosis = as_kurtosis(kurtosis, modes.shape[-1])
    shape = np.broadcast_shapes(rates.shape, moments.shape[:-1])
    count = shape[0] if shape else 1
    rates = np.broadcast_to(rates, count) if count > 1 else rates.reshape(1)
    modes, moments = (_rows(part, count) for part in (modes, moments))
    moving = rates > 0
    if step == 0 or not moving.any():
        risks = (moments * modes).sum(axis=-1)
    else:
        options = {"noise": noise, "batch_size": batch_size, "steps": step, "kurtosis": kurtosis}
        logs = log_risks(modes, moments, np.where(moving, rates, 1.0), **options)
        with np.errstate(over="ignore"):
            risks = np.exp(logs)
        if not moving.all():
            risks[~moving] = (moments[~moving] * modes[~moving]).sum(axis=-1)
    return risks if shape else float(risks[0])


def _rows(part, count):
    """Return numbers of shape (d,) or (n, d) as `count` rows, without a copy."""
    return part.reshape(1, -1) if count == 1 else np.broadcast_to(part, (count, part.shape[-1]))


def _shape(rule):
    """Return the fixed preconditioner that a rule is up to a scalar in every step."""
    return GaussNewton(-0.5) if isinstance(rule, MeanFieldAdam) else rule


def _with_signal(regression, rule, start, rates, batch_size, basis, kurtosis):
    """Return R_t of a MeanFieldAdam that keeps the signal in its denominators."""
    found = setting(regression, GaussNewton(-0.5), batch_size, basis)
    frame, batch_size = found.frame, found.batch_size
    start = check.as_start(start, frame.dimension, rates.shape)
    kurtosis = as_kurtosis(kurtosis, frame.dimension)
    matrix = frame.matrix if frame.matrix.ndim == 3 else frame.matrix[:, None, None]
    square = elliptical(matrix, found.noise, batch_size, kurtosis)
    with np.errstate(all="ignore"):
        errors = frame.coordinates(start)
        return _finite(np.stack([*adam_moment_risks(matrix, square, errors, rates, rule)]))


def _finite(risks):
    """Put inf in the place of all that comes, in a run, after the first number beyond float64."""
    risks[np.logical_or.accumulate(~np.isfinite(risks), axis=0)] = np.inf
    return risks
