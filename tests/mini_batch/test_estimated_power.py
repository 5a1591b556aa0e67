"""The factor of a power of an estimated curvature against exact fractions, integrals and data."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad

from diagprec_core.mini_batch.moments import estimated_power


@pytest.mark.parametrize("samples", [3, 4, 5, 10, 39, 40, 42, 43, 1000, 10**6, 10**12, 10**15])
def test_whole_powers_are_ratios_of_whole_numbers(samples):
    n = Fraction(samples)
    assert estimated_power(1.0, samples) == pytest.approx(1, rel=2e-14)
    assert estimated_power(2, samples) == pytest.approx(float((n + 2) / n), rel=2e-14)
    assert estimated_power(-1, samples) == pytest.approx(float(n / (n - 2)), rel=2e-14)
    if samples > 4:
        exact = n**2 / ((n - 2) * (n - 4))
        assert estimated_power(-2, samples) == pytest.approx(float(exact), rel=2e-14)


@pytest.mark.parametrize("power", [-2.5, -0.5, -0.3, 0.7, 4.2, 30.0])
@pytest.mark.parametrize("samples", [6, 41, 46, 10**4, 10**9])
def test_other_powers_are_ratios_of_gammas(power, samples):
    with mpmath.workdps(40):
        half, p = mpmath.mpf(samples) / 2, mpmath.mpf(power)
        exact = mpmath.exp(mpmath.loggamma(half + p) - mpmath.loggamma(half) - p * mpmath.log(half))
    assert estimated_power(power, samples) == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize(("power", "samples"), [(-1, 3), (-0.5, 2), (-0.5, 7), (1.5, 1)])
def test_the_factor_is_the_integral_over_normal_features(power, samples):
    # The radius of n normals has the density r^(n-1) exp(-r^2/2), up to its integral.
    weight = quad(lambda r: r ** (samples - 1) * np.exp(-(r**2) / 2), 0, np.inf)[0]
    moment = quad(lambda r: r ** (samples - 1 + 2 * power) * np.exp(-(r**2) / 2), 0, np.inf)[0]
    expected = moment / weight / samples**power
    assert estimated_power(power, samples) == pytest.approx(expected, rel=1e-8)


def test_the_factor_is_that_of_drawn_features():
    features = np.random.default_rng(5).standard_normal((200_000, 12))
    inverse = 1 / np.mean(features**2, axis=1)
    error = inverse.std() / np.sqrt(len(inverse))
    assert abs(inverse.mean() - estimated_power(-1, 12)) < 5 * error
    assert abs(inverse.mean() - 1) > 20 * error


@pytest.mark.parametrize(
    ("power", "infinite", "finite"),
    [(-1, 2, 3), (-0.5, 1, 2), (-2, 4, 5), (-0.6, 1, 2), (-4, 8, 9)],
)
def test_the_expectation_is_infinite_up_to_minus_two_p(power, infinite, finite):
    assert estimated_power(power, infinite) == np.inf
    assert np.isfinite(estimated_power(power, finite))


def test_power_zero_changes_nothing():
    assert [estimated_power(0, n) for n in (1, 2, 39, 40, 41, 10**15)] == [1.0] * 6


def test_out_of_range_is_inf_without_a_warning():
    assert estimated_power(1e4, 1) == np.inf
    assert type(estimated_power(-1, 8)) is float


@pytest.mark.parametrize("power", [True, "1", None, np.nan, np.inf, 1j, [1.0]])
def test_an_unfit_power_is_named(power):
    with pytest.raises(ValueError, match=r"^power: got .*, need"):
        estimated_power(power, 4)


@pytest.mark.parametrize("samples", [True, "1", None, 2.0, 0, -1, [3]])
def test_an_unfit_number_of_samples_is_named(samples):
    with pytest.raises(ValueError, match=r"^samples: got .*, need"):
        estimated_power(-1.0, samples)
