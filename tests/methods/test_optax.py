"""EMA Adam against another library's, in float64 over 200 steps."""

import numpy as np
import pytest

import diagprec_core as dp

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")

STEPS, D = 200, 8


@pytest.fixture(autouse=True, scope="module")
def double_precision_on_the_cpu():
    before = jax.config.jax_enable_x64, jax.config.jax_platforms
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    yield
    jax.config.update("jax_enable_x64", before[0])
    jax.config.update("jax_platforms", before[1])


def quadratic(hessian, optimum):
    """Return the loss of a quadratic as JAX can differentiate it."""
    return lambda theta: 0.5 * (theta - optimum) @ hessian @ (theta - optimum)


def cross_entropy(features, labels):
    """Return the mean cross-entropy as JAX can differentiate it, with optax's own formula."""
    return lambda theta: optax.sigmoid_binary_cross_entropy(features @ theta, labels).mean()


def optax_path(loss, start, rate, beta1, beta2, eps):
    """Return theta_0, ..., theta_T, with the gradient found by differentiating the loss."""
    optimiser = optax.adam(rate, b1=beta1, b2=beta2, eps=eps)

    def step(carry, _):
        theta, state = carry
        updates, state = optimiser.update(jax.grad(loss)(theta), state)
        theta = optax.apply_updates(theta, updates)
        return (theta, state), theta

    def run(theta):
        return jax.lax.scan(step, (theta, optimiser.init(theta)), None, length=STEPS)[1]

    start = jax.numpy.asarray(start)
    assert start.dtype == np.float64
    return np.vstack([start, jax.jit(run)(start)])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("beta1", "beta2", "eps"),
    [
        (0.9, 0.999, 1e-8),
        (0.9, 0.999, 0.0),
        (0.0, 0.99, 1e-8),
        (0.5, 0.9, 1e-3),
        (0.99, 0.9999, 1e-2),
    ],
)
def test_adam_is_the_adam_of_optax(beta1, beta2, eps, seed, hessian):
    rng = np.random.default_rng(seed)
    matrix, optimum, start = hessian(D, seed), *rng.standard_normal((2, D))
    path = optax_path(quadratic(matrix, optimum), start, 0.003, beta1, beta2, eps)
    run = dp.descend(
        dp.Quadratic(matrix, optimum),
        dp.Adam(beta1, beta2, eps),
        start=start,
        learning_rate=0.003,
        steps=STEPS,
    )
    assert np.abs(path[-1] - start).max() > 0.1  # it has gone somewhere
    np.testing.assert_allclose(run.parameters, path, rtol=0, atol=1e-10)


def test_adam_in_a_rotated_basis_is_optax_on_the_rotated_problem(hessian, rotation):
    matrix, basis = hessian(D, 4), rotation(D, 5)
    start = np.random.default_rng(6).standard_normal(D)
    rotated = basis.T @ matrix @ basis
    path = optax_path(quadratic(rotated, np.zeros(D)), basis.T @ start, 0.003, 0.9, 0.999, 1e-8)
    run = dp.descend(
        dp.Quadratic(matrix),
        dp.Adam(0.9, 0.999, 1e-8),
        start=start,
        learning_rate=0.003,
        steps=STEPS,
        basis=basis,
    )
    np.testing.assert_allclose(run.coordinates, path, rtol=0, atol=1e-10)


@pytest.mark.parametrize(
    ("beta1", "beta2", "eps"), [(0.9, 0.999, 1e-8), (0.0, 0.99, 1e-3), (0.5, 0.9, 1e-3)]
)
def test_adam_is_the_adam_of_optax_on_logistic_regression(beta1, beta2, eps):
    rng = np.random.default_rng(8)
    features, labels, start = rng.standard_normal((30, D)), rng.uniform(0, 1, 30), np.full(D, 2.0)
    labels[:5] = rng.integers(0, 2, 5)
    path = optax_path(cross_entropy(features, labels), start, 0.003, beta1, beta2, eps)
    problem = dp.LogisticRegression(features, label_probability=labels)
    rule = dp.Adam(beta1, beta2, eps)
    run = dp.descend(problem, rule, start=start, learning_rate=0.003, steps=STEPS)
    assert np.abs(path[-1] - start).max() > 0.1
    np.testing.assert_allclose(run.parameters, path, rtol=0, atol=1e-10)
    other = dp.descend(problem, rule, start=start, learning_rate=0.0031, steps=STEPS)
    assert np.abs(other.parameters - path).max() > 1e-3


def test_gradient_and_gauss_newton_matrix_are_those_of_jax():
    rng = np.random.default_rng(7)
    features, labels, theta = rng.standard_normal((20, D)), rng.uniform(0, 1, 20), np.ones(D)
    loss, problem = cross_entropy(features, labels), dp.LogisticRegression(features, None, labels)
    value, gradient, matrix = jax.jit(lambda t: (loss(t), jax.grad(loss)(t), jax.hessian(loss)(t)))(
        jax.numpy.asarray(theta)
    )
    np.testing.assert_allclose(problem.loss(theta), value, rtol=1e-13)
    np.testing.assert_allclose(problem.gradient(theta), gradient, rtol=1e-11)
    np.testing.assert_allclose(problem.gauss_newton(theta), matrix, rtol=1e-10)
