"""Noise floors of Adam in the eigenbasis: with long memory (SXQ-9) and without any (SXQ-17)."""

import numpy as np
from scipy.special import poch

from .. import validation as check
from .batch_noise import as_kurtosis, square_factor


def long_memory_risk(spectrum, noise_std, learning_rates, batch_size, kurtosis=1.0):
    """Return the stationary risk of long-memory Adam in the eigenbasis, for every rate above 0.

    The preconditioner is frozen at the stationary second moment. Claim SXQ-9 gives two equations in
    the numbers q_i = eta s_i k and V = K R + sigma^2, with k = 1 + (2 K - 1)/B, and K = 1 for
    Gaussian features. Solved for q_i, which is below 2, they become one equation for R, with
    k_i = (eta k)^2 B lambda_i:

        B k R = sum_i [k_i/8 + sqrt((k_i/8)^2 + k_i (K R + sigma^2)/4)].

    The right side is concave in R and positive at 0, so there is exactly one solution R > 0 at
    every rate, and Newton's method from above falls to it. Nothing nearly equal is subtracted.

    Parameters
    ----------
    spectrum : array_like, shape (d,)
        lambda, positive.
    noise_std : float
        sigma, at least 0.
    learning_rates : array_like, shape (...)
        eta, above 0.
    batch_size : int
        B.
    kurtosis : float
        K of elliptical features.

    Returns
    -------
    numpy.ndarray, shape (...)

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> long_memory_risk(np.ones(1), 1.0, np.array([0.1]), 1).round(6)
    array([0.05389])
    """
    spectrum, noise_std, rates, batch_size = _checked(
        spectrum, noise_std, learning_rates, batch_size
    )
    kurtosis = as_kurtosis(kurtosis, len(spectrum))
    noise, rates, k = noise_std**2, rates[..., None], square_factor(batch_size, kurtosis)
    scaled = (rates * k) ** 2 * batch_size * spectrum
    linear = scaled.sum(axis=-1) / 4
    slope = np.sqrt(scaled).sum(axis=-1) / 2
    # From above: sqrt(a^2 + b) <= a + sqrt(b) makes it a quadratic in sqrt(K R + sigma^2).
    more = batch_size * k
    push = kurtosis * slope
    root = push + np.sqrt(push**2 + 4 * more * (kurtosis * linear + more * noise))
    root = root / (2 * more)
    risk = (linear + slope * root) / more
    for _ in range(60):
        inner = np.sqrt((scaled / 8) ** 2 + scaled * (kurtosis * risk[..., None] + noise) / 4)
        excess = more * risk - linear / 2 - inner.sum(axis=-1)
        step = excess / (more - kurtosis * (scaled / (8 * inner)).sum(axis=-1))
        if (np.abs(step) <= 4 * np.finfo(float).eps * risk).all():
            break
        risk = risk - step
    return risk


def long_memory_weights(spectrum, noise_std, learning_rates, batch_size, kurtosis=1.0):
    """Return long-memory Adam's weights w_i at its fixed point, in the eigenbasis (SXQ-9).

    q_i = eta k lambda_i w_i solves q^2 = (k_i/V)(1 - q/2), with k, k_i and V = K R + sigma^2 as in
    :func:`long_memory_risk`; it lies between 0 and 2.

    Parameters and errors are those of :func:`long_memory_risk`.

    Returns
    -------
    numpy.ndarray, shape (..., d)

    Examples
    --------
    >>> long_memory_weights(np.ones(1), 1.0, np.array([1e-6]), 4).round(4)  # sqrt(B)/sigma
    array([[2.]])
    """
    spectrum, noise_std, rates, batch_size = _checked(
        spectrum, noise_std, learning_rates, batch_size
    )
    risk = long_memory_risk(spectrum, noise_std, rates, batch_size, kurtosis)[..., None]
    reach = rates[..., None] * square_factor(batch_size, kurtosis)
    half = reach**2 * batch_size * spectrum / (kurtosis * risk + noise_std**2) / 2
    return 4 * half / (half + np.sqrt(half**2 + 8 * half)) / (reach * spectrum)


def long_memory_bounds(spectrum, noise_std, learning_rates, batch_size):
    """Return closed-form bounds on :func:`long_memory_risk`, valid at every rate (SXQ-9).

    With tau = sum lambda_i, T = sum sqrt(lambda_i), N = sum lambda_i^(3/2) and R the risk,

        E = 4 B R^2 - eta^2 ((B + 1) tau + T^2) R - eta^2 T^2 sigma^2

    lies between 0 and eta^4 (B + 1)^2 (T N - tau^2)/(16 B). Also R is at most the risk of equal
    eigenvalues with the same sum. The smaller of the two upper bounds is returned; bounds and risk
    agree if and only if all eigenvalues are equal.

    Parameters and errors are those of :func:`long_memory_risk`.

    Returns
    -------
    lower, upper : numpy.ndarray, shape (...)

    Examples
    --------
    >>> lower, upper = long_memory_bounds(np.array([1.0, 0.25]), 1.0, np.array([0.1, 10.0]), 1)
    >>> lower.round(4)
    array([8.120000e-02, 1.192218e+02])
    >>> upper.round(4)
    array([8.12000e-02, 1.19871e+02])
    """
    spectrum, noise_std, rates, batch_size = _checked(
        spectrum, noise_std, learning_rates, batch_size
    )
    square, noise = rates**2, noise_std**2
    half, trace, more = (np.sum(spectrum**p) for p in (0.5, 1.0, 1.5))
    linear, constant = square * ((batch_size + 1) * trace + half**2), square * half**2 * noise
    # By Cauchy-Schwarz half * more >= trace^2, which rounding must not undo.
    spread = max(half * more - trace**2, 0.0) * (square * (batch_size + 1)) ** 2 / 16 / batch_size
    level = len(spectrum) * noise
    lower, by_spread, by_trace = (
        (p + np.sqrt(p**2 + 16 * batch_size * c)) / (8 * batch_size)
        for p, c in (
            (linear, constant),
            (linear, constant + spread),
            (square * trace * (len(spectrum) + batch_size + 1), square * trace * level),
        )
    )
    return lower, np.minimum(by_spread, by_trace)


def sign_gain(batch_size):
    """Return a_B, the slope at 0 of the expected sign of a gradient in rho (SXQ-6, SXQ-17).

    a_B = 2 Gamma((B + 1)/2)/(sqrt(pi) Gamma(B/2)): 2/pi at B = 1, 1 at B = 2, 3/2 at B = 4, and
    about sqrt(2 B/pi) for large B.

    Parameters
    ----------
    batch_size : float or array_like
        B, at least 1; numbers between the integers interpolate.

    Returns
    -------
    numpy.ndarray, shape of `batch_size`

    Raises
    ------
    ValueError
        If `batch_size` is below 1 or no number.

    Examples
    --------
    >>> sign_gain([1, 2, 4]).round(6)
    array([0.63662, 1.     , 1.5    ])
    """
    batch = check.as_array(
        "batch_size", batch_size, (None,) * check.dimensions("batch_size", batch_size)
    )
    if (batch < 1).any():
        check.fail("batch_size", f"{batch.min():g}", "numbers of at least 1")
    return 2 / np.sqrt(np.pi) * poch(batch / 2, 0.5)


def sign_floor(spectrum, noise_std, learning_rates, batch_size):
    """Return the stationary risk of sign descent to second order in the rate (SXQ-17).

    With T and tau as in :func:`long_memory_bounds` it is eta sigma T/(2 a_B) + eta^2 (T^2 + B tau)
    /(8 a_B^2), up to terms of order eta^3.

    Parameters and errors are those of :func:`long_memory_risk`; sigma has to be above 0.

    Returns
    -------
    numpy.ndarray, shape (...)

    Examples
    --------
    >>> sign_floor(np.ones(1), 1.0, np.array([0.02]), 2).round(6)
    array([0.01015])
    """
    spectrum, noise_std, rates, batch_size = _checked(
        spectrum, noise_std, learning_rates, batch_size
    )
    if noise_std == 0:
        check.fail("noise_std", 0, "noise above 0: the floor is of another order without")
    step = rates / sign_gain(batch_size)
    half, trace = np.sqrt(spectrum).sum(), np.sum(spectrum)
    return step * noise_std * half / 2 + step**2 * (half**2 + batch_size * trace) / 8


def _checked(spectrum, noise_std, learning_rates, batch_size):
    """Check what all floors take; return it, the rates as an array of their own shape."""
    spectrum = check.as_array("spectrum", spectrum, (None,))
    if (spectrum <= 0).any():
        check.fail("spectrum", f"an eigenvalue of {spectrum.min():.3g}", "eigenvalues above 0")
    noise_std = check.as_number("noise_std", noise_std, low=0)
    axes = check.dimensions("learning_rates", learning_rates)
    rates = check.as_array("learning_rates", learning_rates, (None,) * axes)
    if (rates <= 0).any():
        check.fail("learning_rates", f"a rate of {rates.min():g}", "rates above 0")
    return spectrum, noise_std, rates, check.as_count("batch_size", batch_size, low=1)
