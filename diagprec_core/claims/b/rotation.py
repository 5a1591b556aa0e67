"""B-1: what a rotation of the problem, of the basis, or of both, changes."""

import itertools

import numpy as np
import sympy as sp

from ...full_batch.descent import descend
from ...methods.adaptive import Adam, IdealisedAdam, Sophia
from ...methods.preconditioners import GaussNewton, GradientDescent
from ...mini_batch.moments import second_moment
from ...mini_batch.risk import risk_curve
from ...problems.gaussian import GaussianRegression
from ...problems.logistic import LogisticRegression
from ...problems.quadratic import Quadratic
from ..outcomes import below
from ..reference import exact
from ..reference.joint_moments import matrix_step
from ..registry import Outcome, checks_in, control, evidence


def exact_path(hessian, basis, start, rule, steps=4):
    """Return theta_0, ..., theta_T of a rule on (1/2) theta^T H theta, rate 1/5, in rationals."""
    curvature = [(basis[:, i].T * hessian * basis[:, i])[0] for i in range(len(start))]
    path = [start]
    for _ in range(steps):
        gradient = basis.T * hessian * path[-1]
        direction = sp.Matrix([rule(g, h) for g, h in zip(gradient, curvature, strict=True)])
        path.append(path[-1] - basis * direction / 5)
    return path


RULES = {
    "Adam": lambda g, h: sp.sign(g),
    "GN^-1": lambda g, h: g / h,
    "GN^-2": lambda g, h: g / h**2,
    "Sophia": lambda g, h: sp.Max(-1, sp.Min(1, g / h)),
    "GD": lambda g, h: g,
}


def exact_case():
    """Return a dense rational Hessian, a basis, a start and a rotation, d = 3."""
    turn = exact.rational_rotation(3)
    hessian = turn * sp.diag(4, 1, sp.Rational(1, 3)) * turn.T
    return hessian, turn * turn, sp.Matrix([1, -2, sp.Rational(3, 2)]), turn.T


@evidence("exact", "paths of five rules in rationals, d = 3")
@control("basis left where it is", turn_basis=False)
def together_exact(turn_basis=True):
    """Five rules in rationals, d = 3: the path of the rotated problem with the rotated path"""
    hessian, basis, start, turn = exact_case()
    other = turn * basis if turn_basis else basis
    moved = []
    for name, rule in RULES.items():
        first = exact_path(hessian, basis, start, rule)
        second = exact_path(turn * hessian * turn.T, other, turn * start, rule)
        if any(turn * a != b for a, b in zip(first, second, strict=True)):
            moved.append(name)
    return Outcome(not moved, f"differ: {', '.join(moved) or 'none'}", "differ: none")


@evidence("exact", "GD and full GN^p in two bases, in rationals")
@control("diagonal instead of full GN", diagonal=True)
def blind_exact(diagonal=False):
    """GD and full GN^-1 and GN^-2 in two bases, in rationals, d = 3: one path

    The full matrix G^-p is taken as U (U^T G U)^-p U^T; with `diagonal` only the diagonal of
    U^T G U is kept.
    """
    hessian, basis, start, turn = exact_case()
    differ = []
    for power in (0, 1, 2):
        paths = []
        for frame in (basis, turn * basis):
            seen = frame.T * hessian * frame
            seen = sp.diag(*seen.diagonal()) if diagonal else seen
            step = frame * (seen**power).inv() * frame.T * hessian / 5
            path = [start]
            for _ in range(4):
                path.append(path[-1] - step * path[-1])
            paths.append(path)
        if paths[0] != paths[1]:
            differ.append(str(-power))
    return Outcome(
        not differ, f"powers that differ: {', '.join(differ) or 'none'}", "powers that differ: none"
    )


def signed_permutations(size):
    """Yield the signed permutation matrices."""
    for order in itertools.permutations(range(size)):
        for signs in itertools.product((1, -1), repeat=size):
            yield sp.Matrix(size, size, lambda i, j, o=order, s=signs: s[j] * (o[j] == i))


@evidence("exact", "steps in U and in U M, all 48 signed permutations")
@control("M a rotation that is no signed permutation", exact.rational_rotation(3))
def invisible_exact(turn=None):
    """Sign descent in U and in U M on a gradient of every sign pattern, d = 3, M one of 48"""
    basis = exact.rational_rotation(3)
    matrices = list(signed_permutations(3)) if turn is None else [turn]
    seen = 0
    for matrix in matrices:
        for signs in itertools.product((1, -1), repeat=3):
            # Not on the diagonals of the cube, where many cubes would have a common corner.
            gradient = basis * sp.Matrix(
                [s * size for s, size in zip(signs, (5, 3, 1), strict=True)]
            )
            step = basis * (basis.T * gradient).applyfunc(sp.sign)
            other = basis * matrix
            seen += step != other * (other.T * gradient).applyfunc(sp.sign)
    total = 8 * len(matrices)
    return Outcome(seen == 0, f"{seen} of {total} steps differ", f"0 of {total} steps differ")


@evidence("exact", "all matrices of thirds that permute the corners")
@control("one corner of the cube instead of all", 1)
def only_exact(corners=8):
    """All orthogonal 3 x 3 matrices with entries k/3 that take the corners of the cube to corners

    B-1's converse says: they are the 48 signed permutations, all of which have integer entries.
    """
    cube = np.array(list(itertools.product((-1, 1), repeat=3)))[:corners]
    rows = np.array(list(itertools.product(range(-3, 4), repeat=3)))
    # In units of 1/3: a row of length 3 that takes every corner to -3 or 3.
    fitting = rows[(np.abs(rows @ cube.T) == 3).all(axis=1) & ((rows**2).sum(axis=1) == 9)]
    matrices = fitting[np.array(list(itertools.permutations(range(len(fitting)), 3)))]
    products = matrices @ matrices.transpose(0, 2, 1)
    count = int((products == 9 * np.eye(3, dtype=int)).all(axis=(1, 2)).sum())
    return Outcome(count == 48, f"{count} matrices", "48 matrices")


@evidence("exact", "mini-batch second moments in rationals, d = 3")
@control("basis left where it is", turn_basis=False)
def moments_exact(turn_basis=True):
    """The second-moment matrix of mini-batch GN^-1 in rationals, d = 3, B = 2, with the rotated"""
    hessian, basis, start, turn = exact_case()
    paths = []
    for matrix, frame, begin in (
        (hessian, basis, start),
        (turn * hessian * turn.T, turn * basis if turn_basis else basis, turn * start),
    ):
        weights = [1 / (frame[:, i].T * matrix * frame[:, i])[0] for i in range(3)]
        step = frame * sp.diag(*weights) * frame.T / 7
        moment, risks = begin * begin.T, []
        for _ in range(4):
            moment = matrix_step(matrix, step, moment, sp.Rational(1, 4), sp.Integer(2))
            risks.append((matrix * moment).trace())
        paths.append(risks)
    gap = max(abs(a - b) for a, b in zip(*paths, strict=True))
    return Outcome(gap == 0, f"largest difference of R {float(gap):.3g}", "0")


@evidence("numerical", "the core, quadratic and logistic, d = 2 to 9")
@control("basis left where it is", turn_basis=False)
def core_numerical(turn_basis=True):
    """The core on 8 random quadratics and logistic problems, five rules, d = 2 to 9, 40 steps"""
    rng, gap = np.random.default_rng(111), 0.0
    rules = (Adam(0.9, 0.99), IdealisedAdam(), GaussNewton(-0.5), GaussNewton(-1), Sophia())
    for d in range(2, 10):
        turn, basis = (np.linalg.qr(m)[0] for m in rng.standard_normal((2, d, d)))
        start, features = rng.standard_normal(d), rng.standard_normal((4 * d, d))
        covariance = features.T @ features / (4 * d)
        problems = (
            (Quadratic(covariance), Quadratic(turn @ covariance @ turn.T)),
            (LogisticRegression(features), LogisticRegression(features @ turn.T)),
        )
        for (plain, turned), rule in itertools.product(problems, rules):
            options = {"learning_rate": [0.003, 0.03], "steps": 40}
            one = descend(plain, rule, start=start, basis=basis, **options)
            frame = turn @ basis if turn_basis else basis
            two = descend(turned, rule, start=turn @ start, basis=frame, **options)
            gap = max(gap, np.abs(one.parameters @ turn.T - two.parameters).max())
    return below(gap, 1e-9, "largest difference")


@evidence("numerical", "Adam on mini-batches: the law that it sees, and runs on drawn data")
@control("basis left where it is", turn_basis=False)
def adam_numerical(turn_basis=True):
    """Idealised Adam's second moments, and EMA Adam on drawn and turned batches, d = 5."""
    rng, gap = np.random.default_rng(113), 0.0
    turn, basis = (np.linalg.qr(m)[0] for m in rng.standard_normal((2, 5, 5)))
    frame = turn @ basis if turn_basis else basis
    root, rule = rng.standard_normal((5, 5)), Adam(0.9, 0.99, 1e-6)
    plain = GaussianRegression(root @ root.T, 0.5)
    turned = GaussianRegression(turn @ plain.covariance @ turn.T, 0.5)
    for delta in rng.standard_normal((5, 5)):
        one = second_moment(plain, delta, batch_size=3, basis=basis)
        two = second_moment(turned, turn @ delta, batch_size=3, basis=frame)
        gap = max(gap, np.abs(two / one - 1).max())
    one, two, memories = np.ones(5), turn @ np.ones(5), [None, None]
    for _ in range(60):
        x, noise = rng.standard_normal((4, 5)) @ root.T, 0.5 * rng.standard_normal(4)
        seen = (
            basis.T @ (x.T @ (x @ one - noise)) / 4,
            frame.T @ (turn @ x.T @ (x @ turn.T @ two - noise)) / 4,
        )
        steps = []
        for i, gradient in enumerate(seen):
            direction, memories[i] = rule.direction(gradient, None, memories[i])
            steps.append(0.02 * direction)
        one, two = one - basis @ steps[0], two - frame @ steps[1]
    gap = max(gap, np.abs(two - turn @ one).max())
    return below(gap, 1e-8, "largest difference")


@evidence("numerical", "the core's risk of GD in random bases, d = 12")
@control("GN^-1/2 instead of GD", GaussNewton(-0.5))
def risk_numerical(rule=None):
    """The core's exact mini-batch risk of GD in the identity and in random bases, d = 12"""
    rng, gap = np.random.default_rng(112), 0.0
    factor = rng.standard_normal((12, 12))
    regression = GaussianRegression(factor @ factor.T / 12 + np.eye(12) / 9, 0.5)
    options = {"start": rng.standard_normal(12), "learning_rate": 0.03, "batch_size": 3}
    rule = rule or GradientDescent()
    plain = risk_curve(regression, rule, **options, steps=100)
    for _ in range(5):
        basis = np.linalg.qr(rng.standard_normal((12, 12)))[0]
        turned = risk_curve(regression, rule, **options, steps=100, basis=basis)
        gap = max(gap, np.abs(turned / plain - 1).max())
    return below(gap, 1e-10, "largest relative difference")


CHECKS = {"B-1": checks_in(globals())}
