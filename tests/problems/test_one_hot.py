import itertools

import numpy as np
import pytest

from diagprec_core.problems.one_hot import OneHot

PROBABILITIES, SCALES, ERRORS = [0.5, 0.3, 0.2], [1.0, -2.0, 0.5], [0.8, 0.2, -3.0]


@pytest.fixture(params=[0.0, 0.7], ids=["noiseless", "noisy"])
def instance(request):
    return OneHot(PROBABILITIES, SCALES, request.param)


def over_batches(instance, errors, batch_size):
    """Mean and second moment of the gradient as sums over all batches, the noise averaged out."""
    mean, second = np.zeros(3), np.zeros(3)
    for batch in itertools.product(range(3), repeat=batch_size):
        chance = np.prod(instance.probabilities[list(batch)])
        counts = np.bincount(batch, minlength=3)
        gradient = counts * instance.scales**2 * errors / batch_size
        noise = counts * (instance.scales * instance.noise_std / batch_size) ** 2
        mean += chance * gradient
        second += chance * (gradient**2 + noise)
    return mean, second


@pytest.mark.parametrize("batch_size", [1, 2, 5])
def test_second_moment_is_the_sum_over_all_batches(instance, batch_size):
    mean, second = over_batches(instance, np.array(ERRORS), batch_size)
    np.testing.assert_allclose(instance.covariance * ERRORS, mean, rtol=1e-12)
    np.testing.assert_allclose(instance.second_moment(ERRORS, batch_size), second, rtol=1e-12)


def test_covariance_and_risk_are_those_of_the_features(instance):
    features = np.diag(SCALES)
    dense = features.T @ np.diag(PROBABILITIES) @ features
    np.testing.assert_allclose(np.diag(instance.covariance), dense, rtol=1e-12)
    np.testing.assert_allclose(instance.risk(ERRORS), ERRORS @ dense @ ERRORS, rtol=1e-12)


def test_leading_axes_are_batch_axes(instance):
    errors = np.random.default_rng(0).standard_normal((4, 2, 3))
    assert instance.risk(errors).shape == (4, 2)
    moments = instance.second_moment(errors, 3)
    assert moments.shape == (4, 2, 3)
    np.testing.assert_array_equal(moments[3, 1], instance.second_moment(errors[3, 1], 3))


@pytest.mark.parametrize("batch_size", [1, 6])
def test_samples_have_the_exact_moments(instance, batch_size):
    size, rng = 100_000, np.random.default_rng(3)
    sample = instance.sample_gradients(ERRORS, batch_size=batch_size, size=size, rng=rng)
    second = instance.second_moment(ERRORS, batch_size)
    for values, claimed in ((sample, instance.covariance * ERRORS), (sample**2, second)):
        standard_error = values.std(axis=0, ddof=1) / np.sqrt(size)
        assert (np.abs(values.mean(axis=0) - claimed) < 5 * standard_error).all()


def test_one_example_shows_one_feature(instance):
    rng = np.random.default_rng(4)
    sample = instance.sample_gradients(ERRORS, batch_size=1, size=500, rng=rng)
    assert ((sample != 0).sum(axis=1) == 1).all()


def test_the_noise_of_a_sample_is_normal():
    noise_std, size, rng = 0.7, 40_000, np.random.default_rng(6)
    instance = OneHot(PROBABILITIES, SCALES, noise_std)
    sample = instance.sample_gradients(np.zeros(3), batch_size=1, size=size, rng=rng)
    seen = (sample / (noise_std * instance.scales))[sample != 0]
    assert len(seen) == size
    for limit, share in ((0.5, 0.382925), (1.0, 0.682689), (2.0, 0.954500)):
        error = np.sqrt(share * (1 - share) / size)
        assert abs((np.abs(seen) < limit).mean() - share) < 5 * error


def test_samples_without_noise_are_counts_times_the_gradient_of_an_example():
    instance, rng = OneHot(PROBABILITIES, SCALES), np.random.default_rng(5)
    errors = rng.standard_normal((50, 3))
    sample = instance.sample_gradients(errors, batch_size=4, size=50, rng=rng)
    counts = 4 * sample / (instance.scales**2 * errors)
    np.testing.assert_allclose(counts, counts.round(), atol=1e-9)
    np.testing.assert_allclose(counts.sum(axis=1), 4, atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.5, 0.4], [1, 1]), "probabilities: got smallest 0.4, sum 0.9"),
        (([1.5, -0.5], [1, 1]), "probabilities: got smallest -0.5"),
        (([0.5, 0.5], [1, 0]), "scales: got a scale of 0"),
        (([0.5, 0.5], [1, 1, 1]), "scales: got an array of shape"),
        (([0.5, 0.5], [1, np.nan]), "scales: got an array with NaN"),
        (([0.5, 0.5], [1, 1], -0.1), "noise_std: got -0.1"),
        (([0.5, 0.5], [1, 1], True), "noise_std: got True"),
    ],
)
def test_unfit_instances_are_refused(arguments, message):
    with pytest.raises(ValueError, match=rf"^{message}"):
        OneHot(*arguments)


def test_unfit_arguments_are_refused(instance):
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"^errors: got"):
        instance.second_moment([1.0, 2.0], 1)
    with pytest.raises(ValueError, match=r"^batch_size: got 0"):
        instance.second_moment(ERRORS, 0)
    with pytest.raises(ValueError, match=r"^errors: got"):
        instance.sample_gradients(np.zeros((4, 3)), batch_size=1, size=5, rng=rng)
    with pytest.raises(ValueError, match=r"^size: got 1.5"):
        instance.sample_gradients(ERRORS, batch_size=1, size=1.5, rng=rng)
    with pytest.raises(ValueError, match=r"^rng: got 3"):
        instance.sample_gradients(ERRORS, batch_size=1, size=5, rng=3)
