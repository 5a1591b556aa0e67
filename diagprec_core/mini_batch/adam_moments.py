"""Adam's second moments with its denominators at their means: signal and noise kept (SXQ-21 (c)).

Adam divides by the root of v, an average of ghat^2. Put the mean of v for it. Then the second
moments of the error e, of the averaged gradient m and of their product close, in every basis:

    E[m m^T]+ = b^2 E[m m^T] + b (1 - b) (H E[e m^T] + its transpose) + (1 - b)^2 E[ghat ghat^T],
    E[e m+^T] = b E[e m^T] + (1 - b) E[e e^T] H,
    e+ = e - D m+,   D = eta/(1 - b^t) diag(v/(1 - beta2^t))^(-1/2),

where E[ghat ghat^T] is linear in E[e e^T]. The recurrence of `mean_field` (SXQ-21 (b)) leaves the
signal out of v besides, and so needs a small (B + 1) rho^2; this one asks for a long memory only.
Its price are matrices: O(m^3) a step and block instead of O(m).
"""

import numpy as np

from .batch_noise import square_factor


def adam_moment_risks(matrix, square, errors, rates, rule):
    """Yield R_0, R_1, ..., R_T, each of shape () or (n,).

    Parameters
    ----------
    matrix : numpy.ndarray, shape (K, m, m)
        H in the basis, in blocks.
    square : callable
        Returns E[ghat ghat^T], of which only the blocks count, of H E[e e^T], both of shape
        (..., K, m, m): see :func:`elliptical` and :func:`additive`.
    errors : numpy.ndarray, shape (..., K m)
        e at the start, in the basis.
    rates : Rates
        T steps; their shape broadcasts with that of `errors`.
    rule : MeanFieldAdam
        The betas.

    Yields
    ------
    numpy.ndarray, shape () or (n,)
        tr(H E[e e^T]).

    Examples
    --------
    >>> from ..methods.adam_limits import MeanFieldAdam
    >>> from ..methods.learning_rates import as_rates
    >>> one, rule = np.ones((1, 1, 1)), MeanFieldAdam(0.0, 0.0)
    >>> run = adam_moment_risks(one, elliptical(one, 0.0, 1), np.ones(1), as_rates(0.5, 1), rule)
    >>> [round(float(risk), 6) for risk in run]  # v = 3 R
    [1.0, 0.67265]
    """
    decay, new = rule.beta1, 1 - rule.beta1
    parts = errors.reshape(*errors.shape[:-1], *matrix.shape[:2])
    shape = np.broadcast_shapes(rates.shape, errors.shape[:-1])
    moment = np.broadcast_to(parts[..., None] * parts[..., None, :], (*shape, *matrix.shape)).copy()
    mixed, push = np.zeros_like(moment), np.zeros_like(moment)
    average = np.zeros(moment.shape[:-1])
    for step in range(rates.steps + 1):
        pull = _product(matrix, moment)
        yield np.einsum("...kii->...", pull)
        if step == rates.steps:
            return
        gradient = square(pull)
        average += (1 - rule.beta2) * (np.einsum("...kii->...ki", gradient) - average)
        turned = _product(matrix, mixed)
        push *= decay**2
        push += decay * new * (turned + _transposed(turned))
        # Symmetric to the last bit: what is not, grows at large rates.
        push += new**2 / 2 * (gradient + _transposed(gradient))
        mixed *= decay
        mixed += new * _transposed(pull)
        root = np.sqrt(average / (1 - rule.beta2 ** (step + 1)))
        scale = np.divide(1, root, out=np.zeros_like(root), where=root > 0)
        scale *= np.asarray(rates.at(step) / (1 - decay ** (step + 1)))[..., None, None]
        across = mixed * scale[..., None, :]
        moment -= across + _transposed(across)
        moment += push * (scale[..., None] * scale[..., None, :])
        mixed -= scale[..., None] * push


def elliptical(matrix, noise, batch_size, kurtosis=1.0):
    """Return `square` for elliptical features and noise that does not depend on them (SXQ-12).

    Parameters
    ----------
    matrix : numpy.ndarray, shape (K, m, m)
    noise : float
        sigma^2.
    batch_size : int
    kurtosis : float

    Returns
    -------
    callable

    Examples
    --------
    >>> one = np.ones((1, 1, 1))
    >>> elliptical(one, 1.0, 2)(one[None]).item()  # (1 + 1/2) + (1 + 1)/2
    2.5
    """
    k = square_factor(batch_size, kurtosis)

    def square(pull):
        volume = kurtosis * np.einsum("...kii->...", pull) + noise
        return k * _product(pull, matrix) + volume[..., None, None, None] / batch_size * matrix

    return square


def additive(matrix, noise, batch_size):
    """Return `square` for gradients H e plus noise of covariance F that does not depend on e.

    Parameters
    ----------
    matrix, noise : numpy.ndarray, shape (K, m, m)
        H and F.
    batch_size : int

    Returns
    -------
    callable

    Examples
    --------
    >>> one = np.ones((1, 1, 1))
    >>> additive(one, 3 * one, 2)(one[None]).item()  # 1 + 3/2
    2.5
    """
    return lambda pull: _product(pull, matrix) + noise / batch_size


def _product(left, right):
    """Multiply blocks; of size 1 as numbers, which is much faster."""
    return left * right if left.shape[-1] == 1 else left @ right


def _transposed(blocks):
    return np.swapaxes(blocks, -1, -2)
