"""A user's Gauss-Newton diagonal and Kronecker factors against the full Jacobian and the full G."""

from functools import partial

import numpy as np
import pytest
from scipy.linalg import block_diag

from diagprec_core.methods.kronecker import partial_traces

jax = pytest.importorskip("jax")
pytestmark = pytest.mark.slow

import jax.numpy as jnp  # noqa: E402
import networks.user_model as user  # noqa: E402

from diagprec_core.networks import factors, outputs  # noqa: E402
from diagprec_core.networks.gauss_newton import gauss_newton  # noqa: E402

LOSSES = ("squared", "cross-entropy", user.huber)
every_loss = pytest.mark.parametrize("loss", LOSSES, ids=["squared", "cross-entropy", "huber"])


def arguments(loss):
    parameters, inputs, targets, _ = user.instance()
    return (parameters, inputs, targets) if callable(loss) else (parameters, inputs)


@partial(jax.jit, static_argnames=("loss", "basis", "chunk", "largest"))
def estimated(loss, arguments, **how):
    """Compiled, which is faster than one operation after another, even once."""
    return gauss_newton(loss, user.outputs, *arguments, **how)


@every_loss
@pytest.mark.parametrize("basis", ["identity", "kronecker"])
@pytest.mark.parametrize("chunk", [3, 50])
def test_the_diagonal_is_that_of_the_full_matrix(loss, basis, chunk):
    found = estimated(loss, arguments(loss), basis=basis, chunk=chunk)
    matrix = user.gauss_newton(loss, *arguments(loss))
    u = user.dense_basis(found.basis, arguments(loss)[0])
    np.testing.assert_allclose(u.T @ u, np.eye(len(u)), atol=1e-12)
    np.testing.assert_allclose(user.flat(found.diagonal), np.diag(u.T @ matrix @ u), atol=1e-12)


@every_loss
def test_the_factors_diagonalise_the_partial_traces_of_each_block(loss):
    parameters = arguments(loss)[0]
    found = estimated(loss, arguments(loss), basis="kronecker")
    matrix = user.gauss_newton(loss, *arguments(loss))
    blocks = dict(zip(sorted(parameters), user.blocks(parameters), strict=True))
    for name in ("first", "last"):
        block = blocks[name]
        for factor, trace in zip(
            found.basis[name],
            partial_traces(matrix[block, block], user.SHAPES[name]),
            strict=True,
        ):
            turned = np.asarray(factor).T @ trace @ np.asarray(factor)
            np.testing.assert_allclose(turned, np.diag(np.diag(turned)), atol=1e-11)
    assert found.basis["bias"] == found.basis["scale"] == factors.Factors(None, None)


@every_loss
@pytest.mark.parametrize("basis", ["identity", "kronecker"])
def test_drawn_rows_have_the_diagonal_as_their_mean(loss, basis):
    exact = estimated(loss, arguments(loss), basis=basis)
    draw = jax.jit(
        lambda key: (
            gauss_newton(
                loss,
                user.outputs,
                *arguments(loss),
                basis=exact.basis,
                samples=2,
                key=key,
            ).diagonal
        )
    )
    keys = jax.random.split(jax.random.key(1), 400)
    drawn = np.array([user.flat(draw(key)) for key in keys])
    error = drawn.std(axis=0, ddof=1) / np.sqrt(len(keys))
    wanted = user.flat(exact.diagonal)
    assert (np.abs(drawn.mean(axis=0) - wanted) < 4.5 * error + 1e-12).all()
    assert (error < 0.2 * wanted + 1e-12).all()  # it would see a factor of two


def test_drawn_bases_are_those_of_the_drawn_rows():
    how = {"basis": "kronecker", "samples": 3, "key": jax.random.key(5)}
    found = gauss_newton("squared", user.outputs, *arguments("squared"), **how)
    same = {**how, "basis": found.basis}
    again = gauss_newton("squared", user.outputs, *arguments("squared"), **same)
    np.testing.assert_allclose(user.flat(found.diagonal), user.flat(again.diagonal))


@pytest.mark.parametrize("loss", outputs.LOSSES)
@pytest.mark.parametrize("samples", [None, 3000])
def test_positions_of_a_sequence_are_averaged(loss, samples):
    """A sequence of five positions is five examples that belong together."""
    parameters = {"w": jax.random.normal(jax.random.key(0), (4, 3))}
    inputs = jax.random.normal(jax.random.key(1), (2, 5, 4))

    def model(p, x):
        return x @ p["w"]

    apart = gauss_newton(loss, model, parameters, inputs.reshape(10, 4)).diagonal["w"]
    key = jax.random.key(2)
    found = gauss_newton(loss, model, parameters, inputs, samples=samples, key=key).diagonal["w"]
    np.testing.assert_allclose(found, apart, rtol=1e-12 if samples is None else 0.15)


@every_loss
def test_cotangents_are_a_root_of_the_hessian(loss):
    f, y = jnp.array([0.3, -1.0, 2.0]), jnp.array([0.5, 0.1, 1.0])
    c = np.asarray(outputs.cotangents(loss, f, y))
    np.testing.assert_allclose(c.T @ c, user.output_hessian(loss, np.asarray(f), y), atol=1e-14)


def test_a_model_with_one_number_as_output_and_a_loss_without_target():
    parameters, inputs, _, _ = user.instance()

    def model(p, x):
        return user.outputs(p, x)[:, 0]

    def loss(f):
        return jnp.exp(f)

    j = user.jacobian(parameters, inputs, model)
    f = np.asarray(model(parameters, inputs))
    found = gauss_newton(loss, model, parameters, inputs).diagonal
    np.testing.assert_allclose(user.flat(found), np.mean(np.exp(f)[:, None] * j**2, axis=0))
    found = gauss_newton("squared", model, parameters, inputs).diagonal
    np.testing.assert_allclose(user.flat(found), np.mean(j**2, axis=0))


def test_rotations_are_those_of_the_dense_matrix(rotation):
    parameters = user.instance()[0]
    basis, other = factors.identity(parameters), factors.identity(parameters)
    for name, (m, n) in (("first", (4, 3)), ("last", (3, 3))):
        basis[name] = factors.Factors(*map(jnp.asarray, (rotation(m, 1), rotation(n, 2))))
        other[name] = factors.Factors(*map(jnp.asarray, (rotation(m, 3), rotation(n, 4))))
    u, w = user.dense_basis(basis, parameters), user.dense_basis(other, parameters)
    v = user.flat(parameters)
    np.testing.assert_allclose(user.flat(factors.rotate(basis, parameters)), u.T @ v)
    np.testing.assert_allclose(user.flat(factors.rotate_back(basis, parameters)), u @ v)
    found = user.flat(factors.carried(parameters, basis, other))
    np.testing.assert_allclose(found, np.diag(w.T @ u @ np.diag(v) @ u.T @ w))


def test_long_sides_keep_the_identity():
    found = gauss_newton(
        "squared", user.outputs, *arguments("squared"), basis="kronecker", largest=3
    )
    assert found.basis["first"].left is None
    assert found.basis["first"].right.shape == (3, 3)
    matrix = user.gauss_newton("squared", *arguments("squared"))
    u = user.dense_basis(found.basis, arguments("squared")[0])
    np.testing.assert_allclose(user.flat(found.diagonal), np.diag(u.T @ matrix @ u), atol=1e-12)
    parts = [u[b, b] for b in user.blocks(arguments("squared")[0])]
    np.testing.assert_array_equal(u, block_diag(*parts))


def test_memory_is_bounded_by_the_chunk():
    """What XLA sets aside grows with the chunk and not with the number of examples."""
    parameters = {"w": jnp.zeros((50, 40))}

    def model(p, x):
        return x @ p["w"]

    def bytes_for(n, chunk):
        def call(x):
            return gauss_newton("squared", model, parameters, x, samples=1, key=key, chunk=chunk)

        compiled = jax.jit(call).lower(jnp.zeros((n, 50))).compile()
        return compiled.memory_analysis().temp_size_in_bytes

    key, row = jax.random.key(0), 8 * 2000
    assert bytes_for(512, 4) < 40 * row
    assert bytes_for(512, 4) < 0.2 * bytes_for(512, 256)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"loss": "hinge"}, "loss"),
        ({"loss": None}, "loss"),
        ({"outputs": 3}, "outputs"),
        ({"parameters": {}}, "parameters"),
        ({"inputs": jnp.float32(1)}, "batch"),
        ({"inputs": (jnp.ones((3, 4)), jnp.ones(2))}, "batch"),
        ({"inputs": None}, "batch"),
        ({"basis": "eigen"}, "basis"),
        ({"basis": None}, "basis"),
        ({"basis": {"first": factors.Factors(None, None)}}, "basis"),
        ({"basis": {name: factors.Factors(jnp.eye(5), None) for name in user.SHAPES}}, "basis"),
        ({"samples": 0, "key": jax.random.key(0)}, "samples"),
        ({"samples": 2}, "key"),
        ({"chunk": 0}, "chunk"),
        ({"chunk": 1.5}, "chunk"),
        ({"largest": -1}, "largest"),
    ],
)
def test_unfit_arguments_are_refused(change, name):
    parameters, inputs, _, _ = user.instance()
    given = {
        "loss": "squared",
        "outputs": user.outputs,
        "parameters": parameters,
        "inputs": inputs,
        "basis": "identity",
    } | change
    with pytest.raises(ValueError, match=f"^{name}: got .*, need "):
        gauss_newton(**given)
