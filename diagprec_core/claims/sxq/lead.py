"""SXQ-23: how far ahead of GN^-1/2 long-memory Adam can be at equal floor."""

import itertools
from fractions import Fraction

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from ...derivations import ranking
from ...methods.preconditioners import GaussNewton
from ...mini_batch.adam_floors import long_memory_risk, long_memory_weights
from ...mini_batch.noise_floor import spectral_radius
from ...problems.gaussian import GaussianRegression
from ..outcomes import below, vanishes
from ..registry import Outcome, checks_of, control, evidence
from .best import exceeds, moment_matrix, rate_at_floor


@evidence(
    "exact",
    "(a) 1 - radius from 1 - c times to once the slowest mode's, 200 problems",
)
@control("(a) 1 instead of 1 - c", whole=True)
def bounds_exact(whole=False):
    """200 problems in fractions: no radius above 1 - (1 - c) L/k, all above 1 - L/k?"""
    rng, wrong = np.random.default_rng(231), 0
    for _ in range(200):
        d, batch = int(rng.integers(2, 5)), int(2 ** rng.integers(0, 7))
        y = [Fraction(int(n), 60) for n in rng.integers(1, 400, d)]
        c = sum(y) / (batch + 1)
        if c >= 1:
            y = [value / (c * Fraction(11, 10)) for value in y]
            c = sum(y) / (batch + 1)
        k = 1 + Fraction(1, batch)
        least = min(4 * value / (k * (1 + value) ** 2) for value in y)
        matrix = moment_matrix(y, batch)
        wrong += exceeds(matrix, 1 - least * (1 if whole else 1 - c))
        wrong += not exceeds(matrix, 1 - least)
    return Outcome(wrong == 0, f"{wrong} of 400 wrong", "0 of 400 wrong")


def decay(y):
    """Return L = 4 y/(1 + y)^2: k times the share that a mode loses in a step."""
    return 4 * y / (1 + y) ** 2


def newton_pair(total, kappa):
    """Return y of GN^-1/2 on the spectrum (1, 1/kappa), of the given sum."""

    def excess(q):
        return q / (2 - q) + q / (2 * np.sqrt(kappa) - q) - total

    q = brentq(excess, 1e-15, 2 - 1e-15, xtol=1e-15)
    return q / (2 - q), q / (2 * np.sqrt(kappa) - q)


def adam_pair(total, kappa):
    """Return y of long-memory Adam on the spectrum (1, 1/kappa), of the given sum."""

    def root(t):  # of y^2 = t (1 + y)
        return (t + np.sqrt(t * t + 4 * t)) / 2

    log_t = brentq(lambda u: root(np.exp(u)) + root(np.exp(u) / kappa) - total, -60, 60, xtol=1e-14)
    return root(np.exp(log_t)), root(np.exp(log_t) / kappa)


def lead(total, kappa):
    """Return Adam's slowest decay over that of GN^-1/2 in the limit of large batches."""
    return min(map(decay, adam_pair(total, kappa))) / min(map(decay, newton_pair(total, kappa)))


def largest_lead(kappa):
    """Return the largest lead over all floors, and the (B + 1) c at which it is.

    >>> largest, total = largest_lead(1e6)
    >>> round(largest, 2), round(total)
    (9.91, 100)
    """
    grid = np.linspace(-3, np.log(kappa) / 3 + 4, 300)
    at = int(np.argmax([lead(np.exp(u), kappa) for u in grid]))
    found = minimize_scalar(
        lambda u: -lead(np.exp(u), kappa),
        bounds=(grid[at - 1], grid[at + 1]),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return float(-found.fun), float(np.exp(found.x))


@evidence(
    "numerical", "(b) the largest lead is kappa^(1/6) in the limit, at (B + 1) c = kappa^(1/3)"
)
@control("(b) kappa^(1/4)", 4)
def order_numerical(root=6):
    """D = 2, kappa to 10^15: the largest lead over kappa^(1/root), and where it is."""
    ratios, places = [], []
    for kappa in (1e6, 1e9, 1e12, 1e15):
        largest, total = largest_lead(kappa)
        ratios.append(largest / kappa ** (1 / root))
        places.append(total / kappa ** (1 / 3))
    gaps = [abs(ratio - 1) for ratio in ratios]
    holds = all(b < a for a, b in itertools.pairwise(gaps)) and gaps[-1] < 1e-3
    at = max(abs(place - 1) for place in places)
    return Outcome(
        holds and at < 1e-2,
        f"off by {gaps[0]:.3f} falling to {gaps[-1]:.0e}; place within 1%: {at < 1e-2}",
        "falling, below 1e-03; True",
    )


@evidence("symbolic", "(b) the weighted mean of Adam's two decays, and the decay of GN^-1/2")
@control("(b) equal weights in the mean", equal=True)
def mean_symbolic(equal=False):
    """Logarithms of L_1^(1/3) L_2^(2/3) and of L_2, with what ties y_2 to y_1 put in: 0?"""
    return vanishes(*ranking.lead_gaps(2 if equal else 3))


def radius(y, batch):
    """Return the largest eigenvalue of SXQ-7's matrix in the coordinates y.

    >>> round(float(radius((1.0, 1.0), 3)), 6)
    0.625
    """
    k = 1 + 1 / batch
    x = 2 * np.array(y) / ((1 + np.array(y)) * k)
    return np.linalg.eigvalsh(np.diag(1 - 2 * x + k * x**2) + np.outer(x, x) / batch)[-1]


@evidence("numerical", "(b) radii at equal floor, 4000 problems, with kappa^(1/6)/(1 - c)")
@control("(b) 0.8 of it, at (B + 1) c = kappa^(1/3)", 0.8)
def radii_numerical(factor=1.0):
    """Random kappa from 7 to 10^9, B and c, two by two matrices: nu_A/nu_G over its bound."""
    rng, most = np.random.default_rng(233), 0.0
    for case in range(4000):
        kappa = float(np.exp(rng.uniform(np.log(7), np.log(1e9))))
        c = float(np.exp(rng.uniform(np.log(1e-3), np.log(0.95))))
        # Half of the problems near the worst floor.
        total = kappa ** (1 / 3) if case % 2 else float(np.exp(rng.uniform(-3, 8)))
        batch = max(1, round(total / c - 1))
        total = c * (batch + 1)
        adam, newton = (1 - radius(pair(total, kappa), batch) for pair in (adam_pair, newton_pair))
        most = max(most, adam / newton * (1 - c) / kappa ** (1 / 6))
    return Outcome(most < factor, f"largest over the bound {most:.3f}", f"below {factor:g}")


@evidence("numerical", "(b) in the limit of large batches, 12,000 floors")
@control("(b) never above 0.9 kappa^(1/6)", 0.9)
def bound_numerical(factor=1.0):
    """D = 2, kappa from 7 to 10^12, floors over twelve decades: lead over kappa^(1/6)."""
    most = 0.0
    for kappa in np.geomspace(7, 1e12, 40):
        totals = np.exp(np.linspace(-8, 20, 300))
        most = max(most, *(lead(total, kappa) / kappa ** (1 / 6) for total in totals))
    return Outcome(most < factor, f"largest {most:.3f}", f"below {factor:g}")


@evidence("numerical", "(b) the core's radii at equal floor, kappa = 10^6, B = 1000")
@control("(b) at a floor a thousand times lower", 1e-3)
def core_numerical(lower=1.0):
    """Radii of the frozen weights and of GN^-1/2 in the core at (B + 1) c = 100: lead above 7?"""
    spectrum, batch = np.array([1.0, 1e-6]), 1000
    c = 100 / (batch + 1) * lower
    floor = c / (1 - c)

    def excess(log_rate):
        found = long_memory_risk(spectrum, 1.0, np.exp(np.array(log_rate)), batch)
        return float(np.log(found / floor))

    rate = np.exp(brentq(excess, -30, 30, xtol=1e-13))
    weights = long_memory_weights(spectrum, 1.0, np.array(rate), batch)
    frozen, own = GaussianRegression(spectrum * weights, 1.0), GaussianRegression(spectrum, 1.0)
    adam = spectral_radius(frozen, GaussNewton(0.0), learning_rate=rate, batch_size=batch)
    rule = GaussNewton(-0.5)
    other = rate_at_floor(own, rule, floor, batch_size=batch)
    newton = spectral_radius(own, rule, learning_rate=other, batch_size=batch)
    found = (1 - adam) / (1 - newton)
    return Outcome(found > 7, f"lead {found:.2f}", "above 7")


@evidence("numerical", "(a) shares y of frozen weights in the core with the pair's")
@control("(a) shares of GN^-1/2", adam=False)
def shares_numerical(adam=True):
    """The core's weights at random rates, d = 2: y = q/(2 - q) with y^2 = t lambda (1 + y)?"""
    rng, gap = np.random.default_rng(232), 0.0
    for _ in range(50):
        kappa, batch = float(np.exp(rng.uniform(1, 12))), int(2 ** rng.integers(0, 9))
        spectrum, rate = np.array([1.0, 1 / kappa]), np.array(np.exp(rng.normal(scale=2)))
        q = rate * (1 + 1 / batch) * spectrum * long_memory_weights(spectrum, 1.0, rate, batch)
        y = q / (2 - q)
        pair = (adam_pair if adam else newton_pair)(y.sum(), kappa)
        gap = max(gap, np.abs(y / pair - 1).max())
    return below(gap, 1e-9, "largest relative difference")


CHECKS = {
    "SXQ-23": checks_of(
        mean_symbolic,
        bounds_exact,
        order_numerical,
        bound_numerical,
        radii_numerical,
        shares_numerical,
        core_numerical,
    )
}
