"""What a finite memory costs, against drawn chains and against Laplace transforms."""

import numpy as np
import pytest
from scipy.special import gamma, gammaln
from scipy.stats import norm

import diagprec_core as dp
from diagprec_core.mini_batch.memory_price import memory_price, response_moments, square_law

Z_LIMIT = norm.isf(0.5e-6 / 16)  # two-sided 1e-6 for the sixteen numbers that are drawn here


def drawn(batch_size, beta1, beta2, size, rng):
    """Return psi^2 and the response c that follows it, for independent stationary averages."""
    before = int(np.ceil(np.log(1e-6) / np.log(beta2)))
    after = int(np.ceil(np.log(1e-9) / np.log(beta1))) if beta1 > 0 else 1

    def square():
        return rng.standard_normal(size) ** 2 * rng.chisquare(batch_size, size) / batch_size

    average = np.ones(size)
    for _ in range(before):
        average = beta2 * average + (1 - beta2) * square()
    first, response = square(), np.zeros(size)
    for age in range(after):
        average = beta2 * average + (1 - beta2) * (square() if age else first)
        response += (1 - beta1) * beta1**age / np.sqrt(average)
    return first, response


@pytest.mark.parametrize(
    ("batch_size", "beta1", "beta2"),
    [(1, 0.0, 0.9), (1, 0.5, 0.5), (3, 0.8, 0.9), (20, 0.5, 0.3)],
)
def test_drawn_chains_have_these_moments(batch_size, beta1, beta2):
    size, rng = 200_000, np.random.default_rng(61)
    square, response = drawn(batch_size, beta1, beta2, size, rng)
    first, second = response_moments(batch_size, beta1, beta2)
    # The mean of psi^2 c is E[c]; subtracting psi^2's known mean times it takes noise away.
    for samples, mean in ((response, first), (response**2, second)):
        values = square * (samples - mean) + mean
        z = (values.mean() - mean) / (values.std() / np.sqrt(size))
        assert abs(z) < Z_LIMIT
        wrong = 1.04 * mean  # and four hundredths more would be seen
        values = square * (samples - wrong) + wrong
        assert abs((values.mean() - wrong) / (values.std() / np.sqrt(size))) > Z_LIMIT
    assert memory_price(batch_size, beta1, beta2) == pytest.approx(second / first**2, rel=1e-12)


def by_laplace(batch_size, beta2, power):
    """Return E[psi^2 v^-power] without momentum, from v^-p = int t^(p-1) exp(-t v) dt/Gamma(p)."""
    half, step = batch_size / 2, min(0.1, 0.2 / np.sqrt(batch_size))
    low, high = -60 / batch_size - 10 / np.sqrt(half), min(5.0, 20 / np.sqrt(half))
    log_q = np.arange(low, high, step) + np.log(batch_size)
    share = np.exp(half * log_q - np.exp(log_q) / 2 - half * np.log(2) - gammaln(half)) * step
    q = np.exp(log_q) / batch_size
    logs = np.arange(-50.0, 80.0, 0.2)
    t = np.exp(logs)

    def moment(at, more=0.0):
        """E[exp(-at psi^2)] or, with 1, -d/d(at) of it; the normal number integrated out."""
        return (1 + 2 * np.outer(at, q)) ** (-0.5 - more) @ (share * q**more)

    ages = np.arange(1, int(np.log(1e-18) / np.log(beta2)) + 2)
    past = sum(np.log(moment((1 - beta2) * beta2**age * t)) for age in ages)
    return (t**power * moment((1 - beta2) * t, 1.0) * np.exp(past)).sum() * 0.2 / gamma(power)


@pytest.mark.parametrize(
    ("batch_size", "beta2"), [(1, 0.01), (1, 0.5), (2, 0.9), (5, 0.3), (64, 0.7), (1000, 0.6)]
)
def test_without_momentum_laplace_transforms_have_these_moments(batch_size, beta2):
    found = response_moments(batch_size, 0.0, beta2)
    expected = [by_laplace(batch_size, beta2, power) for power in (0.5, 1.0)]
    np.testing.assert_allclose(found, expected, rtol=1e-8)


@pytest.mark.parametrize("batch_size", [1, 2, 7, 1000, 10**5])
def test_no_memory_is_sign_descent(batch_size):
    gain = float(dp.sign_gain(batch_size))
    assert memory_price(batch_size, 0, 0) == pytest.approx(batch_size / gain**2, rel=1e-12)
    first, second = response_moments(batch_size, 0.0, 0.0)
    assert first == pytest.approx(gain / np.sqrt(batch_size), rel=1e-12)
    assert second == 1.0
    # The way there is as the root of beta2, and steeper at B = 1.
    near = memory_price(batch_size, 0, 1e-6)
    assert 0.99 * batch_size / gain**2 < near < batch_size / gain**2


@pytest.mark.parametrize("batch_size", [1, 2, 30, 10**5])
def test_a_long_memory_costs_a_quarter_of_what_it_leaves_out(batch_size):
    for beta1 in (0.0, 0.9):
        excess = memory_price(batch_size, beta1, 0.99999) - 1
        assert excess == pytest.approx(1e-5 * (1 + 3 / batch_size) / 4, rel=1e-3)


@pytest.mark.parametrize("batch_size", [1, 4, 300, 10**5])
def test_longer_memories_and_momentum_cost_less(batch_size):
    beta2 = [0.0, 1e-4, 0.1, 0.3, 0.6, 0.9, 0.99, 0.999, 0.9999, 0.99999]
    prices = [memory_price(batch_size, 0.0, beta) for beta in beta2]
    assert (np.diff(prices) < 0).all()
    assert prices[-1] > 1
    beta1 = [0.0, 0.3, 0.6, 0.9, 0.94]
    assert (np.diff([memory_price(batch_size, beta, 0.9) for beta in beta1]) < 0).all()


@pytest.mark.parametrize("betas", [(0.0, 0.5), (0.9, 0.95), (0.9, 0.999)])
def test_larger_batches_cost_less_and_tend_to_normal_gradients(betas):
    prices = np.array([memory_price(batch, *betas) for batch in (1, 2, 5, 20, 300, 10**4, 10**5)])
    assert (np.diff(prices) < 0).all()
    # The rest is of the size of 1/B.
    normal = (10 * prices[-1] - prices[-2]) / 9
    assert (prices[4] - normal) * 300 == pytest.approx((prices[5] - normal) * 1e4, rel=0.05)


@pytest.mark.parametrize("batch_size", [1, 2, 3, 50, 10**5])
def test_the_law_of_squares_has_its_moments(batch_size):
    log_squares, chances = square_law(batch_size)
    assert chances.sum() == pytest.approx(1, abs=1e-12)
    assert chances @ np.exp(log_squares) == pytest.approx(1, rel=1e-9)
    assert chances @ np.exp(2 * log_squares) == pytest.approx(3 + 6 / batch_size, rel=1e-9)
    assert chances @ np.exp(log_squares / 2) == pytest.approx(
        float(dp.sign_gain(batch_size)) / np.sqrt(batch_size), rel=1e-9
    )


@pytest.mark.parametrize("beta1", [0.5, 0.9, 0.999])
def test_up_to_the_edge_of_what_has_a_bound(beta1):
    edge = memory_price(4, beta1, beta1**2 + 1e-9)
    assert edge == pytest.approx(memory_price(4, beta1, beta1**2 + 1e-6), rel=1e-3)
    for beta2 in (beta1**2, beta1**2 - 1e-9, 0.0):
        with pytest.raises(ValueError, match=rf"\Abeta2: got .* beside a beta1 of {beta1:g}, need"):
            memory_price(4, beta1, beta2)


def test_a_message_says_what_is_needed():
    with pytest.raises(
        ValueError, match=r"\Abeta2: got 0.5 beside a beta1 of 0.9, need more than beta1\^2"
    ):
        memory_price(1, 0.9, 0.5)
    with pytest.raises(ValueError, match=r"\Abeta2: got 1.0, need"):
        memory_price(1, 0.9, 1.0)
    with pytest.raises(ValueError, match=r"\Abatch_size: got 0, need"):
        memory_price(0, 0.0, 0.0)
