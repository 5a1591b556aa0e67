"""Derivations for sums of weighted squares of Gaussians: the tails in B-12 (c).

X = sum_i c_i (z_i^2 - 1) with 0 <= c_i <= c, z_i standard normal, v = sum_i c_i^2.
"""

import sympy as sp

u, c, v, t = sp.symbols("u c v t", positive=True)


def log_moment_slopes():
    """Return the slopes in u of u^2/(1 - 2u) - ln E exp(u(z^2 - 1)) and of its mirror image.

    The mirror image is u^2 - ln E exp(-u(z^2 - 1)). Both vanish at u = 0, and both slopes are
    positive (the first for u < 1/2): so ln E exp(u X) <= v u^2/(1 - 2 c u), and without the
    denominator for -X.

    >>> log_moment_slopes()
    (2*u**2/(2*u - 1)**2, 4*u**2/(2*u + 1))
    """
    upper = u**2 / (1 - 2 * u) + u + sp.log(1 - 2 * u) / 2
    lower = u**2 - u + sp.log(1 + 2 * u) / 2
    return tuple(sp.factor(sp.diff(bound, u)) for bound in (upper, lower))


def chernoff_gaps(double=2):
    """Return Chernoff's exponents at 2 sqrt(v t) + 2 c t and at -2 sqrt(v t), less the claimed -t.

    At u = sqrt t/(sqrt v + 2 c sqrt t) and u = sqrt(t/v).

    >>> chernoff_gaps()
    (0, 0)
    """
    point = sp.sqrt(t) / (sp.sqrt(v) + 2 * c * sp.sqrt(t))
    upper = v * u**2 / (1 - 2 * c * u) - u * (2 * sp.sqrt(v * t) + double * c * t)
    lower = v * u**2 - u * 2 * sp.sqrt(v * t)
    return tuple(
        sp.simplify(bound.subs(u, at) + t)
        for bound, at in ((upper, point), (lower, sp.sqrt(t / v)))
    )
