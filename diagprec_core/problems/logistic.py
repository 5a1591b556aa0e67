"""Logistic regression on finitely many feature vectors: the problem whose curvature moves."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.linalg import qr_multiply, solve_triangular
from scipy.special import expit

from .. import validation as check
from .frame import vectors
from .logistic_frame import LogisticFrame, divergence, slope
from .separability import largest, refuse_separable

NEWTON_STEPS = 1000  # far out a step moves a logit by one unit, and logits reach 745
SETTLED = 1e-3  # steps below this in every logit converge quadratically, until rounding stops them
SMALLEST_STEP = 1e-6
SMALLEST_SLOPE = 1e-300  # beyond 690 units: a residual there still pushes
LARGEST_LOGIT = 700.0  # what is smaller than e^-708 is no normal float64
SMALLEST_LABEL = 1e-300
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
        q_j = P(y = 1 | x_j), in [0, 1]; 0 and 1 are labels that are always the same. What is
        positive has to be at least 1e-300, for the sake of the optimum's logits.

    Raises
    ------
    ValueError
        If an argument is unfit (the message names it), or if hard labels can be separated (to ten
        digits), so that no finite theta has the smallest loss.

    Attributes
    ----------
    zero_probability : numpy.ndarray, shape (n,)
        P(y = 0 | x_j). It is kept as well because 1 - q_j loses its digits where q_j is near 1.

    Notes
    -----
    Losses and gradients are right to rounding for logits of any size. The curvature s'(z) leaves
    the normal numbers of float64 where ``|z|`` exceeds 708 and is 0 beyond 745; a step of GN^-1 is
    infinite there.

    Examples
    --------
    >>> problem = LogisticRegression([[1.0], [2.0]], label_probability=[0.5, 0.5])
    >>> problem.optimum, problem.loss([0.0]).round(6)
    (array([0.]), np.float64(0.693147))
    """

    features: np.ndarray
    weights: np.ndarray | None = None
    label_probability: float | np.ndarray = 0.5
    zero_probability: np.ndarray = field(init=False, repr=False)

    def __post_init__(self):
        features = check.as_array("features", self.features, (None, None))
        count, d = features.shape
        scaled = features / largest(features, axis=0)  # units do not make columns dependent
        rank = np.linalg.matrix_rank(scaled)
        if rank < d:
            check.fail("features", f"rank {rank}", f"full column rank {d}")
        weights = np.full(count, 1 / count) if self.weights is None else self.weights
        weights = check.as_probabilities("weights", weights, count)
        labels = self.label_probability
        if check.dimensions("label_probability", labels) == 0:
            labels = np.full(count, check.as_number("label_probability", labels, low=0, high=1))
        labels = check.as_array("label_probability", labels, (count,))
        tiny = (labels > 0) & (labels < SMALLEST_LABEL)
        if labels.min() < 0 or labels.max() > 1 or tiny.any():
            worst = labels[tiny.argmax() if tiny.any() else np.abs(labels - 0.5).argmax()]
            needed = f"probabilities in [0, 1], 0 or at least {SMALLEST_LABEL:g}"
            check.fail("label_probability", f"{worst:g}", needed)
        refuse_separable(scaled, labels)
        object.__setattr__(self, "features", features)
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "label_probability", labels)
        object.__setattr__(self, "zero_probability", 1 - labels)

    @classmethod
    def well_specified(cls, features, optimum, weights=None):
        """Return the problem whose labels follow the model: q_j = s(x_j^T theta*).

        Parameters
        ----------
        features : array_like, shape (n, d)
        optimum : array_like, shape (d,)
            theta*; its logits have to be within [-700, 700].
        weights : array_like, shape (n,), optional

        Returns
        -------
        LogisticRegression

        Raises
        ------
        ValueError
            If an argument is unfit; the message names it.

        Examples
        --------
        >>> LogisticRegression.well_specified([[1.0], [2.0]], [0.5]).label_probability.round(4)
        array([0.6225, 0.7311])
        """
        problem = cls(features, weights)
        optimum = check.as_array("optimum", optimum, (problem.dimension,))
        logits = problem.features @ optimum
        if np.abs(logits).max() > LARGEST_LOGIT:
            given = f"a logit of size {np.abs(logits).max():.3g}"
            check.fail("optimum", given, f"logits x^T theta* of size at most {LARGEST_LOGIT:g}")
        object.__setattr__(problem, "label_probability", expit(logits))
        object.__setattr__(problem, "zero_probability", expit(-logits))
        problem.__dict__["optimum"] = optimum
        return problem

    @property
    def dimension(self):
        """Number of parameters d."""
        return self.features.shape[1]

    @cached_property
    def optimum(self):
        """theta*, where the loss is smallest, shape (d,); by Newton's method with backtracking."""
        theta, before = np.zeros(self.dimension), np.inf
        for _ in range(NEWTON_STEPS):
            logits = self.features @ theta
            scale = np.sqrt(self.weights) * np.sqrt(np.maximum(slope(logits), SMALLEST_SLOPE))
            step = self._newton_step(logits, scale)
            if step is None:
                break
            shift = self.features @ step
            length = np.abs(shift).max()
            if length < SETTLED and not 0 < length < before / 4:
                return theta
            before = length
            # Where examples have lost their curvature a step is long; the logits may double in it.
            cut = min(1.0, (10 + np.abs(logits).max()) / length)
            step, shift, rate = cut * step, cut * shift, 1.0
            slant = ((scale * shift) ** 2).sum() / cut
            # The loss falls by rate * slant less the divergence, which nothing cancels in.
            while self.weights @ divergence(-rate * shift, logits) > 0.75 * rate * slant:
                rate /= 2
            if rate < SMALLEST_STEP:  # what is left of the gradient is rounding
                break
            theta = theta - rate * step
        return check.fail("label_probability", "labels too near to separable", "a finite optimum")

    def _newton_step(self, logits, scale):
        # By least squares, in which no row drowns another. The gradient is a sum: the rounding of a
        # large term hides the examples that are far out. But its Newton step is also the v that
        # brings D_j x_j^T v nearest to w_j r_j/D_j, r the residuals and D_j^2 = w_j s'(z_j), given
        # as `scale`. Householder's reflections, with rows in the order of their size and columns
        # exchanged, leave in each row an error of that row's own size.
        rows, wanted = scale[:, None] * self.features, self.weights * self._residual(logits) / scale
        order = np.argsort(-np.abs(rows).max(axis=1), kind="stable")
        turned, root, columns = qr_multiply(rows[order], wanted[order], pivoting=True)
        if not np.diagonal(root).all():
            return None
        step = np.empty(self.dimension)
        step[columns] = solve_triangular(root, turned)
        return step

    @cached_property
    def smallest_loss(self):
        """L(theta*), in nats."""
        return float(self.loss(self.optimum))

    def logits(self, parameters):
        """Return z_j = x_j^T theta at parameters of shape (..., d), shape (..., n)."""
        return vectors("parameters", parameters, self.dimension) @ self.features.T

    def loss(self, parameters):
        """Return L in nats at parameters of shape (..., d), an array of shape (...)."""
        z = self.logits(parameters)
        ones, zeros = self.label_probability, self.zero_probability
        return (ones * np.logaddexp(0, -z) + zeros * np.logaddexp(0, z)) @ self.weights

    def gradient(self, parameters):
        """Return sum_j w_j (s(z_j) - q_j) x_j at parameters of shape (..., d), same shape."""
        return (self.weights * self._residual(self.logits(parameters))) @ self.features

    def _residual(self, logits):
        # s - q = (1 - q) s - q (1 - s), without the cancellation of 1 - s and 1 - q
        return self.zero_probability * expit(logits) - self.label_probability * expit(-logits)

    def gauss_newton(self, parameters):
        """Return G = sum_j w_j s'(z_j) x_j x_j^T, shape (..., d, d).

        It is the Hessian of the loss and, where labels follow the model at theta, the Fisher
        information.

        Returns
        -------
        numpy.ndarray, shape (..., d, d)

        Examples
        --------
        >>> LogisticRegression([[2.0]]).gauss_newton([0.0])
        array([[1.]])
        """
        weighted = (self.weights * slope(self.logits(parameters)))[..., None] * self.features
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
        parameters = vectors("parameters", parameters, self.dimension)
        return frame.second_moment(frame.coordinates(parameters), batch_size)

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
