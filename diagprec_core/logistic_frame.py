"""Logistic regression in the coordinates of a basis: what one step of descent needs."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit

from .problems import Frame


@dataclass(frozen=True, eq=False)
class LogisticFrame(Frame):
    """A LogisticRegression in the coordinates of one basis; `features` is X U, shape (n, d)."""

    problem: object
    features: np.ndarray

    @cached_property
    def _best_logits(self):
        return self.problem.features @ self.optimum

    def logits(self, coordinates):
        """Return x_j^T theta, shape (..., n)."""
        return coordinates @ self.features.T + self._best_logits

    def gradient(self, coordinates, out=None):
        """Return U^T g, shape (..., d), written into `out` if given."""
        z, q = self.logits(coordinates), self.problem.label_probability
        # s(z) - q, without the cancellation of s(z) - 1 at large z
        residual = (1 - q) * expit(z) - q * expit(-z)
        return np.matmul(residual * self.problem.weights, self.features, out=out)

    def curvature(self, coordinates):
        """Return u_i^T G u_i, shape (..., d)."""
        return (self.problem.weights * slope(self.logits(coordinates))) @ self._squares

    @cached_property
    def _squares(self):
        return self.features**2

    def second_moment(self, coordinates, batch_size):
        """Return E[(u_i^T ghat)^2], shape (..., d)."""
        z, q = self.logits(coordinates), self.problem.label_probability
        squared = q * expit(-z) ** 2 + (1 - q) * expit(z) ** 2
        per_example = (self.problem.weights * squared) @ self._squares
        mean = self.gradient(coordinates)
        return per_example / batch_size + (1 - 1 / batch_size) * mean**2

    def entropy(self, coordinates):
        """Return the loss in nats, shape (...)."""
        z, q = self.logits(coordinates), self.problem.label_probability
        terms = q * np.logaddexp(0, -z) + (1 - q) * np.logaddexp(0, z)
        return terms @ self.problem.weights

    def loss(self, coordinates, gradient):
        """Return the loss less its smallest value, shape (...)."""
        return self.entropy(coordinates) - self.problem.smallest_loss


def slope(logits):
    """Return s'(z) = s(z) s(-z), to full relative accuracy at any logit."""
    return expit(logits) * expit(-logits)
