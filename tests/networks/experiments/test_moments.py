"""The moments of the theorems against sums over all pairs of examples, and the linear model's."""

import numpy as np
import pytest

import diagprec_core as dp

jax = pytest.importorskip("jax")
pytestmark = pytest.mark.slow

from diagprec_core.networks.experiments import models  # noqa: E402
from diagprec_core.networks.experiments.small import along, bases, curvature, moments, tasks  # noqa: E402


def test_moments_are_exact_over_all_pairs_of_examples():
    task = tasks.TASKS["addition"]
    theta = task.network.start(jax.random.key(3))
    population = task.population(None)
    z = curvature.whitened_jacobians(task, theta, population[0])
    basis = bases.build("full", task.network, z, None)
    m = moments.moments(task, theta, population, basis)
    g = np.asarray(curvature.example_gradients(task, theta, *population)) @ np.asarray(basis)
    pairs = (g[:, None] + g[None, :]) / 2
    h = np.asarray(curvature.diagonal(z, basis))
    kept = h > bases.SMALLEST * h.max()
    wanted = 2 * (pairs[:, :, kept] ** 2).mean(axis=(0, 1)) / (m.scale * h[kept])
    np.testing.assert_allclose(m.factor(2), wanted, rtol=1e-9)
    assert np.abs(m.factor(3) / wanted - 1).max() > 1e-3
    assert len(wanted) < len(h)


def test_moments_of_a_linear_network_are_those_of_the_theory():
    rng = np.random.default_rng(1)
    d, n, noise = 4, 200_000, 0.5
    covariance = np.diag([1.0, 0.5, 0.3, 0.1])
    x = rng.standard_normal((n, d)) * np.sqrt(np.diag(covariance))
    linear = models.Network(((1, d),), lambda matrices, x: matrices[0] @ x, (1.0,))
    task = tasks.Task("linear", linear, "squared", None, noise, 0.0)
    delta = np.array([0.3, -1.0, 0.5, 2.0])
    m = moments.moments(task, delta, (x, np.zeros((n, 1))))
    regression = dp.GaussianRegression(covariance, noise)
    scale = delta @ covariance @ delta + noise**2
    for batch in (1, 8):
        wanted = dp.second_moment(regression, delta, batch_size=batch)
        wanted = batch * wanted / (scale * np.diag(covariance))
        np.testing.assert_allclose(m.factor(batch), wanted, rtol=0.03)
    np.testing.assert_allclose(m.excess, 1 + 2 * m.correlation, rtol=0.03)
    assert np.abs(m.excess / (1 + m.correlation) - 1).max() > 0.1  # the factor 2 is seen


def test_shares_spread_and_off_diagonal_mass(rotation):
    assert moments.share_within(np.array([3.0, 1.0, 2.0, 1.5])) == 0.75
    assert moments.share_within(np.full(7, 0.2)) == 1.0
    assert np.isclose(moments.spread(np.geomspace(1, 2**10, 11)), 2.0**8)
    u = rotation(5, 3)
    matrix = u @ np.diag(np.arange(1.0, 6.0)) @ u.T
    assert moments.off_diagonal_mass(matrix) > 0.01
    assert abs(moments.off_diagonal_mass(matrix, u)) < 1e-12


def test_adam_s_path_goes_on_where_it_was():
    seeds = (11, 12)
    start, later = (along.parameters("teacher", step, seeds) for step in (0, 30))
    data = along.problem("teacher", seeds)
    np.testing.assert_array_equal(start, data.start)
    task = tasks.TASKS["teacher"]
    losses = [
        [float(curvature.mean_loss(task, t, x, y)) for t, x, y in zip(p, *data[:2], strict=True)]
        for p in (start, later)
    ]
    assert np.all(np.array(losses[1]) < losses[0])


def test_a_row_has_its_own_order_statistics():
    row = along.make(("addition", 0, "identity"))
    assert set(row) == set(along.COLUMNS) - {"cell"}
    for key in along.MEASURED:
        value, low, high = row[key]
        assert low <= value <= high
    assert row["share 1"][0] >= row["share inf"][0]
    full = along.make(("addition", 0, "full"))
    assert full["off diagonal"] == (0.0, 0.0, 0.0)
    assert row["off diagonal"][1] > 0.1
