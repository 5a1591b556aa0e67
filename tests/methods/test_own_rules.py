"""Rules of one's own: whatever has a direction runs, whatever has weights is exact."""

import pickle

import numpy as np
import pytest

import diagprec_core as dp
from diagprec_core import figures

REGRESSION = dp.GaussianRegression([[2.0, 0.5], [0.5, 1.0]], 0.5, optimum=[1.0, -1.0])
QUADRATIC = REGRESSION.full_batch
LOGISTIC = dp.LogisticRegression([[1.0, 0.5], [0.2, -1.0], [1.0, 1.0]])
START = [2.0, 0.5]


class HeavyBall:
    """Keeps its direction as memory, so a run may not scale it in place."""

    def direction(self, gradient, curvature, memory):
        memory = gradient if memory is None else 0.9 * memory + gradient
        return memory, memory


class LastGradient:
    """Keeps the gradient array itself, so a run may not use it again."""

    def direction(self, gradient, curvature, memory):
        return (gradient if memory is None else gradient + 0.5 * memory), gradient


class Half:
    """A fixed preconditioner of somebody else's: the inverse root, by its own words."""

    def weights(self, curvature):
        return 1 / np.sqrt(curvature)

    def direction(self, gradient, curvature, memory):
        return gradient / np.sqrt(curvature), memory


def by_hand(rule, steps, rate):
    theta, kept = np.array(START), None
    for _ in range(steps):
        gradient = REGRESSION.covariance @ (theta - REGRESSION.optimum)
        if rule is HeavyBall:
            kept = gradient if kept is None else 0.9 * kept + gradient
            move = kept
        else:
            move = gradient if kept is None else gradient + 0.5 * kept
            kept = gradient
        theta = theta - rate * move
    return theta


@pytest.mark.parametrize("rule", [HeavyBall, LastGradient])
@pytest.mark.parametrize("problem", [QUADRATIC, REGRESSION], ids=["quadratic", "regression"])
def test_a_rule_may_keep_what_it_was_given(rule, problem):
    run = dp.descend(problem, rule(), start=START, learning_rate=0.05, steps=7)
    np.testing.assert_allclose(run.parameters[-1], by_hand(rule, 7, 0.05), rtol=1e-12)


def test_without_noise_a_regression_is_its_expected_loss():
    options = {"start": START, "learning_rate": [0.1, 0.3], "steps": 9}
    one = dp.descend(REGRESSION, dp.Adam(0.5, 0.9), **options)
    two = dp.descend(QUADRATIC, dp.Adam(0.5, 0.9), **options)
    np.testing.assert_array_equal(one.coordinates, two.coordinates)
    found, rates = dp.line_search(REGRESSION, dp.GaussNewton(), start=START, steps=5)
    expected, more = dp.line_search(QUADRATIC, dp.GaussNewton(), start=START, steps=5)
    np.testing.assert_array_equal(found.coordinates, expected.coordinates)
    np.testing.assert_array_equal(rates, more)
    rule, options = dp.GaussNewton(), {"start": START, "learning_rate": 0.3, "step": 10**5}
    np.testing.assert_array_equal(
        dp.parameters_at(REGRESSION, rule, **options), dp.parameters_at(QUADRATIC, rule, **options)
    )


@pytest.mark.parametrize("problem", [QUADRATIC, LOGISTIC], ids=["quadratic", "logistic"])
def test_a_rule_of_ones_own_runs_as_the_packages(problem):
    options = {"start": START, "learning_rate": 0.2, "steps": 8}
    mine = dp.descend(problem, Half(), **options)
    theirs = dp.descend(problem, dp.GaussNewton(-0.5), **options)
    np.testing.assert_allclose(mine.coordinates, theirs.coordinates, rtol=1e-13)
    found, _ = dp.line_search(problem, Half(), start=START, steps=5)
    expected, _ = dp.line_search(problem, dp.GaussNewton(-0.5), start=START, steps=5)
    np.testing.assert_allclose(found.coordinates, expected.coordinates, rtol=1e-13)


@pytest.mark.parametrize("problem", [REGRESSION, LOGISTIC], ids=["linear", "logistic"])
@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (Half(), dp.GaussNewton(-0.5)),
        (dp.SignDescent(), dp.Adam()),
        (dp.Weights([1.0, 1.0]), dp.GradientDescent()),
    ],
    ids=["half", "sign", "ones"],
)
def test_simulated_with_the_same_draws(problem, mine, theirs):
    options = {"start": START, "learning_rate": [0.05, 0.1], "batch_size": 2, "steps": 6, "runs": 5}
    risks = [
        dp.simulate(problem, rule, **options, rng=np.random.default_rng(3)).risks
        for rule in (mine, theirs)
    ]
    np.testing.assert_allclose(risks[0], risks[1], rtol=1e-12)
    others = dp.simulate(problem, mine, **options, rng=np.random.default_rng(4)).risks
    assert (np.abs(others[-1] / risks[0][-1] - 1) > 1e-3).any()


def test_a_rule_that_keeps_its_direction_is_simulated_as_written():
    options = {"start": START, "learning_rate": 0.01, "batch_size": 2, "steps": 4, "runs": 3}

    class Copies(HeavyBall):
        def direction(self, gradient, curvature, memory):
            direction, memory = super().direction(gradient.copy(), curvature, memory)
            return direction.copy(), memory

    kept, copied = (
        dp.simulate(REGRESSION, rule, **options, rng=np.random.default_rng(1)).risks
        for rule in (HeavyBall(), Copies())
    )
    np.testing.assert_array_equal(kept, copied)


def test_weights_of_ones_own_are_exact_everywhere():
    curvature = np.diagonal(REGRESSION.covariance)
    own = dp.Weights(1 / np.sqrt(curvature))
    rate = {"learning_rate": [0.05, 0.2], "batch_size": 3}
    for mine in (own, Half()):
        for function, more in (
            (dp.risk_curve, {"start": START, "steps": 5}),
            (dp.risk_at, {"start": START, "step": 500}),
            (dp.stationary_risk, {"momentum": 0.5}),
            (dp.averaged_risk, {}),
            (dp.averaged_risk_curve, {"start": START, "steps": 5}),
            (dp.spectral_radius, {}),
        ):
            found = function(REGRESSION, mine, **rate, **more)
            expected = function(REGRESSION, dp.GaussNewton(-0.5), **rate, **more)
            np.testing.assert_allclose(found, expected, rtol=1e-12)
        assert dp.condition_number(QUADRATIC, mine) == pytest.approx(
            dp.condition_number(QUADRATIC, dp.GaussNewton(-0.5)), rel=1e-12
        )
        options = {"start": START, "learning_rate": 0.3, "step": 1000}
        np.testing.assert_allclose(
            dp.parameters_at(QUADRATIC, mine, **options),
            dp.parameters_at(QUADRATIC, dp.GaussNewton(-0.5), **options),
            rtol=1e-12,
        )


def test_sign_descent_is_adam_without_arguments():
    options = {"start": START, "learning_rate": 0.3}
    adam, sign = (
        dp.descend(QUADRATIC, rule, **options, steps=9).coordinates
        for rule in (dp.Adam(), dp.SignDescent())
    )
    np.testing.assert_array_equal(adam, sign)
    diagonal = dp.Quadratic(np.diag([2.0, 1.0]))
    late = [dp.parameters_at(diagonal, r, **options, step=9) for r in (dp.Adam(), dp.SignDescent())]
    np.testing.assert_array_equal(*late)


class Odd:
    """Weights that no preconditioner has."""

    def __init__(self, weights):
        self._weights = weights

    def weights(self, curvature):
        return self._weights


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ([1.0, 2.0, 3.0], r"got weights of shape \(3,\) and dtype float64, need real ones"),
        (["1", "2"], r"got weights of shape \(2,\) and dtype <U1, need real ones"),
        (None, r"got weights of shape \(\) and dtype object, need real ones"),
        ([1.0, 0.0], "got weights beyond the range of float64"),
        ([1.0, -1.0], "got a weight of -1, need weights above 0"),
        ([1.0, np.inf], "got weights beyond the range of float64"),
        ([1.0, np.nan], "got a weight of nan, need weights above 0"),
    ],
)
def test_unfit_weights_of_a_rule_are_refused(weights, told):
    with pytest.raises(ValueError, match=f"preconditioner: {told}"):
        dp.stationary_risk(REGRESSION, Odd(weights), learning_rate=0.1, batch_size=1)


class Answers:
    """A rule that answers what it is told to."""

    def __init__(self, answer):
        self.answer = answer

    def direction(self, gradient, curvature, memory):
        return self.answer


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (np.ones(2), r"got a direction\(\) that returns an array of shape \(2,\), need a pair"),
        (None, r"got a direction\(\) that returns None, need a pair"),
        ((np.ones(2), None, 1), r"need a pair \(direction, memory\)"),
        ((np.ones(3), None), r"got a direction of shape \(3,\) and dtype float64, need real"),
        ((np.ones((2, 2, 2, 2)), None), r"got a direction of shape \(2, 2, 2, 2\)"),
        ((None, None), r"got a direction of shape \(\) and dtype object"),
    ],
)
@pytest.mark.parametrize("run", ["descend", "line_search", "simulate"])
def test_what_is_no_direction_is_refused(run, answer, told):
    options = {"descend": {"learning_rate": 0.1}, "line_search": {}}.get(
        run,
        {"learning_rate": 0.1, "batch_size": 1, "runs": 2, "rng": np.random.default_rng(0)},
    )
    with pytest.raises(ValueError, match=rf"\Apreconditioner: .*{told}"):
        getattr(dp, run)(REGRESSION, Answers(answer), start=START, steps=2, **options)


@pytest.mark.parametrize("run", ["descend", "line_search", "simulate"])
@pytest.mark.parametrize("count", [1, 3])
def test_weights_of_another_length_are_refused(run, count):
    options = {"descend": {"learning_rate": 0.1}, "line_search": {}}.get(
        run,
        {"learning_rate": 0.1, "batch_size": 1, "runs": 2, "rng": np.random.default_rng(0)},
    )
    with pytest.raises(ValueError, match=rf"preconditioner: got {count} weights, need 2, one a"):
        getattr(dp, run)(REGRESSION, dp.Weights(np.ones(count)), start=START, steps=2, **options)


class Scribbler:
    """A rule that writes to what it is given."""

    def __init__(self, what):
        self.what = what

    def weights(self, curvature):
        curvature += 1
        return 1 / curvature

    def direction(self, gradient, curvature, memory):
        if self.what == "gradient":
            gradient /= curvature
            return gradient, None
        curvature += 1
        return gradient / curvature, None


@pytest.mark.parametrize("covariance", [[2.0, 1.0], [[2.0, 0.5], [0.5, 1.0]]], ids=["1-d", "2-d"])
def test_a_rule_may_write_to_the_gradient_but_not_to_the_problem(covariance):
    regression = dp.GaussianRegression(covariance, 0.5)
    before = regression.covariance.copy()
    options = {"start": START, "learning_rate": [0.1, 0.2], "steps": 4}
    mine = dp.descend(regression, Scribbler("gradient"), **options)
    theirs = dp.descend(regression, dp.GaussNewton(-1), **options)
    np.testing.assert_allclose(mine.coordinates, theirs.coordinates, rtol=1e-12)
    with pytest.raises(ValueError, match="read-only"):
        dp.descend(regression, Scribbler("curvature"), **options)
    with pytest.raises(ValueError, match="read-only"):
        dp.stationary_risk(regression, Scribbler(""), learning_rate=0.1, batch_size=1)
    np.testing.assert_array_equal(regression.covariance, before)


def test_several_rates_with_a_memory_are_the_rates_alone():
    rates = [0.01, 0.05]
    many = dp.descend(QUADRATIC, HeavyBall(), start=START, learning_rate=rates, steps=6)
    for n, rate in enumerate(rates):
        one = dp.descend(QUADRATIC, HeavyBall(), start=START, learning_rate=rate, steps=6)
        np.testing.assert_allclose(many.coordinates[:, n], one.coordinates, rtol=1e-12)


def test_a_line_search_with_a_memory_goes_down():
    run, rates = dp.line_search(QUADRATIC, HeavyBall(), start=START, steps=8, first=0.3)
    assert (np.diff(run.loss) <= 0).all()
    assert rates[0] > 0


def test_any_object_with_a_frame_is_a_problem():
    class Half:
        def in_basis(self, basis=None):
            return QUADRATIC.in_basis(basis)

    options = {"start": START, "learning_rate": 0.1, "steps": 3}
    found = dp.descend(Half(), dp.Adam(0.9, 0.9), **options)
    expected = dp.descend(QUADRATIC, dp.Adam(0.9, 0.9), **options)
    np.testing.assert_array_equal(found.coordinates, expected.coordinates)


@pytest.mark.parametrize(
    "problem", [QUADRATIC, REGRESSION, LOGISTIC], ids=lambda p: type(p).__name__
)
def test_runs_go_to_another_process_and_back(problem):
    run = dp.descend(problem, dp.Sophia(), start=START, learning_rate=0.1, steps=3)
    back = pickle.loads(pickle.dumps(run))
    np.testing.assert_array_equal(back.parameters, run.parameters)
    np.testing.assert_array_equal(back.status, run.status)


def test_a_single_weight_is_for_all_coordinates():
    options = {"learning_rate": 0.1, "batch_size": 1}
    found = dp.stationary_risk(REGRESSION, Odd(2.0), **options)
    expected = dp.stationary_risk(REGRESSION, dp.Weights([2.0, 2.0]), **options)
    assert found == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("rule", [dp.Adam, HeavyBall, "adam", None, np.sign, dp.LongMemoryAdam()])
def test_what_is_no_rule_is_refused(rule):
    with pytest.raises(
        ValueError, match=r"\Apreconditioner: got .*, need an object with a direction"
    ):
        dp.descend(QUADRATIC, rule, start=START, learning_rate=0.1, steps=1)


def test_a_rule_without_weights_has_no_exact_risk():
    with pytest.raises(ValueError, match="need one with fixed weights, such as"):
        dp.stationary_risk(REGRESSION, HeavyBall(), learning_rate=0.1, batch_size=1)


def test_rules_by_name():
    assert dp.rules("GN^-1/2", "GD") == {
        "GN^-1/2": dp.GaussNewton(-0.5),
        "GD": dp.GradientDescent(),
    }
    assert list(dp.rules()) == ["GN^-1", "GN^-1/2", "GD", "Adam", "Sophia"]
    assert dp.rules()["Adam"] == dp.SignDescent()
    assert set(dp.rules()) == set(figures.STYLES) == set(figures.LABELS)
    for wrong in ("adam", "", None, ["GD"]):
        with pytest.raises(ValueError, match=r"\Anames: got .*, need names among GN\^-1, GN"):
            dp.rules("GD", wrong)
