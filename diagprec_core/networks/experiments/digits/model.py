"""Scikit-learn's images of digits and the network that reads them: exact sums, 1210 parameters.

The images, 1797 of 8 x 8 pixels, come with the package and are divided by 16, so that a pixel lies
in [0, 1]. They are the population. The network has one hidden ReLU layer of 16 units and biases,
the last columns of its two matrices; it is `models.Network`, so its parameters are a flat vector
and, by `network.matrices`, a pytree.

Labels have a law for each image, shape (n, 10): the label itself where it is certain. Loss,
gradient and moments are expectations under that law, so that label noise drawn afresh at every
step needs no sampling. The law `noisy(share)` replaces a label, with that probability, by one of
all ten at random, so that it stays right with probability 1 - 0.9 share.
"""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np

from .... import validation as check
from ..models import Network

CLASSES, PIXELS, HIDDEN = 10, 64, 16
THRESHOLD = float(np.log(CLASSES) / 10)  # a tenth of the loss of equal probabilities


def _forward(matrices, x):
    first, second = matrices
    hidden = jax.nn.relu(first @ jnp.append(x, 1.0))
    return second @ jnp.append(hidden, 1.0)


NETWORK = Network(
    ((HIDDEN, PIXELS + 1), (CLASSES, HIDDEN + 1)),
    _forward,
    (float(np.sqrt(2 / (PIXELS + 1))), float(np.sqrt(1 / (HIDDEN + 1)))),
)


def outputs(parameters, inputs):
    """Return the logits of a batch from the pytree of the two matrices, shape (n, 10).

    >>> outputs(NETWORK.matrices(np.zeros(NETWORK.size)), np.zeros((3, 64))).shape
    (3, 10)
    """
    return jax.vmap(lambda x: _forward(parameters, x))(inputs)


@cache
def images():
    """Return the population: images (1797, 64) in [0, 1], and labels (1797,)."""
    from sklearn.datasets import load_digits  # a second to import, and only this needs it

    data = load_digits()
    return data.data / 16, data.target


def certain(labels):
    """Return the law of labels without noise, shape (n, 10).

    >>> certain(np.array([3]))[0].astype(int).tolist()
    [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    """
    return np.eye(CLASSES)[labels]


def noisy(labels, share):
    """Return the law of labels of which a share is replaced by one of all ten at random.

    >>> noisy(np.array([0]), 0.5)[0, :2].tolist()
    [0.55, 0.05]
    """
    share = check.as_number("share", share, low=0, high=1)
    return (1 - share) * certain(labels) + share / CLASSES


def replaced(labels, share, seed):
    """Return labels of which a share is replaced once and for all, as `noisy` does at each draw.

    Exactly round(share n) labels are replaced, each by one of all ten at random.
    """
    share = check.as_number("share", share, low=0, high=1)
    rng = np.random.default_rng(seed)
    labels = np.array(labels)
    chosen = rng.permutation(len(labels))[: round(share * len(labels))]
    labels[chosen] = rng.integers(CLASSES, size=len(chosen))
    return labels


def probabilities(theta, inputs):
    """Return the network's own law of the labels, shape (n, 10)."""
    return jax.nn.softmax(NETWORK.outputs(theta, inputs), axis=-1)


def loss(theta, inputs, law):
    """Return the mean cross-entropy under a law of the labels, a scalar.

    >>> inputs, labels = images()
    >>> f"{loss(np.zeros(NETWORK.size), inputs, noisy(labels, 0.3)):.4f}"
    '2.3026'
    """
    f = NETWORK.outputs(theta, inputs)
    return jnp.mean(jax.nn.logsumexp(f, axis=-1) - jnp.sum(law * f, axis=-1))


def start(seed, nudge=0.0):
    """Return theta_0, shape (1210,), multiplied by 1 + nudge x standard normal numbers."""
    for_start, for_nudge = jax.random.split(jax.random.fold_in(jax.random.key(seed), 0))
    theta = NETWORK.start(for_start)
    return theta * (1 + nudge * jax.random.normal(for_nudge, theta.shape))


def draw(key, size, inputs, law):
    """Draw examples with replacement, and their labels from the law: inputs and certain laws."""
    for_index, for_label = jax.random.split(key)
    index = jax.random.randint(for_index, (size,), 0, len(inputs))
    labels = jax.random.categorical(for_label, jnp.log(law[index]), axis=-1)
    return inputs[index], jax.nn.one_hot(labels, CLASSES, dtype=law.dtype)
