"""B-10: from an isotropic start the best single step is damped Gauss-Newton."""

import numpy as np
import sympy as sp

from ...tuning.comparison import compare
from ...tuning.rates import best_rates
from ..outcomes import below, vanishes
from ..reference import exact
from ..registry import Outcome, checks_of, control, evidence
from . import first_step


def damping(trace, risk, noise, batch_size):
    """Return mu = (R_0 + sigma^2) tr Sigma/((B + 1) R_0)."""
    return (risk + noise) * trace / ((batch_size + 1) * risk)


@evidence("symbolic", "the gradient of R_1 in free weights, at the damped ones, d = 2")
@control("B instead of B + 1 in mu", 0)
def weights_symbolic(extra=1):
    """dR_1/dw_i from the recurrence, shares s lambda_i, at (B/(B + 1))/(lambda_i + mu): 0?"""
    lam, w = sp.symbols("lambda1:3", positive=True), sp.symbols("w1:3", positive=True)
    s, batch, noise = sp.symbols("s B sigma2", positive=True)
    shares = [s * v for v in lam]
    total = sum(shares)
    risk = sum(
        a * (1 - 2 * v * y + (1 + 1 / batch) * (v * y) ** 2)
        + (v * y) ** 2 / batch * (total + noise)
        for a, v, y in zip(shares, lam, w, strict=True)
    )
    mu = (total + noise) * sum(lam) / ((batch + extra) * total)
    found = {y: batch / (batch + 1) / (v + mu) for v, y in zip(lam, w, strict=True)}
    return vanishes(*[sp.simplify(sp.diff(risk, y).subs(found)) for y in w])


@evidence("exact", "the best matrix of SXQ-13 (a) for a dense Sigma, in rationals")
@control("a start that is not isotropic", isotropic=False)
def matrix_exact(isotropic=True):
    """M W^-1 in the parameters' frame, dense rational Sigma, d = 3, with damped GN: the same?"""
    turn, noise, batch = exact.rational_rotation(3), sp.Rational(1, 3), 2
    covariance = turn * sp.diag(4, 1, sp.Rational(1, 9)) * turn.T
    moment = sp.Rational(5, 7) * (sp.eye(3) if isotropic else sp.diag(1, 2, 1))
    risk = (covariance * moment).trace()
    # E ghat ghat^T and E ghat delta^T; the best P solves P E[ghat ghat^T] = E[delta ghat^T].
    second = (1 + sp.Rational(1, batch)) * covariance * moment * covariance
    second += (risk + noise) / batch * covariance
    best = moment * covariance * second.inv()
    mu = damping(covariance.trace(), risk, noise, batch)
    claimed = sp.Rational(batch, batch + 1) * (covariance + mu * sp.eye(3)).inv()
    gap = max(abs(e) for e in best - claimed)
    return Outcome(gap == 0, f"largest difference {float(gap):.3g}", "0")


@evidence("numerical", "the core's search over damping and rate at T = 1")
@control("T = 30 instead of 1", 30)
@control("a start that leans, q = 1", lean=0.5)
def search_numerical(steps=1, lean=0.0):
    """`compare`'s best damping with the formula, 8 spectra, and its rate with B/(B + 1)."""
    gap = 0.0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        spectrum, noise = 10 ** rng.uniform(-2, 0, 12), float(rng.uniform(0.3, 2))
        batch = int(2 ** rng.integers(0, 6))
        found = compare(
            spectrum, start=spectrum**lean, batch_size=batch, steps=steps, noise_std=noise
        )
        mu = damping(spectrum.sum(), found.start_risk, noise**2, batch)
        best = found.damped
        if best is None:  # no damping is best: the formula's is not
            return below(np.inf, 1e-3, "largest relative difference")
        gap = max(
            gap, abs(np.log(best.damping / mu)), abs(best.learning_rate * (batch + 1) / batch - 1)
        )
    return below(gap, 1e-3, "largest relative difference")


@evidence("numerical", "no power and no damping at other values, T = 1")
@control("the start's own power, q = 1", 1.0)
def powers_numerical(q=0.0):
    """R_1 of 61 powers and 6 dampings, from E delta_i^2 = lambda_i^q: all above the formula's."""
    spectrum, batch, noise = np.geomspace(1, 0.01, 15), 4, 0.5
    shares = spectrum ** (1 + q)
    mu = damping(spectrum.sum(), shares.sum(), noise, batch)
    dampings = mu * np.array([1, 0.01, 0.5, 0.8, 1.25, 2, 100])
    weights = np.vstack(
        [1 / (spectrum + dampings[:, None]), spectrum ** np.linspace(-2, 1, 61)[:, None]]
    )
    modes = spectrum * weights
    logs = best_rates(modes, shares / modes, noise=noise, batch_size=batch, steps=1)[1]
    lead = logs[1:].min() - logs[0]
    return Outcome(
        lead > 1e-4, f"some rival is better: {lead <= 1e-4}", "some rival is better: False"
    )


CHECKS = {
    "B-10": checks_of(
        weights_symbolic,
        first_step.slope_symbolic,
        matrix_exact,
        first_step.diagonal_exact,
        search_numerical,
        powers_numerical,
    )
}
