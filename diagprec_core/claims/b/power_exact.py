"""B-5 in exact arithmetic: statements about every learning rate, by counting roots."""

import itertools

import sympy as sp
from flint import arb

from ..reference.rate_polynomials import positive, risk_polynomial
from ..registry import Outcome, control, evidence

HALF = sp.Rational(1, 2)
# Squares, so that half-integer powers of them are rational.
SPECTRUM = (sp.Integer(1), sp.Rational(1, 4), sp.Rational(1, 9))
ATTAINED = sp.Rational(1, 10**9)  # A bound that is attained is tested with this margin.
HALVES = tuple(HALF * n for n in range(-4, 4))


def source(exponent, total=1):
    """Return shares lambda^(1 + q) of the risk on SPECTRUM, with the given sum."""
    shares = [v ** (1 + exponent) for v in SPECTRUM]
    return [sp.Rational(total) * share / sum(shares) for share in shares]


@evidence("exact", "one step: slopes at -1 and q point inwards, and nothing outside is better")
@control("between -1/2 and q", -HALF)
def one_step_exact(low=-1):
    """One step, 48 cases: signs of d/dp of the best gain at `low` and q, and gains at 13 p outside.

    The slopes are rational combinations of ln 2 and ln 3, whose signs ball arithmetic settles; the
    gains are rational. So a best power lies strictly between, if there is no other outside.
    """
    wrong, count = 0, 0
    logs = (arb(0), -2 * arb(2).log(), -2 * arb(3).log())  # of SPECTRUM
    for q, batch_size, noise in itertools.product(
        (-3 * HALF, -HALF, HALF, sp.Integer(1)), (1, 8, 100), (sp.Rational(1, 100), 1, 100, 10**4)
    ):
        one = _OneStep(source(q), noise, batch_size)
        ends = sorted((sp.Rational(low), q))
        inwards = one.slope(ends[0], logs) > 0 and one.slope(ends[1], logs) < 0
        best = max(one.gain(end) for end in ends)
        outside = [HALF * n for n in range(-8, 9) if not ends[0] <= HALF * n <= ends[1]]
        wrong += not (inwards and all(one.gain(p) < best for p in outside))
        count += 1
    return Outcome(wrong == 0, f"{wrong} of {count} fail", "0")


class _OneStep:
    """The best gain of one step of GN^p: (sum a s)^2/(k sum a s^2 + (1 + sigma^2) sum s^2/B)."""

    def __init__(self, shares, noise, batch_size):
        self.shares, self.batch = shares, batch_size
        self.fed = sp.Rational(1 + noise) / batch_size

    def parts(self, power, weights=(1, 1, 1)):
        """Return sums of a s, and of the denominator's terms, weighted by coordinate."""
        modes = [v ** (1 + power) for v in SPECTRUM]
        more = 1 + sp.Rational(1, self.batch)
        rows = list(zip(self.shares, modes, weights, strict=True))
        push = sum(a * s * w for a, s, w in rows)
        return push, sum((more * a + self.fed) * s**2 * w for a, s, w in rows)

    def gain(self, power):
        """Return the gain, a rational number."""
        push, cost = self.parts(power)
        return push**2 / cost

    def slope(self, power, logs):
        """Return d/dp of the gain over a positive number, a ball: 2 push' cost - push cost'."""
        push, cost = self.parts(power)
        total = arb(0)
        for i, log in enumerate(logs):
            own_push, own_cost = self.parts(power, [int(i == j) for j in range(3)])
            share = 2 * own_push * cost - 2 * push * own_cost
            total += arb(int(share.p)) / int(share.q) * log
        return total


@evidence("exact", "GN^-1 against seven powers, every rate")
@control("batches of 100", 100)
@control("exponent T instead of 2T", exponent=1)
def large_batch_exact(batch_size=4000, exponent=2):
    """Every rate of seven other powers against GN^-1 at B/(B + d + 1), T = 3, by counting roots"""
    steps, noise, d = 3, 1, len(SPECTRUM)
    shares, lost, count = source(HALF), 0, 0
    newton = sp.Rational(d + 1, batch_size + d + 1) ** steps
    newton += sp.Rational(d * noise, batch_size + d + 1)
    for p in HALVES:
        if p == -1:
            continue
        modes = [v ** (1 + p) for v in SPECTRUM]
        ratio = max(modes) / min(modes)
        risk = risk_polynomial(modes, shares, noise, batch_size, steps)
        least = min(shares) * ((ratio - 1) / (ratio + 1)) ** (exponent * steps)
        count += 2
        lost += (not positive(risk - least)) + (not positive(risk - newton))
    return Outcome(lost == 0, f"{lost} of {count} fail at some rate", "0")


@evidence("exact", "bounds on the gain, every rate")
@control("nine tenths of J", sp.Rational(9, 10))
@control("half the rate", rate_share=HALF)
def low_signal_exact(scale=1, rate_share=1):
    """The bounds on the best gain, all rates, rationals: above by counting roots, below at a rate

    `scale` multiplies the claimed T B eps J, and `rate_share` the rate of the lower bound.
    """
    wrong, count = 0, 0
    for steps, batch_size, q in ((1, 3, HALF), (2, 1, -HALF), (3, 2, sp.Integer(0))):
        noise = 40 * steps**2 * batch_size
        shares, small = source(q), sp.Rational(1, noise)
        for p in HALVES:
            modes = [v ** (1 + p) for v in SPECTRUM]
            push = sum(a * s for a, s in zip(shares, modes, strict=True))
            square = sum(s**2 for s in modes)
            claimed = scale * steps * batch_size * small * push**2 / square
            risk = risk_polynomial(modes, shares, noise, batch_size, steps)
            upper = claimed / (1 - 2 * steps**2 * batch_size * small)
            lower = claimed * (1 - (2 * steps * batch_size + 1) * small)
            rate = rate_share * batch_size * small * push / square
            count += 2
            wrong += not positive(risk - 1 + upper)
            wrong += not 1 - risk.eval(rate) >= lower
    return Outcome(wrong == 0, f"{wrong} of {count} bounds fail", "0")


@evidence("exact", "GN^q against seven powers, every rate")
@control("gradient descent for every start", 0)
@control("noise as large as the signal", noise=1)
def low_signal_best_exact(best=None, noise=10**4):
    """GN^q at one rate below every other power at every rate, by counting roots, T = 2, B = 3

    q is each of -1, -1/2, 0, 1/2; `best` takes its place.
    """
    steps, batch_size, lost, count = 2, 3, 0, 0
    for q in (sp.Integer(-1), -HALF, sp.Integer(0), HALF):
        shares, champion = source(q), q if best is None else best
        modes = [v ** (1 + champion) for v in SPECTRUM]
        push = sum(a * s for a, s in zip(shares, modes, strict=True))
        rate = batch_size * push / (noise * sum(s**2 for s in modes))
        risk = risk_polynomial(modes, shares, noise, batch_size, steps).eval(rate)
        for p in HALVES:
            if p != champion:
                modes = [v ** (1 + p) for v in SPECTRUM]
                count += 1
                lost += not positive(
                    risk_polynomial(modes, shares, noise, batch_size, steps) - risk
                )
    return Outcome(lost == 0, f"{lost} of {count} rivals win at some rate", "0")


@evidence("exact", "noise-free bound, every rate")
@control("d + 1 in the bound", 1)
def noise_free_exact(shift=0):
    """Without noise, every rate, rationals: R_T with d min(s) min(m) (1 - 1/(k (1 + v) + d/B))^T

    `shift` is added to the d of d/B. At p = q = -1 the bound is attained.
    """
    wrong, count, d = 0, 0, len(SPECTRUM)
    for steps, batch_size, q in ((1, 1, HALF), (2, 5, -HALF), (4, 2, sp.Integer(-1))):
        shares = source(q)
        for p in HALVES:
            modes = [v ** (1 + p) for v in SPECTRUM]
            moments = [a / s for a, s in zip(shares, modes, strict=True)]
            mean = sum(modes) / d
            spread = sum((s / mean - 1) ** 2 for s in modes) / d
            more = (1 + sp.Rational(1, batch_size)) * (1 + spread)
            base = 1 - 1 / (more + sp.Rational(d + shift, batch_size))
            bound = d * min(modes) * min(moments) * base**steps
            risk = risk_polynomial(modes, shares, 0, batch_size, steps)
            count += 1
            wrong += not positive(risk - bound * (1 - ATTAINED))
    return Outcome(wrong == 0, f"{wrong} of {count} below the bound", "0")


@evidence("exact", "noise-free GN^-1, every rate")
@control("k + (d + 1)/B", 1)
def newton_best_exact(spread=0):
    """Without noise GN^-1 at B/(B + d + 1) attains (1 - 1/(k + d/B))^T R_0, and no rate less"""
    wrong, d = 0, len(SPECTRUM)
    for steps, batch_size in ((1, 1), (3, 4), (5, 2)):
        risk = risk_polynomial([1] * d, source(HALF), 0, batch_size, steps)
        more = 1 + sp.Rational(1 + d, batch_size) + spread
        least = (1 - 1 / more) ** steps
        wrong += risk.eval(sp.Rational(batch_size, batch_size + d + 1)) != least
        wrong += not positive(risk - least * (1 - ATTAINED))
    return Outcome(wrong == 0, f"{wrong} of 6 wrong", "0")
