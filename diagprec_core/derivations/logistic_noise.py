"""Derivations for the mini-batch gradient of logistic regression: SXL-1 to SXL-4.

One example has the features x, the logit z = x^T theta, and the label 1 with probability q; the
logit of q is zeta, and e = z - zeta. Where the labels follow the model zeta = x^T theta*.
"""

import sympy as sp

Q, P = sp.symbols("q p", positive=True)  # the label's probability and the model's, s(z)
W, SHIFT = sp.symbols("w E", positive=True)  # e^z, and e^(zeta - z)
Z, ZETA = sp.symbols("z zeta", real=True)
B = sp.Symbol("B", positive=True)


def squared_residual():
    """Return E[(s(z) - y)^2] for one example, the mean over its two labels.

    >>> squared_residual()
    p**2*(1 - q) + q*(1 - p)**2
    """
    return Q * (1 - P) ** 2 + (1 - Q) * P**2


def excess(half=2):
    """Return E[(s - y)^2] - s (1 - s) less (s - q)(2 s - 1), for any q (SXL-1): 0.

    It is what an example adds to V_u - G_uu, over (u^T x)^2; and 2 s(z) - 1 = tanh(z/2).

    >>> excess()
    0
    """
    return sp.expand(squared_residual() - P * (1 - P) - (P - Q) * (sp.nsimplify(half) * P - 1))


def slope_of_loss():
    """Return the Hessian of the loss over that of the model: s'(z) with s (1 - s), a difference.

    The second derivative of q softplus(-z) + (1 - q) softplus(z) in z; q drops out.

    >>> slope_of_loss()
    0
    """
    loss = Q * sp.log(1 + sp.exp(-Z)) + (1 - Q) * sp.log(1 + sp.exp(Z))
    sigmoid = 1 / (1 + sp.exp(-Z))
    return sp.simplify(sp.diff(loss, Z, 2) - sigmoid * (1 - sigmoid))


def ratio():
    """Return r = E[(s - y)^2]/s'(z) with w = e^z and E = e^(zeta - z), from the two labels (SXL-2).

    >>> ratio()
    (E + w)/(E*w + 1)
    """
    label = W * SHIFT / (1 + W * SHIFT)
    model = W / (1 + W)
    return sp.factor((squared_residual() / (P * (1 - P))).subs({Q: label, P: model}))


def in_logits():
    """Return r in the logits z and zeta, as exponentials.

    >>> sp.simplify(in_logits().subs(ZETA, Z))
    1
    """
    return ratio().subs({W: sp.exp(Z), SHIFT: sp.exp(ZETA - Z)})


def forms(half=2):
    """Return r less each of its three hyperbolic forms, in the logits (SXL-2): 0, 0, 0.

    cosh(z - zeta/2)/cosh(zeta/2); cosh e + tanh(zeta/2) sinh e; (1 + a b)/(1 - a b) with
    a = tanh(e/2), b = tanh(z/2), which is exp(2 artanh(a b)).

    >>> forms()
    (0, 0, 0)
    """
    half = sp.nsimplify(half)
    e = Z - ZETA
    product = sp.tanh(e / half) * sp.tanh(Z / half)
    claimed = (
        sp.cosh(Z - ZETA / half) / sp.cosh(ZETA / half),
        sp.cosh(e) + sp.tanh(ZETA / half) * sp.sinh(e),
        (1 + product) / (1 - product),
    )
    return tuple(_rational(in_logits() - c) for c in claimed)


def slopes():
    """Return dr/dw and dr/dE: monotone in w with the sign of 1 - E, in E with that of 1 - w.

    >>> slopes()
    (-(E - 1)*(E + 1)/(E*w + 1)**2, -(w - 1)*(w + 1)/(E*w + 1)**2)
    """
    return tuple(sp.factor(sp.diff(ratio(), x)) for x in (W, SHIFT))


def ends():
    """Return the limits of r as w -> 0 and w -> infinity at a fixed shift (SXL-2).

    >>> ends()
    (E, 1/E)
    """
    return sp.limit(ratio(), W, 0), sp.limit(ratio(), W, sp.oo)


def margins():
    """Return ``e^|e| - r`` and ``r - e^-|e|`` for zeta - z >= 0, with E = 1 + y, y >= 0 (SXL-2).

    Both are products of positive factors and of y: they vanish only at zeta = z.

    >>> margins()
    (w*y*(y + 2)/(w*y + w + 1), y*(y + 2)/((y + 1)*(w*y + w + 1)))
    """
    y = sp.Symbol("y", nonnegative=True)
    bounds = SHIFT - ratio(), ratio() - 1 / SHIFT
    return tuple(sp.factor(bound.subs(SHIFT, 1 + y)) for bound in bounds)


def floor_gap(scale=4):
    """Return E[(s - y)^2]^2 - 4 s'(z)^2 q (1 - q) less a square, in the probabilities (SXL-2): 0.

    So r^2 >= 4 q (1 - q) = 1/cosh(zeta/2)^2 whatever z is: the two labels' terms q (1 - p)^2 and
    (1 - q) p^2 have their arithmetic mean above their geometric one.

    >>> floor_gap()
    0
    """
    square = (Q * (1 - P) ** 2 - (1 - Q) * P**2) ** 2
    scale = sp.nsimplify(scale)
    return sp.expand(squared_residual() ** 2 - scale * (P * (1 - P)) ** 2 * Q * (1 - Q) - square)


def segment_gap():
    """Return 1 - r for logits z between 0 and zeta, over positive factors (SXL-2).

    With w >= 1 and E >= 1, which is 0 <= z <= zeta, it is (E - 1)(w - 1)/(1 + w E) >= 0.

    >>> segment_gap()
    (E - 1)*(w - 1)/(E*w + 1)
    """
    return sp.factor(1 - ratio())


def mean_square(scale=1):
    """Return E[(u^T ghat)^2] - V/B - (1 - 1/B) m^2 with B free (SXL-3): 0.

    From the moment generating function of u^T ghat, M(t/B)^B, where M is that of one example, with
    M'(0) = m and M''(0) = V: no batch is listed, and nothing is assumed about the examples.

    >>> mean_square()
    0
    """
    t, m, v = sp.symbols("t m V")
    one = 1 + m * t / B + v * t**2 / (2 * B**2)  # to the order that two derivatives see
    second = sp.diff(one**B, t, 2).subs(t, 0)
    return sp.simplify(second - v / B - (1 - sp.nsimplify(scale) / B) * m**2)


def divergence():
    """Return (s(z) - q)^2/s'(z) less each of its two forms in e and zeta (SXL-4): 0, 0.

    sinh(e/2)^2/cosh(zeta/2)^2 and 4 s'(zeta) sinh(e/2)^2; it is the chi-squared divergence of the
    label's law from the model's.

    >>> divergence()
    (0, 0)
    """
    model, label = (1 / (1 + sp.exp(-x)) for x in (Z, ZETA))
    found = (model - label) ** 2 / (model * (1 - model))
    square = sp.sinh((Z - ZETA) / 2) ** 2
    claimed = square / sp.cosh(ZETA / 2) ** 2, 4 * label * (1 - label) * square
    return tuple(_rational(found - c) for c in claimed)


def _rational(expression):
    """Reduce an expression in the logits, as a rational function of e^(z/2) and e^(zeta/2)."""
    z, zeta = (2 * sp.log(sp.Symbol(name, positive=True)) for name in ("a", "c"))
    exponential = expression.subs({Z: z, ZETA: zeta}, simultaneous=True).rewrite(sp.exp)
    return sp.factor(sp.powsimp(exponential))


def schwarz_gap(count=3, squares=1):
    """Return G_uu chi^2 - (u^T g)^2 less the sum of squares that it is, `count` examples (SXL-4).

    With k_j > 0 the root of w_j s'_j, a_j = u^T x_j and c_j = (s_j - q_j)/s'_j: G_uu = sum k^2 a^2,
    chi^2 = sum k^2 c^2, u^T g = sum k^2 a c; the difference is sum_{i<j} k_i^2 k_j^2 (a_i c_j - a_j
    c_i)^2 (Lagrange).

    >>> schwarz_gap()
    0
    """
    k, a, c = (sp.symbols(f"{name}1:{count + 1}") for name in "kac")
    sums = [
        sum(x**2 * y * z for x, y, z in zip(k, left, right, strict=True))
        for left, right in ((a, a), (c, c), (a, c))
    ]
    pairs = sum(
        (k[i] * k[j] * (a[i] * c[j] - a[j] * c[i])) ** 2 for j in range(count) for i in range(j)
    )
    return sp.expand(sums[0] * sums[1] - sums[2] ** 2 - sp.nsimplify(squares) * pairs)


def misfit(far):
    """Return V/G at the optimum of two problems whose labels are not from the model (SXL-1).

    The features are 1 and n, `far`, in one dimension, and theta* = ln 2. In the first problem x = 1
    has the label 1 and x = n a fair coin: V/G grows like 3 n/2. In the second x = 1 has the label
    0 and x = n the label 1: V/G falls like 2/(3 n).

    >>> misfit(2)
    (3/2, 16/29)
    """
    far = sp.sympify(far)
    power = 2**far
    model = {1: sp.Rational(2, 3), far: power / (1 + power)}
    found = []
    for near_label, far_label in ((1, sp.Rational(1, 2)), (0, 1)):
        label = {1: sp.Integer(near_label), far: sp.sympify(far_label)}
        # Chances, up to a factor, that put the gradient's zero at theta* = ln 2.
        chance = {1: far * (label[far] - model[far]), far: model[1] - label[1]}
        terms = [
            (chance[x] * x**2, (squared_residual()).subs({P: model[x], Q: label[x]}), model[x])
            for x in (sp.Integer(1), far)
        ]
        v = sum(weight * square for weight, square, _ in terms)
        g = sum(weight * s * (1 - s) for weight, _, s in terms)
        found.append(sp.factor(sp.simplify(v / g)))
    return tuple(found)
