"""Derivations that rank preconditioners on mini-batches: SXQ-8 and SXQ-13.

As in `risk_recurrence`, x_i = eta s_i, k = 1 + 1/B, and A = diag(1 - 2 x_i + k x_i^2) + x x^T/B is
the matrix of the recurrence of the second moments.
"""

import sympy as sp

eta, batch, noise = sp.symbols("eta B sigma", positive=True)
k = 1 + 1 / batch


def small_rate_floor():
    """Return the limit of R_inf/eta as eta -> 0, for d = 2 (SXQ-8): sigma^2 tr(S)/(2 B).

    >>> small_rate_floor()
    sigma**2*(s1 + s2)/(2*B)
    """
    s = sp.symbols("s1 s2", positive=True)
    c = sum(eta * v / (2 - eta * v * k) for v in s) / batch
    return sp.factor(sp.limit(sp.cancel(noise**2 * c / (1 - c) / eta), eta, 0))


def ranking_coordinates():
    """Return what c and the secular equation of A become in y = k x/(2 - k x) (SXQ-8).

    Returns
    -------
    share : sympy expression
        x/(2 - k x), of which c is 1/B times the sum: y/k. At equal floor the y_i have equal sums.
    term : sympy expression
        k x^2/((1 - f) - nu) with f = 1 - 2 x + k x^2. The largest eigenvalue of A is 1 - nu, with
        nu the root at which the sum of these terms is B + 1.

    >>> ranking_coordinates()[0]
    B*y/(B + 1)
    """
    x, y, nu = sp.symbols("x y nu", positive=True)
    inverse = 2 * y / (k * (1 + y))
    share = sp.factor(sp.simplify((x / (2 - k * x)).subs(x, inverse)))
    term = sp.factor(sp.simplify((k * x**2 / (x * (2 - k * x) - nu)).subs(x, inverse)))
    return share, term


def secular_gap():
    """Return the term of :func:`ranking_coordinates` less y^2/q, q = y - a (1+y)^2, a = nu k/4.

    >>> secular_gap()
    0
    """
    y, nu = sp.symbols("y nu", positive=True)
    term = ranking_coordinates()[1]
    return sp.simplify(term - y**2 / (y - nu * k / 4 * (1 + y) ** 2))


def convexity_gap(constant=2):
    """Return (y^2/q)'' less (2 a^2 (y^2 - 1)^2 + 2 a y^2 q)/q^3, which is positive (SXQ-8).

    So y^2/q is strictly convex wherever q = y - a (1 + y)^2 and a are positive.

    >>> convexity_gap()
    0
    """
    y, a = sp.symbols("y a", positive=True)
    q = y - a * (1 + y) ** 2
    certificate = (2 * a**2 * (y**2 - 1) ** 2 + constant * a * y**2 * q) / q**3
    return sp.simplify(sp.diff(y**2 / q, y, 2) - certificate)


def log_slopes():
    """Return d log y/d log x for a fixed P, and d log y/d log u for long-memory Adam (SXQ-8).

    Under GN^p, x is proportional to lambda^(1+p). Long-memory Adam's q = k x solves
    q^2 = u^2 (1 - q/2) with u^2 proportional to lambda (SXQ-9). Where the curves y(lambda) of two
    methods cross, the slopes in log(lambda) say which one rises above the other.

    >>> log_slopes()
    (y + 1, 2*(y + 1)/(y + 2))
    """
    x, y, q, u = sp.symbols("x y q u", positive=True)
    value = k * x / (2 - k * x)
    fixed = sp.simplify((x * sp.diff(value, x) / value).subs(x, 2 * y / (k * (1 + y))))
    equation = q**2 - u**2 * (1 - q / 2)
    slope = -sp.diff(equation, u) / sp.diff(equation, q)
    growth = u * slope * sp.diff(sp.log(q / (2 - q)), q)
    on_curve = growth.subs(u, q / sp.sqrt(1 - q / 2)).subs(q, 2 * y / (1 + y))
    return sp.factor(fixed), sp.factor(sp.simplify(on_curve))


def completed_square_gap(scale=1):
    """Return M - AM - MA^T + AWA^T less (A - MW^-1) W (A - MW^-1)^T + M - M W^-1 M (SXQ-13), d = 2.

    M and W are symmetric and A is any matrix, all symbolic; `scale` multiplies the M W^-1 in the
    square.

    >>> completed_square_gap()
    Matrix([
    [0, 0],
    [0, 0]])
    """
    m1, m2, m12, w1, w2, w12 = sp.symbols("m1 m2 m12 w1 w2 w12")
    moment, weight = sp.Matrix([[m1, m12], [m12, m2]]), sp.Matrix([[w1, w12], [w12, w2]])
    step = sp.Matrix(2, 2, sp.symbols("a11 a12 a21 a22"))
    after = moment - step * moment - moment * step.T + step * weight * step.T
    rest = step - scale * moment * weight.inv()
    square = rest * weight * rest.T + moment - moment * weight.inv() * moment
    return (after - square).applyfunc(sp.simplify)


def best_isotropic_step():
    """Return the best rate of a step of GN^-1 at risk R, and the risk after it (SXQ-13).

    In whitened coordinates the step of rate x takes R to R - 2 x R + x^2 tr W with
    W = (1 + 1/B) M + (R + sigma^2)/B, tr M = R: it does not matter how M is turned.

    >>> rate, after = best_isotropic_step()
    >>> sp.cancel(rate.subs(noise, 0)), sp.factor(sp.cancel(after.subs(noise, 0)))
    (B/(B + d + 1), R*(d + 1)/(B + d + 1))
    """
    risk, d, x = sp.symbols("R d x", positive=True)
    after = risk - 2 * x * risk + x**2 * (k * risk + d * (risk + noise**2) / batch)
    (rate,) = sp.solve(sp.diff(after, x), x)
    return sp.factor(rate), sp.factor(sp.simplify(after.subs(x, rate)))


def isotropic_step_gaps(shift=1):
    """Return the gaps of SXQ-13's recurrence and of 1/R+ = 1/R + B/((d + shift) R + d sigma^2).

    The first compares with the derived step, the second with M - M W^-1 M at M = (R/d) I.

    >>> isotropic_step_gaps()
    (0, 0)
    """
    risk, d = sp.symbols("R d", positive=True)
    claimed = 1 / (1 / risk + batch / ((d + shift) * risk + d * noise**2))
    eigenvalue = risk / d
    weight = k * eigenvalue + (risk + noise**2) / batch
    least = d * (eigenvalue - eigenvalue**2 / weight)
    _, after = best_isotropic_step()
    return sp.simplify(after - claimed), sp.simplify(least - claimed)


def lead_gaps(parts=3):
    """Return what misses in SXQ-23's bound, as logarithms of ratios.

    With L = 4 y/(1 + y)^2: long-memory Adam's y_2^2/(1 + y_2) = y_1^2/((1 + y_1) kappa) makes
    L_1^w L_2^(1-w), w = 1/`parts`, the number 4 kappa^(-1/3) y_1/((1 + y_1)(1 + y_2)); and
    y_2/(1 + y_2) = y_1/((1 + y_1) sqrt(kappa)) makes L_2 of GN^-1/2 the same with -1/2 for -1/3.

    >>> lead_gaps()
    (0, 0)
    """
    y1, y2 = sp.symbols("y_1 y_2", positive=True)

    def mean(w):
        return sum(share * sp.log(4 * y / (1 + y) ** 2) for share, y in ((w, y1), (1 - w, y2)))

    gaps = []
    ties = (y1**2 * (1 + y2) / (y2**2 * (1 + y1)), (y1 * (1 + y2) / (y2 * (1 + y1))) ** 2)
    for w, power, kappa in zip((sp.Rational(1, parts), 0), (3, 2), ties, strict=True):
        claimed = sp.log(4) - sp.log(kappa) / power + sp.log(y1 / ((1 + y1) * (1 + y2)))
        gaps.append(sp.simplify(sp.expand_log(mean(w) - claimed, force=True)))
    return tuple(gaps)
