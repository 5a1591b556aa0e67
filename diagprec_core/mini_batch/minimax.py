"""The least risk that preconditioners chosen without the data can promise (SXQ-13).

In whitened coordinates e = Sigma^(1/2) delta, with M = E[e e^T] and R = tr M, a step of any matrix
A = Sigma^(1/2) P Sigma^(1/2) gives M - A M - M A^T + A W A^T, W = (1 + 1/B) M + ((R + sigma^2)/B)I.
Completing the square, that is at least M - M W^-1 M, with equality for A = M W^-1.
"""

import numpy as np

from .. import validation as check
from ..methods.schedules import Schedule
from ..problems.frame import in_frame
from ..problems.gaussian import GaussianFrame


def minimax_schedule(regression, *, start_risk, batch_size, steps):
    """Return GN^-1's best rates in the eigenbasis, and the risk they promise (claim SXQ-13).

    No sequence of matrices chosen without the data promises less, over all starts of risk r. The
    risks follow 1/R+ = 1/R + B/((d + 1) R + d sigma^2), the rates are those that R calls for.

    Parameters
    ----------
    regression : GaussianRegression
    start_risk : float
        r = R_0, above 0.
    batch_size : int
        B, at least 1.
    steps : int
        T, at least 1.

    Returns
    -------
    schedule : Schedule
        T rates.
    risks : numpy.ndarray, shape (steps + 1,)

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([1.0, 0.5], noise_std=0.0)
    >>> options = {"start_risk": 4.0, "batch_size": 1, "steps": 2}
    >>> schedule, risks = minimax_schedule(regression, **options)
    >>> schedule.rates, risks
    (array([0.25, 0.25]), array([4.  , 3.  , 2.25]))
    """
    frame = in_frame("regression", regression, None, GaussianFrame)
    risk = check.as_number("start_risk", start_risk, low=0, open_low=True)
    batch_size = check.as_count("batch_size", batch_size, low=1)
    steps = check.as_count("steps", steps, low=1)
    d, noise = frame.dimension, frame.noise_std**2
    rates, risks = np.empty(steps), np.full(steps + 1, risk)
    for step in range(steps):
        if noise == 0:  # one rate for all steps; the risk may leave the range of float64
            rates[step] = batch_size / (batch_size + d + 1)
            risk = risks[step + 1] = risk * ((d + 1) / (batch_size + d + 1))
            continue
        rest = (d + 1) * risk + d * noise
        rates[step] = batch_size * risk / (batch_size * risk + rest)
        risk = risks[step + 1] = risk * rest / (batch_size * risk + rest)
    return Schedule(rates), risks


def least_risks(regression, *, moments, batch_size, steps):
    """Return the least risks, over all matrices, for starts of a given second moment (SXQ-13).

    Parameters
    ----------
    regression : GaussianRegression
        Whose covariance is diagonal.
    moments : array_like, shape (d,)
        E[delta_i(0)^2], positive; the starts' other second moments are 0.
    batch_size : int
        B, at least 1.
    steps : int
        T, at least 1.

    Returns
    -------
    weights : numpy.ndarray, shape (steps, d)
        The best preconditioner at every step, learning rate included: it is diagonal as well.
    risks : numpy.ndarray, shape (steps + 1,)

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([1.0, 0.25], noise_std=10.0)
    >>> weights, _ = least_risks(regression, moments=[1, 1], batch_size=1, steps=1)
    >>> weights.round(3)  # much noise, equal moments: nearly gradient descent
    array([[0.01, 0.01]])
    """
    frame = in_frame("regression", regression, None, GaussianFrame)
    spectrum = frame.matrix
    if spectrum.ndim != 1:
        check.fail("regression", "a covariance that is not diagonal", "a diagonal one")
    moments = check.as_array("moments", moments, (frame.dimension,))
    if (moments <= 0).any():
        check.fail("moments", f"{moments.min():.3g}", "positive second moments")
    batch_size = check.as_count("batch_size", batch_size, low=1)
    steps = check.as_count("steps", steps, low=1)
    moments, noise = spectrum * moments, frame.noise_std**2
    weights, risks = np.empty((steps, len(spectrum))), np.empty(steps + 1)
    for step in range(steps):
        risks[step] = moments.sum()
        spread = (1 + 1 / batch_size) * moments + (risks[step] + noise) / batch_size
        weights[step] = moments / spread / spectrum
        # m - m^2/w, without the subtraction.
        moments = moments * ((moments + risks[step] + noise) / batch_size) / spread
    risks[-1] = moments.sum()
    return weights, risks
