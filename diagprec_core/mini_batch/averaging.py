"""Risk of the averaged iterate of a mini-batch run (SXQ-15)."""

import numpy as np

from ..methods.learning_rates import as_rates
from .noise_floor import stationary_risk
from .setting import setting


def averaged_risk(
    regression, preconditioner, *, learning_rate, batch_size, basis=None, momentum=0.0
):
    """Return the limit of T E[R(mean of T iterates)] as T grows, or inf where not stable.

    It is (sigma^2 d + (d + 1) R_inf)/B, with R_inf from :func:`~diagprec_core.stationary_risk`,
    which takes the same arguments: of the preconditioner only its noise floor is left.

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
        beta1 in [0, 1).

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
    >>> regression = dp.GaussianRegression([1.0], noise_std=1.0)
    >>> averaged_risk(regression, dp.GradientDescent(), learning_rate=0.5, batch_size=1)
    3.0
    """
    floor = stationary_risk(
        regression,
        preconditioner,
        learning_rate=learning_rate,
        batch_size=batch_size,
        basis=basis,
        momentum=momentum,
    )
    d = regression.dimension
    return (regression.noise_std**2 * d + (d + 1) * floor) / batch_size


def averaged_risk_curve(
    regression, preconditioner, *, start, learning_rate, batch_size, steps=None, basis=None
):
    """Return E[R] of the mean of theta_0, ..., theta_t at every t, exactly, at O(d) a step.

    In the coordinates of :func:`~diagprec_core.risk_curve` the moments of the error e and of the
    sum S of the errors so far close: with x = eta s the mean step is a factor 1 - x, so
    E[S e]+ = (1 - x) E[S e] + m+ and E[S^2]+ = E[S^2] + 2 (1 - x) E[S e] + m+.

    Parameters, errors and shapes are those of :func:`~diagprec_core.risk_curve`.

    Returns
    -------
    numpy.ndarray, shape (steps + 1,) or (steps + 1, n)

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([1.0], noise_std=1.0)
    >>> options = {"start": [1.0], "learning_rate": 0.5, "batch_size": 1}
    >>> averaged_risk_curve(regression, dp.GradientDescent(), **options, steps=2)
    array([1.        , 0.75      , 0.61111111])
    """
    rates = as_rates(learning_rate, steps)
    modes, moments, noise, batch_size = setting(
        regression, preconditioner, batch_size, basis
    ).at_start(start, rates.shape)
    shape = np.broadcast_shapes(rates.shape, moments.shape[:-1])
    moments = np.broadcast_to(moments, (*shape, len(modes))).copy()
    mixed, squares = moments.copy(), moments.copy()
    risks = np.empty((rates.steps + 1, *shape))
    with np.errstate(all="ignore"):
        for step in range(rates.steps + 1):
            risks[step] = squares @ modes / (step + 1) ** 2
            if step < rates.steps:
                rate = rates.at(step)[..., None]
                x = rate * modes
                level = (moments @ modes + noise)[..., None]
                gain = rate**2 / batch_size * modes * level
                moments = moments * (1 - 2 * x + x**2 * (1 + 1 / batch_size)) + gain
                squares += 2 * (1 - x) * mixed + moments
                mixed = (1 - x) * mixed + moments
        over = np.logical_or.accumulate(~np.isfinite(risks), axis=0)
    risks[over] = np.inf
    return risks
