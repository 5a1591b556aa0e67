"""Preconditioners: rules that turn a gradient in a basis into a direction in the same basis.

A rule is any object with a method ``direction(gradient, curvature, memory)``. Its arguments are
U^T g of shape (..., d), the diagonal u_i^T G u_i of the Gauss-Newton matrix, of a shape that
broadcasts with it, and what the method returned as memory in the step before (None in the first).
It returns the pair of the direction, to be multiplied by the learning rate and subtracted, of a
shape that broadcasts to that of the gradient, and the new memory. It may overwrite `gradient`, not
`curvature`. A rule with a method ``weights(curvature)`` as well, positive weights for the gradient,
is a fixed preconditioner, and goes into the exact curves and floors.

Two class attributes make a rule faster and may be left out. ``curved = False`` says that it never
looks at the curvature, which may then be None. ``in_place = True`` says that it keeps no reference
to `gradient` or to the direction: these arrays are then used again.
"""

from dataclasses import dataclass

import numpy as np

from .. import validation as check


@dataclass(frozen=True)
class GradientDescent:
    """No preconditioner: the direction is the gradient itself.

    >>> GradientDescent().direction(np.array([3.0, -4.0]), np.ones(2), None)[0]
    array([ 3., -4.])
    """

    curved = False
    in_place = True

    def weights(self, curvature):
        """Return the diagonal w of the preconditioner, shape of `curvature`."""
        return np.ones_like(curvature)

    def direction(self, gradient, curvature, memory):
        """Return the gradient."""
        return gradient, memory


@dataclass(frozen=True)
class GaussNewton:
    """GN^p: the gradient times the p-th power of the Gauss-Newton diagonal.

    Parameters
    ----------
    power : float
        p; the paper's are -1 and -1/2, and 0 is gradient descent.
    damping : float
        Added to the curvature before the power is taken; at least 0.

    Raises
    ------
    ValueError
        If `power` is not a finite number, or `damping` not one of at least 0.

    Examples
    --------
    >>> GaussNewton(-0.5).direction(np.array([3.0, -4.0]), np.array([9.0, 4.0]), None)[0]
    array([ 1., -2.])
    """

    in_place = True
    power: float = -1.0
    damping: float = 0.0

    def __post_init__(self):
        object.__setattr__(self, "power", check.as_number("power", self.power))
        object.__setattr__(self, "damping", check.as_number("damping", self.damping, low=0))

    def weights(self, curvature):
        """Return the diagonal w of the preconditioner, shape of `curvature`."""
        if self.damping > 0:
            curvature = curvature + self.damping
        # A power takes ten times as long as a root.
        return 1 / np.sqrt(curvature) if self.power == -0.5 else curvature**self.power

    def direction(self, gradient, curvature, memory):
        """Return the gradient times (curvature + damping)^p, with 0 times infinity as 0."""
        weights = self.weights(curvature)
        # Infinite where a curvature has underflowed. A mini-batch may show nothing of it, and then
        # its gradient is 0 and the coordinate rests.
        still = np.isinf(weights) & (gradient == 0) if np.isinf(weights).any() else None
        gradient *= weights
        if still is not None:
            gradient[still] = 0.0
        return gradient, memory


@dataclass(frozen=True, eq=False)
class Weights:
    """Fixed weights: the gradient times a diagonal of one's own, in the basis of the run.

    Parameters
    ----------
    diagonal : array_like, shape (d,)
        w, positive.

    Raises
    ------
    ValueError
        If `diagonal` is not a vector of finite numbers above 0.

    Examples
    --------
    >>> Weights([1.0, 0.5]).direction(np.array([3.0, -4.0]), None, None)[0]
    array([ 3., -2.])
    """

    curved = False
    in_place = True
    diagonal: np.ndarray

    def __post_init__(self):
        diagonal = check.as_array("diagonal", self.diagonal, (None,))
        if (diagonal <= 0).any():
            check.fail("diagonal", f"a weight of {diagonal.min():.3g}", "weights above 0")
        object.__setattr__(self, "diagonal", diagonal)

    def weights(self, curvature):
        """Return the diagonal w of the preconditioner, shape (d,)."""
        return self.diagonal

    def direction(self, gradient, curvature, memory):
        """Return the gradient times w."""
        if gradient.shape[-1:] != self.diagonal.shape:
            given = f"{len(self.diagonal)} weights"
            check.fail("preconditioner", given, f"{gradient.shape[-1]}, one a coordinate")
        gradient *= self.diagonal
        return gradient, memory


def as_rule(rule):
    """Check that an object is a rule: one with a method `direction`, and not a class.

    Returns
    -------
    object
        The rule itself.

    Examples
    --------
    >>> as_rule("adam")
    Traceback (most recent call last):
        ...
    ValueError: preconditioner: got 'adam', need an object with a direction, such as dp.Adam()
    """
    return _with("direction", rule, "an object with a direction, such as dp.Adam()")


def follow(rule, gradient, curvature, memory):
    """Return what a rule's `direction` returns, checked if the rule is not this package's.

    Raises
    ------
    ValueError
        If it is no pair, or its direction has a shape that does not fit the gradient's.

    Returns
    -------
    direction : numpy.ndarray
    memory : object

    Examples
    --------
    >>> class Forgetful:
    ...     def direction(self, gradient, curvature, memory):
    ...         return gradient
    >>> follow(Forgetful(), np.ones(2), None, None)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: preconditioner: got a direction() that returns an array of shape (2,), need ...
    """
    answer = rule.direction(gradient, curvature, memory)
    if getattr(rule, "in_place", False):
        return answer
    if not isinstance(answer, tuple) or len(answer) != 2:
        given = f"a direction() that returns {check.describe(answer)}"
        check.fail("preconditioner", given, "a pair (direction, memory)")
    direction = np.asarray(answer[0])
    room = gradient.shape[len(gradient.shape) - direction.ndim :]
    fits = direction.ndim <= gradient.ndim and all(
        have in (1, want) for have, want in zip(direction.shape, room, strict=True)
    )
    if direction.dtype.kind not in "iuf" or not fits:
        given = f"a direction of shape {direction.shape} and dtype {direction.dtype}"
        check.fail("preconditioner", given, f"real numbers, of shape {gradient.shape}")
    return direction, answer[1]


def fixed_weights(rule, curvature, needed="one with fixed weights, such as dp.GaussNewton()"):
    """Check a fixed preconditioner and return its weights at a curvature (d,), shape (d,).

    Returns
    -------
    numpy.ndarray, shape (d,)

    Raises
    ------
    ValueError
        If the rule has no weights, or they are not positive numbers in the range of float64.

    Examples
    --------
    >>> fixed_weights(GaussNewton(-0.5), np.array([4.0, 1.0]))
    array([0.5, 1. ])
    """
    _with("weights", rule, needed)
    with np.errstate(all="ignore"):
        weights = np.asarray(rule.weights(curvature))
    if weights.dtype.kind not in "iuf" or weights.shape not in ((), curvature.shape):
        given = f"weights of shape {weights.shape} and dtype {weights.dtype}"
        check.fail("preconditioner", given, f"real ones, of shape {curvature.shape}")
    if np.isnan(weights).any() or (weights < 0).any():
        given = f"a weight of {weights.min():.3g}"
        check.fail("preconditioner", given, "weights above 0")
    if not (weights.min() > 0 and weights.max() < np.inf):
        needed = "weights between 0 and infinity, say by a power nearer to 0"
        check.fail("preconditioner", "weights beyond the range of float64", needed)
    return weights if weights.ndim else np.full(curvature.shape, weights)


def _with(method, rule, needed):
    """Check that an object, and not a class, has a method."""
    if isinstance(rule, type) or not callable(getattr(rule, method, None)):
        check.fail("preconditioner", check.describe(rule), needed)
    return rule
