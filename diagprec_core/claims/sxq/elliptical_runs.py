"""SXQ-12 (e): whole runs of a fixed preconditioner on elliptical features."""

from fractions import Fraction

import numpy as np

from ...derivations import elliptical
from ...methods.preconditioners import GaussNewton
from ...mini_batch.noise_floor import largest_stable_rate, stationary_risk
from ...mini_batch.risk import risk_curve
from ...problems.gaussian import GaussianRegression
from ..outcomes import below, vanishes
from ..reference import finite_laws as finite
from ..registry import Outcome, control, evidence

# Radii times 5; with mean square 1 they give the cube with the cross at w = 1/3 this kurtosis.
RADII = np.array([1, 7])
KURTOSIS = Fraction(2, 3) * sum(Fraction(int(r), 5) ** 4 for r in RADII) / 2


@evidence("symbolic", "(e) the floor from the stationary recurrence")
@control("(e) 1 - c instead of 1 - k c", 1)
def floor_symbolic(kurtosis=elliptical.K):
    """The stationary recurrence solved for d = 2, free s, B and k, less sigma^2 c/(1 - k c)."""
    return vanishes(elliptical.floor_gap(kurtosis))


@evidence("exact", "(e) a step over all batches of 1 and 2")
@control("(e) Gaussian formula, k = 1", Fraction(1))
@control("(e) Rademacher features", weight=Fraction(0))
def step_exact(kurtosis=KURTOSIS, weight=Fraction(1, 3)):
    """All batches of a finite law, a start of two points, P diagonal: m_i after a step, with (e).

    The features are a_i s_i, so that Sigma is diagonal with a_i^2; everything is an integer over
    common denominators.
    """
    scales, weights = np.array([1, 2, 3, 4]), [Fraction(n, 7) for n in (3, 1, 2, 5)]
    law = finite.cube_and_cross(weight)
    unit = np.lcm.reduce([chance.denominator for chance, _ in law])
    # Each example with two radii, times 5, and with the noise -1/2 and 1/2, times 10.
    counts = np.repeat([int(chance * unit) for chance, _ in law], 4)
    x = np.concatenate([np.outer(np.repeat(RADII, 2), scales * s) for _, s in law])
    noise = np.tile([-5, 5], len(counts) // 2)
    starts, rate, wrong = np.array([[2, -1, 1, 0], [-1, 1, 0, 3]]), Fraction(1, 50), 0
    for size in (1, 2):
        after, before = [Fraction(0)] * 4, [Fraction(0)] * 4
        for start in starts:
            g = x * (2 * x @ start + noise)[:, None]  # 50 times the gradients
            chances = counts
            if size == 2:
                g = (g[:, None] + g).reshape(-1, 4)
                chances = np.outer(counts, counts).ravel()
            total = int(chances.sum())
            for i, w in enumerate(weights):
                mean = Fraction(int(chances @ g[:, i]), total) / (50 * size)
                square = Fraction(int(chances @ g[:, i] ** 2), total) / (50 * size) ** 2
                old = Fraction(int(start[i]))
                new = old**2 - 2 * rate * w * old * mean + (rate * w) ** 2 * square
                before[i], after[i] = before[i] + old**2 / w / 2, after[i] + new / w / 2
        s = [w * int(a) ** 2 for w, a in zip(weights, scales, strict=True)]
        risk = finite.dot(s, before)
        k, push = 1 + (2 * kurtosis - 1) / size, rate**2 / size * (kurtosis * risk + Fraction(1, 4))
        claimed = [
            m * (1 - 2 * rate * v + (rate * v) ** 2 * k) + push * v
            for m, v in zip(before, s, strict=True)
        ]
        wrong += sum(a != c for a, c in zip(after, claimed, strict=True))
    return Outcome(wrong == 0, f"{wrong} of 8 moments differ", "0")


@evidence("numerical", "(e) dense moments with the core")
@control("(e) Gaussian formula, k = 1", 1.0)
def dense_numerical(kurtosis=None):
    """Dense second moments of elliptical runs with the core: curve, floor and stability limit."""
    rng, gap, stable = np.random.default_rng(121), 0.0, 0
    for size, own in ((1, 3.0), (4, 0.7), (32, 12.0)):
        k = own if kurtosis is None else kurtosis
        root, basis = rng.standard_normal((4, 4)), np.linalg.qr(rng.standard_normal((4, 4)))[0]
        sigma, rule = root @ root.T, GaussNewton(-0.7)
        regression, law = GaussianRegression(sigma, 0.8), {"batch_size": size, "kurtosis": k}
        limit = largest_stable_rate(regression, rule, basis=basis, **law)
        for share in (0.3, 0.999, 1.001):
            rate = share * limit
            matrix, source = _dense(sigma, rule, basis, rate, size, own)
            radius = np.abs(np.linalg.eigvals(matrix)).max()
            stable += (radius < 1) == (share < 1)
            if share > 0.5:
                continue
            moment, risks = np.ones(16), []
            for _ in range(30):
                risks.append(sigma.ravel() @ moment)
                moment = matrix @ moment + source
            options = {"learning_rate": rate, "basis": basis, **law}
            curve = risk_curve(regression, rule, start=np.ones(4), steps=29, **options)
            end = sigma.ravel() @ np.linalg.solve(np.eye(16) - matrix, source)
            floor = stationary_risk(regression, rule, **options)
            gap = max(gap, np.abs(curve / risks - 1).max(), abs(floor / end - 1))
    found = below(gap, 1e-8, "curve and floor off by")
    shown = f"{found.measured}; limit right in {stable} of 9"
    return Outcome(found.holds and stable == 9, shown, f"{found.expected}; 9 of 9")


def _dense(sigma, rule, basis, rate, size, kurtosis):
    """Return the map of E[delta delta^T] in a step, and what the noise adds, for sigma = 0.8."""
    p = (basis * rule.weights(np.diagonal(basis.T @ sigma @ basis))) @ basis.T
    move, columns = np.eye(4) - rate * p @ sigma, []
    for m in np.eye(16).reshape(16, 4, 4):
        spread = (2 * kurtosis - 1) * sigma @ m @ sigma + kurtosis * np.sum(sigma * m) * sigma
        columns.append((move @ m @ move.T + rate**2 / size * p @ spread @ p).ravel())
    return np.array(columns).T, (rate**2 / size * 0.64 * p @ sigma @ p).ravel()
