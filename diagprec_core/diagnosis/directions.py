"""What the mini-batch theorems ask of data, direction by direction of a basis, in one pass.

With w = u^T x, r the residual at the least squares solution and r0 that at the start:

    kurtosis  E w^4/(3 (E w^2)^2)         1 for Gaussian features (SXQ-12)
    noise     E[w^2 r^2]/(E w^2 E r^2)    1 where the noise does not depend on the features
    rho^2     (E w r0)^2/(E w^2 E r0^2)   what decides whether Adam is GN^-1/2 (SXQ-2, SXQ-3)
    moment    E[w^2 r0^2]/(E w^2 E r0^2)  1 + 2 rho^2 for Gaussian data (SXQ-1)
"""

from dataclasses import dataclass, fields

import numpy as np

from .intervals import GROUPS, jackknife

SAMPLE = 2**14  # Rows that directions are measured on, about, where there are more.


@dataclass(frozen=True, eq=False)
class Totals:
    """Sums over the groups of all rows: their number, r^2 and r0^2, shapes (GROUPS,)."""

    rows: np.ndarray
    residual: np.ndarray
    start: np.ndarray


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over the groups of rows, in one basis of k directions: shapes (GROUPS, k), (GROUPS,).

    All rows are in them, or a random share. `square`, `fourth`, `noisy`, `pushed` and `pull` sum
    w^2, w^4, w^2 r^2, w^2 r0^2 and w r0; `rows` counts, `residual` and `start` sum r^2 and r0^2,
    `length` and `length_squared` the squared lengths and their squares.
    """

    square: np.ndarray
    fourth: np.ndarray
    noisy: np.ndarray
    pushed: np.ndarray
    pull: np.ndarray
    rows: np.ndarray
    residual: np.ndarray
    start: np.ndarray
    length: np.ndarray
    length_squared: np.ndarray


def sums_of(source, preparation, solution, start, bases, progress=None):
    """Return the `Totals` of a source, and its `Sums` in each of some bases.

    Of more than `SAMPLE` rows about so many, drawn at random with a fixed seed, enter the sums: an
    order of the rows does no harm, and the cost is that of one more pass.

    Parameters
    ----------
    source : Source
    preparation : Preparation
    solution, start : numpy.ndarray, shape (d,)
        Parameters of least squares, and those of the start.
    bases : sequence of numpy.ndarray of shape (d, k), or None
        Columns are directions; None for the identity.
    progress : callable, optional
        Is told how many rows have been read.

    Returns
    -------
    totals : Totals
    sums : list of Sums
    """
    both, rng = np.column_stack([solution, start]), np.random.default_rng(0)
    share = SAMPLE / preparation.count
    totals, found = None, [None] * len(bases)
    first, place = 0, 0
    for features, targets in source.chunks():
        rows, targets = preparation(features, targets)
        residual, begun = (targets[:, None] - rows @ both).T
        member = _members(first, len(rows))
        part = Totals(*(member @ each for each in (np.ones(len(rows)), residual**2, begun**2)))
        totals = part if totals is None else _added(totals, part)
        first += len(rows)
        if share < 1:
            chosen = rng.random(len(rows)) < share
            rows, residual, begun = rows[chosen], residual[chosen], begun[chosen]
        member = _members(place, len(rows))
        place += len(rows)
        for i, basis in enumerate(bases):
            w = rows if basis is None else rows @ basis
            part = _sums(w, residual, begun, member)
            found[i] = part if found[i] is None else _added(found[i], part)
        if progress:
            progress(len(targets))
    return totals, found


def _members(first, count):
    """Return which of the groups rows belong to, whose first is number `first`: (GROUPS, n)."""
    return (np.arange(GROUPS)[:, None] == (first + np.arange(count)) % GROUPS).astype(float)


def _sums(w, residual, begun, member):
    square = w**2
    length = square.sum(axis=1)
    # Products with the groups' indicators: sums over groups at the speed of BLAS.
    weights = np.concatenate([member, member * residual**2, member * begun**2])
    squares, noisy, pushed = np.split(weights @ square, 3)
    pull = (member * -begun) @ w  # the gradient is -x r0
    square *= square
    narrow = (np.ones(len(w)), residual**2, begun**2, length, length**2)
    return Sums(squares, member @ square, noisy, pushed, pull, *(member @ each for each in narrow))


def _added(one, two):
    names = [field.name for field in fields(one)]
    return type(one)(*(getattr(one, name) + getattr(two, name) for name in names))


def kurtosis(sums):
    """Return E w^4/(3 (E w^2)^2) of each direction.

    Returns
    -------
    Estimate
        Of arrays of shape (k,).

    Examples
    --------
    >>> one = np.ones((20, 1))
    >>> flat = Sums(one, one, one, one, one, *np.ones((5, 20)))
    >>> kurtosis(flat).value  # of a sign, w = +-1
    array([0.33333333])
    """
    return jackknife(
        lambda n, s, f: n * f / (3 * s**2), _column(sums.rows), sums.square, sums.fourth
    )


def whole_kurtosis(sums):
    """Return K = E|w|^4/((tr Sigma)^2 + 2 tr Sigma^2) in an eigenbasis.

    It is the kurtosis of elliptical features (SXQ-12): 1 for Gaussian ones.

    Returns
    -------
    Estimate
    """

    def statistic(n, length, fourth, square):
        return (fourth / n) / ((length / n) ** 2 + 2 * np.sum((square / n) ** 2))

    return jackknife(statistic, sums.rows, sums.length, sums.length_squared, sums.square)


def noise(sums):
    """Return the `Estimate` of E[w^2 r^2]/(E w^2 E r^2), arrays of shape (k,)."""
    return jackknife(_relative, _column(sums.rows), sums.square, sums.noisy, _column(sums.residual))


def moment(sums):
    """Return the `Estimate` of E[w^2 r0^2]/(E w^2 E r0^2), arrays of shape (k,)."""
    return jackknife(_relative, _column(sums.rows), sums.square, sums.pushed, _column(sums.start))


def correlation(sums):
    """Return the `Estimate` of rho^2, arrays of shape (k,)."""

    def statistic(n, square, pull, start):
        return pull**2 / (square * start)

    return jackknife(statistic, _column(sums.rows), sums.square, sums.pull, _column(sums.start))


def variance(sums):
    """Return the `Estimate` of E w^2, arrays of shape (k,)."""
    return jackknife(lambda n, square: square / n, _column(sums.rows), sums.square)


def residual_variance(totals):
    """Return the `Estimate` of E r^2, which is sigma^2 of the data as a population."""
    return jackknife(lambda n, total: total / n, totals.rows, totals.residual)


def start_risk(totals):
    """Return the `Estimate` of R_0 = E r0^2 - E r^2."""
    return jackknife(
        lambda n, total, least: (total - least) / n, totals.rows, totals.start, totals.residual
    )


def _relative(n, square, product, total):
    return n * product / (square * total)


def _column(values):
    return values[:, None]
