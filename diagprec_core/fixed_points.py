"""Fixed point of the preconditioner that depends on its own risk, long-memory Adam's (SXQ-9)."""

import numpy as np


def long_memory_risk(spectrum, noise_std, learning_rates, batch_size):
    """Return the stationary risk of long-memory Adam in the eigenbasis, for every rate above 0.

    The preconditioner is frozen at the stationary second moment. Claim SXQ-9 gives two equations in
    the numbers q_i = eta s_i (1 + 1/B) and V = R + sigma^2. Solved for q_i, which is below 2, they
    become one equation for R, with k_i = (eta (1 + 1/B))^2 B lambda_i:

        (B + 1) R = sum_i [k_i/8 + sqrt((k_i/8)^2 + k_i (R + sigma^2)/4)].

    The right side is concave in R and positive at 0, so there is exactly one solution R > 0 at
    every rate, and Newton's method from above falls to it. Nothing nearly equal is subtracted.

    Parameters
    ----------
    spectrum : numpy.ndarray, shape (d,)
        lambda, positive.
    noise_std : float
        sigma, at least 0.
    learning_rates : numpy.ndarray, shape (...)
        eta, above 0.
    batch_size : int
        B.

    Returns
    -------
    numpy.ndarray, shape (...)

    Examples
    --------
    >>> long_memory_risk(np.ones(1), 1.0, np.array([0.1]), 1).round(6)
    array([0.05389])
    """
    noise, rates = noise_std**2, np.asarray(learning_rates)[..., None]
    scaled = (rates * (1 + 1 / batch_size)) ** 2 * batch_size * spectrum
    linear = scaled.sum(axis=-1) / 4
    slope = np.sqrt(scaled).sum(axis=-1) / 2
    # From above: sqrt(a^2 + b) <= a + sqrt(b) makes it a quadratic in sqrt(R + sigma^2).
    more = batch_size + 1
    root = (slope + np.sqrt(slope**2 + 4 * more * (linear + more * noise))) / (2 * more)
    risk = (linear + slope * root) / more
    for _ in range(60):
        inner = np.sqrt((scaled / 8) ** 2 + scaled * (risk[..., None] + noise) / 4)
        excess = more * risk - linear / 2 - inner.sum(axis=-1)
        step = excess / (more - (scaled / (8 * inner)).sum(axis=-1))
        if (np.abs(step) <= 4 * np.finfo(float).eps * risk).all():
            break
        risk = risk - step
    return risk


def long_memory_weights(spectrum, noise_std, learning_rates, batch_size):
    """Return long-memory Adam's weights w_i at its fixed point, in the eigenbasis (SXQ-9).

    q_i = eta (1 + 1/B) lambda_i w_i solves q^2 = (k_i/V)(1 - q/2), with k_i and V = R + sigma^2 as
    in :func:`long_memory_risk`; it lies between 0 and 2.

    Parameters are those of :func:`long_memory_risk`.

    Returns
    -------
    numpy.ndarray, shape (..., d)

    Examples
    --------
    >>> long_memory_weights(np.ones(1), 1.0, np.array([1e-6]), 4).round(4)  # sqrt(B)/sigma
    array([[2.]])
    """
    risk = long_memory_risk(spectrum, noise_std, learning_rates, batch_size)[..., None]
    reach = np.asarray(learning_rates)[..., None] * (1 + 1 / batch_size)
    half = reach**2 * batch_size * spectrum / (risk + noise_std**2) / 2
    return 4 * half / (half + np.sqrt(half**2 + 8 * half)) / (reach * spectrum)
