"""B-6: what the angle to the eigenbasis costs Gauss-Newton, in the plane."""

import itertools

import numpy as np

from ...derivations import bases as derived
from ...full_batch.conditioning import condition_at_angle, condition_number
from ...methods.bases import eigenbasis
from ...methods.preconditioners import GaussNewton, GradientDescent
from ...mini_batch.noise_floor import spectral_radius
from ...problems.gaussian import GaussianRegression
from ...problems.quadratic import Quadratic
from ..outcomes import below, vanishes
from ..registry import Outcome, checks_of, control, evidence
from ..sxq.best import rate_at_floor
from . import beyond, simplex


@evidence("symbolic", "kappa_-1 from the matrix at the angle alpha")
@control("sin alpha instead of sin 2 alpha", 1)
def inverse_symbolic(angle_factor=2):
    """sinh^2((1/2) ln ``kappa_-1``) from the matrix at the angle alpha with the closed form"""
    return vanishes(derived.inverse_gap(angle_factor))


@evidence("symbolic", "kappa_p, p free")
@control("1 + 2p instead of 1 + p", 1 + 2 * derived.p)
def power_symbolic(exponent=1 + derived.p):
    """cosh^2((1/2) ln ``kappa_p``) with Y^2 cosh^2((1 + p) u), p and u free"""
    return vanishes(derived.power_gap(exponent))


@evidence("symbolic", "kappa_-1/2")
@control("a third instead of a half", 3)
def root_symbolic(share=2):
    """cosh^2((1/2) ln ``kappa_-1/2``) with Y (Y + K)/2"""
    return vanishes(derived.root_gap(share))


@evidence("numerical", "the core in the plane, 9 powers, 41 angles")
@control("power + 0.01", 0.01)
def plane_numerical(shift=0.0):
    """``kappa_p`` of the core in the plane with the closed form, and the order in p, 40 angles

    p runs from -1 to 1 in steps of 1/4; `shift` is added to the claimed power.
    """
    gap, powers, disorder = 0.0, np.arange(-4, 5) / 4, 0
    for kappa in (1.5, 30.0, 1e4):
        angles = np.linspace(0, np.pi / 2, 41)
        found = np.empty((len(powers), len(angles)))
        for j, angle in enumerate(angles):
            c, s = np.cos(angle), np.sin(angle)
            turn = np.array([[c, -s], [s, c]])
            problem = Quadratic(turn.T @ np.diag([kappa, 1.0]) @ turn)
            found[:, j] = [condition_number(problem, GaussNewton(p)) for p in powers]
        claimed = np.array([condition_at_angle(kappa, angles, p + shift) for p in powers])
        gap = max(gap, np.abs(found / claimed - 1).max())
        steps = np.diff(found, axis=0) / found[:-1]
        # Equal at 45 degrees, the middle of the angles, and growing in p at all others.
        disorder += (np.delete(steps, 20, axis=1) <= 0).sum()
        disorder += (np.abs(steps[:, 20]) > 1e-9).sum()
    if disorder:
        return Outcome(False, f"{disorder} out of order", "0 out of order")
    return below(gap, 1e-8, "largest relative difference")


@evidence("numerical", "kappa^(1 + p) in the eigenbasis, d = 6")
@control("a random basis", use_eigenbasis=False)
def eigenbasis_numerical(use_eigenbasis=True):
    """``kappa_p`` = kappa^(1 + p) in the eigenbasis, and kappa_0 = kappa in every basis, d = 6"""
    rng, gap = np.random.default_rng(162), 0.0
    for _ in range(10):
        basis, other = (np.linalg.qr(m)[0] for m in rng.standard_normal((2, 6, 6)))
        spectrum = np.cumsum(rng.uniform(0.2, 1, 6))
        problem = Quadratic((basis * spectrum) @ basis.T)
        kappa = spectrum[-1] / spectrum[0]
        frame = eigenbasis(problem.hessian) if use_eigenbasis else other
        plain = condition_number(problem, GradientDescent(), basis=other)
        gap = max(gap, abs(plain / kappa - 1))
        for power in (-1, -0.5, 0.5):
            found = condition_number(problem, GaussNewton(power), basis=frame)
            gap = max(gap, abs(found / kappa ** (1 + power) - 1))
    return below(gap, 1e-9, "largest relative difference")


@evidence("numerical", "(c) the slowest mode's time at a low floor, mini-batches")
@control("(c) kappa_p instead of 1 + kappa_p", 0)
def times_numerical(one=1):
    """At the floor r = 1e-7, three angles, four powers: the time of the slowest mode in the core.

    In units of sigma^2/(4 B r) it should be 1 + ``kappa_p``.
    """
    regression, floor, batch, gap = GaussianRegression(np.diag([30.0, 1.0]), 1.0), 1e-7, 3, 0.0
    for angle, power in itertools.product((0.1, 0.4, 0.75), (-1.0, -0.5, 0.0, 0.5)):
        c, s = np.cos(angle), np.sin(angle)
        rule, basis = GaussNewton(power), np.array([[c, -s], [s, c]])
        options = {"batch_size": batch, "basis": basis}
        rate = rate_at_floor(regression, rule, floor, **options)
        radius = spectral_radius(regression, rule, learning_rate=rate, **options)
        time = -4 * batch * floor / np.log(radius)
        kappa = condition_number(Quadratic(regression.covariance), rule, basis=basis)
        gap = max(gap, abs(time / (one + kappa) - 1))
    return below(gap, 1e-4, "largest relative difference")


CHECKS = {
    "B-6": checks_of(
        inverse_symbolic,
        power_symbolic,
        root_symbolic,
        simplex.spectrum_symbolic,
        simplex.limit_symbolic,
        beyond.reversed_exact,
        beyond.half_exact,
        beyond.corners_exact,
        simplex.ratio_exact,
        simplex.triangle_exact,
        plane_numerical,
        beyond.factor_numerical,
        beyond.limit_numerical,
        eigenbasis_numerical,
        times_numerical,
    )
}
