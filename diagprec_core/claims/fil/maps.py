"""FIL-1: full batch, identity basis, block-wise logistic regression: the step of every power."""

import numpy as np
import sympy as sp

from ...derivations import logistic_blocks
from ...full_batch.descent import descend
from ...methods.preconditioners import GaussNewton
from ...problems.logistic_instances import BlockwiseLogistic
from ..outcomes import below, vanishes
from ..registry import Outcome, checks_in, control, evidence

POWERS = (-1.0, -0.5, 0.0, 0.3)


def reduced_rates(rates, power, blocks):
    """Return eta c^(1+p)/(4 8^p), c = 1/(2 blocks): FIL-1's reduced rate h."""
    return rates * (1 / (2 * blocks)) ** (1 + power) / (4 * 8.0**power)


def learning_rates(reduced, power, blocks):
    """Return the learning rates eta whose reduced rates are given."""
    return reduced / reduced_rates(1.0, power, blocks)


@evidence("symbolic", "the step from the loss of a block, p free")
@control("curvature with mu t^2 instead of mu t^2/2", 2)
def map_symbolic(factor=1):
    """Gradient, curvature and step from the loss of a block, p free, with FIL-1's closed forms."""
    return vanishes(
        *logistic_blocks.block_gaps(sp.Rational(1, 2) * factor), logistic_blocks.step_gap()
    )


@evidence("symbolic", "derivatives at 0, and their ratio")
@control("threshold h = 5 instead of 4", 5)
def threshold_symbolic(level=4):
    """The derivative at 0 where h mu = level, and how far block 2 moves against block 1 there."""
    h = sp.Symbol("h", positive=True)
    first = logistic_blocks.local_factor().subs(logistic_blocks.MU, 1)
    second = logistic_blocks.local_factor()
    share = (1 - second) / (1 - first)
    return vanishes(first.subs(h, level) + 1, sp.simplify(share - logistic_blocks.MU))


@evidence("numerical", "the core with the recurrence in z")
@control("rates larger by 1 part in 10^4", 1.0001)
@control("starts off the lines by 0.01", aligned=False)
def recurrence_numerical(scale=1.0, aligned=True):
    """The core on 3 blocks, 4 powers and 8 rates, 40 steps, with FIL-1's recurrence in z."""
    curvatures, rng = np.array([1.0, 0.35, 0.04]), np.random.default_rng(21)
    instance, root = BlockwiseLogistic(curvatures), np.sqrt(curvatures)
    amplitudes = rng.uniform(-4, 4, (8, 3))
    starts = instance.start(amplitudes)
    if not aligned:
        starts[:, 1] += 0.01
    worst = 0.0
    for power in POWERS:
        reduced = np.linspace(0.1, 3.5, 8)
        run = descend(
            instance.problem,
            GaussNewton(power),
            start=starts,
            learning_rate=learning_rates(reduced, power, 3),
            steps=40,
        )
        z = amplitudes * root
        for _ in range(40):
            t = np.tanh(z / 2)
            z = z - scale * reduced[:, None] * curvatures * t * (1 - curvatures * t**2 / 2) ** power
        worst = max(worst, np.abs(run.parameters[-1] - instance.start(z / root)).max())
    return below(worst, 1e-9, "largest distance of parameters after 40 steps")


@evidence("numerical", "the core on both sides of the threshold")
@control("threshold larger by 5%", 1.05)
def threshold_numerical(factor=1.0):
    """The core at 0.99 and 1.01 times the threshold of block 1, from 10^-6: shrinks, grows."""
    instance, wrong = BlockwiseLogistic([1.0, 0.2]), 0
    for power in POWERS:
        rates = learning_rates(np.array([0.99, 1.01]) * 4 * factor, power, 2)
        run = descend(
            instance.problem,
            GaussNewton(power),
            start=instance.start([1e-6, 1e-6]),
            learning_rate=rates,
            steps=100,
        )
        first = np.abs(instance.amplitudes(run.parameters[-1])[:, 0])
        wrong += int(not first[0] < 1e-6 < first[1])
    return Outcome(wrong == 0, f"{wrong} of 4 powers differ", "0")


CHECKS = {"FIL-1": checks_in(globals())}
