"""Ball arithmetic for FIL-2: the maps of block-wise logistic regression, for every rate at once.

Everything is in the reduced rate h of FIL-1, in which block 1 repels 0 above h = 4 for every power.
A curvature, a power, a start or a tolerance is a Fraction; z and h are balls.
"""

from fractions import Fraction

from flint import arb

from ... import validation as check
from ...numerics.enclosures import ball, isolate_root, mean_value, prove_positive

HIGHEST = Fraction(41, 10)  # of the rates that are enclosed; the proof of FIL-2 takes those above


def step(z, curvature, power):
    """Return t (1 - mu t^2/2)^p, t = tanh(z/2), of which a step takes h mu, and its derivative."""
    t = (z / 2).tanh()
    square = t * t
    bend = 1 - curvature * square / 2
    scale = _to_power(bend, power)
    slope = (1 - square) * scale * (1 - float(power) * curvature * square / bend) / 2
    return t * scale, slope


def relative_step(z, curvature, power):
    """Return 2/z times :func:`step` for z >= 0, which is 1 at 0: with curvature 1, FIL-2's Q_p."""
    half = z / 2
    t = half.tanh()
    # tanh(y)/y lies between 1/cosh(y)^2 and 1, which is sharp enough where y may be 0.
    share = t / half if half > 0 else (1 / half.abs_upper().cosh() ** 2).union(arb(1))
    return share * _to_power(1 - curvature * t * t / 2, power)


def log_slope(z, curvature, power):
    """Return d/dz log of :func:`relative_step`, for z > 0."""
    t = (z / 2).tanh()
    bend = 1 - curvature * t * t / 2
    return 1 / z.sinh() - 1 / z - float(power) * curvature * t * (1 - t * t) / (2 * bend)


def log_slope_over_z(z, curvature, power):
    """Return :func:`log_slope` divided by z, for z >= 0: quotients are bounded by their series.

    With r between 1 and cosh z, not the same one twice, sinh(z)/z is 1 + z^2/6 + r z^4/120 and
    (sinh(z) - z)/z^3 is 1/6 + r z^2/120; tanh(z/2)/z lies between 1/(2 cosh(z/2)^2) and 1/2.
    """
    square, rest, t = z * z, z.cosh().union(arb(1)) / 120, (z / 2).tanh()
    falling = (arb(1) / 6 + square * rest) / (1 + square / 6 + square * square * rest)
    narrow = 1 / (z / 2).cosh() ** 2
    share = narrow.union(arb(1)) / 2
    bend = 1 - curvature * t * t / 2
    return -falling - float(power) * curvature * share * narrow / (2 * bend)


def crossing(level, power, bracket=(3, 12)):
    """Return bounds on the distance where :func:`relative_step` of block 1 falls to a level.

    At the level 1/2 it is Z_p of FIL-2; at 2/h, with h > 4, the nearest start from which a step at
    the reduced rate h lands on 0.

    >>> [round(float(crossing(Fraction(1, 2), p)[0]), 4) for p in (-1, Fraction(-1, 2), 0)]
    [7.9837, 5.5721, 3.83]
    """
    return isolate_root(lambda z: relative_step(z, arb(1), power) - _real(level), *bracket)


def after(h, start, curvature, power, steps):
    """Return z after some steps at the constant rate h, by the mean value form in (z, h)."""
    z, slow = start, h * curvature
    for _ in range(steps):
        length, slope = step(z, curvature, power)
        slopes = (1 - slow * slope, -curvature * length)
        z = mean_value(
            lambda z, h: z - h * curvature * step(z, curvature, power)[0], slopes, (z, h)
        )
    return z


def excess(curvature, power, starts, tolerance, steps):
    """Return the function of h whose values are the two blocks' errors less the tolerance.

    Errors are those of the amplitudes phi_k = z_k/sqrt(mu_k), with mu_1 = 1 and mu_2 `curvature`.
    """
    second = _real(curvature)
    scale = second.sqrt()

    def errors(h):
        error = abs(after(h, scale * _real(starts[1]), second, power, steps)) / scale
        if error > _real(tolerance):
            return error - _real(tolerance)  # block 1 does not matter then
        first = abs(after(h, _real(starts[0]), arb(1), power, steps))
        return error - _real(tolerance), first - _real(tolerance)

    return errors


def no_rate(curvature, power, starts, tolerance, steps, **budget):
    """Prove that no constant rate has both errors within the tolerance after so many steps.

    Rates up to HIGHEST are enclosed. FIL-2c takes those above, as the second result says: there a
    block that stays within the tolerance would have to have landed on 0, and from a start within
    Z_p it never does.

    Returns
    -------
    Enclosure, bool
        The search over h in [0, HIGHEST], and whether FIL-2c applies above.
    """
    errors = excess(curvature, power, starts, tolerance, steps)
    near = relative_step(ball(0, tolerance), arb(1), power)
    start = relative_step(_real(abs(starts[0])), arb(1), power)
    beyond = bool(near * _real(HIGHEST) > 4) and starts[0] != 0 and bool(2 * start > 1)
    return prove_positive(errors, [(0, HIGHEST)], **budget), beyond


def margin(start, curvature, power, rates, tolerance):
    """Return the tolerance less a block's error after a schedule of reduced rates (Fractions)."""
    curvature = _real(curvature)
    scale = curvature.sqrt()
    z = scale * start
    for rate in map(_real, rates):
        slow = rate * curvature
        slope = 1 - slow * step(z, curvature, power)[1]
        z = mean_value(lambda z, slow=slow: z - slow * step(z, curvature, power)[0], (slope,), (z,))
    return _real(tolerance) - abs(z) / scale


def stays(h, curvature, power, tolerance):
    """Say whether 0 < step/z < 2 for both blocks within the tolerance: they cannot leave then."""
    logits = ball(0, tolerance)  # |z| <= |phi|, as mu <= 1
    return h > 0 and all(
        _real(h) * mu * relative_step(logits, mu, power) < 4 for mu in (arb(1), _real(curvature))
    )


def _to_power(bend, power):
    """Return a ball to the power 0, -1/2 or -1; much faster than by logarithms."""
    if power == 0:
        return arb(1)
    if power == -1:
        return 1 / bend
    if power != Fraction(-1, 2):
        check.fail("power", power, "0, -1/2 or -1")
    return bend.rsqrt()


def _real(fraction):
    """Return a ball that contains a Fraction."""
    return ball(fraction, fraction)
