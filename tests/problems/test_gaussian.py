"""Mini-batch gradients of Gaussian regression against data, moments and integrals."""

import math

import numpy as np
import pytest
from references import isserlis_second_moment
from scipy.integrate import quad
from scipy.stats import norm

import diagprec_core as dp

DRAWS = 200_000
# Two-sided 1e-6 after Bonferroni's correction for the 80 numbers that this module tests by chance.
Z_LIMIT = norm.isf(0.5e-6 / 80)


@pytest.fixture(scope="module")
def setting():
    rng = np.random.default_rng(11)
    factor = rng.standard_normal((4, 4))
    covariance = factor @ factor.T + 0.2 * np.eye(4)
    basis, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    optimum, parameters = rng.standard_normal((2, 4))
    return dp.GaussianRegression(covariance, 0.7, optimum), parameters, basis


def draw_batches(regression, parameters, batch_size, rng):
    """Mini-batch gradients the slow way: features, labels, residuals, means."""
    d = len(parameters)
    factor = np.linalg.cholesky(regression.covariance)
    x = rng.standard_normal((DRAWS, batch_size, d)) @ factor.T
    noise = regression.noise_std * rng.standard_normal((DRAWS, batch_size))
    residual = x @ parameters - (x @ regression.optimum + noise)
    return np.einsum("nb,nbi->ni", residual, x) / batch_size


def z_scores(samples, expected):
    return (samples.mean(axis=0) - expected) / (samples.std(axis=0) / np.sqrt(len(samples)))


@pytest.mark.parametrize("batch_size", [1, 2, 7, 300])
def test_second_moment_is_that_of_the_fourth_moment_tensor(setting, batch_size):
    regression, parameters, basis = setting
    expected = isserlis_second_moment(regression, parameters, batch_size, basis)
    found = dp.second_moment(regression, parameters, batch_size=batch_size, basis=basis)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("batch_size", [1, 2, 7, 300])
def test_kurtosis_is_that_of_a_scale_mixture(setting, batch_size):
    # x = s z with z Gaussian and s one of three sizes: the per-example moments are averages.
    regression, parameters, basis = setting
    chances, sizes = np.array([0.5, 0.3, 0.2]), np.array([0.1, 1.0, 3.0])
    covariance = regression.covariance * (chances @ sizes**2)
    mean, single = covariance @ (parameters - regression.optimum), 0.0
    for chance, size in zip(chances, sizes, strict=True):
        part = dp.GaussianRegression(
            regression.covariance * size**2, regression.noise_std, regression.optimum
        )
        single += chance * isserlis_second_moment(part, parameters, 1, basis)
    expected = single / batch_size + (1 - 1 / batch_size) * (basis.T @ mean) ** 2
    found = dp.second_moment(
        dp.GaussianRegression(covariance, regression.noise_std, regression.optimum),
        parameters,
        batch_size=batch_size,
        basis=basis,
        kurtosis=chances @ sizes**4 / (chances @ sizes**2) ** 2,
    )
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_least_kurtosis_is_that_of_features_on_a_circle():
    # x = sqrt(2) (cos t, sin t) has covariance I; eight angles have the circle's fourth moments.
    angles = np.arange(8) * np.pi / 4
    x = np.sqrt(2) * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    parameters, noise_std = np.array([0.8, -0.3]), 0.4
    expected = ((x @ parameters) ** 2 + noise_std**2) @ x**2 / 8
    regression = dp.GaussianRegression([1.0, 1.0], noise_std)
    found = dp.second_moment(regression, parameters, batch_size=1, kurtosis=0.5)
    np.testing.assert_allclose(found, expected, rtol=1e-13)


@pytest.mark.parametrize("batch_size", [1, 5])
def test_moments_and_signs_are_those_of_drawn_batches(setting, batch_size):
    regression, parameters, basis = setting
    rng = np.random.default_rng(12)
    drawn = draw_batches(regression, parameters, batch_size, rng) @ basis
    options = {"batch_size": batch_size, "basis": basis}
    moment = dp.second_moment(regression, parameters, **options)
    sign = dp.expected_sign(regression, parameters, **options)
    assert np.abs(z_scores(drawn**2, moment)).max() < Z_LIMIT
    assert np.abs(z_scores(np.sign(drawn), sign)).max() < Z_LIMIT
    # What this could have seen: a moment that is off by a tenth.
    assert np.abs(z_scores(drawn**2, 1.1 * moment)).max() > Z_LIMIT
    assert np.abs(z_scores(np.sign(drawn), 0.9 * sign)).max() > Z_LIMIT


@pytest.mark.parametrize("batch_size", [1, 5])
def test_the_sampler_has_the_moments_of_drawn_batches(setting, batch_size):
    regression, parameters, basis = setting
    rng = np.random.default_rng(13)
    sampled = dp.sample_gradients(
        regression, parameters, batch_size=batch_size, size=DRAWS, rng=rng
    )
    mean = regression.covariance @ (parameters - regression.optimum)
    assert np.abs(z_scores(sampled, mean)).max() < Z_LIMIT
    moment = isserlis_second_moment(regression, parameters, batch_size, basis)
    assert np.abs(z_scores((sampled @ basis) ** 2, moment)).max() < Z_LIMIT
    sign = dp.expected_sign(regression, parameters, batch_size=batch_size, basis=basis)
    assert np.abs(z_scores(np.sign(sampled @ basis), sign)).max() < Z_LIMIT


@pytest.mark.parametrize("batch_size", [1, 5])
def test_the_sampler_takes_a_vector_of_variances(batch_size):
    variances, optimum, parameters = [2.0, 0.5, 0.1], [0.0, 1.0, -1.0], np.array([1.0, -1.0, 2.0])
    dense = dp.GaussianRegression(np.diag(variances), 0.7, optimum)
    found, expected = (
        dp.sample_gradients(
            regression,
            parameters,
            batch_size=batch_size,
            size=DRAWS,
            rng=np.random.default_rng(14),
        )
        for regression in (dp.GaussianRegression(variances, 0.7, optimum), dense)
    )
    np.testing.assert_array_equal(found, expected)
    drawn = draw_batches(dense, parameters, batch_size, np.random.default_rng(15))
    mean = variances * (parameters - optimum)
    moment = isserlis_second_moment(dense, parameters, batch_size, np.eye(3))
    for samples in (found, drawn):
        assert np.abs(z_scores(samples, mean)).max() < Z_LIMIT
        assert np.abs(z_scores(samples**2, moment)).max() < Z_LIMIT
    # Beyond the first two moments: how the coordinates' sizes go together.
    both = [(samples**2).prod(axis=1) ** (1 / 3) for samples in (found, drawn)]
    spread = np.sqrt((both[0].var() + both[1].var()) / DRAWS)
    assert abs(both[0].mean() - both[1].mean()) < Z_LIMIT * spread


def test_features_are_the_root_applied_to_standard_normals(setting):
    regression, variances = setting[0], np.array([4.0, 0.25])
    root = regression.in_basis().root
    np.testing.assert_allclose(root.T @ root, regression.covariance, rtol=1e-13)
    for covariance in (variances, np.diag(variances)):
        found = dp.GaussianRegression(covariance, 1.0).in_basis().root
        np.testing.assert_array_equal(found, [2.0, 0.5])


def student_density(t, degrees):
    """Density of Student's t by its definition as a mixture, over chi-square by quadrature."""

    def integrand(v):
        log_chi = (degrees / 2 - 1) * np.log(v) - v / 2 - degrees / 2 * np.log(2)
        scale = np.sqrt(degrees / v)
        return np.exp(log_chi - np.real(np.log(_gamma(degrees / 2)))) * norm.pdf(t / scale) / scale

    return quad(integrand, 0, np.inf, epsabs=1e-11)[0]


def _gamma(x):
    return quad(lambda u: u ** (x - 1) * np.exp(-u), 0, np.inf, epsabs=1e-12)[0]


def test_expected_sign_is_the_integral_of_the_student_density(setting):
    regression, parameters, _ = setting
    rho = dp.correlation(regression, parameters)
    found = dp.expected_sign(regression, parameters, batch_size=5)
    for r, sign in zip(rho, found, strict=True):
        end = np.sqrt(5) * r / np.sqrt(1 - r**2)
        expected = 2 * quad(student_density, 0, end, args=(5,), epsabs=1e-9)[0]
        assert sign == pytest.approx(expected, abs=1e-8)


def test_expected_sign_in_closed_form_at_one_and_two(setting):
    regression, parameters, basis = setting
    rho = dp.correlation(regression, parameters, basis=basis)
    one = dp.expected_sign(regression, parameters, batch_size=1, basis=basis)
    two = dp.expected_sign(regression, parameters, batch_size=2, basis=basis)
    np.testing.assert_allclose(one, 2 / np.pi * np.arcsin(rho), rtol=1e-12)
    np.testing.assert_allclose(two, rho, rtol=1e-12)


def test_expected_sign_tends_to_the_sign(setting):
    regression, parameters, _ = setting
    found = dp.expected_sign(regression, parameters, batch_size=10**6)
    np.testing.assert_allclose(found, np.sign(dp.correlation(regression, parameters)), rtol=1e-12)


def test_without_noise_in_one_dimension_the_correlation_is_one():
    regression = dp.GaussianRegression([[3.0]], noise_std=0.0)
    assert dp.correlation(regression, [2.0])[0] == pytest.approx(1.0, rel=1e-15)
    assert dp.expected_sign(regression, [-2.0], batch_size=3)[0] == -1.0


@pytest.mark.parametrize("batch_size", [1, 4])
def test_at_a_noise_free_optimum_everything_is_zero(batch_size):
    regression = dp.GaussianRegression(np.eye(3), noise_std=0.0)
    rng = np.random.default_rng(0)
    drawn = dp.sample_gradients(regression, np.zeros(3), batch_size=batch_size, size=2, rng=rng)
    np.testing.assert_array_equal(drawn, np.zeros((2, 3)))
    np.testing.assert_array_equal(dp.correlation(regression, np.zeros(3)), np.zeros(3))
    found = dp.expected_sign(regression, np.zeros(3), batch_size=batch_size)
    np.testing.assert_array_equal(found, np.zeros(3))


def test_batches_of_parameters(setting):
    regression, parameters, basis = setting
    many = parameters + np.random.default_rng(1).standard_normal((2, 3, 4))
    together = dp.second_moment(regression, many, batch_size=3, basis=basis)
    alone = dp.second_moment(regression, many[1, 2], batch_size=3, basis=basis)
    np.testing.assert_allclose(together[1, 2], alone, rtol=1e-13)
    assert regression.risk(many).shape == (2, 3)
    np.testing.assert_allclose(
        regression.risk(many[0, 1]) / 2, regression.full_batch.loss(many[0, 1]), rtol=1e-13
    )


@pytest.mark.parametrize("batch_size", [1, 2, 5, 256])
def test_expected_sign_of_a_small_correlation_keeps_its_digits(batch_size):
    # To first order the expected sign is a_B rho; the next term is smaller by about B rho^2.
    slope = 2 * math.gamma((batch_size + 1) / 2) / math.gamma(batch_size / 2) / math.sqrt(math.pi)
    regression = dp.GaussianRegression([1.0, 1.0], noise_std=1.0)
    for rho in (1e-9, 1e-12):
        found = dp.expected_sign(regression, [rho, -rho], batch_size=batch_size)
        np.testing.assert_allclose(found, [slope * rho, -slope * rho], rtol=1e-12)
