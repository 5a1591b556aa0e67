"""Derivations for preconditioned gradient descent: FEQ-1, FEQ-2, FIQ-1, FIQ-2a, FIQ-2b."""

import sympy as sp


def rotation(d):
    """Return an orthogonal matrix with free symbols, by Cayley's formula (I - S)(I + S)^-1.

    >>> U = rotation(2)
    >>> (U.T * U).applyfunc(sp.cancel) == sp.eye(2)
    True
    """
    entries = iter(sp.symbols(f"x1:{d * (d - 1) // 2 + 1}", real=True))
    skew = sp.zeros(d, d)
    for i in range(d):
        for j in range(i):
            skew[i, j] = next(entries)
            skew[j, i] = -skew[i, j]
    return ((sp.eye(d) - skew) * (sp.eye(d) + skew).inv()).applyfunc(sp.cancel)


def newton_error_map(learning_rate=1, d=2):
    """Return the matrix that takes an error to the next under GN^-1 in the eigenbasis (FEQ-1).

    The Hessian is U diag(lambda) U^T with a symbolic rotation and symbolic eigenvalues; the weights
    come from the diagonal u_i^T H u_i, not from the eigenvalues. The result is (1 - eta) I.

    >>> newton_error_map()
    Matrix([
    [0, 0],
    [0, 0]])
    """
    basis = rotation(d)
    spectrum = sp.diag(*sp.symbols(f"lambda1:{d + 1}", positive=True))
    hessian = basis * spectrum * basis.T
    seen = (basis.T * hessian * basis).applyfunc(sp.cancel)
    weights = sp.diag(*[1 / seen[i, i] for i in range(d)])
    step = sp.eye(d) - learning_rate * basis * weights * basis.T * hessian
    return step.applyfunc(sp.cancel)


def best_constant_rate():
    """Return what proves the best constant rate: a certificate and the two values at the optimum.

    Returns
    -------
    certificate : sympy expression
        s_max (1 - eta s_min) + s_min (eta s_max - 1) - (s_max - s_min), which is 0 for all eta: so
        a weighted mean of the two numbers is (K - 1)/(K + 1), and the larger is at least that.
    flat, steep : sympy expressions in K
        1 - eta s_min and eta s_max - 1 at eta = 2/(s_max + s_min), with K = s_max/s_min.

    >>> best_constant_rate()
    (0, (K - 1)/(K + 1), (K - 1)/(K + 1))
    """
    low, high, eta, ratio = sp.symbols("s_min s_max eta K", positive=True)
    flat, steep = 1 - eta * low, eta * high - 1
    certificate = sp.expand(high * flat + low * steep - (high - low))
    at_best = {eta: 2 / (high + low)}
    return certificate, *(
        sp.factor(value.subs(at_best).subs(high, ratio * low)) for value in (flat, steep)
    )


def margin_under_cap(constant=2):
    """Return (1 - eta s_min) - (1 - constant/K), with eta = c/s_max and K = s_max/s_min.

    It is (constant - c)/K: not negative for every c up to the cap 2 exactly if constant >= 2, so
    the flattest coordinate keeps at least the share 1 - 2/K in every step (FEQ-2, FIQ-2b).

    >>> margin_under_cap()
    -(c - 2)/K
    """
    cap_share, ratio = sp.symbols("c K", positive=True)
    return sp.factor((1 - cap_share / ratio) - (1 - sp.nsimplify(constant) / ratio))


def block(signs):
    """Return the block (1 - rho) I + rho h h^T for a vector h of symbols or numbers.

    >>> block([1, -1])
    Matrix([
    [   1, -rho],
    [-rho,    1]])
    """
    rho = sp.Symbol("rho", real=True)
    vector = sp.Matrix(signs)
    size = len(signs)
    return ((1 - rho) * sp.eye(size) + rho * vector * vector.T).applyfunc(sp.expand)
