"""FEQ-1 and FEQ-2: full batch, eigenbasis, quadratic, under GN^p and gradient descent."""

import itertools
import math
from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.optimize import minimize_scalar

from ...derivations import linear
from ...full_batch.descent import descend
from ...full_batch.settling import settling_time
from ...methods import bases, schedules
from ...methods.adaptive import Adam
from ...methods.preconditioners import GaussNewton, GradientDescent
from ...problems.quadratic import Quadratic
from ...problems.spectra import power_law_spectrum
from ..outcomes import below, vanishes
from ..reference import exact
from ..registry import Outcome, checks_of, control, evidence

HALF = sp.Rational(1, 2)


def random_quadratic(d, kappa, seed):
    """Return a dense quadratic with log-spaced eigenvalues in [1/kappa, 1] and a random basis."""
    rng = np.random.default_rng(seed)
    basis, _ = np.linalg.qr(rng.standard_normal((d, d)))
    return Quadratic((basis * np.geomspace(1 / kappa, 1, d)) @ basis.T, rng.standard_normal(d))


@evidence("symbolic", "error map of GN^-1, free rotation and spectrum, with 0")
@control("rate 9/10 instead of 1", 0.9)
def newton_symbolic(learning_rate=1):
    """GN^-1's error map for symbolic rotation and spectrum, d = 2: does it vanish?"""
    return vanishes(*linear.newton_error_map(sp.nsimplify(learning_rate)))


@evidence("exact", "one step in rationals, d = 5, with the optimum")
@control("identity basis instead of the eigenbasis", in_eigenbasis=False)
def newton_exact(in_eigenbasis=True):
    """One step of GN^-1 in rational arithmetic, d = 5, from the diagonal of U^T H U."""
    rotation = exact.rational_rotation(5)
    hessian = rotation * sp.diag(1, 3, 7, 20, 1000) * rotation.T
    basis = rotation if in_eigenbasis else sp.eye(5)
    seen = basis.T * hessian * basis
    weights = sp.diag(*[1 / seen[i, i] for i in range(5)])
    start = sp.Matrix([1, -2, 3, -4, 5])
    error = start - basis * weights * basis.T * hessian * start
    size = max(abs(e) for e in error)
    return Outcome(size == 0, f"largest error {float(size):.3g} after one step", "0")


@evidence("numerical", "one step of the core, d = 60, kappa 1e4, with the optimum")
@control("power -9/10 instead of -1", -0.9)
def newton_numerical(power=-1.0):
    """One step of the core's GN^p on a random quadratic, d = 60, kappa = 10^4."""
    problem = random_quadratic(60, 1e4, seed=1)
    start = np.random.default_rng(2).standard_normal(60)
    basis = bases.eigenbasis(problem.hessian)
    run = descend(problem, GaussNewton(power), start=start, learning_rate=1.0, steps=1, basis=basis)
    return below(float(run.error[-1] / run.error[0]), 1e-9, "error relative to the start")


@evidence("symbolic", "certificate for every rate, both ends at the best rate")
@control("K/(K+1) instead of (K-1)/(K+1)", 1)
def best_rate_symbolic(shift=0):
    """The certificate for every rate, and both ends of the spectrum at the best one."""
    ratio = sp.Symbol("K", positive=True)
    certificate, flat, steep = linear.best_constant_rate()
    claimed = (ratio - 1 + shift) / (ratio + 1)
    return vanishes(certificate, sp.simplify(flat - claimed), sp.simplify(steep - claimed))


@evidence("symbolic", "margin of a capped step over the share 1 - 2/K")
@control("share 1 - 1.8/K instead of 1 - 2/K", 1.8)
def margin_symbolic(constant=2):
    """The margin of a step at the cap over the share 1 - constant/K: is it at least 0?"""
    cap, ratio = sp.Symbol("c", positive=True), sp.Symbol("K", positive=True)
    at_cap = linear.margin_under_cap(constant).subs(cap, 2)
    slope = sp.simplify(sp.diff(linear.margin_under_cap(constant), cap) * ratio)
    holds = bool(sp.simplify(at_cap * ratio) >= 0) and slope == -1
    return Outcome(holds, f"margin at the cap {at_cap}, slope in c {slope}/K", "at least 0, -1/K")


@evidence("exact", "least share over 495 stable lattice schedules, K = 5", 5)
@control("K = 3/2, where K >= 2 is dropped", Fraction(3, 2))
def capped_schedules(ratio, steps=4, constant=2):
    """The least share that stable schedules of a lattice leave, in rationals: (1 - 2/K)^T?"""
    ratio = Fraction(ratio)
    lattice = [Fraction(j, 4) for j in range(9)]  # rates in units of 1/s_max, up to the cap 2
    least = min(
        abs(math.prod(1 - rate / ratio for rate in rates))
        for rates in itertools.combinations_with_replacement(lattice, steps)
    )
    bound = (1 - Fraction(constant) / ratio) ** steps
    return Outcome(least == bound, f"least share {float(least):.4g}", f"{float(bound):.4g}")


@evidence("exact", "dense iterates in rationals with the product formula")
@control("power 1 instead of 1 + p = 1/2", -HALF, 0)
def product_exact(power=-HALF, claimed_power=-HALF):
    """Dense iterates in rational arithmetic against prod_t (1 - eta_t lambda_i^(1+p))."""
    rotation = exact.rational_rotation(4)
    spectrum = [sp.Rational(1, 9), sp.Rational(1, 4), sp.Integer(1), sp.Integer(4)]
    hessian = rotation * sp.diag(*spectrum) * rotation.T
    weights = sp.diag(*[eigenvalue**power for eigenvalue in spectrum])
    rates = [sp.Rational(1, t + 2) for t in range(6)]
    error = start = rotation * sp.Matrix([1, 2, -3, 5])
    for rate in rates:
        error = error - rate * rotation * weights * rotation.T * hessian * error
    shares = [sp.prod(1 - r * s ** (1 + claimed_power) for r in rates) for s in spectrum]
    claimed = rotation * sp.diag(*shares) * rotation.T * start
    gap = max(abs(g) for g in (error - claimed).applyfunc(sp.nsimplify))
    return Outcome(gap == 0, f"largest difference {float(gap):.3g}", "0")


@evidence("numerical", "brute force over the rate with (K-1)/(K+1)")
@control("(K-1)/(K+1) raised by 10%", factor=1.1)
def best_rate_numerical(power=-0.5, factor=1.0):
    """Brute force: smallest spectral radius of the dense error map against (K-1)/(K+1)."""
    problem = random_quadratic(30, 50.0, seed=3)
    values, basis = np.linalg.eigh(problem.hessian)
    preconditioned = (basis * values**power) @ basis.T @ problem.hessian

    def radius(rate):
        return np.abs(np.linalg.eigvals(np.eye(30) - rate * preconditioned)).max()

    top = values.max() ** (1 + power)
    found = minimize_scalar(radius, bounds=(0, 2 / top), method="bounded", options={"xatol": 1e-10})
    ratio = (values.max() / values.min()) ** (1 + power)
    claimed = factor * (ratio - 1) / (ratio + 1)
    place = 2 / (top + values.min() ** (1 + power))
    gap = max(abs(found.fun - claimed), abs(found.x - place) / 10)
    return below(gap, 1e-7, f"distance from {claimed:.4f} at {place:.4f}")


@evidence("numerical", "order of the four methods, kappa = 400")
@control("kappa = 4, where Adam is not second", 4.0)
def order_numerical(kappa=400.0):
    """Best constant rates, power-law spectrum: steps to 10^-3 of GN^-1, Adam, GN^-1/2 and GD."""
    spectrum = power_law_spectrum(20, np.log(kappa) / np.log(20))
    problem, start = Quadratic(np.diag(spectrum)), np.ones(20)
    times = []
    for rule, power in ((GaussNewton(-1), -1), (GaussNewton(-0.5), -0.5), (GradientDescent(), 0)):
        s = spectrum ** (1 + power)
        rate = 2 / (s.max() + s.min())
        run = descend(problem, rule, start=start, learning_rate=rate, steps=3000)
        times.append(int(settling_time(run, 1e-3)))
    run = descend(problem, Adam(), start=start, learning_rate=schedules.halving(1.0, 20))
    times.insert(1, int(settling_time(run, 1e-3)))
    text = ", ".join(
        f"{n} {t}" for n, t in zip(("GN^-1", "Adam", "GN^-1/2", "GD"), times, strict=True)
    )
    ordered = all(a < b for a, b in itertools.pairwise(times))
    return Outcome(ordered and times[0] == 1, f"steps: {text}", "1 < Adam < GN^-1/2 < GD")


CHECKS = {
    "FEQ-1": checks_of(newton_symbolic, newton_exact, newton_numerical),
    "FEQ-2": checks_of(
        best_rate_symbolic,
        margin_symbolic,
        product_exact,
        capped_schedules,
        best_rate_numerical,
        order_numerical,
    ),
}
