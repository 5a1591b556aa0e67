"""SXQ-22: decoupled weight decay is a ridge whose shape is the inverse of the preconditioner."""

import numpy as np
from scipy.optimize import minimize

from ...derivations import adam_limits as derived
from ...methods.adam_limits import LongMemoryAdam
from ...methods.preconditioners import GaussNewton, GradientDescent
from ...mini_batch.weight_decay import stationary_mean
from ...problems.gaussian import GaussianRegression
from ..outcomes import below, consistent, vanishes
from ..registry import Outcome, checks_in, control, evidence


@evidence("symbolic", "rest under decay with the minimum of the ridge, Adam and GN^-1")
@control("ridge in Sigma instead of Sigma^(1/2)", 2)
def ridge_symbolic(double=1):
    """The slope of the loss with the ridge, at the rest, for Adam and for GN^-1: 0?"""
    return vanishes(*derived.ridge_gaps(double))


@evidence("numerical", "fixed preconditioners in random bases, with a minimiser of loss and ridge")
@control("the ridge without the square of the rotation", turned=False)
def fixed_numerical(turned=True):
    """D = 4, GD, GN^-1/2, GN^-1 in random bases: the core's rest with BFGS on the ridge."""
    rng, gap = np.random.default_rng(221), 0.0
    for case in range(9):
        factor = rng.standard_normal((4, 4))
        covariance, target = factor @ factor.T + 0.2 * np.eye(4), rng.standard_normal(4)
        basis, _ = np.linalg.qr(rng.standard_normal((4, 4)))
        rule = (GradientDescent(), GaussNewton(-0.5), GaussNewton(-1.0))[case % 3]
        diagonal = np.diagonal(basis.T @ covariance @ basis)
        weights = diagonal ** (0.0, -0.5, -1.0)[case % 3]
        frame = basis if turned else np.eye(4)
        ridge = 0.3 * (frame / weights) @ frame.T

        def loss(theta, covariance=covariance, target=target, ridge=ridge):
            error = theta - target
            slope = covariance @ error + ridge @ theta
            return (error @ covariance @ error + theta @ ridge @ theta) / 2, slope

        best = minimize(loss, np.zeros(4), jac=True, method="BFGS", options={"gtol": 1e-12}).x
        regression = GaussianRegression(covariance, 1.0, optimum=target)
        options = {"weight_decay": 0.3, "batch_size": 1, "basis": basis}
        gap = max(gap, np.abs(stationary_mean(regression, rule, **options) - best).max())
    return below(gap, 1e-6, "largest difference")


@evidence("numerical", "(b) one rest of Adam: sign changes of V - sigma^2 - R(V) over ten decades")
@control("(b) V^6 in the place of V in the moment", 6)
def unique_numerical(power=1):
    """30 problems: how often does V - sigma^2 - R(V) change its sign, and is the core's there?"""
    rng, wrong = np.random.default_rng(222), 0
    for _ in range(30):
        spectrum, target = np.exp(rng.normal(scale=1.5, size=5)), rng.standard_normal(5) * 3
        batch, decay = int(2 ** rng.integers(0, 8)), float(np.exp(rng.normal()) / 30)
        volumes = np.geomspace(1 + 1e-9, 1e10, 3001)[:, None]
        low, high = np.zeros((len(volumes), 5)), np.ones((len(volumes), 5))
        for _ in range(60):
            t = (low + high) / 2
            v = spectrum * volumes**power / batch + (1 + 1 / batch) * (spectrum * target * t) ** 2
            over = spectrum * t > decay * (1 - t) * np.sqrt(v)
            low, high = np.where(over, low, t), np.where(over, t, high)
        excess = volumes[:, 0] - 1 - (spectrum * (t * target) ** 2).sum(axis=1)
        turns = np.flatnonzero(np.diff(np.sign(excess)))
        wrong += len(turns) != 1
        if power == 1 and len(turns) == 1:
            regression = GaussianRegression(spectrum, 1.0, optimum=target)
            options = {"weight_decay": decay, "batch_size": batch}
            own = 1 + regression.risk(stationary_mean(regression, LongMemoryAdam(), **options))
            wrong += not volumes[turns[0]] <= own <= volumes[turns[0] + 1]
    return Outcome(wrong == 0, f"{wrong} of 30 wrong", "0 of 30 wrong")


@evidence("numerical", "(b) (B + 1) rho_i^2 from omega theta_i alone, 60 problems")
@control("(b) omega theta instead of its square", 1)
def share_numerical(power=2):
    """At the core's rest: (B + 1) rho_i^2 with u/(1 - u), u = (1 + 1/B)(omega theta_i)^2."""
    rng, gap = np.random.default_rng(224), 0.0
    for _ in range(60):
        spectrum, target = np.exp(rng.normal(scale=1.5, size=5)), rng.standard_normal(5) * 3
        batch, decay = int(2 ** rng.integers(0, 8)), float(np.exp(rng.normal()))
        regression = GaussianRegression(spectrum, 1.0, optimum=target)
        rest = stationary_mean(regression, LongMemoryAdam(), weight_decay=decay, batch_size=batch)
        rho = spectrum * (rest - target) ** 2 / (regression.risk(rest) + 1)
        u = (1 + 1 / batch) * np.abs(decay * rest) ** power
        gap = max(gap, np.abs((batch + 1) * rho * (1 - u) - u).max())
    return below(gap, 1e-9, "largest difference")


@evidence("statistical", "(b) AdamW at (0.9, 0.999), d = 4, B = 8, in each coordinate, to 1.5%")
@control("(b) the ridge of gradient descent", GradientDescent())
@control("(b) the ridge of GN^-1", GaussNewton(-1.0))
def adamw_statistical(rule=None, runs=128):
    """AdamW with omega = 0.5 at rate 0.004: the mean of theta over 4000 steps, against the core."""
    beta1, beta2, decay, rate, batch = 0.9, 0.999, 0.5, 0.004, 8
    regression = GaussianRegression([1.0, 0.5, 0.25, 0.1], 1.0, optimum=[1.0, -1.0, 1.0, 2.0])
    rest = stationary_mean(
        regression, rule or LongMemoryAdam(), weight_decay=decay, batch_size=batch
    )
    # From Adam's own rest, whatever is claimed, so that the burn-in is short.
    begin = stationary_mean(regression, LongMemoryAdam(), weight_decay=decay, batch_size=batch)
    rng, theta = np.random.default_rng(223), np.tile(begin, (runs, 1))
    first, second, total = np.zeros_like(theta), np.zeros_like(theta), np.zeros_like(theta)
    burn, window = 2000, 4000
    for step in range(burn + window):
        features = rng.standard_normal((runs, batch, 4)) * np.sqrt(regression.covariance)
        residuals = np.einsum("rbi,ri->rb", features, theta - regression.optimum)
        residuals -= rng.standard_normal((runs, batch))
        gradient = np.einsum("rbi,rb->ri", features, residuals) / batch
        first += (1 - beta1) * (gradient - first)
        second += (1 - beta2) * (gradient**2 - second)
        above, below_ = 1 - beta1 ** (step + 1), 1 - beta2 ** (step + 1)
        theta = theta - rate * (first / above / np.sqrt(second / below_) + decay * theta)
        if step >= burn:
            total += theta
    average = total / window
    error = average.std(axis=0, ddof=1) / np.sqrt(runs)
    scale = np.abs(regression.optimum)
    scores = np.maximum(np.abs(average.mean(axis=0) - rest) - 0.015 * scale, 0) / error
    return consistent(scores, (error / scale).max(), runs)


CHECKS = {"SXQ-22": checks_in(globals())}
