"""Derivations for fixed preconditioners on mini-batches: SXQ-7 and SXQ-15.

Coordinates are those in which the preconditioned curvature S is diagonal: the features z_i are
independent with variances s_i, x_i = eta s_i, and k = 1 + 1/B.
"""

import sympy as sp

eta, batch, noise = sp.symbols("eta B sigma", positive=True)
k = 1 + 1 / batch


def gaussian_expectation(polynomial, variances):
    """Return the expectation over independent centred Gaussians, by their moments (n-1)!! v^(n/2).

    >>> z, v = sp.symbols("z v")
    >>> gaussian_expectation(z**4 + z**3, {z: v})
    3*v**2
    """
    symbols = tuple(variances)
    total = sp.Integer(0)
    for powers, coefficient in sp.Poly(sp.expand(polynomial), *symbols).terms():
        if all(power % 2 == 0 for power in powers):
            moments = (
                sp.factorial2(power - 1) * variances[symbol] ** (power // 2)
                for symbol, power in zip(symbols, powers, strict=True)
                if power
            )
            total += coefficient * sp.prod(moments)
    return sp.expand(total)


def gradient_moments():
    """Return mean and second moments of the mini-batch gradient at an error e, for d = 2 (SXQ-7).

    The gradient of an example is z (z^T e - xi); the mean of B of them has second moment
    E[g g^T]/B + (1 - 1/B) E[g] E[g]^T.

    >>> gradient_moments()[0].T
    Matrix([[e1*s1, e2*s2]])
    """
    z, e, s = sp.symbols("z1 z2"), sp.symbols("e1 e2"), sp.symbols("s1 s2", positive=True)
    xi = sp.Symbol("xi")
    variances = {z[0]: s[0], z[1]: s[1], xi: noise**2}
    residual = z[0] * e[0] + z[1] * e[1] - xi
    gradient = sp.Matrix([z[0] * residual, z[1] * residual])
    mean = gradient.applyfunc(lambda g: gaussian_expectation(g, variances))
    one = (gradient * gradient.T).applyfunc(lambda g: gaussian_expectation(g, variances))
    return mean, (one / batch + (1 - 1 / batch) * mean * mean.T).applyfunc(sp.expand)


def moment_step():
    """Return the second moments after a step, from those before, for d = 2 (SXQ-7).

    Returns
    -------
    tuple of sympy expressions
        m_1+, m_2+ and E[e_1 e_2]+ in the symbols m1, m2, m12 of the moments before. The last does
        not enter the first two.

    >>> first, second, mixed = moment_step()
    >>> sp.Symbol("m12") in first.free_symbols | second.free_symbols
    False
    """
    e = sp.Matrix(sp.symbols("e1 e2"))
    mean, second = gradient_moments()
    after = e * e.T - eta * (mean * e.T + e * mean.T) + eta**2 * second
    m1, m2, m12 = sp.symbols("m1 m2 m12")
    # The step is a quadratic form in e plus a constant, so moments of e are all that it needs.
    names = {(2, 0): m1, (0, 2): m2, (1, 1): m12, (0, 0): sp.Integer(1)}
    return tuple(
        sp.expand(sum(c * names[p] for p, c in sp.Poly(sp.expand(entry), *e).terms()))
        for entry in (after[0, 0], after[1, 1], after[0, 1])
    )


def recurrence_gaps(excess=1):
    """Return what SXQ-7's recurrence misses of the derived moments, with 1 + excess/B for k.

    >>> recurrence_gaps()
    (0, 0, 0)
    """
    s = sp.symbols("s1 s2", positive=True)
    m1, m2, m12 = sp.symbols("m1 m2 m12")
    factor = 1 + sp.nsimplify(excess) / batch
    spread = eta**2 / batch * (s[0] * m1 + s[1] * m2 + noise**2)
    claimed = [
        m * (1 - 2 * eta * v + eta**2 * v**2 * factor) + spread * v
        for m, v in zip((m1, m2), s, strict=True)
    ]
    claimed.append(m12 * (1 - eta * (s[0] + s[1]) + eta**2 * s[0] * s[1] * factor))
    return tuple(sp.simplify(a - b) for a, b in zip(moment_step(), claimed, strict=True))


def balance_gap(dimension=3, loss=1):
    """Return the gap in the balance Y+ = Y + eta (sigma^2 c - (1 - c) R) (SXQ-7), with Y = v^T m.

    Here v_i = 1/(2 - k x_i). The balance is linear in m, so it rests on (A - I) v = (c - 1) x for
    the symmetric matrix A = diag(1 - 2 x_i + k x_i^2) + x x^T/B, and on x^T v = B c. `loss`
    multiplies the 1 of c - 1.

    >>> balance_gap(2)
    Matrix([[0, 0]])
    """
    x = sp.Matrix(sp.symbols(f"x1:{dimension + 1}", positive=True))
    v = x.applyfunc(lambda entry: 1 / (2 - k * entry))
    c = (x.T * v)[0] / batch
    step = sp.diag(*[1 - 2 * entry + k * entry**2 for entry in x]) + x * x.T / batch
    return (step * v - v - (c - loss) * x).applyfunc(sp.simplify).T


def noise_floor_gap(dimension=2):
    """Return the fixed point of the recurrence less sigma^2 c/(1 - c), solved as it stands (SXQ-7).

    >>> noise_floor_gap()
    0
    """
    x = sp.Matrix(sp.symbols(f"x1:{dimension + 1}", positive=True))
    step = sp.diag(*[1 - 2 * entry + k * entry**2 for entry in x]) + x * x.T / batch
    moments = (sp.eye(dimension) - step).LUsolve(x * eta / batch * noise**2)
    c = sum(entry / (2 - k * entry) for entry in x) / batch
    return sp.simplify((x.T * moments)[0] / eta - noise**2 * c / (1 - c))


def whitened_noise():
    """Return tr(Sigma^-1 Cov(ghat)) at an error e with risk R, for d = 2 (SXQ-15).

    >>> whitened_noise()
    (3*R + 2*sigma**2)/B
    """
    mean, second = gradient_moments()
    s, e = sp.symbols("s1 s2", positive=True), sp.symbols("e1 e2")
    covariance = second - mean * mean.T
    trace = sp.expand(covariance[0, 0] / s[0] + covariance[1, 1] / s[1])
    risk = sp.Symbol("R", positive=True)
    return sp.factor(sp.expand(trace.subs(e[0] ** 2, (risk - s[1] * e[1] ** 2) / s[0])))
