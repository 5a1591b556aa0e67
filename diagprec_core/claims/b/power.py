"""B-5: which power of Gauss-Newton is best, for one step, large batches, much noise, long runs."""

import sympy as sp

from ...derivations import power as derived
from ..registry import Claim, control, evidence, vanishes
from . import power_exact as exactly
from . import power_numerical as numerically


def one_step_symbolic(extra=1):
    """R_1 at its best rate with the closed form, d = 2, all symbols"""
    return vanishes(derived.one_step_gap(extra))


def low_signal_symbolic(noise_steps=None):
    """Gain to second order in R_0/sigma^2 with 2 y T sum a s - y^2 (T/B) sum s^2, T = 3, d = 2"""
    return vanishes(derived.low_signal_gap(3, noise_steps))


def cauchy_symbolic(factor=1):
    """What w_i = E delta_i^2 gains over any other weights as a sum of squares, d = 3"""
    return vanishes(derived.cauchy_gap(factor))


def newton_symbolic(shift=1):
    """GN^-1's step at B/(B + d + 1) with (1 - eta) R + eta^2 d sigma^2/B, d = 3"""
    return vanishes(derived.newton_step_gap(shift))


def long_run_symbolic(half=2):
    """The least C eta + a exp(-2 T eta s) with C (1 + log(2 T a s/C))/(2 T s)"""
    return vanishes(derived.long_run_limit(half))


def decay_symbolic(constant=1):
    """The integral of r^2 exp(-b r^2) with sqrt(pi)/(4 b^(3/2))"""
    b = sp.Symbol("b", positive=True)
    claimed = constant * sp.sqrt(sp.pi) / (4 * b ** sp.Rational(3, 2))
    return vanishes(sp.simplify(derived.linear_decay_integral() - claimed))


CLAIMS = (
    Claim(
        "B-5",
        "The best power is -1 for large batches and long runs, and the start's own in much noise",
        ("P2", "P5"),
        "Gaussian data, fixed P, best constant rate, last iterate; one step in full, else limits, "
        "with explicit bounds; linear decay as well. In between it is computed, not proved",
        (
            evidence("symbolic", "best single step", one_step_symbolic),
            evidence("symbolic", "second order in R_0/sigma^2", low_signal_symbolic),
            evidence("symbolic", "Cauchy and Schwarz as a sum of squares", cauchy_symbolic),
            evidence("symbolic", "GN^-1's step at its rate", newton_symbolic),
            evidence("symbolic", "floor against what is left of the start", long_run_symbolic),
            evidence("symbolic", "the integral under linear decay", decay_symbolic),
            evidence("exact", "best power of one step between -1 and q", exactly.one_step_exact),
            evidence("exact", "GN^-1 against seven powers, every rate", exactly.large_batch_exact),
            evidence("exact", "bounds on the gain, every rate", exactly.low_signal_exact),
            evidence(
                "exact", "GN^q against seven powers, every rate", exactly.low_signal_best_exact
            ),
            evidence("exact", "noise-free bound, every rate", exactly.noise_free_exact),
            evidence("exact", "noise-free GN^-1, every rate", exactly.newton_best_exact),
            evidence("numerical", "three spectra, one source", numerically.spectrum_numerical),
            evidence("numerical", "dense P at low signal-to-noise", numerically.dense_numerical),
            evidence("numerical", "ten to the nine steps", numerically.long_run_numerical),
            evidence("numerical", "linear decay", numerically.linear_decay_numerical),
            evidence("numerical", "linear decay in much noise", numerically.quiet_decay_numerical),
            evidence(
                "numerical", "core's best powers near two limits", numerically.limits_numerical
            ),
            evidence(
                "numerical", "core's search with stepped curves", numerically.stepped_numerical
            ),
            control("symbolic", "k = 1 + 2/B", one_step_symbolic, 2),
            control("symbolic", "noise of one step only", low_signal_symbolic, 1),
            control("symbolic", "twice the squares", cauchy_symbolic, 2),
            control("symbolic", "the rate B/(B + d)", newton_symbolic, 0),
            control("symbolic", "twice the limit", long_run_symbolic, 1),
            control("symbolic", "twice the integral", decay_symbolic, 2),
            control("exact", "between -1/2 and q", exactly.one_step_exact, -exactly.HALF),
            control("exact", "batches of 100", exactly.large_batch_exact, 100),
            control("exact", "exponent T instead of 2T", exactly.large_batch_exact, exponent=1),
            control("exact", "nine tenths of J", exactly.low_signal_exact, sp.Rational(9, 10)),
            control("exact", "half the rate", exactly.low_signal_exact, rate_share=exactly.HALF),
            control("exact", "gradient descent for every start", exactly.low_signal_best_exact, 0),
            control(
                "exact", "noise as large as the signal", exactly.low_signal_best_exact, noise=1
            ),
            control("exact", "d + 1 in the bound", exactly.noise_free_exact, 1),
            control("exact", "k + (d + 1)/B", exactly.newton_best_exact, 1),
            control("numerical", "alpha p the same", numerically.spectrum_numerical, 0.0),
            control("numerical", "Sigma^-1 as the best", numerically.dense_numerical, "inverse"),
            control("numerical", "the push not squared", numerically.dense_numerical, power=1),
            control("numerical", "1.99 instead of 2", numerically.long_run_numerical, 1.99),
            control(
                "numerical", "p = -3/4 as the best", numerically.long_run_numerical, champion=-0.75
            ),
            control(
                "numerical",
                "T instead of (sum phi)^2/sum phi^2",
                numerically.quiet_decay_numerical,
                True,
            ),
            control("numerical", "1/2 for sqrt(pi)/4", numerically.linear_decay_numerical, 0.5),
            control(
                "numerical",
                "p = -3/4 as the best",
                numerically.linear_decay_numerical,
                champion=-0.75,
            ),
            control(
                "numerical",
                "gradient descent at low signal-to-noise",
                numerically.limits_numerical,
                0.0,
            ),
            control(
                "numerical",
                "p = -1/2 for large batches",
                numerically.limits_numerical,
                large_batch=-0.5,
            ),
            control("numerical", "a power 0.1 higher", numerically.stepped_numerical, 0.1),
        ),
    ),
)
