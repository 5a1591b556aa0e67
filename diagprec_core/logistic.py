"""Logistic regression on finitely many feature vectors: the problem whose curvature moves."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import linprog
from scipy.special import expit

from . import validation as check
from .logistic_frame import LogisticFrame, slope
from .problems import errors_from

NEWTON_STEPS = 200
ROUNDING = 4 * np.finfo(float).eps


@dataclass(frozen=True, eq=False)
class LogisticRegression:
    """The mean cross-entropy of labels with P(y = 1 | x) = s(x^T theta), s the sigmoid.

    L(theta) = sum_j w_j [q_j softplus(-z_j) + (1 - q_j) softplus(z_j)] with z_j = x_j^T theta.

    Parameters
    ----------
    features : array_like, shape (n, d)
        x_j, one a row, of full column rank.
    weights : array_like, shape (n,), optional
        w_j, the probability of x_j: positive, with sum 1. By default 1/n.
    label_probability : float or array_like of shape (n,)
        q_j = P(y = 1 | x_j), in [0, 1]; 0 and 1 are labels that are always the same.

    Raises
    ------
    ValueError
        If an argument is unfit (the message names it), or if hard labels can be separated, so that
        no finite theta has the smallest loss.

    Notes
    -----
    Losses and gradients are right to rounding for logits of any size. The curvature s'(z) leaves
    the range of float64 where ``|z|`` exceeds about 740; a GN step is then infinite.

    Examples
    --------
    >>> problem = LogisticRegression([[1.0], [2.0]], label_probability=[0.5, 0.5])
    >>> problem.optimum, problem.loss([0.0]).round(6)
    (array([0.]), np.float64(0.693147))
    """

    features: np.ndarray
    weights: np.ndarray | None = None
    label_probability: float | np.ndarray = 0.5

    def __post_init__(self):
        features = check.as_array("features", self.features, (None, None))
        count, d = features.shape
        rank = np.linalg.matrix_rank(features)
        if rank < d:
            check.fail("features", f"rank {rank}", f"full column rank {d}")
        weights = np.full(count, 1 / count) if self.weights is None else self.weights
        weights = check.as_array("weights", weights, (count,))
        if weights.min() <= 0 or abs(weights.sum() - 1) > 1e-12:
            given = f"smallest {weights.min():.3g}, sum {weights.sum():.15g}"
            check.fail("weights", given, "positive numbers with sum 1")
        labels = self.label_probability
        if check.dimensions("label_probability", labels) == 0:
            labels = np.full(count, check.as_number("label_probability", labels, low=0, high=1))
        labels = check.as_array("label_probability", labels, (count,))
        if labels.min() < 0 or labels.max() > 1:
            worst = labels[np.abs(labels - 0.5).argmax()]
            check.fail("label_probability", f"{worst:g}", "probabilities in [0, 1]")
        _refuse_separable(features, labels)
        object.__setattr__(self, "features", features)
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "label_probability", labels)

    @classmethod
    def well_specified(cls, features, optimum, weights=None):
        """Return the problem whose labels follow the model: q_j = s(x_j^T theta*).

        Parameters
        ----------
        features : array_like, shape (n, d)
        optimum : array_like, shape (d,)
            theta*.
        weights : array_like, shape (n,), optional

        Raises
        ------
        ValueError
            If an argument is unfit; the message names it.

        Examples
        --------
        >>> LogisticRegression.well_specified([[1.0], [2.0]], [0.5]).label_probability.round(4)
        array([0.6225, 0.7311])
        """
        features = check.as_array("features", features, (None, None))
        optimum = check.as_array("optimum", optimum, (features.shape[1],))
        problem = cls(features, weights, expit(features @ optimum))
        problem.__dict__["optimum"] = optimum
        return problem

    @property
    def dimension(self):
        """Number of parameters d."""
        return self.features.shape[1]

    @cached_property
    def optimum(self):
        """theta*, where the loss is smallest, shape (d,); by Newton's method with backtracking."""
        frame = LogisticFrame(np.zeros(self.dimension), None, self, self.features)
        theta, loss = np.zeros(self.dimension), frame.entropy(np.zeros(self.dimension))
        for _ in range(NEWTON_STEPS):
            gradient = frame.gradient(theta)
            step = np.linalg.solve(self.gauss_newton(theta), gradient)
            decrement = gradient @ step
            if decrement <= ROUNDING**2:
                return theta - step
            rate = 1.0
            while frame.entropy(theta - rate * step) > loss - 0.25 * rate * decrement:
                rate /= 2
                if rate < 1e-3:  # the loss is flat to rounding: a full step is right here
                    rate = 1.0
                    break
            theta = theta - rate * step
            loss = frame.entropy(theta)
        return check.fail("label_probability", "labels too near to separable", "a finite optimum")

    @cached_property
    def smallest_loss(self):
        """L(theta*), in nats."""
        return float(self.loss(self.optimum))

    def logits(self, parameters):
        """Return z_j = x_j^T theta at parameters of shape (..., d), shape (..., n)."""
        return (errors_from(self, parameters) + self.optimum) @ self.features.T

    def loss(self, parameters):
        """Return L in nats at parameters of shape (..., d), an array of shape (...)."""
        return self.in_basis().entropy(errors_from(self, parameters))

    def gradient(self, parameters):
        """Return sum_j w_j (s(z_j) - q_j) x_j at parameters of shape (..., d), same shape."""
        return self.in_basis().gradient(errors_from(self, parameters))

    def gauss_newton(self, parameters):
        """Return G = sum_j w_j s'(z_j) x_j x_j^T, shape (..., d, d).

        It is the Hessian of the loss and, where labels follow the model at theta, the Fisher
        information.

        Examples
        --------
        >>> LogisticRegression([[2.0]]).gauss_newton([0.0])
        array([[1.]])
        """
        logits = np.asarray(parameters, dtype=float) @ self.features.T
        weighted = (self.weights * slope(logits))[..., None] * self.features
        return self.features.T @ weighted

    def second_moment(self, parameters, *, batch_size, basis=None):
        """Return E[(u_i^T ghat)^2] for mini-batches of examples and labels (claim SXL-3).

        With V_u = sum_j w_j (u^T x_j)^2 E[(s(z_j) - y)^2] it is V_u/B + (1 - 1/B) (u^T g)^2.

        Parameters
        ----------
        parameters : array_like, shape (..., d)
            theta.
        batch_size : int
            B, at least 1.
        basis : array_like, shape (d, d), optional
            U; the identity if left out.

        Returns
        -------
        numpy.ndarray, shape (..., d)

        Examples
        --------
        >>> LogisticRegression([[2.0]]).second_moment([0.0], batch_size=4)
        array([0.25])
        """
        batch_size = check.as_count("batch_size", batch_size, low=1)
        frame = self.in_basis(basis)
        errors = errors_from(self, parameters)
        return frame.second_moment(errors if basis is None else errors @ frame.basis, batch_size)

    def in_basis(self, basis=None):
        """Return the problem as seen in the coordinates of `basis` (None: the identity)."""
        if basis is None:
            return LogisticFrame(self.optimum, None, self, self.features)
        basis = check.as_basis("basis", basis, self.dimension)
        features = self.features @ basis
        # What an eigenbasis leaves of a zero is rounding: e^|z| would blow it up into a coupling.
        rounding = len(basis) * ROUNDING * (np.abs(self.features) @ np.abs(basis))
        features[np.abs(features) <= rounding] = 0.0
        return LogisticFrame(self.optimum, basis, self, features)


def _refuse_separable(features, labels):
    """Refuse labels for which the loss has no smallest value at a finite theta.

    The loss falls for ever along v if and only if v moves no soft example's logit, moves no hard
    example's the wrong way, and moves one the right way: a linear programme.
    """
    hard = (labels == 0) | (labels == 1)
    if not hard.any():
        return
    signed = features[hard] * np.where(labels[hard] == 1, 1.0, -1.0)[:, None]
    soft = features[~hard]
    best = linprog(
        -signed.sum(axis=0),
        A_ub=-signed,
        b_ub=np.zeros(len(signed)),
        A_eq=soft if len(soft) else None,
        b_eq=np.zeros(len(soft)) if len(soft) else None,
        bounds=(-1, 1),
    )
    if best.fun < -1e-9 * np.abs(signed).max():
        given = "labels that a hyperplane separates"
        check.fail("label_probability", given, "labels with a finite best theta")
