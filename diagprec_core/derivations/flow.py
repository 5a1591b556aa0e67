"""Derivations for the chapter on Adam and GN^-1/2: SXQ-3, SXQ-4 and SXQ-5."""

import sympy as sp


def correlation_sums(d=3, factor=1):
    """Return sum_i rho_i^2 - factor R/V in the eigenbasis, and its two margins in a basis of two.

    The first is 0 (SXQ-3, eigenbasis). For the others, write g = D^(1/2) U^T delta with D the
    diagonal of U^T Sigma U: then R = g^T C g and V sum rho_i^2 = g^T C^2 g. With C = [[1, r],
    [r, 1]], 0 <= r < 1, both factor (1 + r) R - V sum rho_i^2 and V sum rho_i^2 - factor (1 - r) R
    are squares times something not negative; a negative r becomes positive with the sign of one
    basis vector.

    >>> correlation_sums()
    (0, -r*(g1 - g2)**2*(r - 1), r*(g1 + g2)**2*(r + 1))
    """
    factor = sp.nsimplify(factor)
    spectrum = sp.symbols(f"lambda1:{d + 1}", positive=True)
    errors, noise = sp.symbols(f"delta1:{d + 1}", real=True), sp.Symbol("sigma", positive=True)
    risk = sum(s * e**2 for s, e in zip(spectrum, errors, strict=True))
    variance = risk + noise**2
    squares = [(s * e) ** 2 / (s * variance) for s, e in zip(spectrum, errors, strict=True)]
    r = sp.Symbol("r", nonnegative=True)
    g = sp.Matrix(sp.symbols("g1 g2", real=True))
    c = sp.Matrix([[1, r], [r, 1]])
    whole, total = (g.T * c * g)[0], (g.T * c * c * g)[0]
    return (
        sp.simplify(sum(squares) - factor * risk / variance),
        sp.factor(factor * (1 + r) * whole - total),
        sp.factor(total - factor * (1 - r) * whole),
    )


def tangent_margin(weight=2):
    """Return how far (1 + x)^(-1/2) lies above its tangent at m, with 1 + x = a^2, 1 + m = b^2.

    It is a square times something positive, so averages of x in place of x only lower
    (1 + x)^(-1/2) (SXQ-3, the share of the risk), and at b = 1 it is above 1 - x/2 (SXQ-4).

    >>> tangent_margin()
    (a - b)**2*(a + 2*b)/(2*a*b**3)
    """
    a, b = sp.symbols("a b", positive=True)
    return sp.factor(1 / a - 1 / b + (a**2 - b**2) / (sp.nsimplify(weight) * b**3))


def near_optimum(share):
    """Return (sigma/sqrt(B) (u^T Sigma u)^(1/2) w_u)^2 for rho_u^2 = share R/V (SXQ-4).

    w_u is idealised Adam's weight, (E[(u^T ghat)^2])^(-1/2), and the rest what GN^-1/2 at the rate
    sqrt(B)/sigma would have in its place. The share is between 0 and 1.

    >>> near_optimum(1)
    sigma**2/(B*R + 2*R + sigma**2)
    """
    curvature, risk, batch = sp.symbols("c R B", positive=True)
    noise = sp.Symbol("sigma", positive=True)
    variance = risk + noise**2
    squared_gradient = sp.nsimplify(share) * risk * curvature  # (u^T Sigma delta)^2
    moment = curvature * variance / batch + (1 + 1 / batch) * squared_gradient
    return sp.factor(noise**2 / batch * curvature / moment)


def slowest_factor():
    """Return (1 + (B + 1) rho^2)^-1 at V = sigma^2 + x + rest, less its value at rest = 0 (SXQ-5).

    x = lambda_i delta_i^2 and `rest` is the risk in the other coordinates; the difference is not
    negative, so a coordinate is slowest when it is alone.

    >>> slowest_factor()
    r*x*(B + 1)/((B*x + sigma**2 + 2*x)*(B*x + r + sigma**2 + 2*x))
    """
    x, rest, batch, noise = sp.symbols("x r B sigma", positive=True)

    def inverse(variance):
        return 1 / (1 + (batch + 1) * x / variance)

    return sp.factor(inverse(noise**2 + x + rest) - inverse(noise**2 + x))


def lag(z, n):
    """Return K(z), with n^2 = B + 2: the largest lag of a coordinate with signal-to-noise z^2.

    >>> lag(sp.Integer(1), sp.Integer(2)).evalf(7)
    1.561469
    """
    t = sp.sqrt((1 + n**2 * z**2) / (1 + z**2))
    return sp.exp(_log_lag(t, 1 + z**2, n))


def simple_lag(x):
    """Return 2 e^(sqrt(1 + x^2) - 1)/(1 + sqrt(1 + x^2)), the limit of K as B grows at fixed x.

    >>> simple_lag(sp.Integer(0))
    1
    """
    length = sp.sqrt(1 + x**2)
    return 2 * sp.exp(length - 1) / (1 + length)


def first_integrals(exponent=1, length=1):
    """Return what has to vanish for the bounds of SXQ-5: two derivatives and two values at 0.

    A coordinate that is alone has z = sqrt(lambda) delta/sigma and z' = -sqrt(lambda) z/t with
    t^2 = (1 + nu z^2)/(1 + z^2); the simple bound has y = sqrt(B + 1) z and y' <= -sqrt(lambda)
    y/sqrt(1 + y^2). So ln z + ln K is a first integral, up to sqrt(lambda) s, if its derivative by
    ln z is t, and ln y + ln of the simple bound if its derivative by ln y is sqrt(1 + y^2). At the
    optimum both bounds are 1. The first derivative is taken by t, in which all is rational. The
    arguments spoil the powers of K and of the simple bound.

    >>> first_integrals()
    (0, 0, 0, 0)
    """
    t, n, y = sp.symbols("t n y", positive=True)  # n = sqrt(B + 2)
    log_z = (sp.log(t**2 - 1) - sp.log(n**2 - t**2)) / 2
    log_lag = _log_lag(t, (n**2 - 1) / (n**2 - t**2), n)
    sharp = sp.diff(log_z, t) * (1 - t) + sp.nsimplify(exponent) * sp.diff(log_lag, t)
    simple = sp.log(y) + sp.nsimplify(length) * sp.log(simple_lag(y))
    return (
        sp.factor(sp.together(sharp)),
        sp.simplify(y * sp.diff(simple, y) - sp.sqrt(1 + y**2)),
        sp.simplify(lag(sp.Integer(0), n) - 1),
        sp.simplify(simple_lag(sp.Integer(0)) - 1),
    )


def _log_lag(t, square, n):
    """Return ln K from t, from square = 1 + z^2 and from n = sqrt(B + 2)."""
    return (
        sp.log(2)
        - sp.log(1 + t)
        + (n - 1) / 2 * sp.log(square)
        + n * (sp.log(n + t) - sp.log(n + 1))
    )


def grows_with_batch():
    """Return the derivative in a = 1/(B + 1) of t^2 at fixed y, which is negative (SXQ-5).

    t^2 = (1 + nu z^2)/(1 + z^2) with z^2 = a y^2 and nu = 1 + 1/a, so at fixed y the lag grows with
    the batch size, to its limit, the simple bound, where t^2 = 1 + y^2.

    >>> grows_with_batch()
    (-y**4/(a*y**2 + 1)**2, y**2 + 1)
    """
    a, y = sp.symbols("a y", positive=True)
    squared = (1 + (1 + a) * y**2) / (1 + a * y**2)
    return sp.factor(sp.diff(squared, a)), sp.limit(squared, a, 0)
