"""Logistic regression against sums over examples in many digits, and against dense loops."""

import itertools

import mpmath
import numpy as np
import pytest
from scipy.special import expit

import diagprec_core as dp
from diagprec_core.problems.logistic_frame import divergence, slope

N, D, STEPS = 9, 3, 15
RULES = [
    dp.GradientDescent(),
    dp.GaussNewton(-1),
    dp.GaussNewton(-0.5),
    dp.GaussNewton(0.7),
    dp.GaussNewton(-1, damping=0.03),
    dp.Adam(),
    dp.Adam(eps=0.1),
    dp.Adam(0.9, 0.99),
    dp.Adam(0.9, 0.999, 1e-8),
    dp.IdealisedAdam(),
    dp.Sophia(0.5),
]
every_rule = pytest.mark.parametrize("rule", RULES, ids=repr)


@pytest.fixture
def data():
    """Features, weights and label probabilities without structure, some labels hard."""
    rng = np.random.default_rng(1)
    labels = rng.uniform(0, 1, N)
    labels[:2] = 0, 1
    return rng.standard_normal((N, D)), rng.dirichlet(np.full(N, 3.0)), labels


@pytest.fixture
def problem(data):
    return dp.LogisticRegression(*data)


@pytest.fixture(params=["identity", "eigenbasis", "random"])
def basis(request, rotation, problem):
    if request.param == "identity":
        return None
    if request.param == "random":
        return rotation(D, 77)
    return np.linalg.eigh(problem.gauss_newton(problem.optimum))[1]


def precisely(features, weights, labels, theta):
    """Loss, gradient and GN matrix in 700 digits, rounded to floats in the end."""
    d = np.shape(features)[1]
    with mpmath.workdps(700):
        loss, gradient, matrix = mpmath.mpf(0), [mpmath.mpf(0)] * d, mpmath.matrix(d, d)
        for x, w, q in zip(features, weights, labels, strict=True):
            x, w, q = [mpmath.mpf(float(v)) for v in x], mpmath.mpf(float(w)), mpmath.mpf(float(q))
            z = sum(v * mpmath.mpf(float(t)) for v, t in zip(x, theta, strict=True))
            s = 1 / (1 + mpmath.exp(-z))
            loss -= w * ((q * mpmath.log(s) if q else 0) + (1 - q) * mpmath.log(1 - s))
            for i in range(d):
                gradient[i] += w * (s - q) * x[i]
                for j in range(d):
                    matrix[i, j] += w * s * (1 - s) * x[i] * x[j]
        return float(loss), np.array(gradient, float), np.array(matrix.tolist(), float)


@pytest.mark.parametrize("size", [0.0, 1.0, 30.0, 300.0, 1000.0])
@pytest.mark.parametrize("label", [0.5, 0.0, 1.0, 0.3, 1e-12])
def test_one_logit_of_any_size_is_right_to_rounding(label, size):
    # The last example, of next to no weight, keeps hard labels from being separable.
    features, weights = [[1.0], [1.0], [-1e-30]], [0.5, 0.5 - 1e-30, 1e-30]
    labels = [label, label, 1.0 if label == 1 else 0.0]
    problem = dp.LogisticRegression(features, weights, labels)
    for z in {size, -size}:
        loss, gradient, matrix = precisely(features, weights, labels, [z])
        assert problem.loss([z]) == pytest.approx(loss, rel=1e-14, abs=0)
        np.testing.assert_allclose(problem.gradient([z]), gradient, rtol=1e-14)
        if size < 700:
            np.testing.assert_allclose(problem.gauss_newton([z]), matrix, rtol=1e-13)
        assert np.isfinite(problem.in_basis().curvature(np.array([z]))).all()


@pytest.mark.parametrize("size", [1.0, 10.0, 300.0])
def test_loss_gradient_and_matrix_are_sums_over_examples(problem, data, size):
    thetas = size * np.random.default_rng(2).standard_normal((2, 2, D))
    found = problem.loss(thetas), problem.gradient(thetas), problem.gauss_newton(thetas)
    assert [f.shape for f in found] == [(2, 2), (2, 2, D), (2, 2, D, D)]
    np.testing.assert_allclose(problem.logits(thetas), thetas @ data[0].T, rtol=1e-14)
    for index in np.ndindex(2, 2):
        loss, gradient, matrix = precisely(*data, thetas[index])
        assert problem.loss(thetas[index]) == pytest.approx(loss, rel=1e-13)
        np.testing.assert_allclose(problem.gradient(thetas[index]), gradient, rtol=1e-12)
        for value, expected in zip(found, (loss, gradient, matrix), strict=True):
            np.testing.assert_allclose(value[index], expected, rtol=1e-11)


def test_the_dense_reference_of_the_other_tests_agrees(data, logistic_at):
    theta = np.array([0.5, -1.0, 0.2])
    for value, expected in zip(logistic_at(*data, theta), precisely(*data, theta), strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-13)


def test_defaults_are_equal_weights_and_a_fair_coin():
    features = np.random.default_rng(3).standard_normal((5, 2))
    plain = dp.LogisticRegression(features)
    np.testing.assert_array_equal(plain.optimum, [0, 0])
    assert plain.smallest_loss == pytest.approx(np.log(2), rel=1e-15)
    given = dp.LogisticRegression(features, [0.2] * 5, [0.5] * 5)
    np.testing.assert_array_equal(plain.gradient([1, 2]), given.gradient([1, 2]))


@pytest.mark.parametrize("seed", range(8))
def test_the_optimum_is_right_to_rounding_whatever_the_units(seed):
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((N, D)) * 10.0 ** rng.uniform(-9, 9, D)
    labels = rng.uniform(0, 1, N)
    if seed % 2:
        labels[:3] = 0, 1, 1
    if seed % 4 == 3:
        labels[4:] = rng.choice([1e-8, 1 - 1e-8], N - 4)
    weights = rng.dirichlet(np.ones(N))
    problem = dp.LogisticRegression(features, weights, labels)
    np.testing.assert_allclose(problem.optimum, refined_optimum(problem), rtol=2e-13)


def refined_optimum(problem):
    """Newton's method in 50 digits, from where the package ended."""
    with mpmath.workdps(50):
        x, theta = (mpmath.matrix(a.tolist()) for a in (problem.features, problem.optimum))
        q, w = problem.label_probability.tolist(), problem.weights.tolist()
        for _ in range(5):
            s = [1 / (1 + mpmath.exp(-z)) for z in x * theta]
            residual = mpmath.matrix([w[j] * (s[j] - q[j]) for j in range(len(q))])
            scaled = mpmath.diag([w[j] * s[j] * (1 - s[j]) for j in range(len(q))])
            step = mpmath.lu_solve(x.T * scaled * x, x.T * residual)
            theta -= step
        assert all(abs(a) < 1e-30 * abs(b) for a, b in zip(step, theta, strict=True))
        return np.array(theta, float).reshape(-1)


@pytest.mark.parametrize("seed", [23, 43])
def test_the_optimum_of_data_on_which_newton_needs_to_backtrack(seed):
    rng = np.random.default_rng(seed)
    features = 10.0 ** rng.uniform(-1, 2, (5, 1)) * rng.standard_normal((5, 2))
    labels = rng.choice([0, 1, 0.5], 5, p=[0.45, 0.45, 0.1])
    weights = 0.9 * rng.dirichlet(np.full(5, 0.3)) + 0.02
    problem = dp.LogisticRegression(features, weights, labels)
    np.testing.assert_allclose(problem.optimum, refined_optimum(problem), rtol=1e-11)
    theta, losses = np.zeros(2), []
    for _ in range(20):
        losses.append(problem.loss(theta))
        if np.abs(problem.logits(theta)).max() > 300:
            break
        theta = theta - np.linalg.solve(problem.gauss_newton(theta), problem.gradient(theta))
    assert np.diff(losses).max() > 1  # full steps overshoot


@pytest.mark.parametrize("label", [1e-300, 1e-40, 0.2, 1 - 1e-15])
def test_the_optimum_of_one_feature_is_the_logit_of_its_label(label):
    found = dp.LogisticRegression([[2.0]], label_probability=label).optimum
    expected = mpmath.log(mpmath.mpf(label) / (1 - mpmath.mpf(label))) / 2
    np.testing.assert_allclose(found, float(expected), rtol=1e-14)


def test_hard_labels_that_overlap_by_little_have_a_far_optimum():
    # s(-t) = 1e-8 s(1e-8 t) at the best theta t
    found = dp.LogisticRegression([[1.0], [1e-8]], label_probability=[1, 0]).optimum[0]
    assert found == pytest.approx(np.log(2e8), rel=1e-6)


SEPARABLE = {
    "one side": ([[1.0], [2.0]], [1, 1]),
    "two sides": ([[1.0], [-2.0]], [1, 0]),
    "in one direction only": ([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]], [1, 1, 0]),
    "on the boundary": ([[1.0, 1.0], [1.0, -1.0], [-1.0, -1.0], [2.0, 0.0]], [1, 1, 1, 1]),
    "beside soft labels": ([[1.0, 0.0], [0.0, 1.0]], [0.5, 1.0]),
    "in small units": ([[1e-12, 0.0], [0.0, 1.0], [0.0, 1.0]], [1, 1, 0]),
    "in a column of small units": ([[1e-12, 1.0], [1e-12, -1.0]], [1, 1]),
    "by a short example": ([[1.0, 0.0], [0.0, 1e-12], [0.0, 1.0]], [0.5, 1, 1]),
}


@pytest.mark.parametrize("name", SEPARABLE)
def test_labels_that_can_be_separated_are_refused(name):
    features, labels = SEPARABLE[name]
    with pytest.raises(ValueError, match=r"label_probability: got labels that a hyperplane"):
        dp.LogisticRegression(features, label_probability=labels)
    # One label of each kind more, at the same features, and nothing is separable.
    doubled = dp.LogisticRegression(
        np.vstack([features, features]), label_probability=np.append(labels, 1.0 - np.array(labels))
    )
    assert np.abs(doubled.gradient(doubled.optimum)).max() < 1e-15


def test_units_do_not_make_features_dependent():
    assert dp.LogisticRegression([[1.0, 1e-30], [1.0, -1e-30]]).dimension == 2


def test_a_well_specified_problem_has_the_optimum_that_it_was_given():
    features = np.random.default_rng(4).standard_normal((6, 2))
    for size in (1.0, 20.0, 250.0):
        optimum = size * np.array([1.0, -0.5])
        problem = dp.LogisticRegression.well_specified(features, optimum)
        np.testing.assert_array_equal(problem.optimum, optimum)
        np.testing.assert_allclose(problem.label_probability, expit(features @ optimum), rtol=1e-13)
        # No digit of 1 - q is lost where q rounds to 1: the gradient there is still right.
        np.testing.assert_array_equal(problem.in_basis().gradient(np.zeros(2)), [0, 0])
        scale = (problem.weights * slope(features @ optimum)) @ np.abs(features)
        assert (np.abs(problem.gradient(optimum)) <= 1e-13 * scale).all()
    newton = dp.LogisticRegression(features, None, expit(features @ [1.0, -0.5])).optimum
    np.testing.assert_allclose(newton, [1.0, -0.5], rtol=1e-14)


@pytest.mark.parametrize("size", [1e-12, 1e-3, 0.3, 1.0, 10.0, 1000.0])
@pytest.mark.parametrize("z", [0.0, 0.7, -3.0, 40.0, -200.0])
def test_the_divergence_keeps_its_digits(z, size):
    for shift in (size, -size):
        with mpmath.workdps(1200):
            z0, e = mpmath.mpf(z), mpmath.mpf(shift)
            exact = mpmath.log((1 + mpmath.exp(z0 + e)) / (1 + mpmath.exp(z0)))
            exact = float(exact - e / (1 + mpmath.exp(-z0)))
        assert divergence(np.array([shift]), np.array([z]))[0] == pytest.approx(exact, rel=2e-13)


def test_the_slope_is_even_and_keeps_its_digits():
    z = np.array([0.0, 1e-9, 1.0, 37.0, 300.0, 700.0])
    exact = [float(1 / (2 + mpmath.exp(v) + mpmath.exp(-v))) for v in map(mpmath.mpf, z)]
    np.testing.assert_allclose(slope(z), exact, rtol=1e-14)
    np.testing.assert_array_equal(slope(-z), slope(z))
    np.testing.assert_array_equal(slope(np.array([1000.0, -1000.0])), [0, 0])


def test_a_frame_is_the_problem_in_other_coordinates(problem, basis):
    frame, axes = problem.in_basis(basis), np.eye(D) if basis is None else basis
    thetas = 3 * np.random.default_rng(5).standard_normal((4, D))
    errors = frame.coordinates(thetas)
    np.testing.assert_allclose(errors, (thetas - problem.optimum) @ axes, rtol=1e-13)
    np.testing.assert_allclose(frame.parameters(errors), thetas, rtol=1e-13)
    np.testing.assert_allclose(frame.logits(errors), problem.logits(thetas), rtol=1e-12)
    gradient = frame.gradient(errors)
    np.testing.assert_allclose(gradient, problem.gradient(thetas) @ axes, rtol=1e-12, atol=1e-15)
    matrices = axes.T @ problem.gauss_newton(thetas) @ axes
    diagonals = np.diagonal(matrices, axis1=-2, axis2=-1)
    np.testing.assert_allclose(frame.curvature(errors), diagonals, rtol=1e-12)
    excess = problem.loss(thetas) - problem.smallest_loss
    np.testing.assert_allclose(frame.loss(errors, gradient), excess, rtol=1e-12)
    out = np.empty_like(gradient)
    assert frame.gradient(errors, out=out) is out
    np.testing.assert_array_equal(out, gradient)


@pytest.mark.parametrize("size", [1e-150, 1e-12, 1e-6])
def test_near_the_optimum_nothing_cancels(problem, basis, size):
    frame, axes = problem.in_basis(basis), np.eye(D) if basis is None else basis
    errors = size * np.array([1.0, -2.0, 0.5])
    hessian = axes.T @ problem.gauss_newton(problem.optimum) @ axes
    tolerance = 10 * size + 1e-13
    gradient = frame.gradient(errors)
    np.testing.assert_allclose(gradient, hessian @ errors, rtol=tolerance)
    loss = frame.loss(errors, gradient)
    assert loss == pytest.approx(0.5 * errors @ hessian @ errors, rel=tolerance, abs=0)
    assert frame.loss(0 * errors, gradient) == 0


def test_zeros_of_an_eigenbasis_are_zeros(rotation):
    instance = dp.SkewedLogistic([0.5, 0.3, 0.2], [1.0, -2.0, 3.0], rotation(3, 8))
    for basis in (rotation(3, 8), dp.eigenbasis(instance.problem.gauss_newton(np.zeros(3)))):
        features = instance.problem.in_basis(basis).features
        assert np.count_nonzero(features) == 3
        np.testing.assert_allclose(np.sort(np.abs(features).max(axis=1)), [1, 2, 3], rtol=1e-14)
    # A basis that is none keeps every entry, and so do features in the identity basis.
    assert np.count_nonzero(instance.problem.in_basis(rotation(3, 9)).features) == 9
    assert np.count_nonzero(instance.problem.in_basis().features) == 9
    small = dp.LogisticRegression([[1.0, 1e-20], [1.0, -1e-20]])
    assert np.count_nonzero(small.in_basis(np.eye(2)).features) == 4


@every_rule
def test_descend_is_the_dense_loop(rule, problem, data, basis, logistic_run, logistic_at):
    start, rates = np.array([0.5, -1.0, 2.0]), [0.02, 0.1, 0.3]
    run = dp.descend(problem, rule, start=start, learning_rate=rates, steps=STEPS, basis=basis)
    assert run.parameters.shape == (STEPS + 1, 3, D)
    for n, rate in enumerate(rates):
        path = logistic_run(*data, rule, start, [rate] * STEPS, basis)
        np.testing.assert_allclose(run.parameters[:, n], path, rtol=1e-9, atol=1e-10)
        losses = [logistic_at(*data, theta)[0] - problem.smallest_loss for theta in path]
        np.testing.assert_allclose(run.loss[:, n], losses, rtol=1e-8, atol=1e-11)
        assert run.status[n] is dp.Status.FINITE


@every_rule
def test_schedules_and_starts_of_ones_own(rule, problem, data, basis, logistic_run):
    rng = np.random.default_rng(6)
    starts, schedules = rng.standard_normal((4, D)), rng.uniform(0, 0.3, (4, STEPS))
    many = dp.descend(
        problem, rule, start=starts, learning_rate=dp.Schedule(schedules), basis=basis
    )
    one = dp.descend(
        problem,
        rule,
        start=starts[2],
        learning_rate=dp.Schedule(schedules[2]),
        basis=basis,
        every=4,
    )
    for n in range(4):
        path = logistic_run(*data, rule, starts[n], schedules[n], basis)
        np.testing.assert_allclose(many.parameters[:, n], path, rtol=1e-9, atol=1e-10)
    np.testing.assert_array_equal(one.steps, [0, 4, 8, 12, 15])
    np.testing.assert_allclose(one.parameters, many.parameters[one.steps, 2], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("basis", [None, "rotated"])
@pytest.mark.parametrize("rule", [dp.GaussNewton(-1), dp.GaussNewton(-2)], ids=repr)
def test_an_infinite_step_is_a_divergence(rule, basis, rotation):
    basis = None if basis is None else rotation(2, 9)
    instance = dp.SkewedLogistic([0.5, 0.5], basis=basis)
    starts = instance.start([[1000.0, 1.0], [-1000.0, 0.0], [0.1, 0.1]])
    run = dp.descend(
        instance.problem, rule, start=starts, learning_rate=0.1, steps=6, basis=instance.basis
    )
    assert list(run.status) == [dp.Status.DIVERGED, dp.Status.DIVERGED, dp.Status.FINITE]
    assert np.isfinite(run.loss[0]).all()
    far = 0.5 * (500 - np.log(2))
    expected = [far + 0.5 * np.log(np.cosh(0.5)), far, np.log(np.cosh(0.05))]
    np.testing.assert_allclose(run.loss[0], expected, rtol=1e-13)
    assert (run.loss[1:, :2] == np.inf).all()
    assert (run.parameters[1:, :2] == np.inf).all()
    assert np.isfinite(run.parameters[:, 2]).all()


@pytest.mark.parametrize(
    "rule",
    [dp.GradientDescent(), dp.Adam(), dp.Sophia(), dp.GaussNewton(damping=0.1), dp.GaussNewton(0)],
    ids=repr,
)
def test_other_rules_come_down_from_a_flat_place(rule):
    instance = dp.SkewedLogistic([0.5, 0.5])
    start = instance.start([1000.0, -1000.0])
    run = dp.descend(instance.problem, rule, start=start, learning_rate=1.0, steps=20)
    assert run.status is dp.Status.FINITE
    assert run.loss[-1] < run.loss[0]
    if rule in (dp.Adam(), dp.Sophia()):  # where the curvature is 0 the clip is the sign
        np.testing.assert_array_equal(run.parameters[-1], [980, -980])


@pytest.mark.parametrize("rule", [dp.GaussNewton(-1), dp.GaussNewton(-0.5), dp.Sophia()], ids=repr)
def test_where_gradient_and_curvature_are_zero_there_is_no_step(rule):
    # A mini-batch that does not show a feature leaves its coordinate alone, however flat it is.
    with np.errstate(all="ignore"):
        direction, _ = rule.direction(
            np.array([[0.0, 0.1], [1.0, 0.1], [np.nan, 0.0]]), np.array([0.0, 0.25]), None
        )
    assert direction[0, 0] == 0
    assert direction[1, 0] == (1 if rule == dp.Sophia() else np.inf)
    assert np.isnan(direction[2, 0])
    assert (direction[:2, 1] > 0).all()
    assert direction[2, 1] == 0


def test_newton_on_the_logits_converges_below_any_rounding_error():
    # Coordinates are measured from the optimum, as on a quadratic: no floor at 1e-16.
    optimum = np.array([0.3, -2.0, 1.0])
    problem = dp.LogisticRegression.well_specified(np.eye(3), optimum)
    run = dp.descend(problem, dp.GaussNewton(), start=optimum + 0.5, learning_rate=1.0, steps=9)
    assert run.error[-1] < 1e-80
    assert (run.loss > 0).sum() >= 7


@pytest.mark.parametrize("batch_size", [1, 2, 3])
def test_second_moment_is_the_mean_over_all_batches(batch_size, rotation):
    rng = np.random.default_rng(10)
    features, weights = rng.standard_normal((3, 2)), rng.dirichlet(np.ones(3))
    labels, theta, basis = rng.uniform(0, 1, 3), np.array([0.4, -1.5]), rotation(2, 11)
    problem = dp.LogisticRegression(features, weights, labels)
    examples = [
        (w * (q if y else 1 - q), basis.T @ ((1 / (1 + np.exp(-(x @ theta))) - y) * x))
        for x, w, q in zip(features, weights, labels, strict=True)
        for y in (0, 1)
    ]
    expected = np.zeros(2)
    for batch in itertools.product(examples, repeat=batch_size):
        chance = np.prod([p for p, _ in batch])
        expected += chance * (sum(g for _, g in batch) / batch_size) ** 2
    found = problem.second_moment(theta, batch_size=batch_size, basis=basis)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    same = dp.second_moment(problem, [[theta, theta]], batch_size=batch_size, basis=basis)
    np.testing.assert_allclose(same, [[expected, expected]], rtol=1e-12)
    plain = dp.second_moment(problem, theta, batch_size=batch_size)
    turned = dp.second_moment(problem, theta, batch_size=batch_size, basis=np.eye(2)[:, ::-1])
    np.testing.assert_allclose(turned, plain[::-1], rtol=1e-14)


def test_at_the_optimum_the_second_moment_is_the_curvature_if_labels_follow_the_model(rotation):
    features, basis = np.random.default_rng(12).standard_normal((7, 3)), rotation(3, 13)
    problem = dp.LogisticRegression.well_specified(features, [3.0, -1.0, 30.0])
    curvature = np.diag(basis.T @ problem.gauss_newton(problem.optimum) @ basis)
    for batch_size in (1, 5):
        found = dp.second_moment(problem, problem.optimum, batch_size=batch_size, basis=basis)
        np.testing.assert_allclose(found, curvature / batch_size, rtol=1e-12)
    misspecified = dp.LogisticRegression(features, None, np.linspace(0.1, 0.9, 7))
    found = dp.second_moment(misspecified, misspecified.optimum, batch_size=1)
    assert np.abs(found / np.diag(misspecified.gauss_newton(misspecified.optimum)) - 1).max() > 0.01


def newton_in_many_digits(features, weights, labels, start):
    """Return the logits of the optimum near `start`, by Newton's method in 700 digits."""
    with mpmath.workdps(700):
        x, theta = mpmath.matrix(features.tolist()), mpmath.matrix(start.tolist())
        largest = mpmath.inf
        while largest > mpmath.mpf(10) ** -60:
            gradient = mpmath.zeros(x.cols, 1)
            curvature = mpmath.zeros(x.cols)
            for j, z in enumerate(x * theta):
                share = 1 / (1 + mpmath.exp(-z))
                row = x[j, :]
                gradient += mpmath.mpf(weights[j]) * (share - mpmath.mpf(labels[j])) * row.T
                curvature += mpmath.mpf(weights[j]) * share * (1 - share) * (row.T * row)
            step = mpmath.lu_solve(curvature, gradient)
            theta -= step
            largest = max(map(abs, x * step))
        return np.array([float(z) for z in x * theta])


FAR_OUT = {
    # 200 units out: the gradients of the far examples, e^-200, are lost in the rounding of a sum
    "hard labels": (
        [[0.0213, -0.00107], [-0.000425, 0.00082], [-0.00196, 0.0000618]],
        [1, 1, 1e-12],
    ),
    "tiny probabilities": (
        [[1.3, 0.2], [0.4, 1.1], [0.8, 0.7], [0.3, 0.9]],
        [1e-200, 1e-30, 1e-90, 1e-120],
    ),
    "columns in other units": (
        [[1e4, 1e-3], [3e4, 2e-3], [2e4, 5e-3]],
        [1e-30, 1e-150, 1e-80],
    ),
    "a logit of thousands": (
        [[1.0, 0.3], [4e3, -1e3], [0.2, -1.0], [-0.5, 0.4]],
        [0.3, 1e-100, 1.0, 0.6],
    ),
}


@pytest.mark.parametrize("case", FAR_OUT)
@pytest.mark.parametrize("spread", [0.0, 5.0])
def test_an_optimum_far_out_is_found_to_the_last_digits(case, spread):
    features, labels = map(np.array, FAR_OUT[case])
    weights = np.exp(spread * np.sin(np.arange(len(labels))))
    weights /= weights.sum()
    problem = dp.LogisticRegression(features, weights, labels)
    logits = features @ problem.optimum
    assert np.abs(logits).max() > 50
    expected = newton_in_many_digits(features, weights, labels, problem.optimum)
    np.testing.assert_allclose(logits, expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())


def test_an_optimum_without_curvature_is_refused_soon():
    steps = []

    def counted(*args):
        steps.append(None)
        return divergence(*args)

    # Logits of a thousand on both sides, held by nothing that float64 can see.
    problem = dp.LogisticRegression([[1.0], [-1.0]], [1 - 1e-300, 1e-300], [1.0, 1e-300])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("diagprec_core.problems.logistic.divergence", counted)
        with pytest.raises(ValueError, match="label_probability: got labels too near to separable"):
            problem.optimum  # noqa: B018
    assert len(steps) < 5000
