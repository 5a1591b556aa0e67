"""The transformations against plain loops with dense rotations, and against optax's own Adam."""

from functools import partial

import numpy as np
import pytest

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")
pytestmark = pytest.mark.slow

import jax.numpy as jnp  # noqa: E402
import networks.user_model as user  # noqa: E402

from diagprec_core.networks.transformations import (  # noqa: E402
    scale_by_adam_in_basis,
    scale_by_gauss_newton,
)

STEPS, RATE = 9, 0.05


def mean_loss(loss, parameters, inputs, targets):
    """The mean loss, by optax's functions where it has one."""
    f = user.outputs(parameters, inputs)
    if loss == "squared":
        return optax.l2_loss(f, targets).sum(axis=-1).mean()
    if loss == "cross-entropy":
        return optax.softmax_cross_entropy_with_integer_labels(f, targets).mean()
    return jax.vmap(loss)(f, targets).mean()


def problem(loss):
    parameters, inputs, targets, classes = user.instance(1)
    return parameters, inputs, classes if loss == "cross-entropy" else targets


def train(transformation, loss, steps=STEPS):
    """Run a chain on the user's model; return the parameters, the state, and the last gradients."""
    parameters, inputs, targets = problem(loss)
    chain = optax.chain(transformation, optax.scale_by_learning_rate(RATE))
    chain = optax.with_extra_args_support(chain)
    extra = {"outputs": user.outputs, "batch": inputs, "targets": targets}

    @jax.jit
    def step(parameters, state):
        g = jax.grad(partial(mean_loss, loss))(parameters, inputs, targets)
        updates, state = chain.update(g, state, parameters, **extra)
        return optax.apply_updates(parameters, updates), state

    state, path, states = chain.init(parameters), [parameters], []
    for _ in range(steps):
        parameters, state = step(parameters, state)
        path.append(parameters)
        states.append(state[0])
    return path, states


@pytest.mark.parametrize(
    ("loss", "basis", "power"),
    [
        ("squared", "identity", -1.0),
        ("squared", "kronecker", -0.5),
        ("cross-entropy", "identity", -0.5),
        ("cross-entropy", "kronecker", -1.0),
        (user.huber, "kronecker", -0.3),
    ],
)
def test_gauss_newton_is_a_loop_with_the_full_matrix(loss, basis, power):
    rule = scale_by_gauss_newton(power, damping=0.1, basis=basis, refresh=4, loss=loss, chunk=3)
    path, states = train(rule, loss)
    theta, inputs, targets = problem(loss)
    for t, state in enumerate(states):
        np.testing.assert_allclose(user.flat(path[t]), user.flat(theta), atol=1e-10)
        if t % 4 == 0:
            matrix = user.gauss_newton(loss, theta, inputs, targets)
            u = user.dense_basis(state.basis, theta)
            h = np.diag(u.T @ matrix @ u)
        g = user.flat(jax.grad(partial(mean_loss, loss))(theta, inputs, targets))
        move = u @ ((h + 0.1 * h.mean()) ** power * (u.T @ g))
        theta = user.unflat(user.flat(theta) - RATE * move, theta)
    np.testing.assert_allclose(user.flat(path[-1]), user.flat(theta), atol=1e-10)


@pytest.mark.parametrize("shape", [(5,), (5, 3)], ids=["one output", "three outputs"])
def test_one_step_of_gauss_newton_solves_least_squares(shape, rotation):
    """G is the inputs' second moment beside an identity; whitened it is diagonal for a vector."""
    rng = np.random.default_rng(3)
    inputs = rng.standard_normal((40, 5)) @ np.diag([3.0, 1.0, 0.5, 0.2, 0.1])
    if len(shape) == 2:
        inputs = inputs @ rotation(5, 1)  # a matrix finds the eigenbasis itself
    else:
        inputs = (
            inputs @ np.linalg.eigh(inputs.T @ inputs)[1]
        )  # for a vector it has to be the identity
    targets = rng.standard_normal((40, *shape[1:]))
    wanted = np.linalg.lstsq(inputs, targets, rcond=None)[0]

    def model(w, x):
        return x @ w

    w = jnp.asarray(rng.standard_normal(shape))
    g = jax.grad(lambda w: 0.5 * jnp.sum((model(w, inputs) - targets) ** 2) / 40)(w)
    for basis in ("kronecker",) if len(shape) == 2 else ("identity", "kronecker"):
        rule = scale_by_gauss_newton(-1.0, damping=0.0, basis=basis)
        step, _ = rule.update(g, rule.init(w), w, outputs=model, batch=jnp.asarray(inputs))
        np.testing.assert_allclose(w - step, wanted, atol=1e-11)


def test_adam_in_the_identity_basis_is_optax_adam():
    ours = train(scale_by_adam_in_basis(0.9, 0.99, 1e-6, basis="identity"), "squared")[0]
    theirs = train(optax.scale_by_adam(0.9, 0.99, 1e-6), "squared")[0]
    np.testing.assert_allclose(user.flat(ours[-1]), user.flat(theirs[-1]), atol=1e-13)


@pytest.mark.parametrize("loss", ["squared", "cross-entropy"])
def test_adam_in_the_kronecker_basis_is_a_loop_with_dense_matrices(loss):
    rule = scale_by_adam_in_basis(0.8, 0.9, 1e-3, refresh=3)
    path, states = train(rule, loss)
    theta, inputs, targets = problem(loss)
    p = len(user.flat(theta))
    u, m, v = np.eye(p), np.zeros(p), np.zeros(p)
    traces = {name: [0.0, 0.0] for name in ("first", "last")}
    for t, state in enumerate(states):
        np.testing.assert_allclose(user.flat(path[t]), user.flat(theta), atol=1e-9)
        tree = jax.grad(partial(mean_loss, loss))(theta, inputs, targets)
        g = user.flat(tree)
        for name, pair in traces.items():
            d = np.asarray(tree[name])
            traces[name] = [
                0.9 * a + 0.1 * b for a, b in zip(pair, (d @ d.T, d.T @ d), strict=True)
            ]
        if t % 3 == 0:
            for name, pair in traces.items():
                for trace, factor in zip(pair, state.basis[name], strict=True):
                    turned = np.asarray(factor).T @ trace @ np.asarray(factor)
                    np.testing.assert_allclose(turned, np.diag(np.diag(turned)), atol=1e-10)
            kept = u @ np.diag(v) @ u.T
            u = user.dense_basis(state.basis, theta)
            np.testing.assert_allclose(u.T @ u, np.eye(p), atol=1e-12)
            v = np.maximum(np.diag(u.T @ kept @ u), 0.0)  # rounding may leave it below zero
        m = 0.8 * m + 0.2 * g
        v = 0.9 * v + 0.1 * (u.T @ g) ** 2
        first, second = m / (1 - 0.8 ** (t + 1)), v / (1 - 0.9 ** (t + 1))
        move = u @ ((u.T @ first) / (np.sqrt(second) + 1e-3))
        theta = user.unflat(user.flat(theta) - RATE * move, theta)
    np.testing.assert_allclose(user.flat(path[-1]), user.flat(theta), atol=1e-9)


@pytest.mark.parametrize(
    ("basis", "power", "damping", "average", "clip"),
    [
        ("identity", -1.0, 0.0, 0.8, 0.4),
        ("identity", -0.5, 0.1, 0.3, None),
        ("kronecker", -1.0, 0.01, 0.0, 0.4),
    ],
)
def test_averages_and_clips_are_a_loop_with_the_full_matrix(basis, power, damping, average, clip):
    how = {"basis": basis, "refresh": 2, "average": average, "clip": clip}
    path, states = train(scale_by_gauss_newton(power, damping, **how), "squared")
    theta, inputs, targets = problem("squared")
    seen, clipped = [], 0
    for t, state in enumerate(states):
        np.testing.assert_allclose(user.flat(path[t]), user.flat(theta), atol=1e-10)
        if t % 2 == 0:
            u = user.dense_basis(state.basis, theta)
            seen.append(np.diag(u.T @ user.gauss_newton("squared", theta, inputs, targets) @ u))
            weights = average ** np.arange(len(seen))[::-1]  # all of them, the newest with 1
            h = weights @ seen / weights.sum()
        g = user.flat(jax.grad(partial(mean_loss, "squared"))(theta, inputs, targets))
        move = (h + damping * h.mean()) ** power * (u.T @ g)
        if clip is not None:
            clipped += np.sum(np.abs(move) > clip)
            move = np.clip(move, -clip, clip)
        theta = user.unflat(user.flat(theta) - RATE * (u @ move), theta)
    np.testing.assert_allclose(user.flat(path[-1]), user.flat(theta), atol=1e-10)
    assert clip is None or 0 < clipped < len(states) * len(g)


def test_where_nothing_curves_a_clipped_step_is_the_sign():
    parameters, inputs, _ = problem("squared")
    parameters = {**parameters, "unused": jnp.ones(3)}
    g = {**jax.tree.map(jnp.ones_like, parameters), "unused": jnp.array([2.0, -1e-9, 0.0])}
    extra = {"outputs": user.outputs, "batch": inputs}
    for power, wanted in ((-1.0, [0.5, -0.5, 0]), (0.0, [0.5, -1e-9, 0]), (1.0, [0, 0, 0])):
        rule = scale_by_gauss_newton(power, damping=0.0, clip=0.5)
        step, _ = rule.update(g, rule.init(parameters), parameters, **extra)
        np.testing.assert_array_equal(step["unused"], wanted)


def test_power_zero_changes_nothing_and_flat_directions_stay():
    parameters, inputs, _ = problem("squared")
    parameters = {**parameters, "unused": jnp.ones(2)}
    g = jax.tree.map(jnp.ones_like, parameters)
    extra = {"outputs": user.outputs, "batch": inputs}
    for power, wanted in ((0.0, 1.0), (-1.0, 0.0), (0.5, 0.0)):
        rule = scale_by_gauss_newton(power, damping=0.0)
        step, _ = rule.update(g, rule.init(parameters), parameters, **extra)
        np.testing.assert_array_equal(step["unused"], wanted)
        if power == 0:
            np.testing.assert_array_equal(user.flat(step), 1.0)


def test_drawn_curvature_repeats_and_changes_with_the_step():
    how = {"refresh": 1, "samples": 1, "damping": 0.1}
    a, b, other = (
        train(scale_by_gauss_newton(key=jax.random.key(k), **how), "squared", 2) for k in (0, 0, 1)
    )
    np.testing.assert_array_equal(user.flat(a[0][-1]), user.flat(b[0][-1]))
    assert np.abs(user.flat(a[0][-1]) - user.flat(other[0][-1])).max() > 1e-4
    exact = train(scale_by_gauss_newton(refresh=1, damping=0.1), "squared", 2)[1]
    ratios = [
        user.flat(s.diagonal) / user.flat(e.diagonal) for s, e in zip(a[1], exact, strict=True)
    ]
    assert np.abs(ratios[0] - ratios[1]).max() > 0.1


def test_knobs_and_starts_may_be_vectorised():
    parameters, inputs, targets = problem("squared")

    def final(damping, scale):
        rule = scale_by_gauss_newton(-0.5, damping, "kronecker", refresh=2)
        theta = jax.tree.map(lambda a: scale * a, parameters)
        state = rule.init(theta)
        for _ in range(3):
            g = jax.grad(partial(mean_loss, "squared"))(theta, inputs, targets)
            step, state = rule.update(g, state, theta, outputs=user.outputs, batch=inputs)
            theta = optax.apply_updates(theta, jax.tree.map(lambda s: -RATE * s, step))
        return theta

    dampings, scales = jnp.array([0.1, 1.0]), jnp.array([1.0, 0.5])
    together = jax.jit(jax.vmap(final))(dampings, scales)
    for i in range(2):
        alone = final(float(dampings[i]), float(scales[i]))
        one = jax.tree.map(lambda a, i=i: a[i], together)
        np.testing.assert_allclose(user.flat(one), user.flat(alone), atol=1e-10)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_single_and_half_precision_stay_what_they_are(dtype):
    parameters, inputs, _ = problem("squared")
    parameters, inputs = jax.tree.map(lambda a: a.astype(dtype), (parameters, inputs))
    for rule in (
        scale_by_gauss_newton(-1, 0.1, "kronecker", samples=1, key=jax.random.key(0)),
        scale_by_gauss_newton(-1, 0.1, average=0.9, clip=1.0),
        scale_by_adam_in_basis(),
    ):
        rule = optax.with_extra_args_support(rule)
        state = rule.init(parameters)
        step, after = rule.update(parameters, state, parameters, outputs=user.outputs, batch=inputs)
        assert {str(leaf.dtype) for leaf in jax.tree.leaves(step)} == {dtype}
        assert all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(step))
        before = [leaf.dtype for leaf in jax.tree.leaves(state)]
        assert [leaf.dtype for leaf in jax.tree.leaves(after)] == before


def test_divergence_is_a_result():
    inputs = problem("squared")[1]

    def model(w, x):
        return x @ w

    for rule in (
        scale_by_gauss_newton(-1.0, damping=0.0, basis="kronecker", refresh=1),
        scale_by_adam_in_basis(refresh=1),
    ):
        rule = optax.with_extra_args_support(rule)
        w = jnp.ones((4, 2))
        state = rule.init(w)
        for _ in range(4):
            g = jax.grad(lambda w: jnp.sum(model(w, inputs) ** 2))(w)
            step, state = rule.update(g, state, w, outputs=model, batch=inputs)
            w = w - 1e200 * step
        assert not np.isfinite(w).all()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"power": np.nan}, "power"),
        ({"power": "-1"}, "power"),
        ({"damping": -0.1}, "damping"),
        ({"damping": True}, "damping"),
        ({"basis": "full"}, "basis"),
        ({"basis": None}, "basis"),
        ({"refresh": 0}, "refresh"),
        ({"refresh": 2.5}, "refresh"),
        ({"loss": "hinge"}, "loss"),
        ({"samples": 1.5, "key": 0}, "samples"),
        ({"samples": 1}, "key"),
        ({"average": 1.0}, "average"),
        ({"average": -0.1}, "average"),
        ({"average": 0.5, "basis": "kronecker"}, "average"),
        ({"clip": 0.0}, "clip"),
        ({"clip": "1"}, "clip"),
        ({"chunk": 0}, "chunk"),
        ({"largest": -1}, "largest"),
    ],
)
def test_unfit_settings_are_refused(change, name):
    with pytest.raises(ValueError, match=f"^{name}: got .*, need "):
        scale_by_gauss_newton(**change)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"beta1": 1.0}, "beta1"),
        ({"beta2": -0.1}, "beta2"),
        ({"eps": -1.0}, "eps"),
        ({"basis": "full"}, "basis"),
        ({"refresh": 0}, "refresh"),
        ({"largest": 1.5}, "largest"),
    ],
)
def test_unfit_settings_of_adam_are_refused(change, name):
    with pytest.raises(ValueError, match=f"^{name}: got .*, need "):
        scale_by_adam_in_basis(**change)


@pytest.mark.parametrize(
    ("absent", "name"), [("params", "params"), ("outputs", "outputs"), ("batch", "batch")]
)
def test_update_says_what_it_misses(absent, name):
    parameters, inputs, _ = problem("squared")
    rule = scale_by_gauss_newton()
    given = {"params": parameters, "outputs": user.outputs, "batch": inputs}
    del given[absent]
    with pytest.raises(ValueError, match=f"^{name}: got .*, need "):
        rule.update(parameters, rule.init(parameters), **given)
