"""Problems: what is minimised. Here the quadratics, which are full-batch linear regression."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .. import validation as check
from ..numerics.blocks import apply, inner, rotate, simplest


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
        if basis is None:
            return QuadraticFrame(self.optimum, None, simplest(self.hessian[None]))
        basis = check.as_basis("basis", basis, self.dimension)
        matrix = simplest(rotate(self.hessian, basis)[None])
        return QuadraticFrame(self.optimum, basis, matrix)


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
            return QuadraticFrame(self.optimum, None, simplest(self.blocks))
        return Quadratic(self.hessian, self.optimum).in_basis(basis)


@dataclass(frozen=True, eq=False)
class Frame:
    """The coordinates of one basis, in which a run takes place: phi = U^T (theta - theta*)."""

    optimum: np.ndarray
    basis: np.ndarray | None

    def coordinates(self, parameters):
        """Return U^T (theta - theta*), shape (..., d)."""
        errors = parameters - self.optimum
        return errors if self.basis is None else errors @ self.basis

    def parameters(self, coordinates):
        """Return theta* + U phi, shape (..., d); the inverse of :meth:`coordinates`."""
        errors = coordinates if self.basis is None else coordinates @ self.basis.T
        return self.optimum + errors


@dataclass(frozen=True, eq=False)
class QuadraticFrame(Frame):
    """A quadratic in the coordinates of one basis.

    `matrix` is U^T H U: shape (d,) where it is diagonal, else its blocks, shape (K, m, m).
    """

    matrix: np.ndarray

    def gradient(self, coordinates, out=None):
        """Return U^T g, shape (..., d), written into `out` if given."""
        return apply(self.matrix, coordinates, out)

    def curvature(self, coordinates):
        """Return u_i^T H u_i, shape (d,); on a quadratic it does not depend on the point."""
        if self.matrix.ndim == 1:
            return self.matrix
        return np.diagonal(self.matrix, axis1=1, axis2=2).reshape(-1)

    def loss(self, coordinates, gradient):
        """Return the loss (1/2) phi^T U^T H U phi, shape (...), from point and gradient."""
        return 0.5 * inner(coordinates, gradient)


def errors_from(problem, parameters):
    """Check parameters of shape (..., d) and return theta - theta*."""
    return vectors("parameters", parameters, problem.dimension) - problem.optimum


def vectors(name, value, size):
    """Check a finite array of shape (..., size): one vector, or any stack of them."""
    axes = max(check.dimensions(name, value), 1)
    return check.as_array(name, value, (None,) * (axes - 1) + (size,))


def as_optimum(optimum, dimension):
    """Check theta*, or take the origin."""
    if optimum is None:
        return np.zeros(dimension)
    return check.as_array("optimum", optimum, (dimension,))
