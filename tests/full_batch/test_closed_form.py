"""`parameters_at` against stepping, against fractions and against many digits."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from references import many_digits

import diagprec_core as dp

FIXED = [dp.GradientDescent(), dp.GaussNewton(-1), dp.GaussNewton(-0.5), dp.GaussNewton(1.5)]
SIGN = [dp.Adam(), dp.IdealisedAdam()]
RATES = [0.0, 0.05, 0.4, 1.1]


def sign_descent(error, rate, steps):
    """Return e after so many steps of e - rate sign(e), in fractions."""
    error, rate = Fraction(error), Fraction(rate)
    for _ in range(steps):
        error -= rate * ((error > 0) - (error < 0))
    return error


@pytest.mark.parametrize("rule", FIXED, ids=repr)
@pytest.mark.parametrize("place", ["identity", "random", "eigenbasis"])
@pytest.mark.parametrize("step", [0, 1, 2, 37])
def test_fixed_rules_match_a_dense_loop(rule, place, step, hessian, rotation, dense_run):
    matrix = hessian(5, 1)
    basis = {
        "identity": None,
        "random": rotation(5, 2),
        "eigenbasis": np.linalg.eigh(matrix)[1],
    }[place]
    rng = np.random.default_rng(3)
    optimum, start = rng.standard_normal((2, 5))
    found = dp.parameters_at(
        dp.Quadratic(matrix, optimum),
        rule,
        start=start,
        learning_rate=RATES,
        step=step,
        basis=basis,
    )
    assert found.shape == (4, 5)
    for n, rate in enumerate(RATES):
        path = dense_run(matrix, optimum, rule, start, [rate] * step, basis)
        np.testing.assert_allclose(found[n], path[-1], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("rule", FIXED, ids=repr)
def test_block_problems(rule, hessian, dense_run):
    blocks = np.stack([hessian(3, k) for k in range(2)])
    dense = np.zeros((6, 6))
    dense[:3, :3], dense[3:, 3:] = blocks
    starts = np.random.default_rng(4).standard_normal((4, 6))
    problem = dp.BlockQuadratic(blocks, np.ones(6))
    found = dp.parameters_at(problem, rule, start=starts, learning_rate=RATES, step=29)
    for n, rate in enumerate(RATES):
        path = dense_run(dense, np.ones(6), rule, starts[n], [rate] * 29)
        np.testing.assert_allclose(found[n], path[-1], rtol=1e-9, atol=1e-11)


def test_shapes():
    problem, rule = dp.Quadratic(np.eye(3)), dp.GradientDescent()
    for start, rate, shape in (
        (np.ones(3), 0.1, (3,)),
        (np.ones((2, 3)), 0.1, (2, 3)),
        (np.ones(3), [0.1, 0.2], (2, 3)),
        (np.ones((2, 3)), [0.1, 0.2], (2, 3)),
    ):
        found = dp.parameters_at(problem, rule, start=start, learning_rate=rate, step=2)
        assert found.shape == shape
        np.testing.assert_allclose(found[..., 0].ravel()[0], 0.81, rtol=1e-14)


def test_a_million_steps_to_many_digits_in_the_identity_basis(hessian):
    matrix = hessian(4, 5, kappa=1e5)
    start = np.array([1.0, -2.0, 0.5, 3.0])
    weights = np.diag(matrix) ** -0.5
    found = dp.parameters_at(
        dp.Quadratic(matrix), dp.GaussNewton(-0.5), start=start, learning_rate=0.3, step=10**6
    )
    expected = many_digits(matrix, weights, start, 0.3, 10**6)
    assert 1e-4 < np.abs(expected).max() < 3  # neither all gone nor still at the start
    # Rounding in the eigenvalues counts 10^6 times; a step by step run can do no better.
    np.testing.assert_allclose(found, expected, rtol=1e-7)


@pytest.mark.parametrize("rate", [0.3, 1.7, 1.9999999])
def test_a_million_steps_on_a_diagonal_in_fractions(rate):
    curvatures = np.array([1e-6, 3e-7, 1.0])
    start = np.array([2.0, -3.0, 1.0])
    step = 10**6
    found = dp.parameters_at(
        dp.Quadratic(np.diag(curvatures)),
        dp.GradientDescent(),
        start=start,
        learning_rate=rate,
        step=step,
    )
    with mpmath.workdps(50):
        expected = [
            float(s * (1 - mpmath.mpf(rate) * mpmath.mpf(c)) ** step)
            for s, c in zip(start.tolist(), curvatures.tolist(), strict=True)
        ]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-300)


def test_odd_and_even_powers_of_a_negative_factor():
    problem = dp.Quadratic([[1.0]])
    for step, expected in ((3, -0.125), (4, 0.0625)):
        found = dp.parameters_at(
            problem, dp.GradientDescent(), start=[1], learning_rate=1.5, step=step
        )
        assert found[0] == pytest.approx(expected, rel=1e-14)


def test_an_eigenvalue_that_is_hit_exactly_is_gone():
    found = dp.parameters_at(
        dp.Quadratic(np.diag([1.0, 0.5])),
        dp.GradientDescent(),
        start=[1, 1],
        learning_rate=1,
        step=2,
    )
    np.testing.assert_allclose(found, [0.0, 0.25], rtol=1e-15)


@pytest.mark.parametrize("rule", SIGN, ids=repr)
def test_sign_descent_is_stepping_bit_by_bit_on_dyadic_numbers(rule):
    # Multiples of 1/64 of moderate size: every sum is exact, so both must be exact.
    rng = np.random.default_rng(6)
    starts = rng.integers(-400, 400, (50, 7)) / 64
    starts[0, :3] = 0.0, 1 / 64, -1 / 64
    rates = rng.integers(0, 120, 50) / 64
    problem = dp.Quadratic(np.diag(np.geomspace(1e-3, 1, 7)))
    run = dp.descend(problem, rule, start=starts, learning_rate=rates, steps=60)
    for step in (*range(12), 59, 60):
        found = dp.parameters_at(problem, rule, start=starts, learning_rate=rates, step=step)
        np.testing.assert_array_equal(found, run.parameters[step])


@pytest.mark.parametrize("step", [0, 1, 5, 83, 84, 85, 200, 201])
def test_sign_descent_in_fractions(step):
    rng = np.random.default_rng(7)
    starts, rates = rng.uniform(-9, 9, 40), rng.uniform(0.1, 3, 40)
    problem = dp.Quadratic(np.eye(1))
    found = dp.parameters_at(
        problem, dp.Adam(), start=starts[:, None], learning_rate=rates, step=step
    )
    expected = [float(sign_descent(s, r, step)) for s, r in zip(starts, rates, strict=True)]
    # One rounding of numbers as large as the start.
    np.testing.assert_allclose(found[:, 0], expected, rtol=0, atol=2e-15)


def test_sign_descent_ends_on_its_two_cycle_after_any_number_of_steps():
    start, rate = 1e5 + 0.3, 0.7
    size, step = Fraction(start), Fraction(rate)
    remainder = size - (size // step) * step
    crossed = int(size // step) + 1
    for extra, expected in ((0, remainder - step), (1, remainder), (10**12, remainder - step)):
        found = dp.parameters_at(
            dp.Quadratic([[1.0]]),
            dp.Adam(),
            start=[start],
            learning_rate=rate,
            step=crossed + extra,
        )
        assert found[0] == float(expected)


def test_sign_descent_in_the_eigenbasis_and_with_an_optimum(hessian, dense_run):
    matrix = hessian(5, 8)
    basis = np.linalg.eigh(matrix)[1]
    optimum, start = np.random.default_rng(9).standard_normal((2, 5))
    found = dp.parameters_at(
        dp.Quadratic(matrix, optimum),
        dp.Adam(),
        start=start,
        learning_rate=0.3,
        step=40,
        basis=basis,
    )
    path = dense_run(matrix, optimum, dp.Adam(), start, [0.3] * 40, basis)
    np.testing.assert_allclose(found, path[-1], atol=1e-12)


def test_divergence_is_infinite_without_a_warning_and_leaves_other_runs_alone(hessian):
    for problem in (dp.Quadratic(np.diag([1.0, 0.5])), dp.Quadratic(hessian(2, 10))):
        found = dp.parameters_at(
            problem, dp.GradientDescent(), start=[1, 1], learning_rate=[0.1, 50.0], step=10**4
        )
        assert np.isfinite(found[0]).all()
        assert (found[1] == np.inf).all()


def test_a_coordinate_at_the_optimum_stays_there_at_any_rate():
    # The first factor is (1 - 4)^1000, too large for float64, but it multiplies 0.
    problem = dp.Quadratic(np.diag([4.0, 1.0]))
    options = {"start": [0.0, 1.0], "learning_rate": 1.0}
    found = dp.parameters_at(problem, dp.GradientDescent(), **options, step=1000)
    run = dp.descend(problem, dp.GradientDescent(), **options, steps=1000)
    np.testing.assert_array_equal(run.parameters[-1], [0, 0])
    np.testing.assert_array_equal(found, [0, 0])


@pytest.mark.parametrize("power", [-400.0, 400.0])
def test_weights_out_of_range_are_refused_where_the_closed_form_divides_by_them(power):
    problem, rule = dp.Quadratic([[0.1, 0.05], [0.05, 0.1]]), dp.GaussNewton(power)
    with pytest.raises(ValueError, match="preconditioner: got weights beyond the range"):
        dp.parameters_at(problem, rule, start=[1, 1], learning_rate=1, step=3)


def test_a_start_out_of_range_is_infinite_without_a_warning():
    problem = dp.Quadratic(np.eye(1), optimum=[-1e308])
    found = dp.parameters_at(
        problem, dp.GradientDescent(), start=[1e308], learning_rate=0.1, step=2
    )
    assert (found == np.inf).all()
