"""FIL-2 (c): from which starts, and at which rates, a run of block 1 lands on 0."""

from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from ...derivations import logistic_blocks
from ...full_batch.descent import descend
from ...methods.preconditioners import GaussNewton
from ...numerics.enclosures import prove_positive
from ...problems.logistic_instances import BlockwiseLogistic
from ..outcomes import vanishes
from ..registry import Outcome, control, evidence
from . import balls
from .maps import learning_rates

HALF = Fraction(1, 2)


@evidence("symbolic", "(c) a longer way, a longer step, every p <= 1/2")
@control("(c) p up to 1", 1)
def longer_symbolic(highest=HALF):
    """The slope of block 1's step length less 1 - t^2, with p = highest - q, q >= 0 free: >= 0?"""
    q = sp.Symbol("q", nonnegative=True)
    slope = logistic_blocks.step_slope().subs(logistic_blocks.P, sp.nsimplify(highest) - q)
    margin = sp.expand(slope - 1 + logistic_blocks.T**2)
    coefficients = sp.Poly(margin, logistic_blocks.T).all_coeffs()
    open_ = [str(c) for c in coefficients if not c.is_nonnegative]
    return Outcome(not open_, f"not proved >= 0: {', '.join(open_) or 'none'}", "none")


@evidence("enclosure", "(c) past 0 once, past 0 again: all starts and rates")
@control("(c) rates from 1.9 on, below the threshold", Fraction(19, 10))
def overshoot_enclosed(lowest=balls.HIGHEST):
    """If a step from x in (0, Z_p] goes past 0 to -y, the step from y does too, for 4.1 <= h <= 12.

    A(x)/x is half of Q_p(x); the claim is h Q_p(y) > 2 with y = h A(x) - x > 0. Below x = 1/10 the
    relative step is within a hundredth of 1, so y is at most 5 x and h Q_p(y) still above 4.
    """
    verdicts, boxes = [], 0
    for power in (Fraction(-1), -HALF, Fraction(0)):
        end = balls.crossing(HALF, power)[0] - Fraction(1, 50)

        def again(x, h, p=power):
            y = h * balls.step(x, arb(1), p)[0] - x
            return h * balls.relative_step(abs(y), arb(1), p) - 2

        found = prove_positive(again, [(Fraction(1, 10), end), (lowest, 12)], max_boxes=20_000)
        verdicts, boxes = [*verdicts, found.verdict.value], boxes + found.boxes
    holds = verdicts == ["proved"] * 3
    return Outcome(holds, f"{', '.join(verdicts)} ({boxes} boxes)", "proved, proved, proved")


@evidence("symbolic", "(c) which rates land in one step")
@control("(c) 1/Q instead of 2/Q", 1)
def one_rate_symbolic(double=2):
    """The rates at which a step of block 1 from z lands on 0: exactly one, 2/Q_p(z), for free p."""
    z, h = sp.Symbol("z", positive=True), sp.Symbol("h", positive=True)
    p, t = logistic_blocks.P, sp.tanh(z / 2)
    length = t * (1 - t**2 / 2) ** p
    roots = sp.solve(z - h * length, h)
    share = t / (z / 2) * (1 - t**2 / 2) ** p
    return vanishes(sp.Integer(len(roots) - 1), sp.simplify(roots[0] * share / double - 1))


@evidence("numerical", "(c) the core at that rate and beside it")
@control("(c) the rate 1% too small", 0.99)
def one_rate_numerical(factor=1.0):
    """From 0.1 beyond Z_p the rate 2/Q_p lands in the core, within 10^-12; 10^-6 beside it not."""
    block, wrong = BlockwiseLogistic([1.0]), 0
    for power in (-1.0, -0.5, 0.0):
        start = float(balls.crossing(HALF, Fraction(power))[1]) + 0.1
        t = np.tanh(start / 2)
        rate = start / (t * (1 - t**2 / 2) ** power) * factor
        run = descend(
            block.problem,
            GaussNewton(power),
            start=block.start([start]),
            learning_rate=learning_rates(rate * np.array([1 - 1e-6, 1.0, 1 + 1e-6]), power, 1),
            steps=1,
        )
        below, at, above = np.abs(block.amplitudes(run.parameters[-1])[:, 0])
        wrong += not (rate > 4 and at < 1e-12 < 1e-7 < min(below, above))
    return Outcome(wrong == 0, f"{wrong} of 3 powers differ", "0")
