"""FEQ-5: full batch, eigenbasis, quadratic: Adam with a long memory beats a bit a step."""

from fractions import Fraction

import numpy as np
import sympy as sp

from ...full_batch.descent import descend
from ...methods import schedules
from ...methods.adaptive import Adam
from ...numerics.enclosures import ball, prove_positive
from ...problems.quadratic import Quadratic
from ..outcomes import vanishes
from ..registry import Outcome, checks_in, control, evidence

FIRST, LATER, SHARE = Fraction(7, 10), Fraction(17, 25), Fraction(3, 8)


@evidence("symbolic", "two steps of EMA Adam at beta2 = 1, free curvature and rates")
@control("without bias correction", corrected=False)
def limit_symbolic(corrected=True):
    """EMA Adam's iterates, beta1 = 0, beta2 = 1, less phi (1 - c_t/S_t), c_t = eta_t sqrt(t+1)."""
    phi, lam = sp.symbols("phi lambda", positive=True)
    beta, rates = sp.Symbol("beta", positive=True), sp.symbols("eta0:2", positive=True)
    adam = claimed = phi
    squares, gaps, total = sp.Integer(0), [], sp.Integer(0)
    for t, rate in enumerate(rates):
        # (1 - beta) sum_s beta^(t-s) g_s^2 over 1 - beta^(t+1): the factor 1 - beta cancels.
        squares = beta * squares + (lam * adam) ** 2
        weight = sum(beta**s for s in range(t + 1)) if corrected else 1
        mean = (squares / weight).subs(beta, 1)
        adam = sp.simplify(adam - rate * lam * adam / sp.sqrt(mean))
        total = total + claimed**2
        claimed = sp.simplify(claimed * (1 - rate * sp.sqrt(t + 1) / sp.sqrt(total)))
        gaps.append(sp.simplify(adam - claimed))
    return vanishes(*gaps)


@evidence("exact", "the two inequalities of the proof, in fractions")
@control("c_t = 0.7 a throughout", Fraction(7, 10))
@control("a share of 0.35 a step", share=Fraction(7, 20))
def bounds_exact(later=LATER, share=SHARE):
    """c/S - 1 and 1 - c/S below the share, at the least and the largest S^2 of the proof.

    S^2 >= u^2 + (u - c_0)^2 >= c_0^2/2, and S^2 <= u^2 + (u - c_0)^2/(1 - share^2), which is convex
    in u, so largest at u = 0 or 1. Squared: c^2 < (1 + share)^2 S^2 and (1 - share)^2 S^2 < c^2.
    """
    least = FIRST**2 / 2
    most = max(1 + (1 - FIRST) ** 2 / (1 - share**2), FIRST**2 / (1 - share**2))
    holds = later**2 < (1 + share) ** 2 * least and (1 - share) ** 2 * most < later**2
    square = all(
        u**2 + (u - FIRST) ** 2 - least == 2 * (u - FIRST / 2) ** 2
        for u in (Fraction(n, 7) for n in range(-7, 8))
    )
    return Outcome(holds and square, f"inequalities {holds}, square {square}", "both True")


@evidence("enclosure", "every start, |phi_t| after 1 to 8 steps")
@control("below a 2^-t from t = 1 on instead of 2", 1)
def starts_enclosed(first=2, steps=8):
    """For all starts u in [0, 1]: ``|phi_t| <= 0.7 (3/8)^(t-1)``, below 2^-t from t = `first` on.

    At t = 1 the former is ``|u - 0.7| <= 0.7``, an equality at 0, and needs no search.
    """

    def margins(u):
        phi = u - ball(FIRST, FIRST)
        total, found = u * u, []
        for t in range(1, steps + 1):
            limits = [FIRST * SHARE ** (t - 1)] * (t > 1) + [Fraction(1, 2**t)] * (t >= first)
            found += [ball(limit, limit) - abs(phi) for limit in limits]
            total = total + phi * phi
            phi = phi * (1 - ball(LATER, LATER) / total.sqrt())
        return found

    worst, boxes = "proved", 0
    for index in range(2 * steps - first):
        found = prove_positive(lambda u, i=index: margins(u)[i], [(0, 1)])
        boxes += found.boxes
        if not found.proved:
            worst = found.verdict.value
            break
    return Outcome(worst == "proved", f"{worst}, {boxes} boxes", "proved")


@evidence("numerical", "EMA Adam in the core, beta2 = 1 - 10^-9, 801 starts and 9 curvatures")
@control("no memory, beta2 = 0", 0.0)
@control("halving rates", halving=True)
def core_numerical(beta2=1 - 1e-9, halving=False, steps=14):
    """EMA Adam at rates c_t/sqrt(t + 1): at most 0.7 (3/8)^(t-1), below 2^-t from t = 2 on."""
    starts = np.linspace(-1, 1, 801)
    curvatures = np.geomspace(1e-3, 1.9, 9)
    rates = np.full(steps, float(LATER))
    rates[0] = float(FIRST)
    rates /= np.sqrt(np.arange(1, steps + 1))
    rule = schedules.halving(1.0, steps) if halving else schedules.Schedule(rates)
    t, broken = np.arange(1, steps + 1), 0
    for curvature in curvatures:
        problem = Quadratic(np.diag(np.full(801, curvature)))
        run = descend(problem, Adam(0.0, beta2), start=starts, learning_rate=rule)
        size = np.abs(run.coordinates[1:]).max(axis=1)
        broken += bool((size > 0.7 * 0.375 ** (t - 1) * (1 + 1e-6)).any())
        broken += bool((size[1:] >= 0.5 ** t[1:]).any())
    return Outcome(broken == 0, f"{broken} of 18 broken", "0 of 18 broken")


CHECKS = {"FEQ-5": checks_in(globals())}
