"""SXQ-15: the risk of the averaged iterate does not depend on the preconditioner."""

import numpy as np
import sympy as sp

from ...derivations import risk_recurrence
from ...methods.preconditioners import GaussNewton
from ...mini_batch.averaging import averaged_risk, averaged_risk_curve
from ...problems.gaussian import GaussianRegression
from ..outcomes import below, consistent, vanishes
from ..reference.joint_moments import joint_maps, random_problem
from ..registry import Outcome, checks_in, control, evidence
from .momentum import BATCH, NOISE, RATIONAL, stationary_moments


@evidence("symbolic", "whitened trace of the gradient's covariance")
@control("d + 2 instead of d + 1", 2)
def noise_symbolic(more=1):
    """tr(Sigma^-1 Cov(ghat)) from the fourth moments, d = 2, with (sigma^2 d + (d+1) R)/B"""
    risk = sp.Symbol("R", positive=True)
    claimed = (2 * risk_recurrence.noise**2 + (2 + more) * risk) / risk_recurrence.batch
    return vanishes(sp.simplify(risk_recurrence.whitened_noise() - claimed))


@evidence("exact", "autocovariances in rationals, with momentum")
@control("d instead of d + 1", 0)
def covariances_exact(more=1):
    """The sum of all autocovariances of the iterates in rationals, d = 2, beta = 0 and 1/2"""
    covariance, gaps = RATIONAL[0], []
    for beta in (sp.Integer(0), sp.Rational(1, 2)):
        state, mean = stationary_moments(beta)
        risk = (covariance * state[:2, :2]).trace()
        # T Var(mean of T iterates) -> sum over all lags of mean^lag state, to both sides.
        resolvent = (sp.eye(4) - mean).inv() * state
        total = (resolvent + resolvent.T - state)[:2, :2]
        claimed = (NOISE * 2 + (2 + more) * risk) / BATCH
        gaps.append((covariance * total).trace() - claimed)
    size = max(abs(g) for g in gaps)
    return Outcome(size == 0, f"largest difference {float(size):.3g}", "0")


@evidence("numerical", "exact curve of the average with the limit")
@control("a limit 1% higher", 0.01)
def core_numerical(more=0.0):
    """T E[R] of the core's curve, extrapolated from T and 2T, with the limit, three powers"""
    rng, gaps = np.random.default_rng(91), []
    covariance, _ = random_problem(rng, 4)
    regression, start = GaussianRegression(covariance, 0.7), rng.standard_normal(4)
    for power in (-1.0, -0.5, 0.0):
        scale = (np.diag(covariance) ** (1 + power)).sum()
        options = {"learning_rate": 0.8 / scale, "batch_size": 2}
        limit = averaged_risk(regression, GaussNewton(power), **options) * (1 + more)
        curve = averaged_risk_curve(
            regression, GaussNewton(power), start=start, **options, steps=8000
        )
        # T E[R] is the limit plus b/T plus what decays exponentially.
        gaps.append(abs((8000 * curve[7999] * 2 - 4000 * curve[3999]) / limit - 1))
    return below(max(gaps), 1e-6, "largest relative difference")


@evidence("numerical", "dense joint moments with momentum")
@control("momentum 0 in the core", core_beta=0.0)
def joint_dense(beta=0.9, core_beta=0.9):
    """Autocovariances of dense joint moments with momentum 0.9, d = 3, with the core's limit"""
    covariance, _ = random_problem(np.random.default_rng(92), 3)
    regression, rate = GaussianRegression(covariance, 0.6), 0.3 / np.trace(covariance)
    step, common, _ = joint_maps(covariance, np.eye(3), rate, 2, beta)
    moments = np.linalg.solve(np.eye(36) - step, common * 0.36).reshape(6, 6)
    eye = np.eye(3)
    mean = np.block(
        [
            [eye - rate * (1 - beta) * covariance, -rate * beta * eye],
            [(1 - beta) * covariance, beta * eye],
        ]
    )
    resolvent = np.linalg.solve(np.eye(6) - mean, moments)
    dense = np.trace(covariance @ (resolvent + resolvent.T - moments)[:3, :3])
    limit = averaged_risk(
        regression, GaussNewton(0.0), learning_rate=rate, batch_size=2, momentum=core_beta
    )
    return below(abs(dense / limit - 1), 1e-9, "relative difference")


@evidence("statistical", "mean iterates of 40 000 runs on drawn examples")
@control("rate 0.2 claimed, 0.3 run", 0.2)
def drawn_batches(claimed_rate=0.3, runs=40_000, steps=100):
    """R of the mean iterate over 40 000 runs on drawn examples, d = 2, B = 1, with the curve"""
    rng = np.random.default_rng(93)
    covariance = np.array([[1.0, 0.4], [0.4, 0.3]])
    factor, noise_std, rate = np.linalg.cholesky(covariance), 1.0, 0.3
    start = np.array([1.0, -1.0])
    curve = averaged_risk_curve(
        GaussianRegression(covariance, noise_std),
        GaussNewton(0.0),
        start=start,
        learning_rate=claimed_rate,
        batch_size=1,
        steps=steps - 1,
    )
    errors, total = np.tile(start, (runs, 1)), np.zeros((runs, 2))
    z_scores, resolution = [], 0.0
    for step in range(1, steps + 1):
        total += errors
        if step in (10, 30, steps):
            means = total / step
            risks = np.einsum("ri,ij,rj->r", means, covariance, means)
            spread = risks.std(ddof=1) / np.sqrt(runs)
            z_scores.append((risks.mean() - curve[step - 1]) / spread)
            resolution = max(resolution, spread / curve[step - 1])
        features = rng.standard_normal((runs, 2)) @ factor.T
        residual = np.einsum("ri,ri->r", features, errors) - noise_std * rng.standard_normal(runs)
        errors -= rate * residual[:, None] * features
    return consistent(z_scores, resolution)


CHECKS = {"SXQ-15": checks_in(globals())}
