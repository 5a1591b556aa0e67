"""The rules themselves, one gradient at a time; `test_descent` runs them inside descents."""

import dataclasses

import numpy as np
import pytest

import diagprec_core as dp

CURVATURE = np.array([9.0, 4.0, 0.25])
RULES = (
    dp.GradientDescent,
    dp.GaussNewton,
    dp.Adam,
    dp.SignDescent,
    dp.IdealisedAdam,
    dp.Sophia,
)


def directions(rule, gradients, curvature=CURVATURE):
    """Feed gradients one after the other; copies, since a rule may overwrite what it gets."""
    memory, out = None, []
    with np.errstate(all="ignore"):  # as `descend` has it: rules do not silence 0/0 themselves
        for gradient in gradients:
            direction, memory = rule.direction(np.array(gradient, dtype=float), curvature, memory)
            out.append(direction.copy())
    return np.array(out)


def kingma_ba(gradients, beta1, beta2, eps):
    """Algorithm 1 of Kingma & Ba (2015) in Python floats, one coordinate at a time."""
    columns = []
    for column in np.transpose(gradients):
        m = v = 0.0
        path = []
        for t, g in enumerate(map(float, column), start=1):
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g * g
            m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
            path.append(m_hat / (v_hat**0.5 + eps))
        columns.append(path)
    return np.transpose(columns)


def test_gradient_descent_ignores_the_curvature():
    np.testing.assert_array_equal(directions(dp.GradientDescent(), [[3, -4, 0]]), [[3, -4, 0]])


@pytest.mark.parametrize(
    ("power", "expected"),
    [(-1.0, [1 / 3, -1, 8]), (-0.5, [1, -2, 4]), (0.0, [3, -4, 2]), (1.0, [27, -16, 0.5])],
)
def test_gauss_newton_multiplies_by_a_power_of_the_curvature(power, expected):
    found = directions(dp.GaussNewton(power), [[3, -4, 2]])[0]
    np.testing.assert_allclose(found, expected, rtol=1e-15)


def test_gauss_newton_defaults_to_the_inverse():
    assert dp.GaussNewton() == dp.GaussNewton(-1.0)


@pytest.mark.parametrize("power", [-1.0, -0.5, 0.0, 2.0])
def test_damping_is_added_to_the_curvature(power):
    rule = dp.GaussNewton(power, damping=0.75)
    expected = [3 * 9.75**power, -4 * 4.75**power, 2 * 1.0**power]
    np.testing.assert_allclose(directions(rule, [[3, -4, 2]])[0], expected, rtol=1e-15)
    np.testing.assert_allclose(rule.weights(CURVATURE), np.array([9.75, 4.75, 1]) ** power)
    none, plain = dp.GaussNewton(power, damping=0.0), dp.GaussNewton(power)
    np.testing.assert_array_equal(directions(none, [[3, -4, 2]]), directions(plain, [[3, -4, 2]]))
    # With damping there is a step where the curvature is 0.
    flat = directions(dp.GaussNewton(-1, damping=0.5), [[3.0]], np.zeros(1))
    np.testing.assert_array_equal(flat, [[6.0]])


@pytest.mark.parametrize("rule", [dp.Adam(), dp.IdealisedAdam()], ids=repr)
def test_adam_without_memory_is_the_sign(rule):
    gradients = [[1e-300, -5e-324, 0.0], [-1e300, 0.0, -0.0]]
    np.testing.assert_array_equal(directions(rule, gradients), [[1, -1, 0], [-1, 0, 0]])


@pytest.mark.parametrize("eps", [0.0, 1e-8, 0.3])
@pytest.mark.parametrize(
    ("beta1", "beta2"), [(0.9, 0.999), (0.0, 0.9), (0.9, 0.0), (0.0, 0.0), (0.5, 0.25), (0.99, 0.1)]
)
def test_adam_is_the_textbook_algorithm(beta1, beta2, eps):
    gradients = np.random.default_rng(1).standard_normal((50, 3))
    expected = kingma_ba(gradients, beta1, beta2, eps)
    found = directions(dp.Adam(beta1, beta2, eps), gradients)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("beta1", [0.0, 0.9])
@pytest.mark.parametrize("beta2", [0.0, 0.9])
def test_adam_counts_nothing_by_nothing_as_nothing(beta1, beta2):
    gradients = [[0, 1, 0], [0, 1, -2], [0, 1, 0]]
    found = directions(dp.Adam(beta1, beta2), gradients)
    assert (found[:, 0] == 0).all()
    assert found[0, 2] == 0
    assert np.isfinite(found[:2]).all()


def test_adam_with_momentum_alone_is_infinite_where_the_gradient_vanishes():
    # beta2 = 0 forgets the size of past gradients, so m / 0 remains: the excepted case of FIQ-4.
    found = directions(dp.Adam(0.9, 0.0), [[1, -1, 0], [0, 0, 0]])
    np.testing.assert_array_equal(found[1], [np.inf, -np.inf, 0])


def test_adam_adds_eps_to_the_root_and_not_under_it():
    found = directions(dp.Adam(0.0, 0.9, 0.5), [[2.0, -0.5, 0.0]])[0]
    np.testing.assert_allclose(found, [2 / 2.5, -0.5 / 1.0, 0.0], rtol=1e-14)


def test_adam_does_not_square_without_a_memory_of_squares():
    # The square of 1e-200 is 0 in float64.
    np.testing.assert_allclose(directions(dp.Adam(0.5, 0.0), [[1e-200] * 3])[0], 1.0, rtol=1e-15)


def test_a_coordinate_that_is_not_a_number_leaves_the_others_alone():
    gradients = [[0.0, 1.0, 2.0], [0.0, np.nan, 2.0]]
    found = directions(dp.Adam(0.9, 0.9), gradients)
    assert found[1, 0] == 0
    assert np.isnan(found[1, 1])
    assert found[1, 2] == pytest.approx(1.0)


def test_sophia_clips_each_coordinate_of_the_newton_step():
    found = directions(dp.Sophia(0.5), [[9.0, -1.0, 0.1], [-90.0, 1.9, -0.2]])
    np.testing.assert_allclose(found, [[1, -0.5, 0.8], [-1, 0.95, -1]], rtol=1e-15)


def test_fixed_rules_report_their_weights():
    np.testing.assert_array_equal(dp.GradientDescent().weights(CURVATURE), np.ones(3))
    np.testing.assert_allclose(dp.GaussNewton(-0.5).weights(CURVATURE), [1 / 3, 1 / 2, 2])


@pytest.mark.parametrize("rule", [kind() for kind in RULES], ids=repr)
def test_rules_are_frozen_values(rule):
    assert rule == type(rule)()
    assert hash(rule) == hash(type(rule)())
    for field in dataclasses.fields(rule):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(rule, field.name, 0.5)


def test_arguments_become_floats():
    assert isinstance(dp.Adam(0, np.float32(0.5), 1).eps, float)
    assert isinstance(dp.GaussNewton(np.int64(-1)).power, float)
