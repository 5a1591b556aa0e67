"""B-9: at a finite horizon GN^-1 is never the best power."""

import numpy as np
import sympy as sp

from ...tuning.rates import best_rates
from ..outcomes import below, vanishes
from ..reference.rate_polynomials import positive, risk_polynomial
from ..registry import Outcome, checks_of, control, evidence
from . import newton_schedule


@evidence("symbolic", "dR_T/dp at p = -1 from the recurrence, every rate, d = 2, 3")
@control("x instead of 2 x", 1)
def slope_symbolic(double=2):
    """The recurrence with x_i = x lambda_i^e, differentiated at e = 0, less the claim.

    And less a change of the rate, which a best rate makes 0. Shares, logarithms, rate, B and noise
    are free.
    """
    x, e, batch, noise = sp.symbols("x e B sigma2", positive=True)
    more, gaps = 1 + 1 / batch, []
    for d, steps in ((2, 1), (2, 2), (2, 3), (3, 2)):
        shares = start = sp.symbols(f"a1:{d + 1}", positive=True)
        logs = sp.symbols(f"l1:{d + 1}", real=True)
        moves = [x * (1 + e * log) for log in logs]  # to first order in e
        for _ in range(steps):
            total = sum(shares) + noise
            shares = [
                r * (1 - 2 * y + more * y**2) + y**2 / batch * total
                for r, y in zip(shares, moves, strict=True)
            ]
        risk = sum(shares)
        plain = risk.subs(e, 0)
        decay = 1 - 2 * x + more * x**2
        growth = decay + d * x**2 / batch
        first, mean = sum(start), sum(logs) / sp.Integer(d)
        lean = sum((a - first / d) * log for a, log in zip(start, logs, strict=True))
        series = sum(growth ** (steps - 1 - t) * decay**t for t in range(steps))
        claimed = -double * x * (1 - more * x) * series * lean
        gaps.append(sp.expand(sp.diff(risk, e).subs(e, 0) - mean * x * sp.diff(plain, x) - claimed))
    return vanishes(*gaps)


# Eighth powers, so that lambda^(1/8) is rational; GN^-7/8 leaves these modes of them.
ROOTS = (sp.Integer(1), sp.Rational(1, 2), sp.Rational(1, 3))


@evidence("exact", "GN^-7/8 at one rate below GN^-1 at every rate")
@control("equal shares, q = -1", 0)
def beaten_exact(lean=4):
    """4 settings in rationals: R_T of GN^-1 above a number at all rates, by counting roots.

    The number is R_T of GN^-7/8 at one of three rates; shares are lambda^(lean/8), q = lean/8 - 1.
    """
    beaten, d = 0, len(ROOTS)
    shares = [v**lean for v in ROOTS]
    shares = [a / sum(shares) for a in shares]
    settings = ((1, 1, 1), (2, 4, 1), (3, 4, 0), (3, 2, 1))
    for steps, batch, noise in settings:
        newton = risk_polynomial([1] * d, shares, noise, batch, steps)
        rival = risk_polynomial(list(ROOTS), shares, noise, batch, steps)
        scale = sp.Rational(batch, batch + d + 1)
        rates = [scale * share for share in (sp.Rational(5, 6), sp.Integer(1), sp.Rational(5, 4))]
        beaten += any(positive(newton - rival.eval(rate)) for rate in rates)
    return Outcome(beaten == 4, f"ahead of every rate in {beaten} of 4", "in 4 of 4")


def problem(seed):
    """Return a spectrum, shares that lean towards steep directions, B, T and noise."""
    rng = np.random.default_rng(seed)
    spectrum = np.sort(10 ** rng.uniform(-2, 0, int(rng.integers(2, 12))))
    shares = spectrum ** (1 + rng.uniform(-0.8, 1.0))
    shares *= 10 ** rng.uniform(-2, 3) / shares.sum()
    return spectrum, shares, int(2 ** rng.integers(0, 8)), int(10 ** rng.uniform(0, 3)), 1.0


@evidence("numerical", "central differences of the core's best risks, 60 problems")
@control("R_0/d left out of the shares", centred=False)
def slope_numerical(centred=True):
    """dR_T*/dp at p = -1 by differences of tuned risks, with the formula at GN^-1's best rate."""
    gap = 0.0
    for seed in range(60):
        spectrum, shares, batch, steps, noise = problem(seed)
        h, d, first = 1e-4, len(spectrum), shares.sum()
        modes = spectrum ** np.array([[-h], [0.0], [h]])
        setting = {"noise": noise, "batch_size": batch, "steps": steps}
        log_rates, logs = best_rates(modes, shares / modes, **setting)
        x, more = np.exp(log_rates[1]), 1 + 1 / batch
        decay = 1 - 2 * x + more * x**2
        growth = decay + d * x**2 / batch
        series = (growth**steps - decay**steps) / (growth - decay)
        lean = ((shares - first / d * centred) * np.log(spectrum)).sum()
        claimed = -2 * x * (1 - more * x) * series * lean / np.exp(logs[1])
        found = (logs[2] - logs[0]) / (2 * h)
        gap = max(gap, abs(found - claimed) / (abs(claimed) + 1e-3))
    return below(gap, 1e-2, "largest relative difference")


@evidence("numerical", "the sign with full retuning, 200 problems in the core")
@control("shares that lean the other way", -1)
def sign_numerical(lean=1):
    """Is a power above -1 better than GN^-1, each at its best rate, if steep shares are larger?"""
    wrong = 0
    for seed in range(200):
        spectrum, shares, batch, steps, noise = problem(1000 + seed)
        if lean < 0:
            shares = shares[::-1]
        # Close to -1, where the slope decides.
        modes = spectrum ** np.array([[0.0], [1e-3], [1e-2], [0.1]])
        setting = {"noise": noise, "batch_size": batch, "steps": min(steps, 300)}
        logs = best_rates(modes, shares / modes, **setting)[1]
        wrong += not logs[1:].min() < logs[0]
    return Outcome(wrong == 0, f"not better in {wrong} of 200", "0 of 200")


CHECKS = {
    "B-9": checks_of(
        slope_symbolic,
        newton_schedule.slope_symbolic,
        newton_schedule.rate_exact,
        beaten_exact,
        slope_numerical,
        sign_numerical,
        newton_schedule.schedule_numerical,
    )
}
