"""FEL-9 (a) to (c): full batch, eigenbasis, logistic: logits z = psi(w) of the parameters."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import arb

from ...derivations import reparameterised as derivation
from ...full_batch.descent import descend
from ...full_batch.settling import settling_time
from ...methods.preconditioners import GaussNewton
from ...numerics.enclosures import ball, prove_positive
from ...problems.frame import Frame
from ..outcomes import below, vanishes
from ..registry import Outcome, control, evidence

FAR, NEAR, TOLERANCE = 8.0, math.sqrt(0.5), 1e-3


@dataclass(frozen=True, eq=False)
class PowerLogistic(Frame):
    """A problem for `descend`: the loss at ``z_i = sign(w_i) |w_i|^degree``, in its eigenbasis.

    The curvature is the diagonal of G, or, where `hessian` is set, that of the Hessian.
    """

    weights: np.ndarray
    degree: float
    hessian: bool = False

    def in_basis(self, basis):
        """Return the frame of the eigenbasis: the problem itself."""
        return self

    def gradient(self, coordinates, out=None):
        """Return pi psi'(w) tanh(z/2)/2."""
        w = np.abs(coordinates)
        slope = self.degree * w ** (self.degree - 1)
        return np.sign(coordinates) * self.weights * slope * np.tanh(w**self.degree / 2) / 2

    def curvature(self, coordinates):
        """Return pi psi'^2 s'(z), and for the Hessian pi psi'' tanh(z/2)/2 more."""
        w, m = np.abs(coordinates), self.degree
        z, slope = w**m, m * w ** (m - 1)
        found = slope**2 / (2 * np.cosh(z / 2)) ** 2
        if self.hessian:
            found += m * (m - 1) * w ** (m - 2) * np.tanh(z / 2) / 2
        return self.weights * found

    def loss(self, coordinates, gradient):
        """Return the loss less its smallest value."""
        z = np.abs(coordinates) ** self.degree
        return (self.weights * (np.logaddexp(z / 2, -z / 2) - math.log(2))).sum(axis=-1)


def power_logistic(weights, degree, hessian=False):
    """Return a :class:`PowerLogistic` with its optimum at 0."""
    weights = np.asarray(weights, dtype=float)
    return PowerLogistic(np.zeros(len(weights)), None, weights, degree, hessian)


def share(power, degree, z):
    """Return rho(z), the share of w that GN^p takes off at the rate 1; z a ball, above 0."""
    m, one = arb(degree), arb(1) + arb(power)
    half = z / 2
    value = half.tanh() / 2 * (2 * half.cosh()) ** (-2 * arb(power))
    return m ** (2 * one - 1) * z ** (2 * one * (1 - 1 / m) - 1) * value


@evidence("symbolic", "(a) GN^-1's step, and the Hessian over G, any psi")
@control("(a) G taken for the Hessian", 0)
def step_symbolic(bend=derivation.BEND):
    """From the loss at z = psi(w): the step is sinh(z)/psi', and H/G is 1 + psi'' sinh(z)/psi'^2.

    With `bend` = 0 in the place of psi'' the two matrices would be one.
    """
    return vanishes(*derivation.step_gaps(bend))


@evidence("symbolic", "(a) the speed of a logit, any psi and p; (b) w = tanh(z/2)")
@control("(a) psi'^(1+p) instead of psi'^(2+2p)", exponent=1)
@control("(b) w = tanh z instead of tanh(z/2)", scale=1)
def flow_symbolic(exponent=2, scale=2):
    """GN^p's speed is psi'^(2+2p) f_p(z), free of psi' at p = -1; and GN^-1's step in tanh(z/2)."""
    return vanishes(derivation.speed_gap(exponent), derivation.mean_gap(scale))


@evidence("symbolic", "(c) the share rho(z) that a step takes off w, and its growth; any m and p")
@control("(c) z^((1+p)(1-1/m)) in rho instead of its square", 1)
def share_symbolic(exponent=2):
    """GN^p at z = w^m takes rho(z) off w, and z (ln rho)' is what the proof says."""
    return vanishes(derivation.power_gap(exponent), derivation.growth_gap())


@evidence("numerical", "(a) small rates: GN^-1's path at m = 1, 2, 3, in the core")
@control("(a) GN^-1/2, whose path depends on m", -0.5)
def limit_numerical(power=-1.0):
    """1000 steps of 1/1000 from z = 3 and 1/2: tanh(z/2) shrinks by e, whatever m and pi."""
    logits, gap = np.array([3.0, 0.5]), 0.0
    for degree in (1, 2, 3):
        run = descend(
            power_logistic([0.9, 0.1], degree),
            GaussNewton(power),
            start=logits ** (1 / degree),
            learning_rate=1e-3,
            steps=1000,
        )
        end = np.tanh(run.coordinates[-1] ** degree / 2)
        gap = max(gap, np.abs(end / np.tanh(logits / 2) * math.e - 1).max())
    return below(gap, 1e-2, "largest relative difference")


@evidence("enclosure", "(c) GD at m = 2, GN^-1/3 at m = 1.01: rho increases for all z in [1/8, 60]")
@control("(c) GD at m = 1.9", square=Fraction(19, 10))
@control("(c) p = -0.25 at m = 1.01", gentle=Fraction(-1, 4))
def growth_enclosed(square=Fraction(2), gentle=Fraction(-1, 3)):
    """The product z (ln rho)' is above 0: at p = 0 and m = 2, and at p = -1/3 and m = 1.01."""
    wrong = []
    for power, degree in ((Fraction(0), square), (gentle, Fraction(101, 100))):
        first = 2 * (1 + power) * (1 - 1 / degree) - 1

        def growth(z, p=power, c=first):
            return ball(c, c) + z / z.sinh() - ball(p, p) * z * (z / 2).tanh()

        found = prove_positive(growth, [("1/8", 60)])
        wrong += [found.verdict.value] * (not found.proved)
    return Outcome(not wrong, ", ".join(wrong) or "both proved", "both proved")


def bound(power, degree, far, near, odds, tolerance):
    """Return (c)'s bound on the steps, or 0 where r >= 1 claims nothing."""
    high, low = (float(share(power, degree, arb(z))) for z in (far, near))
    r = 2 * odds ** (1 + power) * low / high
    return math.log(near / tolerance) / (degree * -math.log1p(-r)) if r < 1 else 0.0


def taken(power, degree, w):
    """Return the same share as rho, from gradient and curvature in w; a ball, above 0."""
    z, slope = w**degree, degree * w ** (degree - 1)
    curvature = (slope / (2 * (z / 2).cosh())) ** 2
    return slope * (z / 2).tanh() / 2 * curvature ** arb(power) / w


@evidence("numerical", "(c) rho with the step from gradient and curvature, in balls")
@control("(c) rho at 0.9 m", 0.9)
def share_numerical(factor=1.0):
    """The two shares at 4 powers, 3 degrees and 3 logits: largest relative difference."""
    gap = 0.0
    for power in (-1.0, -0.5, -0.25, 0.0):
        for m in (1, 2, 3):
            for z in (arb("0.1"), arb(2), arb(9)):
                ratio = share(power, factor * m, z) / taken(power, m, z.root(m))
                gap = max(gap, abs(float(ratio) - 1))
    return below(gap, 1e-9, "relative difference")


@evidence("enclosure", "(c) every rate up to the cap: GN^-1 and GN^-1/2 at cubes, GD at squares")
@control("(c) bounds a third higher", 4 / 3)
@control("(c) bounds not divided by m", divided=False)
def rates_enclosed(factor=1.0, divided=True):
    """For all rates from 0 to the cap: the near logit is above eps one step before the bound.

    Steps are taken in w, from gradient and curvature. That the share which they take off increases
    is used, (c)'s growth; that the run falls with the rate is not.
    """
    wrong, counts = [], []
    for power, m, far, near, odds, tolerance in (
        (-1.0, 3, FAR, NEAR, 1.0, TOLERANCE),
        (-0.5, 3, 8.0, 2.0, 0.01, 0.5),
        (0.0, 2, 8.0, 1.0, 0.01, 0.7),
    ):
        least = bound(power, m, far, near, odds, tolerance) * (1 if divided else m)
        steps = math.ceil(factor * least) - 1
        cap = 2 / taken(power, m, arb(far).root(m)) * arb(odds) ** arb(1 + power)

        def margin(rate, p=power, m=m, b=near, e=tolerance, cap=cap, steps=steps):
            low = high = arb(b).root(m)
            for _ in range(steps):
                least, most = taken(p, m, low), taken(p, m, high)
                low, high = (
                    low * (1 - rate.upper() * cap * most),
                    high * (1 - rate.lower() * cap * least),
                )
            return low.union(high) - arb(e).root(m)

        found = prove_positive(margin, [(0, 1)])
        wrong += [found.verdict.value] * (not found.proved)
        counts.append(steps)
    shown = ", ".join(wrong) or f"3 proved, for {', '.join(map(str, counts))} steps"
    return Outcome(not wrong, shown, "3 proved, for 186, 33, 19 steps")


@evidence("numerical", "(c) 60 instances, 240 rates each, in the core")
@control("(c) bounds a tenth higher", 1.1)
@control("(c) starts 0.7 times as far", far_factor=0.7)
def rates_numerical(factor=1.0, far_factor=1.0):
    """GN^p at z = w^m, from its gradient and curvature in w: no rate settles before the bound."""
    rng, broken, tried = np.random.default_rng(129), 0, 0
    while tried < 60:
        power, m = ((-1.0, 3), (-1.0, 2), (-0.5, 3), (-1 / 3, 2), (0.0, 2))[tried % 5]
        far = rng.uniform(2, 9)
        near, odds = rng.uniform(0.05, 0.5) * far, 10 ** rng.uniform(-2, 0)
        tolerance = near * rng.choice([0.8, 0.3])
        least = bound(power, m, far, near, odds, tolerance)
        if not 3 < least < 300:
            continue
        tried += 1
        weights = np.array([1.0, odds]) / (1 + odds)
        cap = 2 / float(share(power, m, arb(far))) / weights[0] ** (1 + power)
        start = np.array([max(far * far_factor, 1.01 * near), near]) ** (1 / m)
        shares = np.concatenate([np.linspace(0.05, 0.96, 100), np.linspace(0.965, 1.5, 140)])
        run = descend(
            power_logistic(weights, m),
            GaussNewton(power),
            start=start,
            learning_rate=cap * shares,
            steps=int(2 * least) + 30,
        )
        taken = settling_time(run, tolerance ** (1 / m)).min()
        broken += taken < math.ceil(factor * least)
    return Outcome(broken == 0, f"{broken} of 60 broken", "0 of 60 broken")
