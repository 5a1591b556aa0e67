"""Symmetries and laws, on examples that Hypothesis chooses.

Two runs that agree in exact arithmetic agree here to rounding. Sign-like rules jump where a
gradient coordinate is 0, and there a rounding error would be a different step: `smooth` discards
the examples in which some coordinate, at some step, comes near 0. Adam with beta1 > 0 = beta2 is
left out for a related reason: m/|g| magnifies rounding errors from step to step.
"""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import diagprec_core as dp

SMOOTH = [dp.GradientDescent(), dp.GaussNewton(-1), dp.GaussNewton(-0.5), dp.Sophia()]
SCALE_FREE = [dp.Adam(), dp.IdealisedAdam(), dp.Adam(0.9, 0.99), dp.Adam(0.0, 0.9)]
RULES = [*SMOOTH, *SCALE_FREE, dp.Adam(0.5, 0.9, 0.01), dp.Adam(eps=0.1)]
every_rule = pytest.mark.parametrize("rule", RULES, ids=repr)

STEPS = 5
seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 6)
rates = st.floats(0.01, 0.5)
scales = st.floats(1e-3, 1e3)
amplitudes = st.floats(0.01, 100) | st.floats(-100, -0.01)


class Case:
    """A random dense quadratic with a random basis, start and optimum."""

    def __init__(self, d, seed):
        rng = np.random.default_rng(seed)
        self.axes, self.basis, self.turn = (
            np.linalg.qr(rng.standard_normal((d, d)))[0] for _ in range(3)
        )
        self.hessian = self.symmetric((self.axes * rng.uniform(0.1, 2, d)) @ self.axes.T)
        self.start, self.optimum = rng.standard_normal((2, d))
        self.rng = rng

    @staticmethod
    def symmetric(matrix):
        return (matrix + matrix.T) / 2

    def run(self, rule, rate, *, scale=1.0, basis=None, turned=False):
        """Run the case as it is, with the loss scaled, in another basis, or turned as a whole."""
        turn = self.turn if turned else np.eye(len(self.start))
        return dp.descend(
            dp.Quadratic(scale * self.symmetric(turn @ self.hessian @ turn.T), turn @ self.optimum),
            rule,
            start=turn @ self.start,
            learning_rate=rate,
            steps=STEPS,
            basis=turn @ (self.basis if basis is None else basis),
        )


def smooth(case, run, rule):
    """Discard an example in which a rule that jumps at 0 comes near a jump."""
    if rule in SMOOTH:
        return
    gradients = (run.parameters - case.optimum) @ case.hessian @ case.basis
    assume(np.abs(gradients).min() > 1e-4)


def agree(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8 * np.abs(expected).max())


@every_rule
@given(d=sizes, seed=seeds, rate=rates)
def test_turning_problem_and_basis_together_changes_nothing(rule, d, seed, rate):
    case = Case(d, seed)
    plain = case.run(rule, rate)
    smooth(case, plain, rule)
    turned = case.run(rule, rate, turned=True)
    agree(turned.coordinates, plain.coordinates)
    agree(turned.parameters, plain.parameters @ case.turn.T)
    agree(turned.loss, plain.loss)


@every_rule
@given(d=sizes, seed=seeds, rate=rates)
def test_signs_and_order_of_the_basis_vectors_change_nothing(rule, d, seed, rate):
    case = Case(d, seed)
    plain = case.run(rule, rate)
    smooth(case, plain, rule)
    order, signs = case.rng.permutation(d), case.rng.choice([-1, 1], d)
    other = case.run(rule, rate, basis=(case.basis * signs)[:, order])
    agree(other.parameters, plain.parameters)
    agree(other.coordinates, (plain.coordinates * signs)[..., order])


@given(d=sizes, seed=seeds, rate=rates)
def test_gradient_descent_does_not_feel_the_basis(d, seed, rate):
    case = Case(d, seed)
    for basis in (case.basis, case.axes):
        found = case.run(dp.GradientDescent(), rate, basis=basis).parameters
        agree(found, case.run(dp.GradientDescent(), rate, basis=np.eye(d)).parameters)


@given(d=sizes, seed=seeds, rate=rates, power=st.floats(-1.5, 0.5))
def test_gauss_newton_in_the_eigenbasis_is_the_full_matrix_power(d, seed, rate, power):
    case = Case(d, seed)
    values, vectors = np.linalg.eigh(case.hessian)
    full = (vectors * values**power) @ vectors.T
    theta = case.start
    found = case.run(dp.GaussNewton(power), rate, basis=dp.eigenbasis(case.hessian))
    for t in range(STEPS):
        theta = theta - rate * full @ case.hessian @ (theta - case.optimum)
        agree(found.parameters[t + 1], theta)


@pytest.mark.parametrize("rule", [*SCALE_FREE, dp.GaussNewton(-1), dp.Sophia()], ids=repr)
@given(d=sizes, seed=seeds, rate=rates, scale=scales)
def test_scale_free_rules_do_not_feel_the_scale_of_the_loss(rule, d, seed, rate, scale):
    case = Case(d, seed)
    plain = case.run(rule, rate)
    smooth(case, plain, rule)
    agree(case.run(rule, rate, scale=scale).parameters, plain.parameters)


@pytest.mark.parametrize("power", [-0.5, 0.0, 0.5, -2.0])
@given(d=sizes, seed=seeds, rate=rates, scale=scales)
def test_other_powers_turn_the_scale_of_the_loss_into_the_rate(power, d, seed, rate, scale):
    case = Case(d, seed)
    scaled = case.run(dp.GaussNewton(power), rate / scale ** (1 + power), scale=scale)
    agree(scaled.parameters, case.run(dp.GaussNewton(power), rate).parameters)


@given(d=sizes, seed=seeds, rate=rates, scale=scales)
def test_eps_is_measured_on_the_scale_of_the_gradient(d, seed, rate, scale):
    case = Case(d, seed)
    plain = case.run(dp.Adam(0.9, 0.99, 0.1), rate)
    agree(case.run(dp.Adam(0.9, 0.99, 0.1 * scale), rate, scale=scale).parameters, plain.parameters)


@given(
    seed=seeds,
    blocks=st.integers(1, 5),
    size=st.integers(2, 5),
    power=st.floats(-4, 4),
    rate=st.floats(0, 3),
)
def test_fiq_1_to_the_last_bit(seed, blocks, size, power, rate):
    rng = np.random.default_rng(seed)
    instance = dp.Blockwise(
        rng.uniform(1e-3, size - 1e-3, blocks), rng.choice([-1, 1], (blocks, size))
    )
    options = {
        "start": rng.standard_normal(blocks * size),
        "learning_rate": [rate, rate / 3],
        "steps": 30,
    }
    descent = dp.descend(instance.problem, dp.GradientDescent(), **options)
    newton = dp.descend(instance.problem, dp.GaussNewton(power), **options)
    np.testing.assert_array_equal(newton.coordinates, descent.coordinates)
    np.testing.assert_array_equal(newton.loss, descent.loss)


@given(
    exponents=st.lists(st.integers(-30, 30), min_size=1, max_size=6),
    amplitude=amplitudes,
    rate=rates,
    beta1=st.floats(0, 0.99),
    beta2=st.just(0.0) | st.floats(0.01, 0.999),  # so that the average does not underflow
)
def test_fiq_4_to_the_last_bit_for_powers_of_two(exponents, amplitude, rate, beta1, beta2):
    # The last coordinate has curvature 1; scaling by powers of two rounds nothing.
    problem = dp.Quadratic(np.diag([*np.ldexp(1.0, exponents), 1.0]))
    run = dp.descend(
        problem,
        dp.Adam(beta1, beta2),
        start=np.full(len(exponents) + 1, amplitude),
        learning_rate=rate,
        steps=40,
    )
    np.testing.assert_array_equal(
        run.coordinates, np.repeat(run.coordinates[:, -1:], len(exponents) + 1, axis=1)
    )


@given(d=sizes, seed=seeds, exponent=st.integers(-20, 20))
def test_fiq_4_to_the_last_bit_for_dense_problems_scaled_by_a_power_of_two(d, seed, exponent):
    case, rule = Case(d, seed), dp.Adam(0.9, 0.99)
    np.testing.assert_array_equal(
        case.run(rule, 0.1, scale=2.0**exponent).parameters, case.run(rule, 0.1).parameters
    )


@given(
    radius=st.floats(1e-3, 1e3),
    shares=st.lists(st.floats(-1, 1), min_size=1, max_size=8),
    kappa=st.floats(1, 1e12),
)
def test_halving_keeps_every_error_within_a_power_of_two(radius, shares, kappa):
    problem = dp.Quadratic(np.diag(np.geomspace(1 / kappa, 1, len(shares))))
    run = dp.descend(
        problem,
        dp.Adam(),
        start=radius * np.array(shares),
        learning_rate=dp.halving(radius, 20),
    )
    assert (run.error <= radius * 0.5**run.steps * (1 + 1e-9)).all()


@given(curvature=st.floats(0.1, 10), start=amplitudes, rate=rates, steps=st.integers(0, 400))
def test_sign_descent_stays_within_the_rate_once_it_has_arrived(curvature, start, rate, steps):
    found = dp.parameters_at(
        dp.Quadratic([[curvature]]), dp.Adam(), start=[start], learning_rate=rate, step=steps
    )
    assert abs(found[0]) <= max(rate, abs(start) - steps * rate) * (1 + 1e-9)
    # Where it comes from decides the lattice that it stays on: start + rate * integer.
    assert (found[0] - start) / rate == pytest.approx(
        round((found[0] - start) / rate), abs=1e-6
    ) or found[0] == pytest.approx(0, abs=1e-9)


class NoisyCase(Case):
    """The same with mini-batches: the Hessian is the features' covariance, and there is noise."""

    powers = (0.0, -0.5, -1.0, 0.3)

    def __init__(self, d, seed, batch_size):
        super().__init__(d, seed)
        self.batch_size, self.power = batch_size, self.rng.choice(self.powers)

    def ask(self, *, noise=0.5, size=1.0, scale=1.0, rates=(0.02, 0.1), basis=None, turned=False):
        """Return risks of every kind; start and noise times size, covariance times scale."""
        turn = self.turn if turned else np.eye(len(self.start))
        covariance = scale * self.symmetric(turn @ self.hessian @ turn.T)
        regression = dp.GaussianRegression(covariance, noise, turn @ self.optimum)
        rule = dp.GaussNewton(self.power)
        errors = size * (self.start - self.optimum)
        start = {"start": turn @ (self.optimum + errors)}
        options = {
            "learning_rate": np.array(rates),
            "batch_size": self.batch_size,
            "basis": turn @ (self.basis if basis is None else basis),
        }
        return {
            "curve": dp.risk_curve(regression, rule, **start, **options, steps=12),
            "late": dp.risk_at(regression, rule, **start, **options, step=1000),
            "floor": dp.stationary_risk(regression, rule, **options),
            "heavy": dp.stationary_risk(regression, rule, **options, momentum=0.7),
            "radius": dp.spectral_radius(regression, rule, **options),
        }


def same_risks(found, expected, factor=1.0):
    """Compare risks up to a factor; the spectral radius has no scale."""
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        factor_here = 1.0 if name == "radius" else factor
        np.testing.assert_allclose(found[name], factor_here * values, rtol=1e-7)


batches = st.integers(1, 100)


@given(d=sizes, seed=seeds, batch_size=batches)
def test_turning_regression_and_basis_together_changes_no_risk(d, seed, batch_size):
    case = NoisyCase(d, seed, batch_size)
    same_risks(case.ask(turned=True), case.ask())


@given(d=sizes, seed=seeds, batch_size=batches)
def test_signs_and_order_of_the_basis_vectors_change_no_risk(d, seed, batch_size):
    case = NoisyCase(d, seed, batch_size)
    order, signs = case.rng.permutation(d), case.rng.choice([-1, 1], d)
    same_risks(case.ask(basis=(case.basis * signs)[:, order]), case.ask())


@given(d=sizes, seed=seeds, batch_size=batches, size=scales)
def test_risks_grow_with_the_square_of_errors_and_noise(d, seed, batch_size, size):
    case = NoisyCase(d, seed, batch_size)
    same_risks(case.ask(noise=0.5 * size, size=size), case.ask(), size**2)


@given(d=sizes, seed=seeds, batch_size=batches, scale=scales)
def test_the_scale_of_the_features_goes_into_the_rate(d, seed, batch_size, scale):
    # Features and label noise times sqrt(scale): gradients times scale, P times scale^p.
    case = NoisyCase(d, seed, batch_size)
    rates = np.array([0.02, 0.1]) / scale ** (1 + case.power)
    scaled = case.ask(noise=0.5 * np.sqrt(scale), scale=scale, rates=rates)
    same_risks(scaled, case.ask(), scale)


@given(d=sizes, seed=seeds, batch_size=batches)
def test_risk_of_start_and_risk_of_noise_add_up(d, seed, batch_size):
    case = NoisyCase(d, seed, batch_size)
    both, start, noise = case.ask(), case.ask(noise=0.0), case.ask(size=0.0)
    for name in ("curve", "late"):
        np.testing.assert_allclose(both[name], start[name] + noise[name], rtol=1e-7)


@given(d=sizes, seed=seeds, batch_size=batches, size=scales)
def test_second_moments_turn_and_scale_with_the_problem(d, seed, batch_size, size):
    case = Case(d, seed)
    kurtosis, ask = case.rng.uniform(1.0, 5.0), {"batch_size": batch_size}
    plain = dp.second_moment(
        dp.GaussianRegression(case.hessian, 0.5, case.optimum),
        case.start,
        basis=case.basis,
        kurtosis=kurtosis,
        **ask,
    )
    turned = dp.GaussianRegression(
        case.symmetric(case.turn @ case.hessian @ case.turn.T),
        0.5 * size,
        size * case.turn @ case.optimum,
    )
    found = dp.second_moment(
        turned,
        size * case.turn @ case.start,
        basis=case.turn @ case.basis,
        kurtosis=kurtosis,
        **ask,
    )
    agree(found, size**2 * plain)
