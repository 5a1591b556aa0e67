"""R_T as a polynomial in the learning rate, with rational coefficients: every rate at once."""

import sympy as sp

RATE = sp.Symbol("eta")


def risk_polynomial(modes, shares, noise, batch_size, steps):
    """Return R_T of SXQ-7 as a polynomial in eta of degree 2 T, over the rationals.

    Parameters
    ----------
    modes, shares : sequence of rationals
        s_i, and a_i = s_i m_i at the start.
    noise, batch_size, steps
        sigma^2, B and T.

    Examples
    --------
    >>> risk_polynomial([1], [1], 1, 1, 1).as_expr()
    4*eta**2 - 2*eta + 1
    """
    eta = sp.Poly(RATE, RATE, domain="QQ")
    modes, shares = ([sp.Rational(v) for v in values] for values in (modes, shares))
    k, part = 1 + sp.Rational(1, batch_size), sp.Rational(1, batch_size)
    decays = [1 - 2 * s * eta + k * s**2 * eta**2 for s in modes]
    gains = [part * s**2 * eta**2 for s in modes]
    # The shares follow a_i+ = a_i D_i + (x_i^2/B)(R + sigma^2).
    shares = [share * eta**0 for share in shares]
    for _ in range(steps):
        level = sum(shares[1:], shares[0]) + sp.Rational(noise)
        shares = [a * d + g * level for a, d, g in zip(shares, decays, gains, strict=True)]
    return sum(shares[1:], shares[0])


def positive(polynomial):
    """Say whether a polynomial is above 0 at every eta > 0, by counting its roots (Sturm).

    >>> positive(risk_polynomial([1], [1], 1, 1, 1) - sp.Rational(3, 4))
    False
    >>> positive(risk_polynomial([1], [1], 1, 1, 1) - sp.Rational(74, 100))
    True
    """
    if polynomial.LC() <= 0 or polynomial.eval(1) <= 0:
        return False
    roots = polynomial.count_roots(0)
    return roots == (polynomial.eval(0) == 0)
