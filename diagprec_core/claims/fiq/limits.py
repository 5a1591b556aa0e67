"""FIQ-5: full batch, identity basis, the block-wise quadratic: where Adam's advantage ends."""

import math
from fractions import Fraction

import numpy as np
import sympy as sp

from ...derivations import sign as sign_derivations
from ...full_batch.descent import descend
from ...full_batch.settling import settling_time
from ...methods import schedules
from ...methods.adaptive import Adam
from ...problems.instances import Blockwise
from ...problems.quadratic import Quadratic
from ..outcomes import below, vanishes
from ..reference.exact import worst_cases
from ..registry import Outcome, checks_in, control, evidence


@evidence("symbolic", "2-cycle, its multiplier, no other cycle")
@control("eta/2 - 1.1 eps/lambda", 1.1)
def cycle_symbolic(factor=1):
    """Amplitude and multiplier of the 2-cycle, and the factors that exclude any other."""
    eta, eps, lam = sp.symbols("eta epsilon lambda", positive=True)
    x, y, r = sp.symbols("x y r", positive=True)
    amplitude, multiplier = sign_derivations.two_cycle()
    one, two = sign_derivations.other_cycles()
    return vanishes(
        sp.simplify(amplitude - (eta / 2 - sp.nsimplify(factor) * eps / lam)),
        sp.simplify(multiplier - (1 - 4 * eps / (eta * lam)) ** 2),
        sp.expand(one - (x - y) * (x + y - r)),
        sp.expand(two - (x + y) * (x + y - r + 2)),
    )


@evidence("numerical", "last amplitude in the core with eta/2 - eps/lambda")
@control("eta/2 - 1.1 eps/lambda", 1.1)
def cycle_numerical(factor=1.0):
    """The core with eps > 0 on 6 curvatures: last amplitude with max(0, eta/2 - eps/lambda)."""
    curvatures, eta, eps = np.array([0.01, 0.05, 0.15, 0.5, 1.0, 1.9]), 0.2, 0.01
    instance = Blockwise(curvatures)
    run = descend(
        instance.problem,
        Adam(eps=eps),
        start=instance.start(np.full(6, 0.83)),
        learning_rate=eta,
        steps=4000,
    )
    last = np.abs(instance.amplitudes(run.parameters[-1]))
    claimed = np.maximum(0, eta / 2 - factor * eps / curvatures)
    return below(np.abs(last - claimed).max(), 1e-9, "largest difference")


@evidence("numerical", "(b) where it converges: the ratio of sizes, and the border")
@control("(b) ratio |1 - 1.1 eta lambda/eps|", 1.1)
@control("(b) a border of 1.9 eps instead of 2 eps", border=1.9)
def ratio_numerical(factor=1.0, border=2.0):
    """Ratios of sizes in the core after 60 steps, and at eta lambda = 2 eps after 4000: 1/(2 t)."""
    eta, eps = 0.1, 0.05
    curvatures = np.array([0.1, 0.5, 0.9, 1.3, 1.7, border]) * eps / eta
    run = descend(
        Quadratic(np.diag(curvatures)),
        Adam(eps=eps),
        start=np.full(6, 0.011),
        learning_rate=eta,
        steps=4000,
    )
    sizes = np.abs(run.coordinates)
    late = (sizes[:-1, :5] > 1e-12).sum(axis=0) - 1
    ratio = sizes[late + 1, range(5)] / sizes[late, range(5)]
    gap = np.abs(ratio - np.abs(1 - factor * curvatures[:5] * eta / eps)).max()
    # x falls as x (1 - x)/(1 + x), so that 1/x grows by about 2 a step.
    slow = abs(2 * 4000 * sizes[-1, 5] * curvatures[5] / eps - 1)
    found = below(gap, 1e-6, "ratios off by")
    shown = f"{found.measured}; at the border off 1/(2 t) by less than 5%: {slow < 0.05}"
    return Outcome(found.holds and slow < 0.05, shown, f"{found.expected}; True")


@evidence("exact", "halving with eps > 0 in rationals stalls above its bound")
@control("a bound raised by 1%", Fraction(101, 100))
def stall_exact(factor=1):
    """Halving with eps > 0 in rationals, 9 steps: where c stalls, with a eps/(lambda a + eps).

    All later moves together are shorter than 2^-9, so the limit lies between c(9) - 2^-9 and c(9).
    """
    eps, ends = Fraction(1, 10), []
    for curvature in (Fraction(1, 50), Fraction(1, 5), Fraction(1)):
        c = Fraction(1)
        for t in range(9):
            c -= Fraction(1, 2 ** (t + 1)) * curvature * c / (curvature * c + eps)
        ends.append((c - Fraction(1, 2**9), c, factor * eps / (curvature + eps)))
    falling = ends[0][0] > ends[1][1] and ends[1][0] > ends[2][1]
    holds = falling and all(low > bound for low, _, bound in ends)
    shown = ", ".join(f"{float(low):.3f}" for low, _, _ in ends)
    bounds = ", ".join(f"{float(bound):.3f}" for _, _, bound in ends)
    return Outcome(holds, f"limits at least {shown}", f"falling, above {bounds}")


@evidence("exact", "blocks independent, partners coupled, bit by bit")
@control("curvature 1, where partners do not couple", 1.0)
def coupling_exact(curvature=0.1):
    """Bit by bit: another block's start changes nothing, the partner's in the same block does."""
    instance = Blockwise([curvature, 0.6])
    rate = schedules.halving(1.0, 12)

    def first(start):
        run = descend(instance.problem, Adam(), start=start, learning_rate=rate)
        return run.parameters[:, 0]

    base = first([0.9, 0.3, 0.5, -0.2])
    blocks_apart = np.array_equal(base, first([0.9, 0.3, -0.8, 0.7]))
    partner_moves = not np.array_equal(base, first([0.9, -0.95, 0.5, -0.2]))
    shown = f"blocks independent: {blocks_apart}; partners coupled: {partner_moves}"
    return Outcome(blocks_apart and partner_moves, shown, "both True")


@evidence("exact", "worst settling time at 96 constant rates with a/eps - 1")
@control("a/eps rounded down instead of up", math.floor)
def constant_exact(rounding=math.ceil):
    """Constant rates n/4, starts in all of [-24, 24]: least worst settling time with a/eps - 1."""
    radius, horizon, tolerances = 24, 110, (1, 2, 3, 5, 7)
    paths = [worst_cases(radius, [Fraction(n, 4)] * horizon) for n in range(1, 4 * radius + 1)]
    found = []
    for tolerance in tolerances:
        last = [max(t for t, e in enumerate(path) if e > tolerance) for path in paths]
        found.append(min(t + 1 for t in last if t < horizon))
    claimed = [rounding(Fraction(radius, tolerance)) - 1 for tolerance in tolerances]
    return Outcome(found == claimed, f"steps {found}", f"{claimed}")


@evidence("numerical", "constant rates and stalling, in the core")
@control("halving in 6 steps instead of 7", 6)
def limits_numerical(halving_steps=7):
    """The core: steps to a/100 at the best constant rate over the box, and where halving stalls."""
    comb, box = Quadratic(np.eye(2001)), np.linspace(-1, 1, 2001)
    slow = descend(comb, Adam(), start=box, learning_rate=0.01, steps=150)
    fast = descend(comb, Adam(), start=box, learning_rate=schedules.halving(1.0, 12))
    steps = settling_time(slow, 0.01 + 1e-12), settling_time(fast, 0.01)
    curvatures = np.geomspace(0.02, 1.9, 25)
    instance = Blockwise(curvatures)
    run = descend(
        instance.problem,
        Adam(eps=0.01),
        start=instance.start(np.ones(25)),
        learning_rate=schedules.halving(1.0, 60),
    )
    ends = instance.amplitudes(run.parameters[-1])
    stalls = (np.diff(ends) < 0).all() and (ends > 0.01 / (curvatures + 0.01)).all()
    shown = f"{steps[0]:.0f} and {steps[1]:.0f} steps; stalls above the bound: {stalls}"
    holds = steps == (99, halving_steps) and stalls
    return Outcome(holds, shown, f"99 and {halving_steps} steps; True")


CHECKS = {"FIQ-5": checks_in(globals())}
