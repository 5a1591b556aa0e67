"""Exact sampling of mini-batch gradients, at a cost that does not depend on the batch (SXQ-10)."""

import numpy as np

from . import validation as check
from .regression import GaussianRegression


def sample_gradients(regression, parameters, *, batch_size, size, rng):
    """Return independent mini-batch gradients with exactly the law that data would give them.

    No batch is drawn. With V = R + sigma^2, q ~ V chi^2_B and z ~ N(0, Sigma), the gradient has the
    law of ``q Sigma delta/(B V) + (sqrt(q)/B)(z - k (delta^T z) Sigma delta)`` with
    k = 1/(V + sigma sqrt V), a form without cancellation at R = 0 and at sigma = 0 (claim SXQ-10).

    Parameters
    ----------
    regression : GaussianRegression
    parameters : array_like, shape (d,)
        theta.
    batch_size : int
        B, at least 1; the cost does not depend on it.
    size : int
        How many gradients, at least 1.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (size, d)
        Means over the batch of (x^T theta - y) x, in the coordinates of the parameters.

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([[1, 0], [0, 4]], noise_std=1.0)
    >>> rng = np.random.default_rng(0)
    >>> sample_gradients(regression, [1, 1], batch_size=256, size=3, rng=rng).shape
    (3, 2)
    """
    check.as_instance("regression", regression, GaussianRegression)
    batch_size = check.as_count("batch_size", batch_size, low=1)
    size = check.as_count("size", size, low=1)
    check.as_instance("rng", rng, np.random.Generator)
    parameters = check.as_array("parameters", parameters, (regression.dimension,))
    errors = parameters - regression.optimum
    gradient = regression.covariance @ errors
    variance = errors @ gradient + regression.noise_std**2
    if variance == 0:
        return np.zeros((size, regression.dimension))
    q = variance * rng.chisquare(batch_size, (size, 1))
    z = rng.standard_normal((size, regression.dimension)) @ root(regression.covariance)
    k = 1 / (variance + regression.noise_std * np.sqrt(variance))
    noise = z - k * (z @ errors)[:, None] * gradient
    return q / (batch_size * variance) * gradient + np.sqrt(q) / batch_size * noise


def root(covariance):
    """Return an upper triangular F with F^T F = Sigma, or the diagonal root of a diagonal Sigma.

    >>> root(np.diag([1.0, 4.0]))
    array([[1., 0.],
           [0., 2.]])
    """
    return np.linalg.cholesky(covariance).T
