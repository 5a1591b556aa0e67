"""Second-moment matrices of the network of digits, against Jacobians, divergences and draws."""

import numpy as np
import pytest

jax = pytest.importorskip("jax")
pytest.importorskip("sklearn")
pytestmark = pytest.mark.slow

import jax.numpy as jnp  # noqa: E402

from diagprec_core.networks.experiments.digits import matrices, model  # noqa: E402
from diagprec_core.networks.gauss_newton import gauss_newton  # noqa: E402

IMAGES = 9
matrix = jax.jit(matrices.matrix)


@pytest.fixture(scope="module")
def point(float64):
    """Return parameters, a few images, the model's law and another."""
    inputs, labels = model.images()
    inputs, theta = jnp.asarray(inputs[:IMAGES]), model.start(3)
    law = jnp.asarray(model.noisy(labels[:IMAGES], 0.3))
    return theta, inputs, model.probabilities(theta, inputs), law


@pytest.fixture(scope="module")
def jacobian(point):
    theta, inputs, *_ = point
    return np.asarray(jax.jit(jax.jacrev(model.NETWORK.outputs))(theta, inputs))


def dense(jacobian, weights):
    return np.einsum("nkp,nkl,nlq->pq", jacobian, weights, jacobian) / len(jacobian)


def symmetric_weights():
    w = np.random.default_rng(0).standard_normal((IMAGES, 10, 10))
    return jnp.asarray(w + w.swapaxes(1, 2))


def test_matrix_is_that_of_the_jacobians(point, jacobian):
    theta, inputs, *_ = point
    found = matrix(theta, inputs, symmetric_weights())
    np.testing.assert_allclose(found, dense(jacobian, symmetric_weights()), atol=1e-11)


def test_gauss_newton_is_the_curvature_of_the_divergence_between_laws(point):
    """The second derivative of KL(q(theta) || q(theta + e u)) in e is u^T G u."""
    theta, inputs, q, _ = point
    g = matrix(theta, inputs, matrices.curvature_weights(q))

    def divergence(step, u):
        moved = jax.nn.log_softmax(model.NETWORK.outputs(theta + step * u, inputs))
        return jnp.mean(jnp.sum(q * (jnp.log(q) - moved), axis=1))

    second, divergence = jax.jit(jax.grad(jax.grad(divergence))), jax.jit(divergence)
    for seed in range(3):
        u = jax.random.normal(jax.random.key(seed), theta.shape)
        u, h = u / jnp.linalg.norm(u), 1e-5  # a step that turns no hidden unit on or off
        wanted = float(u @ g @ u)
        assert float(second(0.0, u)) == pytest.approx(wanted, rel=1e-10)
        difference = float(divergence(h, u) - 2 * divergence(0.0, u) + divergence(-h, u)) / h**2
        assert difference == pytest.approx(wanted, rel=1e-3)


def test_traces_are_those_of_the_diagonal_blocks(point, jacobian):
    theta, inputs, *_ = point
    whole = dense(jacobian, symmetric_weights())
    found = matrices.traces(theta, inputs, symmetric_weights())
    for pair, block, (m, n) in zip(found, model.NETWORK.blocks, model.NETWORK.shapes, strict=True):
        four = whole[block, block].reshape(m, n, m, n)
        np.testing.assert_allclose(pair.left, np.einsum("ajbj->ab", four), atol=1e-10)
        np.testing.assert_allclose(pair.right, np.einsum("iaib->ab", four), atol=1e-10)


@pytest.mark.parametrize("basis", ["identity", "Kronecker"])
def test_diagonals_are_those_of_the_library(point, basis):
    """The library's own Gauss-Newton diagonal goes over rows of the Jacobian of a pytree."""
    theta, inputs, q, _ = point
    weights = matrices.curvature_weights(q)
    u, h = matrices.basis_and_diagonal(basis, theta, inputs, weights)
    tree = model.NETWORK.matrices(theta)
    one = jax.jit(
        lambda p: gauss_newton("cross-entropy", model.outputs, p, inputs, basis=basis.lower())
    )(tree)
    wanted = np.concatenate([np.ravel(part) for part in one.diagonal])
    # Where an eigenvalue of a trace is zero the vectors are free, and the diagonal there is zero.
    np.testing.assert_allclose(np.sort(h), np.sort(wanted), atol=1e-12)
    turned = matrices.turn(u, matrices.turn(u, matrix(theta, inputs, weights)).T)
    np.testing.assert_allclose(h, np.diag(turned), atol=1e-12)
    assert h.sum() == pytest.approx(np.trace(turned))


def test_full_basis_diagonalises(point):
    theta, inputs, q, _ = point
    weights = matrices.curvature_weights(q)
    u, h = matrices.basis_and_diagonal("full", theta, inputs, weights)
    turned = u.T @ matrix(theta, inputs, weights) @ u
    np.testing.assert_allclose(turned, np.diag(h), atol=1e-12)
    assert np.sum(h > matrices.NULL * h.max()) == 9 * IMAGES  # logits alike move no probability
    with pytest.raises(ValueError, match="basis"):
        matrices.basis_and_diagonal("Fourier", theta, inputs, weights)


@pytest.mark.parametrize("basis", ["identity", "Kronecker", "full"])
def test_turning_back_is_the_inverse_and_keeps_lengths(point, basis):
    theta, inputs, q, _ = point
    u, _ = matrices.basis_and_diagonal(basis, theta, inputs, matrices.curvature_weights(q))
    vectors = jax.random.normal(jax.random.key(0), (2, 1210))
    turned = matrices.turn(u, vectors)
    np.testing.assert_allclose(matrices.turn_back(u, turned), vectors, atol=1e-12)
    lengths = np.linalg.norm(turned, axis=1), np.linalg.norm(vectors, axis=1)
    np.testing.assert_allclose(*lengths, rtol=1e-12)
    assert (basis == "identity") == np.allclose(turned, vectors)


def second_moment_by_labels(point, law):
    """Sum over images and labels of the law times g g^T, each gradient by itself."""
    theta, inputs, *_ = point
    total = 0
    gradient = jax.jit(jax.grad(model.loss))
    for x, p in zip(np.asarray(inputs), np.asarray(law), strict=True):
        g = np.array([gradient(theta, x[None], np.eye(10)[y][None]) for y in range(10)])
        total = total + (g.T * p) @ g
    return total / len(inputs)


def test_labels_of_the_models_own_law_make_the_second_moment_gauss_newtons(point):
    theta, inputs, q, law = point
    g = np.asarray(matrix(theta, inputs, matrices.curvature_weights(q)))
    summed = second_moment_by_labels(point, q)
    np.testing.assert_allclose(summed, g, atol=1e-9 * np.abs(g).max())
    formula = matrix(theta, inputs, matrices.moment_weights(q, q))
    np.testing.assert_allclose(formula, g, atol=1e-9 * np.abs(g).max())
    # Of another law it is another matrix: the equality above is not that of anything with G.
    other = second_moment_by_labels(point, law)
    found = matrix(theta, inputs, matrices.moment_weights(q, law))
    np.testing.assert_allclose(found, other, atol=1e-12)
    assert np.abs(other - g).max() > 0.1 * np.abs(g).max()


def test_sampled_weights_are_unbiased_and_of_rank_one(point):
    *_, q, law = point
    keys = jax.random.split(jax.random.key(1), 2000)
    drawn = np.asarray(jax.vmap(lambda k: matrices.sampled_weights(k, q))(keys))
    np.testing.assert_allclose(np.linalg.matrix_rank(drawn[0], tol=1e-12), 1)

    def largest_z(wanted):
        error = drawn.std(axis=0) / np.sqrt(len(drawn))
        return np.abs((drawn.mean(axis=0) - wanted) / np.maximum(error, 1e-12)).max()

    assert largest_z(np.asarray(matrices.curvature_weights(q))) < 5  # of 900 entries
    assert largest_z(np.asarray(matrices.moment_weights(q, law))) > 20


def test_sampled_gauss_newton_is_unbiased(point):
    """Along one direction, 200 draws: the mean within 4 standard errors."""
    theta, inputs, q, _ = point
    u = jax.random.normal(jax.random.key(2), theta.shape)

    def along(weights):
        return u @ matrices.matrix(theta, inputs, weights) @ u

    draw = jax.jit(lambda key: along(matrices.sampled_weights(key, q)))
    drawn = [float(draw(key)) for key in jax.random.split(jax.random.key(3), 200)]
    exact = float(along(matrices.curvature_weights(q)))
    error = np.std(drawn) / np.sqrt(len(drawn))
    assert abs(np.mean(drawn) - exact) < 4 * error
    assert abs(np.mean(drawn) - 1.2 * exact) > 4 * error
