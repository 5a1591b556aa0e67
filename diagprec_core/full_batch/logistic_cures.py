"""What cures Gauss-Newton on the skewed logistic instance, with bounds on the steps (FEL-5, FEL-6).

All bounds are for a fair coin, scales 1 and every start with logits in [-A, A], whatever the
probabilities of the features.
"""

import math

from .. import validation as check

CLIPPED = math.asinh(1)  # Sophia's clip acts on logits beyond this one
CUBIC = (1 - CLIPPED) / CLIPPED**3  # and within it |z+| is at most this times |z|^3


def sophia_steps(radius, tolerance):
    """Return a number of steps in which Sophia's clip settles, at gamma = eta = 1 (claim FEL-5).

    One unit a step until every logit is within asinh 1, then cubic convergence.

    Parameters
    ----------
    radius : float
        A, above 0.
    tolerance : float
        eps, above 0.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If an argument is not positive and finite.

    Examples
    --------
    >>> sophia_steps(8.0, 1e-3), sophia_steps(8.0, 1e-12)
    (10, 12)
    """
    radius, tolerance = _as_positive("radius", radius), _as_positive("tolerance", tolerance)
    if radius <= tolerance:
        return 0
    clipped = max(0, math.ceil(radius - CLIPPED))
    return clipped + _cubic_steps(min(radius, CLIPPED), CUBIC, tolerance)


def warmup_steps(radius, tolerance):
    """Return the steps in which GN^-1 settles under ``cosh_warmup(radius, ...)`` (claim FEL-6).

    The first t with a_t <= eps, where a_0 = A and a_{t+1} = a_t - tanh a_t; attained from A.

    Parameters, errors and return are those of :func:`sophia_steps`.

    Returns
    -------
    int

    Examples
    --------
    >>> warmup_steps(8.0, 1e-3), warmup_steps(8.0, 1e-12)
    (10, 11)
    """
    radius, tolerance = _as_positive("radius", radius), _as_positive("tolerance", tolerance)
    steps = 0
    while radius > tolerance:
        radius, steps = radius - math.tanh(radius), steps + 1
    return steps


def damped_steps(radius, tolerance, damping):
    """Return a bound on the steps of damped GN^-1 at the rate 1 (claim FEL-6).

    A logit moves by tanh(z/2)/(2 (s'(z) + l)) with l the damping over the feature's probability.
    For l >= 1/4 that is at most z, and at least the share tanh(A/2)/(2 A (1/4 + l)) of it.

    Parameters
    ----------
    radius, tolerance : float
        A and eps, above 0.
    damping : float
        l at the rarest feature: the damping over the smallest probability, at least 1/4; the
        damping over the largest one has to be at least 1/4 too.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Examples
    --------
    >>> round(damped_steps(8.0, 1e-3, damping=0.25), 1)
    67.4
    """
    radius, tolerance = _as_positive("radius", radius), _as_positive("tolerance", tolerance)
    damping = check.as_number("damping", damping, low=0.25)
    share = math.tanh(radius / 2) / (2 * radius * (0.25 + damping))
    return max(0.0, math.log(radius / tolerance) / -math.log1p(-share))


def _cubic_steps(start, constant, tolerance):
    """Return the steps in which ``|z+| <= constant |z|^3`` takes `start` to the tolerance."""
    root = math.sqrt(constant)
    if start <= tolerance:
        return 0
    ratio = math.log(root * tolerance) / math.log(root * start)
    # Not by a ceiling of the logarithm alone, which may miss by one where the two meet.
    steps = max(0, math.ceil(math.log(ratio, 3) - 1e-9))
    return steps if 3.0**steps >= ratio else steps + 1


def _as_positive(name, value):
    return check.as_number(name, value, low=0, open_low=True)
