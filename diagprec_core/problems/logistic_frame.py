"""Logistic regression in the coordinates of a basis: what one step of descent needs.

All is measured from the optimum, as on a quadratic: with z* the logits there and e_j = x_j^T delta,
the gradient is sum_j w_j (s(z*_j + e_j) - s(z*_j)) x_j and the loss less its smallest value a sum
of divergences. In these forms nothing cancels near the optimum, and nothing overflows far from it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.special import expit

from ..numerics.termwise import product_with
from .frame import Frame

NEAR = 0.5  # where |e| is below this, the divergence is an integral over [z*, z* + e]
NODES, NODE_WEIGHTS = leggauss(8)
NODES = (NODES + 1) / 2
NODE_WEIGHTS = NODE_WEIGHTS / 2 * (1 - NODES)


@dataclass(frozen=True, eq=False)
class LogisticFrame(Frame):
    """A LogisticRegression in the coordinates of one basis; `features` is X U, shape (n, d)."""

    made_by = "LogisticRegression"
    problem: object
    features: np.ndarray

    @cached_property
    def _best(self):
        """z* and both s(z*) and s(-z*), each to full relative accuracy."""
        logits = self.problem.features @ self.optimum
        return logits, expit(logits), expit(-logits)

    @cached_property
    def _shifts(self):
        return product_with(np.ascontiguousarray(self.features.T))

    @cached_property
    def _total(self):
        return product_with(self.features)

    @cached_property
    def _total_squares(self):
        return product_with(self.features**2)

    def logits(self, coordinates):
        """Return x_j^T theta, shape (..., n)."""
        return self._shifts(coordinates) + self._best[0]

    def total(self, values, out=None):
        """Return sum_j v_j U^T x_j for values v of shape (..., n), shape (..., d)."""
        return self._total(values, out=out)

    def gradient(self, coordinates, out=None):
        """Return U^T g, shape (..., d), written into `out` if given."""
        logits, ones, zeros = self._best
        shift = self._shifts(coordinates)
        # s(z* + e) - s(z*) is s(z* + e) s(-z*) (1 - e^-e), or that of (-e, -z*) with its sign.
        residual = expit(np.copysign(1.0, shift) * (logits + shift))
        residual *= np.where(shift > 0, zeros, ones)
        residual *= np.copysign(np.expm1(-np.abs(shift)), shift)
        residual *= self.problem.weights
        return self.total(residual, out=out)

    def curvature(self, coordinates):
        """Return u_i^T G u_i, shape (..., d)."""
        return self._total_squares(self.problem.weights * slope(self.logits(coordinates)))

    def second_moment(self, coordinates, batch_size, *, gradient=None):
        """Return E[(u_i^T ghat)^2], shape (..., d); `gradient` is U^T g, where it is known."""
        gradient = self.gradient(coordinates) if gradient is None else gradient
        z, problem = self.logits(coordinates), self.problem
        squared = problem.label_probability * expit(-z) ** 2
        squared += problem.zero_probability * expit(z) ** 2
        per_example = self._total_squares(problem.weights * squared)
        return per_example / batch_size + (1 - 1 / batch_size) * gradient**2

    def loss(self, coordinates, gradient):
        """Return the loss less its smallest value, shape (...)."""
        return divergence(self._shifts(coordinates), self._best[0]) @ self.problem.weights


def slope(logits):
    """Return s'(z) = s(z) s(-z), to full relative accuracy while it is a normal float64.

    Returns
    -------
    numpy.ndarray, shape of `logits`

    Examples
    --------
    >>> slope(np.array([0.0, 700.0, -1000.0]))
    array([2.50000000e-001, 9.85967654e-305, 0.00000000e+000])
    """
    small = np.exp(-np.abs(logits))
    return small / (1 + small) ** 2


def divergence(shift, logits):
    """Return softplus(z + e) - softplus(z) - s(z) e at e = `shift`, z = `logits`, never negative.

    It is the Kullback-Leibler divergence of the label at z + e from that at z.

    Returns
    -------
    numpy.ndarray, shape of the broadcast of both

    Examples
    --------
    >>> divergence(np.array([1e-9, 1000.0]), np.array([0.0, 0.0]))
    array([1.25000000e-19, 4.99306853e+02])
    """
    # It is the same at (-e, -z). With z <= 0 the terms lose no digits where e is not small.
    shift, logits = np.where(logits > 0, -shift, shift), -np.abs(logits)
    value = np.logaddexp(0, logits + shift) - np.logaddexp(0, logits) - expit(logits) * shift
    near = np.abs(shift) < NEAR
    if near.any():
        e, z = shift[near], np.broadcast_to(logits, shift.shape)[near]
        # e^2 times the integral of (1 - t) s'(z + t e) over [0, 1], by Gauss's rule
        value[near] = e**2 * sum(
            weight * slope(z + node * e) for node, weight in zip(NODES, NODE_WEIGHTS, strict=True)
        )
    return value
