"""Derivations for block-wise logistic regression in the identity basis: FIL-1 and FIL-2."""

import sympy as sp

MU, C, ETA = sp.symbols("mu c eta", positive=True)
Z = sp.Symbol("z", real=True)
P = sp.Symbol("p", real=True)
K = sp.Symbol("k", integer=True, nonnegative=True)
T, U = sp.symbols("t u", positive=True)
FIRST, SECOND = sp.symbols("theta_1 theta_2", real=True)
HALF = sp.Rational(1, 2)


def block_loss():
    """Return the loss of one block at free parameters, from the definition of the instance.

    The two features are (sqrt(mu)/2)(1, 1) and (sqrt(2-mu)/2)(1, -1), each with probability c and a
    fair coin for its label.

    >>> block_loss().subs({FIRST: 0, SECOND: 0})
    2*c*log(2)
    """
    logits = sp.sqrt(MU) / 2 * (FIRST + SECOND), sp.sqrt(2 - MU) / 2 * (FIRST - SECOND)
    return sum(C * (sp.log(1 + sp.exp(-s)) + sp.log(1 + sp.exp(s))) / 2 for s in logits)


def block():
    """Return gradient and curvature of a block on its line.

    Derivatives in the first parameter are taken at free parameters, and the point
    z/sqrt(mu) (1, 1) is put in afterwards.

    Returns
    -------
    gradient, curvature : sympy expressions in z, mu and c
        Of the first coordinate; the second has the same ones, as the block is symmetric.

    >>> [sp.limit(e, Z, 0) for e in block()]
    [0, c/8]
    """
    line = {FIRST: Z / sp.sqrt(MU), SECOND: Z / sp.sqrt(MU)}
    derivatives = sp.diff(block_loss(), FIRST), sp.diff(block_loss(), FIRST, 2)
    return tuple(sp.simplify(d.subs(line)) for d in derivatives)


def block_gaps(factor=HALF):
    """Return gradient and curvature less their closed forms: two differences that vanish.

    Less c sqrt(mu) t/4 and (c/8)(1 - factor mu t^2), with t = tanh(z/2).

    >>> block_gaps()
    (0, 0)
    """
    gradient, curvature = block()
    t = sp.tanh(Z / 2)
    claimed = C * sp.sqrt(MU) * t / 4, C / 8 * (1 - factor * MU * t**2)
    pairs = zip((gradient, curvature), claimed, strict=True)
    return tuple(_in_exponentials(found - form) for found, form in pairs)


def reduced_rate(power=P):
    """Return h = eta c^(1+p)/(4 8^p), in which a step reads the same for every power.

    >>> [reduced_rate(p) for p in (-1, -sp.Rational(1, 2), 0)]
    [2*eta, sqrt(2)*sqrt(c)*eta/2, c*eta/4]
    """
    return sp.simplify(ETA * C ** (1 + power) / (4 * sp.Integer(8) ** power))


def step_gap(power=P, exponent=None):
    """Return a step of GN^p in z less h mu t (1 - mu t^2/2)^p, for a free power (FIL-1).

    The logit is z = sqrt(mu) phi, so a step moves it by eta sqrt(mu) times gradient times curvature
    to the power p; both are put in as :func:`block_gaps` has them.

    >>> step_gap()
    0
    """
    bend = sp.Symbol("b", positive=True)  # 1 - mu t^2/2
    taken = ETA * sp.sqrt(MU) * (C * sp.sqrt(MU) * T / 4) * (C * bend / 8) ** power
    exponent = power if exponent is None else exponent
    claimed = reduced_rate(power) * MU * T * bend**exponent
    return sp.powsimp(sp.simplify(sp.expand_power_base(taken - claimed, force=True)))


def local_factor(power=P):
    """Return the derivative of z -> z - h mu t (1 - mu t^2/2)^p at z = 0, for a free h.

    >>> local_factor()
    -h*mu/2 + 1
    """
    h, t = sp.Symbol("h", positive=True), sp.tanh(Z / 2)
    return sp.diff(Z - h * MU * t * (1 - MU * t**2 / 2) ** power, Z).subs(Z, 0)


def threshold(power=P):
    """Return the rate eta above which 0 repels in a block of curvature mu, where h mu = 4.

    >>> [threshold(p) for p in (-1, -sp.Rational(1, 2), 0)]
    [2/mu, 4*sqrt(2)/(sqrt(c)*mu), 16/(c*mu)]
    """
    (rate,) = sp.solve(reduced_rate(power) * MU - 4, ETA)
    return sp.simplify(rate)


def shape_coefficient(curvature=MU, power=P):
    """Return c_k, the coefficients that decide how the relative step changes with z (FIL-2).

    With u = t^2 and S(u) = artanh(t)/t = sum u^k/(2k+1), the relative step over its value at 0 is
    R = (1 - mu u/2)^p/S, and d/du log R = N(u)/(S (1 - mu u/2)) with N = sum c_k u^k.

    >>> shape_coefficient(sp.Integer(1), -1).subs(K, 0)
    1/6
    """
    return curvature / 2 * (K - power) / (2 * K + 1) - (K + 1) / (2 * K + 3)


def shape_gap():
    """Return what is left of the series of N: its closed form less sum c_k u^k, to order u^9.

    >>> shape_gap()
    0
    """
    count = 10
    series = sum(U**k / sp.Integer(2 * k + 1) for k in range(count + 1))
    closed = -P * MU / 2 * series - (1 - MU * U / 2) * sp.diff(series, U)
    summed = sum(shape_coefficient().subs(K, k) * U**k for k in range(count))
    return sp.expand(sp.series(sp.expand(closed - summed), U, 0, count).removeO())


def shape_identity_gap():
    """Return d/du log R less N/(S (1 - mu u/2)), with S a free function of u.

    >>> shape_identity_gap()
    0
    """
    series = sp.Function("S", positive=True)(U)
    bend = 1 - MU * U / 2
    slope = sp.diff(P * sp.log(bend) - sp.log(series), U)
    numerator = -P * MU / 2 * series - bend * sp.diff(series, U)
    return sp.simplify(slope - numerator / (series * bend))


def shape_margins(power=-1):
    """Return -c_k at its least favourable: mu = 1 for k >= 1, and mu = 1/2 for every k.

    At p = -1, the worst of p >= -1, the first is (k+1)(2k-1)/(2(2k+1)(2k+3)) > 0 from k = 1 on: N
    changes its sign at most once in a block of curvature at most 1. The second is
    (k+1)(6k+1)/(4(2k+1)(2k+3)) > 0 from k = 0 on: in block 2 the relative step falls throughout.

    >>> for margin in shape_margins():
    ...     print(margin)
    (k + 1)*(2*k - 1)/(2*(2*k + 1)*(2*k + 3))
    (k + 1)*(6*k + 1)/(4*(2*k + 1)*(2*k + 3))
    """
    power = sp.sympify(power)
    worst = (sp.Integer(1), sp.Rational(1, 2))
    return tuple(sp.factor(-shape_coefficient(curvature, power)) for curvature in worst)


def step_slope(power=P):
    """Return the sign of d/dt of block 1's step length t (1 - t^2/2)^p, times a positive factor.

    For p <= 1/2 it is at least 1 - t^2 > 0: the longer the way to 0, the longer the step.

    >>> step_slope(-1), step_slope(HALF)
    (t**2/2 + 1, 1 - t**2)
    """
    bend = 1 - T**2 / 2
    logarithmic = sp.diff(sp.log(T) + power * sp.log(bend), T)
    return sp.expand(sp.simplify(T * bend * logarithmic))


def damped_gap(shrinks=1):
    """Return the damped diagonal (c/8)(1 - mu u/2) + d less its form with a smaller mu (FIL-2d).

    With D = 8 d/c it is (c/8)(1 + D)(1 - mu' u/2), mu' = mu/(1 + D): damping rescales the rate and
    shrinks mu where it stands next to u, and nothing else. With `shrinks` 0, mu' = mu.

    >>> damped_gap()
    0
    """
    damping = sp.Symbol("d", positive=True)
    share = 1 + 8 * damping / C
    claimed = C / 8 * share * (1 - MU / share**shrinks * U / 2)
    return sp.simplify(C / 8 * (1 - MU * U / 2) + damping - claimed)


def eigenbasis_gap():
    """Return GN^-1's step in z along (1, 1)/sqrt(2), in the eigenbasis, less eta sinh z.

    >>> eigenbasis_gap()
    0
    """
    length = sp.Symbol("s", real=True)  # along the unit vector, so z = sqrt(mu/2) s
    along = block_loss().subs({FIRST: length / sp.sqrt(2), SECOND: length / sp.sqrt(2)})
    step = sp.sqrt(MU / 2) * ETA * sp.diff(along, length) / sp.diff(along, length, 2)
    return _in_exponentials(step.subs(length, Z / sp.sqrt(MU / 2)) - ETA * sp.sinh(Z))


def _in_exponentials(expression):
    """Simplify after writing everything as a rational function of x = e^(z/2) > 0."""
    x = sp.Symbol("x", positive=True)
    return sp.simplify(expression.rewrite(sp.exp).subs(Z, 2 * sp.log(x)))
