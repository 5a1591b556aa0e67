"""The network of digits and its laws of labels, against plain NumPy."""

import numpy as np
import pytest

jax = pytest.importorskip("jax")
pytest.importorskip("sklearn")
pytestmark = pytest.mark.slow

from diagprec_core.networks.experiments.digits import model  # noqa: E402


def numpy_logits(theta, inputs):
    """From the layout alone: 16 rows of 64 weights and a bias, 10 rows of 16 and a bias."""
    first, second = theta[: 16 * 65].reshape(16, 65), theta[16 * 65 :].reshape(10, 17)
    hidden = np.maximum(inputs @ first[:, :64].T + first[:, 64], 0)
    return hidden @ second[:, :16].T + second[:, 16]


def numpy_losses(theta, inputs):
    """Return the loss of every image for every label, (n, 10)."""
    f = numpy_logits(theta, inputs)
    return np.log(np.exp(f).sum(axis=1, keepdims=True)) - f


def test_population_and_parameters_are_those_stated():
    inputs, labels = model.images()
    assert inputs.shape == (1797, 64)
    assert inputs.min() == 0
    assert inputs.max() == 1
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert model.NETWORK.size == 64 * 16 + 16 + 16 * 10 + 10 == 1210


def test_logits_of_vector_and_pytree_are_numpys():
    inputs, _ = model.images()
    theta = model.start(3)
    wanted = numpy_logits(np.asarray(theta), inputs[:50])
    np.testing.assert_allclose(model.NETWORK.outputs(theta, inputs[:50]), wanted, atol=1e-13)
    pytree = model.NETWORK.matrices(theta)
    np.testing.assert_allclose(model.outputs(pytree, inputs[:50]), wanted, atol=1e-13)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_loss_is_the_expectation_over_labels(share):
    inputs, labels = model.images()
    theta = model.start(3)
    each = numpy_losses(np.asarray(theta), inputs)
    true = np.mean(each[np.arange(1797), labels])
    wanted = (1 - share) * true + share * each.mean()
    assert float(model.loss(theta, inputs, model.noisy(labels, share))) == pytest.approx(wanted)


def test_labels_are_drawn_from_their_law():
    inputs, labels = model.images()
    law = model.noisy(labels, 0.5)
    size = 20_000
    x, drawn = model.draw(jax.random.key(0), size, np.asarray(inputs), jax.numpy.asarray(law))
    assert np.array_equal(np.unique(drawn), [0, 1])
    # An image is found again by its pixels; no two are equal.
    found = {image.tobytes(): label for image, label in zip(inputs, labels, strict=True)}
    assert len(found) == 1797
    x, drawn = np.asarray(x), np.asarray(drawn)
    right = [drawn[i, found[x[i].tobytes()]] for i in range(size)]
    z = (np.mean(right) - 0.55) / np.sqrt(0.55 * 0.45 / len(right))
    assert abs(z) < 4


def test_fixed_labels_are_replaced_in_the_stated_share():
    labels = model.images()[1]
    new = model.replaced(labels, 0.4, seed=1)
    changed = np.mean(new != labels)
    z = (changed - 0.4 * 0.9) / np.sqrt(0.4 * 0.9 * 0.1 / len(labels))
    assert abs(z) < 4
    assert np.array_equal(new, model.replaced(labels, 0.4, seed=1))
    assert np.array_equal(labels, model.replaced(labels, 0.0, seed=1))
    with pytest.raises(ValueError, match="share"):
        model.replaced(labels, 1.5, seed=1)


def test_starts_are_of_the_seed_and_nudged_as_stated():
    plain, nudged = model.start(5), model.start(5, 1e-12)
    change = np.asarray(nudged / plain - 1)
    assert 0.9e-12 < change.std() < 1.1e-12
    assert not np.array_equal(plain, model.start(6))
    sizes = [np.std(m) for m in model.NETWORK.matrices(np.asarray(plain))]
    np.testing.assert_allclose(sizes, [np.sqrt(2 / 65), np.sqrt(1 / 17)], rtol=0.15)
