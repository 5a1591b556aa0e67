"""A causal transformer for characters, as a pure function over a pytree of matrices.

Each block adds to the stream of a position what its attention finds at this and earlier positions,
and then what a hidden layer makes of it; each reads the stream divided by its root mean square.
There are no biases and no gains: every leaf is a matrix, so that every leaf has a Kronecker basis.
"""

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from .... import validation as check
from .text import ALPHABET

EPS = 1e-6  # added to the mean square that the stream is divided by


@dataclass(frozen=True)
class Transformer:
    """The sizes of a transformer.

    Attributes
    ----------
    width, hidden, heads, layers : int
    length : int
        The most characters that it reads.
    characters : int
        The size of the alphabet.

    Raises
    ------
    ValueError
        If a size is no integer of at least 1, or the heads do not divide the width.

    Examples
    --------
    >>> Transformer().size
    105088
    """

    width: int = 64
    hidden: int = 256
    heads: int = 4
    layers: int = 2
    length: int = 32
    characters: int = len(ALPHABET)

    def __post_init__(self):
        for name in ("width", "hidden", "heads", "layers", "length", "characters"):
            check.as_count(name, getattr(self, name), low=1)
        if self.width % self.heads:
            check.fail("heads", self.heads, f"a divisor of the width, {self.width}")

    @property
    def size(self):
        """The number of parameters."""
        shapes = jax.eval_shape(self.start, jax.random.key(0))
        return sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(shapes))

    def start(self, key):
        """Return random parameters, float32, whose outputs are near those of a uniform guess.

        Entries are normal. Their standard deviation is one over the root of what a matrix sums
        over; less by the root of twice the number of layers where a matrix adds to the stream, and
        one over the width in the last matrix.
        """
        wide, hidden, block = self.width, self.hidden, {}
        shapes = {"embedding": (self.characters, wide), "positions": (self.length, wide)}
        shapes["readout"] = (wide, self.characters)
        block |= dict.fromkeys(("query", "key", "value", "mix"), (wide, wide))
        block |= {"up": (wide, hidden), "down": (hidden, wide)}
        shapes["blocks"] = [dict(block) for _ in range(self.layers)]
        smaller = 1 / math.sqrt(2 * self.layers)

        def draw(path, shape, key):
            name = path[-1].key
            if name in ("embedding", "positions"):
                scale = math.sqrt(0.5)  # their sum has variance 1
            elif name == "readout":
                scale = 1 / wide
            else:
                scale = (smaller if name in ("mix", "down") else 1) / math.sqrt(shape[0])
            return scale * jax.random.normal(key, shape, jnp.float32)

        leaves, structure = jax.tree.flatten(shapes, is_leaf=lambda s: isinstance(s, tuple))
        keys = jax.tree.unflatten(structure, list(jax.random.split(key, len(leaves))))
        return jax.tree.map_with_path(draw, shapes, keys, is_leaf=lambda s: isinstance(s, tuple))

    def outputs(self, parameters, inputs):
        """Return the logits of the next character at every position.

        Parameters
        ----------
        parameters : pytree
            As `start` makes them.
        inputs : int array of shape (n, t)
            Characters; t is at most `length`.

        Returns
        -------
        array of shape (n, t, characters)
        """
        n, t = inputs.shape
        stream = parameters["embedding"][inputs] + parameters["positions"][:t]
        hidden_from = jnp.where(jnp.tril(jnp.ones((t, t), bool)), 0.0, -jnp.inf)
        hidden_from = hidden_from.astype(stream.dtype)

        def split(x):  # (n, heads, t, width of a head)
            return x.reshape(n, t, self.heads, -1).transpose(0, 2, 1, 3)

        for block in parameters["blocks"]:
            x = normalised(stream)
            query, key, value = (split(x @ block[name]) for name in ("query", "key", "value"))
            scores = query @ key.swapaxes(-1, -2) / math.sqrt(self.width // self.heads)
            found = jax.nn.softmax(scores + hidden_from, axis=-1) @ value
            stream += found.transpose(0, 2, 1, 3).reshape(n, t, -1) @ block["mix"]
            stream += jax.nn.gelu(normalised(stream) @ block["up"]) @ block["down"]
        return normalised(stream) @ parameters["readout"]


def normalised(stream):
    """Return a stream divided by its root mean square over the last axis.

    >>> normalised(jnp.array([3.0, 3.0])).round(3).tolist()
    [1.0, 1.0]
    """
    return stream * jax.lax.rsqrt(jnp.mean(stream**2, axis=-1, keepdims=True) + EPS)
