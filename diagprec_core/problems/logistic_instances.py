"""The book's logistic instances: problems on which Gauss-Newton meets moving curvature."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .. import validation as check
from .frame import vectors
from .logistic import LogisticRegression


@dataclass(frozen=True, eq=False)
class SkewedLogistic:
    """The logistic regression of the FEL claims: features x = a_i q_i with probability pi_i.

    The q_i are the columns of an orthogonal Q, so logits z_i = a_i q_i^T theta never mix and
    G(theta) = Q diag(pi_i a_i^2 s'(z_i)) Q^T: Q is the eigenbasis of G at every theta.

    Parameters
    ----------
    probabilities : array_like, shape (d,)
        pi_i, positive, with sum 1.
    scales : array_like, shape (d,), optional
        a_i, not 0; all 1 if left out.
    basis : array_like, shape (d, d), optional
        Q; the identity if left out.
    label_probability : float or array_like of shape (d,)
        q_i = P(y = 1 | x = a_i q_i), in (0, 1); a fair coin if left out.

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> instance = SkewedLogistic([0.9, 0.1])
    >>> instance.logits(instance.start([8.0, 1.0]))
    array([8., 1.])
    >>> instance.problem.gauss_newton([0.0, 0.0])
    array([[0.225, 0.   ],
           [0.   , 0.025]])
    """

    probabilities: np.ndarray
    scales: np.ndarray | None = None
    basis: np.ndarray | None = None
    label_probability: float | np.ndarray = 0.5

    def __post_init__(self):
        probabilities = check.as_probabilities("probabilities", self.probabilities)
        d = len(probabilities)
        scales = np.ones(d) if self.scales is None else self.scales
        scales = check.as_array("scales", scales, (d,))
        if (scales == 0).any():
            check.fail("scales", "a scale of 0", "scales other than 0")
        basis = np.eye(d) if self.basis is None else check.as_basis("basis", self.basis, d)
        object.__setattr__(self, "probabilities", probabilities)
        object.__setattr__(self, "scales", scales)
        object.__setattr__(self, "basis", basis)
        object.__setattr__(self, "label_probability", self.problem.label_probability)

    @cached_property
    def problem(self):
        """The instance as a problem."""
        features = self.scales[:, None] * self.basis.T
        return LogisticRegression(features, self.probabilities, self.label_probability)

    def start(self, logits):
        """Return the parameters whose logits are z of shape (..., d), same shape."""
        return (vectors("logits", logits, len(self.scales)) / self.scales) @ self.basis.T

    def logits(self, parameters):
        """Return z_i = a_i q_i^T theta of parameters of shape (..., d), same shape.

        Where parameters are infinite or NaN, as those of a diverged run, all logits are inf.

        Returns
        -------
        numpy.ndarray, shape (..., d)
        """
        parameters, lost = _of_a_run(parameters, len(self.scales))
        return np.where(lost, np.inf, (parameters @ self.basis) * self.scales)


@dataclass(frozen=True, eq=False)
class BlockwiseLogistic:
    """The logistic regression of the FIL claims: its curvature hides from the identity basis.

    Block k has two coordinates and two features, (sqrt(mu_k)/2)(1, 1) and (sqrt(nu_k)/2)(1, -1)
    with mu_k + nu_k = 2, each with probability 1/(2 K) and a fair coin for its label. Started at
    phi_k (1, 1), a block stays on that line, with the logit z_k = sqrt(mu_k) phi_k.

    Parameters
    ----------
    curvatures : array_like, shape (K,)
        mu_k, each in (0, 2).

    Raises
    ------
    ValueError
        If a curvature is outside (0, 2).

    Examples
    --------
    >>> instance = BlockwiseLogistic([1.0, 0.1])
    >>> np.diagonal(instance.problem.gauss_newton(np.zeros(4)))
    array([0.03125, 0.03125, 0.03125, 0.03125])
    >>> instance.amplitudes(instance.start([3.0, -2.0]))
    array([ 3., -2.])
    """

    curvatures: np.ndarray

    def __post_init__(self):
        curvatures = check.as_array("curvatures", self.curvatures, (None,))
        if curvatures.min() <= 0 or curvatures.max() >= 2:
            worst = curvatures[np.abs(curvatures - 1).argmax()]
            check.fail("curvatures", f"{worst:g}", "numbers in (0, 2)")
        object.__setattr__(self, "curvatures", curvatures)

    @cached_property
    def problem(self):
        """The instance as a problem, with its optimum at the origin."""
        count = len(self.curvatures)
        features, blocks = np.zeros((count, 2, count, 2)), np.arange(count)
        features[blocks, 0, blocks, :] = (np.sqrt(self.curvatures) / 2)[:, None]
        features[blocks, 1, blocks, 0] = np.sqrt(2 - self.curvatures) / 2
        features[blocks, 1, blocks, 1] = -np.sqrt(2 - self.curvatures) / 2
        return LogisticRegression(features.reshape(2 * count, 2 * count))

    def start(self, amplitudes):
        """Return the parameters (phi_k, phi_k)_k of amplitudes (..., K), shape (..., 2 K)."""
        return np.repeat(vectors("amplitudes", amplitudes, len(self.curvatures)), 2, axis=-1)

    def amplitudes(self, parameters):
        """Return phi_k = (theta_{2k} + theta_{2k+1})/2 of parameters (..., 2 K), shape (..., K).

        Where parameters are infinite or NaN, as those of a diverged run, all amplitudes are inf.

        Returns
        -------
        numpy.ndarray, shape (..., K)
        """
        parameters, lost = _of_a_run(parameters, 2 * len(self.curvatures))
        return np.where(lost, np.inf, parameters[..., ::2] / 2 + parameters[..., 1::2] / 2)


def _of_a_run(parameters, size):
    """Check parameters (..., size); return them with 0 where not finite, and where that was."""
    axes = check.dimensions("parameters", parameters)
    parameters = np.asarray(parameters)
    if axes < 1 or parameters.shape[-1] != size or parameters.dtype.kind not in "iuf":
        needed = f"real numbers of shape (..., {size})"
        check.fail("parameters", check.describe(parameters), needed)
    lost = ~np.isfinite(parameters).all(axis=-1, keepdims=True)
    return np.where(lost, 0.0, parameters), lost
