import numpy as np
import pytest

import diagprec_core as dp


@pytest.fixture
def record():
    """Make a trajectory whose error at step t is given, in one dimension."""
    frame = dp.Quadratic([[1.0]]).in_basis()

    def make(errors, steps=None):
        errors = np.array(errors, dtype=float)
        steps = np.arange(len(errors)) if steps is None else np.array(steps)
        loss = 0.5 * errors**2
        return dp.Trajectory(steps, errors[..., None], loss, dp.Status.FINITE, frame)

    return make


@pytest.mark.parametrize(
    ("errors", "tolerance", "expected"),
    [
        ([8, 4, 2, 1, 0.5], 1.0, 3),  # at the tolerance is within it
        ([8, 4, 2, 1, 0.5], 0.9, 4),
        ([0.5, 0.2, 0.1, 0.0], 1.0, 0),  # never outside
        ([8, 0.1, 8, 0.1, 0.1], 1.0, 3),  # outside again later counts
        ([0.1, 0.1, 8, 0.1], 1.0, 3),
        ([8, 4, 2], 1.0, np.inf),
        ([0.1, 0.1, 2], 1.0, np.inf),  # outside at the very end: the run promises nothing
        ([-8, -0.5], 1.0, 1),
        ([np.inf, np.inf], 1.0, np.inf),
    ],
)
def test_settling_time_is_the_first_step_of_the_last_stay(errors, tolerance, expected, record):
    found = dp.settling_time(record(errors), tolerance)
    assert found == expected
    assert isinstance(found, float)


def test_settling_times_of_runs_side_by_side(record):
    errors = np.array([[8, 4, 0.5, 8, 0.5], [8, 8, 8, 8, 8], [0, 0, 0, 0, 0]]).T
    np.testing.assert_array_equal(dp.settling_time(record(errors), 1.0), [4, np.inf, 0])


def test_settling_time_looks_at_the_largest_coordinate():
    run = dp.descend(
        dp.Quadratic(np.diag([1.0, 0.5])),
        dp.GradientDescent(),
        start=[1.0, 1.0],
        learning_rate=1.0,
        steps=12,
    )
    # The first coordinate is gone after one step, the second is 2^-t.
    assert dp.settling_time(run, 2.0**-7) == 7


def test_settling_time_of_the_loss(record):
    # The losses are 32, 8, 2, 0.5, 2: the last is outside 0.5 again, and within 2 from step 2 on.
    run = record([8, 4, 2, 1, 2])
    assert dp.settling_time(run, 0.5, measure="loss") == np.inf
    assert dp.settling_time(run, 2.0, measure="loss") == 2
    assert dp.settling_time(run, 2.0, measure="error") == 2
    assert dp.settling_time(run, 4.0) == 1
    assert dp.settling_time(run, 4.0, measure="loss") == 2


def test_settling_time_refuses_a_record_with_gaps(record):
    with pytest.raises(ValueError, match="trajectory: got a record with steps left out"):
        dp.settling_time(record([8, 4, 2], steps=[0, 5, 10]), 1.0)


def test_best_rate_is_the_smallest_score():
    found = dp.best_rate([0.1, 0.2, 0.3, 0.4], [9.0, 5.0, 3.0, 4.0])
    assert found == dp.BestRate(learning_rate=0.3, score=3.0, index=2)


@pytest.mark.parametrize(
    ("scores", "index"),
    [
        ([9, 3, 3, 3, 9], 2),  # the middle of a tie
        ([9, 3, 3, 4, 9], 1),  # the lower of two
        ([9, 3, 5, 3, 9], 1),
        ([np.nan, 3, 2, np.inf, np.nan], 2),
        ([np.inf, np.nan, np.inf, 7, np.inf], 3),
    ],
)
def test_best_rate_with_ties_and_failed_runs(scores, index):
    assert dp.best_rate([1, 2, 3, 4, 5], scores).index == index


@pytest.mark.parametrize(
    ("scores", "edge"),
    [
        ([1, 2, 3, 4], "lower edge, 1"),
        ([4, 3, 2, 1], "upper edge, 4"),
        ([1, 2, 1, 4], "lower edge"),  # a tie with the edge: a smaller rate may be better still
        ([4, 1, 1, 1], "upper edge"),
        ([np.nan, np.inf, np.inf, 1], "upper edge"),
    ],
)
def test_best_rate_refuses_the_edge_of_the_grid(scores, edge):
    with pytest.raises(ValueError, match=f"learning_rates: got a best rate on the {edge}"):
        dp.best_rate([1, 2, 3, 4], scores)


def test_a_score_of_minus_infinity_does_not_win():
    assert dp.best_rate([1, 2, 3, 4, 5], [9, 3, 4, -np.inf, 9]).index == 1


def test_tuned_gradient_descent_finds_the_best_rate_of_the_theory():
    # FEQ-2: 2/(s_max + s_min) = 2/1.1; a rate on the grid nearest to it has to win.
    grid = np.geomspace(0.2, 1.99, 200)
    problem = dp.Quadratic(np.diag([1.0, 0.1]))
    run = dp.descend(problem, dp.GradientDescent(), start=[1.0, 1.0], learning_rate=grid, steps=400)
    best = dp.best_rate(grid, run.error[60])
    assert best.learning_rate == pytest.approx(2 / 1.1, rel=0.012)
    assert best.score == pytest.approx((0.9 / 1.1) ** 60, rel=0.2)


def test_a_first_rate_below_zero_is_refused_whatever_follows():
    with pytest.raises(ValueError, match=r"learning_rates: got an array .*, need at least"):
        dp.best_rate([-0.1, 0.1, 0.2, 0.3], [3.0, 2.0, 1.0, 2.0])


def test_a_grid_may_begin_at_a_rate_of_zero():
    assert dp.best_rate([0.0, 0.1, 0.2], [3.0, 1.0, 2.0]).learning_rate == 0.1
