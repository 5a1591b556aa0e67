"""FIQ-3 and FIQ-4: full batch, identity basis, the block-wise quadratic under Adam."""

from fractions import Fraction

import numpy as np
import sympy as sp

from ...derivations import chebyshev
from ...derivations import sign as sign_derivations
from ...full_batch.descent import descend
from ...methods import schedules
from ...methods.adaptive import Adam, IdealisedAdam
from ...methods.preconditioners import GaussNewton
from ...problems.instances import Blockwise, chebyshev_curvatures
from ...problems.quadratic import Quadratic
from ..outcomes import below, vanishes
from ..registry import Outcome, checks_of, control, evidence


@evidence("symbolic", "T_T(5/4) with (2^T + 2^-T)/2, T free")
@control("base 1.9 instead of 2", 1.9)
def win_symbolic(base=2):
    """T_T(5/4) with (2^T + 2^-T)/2 for symbolic T, and the form of T_T in sqrt(kappa)."""
    start = (sp.nsimplify(base) + 1 / sp.nsimplify(base)) / 2 - sp.Rational(5, 4)
    return vanishes(chebyshev.recurrence_at_nine(base), start, chebyshev.rate_form())


@evidence("exact", "1/T_T > 2^-T for T up to 200, kappa = 9, 10, 25, 100")
@control("kappa = 8.9 instead of 9", (Fraction(89, 10),))
def win_exact(kappas=(9, 10, 25, 100)):
    """1/T_T > 2^-T in rational arithmetic for T = 1, ..., 200."""
    losses = []
    for kappa in kappas:
        values = chebyshev.chebyshev_at(kappa, 200)
        losses += [(kappa, t) for t in range(1, 201) if values[t] >= 2**t]
    shown = f"lost at kappa = {losses[0][0]}, T = {losses[0][1]}" if losses else "won in every case"
    return Outcome(not losses, shown, "won in every case")


@evidence("exact", "Adam on a dense block in rationals with a 2^-T")
@control("error a 4^-T instead of a 2^-T", exponent=2)
def dense_exact(size=3, exponent=1):
    """Adam with halving in rationals on a dense block: error against a 2^(-exponent T)."""
    wrong = 0
    signs = [(-1) ** i for i in range(size)]
    for curvature in (Fraction(1, 100), Fraction(1, 9), Fraction(1), Fraction(19, 10)):
        coupling = (curvature - 1) / (size - 1)
        error = [Fraction(s) for s in signs]
        for t in range(20):
            gradient = [
                sum(
                    (1 if i == j else coupling * signs[i] * signs[j]) * error[j]
                    for j in range(size)
                )
                for i in range(size)
            ]
            rate = Fraction(1, 2 ** (t + 1))
            error = [e - rate * ((g > 0) - (g < 0)) for e, g in zip(error, gradient, strict=True)]
        wrong += error != [s * Fraction(1, 2) ** (exponent * 20) for s in signs]
    return Outcome(wrong == 0, f"{wrong} of 4 curvatures differ", "0")


@evidence("numerical", "Adam and the best schedule of GN^-1 in the core")
@control("kappa = 8 instead of 9", 8.0)
def win_numerical(kappa=9.0):
    """The core on FIQ-2c's instances, T = 1..16: Adam against a 2^-T and the best GN^p."""
    lost = []
    for steps in range(1, 17):
        instance = Blockwise(chebyshev_curvatures(kappa, steps))
        start = instance.start(np.ones(steps + 1))
        rates = {
            IdealisedAdam(): schedules.halving(1.0, steps),
            GaussNewton(-1): schedules.chebyshev(1 / kappa, 1.0, steps),
        }
        adam, rival = (
            descend(instance.problem, rule, start=start, learning_rate=rate).error[-1]
            for rule, rate in rates.items()
        )
        if adam != 0.5**steps or adam >= rival * (1 - 1e-9):
            lost.append(steps)
    shown = f"lost at T = {lost[0]}" if lost else "won for T = 1, ..., 16"
    return Outcome(not lost, shown, "won for T = 1, ..., 16")


@evidence("numerical", "64 starts in the box, kappa = 1e4, in the core")
@control("starts off the lines through h_k", aligned=False)
def box_numerical(aligned=True):
    """The core from 64 random starts in the box, kappa = 10^4: every error at most a 2^-T."""
    rng = np.random.default_rng(8)
    instance = Blockwise(np.geomspace(1e-4, 1.0, 12))
    starts = instance.start(rng.uniform(-1, 1, (64, 12)))
    if not aligned:
        starts = rng.uniform(-1, 1, starts.shape)
    run = descend(instance.problem, Adam(), start=starts, learning_rate=schedules.halving(1.0, 14))
    broken = int((run.error[-1] > 0.5**14 * (1 + 1e-9)).sum())
    return Outcome(broken == 0, f"{broken} of 64 starts break it", "0")


@evidence("symbolic", "three steps with a free curvature and with 1")
@control("eps = 1/10 instead of 0", sp.Rational(1, 10), 1)
def cancel_symbolic(eps=0, steps=3):
    """EMA Adam's iterates with a free curvature minus those with curvature 1, three steps."""
    free = sign_derivations.adam_iterates(sp.Symbol("lambda", positive=True), steps, eps)
    unit = sign_derivations.adam_iterates(sp.Integer(1), steps, eps)
    return vanishes(*[sp.simplify(a - b) for a, b in zip(free[1:], unit[1:], strict=True)])


@evidence("exact", "curvatures 2^k bit by bit over 300 steps")
@control("eps = 1e-8 instead of 0", 1e-8)
def cancel_bits(eps=0.0, exponents=(-20, -7, -1, 0, 3, 15)):
    """The core's EMA Adam on curvatures 2^k, one start, bit by bit over 300 steps."""
    problem = Quadratic(np.diag(np.ldexp(1.0, exponents)))
    run = descend(
        problem,
        Adam(0.9, 0.99, eps),
        start=np.full(len(exponents), 0.7),
        learning_rate=[0.01, 0.1],
        steps=300,
    )
    spread = np.ptp(run.coordinates, axis=-1).max()
    return Outcome(spread == 0, f"largest spread {spread:.1g}", "0")


@evidence("numerical", "blocks with curvatures 0.001 to 1.9 in the core")
@control("GN^-1/2 instead of Adam", GaussNewton(-0.5), 0.5)
def cancel_numerical(rule=None, rate=0.05):
    """The core's EMA Adam on blocks with curvatures from 10^-3 to 1.9: all amplitudes alike."""
    instance = Blockwise([1e-3, 0.04, 0.3, 1.0, 1.9])
    run = descend(
        instance.problem,
        rule or Adam(0.9, 0.999),
        start=instance.start(np.full(5, 0.7)),
        learning_rate=rate,
        steps=300,
    )
    spread = np.ptp(instance.amplitudes(run.parameters), axis=-1).max()
    return below(spread, 1e-8, "largest spread of amplitudes")


@evidence("exact", "beta2 = 0 < beta1, curvatures 2^k, bit by bit")
@control("beta2 = 0 < beta1, a first step that hits 0", rate=0.7)
def forgetful_bits(rate=0.01, exponents=(-20, -7, -1, 0, 3, 15)):
    """With beta1 = 0.9 and beta2 = 0 the paths are equal and finite, if no amplitude hits 0.

    From 0.7 the rate 0.7 hits 0 in the first step; then the second moment is 0, the first is not.
    """
    run = descend(
        Quadratic(np.diag(np.ldexp(1.0, exponents))),
        Adam(0.9, 0.0),
        start=np.full(len(exponents), 0.7),
        learning_rate=rate,
        steps=300,
    )
    finite = bool(np.isfinite(run.coordinates).all())
    spread = np.ptp(run.coordinates, axis=-1).max() if finite else np.inf
    return Outcome(spread == 0, f"largest spread {spread:.1g}", "0")


CHECKS = {
    "FIQ-3": checks_of(win_symbolic, win_exact, dense_exact, win_numerical, box_numerical),
    "FIQ-4": checks_of(cancel_symbolic, cancel_bits, forgetful_bits, cancel_numerical),
}
