"""Derivations for what a diagonal scaling can lose: B-6 (e)'s corners and B-11 (a)'s pair."""

import sympy as sp

s, t, eps = sp.symbols("s t epsilon", positive=True)
d, k, n, kappa, x = sp.symbols("d k n kappa x", positive=True)


def corners(size, count, side=None):
    """Return M = E C E of B-6 (e) for `count` corners of a simplex in `size` dimensions.

    C has the entries -side (1 - epsilon) between corners, s between the first corner and its
    copies, -s side between the others and the copies, s^2 between copies; E scales copies by t.

    >>> corners(3, 2)[:, 2].T
    Matrix([[s*t, -s*t, t**2]])
    """
    side = sp.Rational(1, count - 1) if side is None else side

    def entry(i, j):
        low, high = int(min(i, j)), int(max(i, j))
        scale = t ** ((low >= count) + (high >= count))
        if low == high:
            return scale
        if high < count:
            return -side * (1 - eps)
        if low < count:
            return (s if low == 0 else -s * side) * scale
        return s**2 * scale

    return sp.Matrix(size, size, entry)


def plane(corners_count, copies):
    """Return M on the span of w = e_1 - 1_k/k and of the copies' vector of ones, in this basis.

    For symbolic counts, from the entries of :func:`corners`: both are sums over rows.

    >>> plane(k, n).shape
    (2, 2)
    """
    side = 1 / (corners_count - 1)
    # A row of a corner, times w: w has the sum 0, so 1 + side (1 - eps) times its own entry.
    own = 1 + side * (1 - eps)
    # A copy's row, times w: (1 - 1/k) of the first corner, -1/k of each of the others.
    share = 1 / corners_count
    across = s * t * ((1 - share) + (corners_count - 1) * side * share)
    # The corners' rows, times the copies' ones: n s t at the first, -n s t side at the others;
    # that is w times their difference.
    back = copies * s * t * (1 + side)
    return sp.Matrix([[own, back], [across, t**2 * (s**2 * copies + 1 - s**2)]])


def spectrum_gap(size, count, side=None):
    """Return det(x - M) less the product of the eigenvalues that B-6 (e) claims.

    They are epsilon, the corners' (k - epsilon)/(k - 1), the copies' t^2 (1 - s^2), and two more.

    >>> spectrum_gap(4, 2)
    0
    """
    found = (x * sp.eye(size) - corners(size, count, side)).det(method="berkowitz")
    count, copies = sp.Integer(count), sp.Integer(size - count)
    pair = plane(count, copies)
    claimed = (x - eps) * (x - (count - eps) / (count - 1)) ** (count - 2)
    claimed *= (x - t**2 * (1 - s**2)) ** (copies - 1) * (x**2 - pair.trace() * x + pair.det())
    return sp.expand(found - claimed)


def plane_determinant_gap():
    """Return the determinant of the plane less t^2 (a (1 - s^2) - n s^2 epsilon/(k - 1)), a own.

    >>> plane_determinant_gap()
    0
    """
    own = (k - eps) / (k - 1)
    claimed = t**2 * (own * (1 - s**2) - n * s**2 * eps / (k - 1))
    return sp.simplify(plane(k, n).det() - claimed)


def limit_ratio():
    """Return lambda_max(C)/lambda_max(M) at s = 1, epsilon = 0 and t = 0 in M, with n = d - k.

    >>> sp.simplify(limit_ratio() - (d + 2 - k - d / k))
    0
    """
    pair = plane(k, n).subs({s: 1, eps: 0})
    # One eigenvalue of the plane is 0, so that the other is the trace.
    return sp.factor((pair.subs(t, 1).trace() / pair.subs(t, 0).trace()).subs(n, d - k))


def pair_block(size, low, high):
    """Return low I + (high - low) J/size, J of ones: `high` along (1, ..., 1), `low` across.

    >>> pair_block(2, 1, 3)
    Matrix([
    [2, 1],
    [1, 2]])
    """
    return low * sp.eye(size) + (high - low) * sp.ones(size, size) / size


def pair_gaps(size, exponent=1):
    """Return det(x - C) of both blocks of B-11 (a), less the claims; C scaled to a unit diagonal.

    The first block has kappa along (1, ..., 1) and 1 across, the second the reverse.

    >>> pair_gaps(2)
    (0, 0)
    """
    m, power = sp.Integer(size), kappa**exponent
    gaps = []
    for low, high in ((1, kappa), (kappa, 1)):
        block = pair_block(m, low, high)
        own = block[0, 0]
        found = (x * sp.eye(size) - block / own).det(method="berkowitz")
        ends = (power, 1) if high == kappa else (1, power)
        level = (ends[0] + (m - 1) * ends[1]) / m
        claimed = (x - ends[0] / level) * (x - ends[1] / level) ** (m - 1)
        gaps.append(sp.simplify(sp.expand(found - claimed)))
    return tuple(gaps)


def pair_ratio():
    """Return the pair's ``kappa_-1``: the first block's largest eigenvalue over the second's least.

    >>> pair_ratio()
    kappa*(kappa*n - kappa + 1)/(kappa + n - 1)
    """
    first = kappa / ((kappa + n - 1) / n)
    second = 1 / ((1 + (n - 1) * kappa) / n)
    return sp.factor(first / second)
