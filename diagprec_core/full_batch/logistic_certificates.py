"""What no learning rate can do on the skewed logistic instance, certified in ball arithmetic.

The instance, its maps and the units of the rates are those of the module `logistic_bounds`.
"""

from flint import arb, ctx

from .. import validation as check
from ..numerics.boxes import as_end
from ..numerics.enclosures import PRECISION, ball, prove_positive
from .logistic_bounds import as_instance, as_tolerance, largest_shrink

MOST_STEPS = 10**6


def certified_steps(power, far, near, odds, tolerance):
    """Return a number of steps that no constant rate can beat, from one run in ball arithmetic.

    Below the cap the near logit after T steps falls with the rate, so its run at the cap bounds
    those at all lower rates, and above the cap the far logit does not settle. For gradient descent
    the cap is max(x*, 4 eps/tanh(eps/2)), beyond which z0 exceeds eps. The run's balls are certain,
    so the settling time at every constant rate is at least the number returned. It is no smaller
    than :func:`~diagprec_core.least_steps`, which takes every step to
    be as good as the best.

    Parameters are those of :func:`~diagprec_core.least_steps`.

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
    power, far, near, odds = as_instance(power, far, near, odds)
    tolerance = as_tolerance(tolerance, near)
    with ctx.workprec(2 * PRECISION):
        rate = _cap(power, far, tolerance) * _odds(odds, power)
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
    after every step is enclosed by its value at the middle rate and its slope in the rate; that it
    falls with the rate is not used. Rates above the cap are the theorem's: FEL-2, and for gradient
    descent FEL-3 (b), with the cap of :func:`~diagprec_core.certified_steps`.

    Parameters
    ----------
    power, far, near, odds, tolerance
        As for :func:`~diagprec_core.least_steps`.
    steps : int
        T: what is to be proved is that the near logit is above the tolerance after T steps.
    **budget
        `max_boxes` and `max_depth` of :func:`~diagprec_core.numerics.enclosures.prove_positive`.

    Returns
    -------
    Enclosure
        The rate is given in units of the cap, so the box is [0, 1].

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> exclude_rates(-1.0, 8.0, 1.0, odds=1.0, tolerance=1e-3, steps=544).proved
    True
    >>> exclude_rates(-1.0, 8.0, 1.0, odds=1.0, tolerance=1e-3, steps=650).verdict
    <Verdict.REFUTED: 'refuted'>
    """
    power, far, near, odds = as_instance(power, far, near, odds)
    tolerance = as_tolerance(tolerance, near)
    steps = check.as_count("steps", steps, low=1)

    def margin(share):
        cap = _cap(power, far, tolerance) * _odds(odds, power)
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


def attains(power, far, near, odds, tolerance, share, steps, precision=3000):
    """Say whether the rate `share` times the cap certainly settles within `steps` steps.

    One run in ball arithmetic of many bits, as the far logit's first steps magnify errors: both
    logits are within the tolerance after `steps` steps, and there a step of either takes off less
    than twice the logit, so that neither leaves again. With
    :func:`~diagprec_core.certified_steps` this makes a number of steps the exact optimum over all
    constant rates.

    Parameters are those of :func:`~diagprec_core.exclude_rates`, and `share`, above 0, a number or
    decimal string.

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> case = {"power": -1.0, "far": 8.0, "near": 1.0, "odds": 1.0, "tolerance": 1e-3}
    >>> [attains(**case, share="0.99976", steps=n) for n in (632, 633)]
    [False, True]
    """
    power, far, near, odds = as_instance(power, far, near, odds)
    tolerance = as_tolerance(tolerance, near)
    steps, share = check.as_count("steps", steps, low=1), as_end("share", share)
    if share <= 0:
        check.fail("share", share, "a share above 0")
    with ctx.workprec(check.as_count("precision", precision, low=2)):
        rate = ball(share, share) * _cap(power, far, tolerance)
        limit, settled = arb(tolerance), []
        for logit, speed in ((arb(far), rate), (arb(near), rate * _odds(odds, power))):
            for _ in range(steps):
                logit -= speed * _value(power, logit)
            steepest = arb(1) / 4 if power == 0 else _value(power, limit) / limit
            settled.append(abs(logit) <= limit and speed * steepest < 2)
    return all(settled)


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


def _cap(power, far, tolerance):
    """Return the cap as a ball: x*, and for gradient descent at least 4 eps/tanh(eps/2)."""
    if power == 0:
        tanh = (arb(far) / 2).tanh(), (arb(tolerance) / 2).tanh()
        return arb(8).max(2 * arb(far) / tanh[0]).max(4 * arb(tolerance) / tanh[1])
    return 2 * arb(far) / _value(power, arb(far))


def _odds(odds, power):
    """k^(1+p) as a ball."""
    return arb(odds) ** arb(1 + power)
