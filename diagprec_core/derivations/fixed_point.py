"""Derivations for the fixed point of long-memory Adam and for idealised Adam's balance (SXQ-9)."""

import sympy as sp

eta, B, sigma, lam, V, q, chi, R, d = sp.symbols("eta B sigma lambda V q chi R d", positive=True)
X, S, K = sp.symbols("X S K", positive=True)
# Sums of lambda^(1/2), lambda and lambda^(3/2).
tau_12, tau, tau_32 = sp.symbols("tau_12 tau tau_32", positive=True)


def frozen_coordinate():
    """Return what one coordinate adds to the risk, and the equation for its own weight.

    Stationarity of the recurrence of SXQ-7 with s = q/(eta (1 + 1/B)) and V = R + sigma^2 gives the
    share r = lambda E[delta_i^2]; SXQ-1 averaged over it gives the second moment v, and the weight
    is v^(-1/2).

    Returns
    -------
    share : sympy expression in B, V, q
        r, to be V q/((B + 1)(2 - q)).
    square : sympy expression in eta, B, lambda, V, q
        (eta (1 + 1/B) lambda)^2/v, to be q^2; the claim says (chi/V)(1 - q/2).

    >>> frozen_coordinate()
    (-V*q/((B + 1)*(q - 2)), -eta**2*lambda*(B + 1)**2*(q - 2)/(2*B*V))
    """
    m, extra = sp.Symbol("m"), 1 + 1 / B
    s = q / (eta * extra)
    balance = m * (-2 * eta * s + eta**2 * s**2 * extra) + eta**2 / B * s * V
    share = sp.factor(s * sp.solve(balance, m)[0])
    moment = lam * V / B + extra * lam * share
    return share, sp.factor((eta * extra * lam) ** 2 / moment)


def elimination(constant=4):
    """Return what is left of 4 X^2 = chi (V + X) at X = V q/(2 - q), q^2 = (chi/V)(1 - q/2).

    X is (B + 1) times the coordinate's share of the risk. The positive root of the quadratic is
    chi/8 + sqrt((chi/8)^2 + chi V/4), and summed over the coordinates it is the one equation
    for R.

    >>> elimination()
    0
    """
    share = V * q / (2 - q)
    return sp.simplify((constant * share**2 - chi * (V + share)).subs(chi, V * q**2 / (1 - q / 2)))


def root():
    """Return X as a function of chi and V, the positive root of 4 X^2 = chi (V + X).

    >>> root()
    sqrt(chi)*sqrt(16*V + chi)/8 + chi/8
    """
    return max(sp.solve(4 * X**2 - chi * (V + X), X), key=lambda x: x.subs({chi: 1, V: 1}))


def concavity():
    """Return the root's second derivatives in chi and V, both negative, and its value at 0.

    Concave in V: the fixed point exists and is unique. Concave in chi: Jensen's inequality gives
    the bounds by one eigenvalue and by equal ones.

    >>> concavity()
    (-8*V**2/(chi**(3/2)*(16*V + chi)**(3/2)), -8*sqrt(chi)/(16*V + chi)**(3/2), 0)
    """
    share = root()
    second = [sp.powsimp(sp.factor(sp.simplify(sp.diff(share, x, 2)))) for x in (chi, V)]
    return *second, share.subs(chi, 0)


def equal_eigenvalues(count):
    """Return 4 B R^2 - eta^2 (...) that `count` equal eigenvalues of sum tau make vanish.

    With count = 1 it is the lower, with count = d the upper bound of SXQ-9 by the trace alone.

    >>> equal_eigenvalues(d)
    4*B*R**2 - R*eta**2*tau*(B + d + 1) - d*eta**2*sigma**2*tau
    """
    shared = (eta * (1 + 1 / B)) ** 2 * B * tau / count
    each = (B + 1) * R / count
    equation = 4 * each**2 - shared * (R + sigma**2 + each)
    scaled = sp.expand(sp.simplify(equation * B * count**2 / (B + 1) ** 2))
    return sp.collect(scaled, R, sp.factor)


def sandwich(cap):
    """Return the quadratic in R that (X - K/8)^2 - S^2 V/4 = cap turns into.

    K = sum chi_i and S = sum sqrt(chi_i) are multiples of tau and tau_12. For cap = K^2/64 the
    left side is not negative (Minkowski), for cap = S (sum chi_i^(3/2))/64 it is not positive
    (Jensen).

    >>> sandwich(K**2 / 64)
    4*B*R**2 - R*eta**2*(B*tau + tau + tau_12**2) - eta**2*sigma**2*tau_12**2
    """
    scale = (eta * (1 + 1 / B)) ** 2 * B
    values = {X: (B + 1) * R, K: scale * tau, S: sp.sqrt(scale) * tau_12, V: R + sigma**2}
    equation = ((X - K / 8) ** 2 - S**2 * V / 4 - cap).subs(values)
    scaled = sp.expand(sp.simplify(equation * 4 * B / (B + 1) ** 2))
    return sp.collect(scaled, [R, sigma], sp.factor)


def upper_cap():
    """Return S (sum chi_i^(3/2))/64 in the symbols of :func:`sandwich`.

    >>> upper_cap()
    eta**4*tau_12*tau_32*(B + 1)**4/(64*B**2)
    """
    scale = (eta * (1 + 1 / B)) ** 2 * B
    return sp.factor(scale**2 * tau_12 * tau_32 / 64)


def small_rate():
    """Return R_inf to second order in eta: of long-memory Adam, and of GN^-1/2 at its rate.

    Both are sums over coordinates of polynomials in sqrt(lambda_i) without constant term, so the
    sums are tau_12 and tau. GN^-1/2 runs at eta sqrt(B)/sigma, and R_inf = sigma^2 c/(1 - c).

    Returns
    -------
    adam, newton : tuples of two sympy expressions
        The coefficients of eta and of eta^2.

    >>> small_rate()[0]
    (sigma*tau_12/(2*sqrt(B)), (B*tau + tau + tau_12**2)/(8*B))
    """
    ell, first, second = sp.symbols("ell r1 r2", positive=True)

    def total(expression):
        terms = sp.Poly(sp.expand(expression), ell)
        return terms.coeff_monomial(ell) * tau_12 + terms.coeff_monomial(ell**2) * tau

    reach = (1 + 1 / B) * sp.sqrt(B) * ell
    risk = first * eta + second * eta**2
    # chi = (eta reach)^2, and one eta is taken out of the root.
    share = reach**2 * eta / 8 + sp.sqrt(
        (reach**2 * eta / 8) ** 2 + reach**2 * (risk + sigma**2) / 4
    )
    series = sp.expand(sp.series(share, eta, 0, 2).removeO())
    orders = [total(series.coeff(eta, n)) for n in (0, 1)]
    at_first = sp.solve(orders[0] - (B + 1) * first, first)[0]
    at_second = sp.solve((orders[1] - (B + 1) * second).subs(first, at_first), second)[0]
    rate = eta * sp.sqrt(B) / sigma
    # The share of one coordinate in c, and c/(1 - c) = c + c^2 to second order.
    c = sp.series(rate / B * ell / (2 - rate * ell * (1 + 1 / B)), eta, 0, 3).removeO()
    c1, c2 = (total(sp.expand(c).coeff(eta, n)) for n in (1, 2))
    newton = sigma**2 * c1, sigma**2 * (c2 + c1**2)
    return tuple(
        tuple(sp.factor(sp.simplify(x)) for x in pair) for pair in ((at_first, at_second), newton)
    )


def large_rate(quadratic):
    """Return the limit of R/eta^2 as eta grows, from a quadratic of this module.

    >>> large_rate(equal_eigenvalues(sp.Integer(1)))
    tau*(B + 2)/(4*B)
    """
    ratio = sp.Symbol("rho", positive=True)
    leading = sp.expand(quadratic.subs(R, ratio * eta**2) / eta**4).subs(sigma, 0)
    return sp.factor(
        max(sp.solve(leading, ratio), key=lambda x: x.subs({B: 1, tau: 1, tau_12: 1, d: 2}))
    )


def balance(moment=1):
    """Return the mean of (delta - eta w ghat)^2 - delta^2 when E[(w ghat)^2] is `moment`.

    E[ghat] = lambda delta. Idealised Adam has moment 1 by definition. Where the expectation of
    delta^2 no longer changes, that of w lambda delta^2 is therefore eta/2, whatever lambda is.

    >>> balance()
    -2*delta**2*eta*lambda*w + eta**2
    """
    delta, w, gradient = sp.symbols("delta w g")
    step = sp.expand((delta - eta * w * gradient) ** 2 - delta**2)
    linear, square = step.coeff(gradient, 1), step.coeff(gradient, 2)
    return sp.expand(linear * lam * delta + square / w**2 * moment)
