"""Experiment: the theory's quantities along Adam's training on the images of digits.

Adam in the identity basis trains the network of `model` at a stated rate, 1000 steps of 64 images
drawn with replacement. At some of the steps, in three bases and for batches from 1 to all, it is
measured what the second moment of the gradient is beside the Gauss-Newton diagonal h:

- *power*: half the slope of log second moment on log h, 1/2 where Adam is GN^-1/2;
- *within*: the largest share of coordinates on which Adam's denominator is that of GN^-1/2 up to
  one scalar and a factor sqrt 2;
- *critical batch*: of a coordinate, the batch size at which signal and noise are equal in the
  second moment. With V_u that of one example and m_u the mean it is (V_u + (B - 1) m_u^2)/B
  = m_u^2 + (V_u - m_u^2)/B for a batch of B, so B = (V_u - m_u^2)/m_u^2, which is V_u/m_u^2 - 1.
  Stored are its quartiles over the coordinates.

The dose is label noise: a share of the labels is replaced by one of all ten at random, "fresh" at
every draw, so that the law of each label is known and the moments are sums over labels, or "fixed"
once for the whole run. Every quantity is measured on all images and, for its sampling noise, from
the beginning on each of two random halves of them, the basis included. Coordinates whose h is at
most 1e-8 of the largest are left out.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import jax
import jax.numpy as jnp
import numpy as np

from ... import use_float64
from ...coordinates import Coordinates
from ..tables import numbers
from . import matrices, model

FILE = "digits-power.csv"
TITLE = "Digits, network 64-16-10: Adam's second moment beside Gauss-Newton along Adam's training"
BATCH_SIZES = (1, 8, 64, 512, float("inf"))
QUARTILES = (25, 50, 75)
STEPS, BLOCK = (0, 10, 30, 100, 300, 1000), 10
SEEDS = (21, 22, 23)
SHARES = (0.1, 0.2, 0.3, 0.5)
DOSES = (("fresh", 0.0), *(("fresh", s) for s in SHARES), *(("fixed", s) for s in SHARES))
RATE, BETA1, BETA2, EPS, BATCH = 0.01, 0.9, 0.999, 1e-8, 64
NUDGE = 1e-12
HALF = 898
REMARKS = (
    f"Adam, identity basis, rate {RATE}, beta {BETA1} and {BETA2}, eps {EPS:g}, batch {BATCH}; "
    f"seeds {', '.join(map(str, SEEDS))}",
    "labels, noise: a share of them replaced by one of all ten at random, fresh at every draw or "
    "fixed once; loss: under the law of these labels",
    "power, within: for every seed, at batch 1, 8, 64, 512, inf; critical: for every seed, the "
    "quartiles of (V - m^2)/m^2; alive: coordinates that count",
    "halves: the same on two halves of 898 images each, for every seed the one after the other",
    "own: for every seed, of the average that Adam itself keeps, which remembers the way",
    "sensitivity: the largest relative change of power, within, critical and loss in a training "
    "from a start changed by 1e-12 of itself",
)
MEASURES = ("power", "within", "critical")
COLUMNS = (
    *("cell", "labels", "noise", "step", "basis", "loss", "alive"),
    *(name + end for name in MEASURES for end in ("", "_halves")),
    *("power_own", "within_own", "sensitivity"),
)


@dataclass(frozen=True)
class Cell:
    """One point of the training under one dose, in one basis."""

    labels: str
    noise: float
    step: int
    basis: str


def cells():
    """Return all cells, in the order of the table."""
    return [
        Cell(*dose, step, basis) for dose in DOSES for step in STEPS for basis in matrices.BASES
    ]


def name(cell):
    """Return the text of a cell.

    >>> name(Cell("fresh", 0.3, 100, "full"))
    'fresh-30%-100-full'
    """
    return f"{cell.labels}-{cell.noise:.0%}-{cell.step}-{cell.basis}"


def group(cell):
    """Return what cells of one training share."""
    return cell.labels, cell.noise


def law(cell, seed):
    """Return the law of the labels of all images, shape (1797, 10)."""
    labels = model.images()[1]
    if cell.labels == "fresh":
        return model.noisy(labels, cell.noise)
    return model.certain(model.replaced(labels, cell.noise, seed))


@jax.jit
def _block(theta, m, v, key, inputs, labels, first):
    """Make `BLOCK` steps of Adam; return theta and its two averages, not bias-corrected."""

    def step(carry, t):
        theta, m, v = carry
        batch = model.draw(jax.random.fold_in(key, t), BATCH, inputs, labels)
        g = jax.grad(model.loss)(theta, *batch)
        m, v = BETA1 * m + (1 - BETA1) * g, BETA2 * v + (1 - BETA2) * g**2
        m_hat, v_hat = m / (1 - BETA1 ** (t + 1.0)), v / (1 - BETA2 ** (t + 1.0))
        return (theta - RATE * m_hat / (jnp.sqrt(v_hat) + EPS), m, v), None

    return jax.lax.scan(step, (theta, m, v), first + jnp.arange(BLOCK))[0]


@lru_cache(maxsize=64)
def trajectory(labels, noise, seed, nudge=0.0):
    """Return the parameters and Adam's bias-corrected second moment at `STEPS`, (6, 2, 1210)."""
    inputs = jnp.asarray(model.images()[0])
    chosen = jnp.asarray(law(Cell(labels, noise, 0, "identity"), seed))
    key = jax.random.fold_in(jax.random.key(seed), 1)
    theta = model.start(seed, nudge)
    m = v = jnp.zeros_like(theta)
    found = [jnp.stack([theta, v])]
    for first in range(0, STEPS[-1], BLOCK):
        theta, m, v = _block(theta, m, v, key, inputs, chosen, first)
        if (made := first + BLOCK) in STEPS:
            found.append(jnp.stack([theta, v / (1 - BETA2**made)]))
    return np.asarray(found)


@cache
def _moments(basis):
    """Return the compiled (theta, inputs, law) -> Coordinates of flat arrays."""

    def moments(theta, inputs, law):
        q = model.probabilities(theta, inputs)
        of_curvature = matrices.curvature_weights(q)
        u, h = matrices.basis_and_diagonal(basis, theta, inputs, of_curvature)
        of_moment = matrices.moment_weights(q, law)
        if basis == "full":
            second = jnp.sum(u * (matrices.matrix(theta, inputs, of_moment) @ u), axis=0)
        else:
            second = matrices.diagonal(theta, inputs, of_moment, u)
        mean = matrices.turn(u, jax.grad(model.loss)(theta, inputs, law))
        return Coordinates(second, mean**2, h, u)

    return jax.jit(moments)


def moments(basis, theta, inputs, law):
    """Return the `coordinates.Coordinates` at theta, its leaves of shape (1210,), in a basis of G.

    All are exact over the given images, and over the law of their labels.
    """
    return _moments(basis)(jnp.asarray(theta), jnp.asarray(inputs), jnp.asarray(law))


def critical_batch(found):
    """Return (V_u - m_u^2)/m_u^2 of the coordinates that are not null, shape (alive,).

    >>> both = np.array([5.0, 2.0]), np.array([1.0, 0.0])
    >>> critical_batch(Coordinates(*both, np.array([1.0, 0.0]), None))
    array([4.])
    """
    second, mean, h = map(np.asarray, found[:3])
    alive = h > matrices.NULL * h.max()
    with np.errstate(divide="ignore"):
        return (second[alive] - mean[alive]) / mean[alive]


def measures(found):
    """Return the power and the share at every batch size, and the quartiles of the critical batch.

    Returns
    -------
    dict
        "power", "within": 5 numbers each; "critical": 3.
    """
    return {
        "power": [float(found.power(b)) for b in BATCH_SIZES],
        "within": [float(found.share(b)) for b in BATCH_SIZES],
        "critical": np.percentile(critical_batch(found), QUARTILES, method="higher").tolist(),
    }


def halves(seed):
    """Return the indices of two random halves of the images, shape (2, 898)."""
    order = np.random.default_rng(seed).permutation(len(model.images()[0]))
    return order[: 2 * HALF].reshape(2, HALF)


def make(cell):
    """Measure a cell, in float64; return its row."""
    use_float64()
    inputs, place = model.images()[0], STEPS.index(cell.step)
    row = {key: [] for key in COLUMNS[COLUMNS.index("loss") : -1]}
    changes = []

    def add(values, end=""):
        for key, value in values.items():
            row[key + end] += value

    for seed in SEEDS:
        labels = law(cell, seed)
        both = []
        for nudge in (0.0, NUDGE):
            theta, own = trajectory(cell.labels, cell.noise, seed, nudge)[place]
            found = moments(cell.basis, theta, inputs, labels)
            loss = [float(model.loss(theta, inputs, labels))]
            both.append({"loss": loss, **measures(found)})
            if nudge == 0:
                add(both[0] | {"alive": [len(critical_batch(found))]})
                if cell.basis == "identity" and cell.step > 0:
                    kept = found._replace(second_moment=own, squared_mean=own)
                    add({"power": [kept.power(1)], "within": [kept.share(1)]}, "_own")
                for part in halves(seed):
                    half = moments(cell.basis, theta, inputs[part], labels[part])
                    add(measures(half), "_halves")
        changes += [
            np.max(np.abs(np.divide(nudged, whole) - 1))
            for whole, nudged in zip(*(values.values() for values in both), strict=True)
        ]
    texts = {key: " ".join(f"{value:.3g}" for value in values) for key, values in row.items()}
    given = {"labels": cell.labels, "noise": cell.noise, "step": cell.step, "basis": cell.basis}
    return given | texts | {"sensitivity": f"{np.max(changes):.1g}"}


def arrays(row):
    """Return the measures of a stored row as arrays.

    Returns
    -------
    dict
        "power", "within": (seeds, batch sizes); "critical": (seeds, quartiles); with "_halves", an
        axis of two after the seeds.
    """
    found = {}
    for key in COLUMNS:
        if key.startswith(MEASURES):
            parts = (2,) if key.endswith("halves") else ()
            found[key] = numbers(row[key]).reshape(len(SEEDS), *parts, -1)
    return found
