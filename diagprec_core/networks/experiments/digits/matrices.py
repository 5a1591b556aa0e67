"""Matrices of the form E[J^T W J] for the network of `model`, exact and fast, and bases of them.

J, shape (10, 1210), is the Jacobian of one example's logits and W, (10, 10), a matrix of that
example. With q the softmax, W = diag(q) - q q^T gives the Gauss-Newton matrix G; the second moment
of q - e_y over the law of the label y gives E[g g^T], the second moment V of one example's
gradient (the empirical Fisher matrix where the law is the given label); (q - e_y)(q - e_y)^T with
y drawn from q is the sampled G.

The rows of J for one matrix of the network are products of a vector before it and a vector after
it, so a block of E[J^T W J] is a product of two thin matrices over the examples: at all 1797
images this takes a hundredth of the time that the Jacobians themselves would.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from .... import validation as check
from ... import factors
from .model import CLASSES, HIDDEN, NETWORK

BASES = ("identity", "Kronecker", "full")
NULL = 1e-8  # a coordinate with less than this share of the largest curvature has none


def curvature_weights(q):
    """Return W of the Gauss-Newton matrix, shape (n, 10, 10): the covariance of the label's law.

    >>> curvature_weights(jnp.array([[0.5, 0.5]]))[0].tolist()
    [[0.25, -0.25], [-0.25, 0.25]]
    """
    return _diagonal(q) - q[:, :, None] * q[:, None, :]


def moment_weights(q, law):
    """Return W of the second moment of one example's gradient: E (q - e_y)(q - e_y)^T.

    It is (q - p)(q - p)^T and the covariance of e_y, p the law: so nothing cancels where q is near
    p. Where the law is the model's, q, these are the weights of G.
    """
    off = q - law
    return off[:, :, None] * off[:, None, :] + curvature_weights(law)


def sampled_weights(key, q):
    """Return W of the sampled Gauss-Newton matrix, one label an example drawn from the model."""
    labels = jax.random.categorical(key, jnp.log(q), axis=-1)
    return moment_weights(q, jax.nn.one_hot(labels, q.shape[-1], dtype=q.dtype))


def _diagonal(rows):
    return rows[:, :, None] * jnp.eye(rows.shape[-1], dtype=rows.dtype)


class Layers(NamedTuple):
    """What an example's Jacobian is made of: J^T c = ((slope^T c) x^T, c h^T).

    Attributes
    ----------
    x : array of shape (n, 65)
        The inputs and a one.
    h : array of shape (n, 17)
        The hidden layer and a one.
    slope : array of shape (n, 10, 16)
        Derivative of the logits in what enters the hidden units.
    """

    x: jax.Array
    h: jax.Array
    slope: jax.Array


def layers(theta, inputs):
    """Return the `Layers` of a batch."""
    first, second = NETWORK.matrices(theta)
    one = jnp.ones((len(inputs), 1))
    x = jnp.concatenate([inputs, one], axis=1)
    before = x @ first.T
    h = jnp.concatenate([jax.nn.relu(before), one], axis=1)
    return Layers(x, h, second[:, :HIDDEN] * (before > 0)[:, None, :])


def matrix(theta, inputs, weights):
    """Return E[J^T W J], shape (1210, 1210), for symmetric W of shape (n, 10, 10)."""
    x, h, slope = layers(theta, inputs)
    across = slope.swapaxes(1, 2) @ weights  # (n, 16, 10)
    first = _symmetric(across @ slope, x)
    second = _symmetric(weights, h)
    mixed = across.reshape(len(x), -1).T @ _products(x, h)  # (16 x 10, 65 x 17)
    mixed = mixed.reshape(HIDDEN, CLASSES, x.shape[1], h.shape[1]).transpose(0, 2, 1, 3)
    mixed = mixed.reshape(len(first), len(second))
    return jnp.block([[first, mixed], [mixed.T, second]]) / len(x)


def _products(a, b):
    return (a[:, :, None] * b[:, None, :]).reshape(len(a), -1)


def _symmetric(weights, rows):
    """Return the sum of the Kronecker products of W and r r^T, both triangles from one."""
    k, m = weights.shape[-1], rows.shape[-1]
    (i, j), (a, b) = np.triu_indices(k), np.triu_indices(m)
    found = weights[:, i, j].T @ (rows[:, a] * rows[:, b])
    # Where an entry of the whole is found among the pairs of one triangle.
    pair, place = np.empty((k, k), int), np.empty((m, m), int)
    pair[i, j] = pair[j, i] = np.arange(len(i))
    place[a, b] = place[b, a] = np.arange(len(a))
    return found[pair][:, :, place].swapaxes(1, 2).reshape(k * m, k * m)


def traces(theta, inputs, weights):
    """Return the partial traces of both diagonal blocks of E[J^T W J], a pair of Factors."""
    x, h, slope = layers(theta, inputs)
    inner = slope.swapaxes(1, 2) @ weights @ slope
    pairs = []
    for w, rows in ((inner, x), (weights, h)):
        left = jnp.einsum("nij,n->ij", w, jnp.sum(rows**2, axis=1))
        right = (rows * jnp.trace(w, axis1=1, axis2=2)[:, None]).T @ rows
        pairs.append(factors.Factors(left / len(x), right / len(x)))
    return pairs


def diagonal(theta, inputs, weights, basis):
    """Return u^T E[J^T W J] u for the vectors u of a basis kept as factors, shape (1210,)."""
    x, h, slope = layers(theta, inputs)
    eye = jnp.broadcast_to(jnp.eye(CLASSES), weights.shape)
    parts = []
    for (left, right), after, rows in zip(basis, (slope, eye), (x, h), strict=True):
        after = after if left is None else after @ left
        rows = rows if right is None else rows @ right
        squares = jnp.sum(after * (weights @ after), axis=1)
        parts.append((squares.T @ rows**2).ravel() / len(x))
    return jnp.concatenate(parts)


def basis_and_diagonal(basis, theta, inputs, weights):
    """Return a basis of E[J^T W J] and its diagonal there.

    Parameters
    ----------
    basis : {"identity", "Kronecker", "full"}
    theta : array of shape (1210,)
    inputs : array of shape (n, 64)
    weights : array of shape (n, 10, 10)

    Returns
    -------
    basis : a pair of Factors; for "full", the eigenvectors, shape (1210, 1210)
    diagonal : array of shape (1210,)

    Raises
    ------
    ValueError
        If there is no such basis.
    """
    if basis not in BASES:
        check.fail("basis", check.describe(basis), "one of " + ", ".join(BASES))
    if basis == "full":
        values, vectors = jnp.linalg.eigh(matrix(theta, inputs, weights))
        return vectors, values
    if basis == "identity":
        found = factors.identity(NETWORK.matrices(theta))
    else:
        found = factors.eigenbasis(traces(theta, inputs, weights))
    return found, diagonal(theta, inputs, weights, found)


def turn(basis, vectors):
    """Return the coordinates of vectors in a basis, shape (..., 1210) -> (..., 1210)."""
    if isinstance(basis, jax.Array | np.ndarray):
        return vectors @ basis
    return _flat(factors.rotate(basis, _matrices(vectors)))


def turn_back(basis, coordinates):
    """Return the vectors that have these coordinates in a basis: the inverse of `turn`."""
    if isinstance(basis, jax.Array | np.ndarray):
        return coordinates @ basis.T
    return _flat(factors.rotate_back(basis, _matrices(coordinates)))


def _matrices(vectors):
    lead = vectors.shape[:-1]
    pairs = zip(NETWORK.blocks, NETWORK.shapes, strict=True)
    return [vectors[..., block].reshape(*lead, *shape) for block, shape in pairs]


def _flat(matrices):
    return jnp.concatenate([m.reshape(*m.shape[:-2], -1) for m in matrices], axis=-1)
