"""FEL-5: full batch, eigenbasis, logistic: Sophia's clip."""

import itertools
import math
from fractions import Fraction

import numpy as np
import sympy as sp

from ...derivations import logistic_maps as derivation
from ...full_batch.descent import descend
from ...full_batch.logistic_cures import CLIPPED, CUBIC, sophia_steps
from ...full_batch.settling import settling_time
from ...methods.adaptive import Sophia
from ...methods.preconditioners import GaussNewton
from ...numerics.enclosures import ball, mean_value, prove_positive
from ...problems.logistic_instances import SkewedLogistic
from ..outcomes import below, vanishes
from ..registry import Outcome, checks_in, control, evidence


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


CHECKS = {"FEL-5": checks_in(globals())}
