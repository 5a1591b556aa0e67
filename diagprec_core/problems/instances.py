"""The book's instances by name: problems on which the theory says what must happen."""

from dataclasses import dataclass

import numpy as np

from .. import validation as check
from .frame import vectors
from .quadratic import BlockQuadratic


@dataclass(frozen=True, eq=False)
class Blockwise:
    """The block-wise quadratic of the FIQ claims: unit diagonal, curvature hidden in the blocks.

    Block k is H_k = (1 - rho_k) I + rho_k h_k h_k^T with h_k in {-1, 1}^m and rho_k chosen so that
    H_k h_k = lambda_k h_k. Every diagonal entry is 1. Started at c_k h_k, a block stays on the
    line through h_k, and only the amplitude c_k moves.

    Parameters
    ----------
    curvatures : array_like, shape (K,)
        The excited curvatures lambda_k, each in (0, m).
    signs : array_like, shape (K, m), optional
        The vectors h_k, entries -1 or 1; by default all ones with m = 2.

    Raises
    ------
    ValueError
        If a curvature is outside (0, m), or `signs` has another shape or other entries.

    Examples
    --------
    >>> instance = Blockwise([1.5, 0.5])
    >>> instance.problem.blocks
    array([[[ 1. ,  0.5],
            [ 0.5,  1. ]],
           [[ 1. , -0.5],
            [-0.5,  1. ]]])
    >>> instance.amplitudes(instance.start([3.0, -2.0]))
    array([ 3., -2.])
    """

    curvatures: np.ndarray
    signs: np.ndarray | None = None

    def __post_init__(self):
        curvatures = check.as_array("curvatures", self.curvatures, (None,))
        signs = np.ones((len(curvatures), 2)) if self.signs is None else self.signs
        signs = check.as_array("signs", signs, (len(curvatures), None))
        if signs.shape[1] < 2 or not np.isin(signs, (-1, 1)).all():
            check.fail("signs", check.describe(signs), "rows of at least two entries, each -1 or 1")
        if curvatures.min() <= 0 or curvatures.max() >= signs.shape[1]:
            worst = curvatures[np.abs(curvatures - signs.shape[1] / 2).argmax()]
            check.fail("curvatures", f"{worst:g}", f"numbers in (0, m) with m = {signs.shape[1]}")
        coupling = (curvatures - 1) / (signs.shape[1] - 1)
        if (1 + (signs.shape[1] - 1) * coupling).min() <= 0 or coupling.max() >= 1:
            check.fail("curvatures", "one too near to 0 or m for float64", "a distance of 1e-15")
        object.__setattr__(self, "curvatures", curvatures)
        object.__setattr__(self, "signs", signs)

    @property
    def problem(self):
        """The instance as a problem, with its optimum at the origin."""
        size = self.signs.shape[1]
        coupling = (self.curvatures - 1) / (size - 1)
        blocks = coupling[:, None, None] * self.signs[:, :, None] * self.signs[:, None, :]
        # Set, not computed: FIQ-1 is about diagonal entries that are exactly 1.
        blocks[:, np.arange(size), np.arange(size)] = 1.0
        return BlockQuadratic(blocks)

    def start(self, amplitudes):
        """Return the parameters (c_k h_k)_k of amplitudes c of shape (..., K), shape (..., K m)."""
        amplitudes = vectors("amplitudes", amplitudes, len(self.curvatures))
        return (amplitudes[..., None] * self.signs).reshape(*amplitudes.shape[:-1], -1)

    def amplitudes(self, parameters):
        """Return c_k = h_k^T theta_k / m of parameters of shape (..., K m), shape (..., K).

        Infinite and NaN parameters, those of a diverged run, give infinite or NaN amplitudes.

        Returns
        -------
        numpy.ndarray, shape (..., K)
        """
        axes = check.dimensions("parameters", parameters)
        parameters = np.asarray(parameters)
        if (
            axes < 1
            or parameters.shape[-1] != self.signs.size
            or parameters.dtype.kind not in "iuf"
        ):
            needed = f"real numbers of shape (..., {self.signs.size})"
            check.fail("parameters", check.describe(parameters), needed)
        split = parameters.reshape(*parameters.shape[:-1], *self.signs.shape)
        return np.einsum("...km,km->...k", split, self.signs) / self.signs.shape[1]


def chebyshev_curvatures(kappa, steps):
    """Return the steps + 1 Chebyshev extrema of [1/kappa, 1]: the hardest curvatures (FIQ-2c).

    Parameters
    ----------
    kappa : float
        Condition number, above 1.
    steps : int
        Number of steps T that the instance is built against.

    Returns
    -------
    numpy.ndarray, shape (steps + 1,)
        Descending from 1 to 1/kappa.

    Raises
    ------
    ValueError
        If `kappa` is not above 1 or `steps` not an integer of at least 1.

    Examples
    --------
    >>> chebyshev_curvatures(4.0, 2)
    array([1.   , 0.625, 0.25 ])
    """
    kappa = check.as_number("kappa", kappa, low=1, open_low=True)
    steps = check.as_count("steps", steps, low=1)
    middle, radius = (1 + 1 / kappa) / 2, (1 - 1 / kappa) / 2
    curvatures = middle + radius * np.cos(np.arange(steps + 1) * np.pi / steps)
    curvatures[[0, -1]] = 1.0, 1 / kappa
    return curvatures


def blockwise_features(agreements, copies):
    """Return data with features -1 or 1 whose covariance is exactly block-wise.

    Features come in pairs. Pair k shows equal signs in `agreements[k]` of `copies` examples and
    opposite signs in the others; signs of different pairs come from the columns of a Hadamard
    matrix, so they are uncorrelated exactly. The second-moment matrix X^T X / n therefore has unit
    diagonal and 2 x 2 blocks with off-diagonal rho_k = 2 agreements[k]/copies - 1: a regression on
    it is the block-wise quadratic with curvatures 1 + rho_k along (1, 1), 1 - rho_k along (1, -1).

    Parameters
    ----------
    agreements : array_like of int, shape (K,)
        Each from 1 to copies - 1.
    copies : int
        At least 2.

    Returns
    -------
    numpy.ndarray, shape (n, 2 K)
        n is `copies` times the smallest power of two that is at least K.

    Raises
    ------
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> features = blockwise_features([3, 1], copies=4)
    >>> features.T @ features / len(features)
    array([[ 1. ,  0.5,  0. ,  0. ],
           [ 0.5,  1. ,  0. ,  0. ],
           [ 0. ,  0. ,  1. , -0.5],
           [ 0. ,  0. , -0.5,  1. ]])
    """
    copies = check.as_count("copies", copies, low=2)
    agreements = check.as_array("agreements", agreements, (None,))
    if ((agreements < 1) | (agreements > copies - 1) | (agreements % 1 != 0)).any():
        check.fail("agreements", agreements.tolist(), f"integers from 1 to {copies - 1}")
    hadamard = np.ones((1, 1))
    while len(hadamard) < len(agreements):
        hadamard = np.kron(hadamard, [[1, 1], [1, -1]])
    first = np.tile(hadamard[:, : len(agreements)], (copies, 1))
    agree = np.where(np.arange(copies)[:, None] < agreements, 1.0, -1.0)
    second = first * np.repeat(agree, len(hadamard), axis=0)
    return np.stack([first, second], axis=-1).reshape(len(first), -1)
