"""FEL-6: full batch, eigenbasis, logistic: what escapes FEL-3, and which hypothesis each drops."""

import itertools
import math
from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb, ctx

from ...derivations import logistic_maps as derivation
from ...full_batch.armijo import line_search
from ...full_batch.descent import descend
from ...full_batch.logistic_bounds import largest_shrink
from ...full_batch.logistic_certificates import certified_steps
from ...full_batch.logistic_cures import damped_steps, warmup_steps
from ...full_batch.settling import settling_time
from ...methods import schedules
from ...methods.preconditioners import GaussNewton
from ...numerics.enclosures import ball, mean_value, prove_positive
from ...problems.logistic_instances import SkewedLogistic
from ..outcomes import vanishes
from ..registry import Outcome, checks_in, control, evidence


@evidence("symbolic", "the step at the rate 1/cosh a, up to z = a")
@control("the rate 2/cosh a", 2)
def warmup_symbolic(growth=1):
    """The step at the rate 1/cosh a rises with z up to a, where it leaves a - tanh a."""
    z, a = derivation.Z, sp.Symbol("a", positive=True)
    slope = derivation.warmup_margin()
    left = (a - growth * sp.sinh(a) / sp.cosh(a)) - (a - sp.tanh(a))
    return vanishes(
        sp.simplify(slope - (1 - sp.cosh(z) / sp.cosh(a))),
        slope.subs(z, a),
        sp.simplify(left.rewrite(sp.exp)),
    )


@evidence("enclosure", "tanh a and a - a^3/3, for all a in [1/8, 8]")
@control("1/4 instead of 1/3", "1/4")
def cubic_enclosed(share="1/3"):
    """For every a from 1/8 to 8: tanh a is at least a - a^3/3, so the radius falls cubically."""
    third = ball(Fraction(share), Fraction(share))

    def margin(a):
        slope = 3 * third * a**2 - a.tanh() ** 2
        return mean_value(lambda x: x.tanh() - x + third * x**3, [slope], [a])

    found = prove_positive(margin, [("1/8", 8)])
    return Outcome(found.proved, f"{found.verdict.value}, {found.boxes} boxes", "proved")


@evidence("numerical", "the count of steps under growing rates")
@control("a radius that falls by 1.4 a step", 1.4 / math.tanh(1))
def count_numerical(speed=1.0):
    """The steps under growing rates: at most (A - 1)/tanh 1 to the radius 1, then cubic ones.

    From 1 on the radius obeys a+ <= a^3/3, so j more steps leave sqrt(3) (1/sqrt 3)^(3^j) or less.
    """
    late = []
    for far, eps in itertools.product((1.0, 2.5, 8.0, 30.0, 300.0), (1e-2, 1e-6, 1e-12)):
        cubic = math.ceil(math.log(math.log(eps / math.sqrt(3)) / math.log(3**-0.5), 3))
        bound = math.ceil((far - 1) / (speed * math.tanh(1))) + cubic
        late += [far] * bool(warmup_steps(far, eps) > bound)
    return Outcome(not late, f"{len(late)} of 15 later than the bound", "0 of 15")


@evidence("numerical", "growing rates on 101 starts in the core")
@control("rates for a radius 10% too small", 0.9)
def warmup_numerical(radius_factor=1.0):
    """GN^-1 under growing rates in the core, 101 starts in the box: the steps of the bound."""
    wrong = []
    for far in (0.5, 3.0, 8.0, 30.0):
        for eps in (1e-2, 1e-6):
            steps = warmup_steps(far, eps)
            instance = SkewedLogistic(np.full(101, 1 / 101))
            run = descend(
                instance.problem,
                GaussNewton(-1.0),
                start=instance.start(np.linspace(-far, far, 101)),
                learning_rate=schedules.cosh_warmup(radius_factor * far, steps + 3),
            )
            wrong += [far] * bool(settling_time(run, eps) != steps)
    return Outcome(not wrong, f"{len(wrong)} of 8 differ", "0 of 8")


@evidence("numerical", "damping, 41 starts, bound on the steps")
@control("damping 0.02 instead of 1/4", 0.02)
@control("half the bound", slack=0.5)
def damped_numerical(level=0.25, slack=1.0):
    """Damped GN^-1 at the rate 1 in the core, skewed by 10: within the bound on its steps."""
    late = []
    for far in (1.0, 8.0, 30.0):
        for eps in (1e-2, 1e-6):
            weights = np.geomspace(1, 0.1, 41)
            weights /= weights.sum()
            damping = level * weights[0]
            bound = slack * damped_steps(far, eps, 0.25 * weights[0] / weights[-1])
            run = descend(
                SkewedLogistic(weights).problem,
                GaussNewton(-1.0, damping=damping),
                start=np.linspace(-far, far, 41),
                learning_rate=1.0,
                steps=math.ceil(damped_steps(far, eps, 0.25 * weights[0] / weights[-1])) + 5,
            )
            late += [far] * bool(settling_time(run, eps) > math.ceil(bound))
    return Outcome(not late, f"{len(late)} of 6 later than the bound", "0 of 6")


@evidence("enclosure", "two steps end (8, 1), 6000 bits")
@control("the first rate 1% too small", 0.99)
def two_steps_enclosed(first=1.0):
    """Two rates over the cap end both logits exactly: (8, 1) in balls of 6000 bits."""
    with ctx.workprec(6000):
        far, near = arb(8), arb(1)
        rate = first * near / near.sinh()
        far, near = far - rate * far.sinh(), near - rate * near.sinh()
        rate_2 = far.abs_lower() / far.abs_lower().sinh()
        far, near = far - rate_2 * far.sinh(), near - rate_2 * near.sinh()
        largest = far.abs_upper().max(near.abs_upper())
        exponent = round(float(rate_2.log() / arb(10).log()))
        holds = bool(largest < arb(10) ** -100)
    size = "below 1e-100" if holds else "not below 1e-100"
    shown = f"second rate 1e{exponent}; logits {size}"
    return Outcome(holds, shown, "logits below 1e-100")


@evidence("enclosure", "(b) a damped step is no longer than the logit, all z")
@control("(b) damping 1/20 instead of 1/4", Fraction(1, 20))
def never_over_enclosed(level=Fraction(1, 4)):
    """For all z in [1/8, 40] and lambda/pi_i = level, which more damping shortens: step below z.

    The step is tanh(z/2)/(2 (s' + lambda/pi_i)). Below z = 1/8 it is at most (z/4)/level, and above
    z = 40 at most 1/(2 level), as s' > 0 and tanh z/2 is at most z/2 and 1.
    """
    damping = ball(level, level)

    def margin(z):
        slope = 1 / (4 * (z / 2).cosh() ** 2)
        return 1 - (z / 2).tanh() / (2 * z * (slope + damping))

    found = prove_positive(margin, [("1/8", 40)])
    ends = 4 * level >= 1 and 2 * 40 * level > 1
    shown = f"{found.verdict.value}, {found.boxes} boxes; ends: {ends}"
    return Outcome(found.proved and ends, shown, "proved; ends: True")


@evidence("numerical", "(d) one logit alone, hit at once")
@control("(d) a rate 1% too small", 0.99)
@control("(d) a second logit at 1", near=1.0)
def alone_numerical(factor=1.0, near=0.0):
    """One logit alone, the rate A/sinh A: the steps to 1e-3, which should be 1."""
    rate, alone = 8.0 / math.sinh(8.0) * factor, SkewedLogistic([0.5, 0.5])
    run = descend(alone.problem, GaussNewton(), start=[8.0, near], learning_rate=rate, steps=5)
    return Outcome(settling_time(run, 1e-3) == 1, f"{settling_time(run, 1e-3):.0f} steps", "1 step")


@evidence("numerical", "(d) r > 1: the near logit's own rate serves both")
@control("(d) r < 1: A = 4", 4.0)
def close_numerical(far=1.0):
    """From (far, 0.9) at the rate b/sinh b, which ends the near logit: the steps to 1e-3."""
    pair, near = SkewedLogistic([0.5, 0.5]), 0.9
    rate, over = near / math.sinh(near), largest_shrink(-1.0, far, near, 1.0) > 1
    run = descend(pair.problem, GaussNewton(), start=[far, near], learning_rate=rate, steps=9)
    steps = settling_time(run, 1e-3)
    return Outcome(steps == 3, f"{steps:.0f} steps; r > 1: {over}", "3 steps, with r > 1")


@evidence("numerical", "a line search, the certified bound")
@control("a first rate of 0.01 only", 0.01)
def search_numerical(first=1.0):
    """GN^-1 with a backtracking line search: fewer steps than any constant rate can take."""
    shown, holds = [], True
    for far in (4.0, 8.0, 10.0):
        instance = SkewedLogistic([0.5, 0.5])
        run, _ = line_search(
            instance.problem, GaussNewton(), start=[far, 1.0], steps=200, first=first
        )
        taken, bound = settling_time(run, 1e-3), certified_steps(-1.0, far, 1.0, 1.0, 1e-3)
        holds &= bool(taken < bound)
        shown.append(f"{taken:.0f} for {bound}")
    return Outcome(holds, ", ".join(shown), "fewer, at A = 4, 8 and 10")


CHECKS = {"FEL-6": checks_in(globals())}
