"""FEL-4: full batch, eigenbasis, logistic: Adam, with decaying and with constant rates."""

import math
from fractions import Fraction

import numpy as np
import sympy as sp

from ...full_batch.descent import descend
from ...full_batch.logistic_bounds import largest_shrink, least_steps
from ...full_batch.logistic_certificates import certified_steps
from ...full_batch.settling import settling_time
from ...methods import schedules
from ...methods.adaptive import Adam
from ...numerics.enclosures import ball
from ...problems.logistic_instances import SkewedLogistic
from ..outcomes import vanishes
from ..reference import exact
from ..registry import Outcome, checks_in, control, evidence


@evidence("enclosure", "rational starts, signs from dense features")
@control("A 4^-T instead of A 2^-T", 2)
def halving_enclosed(exponent=1, steps=14):
    """Rational starts in [-8, 8]^3, a rotated basis, pi skewed by 10^4: 8 times 2^(-exponent T)?

    The gradient is a sum over dense features, in balls; its signs in the basis have to be certain.
    """
    frame = exact.rational_rotation(3)
    basis = [[Fraction(int(x.p), int(x.q)) for x in frame.row(i)] for i in range(3)]
    columns = [list(column) for column in zip(*basis, strict=True)]
    in_balls = [[[ball(x, x) for x in row] for row in rows] for rows in (basis, columns)]
    weights = [Fraction(n, 10101) for n in (10000, 100, 1)]
    broken = undecided = 0
    for n in range(6):
        # No start is a sum of the rates, so that no logit comes to 0 exactly.
        logits = [Fraction(8 * ((70 * n + 31 * k + 1) % 195 - 97), 97) for k in range(3)]
        theta = _turn(basis, logits)
        for t in range(steps):
            slopes = [
                ball(weight, weight) * (ball(z, z) / 2).tanh() / 2
                for weight, z in zip(weights, _turn(columns, theta), strict=True)
            ]
            seen = _turn(in_balls[1], _turn(in_balls[0], slopes))
            undecided += sum(not (g > 0 or g < 0) for g in seen)
            move = [Fraction(8, 2 ** (t + 1)) * ((g > 0) - (g < 0)) for g in seen]
            theta = [x - y for x, y in zip(theta, _turn(basis, move), strict=True)]
        error = max(map(abs, _turn(columns, theta)))
        broken += error > Fraction(8, 2 ** (exponent * steps))
    shown = f"{broken} of 6 starts break it, {undecided} signs open"
    return Outcome(broken == undecided == 0, shown, "0 and 0")


def _turn(rows, vector):
    """Return a matrix, as rows, times a vector, of fractions or balls."""
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in rows]


@evidence("symbolic", "the tolerance from which Adam is ahead")
@control("L/(1+L) instead of L/(1-L)", -1)
def threshold_symbolic(sign=1):
    """At eps = b (b/(2A))^(L/(1-L)): log2(2A/eps) steps and log2(b/eps)/L are the same number."""
    a, b, share = sp.symbols("A b L", positive=True)
    log_eps = sp.log(b) + share / (1 - sign * share) * (sp.log(b) - sp.log(2 * a))
    gap = sp.log(2 * a) - log_eps - (sp.log(b) - log_eps) / share
    return vanishes(sp.simplify(gap))


@evidence("numerical", "200 instances just below that tolerance")
@control("at any tolerance up to 0.9 b", 1e9)
def threshold_numerical(raised=1.0):
    """Just below that tolerance Adam needs fewer steps than FEL-3's bound, on 200 instances."""
    rng, wrong, tried = np.random.default_rng(13), 0, 0
    while tried < 200:
        power = rng.choice([-1.0, -0.75, -0.5, 0.0])
        far, near, odds = rng.uniform(4, 14), rng.uniform(0.2, 3), 10 ** rng.uniform(-4, 0)
        shrink = largest_shrink(power, far, near, odds)
        if shrink >= 0.45:
            continue
        share = -math.log2(1 - shrink)
        edge = near * (near / (2 * far)) ** (share / (1 - share))
        eps = min(raised * edge, 0.9 * near) if raised > 1 else 0.999 * edge
        adam = math.ceil(math.log2(far / eps))
        wrong += not adam < least_steps(power, far, near, odds, eps)
        tried += 1
    return Outcome(wrong == 0, f"{wrong} of 200 instances", "0 of 200 where Adam is not ahead")


@evidence("numerical", "the core's Adam, bounds of three rivals")
@control("no skew: pi_1 = pi_2", 1.0)
@control("a near start, A = 2", far=2.0)
def all_rivals_numerical(odds=1e-3, far=8.0):
    """A = 8, b = 1, pi skewed by 1000: Adam's steps in the core, and what no rival can beat."""
    eps, instance = 1e-3, SkewedLogistic(np.array([1, odds]) / (1 + odds))
    run = descend(
        instance.problem,
        Adam(),
        start=instance.start([far, 1.0]),
        learning_rate=schedules.halving(far, 30),
    )
    adam = settling_time(run, eps)
    rivals = [_steps_or_none(power, far, odds, eps) for power in (-1.0, -0.5, 0.0)]
    holds = adam == math.ceil(math.log2(far / eps)) and all(r and r > 10 * adam for r in rivals)
    shown = ", ".join("no bound" if r is None else str(r) for r in rivals)
    return Outcome(holds, f"Adam {adam:.0f}; at least {shown}", "each ten times Adam's 13")


def _steps_or_none(power, far, odds, eps):
    """Return the certified number of steps, or None where the theorem claims nothing."""
    try:
        return certified_steps(power, far, 1.0, odds, eps)
    except ValueError:
        return None


@evidence("symbolic", "(b) limits as A grows, k = e^(-A/2)")
@control("(b) k = 1, no skew", 0)
def skew_symbolic(half=1):
    """With k = e^(-half A/2), b fixed: do the r of GN^-1, of GN^-1/2 and of GD tend to 0?"""
    a, b = sp.symbols("A b", positive=True)
    k = sp.exp(-half * a / 2)
    return vanishes(
        sp.limit(2 * a * sp.sinh(b) / (b * sp.sinh(a)), a, sp.oo),
        sp.limit(sp.sqrt(k) * 2 * a * sp.sinh(b / 2) / (b * sp.sinh(a / 2)), a, sp.oo),
        sp.limit(k * a / (2 * sp.tanh(a / 2)), a, sp.oo),
    )


@evidence("numerical", "(b) the ratio of steps, A = 20, 40, 80")
@control("(b) k = 1 instead of e^(-A/2)", 0)
def skew_numerical(half=1):
    """FEL-3's bounds over Adam's steps to 10^-3, A = 20, 40, 80: each 100 times the one before?"""
    ratios = []
    for far in (20.0, 40.0, 80.0):
        odds = math.exp(-half * far / 2)
        adam = math.ceil(math.log2(far / 1e-3))
        ratios.append([_bound(power, far, odds) / adam for power in (-1.0, -0.5, 0.0)])
    growth = bool((np.diff(np.log10(ratios), axis=0) > 2).all())
    first = bool((np.array(ratios[0]) > 10).all())
    return Outcome(growth and first, f"above 10 at first: {first}; grow: {growth}", "both True")


def _bound(power, far, odds):
    """Return FEL-3's bound on the steps from (A, 1) to 1e-3; 1 where it claims nothing."""
    if largest_shrink(power, far, 1.0, odds) >= 1:
        return 1.0
    return least_steps(power, far, 1.0, odds, 1e-3)


@evidence("exact", "4669 constant rates from two starts, the bound attained")
@control("rates of which both starts are multiples", lucky=True)
@control("one step more than (A - eps)/(2 eps)", 1)
def constant_exact(extra=0, lucky=False):
    """Starts 161 and 21 times eps, rates j/29 of eps up to A: none settles both in fewer than 80.

    80 is (A - eps)/(2 eps), and the rate 2 eps attains it, as A and b are odd multiples of eps.
    Left out are the rates of which both starts are multiples; at 7 eps 23 steps are enough. Last,
    the rate eps takes A/eps - 1 steps. All in integers, in units of eps/29.
    """
    unit, starts = 29, (161, 21)
    rates = np.arange(1, unit * starts[0] + 1)
    steps = _settling(unit * np.array(starts), rates, unit, horizon=unit * starts[0] + 2)
    both = (unit * starts[0] % rates == 0) & (unit * starts[1] % rates == 0)
    counted = steps if lucky else steps[~both]
    least, at_eps = counted.min(), steps[unit - 1]
    holds = least == (starts[0] - 1) / 2 + extra and at_eps == starts[0] - 1
    shown = f"least {least:.0f}, {at_eps:.0f} at the rate eps"
    return Outcome(holds, shown, f"{80 + extra} and 160")


def _settling(starts, rates, tolerance, horizon):
    """Return the settling times of sign descent from all starts together, integers, inf if none."""
    errors, last = np.tile(starts[:, None], len(rates)), np.full(len(rates), -1)
    for t in range(horizon + 1):
        last[(np.abs(errors) > tolerance).any(axis=0)] = t
        errors -= rates * np.sign(errors)
    return np.where(last >= horizon - 1, math.inf, last + 1)


CHECKS = {"FEL-4": checks_in(globals())}
