"""B-9 (a), (c): GN^-1 has one best rate, and loses under schedules as well."""

import numpy as np
import sympy as sp

from ..outcomes import vanishes
from ..reference.rate_polynomials import RATE, risk_polynomial
from ..registry import Outcome, control, evidence


@evidence("exact", "(a) one best rate, at most 1/(k + d/B), 36 settings, by counting roots")
@control("(a) d + 1 in the place of d", 1)
@control("(a) rates below 9/10 of the end only", share=sp.Rational(9, 10))
def rate_exact(more=0, share=1):
    """dR_T/dx of GN^-1 has one root above 0, at most 1/(k + d/B), and there it is without noise"""
    wrong, count = 0, 0
    for d, batch, steps in ((2, 1, 1), (3, 1, 2), (2, 4, 3), (5, 2, 4), (4, 16, 5), (8, 1, 6)):
        end = share / (1 + sp.Rational(1 + d + more, batch))
        for noise in (0, sp.Rational(1, 100), sp.Rational(1, 3), 1, 10, 1000):
            risk = risk_polynomial([1] * d, [1] + [0] * (d - 1), noise, batch, steps)
            slope = risk.diff(RATE)
            roots = slope.count_roots(0) - (slope.eval(0) == 0), slope.count_roots(0, end)
            at_end = slope.eval(end) == 0
            wrong += not (roots == (1, 1) and at_end == (noise == 0))
            count += 1
    return Outcome(wrong == 0, f"{wrong} of {count} wrong", f"0 of {count} wrong")


@evidence("symbolic", "(c) dR_T/dp at p = -1 with one free rate a step, d = 2, 3")
@control("(c) the first step's factor in every step", frozen=True)
def slope_symbolic(frozen=False):
    """The recurrence with x_ti = x_t lambda_i^e, differentiated at e = 0, less the claim of (c).

    And less a change of all rates by one factor.
    """
    e, batch, noise = sp.symbols("e B sigma2", positive=True)
    more, gaps = 1 + 1 / batch, []
    for d, steps in ((2, 1), (2, 2), (3, 2), (2, 3)):
        rates = sp.symbols(f"x1:{steps + 1}", positive=True)
        shares = start = sp.symbols(f"a1:{d + 1}", positive=True)
        logs = sp.symbols(f"l1:{d + 1}", real=True)
        scale = sp.Symbol("c")
        for rate in rates:
            moves = [scale * rate * (1 + e * log) for log in logs]
            total = sum(shares) + noise
            shares = [
                r * (1 - 2 * y + more * y**2) + y**2 / batch * total
                for r, y in zip(shares, moves, strict=True)
            ]
        risk, mean = sum(shares), sum(logs) / sp.Integer(d)
        found = sp.diff(risk, e).subs({e: 0, scale: 1})
        found -= mean * sp.diff(risk.subs(e, 0), scale).subs(scale, 1)
        lean = sum((a - sum(start) / sp.Integer(d)) * g for a, g in zip(start, logs, strict=True))
        decays = [1 - 2 * x + more * x**2 for x in rates]
        growths = [q + d * x**2 / batch for q, x in zip(decays, rates, strict=True)]
        factors = [x * (1 - more * x) for x in (rates[:1] * steps if frozen else rates)]
        series = sum(
            factors[t] * sp.prod(growths[t + 1 :]) * sp.prod(decays[:t]) for t in range(steps)
        )
        gaps.append(sp.expand(found + 2 * series * lean))
    return vanishes(*gaps)


def scheduled(spectrum, shares, *, rates, power, batch):
    """Return R_T under GN^p with rates x_t in units of the geometric mean of its modes, sigma 1."""
    modes = (spectrum / np.exp(np.log(spectrum).mean())) ** (1 + power)
    more = 1 + 1 / batch
    for x in rates:
        moves, total = x * modes, shares.sum() + 1
        shares = shares * (1 - 2 * moves + more * moves**2) + moves**2 / batch * total
    return shares.sum()


@evidence("numerical", "(c) a power near -1 below GN^-1's best schedule, 200 problems")
@control("(c) a power on the other side of -1", -1)
def schedule_numerical(side=1):
    """GN^-1 at the best rate of each step, GN^p with p + 1 = side 10^-4 sign(1 + q) at its rates

    Starts have E delta_i^2 proportional to lambda_i^q, q from -3 to 2.
    """
    lost = 0
    for seed in range(200):
        rng = np.random.default_rng(3000 + seed)
        spectrum = 10 ** rng.uniform(-2, 0, int(rng.integers(2, 9)))
        q = rng.uniform(0.05, 3) * (-1) ** seed - 1
        shares = spectrum ** (1 + q)
        shares *= 10 ** rng.uniform(-2, 2) / shares.sum()
        batch, steps, d = int(2 ** rng.integers(0, 8)), int(rng.integers(1, 40)), len(spectrum)
        level, rates = shares.sum(), []
        for _ in range(steps):
            x = level / ((1 + (1 + d) / batch) * level + d / batch)
            rates.append(x)
            level = level * (1 - 2 * x + (1 + (1 + d) / batch) * x**2) + d * x**2 / batch
        power = -1 + side * 1e-4 * np.sign(1 + q)
        lost += not scheduled(spectrum, shares, rates=rates, power=power, batch=batch) < level
    return Outcome(lost == 0, f"not better in {lost} of 200", "0 of 200")
