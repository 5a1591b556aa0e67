"""What no learning rate can do on the skewed logistic instance, as formulas (claim FEL-3).

Two coordinates with scale 1 and a fair coin start at the logits (A, b), A > b > 0. In units of the
first coordinate, x = eta pi_1^(1+p), one step of GN^p is

    z_1+ = z_1 - x f_p(z_1),    z_2+ = z_2 - x k^(1+p) f_p(z_2),    k = pi_2/pi_1,

with f_p(z) = (1/2) tanh(z/2) (2 cosh(z/2))^(-2 p). Beyond a largest useful rate x* the first logit
does not settle, and below it the second one creeps.
"""

import math

import numpy as np

from .. import validation as check

STEEP = -1 / 3  # f_p(z)/z increases in |z| for powers up to this one (FEL-2)


def step_function(power, logits):
    """Return f_p(z) = (1/2) tanh(z/2) (2 cosh(z/2))^(-2 p), shape of `logits` (claim FEL-1).

    sinh z for p = -1, sinh(z/2) for p = -1/2, tanh(z/2)/2 for gradient descent. inf where it leaves
    the range of float64.

    Returns
    -------
    numpy.ndarray, shape of `logits`

    Examples
    --------
    >>> step_function(-1.0, [0.0, 1.0]).round(6)
    array([0.      , 1.175201])
    """
    logits = np.asarray(logits, dtype=float)
    with np.errstate(over="ignore"):
        # log(2 cosh(z/2)) without overflow
        return (
            0.5 * np.tanh(logits / 2) * np.exp(-2 * power * np.logaddexp(logits / 2, -logits / 2))
        )


def rate_cap(power, far):
    """Return x*, beyond which the far logit does not settle, in units of its coordinate.

    For p <= -1/3 it is 2 A/f_p(A), and the far logit does not settle at x* itself either; for
    gradient descent, p = 0, it is max(8, 2 A/tanh(A/2)), and what the far logit exceeds again and
    again is the z0 > 0 that solves 4 z0/tanh(z0/2) = x.

    Parameters
    ----------
    power : float
        p, at most -1/3, or 0.
    far : float
        A, the starting logit of the first coordinate, above 0.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Examples
    --------
    >>> round(rate_cap(-1.0, 8.0), 6)
    0.010735
    """
    power = as_power(power)
    far = check.as_number("far", far, low=0, open_low=True)
    if power == 0:
        return max(8.0, 2 * far / math.tanh(far / 2))
    return float(2 * far / step_function(power, far))


def largest_shrink(power, far, near, odds):
    """Return r, the largest share that a step below the cap takes off the near logit (FEL-3).

    k^(1+p) times 2 A f_p(b)/(b f_p(A)) for p <= -1/3, and k times max(2, A/(2 tanh(A/2))) for
    gradient descent. Where r <= 1 the near logit keeps at least b (1 - r)^T.

    Parameters
    ----------
    power : float
        p, at most -1/3, or 0.
    far, near : float
        The starting logits A > b > 0.
    odds : float
        k = pi_2/pi_1, above 0.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Examples
    --------
    >>> round(largest_shrink(-1.0, 8.0, 1.0, odds=1.0), 6)
    0.012616
    """
    power, far, near, odds = as_instance(power, far, near, odds)
    # The relative step is largest where f_p(z)/z is: at b for p <= -1/3, at 0 for p = 0.
    steepest = 0.25 if power == 0 else step_function(power, near) / near
    return float(odds ** (1 + power) * rate_cap(power, far) * steepest)


def least_steps(power, far, near, odds, tolerance):
    """Return log(b/eps)/(-log(1 - r)): no constant rate settles in fewer steps (claim FEL-3).

    0 where r is 1 or more, and nothing is claimed. `tolerance` is eps, in (0, b).

    Returns
    -------
    float
        Not rounded: the number of steps is at least its ceiling.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Examples
    --------
    >>> round(least_steps(-1.0, 8.0, 1.0, odds=1.0, tolerance=1e-3), 1)
    544.1
    """
    shrink = largest_shrink(power, far, near, odds)
    tolerance = as_tolerance(tolerance, near)
    return math.log(near / tolerance) / -math.log1p(-shrink) if shrink < 1 else 0.0


def as_power(power):
    """Check a power that the bounds hold for."""
    power = check.as_number("power", power)
    if power > STEEP and power != 0:
        check.fail("power", f"{power:g}", "0, or a power of at most -1/3")
    return power


def as_instance(power, far, near, odds):
    """Check a power, the starts A > b > 0 and the odds k."""
    power = as_power(power)
    near = check.as_number("near", near, low=0, open_low=True)
    far = check.as_number("far", far, low=near, open_low=True)
    return power, far, near, check.as_number("odds", odds, low=0, open_low=True)


def as_tolerance(tolerance, near):
    """Check eps in (0, b)."""
    return check.as_number("tolerance", tolerance, low=0, high=near, open_low=True, open_high=True)
