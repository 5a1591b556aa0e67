"""Quadratics, which are full-batch linear regression."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .. import validation as check
from ..numerics.blocks import apply, inner
from .frame import QuadraticFrame, as_optimum, errors_from, turned


@dataclass(frozen=True, eq=False)
class Quadratic:
    """The loss L(theta) = (1/2) (theta - theta*)^T H (theta - theta*).

    Parameters
    ----------
    hessian : array_like, shape (d, d)
        H, symmetric positive definite. It is also the Gauss-Newton matrix of the loss.
    optimum : array_like, shape (d,), optional
        theta*; the origin if left out.

    Raises
    ------
    ValueError
        If `hessian` is not symmetric positive definite or `optimum` does not fit it.

    Examples
    --------
    >>> problem = Quadratic([[2, 0], [0, 1]], optimum=[1, 1])
    >>> float(problem.loss([2, 1])), problem.gradient([2, 1])
    (1.0, array([2., 0.]))
    """

    hessian: np.ndarray
    optimum: np.ndarray | None = None

    def __post_init__(self):
        hessian = check.as_positive_definite("hessian", self.hessian)
        object.__setattr__(self, "hessian", hessian)
        object.__setattr__(self, "optimum", as_optimum(self.optimum, len(hessian)))

    @classmethod
    def from_data(cls, features, targets):
        """Return the mean loss ``|X theta - y|^2 / (2 n)``, less its smallest value.

        Parameters
        ----------
        features : array_like, shape (n, d)
            X, one example a row, of full column rank.
        targets : array_like, shape (n,)
            y.

        Returns
        -------
        Quadratic

        Raises
        ------
        ValueError
            If the shapes do not fit or the features are linearly dependent.

        Examples
        --------
        >>> Quadratic.from_data([[1, 1], [1, -1]], [3, 1]).optimum.round(12)
        array([2., 1.])
        """
        features = check.as_array("features", features, (None, None))
        targets = check.as_array("targets", targets, (len(features),))
        optimum, _, rank, _ = np.linalg.lstsq(features, targets, rcond=None)
        if rank < features.shape[1]:
            check.fail("features", f"rank {rank}", f"full column rank {features.shape[1]}")
        hessian = features.T @ features / len(features)
        if np.linalg.eigvalsh(hessian).min() <= 0:
            check.fail("features", "columns dependent to rounding", "full column rank")
        return cls(hessian, optimum)

    @property
    def dimension(self):
        """Number of parameters d."""
        return len(self.optimum)

    def loss(self, parameters):
        """Return L at parameters of shape (..., d), an array of shape (...)."""
        errors = errors_from(self, parameters)
        return 0.5 * inner(errors, errors @ self.hessian)

    def gradient(self, parameters):
        """Return H (theta - theta*) at parameters of shape (..., d), same shape."""
        return errors_from(self, parameters) @ self.hessian

    def in_basis(self, basis=None):
        """Return the problem as seen in the coordinates of `basis` (None: the identity)."""
        if basis is not None:
            basis = check.as_basis("basis", basis, self.dimension)
        return QuadraticFrame(self.optimum, basis, turned(self.hessian[None], basis))


@dataclass(frozen=True, eq=False)
class BlockQuadratic:
    """A quadratic whose Hessian is block diagonal, stored and applied block by block.

    Parameters
    ----------
    blocks : array_like, shape (K, m, m)
        The K diagonal blocks, each symmetric positive definite; d = K m.
    optimum : array_like, shape (K m,), optional
        theta*; the origin if left out.

    Raises
    ------
    ValueError
        If a block is not symmetric positive definite or `optimum` does not fit.

    Examples
    --------
    >>> BlockQuadratic([[[2.0]], [[1.0]]]).hessian
    array([[2., 0.],
           [0., 1.]])
    """

    blocks: np.ndarray
    optimum: np.ndarray | None = None

    def __post_init__(self):
        blocks = check.as_positive_definite("blocks", self.blocks, stack=True)
        object.__setattr__(self, "blocks", blocks)
        object.__setattr__(self, "optimum", as_optimum(self.optimum, blocks[..., 0].size))

    @property
    def dimension(self):
        """Number of parameters d = K m."""
        return len(self.optimum)

    @cached_property
    def hessian(self):
        """The dense Hessian, shape (d, d), made when first asked for."""
        count, size, _ = self.blocks.shape
        dense = np.zeros((count, size, count, size))
        dense[np.arange(count), :, np.arange(count), :] = self.blocks
        return dense.reshape(count * size, count * size)

    def loss(self, parameters):
        """Return L at parameters of shape (..., d), an array of shape (...)."""
        errors = errors_from(self, parameters)
        return 0.5 * inner(errors, apply(self.blocks, errors))

    def gradient(self, parameters):
        """Return H (theta - theta*) at parameters of shape (..., d), same shape."""
        return apply(self.blocks, errors_from(self, parameters))

    def in_basis(self, basis=None):
        """Return the problem as seen in the coordinates of `basis` (None: the identity)."""
        if basis is None:
            return QuadraticFrame(self.optimum, None, turned(self.blocks, None))
        basis = check.as_basis("basis", basis, self.dimension)
        return QuadraticFrame(self.optimum, basis, turned(self.hessian[None], basis))
