"""The four tasks. Each is a finite population, so that losses and moments are exact sums.

A mini-batch is drawn from the population with replacement: its gradient is then a mean of
independent per-example gradients, as the theorems assume.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np

from ..models import Network, hidden_layer, transformer

INPUTS, WIDTH, POPULATION = 10, 16, 1024
MODULUS = 7


@dataclass(frozen=True)
class Task:
    """A network, a loss and a population.

    Attributes
    ----------
    name : str
    network : Network
    loss : {"squared", "cross-entropy"}
        ``(1/2) |f - y|^2``, or log sum exp f - f_y with y a class.
    population : callable
        A key -> all inputs and all noise-free targets, shapes (N, ...) and (N, [k]).
    noise : float
        Standard deviation of the fresh Gaussian noise that each draw adds to a target.
    constant : float
        The population loss of the best constant output.
    """

    name: str
    network: Network
    loss: str
    population: Callable
    noise: float
    constant: float


def cube():
    """Return all sign vectors of the hidden-layer networks' inputs, shape (1024, 10).

    >>> cube().shape, abs(cube().mean(axis=0)).max()
    ((1024, 10), np.float64(0.0))
    """
    return np.array(list(product((-1.0, 1.0), repeat=INPUTS)))


def _parity(key):
    """Return y = x_1 x_2 x_3 on the whole cube; the key is not used."""
    x = cube()
    return jnp.asarray(x), jnp.asarray(x[:, :3].prod(axis=1, keepdims=True))


def _staircase(key):
    """Return y = (x_1 + x_1 x_2 + x_1 x_2 x_3)/sqrt(3) on the whole cube."""
    x = cube()
    steps = np.cumprod(x[:, :3], axis=1)
    return jnp.asarray(x), jnp.asarray(steps.sum(axis=1, keepdims=True) / np.sqrt(3))


def _teacher(key):
    """Return Gaussian inputs and the outputs of a network of 4 hidden units, of mean square 1."""
    teacher = hidden_layer(INPUTS, 4)
    for_inputs, for_teacher = jax.random.split(key)
    x = jax.random.normal(for_inputs, (POPULATION, INPUTS))
    y = teacher.outputs(teacher.start(for_teacher), x)
    y = y - y.mean()
    return x, y / jnp.sqrt(jnp.mean(y**2))


def _addition(key):
    """Return all pairs (a, b) and the class (a + b) mod 7."""
    pairs = np.array(list(product(range(MODULUS), repeat=2)))
    return jnp.asarray(pairs), jnp.asarray(pairs.sum(axis=1) % MODULUS)


_NETWORK = hidden_layer(INPUTS, WIDTH)
TASKS = {
    "parity": Task("parity", _NETWORK, "squared", _parity, 0.0, 0.5),
    "staircase": Task("staircase", _NETWORK, "squared", _staircase, 0.0, 0.5),
    "teacher": Task("teacher", _NETWORK, "squared", _teacher, 0.5, 0.5),
    "addition": Task(
        "addition",
        transformer(tokens=MODULUS, length=2, width=5, hidden=10),
        "cross-entropy",
        _addition,
        0.0,
        float(np.log(MODULUS)),
    ),
}
