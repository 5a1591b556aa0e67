"""FEQ-3 and FEQ-4: full batch, eigenbasis, quadratic, under Adam."""

import itertools
from fractions import Fraction

import numpy as np
import sympy as sp

from ...derivations import sign as sign_derivations
from ...full_batch.descent import descend
from ...full_batch.settling import settling_time
from ...methods import bases, schedules
from ...methods.adaptive import Adam
from ...problems.quadratic import Quadratic
from ..outcomes import vanishes
from ..reference import exact
from ..registry import Outcome, checks_of, control, evidence
from .descent import random_quadratic


@evidence("symbolic", "margin of the halving step with u (1 - u)")
@control("share 0.45 of the radius instead of 1/2", 0.45)
def halving_symbolic(share=0.5):
    """The margin of a step of share * r over half the radius is u (1 - u)."""
    u = sp.Symbol("u", positive=True)
    return vanishes(sp.expand(sign_derivations.halving_margin(share) - u * (1 - u)))


@evidence("exact", "worst of 401 rational starts with 2^-t")
@control("share 0.45 of the radius instead of 1/2", Fraction(9, 20))
def halving_exact(share=Fraction(1, 2)):
    """Sign descent on 401 rational starts in [-1, 1]: errors at most 2^-t, and 2^-t reached."""
    steps = 12
    rates = [share * (1 - share) ** t for t in range(steps)]
    paths = [exact.sign_descent(Fraction(j, 200), rates) for j in range(-200, 201)]
    worst = [max(abs(path[t]) for path in paths) for t in range(steps + 1)]
    holds = all(w == Fraction(1, 2**t) for t, w in enumerate(worst))
    return Outcome(holds, f"worst error {float(worst[-1]):.6f} after 12 steps", f"{2**-12:.6f}")


@evidence("exact", "constant rate: bound and 2-cycle, 484 rational runs")
@control("constant rate: bound falls 10% faster", Fraction(11, 10))
def constant_exact(slope=1):
    """Constant rate: ``|e_t| <= max(eta, |e_0| - t eta)``, ending on {x, x - eta} or on 0."""
    rates = [Fraction(n, 7) for n in (1, 2, 5, 9)]
    starts = [Fraction(j, 30) for j in range(-60, 61)]
    broken = 0
    for rate, start in itertools.product(rates, starts):
        path = exact.sign_descent(start, [rate] * 40)
        bounds = [max(rate, abs(start) - slope * t * rate) for t in range(41)]
        cycle = path[-1] == path[-3] and (path[-1] == 0 or abs(path[-1] - path[-2]) == rate)
        broken += not cycle or any(abs(e) > b for e, b in zip(path, bounds, strict=True))
    return Outcome(broken == 0, f"{broken} of 484 runs break it", "0")


@evidence("numerical", "the core on 8 dense quadratics with ceil(log2(a/eps))")
@control("identity basis instead of the eigenbasis", in_eigenbasis=False)
def halving_numerical(in_eigenbasis=True):
    """The core's Adam on 8 dense quadratics, kappa from 1 to 10^7: error and settling time."""
    a, eps, d = 3.0, 1e-3, 24
    wrong = 0
    for seed in range(8):
        problem = random_quadratic(d, 10.0**seed, seed)
        basis = bases.eigenbasis(problem.hessian) if in_eigenbasis else np.eye(d)
        offsets = np.random.default_rng(seed).uniform(-a, a, d)
        offsets[0] = a
        run = descend(
            problem,
            Adam(),
            start=problem.optimum + basis @ offsets,
            learning_rate=schedules.halving(a, 20),
            basis=basis,
        )
        # Rounding is relative to the start, not to what is left of it after 20 halvings.
        within = (run.error <= a * (0.5**run.steps + 1e-12)).all()
        wrong += not within or settling_time(run, eps) != np.ceil(np.log2(a / eps))
    return Outcome(wrong == 0, f"{wrong} of 8 problems differ", "0")


@evidence("exact", "adaptive rates by dynamic programming with a 2^-T")
@control("a 2^-T raised by 10%", Fraction(11, 10))
def minimax_adaptive(factor=1, steps=4):
    """Dynamic programming over adaptive rates on a lattice of 16 units: value and best rates."""
    value, best = exact.adaptive_minimax(16, steps)
    claimed = factor * Fraction(16, 2**steps), [[16 >> t] for t in range(1, steps + 1)]
    shown = f"least worst error {value}/16, best rates {best}/16"
    return Outcome((value, best) == claimed, shown, f"{claimed[0]}/16, {claimed[1]}/16")


@evidence("exact", "all 4913 lattice schedules of 3 steps with halving")
@control("halving in the reverse order", candidate=(2, 4, 8))
def minimax_enumeration(steps=3, candidate=(8, 4, 2)):
    """All schedules in units of a/16, exactly: is `candidate` alone in reaching the least?"""
    values = {
        rates: exact.worst_case(16, rates) for rates in itertools.product(range(17), repeat=steps)
    }
    least = min(values.values())
    winners = [rates for rates, value in values.items() if value == least]
    holds = least * 2**steps == 16 and winners == [candidate]
    shown = " and ".join(map(str, winners))
    return Outcome(holds, f"least {least}/16, by {shown}/16", f"2/16, by {candidate}/16")


@evidence("numerical", "3999 random schedules and halving in the core with a 2^-T")
@control("a 2^-T raised by 10%", 1.1)
def minimax_numerical(factor=1.0):
    """3999 random schedules and halving, each on 2001 starts that are coordinates of one run."""
    steps, starts = 5, np.linspace(-1, 1, 2001)
    rates = np.sort(np.random.default_rng(4).uniform(0, 1, (4000, steps)), axis=1)[:, ::-1]
    rates[:2000] *= 0.97 / rates[:2000].sum(axis=1, keepdims=True)
    rates[-1] = schedules.halving(1.0, steps).rates
    problem = Quadratic(np.eye(2001))
    run = descend(
        problem, Adam(), start=starts, learning_rate=schedules.Schedule(rates), every=steps
    )
    best = float(run.error[-1].min())
    holds = best >= factor * 0.5**steps * (1 - 1e-12)
    return Outcome(
        holds, f"best of 4000 schedules {best:.5f}", f"at least {factor * 0.5**steps:.5f}"
    )


CHECKS = {
    "FEQ-3": checks_of(halving_symbolic, halving_exact, constant_exact, halving_numerical),
    "FEQ-4": checks_of(minimax_adaptive, minimax_enumeration, minimax_numerical),
}
