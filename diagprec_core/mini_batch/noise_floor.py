"""Where a mini-batch run ends, and how fast its slowest part decays (SXQ-7, 8, 9, 14).

A fixed preconditioner has the recurrence that the module `risk` states. It is mean-square stable if
the risk tends to one finite value from every start: the noise floor.
"""

import numpy as np

from .. import validation as check
from ..methods.preconditioners import LongMemoryAdam
from ..methods.schedules import as_constant_rates
from ..problems.gaussian import GaussianRegression
from .adam_floors import long_memory_risk
from .risk import preconditioned_modes


def stationary_risk(
    regression, preconditioner, *, learning_rate, batch_size, basis=None, momentum=0.0
):
    """Return R_inf, the noise floor, or inf where the rate is not stable.

    For a fixed preconditioner it is sigma^2 c/(1 - c) with c = (eta/B) sum s_i/(2 - eta s_i k) and
    k = 1 + 1/B, or with momentum k = (1 - beta1)/(1 + beta1) + 1/B; the run is mean-square stable
    exactly if eta s_max k < 2 and c < 1 (claims SXQ-7, SXQ-14). For long-memory Adam it is the one
    fixed point, which exists and is stable at every rate (claim SXQ-9).

    Parameters
    ----------
    regression : GaussianRegression
    preconditioner : GradientDescent, GaussNewton or LongMemoryAdam
    learning_rate : float or array_like of shape (n,)
        Above 0.
    batch_size : int
        B, at least 1.
    basis : array_like, shape (d, d), optional
        U; the identity if left out. For LongMemoryAdam an eigenbasis of the covariance.
    momentum : float
        beta1 in [0, 1): the step follows m = beta1 m + (1 - beta1) ghat. 0 for LongMemoryAdam.

    Returns
    -------
    float, or numpy.ndarray of shape (n,)

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([[1.0]], noise_std=1.0)
    >>> stationary_risk(regression, dp.GradientDescent(), learning_rate=[0.5, 1.5], batch_size=1)
    array([ 1., inf])
    """
    rates = _positive_rates(learning_rate)
    check.as_instance("regression", regression, GaussianRegression)
    momentum = check.as_number("momentum", momentum, low=0, high=1, open_high=True)
    if isinstance(preconditioner, LongMemoryAdam):
        batch_size = check.as_count("batch_size", batch_size, low=1)
        if momentum > 0:
            check.fail("momentum", momentum, "0 for LongMemoryAdam, which has none")
        spectrum = regression.full_batch.in_basis(basis).matrix
        if spectrum.ndim != 1:
            check.fail("basis", "one in which features correlate", "the covariance's eigenbasis")
        floor = long_memory_risk(spectrum, regression.noise_std, rates, batch_size)
        return floor if floor.ndim else float(floor)
    modes, _, batch_size = preconditioned_modes(
        regression, preconditioner, regression.optimum, rates[None], batch_size, basis
    )
    x = rates[..., None] * modes
    left = 2 - x * ((1 - momentum) / (1 + momentum) + 1 / batch_size)
    with np.errstate(all="ignore"):
        c = (x / left).sum(axis=-1) / batch_size
        floor = regression.noise_std**2 * c / (1 - c)
    stable = (left > 0).all(axis=-1) & (c < 1)
    floor = np.where(stable, floor, np.inf)
    return floor if floor.ndim else float(floor)


def spectral_radius(regression, preconditioner, *, learning_rate, batch_size, basis=None):
    """Return the factor by which the slowest part of the risk shrinks in a step (claim SXQ-8).

    It is the largest eigenvalue of the recurrence of SXQ-7, a symmetric matrix without negative
    eigenvalues: below 1 exactly where the run is mean-square stable.

    Parameters, errors and shapes are those of :func:`stationary_risk`, for a fixed preconditioner
    without momentum.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([1.0, 0.5], noise_std=1.0)
    >>> rate = {"learning_rate": 0.25, "batch_size": 1}  # B/(B + d + 1)
    >>> round(spectral_radius(regression, dp.GaussNewton(-1), **rate), 12)  # (d + 1)/(B + d + 1)
    0.75
    """
    rates = _positive_rates(learning_rate)
    check.as_instance("regression", regression, GaussianRegression)
    modes, _, batch_size = preconditioned_modes(
        regression, preconditioner, regression.optimum, rates[None], batch_size, basis
    )
    x = rates[..., None] * modes
    matrix = x[..., :, None] * x[..., None, :] / batch_size
    diagonal = np.arange(len(modes))
    matrix[..., diagonal, diagonal] += 1 - x * (2 - x * (1 + 1 / batch_size))
    radius = np.linalg.eigvalsh(matrix)[..., -1]
    return radius if radius.ndim else float(radius)


def _positive_rates(learning_rate):
    """Check constant learning rates above 0; return shape () or (n,)."""
    rates = as_constant_rates(learning_rate)
    if (rates == 0).any():
        check.fail("learning_rate", 0, "rates above 0")
    return rates
