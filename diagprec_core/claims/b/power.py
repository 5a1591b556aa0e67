"""B-5: which power of Gauss-Newton is best, for one step, large batches, much noise, long runs."""

import sympy as sp

from ...derivations import power as derived
from ..outcomes import vanishes
from ..registry import checks_of, control, evidence
from . import power_exact as exactly
from . import power_numerical as numerically


@evidence("symbolic", "best single step")
@control("k = 1 + 2/B", 2)
def one_step_symbolic(extra=1):
    """R_1 at its best rate with the closed form, d = 2, all symbols"""
    return vanishes(derived.one_step_gap(extra))


@evidence("symbolic", "second order in R_0/sigma^2")
@control("noise of one step only", 1)
def low_signal_symbolic(noise_steps=None):
    """Gain to second order in R_0/sigma^2 with 2 y T sum a s - y^2 (T/B) sum s^2, T = 3, d = 2"""
    return vanishes(derived.low_signal_gap(3, noise_steps))


@evidence("symbolic", "Cauchy and Schwarz as a sum of squares")
@control("twice the squares", 2)
def cauchy_symbolic(factor=1):
    """What w_i = E delta_i^2 gains over any other weights as a sum of squares, d = 3"""
    return vanishes(derived.cauchy_gap(factor))


@evidence("symbolic", "GN^-1's step at its rate")
@control("the rate B/(B + d)", 0)
def newton_symbolic(shift=1):
    """GN^-1's step at B/(B + d + 1) with (1 - eta) R + eta^2 d sigma^2/B, d = 3"""
    return vanishes(derived.newton_step_gap(shift))


@evidence("symbolic", "floor against what is left of the start")
@control("twice the limit", 1)
def long_run_symbolic(half=2):
    """The least C eta + a exp(-2 T eta s) with C (1 + log(2 T a s/C))/(2 T s)"""
    return vanishes(derived.long_run_limit(half))


@evidence("symbolic", "the integral under linear decay")
@control("twice the integral", 2)
def decay_symbolic(constant=1):
    """The integral of r^2 exp(-b r^2) with sqrt(pi)/(4 b^(3/2))"""
    b = sp.Symbol("b", positive=True)
    claimed = constant * sp.sqrt(sp.pi) / (4 * b ** sp.Rational(3, 2))
    return vanishes(sp.simplify(derived.linear_decay_integral() - claimed))


CHECKS = {
    "B-5": checks_of(
        one_step_symbolic,
        low_signal_symbolic,
        cauchy_symbolic,
        newton_symbolic,
        long_run_symbolic,
        decay_symbolic,
        exactly.one_step_exact,
        exactly.large_batch_exact,
        exactly.low_signal_exact,
        exactly.low_signal_best_exact,
        exactly.noise_free_exact,
        exactly.newton_best_exact,
        numerically.spectrum_numerical,
        numerically.dense_numerical,
        numerically.long_run_numerical,
        numerically.linear_decay_numerical,
        numerically.quiet_decay_numerical,
        numerically.limits_numerical,
        numerically.decayed_numerical,
        numerically.stepped_numerical,
    ),
}
