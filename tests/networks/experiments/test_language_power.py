"""What is measured along training, against examples taken one by one, on a tiny model."""

import numpy as np
import pytest

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")
pytestmark = pytest.mark.slow

import jax.numpy as jnp  # noqa: E402
import networks.user_model as user  # noqa: E402

from diagprec_core.networks.coordinates import Coordinates  # noqa: E402
from diagprec_core.networks.experiments import tables  # noqa: E402
from diagprec_core.networks.experiments.language import experiment, power, training  # noqa: E402
from diagprec_core.networks.experiments.language.model import Transformer  # noqa: E402
from diagprec_core.networks.experiments.language.rules import values  # noqa: E402
from diagprec_core.networks.experiments.language.text import corpus  # noqa: E402

TINY = Transformer(width=6, hidden=8, heads=2, layers=1, length=6)


@pytest.fixture(scope="module")
def rows():
    """Return the two rows of one step, made with a tiny model and a small population."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(power, "use_float32", lambda: None)  # the module's tests stay in float64
        patch.setattr(power, "MODEL", TINY)
        patch.setattr(power, "POPULATION", 16)
        patch.setattr(power, "LONG", 100)
        patch.setattr(power, "STEPS", (0, 20))
        for cached in (power.population, power.snapshots):
            cached.cache_clear()
        yield {basis: power.make((0, 20, basis)) for basis in power.BASES}
        for cached in (power.population, power.snapshots):
            cached.cache_clear()


@pytest.fixture(scope="module")
def gradients(rows):
    """Return the parameters at that step, and the gradient of each sequence, (16, p)."""
    inputs, targets = power.population()
    parameters, _ = power.snapshots(0)[20]

    def loss(p, x, y):
        f = TINY.outputs(p, x[None])[0]
        return optax.softmax_cross_entropy_with_integer_labels(f, y).mean()

    g = jax.jit(jax.vmap(jax.grad(loss), in_axes=(None, 0, 0)))(parameters, inputs, targets)
    return parameters, np.concatenate(
        [np.asarray(leaf, float).reshape(16, -1) for leaf in jax.tree.leaves(g)], axis=1
    )


def test_critical_batches_are_those_of_all_examples(rows, gradients):
    g = gradients[1]
    second, mean = np.mean(g**2, axis=0), np.mean(g, axis=0)
    h = user.flat(power.whole(gradients[0], "identity").curvature)
    alive = h > 1e-8 * h.max()
    row = rows["identity"]
    np.testing.assert_allclose(
        row["critical"][1], np.median(second[alive] / mean[alive] ** 2 - 1), rtol=0.02
    )
    # Unbiased: the mean over all pairs of different examples.
    pairs = (np.sum(g, axis=0) ** 2 - np.sum(g**2, axis=0)) / (16 * 15)
    variance = np.var(g, axis=0, ddof=1)
    np.testing.assert_allclose(
        row["noise scale"], variance[alive].sum() / pairs[alive].sum(), rtol=1e-3
    )
    inverse = np.mean(pairs[alive] / variance[alive])
    np.testing.assert_allclose(1 / row["critical mean"], inverse, rtol=1e-3)


def test_what_no_rotation_changes_is_the_same_in_both_bases(rows):
    one, other = rows["identity"], rows["kronecker"]
    np.testing.assert_allclose(one["noise scale"], other["noise scale"], rtol=1e-3)
    assert one["loss"] == other["loss"]
    assert np.abs(np.subtract(one["power"], other["power"])).min() > 1e-3


def test_halves_and_nudges_are_near_and_apart(rows):
    for row in rows.values():
        parts = [row[part + "power"] for part in power.PARTS]
        assert np.ptp(parts[:3], axis=0).max() > 1e-3  # each half has examples of its own
        assert np.ptp(parts[:3], axis=0)[0] < 0.2
        assert 0 < np.abs(np.subtract(parts[0], parts[3])).max() < 0.02


def test_the_running_second_moment_is_optax_adams(rows):
    """Adam written out for the 20 steps, and the slope by NumPy's polynomial fit."""
    rate, knob = values(power.ADAM, power.SETTING)
    parameters, _, keys = training.begin(power.ADAM, TINY, 0, power.SETTING)
    adam = optax.scale_by_adam(0.9, 1 - knob)
    state, text = adam.init(parameters), jnp.asarray(corpus().training)
    gradient = jax.jit(jax.grad(lambda p, x, y: training.mean_loss(TINY, p, x, y)))
    for t in range(20):
        key = jax.random.split(jax.random.fold_in(keys[0], t))[0]
        g = gradient(parameters, *training.windows(text, key, 8, 6))
        step, state = adam.update(g, state)
        now = rate * min((t + 1) / 5, (100 - t) / 95)
        parameters = jax.tree.map(lambda p, s, now=now: p - now * s, parameters, step)
    second = user.flat(state.nu).astype(float)
    found, kept = power.snapshots(0)[20]
    np.testing.assert_allclose(user.flat(found), user.flat(parameters), atol=1e-4)
    h = user.flat(power.whole(found, "identity").curvature).astype(float)
    alive = (h > 1e-8 * h.max()) & (user.flat(kept) > 0)
    slope = np.polyfit(np.log(h[alive]), np.log(second[alive]), 1)[0]
    np.testing.assert_allclose(rows["identity"]["power of v"], slope / 2, atol=5e-3)
    assert rows["kronecker"]["power of v"] == ""


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.5])
def test_a_power_put_in_comes_out(alpha):
    h = jnp.asarray(np.exp(np.random.default_rng(0).normal(size=400)))
    found = Coordinates(7 * h ** (2 * alpha), 0 * h, h, None)
    assert np.isclose(found.power(1), alpha, atol=1e-9)
    assert (found.share(1) > 0.99) == (alpha == 0.5)


def test_the_mean_inverse_has_no_bias():
    """With gradients 0.1 + noise of variance 1 the inverse is 0.01; z below 4."""
    rng = np.random.default_rng(2)
    g = 0.1 + rng.standard_normal((400, 4000))
    mean = g.mean(axis=0)
    found = Coordinates(np.mean(g**2, axis=0), mean**2, np.ones(4000), None)
    (_, median, _), inverse, noise = power.critical(found, 400)
    error = mean.var() ** 0.5 * np.sqrt(0.04 + 2 * mean.var()) / np.sqrt(4000)  # of a mean of m^2
    assert abs(1 / inverse - 0.01) < 4 * error
    assert abs(1 / noise - 0.01) < 4 * error
    assert 1 / np.mean(mean**2) < 85  # with the bias of 1/400 the truth of 100 would be 80
    assert np.isclose(median, np.median(g.var(axis=0) / mean**2))
    with pytest.raises(ValueError, match=r"^found: got coordinates without curvature, need "):
        power.critical(Coordinates(np.zeros(3), np.zeros(3), np.zeros(3), None), 20)
    with pytest.raises(ValueError, match=r"^size: got 1, need "):
        power.critical(found, 1)


def test_the_runs_measured_are_those_reported():
    path = tables.FOLDER / experiment.FILE
    if path.exists():  # not before the first sweep
        row = next(row for row in tables.read(path) if row["cell"] == "Adam")
        found = float(row["rate"]), float(row["knob value"])
        np.testing.assert_allclose(found, values(power.ADAM, power.SETTING), rtol=1e-6)
    assert set(power.SEEDS) <= set(experiment.REPORT)
