"""Runs on the images of digits: against NumPy and dense matrices, and with other null vectors."""

import numpy as np
import pytest

jax = pytest.importorskip("jax")
pytest.importorskip("sklearn")
pytestmark = pytest.mark.slow

import jax.numpy as jnp  # noqa: E402

from diagprec_core.networks.experiments.digits import (  # noqa: E402
    matrices,
    model,
    runs,
)

KNOBS = {"GD": 0.0, "sign": 0.0, "Adam": 0.1, "GN^-1": 0.5, "GN^-1/2": 0.1, "Sophia": 0.5}
# Their product with the direction is a step of about a tenth of the parameters.
RATES = {"GD": 0.5, "sign": 0.01, "Adam": 0.01, "GN^-1": 0.01, "GN^-1/2": 0.02, "Sophia": 0.01}


def orthogonal(size, seed):
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((size, size)))[0]


def test_exact_carry_is_the_diagonal_of_the_running_matrix():
    """S by its recursion, read in three bases; beyond `count` the history is not looked at."""
    beta2, size = 0.8, 12
    history = np.random.default_rng(0).standard_normal((30, size))
    s = np.zeros((size, size))
    for count, g in enumerate(history):
        s = beta2 * s + (1 - beta2) * np.outer(g, g)
        if count % 7 == 0:
            u = orthogonal(size, count)
            found = runs.second_moment(jnp.asarray(history), jnp.asarray(u), beta2, count + 1)
            np.testing.assert_allclose(found, np.diag(u.T @ s @ u), atol=1e-14)
            # The diagonal alone, carried from the identity, would not do.
            assert np.abs(np.asarray(found) - u.T**2 @ np.diag(s)).max() > 1e-2
    assert not np.any(runs.second_moment(jnp.asarray(history), jnp.eye(size), beta2, 0))


def numpy_direction(rule, knob, m, v, h):
    alive = h > 1e-8 * h.max()
    mean = np.sum(h[alive]) / len(h)
    w = np.zeros_like(m)
    for i in np.flatnonzero(alive):
        if rule == "GD":
            w[i] = m[i]
        elif rule == "sign":
            w[i] = np.sign(m[i])
        elif rule == "Adam":
            w[i] = m[i] / (np.sqrt(v[i]) + 1e-8)
        elif rule == "Sophia":
            w[i] = min(max(m[i] / (knob * (h[i] + mean / 1024)), -1), 1)
        else:
            w[i] = m[i] * (h[i] + knob * mean) ** (-1.0 if rule == "GN^-1" else -0.5)
    return w


def dense(basis):
    """Return a basis as a matrix, its columns the basis vectors."""
    return np.asarray(matrices.turn_back(basis, jnp.eye(1210))).T


def numpy_run(setup, rule, seed, steps):
    """Make a run with dense matrices, one step at a time; return its losses."""
    inputs, labels = model.images()
    law = model.certain(labels)
    loss = jax.jit(jax.value_and_grad(model.loss))
    theta = np.asarray(model.start(seed))
    m, s, v, losses = np.zeros(1210), np.zeros((1210, 1210)), None, []
    beta2 = 1 - KNOBS["Adam"]
    for t in range(steps):
        if t % 10 == 0:
            basis, h = runs.refresher(setup)(runs.population(), theta, seed, t // 10)
            u, h = dense(basis), np.asarray(h)
        value, g = loss(theta, inputs, law)
        if setup.batch != "full":
            key = jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), 1), t)
            batch = model.draw(key, 64, jnp.asarray(inputs), jnp.asarray(law))
            g = loss(theta, *batch)[1]
        losses.append(float(value))
        g = np.asarray(g)
        m = 0.9 * m + 0.1 * g
        if rule == "Adam":
            s = beta2 * s + (1 - beta2) * np.outer(g, g)
            v = np.sum(u * (s @ u), axis=0) / (1 - beta2 ** (t + 1))
        w = numpy_direction(rule, KNOBS[rule], u.T @ m / (1 - 0.9 ** (t + 1)), v, h)
        theta = theta - RATES[rule] * u @ w
    return losses


CASES = [("full", "64", "Adam"), *(("Kronecker", "64", rule) for rule in KNOBS)]


@pytest.mark.parametrize(("basis", "batch", "rule"), CASES)
def test_two_blocks_of_steps_are_those_of_dense_matrices(basis, batch, rule):
    setup, seed = runs.Setup(basis, batch), 1
    theta = model.start(seed)
    state = theta, jnp.zeros(1210), jnp.zeros((runs.BUDGET, 1210))
    found = []
    for first in (0, 10):
        basis_found, h = runs.refresher(setup)(runs.population(), state[0], seed, first // 10)
        settings = runs.RULES.index(rule), RATES[rule], KNOBS[rule], 1 - KNOBS["Adam"]
        state, losses = runs.stepper(setup)(
            runs.population(), state, basis_found, h, *settings, seed, first
        )
        found += losses[:-1].tolist()
    wanted = numpy_run(setup, rule, seed, 12)
    np.testing.assert_allclose(found[:12], wanted, rtol=1e-9)
    assert abs(wanted[-1] - wanted[0]) > 0.05  # it moved


@pytest.fixture(scope="module")
def null_space(float64):
    """Return a full basis of few images, h, and an average gradient and a history of others."""
    inputs, labels = map(jnp.asarray, model.images())
    theta = model.start(1)
    q = model.probabilities(theta, inputs[:16])
    u, h = matrices.basis_and_diagonal("full", theta, inputs[:16], matrices.curvature_weights(q))
    gradient = jax.jit(jax.grad(model.loss))
    law = jnp.asarray(model.certain(np.asarray(labels)))
    history = jnp.stack([gradient(theta, inputs[i : i + 16], law[i : i + 16]) for i in (100, 200)])
    return u, h, history


def turned_null(u, h):
    """Return the basis with its null vectors replaced by others of their span."""
    null = np.flatnonzero(np.asarray(h) <= matrices.NULL * np.max(h))
    assert len(null) == 1210 - 9 * 16
    u = np.array(u)
    u[:, null] = u[:, null] @ orthogonal(len(null), 0)
    return jnp.asarray(u)


def step(rule, u, h, history, direction=runs.direction):
    v = runs.second_moment(history, u, 0.9, 2)
    m = matrices.turn(u, history.mean(axis=0))
    return matrices.turn_back(u, direction(runs.RULES.index(rule), KNOBS[rule], m, v, h))


@pytest.mark.parametrize("rule", KNOBS)
def test_no_rule_depends_on_the_choice_within_the_null_space(null_space, rule):
    u, h, history = null_space
    found, other = (step(rule, basis, h, history) for basis in (u, turned_null(u, h)))
    np.testing.assert_allclose(found, other, atol=1e-11 * float(jnp.abs(found).max()))
    assert float(jnp.linalg.norm(found)) > 0


@pytest.mark.parametrize("rule", ["Adam", "sign"])
def test_without_projection_the_choice_within_the_null_space_matters(null_space, rule):
    u, h, history = null_space

    def unprojected(number, knob, m, v, h):
        return jnp.sign(m) if rule == "sign" else m / (jnp.sqrt(v) + runs.EPS)

    found, other = (step(rule, basis, h, history, unprojected) for basis in (u, turned_null(u, h)))
    assert float(jnp.linalg.norm(found - other)) > 0.3 * float(jnp.linalg.norm(found))


def test_a_run_ends_where_it_is_there_or_at_its_limit():
    setup = runs.Setup("identity", "full")
    steps, loss = runs.run(setup, "Adam", 2.0**-4, 2.0**-2, 1)
    assert 10 < steps < 60
    assert loss <= model.THRESHOLD == pytest.approx(np.log(10) / 10)
    assert runs.run(setup, "Adam", 2.0**-4, 2.0**-2, 1, limit=10)[0] == np.inf
    assert runs.run(setup, "GD", 1e9, 0.0, 1)[0] == np.inf
    nudged, _ = runs.run(setup, "Adam", 2.0**-4, 2.0**-2, 1, nudge=1e-12)
    assert nudged == pytest.approx(steps, rel=1e-8)


@pytest.mark.parametrize("wrong", [("Fourier", "64"), ("full", "32"), ("full", None)])
def test_no_other_setup_or_rule(wrong):
    with pytest.raises(ValueError, match="need one of"):
        runs.Setup(*wrong)
    with pytest.raises(ValueError, match="rule"):
        runs.run(runs.Setup("identity", "64"), "Lion", 0.1, 0.0, 1)
