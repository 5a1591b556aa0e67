"""Derivations for the number of Adam's fixed points with momentum, and for the best basis (SXQ-19).

eps = kb/k, between 0 and 1, is 1 without momentum. An eigenvalue of k_b eta S/(2 - k_b eta S) is x.
"""

import sympy as sp

x, eps = sp.symbols("x epsilon", positive=True)


def parts():
    """Return f = x (eps + x)/(1 + x), g = (1 - eps) x/(1 + x) - f, and 2 f + x^2.

    >>> sp.simplify(parts()[0] + parts()[1] - (1 - eps) * x / (1 + x))
    0
    """
    f = x * (eps + x) / (1 + x)
    return f, (1 - eps) * x / (1 + x) - f, 2 * f + x**2


def level():
    """Return (2 f + x^2)/f + g/f, which is (1 + x)^2/(eps + x).

    >>> sp.factor(level())
    (x + 1)**2/(epsilon + x)
    """
    f, g, whole = parts()
    return sp.simplify((whole + g) / f)


def level_gap():
    """Return level() - 4 (1 - eps) over a square: not negative, by the two means.

    >>> level_gap()
    1/(epsilon + x)
    """
    return sp.factor(sp.simplify((level() - 4 * (1 - eps)) / (2 * eps + x - 1) ** 2))


def curvature():
    """Return the second derivative of Lambda = x^2 (eps + x)/(1 + x)^2.

    >>> sp.factor(curvature())
    -2*(2*epsilon*x - epsilon - 3*x)/(x + 1)**4
    """
    return sp.simplify(sp.diff(x**2 * (eps + x) / (1 + x) ** 2, x, 2))
