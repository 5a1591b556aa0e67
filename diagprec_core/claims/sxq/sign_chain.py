"""SXQ-17 in two dimensions: sign descent's stationary law from exact chances of pairs of signs."""

import numpy as np
from scipy.sparse import coo_matrix, eye
from scipy.sparse.linalg import spsolve
from scipy.special import stdtr

from ...mini_batch.adam_floors import sign_gain
from ...mini_batch.moments import expected_sign
from ...problems.gaussian import GaussianRegression
from ..outcomes import consistent
from ..registry import Outcome, control, evidence

ANGLES, WEIGHTS = np.polynomial.legendre.leggauss(60)


def both_signs(regression, errors, batch_size):
    """Return the chance that both coordinates of ghat are negative, d = 2, for errors (n, 2).

    Given the sum of squared residuals, ghat is normal, so the chance is that of Student's bivariate
    law with B degrees of freedom at -a_i, a_i = sqrt(B) rho_i/sqrt(1 - rho_i^2), and correlation
    -rho_1 rho_2/sqrt((1 - rho_1^2)(1 - rho_2^2)): from correlation -1 upwards, by an integral.
    """
    slope = errors * regression.covariance
    volume = (slope * errors).sum(axis=1) + regression.noise_std**2
    rho = slope / np.sqrt(regression.covariance * volume[:, None])
    rest = np.sqrt(1 - rho**2)
    first, second = (-np.sqrt(batch_size) * rho / rest).T
    top = np.arcsin(np.clip(-rho.prod(axis=1) / rest.prod(axis=1), -1, 1))
    low = np.maximum(0, stdtr(batch_size, first) + stdtr(batch_size, second) - 1)
    half = (top + np.pi / 2) / 2
    angle = -np.pi / 2 + half[:, None] * (1 + ANGLES)
    square = (first**2 + second**2)[:, None] - 2 * (first * second)[:, None] * np.sin(angle)
    density = (1 + square / (batch_size * np.cos(angle) ** 2)) ** (-batch_size / 2)
    return low + half * (density @ WEIGHTS) / (2 * np.pi)


def chain_risk(spectrum, rate, batch_size, offset=(0.0, 0.0)):
    """Return the long-run average of R of sign descent on offset + rate Z^2; sigma = 1."""
    reach = [int(7 * np.sqrt(rate / np.sqrt(s)) / rate) + 12 for s in spectrum]
    i, j = np.meshgrid(*(np.arange(-n, n + 1) for n in reach), indexing="ij")
    keep = (i + j) % 2 == 0  # both coordinates move in every step: one of the two classes
    place = np.full(i.shape, -1)
    place[keep] = np.arange(keep.sum())
    errors = (np.stack([i[keep], j[keep]], axis=1) + np.asarray(offset)) * rate
    regression = GaussianRegression(np.array(spectrum), 1.0)
    negative = (1 - expected_sign(regression, errors, batch_size=batch_size)) / 2
    both = both_signs(regression, errors, batch_size)
    chances = {(1, 1): both, (1, -1): negative[:, 0] - both, (-1, 1): negative[:, 1] - both}
    chances[-1, -1] = 1 - negative.sum(axis=1) + both
    rows, columns, values = [], [], []
    for (up, right), chance in chances.items():
        # At the edge, where next to nothing of the law is, a step outwards is turned back.
        to = [
            np.where(np.abs(x[keep] + step) > n, x[keep] - step, x[keep] + step)
            for x, step, n in zip((i, j), (up, right), reach, strict=True)
        ]
        rows.append(place[to[0] + reach[0], to[1] + reach[1]])
        columns.append(np.arange(len(errors)))
        values.append(chance)
    step = coo_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
        shape=(len(errors),) * 2,
    ).tocsr()
    # The law solves p = step p and sums to 1: one equation gives way to the sum.
    system = (eye(len(errors), format="csr") - step).tolil()
    system[0] = np.ones(len(errors))
    right = np.zeros(len(errors))
    right[0] = 1.0
    law = spsolve(system.tocsc(), right)
    return law @ (errors**2 @ np.array(spectrum))


@evidence("statistical", "chances of pairs of signs with drawn batches, d = 2, B = 1, 2, 3, 8")
@control("independent signs", independent=True)
def pairs_statistical(independent=False, runs=200_000):
    """200,000 drawn batches at three points: how often both coordinates are negative."""
    rng, scores, resolution = np.random.default_rng(175), [], 0.0
    regression = GaussianRegression([1.0, 0.25], 1.0)
    points = np.array([[0.4, 0.5], [0.5, -1.0], [0.1, 0.2]])
    for batch in (1, 2, 3, 8):
        claimed = both_signs(regression, points, batch)
        if independent:
            claimed = ((1 - expected_sign(regression, points, batch_size=batch)) / 2).prod(axis=1)
        for point, chance in zip(points, claimed, strict=True):
            features = rng.standard_normal((runs, batch, 2)) * [1.0, 0.5]
            residuals = features @ point - rng.standard_normal((runs, batch))
            gradient = np.einsum("rbi,rb->ri", features, residuals)
            error = np.sqrt(chance * (1 - chance) / runs)
            scores.append(((gradient < 0).all(axis=1).mean() - chance) / error)
            resolution = max(resolution, error / chance)
    return consistent(scores, resolution)


@evidence("numerical", "second order of the two-dimensional chain, B = 2, 4, 8")
@control("B T^2 + tau instead of T^2 + B tau", swapped=True)
def plane_numerical(swapped=False):
    """In the plane, lambda = (1, 1/4): second order in the rate, with (T^2 + B tau)/8 a^2.

    From rates 0.08 and 0.04, extrapolated, so that what is left out is of order eta^2: 0.5%.
    """
    spectrum, worst = (1.0, 0.25), 0.0
    half, trace = 1.5, 1.25
    for batch in (2, 4, 8):
        gain = float(sign_gain(batch))
        found = []
        for rate in (0.08, 0.04):
            risk = chain_risk(spectrum, rate, batch, (0.37, 0.21))
            found.append((risk - rate * half / (2 * gain)) / rate**2)
        second = 2 * found[1] - found[0]
        claimed = (batch * half**2 + trace if swapped else half**2 + batch * trace) / (8 * gain**2)
        worst = max(worst, abs(second / claimed - 1))
    return Outcome(worst < 5e-3, f"within 0.5%: {worst < 5e-3}", "within 0.5%: True")


@evidence("numerical", "the average depends on the start: d = 1, B = 2, rate 10, three offsets")
@control("at rate 0.1", 0.1)
def offsets_numerical(rate=10.0):
    """One dimension, B = 2, where h = rho: the long-run averages of R from offsets 0, 1/4, 1/2."""
    averages = []
    for offset in (0.0, 0.25, 0.5):
        x = (np.arange(-4000, 4001) + offset) * rate
        h = x / np.sqrt(x**2 + 1)
        steps = np.log1p(-h[:-1]) - np.log1p(h[1:])
        logs = np.concatenate([[0.0], np.cumsum(steps)])
        law = np.exp(logs - logs.max())
        averages.append(law @ x**2 / law.sum())
    spread = max(averages) / min(averages) - 1
    shown = ", ".join(f"{average:.4g}" for average in averages)
    return Outcome(spread > 0.1, f"averages {shown}", "different by more than 10%")


PLANE = (pairs_statistical, plane_numerical, offsets_numerical)
