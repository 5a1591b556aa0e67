"""FEL-7: full batch, eigenbasis, logistic: FEL-2 and FEL-3 for every negative power."""

import math
from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from ...derivations import logistic_maps as derivation
from ...full_batch.descent import descend
from ...full_batch.logistic_bounds import step_function
from ...full_batch.settling import settling_time
from ...methods.preconditioners import GaussNewton
from ...numerics.enclosures import ball, isolate_root, prove_positive
from ...problems.logistic_instances import SkewedLogistic
from ..registry import Outcome, checks_in, control, evidence

# z_p to two decimals, rounded up.
TURNS = {Fraction(-3, 10): "1.84", Fraction(-1, 5): "4.65", Fraction(-1, 10): "10.00"}


def turn(power):
    """Return z_p, where f_p(z)/z stops falling, as a float; 0 for p <= -1/3."""
    if power <= -1 / 3:
        return 0.0
    low, high = 1e-3, 4 / abs(power)
    for _ in range(80):
        z = (low + high) / 2
        small = math.exp(-z)
        value = z * small - (1 - small**2) / 2 - power * z * ((1 + small**2) / 2 - small)
        low, high = (z, high) if value < 0 else (low, z)
    return high


@evidence("symbolic", "coefficients of the series: one change of sign, free p in (-1/3, 0)")
@control("p < -1/3, where none is negative", -1)
@control("p > 0, where none is positive", ahead=-1)
def signs_symbolic(beyond=1, ahead=1):
    """The coefficient of z^(2n+1), times (2n+1)!: negative at n = 1, and rising in a line.

    At p = -1/(3 + s), s > 0, that is for every p in (-1/3, 0); so it changes its sign once, and by
    Descartes' rule the series has one positive zero. `beyond` = -1 takes p = -(1 + s)/3 instead.
    """
    s = sp.Symbol("s", positive=True)
    p = ahead * (-1 / (3 + s) if beyond == 1 else -(1 + s) / 3)
    series = derivation.growth_series(p) * sp.factorial(2 * derivation.N + 1)
    line = sp.simplify(series)
    first, slope = (sp.simplify(f) for f in (line.subs(derivation.N, 1), line.diff(derivation.N)))
    straight = sp.simplify(slope.diff(derivation.N)) == 0
    shown = f"negative at n = 1: {first.is_negative}, rising in a line: "
    rising = straight and slope.is_positive
    return Outcome(
        first.is_negative and rising,
        f"{shown}{rising}",
        "negative at n = 1: True, rising in a line: True",
    )


@evidence("enclosure", "z_p for p = -0.3, -0.2, -0.1, and the signs on either side")
@control("z_p 1% lower", Fraction(99, 100))
def turns_enclosed(factor=1):
    """For three powers: z - sinh z - p z (cosh z - 1) below 0 up to z_p, above it up to 60."""
    wrong, boxes = [], 0
    for power, digits in TURNS.items():
        p = ball(power, power)

        def growth(z, p=p):
            small = (-z).exp()  # times e^-z, so that nothing is large far out
            return z * small - (1 - small**2) / 2 - p * z * ((1 + small**2) / 2 - small)

        low, high = isolate_root(growth, Fraction(1), 60)
        low, high = low * factor, high * factor
        gap = Fraction(1, 200)
        parts = [
            prove_positive(lambda z, g=growth: -g(z), [("1/4", low - gap)], max_boxes=20_000),
            prove_positive(growth, [(high + gap, 60)], max_boxes=20_000),
        ]
        boxes += sum(part.boxes for part in parts)
        placed = Fraction(digits) - Fraction(1, 100) < low and high <= Fraction(digits)
        wrong += [str(power)] * (not (placed and all(part.proved for part in parts)))
    shown = f"not so for p = {', '.join(wrong)}" if wrong else "as stated for 3 powers"
    return Outcome(not wrong, f"{shown}", "as stated for 3 powers")


def bound(power, far, near, odds, tolerance, inner=True):
    """Return FEL-7's bound on the steps, or 0 where r >= 1 claims nothing."""
    at_near = step_function(power, near) / near
    largest = max(4.0 ** -(1 + power), at_near) if inner else at_near
    r = odds ** (1 + power) * 2 * far / step_function(power, far) * largest
    return math.log(near / tolerance) / -math.log1p(-r) if r < 1 else 0.0


@evidence("enclosure", "every rate up to the cap on 3 instances, from one run in balls")
@control("f_p(b)/b alone, without its value at 0", inner=False)
@control("a bound a fifth higher", factor=1.2)
def rates_enclosed(inner=True, factor=1.0):
    """The near logit is above eps one step before the bound at the cap, so at every rate below.

    With w the cap times k^(1+p), w f_p' < 1 in a ball over [0, b]: the map does not decrease, and
    it falls with the rate, so that the run at the cap is the lowest.
    """
    held = 0
    for case in ((-0.3, 3, 1.5, 0.01, 1e-3), (-0.2, 6, 4, 0.01, 1e-2), (-0.1, 12, 8, 0.01, 0.1)):
        p, far, near, odds, tolerance = case
        power, bend = arb(p), ball(0, near) / 2
        cap = 2 * far / _value(power, arb(far)) * arb(odds) ** (1 + power)
        grows = (2 * bend.cosh()) ** (-2 * power) / 4 * (1 - (1 + 2 * power) * bend.tanh() ** 2)
        z = arb(near)
        for _ in range(math.ceil(factor * bound(*case, inner)) - 1):
            z -= cap * _value(power, z)
        held += bool(cap * grows < 1 and z > tolerance)
    return Outcome(held == 3, f"{held} of 3 hold", "3 of 3 hold")


def _value(power, z):
    """Return f_p(z) as a ball."""
    return (z / 2).tanh() / 2 * (2 * (z / 2).cosh()) ** (-2 * power)


@evidence("numerical", "50 instances, 240 rates each, in the core")
@control("a bound a fifth higher", factor=1.2)
def rates_numerical(factor=1.0):
    """The least settling time of 240 constant rates, -1/3 < p < 0, A >= z_p: below the bound?"""
    rng, broken, tried = np.random.default_rng(128), 0, 0
    while tried < 50:
        power = rng.uniform(-0.32, -0.12)
        edge = turn(power)
        far = edge * rng.uniform(1.0, 1.6)
        near, odds = rng.uniform(0.3, 0.95) * min(far, edge), 10 ** rng.uniform(-3, -1)
        tolerance = near / 40
        least = factor * bound(power, far, near, odds, tolerance)
        if not 2 < least < 600:
            continue
        tried += 1
        probabilities = np.array([1.0, odds]) / (1 + odds)
        cap = 2 * far / step_function(power, far) / probabilities[0] ** (1 + power)
        shares = np.concatenate([np.linspace(0.05, 1, 200), np.linspace(1, 3, 40)])
        instance = SkewedLogistic(probabilities)
        run = descend(
            instance.problem,
            GaussNewton(power),
            start=instance.start([far, near]),
            learning_rate=cap * shares,
            steps=int(least) + 3,
        )
        broken += settling_time(run, tolerance).min() < math.ceil(least)
    return Outcome(broken == 0, f"{broken} of 50 broken", "0 of 50 broken")


CHECKS = {"FEL-7": checks_in(globals())}
