"""Whole runs against another library's Adam and against a plain numpy loop."""

import dataclasses

import numpy as np
import pytest

import diagprec_core as dp

jax = pytest.importorskip("jax")
pytestmark = pytest.mark.slow
optax = pytest.importorskip("optax")

from diagprec_core.networks import curvature, models, rules, tasks, training  # noqa: E402

STEPS, SEED = 20, 4


INPUTS = 40


@pytest.fixture(autouse=True, scope="module")
def tiny():
    """A task small enough for loops: 40 inputs of dimension 3, two hidden units.

    "single" has one hidden unit. The scale of a ReLU unit can go from one layer to the other, so G
    has a null direction for each unit; in a null space of two the eigensolver picks the basis.
    """
    monkeypatch = pytest.MonkeyPatch()

    def population(key):
        rng = np.random.default_rng(8)
        x = rng.standard_normal((INPUTS, 3))
        return jax.numpy.asarray(x), jax.numpy.asarray(np.sin(x[:, :1]))

    task = tasks.Task(
        "tiny",
        models.hidden_layer(3, 2),
        "squared",
        population,
        0.3,
        0.05,
        batch=2,
        curvature_batch=30,
    )
    single = dataclasses.replace(task, name="single", network=models.hidden_layer(3, 1))
    for one in (task, single):
        monkeypatch.setitem(tasks.TASKS, one.name, one)
    yield task
    monkeypatch.undo()
    training.runner.cache_clear()


def run(basis, batch, rule, rate, knob, name="tiny"):
    call = training.runner(name, basis, batch, STEPS)
    index = rules.RULES.index(rule)
    losses, path = call(np.array([SEED]), np.array([rate]), np.array([index]), np.array([knob]))
    return np.asarray(losses[0]), np.asarray(path[0])


def start_of(task):
    keys = training.keys(SEED)
    return np.asarray(task.network.start(keys[1])), task.population(keys[0]), keys


def test_identity_basis_is_optax_adam(tiny):
    theta, population, _ = start_of(tiny)
    schedule = optax.linear_schedule(0.05, 0.0, STEPS)
    optimiser = optax.adam(schedule, b1=rules.BETA1, b2=0.99, eps=rules.EPS)

    @jax.jit
    def step(theta, state):
        g = jax.grad(curvature.mean_loss, argnums=1)(tiny, theta, *population)
        updates, state = optimiser.update(g, state)
        return optax.apply_updates(theta, updates), state

    state = optimiser.init(theta)
    for _ in range(STEPS):
        theta, state = step(theta, state)
    losses, path = run("identity", "full", "Adam", 0.05, 0.99)
    np.testing.assert_allclose(path[-1], theta, atol=1e-12)
    assert losses[-1] < losses[0]


def core_direction(rule, knob, m, v, h):
    """The same direction from the core's numpy rules; Adam's from its definition."""
    if rule == "GD":
        return m
    if rule == "Adam":
        return m / (np.sqrt(v) + rules.EPS)
    if rule == "Sophia":
        damped = h + rules.SOPHIA_DAMPING * h.mean()
        return dp.Sophia(knob).direction(m.copy(), damped, None)[0]
    power = {"GN^-1": -1.0, "GN^-1/2": -0.5}[rule]
    return dp.GaussNewton(power, damping=knob * h.mean()).direction(m.copy(), h, None)[0]


def plain_run(task, basis, batch, rule, rate, knob):
    """The algorithm as a loop; the second moment is carried as a dense matrix."""
    theta, population, keys = start_of(task)
    gradients = jax.jit(lambda t, x, y: curvature.example_gradients(task, t, x, y))
    b2 = knob if rule == "Adam" else 0.99
    p = len(theta)
    jacobians = jax.jit(lambda t, x: curvature.whitened_jacobians(task, t, x))
    kronecker = jax.jit(lambda z: curvature.kronecker(task.network, z)[0])
    u, m, v = np.eye(p), np.zeros(p), np.zeros(p)
    for t in range(STEPS):
        if t % training.REFRESH == 0:
            x = training.curvature_inputs(task, SEED, t // training.REFRESH, population, batch)
            z = jacobians(theta, x)
            matrix = np.asarray(curvature.gauss_newton(z))
            old = u @ np.diag(v) @ u.T
            if basis == "full":
                u = np.linalg.eigh(matrix)[1]
            elif basis == "Kronecker":
                u = np.asarray(kronecker(z))
            h = np.maximum(np.diag(u.T @ matrix @ u), 0)
            v = np.diag(u.T @ old @ u).copy()
        size = task.batch if batch == "small" else None
        x, y = training.draw(task, jax.random.fold_in(keys[2], t), population, size)
        g = np.asarray(gradients(theta, x, y)).mean(axis=0)
        m = 0.9 * m + 0.1 * g
        v = b2 * v + (1 - b2) * (u.T @ g) ** 2
        averaged = u.T @ m / (1 - 0.9 ** (t + 1)), v / (1 - b2 ** (t + 1))
        move = core_direction(rule, knob, *averaged, h)
        theta = theta - rate * (1 - t / STEPS) * u @ move
    return theta


@pytest.mark.parametrize(
    ("basis", "batch", "rule", "rate", "knob"),
    [
        ("full", "full", "Adam", 0.02, 0.9),
        ("full", "full", "GN^-1/2", 0.02, 0.03),
        ("Kronecker", "full", "GN^-1", 0.05, 0.03),
        ("Kronecker", "full", "Sophia", 0.02, 0.1),
        ("identity", "small", "GN^-1", 0.02, 1.0),
        ("identity", "small", "GD", 0.02, 0.0),
    ],
)
def test_runs_are_those_of_a_plain_loop(tiny, basis, batch, rule, rate, knob):
    task = tasks.TASKS["single"] if basis == "full" else tiny
    found = run(basis, batch, rule, rate, knob, task.name)[1][-1]
    wanted = plain_run(task, basis, batch, rule, rate, knob)
    np.testing.assert_allclose(found, wanted, atol=1e-9)


@pytest.mark.parametrize("rule", rules.RULES)
def test_directions_are_those_of_the_core(rule):
    rng = np.random.default_rng(3)
    m, v, h = rng.standard_normal(7), rng.random(7), rng.random(7)
    for knob in rules.KNOBS[rule]:
        found = rules.direction(rules.RULES.index(rule), knob, m, v, h)
        np.testing.assert_allclose(found, core_direction(rule, knob, m, v, h), rtol=1e-12)


def test_a_carried_second_moment_ignores_order_and_sign_and_keeps_its_sum(rotation):
    old, new, v = rotation(6, 1), rotation(6, 2), np.random.default_rng(0).random(6)
    order, signs = np.array([3, 0, 5, 1, 2, 4]), np.array([1, -1, 1, 1, -1, -1])
    np.testing.assert_allclose(training.carried(v, old, old[:, order] * signs), v[order])
    assert np.isclose(training.carried(v, old, new).sum(), v.sum())
    dense = new.T @ old @ np.diag(v) @ old.T @ new
    np.testing.assert_allclose(training.carried(v, old, new), np.diag(dense))


def test_batches_have_the_population_s_mean_and_the_noise_that_is_asked_for(tiny):
    population = tiny.population(None)
    x, y = training.draw(tiny, jax.random.key(0), population, 20_000)
    hits = np.array([(np.asarray(x) == row).all(axis=1) for row in np.asarray(population[0])])
    assert hits.any(axis=0).all()
    assert np.abs(hits.mean(axis=1) - 1 / INPUTS).max() < 5 * np.sqrt(1 / INPUTS / 20_000)
    noise = np.asarray(y - np.asarray(population[1])[hits.argmax(axis=0)])
    assert abs(noise.std() - 0.3) < 5 * 0.3 / np.sqrt(40_000)


def test_curvature_batches_are_not_the_gradients_batches(tiny):
    _, population, keys = start_of(tiny)
    first = training.curvature_inputs(tiny, SEED, 0, population, "small")
    second = training.curvature_inputs(tiny, SEED, 1, population, "small")
    gradient = training.draw(tiny, jax.random.fold_in(keys[2], 0), population, 30)[0]
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, gradient)


def test_divergence_is_a_result(tiny):
    losses, _ = run("identity", "full", "GD", 1e6, 0.0)
    assert np.isfinite(losses[0])
    assert not losses[-1] < losses[0]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("cube", "full", "small"), "task_name"),
        (("tiny", "eigen", "small"), "basis"),
        (("tiny", "full", 8), "batch"),
        (("tiny", "full", "small", 15), "steps"),
        (("tiny", "full", "small", 2.5), "steps"),
    ],
)
def test_unfit_arguments_are_refused(arguments, name):
    with pytest.raises(ValueError, match=f"^{name}: got .*, need "):
        training.runner(*arguments)
