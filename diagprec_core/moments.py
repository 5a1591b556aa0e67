"""Moments of the mini-batch gradient of Gaussian linear regression, exactly (SXQ-1, 2, 6)."""

import numpy as np
from scipy.special import stdtr

from . import validation as check
from .blocks import apply, inner
from .problems import errors_from
from .regression import GaussianRegression


def second_moment(regression, parameters, *, batch_size, basis=None, kurtosis=1.0):
    """Return E[(u_i^T ghat)^2], what idealised Adam divides by the root of (claims SXQ-1, SXQ-12).

    ghat is the mean of `batch_size` independent per-example gradients. With R = delta^T Sigma
    delta the moment is (1/B)(u^T Sigma u)(R + sigma^2) + (1 + 1/B)(u^T Sigma delta)^2. For
    elliptical features of relative kurtosis k (Gaussian ones have k = 1) it is
    (1/B)(u^T Sigma u)(k R + sigma^2) + (1 + (2 k - 1)/B)(u^T Sigma delta)^2.

    Parameters
    ----------
    regression : GaussianRegression
    parameters : array_like, shape (..., d)
        theta.
    batch_size : int
        B, at least 1.
    basis : array_like, shape (d, d), optional
        U, columns u_i; the identity if left out.
    kurtosis : float
        k = E[(x^T v)^4]/(3 E[(x^T v)^2]^2), the same for every v; above 1/3.

    Returns
    -------
    numpy.ndarray, shape (..., d)

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([[1.0]], noise_std=0.0)
    >>> second_moment(regression, [2.0], batch_size=1)
    array([12.])
    """
    kurtosis = check.as_number("kurtosis", kurtosis, low=1 / 3, open_low=True)
    curvature, gradient, risk, batch_size = _parts(regression, parameters, batch_size, basis)
    scale = kurtosis * risk + regression.noise_std**2
    return curvature * scale / batch_size + (1 + (2 * kurtosis - 1) / batch_size) * gradient**2


def correlation(regression, parameters, *, basis=None):
    """Return rho_u, the correlation of the feature u_i^T x with the residual (claim SXQ-2).

    rho_u = u^T Sigma delta/sqrt((u^T Sigma u)(R + sigma^2)), and 0 where the residual is 0.

    Parameters, errors and shapes are those of :func:`second_moment`.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([[1, 0], [0, 1]], noise_std=0.0)
    >>> correlation(regression, [3.0, 4.0])
    array([0.6, 0.8])
    """
    curvature, gradient, risk, _ = _parts(regression, parameters, 1, basis)
    variance = risk + regression.noise_std**2
    scale = np.sqrt(curvature) * np.sqrt(variance)
    return np.divide(gradient, scale, out=np.zeros_like(gradient), where=scale > 0)


def expected_sign(regression, parameters, *, batch_size, basis=None):
    """Return E[sign(u_i^T ghat)], the mean step of Adam without memory (claim SXQ-6).

    It is 2 F_B(sqrt(B) rho/sqrt(1 - rho^2)) - 1 with F_B the distribution function of Student's t
    with B degrees of freedom and rho that of :func:`correlation`: (2/pi) arcsin rho at B = 1,
    exactly rho at B = 2.

    Parameters, errors and shapes are those of :func:`second_moment`.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([[1, 0], [0, 1]], noise_std=0.0)
    >>> expected_sign(regression, [3.0, 4.0], batch_size=2).round(12)
    array([0.6, 0.8])
    """
    curvature, gradient, risk, batch_size = _parts(regression, parameters, batch_size, basis)
    variance = risk + regression.noise_std**2
    # 1 - rho^2 is the share of the residual's variance that the feature does not explain.
    left = np.maximum(curvature * variance - gradient**2, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.sqrt(batch_size) * np.abs(gradient) / np.sqrt(left)
    ratio = np.where(gradient == 0, 0.0, ratio)
    return np.sign(gradient) * (1 - 2 * stdtr(batch_size, -ratio))


def _parts(regression, parameters, batch_size, basis):
    """Return u^T Sigma u (d,), u^T Sigma delta (..., d), R (..., 1) and B."""
    check.as_instance("regression", regression, GaussianRegression)
    batch_size = check.as_count("batch_size", batch_size, low=1)
    errors = errors_from(regression, parameters)
    frame = regression.full_batch.in_basis(basis)
    errors = errors if basis is None else errors @ frame.basis
    gradient = apply(frame.matrix, errors)
    return frame.curvature(errors), gradient, inner(errors, gradient)[..., None], batch_size
