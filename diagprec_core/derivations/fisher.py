"""Derivations for the full-matrix empirical Fisher (SXQ-16) and for sign descent (SXQ-17)."""

import sympy as sp

eta, B, sigma, R, tau_12, tau, d = sp.symbols("eta B sigma R tau_12 tau d", positive=True)


def second_moment_matrix(covariance, error):
    """Return F = E[ghat ghat^T], from the second moment of SXQ-1 along every direction.

    F is the symmetric matrix with u^T F u = (1/B) u^T Sigma u (R + sigma^2)
    + (1 + 1/B)(u^T Sigma delta)^2 for every u.

    >>> second_moment_matrix(sp.eye(1), sp.Matrix([2]))
    Matrix([[4 + (sigma**2 + 8)/B]])
    """
    gradient = covariance * error
    risk = (error.T * gradient)[0]
    matrix = covariance * (risk + sigma**2) / B + (1 + 1 / B) * gradient * gradient.T
    return matrix.applyfunc(lambda x: sp.collect(sp.expand(x), 1 / B))


def newton_scalar(shift=2):
    """Return B/(sigma^2 + (B + shift) R), the scalar of SXQ-16 for shift = 2.

    >>> newton_scalar()
    B/(R*(B + 2) + sigma**2)
    """
    return B / (sigma**2 + (B + sp.nsimplify(shift)) * R)


def newton_remainder(size, shift=2):
    """Return F (scalar delta) - Sigma delta for a symbolic covariance and error, d = size.

    >>> newton_remainder(2)
    Matrix([
    [0],
    [0]])
    """
    covariance = sp.Matrix(size, size, lambda i, j: sp.Symbol(f"S{min(i, j) + 1}{max(i, j) + 1}"))
    error = sp.Matrix(sp.symbols(f"delta1:{size + 1}"))
    risk = (error.T * covariance * error)[0]
    scalar = newton_scalar(shift).subs(R, risk)
    # Multiplied by the denominator, so that what is left is a polynomial.
    left = second_moment_matrix(covariance, error) * error * B
    return (left - covariance * error * B / scalar).applyfunc(sp.expand)


def rank_one(shift=2):
    """Return what multiplies Sigma delta in F (scalar delta) - Sigma delta, in every dimension.

    With F = a Sigma + b Sigma delta (Sigma delta)^T and (Sigma delta)^T delta = R, the product
    F delta is (a + b R) Sigma delta: no coordinates are needed.

    >>> rank_one()
    0
    """
    a, b = (R + sigma**2) / B, 1 + 1 / B
    return sp.simplify(newton_scalar(shift) * (a + b * R) - 1)


def step_risk():
    """Return E[R+] - R of the step theta - eta F^-1 ghat at a point of risk R (SXQ-16).

    The linear term is -2 eta scalar R; the square is eta^2 tr(Sigma F^-1), and in whitened
    coordinates F has the eigenvalue a on d - 1 directions and a + b R on that of the error.

    >>> step_risk().subs({sigma: 0, B: 1, R: 3, d: 1})
    eta**2/9 - 2*eta/3
    """
    a, b = (R + sigma**2) / B, 1 + 1 / B
    trace = (d - 1) / a + 1 / (a + b * R)
    return -2 * eta * newton_scalar() * R + eta**2 * sp.simplify(trace)


def best_noiseless_gain():
    """Return 1 - E[R+]/R of that step without label noise, at the rate that is best there.

    >>> best_noiseless_gain()
    B/((B + 2)*(B*d - B + 2*d - 1))
    """
    ratio = sp.Symbol("z", positive=True)  # eta = z R, as F is a multiple of R
    change = sp.simplify(step_risk().subs(sigma, 0).subs(eta, ratio * R) / R)
    best = sp.solve(sp.diff(change, ratio), ratio)[0]
    return sp.factor(sp.simplify(-change.subs(ratio, best)))


def gain(batch_size):
    """Return a_B = 2 Gamma((B+1)/2)/(sqrt(pi) Gamma(B/2)) in SymPy (SXQ-17).

    >>> [gain(sp.Integer(n)) for n in (1, 2, 3, 4)]
    [2/pi, 1, 4/pi, 3/2]
    """
    half = sp.Rational(1, 2)
    ratio = sp.gamma((batch_size + 1) * half) / sp.gamma(batch_size * half)
    return 2 * ratio / sp.sqrt(sp.pi)


def sign_slope():
    """Return d/drho of the Student law, 2 f_B(t) dt/drho, over a_B (1 - rho^2)^(B/2 - 1).

    f_B is the density of Student's t and t = sqrt(B) rho/sqrt(1 - rho^2). The ratio is 1, so
    E[sign] = a_B times the integral of (1 - r^2)^(B/2 - 1) from 0 to rho (SXQ-6, SXQ-17).

    >>> sign_slope()
    1
    """
    u = sp.Symbol("u", positive=True)  # 1 - rho^2
    rho = sp.Symbol("rho")
    t = sp.sqrt(B) * rho / sp.sqrt(1 - rho**2)
    slope = sp.simplify(sp.diff(t, rho)).subs(1 - rho**2, u)
    slope = sp.powsimp(sp.simplify(slope.subs(rho, sp.sqrt(1 - u))))
    inside = sp.simplify((1 + t**2 / B).subs(rho, sp.sqrt(1 - u)))
    density = sp.gamma((B + 1) / 2) / sp.gamma(B / 2) / sp.sqrt(B * sp.pi)
    law = 2 * density * inside ** (-(B + 1) / 2) * slope
    return sp.simplify(sp.powsimp(law / (gain(B) * u ** (B / 2 - 1)), force=True))


def gain_product(constant=2):
    """Return a_B a_(B+1) pi/(constant B), which is 1 for the constant 2 (SXQ-17).

    >>> gain_product()
    1
    """
    product = gain(B) * gain(B + 1) * sp.pi / (constant * B)
    return sp.gammasimp(product)


def price_ratio():
    """Return f(B+2)/f(B) for the price f(B) = B/a_B^2 of no memory (SXQ-17).

    It is 1 - 1/(B+1)^2, so f(B) is pi/2 over the product of these at B, B + 2, B + 4, ...

    >>> price_ratio()
    B*(B + 2)/(B + 1)**2
    """
    ratio = (B + 2) * gain(B) ** 2 / (B * gain(B + 2) ** 2)
    return sp.factor(sp.expand_func(sp.gammasimp(ratio).subs(B, 2 * B)).subs(B, B / 2))


def sign_balance(power=2):
    """Return the mean of (delta - eta s)^power - delta^power for a sign s with mean h (SXQ-17).

    >>> sign_balance()
    -2*delta*eta*h + eta**2
    """
    delta, s, h = sp.symbols("delta s h")
    step = sp.Poly(sp.expand((delta - eta * s) ** power - delta**power), s)
    # s^2 = 1: even powers are 1, odd ones have the mean h.
    return sp.expand(sum(c * (h if n % 2 else 1) for (n,), c in step.terms()))


def sign_floor():
    """Return the coefficients of eta and eta^2 in the stationary risk of sign descent (SXQ-17).

    With r_i = lambda_i E[delta_i^2] and Gaussian fourth moments, which are exact to the order that
    is needed, the balance of delta_i^2 reads, as h(rho) = a_B (rho - (B - 2) rho^3/6 + ...),
    r_i/sigma - (r_i R + 2 r_i^2)/(2 sigma^3) - (B - 2) r_i^2/(2 sigma^3) = eta ell_i/(2 a_B).

    >>> sign_floor()
    (sigma*tau_12/(2*a), (B*tau + tau_12**2)/(8*a**2))
    """
    a, ell, first, second, total = sp.symbols("a ell r1 r2 R1", positive=True)
    share = first * eta + second * eta**2
    left = share / sigma - (share * total * eta + 2 * share**2) / (2 * sigma**3)
    left -= (B - 2) * share**2 / (2 * sigma**3)
    series = sp.expand(left - eta * ell / (2 * a))
    at_first = sp.solve(series.coeff(eta, 1), first)[0]
    at_second = sp.solve(series.coeff(eta, 2).subs(first, at_first), second)[0]
    # Sums over the coordinates: ell_i = sqrt(lambda_i) adds up to tau_12, its square to tau.
    risk = at_first.subs(ell, tau_12)
    terms = sp.Poly(sp.expand(at_second.subs(total, risk)), ell)
    more = terms.coeff_monomial(ell) * tau_12 + terms.coeff_monomial(ell**2) * tau
    return sp.factor(risk), sp.factor(more)
