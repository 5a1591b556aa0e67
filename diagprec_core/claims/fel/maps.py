"""FEL-1 and FEL-2: logistic, full batch, eigenbasis: every method's step, and where it grows."""

import math
from fractions import Fraction

import numpy as np

from ...derivations import logistic_maps as derivation
from ...full_batch.descent import descend
from ...full_batch.logistic_bounds import step_function
from ...methods.adaptive import Adam
from ...methods.preconditioners import GaussNewton
from ...numerics.enclosures import ball, mean_value, prove_positive
from ...problems.logistic_instances import SkewedLogistic
from ..outcomes import below, vanishes
from ..registry import Outcome, checks_of, control, evidence


@evidence("symbolic", "slope, curvature, GN^-1, GN^-1/2, GD; p free")
@control("exponent -p instead of -2 p", 1)
def maps_symbolic(exponent=2):
    """Slope and second derivative of the loss, and the three named steps, for a fair coin."""
    return vanishes(*derivation.fair_coin_gaps(exponent), *derivation.named_step_gaps())


@evidence("symbolic", "GN^-1 at any label probability q")
@control("2 - 2 q instead of 1 - 2 q", 2)
def newton_symbolic(constant=1):
    """The step of GN^-1 for any label probability: (1-q) e^z - q e^-z + 1 - 2q."""
    return vanishes(derivation.newton_step_gap(constant))


@evidence("exact", "GN^-1 at rational e^z and q")
@control("2 - 2 q instead of 1 - 2 q", 2)
def newton_exact(constant=1):
    """The same in rationals, at logits that are logarithms of rationals, with s and s' exact."""
    worst = Fraction(0)
    for w in (Fraction(n, 7) for n in (1, 3, 7, 20, 700)):
        for q in (Fraction(n, 9) for n in range(10)):
            s = w / (1 + w)  # the sigmoid at z = log w
            claimed = (1 - q) * w - q / w + constant - 2 * q
            worst = max(worst, abs((s - q) / (s * (1 - s)) - claimed))
    return Outcome(worst == 0, f"largest difference {float(worst):.3g} at 50 pairs", "0")


@evidence("numerical", "the core in a random eigenbasis, scalar loops")
@control("the identity basis instead", in_eigenbasis=False)
def maps_numerical(in_eigenbasis=True):
    """The core in a random eigenbasis of 5 dimensions, against scalar loops, for five powers."""
    rng = np.random.default_rng(11)
    scales, rates = np.array([1.0, -0.5, 2.0, 0.3, 1.5]), np.array([0.003, 0.01])
    q, _ = np.linalg.qr(rng.standard_normal((5, 5)))
    instance = SkewedLogistic([0.4, 0.3, 0.2, 0.07, 0.03], scales, basis=q)
    logits = np.array([3.0, -2.0, 1.0, 0.5, -4.0])
    gap = 0.0
    for power in (-1.2, -1.0, -0.5, 0.0, 0.5, None):
        rule = Adam() if power is None else GaussNewton(power)
        run = descend(
            instance.problem,
            rule,
            start=instance.start(logits),
            learning_rate=rates,
            steps=40,
            basis=q if in_eigenbasis else None,
        )
        end = instance.logits(run.parameters[-1])
        for rate, row in zip(rates, end, strict=True):
            for z, a, pi, got in zip(logits, scales, instance.probabilities, row, strict=True):
                gap = max(gap, abs(got - _scalar_run(float(z), abs(a), pi, power, rate, 40)))
    return below(gap, 1e-9, "largest difference of a logit")


def _scalar_run(z, scale, probability, power, rate, steps):
    """Iterate FEL-1 for one logit; the power None is Adam."""
    for _ in range(steps):
        if power is None:
            z -= rate * scale * math.copysign(1, z)
        else:
            f = math.tanh(z / 2) / 2 * (2 * math.cosh(z / 2)) ** (-2 * power)
            z -= rate * (probability * scale**2) ** (1 + power) * f
    return z


@evidence("symbolic", "d log(f_p/z)/dz with p free; series at p = -1/3")
@control("p = -0.3 instead of -1/3", "-3/10")
def growth_symbolic(power="-1/3"):
    """The derivative of log(f_p(z)/z), free p; and its series at -1/3, without a negative term."""
    n = derivation.N
    claimed = 2 * (n - 1) / (3 * derivation.sp.factorial(2 * n + 1))
    series = derivation.sp.simplify(derivation.growth_series(power) - claimed)
    return vanishes(
        derivation.growth_gap(),
        derivation.product_gap(),
        *derivation.series_gap(slope=power),
        series,
    )


@evidence("enclosure", "growth at p = -1/3 for all z in [1/4, 60]")
@control("p = -0.3 instead of -1/3", "-3/10")
def growth_enclosure(power="-1/3"):
    """For every z from 1/4 to 60: g(z) = z - sinh z - p z (cosh z - 1) is positive."""
    p = ball(Fraction(power), Fraction(power))

    def growth(z):
        return z - z.sinh() - p * z * (z.cosh() - 1)

    def either(z):
        slope = (1 + p) * (1 - z.cosh()) - p * z * z.sinh()
        small = (-z).exp()
        scaled = z * small - (1 - small**2) / 2 - p * z * ((1 + small**2) / 2 - small)
        # Near 0, where g is as small as z^5, its slope keeps the ball small; far out scaling does.
        return mean_value(growth, [slope], [z]), scaled

    found = prove_positive(either, [("1/4", 60)])
    return Outcome(found.proved, f"{found.verdict.value}, {found.boxes} boxes", "proved")


@evidence("numerical", "72 runs of the core at and above the cap")
@control("rates 2% below the cap", shrink=0.98)
@control("p = 0, beyond -1/3", 0.0)
def stuck_numerical(power=None, shrink=1.0):
    """The core at rates from the cap on: a far logit never comes below its start A."""
    lowest = np.inf
    for p in (-1.0, -0.5, -0.4) if power is None else (power,):
        for far in (0.5, 2.0, 8.0):
            cap = 2 * far / step_function(p, far)
            rates = cap * shrink * np.array([1.0 + 1e-9, 1.01, 1.3, 2.0])
            instance = SkewedLogistic([0.5, 0.5])
            for start in (1.0, 2.5):
                run = descend(
                    instance.problem,
                    GaussNewton(p),
                    start=instance.start([start * far, 0.1]),
                    learning_rate=rates / 0.5 ** (1 + p),
                    steps=60,
                )
                path = np.abs(run.coordinates[..., 0]) / far  # inf once diverged
                lowest = min(lowest, path.min())
    return Outcome(lowest >= 1 - 1e-6, f"smallest |z|/A over all runs {lowest:.4f}", "at least 1")


CHECKS = {
    "FEL-1": checks_of(maps_symbolic, newton_symbolic, newton_exact, maps_numerical),
    "FEL-2": checks_of(growth_symbolic, growth_enclosure, stuck_numerical),
}
