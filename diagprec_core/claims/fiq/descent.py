"""FIQ-1, FIQ-2a, FIQ-2b: full batch, identity basis, the block-wise quadratic under GN^p and GD."""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.optimize import minimize_scalar

from ...derivations import linear
from ...full_batch.descent import descend
from ...methods import schedules
from ...methods.preconditioners import GaussNewton, GradientDescent
from ...problems.instances import Blockwise, blockwise_features
from ...problems.quadratic import BlockQuadratic, Quadratic
from ..feq.descent import best_rate_symbolic, capped_schedules, margin_symbolic
from ..outcomes import below, vanishes
from ..registry import Outcome, checks_of, control, evidence

POWERS = (-1.0, -0.5, -0.25, 0.5, 2.0)


def same_path(problem, starts):
    """Count the powers for which GN^p differs from gradient descent in any bit of any iterate."""
    rates = np.geomspace(0.01, 2.5, 12)
    runs = [
        descend(problem, rule, start=starts, learning_rate=rates, steps=60).coordinates
        for rule in (GradientDescent(), *map(GaussNewton, POWERS))
    ]
    differ = sum(not np.array_equal(runs[0], run) for run in runs[1:])
    return Outcome(differ == 0, f"{differ} of {len(POWERS)} powers differ", "0")


@evidence("exact", "GN^p with gradient descent bit by bit, blocks of 4")
@control("one block doubled, so its diagonal is 2", 2.0)
def identical_bits(scale=1.0):
    """GN^p against gradient descent on blocks of 4, from a random start, bit by bit."""
    rng = np.random.default_rng(5)
    instance = Blockwise([0.01, 0.3, 1.7, 3.9], rng.choice([-1, 1], (4, 4)))
    blocks = instance.problem.blocks.copy()
    blocks[1] *= scale
    return same_path(BlockQuadratic(blocks), rng.standard_normal(16))


@evidence("exact", "the same on regression data with features -1 and 1")
@control("one feature doubled", 2.0)
def identical_data(scale=1.0):
    """The same on data with features -1 or 1, where the covariance comes out block-wise."""
    features = blockwise_features([15, 3, 11, 6], copies=16)
    features[:, 2] *= scale
    rng = np.random.default_rng(6)
    targets = features @ rng.standard_normal(8) + rng.standard_normal(len(features))
    return same_path(Quadratic.from_data(features, targets), rng.standard_normal(8))


@evidence("symbolic", "diagonal and eigenvector of a block, coupling free")
@control("h = (1, 2) instead of signs", (1, 2))
def block_symbolic(signs=(1, -1, -1)):
    """A block with free coupling: unit diagonal, and h an eigenvector of 1 + (m-1) rho."""
    matrix, vector = linear.block(signs), sp.Matrix(signs)
    eigenvalue = 1 + (len(signs) - 1) * sp.Symbol("rho", real=True)
    image = (matrix * vector - eigenvalue * vector).applyfunc(sp.expand)
    return vanishes(*[matrix[i, i] - 1 for i in range(len(signs))], *image)


@evidence("symbolic", "weight of GN^p on a diagonal of 1, p free, with 1")
@control("a diagonal of 2 instead of 1", 2)
def weight_symbolic(diagonal=1):
    """The weight diagonal^p of GN^p for a free power p: is it 1?"""
    return vanishes(sp.simplify(sp.Integer(diagonal) ** sp.Symbol("p", real=True) - 1))


@evidence("exact", "rational amplitudes at the best rate with the bound")
@control("bound's base raised by 1%", Fraction(101, 100))
def constant_exact(factor=1):
    """Rational amplitudes at eta = 2/(l_max + l_min) with ((kappa-1)/(kappa+1))^T."""
    curvatures = [Fraction(n, 20) for n in (1, 3, 10, 18, 20)]
    rate = 2 / (max(curvatures) + min(curvatures))
    ratio = max(curvatures) / min(curvatures)
    steps = 25
    worst = max(abs((1 - rate * c) ** steps) for c in curvatures)
    claimed = (factor * (ratio - 1) / (ratio + 1)) ** steps
    return Outcome(worst == claimed, f"largest ratio {float(worst):.6f}", f"{float(claimed):.6f}")


@evidence("numerical", "search over the rate in the core with the bound")
@control("a Chebyshev schedule instead of a constant rate", schedules.chebyshev(0.05, 1.0, 30))
def constant_numerical(rates=None, factor=1.0):
    """The core on 4 blocks of 2: smallest worst ratio over a search of the constant rate."""
    instance, steps = Blockwise([1.0, 0.7, 0.2, 0.05]), 30
    start = instance.start(np.ones(4))

    def worst(rate):
        run = descend(
            instance.problem, GaussNewton(-0.5), start=start, learning_rate=rate, steps=steps
        )
        return np.abs(instance.amplitudes(run.parameters[-1])).max()

    if rates is None:
        found = minimize_scalar(worst, bounds=(1.5, 2.2), method="bounded", options={"xatol": 1e-9})
        value = found.fun
    else:
        value = worst(rates)
    claimed = factor * (19 / 21) ** steps
    return below(abs(value / claimed - 1), 1e-6, f"relative distance from {claimed:.6f}")


@evidence("numerical", "2000 schedules under the cap in the core")
@control("cap lifted to 10/lambda_max", 10.0)
def capped_numerical(cap=2.0):
    """2000 schedules up to cap/l_max, Chebyshev among them, in the core: (1-2/kappa)^T."""
    instance, steps, kappa = Blockwise([1.0, 0.5, 0.1]), 12, 10.0
    rates = np.random.default_rng(7).uniform(0, cap, (2000, steps))
    rates[0] = np.minimum(schedules.chebyshev(0.1, 1.0, steps).rates, cap)
    rates[1] = np.minimum(np.resize([10.0, 2.0, 1.0], steps), cap)
    run = descend(
        instance.problem,
        GradientDescent(),
        start=instance.start(np.ones(3)),
        learning_rate=schedules.Schedule(rates),
        every=steps,
    )
    least = float(np.abs(instance.amplitudes(run.parameters[-1])).max(axis=-1).min())
    bound = (1 - 2 / kappa) ** steps
    return Outcome(
        least >= bound * (1 - 1e-12), f"least of 2000 {least:.4f}", f"at least {bound:.4f}"
    )


CHECKS = {
    "FIQ-1": checks_of(block_symbolic, weight_symbolic, identical_bits, identical_data),
    "FIQ-2a": checks_of(best_rate_symbolic, constant_exact, constant_numerical),
    "FIQ-2b": checks_of(margin_symbolic, capped_schedules, capped_numerical),
}
