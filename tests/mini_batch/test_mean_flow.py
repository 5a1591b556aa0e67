"""The mean flow of idealised Adam against solutions that are known, and its arguments."""

import warnings

import numpy as np
import pytest

import diagprec_core as dp
from diagprec_core.mini_batch.mean_flow import lag_bound, mean_flow

SPECTRUM = np.array([1.0, 0.3, 0.02])
START = np.array([1.0, -2.0, 0.5])
TIMES = np.array([0.0, 0.1, 1.0, 7.0, 30.0])


def relative(path, start=START):
    return path / start


@pytest.mark.parametrize("batch_size", [1, 2, 50, 10**6])
def test_one_coordinate_without_noise_is_slower_by_a_constant(batch_size):
    regression = dp.GaussianRegression([0.09], 0.0)
    path = mean_flow(regression, start=[-2.0], batch_size=batch_size, times=TIMES)
    expected = -2 * np.exp(-0.3 * TIMES / np.sqrt(batch_size + 2))
    np.testing.assert_allclose(path[:, 0], expected, rtol=1e-9)


def test_under_much_noise_it_is_half_power_gauss_newton():
    regression = dp.GaussianRegression(SPECTRUM, 1e7)
    path = mean_flow(regression, start=START, batch_size=4, times=TIMES)
    np.testing.assert_allclose(
        relative(path), np.exp(-np.sqrt(SPECTRUM) * TIMES[:, None]), rtol=1e-9
    )


def test_for_large_batches_it_is_sign_descent():
    # In Adam's own time t every coordinate then falls at unit speed: delta_i is 1 - t for both.
    regression = dp.GaussianRegression([1.0, 0.25], 0.0)
    path = mean_flow(regression, start=[1.0, 1.0], batch_size=10**10, times=[1e4, 1e5, 2e5])
    np.testing.assert_allclose(path[:, 0], path[:, 1], rtol=1e-6)
    assert (np.diff(path[:, 0]) < 0).all()


def test_noiseless_flow_does_not_depend_on_the_scale():
    regression = dp.GaussianRegression(SPECTRUM, 0.0)
    options = {"batch_size": 8, "times": TIMES}
    one = mean_flow(regression, start=START, **options)
    small = mean_flow(regression, start=1e-150 * START, **options)
    np.testing.assert_allclose(small, 1e-150 * one, rtol=1e-9)


def test_symmetry_translation_and_the_form_of_the_covariance():
    options = {"batch_size": 8, "times": TIMES}
    path = mean_flow(dp.GaussianRegression(SPECTRUM, 0.1), start=START, **options)
    mirrored = mean_flow(dp.GaussianRegression(SPECTRUM, 0.1), start=-START, **options)
    np.testing.assert_array_equal(mirrored, -path)
    shift = np.array([4.0, 8.0, -16.0])
    moved = dp.GaussianRegression(np.diag(SPECTRUM), 0.1, shift)
    np.testing.assert_array_equal(mean_flow(moved, start=START + shift, **options), path)


def test_a_coordinate_at_its_optimum_stays_and_does_not_matter():
    start = np.array([1.0, 0.0, 0.5])
    path = mean_flow(dp.GaussianRegression(SPECTRUM, 0.1), start=start, batch_size=8, times=TIMES)
    assert (path[:, 1] == 0).all()
    without = mean_flow(
        dp.GaussianRegression(SPECTRUM[[0, 2]], 0.1), start=start[[0, 2]], batch_size=8, times=TIMES
    )
    np.testing.assert_allclose(path[:, [0, 2]], without, rtol=1e-9)
    still = mean_flow(
        dp.GaussianRegression(SPECTRUM, 0.0), start=np.zeros(3), batch_size=8, times=TIMES
    )
    assert (still == 0).all()


def test_the_start_comes_back_and_the_times_may_be_one():
    regression = dp.GaussianRegression(SPECTRUM, 0.1)
    path = mean_flow(regression, start=START, batch_size=8, times=[0.0])
    np.testing.assert_array_equal(path, START[None])
    one = mean_flow(regression, start=START, batch_size=8, times=[7.0])
    all_of_them = mean_flow(regression, start=START, batch_size=8, times=TIMES)
    np.testing.assert_allclose(one[0], all_of_them[3], rtol=1e-9)


@pytest.mark.parametrize("batch_size", [1, 2, 50, 1000])
def test_the_lag_of_a_lone_coordinate_ends_at_its_bound(batch_size):
    regression = dp.GaussianRegression([0.5, 0.2], 0.1)
    start = np.array([1.0, 0.0])
    end = 20 + 6 * np.sqrt(batch_size + 2)
    path = mean_flow(regression, start=start, batch_size=batch_size, times=[end])
    bound = lag_bound(regression, start=start, batch_size=batch_size)
    assert np.log(path[0, 0]) + np.sqrt(0.5) * end == pytest.approx(np.log(bound[0]), abs=1e-7)
    assert bound[1] == 1


def test_the_lag_bound_grows_and_may_be_infinite():
    regression = dp.GaussianRegression(SPECTRUM, 0.1)
    bounds = np.array([lag_bound(regression, start=START, batch_size=b) for b in (1, 2, 8, 64)])
    assert (bounds > 1).all()
    assert (np.diff(bounds, axis=0) > 0).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        silent = dp.GaussianRegression(SPECTRUM, 0.0)
        found = lag_bound(silent, start=[1.0, 0.0, 1.0], batch_size=2)
        assert found.tolist() == [np.inf, 1.0, np.inf]
        assert lag_bound(regression, start=1e200 * START, batch_size=100).tolist() == [np.inf] * 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"regression": dp.Quadratic(np.eye(2))},
            "regression: got a Quadratic, need a GaussianRegression",
        ),
        (
            {"regression": dp.GaussianRegression([[2.0, 0.5], [0.5, 1.0]], 0.1)},
            "regression: got a covariance that is not diagonal",
        ),
        ({"start": [1.0]}, r"start: got an array of shape \(1,\)"),
        ({"start": [1.0, np.nan]}, "start: got an array with NaN"),
        ({"batch_size": 0}, "batch_size: got 0, need an integer of at least 1"),
        ({"batch_size": 2.0}, "batch_size: got 2.0"),
        ({"times": [-1.0, 1.0]}, "times: got numbers that do not ascend from 0"),
        ({"times": [1.0, 1.0]}, "times: got numbers that do not ascend from 0"),
        ({"times": []}, "times: got an array of shape"),
        ({"times": 1.0}, "times: got 1.0"),
    ],
)
def test_unfit_arguments_are_named(changes, message):
    good = {
        "regression": dp.GaussianRegression([2.0, 1.0], 0.1),
        "start": [1.0, 1.0],
        "batch_size": 4,
        "times": [0.0, 1.0],
    }
    arguments = {**good, **changes}
    regression = arguments.pop("regression")
    with pytest.raises(ValueError, match=message):
        mean_flow(regression, **arguments)
    if "times" not in changes:
        arguments.pop("times")
        with pytest.raises(ValueError, match=message):
            lag_bound(regression, **arguments)
