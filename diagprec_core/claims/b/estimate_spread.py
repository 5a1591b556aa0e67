"""B-11 (a), (c): how sharp the square is, and kappa(W) from Gaussian and from drawn gradients."""

import numpy as np
import sympy as sp

from ...derivations import scaled_gram as derived
from ...full_batch.conditioning import condition_number
from ...methods.bases import eigenbasis
from ...methods.preconditioners import GaussNewton
from ...mini_batch.sampling import sample_gradients
from ...problems.gaussian import GaussianRegression
from ...problems.quadratic import Quadratic
from ..outcomes import below, consistent, vanishes
from ..registry import Outcome, control, evidence


@evidence("symbolic", "(a) the pair's kappa_-1, kappa and n free, and its limits")
@control("(a) kappa^2 along and across", 2)
def pair_symbolic(exponent=1):
    """Both blocks' characteristic polynomials, n = 2, 3; n -> oo: kappa^2, kappa -> oo: n - 1"""
    gaps = [gap for n in (2, 3) for gap in derived.pair_gaps(n, exponent)]
    ratio, kappa, n = derived.pair_ratio(), derived.kappa, derived.n
    limits = sp.limit(ratio, n, sp.oo) - kappa**2, sp.limit(ratio / kappa, kappa, sp.oo) - (n - 1)
    return vanishes(*gaps, *[sp.simplify(e) for e in limits])


@evidence("numerical", "(a) the pair in the core, d = 4 to 60")
@control("(a) kappa(W)^2, the limit", squared=True)
def pair_numerical(squared=False):
    """``kappa_-1`` of the core in the estimate's eigenbasis with the closed form, 9 pairs"""
    gap, n, kappa = 0.0, derived.n, derived.kappa
    claimed = sp.lambdify((n, kappa), kappa**2 if squared else derived.pair_ratio())
    for size in (2, 7, 30):
        for spread in (1.5, 4.0, 50.0):
            blocks = [
                np.array(derived.pair_block(size, low, high), dtype=float)
                for low, high in ((1, spread), (spread, 1))
            ]
            joint = np.block(
                [[blocks[0], np.zeros((size, size))], [np.zeros((size, size)), blocks[1]]]
            )
            estimate = 1.1 ** np.arange(2 * size)
            sigma = joint * np.sqrt(np.outer(estimate, estimate))
            basis = eigenbasis(np.diag(estimate))
            found = condition_number(Quadratic(sigma), GaussNewton(-1), basis=basis)
            gap = max(gap, abs(found / claimed(size, spread) - 1))
    return below(gap, 1e-8, "largest relative difference")


@evidence("statistical", "(c) the mean of tr W^2/d of drawn gradients at the optimum, two spectra")
@control("(c) Gaussian gradients, 2/B left out", 0)
def law_statistical(heavy=2, runs=20_000):
    """The core's gradients, whitened, M = 30, d = 8: 1 + ((1 + 2/B)(d + 2) - 1)/M whatever Sigma"""
    rng, scores, resolution, d, m = np.random.default_rng(185), [], 0.0, 8, 30
    for spectrum in (np.ones(d), 10.0 ** -np.arange(d)):
        problem = GaussianRegression(spectrum, 0.7)
        for batch in (1, 4):
            drawn = sample_gradients(
                problem, np.zeros(d), batch_size=batch, size=runs * m, rng=rng
            ).reshape(runs, m, d)
            drawn = drawn / np.sqrt(0.49 / batch * spectrum)
            w = np.einsum("rmi,rmj->rij", drawn, drawn) / m
            found = (w**2).sum(axis=(1, 2)) / d
            claimed = 1 + ((1 + heavy / batch) * (d + 2) - 1) / m
            error = found.std(ddof=1) / np.sqrt(runs)
            scores.append((found.mean() - claimed) / error)
            resolution = max(resolution, error / claimed)
    return consistent(scores, resolution, runs)


@evidence("statistical", "(c) kappa(W) above its bound in fewer draws than promised, t = 1 and 2")
@control("(c) sqrt d left out of the bound", 0)
def tail_statistical(width=1, draws=300):
    """Gaussian gradients, d = 20, M = 60 and 400: at most 2 exp(-t^2/2) of the draws, and chance"""
    rng, d, worst = np.random.default_rng(186), 20, 0
    for m in (60, 400):
        values = rng.standard_normal((draws, m, d))
        ends = np.linalg.svd(values, compute_uv=False)
        spread = (ends[:, 0] / ends[:, -1]) ** 2
        for t in (1.0, 2.0):
            room = width * np.sqrt(d) + t
            limit = ((np.sqrt(m) + room) / (np.sqrt(m) - room)) ** 2
            share = min(1.0, 2 * np.exp(-(t**2) / 2))
            # Five standard errors of a share of the draws.
            allowed = share + 5 * np.sqrt(share * (1 - share) / draws)
            worst += (spread > limit).mean() > allowed
    return Outcome(worst == 0, f"too often in {worst} of 4", "too often in 0 of 4")
