"""Exact sampling of mini-batch gradients, at a cost that does not depend on the batch (SXQ-10).

For linear regression no batch is drawn. With V = R + sigma^2, q ~ V chi^2_B and z ~ N(0, Sigma),
the gradient has the law of ``q Sigma delta/(B V) + (sqrt(q)/B)(z - k (delta^T z) Sigma delta)``
with k = 1/(V + sigma sqrt V), a form without cancellation at R = 0 and at sigma = 0. For logistic
regression counts are drawn, not examples.
"""

from functools import singledispatch

import numpy as np
from scipy.linalg.blas import dtrmm
from scipy.special import expit

from .. import validation as check
from ..numerics.blocks import inner
from ..numerics.pieces import pieces
from ..problems.frame import in_frame
from ..problems.gaussian import GaussianFrame
from ..problems.logistic_frame import LogisticFrame

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
    frame = in_frame("problem", problem, None, (GaussianFrame, LogisticFrame))
    batch_size = check.as_count("batch_size", batch_size, low=1)
    size = check.as_count("size", size, low=1)
    check.as_instance("rng", rng, np.random.Generator)
    errors = frame.coordinates(check.as_array("parameters", parameters, (frame.dimension,)))
    gradient, samples = frame.gradient(errors), np.empty((size, len(errors)))
    filled = isinstance(frame, GaussianFrame)
    if filled:
        rng.standard_normal(out=samples)  # all at once: what is drawn does not depend on the pieces
    for piece in pieces(size, _width(frame), PIECE):
        out = samples[piece]
        here = np.broadcast_to(errors, out.shape)
        draw(frame, here, gradient, batch_size, rng, out, filled=filled)
    return samples


@singledispatch
def draw(frame, errors, gradient, batch_size, rng, out, *, filled=False):
    """Write one mini-batch gradient U^T ghat for each of the errors, exactly, into `out`.

    Parameters
    ----------
    frame : GaussianFrame or LogisticFrame
    errors : numpy.ndarray, shape (..., d)
        U^T (theta - theta*).
    gradient : numpy.ndarray
        U^T g there, of a shape that broadcasts with `errors`.
    batch_size : int
        B.
    rng : numpy.random.Generator
    out : numpy.ndarray, shape (..., d)
        Contiguous; may not be `errors` or `gradient`.
    filled : bool
        Whether `out` holds the standard normals already that a GaussianFrame turns into gradients.

    Raises
    ------
    NotImplementedError
        If there is no sampler for the frame.
    """
    raise NotImplementedError(type(frame).__name__)


@draw.register
def _(frame: GaussianFrame, errors, gradient, batch_size, rng, out, *, filled=False):
    if not filled:
        rng.standard_normal(out=out)
    noise_std, factor = frame.noise_std, frame.root
    variance = inner(errors, gradient) + noise_std**2
    q = variance * rng.chisquare(batch_size, out.shape[:-1])
    if factor.ndim == 1:
        out *= factor
    else:
        # In place: out = out F, with half the operations of a product with a full matrix.
        rows = out.reshape(-1, len(factor))
        dtrmm(1.0, factor, rows.T, trans_a=True, overwrite_b=True)
    # At the optimum of noiseless data V = 0: every gradient is 0, and so are q and the gradient.
    safe = np.where(variance == 0, 1.0, variance)
    k = 1 / (safe + noise_std * np.sqrt(safe))
    scale = np.sqrt(q) / batch_size
    along = q / (batch_size * safe) - scale * k * inner(out, errors)
    out *= scale[..., None]
    out += along[..., None] * gradient


@draw.register
def _(frame: LogisticFrame, errors, gradient, batch_size, rng, out, *, filled=False):
    # How often each feature vector shows in the batch, and how often with the label 1.
    logits = frame.logits(errors)
    shown = rng.multinomial(batch_size, frame.problem.weights, logits.shape[:-1])
    ones = rng.binomial(shown, frame.problem.label_probability)
    frame.total((shown - ones) * expit(logits) - ones * expit(-logits), out=out)
    out /= batch_size


def _width(frame):
    """Return how many numbers a draw passes over; 0 where it multiplies by a matrix."""
    if isinstance(frame, LogisticFrame):
        return len(frame.features)
    return frame.dimension if frame.root.ndim == 1 else 0
