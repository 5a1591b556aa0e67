"""The empirical-Fisher eigenbasis of a mini-batch, and how far it is from the eigenbasis (B-3).

The second moments of the mini-batch gradient form the matrix
F = E[ghat ghat^T] = (V/B) Sigma + (1 + 1/B) q q^T with q = Sigma delta and V = R + sigma^2: a
rank-one change of a multiple of Sigma.
"""

import numpy as np

from .. import validation as check
from ..methods.bases import eigenbasis
from ..problems.frame import in_frame
from ..problems.gaussian import GaussianFrame


def empirical_fisher(regression, parameters, *, batch_size):
    """Return F = E[ghat ghat^T], the second-moment matrix of the mini-batch gradient.

    Parameters
    ----------
    regression : GaussianRegression
    parameters : array_like, shape (d,)
        theta.
    batch_size : int
        B, at least 1.

    Returns
    -------
    numpy.ndarray, shape (d, d)

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([1.0, 2.0], noise_std=1.0)
    >>> empirical_fisher(regression, [1.0, 0.0], batch_size=1)
    array([[4., 0.],
           [0., 4.]])
    """
    covariance, gradient, variance, batch_size = _parts(regression, parameters, batch_size)
    change = (1 + 1 / batch_size) * np.outer(gradient, gradient)
    return variance / batch_size * covariance + change


def fisher_basis(regression, parameters, *, batch_size):
    """Return the eigenbasis of F by ascending eigenvalue, signs as in :func:`eigenbasis`.

    Arguments and errors are those of :func:`empirical_fisher`; also refused are parameters at which
    F vanishes: the optimum of a problem without noise.

    Returns
    -------
    numpy.ndarray, shape (d, d)

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([1.0, 2.0], noise_std=1.0)
    >>> fisher_basis(regression, [0.0, 0.0], batch_size=1)
    array([[1., 0.],
           [0., 1.]])
    """
    fisher = empirical_fisher(regression, parameters, batch_size=batch_size)
    scale = np.abs(fisher).max()
    if scale == 0:
        check.fail("parameters", "the optimum of a problem without noise", "a gradient not all 0")
    return eigenbasis(fisher / scale)


def angle_bound(regression, parameters, *, batch_size):
    """Return bounds on the angles between eigenvectors of F and of Sigma, rank by rank (claim B-3).

    With gap_i the distance of lambda_i to the rest of Sigma's spectrum and
    z_i = ``(B + 1) |q|^2/(V gap_i)``, the angle is at most (1/2) arcsin z_i where z_i < 1;
    elsewhere nothing is promised, and the bound is pi/2. Arguments and errors are those of
    :func:`fisher_basis`.

    Returns
    -------
    numpy.ndarray, shape (d,)
        In radians, by ascending eigenvalue.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([1.0, 2.0], noise_std=1.0)
    >>> np.degrees(angle_bound(regression, [0.5, 0.0], batch_size=1)).round(1)
    array([11.8, 11.8])
    """
    covariance, gradient, variance, batch_size = _parts(regression, parameters, batch_size)
    if variance == 0:
        check.fail("parameters", "the optimum of a problem without noise", "a gradient not all 0")
    spectrum = np.linalg.eigvalsh(covariance)
    steps = np.concatenate([[np.inf], np.diff(spectrum), [np.inf]])
    gaps = np.minimum(steps[:-1], steps[1:])
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (batch_size + 1) * (gradient @ gradient) / variance / gaps
    sure = z < 1  # nan, at a repeated eigenvalue without a gradient, is not
    return np.where(sure, 0.5 * np.arcsin(np.where(sure, z, 0.0)), np.pi / 2)


def _parts(regression, parameters, batch_size):
    """Return Sigma (d, d), q (d,), V and B."""
    frame = in_frame("regression", regression, None, GaussianFrame)
    batch_size = check.as_count("batch_size", batch_size, low=1)
    parameters = check.as_array("parameters", parameters, (frame.dimension,))
    errors = frame.coordinates(parameters)
    covariance = np.diag(frame.matrix) if frame.matrix.ndim == 1 else frame.matrix[0]
    gradient = covariance @ errors
    return covariance, gradient, gradient @ errors + frame.noise_std**2, batch_size
