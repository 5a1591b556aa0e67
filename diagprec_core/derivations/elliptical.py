"""Derivations for data that are not Gaussian: SXQ-12."""

import itertools

import sympy as sp

K, B, D, R, S = sp.symbols("k B d R sigma", positive=True)


def sphere_moments():
    """Return E[s_1^4] and E[s_1^2 s_2^2] for s uniform on the unit sphere of R^d, d free.

    Two linear equations: the squares sum to 1, whose square is 1; and (s_1 + s_2)/sqrt(2) has the
    law of s_1, as the sphere does not change when it is turned by 45 degrees.

    >>> sphere_moments()
    (3/(d*(d + 2)), 1/(d*(d + 2)))
    """
    four, pair = sp.symbols("four pair")
    total = D * four + D * (D - 1) * pair - 1
    turned = (2 * four + 6 * pair) / 4 - four
    solution = sp.solve([total, turned], [four, pair])
    return sp.factor(solution[four]), sp.factor(solution[pair])


def polarisation():
    """Return 12 a^2 b^2 less its form in fourth powers of a, b, a + b and a - b.

    >>> polarisation()
    0
    """
    a, b = sp.symbols("a b")
    powers = (a + b) ** 4 + (a - b) ** 4 - 2 * a**4 - 2 * b**4
    return sp.expand(12 * a**2 * b**2 - powers)


def mixed_moment(four, pair, size=3):
    """Return E[(p^T s)^2 (q^T s)^2] with free p, q, for s whose odd moments vanish.

    Parameters
    ----------
    four : sequence of sympy expressions
        E[s_i^4], one for each of the `size` coordinates that p and q use.
    pair : sympy expression
        E[s_i^2 s_j^2] for i != j.
    size : int

    Returns
    -------
    moment : sympy expression
    p, q : sympy.Matrix

    >>> mixed_moment([3], 1, size=1)[0]
    3*p0**2*q0**2
    """
    p, q = (sp.Matrix(sp.symbols(f"{name}:{size}")) for name in "pq")
    s = sp.symbols(f"s:{size}")
    polynomial = sp.Poly(sp.expand(p.dot(s) ** 2 * q.dot(s) ** 2), *s)
    moment = sp.Integer(0)
    for exponents, coefficient in polynomial.terms():
        if any(e % 2 for e in exponents):
            continue
        moment += coefficient * (four[exponents.index(4)] if 4 in exponents else pair)
    return sp.expand(moment), p, q


def elliptical_gap(kurtosis=K):
    """Return what is left of the moment of an elliptical law less its closed form: 0 (SXQ-12a).

    x = r A s with E[r^2] = d and E[r^4] = k d (d + 2), both chosen so that Sigma = A A^T and k is
    the relative kurtosis. With p = A^T u and q = A^T delta one example has second moment
    E[(u^T x)^2 (x^T delta)^2] + sigma^2 u^T Sigma u; the batch adds (1 - 1/B)(u^T Sigma delta)^2.

    >>> elliptical_gap()
    0
    """
    four, pair = sphere_moments()
    moment, p, q = mixed_moment([four] * 3, pair)
    moment *= K * D * (D + 2)
    curvature, gradient, risk = p.dot(p), p.dot(q), q.dot(q)
    batch = (moment + S**2 * curvature) / B + (1 - 1 / B) * gradient**2
    closed = curvature * (kurtosis * risk + S**2) / B + (1 + (2 * kurtosis - 1) / B) * gradient**2
    return sp.simplify(sp.expand(batch - closed))


def factor_gaps():
    """Return two identities behind the range of Adam's factor (SXQ-12a), as differences.

    First: the moment is (u^T Sigma u)(k R + sigma^2)/B times 1 + (B + 2 k - 1) rho^2. Second: at
    the largest rho^2 that Cauchy and Schwarz allow, R/(k R + sigma^2), the bracket falls short of
    3 + (B - 1)/k by (B + 2 k - 1) sigma^2/(k (k R + sigma^2)), which is not negative.

    >>> factor_gaps()
    (0, 0)
    """
    curvature, gradient = sp.symbols("c g", positive=True)
    scale = K * R + S**2
    closed = curvature * scale / B + (1 + (2 * K - 1) / B) * gradient**2
    product = curvature * scale / B * (1 + (B + 2 * K - 1) * gradient**2 / (curvature * scale))
    bracket = 1 + (B + 2 * K - 1) * R / scale
    margin = (B + 2 * K - 1) * S**2 / (K * scale)
    return sp.simplify(closed - product), sp.simplify(3 + (B - 1) / K - bracket - margin)


def independent_gap(shift=0, size=3):
    """Return moment less closed form for independent features, in their own basis (SXQ-12c).

    x_i = sqrt(lambda_i) s_i with independent centred s_i, E[s_i^2] = 1 and E[s_i^4] = 3 k_i, all
    free: B E[ghat_1^2] = lambda_1 (R + sigma^2) + (B + 3 k_1 - 2)(lambda_1 delta_1)^2. Third
    moments drop out, as E[s_1^2 s_i s_j] = 0 for i != j.

    >>> independent_gap()
    0
    """
    kurtoses = sp.symbols(f"k:{size}", positive=True)
    lam = sp.symbols(f"lambda:{size}", positive=True)
    moment, p, q = mixed_moment([3 * k for k in kurtoses], sp.Integer(1), size)
    along = dict(zip(p, [sp.sqrt(lam[0])] + [0] * (size - 1), strict=True))
    delta = [q[i] / sp.sqrt(lam[i]) for i in range(size)]
    gradient = lam[0] * delta[0]
    risk = sum(lam[i] * delta[i] ** 2 for i in range(size))
    batch = moment.subs(along) + S**2 * lam[0] + (B - 1) * gradient**2
    closed = lam[0] * (risk + S**2) + (B + 3 * kurtoses[0] - 2 + shift) * gradient**2
    return sp.simplify(sp.expand(batch - closed))


def one_hot_step(size=3):
    """Return the mean step of idealised Adam on one-hot data without noise, delta_i > 0 (SXQ-12e).

    The mean of a batch of B = 2 is taken over all pairs of features, for free probabilities pi_i,
    scales a_i and errors delta_i. The result is free of scales and errors.

    >>> one_hot_step()[0]
    sqrt(2)*sqrt(pi0)/sqrt(pi0 + 1)
    """
    pi = sp.symbols(f"pi:{size}", positive=True)
    a, delta = (sp.symbols(f"{name}:{size}", positive=True) for name in ("a", "delta"))
    left = {pi[-1]: 1 - sum(pi[:-1])}
    steps = []
    for i in range(size - 1):
        mean = second = sp.Integer(0)
        for j, k in itertools.product(range(size), repeat=2):
            gradient = a[i] ** 2 * delta[i] * sp.Rational((i == j) + (i == k), 2)
            chance = (pi[j] * pi[k]).subs(left)
            mean, second = mean + chance * gradient, second + chance * gradient**2
        mean, second = sp.factor(sp.expand(mean)), sp.factor(sp.expand(second))
        steps.append(sp.powsimp(sp.simplify(mean / sp.sqrt(second))))
    return steps


def floor_gap(kurtosis=K):
    """Return the stationary risk of (e) at d = 2, with free s, eta and B, less sigma^2 c/(1 - k c).

    The recurrence's moments are solved for R as a linear system; `kurtosis` is that of the claim.

    >>> floor_gap()
    0
    """
    eta, one, two, m, n = sp.symbols("eta s1 s2 m1 m2", positive=True)
    square = 1 + (2 * K - 1) / B
    risk = one * m + two * n
    balance = [
        moment * (2 * eta * s - eta**2 * s**2 * square) - eta**2 / B * s * (K * risk + S**2)
        for s, moment in ((one, m), (two, n))
    ]
    found = risk.subs(sp.solve(balance, [m, n]))
    c = eta / B * sum(s / (2 - eta * s * square) for s in (one, two))
    return sp.simplify(found - S**2 * c / (1 - kurtosis * c))
