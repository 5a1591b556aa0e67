"""What Adam's denominator is along the training of the transformer, beside Gauss-Newton's.

A population of 1024 sequences is fixed; moments of the gradient are exact over it, and the
curvature, whose exact rows are 1184 a sequence, is estimated with labels drawn from the model. Both
have a noise, shown by the two halves of the population: each half has its own draws, and its
Kronecker basis comes from the other half, so that nothing is measured in a basis fitted to it.
"""

from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np

from .... import validation as check
from ... import factors, use_float32
from ...coordinates import SMALLEST, Coordinates, measure
from ...gauss_newton import gauss_newton
from . import training
from .experiment import LONG, MODEL
from .rules import RULES
from .text import corpus

FILE = "language-power.csv"
TITLE = (
    "Adam's denominator beside the Gauss-Newton diagonal, along Adam's training of a transformer"
)
ADAM = next(rule for rule in RULES if rule.name == "Adam")
SETTING = (-8, 5)  # what the language experiment finds for Adam: rate 2^-8, beta2 = 1 - 4^-5
STEPS = (0, 20, 60, 200, 600, 2000)
STAGE = 20  # divides the steps
SEEDS = (0, 1, 2)  # those of the report's first runs
BASES = ("identity", "kronecker")
BATCHES = (1, 8, 64, 512, np.inf)
POPULATION = 1024  # sequences
SAMPLES = 2  # draws of labels for each sequence
PARTS = ("", "first half ", "second half ", "nudged ")
QUANTITIES = ("power", "share", "critical", "critical mean", "noise scale")
COLUMNS = (
    "cell",
    "seed",
    "step",
    "basis",
    "loss",
    *(part + quantity for part in PARTS for quantity in QUANTITIES),
    "power of v",
    "share of v",
)
REMARKS = (
    f"Adam as in the language experiment, rate 2^{SETTING[0]}, 1 - beta2 = 4^-{SETTING[1]}; "
    f"{POPULATION} sequences, {SAMPLES} draws of labels each",
    f"power, share: at the batch sizes {', '.join(map(str, BATCHES))}; power is half the slope of "
    "log second moment on log GN diagonal, share that within a factor sqrt 2 of GN^-1/2",
    "critical: quartiles over coordinates of (V_u - m_u^2)/m_u^2 on the population, which cannot "
    "tell what is above its size; critical mean: 1 over the mean over coordinates of m_u^2 over "
    "the variance, and noise scale: the sum of variances over the sum of m_u^2, the same in every "
    "basis; both with unbiased m_u^2 and variances (inf where not positive)",
    "halves: measured on one half in the basis of the other; nudged: the whole population at the "
    "parameters of a run whose start had relative noise of 1e-6",
    "power of v, share of v: the same for Adam's own running second moment, in its basis",
)


def cells():
    """Return (seed, step, basis), in the order of the table."""
    return [(seed, step, basis) for seed in SEEDS for step in STEPS for basis in BASES]


def name(cell):
    """Return the name of a cell.

    >>> name((0, 200, "kronecker"))
    'seed 0, step 200, kronecker'
    """
    seed, step, basis = cell
    return f"seed {seed}, step {step}, {basis}"


def group(cell):
    """Return what cells that share a compilation have in common: all do."""
    return 0


@cache
def snapshots(seed, nudge=0.0):
    """Return {step: (parameters, Adam's second moment)} along a seed's run."""
    parameters, state, _ = training.begin(ADAM, MODEL, seed, SETTING, nudge)
    found = {0: (parameters, state.nu)}
    run = training.stages(ADAM, SETTING, seed, LONG, STAGE, model=MODEL, nudge=nudge)
    for i, (parameters, state, _, _) in enumerate(run):
        if (step := (i + 1) * STAGE) in STEPS:
            found[step] = parameters, state.nu
    return found


@cache
def population():
    """Return inputs and targets, (POPULATION, length) each, from the text that is trained on."""
    text = jnp.asarray(corpus().training)
    return training.windows(text, jax.random.key(3000), POPULATION, MODEL.length)


@partial(jax.jit, static_argnames="model")
def _measured(model, parameters, batch, key, basis):
    how = {"samples": SAMPLES, "key": key, "basis": basis}
    return measure("cross-entropy", model.outputs, parameters, batch, **how)


@partial(jax.jit, static_argnames="model")
def _kronecker(model, parameters, inputs, key):
    how = {"samples": SAMPLES, "key": key, "basis": "kronecker"}
    return gauss_newton("cross-entropy", model.outputs, parameters, inputs, **how).basis


def basis_on(parameters, inputs, key, basis):
    """Return the basis of G on some sequences, or the identity, as factors."""
    if basis == "identity":
        return factors.identity(parameters)
    return _kronecker(MODEL, parameters, inputs, key)


def whole(parameters, basis):
    """Return the `Coordinates` of the population, in its own basis."""
    batch, (for_basis, key) = population(), jax.random.split(jax.random.key(3002))
    return _measured(
        MODEL, parameters, batch, key, basis_on(parameters, batch[0], for_basis, basis)
    )


def halves(parameters, basis):
    """Yield the `Coordinates` of the two halves of the population, each in the other's basis.

    Yields
    ------
    Coordinates
    """
    parts = [a.reshape(2, -1, MODEL.length) for a in population()]
    keys = jax.random.split(jax.random.key(3001))
    for i in (0, 1):
        other = basis_on(parameters, parts[0][1 - i], keys[1 - i], basis)
        yield _measured(MODEL, parameters, tuple(a[i] for a in parts), keys[i], other)


def critical(found, size):
    """Return quartiles of the critical batch, 1 over the mean of its inverse, and the noise scale.

    The critical batch of a coordinate is (V - m^2)/m^2, as on the digits. With m the mean gradient
    of `size` independent examples, E m^2 is (E g)^2 + (V - (E g)^2)/size, so s = (size m^2 -
    V)/(size - 1) is unbiased for (E g)^2 and V - s for the variance: the mean inverse and the noise
    scale take these, the quartiles m as it is. Coordinates without curvature are out, as in
    `Coordinates`: in a rotated basis their gradient is rounding.

    Parameters
    ----------
    found : Coordinates
    size : int

    Returns
    -------
    quartiles : array of shape (3,)
    mean, noise : float

    Raises
    ------
    ValueError
        If no coordinate has curvature, or there are not two examples.

    Examples
    --------
    >>> second, squared = np.array([4.0, 2.0, 1e-9]), np.array([1.0, 1.0, 1e-9])
    >>> one = Coordinates(second, squared, np.array([1.0, 1.0, 0.0]), None)
    >>> quartiles, mean, noise = critical(one, 5)
    >>> quartiles.tolist(), round(mean, 3), round(noise, 3)
    ([1.5, 2.0, 2.5], 3.0, 5.0)
    """
    size = check.as_count("size", size, low=2)
    second, squared, curvature = (
        np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tree)]).astype(float)
        for tree in found[:3]
    )
    alive = (curvature > SMALLEST * curvature.max()) & (second > squared)
    if not alive.any():
        check.fail("found", "coordinates without curvature", "one that has some")
    second, squared = second[alive], squared[alive]
    signal = (size * squared - second) / (size - 1)
    variance = second - signal
    with np.errstate(divide="ignore"):
        quartiles = np.quantile((second - squared) / squared, (0.25, 0.5, 0.75))

    def inverse(x):
        return float(1 / x) if x > 0 else float("inf")

    return quartiles, inverse(np.mean(signal / variance)), inverse(signal.sum() / variance.sum())


def quantities(found, size):
    """Return a dict of the QUANTITIES of a population of that size."""
    power = [float(found.power(b)) for b in BATCHES]
    share = [float(found.share(b)) for b in BATCHES]
    return dict(zip(QUANTITIES, (power, share, *critical(found, size)), strict=True))


def make(cell):
    """Measure one basis at one step of one seed's run, in float32; return its row."""
    use_float32()
    seed, step, basis = cell
    (parameters, second), nudged = (snapshots(seed, n)[step] for n in (0.0, training.NUDGE))
    found = whole(parameters, basis)
    every = (
        (POPULATION, found),
        *((POPULATION // 2, half) for half in halves(parameters, basis)),
        (POPULATION, whole(nudged[0], basis)),
    )
    row = {"seed": seed, "step": step, "basis": basis}
    row["loss"] = float(training.evaluation(MODEL)(parameters))
    for part, (size, one) in zip(PARTS, every, strict=True):
        row |= {part + key: value for key, value in quantities(one, size).items()}
    own = Coordinates(second, second, found.curvature, found.basis)
    there = basis == "identity" and step > 0  # v is kept in no other basis, and is 0 at the start
    row["power of v"] = float(own.power(1)) if there else ""
    row["share of v"] = float(own.share(1)) if there else ""
    return row
