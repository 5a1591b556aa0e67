"""Moments of the mini-batch gradient, exactly (SXQ-1, 2, 6, 11 and SXL-3)."""

import numpy as np
from scipy.special import betainc, gammaln

from .. import validation as check
from ..numerics.blocks import inner
from ..problems.frame import in_frame, vectors
from ..problems.gaussian import GaussianFrame
from ..problems.logistic_frame import LogisticFrame
from .batch_noise import as_kurtosis


def second_moment(problem, parameters, *, batch_size, basis=None, kurtosis=1.0):
    """Return E[(u_i^T ghat)^2], what idealised Adam divides by the root of (claims SXQ-1, SXQ-12).

    ghat is the mean of `batch_size` independent per-example gradients. With R = delta^T Sigma
    delta the moment is (1/B)(u^T Sigma u)(R + sigma^2) + (1 + 1/B)(u^T Sigma delta)^2. For
    elliptical features of relative kurtosis k (Gaussian ones have k = 1) it is
    (1/B)(u^T Sigma u)(k R + sigma^2) + (1 + (2 k - 1)/B)(u^T Sigma delta)^2. For logistic
    regression, whose features are finitely many, it is a sum over them (claim SXL-3).

    Parameters
    ----------
    problem : GaussianRegression or LogisticRegression
    parameters : array_like, shape (..., d)
        theta.
    batch_size : int
        B, at least 1.
    basis : array_like, shape (d, d), optional
        U, columns u_i; the identity if left out.
    kurtosis : float
        k = E[(x^T v)^4]/(3 E[(x^T v)^2]^2), the same for every v; at least d/(d + 2). For
        linear regression only.

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
    frame = in_frame("problem", problem, basis, (GaussianFrame, LogisticFrame))
    batch_size = check.as_count("batch_size", batch_size, low=1)
    coordinates = _coordinates(frame, parameters)
    d = frame.dimension
    kurtosis = as_kurtosis(kurtosis, d)
    if isinstance(frame, GaussianFrame):
        with np.errstate(over="ignore"):
            return frame.second_moment(coordinates, batch_size, kurtosis=kurtosis)
    if kurtosis != 1:
        check.fail("kurtosis", f"{kurtosis:g}", "1: a logistic problem has features of its own")
    return frame.second_moment(coordinates, batch_size)


def correlation(regression, parameters, *, basis=None):
    """Return rho_u, the correlation of the feature u_i^T x with the residual (claim SXQ-2).

    rho_u = u^T Sigma delta/sqrt((u^T Sigma u)(R + sigma^2)), and 0 where the residual is 0.

    Parameters, errors and shapes are those of :func:`second_moment`.

    Returns
    -------
    numpy.ndarray, shape (..., d)

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([[1, 0], [0, 1]], noise_std=0.0)
    >>> correlation(regression, [3.0, 4.0])
    array([0.6, 0.8])
    """
    frame = in_frame("regression", regression, basis, GaussianFrame)
    coordinates = _coordinates(frame, parameters)
    gradient = frame.gradient(coordinates)
    variance = inner(coordinates, gradient)[..., None] + frame.noise_std**2
    scale = np.sqrt(frame.curvature(coordinates)) * np.sqrt(variance)
    return np.divide(gradient, scale, out=np.zeros_like(gradient), where=scale > 0)


def expected_sign(regression, parameters, *, batch_size, basis=None):
    """Return E[sign(u_i^T ghat)], the mean step of Adam without memory (claim SXQ-6).

    It is 2 F_B(sqrt(B) rho/sqrt(1 - rho^2)) - 1 with F_B the distribution function of Student's t
    with B degrees of freedom and rho that of :func:`correlation`: (2/pi) arcsin rho at B = 1,
    exactly rho at B = 2. Its size is the incomplete beta function I(1/2, B/2) at rho^2, a form in
    which nothing cancels where rho is small.

    Parameters, errors and shapes are those of :func:`second_moment`.

    Returns
    -------
    numpy.ndarray, shape (..., d)

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([[1, 0], [0, 1]], noise_std=0.0)
    >>> expected_sign(regression, [3.0, 4.0], batch_size=2).round(12)
    array([0.6, 0.8])
    """
    batch_size = check.as_count("batch_size", batch_size, low=1)
    rho = correlation(regression, parameters, basis=basis)
    return np.sign(rho) * betainc(0.5, batch_size / 2, np.minimum(rho**2, 1.0))


def estimated_power(power, samples):
    """Return E[h^p]/(u^T Sigma u)^p for a curvature h estimated from samples (claim SXQ-11).

    h is the mean of (u^T x_k)^2 over n = `samples` independent Gaussian features, and the ratio is
    (n/2)^(-p) Gamma(n/2 + p)/Gamma(n/2), whatever u and Sigma: the factor on the mean step of GN^p
    if the features are not those of the gradient. With 2 p for p it is that of the second moment.

    Parameters
    ----------
    power : float
        p.
    samples : int
        n, at least 1; B_H in the book.

    Returns
    -------
    float
        inf where the expectation is infinite, n <= -2 p, or leaves the range of float64.

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> round(estimated_power(-1.0, 10), 12), estimated_power(-1.0, 2)
    (1.25, inf)
    """
    power = check.as_number("power", power)
    half = check.as_count("samples", samples, low=1) / 2
    if half + power <= 0:
        return np.inf
    if min(half, half + power) < 20:
        logarithm = gammaln(half + power) - gammaln(half) - power * np.log(half)
    else:
        # The logarithms of the gammas are nearly equal and huge: Stirling's series subtracts them.
        logarithm = (half + power - 0.5) * np.log1p(power / half) - power
        for z, sign in ((half + power, 1), (half, -1)):
            logarithm += sign * (1 / 12 - (1 / 360 - (1 / 1260 - z**-2 / 1680) / z**2) / z**2) / z
    with np.errstate(over="ignore"):
        return float(np.exp(logarithm))


def _coordinates(frame, parameters):
    """Check parameters of shape (..., d) and return U^T (theta - theta*), same shape."""
    return frame.coordinates(vectors("parameters", parameters, frame.dimension))
