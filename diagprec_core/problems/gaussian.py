"""Linear regression with Gaussian data: the problem of the mini-batch claims (SXQ)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .. import validation as check
from ..numerics.blocks import apply, inner
from .frame import QuadraticFrame, as_optimum, errors_from, turned
from .quadratic import BlockQuadratic, Quadratic


@dataclass(frozen=True, eq=False)
class GaussianRegression:
    """Regression y = x^T theta* + xi with x ~ N(0, Sigma) and xi ~ N(0, sigma^2) independent.

    The loss of an example is (1/2)(x^T theta - y)^2; its expectation exceeds its smallest value by
    R/2, where R = delta^T Sigma delta and delta = theta - theta*.

    Parameters
    ----------
    covariance : array_like, shape (d, d) or (d,)
        Sigma, symmetric positive definite; a vector stands for the diagonal of a diagonal one, and
        then everything costs O(d). It is also the Gauss-Newton matrix.
    noise_std : float
        sigma, at least 0.
    optimum : array_like, shape (d,), optional
        theta*; the origin if left out.

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> regression = GaussianRegression([[2, 0], [0, 1]], noise_std=0.5)
    >>> float(regression.risk([1, 1]))
    3.0
    """

    covariance: np.ndarray
    noise_std: float
    optimum: np.ndarray | None = None

    def __post_init__(self):
        if check.dimensions("covariance", self.covariance) == 1:
            covariance = check.as_array("covariance", self.covariance, (None,))
            if (covariance <= 0).any():
                check.fail("covariance", f"a variance of {covariance.min():.3g}", "positive ones")
        else:
            covariance = check.as_positive_definite("covariance", self.covariance)
        noise_std = check.as_number("noise_std", self.noise_std, low=0)
        object.__setattr__(self, "covariance", covariance)
        object.__setattr__(self, "noise_std", noise_std)
        object.__setattr__(self, "optimum", as_optimum(self.optimum, len(covariance)))

    @property
    def dimension(self):
        """Number of parameters d."""
        return len(self.optimum)

    @cached_property
    def full_batch(self):
        """The expected loss less its smallest value, a Quadratic (or its diagonal kin)."""
        if self.covariance.ndim == 1:
            return BlockQuadratic(self.covariance[:, None, None], self.optimum)
        return Quadratic(self.covariance, self.optimum)

    @cached_property
    def _frame(self):
        return self._seen(None)

    def in_basis(self, basis=None):
        """Return the problem as seen in the coordinates of `basis` (None: the identity)."""
        if basis is None:
            return self._frame
        return self._seen(check.as_basis("basis", basis, self.dimension))

    def _seen(self, basis):
        matrix = self.covariance if self.covariance.ndim == 1 else self.covariance[None]
        return GaussianFrame(self.optimum, basis, turned(matrix, basis), self.noise_std)

    def risk(self, parameters):
        """Return R = delta^T Sigma delta at parameters of shape (..., d), shape (...)."""
        errors = errors_from(self, parameters)
        matrix = self.covariance if self.covariance.ndim == 1 else self.covariance[None]
        return inner(errors, apply(matrix, errors))


@dataclass(frozen=True, eq=False)
class GaussianFrame(QuadraticFrame):
    """A GaussianRegression in the coordinates of one basis; `matrix` is U^T Sigma U."""

    made_by = "GaussianRegression"
    noise_std: float

    @cached_property
    def root(self):
        """F with F^T F = U^T Sigma U, (d,) or triangular (d, d): U^T x = F^T z, z normal."""
        if self.matrix.ndim == 1:
            return np.sqrt(self.matrix)
        return np.linalg.cholesky(self.matrix[0]).T

    def second_moment(self, coordinates, batch_size, *, gradient=None, kurtosis=1.0):
        """Return E[(u_i^T ghat)^2], shape (..., d) (claims SXQ-1, SXQ-12).

        Parameters
        ----------
        coordinates : numpy.ndarray, shape (..., d)
        batch_size : int
            B.
        gradient : numpy.ndarray, shape (..., d), optional
            U^T g there, where it is known already.
        kurtosis : float
            Relative kurtosis of the features, 1 for Gaussian ones.

        Returns
        -------
        numpy.ndarray, shape (..., d)
        """
        gradient = self.gradient(coordinates) if gradient is None else gradient
        scale = kurtosis * inner(coordinates, gradient)[..., None] + self.noise_std**2
        own = self.curvature(coordinates) * scale / batch_size
        return own + (1 + (2 * kurtosis - 1) / batch_size) * gradient**2
