"""Exact sampling of mini-batch gradients, at a cost that does not depend on the batch (SXQ-10).

For linear regression no batch is drawn. With V = R + sigma^2, q ~ V chi^2_B and z ~ N(0, Sigma),
the gradient has the law of ``q Sigma delta/(B V) + (sqrt(q)/B)(z - k (delta^T z) Sigma delta)``
with k = 1/(V + sigma sqrt V), a form without cancellation at R = 0 and at sigma = 0. For logistic
regression counts are drawn, not examples.
"""

import numpy as np
from scipy.linalg.blas import dtrmm
from scipy.special import expit

from .. import validation as check
from ..numerics.blocks import inner
from ..problems.gaussian import GaussianRegression
from ..problems.logistic import LogisticRegression

PIECE = 2**16  # numbers of one pass


def sample_gradients(problem, parameters, *, batch_size, size, rng):
    """Return independent mini-batch gradients with exactly the law that data would give them.

    Parameters
    ----------
    problem : GaussianRegression or LogisticRegression
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
        Means over the batch of (x^T theta - y) x, or of (s(x^T theta) - y) x, in the coordinates of
        the parameters.

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
    check.as_instance("problem", problem, (GaussianRegression, LogisticRegression))
    batch_size = check.as_count("batch_size", batch_size, low=1)
    size = check.as_count("size", size, low=1)
    check.as_instance("rng", rng, np.random.Generator)
    parameters = check.as_array("parameters", parameters, (problem.dimension,))
    if isinstance(problem, LogisticRegression):
        return _sample_logistic(problem, parameters, batch_size, size, rng)
    frame = problem.full_batch.in_basis()
    errors = frame.coordinates(parameters)
    gradient, factor = frame.gradient(errors), problem.feature_root
    samples = rng.standard_normal((size, len(errors)))
    # A diagonal problem only passes over the array: in pieces that stay in the cache.
    rows = size if factor.ndim == 2 else max(1, PIECE // len(errors))
    for first in range(0, size, rows):
        piece = samples[first : first + rows]
        draw(gradient, errors, problem.noise_std, factor, batch_size, rng, piece)
    return samples


def draw(gradient, errors, noise_std, factor, batch_size, rng, noise):
    """Turn standard normals into mini-batch gradients, in place, in the coordinates of a frame.

    Parameters
    ----------
    gradient, errors : numpy.ndarray, shapes that broadcast to (..., d)
        U^T Sigma delta and U^T delta.
    noise_std : float
        sigma.
    factor : numpy.ndarray
        F with F^T F = U^T Sigma U, as from ``regression.root``.
    batch_size : int
        B.
    rng : numpy.random.Generator
        Draws q, one number a gradient.
    noise : numpy.ndarray, shape (..., d)
        Standard normals, contiguous; they become the gradients.
    """
    variance = inner(errors, gradient) + noise_std**2
    q = variance * rng.chisquare(batch_size, noise.shape[:-1])
    if factor.ndim == 1:
        noise *= factor
    else:
        # In place: noise = noise F, with half the operations of a product with a full matrix.
        rows = noise.reshape(-1, len(factor))
        dtrmm(1.0, factor, rows.T, trans_a=True, overwrite_b=True)
    # At the optimum of noiseless data V = 0: every gradient is 0, and so are q and the gradient.
    safe = np.where(variance == 0, 1.0, variance)
    k = 1 / (safe + noise_std * np.sqrt(safe))
    scale = np.sqrt(q) / batch_size
    along = q / (batch_size * safe) - scale * k * inner(noise, errors)
    noise *= scale[..., None]
    noise += along[..., None] * gradient


def draw_logistic(frame, errors, batch_size, rng):
    """Return one mini-batch gradient U^T ghat of logistic regression at each point, exactly.

    What is drawn is how often each feature vector shows in the batch and how often with the label
    1, so the cost does not depend on the batch size.

    Parameters
    ----------
    frame : LogisticFrame
    errors : numpy.ndarray, shape (..., d)
        U^T (theta - theta*).
    batch_size : int
        B.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (..., d)
    """
    logits = frame.logits(errors)
    shown = rng.multinomial(batch_size, frame.problem.weights, logits.shape[:-1])
    ones = rng.binomial(shown, frame.problem.label_probability)
    return frame.total((shown - ones) * expit(logits) - ones * expit(-logits)) / batch_size


def _sample_logistic(problem, parameters, batch_size, size, rng):
    """Return `size` gradients at one point, in pieces that stay in the cache."""
    frame, samples = problem.in_basis(), np.empty((size, len(parameters)))
    errors = frame.coordinates(parameters)
    for piece in np.split(samples, range(0, size, max(1, PIECE // len(problem.features)))[1:]):
        piece[...] = draw_logistic(frame, np.broadcast_to(errors, piece.shape), batch_size, rng)
    return samples
