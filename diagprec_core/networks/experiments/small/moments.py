"""The theorems' quantities at a point of parameter space, from the whole population.

With J_u = u . (row of the Jacobian) and r the residual, a squared-loss example has the gradient
u . g = J_u r. If r were independent of the features apart from a Gaussian correlation rho_u, Wick's
formula (claim SXQ-2) would give, per coordinate and up to one scalar,

    B E[(u . ghat)^2] = V G_uu (1 + (B + 1) rho_u^2),

V the mean square of the residual. What is exact for any network and any loss is

    B E[(u . ghat)^2] = E[(u . g)^2] + (B - 1) (u . E g)^2.

So the theory is right about a coordinate u if and only if a_u = E[(u . g)^2]/(V G_uu) equals
1 + 2 rho_u^2.
"""

from dataclasses import dataclass
from functools import cache

import jax
import numpy as np

from . import bases, curvature

TAU = 1.0


@dataclass(frozen=True)
class Moments:
    """Population moments of a network's gradient in a basis; arrays of shape (coordinates,).

    Attributes
    ----------
    curvature : u_i^T G u_i
    square : E[(u_i . g)^2], one example, label noise included
    mean : u_i . E g
    scale : V, for the squared loss E r^2 with the noise; for the cross-entropy the ratio of the
        traces of E[g g^T] and G, the scalar that basis-free theory leaves open
    """

    curvature: np.ndarray
    square: np.ndarray
    mean: np.ndarray
    scale: float

    @property
    def correlation(self):
        """rho_u^2 = (u . E g)^2 / (V G_uu)."""
        return self.mean**2 / (self.scale * self.curvature)

    @property
    def excess(self):
        """a_u = E[(u . g)^2] / (V G_uu); the theory says 1 + 2 rho_u^2."""
        return self.square / (self.scale * self.curvature)

    def factor(self, batch):
        """B E[(u . ghat)^2] / (V G_uu) at a batch size; inf gives the full batch's, over B."""
        if np.isinf(batch):
            return self.correlation
        return self.excess + (batch - 1) * self.correlation


def moments(task, theta, population, basis=None):
    """Return the `Moments` at theta in a basis, coordinates without curvature left out.

    Parameters
    ----------
    task : tasks.Task
    theta : array_like, shape (p,)
    population : (inputs, targets)
    basis : array_like of shape (p, p), optional
        Columns; the identity if None.
    """
    z, g, squares = (np.asarray(a) for a in _dense(task)(theta, *population))
    if basis is not None:
        z, g = z @ np.asarray(basis), g @ np.asarray(basis)
    h = np.sum(z**2, axis=(0, 1)) / len(z)
    # Fresh label noise is independent of all else: it adds noise^2 J_u^2 to the square.
    square = np.mean(g**2, axis=0) + task.noise**2 * h
    kept = h > bases.SMALLEST * h.max()
    if task.loss == "squared":
        scale = float(np.mean(squares)) + task.noise**2
    else:
        scale = float(square.sum() / h.sum())
    return Moments(h[kept], square[kept], g.mean(axis=0)[kept], scale)


@cache
def _dense(task):
    """Return the compiled map (theta, inputs, targets) -> (Z, per-example gradients, r^2)."""

    def dense(theta, inputs, targets):
        z = curvature.whitened_jacobians(task, theta, inputs)
        g = curvature.example_gradients(task, theta, inputs, targets)
        return z, g, 2 * curvature.losses(task, theta, inputs, targets)

    return jax.jit(dense)


def share_within(factors, tau=TAU):
    """Return the largest share of factors that one scalar brings within [1, 1 + tau] (SXQ-3).

    The weights of Adam and of GN^-1/2 then agree within a factor sqrt(1 + tau) on that share.

    >>> share_within(np.array([1.0, 1.9, 3.0, 10.0]))
    0.5
    """
    logs = np.sort(np.log(np.maximum(factors, 1e-300)))
    ends = np.searchsorted(logs, logs + np.log1p(tau) + 1e-12, side="right")
    return float((ends - np.arange(len(logs))).max() / len(logs))


def spread(factors):
    """Return the ratio of the 90th to the 10th percentile of positive factors.

    >>> spread(np.ones(5))
    1.0
    """
    low, high = np.percentile(np.log(np.maximum(factors, 1e-300)), (10, 90))
    return float(np.exp(high - low))


def off_diagonal_mass(matrix, basis=None):
    """Return the share of ``|G|_F^2`` off the diagonal of U^T G U: 0 in an eigenbasis.

    >>> off_diagonal_mass(np.ones((2, 2)))
    0.5
    """
    matrix = np.asarray(matrix)
    turned = matrix if basis is None else np.asarray(basis).T @ matrix @ np.asarray(basis)
    off = turned - np.diag(np.diag(turned))  # summed itself: 1 less the rest would cancel
    return float(np.sum(off**2) / np.sum(matrix**2))
