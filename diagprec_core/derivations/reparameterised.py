"""Derivations for logits that are functions of the parameters, z = psi(w): FEL-9."""

from functools import cache

import sympy as sp

W = sp.Symbol("w", positive=True)
M = sp.Symbol("m", positive=True)
P = sp.Symbol("p", real=True)
Z = sp.Symbol("z", positive=True)
SLOPE = sp.Symbol("s", positive=True)
BEND = sp.Symbol("b", real=True)


@cache
def derivatives():
    """Return gradient, Gauss-Newton curvature and Hessian of ln(2 cosh(psi(w)/2)), for any psi.

    The curvature is psi'^2 times the loss's second derivative in the logit. All three are in terms
    of z = psi(w), s = psi'(w) and b = psi''(w).

    >>> derivatives()[0]
    s*tanh(z/2)/2
    """
    psi, w, logit = sp.Function("psi"), sp.Symbol("w"), sp.Symbol("l")
    loss = sp.log(2 * sp.cosh(logit / 2))
    of_w = loss.subs(logit, psi(w))
    gradient, hessian = sp.diff(of_w, w), sp.diff(of_w, w, 2)
    curvature = sp.diff(psi(w), w) ** 2 * sp.diff(loss, logit, 2).subs(logit, psi(w))
    return tuple(
        sp.simplify(form.subs(sp.diff(psi(w), w, 2), BEND).subs(sp.diff(psi(w), w), SLOPE)).subs(
            psi(w), Z
        )
        for form in (gradient, curvature, hessian)
    )


def step_gaps(bend=BEND):
    """Return two differences that vanish: GN^-1's step, and the Hessian over the curvature.

    The step less sinh(z)/psi', and H/G less 1 + psi'' sinh(z)/psi'^2. With `bend` = 0 the Hessian
    is taken for G.

    >>> step_gaps()
    (0, 0)
    """
    gradient, curvature, hessian = derivatives()
    step = gradient / curvature - sp.sinh(Z) / SLOPE
    ratio = hessian / curvature - (1 + bend * sp.sinh(Z) / SLOPE**2)
    return _reduced(step), _reduced(ratio)


def speed_gap(exponent=2):
    """Return ln of (GN^p's speed in the logit, psi' G^p g, over psi'^(exponent (1+p)) f_p(z)).

    For a free p; f_p(z) = (1/2) tanh(z/2) (2 cosh(z/2))^(-2p) is that of FEL-1.

    >>> speed_gap()
    0
    """
    gradient, curvature, _ = derivatives()
    bend = 1 / (2 * sp.cosh(Z / 2)) ** 2
    same = _reduced(curvature - SLOPE**2 * bend), _reduced(gradient - SLOPE * sp.tanh(Z / 2) / 2)
    # Both factors are positive, so that logarithms may be taken apart; s' is (2 cosh(z/2))^-2.
    speed = sp.log(SLOPE) + P * (2 * sp.log(SLOPE) + sp.log(bend)) + sp.log(SLOPE)
    claimed = exponent * (1 + P) * sp.log(SLOPE) - 2 * P * sp.log(2 * sp.cosh(Z / 2))
    return sp.simplify(sp.expand_log(sp.expand(speed - claimed), force=True)) + sum(map(abs, same))


def power_gap(exponent=2):
    """Return ln of (GN^p's step at z = w^m, as a share of w, over rho(z)); free p and m.

    rho(z) = m^(1+2p) z^(exponent (1+p)(1-1/m)) f_p(z)/z.

    >>> power_gap()
    0
    """
    # In logarithms: the step in w is speed/psi', and z^(1/m) = w.
    slope = sp.log(M) + (M - 1) / M * sp.log(Z)
    share = (1 + 2 * P) * slope - sp.log(Z) / M
    claimed = (1 + 2 * P) * sp.log(M) + (exponent * (1 + P) * (1 - 1 / M) - 1) * sp.log(Z)
    return sp.simplify(sp.expand(share - claimed))


def growth_gap():
    """Return z (ln rho)' less 2(1+p)(1-1/m) - 1 + z/sinh z - p z tanh(z/2); free p and m.

    >>> growth_gap()
    0
    """
    logarithm = (
        (2 * (1 + P) * (1 - 1 / M) - 1) * sp.log(Z)
        + sp.log(sp.tanh(Z / 2))
        - 2 * P * sp.log(2 * sp.cosh(Z / 2))
    )
    claimed = 2 * (1 + P) * (1 - 1 / M) - 1 + Z / sp.sinh(Z) - P * Z * sp.tanh(Z / 2)
    return _reduced(sp.expand(Z * sp.diff(logarithm, Z) - claimed))


def mean_gap(scale=2):
    """Return GN^-1's step less w where z = scale artanh w, that is w = tanh(z/scale).

    >>> mean_gap()
    0
    """
    psi = scale * sp.atanh(W)
    step = sp.sinh(psi) / sp.diff(psi, W)
    return sp.simplify(sp.expand_log(step.rewrite(sp.exp).rewrite(sp.log), force=True) - W)


def hessian_share():
    """Return the step of Newton's method with the Hessian at z = w^m as a share of w.

    In x = sinh(z)/z, from 1 on: it increases from 1/(2m - 1) to 1/(m - 1).

    >>> hessian_share()
    x/(m + x*(m - 1))
    """
    x = sp.Symbol("x", positive=True)
    psi = W**M
    slope, bend = sp.diff(psi, W), sp.diff(psi, W, 2)
    step = psi * x / slope / (1 + bend * psi * x / slope**2)
    return sp.simplify(step / W)


def _reduced(expression):
    """Simplify after writing everything as a rational function of u = e^(z/2) > 0."""
    u = sp.Symbol("u", positive=True)
    return sp.simplify(sp.expand_log(expression.rewrite(sp.exp)).subs(Z, 2 * sp.log(u)))
