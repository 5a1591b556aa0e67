"""Runs of every rule in every basis against loops written in numpy, and what the options mean."""

import dataclasses

import numpy as np
import pytest

import diagprec_core as dp

jax = pytest.importorskip("jax")
pytestmark = pytest.mark.slow

from diagprec_core.networks.experiments import models  # noqa: E402
from diagprec_core.networks.experiments.small import bases, descent, levenberg, rules  # noqa: E402

D, WIDTH, N, STEPS, AGE = 3, 2, 40, 9, 3
NETWORK = models.hidden_layer(D, WIDTH)
NOISE, RATE, BETA1 = 0.3, 0.03, 0.9
KNOB = {"GD": 1.0, "sign": 1.0, "Adam": 0.25, "GN^-1": 0.5, "GN^-1/2": 0.5, "Sophia": 0.25}


def data_of(seed=0):
    rng = np.random.default_rng(8)
    x = rng.standard_normal((N, D))
    y = np.sin(x[:, :1]) + 0.1 * rng.standard_normal((N, 1))
    start = np.asarray(NETWORK.start(jax.random.key(seed + 3)))
    return x, y, start, jax.random.key(seed)


def problem(*seeds):
    return jax.tree.map(
        lambda *a: jax.numpy.stack(a), *[descent.Problem(*data_of(s)) for s in seeds]
    )


def setup(rule, basis="identity", batch=None, **options):
    options = {"curvature_batch": None if batch is None else 30} | options
    return descent.Setup(NETWORK, "squared", rules.RULES[rule], basis, batch, **options)


def final(one, seeds=(0,), target=-1.0, steps=STEPS, rate=RATE, beta1=BETA1, age=AGE, **counts):
    counts = {"enough": len(seeds), "least": 0} | counts
    numbers = map(np.float64, (NOISE, target, rate, KNOB[one.rule.name], beta1))
    whole = map(np.int64, (age, steps, counts["enough"], counts["least"]))
    made = descent.runner(one)(problem(*seeds), *numbers, *whole)
    return np.asarray(made[0]), np.asarray(made[1])


# The same by hand: forward and Jacobian of f = a . (relu(W (x, 1)), 1), written out.


def jacobian(theta, x):
    w, a = theta[: WIDTH * (D + 1)].reshape(WIDTH, D + 1), theta[WIDTH * (D + 1) :]
    inputs = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    z = inputs @ w.T
    hidden = np.maximum(z, 0)
    f = hidden @ a[:-1] + a[-1]
    by_w = (a[:-1] * (z > 0))[:, :, None] * inputs[:, None, :]
    by_a = np.concatenate([hidden, np.ones((len(x), 1))], axis=1)
    return f, np.concatenate([by_w.reshape(len(x), -1), by_a], axis=1)


def loss_of(theta, x, y):
    return 0.5 * np.mean((jacobian(theta, x)[0] - y[:, 0]) ** 2)


def kronecker(j):
    blocks, u = [(0, WIDTH, D + 1), (WIDTH * (D + 1), 1, WIDTH + 1)], np.zeros((j.shape[1],) * 2)
    for begin, m, n in blocks:
        d = j[:, begin : begin + m * n].reshape(-1, m, n)
        left = np.linalg.eigh(sum(row @ row.T for row in d))[1]
        right = np.linalg.eigh(sum(row.T @ row for row in d))[1]
        u[begin : begin + m * n, begin : begin + m * n] = np.kron(left, right)
    return u


def by_hand(one, seed=0, rate=RATE, beta1=BETA1, age=AGE, steps=STEPS):
    """Return the loss after some steps; second moments are read from the matrix of all of g g^T."""
    x, y, theta, key = data_of(seed)
    p, knob, name = len(theta), KNOB[one.rule.name], one.rule.name
    m, matrix, u, h = np.zeros(p), np.zeros((p, p)), np.eye(p), None

    def drawn(kind, t, size):
        k = jax.random.fold_in(jax.random.fold_in(key, kind), t)
        k = jax.random.split(k)[0] if kind == 1 else k
        xs, ys = descent.draw(k, jax.numpy.asarray(x), jax.numpy.asarray(y), NOISE, size)
        return np.asarray(xs), np.asarray(ys)

    for t in range(steps):
        if t % age == 0:
            xs, ys = drawn(1, t, one.curvature_batch)
            f, j = jacobian(theta, xs)
            if one.basis == "full":
                u = np.linalg.eigh(j.T @ j / len(j))[1]
            elif one.basis == "Kronecker":
                u = kronecker(j)
            elif one.basis == "Fisher":
                g = j * (f - ys[:, 0])[:, None]
                u = np.linalg.eigh(g.T @ g / len(j))[1]
            h = np.mean((j @ u) ** 2, axis=0)
        xs, ys = drawn(0, t, one.batch)
        f, j = jacobian(theta, xs)
        g = j.T @ (f - ys[:, 0]) / len(j)
        m = beta1 * m + (1 - beta1) * g
        matrix = (1 - knob) * matrix + knob * np.outer(g, g)
        mean = u.T @ m / (1 - beta1 ** (t + 1))
        second = np.maximum(np.diag(u.T @ matrix @ u), 0) / (1 - (1 - knob) ** (t + 1))
        damped = h + knob * h.mean()
        if name == "GD":
            w = mean
        elif name == "sign":
            w = np.sign(mean)
        elif name == "Adam":
            w = mean / (np.sqrt(second) + 1e-8)
        elif name == "Sophia":
            w = np.clip(mean / (knob * (h + 2.0**-10 * h.mean())), -1, 1)
        else:
            w = mean / damped ** {"GN^-1": 1, "GN^-1/2": 0.5}[name]
        if one.basis != "identity" or name not in ("GD", "sign", "Adam"):
            w = w * (h > 1e-8 * h.max())
        theta = theta - rate * (u @ w)
    return loss_of(theta, x, y)


# Every rule in every basis on mini-batches, and one of each kind on the whole population.
RUNS = [(rule, basis, 4) for rule in rules.RULES for basis in ("identity", "Kronecker", "full")]
RUNS += [("Adam", "Fisher", 4), ("GN^-1", "Fisher", None), ("GD", "identity", None)]
RUNS += [("Adam", "full", None), ("GN^-1/2", "Kronecker", None), ("Sophia", "full", None)]


@pytest.mark.parametrize(("rule", "basis", "batch"), RUNS)
def test_a_run_is_the_loop_by_hand(rule, basis, batch):
    one = setup(rule, basis, batch)
    found, wanted = final(one)[1][0], by_hand(one)
    start = loss_of(*[data_of()[i] for i in (2, 0, 1)])
    assert abs(wanted / start - 1) > 1e-3
    assert found == pytest.approx(wanted, rel=1e-6)
    # It can fail: another age, momentum or rate is another run.
    assert final(one, rate=1.1 * RATE)[1][0] != pytest.approx(wanted, rel=1e-4)
    assert final(one, beta1=0.5)[1][0] != pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("carry", ["diagonal", "kept"])
def test_other_carries_differ_where_the_basis_moves(carry):
    exact = final(setup("Adam", "full", 4))[1][0]
    assert abs(final(setup("Adam", "full", 4, carry=carry))[1][0] / exact - 1) > 1e-4
    # In one block there is nothing to carry.
    one_block = final(setup("Adam", "full", 4), age=100)[1][0]
    other = final(setup("Adam", "full", 4, carry=carry), age=100)[1][0]
    assert other == pytest.approx(one_block, rel=1e-12)


def turned_null(monkeypatch):
    """Let the eigensolver return another basis of the null space."""
    kept = bases.curvature.full

    def full(z):
        u = kept(z)
        h = bases.curvature.diagonal(z, u)
        null = h <= 1e-8 * h.max()
        turn = np.linalg.qr(np.random.default_rng(1).standard_normal((len(u),) * 2))[0]
        part = null[:, None] * jax.numpy.asarray(turn) * null[None, :]
        q = jax.numpy.linalg.qr(part + jax.numpy.diag(1.0 * ~null))[0]
        return u @ q

    monkeypatch.setattr(bases.curvature, "full", full)


@pytest.mark.parametrize("null", bases.NULL)
@pytest.mark.parametrize("rule", ["Adam", "Sophia", "GN^-1/2"])
def test_what_the_eigensolver_picks_in_the_null_space_matters_only_if_nothing_is_done(
    rule, null, monkeypatch
):
    # Two null directions, one for each unit; momentum and old bases bring the gradient there.
    one = setup(rule, "full", 4, null=null)
    descent.runner.cache_clear()
    plain = final(one, age=4, rate=0.2)[1][0]
    turned_null(monkeypatch)
    descent.runner.cache_clear()
    turned = final(one, age=4, rate=0.2)[1][0]
    descent.runner.cache_clear()
    # Clipping and rooting single coordinates of a null space depend on them, scaling all does not;
    # where v and h are one number there, Adam's and GN's steps do not either, but the clip's does.
    depends = (null, rule) in {("raw", "Adam"), ("raw", "Sophia"), ("mean", "Sophia")}
    if depends:
        assert abs(turned / plain - 1) > 1e-7
    else:
        assert turned == pytest.approx(plain, rel=1e-9)


@pytest.mark.parametrize("kind", bases.QUARTERS)
def test_geodesics_are_those_of_the_core(kind):
    x, _, theta, _ = data_of()
    # The Jacobian's null space is singled out, so that the two have the same end.
    _, j = jacobian(theta, x)
    matrix = j.T @ j / len(j)
    end = np.asarray(bases._definite_eigenvectors(jax.numpy.asarray(matrix)))
    wanted = dp.geodesic(np.eye(len(end)), end, bases.QUARTERS[kind] / 4)
    found = np.asarray(bases.build(kind, NETWORK, jax.numpy.asarray(j)[:, None, :], None))
    np.testing.assert_allclose(found, wanted, atol=1e-9)
    turned = end.T @ matrix @ end
    np.testing.assert_allclose(turned - np.diag(np.diag(turned)), 0, atol=1e-12 * matrix.max())


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match=r"kind: got 'eigen', need one of identity, Kronecker"):
        bases.build("eigen", NETWORK, None, None)
    with pytest.raises(ValueError, match=r"null: got 'in', need one of out, mean, raw"):
        bases.settle("in", None, None, None)


@pytest.mark.parametrize("curvature", ["sampled", "gradient"])
def test_sampled_curvature_is_unbiased(curvature):
    x, _, theta, _ = data_of()
    one = setup("GN^-1", curvature=curvature)
    draws = 4000

    def diagonal(key):
        z = descent.rows(one, jax.numpy.asarray(theta), jax.numpy.asarray(x), key)
        return jax.numpy.sum(z**2, axis=(0, 1)) / z.shape[0]

    keys = jax.random.split(jax.random.key(5), draws)
    found = np.asarray(jax.jit(jax.vmap(diagonal))(keys))
    h = np.mean(jacobian(theta, x)[1] ** 2, axis=0)
    error = found.std(axis=0, ddof=1) / np.sqrt(draws)
    z = np.abs(found.mean(axis=0) - h) / np.where(error > 0, error, np.inf)
    assert z.max() < 4.5  # 11 coordinates: a false alarm in 1e4
    # The mean gradient's square has one degree of freedom, a mean of squares has many.
    relative = found.std(axis=0)[h > 0] / h[h > 0]
    assert np.all(relative > 1.2) if curvature == "gradient" else np.all(relative < 1.2)
    spoiled = np.abs(1.2 * found.mean(axis=0) - h) / np.where(error > 0, error, np.inf)
    assert spoiled.max() > 4.5


def test_published_average_begins_at_zero():
    one = setup("Sophia", average=0.9)
    # After one refresh h is a tenth of the plain one.
    first = final(one, steps=1, age=1)[1][0]
    x, y, theta, _ = data_of()
    f, j = jacobian(theta, x)
    g, h = j.T @ (f - y[:, 0]) / len(j), 0.1 * np.mean(j**2, axis=0)
    w = np.clip(g / (0.25 * (h + 2.0**-10 * h.mean())), -1, 1)
    wanted = loss_of(theta - RATE * w, x, y)
    assert first == pytest.approx(wanted, rel=1e-9)
    assert first != pytest.approx(final(setup("Sophia"), steps=1, age=1)[1][0], rel=1e-6)


def test_runs_stop_at_the_target_when_enough_have_got_there():
    one, seeds = setup("Adam"), (0, 1, 2)
    time, loss = final(one, seeds, target=0.1, steps=2000)
    assert np.all(np.isfinite(time))
    assert np.all(loss <= 0.2)
    alone = [final(one, (s,), target=0.1, steps=2000)[0][0] for s in seeds]
    assert time.tolist() == alone
    cut, _ = final(one, seeds, target=0.1, steps=2000, enough=1)
    assert np.isfinite(cut).sum() >= 1
    assert np.min(cut) == np.min(time)
    assert np.isinf(cut).any()
    capped, _ = final(one, seeds, target=0.1, steps=int(np.max(time)) - 1)
    assert np.isinf(capped).sum() == 1


def test_divergence_is_infinite_and_ends_the_call():
    time, loss = final(setup("GD"), (0, 1), rate=1e3, steps=10**6)
    assert np.isinf(time).all()
    assert np.isinf(loss).all()


def test_levenberg_marquardt_against_a_loop():
    x, y, theta, _ = data_of()
    mu = None
    losses = []
    for _ in range(12):
        f, j = jacobian(theta, x)
        matrix, g = j.T @ j / len(j), j.T @ (f - y[:, 0]) / len(j)
        mu = np.trace(matrix) / len(g) if mu is None else mu
        ahead = theta - np.linalg.solve(matrix + mu * np.eye(len(g)), g)
        if loss_of(ahead, x, y) < loss_of(theta, x, y):
            theta, mu = ahead, mu / 3
        else:
            mu = mu * 3
        losses.append(loss_of(theta, x, y))
    call = levenberg.runner(setup("sign"))
    _, loss = call(problem(0), np.float64(NOISE), np.float64(-1.0), np.int64(12))
    assert float(loss[0]) == pytest.approx(losses[-1], rel=1e-6)
    assert losses[-1] < 0.3 * losses[0]
    time, _ = call(problem(0), np.float64(NOISE), np.float64(losses[3]), np.int64(12))
    assert float(time[0]) == 4


def test_setups_are_told_apart():
    one = setup("Adam", "full")
    assert descent.runner(one) is descent.runner(setup("Adam", "full"))
    assert descent.runner(one) is not descent.runner(dataclasses.replace(one, carry="kept"))
