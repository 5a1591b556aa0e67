import itertools

import numpy as np
import pytest

import diagprec_core as dp


def angle(start, end):
    """The geodesic distance of two rotations: the norm of the angles of start^T end."""
    return np.linalg.norm(np.angle(np.linalg.eigvals(start.T @ end)))


def same_axes(a, b, tolerance=1e-9):
    """Say whether the columns agree up to order and sign."""
    overlap = np.abs(a.T @ b)
    permutation = np.round(overlap)
    return (
        np.abs(overlap - permutation).max() < tolerance
        and (permutation.sum(axis=0) == 1).all()
        and (permutation.sum(axis=1) == 1).all()
    )


def test_identity_basis_is_the_identity():
    np.testing.assert_array_equal(dp.identity_basis(3), [[1, 0, 0], [0, 1, 0], [0, 0, 1]])


@pytest.mark.parametrize("d", [1, 2, 7, 40])
def test_eigenbasis_diagonalises_in_ascending_order(d, hessian):
    matrix = hessian(d, seed=d)
    basis = dp.eigenbasis(matrix)
    seen = basis.T @ matrix @ basis
    np.testing.assert_allclose(basis.T @ basis, np.eye(d), atol=1e-13)
    np.testing.assert_allclose(seen, np.diag(np.diag(seen)), atol=1e-13)
    assert (np.diff(np.diag(seen)) > 0).all()


def test_eigenbasis_column_signs_do_not_depend_on_the_library(hessian, monkeypatch):
    matrix = hessian(6, seed=3)
    expected = dp.eigenbasis(matrix)
    values, vectors = np.linalg.eigh(matrix)
    for signs in itertools.product([-1.0, 1.0], repeat=6):
        monkeypatch.setattr(np.linalg, "eigh", lambda _, s=signs: (values, vectors * s))
        np.testing.assert_array_equal(dp.eigenbasis(matrix), expected)


def test_eigenbasis_makes_the_first_of_equally_large_entries_positive():
    basis = dp.eigenbasis([[2.0, -1.0, 0.0], [-1.0, 2.0, 0.0], [0.0, 0.0, 9.0]])
    root = np.sqrt(0.5)
    np.testing.assert_allclose(basis, [[root, root, 0], [root, -root, 0], [0, 0, 1]], atol=1e-14)


def test_eigenbasis_of_an_indefinite_matrix():
    np.testing.assert_array_equal(dp.eigenbasis([[1.0, 0.0], [0.0, -1.0]]), [[0, 1], [1, 0]])


@pytest.mark.parametrize("seed", range(6))
def test_align_keeps_the_axes_and_turns_by_a_rotation(seed, rotation):
    d = 2 + seed
    start, end = rotation(d, seed), rotation(d, seed + 100)
    aligned = dp.align(start, end)
    assert same_axes(aligned, end, 1e-12)
    assert np.linalg.det(start.T @ aligned) == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(4))
def test_align_matches_columns_as_well_as_any_order_does(seed, rotation):
    start, end = rotation(4, seed), rotation(4, seed + 50)
    best = max(
        sum(abs(start[:, i] @ end[:, j]) for i, j in enumerate(order))
        for order in itertools.permutations(range(4))
    )
    aligned = dp.align(start, end)
    assert np.abs(np.einsum("ij,ij->j", start, aligned)).sum() == pytest.approx(best, rel=1e-12)
    # At most one column may point away: the one that pays for the determinant.
    assert (np.einsum("ij,ij->j", start, aligned) < 0).sum() <= 1


def test_align_undoes_a_permutation_with_signs(rotation):
    start = rotation(5, 1)
    end = (start * [1, -1, 1, -1, -1])[:, [3, 0, 4, 1, 2]]
    np.testing.assert_array_equal(dp.align(start, end), start)


def test_align_pays_for_the_determinant_with_the_smallest_inner_product():
    # A reflection I - 2 v v^T so spread out that every column stays closest to its own axis.
    v = np.sqrt([0.19, 0.19, 0.24, 0.19, 0.19])
    end = np.eye(5) - 2 * np.outer(v, v)
    aligned = dp.align(np.eye(5), end)
    np.testing.assert_allclose(aligned, end * [1, 1, -1, 1, 1], atol=1e-15)


@pytest.mark.parametrize("seed", range(5))
def test_geodesic_starts_at_start_and_ends_on_the_axes_of_end(seed, rotation):
    start, end = rotation(4, seed), rotation(4, seed + 10)
    np.testing.assert_allclose(dp.geodesic(start, end, 0.0), start, atol=1e-13)
    last = dp.geodesic(start, end, 1.0)
    np.testing.assert_allclose(last, dp.align(start, end), atol=1e-10)
    assert same_axes(last, end)


@pytest.mark.parametrize("t", [-1.0, 0.0, 0.1, 0.5, 0.9, 1.0, 2.0])
def test_geodesic_is_orthogonal_for_all_t(t, rotation):
    basis = dp.geodesic(rotation(5, 7), rotation(5, 8), t)
    np.testing.assert_allclose(basis.T @ basis, np.eye(5), atol=1e-12)


def test_distance_along_the_geodesic_is_linear(rotation):
    start, end = rotation(4, 21), rotation(4, 22)
    whole = angle(start, dp.geodesic(start, end, 1.0))
    assert whole > 0.5
    for t in np.linspace(0.1, 0.9, 9):
        point = dp.geodesic(start, end, t)
        assert angle(start, point) == pytest.approx(t * whole, rel=1e-9)
        assert angle(point, dp.geodesic(start, end, 1.0)) == pytest.approx((1 - t) * whole)


def test_geodesic_in_the_plane_is_a_turn_by_a_share_of_the_angle():
    def turn(a):
        return np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])

    for t in (0.25, 0.5, 1.0):
        np.testing.assert_allclose(dp.geodesic(np.eye(2), turn(0.7), t), turn(0.7 * t), atol=1e-14)


def test_geodesic_refuses_bases_half_a_turn_apart(monkeypatch):
    # align leaves no half turn between random bases, so the guard is tried on a crafted pair.
    monkeypatch.setattr("diagprec_core.methods.bases.align", lambda start, end: end)
    with pytest.raises(ValueError, match="end: got a basis half a turn away"):
        dp.geodesic(np.eye(3), np.diag([-1.0, -1.0, 1.0]), 0.5)


def test_kronecker_basis_acts_from_both_sides(rotation):
    left, right = rotation(3, 1), rotation(4, 2)
    basis = dp.kronecker_basis(left, right)
    weights = np.random.default_rng(3).standard_normal((3, 4))
    np.testing.assert_allclose(
        basis.T @ weights.ravel(), (left.T @ weights @ right).ravel(), atol=1e-14
    )
    np.testing.assert_allclose(basis.T @ basis, np.eye(12), atol=1e-14)


def test_bases_do_not_alias_their_arguments(rotation):
    start = rotation(3, 4)
    kept = start.copy()
    for basis in (dp.align(start, start), dp.geodesic(start, start, 0.5)):
        basis[...] = 0.0
        np.testing.assert_array_equal(start, kept)
