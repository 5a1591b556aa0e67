"""Symmetries and laws of logistic regression, on examples that Hypothesis chooses (claim B-1)."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import diagprec_core as dp

SMOOTH = [
    dp.GradientDescent(),
    dp.GaussNewton(-1),
    dp.GaussNewton(-0.5),
    dp.GaussNewton(-1, damping=0.02),
    dp.Sophia(),
]
RULES = [*SMOOTH, dp.Adam(), dp.IdealisedAdam(), dp.Adam(0.9, 0.99), dp.Adam(0.5, 0.9, 0.01)]
every_rule = pytest.mark.parametrize("rule", RULES, ids=repr)
few = settings(max_examples=30)  # for each of the rules

STEPS = 5
seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 4)
rates = st.floats(0.01, 0.5)


class Case:
    """Random features, weights and soft labels, with a random basis and start."""

    def __init__(self, d, seed):
        rng = np.random.default_rng(seed)
        count = d + int(rng.integers(0, 6))
        self.basis, self.turn = (np.linalg.qr(rng.standard_normal((d, d)))[0] for _ in range(2))
        left, _, right = np.linalg.svd(rng.standard_normal((count, d)), full_matrices=False)
        self.features = np.sqrt(count) * (left * rng.uniform(0.3, 1.5, d)) @ right
        self.weights = rng.dirichlet(np.full(count, 5.0))
        self.labels = rng.uniform(0.05, 0.95, count)
        self.start, self.rng = rng.standard_normal(d), rng

    def problem(self, turn=None):
        features = self.features if turn is None else self.features @ turn.T
        return dp.LogisticRegression(features, self.weights, self.labels)

    def run(self, rule, rate, *, basis=None, turn=None, problem=None, start=None):
        """Run the case as it is, in another basis, or turned as a whole."""
        basis = self.basis if basis is None else basis
        start = self.start if start is None else start
        return dp.descend(
            problem or self.problem(turn),
            rule,
            start=start if turn is None else turn @ start,
            learning_rate=rate,
            steps=STEPS,
            basis=basis if turn is None else turn @ basis,
        )

    def discard(self, run, rule):
        """Discard what magnifies rounding errors: a far excursion, or a jump of a rule at 0."""
        assume((np.abs(run.parameters) < 6).all())
        if rule not in SMOOTH:
            gradients = self.problem().gradient(run.parameters) @ self.basis
            assume(np.abs(gradients).min() > 1e-4)


def agree(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8 * (1 + np.abs(expected).max()))


@every_rule
@few
@given(d=sizes, seed=seeds, rate=rates)
def test_turning_features_and_basis_together_changes_nothing(rule, d, seed, rate):
    case = Case(d, seed)
    plain = case.run(rule, rate)
    case.discard(plain, rule)
    turned = case.run(rule, rate, turn=case.turn)
    agree(turned.coordinates, plain.coordinates)
    agree(turned.parameters, plain.parameters @ case.turn.T)
    agree(turned.loss, plain.loss)


def test_turning_the_features_alone_changes_something():
    case = Case(3, 0)
    for rule in (dp.Adam(), dp.GaussNewton()):
        plain = case.run(rule, 0.3)
        turned = case.run(rule, 0.3, turn=case.turn, basis=case.turn.T @ case.basis)
        assert np.abs(turned.parameters - plain.parameters @ case.turn.T).max() > 0.01


@every_rule
@few
@given(d=sizes, seed=seeds, rate=rates)
def test_signs_and_order_of_the_basis_vectors_change_nothing(rule, d, seed, rate):
    case = Case(d, seed)
    plain = case.run(rule, rate)
    case.discard(plain, rule)
    order, signs = case.rng.permutation(d), case.rng.choice([-1, 1], d)
    other = case.run(rule, rate, basis=(case.basis * signs)[:, order])
    agree(other.parameters, plain.parameters)
    agree(other.coordinates, (plain.coordinates * signs)[..., order])


@given(d=sizes, seed=seeds, rate=rates)
def test_gradient_descent_does_not_feel_the_basis(d, seed, rate):
    case = Case(d, seed)
    found = case.run(dp.GradientDescent(), rate)
    agree(found.parameters, case.run(dp.GradientDescent(), rate, basis=np.eye(d)).parameters)


@given(d=sizes, seed=seeds, rate=rates, power=st.floats(-2, 1))
def test_power_0_is_gradient_descent_and_damping_0_is_none(d, seed, rate, power):
    case = Case(d, seed)
    descent = case.run(dp.GradientDescent(), rate)
    for rule in (dp.GaussNewton(0), dp.GaussNewton(0, damping=3.0)):
        np.testing.assert_array_equal(case.run(rule, rate).coordinates, descent.coordinates)
    plain = case.run(dp.GaussNewton(power), rate)
    undamped = case.run(dp.GaussNewton(power, damping=0.0), rate)
    np.testing.assert_array_equal(undamped.coordinates, plain.coordinates)
    # Much damping makes every rule gradient descent: (h + l)^p l^-p tends to 1.
    damped = case.run(dp.GaussNewton(power, damping=1e12), rate * 1e12**-power)
    agree(damped.parameters, descent.parameters)


@given(d=sizes, seed=seeds, rate=rates, factor=st.floats(1e-3, 1e3))
def test_newton_does_not_feel_the_units_of_the_features(d, seed, rate, factor):
    case = Case(d, seed)
    larger = dp.LogisticRegression(factor * case.features, case.weights, case.labels)
    plain = case.run(dp.GaussNewton(-1), rate)
    case.discard(plain, dp.GaussNewton(-1))
    found = case.run(dp.GaussNewton(-1), rate, problem=larger, start=case.start / factor)
    agree(factor * found.parameters, plain.parameters)
    agree(found.loss, plain.loss)


@every_rule
@few
@given(d=sizes, seed=seeds, rate=rates)
def test_swapping_the_labels_turns_the_sign(rule, d, seed, rate):
    case = Case(d, seed)
    plain = case.run(rule, rate)
    case.discard(plain, rule)
    swapped = dp.LogisticRegression(case.features, case.weights, 1 - case.labels)
    found = case.run(rule, rate, problem=swapped, start=-case.start)
    agree(found.parameters, -plain.parameters)
    agree(found.loss, plain.loss)


@given(d=sizes, seed=seeds, rate=rates)
def test_an_example_may_be_split(d, seed, rate):
    # Half the weight on each copy, and the label's probability as the mean of theirs.
    case = Case(d, seed)
    spread = 0.5 * np.minimum(case.labels, 1 - case.labels)
    split = dp.LogisticRegression(
        np.vstack([case.features] * 2),
        np.append(case.weights, case.weights) / 2,
        np.append(case.labels + spread, case.labels - spread),
    )
    plain = case.run(dp.GaussNewton(-0.5), rate)
    case.discard(plain, dp.GaussNewton(-0.5))
    found = case.run(dp.GaussNewton(-0.5), rate, problem=split)
    agree(split.optimum, case.problem().optimum)
    agree(found.parameters, plain.parameters)
    agree(found.loss, plain.loss)
    args = {"batch_size": 3, "basis": case.basis}
    agree(
        dp.second_moment(split, case.start, **args),
        dp.second_moment(case.problem(), case.start, **args),
    )


@given(d=sizes, seed=seeds, size=st.floats(0.1, 5))
def test_gradient_and_matrix_are_the_derivatives_of_the_loss(d, seed, size):
    case = Case(d, seed)
    problem, theta, step = case.problem(), size * case.start, 1e-4
    moves = step * np.eye(d)
    slopes = (problem.loss(theta + moves) - problem.loss(theta - moves)) / (2 * step)
    np.testing.assert_allclose(problem.gradient(theta), slopes, rtol=0, atol=1e-7)
    bends = (problem.gradient(theta + moves) - problem.gradient(theta - moves)) / (2 * step)
    np.testing.assert_allclose(problem.gauss_newton(theta), bends, rtol=0, atol=1e-7)


@given(d=sizes, seed=seeds, size=st.floats(1e-8, 1e3))
def test_the_optimum_is_where_the_loss_is_smallest(d, seed, size):
    case = Case(d, seed)
    problem = case.problem()
    assert np.abs(problem.gradient(problem.optimum)).max() < 1e-14
    errors = size * case.rng.standard_normal((20, d))
    frame = problem.in_basis(case.basis)
    excess = frame.loss(errors, frame.gradient(errors))
    assert (excess > 0).all()
    # Convexity: the gradient points away from the optimum.
    assert ((errors * frame.gradient(errors)).sum(axis=1) >= excess).all()


@given(d=sizes, seed=seeds, batch_size=st.integers(1, 1000))
def test_the_second_moment_is_between_its_bounds(d, seed, batch_size):
    # SXL-3: between V_u/B and V_u, with V_u the moment at batch size 1.
    case = Case(d, seed)
    problem, thetas = case.problem(), case.rng.standard_normal((5, d))
    single, batch = (
        dp.second_moment(problem, thetas, batch_size=b, basis=case.basis) for b in (1, batch_size)
    )
    mean = problem.gradient(thetas) @ case.basis
    agree(batch, single / batch_size + (1 - 1 / batch_size) * mean**2)
    assert (batch <= single * (1 + 1e-12)).all()
    assert (batch >= single / batch_size * (1 - 1e-12)).all()
