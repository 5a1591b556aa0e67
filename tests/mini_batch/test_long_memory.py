"""Long-memory Adam's fixed point in every basis, against dense stationary moments."""

import numpy as np
import pytest
from references import dense_product, joint_map, random_rotation

import diagprec_core as dp
from diagprec_core.mini_batch import long_memory
from diagprec_core.mini_batch.long_memory import fixed_points

NOISE = 0.7


def correlated(d, seed, ratio=30.0):
    """Return a covariance and a basis, neither of which has to do with the other."""
    spectrum = np.geomspace(1, 1 / ratio, d)
    return dense_product(random_rotation(d, seed), np.diag(spectrum)), random_rotation(d, seed + 50)


def frozen(covariance, preconditioner, rate, batch_size, beta1, kurtosis, noise):
    """Return the second moment of the error of a fixed preconditioner where it is stationary.

    Without momentum a linear system in d^2 numbers by Isserlis' theorem (SXQ-12 with kurtosis),
    with momentum the joint one of error and average.
    """
    d, one = len(covariance), np.eye(len(covariance))
    if beta1 > 0:
        step, source, _ = joint_map(covariance, preconditioner, rate, batch_size, beta1)
        joint = np.linalg.solve(np.eye(len(step)) - step, noise**2 * source)
        return joint.reshape(2 * d, 2 * d)[:d, :d]
    move, pull = one - rate * preconditioner @ covariance, rate * preconditioner
    around, spread = pull @ covariance, (pull @ covariance @ pull.T).reshape(-1)
    step = np.kron(move, move) + (2 * kurtosis - 1) / batch_size * np.kron(around, around)
    step += kurtosis / batch_size * np.outer(spread, covariance.reshape(-1))
    source = noise**2 / batch_size * spread
    return np.linalg.solve(np.eye(d * d) - step, source).reshape(d, d)


def again(covariance, basis, weights, rate, batch_size, beta1=0.0, kurtosis=1.0, noise=NOISE):
    """Return R_inf and the weights that Adam reads off a run with frozen weights."""
    preconditioner = basis @ np.diag(weights) @ basis.T
    law = (batch_size, beta1, kurtosis, noise)
    second = frozen(covariance, preconditioner, rate, *law)
    risk = np.trace(covariance @ second)
    square = (1 + (2 * kurtosis - 1) / batch_size) * covariance @ second @ covariance
    square += (kurtosis * risk + noise**2) / batch_size * covariance
    return risk, np.einsum("ji,jk,ki->i", basis, square, basis) ** -0.5


def weights_of(regression, basis, rates, *law):
    """Return the core's weights, a row a rate in the order of the rates."""
    rows = np.empty((len(rates), regression.dimension))
    matrix = regression.in_basis(basis).matrix
    for at, _, weights in fixed_points(matrix, regression.noise_std, np.array(rates), *law):
        rows[at] = weights
    return rows


@pytest.mark.parametrize("d", [1, 2, 3, 4])
@pytest.mark.parametrize("batch_size", [1, 7, 100])
@pytest.mark.parametrize(
    ("beta1", "kurtosis"), [(0.0, 1.0), (0.5, 1.0), (0.9, 1.0), (0.0, 2.5), (0.0, 0.7)]
)
def test_frozen_weights_reproduce_themselves(d, batch_size, beta1, kurtosis):
    covariance, basis = correlated(d, seed=d)
    regression, rates = dp.GaussianRegression(covariance, NOISE), [0.01, 0.3, 5.0]
    found = dp.stationary_risk(
        regression,
        dp.LongMemoryAdam(beta1),
        learning_rate=rates,
        batch_size=batch_size,
        basis=basis,
        kurtosis=kurtosis,
    )
    rows = weights_of(regression, basis, rates, batch_size, beta1, kurtosis)
    for rate, risk, weights in zip(rates, found, rows, strict=True):
        floor, back = again(covariance, basis, weights, rate, batch_size, beta1, kurtosis)
        assert risk == pytest.approx(floor, rel=1e-9)
        np.testing.assert_allclose(back, weights, rtol=1e-9)


@pytest.mark.parametrize("beta1", [0.0, 0.9])
def test_blocks_are_the_dense_matrix_that_they_fill(beta1):
    blocks = np.array([[[1.0, 0.6], [0.6, 2.0]], [[0.3, -0.1], [-0.1, 0.05]]])
    dense, rates = np.zeros((1, 4, 4)), np.array([0.02, 1.0, 40.0])
    dense[0, :2, :2], dense[0, 2:, 2:] = blocks
    split = fixed_points(blocks, NOISE, rates, 5, beta1)
    whole = fixed_points(dense, NOISE, rates, 5, beta1)
    for one, other in zip(split, whole, strict=True):
        assert one[1] == pytest.approx(other[1], rel=1e-11)
        np.testing.assert_allclose(one[2], other[2], rtol=1e-11)
        risk, weights = again(dense[0], np.eye(4), one[2], rates[one[0]], 5, beta1)
        assert one[1] == pytest.approx(risk, rel=1e-9)
        np.testing.assert_allclose(one[2], weights, rtol=1e-9)


SPECTRUM = np.array([2.0, 0.5, 0.1])


@pytest.mark.parametrize("batch_size", [1, 9, 2000])
@pytest.mark.parametrize(("beta1", "kurtosis"), [(0.0, 1.0), (0.6, 1.0), (0.99, 1.0), (0.0, 3.0)])
def test_the_dense_way_is_the_diagonal_one_where_nothing_couples(batch_size, beta1, kurtosis):
    rates, law = np.geomspace(1e-3, 1e3, 7), (batch_size, beta1, kurtosis)
    dense = list(fixed_points(np.diag(SPECTRUM)[None], NOISE, rates, *law))
    diagonal = list(fixed_points(SPECTRUM, NOISE, rates, *law))
    for one, other in zip(dense, diagonal, strict=True):
        assert one[1] == pytest.approx(other[1], rel=1e-10)
        np.testing.assert_allclose(one[2], other[2], rtol=1e-10)
    if beta1 == 0:  # SXQ-9's own equation
        options = (SPECTRUM, NOISE, rates, batch_size, kurtosis)
        risks = dp.long_memory_risk(*options)
        np.testing.assert_allclose([risk for _, risk, _ in diagonal], risks, rtol=1e-10)
        rows = [weights for _, _, weights in diagonal]
        np.testing.assert_allclose(rows, dp.long_memory_weights(*options), rtol=1e-10)


def test_the_public_risk_with_momentum_is_the_diagonal_solution():
    regression, basis = dp.GaussianRegression(SPECTRUM, NOISE), random_rotation(3, 7)
    turned = dp.GaussianRegression(dense_product(basis, np.diag(SPECTRUM)), NOISE, [1, 2, 3])
    options = {"learning_rate": [0.1, 2.0], "batch_size": 4}
    rule = dp.LongMemoryAdam(0.9)
    found = dp.stationary_risk(regression, rule, **options)
    np.testing.assert_allclose(
        dp.stationary_risk(turned, rule, **options, basis=basis), found, rtol=1e-10
    )
    assert isinstance(dp.stationary_risk(regression, rule, learning_rate=0.1, batch_size=4), float)
    assert (found < dp.stationary_risk(regression, dp.LongMemoryAdam(), **options)).all()
    assert dp.largest_stable_rate(turned, rule, batch_size=4) == np.inf
    average = dp.averaged_risk(turned, rule, **options, basis=basis)
    np.testing.assert_allclose(average, (NOISE**2 * 3 + 4 * found) / 4, rtol=1e-10)


@pytest.mark.parametrize("rule", [dp.LongMemoryAdam(), dp.LongMemoryAdam(0.8)])
def test_order_and_repetition_of_rates_do_not_matter(rule):
    covariance, basis = correlated(3, seed=8)
    regression = dp.GaussianRegression(covariance, NOISE)
    options = {"batch_size": 6, "basis": basis}
    rates = np.array([3.0, 1e-3, 3.0, 0.1, 1e4, 0.1])
    together = dp.stationary_risk(regression, rule, learning_rate=rates, **options)
    assert together.shape == rates.shape
    assert together[0] == pytest.approx(together[2], rel=1e-12)
    assert together[3] == pytest.approx(together[5], rel=1e-12)
    alone = [dp.stationary_risk(regression, rule, learning_rate=r, **options) for r in rates]
    np.testing.assert_allclose(together, alone, rtol=1e-11)
    rows = weights_of(regression, basis, rates, 6, rule.beta1)
    lone = [weights_of(regression, basis, [rate], 6, rule.beta1)[0] for rate in rates]
    np.testing.assert_allclose(rows, lone, rtol=1e-11)


def gap_of_equations(covariance, noise, rate, batch_size, beta1, kurtosis, risk, weights):
    """Return the larger relative gap of the module's two equations, S formed afresh."""
    kb = (1 - beta1) / (1 + beta1) + (2 * kurtosis - 1) / batch_size
    k = 1 + (2 * kurtosis - 1) / batch_size
    root = np.sqrt(rate * weights)
    s = root[:, None] * covariance * root
    m = np.linalg.solve(2 * np.eye(len(s)) - kb * s, s)
    volume, c = kurtosis * risk + noise**2, np.diag(covariance)
    x = rate * c * weights
    left = 2 * np.diag(m) + (k - kb) * np.einsum("ij,ji->i", m, s)
    first = left * x * volume / (batch_size * rate**2 * c) - 1
    return max(np.abs(first).max(), abs(np.trace(m) * volume / (batch_size * risk) - 1))


EXTREME = [1e-8, 1e-3, 1.0, 1e3, 1e8]


@pytest.mark.parametrize("noise", [0.0, 1e-3, 100.0])
@pytest.mark.parametrize("d", [1, 2, 5])
@pytest.mark.parametrize("batch_size", [1, 100, 10**4, 10**6])
@pytest.mark.parametrize(("beta1", "kurtosis"), [(0.0, 1.0), (0.5, 1.0), (0.999, 1.0), (0.0, 30.0)])
def test_nothing_is_too_far_out(d, batch_size, beta1, kurtosis, noise):
    # A large batch at a large rate lies within 1/B of the edge, where digits are lost.
    law = (batch_size, beta1, kurtosis)
    for seed, ratio in ((3, 10.0), (4, 1e10)):
        covariance, _ = correlated(d, seed, ratio)
        for matrix in (covariance[None], np.diag(covariance).copy()):
            full = covariance if matrix.ndim == 3 else np.diag(matrix)
            risks = np.empty(len(EXTREME))
            for at, risk, weights in fixed_points(matrix, noise, np.array(EXTREME), *law):
                gap = gap_of_equations(full, noise, EXTREME[at], *law, risk, weights)
                assert gap < max(1e-10, 1e-13 * batch_size)
                risks[at] = risk
            assert (np.diff(risks) > 0).all()
            if noise == 0:  # there is no other scale than the rate
                np.testing.assert_allclose(risks, risks[2] * np.square(EXTREME), rtol=1e-9)


@pytest.mark.parametrize("seed", range(40))
def test_no_start_is_too_far_off(seed):
    # Random problems with features of very different size, each rate from scratch and in a row.
    rng = np.random.default_rng(seed)
    d, batch_size = int(rng.integers(1, 7)), int(10 ** rng.integers(0, 7))
    factor = rng.standard_normal((d, d + 1)) * np.exp(rng.normal(scale=5, size=(d, 1)))
    covariance = factor @ factor.T
    covariance += 1e-12 * np.trace(covariance) / d * np.eye(d)
    beta1, noise = float(rng.choice([0.0, 0.5, 0.9, 0.99])), float(rng.choice([0.0, 1.0, 100.0]))
    rates, law = 10.0 ** rng.uniform(-8, 8, size=4), (batch_size, beta1, 1.0)
    row = {at: risk for at, risk, _ in fixed_points(covariance[None], noise, rates, *law)}
    for at, rate in enumerate(rates):
        [(_, risk, weights)] = fixed_points(covariance[None], noise, rates[[at]], *law)
        gap = gap_of_equations(covariance, noise, rate, *law, risk, weights)
        assert gap < max(1e-9, 1e-13 * batch_size)
        assert row[at] == pytest.approx(risk, rel=1e-9)


def test_newton_is_quick_and_follows_the_rates(monkeypatch):
    covariance, _ = correlated(6, seed=9)
    counts, newton = [0], long_memory._System.newton

    def counted(self, *args):
        counts[-1] += 1
        return newton(self, *args)

    monkeypatch.setattr(long_memory._System, "newton", counted)
    rates = np.geomspace(1e-3, 1e2, 40)
    list(fixed_points(covariance[None], NOISE, rates, 8))
    assert counts[0] < 5 * len(rates)  # a rate's solution is next to that of the one before
    for batch_size in (1, 100, 10**4, 10**6):
        for rate in (1e-6, 1e6):
            counts.append(0)
            list(fixed_points(covariance[None], NOISE, np.array([rate]), batch_size, 0.9))
            assert counts[-1] < long_memory.STEPS / 2  # far from where it gives up


@pytest.mark.parametrize("beta1", [0.0, 0.5, 0.95])
def test_small_rates_have_the_floor_of_the_diagonal(beta1):
    covariance, basis = correlated(4, seed=10)
    regression = dp.GaussianRegression(covariance, NOISE)
    options = {"learning_rate": 1e-7, "batch_size": 9, "basis": basis}
    found = dp.stationary_risk(regression, dp.LongMemoryAdam(beta1), **options)
    own = np.einsum("ji,jk,ki->i", basis, covariance, basis)
    assert found == pytest.approx(1e-7 * NOISE * np.sqrt(own).sum() / (2 * 3), rel=1e-5)
    [weights] = weights_of(regression, basis, [1e-7], 9, beta1)
    np.testing.assert_allclose(weights, 3 / NOISE / np.sqrt(own), rtol=1e-5)


def test_momentum_beside_its_own_is_refused():
    regression = dp.GaussianRegression(SPECTRUM, NOISE)
    options = {"batch_size": 2, "momentum": 0.5}
    message = "momentum: got 0.5, need 0 beside LongMemoryAdam, which has its own beta1"
    for rule in (dp.LongMemoryAdam(), dp.LongMemoryAdam(0.9)):
        for function in (dp.stationary_risk, dp.averaged_risk):
            with pytest.raises(ValueError, match=message):
                function(regression, rule, learning_rate=0.1, **options)
        with pytest.raises(ValueError, match=message):
            dp.largest_stable_rate(regression, rule, **options)


def test_kurtosis_beside_momentum_is_refused():
    regression, rule = dp.GaussianRegression(SPECTRUM, NOISE), dp.LongMemoryAdam(0.5)
    message = "kurtosis: got 2 beside momentum, need 1, or no momentum"
    options = {"batch_size": 2, "kurtosis": 2.0}
    with pytest.raises(ValueError, match=message):
        dp.stationary_risk(regression, rule, learning_rate=0.1, **options)
    with pytest.raises(ValueError, match=message):
        dp.largest_stable_rate(regression, rule, **options)
    plain = dp.stationary_risk(regression, rule, learning_rate=0.1, batch_size=2)
    assert plain == dp.stationary_risk(
        regression, rule, learning_rate=0.1, batch_size=2, kurtosis=1
    )
