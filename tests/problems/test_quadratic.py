import numpy as np
import pytest

import diagprec_core as dp


@pytest.fixture
def blocks(hessian):
    return np.stack([hessian(3, seed) for seed in range(4)])


@pytest.fixture
def twins(blocks):
    """A block problem and the dense problem with the same Hessian, assembled by hand."""
    dense = np.zeros((12, 12))
    for k in range(4):
        dense[3 * k : 3 * k + 3, 3 * k : 3 * k + 3] = blocks[k]
    optimum = np.random.default_rng(0).standard_normal(12)
    return dp.BlockQuadratic(blocks, optimum), dp.Quadratic(dense, optimum), dense, optimum


def test_quadratic_loss_and_gradient(hessian):
    matrix, optimum = hessian(5, 1), np.arange(5.0)
    point = np.array([3.0, -1.0, 0.5, 2.0, 7.0])
    problem = dp.Quadratic(matrix, optimum)
    error = point - optimum
    expected = 0.5 * sum(error[i] * matrix[i, j] * error[j] for i in range(5) for j in range(5))
    assert problem.loss(point) == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(problem.gradient(point), matrix @ error, rtol=1e-13)
    assert problem.dimension == 5


def test_gradient_is_the_slope_of_the_loss(twins):
    for problem in twins[:2]:
        point = np.linspace(-1, 1, 12)
        step = 1e-4 * np.eye(12)
        slope = (problem.loss(point + step) - problem.loss(point - step)) / 2e-4
        np.testing.assert_allclose(slope, problem.gradient(point), atol=1e-9)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_leading_axes_are_batch_axes(shape, twins):
    block, quadratic, dense, optimum = twins
    points = np.random.default_rng(1).standard_normal((*shape, 12))
    for index in np.ndindex(*shape):
        error = points[index] - optimum
        for problem in (block, quadratic):
            assert problem.loss(points)[index] == pytest.approx(0.5 * error @ dense @ error)
            np.testing.assert_allclose(problem.gradient(points)[index], dense @ error, atol=1e-13)


def test_block_problem_has_the_dense_hessian(twins):
    block, _, dense, _ = twins
    np.testing.assert_array_equal(block.hessian, dense)
    assert block.dimension == 12


def test_optimum_defaults_to_the_origin(blocks):
    assert dp.Quadratic(np.eye(2)).loss([0.0, 0.0]) == 0
    np.testing.assert_array_equal(dp.BlockQuadratic(blocks).optimum, np.zeros(12))


def test_from_data_is_the_mean_squared_loss_up_to_a_constant():
    rng = np.random.default_rng(2)
    features, targets = rng.standard_normal((40, 3)), rng.standard_normal(40)
    problem = dp.Quadratic.from_data(features, targets)

    def mean_loss(theta):
        return sum((x @ theta - y) ** 2 for x, y in zip(features, targets, strict=True)) / 80

    points = rng.standard_normal((5, 3))
    differences = [mean_loss(p) - problem.loss(p) for p in points]
    np.testing.assert_allclose(differences, mean_loss(problem.optimum), rtol=1e-12)
    np.testing.assert_allclose(problem.gradient(problem.optimum), 0, atol=1e-15)


def test_rounding_asymmetry_is_averaged_away():
    matrix = np.array([[2.0, 1.0], [1.0 + 1e-13, 3.0]])
    stored = dp.Quadratic(matrix).hessian
    np.testing.assert_array_equal(stored, stored.T)
    assert stored[0, 1] == pytest.approx(1 + 5e-14, rel=1e-15)


def test_a_symmetric_matrix_is_kept_to_the_last_bit(hessian):
    matrix = hessian(6, 9)
    np.testing.assert_array_equal(dp.Quadratic(matrix).hessian, matrix)


def test_problems_keep_copies(blocks):
    given = blocks.copy()
    problem = dp.BlockQuadratic(given)
    given[...] = 0
    np.testing.assert_array_equal(problem.blocks, blocks)


def test_frame_goes_to_the_coordinates_and_back(rotation, hessian):
    basis, optimum = rotation(4, 3), np.arange(4.0)
    frame = dp.Quadratic(hessian(4, 2), optimum).in_basis(basis)
    points = np.random.default_rng(4).standard_normal((2, 4))
    coordinates = np.stack([basis.T @ (p - optimum) for p in points])
    np.testing.assert_allclose(frame.coordinates(points), coordinates, atol=1e-14)
    np.testing.assert_allclose(frame.parameters(coordinates), points, atol=1e-14)


@pytest.mark.parametrize("name", ["quadratic", "blocks"])
def test_frame_sees_the_rotated_problem(name, twins, rotation):
    problem = twins[1] if name == "quadratic" else twins[0]
    dense, basis = twins[2], rotation(12, 5)
    frame = problem.in_basis(basis)
    phi = np.random.default_rng(6).standard_normal(12)
    np.testing.assert_allclose(frame.gradient(phi), basis.T @ dense @ basis @ phi, atol=1e-13)
    np.testing.assert_allclose(
        frame.curvature(phi), [u @ dense @ u for u in basis.T], rtol=1e-13, atol=0
    )
    assert frame.loss(phi, frame.gradient(phi)) == pytest.approx(
        0.5 * (basis @ phi) @ dense @ (basis @ phi)
    )


def test_an_eigenbasis_leaves_a_diagonal(hessian):
    matrix = hessian(30, 8, kappa=1e6)
    frame = dp.Quadratic(matrix).in_basis(dp.eigenbasis(matrix))
    assert frame.matrix.shape == (30,)
    # Eigenvalues of a matrix of norm 1 are known to about its rounding errors, not better.
    np.testing.assert_allclose(frame.matrix, np.geomspace(1e-6, 1, 30), atol=1e-14)


def test_small_entries_given_by_hand_are_no_rounding_errors():
    # Scaling the diagonal to 1, as GN^-1 does, shows the coupling 1/2 at full strength.
    graded = np.array([[1e17, 0, 0], [0, 1, 0.5], [0, 0.5, 1]])
    error = np.ones(3)
    frame = dp.Quadratic(graded).in_basis()
    np.testing.assert_array_equal(frame.gradient(error), graded @ error)


def test_blocks_of_very_different_scale_keep_their_coupling():
    blocks = np.array([[[1e17, 0], [0, 1e17]], [[1, 0.5], [0.5, 1]]])
    frame = dp.BlockQuadratic(blocks).in_basis()
    np.testing.assert_array_equal(frame.gradient(np.ones(4)), [1e17, 1e17, 1.5, 1.5])


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("batch", [(), (6,), (2, 5)])
def test_blocks_of_every_size_act_like_the_dense_matrix(size, batch):
    rng = np.random.default_rng(size)
    roots = rng.standard_normal((5, size, size))
    problem = dp.BlockQuadratic(roots @ np.swapaxes(roots, 1, 2) + np.eye(size))
    points = rng.standard_normal((*batch, 5 * size))
    np.testing.assert_allclose(problem.gradient(points), points @ problem.hessian, rtol=1e-12)
