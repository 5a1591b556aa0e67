"""A problem in the coordinates of one basis: what a run needs of it.

A problem is any object whose `in_basis(basis)` returns a frame; what its frame is says with which
functions it goes. Frames are built once a call, from what the problem has checked already.
"""

from dataclasses import dataclass

import numpy as np

from .. import validation as check
from ..numerics.blocks import apply, inner, rotate, simplest


@dataclass(frozen=True, eq=False)
class Frame:
    """The coordinates of one basis, in which a run takes place: phi = U^T (theta - theta*)."""

    made_by = "problem, such as a Quadratic"  # what an error message asks for
    optimum: np.ndarray
    basis: np.ndarray | None

    @property
    def dimension(self):
        """Number of parameters d."""
        return len(self.optimum)

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

    made_by = "quadratic problem"
    matrix: np.ndarray

    def gradient(self, coordinates, out=None):
        """Return U^T g, shape (..., d), written into `out` if given."""
        return apply(self.matrix, coordinates, out)

    def curvature(self, coordinates):
        """Return u_i^T H u_i, shape (d,), read-only; on a quadratic it is the same everywhere."""
        diagonal = self.matrix.view()
        if self.matrix.ndim > 1:
            diagonal = np.diagonal(self.matrix, axis1=1, axis2=2).reshape(-1)
        diagonal.flags.writeable = False
        return diagonal

    def loss(self, coordinates, gradient):
        """Return the loss (1/2) phi^T U^T H U phi, shape (...), from point and gradient."""
        return 0.5 * inner(coordinates, gradient)


def in_frame(name, problem, basis, kind=Frame):
    """Check a problem and return its frame in a basis, if it is of the kind that is needed.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    problem : object
    basis : array_like, shape (d, d), or None
    kind : type or tuple of types

    Returns
    -------
    Frame

    Raises
    ------
    ValueError
        If `problem` is no problem, its frame is of another kind, or `basis` is unfit.

    Examples
    --------
    >>> in_frame("problem", "quadratic", None)
    Traceback (most recent call last):
        ...
    ValueError: problem: got 'quadratic', need a problem, such as a Quadratic
    """
    kinds = kind if isinstance(kind, tuple) else (kind,)
    needed = "a " + " or a ".join(each.made_by for each in kinds)
    if isinstance(problem, type) or not callable(getattr(problem, "in_basis", None)):
        check.fail(name, check.describe(problem), needed)
    frame = problem.in_basis(basis)
    if not isinstance(frame, kind):
        check.fail(name, f"a {type(problem).__name__}", needed)
    return frame


def turned(matrix, basis):
    """Return U^T H U in its simplest form, for H a diagonal (d,) or blocks (K, m, m)."""
    if matrix.ndim == 1:
        return matrix if basis is None else simplest(rotate(matrix, basis)[None])
    return simplest(matrix if basis is None else rotate(matrix[0], basis)[None])


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
