"""Networks, gradients and Gauss-Newton matrices against numpy loops and finite differences."""

import pathlib
import re
from functools import cache, partial

import numpy as np
import pytest

from diagprec_core.methods.kronecker import factored_basis, partial_traces

jax = pytest.importorskip("jax")
pytestmark = pytest.mark.slow

from diagprec_core.networks.experiments import models  # noqa: E402
from diagprec_core.networks.experiments.small import bases, curvature, tasks  # noqa: E402

STEP = 1e-5
HIDDEN = tasks.Task("tiny", models.hidden_layer(3, 2), "squared", None, 0.0, 0.05)
ATTENTION = tasks.Task(
    "tiny",
    models.transformer(tokens=3, length=2, width=2, hidden=3),
    "cross-entropy",
    None,
    0.0,
    0.1,
)


def hidden_outputs(theta, x):
    """f(x) = a . (relu(W (x, 1)), 1), one unit at a time."""
    weights, last = theta[:8].reshape(2, 4), theta[8:]
    units = [max(0.0, float(row[:3] @ x + row[3])) for row in weights]
    return np.array([last[0] * units[0] + last[1] * units[1] + last[2]])


def attention_outputs(theta, x):
    """The transformer, position by position, with an explicit softmax."""
    shapes = [(3, 2), (2, 2), (2, 2), (2, 2), (2, 2), (2, 2), (3, 2), (2, 3), (3, 2)]
    parts, begin = [], 0
    for rows, columns in shapes:
        parts.append(theta[begin : begin + rows * columns].reshape(rows, columns))
        begin += rows * columns
    embed, place, query, key, value, out, up, down, unembed = parts
    stream = [embed[token] + place[i] for i, token in enumerate(x)]
    weights = [np.exp((query @ stream[1]) @ (key @ s) / np.sqrt(2)) for s in stream]
    mixed = sum(w * (value @ s) for w, s in zip(weights, stream, strict=True)) / sum(weights)
    last = stream[1] + out @ mixed
    last = last + down @ np.maximum(up @ last, 0.0)
    return unembed @ last


def loss_of(task, outputs, y):
    if task.loss == "squared":
        return 0.5 * float(np.sum((outputs - y) ** 2))
    return float(np.log(np.sum(np.exp(outputs))) - outputs[y])


def derivative(function, theta):
    """Central differences, one parameter at a time; the parameter's axis comes last."""
    columns = []
    for i in range(len(theta)):
        move = np.zeros(len(theta))
        move[i] = STEP
        columns.append((function(theta + move) - function(theta - move)) / (2 * STEP))
    return np.stack(columns, axis=-1)


@cache
def compiled(function, *fixed):
    """Compile once what several tests call."""
    return jax.jit(partial(function, *fixed))


def jacobians(task, theta, inputs):
    return compiled(curvature.whitened_jacobians, task)(theta, inputs)


def gradients(task, theta, inputs, targets):
    return np.asarray(compiled(curvature.example_gradients, task)(theta, inputs, targets))


def instance(task):
    """Return (plain forward map, theta, inputs, targets) of a tiny task."""
    rng = np.random.default_rng(5)
    theta = rng.standard_normal(task.network.size)
    if task.loss == "squared":
        return hidden_outputs, theta, rng.standard_normal((6, 3)), rng.standard_normal((6, 1))
    inputs = np.array([(a, b) for a in range(3) for b in range(3)])
    return attention_outputs, theta, inputs, inputs.sum(axis=1) % 3


def output_hessian(task, f):
    if task.loss == "squared":
        return np.eye(len(f))
    q = np.exp(f) / np.exp(f).sum()
    return np.diag(q) - np.outer(q, q)


@pytest.fixture(params=[HIDDEN, ATTENTION], ids=["hidden", "attention"])
def task(request):
    return request.param


def test_outputs_and_losses_are_those_of_plain_loops(task):
    forward, theta, inputs, targets = instance(task)
    wanted = np.array([forward(theta, x) for x in inputs])
    found = compiled(task.network.outputs)(theta, inputs)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    losses = [loss_of(task, f, y) for f, y in zip(wanted, targets, strict=True)]
    found = compiled(curvature.losses, task)(theta, inputs, targets)
    np.testing.assert_allclose(found, losses, rtol=1e-12)


def test_gradients_are_finite_differences(task):
    forward, theta, inputs, targets = instance(task)
    found = gradients(task, theta, inputs, targets)
    for g, x, y in zip(found, inputs, targets, strict=True):
        wanted = derivative(lambda t, x=x, y=y: loss_of(task, forward(t, x), y), theta)
        np.testing.assert_allclose(g, wanted, atol=1e-8)


def dense_gauss_newton(task):
    forward, theta, inputs, _ = instance(task)
    total = 0.0
    for x in inputs:
        jacobian = derivative(lambda t, x=x: forward(t, x), theta)
        total = total + jacobian.T @ output_hessian(task, forward(theta, x)) @ jacobian
    return total / len(inputs)


def test_gauss_newton_is_the_sum_over_examples(task):
    _, theta, inputs, _ = instance(task)
    z = jacobians(task, theta, inputs)
    np.testing.assert_allclose(curvature.gauss_newton(z), dense_gauss_newton(task), atol=1e-8)


def test_gauss_newton_is_the_fisher_matrix_of_the_model_and_not_the_empirical_one():
    _, theta, inputs, targets = instance(ATTENTION)
    outputs = np.exp(compiled(ATTENTION.network.outputs)(theta, inputs))
    probabilities = outputs / outputs.sum(axis=1, keepdims=True)
    fisher = 0.0
    for label in range(3):
        g = gradients(ATTENTION, theta, inputs, np.full(len(inputs), label))
        fisher = fisher + (probabilities[:, label, None] * g).T @ g / len(inputs)
    found = curvature.gauss_newton(jacobians(ATTENTION, theta, inputs))
    np.testing.assert_allclose(found, fisher, atol=1e-12)
    g = gradients(ATTENTION, theta, inputs, targets)
    assert np.abs(g.T @ g / len(inputs) - found).max() > 0.01


@pytest.mark.parametrize("basis", ["identity", "Kronecker", "full"])
def test_the_diagonal_is_that_of_the_matrix_in_the_basis(task, basis):
    _, theta, inputs, _ = instance(task)
    z = jacobians(task, theta, inputs)
    matrix = np.asarray(curvature.gauss_newton(z))
    u = bases.build(basis, task.network, z, None)
    h = curvature.diagonal(z, u)
    u = np.eye(len(matrix)) if u is None else np.asarray(u)
    np.testing.assert_allclose(u.T @ u, np.eye(len(matrix)), atol=1e-12)
    np.testing.assert_allclose(h, np.diag(u.T @ matrix @ u), atol=1e-12)
    if basis == "full":
        np.testing.assert_allclose(u.T @ matrix @ u, np.diag(h), atol=1e-12)


def test_kronecker_factors_are_those_of_the_core(task):
    _, theta, inputs, _ = instance(task)
    z = jacobians(task, theta, inputs)
    matrix = np.asarray(curvature.gauss_newton(z))
    u = np.asarray(curvature.kronecker(task.network, z))
    for block, shape in zip(task.network.blocks, task.network.shapes, strict=True):
        piece, inside = matrix[block, block], u[block, block]
        left, right = partial_traces(piece, shape)
        factors = np.kron(left, np.eye(shape[1])), np.kron(np.eye(shape[0]), right)
        for factor in factors:  # the basis diagonalises both, and so does the core's
            turned = inside.T @ factor @ inside
            np.testing.assert_allclose(turned, np.diag(np.diag(turned)), atol=1e-10)
        core = factored_basis(piece, shape)
        simple = min(np.diff(np.linalg.eigvalsh(f)).min() for f in (left, right) if len(f) > 1)
        if simple > 1e-6:  # unique up to order and sign
            np.testing.assert_allclose(
                np.sort(np.diag(core.T @ piece @ core)),
                np.sort(np.diag(inside.T @ piece @ inside)),
                atol=1e-10,
            )
    outside = u.copy()
    for block in task.network.blocks:
        outside[block, block] = 0.0
    assert not outside.any()


def test_unfit_arguments_are_refused():
    for call, name in (
        (lambda: models.hidden_layer(0, 3), "inputs"),
        (lambda: models.hidden_layer(2, 1.5), "width"),
        (lambda: models.transformer(tokens=True, length=2, width=2, hidden=2), "tokens"),
        (lambda: models.transformer(tokens=2, length=-1, width=2, hidden=2), "length"),
    ):
        with pytest.raises(ValueError, match=f"^{name}: got .*, need "):
            call()


def test_the_core_does_not_import_jax_or_this_package():
    core = pathlib.Path(models.__file__).parents[2]
    found = [
        path.name
        for path in core.rglob("*.py")
        if "networks" not in path.parts
        and re.search(r"^\s*(from|import) (jax|optax|\.+networks)", path.read_text(), re.M)
    ]
    assert found == []
