"""FEL-4 and FEL-5: full batch, eigenbasis, logistic: Adam and Sophia's clip."""

import itertools
import math
from fractions import Fraction

import numpy as np
import sympy as sp

from ...derivations import logistic_maps as derivation
from ...full_batch.descent import descend
from ...full_batch.logistic_bounds import largest_shrink, least_steps
from ...full_batch.logistic_certificates import certified_steps
from ...full_batch.logistic_cures import CLIPPED, CUBIC, sophia_steps
from ...full_batch.settling import settling_time
from ...methods import schedules
from ...methods.adaptive import Adam, Sophia
from ...methods.preconditioners import GaussNewton
from ...numerics.enclosures import ball, mean_value, prove_positive
from ...problems.logistic_instances import SkewedLogistic
from ..outcomes import below, vanishes
from ..reference import exact
from ..registry import Outcome, checks_of, control, evidence


@evidence("exact", "worst start of the box in rationals, A 2^-T")
@control("share 0.45 of the radius", Fraction(9, 20))
def halving_exact(share=Fraction(1, 2)):
    """The worst start in [-8, 8] under rates that halve, in rationals: 8 times 2^-T."""
    rates = [8 * share * (1 - share) ** t for t in range(13)]
    worst = exact.worst_cases(Fraction(8), rates)
    holds = all(w == Fraction(8, 2**t) for t, w in enumerate(worst))
    return Outcome(holds, f"{float(worst[-1]):.6f} after 13 steps", f"{8 * 2**-13:.6f}")


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


@evidence("exact", "constant rates n/997 to 9 in rationals, bounds")
@control("rates that divide both starts", 8)
def constant_exact(denominator=997):
    """Constant rates n/997 from (8, 1) to eps = 1/20, in rationals: none below (A - eps)/(2 eps).

    997 is prime, so that no rate divides both starts; with a denominator of 8 some do.
    """
    eps, starts = Fraction(1, 20), (Fraction(8), Fraction(1))
    times = {}
    for n in range(1, 9 * denominator + 1):
        rate = Fraction(n, denominator)
        if n % 41 and denominator > 100 and rate > 3 * eps:
            continue  # beyond 2 eps every 41st rate is enough for a sample
        times[rate] = max(_settle(start, rate, eps) for start in starts)
    least, promised = (8 - eps) / (2 * eps), math.ceil(8 / eps) - 1
    at_eps = max(_settle(start, eps, eps) for start in starts)
    holds = min(times.values()) >= least and at_eps <= promised
    shown = f"least {float(min(times.values())):.0f} steps; {at_eps} at the rate eps"
    return Outcome(holds, shown, f"at least {float(least):.1f}; at most {promised}")


def _settle(start, rate, eps, horizon=400):
    """Return the settling time of sign descent in rationals, inf if it is not seen."""
    path = exact.sign_descent(start, [rate] * horizon)
    outside = [t for t, e in enumerate(path) if abs(e) > eps]
    last = outside[-1] if outside else -1
    return math.inf if last >= horizon - 2 else last + 1


@evidence("symbolic", "series of (sinh z - z)/z^3; its value at asinh 1")
@control("1/6 instead of the constant", "1/6")
def clip_symbolic(constant=None):
    """(sinh z - z)/z^3 begins as the sum of z^(2n)/(2n+3)!, and is the constant at asinh 1."""
    z, edge = derivation.Z, sp.log(1 + sp.sqrt(2))
    ratio = sp.series((sp.sinh(z) - z) / z**3, z, 0, 8).removeO()
    series = sum(z ** (2 * k) / sp.factorial(2 * k + 3) for k in range(4))
    k = derivation.clip_constant() if constant is None else sp.Rational(constant)
    at_edge = sp.radsimp(sp.sinh(edge).rewrite(sp.exp)) - edge - k * sp.asinh(1) ** 3
    return vanishes(sp.expand(ratio - series), sp.simplify(at_edge.rewrite(sp.log)))


@evidence("enclosure", "z^3/5 for every z in [1/8, asinh 1]")
@control("17/100 instead of 1/5", "17/100")
def clip_enclosure(constant="1/5"):
    """For every z in [1/8, asinh 1]: z^3/5 exceeds sinh z - z, the size after a step."""
    k = ball(Fraction(constant), Fraction(constant))

    def margin(z):
        slope = 3 * k * z**2 + 1 - z.cosh()
        return mean_value(lambda x: k * x**3 + x - x.sinh(), [slope], [z])

    found = prove_positive(margin, [("1/8", math.nextafter(math.asinh(1), 1))])
    return Outcome(found.proved, f"{found.verdict.value}, {found.boxes} boxes", "proved")


@evidence("numerical", "101 starts, 5 radii, 3 tolerances")
@control("gamma = 1/2", 0.5)
def sophia_numerical(gamma=1.0):
    """The core's Sophia on 101 starts in [-A, A], skewed by 1000: the bound, and that it is met."""
    late, gap = [], 0
    # Radii of asinh 1 and n more: after n steps the outermost start is where the cubic part begins.
    for units, eps in itertools.product((0, 2, 8, 30, 699), (1e-2, 1e-6, 1e-12)):
        far = units + CLIPPED
        starts = np.linspace(-far, far, 101)
        instance = SkewedLogistic(_skewed(101))
        bound = sophia_steps(far, eps)
        run = descend(
            instance.problem,
            Sophia(gamma),
            start=instance.start(starts),
            learning_rate=1.0,
            steps=bound + 5,
        )
        taken = settling_time(run, eps)
        late += [far] * bool(taken > bound)
        gap = max(gap, bound - taken)
    shown = f"{len(late)} of 15 later than the bound, which is at most {gap:.0f} above"
    return Outcome(not late and gap <= 1, shown, "0 of 15, at most 1 above")


@evidence("numerical", "best constant, one step of the core")
@control("a constant 10% smaller", 0.9)
def constant_numerical(factor=1.0):
    """One step of the core's Sophia from 2001 logits up to asinh 1: the largest ``|z+|/|z|^3``."""
    starts = np.linspace(0.2, CLIPPED, 2001)
    run = descend(
        SkewedLogistic([1.0]).problem,
        Sophia(),
        start=starts[:, None],
        learning_rate=np.ones(2001),
        steps=1,
    )
    largest = (np.abs(run.parameters[-1, :, 0]) / starts**3).max()
    return below(abs(largest / (factor * CUBIC) - 1), 1e-9, "relative difference to c")


@evidence("numerical", "GN^-1 at the rate 1 within asinh 1")
@control("GN^-1/2 instead of GN^-1", -0.5)
def newton_end_numerical(power=-1.0):
    """Within asinh 1 Sophia is GN^-1 at the rate 1: their paths from there agree."""
    instance = SkewedLogistic(_skewed(4))
    options = {"start": instance.start([0.88, -0.5, 0.3, 0.1]), "learning_rate": 1.0, "steps": 4}
    clipped = descend(instance.problem, Sophia(), **options)
    newton = descend(instance.problem, GaussNewton(power), **options)
    return below(np.abs(clipped.parameters - newton.parameters).max(), 1e-12, "difference")


def _skewed(count):
    """Return probabilities from 1 to 1000 in ratio."""
    weights = np.geomspace(1, 1000, count)
    return weights / weights.sum()


CHECKS = {
    "FEL-4": checks_of(
        halving_exact, threshold_symbolic, all_rivals_numerical, threshold_numerical, constant_exact
    ),
    "FEL-5": checks_of(
        clip_symbolic, clip_enclosure, sophia_numerical, newton_end_numerical, constant_numerical
    ),
}
