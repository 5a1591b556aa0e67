"""What Adam's denominator is, coordinate by coordinate, beside the curvature, with intervals.

V_u = E[(u^T g)^2] is the second moment of one example's gradient, nu_u = (u^T E g)^2/V_u its signal
share. A mini-batch of B examples has the second moment V_u (1 + (B - 1) nu_u)/B (claim SXL-3).
"""

from dataclasses import dataclass

import numpy as np

from .intervals import Estimate, jackknife

SMALLEST = 1e-8  # Nearness with less than this share of the largest curvature are left out.
SLACK = 16 * np.finfo(float).eps


@dataclass(frozen=True, eq=False)
class Nearness:
    """Adam beside GN^-1/2 in one basis, at one point and batch size.

    Attributes
    ----------
    second_moment, signal : Estimate
        V_u and nu_u, arrays of shape (k,).
    curvature : numpy.ndarray of shape (k,), or None
        h_u, the Gauss-Newton diagonal.
    ratio : Estimate or None
        V_u/h_u, arrays of shape (k,): at B = 1 Adam is GN^-1/2 where these are equal.
    share : Estimate or None
        On which share of the coordinates Adam is GN^-1/2 at batch size B, up to one scalar and a
        factor sqrt 2. It is no smooth statistic: its interval is rough.
    power : Estimate or None
        Half the slope of the logarithm of Adam's second moment on that of the curvature: 1/2 where
        Adam is GN^-1/2, 0 where it does not see the curvature. nan if all curvatures are equal.
    batch_size : int
    """

    second_moment: Estimate
    signal: Estimate
    curvature: np.ndarray | None
    ratio: Estimate | None
    share: Estimate | None
    power: Estimate | None
    batch_size: int

    @property
    def determined(self):
        """Whether the power is known to within a half: curvatures that are nearly level hide it."""
        return self.power is not None and bool(self.power.high - self.power.low <= 1)

    @property
    def noise_scale(self):
        """1/nu - 1: the variance of one example's gradient over the square of its mean, (k,)."""
        with np.errstate(divide="ignore"):
            return 1 / self.signal.value - 1

    @property
    def critical_batch(self):
        """1 + 1/nu, the batch size at which Adam's weight has lost a factor sqrt 2 (SXL-3 (b))."""
        return self.noise_scale + 2


def nearness_of(rows, second, pull, curved, batch_size):
    """Return the `Nearness` that sums over groups of rows say.

    Parameters
    ----------
    rows : numpy.ndarray, shape (GROUPS,)
        How many there are in each group.
    second, pull : numpy.ndarray, shape (GROUPS, k)
        Sums of (u^T g)^2 and of u^T g.
    curved : numpy.ndarray of shape (GROUPS, k), or None
        Sums of what h_u is the mean of.
    batch_size : int

    Returns
    -------
    Nearness

    Examples
    --------
    >>> rows, one = np.full(20, 2.0), np.ones((20, 3))
    >>> second = one * [2.0, 8.0, 32.0]
    >>> found = nearness_of(rows, second, 0 * one, second, 4)
    >>> print(found.share, found.power)
    1 [1, 1] 0.5 [0.5, 0.5]
    """
    count = rows[:, None]

    def signal(n, total, sums):
        return np.divide(sums**2, n * total, out=np.zeros_like(total), where=total > 0)

    def batch(n, total, sums):
        return (total / n + (batch_size - 1) * (sums / n) ** 2) / batch_size

    moment = jackknife(lambda n, total: total / n, count, second)
    nu = jackknife(signal, count, second, pull)
    if curved is None:
        return Nearness(moment, nu, None, None, None, None, batch_size)
    all_of_it = (count, second, pull, curved)
    return Nearness(
        moment,
        nu,
        curved.sum(axis=0) / rows.sum(),
        jackknife(lambda total, h: total / np.where(h > 0, h, np.nan), second, curved),
        jackknife(lambda n, v, g, h: share(batch(n, v, g), h / n), *all_of_it),
        jackknife(lambda n, v, g, h: power(batch(n, v, g), h / n), *all_of_it),
        batch_size,
    )


def share(second, curvature, tau=1.0):
    """Return on which share of the coordinates second moments are the curvatures up to a scalar.

    Their ratios are to lie within [c, (1 + tau) c], for the c that makes the share largest.

    Returns
    -------
    float

    Examples
    --------
    >>> share(np.array([1.0, 1.9, 6.0, 9.0]), np.ones(4)), share(np.array([1.0, 4.0]), np.ones(2))
    (0.5, 0.5)
    """
    logs = np.sort(np.subtract(*_logarithms(second, curvature)))
    ends = logs + np.log1p(tau) + SLACK
    inside = np.searchsorted(logs, ends, side="right") - np.arange(len(logs))
    return float(np.where(np.isfinite(logs), inside, 0).max() / len(logs))


def power(second, curvature):
    """Return half the slope of log second moment on log curvature, by least squares.

    Returns
    -------
    float

    Examples
    --------
    >>> power(np.array([3.0, 12.0]), np.array([1.0, 4.0])), power(np.ones(2), np.ones(2))
    (0.5, nan)
    """
    y, x = _logarithms(second, curvature)
    y, x = y[np.isfinite(y)], x[np.isfinite(y)]
    if not len(x) or np.ptp(x) <= SLACK * len(x):
        return float("nan")
    x = x - x.mean()
    return float(0.5 * (x @ y) / (x @ x))


def _logarithms(second, curvature):
    """Return the logarithms of both, without coordinates that have nearly no curvature."""
    alive = curvature > SMALLEST * curvature.max()
    with np.errstate(divide="ignore"):
        return np.log(second[alive]), np.log(curvature[alive])
