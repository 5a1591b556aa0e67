"""What is measured on a user's model, against per-example gradients and the full matrices."""

from functools import partial

import numpy as np
import pytest

jax = pytest.importorskip("jax")
pytestmark = pytest.mark.slow

import jax.numpy as jnp  # noqa: E402
import networks.user_model as user  # noqa: E402

from diagprec_core.networks import factors  # noqa: E402
from diagprec_core.networks.coordinates import Coordinates, measure  # noqa: E402
from diagprec_core.networks.experiments import models  # noqa: E402
from diagprec_core.networks.experiments.small import bases, curvature, moments, tasks  # noqa: E402

LOSSES = {"squared": "squared", "cross-entropy": "cross-entropy", "huber": user.huber}
every_loss = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)


def batch_for(loss):
    parameters, inputs, targets, classes = user.instance(2)
    return parameters, (inputs, classes if loss == "cross-entropy" else targets)


@partial(jax.jit, static_argnames=("loss", "basis"))
def measured(loss, parameters, batch, basis="identity"):
    """Compiled, which is faster than one operation after another, even once."""
    return measure(loss, user.outputs, parameters, batch, basis=basis, chunk=3)


def dense_gradients(loss, parameters, batch):
    """One example's gradient a row, (n, p): J^T times the derivative of the loss in f."""
    f = np.asarray(user.outputs(parameters, batch[0]))
    j = user.jacobian(parameters, batch[0])
    y = np.asarray(batch[1])
    if loss == "squared":
        slope = f - y
    elif loss == "cross-entropy":
        slope = np.exp(f) / np.exp(f).sum(axis=1, keepdims=True) - np.eye(3)[y]
    else:
        slope = (f - y) / np.sqrt(1 + (f - y) ** 2)
    return np.einsum("nkp,nk->np", j, slope)


@every_loss
@pytest.mark.parametrize("basis", ["identity", "kronecker"])
def test_moments_are_those_of_all_examples(loss, basis):
    parameters, batch = batch_for(loss)
    found = measured(loss, parameters, batch, basis)
    u = user.dense_basis(found.basis, parameters)
    g = dense_gradients(loss, parameters, batch) @ u
    matrix = user.gauss_newton(loss, parameters, *batch)
    for name, wanted in (
        ("second_moment", np.mean(g**2, axis=0)),
        ("squared_mean", np.mean(g, axis=0) ** 2),
        ("curvature", np.diag(u.T @ matrix @ u)),
    ):
        np.testing.assert_allclose(user.flat(getattr(found, name)), wanted, atol=1e-12)


def test_a_mini_batch_s_moment_is_that_over_all_pairs():
    parameters, batch = batch_for("squared")
    g = dense_gradients("squared", parameters, batch)
    pairs = (g[:, None] + g[None, :]) / 2
    found = measured("squared", parameters, batch)
    wanted = np.mean(pairs**2, axis=(0, 1))
    np.testing.assert_allclose(user.flat(found.second_moment_at(2)), wanted, rtol=1e-11)
    whole = user.flat(found.second_moment_at(np.inf))
    np.testing.assert_allclose(whole, user.flat(found.squared_mean))


@every_loss
@pytest.mark.parametrize("batch_size", [1, 8, np.inf])
def test_share_and_power_are_those_of_numpy(loss, batch_size):
    parameters, batch = batch_for(loss)
    found = measured(loss, parameters, batch, "kronecker")
    h, second = user.flat(found.curvature), user.flat(found.second_moment_at(batch_size))
    kept = h > 1e-8 * h.max()
    wanted = moments.share_within(second[kept] / h[kept])
    assert np.isclose(found.share(batch_size), wanted)
    slope = np.polyfit(np.log(h[kept]), np.log(second[kept]), 1)[0]
    assert np.isclose(found.power(batch_size), slope / 2)


def test_share_and_power_where_they_are_known():
    h = jnp.geomspace(1, 1e-4, 9)
    flat = jnp.zeros(9)
    for power in (0.0, 0.25, 0.5, 1.0):
        found = Coordinates(3 * h ** (2 * power), flat, h, None)
        assert np.isclose(found.power(1), power)
        assert np.isclose(found.share(1), 1.0 if power == 0.5 else found.share(1))
    found = Coordinates(jnp.array([1.0, 1.9, 3.0, 10.0]), jnp.zeros(4), jnp.ones(4), None)
    assert found.share(1) == 0.5
    assert found.share(1, tau=9.0) == 1.0
    assert found.share(1, tau=0.0) == 0.25
    dead = Coordinates(jnp.array([1.0, 0.0]), jnp.zeros(2), jnp.array([1.0, 0.0]), None)
    assert dead.share(1) == 1.0


@pytest.mark.parametrize("basis", ["identity", "kronecker"])
def test_it_agrees_with_the_experiments_of_the_chapters(basis):
    """The teacher's network once as a task with one flat vector, once as a user's two matrices."""
    network = models.hidden_layer(3, 2)
    task = tasks.Task("user", network, "squared", None, 0.0, 0.0)
    theta, inputs = network.start(jax.random.key(0)), jax.random.normal(jax.random.key(1), (9, 3))
    targets = jnp.sin(inputs[:, :1])
    z = curvature.whitened_jacobians(task, theta, inputs)
    u = bases.build(basis.replace("k", "K", 1), network, z, None)
    h = curvature.diagonal(z, u)
    g = curvature.example_gradients(task, theta, inputs, targets)
    g = g if u is None else g @ u

    def model(matrices, x):
        return jax.vmap(lambda one: network.forward(matrices, one))(x)

    pair = inputs, targets
    found = measure("squared", model, network.matrices(theta), pair, basis=basis)
    np.testing.assert_allclose(user.flat(found.curvature), h, atol=1e-12)
    np.testing.assert_allclose(user.flat(found.second_moment), np.mean(g**2, axis=0), atol=1e-11)


def test_jit_vmap_and_a_basis_of_ones_own(rotation):
    parameters, batch = batch_for("squared")
    basis = factors.identity(parameters)
    basis["last"] = factors.Factors(jnp.asarray(rotation(3, 1)), None)

    def power(scale):
        theta = jax.tree.map(lambda a: scale * a, parameters)
        return measure("squared", user.outputs, theta, batch, basis=basis).power(4)

    scales = jnp.array([1.0, 0.5])
    together = jax.jit(jax.vmap(power))(scales)
    np.testing.assert_allclose(together, [power(s) for s in scales], rtol=1e-10)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"batch": 3}, "batch"),
        ({"batch": (jnp.ones((7, 4)),)}, "batch"),
        ({"batch": (jnp.ones((7, 4)), jnp.ones(7))}, "batch"),
        ({"loss": "cross-entropy"}, "batch"),
        ({"loss": "hinge"}, "loss"),
        ({"basis": "full"}, "basis"),
        ({"outputs": None}, "outputs"),
        ({"chunk": 0}, "chunk"),
        ({"largest": 0.5}, "largest"),
    ],
)
def test_unfit_arguments_are_refused(change, name):
    parameters, batch = batch_for("squared")
    given = {"loss": "squared", "outputs": user.outputs, "parameters": parameters, "batch": batch}
    with pytest.raises(ValueError, match=f"^{name}: got .*, need "):
        measure(**given | change)


def test_unfit_batch_sizes_are_refused():
    found = Coordinates(jnp.ones(2), jnp.zeros(2), jnp.ones(2), None)
    for call, name in (
        (lambda: found.share(0), "batch_size"),
        (lambda: found.power(True), "batch_size"),
        (lambda: found.second_moment_at(np.nan), "batch_size"),
        (lambda: found.share(1, tau=-1), "tau"),
    ):
        with pytest.raises(ValueError, match=f"^{name}: got .*, need "):
            call()
