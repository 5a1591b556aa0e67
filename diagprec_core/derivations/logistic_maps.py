"""Derivations for logistic regression in its eigenbasis: FEL-1, FEL-2, FEL-5 and FEL-6."""

import sympy as sp

Z = sp.Symbol("z", real=True)
Q = sp.Symbol("q", positive=True)
P = sp.Symbol("p", real=True)
N = sp.Symbol("n", integer=True, nonnegative=True)


def loss():
    """Return the mean loss of one feature at the logit z, with the label 1 of probability q.

    >>> loss()
    q*log(1 + exp(-z)) + (1 - q)*log(exp(z) + 1)
    """
    return Q * sp.log(1 + sp.exp(-Z)) + (1 - Q) * sp.log(1 + sp.exp(Z))


def fair_coin_gaps(exponent=2):
    """Return what is left of FEL-1 for a fair coin: two differences that vanish.

    The slope of the loss less tanh(z/2)/2, and its second derivative less (2 cosh(z/2))^-exponent.
    The step of GN^p is (pi a^2)^(1+p) times slope times second derivative to the power p, so with
    exponent 2 it is (pi a^2)^(1+p) (1/2) tanh(z/2) (2 cosh(z/2))^(-2 p) for every p at once.

    >>> fair_coin_gaps()
    (0, 0)
    """
    fair = loss().subs(Q, sp.Rational(1, 2))
    slope, second = sp.diff(fair, Z), sp.diff(fair, Z, 2)
    claimed = sp.tanh(Z / 2) / 2, (2 * sp.cosh(Z / 2)) ** -sp.Integer(exponent)
    gaps = slope - claimed[0], second - claimed[1]
    return tuple(_in_exponentials(gap) for gap in gaps)


def named_step_gaps():
    """Return what is left of the three named steps: GN^-1, GN^-1/2 and gradient descent.

    Less sinh z, sinh(z/2) and tanh(z/2)/2.

    >>> named_step_gaps()
    (0, 0, 0)
    """
    claimed = {-1: sp.sinh(Z), -sp.Rational(1, 2): sp.sinh(Z / 2), 0: sp.tanh(Z / 2) / 2}
    return tuple(_in_exponentials(step_function(p) - form) for p, form in claimed.items())


def step_function(power=P):
    """Return f_p(z) = (1/2) tanh(z/2) (2 cosh(z/2))^(-2 p).

    >>> step_function(0)
    tanh(z/2)/2
    """
    return sp.tanh(Z / 2) / 2 * (2 * sp.cosh(Z / 2)) ** (-2 * sp.sympify(power))


def newton_step_gap(constant=1):
    """Return (slope over second derivative) less (1-q) e^z - q e^-z + constant - 2q, any q.

    >>> newton_step_gap()
    0
    """
    slope, second = sp.diff(loss(), Z), sp.diff(loss(), Z, 2)
    claimed = (1 - Q) * sp.exp(Z) - Q * sp.exp(-Z) + constant - 2 * Q
    return _in_exponentials(slope / second - claimed)


def growth(power=P):
    """Return d/dz log(f_p(z)/z): positive for every z > 0 exactly if p <= -1/3 (FEL-2).

    >>> growth(-1)
    cosh(z)/sinh(z) - 1/z
    """
    x = Z / 2
    general = 1 / (2 * sp.sinh(x) * sp.cosh(x)) - 1 / Z - sp.sympify(power) * sp.tanh(x)
    if power == -1:
        closed = sp.cosh(Z) / sp.sinh(Z) - 1 / Z
        return closed if _in_exponentials(general - closed) == 0 else general
    return general


def growth_gap():
    """Return the general form of :func:`growth` less the derivative, for a free power.

    >>> growth_gap()
    0
    """
    positive = sp.Symbol("x", positive=True)
    ratio = step_function(P).subs(Z, 2 * positive) / positive
    derivative = sp.diff(sp.expand_log(sp.log(ratio), force=True), positive) / 2
    return sp.simplify((derivative - growth(P).subs(Z, 2 * positive)).rewrite(sp.exp))


def growth_series(power="-1/3"):
    """Return the coefficient of z^(2n+1) in z sinh(z) growth(p), an odd power series.

    The product is z - sinh z - p z (cosh z - 1), see :func:`product_gap`. At p = -1/3 its
    coefficients vanish at n = 1 and are positive from n = 2 on, and a lower power raises them all.

    Returns
    -------
    sympy expression in n
        Valid for n >= 1.

    >>> growth_series()
    2*(n - 1)/(3*factorial(2*n + 1))
    """
    power = sp.sympify(power)
    coefficient = -1 / sp.factorial(2 * N + 1) - power / sp.factorial(2 * N)
    return sp.factor(sp.simplify(coefficient * sp.factorial(2 * N + 1)).expand(func=True)) / (
        sp.factorial(2 * N + 1)
    )


def series_gap(terms=6, slope="-1/3"):
    """Return z - sinh z - p z (cosh z - 1), expanded by SymPy, less the sum of the coefficients.

    For a free p the coefficient of z^(2n+1) is (-1 - p (2n+1))/(2n+1)!, of which `slope` gives
    :func:`growth_series` at that power; the sum is taken up to n = `terms`.

    >>> series_gap()
    (0, 0)
    """
    power = sp.Rational(slope)
    expanded = sp.series(Z - sp.sinh(Z) - P * Z * (sp.cosh(Z) - 1), Z, 0, 2 * terms + 2).removeO()
    general = sum(
        (-1 - P * (2 * n + 1)) / sp.factorial(2 * n + 1) * Z ** (2 * n + 1)
        for n in range(1, terms + 1)
    )
    special = sum(growth_series(power).subs(N, n) * Z ** (2 * n + 1) for n in range(1, terms + 1))
    return sp.expand(expanded - general), sp.expand(general.subs(P, power) - special)


def product_gap():
    """Return z sinh(z) growth(p) less z - sinh z - p z (cosh z - 1), for a free power.

    >>> product_gap()
    0
    """
    product = Z * sp.sinh(Z) * growth(P)
    return _in_exponentials(product - (Z - sp.sinh(Z) - P * Z * (sp.cosh(Z) - 1)))


def clip_constant():
    """Return (1 - asinh 1)/(asinh 1)^3, the best constant in ``|z+| <= k |z|^3`` (FEL-5).

    >>> clip_constant().evalf(5)
    0.17326
    """
    return (1 - sp.asinh(1)) / sp.asinh(1) ** 3


def warmup_margin():
    """Return d/dz (z - sinh z/cosh a): not negative for ``|z| <= a`` (FEL-6).

    >>> warmup_margin()
    1 - cosh(z)/cosh(a)
    """
    return sp.diff(Z - sp.sinh(Z) / sp.cosh(sp.Symbol("a", positive=True)), Z)


def _in_exponentials(expression):
    """Simplify after writing everything as a rational function of u = e^(z/2) > 0."""
    u = sp.Symbol("u", positive=True)
    return sp.simplify(sp.expand_log(expression.rewrite(sp.exp)).subs(Z, 2 * sp.log(u)))
