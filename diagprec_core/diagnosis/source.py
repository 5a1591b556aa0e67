"""Data that may be larger than memory: rows that can be read again and again, in chunks."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .. import validation as check

CHUNK = 2**20  # Numbers in a chunk of rows, at most about this many.


@dataclass(frozen=True, eq=False)
class Source:
    """Rows of features with a target each.

    Attributes
    ----------
    names : tuple of str
        Of the features, in their order.
    target : str
        The target's name.
    chunks : callable
        Returns an iterator over pairs of features (m, d) and targets (m,), anew at each call. They
        may be the user's own: they are read, and never written to.
    rows : int or None
        How many there are, where that is known beforehand.
    classes : tuple of str, or None
        What targets of 0 and 1 stand for, where they are classes by name.
    """

    names: tuple[str, ...]
    target: str
    chunks: Callable
    rows: int | None = None
    classes: tuple[str, str] | None = None


def as_source(features, targets):
    """Return a Source as it is, and make one of arrays.

    Returns
    -------
    Source

    Raises
    ------
    ValueError
        If targets stand beside a Source, or the arrays are unfit.
    """
    if not isinstance(features, Source):
        return from_arrays(features, targets)
    if targets is not None:
        check.fail("targets", "some beside a Source", "none, as it has its own")
    return features


def from_arrays(features, targets, names=None, target="the target"):
    """Return a `Source` of arrays, which are not copied; memory maps are read chunk by chunk.

    Parameters
    ----------
    features : array_like, shape (n, d)
        A table of pandas keeps its names.
    targets : array_like, shape (n,)
    names : sequence of str, optional
        Of the features; "feature 0", "feature 1", ... if left out.
    target : str

    Returns
    -------
    Source

    Raises
    ------
    ValueError
        If there are fewer than two rows, no column, or a name more or less; entries are checked
        when they are read.

    Examples
    --------
    >>> source = from_arrays([[1.0, 2.0], [3.0, 4.0]], [0.0, 1.0])
    >>> source.names, [(x.shape, y.shape) for x, y in source.chunks()]
    (('feature 0', 'feature 1'), [((2, 2), (2,))])
    """
    names = getattr(features, "columns", None) if names is None else names
    features, targets = _numbers("features", features, 2), _numbers("targets", targets, 1)
    n, d = features.shape
    if n < 2 or d < 1:
        check.fail("features", f"shape ({n}, {d})", "two rows and a column, at least")
    if len(targets) != n:
        check.fail("targets", f"{len(targets)} of them", f"{n}, one for each row of the features")
    names = tuple(f"feature {i}" for i in range(d)) if names is None else tuple(map(str, names))
    if len(names) != d:
        check.fail("names", f"{len(names)} of them", f"{d}, one for each column")
    step = rows_in_a_chunk(d)

    def chunks():
        for first in range(0, n, step):
            rows = slice(first, first + step)
            yield tuple(part[rows].astype(float, copy=False) for part in (features, targets))

    return Source(names, target, chunks, n)


def _numbers(name, value, axes):
    """Return an array of numbers with so many axes, not copied, or refuse it by name."""
    needed = f"numbers of shape {'(n, d)' if axes == 2 else '(n,)'}"
    if isinstance(value, np.ma.MaskedArray):
        check.fail(name, "a masked array", needed + ", without a mask")
    try:
        array = np.asanyarray(value)
    except ValueError:
        check.fail(name, check.describe(value), needed)
    if array.ndim != axes or array.dtype.kind not in "fiub":
        check.fail(name, f"{check.describe(value)} of dtype {array.dtype}", needed)
    return array


def rows_in_a_chunk(d):
    """Return how many rows of d numbers are read at once, at least 64."""
    return max(64, CHUNK // (d + 1))


def refuse_missing(features, targets, source, first):
    """Refuse a chunk, whose first row is number `first` of all, if a number in it is not finite.

    Raises
    ------
    ValueError
        Names the column, the row and what to do.
    """
    for names, array in ((source.names, features), ((source.target,), targets[:, None])):
        bad = ~np.isfinite(array)
        if bad.any():
            row, column = np.argwhere(bad)[0]
            given = f"{array[row, column]} in row {first + row} (counted from 0)"
            needed = "finite numbers; drop such rows, or fill them in, before"
            check.fail(f"column {names[column]!r}", given, needed)
