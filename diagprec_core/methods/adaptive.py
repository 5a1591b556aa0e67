"""Adaptive rules: Adam as it is run and with the exact moment, and Sophia, which clips."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .. import validation as check


class AdamMemory(NamedTuple):
    """Adam's state: the step count, and decayed sums of gradients and of squares, each (..., d)."""

    step: int
    first: np.ndarray
    second: np.ndarray


@dataclass(frozen=True)
class Adam:
    """EMA Adam: Kingma & Ba (2015) with bias correction, on the gradient in the chosen basis.

    The direction is m_hat / (sqrt(v_hat) + eps), with 0/0 = 0. **With the default arguments it has
    no memory and is** :class:`SignDescent`; what libraries call Adam's defaults is
    ``Adam(0.9, 0.999, 1e-8)``. It sees the realised gradient; for the preconditioner that knows the
    expectation of its square see :class:`IdealisedAdam`.

    Parameters
    ----------
    beta1, beta2 : float
        Decay of the averages of the gradient and of its square, in [0, 1).
    eps : float
        Added to the root, not under it; at least 0.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Notes
    -----
    With beta2 > 0 squares of gradients are kept, so a gradient outside 1e-150 to 1e150 in size
    leaves the range of float64.

    Examples
    --------
    >>> Adam().direction(np.array([3.0, -4.0, 0.0]), np.ones(3), None)[0]
    array([ 1., -1.,  0.])
    >>> Adam(eps=1.0).direction(np.array([3.0, -4.0, 0.0]), np.ones(3), None)[0]
    array([ 0.75, -0.8 ,  0.  ])
    """

    curved = False
    in_place = True
    beta1: float = 0.0
    beta2: float = 0.0
    eps: float = 0.0

    def __post_init__(self):
        for name in ("beta1", "beta2"):
            value = check.as_number(name, getattr(self, name), low=0, high=1, open_high=True)
            object.__setattr__(self, name, value)
        object.__setattr__(self, "eps", check.as_number("eps", self.eps, low=0))

    def scales(self, step):
        """Return what a step adds to the root of the decayed sum, and the factor on the ratio.

        With a = (1 - beta1)/(1 - beta1^t) and b = sqrt((1 - beta2)/(1 - beta2^t)), the bias
        corrections of sums without the factors 1 - beta, the direction a m/(b sqrt(v) + eps) is
        (a/b) m/(sqrt(v) + eps/b), which takes a pass over the arrays less.

        Returns
        -------
        eps, factor : float
        """
        above = (1 - self.beta1) / (1 - self.beta1**step)
        below = np.sqrt((1 - self.beta2) / (1 - self.beta2**step))
        return self.eps / below, above / below

    def direction(self, gradient, curvature, memory):
        """Return the bias-corrected ratio, and the decayed sums as memory."""
        if self.beta1 == self.beta2 == self.eps == 0:
            return _sign(gradient), None
        if memory is None:
            memory = AdamMemory(0, np.zeros_like(gradient), np.zeros_like(gradient))
        step, first, second = memory.step + 1, memory.first, memory.second
        eps, factor = self.scales(step)
        if self.beta1 > 0:
            first *= self.beta1
            first += gradient
        else:
            first[...] = gradient
        if self.beta2 > 0:
            second *= self.beta2
            second += np.square(gradient, out=gradient)
            scale = np.sqrt(second, out=gradient)
        else:
            scale = np.abs(gradient, out=gradient)  # no square, so nothing to underflow
        if eps > 0:
            scale += eps
        # Not scale.min() == 0, which a diverged run's NaN would hide from the others of the batch.
        zero = scale == 0 if self.eps == 0 else np.False_
        still = zero & (first == 0) if zero.any() else None
        ratio = np.divide(first, scale, out=scale)
        ratio *= factor
        if still is not None:
            ratio[still] = 0.0
        return ratio, AdamMemory(step, first, second)


@dataclass(frozen=True)
class SignDescent:
    """The sign of the realised gradient, coordinate by coordinate: what `Adam()` is by default.

    >>> SignDescent().direction(np.array([3.0, -4.0, 0.0]), None, None)[0]
    array([ 1., -1.,  0.])
    """

    curved = False
    in_place = True

    def direction(self, gradient, curvature, memory):
        """Return the sign of the gradient, with sign(0) = 0."""
        return _sign(gradient), memory


@dataclass(frozen=True)
class IdealisedAdam:
    """Adam with the exact second moment: weights (E[(u_i^T ghat)^2])^(-1/2), no memory.

    On full batches the gradient is its own expectation, so the direction is its sign.

    >>> IdealisedAdam().direction(np.array([3.0, -4.0, 0.0]), np.ones(3), None)[0]
    array([ 1., -1.,  0.])
    """

    curved = False
    in_place = True

    def direction(self, gradient, curvature, memory):
        """Return the sign of the full-batch gradient."""
        return _sign(gradient), memory


@dataclass(frozen=True)
class Sophia:
    """Sophia without noise (Liu et al. 2024): GN^-1 with each coordinate of the step clipped.

    Parameters
    ----------
    gamma : float
        Factor on the curvature: the direction is clip(g / (gamma h), -1, 1); above 0.

    Raises
    ------
    ValueError
        If `gamma` is not positive and finite.

    Examples
    --------
    >>> Sophia(gamma=2.0).direction(np.array([3.0, -4.0]), np.array([9.0, 1.0]), None)[0]
    array([ 0.16666667, -1.        ])
    """

    in_place = True
    gamma: float = 1.0

    def __post_init__(self):
        gamma = check.as_number("gamma", self.gamma, low=0, open_low=True)
        object.__setattr__(self, "gamma", gamma)

    def direction(self, gradient, curvature, memory):
        """Return the clipped Gauss-Newton direction, with 0/0 as 0."""
        scale = self.gamma * curvature
        still = (scale == 0) & (gradient == 0) if not np.all(scale) else None
        gradient /= scale
        if still is not None:
            gradient[still] = 0.0
        return np.clip(gradient, -1.0, 1.0, out=gradient), memory


def _sign(gradient):
    """Overwrite an array by its signs, with sign(0) = 0; several times as fast as numpy.sign."""
    above, below = (gradient > 0).view(np.int8), (gradient < 0).view(np.int8)
    return np.subtract(above, below, out=gradient)
