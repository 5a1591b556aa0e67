"""What `diagnose` and `diagnose_logistic` return."""

from dataclasses import dataclass

import numpy as np

from ..methods.adam_limits import MeanFieldAdam
from .calibration import Calibration
from .intervals import Estimate
from .measurement import Measurement
from .moments import Preparation
from .near_optimum import ADAM, LARGEST, LocalMethod, adam_risk
from .nearness import Nearness
from .predictions import Predictions


@dataclass(frozen=True, eq=False)
class Measured:
    """What one basis looks like on the data, arrays with an entry for each direction.

    Attributes
    ----------
    variance, kurtosis, noise, moment, correlation : Estimate
        E w^2, w being u^T x; E w^4/(3 (E w^2)^2), 1 for Gaussian features (SXQ-12); and, with r the
        residual at the solution and r0 that at the start, E[w^2 r^2]/(E w^2 E r^2), 1 where the
        noise does not depend on the features; E[w^2 r0^2]/(E w^2 E r0^2); and rho^2 =
        (E w r0)^2/(E w^2 E r0^2) (SXQ-1, SXQ-2).
    condition : float
        Condition number of the features' correlation matrix in this basis: 1 in the eigenbasis.
    """

    variance: Estimate
    kurtosis: Estimate
    noise: Estimate
    moment: Estimate
    correlation: Estimate
    condition: float

    @property
    def critical_batch(self):
        """1/rho^2 - 1, the batch size beyond which a direction leaves GN^-1/2 (SXQ-3, tau = 1)."""
        with np.errstate(divide="ignore"):
            return 1 / self.correlation.value - 1


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """A regression's data as the theorems see them, with predictions.

    Attributes
    ----------
    preparation : Preparation
        What was done to the data first: columns dropped, means taken away, units.
    count, dimension, rank : int
        Rows; features kept; directions in which they vary.
    spectrum, eigenvectors : numpy.ndarray, shape (rank,), (dimension, rank)
        Of the second moments of the features as prepared, from the largest eigenvalue down.
    exponent, fit : float
        alpha of the power law lambda_i ~ i^-alpha, by least squares on logarithms, and its R^2.
    solution : numpy.ndarray, shape (dimension,)
        Least squares; of all solutions the shortest.
    noise, start_risk : Estimate
        sigma^2 and R_0, of the data taken as the population.
    unbiased_noise : float or None
        sigma^2 of the law behind the rows, n sigma^2/(n - rank - 1); None where n is too small.
    kurtosis : Estimate
        K of the features as a whole.
    measured : dict of Measured
        By basis.
    predictions : dict of Predictions
        By basis.
    batch_size, steps : int
    sampled : int
        How many rows the numbers by direction and K are made of: all, or a random share of many.
    checks : tuple of Measurement
        The predictions beside runs on real mini-batches, if any were asked for.
    """

    preparation: Preparation
    count: int
    dimension: int
    rank: int
    spectrum: np.ndarray
    eigenvectors: np.ndarray
    exponent: float
    fit: float
    solution: np.ndarray
    noise: Estimate
    start_risk: Estimate
    unbiased_noise: float | None
    kurtosis: Estimate
    measured: dict[str, Measured]
    predictions: dict[str, Predictions]
    batch_size: int
    steps: int
    sampled: int
    checks: tuple[Measurement, ...] = ()


@dataclass(frozen=True, eq=False)
class LogisticDiagnosis:
    """Two classes as the theorems see them, with a prediction near the optimum.

    Attributes
    ----------
    preparation : Preparation
        What was done to the features first; a column of ones is put before them.
    names : tuple of str
        Of the parameters, the intercept first.
    count, rank : int
        Rows; directions in which features, with the ones, vary.
    optimum : numpy.ndarray, shape (d + 1,)
        theta*; of all optima the shortest.
    start_loss, smallest_loss : float
        L(0) = log 2 and L(theta*), in nats.
    largest_logit : float
        The largest size of x^T theta*.
    places : dict of dict of Nearness
        By place, "start" or "optimum", and basis: the numbers of claims SXL-1 and SXL-3. The
        eigenbasis is that of G at the place.
    calibration : Calibration
        At the optimum.
    near : dict of tuple of LocalMethod
        By basis: what follows near the optimum, the fastest method first.
    matrices : dict of pairs of numpy.ndarray
        By basis: curvature and noise there, G and F.
    floor : float
        R = 2 (L - L*) at which these are compared.
    batch_size, steps : int
        B, and how long runs are.
    adam : MeanFieldAdam
        The betas of Adam as it is run.
    checks : tuple of Measurement
        Runs from the optimum on real mini-batches beside the local prediction, if any.
    """

    preparation: Preparation
    names: tuple[str, ...]
    count: int
    rank: int
    optimum: np.ndarray
    start_loss: float
    smallest_loss: float
    largest_logit: float
    places: dict[str, dict[str, Nearness]]
    calibration: Calibration
    near: dict[str, tuple[LocalMethod, ...]]
    matrices: dict[str, tuple[np.ndarray, np.ndarray]]
    floor: float
    batch_size: int
    steps: int
    adam: MeanFieldAdam
    checks: tuple[Measurement, ...] = ()

    def adam_as_run(self, basis, steps, adam=None):
        """Return the R_t that is predicted of Adam as it is run, at the rate of the frozen one.

        Parameters
        ----------
        basis : str
        steps : array_like of int, shape (n,)
            t.
        adam : MeanFieldAdam, optional
            Other betas.

        Returns
        -------
        numpy.ndarray of shape (n,), or None
            Where a gradient is 0 in all rows Adam has no weights, and is not predicted; nor where
            matrices and run are so large that it takes long.
        """
        steps = np.asarray(steps)
        frozen = next((one for one in self.near[basis] if one.name == ADAM), None)
        size = len(self.matrices[basis][0])
        if frozen is None or size**3 * steps.max() > LARGEST:
            return None
        law = self.batch_size, frozen.learning_rate, adam or self.adam
        return adam_risk(*self.matrices[basis], *law, steps)
