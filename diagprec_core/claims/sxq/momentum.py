"""SXQ-14: momentum with a fixed preconditioner on mini-batches."""

import numpy as np
import sympy as sp

from ...derivations import momentum
from ...methods.preconditioners import GaussNewton, GradientDescent
from ...mini_batch.noise_floor import stationary_risk
from ...problems.gaussian import GaussianRegression
from ..outcomes import below, vanishes
from ..reference.joint_moments import joint_maps, random_problem
from ..registry import Outcome, checks_in, control, evidence
from .risk import averaging_ratio, stability_dense


@evidence("symbolic", "Lyapunov equation, loop gain and share of c")
@control("1 instead of (1-beta)/(1+beta)", 1)
def energy_symbolic(effective=momentum.ratio):
    """The 2 x 2 Lyapunov equation, the loop gain and the share of c, all symbols"""
    return vanishes(*momentum.claim_gaps(effective))


@evidence("symbolic", "Jury's criterion of a mode")
@control("a limit of 3 instead of 2", 3)
def jury_symbolic(limit=2):
    """Jury's three numbers of a mode, with eta s (1-beta), 2 (1+beta) - eta s (1-beta) and beta"""
    at_one, at_minus_one, product = momentum.boundary_values()
    x = momentum.eta * momentum.s * (1 - momentum.beta)
    return vanishes(
        sp.expand(at_one - x),
        sp.expand(at_minus_one - (limit * (1 + momentum.beta) - x)),
        product - momentum.beta,
    )


@evidence("exact", "joint moments of (delta, m) solved in rationals")
@control("1 - beta instead of (1-beta)/(1+beta)", lambda b: 1 - b)
def joint_floor_exact(effective=None):
    """Stationary joint moments of (delta, m) solved in rationals, d = 2, beta = 1/2 and 4/5"""
    gaps = []
    for beta in (sp.Rational(1, 2), sp.Rational(4, 5)):
        r = effective(beta) if effective else (1 - beta) / (1 + beta)
        gaps.append(_floor(beta) - _claimed_floor(r))
    size = max(abs(g) for g in gaps)
    return Outcome(size == 0, f"largest difference of R_inf {float(size):.3g}", "0")


RATIONAL = (sp.Matrix([[2, 1], [1, 3]]), sp.Matrix([[3, -1], [-1, 1]]) / 7)
RATE, BATCH, NOISE = sp.Rational(1, 3), 2, sp.Rational(4, 9)


def stationary_moments(beta):
    """Return the stationary second moments of (delta, m) and the map of its mean, in rationals."""
    covariance, preconditioner = RATIONAL
    eye = sp.eye(2)
    drift = RATE * preconditioner
    top = (eye - (1 - beta) * drift * covariance).row_join(-beta * drift)
    mean = top.col_join(((1 - beta) * covariance).row_join(beta * eye))
    entry = (1 - beta) * (-drift).col_join(eye)
    names = [[sp.Symbol(f"c{min(i, j)}{max(i, j)}") for j in range(4)] for i in range(4)]
    state = sp.Matrix(names)
    block = state[:2, :2]
    risk = (covariance * block).trace()
    spread = (covariance * block * covariance + covariance * (risk + NOISE)) / BATCH
    equations = state - mean * state * mean.T - entry * spread * entry.T
    unknowns = sorted(state.free_symbols, key=str)
    rows = [equations[i, j] for i in range(4) for j in range(i, 4)]
    solution = sp.solve(rows, unknowns, dict=True)[0]
    return state.subs(solution), mean


def _floor(beta):
    """Return R_inf from the stationary moments."""
    return (RATIONAL[0] * stationary_moments(beta)[0][:2, :2]).trace()


def _claimed_floor(ratio):
    """Return sigma^2 c/(1 - c), with c as a trace, so that no eigenvalue is needed."""
    covariance, preconditioner = RATIONAL
    x = RATE * preconditioner * covariance
    k = ratio + sp.Rational(1, BATCH)
    c = (x * (2 * sp.eye(2) - k * x).inv()).trace() / BATCH
    return NOISE * c / (1 - c)


@evidence("numerical", "floor of the core with dense joint moments")
@control("momentum 0.89 instead of 0.9", 0.89)
def core_momentum(core_beta=0.9):
    """The core's floor with momentum 0.9, with the dense joint moments, d = 3"""
    rng = np.random.default_rng(74)
    covariance, _ = random_problem(rng, 3)
    rate = 0.3 / np.trace(covariance)
    gaps = []
    for rule, power in ((GradientDescent(), 0.0), (GaussNewton(-0.5), -0.5)):
        preconditioner = np.diag(np.diag(covariance) ** power)
        step, common, risk = joint_maps(covariance, preconditioner, rate, 2, beta=0.9)
        moments = np.linalg.solve(np.eye(len(step)) - step, common * 0.25)
        core = stationary_risk(
            GaussianRegression(covariance, 0.5),
            rule,
            learning_rate=rate,
            batch_size=2,
            momentum=core_beta,
        )
        gaps.append(abs(core / (risk @ moments) - 1))
    return below(max(gaps), 1e-9, "largest relative difference")


MOMENTA = (0.5, 0.9, 0.97, 0.2)


@evidence("numerical", "claimed boundary with the spectral radius of the dense joint moments")
@control("the boundary without momentum", lambda beta: 1.0)
def stability_numerical(claimed=averaging_ratio):
    """The same boundary as without momentum, with (1-beta)/(1+beta) in the place of 1"""
    return stability_dense(MOMENTA, claimed)


CHECKS = {"SXQ-14": checks_in(globals())}
