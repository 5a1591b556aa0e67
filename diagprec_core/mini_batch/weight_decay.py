"""What decoupled weight decay shrinks a preconditioned run to (SXQ-22).

A step with decay is theta+ = theta - eta (direction + omega theta). Its mean comes to rest where
the mean direction is -omega theta: at the minimum of the loss with a ridge whose shape is the
inverse of the preconditioner. GD's ridge is omega theta^T theta, that of GN^-1 in the eigenbasis
omega theta^T Sigma theta, and long-memory Adam's nearly omega sqrt(V/B) theta^T Sigma^(1/2) theta.
"""

import numpy as np

from .. import validation as check
from ..methods.adam_limits import LongMemoryAdam
from ..numerics.blocks import inner
from ..problems.frame import in_frame
from ..problems.gaussian import GaussianFrame
from .setting import setting


def stationary_mean(regression, preconditioner, *, weight_decay, batch_size, basis=None):
    """Return where the mean of a run with decoupled weight decay comes to rest (claim SXQ-22).

    For fixed weights w it is the solution of (W Sigma' + omega) delta = -omega theta*, at every
    rate at which the mean converges. For long-memory Adam it is the limit of small rates: the one
    solution of lambda_i delta_i/sqrt(v_i) = -omega theta_i with v_i the second moment of SXQ-1 at
    delta itself.

    Parameters
    ----------
    regression : GaussianRegression
        Its optimum theta* is what decay pulls away from.
    preconditioner : any rule with `weights`, or LongMemoryAdam
    weight_decay : float
        omega, at least 0; each step takes eta omega theta away.
    batch_size : int
        B, at least 1; only Adam's rest depends on it.
    basis : array_like, shape (d, d), optional
        U; the identity if left out. For LongMemoryAdam an eigenbasis of the covariance.

    Returns
    -------
    numpy.ndarray, shape (d,)
        theta, in the original coordinates.

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([1.0, 0.25], 1.0, optimum=[1.0, 1.0])
    >>> for rule in (dp.GradientDescent(), dp.GaussNewton(-0.5), dp.GaussNewton(-1)):
    ...     stationary_mean(regression, rule, weight_decay=0.5, batch_size=1).round(3)
    array([0.667, 0.333])
    array([0.667, 0.5  ])
    array([0.667, 0.667])
    """
    decay = check.as_number("weight_decay", weight_decay, low=0)
    batch_size = check.as_count("batch_size", batch_size, low=1)
    if isinstance(preconditioner, LongMemoryAdam):
        frame = in_frame("regression", regression, basis, GaussianFrame)
        if frame.matrix.ndim > 1:
            check.fail("basis", "one in which features correlate", "the covariance's eigenbasis")
        if frame.noise_std == 0:
            check.fail("regression", "one without noise", "noise above 0 for LongMemoryAdam")
        return frame.parameters(_adam_rest(frame, decay, batch_size))
    problem = setting(regression, preconditioner, batch_size, basis)
    modes = problem.modes
    optimum = -problem.frame.coordinates(np.zeros(problem.frame.dimension))
    # In the modes, where delta = P^(1/2) Q e, W Sigma' is diag(s).
    errors = -decay / (modes.values + decay) * modes.inwards(optimum)
    return problem.frame.parameters(modes.outwards(errors))


def _adam_rest(frame, decay, batch_size):
    """Return delta: given V = R + sigma^2 one equation a coordinate, and one for V."""
    spectrum, noise, k = frame.matrix, frame.noise_std**2, 1 + 1 / batch_size
    optimum = -frame.coordinates(np.zeros(frame.dimension))

    def shares(log_volume):
        """Return t_i = -delta_i/theta*_i: lambda t = omega (1 - t) sqrt(v_i), by bisection."""
        volume, pull = np.exp(log_volume), spectrum * np.abs(optimum)
        low, high = np.zeros_like(spectrum), np.ones_like(spectrum)
        for _ in range(60):
            t = (low + high) / 2
            root = np.sqrt(spectrum * volume / batch_size + k * (pull * t) ** 2)
            above = pull * t > decay * np.abs(optimum) * (1 - t) * root
            low, high = np.where(above, low, t), np.where(above, t, high)
        return (low + high) / 2

    low, high = np.log(noise), np.log(noise + inner(spectrum, optimum**2))
    for _ in range(60):
        middle = (low + high) / 2
        risk = inner(spectrum, (shares(middle) * optimum) ** 2)
        low, high = (middle, high) if noise + risk > np.exp(middle) else (low, middle)
    return -shares((low + high) / 2) * optimum
