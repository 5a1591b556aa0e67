"""What no learning rate can do on the skewed logistic instance: formula and enclosure (FEL-3).

Two coordinates with scale 1 and a fair coin start at the logits (A, b), A > b > 0. In units of the
first coordinate, x = eta pi_1^(1+p), one step of GN^p is

    z_1+ = z_1 - x f_p(z_1),    z_2+ = z_2 - x k^(1+p) f_p(z_2),    k = pi_2/pi_1,

with f_p(z) = (1/2) tanh(z/2) (2 cosh(z/2))^(-2 p). From a largest useful rate x* on the first logit
never settles, and below it the second one creeps.
"""

import math

import numpy as np
from flint import arb, ctx

from . import validation as check
from .enclosures import PRECISION, ball, prove_positive

STEEP = -1 / 3  # f_p(z)/z increases in |z| for powers up to this one (FEL-2)
MOST_STEPS = 10**6


def step_function(power, logits):
    """Return f_p(z) = (1/2) tanh(z/2) (2 cosh(z/2))^(-2 p), shape of `logits` (claim FEL-1).

    sinh z for p = -1, sinh(z/2) for p = -1/2, tanh(z/2)/2 for gradient descent. inf where it leaves
    the range of float64.

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
    """Return x*, the rate from which on the far logit never settles, in units of its coordinate.

    For p <= -1/3 it is 2 A/f_p(A); for gradient descent, p = 0, it is max(8, 2 A/tanh(A/2)).

    Parameters
    ----------
    power : float
        p, at most -1/3, or 0.
    far : float
        A, the starting logit of the first coordinate, above 0.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Examples
    --------
    >>> round(rate_cap(-1.0, 8.0), 6)
    0.010735
    """
    power = _as_power(power)
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

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Examples
    --------
    >>> round(largest_shrink(-1.0, 8.0, 1.0, odds=1.0), 6)
    0.012616
    """
    power, far, near, odds = _as_instance(power, far, near, odds)
    # The relative step is largest where f_p(z)/z is: at b for p <= -1/3, at 0 for p = 0.
    steepest = 0.25 if power == 0 else step_function(power, near) / near
    return float(odds ** (1 + power) * rate_cap(power, far) * steepest)


def least_steps(power, far, near, odds, tolerance):
    """Return log(b/eps)/(-log(1 - r)): no constant rate settles in fewer steps (claim FEL-3).

    0 where r is 1 or more, and nothing is claimed. `tolerance` is eps, in (0, b).

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
    tolerance = _as_tolerance(tolerance, near)
    return math.log(near / tolerance) / -math.log1p(-shrink) if shrink < 1 else 0.0


def certified_steps(power, far, near, odds, tolerance):
    """Return a number of steps that no constant rate can beat, from one run in ball arithmetic.

    Below the cap the near logit after T steps falls with the rate, so its run at the cap bounds
    those at all lower rates, and above the cap the far logit does not settle. The run's balls are
    certain, so the settling time at every constant rate is at least the number returned. It is
    larger than :func:`least_steps`, which takes every step to be as good as the best.

    Parameters are those of :func:`least_steps`.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If an argument is outside its range, or r > 1, or the near logit needs a million steps.

    Examples
    --------
    >>> certified_steps(-1.0, 8.0, 1.0, odds=1.0, tolerance=1e-3)
    633
    """
    power, far, near, odds = _as_instance(power, far, near, odds)
    tolerance = _as_tolerance(tolerance, near)
    with ctx.workprec(2 * PRECISION):
        rate = _cap(power, far) * _odds(odds, power)
        # Order is kept, so that a lower rate stays above, while x f_p' < 1 on [0, b].
        steepest = max((_derivative(power, z) for z in (arb(0), arb(near))), key=float)
        if not rate * steepest < 1:
            given = f"r = {largest_shrink(power, far, near, odds):g}, or a step that may overshoot"
            check.fail("far", given, "a start so far out that steps of the near logit are short")
        logit, limit, steps = arb(near), arb(tolerance), 0
        while logit > limit:
            logit, steps = logit - rate * _value(power, logit), steps + 1
            if steps > MOST_STEPS:
                check.fail("tolerance", tolerance, "one that is reached within a million steps")
    return steps


def exclude_rates(power, far, near, odds, tolerance, steps, **budget):
    """Prove by branch and bound that no constant rate below the cap settles within `steps` steps.

    The box is the whole range of rates, 0 and the cap included. On a part of it the near logit
    after every step is enclosed by its value at the middle rate and its slope in the rate; nothing
    is used of how it depends on the rate. Rates above the cap are the theorem's (FEL-2).

    Parameters
    ----------
    power, far, near, odds, tolerance
        As for :func:`least_steps`.
    steps : int
        T: what is to be proved is that the near logit is above the tolerance after T steps.
    **budget
        `max_boxes` and `max_depth` of :func:`~diagprec_core.enclosures.prove_positive`.

    Returns
    -------
    Enclosure
        The rate is given in units of the cap, so the box is [0, 1].

    Examples
    --------
    >>> exclude_rates(-1.0, 8.0, 1.0, odds=1.0, tolerance=1e-3, steps=544).proved
    True
    >>> exclude_rates(-1.0, 8.0, 1.0, odds=1.0, tolerance=1e-3, steps=650).verdict
    <Verdict.REFUTED: 'refuted'>
    """
    power, far, near, odds = _as_instance(power, far, near, odds)
    tolerance = _as_tolerance(tolerance, near)
    steps = check.as_count("steps", steps, low=1)

    def margin(share):
        cap = _cap(power, far) * _odds(odds, power)
        whole_rate, rate = share * cap, share.mid() * cap
        spread = whole_rate - rate
        point = whole = arb(near)
        slope = arb(0)
        for _ in range(steps):
            step, bend = _value(power, whole), _derivative(power, whole)
            slope = (1 - whole_rate * bend) * slope - step
            point -= rate * _value(power, point)
            whole = point + slope * spread
        return whole - tolerance

    return prove_positive(margin, [(0, 1)], **budget)


def _value(power, z):
    """f_p at a ball."""
    half = z / 2
    if power == -1:
        return z.sinh()
    if power == -0.5:
        return half.sinh()
    return half.tanh() / 2 * (2 * half.cosh()) ** arb(-2 * power)


def _derivative(power, z):
    """f_p' at a ball: (2 cosh(z/2))^(-2p) (1/(4 cosh(z/2)^2) - (p/2) tanh(z/2)^2)."""
    half = z / 2
    if power == -1:
        return z.cosh()
    if power == -0.5:
        return half.cosh() / 2
    cosh, tanh = half.cosh(), half.tanh()
    bend = 1 / (4 * cosh * cosh) - arb(power) / 2 * tanh * tanh
    return (2 * cosh) ** arb(-2 * power) * bend


def _cap(power, far):
    """x* as a ball."""
    if power == 0:
        return ball(8, 8).max(2 * arb(far) / (arb(far) / 2).tanh())
    return 2 * arb(far) / _value(power, arb(far))


def _odds(odds, power):
    """k^(1+p) as a ball."""
    return arb(odds) ** arb(1 + power)


def _as_power(power):
    power = check.as_number("power", power)
    if power > STEEP and power != 0:
        check.fail("power", f"{power:g}", "0, or a power of at most -1/3")
    return power


def _as_instance(power, far, near, odds):
    power = _as_power(power)
    near = check.as_number("near", near, low=0, open_low=True)
    far = check.as_number("far", far, low=near, open_low=True)
    return power, far, near, check.as_number("odds", odds, low=0, open_low=True)


def _as_tolerance(tolerance, near):
    return check.as_number("tolerance", tolerance, low=0, high=near, open_low=True, open_high=True)
