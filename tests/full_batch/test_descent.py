"""`descend` against explicit dense loops, one run at a time."""

import numpy as np
import pytest

import diagprec_core as dp

RULES = [
    dp.GradientDescent(),
    dp.GaussNewton(-1),
    dp.GaussNewton(-0.5),
    dp.GaussNewton(0.7),
    dp.Adam(),
    dp.Adam(eps=0.1),
    dp.Adam(0.9, 0.999, 1e-8),
    dp.Adam(0.9, 0.9),
    dp.Adam(0.5, 0.0, 1.0),  # a small eps would make m/|g| chaotic, and rounding errors grow
    dp.Adam(0.0, 0.95),
    dp.IdealisedAdam(),
    dp.Sophia(0.5),
]
every_rule = pytest.mark.parametrize("rule", RULES, ids=repr)
D, STEPS = 6, 25
RATES = [0.02, 0.1, 0.3]


@pytest.fixture(params=["identity", "eigenbasis", "random"])
def basis(request, rotation, hessian):
    if request.param == "identity":
        return None
    if request.param == "random":
        return rotation(D, 77)
    return np.linalg.eigh(hessian(D, 5))[1]


@pytest.fixture
def optimum():
    return np.random.default_rng(6).standard_normal(D)


@pytest.fixture
def start():
    return np.random.default_rng(8).standard_normal(D)


@pytest.fixture
def problem(hessian, optimum):
    return dp.Quadratic(hessian(D, 5), optimum)


@every_rule
def test_batch_of_rates_is_the_dense_loop(
    rule, basis, problem, hessian, optimum, start, dense_run, loss_along
):
    run = dp.descend(problem, rule, start=start, learning_rate=RATES, steps=STEPS, basis=basis)
    assert run.parameters.shape == (STEPS + 1, len(RATES), D)
    np.testing.assert_array_equal(run.steps, range(STEPS + 1))
    axes = np.eye(D) if basis is None else basis
    for n, rate in enumerate(RATES):
        path = dense_run(hessian(D, 5), optimum, rule, start, [rate] * STEPS, basis)
        np.testing.assert_allclose(run.parameters[:, n], path, rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(
            run.coordinates[:, n], (path - optimum) @ axes, rtol=1e-9, atol=1e-11
        )
        losses = loss_along(hessian(D, 5), optimum, path)
        np.testing.assert_allclose(run.loss[:, n], losses, rtol=1e-9, atol=1e-13)
        assert run.status[n] is dp.Status.FINITE


@every_rule
def test_one_rate_and_one_start(rule, problem, hessian, optimum, start, dense_run):
    run = dp.descend(problem, rule, start=start, learning_rate=0.1, steps=STEPS)
    path = dense_run(hessian(D, 5), optimum, rule, start, [0.1] * STEPS)
    assert run.parameters.shape == (STEPS + 1, D)
    assert run.loss.shape == run.error.shape == (STEPS + 1,)
    np.testing.assert_allclose(run.parameters, path, rtol=1e-9, atol=1e-11)
    assert run.status is dp.Status.FINITE


@every_rule
def test_one_start_a_run(rule, basis, problem, hessian, optimum, dense_run):
    starts = np.random.default_rng(9).standard_normal((3, D))
    for rates in (RATES, [0.1] * 3):
        given = rates if rates is RATES else 0.1
        run = dp.descend(problem, rule, start=starts, learning_rate=given, steps=STEPS, basis=basis)
        for n in range(3):
            path = dense_run(hessian(D, 5), optimum, rule, starts[n], [rates[n]] * STEPS, basis)
            np.testing.assert_allclose(run.parameters[:, n], path, rtol=1e-9, atol=1e-11)


@every_rule
def test_schedules(rule, problem, hessian, optimum, start, dense_run):
    rates = np.random.default_rng(10).uniform(0, 0.3, (4, STEPS))
    many = dp.descend(problem, rule, start=start, learning_rate=dp.Schedule(rates))
    one = dp.descend(problem, rule, start=start, learning_rate=dp.Schedule(rates[2]))
    for n in range(4):
        path = dense_run(hessian(D, 5), optimum, rule, start, rates[n])
        np.testing.assert_allclose(many.parameters[:, n], path, rtol=1e-9, atol=1e-11)
    assert one.parameters.shape == (STEPS + 1, D)
    np.testing.assert_allclose(one.parameters, many.parameters[:, 2], rtol=1e-10, atol=1e-12)


def test_fewer_steps_than_the_schedule_has(problem, start):
    schedule = dp.Schedule(np.random.default_rng(10).uniform(0, 0.3, (4, STEPS)))
    whole = dp.descend(problem, dp.Adam(), start=start, learning_rate=schedule)
    part = dp.descend(problem, dp.Adam(), start=start, learning_rate=schedule, steps=7)
    np.testing.assert_array_equal(part.parameters, whole.parameters[:8])


@pytest.mark.parametrize(
    ("every", "steps"),
    [(1, [0, 1, 2, 3, 4, 5, 6, 7]), (3, [0, 3, 6, 7]), (7, [0, 7]), (50, [0, 7])],
)
def test_every_records_the_same_iterates_and_the_last(every, steps, problem, start):
    options = {"start": start, "learning_rate": RATES, "steps": 7}
    full = dp.descend(problem, dp.Adam(0.9, 0.99), **options)
    thin = dp.descend(problem, dp.Adam(0.9, 0.99), **options, every=every)
    np.testing.assert_array_equal(thin.steps, steps)
    np.testing.assert_array_equal(thin.coordinates, full.coordinates[steps])
    np.testing.assert_array_equal(thin.loss, full.loss[steps])


def test_no_steps_at_all(problem, start):
    run = dp.descend(problem, dp.Adam(), start=start, learning_rate=0.1, steps=0)
    np.testing.assert_allclose(run.parameters, [start], rtol=1e-15)
    np.testing.assert_array_equal(run.steps, [0])


def test_a_rate_of_zero_stays(problem, start):
    run = dp.descend(problem, dp.GradientDescent(), start=start, learning_rate=0, steps=3)
    np.testing.assert_array_equal(run.coordinates, np.repeat(run.coordinates[:1], 4, axis=0))


@every_rule
def test_block_problem_runs_like_its_dense_twin(rule, hessian, rotation, dense_run):
    blocks = np.stack([hessian(3, k) for k in range(2)])
    dense = np.zeros((6, 6))
    dense[:3, :3], dense[3:, 3:] = blocks
    rng = np.random.default_rng(11)
    optimum, start = rng.standard_normal((2, 6))
    for basis in (None, rotation(6, 12)):
        run = dp.descend(
            dp.BlockQuadratic(blocks, optimum),
            rule,
            start=start,
            learning_rate=RATES,
            steps=STEPS,
            basis=basis,
        )
        for n, rate in enumerate(RATES):
            path = dense_run(dense, optimum, rule, start, [rate] * STEPS, basis)
            np.testing.assert_allclose(run.parameters[:, n], path, rtol=1e-9, atol=1e-11)


def test_error_is_the_largest_coordinate_in_the_basis_of_the_run(problem, start, rotation, optimum):
    basis = rotation(D, 13)
    run = dp.descend(problem, dp.Adam(), start=start, learning_rate=0.1, steps=3, basis=basis)
    expected = [max(abs(u @ (p - optimum)) for u in basis.T) for p in run.parameters]
    np.testing.assert_allclose(run.error, expected, rtol=1e-12)


def test_arguments_are_left_as_they_were(problem, start):
    kept, rates = start.copy(), np.array(RATES)
    first = dp.descend(problem, dp.Adam(0.9, 0.9), start=start, learning_rate=rates, steps=5)
    again = dp.descend(problem, dp.Adam(0.9, 0.9), start=start, learning_rate=rates, steps=5)
    np.testing.assert_array_equal(start, kept)
    np.testing.assert_array_equal(rates, RATES)
    np.testing.assert_array_equal(first.parameters, again.parameters)


# Divergence is an answer. Warnings are errors in this suite, so none of these runs raises any.


@pytest.mark.parametrize("rule", [dp.GradientDescent(), dp.GaussNewton(-0.5)], ids=repr)
def test_a_huge_rate_diverges_and_the_other_runs_do_not_notice(rule, problem, start):
    rates = [0.1, 1e30, 0.3]
    run = dp.descend(problem, rule, start=start, learning_rate=rates, steps=40)
    assert list(run.status) == [dp.Status.FINITE, dp.Status.DIVERGED, dp.Status.FINITE]
    over = np.isinf(run.loss[:, 1])
    first = over.argmax()
    # 1e30 a step: the loss passes 1e308 in the sixth.
    assert 0 < first < 8
    assert over[first:].all()
    for values in (run.parameters, run.coordinates):
        assert (values[first:, 1] == np.inf).all()
        assert np.isfinite(values[:first, 1]).all()
    assert (run.error[first:, 1] == np.inf).all()
    alone = dp.descend(problem, rule, start=start, learning_rate=[0.1, 0.3], steps=40)
    np.testing.assert_allclose(run.parameters[:, [0, 2]], alone.parameters, rtol=1e-10, atol=1e-13)


def test_divergence_is_seen_in_a_thinned_record_and_in_a_single_run(problem, start):
    options = {"start": start, "learning_rate": 1e30, "steps": 40, "every": 20}
    run = dp.descend(problem, dp.GradientDescent(), **options)
    assert run.status is dp.Status.DIVERGED
    np.testing.assert_array_equal(np.isinf(run.loss), [False, True, True])


def test_divergence_is_for_ever_even_if_the_numbers_come_back():
    # The loss 1e400 / 2 of the start is out of range; one step of sign descent ends on 0.
    run = dp.descend(dp.Quadratic([[1.0]]), dp.Adam(), start=[1e200], learning_rate=1e200, steps=2)
    assert run.status is dp.Status.DIVERGED
    assert (run.loss == np.inf).all()
    assert (run.parameters == np.inf).all()


def test_a_run_that_overflows_to_nan_leaves_a_resting_coordinate_at_rest():
    # The second run ends in inf/inf. The first has a coordinate with 0/0, which counts as 0.
    problem = dp.Quadratic(2 * np.eye(2))
    options = {"start": [0.0, 1.0], "steps": 8}
    both = dp.descend(problem, dp.Adam(0.9, 0.9), learning_rate=[0.1, 1e308], **options)
    alone = dp.descend(problem, dp.Adam(0.9, 0.9), learning_rate=[0.1], **options)
    assert list(both.status) == [dp.Status.FINITE, dp.Status.DIVERGED]
    np.testing.assert_array_equal(both.coordinates[:, 0], alone.coordinates[:, 0])


def test_a_start_out_of_range_diverges_at_once():
    problem = dp.Quadratic(np.eye(2), optimum=[-1e308, 0.0])
    run = dp.descend(problem, dp.GradientDescent(), start=[1e308, 0.0], learning_rate=0.1, steps=2)
    assert run.status is dp.Status.DIVERGED
    assert (run.loss == np.inf).all()


def test_a_hessian_at_the_end_of_the_range_raises_no_warning():
    problem = dp.Quadratic(1e308 * np.eye(2))
    run = dp.descend(
        problem,
        dp.Adam(),
        start=[1e-10, 1e-10],
        learning_rate=1e-12,
        steps=3,
        basis=np.array([[0.6, -0.8], [0.8, 0.6]]),
    )
    assert run.status is dp.Status.FINITE


def test_adam_steps_by_the_rate_on_any_curvature():
    # FIQ-4 at the ends of the range that the docstring of Adam names.
    for curvature in (1e-150, 1.0, 1e150):
        problem = dp.Quadratic([[curvature]])
        run = dp.descend(problem, dp.Adam(0.9, 0.9), start=[1.0], learning_rate=0.1, steps=1)
        assert run.parameters[1, 0] == pytest.approx(0.9, rel=1e-12)
