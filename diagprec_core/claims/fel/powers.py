"""FEL-7: full batch, eigenbasis, logistic: FEL-2 and FEL-3 for every negative power."""

import math
from fractions import Fraction

import numpy as np
import sympy as sp

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
@control("p = +1/10", sp.Rational(1, 10))
def signs_symbolic(power=None):
    """The coefficient of z^(2n+1), times (2n+1)!, is linear in n with slope -2p.

    Its value at n = 1 is -1 - 3p, negative for p > -1/3; with a slope above 0 it changes its sign
    once, and by Descartes' rule the series has one positive zero.
    """
    q = sp.Symbol("q", positive=True)
    p = -q if power is None else power
    coefficient = -1 - p * (2 * derivation.N + 1)
    gap = sp.simplify(
        derivation.growth_series(sp.Rational(-1, 5)) * sp.factorial(2 * derivation.N + 1)
        - (-1 - sp.Rational(-1, 5) * (2 * derivation.N + 1))
    )
    slope = sp.diff(coefficient, derivation.N)
    shown = f"series off by {gap}, slope above 0: {slope.is_positive}"
    return Outcome(gap == 0 and slope.is_positive, shown, "series off by 0, slope above 0: True")


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


@evidence("numerical", "120 instances, 240 rates each, in the core")
@control("f_p(b)/b alone, without its value at 0", inner=False)
@control("a bound a fifth higher", factor=1.2)
def rates_numerical(inner=True, factor=1.0):
    """The least settling time of 240 constant rates, -1/3 < p < 0, A >= z_p: below the bound?"""
    rng, broken, tried = np.random.default_rng(128), 0, 0
    while tried < 120:
        power = rng.uniform(-0.32, -0.12)
        edge = turn(power)
        far = edge * rng.uniform(1.0, 1.6)
        near, odds = rng.uniform(0.3, 0.95) * min(far, edge), 10 ** rng.uniform(-3, -1)
        tolerance = near / 40
        least = factor * bound(power, far, near, odds, tolerance, inner)
        if not 2 < least < 1500:
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
    return Outcome(broken == 0, f"{broken} of 120 broken", "0 of 120 broken")


CHECKS = {"FEL-7": checks_in(globals())}
