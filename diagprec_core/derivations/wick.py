"""Isserlis' theorem and the law of a mini-batch gradient: SXQ-1, SXQ-2, SXQ-10.

Whatever the dimension, u^T ghat is made of two Gaussian scalars an example: the feature a = u^T x
and the residual r = x^T delta - xi. Their variances are A = u^T Sigma u and V = R + sigma^2, their
covariance is c = u^T Sigma delta, and u^T ghat is the mean of a r over the batch. What holds in
the symbols A, V and c therefore holds for every d, Sigma, u and delta.
"""

import sympy as sp
from sympy.utilities.iterables import multiset_partitions

A, V, B = sp.symbols("A V B", positive=True)
C, T = sp.symbols("c t", real=True)
SIGMA = sp.Symbol("sigma", nonnegative=True)
PAIR = sp.Matrix([[A, C], [C, V]])


def isserlis(indices, covariance):
    """Return E[x_i x_j ...] of a centred Gaussian vector: the sum over all pairings.

    Parameters
    ----------
    indices : sequence of int
        The factors of the product, repeated as often as they occur.
    covariance : sympy Matrix
        The covariance of x, symbols or numbers.

    Examples
    --------
    >>> isserlis([0, 0, 1, 1], sp.Matrix(2, 2, sp.symbols("s11 s12 s12 s22")))
    s11*s22 + 2*s12**2
    """
    if len(indices) % 2:
        return sp.Integer(0)
    if not indices:
        return sp.Integer(1)
    first, rest = indices[0], list(indices[1:])
    return sp.expand(
        sum(
            covariance[first, other] * isserlis(rest[:k] + rest[k + 1 :], covariance)
            for k, other in enumerate(rest)
        )
    )


def expectation(polynomial, variables, covariance):
    """Return the expectation of a polynomial in centred Gaussian variables, term by term.

    >>> x, y = sp.symbols("x y")
    >>> expectation((x + y) ** 2 + x**3, [x, y], sp.Matrix([[1, C], [C, 1]]))
    2*c + 2
    """
    total = sp.Integer(0)
    for powers, coefficient in sp.Poly(sp.expand(polynomial), *variables).terms():
        indices = [i for i, power in enumerate(powers) for _ in range(power)]
        total += coefficient * isserlis(indices, covariance)
    return sp.expand(total)


def gradient_moment(order):
    """Return E[(u^T ghat)^order] for symbolic B, in any dimension, by Isserlis (SXQ-1).

    The power of the sum over the batch is split by which factors belong to the same example: a
    split into n groups occurs B (B-1) ... (B-n+1) times, and examples are independent.

    >>> gradient_moment(1)
    c
    >>> gradient_moment(2)
    A*V/B + c**2 + c**2/B
    """
    single = [isserlis([0] * m + [1] * m, PAIR) for m in range(order + 1)]
    total = sum(
        sp.ff(B, len(groups)) * sp.prod([single[len(group)] for group in groups])
        for groups in multiset_partitions(list(range(order)))
    )
    return sp.expand(sp.expand_func(total) / B**order)


def second_moment(cross=1):
    """Return SXQ-1's formula, with `cross` in the place of the 1 in 1 + 1/B.

    >>> second_moment()
    A*V/B + c**2*(1 + 1/B)
    """
    return A * V / B + (cross + 1 / B) * C**2


def second_moment_gap(d, batch_size=1, cross=1):
    """Return E[(u^T ghat)^2] less the formula, with every entry of Sigma, u and delta a symbol.

    Nothing is abbreviated: the square of the mean of (u^T x_k)(x_k^T delta - xi_k) is expanded in
    the entries of the features and in the noise, and each monomial goes through Isserlis (SXQ-1).

    >>> second_moment_gap(2)
    0
    """
    u, delta = (sp.Matrix(sp.symbols(f"{name}1:{d + 1}", real=True)) for name in ("u", "delta"))
    covariance = sp.Matrix(d, d, lambda i, j: sp.Symbol(f"s{min(i, j) + 1}{max(i, j) + 1}"))
    variables, mean = [], sp.Integer(0)
    for k in range(batch_size):
        x, xi = sp.Matrix(sp.symbols(f"x{k}_1:{d + 1}")), sp.Symbol(f"xi{k}")
        variables += [*x, xi]
        mean += u.dot(x) * (x.dot(delta) - xi) / batch_size
    example = sp.diag(covariance, SIGMA**2)
    moment = expectation(mean**2, variables, sp.diag(*[example] * batch_size))
    scalars = {
        A: (u.T * covariance * u)[0],
        C: (u.T * covariance * delta)[0],
        V: (delta.T * covariance * delta)[0] + SIGMA**2,
        B: batch_size,
    }
    return sp.expand(moment - second_moment(cross).subs(scalars, simultaneous=True))


def correlation_gap(slope=B + 1):
    """Return E[(u^T ghat)^2] less (A V/B)(1 + slope rho^2) at c = rho sqrt(A V) (SXQ-2).

    >>> correlation_gap()
    0
    >>> correlation_gap(B)
    A*V*rho**2/B
    """
    rho = sp.Symbol("rho", real=True)
    claimed = A * V / B * (1 + slope * rho**2)
    return sp.expand(gradient_moment(2).subs(C, rho * sp.sqrt(A * V)) - claimed)


def lagrange_gap(d, squares=1):
    """Return (u^T Sigma u) R - (u^T Sigma delta)^2 less the sum of squares that it is (SXQ-2).

    With Sigma = F^T F, p = F u and q = F delta it is the sum over i < j of (p_i q_j - p_j q_i)^2,
    so it is at least 0, and 0 only for parallel p and q: rho^2 <= R/(R + sigma^2). Every entry of
    F, u and delta is a symbol; `squares` is the claimed factor on the sum.

    >>> lagrange_gap(2)
    0
    """
    factor = sp.Matrix(d, d, sp.symbols(f"f1:{d * d + 1}", real=True))
    u, delta = (sp.Matrix(sp.symbols(f"{name}1:{d + 1}", real=True)) for name in ("u", "delta"))
    covariance, p, q = factor.T * factor, factor * u, factor * delta
    product = (u.T * covariance * u)[0] * (delta.T * covariance * delta)[0]
    gap = product - (u.T * covariance * delta)[0] ** 2
    minors = [p[i] * q[j] - p[j] * q[i] for j in range(d) for i in range(j)]
    return sp.expand(gap - squares * sum(minor**2 for minor in minors))


def root_weight():
    """Return k = 1/(V + sigma sqrt V) of the sampler, in the symbols V and sigma (SXQ-10).

    >>> root_weight()
    1/(sqrt(V)*sigma + V)
    """
    return 1 / (V + SIGMA * sp.sqrt(V))


def root_gap(weight=None):
    """Return 2 k - k^2 R - 1/V at R = V - sigma^2: 0 for the sampler's k (SXQ-10).

    The covariance of z - k (delta^T z) Sigma delta is Sigma less 2 k - k^2 R times m m^T, with
    m = Sigma delta, and that of x given its residual is Sigma - m m^T/V.

    >>> root_gap()
    0
    >>> root_gap(1 / V)
    sigma**2/V**2
    """
    weight = root_weight() if weight is None else weight
    return sp.factor(sp.simplify(2 * weight - weight**2 * (V - SIGMA**2) - 1 / V))


def sampler_moment(order, weight=None, degrees=B):
    """Return E[w^order] of w = q c/(B V) + (sqrt(q)/B)(zeta - k z c), the sampler's u^T ghat.

    Here zeta = u^T z and z = delta^T z are Gaussian with variances A and R and covariance c, and q
    is V times a chi-square. The odd powers of sqrt(q) come with odd powers of Gaussians and drop
    out; those of q have the moments (2 V)^j n (n + 1) ... (n + j - 1), n half the degrees (SXQ-10).

    >>> sp.simplify(sampler_moment(2) - gradient_moment(2))
    0
    """
    k, root_q, zeta, z = sp.symbols("k root_q zeta z", real=True)
    value = root_q**2 * C / (B * V) + root_q / B * (zeta - k * z * C)
    covariance = sp.Matrix([[A, C], [C, V - SIGMA**2]])
    moment = sp.Poly(expectation(value**order, [zeta, z], covariance), root_q)
    total = sum(
        coefficient * (2 * V) ** (power // 2) * sp.expand_func(sp.rf(degrees / 2, power // 2))
        for (power,), coefficient in moment.terms()
    )
    return total.subs(k, root_weight() if weight is None else weight)


def characteristic_bases(weight=None):
    """Return the numbers whose power -B/2 is E[exp(i t u^T ghat)], of data and of sampler (SXQ-10).

    Data: a r is a quadratic form in a Gaussian pair with covariance S, so one example gives
    det(I - (i t/B) J S)^(-1/2) with J the exchange matrix. Sampler: given q, w is Gaussian with
    mean q c/(B V) and variance q (A - (2 k - k^2 R) c^2)/B^2, and E[exp(s q)] = (1 - 2 V s)^(-B/2).

    >>> data, sampler = characteristic_bases()
    >>> sp.simplify(data - sampler)
    0
    """
    k = root_weight() if weight is None else weight
    data = (sp.eye(2) - sp.I * T / B * sp.Matrix([[0, 1], [1, 0]]) * PAIR).det()
    variance = (A - (2 * k - k**2 * (V - SIGMA**2)) * C**2) / B**2
    exponent = sp.I * T * C / (B * V) - T**2 / 2 * variance
    return sp.expand(data), sp.expand(1 - 2 * V * exponent)
