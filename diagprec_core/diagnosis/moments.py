"""Means and second moments of data in one pass, and what is made of them before anything else.

Chunks are centred on their own means and merged (Chan, Golub & LeVeque 1983), so that no digits are
lost where means are large beside deviations.
"""

from dataclasses import dataclass

import numpy as np

from .. import validation as check
from .source import refuse_missing

CONSTANT = 1e-10  # Standard deviation, relative to the mean, up to which a column is constant.


@dataclass(frozen=True, eq=False)
class Moments:
    """Of n rows of d features and a target, which comes last: shapes (d + 1,), (d + 1, d + 1).

    Attributes
    ----------
    count : int
    mean : numpy.ndarray
    scatter : numpy.ndarray
        Sums of products of deviations from the mean.
    """

    count: int
    mean: np.ndarray
    scatter: np.ndarray


def moments_of(source, progress=None):
    """Return the `Moments` of a source.

    Parameters
    ----------
    source : Source
    progress : callable, optional
        Is told how many rows have been read.

    Returns
    -------
    Moments

    Raises
    ------
    ValueError
        If a number is missing or not finite, or there are fewer than two rows.

    Examples
    --------
    >>> from .source import from_arrays
    >>> found = moments_of(from_arrays([[1.0], [3.0]], [0.0, 1.0]))
    >>> found.count, found.mean, found.scatter
    (2, array([2. , 0.5]), array([[2. , 1. ],
           [1. , 0.5]]))
    """
    count, size = 0, len(source.names) + 1
    mean, scatter = np.zeros(size), np.zeros((size, size))
    for features, targets in source.chunks():
        n, both = len(features), count + len(features)
        with np.errstate(over="ignore", invalid="ignore"):  # refused when they are prepared
            own = np.append(features.mean(axis=0), targets.mean())
            if not np.isfinite(own).all():
                refuse_missing(features, targets, source, count)
            rows, left = features - own[:-1], targets - own[-1]
            apart = own - mean
            scatter[:-1, :-1] += rows.T @ rows
            across = left @ rows
            scatter[:-1, -1] += across
            scatter[-1, :-1] += across
            scatter[-1, -1] += left @ left
            scatter += np.outer(apart, apart) * (count * n / both)
            mean += apart * (n / both)
        count = both
        if progress:
            progress(n)
    if count < 2:
        check.fail("the data", f"{count} rows", "at least two")
    return Moments(count, mean, scatter)


@dataclass(frozen=True, eq=False)
class Preparation:
    """What is done to every row: columns dropped, means taken away, units changed.

    Attributes
    ----------
    kept : numpy.ndarray of int, shape (k,)
        Columns that are not constant.
    names, dropped : tuple of str
        Of the columns that are kept, and of the others.
    shift, scale : numpy.ndarray, shape (k,)
        A kept column becomes (x - shift)/scale.
    target_shift : float
    matrix : numpy.ndarray, shape (k, k)
        Sigma, second moments of the features as prepared.
    cross : numpy.ndarray, shape (k,)
        Their second moments with the target.
    square : float
        The target's second moment.
    count : int
        n.
    """

    kept: np.ndarray
    names: tuple[str, ...]
    dropped: tuple[str, ...]
    shift: np.ndarray
    scale: np.ndarray
    target_shift: float
    matrix: np.ndarray
    cross: np.ndarray
    square: float
    count: int

    def __call__(self, features, targets):
        """Return prepared features (m, k) and targets (m,)."""
        if self.dropped:
            features = features[:, self.kept]
        rows = features - self.shift
        if (self.scale != 1).any():
            rows /= self.scale
        return rows, targets - self.target_shift


def prepare(moments, names, *, centre=True, scale=True):
    """Return the `Preparation` that moments call for.

    Parameters
    ----------
    moments : Moments
    names : sequence of str
    centre : bool
        Take away the means of features and target, which is to fit an intercept beforehand. If
        not, rows stay where they are, and a constant column is kept unless it is 0.
    scale : bool
        Divide each feature by the root of its second moment.

    Returns
    -------
    Preparation

    Raises
    ------
    ValueError
        If no column is left, or the target is constant.

    Examples
    --------
    >>> moments = Moments(4, np.array([1.0, 5.0, 0.0]), np.diag([16.0, 0.0, 4.0]))
    >>> found = prepare(moments, ["a", "b"])
    >>> found.names, found.dropped, found.scale, found.matrix
    (('a',), ('b',), array([2.]), array([[1.]]))
    """
    matrix, mean = moments.scatter / moments.count, moments.mean
    level = (CONSTANT * np.abs(mean)) ** 2
    if not centre:
        matrix, level = matrix + np.outer(mean, mean), np.zeros_like(mean)
    if not np.isfinite(matrix).all():
        given = f"numbers whose squares leave float64, means up to {np.abs(mean).max():.3g}"
        check.fail("the data", given, "numbers up to 1e150; choose other units")
    alive = np.diagonal(matrix) > level
    if not alive[-1]:
        what = "a constant target" if centre else "a target of 0"
        check.fail("targets", what, "one that varies")
    kept = np.flatnonzero(alive[:-1])
    if not len(kept):
        check.fail("features", "only constant columns", "one that varies")
    units = np.sqrt(np.diagonal(matrix)[kept]) if scale else np.ones(len(kept))
    shift = mean if centre else np.zeros_like(mean)
    return Preparation(
        kept,
        tuple(names[i] for i in kept),
        tuple(names[i] for i in np.flatnonzero(~alive[:-1])),
        shift[kept],
        units,
        float(shift[-1]),
        matrix[np.ix_(kept, kept)] / units[:, None] / units,
        matrix[kept, -1] / units,
        float(matrix[-1, -1]),
        moments.count,
    )
