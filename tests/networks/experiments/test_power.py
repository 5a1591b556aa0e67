"""The theory's quantities along training, against dense sums and synthetic laws."""

import numpy as np
import pytest

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")
pytest.importorskip("sklearn")
pytestmark = pytest.mark.slow

import jax.numpy as jnp  # noqa: E402

from diagprec_core.networks.coordinates import Coordinates, measure  # noqa: E402
from diagprec_core.networks.experiments.digits import matrices, model, power  # noqa: E402

IMAGES = 9


@pytest.fixture(scope="module")
def point(float64):
    inputs, labels = model.images()
    return np.asarray(model.start(3)), inputs[:IMAGES], labels[:IMAGES]


@pytest.mark.parametrize("basis", ["identity", "Kronecker", "full"])
def test_moments_are_sums_over_images_and_labels(point, basis):
    theta, inputs, labels = point
    law = model.noisy(labels, 0.3)
    found = power.moments(basis, theta, inputs, law)
    gradient = jax.jit(jax.grad(model.loss))
    second, mean = 0, 0
    for x, p in zip(inputs, law, strict=True):
        for y in range(10):
            g = gradient(theta, x[None], np.eye(10)[y][None])
            turned = np.asarray(matrices.turn(found.basis, g))
            second, mean = second + p[y] * turned**2 / IMAGES, mean + p[y] * turned / IMAGES
    np.testing.assert_allclose(found.second_moment, second, atol=1e-13)
    np.testing.assert_allclose(found.squared_mean, mean**2, atol=1e-13)


def test_moments_are_those_of_the_library(point):
    theta, inputs, labels = point
    found = power.moments("identity", theta, inputs, model.certain(labels))
    tree = model.NETWORK.matrices(theta)
    one = jax.jit(
        lambda tree: measure("cross-entropy", model.outputs, tree, (inputs, jnp.asarray(labels)))
    )(tree)
    for mine, its in zip(found[:3], one[:3], strict=True):
        flat = np.concatenate([np.ravel(leaf) for leaf in its])
        np.testing.assert_allclose(mine, flat, atol=1e-13)
    assert float(found.power(8)) == pytest.approx(float(one.power(8)), rel=1e-9)


def synthetic(alpha, size=200):
    """Return coordinates whose second moment is c h^(2 alpha), without a mean."""
    h = np.exp(np.random.default_rng(0).uniform(-6, 6, size))
    return Coordinates(jnp.asarray(7 * h ** (2 * alpha)), jnp.zeros(size), jnp.asarray(h), None)


@pytest.mark.parametrize("alpha", [0.0, 0.25, 0.5, 1.0])
def test_power_of_a_synthetic_law_is_its_power(alpha):
    found = power.measures(synthetic(alpha))
    assert found["power"][0] == pytest.approx(alpha, abs=1e-12)
    assert found["power"][0] != pytest.approx(alpha + 0.01, abs=1e-3)
    # Only at 1/2 is one scalar right for all.
    assert (found["within"][0] == 1) == (alpha == 0.5)


def test_labels_of_the_models_own_law_have_power_one_half(point):
    theta, inputs, labels = point
    q = np.asarray(model.probabilities(theta, inputs))
    found = power.measures(power.moments("identity", theta, inputs, q))
    assert found["power"][0] == pytest.approx(0.5, abs=1e-9)
    assert found["within"][0] == 1
    other = power.measures(power.moments("identity", theta, inputs, model.certain(labels)))
    assert abs(other["power"][0] - 0.5) > 1e-3
    assert other["within"][0] < 0.9


def test_critical_batch_is_where_signal_and_noise_are_equal(point):
    theta, inputs, labels = point
    found = power.moments("identity", theta, inputs, model.certain(labels))
    critical = power.critical_batch(found)
    second, mean, h = map(np.asarray, found[:3])
    alive = h > 1e-8 * h.max()
    assert len(critical) == alive.sum() < 1210
    at = second[alive] / critical + (1 - 1 / critical) * mean[alive]  # of a batch of that size
    np.testing.assert_allclose(at, 2 * mean[alive], rtol=1e-9)
    one = np.argmin(critical)
    batch = max(float(critical[one]), 1.0)
    its = found.second_moment_at(batch)[np.flatnonzero(alive)[one]]
    assert float(its) == pytest.approx(
        second[alive][one] / batch + (1 - 1 / batch) * mean[alive][one]
    )
    quartiles = power.measures(found)["critical"]
    assert np.mean(critical <= quartiles[1]) == pytest.approx(0.5, abs=0.01)


def test_noise_of_halves_shrinks_like_the_root_of_their_size():
    """Halves of 4 times as many images differ half as much: root mean square over 40 splits."""
    inputs, labels = model.images()
    law, theta = model.certain(labels), np.asarray(model.start(3))
    rng = np.random.default_rng(0)

    def difference(size):
        squares = []
        for _ in range(40):
            pair = rng.permutation(1797)[: 2 * size].reshape(2, size)
            found = [power.moments("identity", theta, inputs[i], law[i]) for i in pair]
            first, second = (np.log(np.asarray(f.second_moment).sum()) for f in found)
            squares.append((first - second) ** 2)
        return np.sqrt(np.mean(squares))

    small, large = difference(50), difference(200)
    # Each is known to 1/sqrt(80) = 11 %: a ratio of 2 lies within these with 3 standard errors.
    assert 1.3 < small / large < 3


def test_halves_are_disjoint():
    found = power.halves(1)
    assert found.shape == (2, 898)
    assert len(np.unique(found)) == 2 * 898
    assert not np.array_equal(found, power.halves(2))


def test_training_is_optaxs_adam():
    inputs, labels = map(jnp.asarray, model.images())
    law = jnp.asarray(model.noisy(np.asarray(labels), 0.1))
    adam = optax.adam(0.01, b1=0.9, b2=0.999, eps=1e-8)
    theta = model.start(21)
    state = adam.init(theta)
    gradient = jax.jit(
        lambda theta, key: jax.grad(model.loss)(theta, *model.draw(key, 64, inputs, law))
    )
    for t in range(10):
        key = jax.random.fold_in(jax.random.fold_in(jax.random.key(21), 1), t)
        change, state = adam.update(gradient(theta, key), state)
        theta = theta + change
    path = power.trajectory("fresh", 0.1, 21)
    assert path.shape == (6, 2, 1210)
    np.testing.assert_allclose(path[1, 0], theta, atol=1e-12)
    np.testing.assert_allclose(path[1, 1], state[0].nu / (1 - 0.999**10), atol=1e-14)


def test_rows_hold_every_column(monkeypatch):
    monkeypatch.setattr(power, "SEEDS", (21, 22))
    cell = power.Cell("fixed", 0.2, 10, "identity")
    row = power.make(cell)
    assert {"cell", *row} == set(power.COLUMNS)
    found = power.arrays(row)
    assert found["power"].shape == (2, 5)
    assert found["within_halves"].shape == (2, 2, 5)
    assert found["critical"].shape == (2, 3)
    assert 0 <= float(row["sensitivity"]) < 1e-6
    assert len(row["power_own"].split()) == 2
    law = power.law(cell, 22)
    theta = power.trajectory("fixed", 0.2, 22)[1, 0]
    wanted = power.moments("identity", theta, model.images()[0], law).power(64)
    assert found["power"][1, 2] == pytest.approx(float(wanted), abs=1e-3)


def test_cells_are_doses_steps_and_bases():
    names = [power.name(cell) for cell in power.cells()]
    assert len(set(names)) == len(names) == 9 * 6 * 3
