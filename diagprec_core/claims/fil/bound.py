"""FIL-2: no constant rate of GD, GN^-1/2 or GN^-1 serves both blocks of the logistic instance."""

from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from ...derivations import logistic_blocks
from ...full_batch.descent import descend
from ...methods.adaptive import Sophia
from ...methods.preconditioners import GaussNewton, GradientDescent
from ...numerics.enclosures import Verdict, ball, prove_positive
from ...problems.logistic_instances import BlockwiseLogistic
from ..outcomes import vanishes
from ..registry import Outcome, checks_of, control, evidence
from . import balls as fil_balls
from . import landing
from .maps import learning_rates

HALF = Fraction(1, 2)
# Z_p to six places, rounded down: below it no run lands on 0 at any rate above the threshold.
SAFE = {-1: "7.983664", -HALF: "5.572099", 0: "3.830016"}
TOLERANCE = Fraction(1, 1000)
# Curvature of block 2, starts, power, and the least number of steps of any constant rate.
BEST = (
    (Fraction(1, 10), (1, 1), Fraction(-1), 35),
    (Fraction(1, 10), (1, 1), -HALF, 35),
    (Fraction(1, 10), (1, 1), Fraction(0), 35),
    (Fraction(1, 20), (3, -2), -HALF, 76),
)


@evidence("symbolic", "how the relative step changes with z, every k")
@control("p = -3/2, below -1", sp.Rational(-3, 2))
def shape_symbolic(power=-1):
    """The lemma of FIL-2: its series, and the signs of its coefficients for every k at once."""
    k = logistic_blocks.K
    first, second = logistic_blocks.shape_margins(power)
    gaps = logistic_blocks.shape_gap(), logistic_blocks.shape_identity_gap()
    signs = [
        coefficient >= 0
        for margin, offset in ((first, 1), (second, 0))
        for part in sp.fraction(sp.together(margin.subs(k, k + offset)))
        for coefficient in sp.Poly(part, k).all_coeffs()
    ]
    negative = signs.count(False)
    holds = not negative and all(gap == 0 for gap in gaps)
    measured = f"gaps {gaps[0]}, {gaps[1]}; {negative} negative coefficients"
    return Outcome(holds, measured, "gaps 0, 0; 0 negative coefficients")


@evidence("symbolic", "(d) the damped diagonal, free d")
@control("(d) mu left as it is", 0)
def damped_symbolic(shrinks=1):
    """Damping changes nothing but the rate and mu next to u: the damped diagonal less that form."""
    return vanishes(logistic_blocks.damped_gap(shrinks))


@evidence("enclosure", "block 2's relative step, all m <= 1/2, all z")
@control("m up to 1 instead of 1/2", 1)
def falls_enclosed(highest=HALF):
    """Block 2's relative step falls in z: all m in [0, highest], 0 <= z <= 20, and z > 20.

    With p = -1, which is the worst of p >= -1: the slope of its logarithm rises with -p. Beyond
    z = 20, -z times that slope is at least 1 - 7 z e^-z, which rises.
    """
    power = Fraction(-1)
    sides = {
        "near": (fil_balls.log_slope_over_z, (0, 2)),
        "far": (fil_balls.log_slope, (2, 20)),
    }
    found = [
        prove_positive(
            lambda z, m, f=function: -f(z, m, power), [side, (0, highest)], max_boxes=2000
        )
        for function, side in sides.values()
    ]
    tail = 1 - 7 * 20 * (-arb(20)).exp() > 0
    verdicts = ", ".join(f.verdict.value for f in found)
    boxes, depth = sum(f.boxes for f in found), max(f.depth for f in found)
    return Outcome(
        all(f.proved for f in found) and tail,
        f"{verdicts} ({boxes} boxes, depth {depth})",
        "proved, proved",
    )


@evidence("enclosure", "Z_p = 7.98, 5.57, 3.83 and uniqueness")
@control("level 0.501 instead of 1/2", "0.501")
def safe_starts_enclosed(level=HALF):
    """Z_p for three powers: isolated, the only crossing of the level on [0, 8], with six places.

    Beyond 8 the relative step is below 2^(1-p)/z < 1/2, as t < 1.
    """
    one, wrong, boxes = arb(1), [], 0
    for power, digits in SAFE.items():
        claimed = Fraction(digits)

        def above(z, p=power):
            return fil_balls.relative_step(z, one, p) - ball(level, level)

        low, high = fil_balls.crossing(level, power)
        before, after = claimed - Fraction(1, 10), claimed + Fraction(1, 10)
        parts = [
            prove_positive(above, [(0, before)]),
            prove_positive(lambda z, p=power: -fil_balls.log_slope(z, one, p), [(before, after)]),
        ]
        if after < 8:
            parts.append(prove_positive(lambda z: -above(z), [(after, 8)]))
        boxes += sum(part.boxes for part in parts)
        placed = claimed <= low and high <= claimed + Fraction(1, 10**6)
        if not (placed and all(part.proved for part in parts)):
            wrong.append(str(power))
    shown = f"not so for p = {', '.join(wrong)}" if wrong else "as stated for 3 powers"
    return Outcome(not wrong, f"{shown} ({boxes} boxes)", "as stated for 3 powers")


@evidence("enclosure", "best steps over every rate, 4 cases")
@control("one step more: some rate is faster", 1)
@control("one step less: no rate is as fast", -1)
@control("true, but 20 boxes are too few", 0, max_boxes=20)
def best_steps_enclosed(offset=0, **budget):
    """No rate reaches the tolerance in T - 1 steps, and one does in T and stays: T is the best.

    The search in T steps ends with a rate at which both errors are certainly within the tolerance.
    """
    failed, boxes, depth = "", 0, 0
    for curvature, starts, power, best in BEST:
        steps = best + offset
        case = (curvature, power, tuple(map(Fraction, starts)), TOLERANCE)
        lower, beyond = fil_balls.no_rate(*case, steps - 1, **budget)
        upper, _ = fil_balls.no_rate(*case, steps)
        boxes, depth = boxes + lower.boxes, max(depth, lower.depth)
        reached = upper.verdict is Verdict.REFUTED and fil_balls.stays(
            upper.where[0][0], curvature, power, TOLERANCE
        )
        if not (lower.proved and beyond and reached):
            failed = f"{lower.verdict.value}, reached: {reached}"
            break
    shown = failed or f"all {len(BEST)} ({boxes} boxes, depth {depth})"
    return Outcome(not failed, shown, f"all {len(BEST)}")


@evidence("numerical", "200 rates of GN^-1 in the core")
@evidence("numerical", "the same for GN^-1/2", -0.5)
@evidence("numerical", "GD, at the tolerance 1/2", 0.0, 0.5)
@evidence("numerical", "GN^-1 with damping", -2.0)
@evidence("numerical", "Sophia", "Sophia")
@control("1 - 1.8m instead of 1 - 2m", factor=1.8)
@control("GD at 1/2 without rho", 0.0, 0.5, 1.0)
@control("block 1 starts on 0, at the rate made for block 2", first=0.0)
def bound_numerical(power=-1.0, tolerance=0.01, share=None, first=None, factor=2.0):
    """200 constant rates in the core: where block 1 settled, block 2 against its bound.

    `share` is rho, by default the least of Q_p within the tolerance. The power "Sophia" is its
    noise-free form with gamma = 1; -2 stands for GN^-1 with a damping of 0.02.
    """
    curvature, steps = 0.1, 800
    instance = BlockwiseLogistic([1.0, curvature])
    rules = {-2.0: GaussNewton(-1, damping=0.02), 0.0: GradientDescent(), "Sophia": Sophia()}
    exponent = {-2.0: -1.0, "Sophia": -1.0}.get(power, power)
    # With damping the reduced rate is h/(1 + 8 damping/c), c = 1/4.
    stretch = 1 + 8 * 0.02 / 0.25 if power == -2.0 else 1.0
    rates = learning_rates(np.linspace(0.02, 9, 200) * stretch, exponent, 2)
    rng = np.random.default_rng(22)
    steep = rng.uniform(0.1, 3.8, 200) * rng.choice([-1, 1], 200)
    starts = np.stack([steep, rng.uniform(0.5, 8, 200)], axis=-1)
    if first is not None:
        rates = learning_rates(np.array([2 / curvature]), exponent, 2)
        starts = np.array([[first, 1.0]])
    run = descend(
        instance.problem,
        rules.get(power, GaussNewton(exponent)),
        start=instance.start(starts),
        learning_rate=rates,
        steps=steps,
    )
    amplitudes = np.abs(instance.amplitudes(run.parameters))
    settled = (amplitudes[steps // 2 :, :, 0] <= tolerance).all(axis=0)
    if share is None:
        t = np.tanh(tolerance / 2)
        share = min(1.0, 2 * t / tolerance * (1 - t**2 / 2) ** exponent)
    kept = np.log(np.maximum(amplitudes[1:, settled, 1], 1e-300) / starts[settled, 1])
    least = np.log1p(-factor * curvature / share) * np.arange(1, steps + 1)[:, None]
    clear = least > np.log(1e-200)  # beyond that the amplitude leaves the range of float64
    broken = int(((kept < least - 1e-9) & clear).any(axis=0).sum())
    return Outcome(
        settled.any() and not broken, f"{broken} of the settled rates break it", "0, some settled"
    )


CHECKS = {
    "FIL-2": checks_of(
        shape_symbolic,
        damped_symbolic,
        landing.longer_symbolic,
        landing.one_rate_symbolic,
        falls_enclosed,
        safe_starts_enclosed,
        landing.overshoot_enclosed,
        best_steps_enclosed,
        bound_numerical,
        landing.one_rate_numerical,
    )
}
