from fractions import Fraction

import numpy as np
import pytest

import diagprec_core as dp


@pytest.fixture
def instance():
    signs = np.random.default_rng(1).choice([-1, 1], (4, 3))
    return dp.Blockwise([0.01, 0.5, 1.0, 2.9], signs)


def test_blockwise_has_unit_diagonal_to_the_last_bit(instance):
    assert (np.diag(instance.problem.hessian) == 1.0).all()


def test_blockwise_names_the_curvature_that_is_out_of_range():
    for curvatures, named in (([0.5, 2.5], "2.5"), ([1.5, -1.0], "-1")):
        with pytest.raises(ValueError, match=f"curvatures: got {named}, need"):
            dp.Blockwise(curvatures)


def test_blockwise_excites_the_given_curvatures(instance):
    hessian = instance.problem.hessian
    for k, curvature in enumerate(instance.curvatures):
        vector = np.zeros(12)
        vector[3 * k : 3 * k + 3] = instance.signs[k]
        np.testing.assert_allclose(hessian @ vector, curvature * vector, atol=1e-15)


def test_blockwise_defaults_to_pairs_of_equal_sign():
    blocks = dp.Blockwise([1.5, 0.25]).problem.blocks
    np.testing.assert_array_equal(blocks, [[[1, 0.5], [0.5, 1]], [[1, -0.75], [-0.75, 1]]])


def test_blockwise_start_and_amplitudes_are_inverse(instance):
    amplitudes = np.random.default_rng(2).standard_normal((5, 2, 4))
    start = instance.start(amplitudes)
    assert start.shape == (5, 2, 12)
    for index in np.ndindex(5, 2):
        for k in range(4):
            np.testing.assert_array_equal(
                start[index][3 * k : 3 * k + 3], amplitudes[index][k] * instance.signs[k]
            )
    np.testing.assert_allclose(instance.amplitudes(start), amplitudes, rtol=1e-15)


def test_amplitudes_ignore_what_lies_off_the_line():
    instance = dp.Blockwise([1.5], [[1, -1]])
    assert instance.amplitudes([3.0, 1.0]) == 1.0  # (2, 2) is orthogonal to h


def test_every_block_is_positive_definite_up_to_the_ends():
    for curvature in (1e-12, 1.999999):
        values = np.linalg.eigvalsh(dp.Blockwise([curvature]).problem.blocks[0])
        assert values[0] > 0
        assert curvature == pytest.approx(values[0] if curvature < 1 else values[1], rel=1e-3)


@pytest.mark.parametrize(("kappa", "steps"), [(4.0, 1), (9.0, 5), (1e4, 30)])
def test_chebyshev_curvatures_are_the_extrema(kappa, steps):
    nodes = dp.chebyshev_curvatures(kappa, steps)
    assert len(nodes) == steps + 1
    assert (nodes[0], nodes[-1]) == (1.0, 1 / kappa)
    assert (np.diff(nodes) < 0).all()
    # T_T on [1/kappa, 1] is 1 and -1 in turn there.
    unit = (2 * nodes - 1 - 1 / kappa) / (1 - 1 / kappa)
    values = np.polynomial.chebyshev.chebval(unit, np.eye(steps + 1)[-1])
    np.testing.assert_allclose(values, (-1.0) ** np.arange(steps + 1), atol=1e-9)


@pytest.mark.parametrize("pairs", [1, 2, 3, 5, 8])
def test_blockwise_features_have_the_covariance_exactly(pairs):
    copies = 6
    agreements = np.random.default_rng(pairs).integers(1, copies, pairs)
    features = dp.blockwise_features(agreements, copies)
    assert set(features.ravel()) == {-1.0, 1.0}
    total = features.T.astype(int) @ features.astype(int)
    expected = np.zeros((2 * pairs, 2 * pairs), dtype=int)
    for k, agreement in enumerate(agreements):
        opposite = len(features) * (2 * agreement - copies) // copies
        expected[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = [
            [len(features), opposite],
            [opposite, len(features)],
        ]
    np.testing.assert_array_equal(total, expected)


def test_blockwise_features_use_the_fewest_examples():
    for pairs, power in ((1, 1), (2, 2), (3, 4), (5, 8)):
        assert len(dp.blockwise_features([1] * pairs, 3)) == 3 * power


def test_regression_on_the_features_is_the_block_wise_quadratic():
    features = dp.blockwise_features([3, 1], copies=4)
    problem = dp.Quadratic.from_data(features, features @ [1.0, 2.0, 3.0, 4.0])
    np.testing.assert_allclose(problem.optimum, [1, 2, 3, 4], atol=1e-14)
    np.testing.assert_array_equal(problem.hessian, dp.Blockwise([1.5, 0.5]).problem.hessian)


def test_power_law_spectrum():
    expected = [1.0, float(Fraction(1, 4)), float(Fraction(1, 9))]
    np.testing.assert_allclose(dp.power_law_spectrum(3, 2.0), expected, rtol=1e-15)
    np.testing.assert_array_equal(dp.power_law_spectrum(4, 0.0), np.ones(4))
