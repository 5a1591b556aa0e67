"""Two classes: the fit, the numbers of SXL-1 and SXL-3, and the local prediction with its check."""

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize
from scipy.special import expit

import diagprec_core as dp
from diagprec_core.diagnosis import logistic as module
from diagprec_core.diagnosis.calibration import calibration_of
from diagprec_core.diagnosis.logistic_fit import fitted, loss
from diagprec_core.diagnosis.near_optimum import ADAM, local_methods

THETA = np.array([0.8, -0.5, 0.3])


def well_specified(n, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 3)) @ [[1.0, 0.5, 0], [0, 0.5, 0.3], [0, 0, 0.4]] + 1
    return x, (rng.random(n) < expit(x @ THETA - 0.5)).astype(int)


X, Y = well_specified(500)
BASES = ("eigenbasis", "identity")


@pytest.fixture(scope="module")
def found():
    return dp.diagnose_logistic(X, Y, batch_size=4, centre=False, scale=False)


def with_ones(x):
    return np.column_stack([np.ones(len(x)), x])


def test_the_optimum_is_that_of_the_core_and_of_another_minimiser(found):
    core = dp.LogisticRegression(with_ones(X), None, Y.astype(float))
    np.testing.assert_allclose(found.optimum, core.optimum, rtol=1e-9)
    assert found.smallest_loss == pytest.approx(core.smallest_loss, rel=1e-12)
    assert found.start_loss == pytest.approx(core.loss(np.zeros(4)), rel=1e-12)
    other = minimize(lambda t: loss(with_ones(X) @ t, Y), np.zeros(4), tol=1e-12)
    np.testing.assert_allclose(found.optimum, other.x, atol=1e-4)
    assert found.largest_logit == pytest.approx(np.abs(with_ones(X) @ core.optimum).max())
    assert found.names == ("intercept", "feature 0", "feature 1", "feature 2")


@pytest.mark.parametrize("place", ["start", "optimum"])
@pytest.mark.parametrize("basis", BASES)
def test_coordinates_are_those_of_the_core(found, place, basis):
    core = dp.LogisticRegression(with_ones(X), None, Y.astype(float))
    theta = core.optimum if place == "optimum" else np.zeros(4)
    u = np.linalg.eigh(core.gauss_newton(theta))[1][:, ::-1] if basis == "eigenbasis" else np.eye(4)
    seen = found.places[place][basis]
    curvature = np.diagonal(u.T @ core.gauss_newton(theta) @ u)
    np.testing.assert_allclose(seen.curvature, curvature, rtol=1e-9)
    one = core.second_moment(theta, batch_size=1, basis=u)
    np.testing.assert_allclose(seen.second_moment.value, one, rtol=1e-9)
    np.testing.assert_allclose(seen.ratio.value, one / curvature, rtol=1e-9)
    if place == "start":
        gradient = u.T @ core.gradient(theta)
        np.testing.assert_allclose(seen.signal.value, gradient**2 / one, rtol=1e-9, atol=1e-20)
        np.testing.assert_allclose(seen.noise_scale, one / gradient**2 - 1, rtol=1e-6)
        # SXL-3 (b): at the critical batch the factor is 1/sqrt 2.
        factor = (1 + (seen.critical_batch - 1) * seen.signal.value) ** -0.5
        np.testing.assert_allclose(factor, np.sqrt(0.5), rtol=1e-9)
    second = core.second_moment(theta, batch_size=4, basis=u)
    inside = [
        np.mean((second / curvature >= c) & (second / curvature <= 2 * c * (1 + 1e-12)))
        for c in second / curvature
    ]
    assert seen.share.value == max(inside)
    assert seen.power.value == pytest.approx(
        np.polyfit(np.log(curvature), np.log(second), 1)[0] / 2, rel=1e-7
    )


def test_at_zero_one_example_is_the_curvature_whatever_the_labels(found):
    rng = np.random.default_rng(3)
    odd = dp.diagnose_logistic(X, rng.integers(2, size=500), batch_size=1)
    for diagnosis in (found, odd):
        for seen in diagnosis.places["start"].values():
            np.testing.assert_allclose(seen.ratio.value, 1, rtol=1e-12)
            np.testing.assert_allclose(seen.ratio.high - seen.ratio.low, 0, atol=1e-10)


def test_at_the_optimum_a_right_model_has_ratio_one_and_a_wrong_one_has_not():
    x, y = well_specified(40_000)
    right = dp.diagnose_logistic(x, y, batch_size=1)
    assert right.calibration.p_value > 1e-3
    wrong = dp.diagnose_logistic(x, np.where(x[:, 0] ** 2 > 2, 1 - y, y), batch_size=1)
    assert wrong.calibration.p_value < 1e-6
    # Intervals of 95 %, made ones of 99.99 % for eight numbers.
    wider = stats.t.isf(5e-5, 19) / stats.t.isf(0.025, 19)
    for basis in BASES:
        seen, other = (each.places["optimum"][basis].ratio for each in (right, wrong))
        assert (np.abs(seen.value - 1) < wider * (seen.high - seen.value)).all()
        assert seen.value == pytest.approx(np.ones(4), abs=0.05)
        assert right.places["optimum"][basis].share.value == 1
        assert (np.abs(other.value - 1) > wider * (other.high - other.value)).any()


def test_calibration_is_hosmer_and_lemeshows():
    rng = np.random.default_rng(0)
    p = np.sort(rng.uniform(0.1, 0.9, 1000))
    y = (rng.random(1000) < p).astype(float)
    found = calibration_of(p, y)
    groups_p, groups_y = p.reshape(10, 100), y.reshape(10, 100)
    np.testing.assert_allclose(found.predicted, groups_p.mean(axis=1))
    np.testing.assert_allclose(found.observed, groups_y.mean(axis=1))
    expected, seen = groups_p.sum(axis=1), groups_y.sum(axis=1)
    square = ((seen - expected) ** 2 / (expected * (1 - expected / 100))).sum()
    assert found.p_value == pytest.approx(stats.chi2.sf(square, 8))
    share = np.mean(
        [
            calibration_of(q, (rng.random(1000) < q).astype(float)).p_value < 0.05
            for q in rng.uniform(0.1, 0.9, (400, 1000))
        ]
    )
    # True probabilities, not fitted ones, have 10 degrees of freedom: more than 5 %, below 15 %.
    assert 0.05 < share < 0.2


@pytest.mark.parametrize("basis", BASES)
def test_the_local_prediction_is_a_dense_recurrence(found, basis):
    core = dp.LogisticRegression(with_ones(X), None, Y.astype(float))
    G = core.gauss_newton(core.optimum)
    r = expit(with_ones(X) @ core.optimum) - Y
    F = (with_ones(X) * r[:, None] ** 2).T @ with_ones(X) / 500
    u = np.linalg.eigh(G)[1][:, ::-1] if basis == "eigenbasis" else np.eye(4)
    G, F = u.T @ G @ u, u.T @ F @ u
    expected = {
        "GD": np.ones(4),
        "GN^-1/2": np.diagonal(G) ** -0.5,
        "GN^-1": 1 / np.diagonal(G),
        ADAM: 2 / np.sqrt(np.diagonal(F)),
    }
    assert {one.name for one in found.near[basis]} == set(expected)
    for one in found.near[basis]:
        np.testing.assert_allclose(one.weights, expected[one.name], rtol=1e-7)
        P = np.diag(one.weights)
        assert one.floor_per_rate == pytest.approx(np.trace(P @ F) / 8)
        assert one.learning_rate * one.floor_per_rate == pytest.approx(0.01)
        step, noise = np.eye(4) - one.learning_rate * P @ G, one.learning_rate**2 * P @ F @ P / 4
        S, risks = np.zeros((4, 4)), []
        for _ in range(201):
            risks.append(np.trace(G @ S))
            S = step @ S @ step.T + noise
        np.testing.assert_allclose(one.risk(np.arange(201)), risks, rtol=1e-8, atol=1e-15)
        for _ in range(18):
            S, step = S + step @ S @ step.T, step @ step  # 2^18 steps more
        assert one.floor == pytest.approx(one.risk(np.array([10**9]))[0], rel=1e-9)
        modes = np.linalg.eigvals(P @ G).real
        assert one.slowest == pytest.approx(1 / (one.learning_rate * modes.min()), rel=1e-6)


def test_adam_is_gn_half_near_the_optimum_where_the_noise_is_the_curvature():
    matrix = np.diag([1.0, 0.1, 0.02])
    by_name = {one.name: one for one in local_methods(matrix, matrix, 3, 9, 0.01)}
    adam, newton = by_name[ADAM], by_name["GN^-1/2"]
    assert adam.learning_rate * 3 == pytest.approx(newton.learning_rate)  # SXL-1: sqrt B
    assert adam.slowest == pytest.approx(newton.slowest)
    assert by_name["GN^-1"].slowest == min(one.slowest for one in by_name.values())
    loud = local_methods(10 * matrix, matrix, 3, 1, 100.0)
    assert loud[0].floor == np.inf  # a rate that is not stable


def test_runs_from_the_optimum_are_where_they_were_predicted():
    """Fixed preconditioners and a small floor: a z-score, corrected for eight of them, and 3 %."""
    x, y = well_specified(3000)
    runs = 256
    found = dp.diagnose_logistic(x, y, batch_size=8, steps=150, floor=0.001, runs=runs)
    fresh = [m for m in found.checks if m.sampling == "fresh" and "run" not in m.name]
    assert len(fresh) == 8
    limit = stats.norm.isf(0.0005 / len(fresh)) / stats.t.isf(0.025, runs - 1)
    for m in fresh:
        error = m.high[-1] - m.mean[-1]
        assert abs(m.mean[-1] - m.predicted[-1]) < limit * error + 0.03 * m.predicted[-1], m.name
        assert error < 0.15 * m.predicted[-1]
        assert m.predicted[0] == 0 == pytest.approx(m.mean[0], abs=1e-12)
    assert {m.name for m in found.checks} > {ADAM, "Adam (0.9, 0.999) as run"}
    again = dp.diagnose_logistic(x, y, batch_size=8, steps=150, floor=0.001, runs=runs, jobs=2)
    for one, two in zip(found.checks, again.checks, strict=True):
        np.testing.assert_array_equal(one.mean, two.mean)
    # With twice the noise the prediction would have been refused.
    assert all(m.mean[-1] < 2 * m.predicted[-1] - 5 * (m.high - m.mean)[-1] for m in fresh)


def test_adam_as_it_is_run_is_predicted_with_its_momentum_and_its_signal():
    """Correlated features, batches of 128: 4 standard errors and 5 %; frozen weights are not it."""
    rng = np.random.default_rng(0)
    x = 0.7 * rng.standard_normal((4000, 1)) + 0.7 * rng.standard_normal((4000, 8))
    y = (rng.random(4000) < expit(x @ np.linspace(-0.5, 0.5, 8))).astype(int)
    setting = {"batch_size": 128, "steps": 200, "runs": 256, "basis": "identity"}
    found = dp.diagnose_logistic(x, y, **setting)
    run, still = (
        next(m for m in found.checks if (m.name, m.sampling) == (name, "fresh"))
        for name in ("Adam (0.9, 0.999) as run", ADAM)
    )
    error = (run.high - run.mean)[-1] / stats.t.isf(0.025, 255)
    assert error < 0.06 * run.predicted[-1]
    assert abs(run.mean - run.predicted)[-1] < 4 * error + 0.05 * run.predicted[-1]
    assert still.predicted[-1] - run.mean[-1] > 10 * error
    np.testing.assert_array_equal(run.predicted, found.adam_as_run("identity", run.steps))
    # Without momentum it is another prediction.
    plain = found.adam_as_run("identity", [200], dp.MeanFieldAdam(0.0, 0.999))[0]
    assert plain > 1.1 * run.predicted[-1]


def test_adam_as_it_is_run_is_left_out_where_that_takes_long():
    found = dp.diagnose_logistic(X, Y, batch_size=8, runs=0)
    assert found.adam_as_run("identity", [10]).shape == (1,)
    assert found.adam_as_run("identity", [10**9]) is None


def test_the_risk_of_runs_is_twice_the_excess_loss():
    core = dp.LogisticRegression(with_ones(X), None, Y.astype(float))
    theta = np.random.default_rng(0).standard_normal((2, 3, 4))
    expected = 2 * (core.loss(theta) - core.smallest_loss)
    found = module._risk(with_ones(X), Y, core.smallest_loss, theta)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_units_centres_and_null_directions_make_no_difference():
    plain = dp.diagnose_logistic(X, Y, batch_size=2)
    other = dp.diagnose_logistic(X * [1e-3, -1.0, 1e4] + [4, 5, 1e5], Y, batch_size=2)
    assert other.smallest_loss == pytest.approx(plain.smallest_loss, rel=1e-9)
    np.testing.assert_allclose(np.abs(other.optimum), np.abs(plain.optimum), rtol=1e-5, atol=1e-9)
    twice = dp.diagnose_logistic(np.column_stack([X, X[:, 0]]), Y, batch_size=2)
    assert (twice.rank, len(twice.names)) == (4, 5)
    assert twice.smallest_loss == pytest.approx(plain.smallest_loss, rel=1e-9)
    assert len(twice.places["optimum"]["eigenbasis"].ratio.value) == 4
    assert twice.optimum[1] == pytest.approx(twice.optimum[4])  # the shortest


@pytest.mark.parametrize("labels", [np.array([0.0, 0, 0, 1, 1, 1]), np.array([1.0, 1, 1, 1, 0, 0])])
def test_separable_classes_are_refused(labels):
    x = np.arange(6.0)[:, None]
    with pytest.raises(ValueError, match=r"\Atargets: got classes that a hyperplane separates"):
        dp.diagnose_logistic(x, labels, batch_size=1)
    with pytest.raises(ValueError, match="separates"):
        fitted(with_ones(x), labels)


def test_a_feature_of_one_row_alone_is_refused_and_of_two_that_differ_is_not():
    """Along the first the loss of one row falls for ever, and that of no other row changes."""
    rare = np.zeros((len(X), 1))
    rare[0] = 1
    for scale in (False, True):
        with pytest.raises(ValueError, match=r"\Atargets: got .* all or some of the rows"):
            dp.diagnose_logistic(np.column_stack([X, rare]), Y, batch_size=1, scale=scale)
    rare[np.argmax(Y[0] != Y)] = 1
    found = dp.diagnose_logistic(np.column_stack([X, rare]), Y, batch_size=1)
    assert np.isfinite(found.optimum).all()
    assert found.largest_logit < 10
    assert found.near["eigenbasis"][-1].slowest < 1e6


def refused(solve, *given):
    try:
        solve(*given)
    except ValueError as refusal:
        return "separates" in str(refusal)
    return False


def test_what_is_refused_is_what_a_linear_programme_refuses():
    """Few rows in several dimensions, on a grid: wholly, partly and not separated."""
    rng = np.random.default_rng(11)
    told = []
    for _ in range(300):
        rows = with_ones(rng.integers(-1, 2, size=(12, 3)).astype(float))
        y = rng.integers(2, size=12).astype(float)
        if np.linalg.matrix_rank(rows) == 4:
            told.append(refused(fitted, rows, y))
            assert told[-1] == refused(dp.LogisticRegression, rows, None, y)
    assert 40 < sum(told) < len(told) - 40


def test_nearly_separable_classes_are_not():
    """Logits of 20 and more at a finite optimum, as the core finds it too."""
    x = np.concatenate([np.linspace(-40, -1, 40), np.linspace(1, 40, 40), [0.1, -0.1]])
    y = (x > 0).astype(float)
    y[-2:] = [0, 1]
    core = dp.LogisticRegression(with_ones(x[:, None]), None, y)
    found = fitted(with_ones(x[:, None]), y)
    np.testing.assert_allclose(found, core.optimum, rtol=1e-8, atol=1e-8)
    assert np.abs(with_ones(x[:, None]) @ found).max() > 20


def test_labels_other_than_0_and_1_are_refused():
    with pytest.raises(ValueError, match=r"\Atargets: got 2 among them, need 0 and 1"):
        dp.diagnose_logistic(X, Y + 1, batch_size=1)


def test_rounding_of_a_null_direction_is_no_mode():
    """A singular curvature whose smallest computed eigenvalue may have either sign."""
    rng = np.random.default_rng(7)
    for _ in range(20):
        x = rng.standard_normal((40, 3))
        twice = np.column_stack([x, x[:, 0], x @ [1.0, 2.0, -1.0]])
        matrix = twice.T @ twice / 40
        for one in local_methods(matrix, matrix, 3, 4, 0.01):
            assert len(one.modes) == len(one.noises) == 3
            assert 0 < one.slowest < np.inf
