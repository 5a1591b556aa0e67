"""The Gauss-Newton matrix of a user's model, example by example, over pytrees.

A model is a function ``outputs(parameters, inputs)``: inputs with a leading axis of n examples
give outputs of shape (n,) or (n, ..., k), and no example's outputs depend on another example. The
loss is the mean over all examples, and over the axes between the first and the last (the
positions of a sequence), of one of

- "squared": ``(1/2) |f - y|^2``, summed over the last axis;
- "cross-entropy": log sum exp f - f_y over the last axis, y a class;
- a function of one example's outputs, or of them and its target: loss(f) or loss(f, y), convex in
  f. Its Hessian in f is taken by JAX, and what is negative in it counts as zero.

With J the Jacobian of an example's outputs and H the Hessian of its loss in them, G is the mean
of J^T H J. A *row* is c^T J for a cotangent c of the outputs. The rows of an example are chosen so
that the sum of c c^T over them is H: exactly, by a root of H, or in expectation, by signs drawn at
random for the squared loss and by labels drawn from the model for the cross-entropy, one draw for
all positions at once since draws at different positions are independent and have mean zero.
"""

import math

import jax
import jax.numpy as jnp

from .. import validation as check

LOSSES = ("squared", "cross-entropy")


def as_loss(loss):
    """Check that a loss is one of `LOSSES` or a function, and return it.

    >>> as_loss("hinge")
    Traceback (most recent call last):
        ...
    ValueError: loss: got 'hinge', need 'squared', 'cross-entropy' or a function of the outputs
    """
    if callable(loss) or (isinstance(loss, str) and loss in LOSSES):
        return loss
    needed = "'squared', 'cross-entropy' or a function of the outputs"
    return check.fail("loss", check.describe(loss), needed)


def example_outputs(outputs, parameters, x):
    """Return the outputs for one input, without the leading axis."""
    return outputs(parameters, jax.tree.map(lambda a: a[None], x))[0]


def example_loss(loss, f, y):
    """Return the loss of one example from its outputs and its target (None if there is none).

    >>> example_loss("squared", jnp.array([1.0, 3.0]), jnp.array([1.0, 1.0])).item()
    2.0
    """
    if callable(loss):
        return loss(f) if y is None else loss(f, y)
    if loss == "squared":
        return 0.5 * jnp.sum((f - y) ** 2) / terms(f)
    chosen = jnp.take_along_axis(f, y[..., None], axis=-1)[..., 0]
    return jnp.mean(jax.nn.logsumexp(f, axis=-1) - chosen)


def terms(f):
    """Return how many terms the loss of one example is the mean of: its positions.

    >>> terms(jnp.ones(3)), terms(jnp.ones((5, 3)))
    (1, 5)
    """
    return math.prod(f.shape[:-1])


def cotangents(loss, f, y, samples=None, key=None):
    """Return c, rows of one example's cotangents: the sum of c c^T is the Hessian of its loss in f.

    Parameters
    ----------
    loss : str or callable
    f : array of shape (..., k) or ()
        One example's outputs.
    y : array or None
        Its target; only a loss that is a function sees it.
    samples : int, optional
        How many rows to draw, so that the sum is right in expectation; all of a root if None.
    key : jax.random.key, optional
        For the draws.

    Returns
    -------
    array of shape (rows, ...)
        Followed by the shape of f.

    Examples
    --------
    >>> cotangents("squared", jnp.zeros(2), None).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    size = f.size
    if samples is None and loss != "cross-entropy":
        rows = jnp.eye(size, dtype=f.dtype) if loss == "squared" else _root(loss, f, y)
        return rows.reshape(size, *f.shape) / math.sqrt(1 if callable(loss) else terms(f))
    if samples is None:
        q = jnp.sqrt(jax.nn.softmax(f, axis=-1)).reshape(-1, f.shape[-1])
        eye = jnp.eye(f.shape[-1], dtype=f.dtype)
        blocks = (eye - q[:, :, None] * q[:, None, :]) * q[:, None, :]  # (positions, k, k)
        # One row belongs to one position, and is zero at the others.
        apart = jnp.eye(len(q), dtype=f.dtype)[:, None, :, None] * blocks[:, :, None, :]
        return apart.reshape(size, *f.shape) / math.sqrt(terms(f))
    if loss == "cross-entropy":
        labels = jax.random.categorical(key, f, axis=-1, shape=(samples, *f.shape[:-1]))
        drawn = jax.nn.softmax(f, axis=-1) - jax.nn.one_hot(labels, f.shape[-1], dtype=f.dtype)
        return drawn / math.sqrt(samples * terms(f))
    signs = jax.random.rademacher(key, (samples, size), f.dtype)
    if callable(loss):
        return (signs @ _root(loss, f, y)).reshape(samples, *f.shape) / math.sqrt(samples)
    return signs.reshape(samples, *f.shape) / math.sqrt(samples * terms(f))


def _root(loss, f, y):
    """Return S with S^T S the Hessian of a user's loss, shape (size, size)."""
    hessian = jax.hessian(lambda flat: example_loss(loss, flat.reshape(f.shape), y))(f.ravel())
    values, vectors = jnp.linalg.eigh(hessian)
    return jnp.sqrt(jnp.maximum(values, 0.0))[:, None] * vectors.T


def rows(loss, outputs, parameters, x, y=None, samples=None, key=None):
    """Return the rows of one example: G is the mean over examples of the sum of their squares.

    Returns
    -------
    pytree
        The parameters', every leaf with a leading axis of rows.

    Examples
    --------
    >>> line = lambda w, x: x @ w
    >>> rows("squared", line, jnp.ones(2), jnp.array([3.0, 4.0])).tolist()
    [[3.0, 4.0]]
    """
    f, pull = jax.vjp(lambda p: example_outputs(outputs, p, x), parameters)
    return jax.vmap(lambda c: pull(c)[0])(cotangents(loss, f, y, samples, key))


def mean_over(function, batch, chunk):
    """Return the mean over examples of a function of one example, `chunk` of them at a time.

    Parameters
    ----------
    function : callable
        One example, a pytree without the leading axis, -> pytree of arrays.
    batch : pytree
        Its leaves share the leading axis, of n examples.
    chunk : int
        Memory is that of `chunk` examples' results, and of the mean.

    Examples
    --------
    >>> mean_over(lambda x: x**2, jnp.arange(5.0), chunk=2).item()
    6.0
    """
    n = len(jax.tree.leaves(batch)[0])
    whole = n // chunk * chunk

    def total(part):
        return jax.tree.map(lambda a: a.sum(axis=0), jax.vmap(function)(part))

    parts = []
    if whole:
        pieces = jax.tree.map(lambda a: a[:whole].reshape(-1, chunk, *a.shape[1:]), batch)
        first = total(jax.tree.map(lambda a: a[0], pieces))

        def add(carry, piece):
            return jax.tree.map(jnp.add, carry, total(piece)), None

        rest = jax.tree.map(lambda a: a[1:], pieces)
        parts.append(jax.lax.scan(add, first, rest)[0] if whole > chunk else first)
    if n > whole:
        parts.append(total(jax.tree.map(lambda a: a[whole:], batch)))
    return jax.tree.map(lambda *a: sum(a) / n, *parts)
