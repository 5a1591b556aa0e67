"""Derivations for the bound that holds for every schedule: FIQ-2c and FIQ-3."""

import sympy as sp


def interpolation_weights(nodes):
    """Return the Lagrange weights l_j(0), for which p(0) = sum_j l_j(0) p(node_j).

    The identity holds for every polynomial of degree below the number of nodes. With p(0) = 1 it
    gives ``max_j |p(node_j)| >= 1/sum_j |l_j(0)|``: the lower bound of FIQ-2c.

    >>> interpolation_weights([sp.Integer(1), sp.Rational(1, 4)])
    [-1/3, 4/3]
    """
    weights = []
    for j, node in enumerate(nodes):
        others = [other for i, other in enumerate(nodes) if i != j]
        weights.append(sp.cancel(sp.prod(other / (other - node) for other in others)))
    return weights


def extrema(kappa, steps):
    """Return the steps + 1 Chebyshev extrema of [1/kappa, 1], exactly, descending.

    >>> extrema(sp.Integer(4), 2)
    [1, 5/8, 1/4]
    """
    middle, radius = (1 + 1 / kappa) / 2, (1 - 1 / kappa) / 2
    return [middle + radius * sp.cos(sp.pi * j / steps) for j in range(steps + 1)]


def bound_gap(steps, nodes=extrema):
    """Return sum_j (-1)^j l_j(0) - T_T((kappa+1)/(kappa-1)) for symbolic kappa.

    For positive nodes in descending order the weights alternate in sign and the last is positive,
    so the first term is the sum of their sizes. The result is 0 for the Chebyshev extrema: the
    lower bound is attained there.

    >>> bound_gap(3)
    0
    """
    kappa = sp.Symbol("kappa", positive=True)
    weights = interpolation_weights(nodes(kappa, steps))
    total = (-1) ** steps * sum((-1) ** j * weight for j, weight in enumerate(weights))
    return sp.simplify(total - sp.chebyshevt(steps, (kappa + 1) / (kappa - 1)))


def chebyshev_at(kappa, steps):
    """Return T_T((kappa+1)/(kappa-1)) for T = 0, ..., steps as exact rationals.

    >>> chebyshev_at(9, 3)
    [1, 5/4, 17/8, 65/16]
    """
    kappa = sp.Rational(kappa)
    x = (kappa + 1) / (kappa - 1)
    values = [sp.Integer(1), x]
    while len(values) <= steps:
        values.append(2 * x * values[-1] - values[-2])
    return values[: steps + 1]


def rate_form():
    """Return (s^2+1)/(s^2-1) - (r + 1/r)/2 with r = (s+1)/(s-1): it is 0.

    So with s = sqrt(kappa) and r = (s+1)/(s-1), T_T((kappa+1)/(kappa-1)) = (r^T + r^-T)/2 for every
    T. As r falls when kappa grows and r + 1/r rises with r > 1, T_T falls when kappa grows.

    >>> rate_form()
    0
    """
    s = sp.Symbol("s", positive=True)
    r = (s + 1) / (s - 1)
    return sp.simplify((s**2 + 1) / (s**2 - 1) - (r + 1 / r) / 2)


def recurrence_at_nine(base=2):
    """Return f(T+1) - 2 (5/4) f(T) + f(T-1) for f(T) = (base^T + base^-T)/2 and symbolic T.

    It is 0 for base 2, and f(0) = 1, f(1) = 5/4: so T_T(5/4) = (2^T + 2^-T)/2 for every T. At
    kappa = 9, where (kappa+1)/(kappa-1) = 5/4, the bound 1/T_T is thus 2/(1 + 4^-T) times 2^-T.

    >>> recurrence_at_nine()
    0
    """
    steps = sp.Symbol("T", integer=True, positive=True)
    base = sp.nsimplify(base)

    def form(t):
        return (base**t + base**-t) / 2

    expression = form(steps + 1) - sp.Rational(5, 2) * form(steps) + form(steps - 1)
    return sp.simplify(sp.expand(expression, power_exp=True))
