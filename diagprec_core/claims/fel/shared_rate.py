"""FEL-8: full batch, eigenbasis, logistic: one rate made from GN^-1's own step is a cure."""

import itertools

import numpy as np
import sympy as sp
from flint import arb, ctx

from ...full_batch.descent import descend
from ...full_batch.logistic_cures import warmup_steps
from ...methods.preconditioners import GaussNewton
from ...methods.schedules import cosh_warmup
from ...problems.logistic_instances import SkewedLogistic
from ..outcomes import vanishes
from ..registry import Outcome, checks_in, control, evidence


@evidence("symbolic", "the rate from the step's own size, and what the largest logit keeps")
@control("(1 + |d|)^(-1/2) instead of (1 + |d|^2)^(-1/2)", 1)
def rate_symbolic(power=2):
    """Squares of (1 + sinh^2 a)^(-1/2) and of its step sinh a: those of 1/cosh a and tanh a."""
    a = sp.Symbol("a", positive=True)
    square = 1 / (1 + sp.sinh(a) ** power)
    gaps = square * sp.cosh(a) ** 2 - 1, square * sp.sinh(a) ** 2 - sp.tanh(a) ** 2
    return vanishes(*[sp.simplify(gap.rewrite(sp.exp)) for gap in gaps])


@evidence("symbolic", "smaller logits: the map rises up to the largest, as a product")
@control("the sum of the two instead of their difference", -1)
def smaller_symbolic(sign=1):
    """The slope of z - sinh z/cosh a, times cosh a, less 2 sinh((a + z)/2) sinh((a - z)/2): 0?

    The product is not negative for 0 <= z <= a, so a smaller logit ends between 0 and a - tanh a.
    """
    a, z = sp.symbols("a z", positive=True)
    slope = sp.diff(z - sp.sinh(z) / sp.cosh(a), z) * sp.cosh(a)
    product = 2 * sp.sinh((a + z) / 2) * sp.sinh((a - sign * z) / 2)
    return vanishes(sp.simplify(sp.expand((slope - product).rewrite(sp.exp))))


@evidence("enclosure", "three logits in balls of 400 bits, the radius that growing rates have")
@control("a radius of alpha - alpha^3/3", cubic=True)
def path_enclosed(cubic=False):
    """From (9, -5, 1/3): the largest logit is alpha_t, to 80 digits, for 12 steps."""
    with ctx.workprec(400):
        logits, radius, off = [arb(9), arb(-5), arb(1) / 3], arb(9), 0
        for _ in range(12):
            steps = [z.sinh() for z in logits]
            largest = max(steps, key=lambda s: float(abs(s).mid()))
            rate = 1 / (1 + largest * largest).sqrt()
            logits = [z - rate * s for z, s in zip(logits, steps, strict=True)]
            radius = radius - (radius**3 / 3 if cubic else radius.tanh())
            top = max((abs(z) for z in logits), key=lambda z: float(z.mid()))
            off += not abs(top - radius) < arb("1e-80")
    return Outcome(off == 0, f"off at {off} of 12 steps", "off at 0 of 12 steps")


@evidence("numerical", "100 random starts in the core, d up to 7, radii up to 25")
@control("half of the logits' direction unseen", unseen=True)
@control("a radius 10% smaller", 0.9)
def core_numerical(factor=1.0, unseen=False):
    """GN^-1 in the core with the rates (1 + max_i d_i^2)^(-1/2): largest logit at most alpha_t."""
    rng, broken = np.random.default_rng(127), 0
    for _ in range(100):
        d, far = int(rng.integers(1, 8)), float(rng.uniform(0.3, 25))
        weights = rng.dirichlet(np.ones(d))
        instance, radius = SkewedLogistic(weights), far
        logits = rng.uniform(-far, far, d)
        logits[rng.integers(d)] = far
        for _ in range(int(far / 0.76) + 4):
            problem, start = instance.problem, instance.start(logits)
            full = descend(problem, GaussNewton(-1), start=start, learning_rate=1.0, steps=1)
            direction = logits - instance.logits(full.parameters[-1])
            seen = direction[: (d + 1) // 2] if unseen else direction
            rate = 1 / np.hypot(1, np.abs(seen).max())
            logits = logits - rate * direction
            radius -= np.tanh(radius)
            broken += np.abs(logits).max() > factor * radius * (1 + 1e-9) + 1e-12
            if not np.abs(logits).max() < 700:
                break
    return Outcome(broken == 0, f"{broken} steps break it", "0 steps break it")


@evidence("numerical", "as many steps as rates that are told the radius")
@control("one step fewer", 1)
def steps_numerical(fewer=0):
    """From (A, b) the rule's steps to eps, never told A, with FEL-6's formula for growing rates."""
    wrong = 0
    for far, eps in itertools.product((1.0, 8.0, 30.0), (1e-3, 1e-8)):
        told = cosh_warmup(far, 60).rates
        logits, steps = np.array([far, 0.3]), 0
        while np.abs(logits).max() > eps:
            direction = np.sinh(logits)
            rate = 1 / np.hypot(1, np.abs(direction).max())
            wrong += abs(rate / told[steps] - 1) > 1e-9 * steps + 1e-12
            logits, steps = logits - rate * direction, steps + 1
        wrong += steps + fewer != warmup_steps(far, eps)
    return Outcome(wrong == 0, f"{wrong} differ", "0 differ")


CHECKS = {"FEL-8": checks_in(globals())}
