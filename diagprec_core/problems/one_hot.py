"""Regression on one-hot features: data as far from Gaussian as data can be (claim SXQ-12)."""

from dataclasses import dataclass

import numpy as np

from .. import validation as check
from .frame import vectors


@dataclass(frozen=True, eq=False)
class OneHot:
    """Linear regression whose example shows one feature: x = a_i e_i with probability pi_i.

    The targets are x^T theta* + xi with xi ~ N(0, sigma^2) independent of x. The book's instance on
    which idealised Adam is not GN^-1/2: without noise its mean step is a sign (claim SXQ-12).

    Parameters
    ----------
    probabilities : array_like, shape (d,)
        pi_i, positive, with sum 1.
    scales : array_like, shape (d,)
        a_i, not 0.
    noise_std : float
        sigma, at least 0.

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> instance = OneHot([0.5, 0.25, 0.25], [1.0, 2.0, 4.0])
    >>> instance.covariance
    array([0.5, 1. , 4. ])
    >>> float(instance.risk([1.0, 1.0, 0.5]))
    2.5
    """

    probabilities: np.ndarray
    scales: np.ndarray
    noise_std: float = 0.0

    def __post_init__(self):
        probabilities = check.as_probabilities("probabilities", self.probabilities)
        scales = check.as_array("scales", self.scales, probabilities.shape)
        if (scales == 0).any():
            check.fail("scales", "a scale of 0", "scales other than 0")
        object.__setattr__(self, "probabilities", probabilities / probabilities.sum())
        object.__setattr__(self, "scales", scales)
        object.__setattr__(self, "noise_std", check.as_number("noise_std", self.noise_std, low=0))

    @property
    def covariance(self):
        """The diagonal pi_i a_i^2 of E[x x^T], which is diagonal, shape (d,)."""
        return self.probabilities * self.scales**2

    def risk(self, errors):
        """Return R = sum_i pi_i a_i^2 delta_i^2 at errors delta of shape (..., d), shape (...)."""
        return self._errors(errors) ** 2 @ self.covariance

    def second_moment(self, errors, batch_size):
        """Return E[ghat_i^2] in the identity basis, exactly (claim SXQ-12).

        It is (1/B) pi_i a_i^2 (a_i^2 delta_i^2 + sigma^2) + (1 - 1/B) (pi_i a_i^2 delta_i)^2.

        Parameters
        ----------
        errors : array_like, shape (..., d)
            delta = theta - theta*.
        batch_size : int
            B, at least 1.

        Returns
        -------
        numpy.ndarray, shape (..., d)

        Examples
        --------
        >>> OneHot([0.5, 0.5], [1.0, 2.0]).second_moment([1.0, 1.0], batch_size=1)
        array([0.5, 8. ])
        """
        errors = self._errors(errors)
        batch_size = check.as_count("batch_size", batch_size, low=1)
        residual = (self.scales * errors) ** 2 + self.noise_std**2
        mean = self.covariance * errors
        return self.covariance * residual / batch_size + (1 - 1 / batch_size) * mean**2

    def sample_gradients(self, errors, *, batch_size, size, rng):
        """Return independent mini-batch gradients with exactly the law that data would give them.

        No batch is drawn, only how often each feature shows in it, so the cost does not depend on
        the batch size.

        Parameters
        ----------
        errors : array_like, shape (d,) or (size, d)
            delta; one for all gradients, or one for each.
        batch_size : int
            B, at least 1.
        size : int
            How many gradients, at least 1.
        rng : numpy.random.Generator

        Returns
        -------
        numpy.ndarray, shape (size, d)

        Examples
        --------
        >>> rng = np.random.default_rng(0)
        >>> instance = OneHot([0.5, 0.5], [1.0, 2.0])
        >>> gradients = instance.sample_gradients([1.0, 1.0], batch_size=1, size=100, rng=rng)
        >>> np.unique(gradients, axis=0)  # one coordinate of each gradient is 0
        array([[0., 4.],
               [1., 0.]])
        """
        batch_size = check.as_count("batch_size", batch_size, low=1)
        size = check.as_count("size", size, low=1)
        check.as_instance("rng", rng, np.random.Generator)
        errors = self._errors(errors)
        if errors.shape not in (self.scales.shape, (size, *self.scales.shape)):
            d = len(self.scales)
            check.fail("errors", check.describe(errors), f"shape ({d},) or ({size}, {d})")
        counts = rng.multinomial(batch_size, self.probabilities, size=size)
        gradients = counts * self.scales**2 * errors
        if self.noise_std > 0:
            noise = rng.standard_normal(gradients.shape)
            gradients -= self.scales * np.sqrt(counts) * (self.noise_std * noise)
        return gradients / batch_size

    def _errors(self, errors):
        """Check errors of shape (..., d)."""
        return vectors("errors", errors, len(self.scales))
