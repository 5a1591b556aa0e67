"""Exact sampling of mini-batch gradients, at a cost that does not depend on the batch (SXQ-10).

No batch is drawn. With V = R + sigma^2, q ~ V chi^2_B and z ~ N(0, Sigma), the gradient has the law
of ``q Sigma delta/(B V) + (sqrt(q)/B)(z - k (delta^T z) Sigma delta)`` with
k = 1/(V + sigma sqrt V), a form without cancellation at R = 0 and at sigma = 0.
"""

import numpy as np

from . import validation as check
from .blocks import inner
from .regression import GaussianRegression


def sample_gradients(regression, parameters, *, batch_size, size, rng):
    """Return independent mini-batch gradients with exactly the law that data would give them.

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
    frame = regression.full_batch.in_basis()
    errors = frame.coordinates(parameters)
    gradient, noise = frame.gradient(errors), rng.standard_normal((size, len(errors)))
    return draw(gradient, errors, regression.noise_std, root(frame.matrix), batch_size, rng, noise)


def draw(gradient, errors, noise_std, factor, batch_size, rng, noise):
    """Turn standard normals into mini-batch gradients, in place, in the coordinates of a frame.

    Parameters
    ----------
    gradient, errors : numpy.ndarray, shapes that broadcast to (..., d)
        U^T Sigma delta and U^T delta.
    noise_std : float
        sigma.
    factor : numpy.ndarray
        :func:`root` of U^T Sigma U.
    batch_size : int
        B.
    rng : numpy.random.Generator
        Draws q, one number a gradient.
    noise : numpy.ndarray, shape (..., d)
        Standard normals; overwritten where the covariance is diagonal.

    Returns
    -------
    numpy.ndarray, shape (..., d)
    """
    variance = inner(errors, gradient) + noise_std**2
    q = variance * rng.chisquare(batch_size, noise.shape[:-1])
    z = np.multiply(noise, factor, out=noise) if factor.ndim == 1 else noise @ factor
    # At the optimum of noiseless data V = 0: every gradient is 0, and so are q and the gradient.
    safe = np.where(variance == 0, 1.0, variance)
    k = 1 / (safe + noise_std * np.sqrt(safe))
    scale = np.sqrt(q) / batch_size
    along = q / (batch_size * safe) - scale * k * np.einsum("...i,...i->...", z, errors)
    z *= scale[..., None]
    z += along[..., None] * gradient
    return z


def root(matrix):
    """Return F with F^T F = Sigma: of a diagonal (d,) its root, of a matrix (1, d, d) Cholesky's.

    >>> root(np.array([1.0, 4.0]))
    array([1., 2.])
    """
    return np.sqrt(matrix) if matrix.ndim == 1 else np.linalg.cholesky(matrix[0]).T
