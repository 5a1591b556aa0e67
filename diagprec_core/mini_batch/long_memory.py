"""Long-memory Adam's fixed point in every basis and with momentum (SXQ-9, SXQ-18, SXQ-19).

In a basis with U^T Sigma U of diagonal c_i and correlation matrix r, let x_i = eta c_i w_i stand
for the weights, S = x^(1/2) r x^(1/2), and M = S (2 - kb S)^-1 with kb = (1 - beta1)/(1 + beta1) +
1/B, below k = 1 + 1/B. Frozen weights reproduce themselves if and only if, with V = R + sigma^2,

    [S (2 + (k - kb) S) (2 - kb S)^-1]_ii = s c_i/x_i,   s = B eta^2/V,   tr M = B R/V.

At a given s the first is the gradient, in log x, of a strictly convex function: one solution x(s).
The second is then one increasing equation for s. Newton's method solves both together.
"""

from typing import NamedTuple

import numpy as np

from .adam_floors import long_memory_risk
from .batch_noise import square_factor

LONGEST = 2.0  # A step of Newton's method, in logarithms.
FARTHER = 4.0  # By this much tr M + 1 may grow in a step: towards the edge, not onto it.
STEPS = 200
CLOSE = 1e-9  # A step of this size leaves an error of about its square.


def stationary_risks(frame, rates, batch_size, momentum=0.0, kurtosis=1.0):
    """Return the risk at long-memory Adam's fixed point in a frame, shape of `rates`.

    Parameters are those of :func:`fixed_points`, but for a GaussianFrame, and rates of any shape.

    Returns
    -------
    numpy.ndarray

    Examples
    --------
    >>> import diagprec_core as dp
    >>> frame = dp.GaussianRegression([1.0, 0.5], 1.0).in_basis()
    >>> stationary_risks(frame, np.array([0.1, 10.0]), 1).round(4)
    array([9.310000e-02, 1.485733e+02])
    """
    if frame.matrix.ndim == 1 and momentum == 0:
        return long_memory_risk(frame.matrix, frame.noise_std, rates, batch_size, kurtosis)
    risks, law = np.empty(rates.size), (batch_size, momentum, kurtosis)
    for at, found, _ in fixed_points(frame.matrix, frame.noise_std, rates.reshape(-1), *law):
        risks[at] = found
    return risks.reshape(rates.shape)


def fixed_points(matrix, noise_std, rates, batch_size, momentum=0.0, kurtosis=1.0):
    """Yield a rate's place, its stationary risk and long-memory Adam's weights, rate by rate.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (d,) or (K, m, m)
        U^T Sigma U, positive definite: a diagonal, or its blocks.
    noise_std : float
        sigma, at least 0.
    rates : numpy.ndarray, shape (n,)
        eta, above 0.
    batch_size : int
        B.
    momentum, kurtosis : float
        beta1, and K; one of them at its default.

    Yields
    ------
    at : int
        Which of the rates: they come in ascending order.
    risk : float
        R_inf, to about twelve digits.
    weights : numpy.ndarray, shape (d,)

    Examples
    --------
    >>> half = np.array([[[1.0, 0.5], [0.5, 1.0]]])
    >>> [(at, risk, weights)] = fixed_points(half, 1.0, np.array([0.1]), 4)
    >>> round(float(risk), 6), weights.round(6)
    (0.055501, array([1.801772, 1.801772]))
    """
    fixed_point = FixedPoints(matrix, noise_std, batch_size, momentum, kurtosis)
    for at in np.argsort(rates, kind="stable"):  # from small to large, each starts the next
        yield at, *fixed_point(rates[at])


class FixedPoints:
    """Long-memory Adam's fixed point at one rate after another, each the start of the next.

    Parameters are those of :func:`fixed_points`.

    Examples
    --------
    >>> fixed_point = FixedPoints(np.array([1.0, 0.5]), 1.0, 1)
    >>> [round(float(fixed_point(rate)[0]), 4) for rate in (0.1, 0.2)]
    [0.0931, 0.2028]
    """

    def __init__(self, matrix, noise_std, batch_size, momentum=0.0, kurtosis=1.0):
        self.curvature = matrix if matrix.ndim == 1 else np.diagonal(matrix, 0, 1, 2).reshape(-1)
        self.system = _System(matrix, self.curvature, batch_size, momentum, kurtosis)
        self.noise_std, self.near = noise_std, None

    def __call__(self, rate):
        """Return R_inf and the weights (d,) at a rate."""
        found = self.near = self.system.solve(self.noise_std**2 / rate**2, self.near)
        risk = rate**2 * found.trace * np.exp(-found.log_s)
        return risk, np.exp(found.logs) / self.curvature / rate


class _Solution(NamedTuple):
    """log x, tr M and log s of one rate; with d log x/d log s and a first guess of log s."""

    logs: np.ndarray
    trace: float
    log_s: float
    along: np.ndarray
    guess: float


class _System:
    """The two equations for one matrix: x and s from sigma^2/eta^2."""

    def __init__(self, matrix, curvature, batch_size, momentum, kurtosis):
        self.curvature, self.batch_size, self.kurtosis = curvature, batch_size, kurtosis
        self.k = square_factor(batch_size, kurtosis)
        self.kb = square_factor(batch_size, kurtosis, momentum)
        self.correlation = None
        if matrix.ndim == 3:
            root = np.sqrt(curvature).reshape(matrix.shape[:2])
            self.correlation = matrix / root[:, :, None] / root[:, None, :]

    def response(self, x):
        """Return M, as a diagonal (d,) or in blocks, or None where 2 - kb S is not positive."""
        if self.correlation is None:
            left = 2 - self.kb * x
            return x / left if (left > 0).all() else None
        root = np.sqrt(x).reshape(self.correlation.shape[:2])
        scaled = root[:, :, None] * self.correlation * root[:, None, :]
        left = 2 * np.eye(scaled.shape[-1]) - self.kb * scaled
        try:
            np.linalg.cholesky(left)
        except np.linalg.LinAlgError:
            return None
        found = np.linalg.solve(left, scaled)
        return (found + np.swapaxes(found, 1, 2)) / 2

    def potential(self, x, s, response):
        """Return the convex function that is least at x(s)."""
        # det(1 - kb S/2)^-1 = det(1 + kb M).
        if self.correlation is None:
            logs = np.log1p(self.kb * response).sum()
        else:
            one = np.eye(response.shape[-1])
            logs = np.linalg.slogdet(one + self.kb * response)[1].sum()
        linear = (self.k - self.kb) / self.kb * x.sum()
        return s * (self.curvature / x).sum() + 2 * self.k / self.kb**2 * logs - linear

    def newton(self, x, s, response):
        """Return gradient g, H^-1 g, H^-1 (s c/x), tr M, and the slopes of tr M in log x."""
        pull = s * self.curvature / x
        if self.correlation is None:
            own, square = response, response**2
            push = self._push(own, x)
            hessian = push + pull + 2 * self.k * square
            return push - pull, (push - pull) / hessian, pull / hessian, own + self.kb * square
        own = np.diagonal(response, 0, 1, 2).reshape(-1)
        push = self._push(own, x)
        square = response**2
        hessian = 2 * self.k * square
        diagonal = np.einsum("kii->ki", hessian)
        diagonal += (push + pull).reshape(diagonal.shape)
        right = np.stack([push - pull, pull], axis=-1).reshape(*diagonal.shape, 2)
        answer = np.linalg.solve(hessian, right).reshape(-1, 2)
        slopes = own + self.kb * square.sum(axis=-1).reshape(-1)
        return push - pull, answer[:, 0], answer[:, 1], slopes

    def _push(self, own, x):
        """Return [S (2 + (k - kb) S)(2 - kb S)^-1]_ii."""
        return (2 * self.k * own - (self.k - self.kb) * x) / self.kb

    def solve(self, ratio, near):
        """Solve K tr M/B + ratio s/B = 1 for s, ratio = sigma^2/eta^2, from a solution nearby."""
        K, B = self.kurtosis, self.batch_size
        half = K * np.sqrt(self.curvature).sum() / 2

        def first(size):
            """Solve K tr M + ratio s = size where M = S/2 and x = sqrt(s c); return both logs."""
            log_s = 2 * np.log(2 * size / (half + np.sqrt(half**2 + 4 * ratio * size)))
            return log_s, (log_s + np.log(self.curvature)) / 2

        log_s, logs = first(B)
        guess, most = log_s, FARTHER * (1 + B / K)
        if near is not None:
            log_s, most = near.log_s + guess - near.guess, FARTHER * (1 + near.trace)
            logs = near.logs + near.along * (guess - near.guess)
        response = self.response(np.exp(logs))
        if response is None or self._trace(response) > most:
            # Too far: from where the path is known, or from small M on it is followed.
            log_s, logs = first(1) if near is None else (near.log_s, near.logs)
            response = self.response(np.exp(logs))
        while response is None:
            logs = logs - 0.5
            response = self.response(np.exp(logs))
        for _ in range(STEPS):
            x, s = np.exp(logs), np.exp(log_s)
            gradient, down, along, slopes = self.newton(x, s, response)
            trace = self._trace(response)
            most = FARTHER * (1 + trace)
            decrement = gradient @ down
            excess = K * trace / B + ratio * s / B - 1
            slope = K * (slopes @ along) / B + ratio * s / B
            forward = (K * (slopes @ down) / B - excess) / slope
            if decrement > 0.1 * min(trace, 1.0):  # first to the path x(s), at this s
                logs, response = self._descend(logs, s, response, down, decrement, most)
                continue
            forward = min(max(forward, -LONGEST), LONGEST)
            step = along * forward - down
            share = LONGEST / max(LONGEST, np.abs(step).max())
            while True:
                found = self.response(np.exp(logs + share * step))
                if found is not None and self._trace(found) < most:
                    break
                share /= 2
            logs, log_s, response = logs + share * step, log_s + share * forward, found
            if max(np.abs(step).max(), abs(forward)) < CLOSE:
                break
        return _Solution(logs, self._trace(response), log_s, along, guess)

    def _trace(self, response):
        """Return tr M."""
        return response.sum() if response.ndim == 1 else np.einsum("kii->", response)

    def _descend(self, logs, s, response, down, decrement, most):
        """Take one damped Newton step of the convex function at this s."""
        value = self.potential(np.exp(logs), s, response)
        share = LONGEST / max(LONGEST, np.abs(down).max())
        while True:
            trial = logs - share * down
            found = self.response(np.exp(trial))
            if found is not None and self._trace(found) < most:
                now = self.potential(np.exp(trial), s, found)
                if now <= value - 0.1 * share * decrement or share < 1e-12:
                    return trial, found
            share /= 2
