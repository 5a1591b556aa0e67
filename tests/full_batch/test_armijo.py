"""Armijo's rule, against a plain loop in the parameters."""

import numpy as np
import pytest

import diagprec_core as dp

RULES = [
    dp.GradientDescent(),
    dp.GaussNewton(-1),
    dp.GaussNewton(-0.5),
    dp.GaussNewton(damping=0.01),
    dp.Adam(),
    dp.IdealisedAdam(),
    dp.Sophia(),
]
SKEWED = dp.SkewedLogistic([0.9, 0.1])


def by_hand(loss, gradient, direction, start, steps, first, shrink, slope):
    """Backtrack in the parameters from the losses themselves; rates and iterates."""
    theta, path, rates = np.array(start, dtype=float), [np.array(start, dtype=float)], []
    for _ in range(steps):
        move, rate = direction(theta), first
        while loss(theta - rate * move) > loss(theta) - slope * rate * (gradient(theta) @ move):
            rate *= shrink
        theta = theta - rate * move
        path.append(theta)
        rates.append(rate)
    return np.array(path), rates


@pytest.mark.parametrize("kind", ["quadratic", "logistic"])
@pytest.mark.parametrize("rule", RULES, ids=repr)
@pytest.mark.parametrize("options", [(1.0, 0.5, 1e-4), (7.0, 0.8, 0.3)])
def test_it_is_the_plain_loop(rule, kind, options, hessian, rotation):
    basis, start = rotation(3, 2), np.array([4.0, -3.0, 2.0])
    if kind == "quadratic":
        problem = dp.Quadratic(hessian(3, 1), [0.3, -0.1, 0.2])
    else:
        features = np.random.default_rng(3).standard_normal((8, 3))
        problem = dp.LogisticRegression(features, None, np.linspace(0.1, 0.8, 8))

    def direction(theta):
        matrix = problem.hessian if kind == "quadratic" else problem.gauss_newton(theta)
        gradient, curvature = basis.T @ problem.gradient(theta), np.diag(basis.T @ matrix @ basis)
        if isinstance(rule, dp.GradientDescent):
            return basis @ gradient
        if isinstance(rule, dp.GaussNewton):
            return basis @ (gradient * (curvature + rule.damping) ** rule.power)
        if isinstance(rule, dp.Sophia):
            return basis @ np.clip(gradient / curvature, -1, 1)
        return basis @ np.sign(gradient)

    path, rates = by_hand(problem.loss, problem.gradient, direction, start, 6, *options)
    first, shrink, slope = options
    run, found = dp.line_search(
        problem, rule, start=start, steps=6, basis=basis, first=first, shrink=shrink, slope=slope
    )
    np.testing.assert_allclose(found, rates, rtol=1e-12)
    np.testing.assert_allclose(run.parameters, path, rtol=1e-8, atol=1e-10)
    np.testing.assert_array_equal(run.steps, range(7))
    assert run.status is dp.Status.FINITE


def test_the_record_is_that_of_a_schedule_of_the_same_rates():
    start = SKEWED.start([8.0, 1.0])
    run, rates = dp.line_search(SKEWED.problem, dp.GaussNewton(), start=start, steps=12)
    same = dp.descend(
        SKEWED.problem, dp.GaussNewton(), start=start, learning_rate=dp.Schedule(rates)
    )
    np.testing.assert_array_equal(run.coordinates, same.coordinates)
    np.testing.assert_array_equal(run.loss, same.loss)


@pytest.mark.parametrize(
    ("rule", "first", "slope"),
    [
        *((rule, 3.0, 1e-4) for rule in (*RULES, dp.Adam(0.9, 0.99))),
        (dp.Adam(0.99, 0.9), 0.5, 0.5),
        (dp.Adam(0.99, 0.9), 3.0, 0.9),
        (dp.Adam(0.9, 0.5), 0.5, 0.5),
    ],
    ids=repr,
)
def test_the_loss_never_rises(rule, first, slope):
    # Momentum may point uphill; then no rate is accepted that takes the run there.
    run, rates = dp.line_search(
        SKEWED.problem,
        rule,
        start=SKEWED.start([8.0, -3.0]),
        steps=60,
        first=first,
        slope=slope,
    )
    assert (np.diff(run.loss) <= 0).all()
    assert (rates >= 0).all()
    assert run.loss[-1] < 0.1 * run.loss[0]
    still = np.flatnonzero(rates == 0)
    np.testing.assert_array_equal(run.coordinates[still + 1], run.coordinates[still])


def test_it_cures_newton_where_every_constant_rate_fails():
    start, far = SKEWED.start([8.0, 1.0]), SKEWED.start([300.0, 1.0])
    run, rates = dp.line_search(SKEWED.problem, dp.GaussNewton(), start=start, steps=15)
    assert run.error[-1] < 1e-8
    assert rates[0] < 0.02
    assert rates[-1] == 1.0
    wild = dp.descend(SKEWED.problem, dp.GaussNewton(), start=start, learning_rate=1.0, steps=15)
    assert wild.status is dp.Status.DIVERGED
    # The first rates are about 1/sinh(300), some 1e-128.
    run, rates = dp.line_search(SKEWED.problem, dp.GaussNewton(), start=far, steps=400)
    assert 0 < rates[0] < 1e-120
    assert run.loss[-1] < run.loss[0]


def test_near_the_optimum_it_keeps_on():
    # The loss is measured from its smallest value without cancellation, so nothing stalls at 1e-8.
    problem = dp.LogisticRegression.well_specified([[1.0, 0.5], [0.3, -1.0]], [2.0, -1.0])
    run, rates = dp.line_search(problem, dp.GaussNewton(), start=[1.0, 1.0], steps=200)
    assert run.error[-1] < 1e-60
    assert (rates > 0).all()


def test_at_the_optimum_the_first_rate_will_do():
    run, rates = dp.line_search(SKEWED.problem, dp.Adam(), start=[0.0, 0.0], steps=3, first=0.7)
    np.testing.assert_array_equal(rates, [0.7] * 3)
    np.testing.assert_array_equal(run.coordinates, np.zeros((4, 2)))


def test_where_no_rate_will_do_the_run_stays():
    # The step is infinite, and stays so times every rate.
    run, rates = dp.line_search(
        SKEWED.problem, dp.GaussNewton(), start=SKEWED.start([1000.0, 1.0]), steps=5
    )
    assert run.status is dp.Status.FINITE
    np.testing.assert_array_equal(rates, np.zeros(5))
    np.testing.assert_array_equal(run.parameters, [[1000.0, 1.0]] * 6)
    np.testing.assert_array_equal(run.loss, run.loss[:1].repeat(6))


def test_shrinking_little_ends_too():
    start = SKEWED.start([1000.0, 1.0])
    _, rates = dp.line_search(SKEWED.problem, dp.GaussNewton(), start=start, steps=2, shrink=0.9)
    np.testing.assert_array_equal(rates, [0, 0])
