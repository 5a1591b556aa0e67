"""Derivations for Adam's fixed points and what is around them (SXQ-18 to SXQ-20, SXQ-22).

x = eta lambda w is a weight in the eigenbasis, k = 1 + 1/B, kb = (1 - beta1)/(1 + beta1) + 1/B.
"""

import sympy as sp

eta, lam, B, k, kb, V, x, z, w = sp.symbols("eta lambda B k k_b V x z w", positive=True)
a, e, rho, psi, q = sp.symbols("a e rho psi q", positive=True)


def moment_ratio():
    """Return B E[ghat_i^2]/(lambda V) of frozen weights, in z = x/(B (2 - kb x)).

    By SXQ-14 coordinate i holds the share z of R/V, so SXQ-1 gives 1 + k B z.

    >>> moment_ratio()
    B*k*z + 1
    """
    share = sp.Symbol("r")
    moment = lam * V / B + k * lam * share
    return sp.factor(sp.simplify(moment.subs(share, V * z) * B / (lam * V)))


def volume():
    """Return the V at which a coordinate with share z has the weight that reproduces itself.

    w^-2 = E[ghat^2] and x = eta lambda w say V = eta^2 lambda B/(x^2 (1 + k B z)).

    >>> sp.factor(volume())
    eta**2*lambda*(B*k_b*z + 1)**2/(4*B*z**2*(B*k*z + 1))
    """
    at = sp.solve(z - x / (B * (2 - kb * x)), x)[0]
    return sp.simplify(eta**2 * lam * B / (at**2 * moment_ratio()))


def volume_log_slope():
    """Return d log V/dz, which is negative: given V there is one z, falling in V.

    >>> volume_log_slope()
    -B*k/(B*k*z + 1) - 2/(z*(B*k_b*z + 1))
    """
    slope = sp.simplify(sp.diff(sp.log(volume()), z))
    claimed = -2 / (z * (B * kb * z + 1)) - B * k / (B * k * z + 1)
    return claimed if sp.simplify(slope - claimed) == 0 else slope


def flow_gap(factor=1):
    """Return what the averaged dynamics v' = E[ghat^2] - v misses of a gradient flow.

    Psi has the slope V - volume in z, and v = eta^2 lambda^2/x^2 falls in z. The claim is that v'
    is (lambda/B)(1 + k B z) times that slope, times `factor`: z' is minus a multiple of it.

    >>> flow_gap()
    0
    """
    at = sp.solve(z - x / (B * (2 - kb * x)), x)[0]
    second = eta**2 * lam**2 / at**2
    change = lam * V / B * moment_ratio() - second
    return sp.simplify(change - factor * lam / B * moment_ratio() * (V - volume()))


def plain_potential_gap(half=4):
    """Return what misses in SXQ-18's Psi at beta1 = 0, in y = B k z: its slope less (V - volume).

    >>> plain_potential_gap()
    0
    """
    y, total, sigma, chi = sp.symbols("y Y sigma chi", positive=True)
    psi_own = chi / (half * (B + 1)) * (1 / y - sp.log(y))
    barrier = -(sigma**2) * sp.log(1 - (y + total) / (B + 1))
    slope = sp.diff(psi_own + barrier, y) * (B + 1)
    own = volume().subs(kb, k).subs(z, y / (B * k)).subs(k, 1 + 1 / B)
    own = own.subs(lam, chi / ((eta * (1 + 1 / B)) ** 2 * B))
    return sp.simplify(slope - sigma**2 / (1 - (y + total) / (B + 1)) + own)


def every_basis_gaps(factor=2):
    """Return what misses, in d = 2, between frozen moments and the slopes of SXQ-19's potential.

    The stationary E[delta delta^T] solves a linear system; from it B E[ghat_i^2]/V, which has to be
    `factor` N_ii with N = Sigma (2 - k eta W Sigma)^-1, and the slope of -(2/(k eta)) ln det(1 - k
    eta W Sigma/2) in w_i, which has to be the same. Then dN_ii/dw_j - k eta N_ij^2.

    >>> every_basis_gaps()
    [0, 0, 0, 0, 0, 0]
    """
    p, c, t, w1, w2 = sp.symbols("p c t w1 w2", positive=True)
    sigma, weights = sp.Matrix([[p, c], [c, t]]), sp.diag(w1, w2)
    m = sp.Matrix([[sp.Symbol("m11"), sp.Symbol("m12")], [sp.Symbol("m12"), sp.Symbol("m22")]])
    spread = k * sigma * m * sigma + sigma * V / B
    balance = eta * weights * spread * weights - weights * sigma * m - m * sigma * weights
    unknown = [m[0, 0], m[0, 1], m[1, 1]]
    found = sp.solve([balance[0, 0], balance[0, 1], balance[1, 1]], unknown, dict=True)[0]
    inner = sigma * (2 * sp.eye(2) - k * eta * weights * sigma).inv()
    potential = -2 / (k * eta) * sp.log((sp.eye(2) - k * eta * weights * sigma / 2).det())
    gaps = []
    for i, own in enumerate((w1, w2)):
        moment = spread[i, i].subs(found) * B / V
        gaps.append(sp.simplify(moment - factor * inner[i, i]))
        gaps.append(sp.simplify(sp.diff(potential, own) - 2 * inner[i, i]))
        gaps.append(sp.simplify(sp.diff(inner[0, 0], own) - k * eta * inner[0, i] ** 2))
    return gaps


def score():
    """Return d/drho of log p(psi | q) at rho = 0, for psi given q normal: it does not depend on q.

    Given q, the sum of squared residuals over V, sqrt(B) psi is normal with mean rho q and variance
    (1 - rho^2) q.

    >>> score()
    sqrt(B)*psi
    """
    mean, variance = rho * q / sp.sqrt(B), (1 - rho**2) * q / B
    density = -sp.log(variance) / 2 - (psi - mean) ** 2 / (2 * variance)
    return sp.simplify(sp.diff(density, rho).subs(rho, 0))


def fourth_moment(own=9):
    """Return E[psi^4] of B products of independent normal numbers, each with fourth moment 9.

    >>> fourth_moment()
    3 + 6/B
    """
    return sp.expand((B * own + 3 * B * (B - 1)) / B**2)


def response_variance():
    """Return the sum of squares of the weights of all psi^2 in sum_j a (1-a)^j v_{s+j}.

    The weight of psi_{s+n}^2 is e a (1 - a)^n/D for n >= 0 and e a (1 - e)^-n/D before, with D =
    1 - (1 - a)(1 - e).

    >>> sp.simplify(response_variance().subs(a, 1) - e / (2 - e))  # no momentum
    0
    """
    whole = a + e - a * e
    after, before = 1 / (1 - (1 - a) ** 2), 1 / (1 - (1 - e) ** 2) - 1
    return sp.factor((e * a / whole) ** 2 * (after + before))


def price_gap(constant=4):
    """Return what the price misses, to first order in e at small a = alpha e.

    f - 1 is Var(psi^2) times :func:`response_variance` over 4, to first order in the variance;
    claimed is (1/`constant`)(1 + 3/B) a e/(a + e).

    >>> price_gap()
    0
    """
    alpha = sp.Symbol("alpha", positive=True)
    excess = (fourth_moment() - 1) / 4 * response_variance()
    claimed = (1 + 3 / B) / constant * a * e / (a + e)
    return sp.simplify(sp.limit((excess - claimed).subs(a, alpha * e) / e, e, 0))


def ridge_gaps(double=1):
    """Return what misses between Adam's rest under decay and the minimum of the ridge of SXQ-22.

    With v = lambda V/B: lambda delta/sqrt(v) = -omega theta; the ridge has the shape
    lambda^(double/2).
    Then the same for GN^-1, whose ridge has the shape lambda.

    >>> ridge_gaps()
    [0, 0]
    """
    target, omega = sp.symbols("theta omega", positive=True)
    delta = sp.Symbol("delta", real=True)
    theta, gaps = target + delta, []
    for weight, shape in (
        (1 / sp.sqrt(lam * V / B), sp.sqrt(V / B) * sp.sqrt(lam) ** double),
        (1 / lam, lam),
    ):
        rest = sp.solve(weight * lam * delta + omega * theta, delta)[0]
        ridge = lam * delta**2 / 2 + omega / 2 * shape * theta**2
        gaps.append(sp.simplify(sp.diff(ridge, delta).subs(delta, rest)))
    return gaps
