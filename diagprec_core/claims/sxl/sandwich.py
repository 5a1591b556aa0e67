"""SXL-2: how far V_u and G_uu can be apart, for every theta and in every basis."""

import itertools
from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from ...derivations import logistic_noise as derivation
from ...mini_batch.moments import second_moment
from ...numerics.enclosures import prove_positive
from ...problems.logistic import LogisticRegression
from ..outcomes import below, vanishes
from ..reference.finite_logistic import (
    BEST,
    FEATURES,
    POINTS,
    at,
    directions,
    half_tanh,
    lean,
    odds,
    share,
    span,
)
from ..registry import Outcome, checks_in, control, evidence
from .fisher import setting

ODD = tuple(Fraction(k, 4) for k in (36, 1, 4, 2, 16))  # odds of labels that follow no model
CUT = Fraction(1, 20)  # how near to theta* the enclosure goes, in tanh of half the error
MIDDLE = Fraction(1, 20)  # and how near theta*'s label probability to 0 and 1


@evidence("symbolic", "an example's ratio and its three forms")
@control("thirds of logits instead of halves", 3)
def forms_symbolic(half=2):
    """The ratio of the two labels' terms less its three hyperbolic forms, logits free."""
    return vanishes(*derivation.forms(half))


@evidence("symbolic", "limits, and margins as positive products")
@control("limits E^2 and E^-2", 2)
def ends_symbolic(power=1):
    """Limits of r at both ends of the logits less E and 1/E; and r less 1/E, E less r as products.

    With w > 0 and E = 1 + y, y >= 0, all coefficients of the products are positive. And 1 - r is
    (E - 1)(w - 1)/(1 + w E), which is not negative where the logit is between 0 and its label's.
    """
    first, last = derivation.ends()
    gaps = [first - derivation.SHIFT**power, last - derivation.SHIFT**-power]
    for margin in derivation.margins():
        parts = [sp.Poly(p, *p.free_symbols) for p in sp.fraction(sp.together(margin))]
        gaps += [c for part in parts for c in part.coeffs() if c < 0]
    e, w = derivation.SHIFT, derivation.W
    gaps.append(sp.simplify(derivation.segment_gap() - (e**power - 1) * (w - 1) / (1 + w * e)))
    return vanishes(*gaps)


@evidence("symbolic", "the floor as a square")
@control("3 instead of 4", 3)
def floor_symbolic(scale=4):
    """E[(s - y)^2]^2 less 4 s'(z)^2 q (1 - q), less the square that it is."""
    return vanishes(derivation.floor_gap(scale))


@evidence("exact", "all bounds in rationals, matrices included")
@control("theta*'s range instead of theta's", current=False)
def bounds_exact(current=True):
    """(b) and (c) in rationals: two points, labels of the model and of none, rational bases.

    The matrices e^Lambda G - F and F - e^-Lambda G have positive minors. With `current` left out,
    the range of the labels' logits takes the place of theta's.
    """
    broken, ones, axes = 0, (Fraction(1),) * len(FEATURES), directions()[3:]
    for point, best in itertools.product(POINTS, (odds(FEATURES, BEST), ODD)):
        problem = at(point, labels=tuple(share(w) for w in best))
        error, far = span(problem.model, best), span(best, ones)
        slope = half_tanh(far)
        bound = lean(error, span(problem.model, ones) if current else far)
        cosh, sinh = (error + 1 / error) / 2, (error - 1 / error) / 2
        for u in directions():
            ratio = problem.noise(u) / problem.curvature(u)
            broken += not 1 / bound <= ratio <= bound < error
            broken += not ratio <= cosh + slope * sinh
            broken += not ratio**2 >= 4 * far / (1 + far) ** 2
        noise, curvature = (
            sp.Matrix(3, 3, [sp.Rational(form(u, v)) for u in axes for v in axes])
            for form in (problem.noise, problem.curvature)
        )
        scale = sp.Rational(bound.numerator, bound.denominator)
        for matrix in (scale * curvature - noise, noise - curvature / scale):
            broken += any(matrix[:k, :k].det() <= 0 for k in (1, 2, 3))
    return Outcome(broken == 0, f"{broken} of 80 broken", "0 of 80 broken")


@evidence("exact", "one feature vector attains all four ends")
@control("floor at z = ln 3, zeta = ln 4", 3)
def attained_exact(root=2):
    """One feature vector: V/G equals both ends of (b), the upper end of (c) and its floor."""
    found = []
    for z, best in ((Fraction(6), Fraction(3, 2)), (Fraction(6), Fraction(9))):
        ratio, error = _single(z, best), span([z], [best])
        found.append((ratio if z > best else 1 / ratio) == lean(error, z))
    ratio, error = _single(Fraction(6), Fraction(3, 2)), Fraction(4)
    rise = (error + 1 / error) / 2 + half_tanh(Fraction(3, 2)) * (error - 1 / error) / 2
    found += [ratio == rise, _single(Fraction(root), Fraction(4)) ** 2 == Fraction(16, 25)]
    return Outcome(all(found), f"{sum(found)} of 4 attained", "4 of 4 attained")


def _single(z, best):
    """Return V/G of the one feature x = 1, with e^z and e^z* given."""
    problem = at((z,), (best,), features=((1,),), chances=(Fraction(1),))
    return problem.noise((1,)) / problem.curvature((1,))


@evidence("enclosure", "both sides, every theta beyond 0.1")
@control("D over the small feature only", 1)
def sandwich_enclosed(reach=2):
    """Both sides for every theta at 0.1 to infinity from theta*, ``|theta*| <= ln 19``.

    Features 1 and 2 with the chances 3/4 and 1/4, so D = ``2 |theta - theta*|``; `reach` replaces
    the 2. The sides of the box are t = tanh((theta - theta*)/2), up to 1, and q = s(theta*). With
    c = e^-(theta - theta*) all is put over s'(theta), and powers of c are cancelled, so that
    theta = infinity is a point like others. theta < theta* is the mirror image, y -> 1 - y.
    """

    def terms(t, q):
        c = (1 - t) / (1 + t)
        scale = q + (1 - q) * c
        p, rest = q / scale, (1 - q) / scale  # s(theta), and (1 - s(theta))/c
        for k, chance in ((1, arb(3) / 4), (2, arb(1) / 4)):
            weight = chance * k**2 * (p * rest) ** (k - 1) / (p**k + (rest * c) ** k) ** 2
            best, label = (q / (1 - q)) ** k, q**k / (q**k + (1 - q) ** k)
            # c^k times the ratio r = label/w^k + (1 - label) w^k, w^k = best/c^k
            yield k, c, weight, label / best * c ** (2 * k) + (1 - label) * best

    def above(t, q):
        return sum(
            (w * (c ** (k - 1) - c ** (reach - 1) * r) for k, c, w, r in terms(t, q)), arb(0)
        )

    def beneath(t, q):
        return sum((w * (r - c ** (k + reach)) for k, c, w, r in terms(t, q)), arb(0))

    box = [(CUT, 1), (MIDDLE, 1 - MIDDLE)]
    return _proved(prove_positive(f, box, max_boxes=40_000) for f in (above, beneath))


@evidence("enclosure", "the floor, every theta")
@control("M* over the small feature only", 1)
def floor_enclosed(reach=2):
    """V cosh(M*/2) > G for every theta, both infinities included, theta* from ln(3/2) to ln 19.

    The same features; M* = 2 theta*, and `reach` replaces the 2. In p = s(theta) and q = s(theta*).
    """

    def margin(p, q):
        v, g = arb(0), arb(0)
        for k, chance in ((1, arb(3) / 4), (2, arb(1) / 4)):
            s, label = (x**k / (x**k + (1 - x) ** k) for x in (p, q))
            v += chance * k**2 * (label * (1 - s) ** 2 + (1 - label) * s**2)
            g += chance * k**2 * s * (1 - s)
        root = ((q / (1 - q)) ** reach).sqrt()  # e^(M*/2)
        return v * (root + 1 / root) / 2 - g

    return _proved([prove_positive(margin, [(0, 1), (Fraction(3, 5), 1 - MIDDLE)])])


def _proved(searches):
    """Return the outcome of searches that should all end in a proof; stop at one that does not."""
    boxes = 0
    for found in searches:
        if not found.proved:
            return Outcome(False, found.verdict.value, "proved")
        boxes += found.boxes
    return Outcome(True, f"proved with {boxes} boxes", "proved")


@evidence("numerical", "the core with the average over features")
@control("tanh(z*/3) instead of tanh(z*/2)", 3.0)
def formula_numerical(half=2.0):
    """The core's V/G with the average of cosh e + tanh(z*/2) sinh e, 40 problems, B = 1."""
    gap = 0.0
    for seed in range(40):
        problem, point, basis, _ = _random(seed)
        logits, best = problem.features @ point, problem.features @ problem.optimum
        part = problem.weights[:, None] * (problem.features @ basis) ** 2
        part /= np.cosh(logits / 2)[:, None] ** 2
        ratio = np.cosh(logits - best) + np.tanh(best / half) * np.sinh(logits - best)
        expected = (part * ratio[:, None]).sum(axis=0) / part.sum(axis=0)
        gap = max(gap, np.abs(_ratio(problem, point, basis) / expected - 1).max())
    return below(gap, 1e-10, "largest relative difference")


@evidence("numerical", "(b), (c), (d) on 400 problems, random bases")
@control("both bounds to the power 0.7", 0.7)
def bounds_numerical(scale=1.0):
    """The core's V/G in the bounds, 400 problems: three kinds of points, random bases.

    `scale` multiplies the logarithm of both bounds and of the floor.
    """
    broken = 0
    for seed in range(400):
        problem, point, basis, time = _random(seed)
        best = problem.features @ problem.optimum
        error = np.abs(problem.features @ point - best).max()
        range_now = np.abs(problem.features @ point).max()
        level = 2 * np.arctanh(np.tanh(error / 2) * np.tanh(range_now / 2))
        ratio = np.log(_ratio(problem, point, basis))
        floor = np.log(np.cosh(np.abs(best).max() / 2))
        broken += (np.abs(ratio) > scale * level).any() or (ratio < -scale * floor).any()
        if time is not None:  # theta = t theta*: the sign of (d)
            broken += (ratio * time * (time - 1) < 0).any()
    return Outcome(broken == 0, f"{broken} of 400 broken", "0 of 400 broken")


def _random(seed):
    """Return a problem, a point, a basis, and t if the point is t theta*, as half of them are."""
    features, weights, optimum, basis = setting(seed, d=3, count=4 + seed % 9)
    problem = LogisticRegression.well_specified(features, 2 * optimum, weights)
    rng = np.random.default_rng(seed + 1000)
    time = rng.uniform(-1, 3) if seed % 2 else None
    away = rng.exponential() * rng.standard_normal(3)
    point = problem.optimum + away if time is None else time * problem.optimum
    return problem, point, basis, time


def _ratio(problem, point, basis):
    """Return V_u/G_uu along the basis, by the core."""
    curvature = np.diag(basis.T @ problem.gauss_newton(point) @ basis)
    return second_moment(problem, point, batch_size=1, basis=basis) / curvature


CHECKS = {"SXL-2": checks_in(globals())}
