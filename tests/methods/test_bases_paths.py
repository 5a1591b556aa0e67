"""The bases between and beside the two: condition numbers, Fisher, Kronecker, their bad input."""

import re
import tracemalloc

import numpy as np
import pytest
from references import dense_condition

import diagprec_core as dp
from diagprec_core.claims.b import geodesic as b_geodesic

NAN = float("nan")
PLANE = dp.Quadratic([[2.0, 0.5], [0.5, 1.0]])
REGRESSION = dp.GaussianRegression([[2.0, 0.5], [0.5, 1.0]], 0.5)


@pytest.mark.parametrize("power", [-1.5, -1.0, -0.5, 0.0, 0.5])
@pytest.mark.parametrize("d", [1, 2, 5, 12])
def test_condition_number_is_that_of_the_preconditioned_hessian(d, power, hessian, rotation):
    matrix, basis = hessian(d, seed=d), rotation(d, seed=d + 1)
    expected = dense_condition(matrix, power, basis)
    rule = dp.GaussNewton(power)
    for problem in (dp.Quadratic(matrix), dp.GaussianRegression(matrix, 0.3)):
        assert dp.condition_number(problem, rule, basis=basis) == pytest.approx(expected, rel=1e-9)


def test_condition_number_of_blocks_and_of_a_diagonal():
    blocks = np.array([[[2.0, 1.0], [1.0, 2.0]], [[4.0, 0.4], [0.4, 1.0]]])
    problem = dp.BlockQuadratic(blocks)
    expected = dense_condition(problem.hessian, -0.5, np.eye(4))
    found = dp.condition_number(problem, dp.GaussNewton(-0.5))
    assert found == pytest.approx(expected, rel=1e-12)
    diagonal = dp.GaussianRegression([4.0, 1.0], 0.0)
    assert dp.condition_number(diagonal, dp.GaussNewton(-0.5)) == pytest.approx(2.0, rel=1e-12)
    assert dp.condition_number(diagonal, dp.GradientDescent()) == 4.0


def test_condition_number_is_the_pace_of_the_best_constant_rate(hessian, rotation):
    matrix, basis = hessian(4, seed=1), rotation(4, seed=2)
    problem, rule = dp.Quadratic(matrix), dp.GaussNewton(-1)
    kappa = dp.condition_number(problem, rule, basis=basis)
    # On a grid of rates, the spectral radius of the error's map is never below the claimed pace.
    weights = 1 / np.array([u @ matrix @ u for u in basis.T])
    product = basis @ np.diag(weights) @ basis.T @ matrix
    radii = [
        np.abs(np.linalg.eigvals(np.eye(4) - rate * product)).max()
        for rate in np.linspace(0.1, 2, 4000)
    ]
    assert min(radii) == pytest.approx((kappa - 1) / (kappa + 1), abs=1e-3)
    assert min(radii) >= (kappa - 1) / (kappa + 1) - 1e-12


@pytest.mark.parametrize("kappa", [1.0, 1.0001, 7.0, 1e8])
@pytest.mark.parametrize("power", [-2.0, -1.0, -0.3, 0.0, 0.5])
def test_condition_at_angle_in_the_plane(kappa, power):
    angles = np.array([-0.4, 0.0, 1e-5, 0.3, np.pi / 4, 1.2, np.pi / 2])
    found = dp.condition_at_angle(kappa, angles, power)
    for angle, value in zip(angles, found, strict=True):
        a = kappa * np.cos(angle) ** 2 + np.sin(angle) ** 2
        c = kappa * np.sin(angle) ** 2 + np.cos(angle) ** 2
        # Trace^2/(4 det) of the preconditioned matrix is (x + 1/x + 2)/4 with x = kappa_p.
        quotient = (a ** (1 + power) + c ** (1 + power)) ** 2 / (4 * kappa * (a * c) ** power)
        assert (value + 1 / value + 2) / 4 == pytest.approx(quotient, rel=1e-9)
        assert value >= 1
        assert dp.condition_at_angle(kappa, angle, power) == value


def test_condition_at_angle_keeps_its_digits_near_one():
    # GN^-1 at a tiny angle: ln kappa_-1 is 2 asinh(sinh((1/2) ln kappa) sin(2 alpha)).
    found = dp.condition_at_angle(9.0, 1e-9, -1)
    assert found - 1 == pytest.approx(2 * (4 / 3) * 2e-9, rel=1e-6)


@pytest.mark.parametrize("kappa", [3.0, 3.0001, 10.0, 1e9])
def test_crossing_angle_is_where_a_bit_a_step_is_gained(kappa):
    angle = dp.crossing_angle(kappa)
    assert 0 < angle <= np.pi / 4
    assert dp.condition_at_angle(kappa, angle, -1) == pytest.approx(3.0, rel=1e-7)


def test_sawtooth_is_made_of_halving_rounds():
    rates = dp.sawtooth(2.0, 20.0, 3).rates.reshape(3, -1)
    assert rates.shape == (3, 10)  # ceil(log2 20) + 5
    np.testing.assert_array_equal(rates[1], rates[0] / 2)
    np.testing.assert_array_equal(rates[0, :6], 2.0 ** -np.arange(6))
    np.testing.assert_array_equal(rates[0, 6:], [1.0, 1.0, 0.05, 1.0])


@pytest.mark.parametrize("sign", [-1, 1])
def test_sawtooth_halves_the_error_of_adam_in_every_round(sign, dense_run):
    kappa, rounds = 50.0, 6
    rho = sign * (kappa - 1) / (kappa + 1)
    schedule = dp.sawtooth(1.0, kappa, rounds)
    matrix = np.array([[1.0, rho], [rho, 1.0]])
    for start in np.random.default_rng(5).uniform(-1, 1, (40, 2)):
        path = dense_run(matrix, np.zeros(2), dp.Adam(), start, schedule.rates)
        ends = np.abs(path).max(axis=1)[:: schedule.steps // rounds]
        assert (ends[1:] <= 2 * 0.5 ** np.arange(1, rounds + 1)).all()


@pytest.mark.parametrize("batch_size", [1, 3, 50])
@pytest.mark.parametrize("d", [1, 2, 6])
def test_empirical_fisher_has_the_second_moments_of_every_basis(d, batch_size, hessian, rotation):
    optimum = np.arange(d) / 3
    regression = dp.GaussianRegression(hessian(d, seed=3), 0.7, optimum)
    point = optimum + np.random.default_rng(d).standard_normal(d)
    fisher = dp.empirical_fisher(regression, point, batch_size=batch_size)
    basis = rotation(d, seed=4)
    expected = dp.second_moment(regression, point, batch_size=batch_size, basis=basis)
    np.testing.assert_allclose(np.diag(basis.T @ fisher @ basis), expected, rtol=1e-12)
    np.testing.assert_array_equal(fisher, fisher.T)


def test_fisher_basis_diagonalises_and_is_the_eigenbasis_at_the_optimum(hessian):
    matrix = hessian(5, seed=8)
    regression = dp.GaussianRegression(matrix, 0.1)
    point = np.random.default_rng(9).standard_normal(5)
    basis = dp.fisher_basis(regression, point, batch_size=4)
    seen = basis.T @ dp.empirical_fisher(regression, point, batch_size=4) @ basis
    np.testing.assert_allclose(seen, np.diag(np.diag(seen)), atol=1e-13 * seen.max())
    at_optimum = dp.fisher_basis(regression, np.zeros(5), batch_size=4)
    np.testing.assert_allclose(at_optimum, dp.eigenbasis(matrix), atol=1e-12)


def test_fisher_basis_does_not_depend_on_the_scale():
    point = np.array([1.0, -2.0])
    large = dp.fisher_basis(dp.GaussianRegression([2.0, 1.0], 0.0), 1e80 * point, batch_size=2)
    small = dp.fisher_basis(dp.GaussianRegression([2.0, 1.0], 0.0), point, batch_size=2)
    np.testing.assert_allclose(large, small, atol=1e-12)


def test_angle_bound_is_attained_in_the_plane():
    # A gradient with cos(2 t) = z turns the eigenvectors by (1/2) arcsin z.
    z, batch_size = 0.6, 2
    t = 0.5 * np.arccos(z)
    gradient = np.array([np.cos(t), np.sin(t)])
    noise = (batch_size + 1) / z - gradient @ (gradient / [1.0, 2.0])
    regression = dp.GaussianRegression([1.0, 2.0], np.sqrt(noise))
    bound = dp.angle_bound(regression, gradient / [1.0, 2.0], batch_size=batch_size)
    np.testing.assert_allclose(bound, 0.5 * np.arcsin(z), rtol=1e-12)
    basis = dp.fisher_basis(regression, gradient / [1.0, 2.0], batch_size=batch_size)
    np.testing.assert_allclose(np.arccos(np.abs(np.diag(basis))), bound, rtol=1e-7)


def test_angle_bound_promises_nothing_without_a_gap_or_far_away():
    equal = dp.GaussianRegression([1.0, 1.0, 3.0], 1.0)
    bound = dp.angle_bound(equal, [0.01, 0.0, 0.0], batch_size=1)
    assert bound[0] == bound[1] == np.pi / 2
    assert bound[2] < 0.01
    assert (dp.angle_bound(equal, np.zeros(3), batch_size=1)[:2] == np.pi / 2).all()
    assert (dp.angle_bound(equal, [9.0, 9.0, 9.0], batch_size=1) == np.pi / 2).all()
    assert dp.angle_bound(dp.GaussianRegression([2.0], 0.0), [1.0], batch_size=1) == 0.0


def test_the_optimum_without_noise_has_no_fisher_basis():
    silent = dp.GaussianRegression([2.0, 1.0], 0.0)
    for function in (dp.fisher_basis, dp.angle_bound):
        with pytest.raises(ValueError, match=r"\Aparameters: got the optimum"):
            function(silent, [0.0, 0.0], batch_size=1)


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (4, 2)])
def test_partial_traces_are_the_moments_of_rows_and_columns(shape):
    rng = np.random.default_rng(12)
    gradients = rng.standard_normal((500, *shape)) @ rng.standard_normal((shape[1], shape[1]))
    flat = gradients.reshape(500, -1)
    left, right = dp.partial_traces(flat.T @ flat / 500, shape)
    np.testing.assert_allclose(
        left, (gradients @ gradients.transpose(0, 2, 1)).mean(axis=0), atol=1e-12
    )
    np.testing.assert_allclose(
        right, (gradients.transpose(0, 2, 1) @ gradients).mean(axis=0), atol=1e-12
    )


def test_nearest_kronecker_beats_every_neighbour(hessian):
    matrix = hessian(6, seed=13)
    left, right = dp.nearest_kronecker(matrix, (3, 2))
    best = np.linalg.norm(matrix - np.kron(left, right))
    rng = np.random.default_rng(14)
    for _ in range(200):
        other = np.kron(
            left + 0.05 * rng.standard_normal((3, 3)), right + 0.05 * rng.standard_normal((2, 2))
        )
        assert np.linalg.norm(matrix - other) > best
    traces = dp.partial_traces(matrix, (3, 2))
    assert np.linalg.norm(matrix - np.kron(*traces) / np.trace(matrix)) > best
    np.testing.assert_array_equal(left, left.T)
    assert np.trace(right) > 0


def test_factored_basis_is_a_kronecker_product_of_eigenbases(hessian):
    matrix = hessian(6, seed=15)
    left, right = dp.partial_traces(matrix, (2, 3))
    expected = np.kron(dp.eigenbasis(left), dp.eigenbasis(right))
    np.testing.assert_array_equal(dp.factored_basis(matrix, (2, 3)), expected)


def test_geodesic_refuses_the_half_turn_that_align_keeps():
    half_turn = np.array(b_geodesic.half_turn(), dtype=float)
    np.testing.assert_allclose(dp.align(np.eye(6), half_turn), half_turn, atol=1e-12)
    with pytest.raises(ValueError, match=r"\Aend: got a basis half a turn away"):
        dp.geodesic(np.eye(6), half_turn, 0.5)


WRONG = {
    "condition_number": (
        {"problem": PLANE, "preconditioner": dp.GradientDescent(), "basis": None},
        {
            "problem": [np.eye(2), dp.LogisticRegression(np.eye(2)), None],
            "preconditioner": [dp.Adam(), "GD", -1.0, dp.IdealisedAdam()],
            "basis": ["identity", np.eye(3), np.ones((2, 2)), [[NAN, 0], [0, 1]]],
        },
    ),
    "condition_at_angle": (
        {"kappa": 4.0, "angle": 0.1, "power": -1.0},
        {
            "kappa": [0.5, True, "4", NAN, None, [4.0]],
            "angle": [True, "0", NAN, [[0.1]], [1j], [NAN], None],
            "power": [True, "-1", NAN, None, [1.0]],
        },
    ),
    "crossing_angle": ({"kappa": 4.0}, {"kappa": [2.9, True, "4", NAN, None, [4.0]]}),
    "sawtooth": (
        {"radius": 1.0, "kappa": 9.0, "rounds": 2},
        {
            "radius": [0.0, -1.0, True, "1", NAN, None],
            "kappa": [4.9, True, "9", NAN, None],
            "rounds": [0, 1.0, True, "2", None],
        },
    ),
    **dict.fromkeys(
        ("empirical_fisher", "fisher_basis", "angle_bound"),
        (
            {"regression": REGRESSION, "parameters": [1.0, 2.0], "batch_size": 2},
            {
                "regression": [PLANE, None, np.eye(2)],
                "parameters": [[1.0], [[1.0, 2.0]], 1.0, [NAN, 1.0], "ab", [True, False]],
                "batch_size": [0, 1.0, True, "2", None],
            },
        ),
    ),
    **dict.fromkeys(
        ("partial_traces", "nearest_kronecker", "factored_basis"),
        (
            {"matrix": np.eye(6), "shape": (2, 3)},
            {
                "matrix": [np.eye(5), np.ones((2, 3)), "a", np.triu(np.ones((6, 6))), [1.0]],
                "shape": [6, (6,), (2, 3, 1), (2.0, 3), (0, 6), (True, 6), "23", None],
            },
        ),
    ),
}


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [
        pytest.param(name, argument, value, id=f"{name}-{argument}-{i}")
        for name, (_, wrong) in WRONG.items()
        for argument, values in wrong.items()
        for i, value in enumerate(values)
    ],
)
def test_wrong_input_is_refused_by_name(name, argument, value):
    valid = WRONG[name][0]
    with pytest.raises(ValueError, match=re.compile(rf"\A{argument}: got .+, need .+", re.DOTALL)):
        getattr(dp, name)(**{**valid, argument: value})


@pytest.mark.parametrize("name", WRONG)
def test_the_valid_arguments_are_accepted(name):
    getattr(dp, name)(**WRONG[name][0])


@pytest.mark.parametrize("shape", [(2, 2), (2, 3), (3, 2), (1, 4), (4, 1), (3, 3)])
def test_nearest_kronecker_is_exact_for_indefinite_matrices_too(shape):
    m, n = shape
    rng = np.random.default_rng(m + 10 * n)
    for _ in range(20):
        matrix = rng.standard_normal((m * n, m * n))
        matrix = matrix + matrix.T
        left, right = dp.nearest_kronecker(matrix, shape)
        # Eckart and Young: the distance of the best rank-one approximation, rearranged.
        rearranged = matrix.reshape(m, n, m, n).transpose(0, 2, 1, 3).reshape(m * m, n * n)
        values = np.linalg.svd(rearranged, compute_uv=False)
        best = np.sqrt((values[1:] ** 2).sum())
        assert np.linalg.norm(np.kron(left, right) - matrix) == pytest.approx(best, abs=1e-12)


def test_a_product_of_skew_factors_is_its_own_nearest():
    skew = np.array([[0.0, 1.0], [-1.0, 0.0]])
    left, right = dp.nearest_kronecker(np.kron(skew, skew), (2, 2))
    np.testing.assert_allclose(np.kron(left, right), np.kron(skew, skew), atol=1e-15)
    np.testing.assert_array_equal(left, -left.T)


def test_nearest_kronecker_needs_no_more_memory_than_its_input():
    matrix = np.eye(400)
    tracemalloc.start()
    left, right = dp.nearest_kronecker(matrix, (1, 400))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_allclose(np.kron(left, right), matrix, atol=1e-12)
    assert peak < 12 * matrix.nbytes


@pytest.mark.parametrize("kappa", [1e155, 1e300])
def test_condition_numbers_of_any_size(kappa):
    assert dp.condition_at_angle(kappa, 0.0, -1.0) == pytest.approx(1.0)
    assert dp.condition_at_angle(kappa, np.pi / 4, -1.0) == pytest.approx(kappa, rel=1e-9)
    assert np.isfinite(dp.condition_at_angle(kappa, 0.3, -1.0))
    assert dp.condition_at_angle(kappa, 0.0, 3.0) == np.inf
