"""Two networks whose parameters are a list of matrices: one hidden layer, and a transformer.

All parameters live in one flat vector theta of shape (p,), matrix after matrix, row by row. A
network maps (theta, one input) to its outputs, shape (k,); batches come from ``jax.vmap``.
"""

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from ... import validation as check


@dataclass(frozen=True)
class Network:
    """A network: the shapes of its matrices, its forward map, and how wide a start is.

    Attributes
    ----------
    shapes : tuple of (int, int)
        Rows and columns of every matrix, in the order of the flat vector.
    forward : callable
        (list of matrices, one input) -> outputs of shape (k,).
    scales : tuple of float
        Standard deviations of the entries at the start, one a matrix.
    """

    shapes: tuple[tuple[int, int], ...]
    forward: Callable
    scales: tuple[float, ...]

    @property
    def size(self):
        """The number of parameters p."""
        return sum(rows * columns for rows, columns in self.shapes)

    @property
    def blocks(self):
        """One slice of the flat vector for every matrix."""
        ends = np.cumsum([rows * columns for rows, columns in self.shapes])
        starts = (0, *ends[:-1])
        return tuple(slice(int(a), int(b)) for a, b in zip(starts, ends, strict=True))

    def matrices(self, theta):
        """Cut a flat vector into its matrices."""
        return [theta[b].reshape(s) for b, s in zip(self.blocks, self.shapes, strict=True)]

    def outputs(self, theta, inputs):
        """Return the outputs for a batch, shape (n, k)."""
        matrices = self.matrices(jnp.asarray(theta))
        return jax.vmap(lambda x: self.forward(matrices, x))(inputs)

    def start(self, key):
        """Draw theta_0: independent Gaussian entries with the network's standard deviations."""
        scale = np.concatenate(
            [np.full(r * c, s) for (r, c), s in zip(self.shapes, self.scales, strict=True)]
        )
        return scale * jax.random.normal(key, (self.size,))


def hidden_layer(inputs, width):
    """Return a network with one hidden ReLU layer and one output.

    f(x) = a . (relu(W (x, 1)), 1), so the biases are the last columns of W and of a.

    Parameters
    ----------
    inputs, width : int
        d and the number of hidden units, both at least 1.

    Raises
    ------
    ValueError
        If an argument is not such an integer.

    Examples
    --------
    >>> network = hidden_layer(10, 16)
    >>> network.shapes, network.size
    (((16, 11), (1, 17)), 193)
    >>> network.outputs(np.zeros(193), np.ones((5, 10))).shape
    (5, 1)
    """
    inputs = check.as_count("inputs", inputs, low=1)
    width = check.as_count("width", width, low=1)

    def forward(matrices, x):
        first, second = matrices
        hidden = jax.nn.relu(first @ jnp.append(x, 1.0))
        return second @ jnp.append(hidden, 1.0)

    scales = (float(np.sqrt(2 / (inputs + 1))), float(np.sqrt(1 / (width + 1))))
    return Network(((width, inputs + 1), (1, width + 1)), forward, scales)


def transformer(tokens, length, width, hidden):
    """Return a transformer with one layer and one attention head, read at its last position.

    Token and position embeddings are added; attention, then a ReLU layer, each adds its output to
    the stream; the last position's stream times the unembedding is the logits. There are no biases
    and no normalisation, so every parameter is a matrix. Its input is `length` integers below
    `tokens`; its output has one logit for each token.

    Parameters
    ----------
    tokens, length, width, hidden : int
        Sizes of the vocabulary, the sequence, the stream and the ReLU layer, at least 1.

    Raises
    ------
    ValueError
        If an argument is not such an integer.

    Examples
    --------
    >>> network = transformer(tokens=7, length=2, width=6, hidden=12)
    >>> network.size, len(network.shapes)
    (384, 9)
    >>> network.outputs(np.zeros(384), np.zeros((4, 2), int)).shape
    (4, 7)
    """
    tokens, length = (
        check.as_count("tokens", tokens, low=1),
        check.as_count("length", length, low=1),
    )
    width, hidden = check.as_count("width", width, low=1), check.as_count("hidden", hidden, low=1)

    def forward(matrices, x):
        embed, place, query, key, value, out, up, down, unembed = matrices
        stream = embed[x] + place  # (length, width)
        # Only the last position is read, and it attends to all of them: a causal mask hides none.
        scores = (stream @ key.T) @ (query @ stream[-1]) / np.sqrt(width)
        last = stream[-1] + out @ (jax.nn.softmax(scores) @ (stream @ value.T))
        last = last + down @ jax.nn.relu(up @ last)
        return unembed @ last

    square = (width, width)
    shapes = ((tokens, width), (length, width), square, square, square, square)
    shapes += ((hidden, width), (width, hidden), (tokens, width))
    inside = float(1 / np.sqrt(width))
    scales = (1.0, 1.0, *(inside,) * 4, float(np.sqrt(2 / width)), float(1 / np.sqrt(hidden)))
    return Network(shapes, forward, (*scales, inside))
