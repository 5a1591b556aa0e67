"""Where a mini-batch run ends, and how fast its slowest part decays (SXQ-7, 8, 9, 14).

A fixed preconditioner has the recurrence that the module `risk` states. It is mean-square stable if
the risk tends to one finite value from every start: the noise floor. With c = (eta/B) sum s_i/(2 -
eta s_i k) that floor is sigma^2 c/(1 - c), and stable means eta s_max k < 2 and c < 1. Without
momentum k = 1 + 1/B, with it k = (1 - beta1)/(1 + beta1) + 1/B. For elliptical features of kurtosis
K (SXQ-12) k = 1 + (2 K - 1)/B, stable means K c < 1, and the floor is sigma^2 c/(1 - K c).
"""

import numpy as np
from scipy.optimize import brentq

from .. import validation as check
from ..methods.adam_limits import LongMemoryAdam
from ..methods.learning_rates import as_constant_rates
from ..numerics.pieces import pieces
from ..problems.frame import in_frame
from ..problems.gaussian import GaussianFrame
from .batch_noise import as_kurtosis, square_factor
from .long_memory import stationary_risks
from .risk_at_horizon import loss_and_gain, slowest
from .setting import NEEDED, setting

FLOORED = f"{NEEDED}, or dp.LongMemoryAdam()"


def stationary_risk(
    regression,
    preconditioner,
    *,
    learning_rate,
    batch_size,
    basis=None,
    momentum=0.0,
    kurtosis=1.0,
):
    """Return R_inf, the noise floor, or inf where the rate is not stable.

    For a fixed preconditioner it is sigma^2 c/(1 - c) with c = (eta/B) sum s_i/(2 - eta s_i k) and
    k = 1 + 1/B, or with momentum k = (1 - beta1)/(1 + beta1) + 1/B; the run is mean-square stable
    exactly if eta s_max k < 2 and c < 1 (claims SXQ-7, SXQ-14). For long-memory Adam it is the one
    fixed point, which exists and is stable at every rate, in every basis (claims SXQ-9, SXQ-18,
    SXQ-19): O(d) a rate in the eigenbasis, O(d^3) in others.

    Parameters
    ----------
    regression : GaussianRegression
    preconditioner : any rule with `weights`, or LongMemoryAdam
    learning_rate : float or array_like of shape (n,)
        Above 0.
    batch_size : int
        B, at least 1.
    basis : array_like, shape (d, d), optional
        U; the identity if left out.
    momentum : float
        beta1 in [0, 1): the step follows m = beta1 m + (1 - beta1) ghat. Left out for
        LongMemoryAdam, which has its own.
    kurtosis : float
        K of elliptical features, 1 for Gaussian ones: E[(x^T v)^4]/(3 (E (x^T v)^2)^2), at least
        d/(d + 2) (claim SXQ-12); other than 1 only without momentum.

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
    >>> stationary_risk(regression, dp.GradientDescent(), learning_rate=[0.5, 1.5], batch_size=1)
    array([ 1., inf])
    """
    rates = as_constant_rates(learning_rate, positive=True)
    momentum = _momentum(momentum)
    if isinstance(preconditioner, LongMemoryAdam):
        frame, beta1 = _long_memory(regression, preconditioner, basis, momentum)
        law = (check.as_count("batch_size", batch_size, low=1), beta1)
        kurtosis = _kurtosis(kurtosis, frame, beta1)
        risk = stationary_risks(frame, rates, *law, kurtosis)
    else:
        problem = setting(regression, preconditioner, batch_size, basis, FLOORED)
        many = {"noise": problem.noise, "batch_size": problem.batch_size, "momentum": momentum}
        kurtosis = _kurtosis(kurtosis, problem.frame, momentum)
        risk = floor(problem.modes.values, rates, **many, kurtosis=kurtosis)
    return risk if risk.ndim else float(risk)


def largest_stable_rate(
    regression, preconditioner, *, batch_size, basis=None, momentum=0.0, kurtosis=1.0
):
    """Return the rate at and above which a run is not mean-square stable (claims SXQ-7, SXQ-14).

    It is the least rate with K c = 1, which lies below 2/(k s_max). Parameters and errors are those
    of :func:`stationary_risk`; for long-memory Adam, which is stable at every rate, it is inf.

    Returns
    -------
    float

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([[1.0]], noise_std=1.0)
    >>> round(largest_stable_rate(regression, dp.GradientDescent(), batch_size=1), 12)
    0.666666666667
    """
    momentum = _momentum(momentum)
    if isinstance(preconditioner, LongMemoryAdam):
        check.as_count("batch_size", batch_size, low=1)
        frame, beta1 = _long_memory(regression, preconditioner, basis, momentum)
        _kurtosis(kurtosis, frame, beta1)
        return np.inf
    problem = setting(regression, preconditioner, batch_size, basis, FLOORED)
    kurtosis = _kurtosis(kurtosis, problem.frame, momentum)
    return stability_limit(problem.modes.values, problem.batch_size, momentum, kurtosis)


def spectral_radius(
    regression, preconditioner, *, learning_rate, batch_size, basis=None, kurtosis=1.0
):
    """Return the factor by which the slowest part of the risk shrinks in a step (claim SXQ-8).

    It is the largest eigenvalue of the recurrence of SXQ-7, a symmetric matrix without negative
    eigenvalues: below 1 exactly where the run is mean-square stable. A root of its secular
    equation, at O(d) a rate.

    Parameters, errors and shapes are those of :func:`stationary_risk`, for a fixed preconditioner
    without momentum.

    Returns
    -------
    float, or numpy.ndarray of shape (n,)

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([1.0, 0.5], noise_std=1.0)
    >>> rate = {"learning_rate": 0.25, "batch_size": 1}  # B/(B + d + 1)
    >>> round(spectral_radius(regression, dp.GaussNewton(-1), **rate), 12)  # (d + 1)/(B + d + 1)
    0.75
    """
    rates = as_constant_rates(learning_rate, positive=True)
    problem = setting(regression, preconditioner, batch_size, basis)
    kurtosis = _kurtosis(kurtosis, problem.frame)
    modes, radius = problem.modes.values, np.empty(rates.size)
    for piece in pieces(rates.size, len(modes)):
        x = rates.reshape(-1, 1)[piece] * modes
        with np.errstate(all="ignore"):
            radius[piece] = 1 - slowest(*loss_and_gain(x, problem.batch_size, kurtosis))
    return radius.reshape(rates.shape) if rates.ndim else float(radius[0])


def floor(modes, rates, *, noise, batch_size, momentum=0.0, kurtosis=1.0):
    """Return sigma^2 c/(1 - K c), or inf where a rate is not stable.

    Parameters
    ----------
    modes : numpy.ndarray, shape (d,)
        s_i, above 0.
    rates : numpy.ndarray, shape () or (n,)
        eta, above 0.
    noise : float
        sigma^2.
    batch_size : int
        B.
    momentum, kurtosis : float
        beta1 and K.

    Returns
    -------
    numpy.ndarray, shape of `rates`

    Examples
    --------
    >>> floor(np.ones(1), np.array([0.5, 1.5]), noise=1.0, batch_size=1)
    array([ 1., inf])
    """
    k, result = square_factor(batch_size, kurtosis, momentum), np.empty(rates.size)
    for piece in pieces(rates.size, len(modes)):
        x = rates.reshape(-1, 1)[piece] * modes
        left = 2 - x * k
        with np.errstate(all="ignore"):
            c = (x / left).sum(axis=-1) / batch_size
            risk = noise * c / (1 - kurtosis * c)
        result[piece] = np.where((left > 0).all(axis=-1) & (kurtosis * c < 1), risk, np.inf)
    return result.reshape(rates.shape)


def stability_limit(modes, batch_size, momentum=0.0, kurtosis=1.0):
    """Return the rate at which K c = 1: at and above it a run is not mean-square stable.

    Parameters are those of :func:`floor`.

    Returns
    -------
    float

    Examples
    --------
    >>> round(stability_limit(np.ones(1), 1), 12)
    0.666666666667
    """
    k = square_factor(batch_size, kurtosis, momentum)
    edge = 2 / (modes.max() * k)

    def log_c(share):
        x = share * edge * modes
        return np.log((x / (2 - x * k)).sum() * kurtosis / batch_size)

    # K c is between share/(1 - share)/room and d times that, and room is at least 1 without
    # momentum or with K = 1.
    room = batch_size * k / kurtosis
    low, high = 0.5 / (1 + len(modes)), 1 - max(0.5 / (room + 1), 1e-15)
    if log_c(high) <= 0:  # Batches so large that c < 1 up to rounding.
        return float(edge)
    return float(edge * brentq(log_c, low, high, xtol=1e-15, rtol=1e-13))


def _long_memory(regression, rule, basis, momentum):
    """Check what long-memory Adam needs; return the frame and its beta1."""
    frame = in_frame("regression", regression, basis, GaussianFrame)
    if momentum > 0:
        check.fail("momentum", momentum, "0 beside LongMemoryAdam, which has its own beta1")
    return frame, rule.beta1


def _momentum(momentum):
    """Check beta1."""
    return check.as_number("momentum", momentum, low=0, high=1, open_high=True)


def _kurtosis(kurtosis, frame, momentum=0.0):
    """Check K."""
    kurtosis = as_kurtosis(kurtosis, frame.dimension)
    if momentum > 0 and kurtosis != 1:
        check.fail("kurtosis", f"{kurtosis:g} beside momentum", "1, or no momentum")
    return kurtosis
