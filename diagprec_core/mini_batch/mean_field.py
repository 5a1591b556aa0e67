"""Adam's transient as a deterministic recurrence (SXQ-21).

Where (B + 1) rho_i^2 is small, E[ghat_i^2] is (u_i^T Sigma u_i) V/B with V = K R + sigma^2: the
same multiple of the Gauss-Newton diagonal in all coordinates. With a long memory Adam's denominator
is then that of GN^-1/2 times sqrt(nu_t/B), nu_t the bias-corrected average of V so far, and
SXQ-14's second moments of the error e, of the averaged gradient m and of their product close:

    E[m^2]+ = b^2 E[m^2] + 2 b (1 - b) s E[e m] + (1 - b)^2 (k s^2 E[e^2] + s V/B),
    E[e m+] = b E[e m] + (1 - b) s E[e^2],   e+ = e - eta sqrt(B/nu) m+/(1 - b^t).
"""

import numpy as np

from .batch_noise import square_factor


def mean_field_risks(modes, moments, rates, rule, *, noise, batch_size, kurtosis=1.0):
    """Yield R_0, R_1, ..., R_T of a MeanFieldAdam, each of shape () or (n,).

    Parameters
    ----------
    modes : numpy.ndarray, shape (d,)
        s_i of GN^-1/2.
    moments : numpy.ndarray, shape (..., d)
        Second moments of the start in the modes.
    rates : Rates
        T steps; their shape broadcasts with that of `moments`.
    rule : MeanFieldAdam
    noise, batch_size, kurtosis
        sigma^2, B and K.

    Yields
    ------
    numpy.ndarray, shape () or (n,)

    Examples
    --------
    >>> from ..methods.adam_limits import MeanFieldAdam
    >>> from ..methods.learning_rates import as_rates
    >>> run = np.ones(1), np.ones(1), as_rates(0.5, 1), MeanFieldAdam(0.0, 0.0)
    >>> [float(risk) for risk in mean_field_risks(*run, noise=0, batch_size=1)]
    [1.0, 0.75]
    """
    beta1, beta2 = rule.beta1, rule.beta2
    k, old, new = square_factor(batch_size, kurtosis), 1 - beta1, 1 - beta2
    shape = np.broadcast_shapes(rates.shape, moments.shape[:-1])
    errors = np.broadcast_to(moments, (*shape, len(modes))).copy()
    mixed, squares, average = np.zeros_like(errors), np.zeros_like(errors), 0.0
    pulls, pushes = old * modes, old**2 * k * modes**2
    crosses, gains = 2 * beta1 * pulls, old**2 / batch_size * modes
    for step in range(rates.steps + 1):
        risk = errors @ modes
        yield risk
        if step == rates.steps:
            return
        volume = kurtosis * risk + noise
        average = beta2 * average + new * volume
        nu = average / (1 - beta2 ** (step + 1))
        squares *= beta1**2
        squares += crosses * mixed
        squares += pushes * errors
        squares += volume[..., None] * gains
        mixed *= beta1
        mixed += pulls * errors
        # Where the risk has come to 0 there is nothing to divide by, and nowhere to go.
        scale = np.sqrt(np.divide(batch_size, nu, out=np.zeros_like(nu), where=nu > 0))
        rate = (rates.at(step) * scale / (1 - beta1 ** (step + 1)))[..., None]
        errors += rate * (rate * squares - 2 * mixed)
        mixed -= rate * squares
