"""The risk at one horizon for thousands of preconditioners and rates: what maps are made of.

:func:`~diagprec_core.risk_curve` steps the recurrence of SXQ-7, O(T d), and diagonalising it takes
O(d^3) a rate. Here R_T is read off the generating function

    sum_t R_t z^-(t+1) = (f(z) + (sigma^2/K) g(z)/(z - 1)) / (1 - g(z)),

    f(z) = sum_i s_i m_i/(z - D_i),  g(z) = sum_i (K x_i^2/B)/(z - D_i),  D_i = 1 - 2 x_i + k x_i^2,

by a contour integral around its poles, which all lie on the real axis: O(d) for any T. With
z = exp(w/T) the contour is Talbot's in w, and the midpoint rule converges geometrically, by a
factor of 3.89 a node (Trefethen, Weideman & Schmelzer 2006): 24 nodes leave rounding errors only.
"""

import numpy as np

from ..numerics.pieces import pieces
from .batch_noise import square_factor

NODES = 24
STEPPED = 16  # Fewer steps than this are taken one by one.
CHUNK = 2**16  # Numbers in a temporary array: what stays in the cache,
CACHED = 2**14  # and in its first levels.
ROUNDING = 1e-3  # Share of what is summed below which a result has lost too many digits.
MOST_STEPPED = 20_000  # Then steps are taken one by one, if they are no more than these.


def _contour():
    """Return the upper half of the contour's nodes w, and their weights times e^w."""
    angle = (2 * np.arange(NODES // 2) + 1) * np.pi / NODES
    cotangent, inner = 1 / np.tan(0.6407 * angle), 0.5017 * 0.6407 * angle
    nodes = NODES * (0.5017 * angle * cotangent - 0.6122 + 0.2645j * angle)
    slope = 0.5017 * cotangent - inner / np.sin(0.6407 * angle) ** 2 + 0.2645j
    return nodes, -2j * np.exp(nodes) * slope


CONTOUR, WEIGHTS = _contour()


def log_risks(modes, moments, rates, *, noise, batch_size, steps, shape=None, kurtosis=1.0):
    """Return log R_T of n runs, each with a preconditioner, a start and a learning rate of its own.

    The logarithm, because without noise R_T leaves the range of float64 on both sides.

    Parameters
    ----------
    modes : numpy.ndarray, shape (n, d)
        s_i, the eigenvalues of S = P^(1/2) Sigma P^(1/2), positive.
    moments : numpy.ndarray, shape (n, d)
        m_i, second moments of the start in S's eigenbasis: s_i m_i sums to R_0.
    rates : numpy.ndarray, shape (n,)
        eta, above 0.
    noise : float
        sigma^2.
    batch_size : int
        B.
    steps : int
        T, at least 1.
    shape : numpy.ndarray, shape (steps,), optional
        Factors phi_t on the rate: step t uses eta phi_t. Costs O(T d) instead of O(d).
    kurtosis : float
        K of the features, 1 for Gaussian ones.

    Returns
    -------
    numpy.ndarray, shape (n,)
        Relative error of R_T at most about 1e-10 (and eps times its logarithm), and eps T with a
        shape; inf where R_T is beyond float64. Without noise, and beyond 20,000 steps, digits are
        lost where the slowest direction holds next to nothing of the start.

    Examples
    --------
    >>> one = np.ones((1, 1))
    >>> options = {"noise": 1.0, "batch_size": 1, "steps": 10**9}
    >>> bool(abs(log_risks(one, 9 * one, np.array([0.5]), **options)[0]) < 1e-12)  # R_inf = 1
    True
    """
    # Noise as strong as if R fed it undiminished, which with kurtosis it does K times over.
    level, law = noise / kurtosis, (batch_size, kurtosis)
    if shape is not None or steps < STEPPED:
        factors = np.ones(steps) if shape is None else shape
        parts = [
            _stepped(modes[piece], moments[piece], rates[piece], level, law, factors)
            for piece in pieces(len(rates), modes.shape[1])
        ]
        return np.concatenate(parts)
    parts = [
        _integral(modes[piece], moments[piece], rates[piece], level, law, steps)
        for piece in pieces(len(rates), NODES // 2 * modes.shape[1], CHUNK)
    ]
    return np.concatenate(parts)


def _integral(modes, moments, rates, noise, law, steps):
    """Return log R_T by the contour integral."""
    with np.errstate(all="ignore"):
        loss, gain = loss_and_gain(rates[:, None] * modes, *law)
        shares = modes * moments
        # The contour is moved to where the growth e^shift of the slowest part, or the floor, is.
        if noise > 0:
            shift = np.zeros(len(rates))
            grows = np.flatnonzero(~((gain / loss).sum(axis=-1) < 1) | (loss <= 0).any(axis=-1))
            if len(grows):
                shift[grows] = np.maximum(_decay(loss[grows], gain[grows], steps), 0.0)
        else:
            shift = _decay(loss, gain, steps)
        total, size = _sum(loss, gain, shares, noise, shift, steps)
        if noise > 0:
            # What is left of a start that has nearly gone is a run without noise, by itself.
            rough = np.flatnonzero((shift == 0) & (ROUNDING * size > total))
            if len(rough):
                quiet = (modes[rough], moments[rough], rates[rough], 0.0, law, steps)
                driven = (loss[rough], gain[rough], 0 * shares[rough], noise, shift[rough], steps)
                total[rough] = np.exp(_integral(*quiet)) + _sum(*driven)[0]
        result = shift + np.log(total)
        if noise == 0 and steps <= MOST_STEPPED:
            # A start that all but misses the slowest direction: nothing cancels in single steps.
            rough = np.flatnonzero(~(ROUNDING * size <= total))
            if len(rough):
                factors = np.ones(steps)
                stepped = _stepped(modes[rough], moments[rough], rates[rough], noise, law, factors)
                result[rough] = np.where(np.isfinite(stepped), stepped, result[rough])
    return np.where(np.isnan(result), np.inf, result)


def _decay(loss, gain, steps):
    """Return the logarithm of what is left of the slowest part after so many steps."""
    return steps * np.log1p(-np.minimum(slowest(loss, gain), 1 - 1e-16))


def _sum(loss, gain, shares, noise, shift, steps):
    """Return R_T e^-shift, and the sum of the sizes of what the contour adds up.

    Without the coupling between coordinates R_T would be the sum of the shares times D^T, and of
    the noise times gain (1 - D^T)/(1 - D). Only the coupling, a factor g/(1 - g) on the generating
    function of that, is left to the contour. All three parts are positive.

    Returns
    -------
    total, size : numpy.ndarray, shape (n,)
    """
    power = steps * np.log1p(-loss)
    alone = (shares * np.exp(power - shift[:, None])).sum(axis=-1)
    if noise > 0:
        gone = np.where(loss == 0, steps, -np.expm1(power) / loss)
        alone += noise * (gain * gone).sum(axis=-1) * np.exp(-shift)
    exponent = (shift[:, None] + CONTOUR) / steps
    beyond = np.expm1(exponent)  # z - 1, free of cancellation for slow parts
    g, f = _resolvent(loss, gain, shares, beyond)
    parts = WEIGHTS / steps * (1 + beyond) * (f + noise * g / beyond) * g / (1 - g)
    return alone + parts.real.sum(axis=-1), np.abs(parts).sum(axis=-1)


def _resolvent(loss, gain, shares, beyond):
    """Return sum_i row_i/(beyond + loss_i) for the rows gain and shares, at points (n, k).

    Of the complex quotient ``(beyond + loss)*/|beyond + loss|^2`` only the size depends on i in a
    way that costs: one real array of shape (n, k, d), a part that stays in the cache at a time.

    Returns
    -------
    gain, shares : numpy.ndarray, shape (n, k)
        Complex.
    """
    real, square = beyond.real[..., None], (beyond.imag**2)[..., None]
    rows = np.empty((len(loss), 4, loss.shape[-1]))
    rows[:, 0], rows[:, 1] = gain, shares
    np.multiply(rows[:, :2], loss[:, None, :], out=rows[:, 2:])
    sums = 0.0
    for part in pieces(loss.shape[-1], beyond.size, CACHED):
        inverse = real + loss[:, None, part]
        np.square(inverse, out=inverse)
        inverse += square
        np.reciprocal(inverse, out=inverse)
        sums = sums + np.matmul(rows[..., part], inverse.swapaxes(1, 2))
    both = beyond.conj()[:, None, :] * sums[:, :2] + sums[:, 2:]
    return both[:, 0], both[:, 1]


def loss_and_gain(x, batch_size, kurtosis=1.0):
    """Return 1 - D and K x^2/B, the diagonal of SXQ-7's recurrence and its rank-one partner.

    Returns
    -------
    loss, gain : numpy.ndarray, shape of `x`

    Examples
    --------
    >>> loss_and_gain(np.array([0.5]), 1)
    (array([0.5]), array([0.25]))
    """
    return x * (2 - x * square_factor(batch_size, kurtosis)), x * x * kurtosis / batch_size


def slowest(loss, gain):
    """Return nu, 1 less the largest eigenvalue of diag(1 - loss) + g g^T with g^2 = gain.

    nu is the root below all losses of sum gain/(loss - nu) = 1. Newton's method on the inverse of
    the sum, which is nearly linear and concave, comes to it from above without overshooting. It
    starts at the least of three bounds: a rounding error below the least loss, what one term of the
    sum allows, and the Rayleigh quotient at g. Near a weak pole the first steps are tiny, and only
    the last two bounds keep it from stopping there.

    Returns
    -------
    numpy.ndarray, shape (n,)

    Examples
    --------
    >>> slowest(np.array([[0.5, 0.5]]), np.array([[0.1, 0.1]])).round(12)
    array([0.3])
    """
    lowest, total = loss.min(axis=-1), gain.sum(axis=-1)
    root = np.minimum(lowest - 1e-15 * np.abs(lowest), (loss - gain).min(axis=-1))
    root = np.minimum(root, (gain * loss).sum(axis=-1) / total - total)
    for _ in range(40):
        inverse = 1 / (loss - root[:, None])
        first = (gain * inverse).sum(axis=-1)
        step = (first - first * first) / (gain * inverse * inverse).sum(axis=-1)
        root = root + np.minimum(step, 0.0)
        if (step >= -1e-9 * np.abs(root)).all():  # the step after this one is below rounding
            break
    return root


def _stepped(modes, moments, rates, noise, law, factors):
    """Return log R_T step by step, for rates times factors (T,)."""
    moments, k = moments.copy(), square_factor(*law)
    feed = law[1] / law[0]  # K/B
    x = rates[:, None] * modes
    push = np.empty_like(x)
    with np.errstate(all="ignore"):
        for factor in factors:
            level = ((modes * moments).sum(axis=-1) + noise) * rates * (factor * factor * feed)
            np.multiply(x, -factor * k, out=push)
            push += 2.0
            push *= x
            push *= factor
            np.subtract(1.0, push, out=push)
            moments *= push
            moments += np.multiply(level[:, None], x, out=push)
        result = np.log((modes * moments).sum(axis=-1))
    return np.where(np.isnan(result), np.inf, result)
