"""How the batch size and the features' kurtosis enter the second moment of a gradient (SXQ-12).

For elliptical features of kurtosis K, with M the second moment of the error and R = tr Sigma M,

    E[ghat ghat^T] = (1 + (2 K - 1)/B) Sigma M Sigma + (1/B) (K R + sigma^2) Sigma.

Gaussian features have K = 1. In a recurrence for fixed preconditioners K appears in two places: in
k, the factor of Sigma M Sigma, and as if R were K times as large where it feeds the noise.
"""

from .. import validation as check


def square_factor(batch_size, kurtosis=1.0, momentum=0.0):
    """Return k: 1 + 1/B for Gaussian features without momentum.

    With kurtosis it is 1 + (2 K - 1)/B, with momentum (1 - beta1)/(1 + beta1) + 1/B (SXQ-14).

    Returns
    -------
    float

    Examples
    --------
    >>> square_factor(4), square_factor(4, kurtosis=2.0), round(square_factor(4, momentum=0.9), 4)
    (1.25, 1.75, 0.3026)
    """
    return (1 - momentum) / (1 + momentum) + (2 * kurtosis - 1) / batch_size


def as_kurtosis(kurtosis, dimension):
    """Check a kurtosis, E[(x^T v)^4]/(3 (E (x^T v)^2)^2), of an elliptical law in d dimensions.

    It is at least d/(d + 2), the kurtosis of a sphere.

    Returns
    -------
    float

    Examples
    --------
    >>> as_kurtosis(0.5, 3)
    Traceback (most recent call last):
        ...
    ValueError: kurtosis: got 0.5, need a number in [0.6, inf)
    """
    return check.as_number("kurtosis", kurtosis, low=dimension / (dimension + 2))
