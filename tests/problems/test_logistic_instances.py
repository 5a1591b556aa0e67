"""The logistic instances: what they are made of, and the one-step maps of FEL-1 and FIL-1."""

import math

import numpy as np
import pytest

import diagprec_core as dp

PROBABILITIES, SCALES = [0.6, 0.3, 0.1], [1.0, -2.0, 0.5]
LABELS = [0.5, 0.2, 0.9]
LOGITS = np.array([[3.0, -1.0, 0.1], [-0.5, 8.0, 2.0], [20.0, -15.0, 1e-3]])


@pytest.fixture
def skewed(rotation):
    return dp.SkewedLogistic(PROBABILITIES, SCALES, rotation(3, 1), LABELS)


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


def test_the_features_are_scaled_columns_of_the_basis(skewed, rotation):
    problem, q = skewed.problem, rotation(3, 1)
    for i in range(3):
        np.testing.assert_array_equal(problem.features[i], SCALES[i] * q[:, i])
    np.testing.assert_array_equal(problem.weights, PROBABILITIES)
    np.testing.assert_array_equal(problem.label_probability, LABELS)
    assert skewed.problem is problem  # made once, with its optimum
    best = [math.log(q / (1 - q)) for q in LABELS]
    np.testing.assert_allclose(skewed.logits(problem.optimum), best, rtol=1e-13, atol=1e-15)


def test_defaults_are_the_identity_scales_of_one_and_a_fair_coin():
    instance = dp.SkewedLogistic([0.75, 0.25])
    np.testing.assert_array_equal(instance.problem.features, np.eye(2))
    np.testing.assert_array_equal(instance.problem.optimum, [0, 0])
    np.testing.assert_array_equal(instance.label_probability, [0.5, 0.5])


def test_start_and_logits_are_inverse(skewed, rotation):
    start = skewed.start(LOGITS)
    np.testing.assert_allclose(skewed.logits(start), LOGITS, rtol=1e-12, atol=1e-13)
    for theta, z in zip(start, LOGITS, strict=True):
        by_hand = [a * (u @ theta) for a, u in zip(SCALES, rotation(3, 1).T, strict=True)]
        np.testing.assert_allclose(by_hand, z, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(skewed.problem.logits(start), LOGITS, rtol=1e-12, atol=1e-13)
    assert skewed.start(LOGITS[None]).shape == (1, 3, 3)
    assert skewed.start(LOGITS[0]).shape == (3,)


def test_the_basis_is_the_eigenbasis_everywhere(skewed, rotation):
    matrices = skewed.problem.gauss_newton(skewed.start(LOGITS))
    for matrix, logits in zip(matrices, LOGITS, strict=True):
        rotated = rotation(3, 1).T @ matrix @ rotation(3, 1)
        slopes = [sigmoid(z) * sigmoid(-z) for z in logits]
        expected = np.diag(np.array(PROBABILITIES) * np.square(SCALES) * slopes)
        np.testing.assert_allclose(rotated, expected, rtol=1e-10, atol=1e-16)


def fel_step(rule, z, i, label):
    """The move of logit i at rate 1, from the formulas of FEL-1 (GN^-1 for any label)."""
    p, a = PROBABILITIES[i], SCALES[i]
    if rule == dp.GradientDescent():
        return p * a**2 * math.tanh(z / 2) / 2
    if rule == dp.GaussNewton(-1):
        return (1 - label) * math.exp(z) - label * math.exp(-z) + 1 - 2 * label
    if rule == dp.GaussNewton(-0.5):
        return math.sqrt(p) * abs(a) * math.sinh(z / 2)
    if rule == dp.Adam():
        return abs(a) * math.copysign(1, z)
    power = rule.power
    return (p * a**2) ** (1 + power) * math.tanh(z / 2) / 2 * (2 * math.cosh(z / 2)) ** (-2 * power)


@pytest.mark.parametrize(
    "rule",
    [dp.GradientDescent(), dp.Adam(), *(dp.GaussNewton(p) for p in (-1, -0.5, -0.8, 0.3, -1.2))],
    ids=repr,
)
def test_one_step_is_the_map_of_fel_1(rule, rotation):
    instance = dp.SkewedLogistic(PROBABILITIES, SCALES, rotation(3, 1))
    rates = [0.05, 0.7]
    for logits in LOGITS:
        run = dp.descend(
            instance.problem,
            rule,
            start=instance.start(logits),
            learning_rate=rates,
            steps=1,
            basis=instance.basis,
        )
        found = run.coordinates[1] * SCALES  # the optimum is 0
        moves = np.array([fel_step(rule, z, i, 0.5) for i, z in enumerate(logits)])
        for n, rate in enumerate(rates):
            np.testing.assert_allclose(logits - found[n], rate * moves, rtol=1e-10, atol=1e-11)


def test_newton_off_the_fair_coin_is_the_map_of_fel_1(skewed):
    logits = np.array([4.0, -2.0, 1.5])
    run = dp.descend(
        skewed.problem,
        dp.GaussNewton(),
        start=skewed.start(logits),
        learning_rate=0.3,
        steps=1,
        basis=skewed.basis,
    )
    moves = [fel_step(dp.GaussNewton(-1), z, i, LABELS[i]) for i, z in enumerate(logits)]
    found = skewed.logits(run.parameters[1])
    np.testing.assert_allclose(found, logits - 0.3 * np.array(moves), rtol=1e-12)


@pytest.mark.parametrize(
    "rule", [dp.GradientDescent(), dp.GaussNewton(-0.5), dp.Sophia(), dp.Adam(0.9, 0.99)], ids=repr
)
def test_logits_do_not_mix_to_the_last_bit(rule, rotation):
    # In its eigenbasis each coordinate runs as if it were alone, however large the others are.
    frame = dp.SkewedLogistic(PROBABILITIES, basis=rotation(3, 1)).problem.in_basis(rotation(3, 1))
    starts = np.array([[3.0, -1.0, 0.1], [12.0, -1.0, 0.1], [-7.0, -1.0, 0.1]])
    far = np.array([[700.0, -1.0, 0.1], [1e200, -1.0, 0.1], [-1e9, -1.0, 0.1]])
    for values, others in (
        (frame.gradient(starts), frame.gradient(far)),
        (frame.curvature(starts), frame.curvature(far)),
    ):
        np.testing.assert_array_equal(values[:, 1:], others[:, 1:])
    plain = dp.SkewedLogistic(PROBABILITIES).problem
    run = dp.descend(plain, rule, start=starts, learning_rate=1e-3, steps=8)
    for n in (1, 2):
        np.testing.assert_array_equal(run.coordinates[:, n, 1:], run.coordinates[:, 0, 1:])
        assert (run.coordinates[1:, n, 0] != run.coordinates[1:, 0, 0]).all()


def test_a_diverged_run_has_infinite_logits(skewed):
    run = dp.descend(
        skewed.problem,
        dp.GaussNewton(),
        start=skewed.start([1000.0, 0.0, 0.0]),
        learning_rate=1.0,
        steps=2,
        basis=skewed.basis,
    )
    found = skewed.logits(run.parameters)
    np.testing.assert_allclose(found[0], [1000, 0, 0], atol=1e-10)
    assert (found[1:] == np.inf).all()
    assert (skewed.logits([np.nan, 1.0, 1.0]) == np.inf).all()


CURVATURES, AMPLITUDES = [1.0, 0.1, 1.7], np.array([3.0, -2.0, 0.4])


@pytest.fixture
def blockwise():
    return dp.BlockwiseLogistic(CURVATURES)


def test_blocks_are_two_features_on_two_coordinates(blockwise):
    problem = blockwise.problem
    assert problem.features.shape == (6, 6)
    for k, mu in enumerate(CURVATURES):
        first, second = np.zeros((2, 6))
        first[2 * k : 2 * k + 2] = math.sqrt(mu) / 2
        second[2 * k : 2 * k + 2] = math.sqrt(2 - mu) / 2, -math.sqrt(2 - mu) / 2
        np.testing.assert_array_equal(problem.features[2 * k], first)
        np.testing.assert_array_equal(problem.features[2 * k + 1], second)
    np.testing.assert_allclose(problem.weights, 1 / 6, rtol=1e-15)
    np.testing.assert_array_equal(problem.optimum, np.zeros(6))
    assert blockwise.problem is problem


def test_at_the_optimum_the_identity_basis_sees_no_curvature(blockwise):
    diagonal = np.diag(blockwise.problem.gauss_newton(np.zeros(6)))
    np.testing.assert_allclose(diagonal, 1 / 48, rtol=1e-15)


def test_start_and_amplitudes_are_inverse(blockwise):
    start = blockwise.start(AMPLITUDES)
    np.testing.assert_array_equal(start, [3, 3, -2, -2, 0.4, 0.4])
    np.testing.assert_array_equal(blockwise.amplitudes(start), AMPLITUDES)
    np.testing.assert_array_equal(blockwise.amplitudes([1, 3, 0, 0, -1, 1]), [2, 0, 0])
    assert blockwise.start([[AMPLITUDES]]).shape == (1, 1, 6)
    logits = blockwise.problem.logits(start)
    np.testing.assert_allclose(logits[::2], np.sqrt(CURVATURES) * AMPLITUDES, rtol=1e-15)
    found = blockwise.amplitudes([[np.inf] * 6, [1.0] * 6])
    np.testing.assert_array_equal(found, [[np.inf] * 3, [1.0] * 3])


def fil_step(rule, z, mu, count):
    """The move of the logit of one block at rate 1, from the formulas of FIL-1."""
    weight = 1 / (2 * count)
    hidden = mu * sigmoid(z) * sigmoid(-z) + (2 - mu) / 4
    if rule == dp.GaussNewton(-1):
        return mu * math.tanh(z / 2) / hidden
    if rule == dp.GaussNewton(-0.5):
        return math.sqrt(weight) * mu / 2 * math.tanh(z / 2) / math.sqrt(hidden)
    if rule == dp.GradientDescent():
        return weight * mu / 4 * math.tanh(z / 2)
    return math.sqrt(mu) * math.copysign(1, z)


@pytest.mark.parametrize(
    "rule",
    [dp.GradientDescent(), dp.GaussNewton(-0.5), dp.GaussNewton(-1), dp.IdealisedAdam()],
    ids=repr,
)
def test_one_step_is_the_map_of_fil_1(rule, blockwise):
    run = dp.descend(
        blockwise.problem, rule, start=blockwise.start(AMPLITUDES), learning_rate=0.3, steps=1
    )
    logits = np.sqrt(CURVATURES) * blockwise.amplitudes(run.parameters)
    for k, mu in enumerate(CURVATURES):
        move = 0.3 * fil_step(rule, logits[0, k], mu, 3)
        assert logits[0, k] - logits[1, k] == pytest.approx(move, rel=1e-13)


@pytest.mark.parametrize("count", [1, 2, 3, 8])
@pytest.mark.parametrize(
    "rule",
    [dp.GradientDescent(), dp.GaussNewton(-0.5), dp.GaussNewton(-1), dp.Adam(0.9, 0.99)],
    ids=repr,
)
def test_a_block_stays_on_its_line_to_the_last_bit(rule, count):
    # Also where the line repels: at the largest of these rates a rounding error off it would grow.
    rng = np.random.default_rng(count)
    instance = dp.BlockwiseLogistic(rng.uniform(0.1, 1.9, count))
    starts = instance.start(rng.uniform(-3, 3, (5, count)))
    scale = {"GradientDescent": 20 * count, "GaussNewton": 1.0, "Adam": 0.1}[type(rule).__name__]
    rates = scale * np.array([0.1, 0.5, 1.0, 2.0, 3.0])
    run = dp.descend(instance.problem, rule, start=starts, learning_rate=rates, steps=300, every=50)
    np.testing.assert_array_equal(run.coordinates[..., ::2], run.coordinates[..., 1::2])
    assert run.status[0] is dp.Status.FINITE
