"""B-4: Kronecker-factored bases, where they are eigenbases and where they are blind."""

from fractions import Fraction

import numpy as np
import sympy as sp

from ...derivations import bases as derived
from ...full_batch.conditioning import condition_number
from ...methods.bases import kronecker_basis
from ...methods.kronecker import factored_basis, nearest_kronecker, partial_traces
from ...methods.preconditioners import GaussNewton
from ...problems.quadratic import Quadratic
from ..outcomes import below, vanishes
from ..reference import exact
from ..registry import Outcome, checks_in, control, evidence
from .beyond import REVERSED

TURN = sp.Matrix([[0, 1], [-1, 0]])
SWAP = sp.Matrix([[0, 1], [1, 0]])


def traces_by_hand(matrix, rows, columns):
    """Return the two partial traces of a SymPy matrix."""
    left = sp.Matrix(
        rows,
        rows,
        lambda i, j: sum(matrix[i * columns + k, j * columns + k] for k in range(columns)),
    )
    right = sp.Matrix(
        columns,
        columns,
        lambda k, m: sum(matrix[i * columns + k, i * columns + m] for i in range(rows)),
    )
    return left, right


@evidence("exact", "commuting factors in rationals, 3 x 2")
@control("column factors that do not commute", commute=False)
def commuting_exact(commute=True):
    """A1 kron C1 + A2 kron C2 in rationals, 3 x 2: are traces and sum diagonal in U_A kron U_C?"""
    rows, columns = exact.rational_rotation(3), exact.rational_rotation(2)
    other = columns if commute else columns**2
    matrix = sp.zeros(6, 6)
    for a, c, frame in (((3, 2, 1), (1, 4), columns), ((1, 5, 1), (2, 1), other)):
        left, right = rows * sp.diag(*a) * rows.T, frame * sp.diag(*c) * frame.T
        matrix += sp.kronecker_product(left, right)
    left, right = traces_by_hand(matrix, 3, 2)
    basis = sp.kronecker_product(rows, columns)
    seen = [
        rows.T * left * rows,
        columns.T * right * columns,
        basis.T * matrix * basis,
    ]
    off = [any(m[i, j] for i in range(m.rows) for j in range(i)) for m in seen]
    return Outcome(not any(off), f"off the diagonal: {off}", "off the diagonal: all False")


@evidence("symbolic", "the form of a skew pair, sizes 2 and 3")
@control("symmetric instead of skew", 1)
def form_symbolic(sign=-1):
    """(u kron v)^T (A1 kron A2) (u kron v) for free u, v and skew A1, A2, sizes 2 and 3"""
    return vanishes(derived.kronecker_form(2, sign), derived.kronecker_form(3, sign))


@evidence("exact", "I + (4/5) J kron J in rational Kronecker bases")
@control("the swap instead of the turn", SWAP)
def blind_exact(factor=TURN):
    """I + (4/5) J kron J in rational Kronecker bases: diagonal 1, and the spectrum 1 +- 4/5"""
    share = sp.Rational(4, 5)
    change = sp.kronecker_product(factor, factor)
    matrix = sp.eye(4) + share * change
    spread = set()
    for powers in ((0, 0), (1, 0), (1, 2), (3, 1)):
        frame = exact.rational_rotation(2)
        basis = sp.kronecker_product(frame ** powers[0], frame ** powers[1])
        spread |= set((basis.T * matrix * basis).diagonal())
    sound = change**2 == sp.eye(4) and change.trace() == 0
    return Outcome(
        sound and spread == {1},
        f"{len(spread)} different entries on the diagonals, spectrum {bool(sound)}",
        "1 different entries on the diagonals, spectrum True",
    )


@evidence("exact", "Adam on I + t J kron J, rationals")
@control("a start off the lines", start=(1, 1, Fraction(-1, 3), 1))
def adam_exact(start=(1, 1, 1, 1), steps=12):
    """Sign descent on I + t J kron J from (1, 1, 1, 1), halving, in rationals: error 2^-T"""
    wrong = []
    for share in (Fraction(1, 2), Fraction(9, 10), Fraction(99, 100)):
        matrix = np.array(sp.eye(4) + sp.Rational(share) * sp.kronecker_product(TURN, TURN))
        matrix = [[Fraction(int(x.p), int(x.q)) for x in row] for row in matrix]
        error = [Fraction(e) for e in start]
        for step in range(steps):
            gradient = [sum(h * e for h, e in zip(row, error, strict=True)) for row in matrix]
            rate = Fraction(1, 2 ** (step + 1))
            error = [e - rate * ((g > 0) - (g < 0)) for e, g in zip(error, gradient, strict=True)]
        if max(map(abs, error)) != Fraction(1, 2**steps):
            wrong.append(str(share))
    return Outcome(not wrong, f"wrong at t = {', '.join(wrong) or 'none'}", "wrong at t = none")


@evidence("numerical", "random products in the core")
@control("1% of another covariance", 0.01)
def product_numerical(mixed=0.0):
    """The core on random A kron C, 2 x 3 to 4 x 5: ``kappa_-1`` in the factored basis, factors"""
    rng, gap = np.random.default_rng(141), 0.0
    for rows, columns in ((2, 3), (3, 3), (4, 5)):
        roots = [rng.standard_normal((n, n)) for n in (rows, columns)]
        left, right = (m @ m.T + 0.3 * np.eye(len(m)) for m in roots)
        matrix = np.kron(left, right)
        noise = rng.standard_normal(matrix.shape)
        matrix = matrix + mixed * (noise @ noise.T)
        basis = factored_basis(matrix, (rows, columns))
        found = condition_number(Quadratic(matrix), GaussNewton(-1), basis=basis)
        nearest = np.kron(*nearest_kronecker(matrix, (rows, columns)))
        traces = np.kron(*partial_traces(matrix, (rows, columns))) / np.trace(matrix)
        size = np.abs(matrix).max()
        gap = max(gap, found - 1, np.abs(nearest - matrix).max() / size)
        gap = max(gap, np.abs(traces - matrix).max() / size)
    return below(gap, 1e-9, "largest deviation")


@evidence("numerical", "random skew pairs in the core")
@control("symmetric instead of skew", 0.0)
def blind_numerical(share=1.0):
    """``kappa_p`` of I + t A1 kron A2 in random Kronecker bases, p = -1, -1/2, 0: all kappa

    A1 and A2 are random skew matrices, 3 x 3 and 4 x 4; `share` of A1 is skew, the rest symmetric.
    """
    rng, gap = np.random.default_rng(142), 0.0
    for t in (0.3, 0.9, 0.99):
        one, two = rng.standard_normal((3, 3)), rng.standard_normal((4, 4))
        one = share * (one - one.T) + (1 - share) * (one + one.T)
        two = two - two.T if share == 1 else two + two.T
        change = np.kron(one, two)
        size = np.abs(np.linalg.eigvalsh(change)).max()
        problem = Quadratic(np.eye(12) + t * change / size)
        frames = [np.linalg.qr(rng.standard_normal((n, n)))[0] for n in (3, 4)]
        basis = kronecker_basis(*frames)
        for power in (-1, -0.5, 0):
            found = condition_number(problem, GaussNewton(power), basis=basis)
            gap = max(gap, abs(found * (1 - t) / (1 + t) - 1))
    return below(gap, 1e-10, "largest relative difference")


@evidence("numerical", "perturbed products in the core")
@control("exponent 1 instead of 2", 1)
def near_numerical(exponent=2):
    """``kappa_-1`` near a Kronecker product with ((1 + e)/(1 - e))^2, in the product's eigenbasis

    90 random perturbations, and one (around the identity) made of B-6's example.
    """
    rng, excess = np.random.default_rng(143), -np.inf
    values = np.linalg.eigvalsh(REVERSED)
    middle = (values[0] + values[-1]) / 2
    padded = np.diag([middle] * 4).astype(float)
    padded[:3, :3] = REVERSED
    cases = [(np.ones(4), padded / middle, np.eye(4))]
    for _ in range(90):
        spectrum = np.kron(rng.uniform(0.1, 1, 3), rng.uniform(0.1, 1, 2))
        change = rng.standard_normal((6, 6))
        change = change + change.T
        size = np.abs(np.linalg.eigvalsh(change)).max()
        root = np.sqrt(spectrum)
        inner = np.eye(6) + rng.uniform(0.05, 0.95) * change / size
        frames = [np.linalg.qr(rng.standard_normal((n, n)))[0] for n in (3, 2)]
        cases.append((spectrum, root[:, None] * inner * root, kronecker_basis(*frames)))
    for spectrum, matrix, basis in cases:
        root = np.sqrt(spectrum)
        relative = np.linalg.eigvalsh(matrix / np.outer(root, root))
        e = max(relative[-1] - 1, 1 - relative[0])
        problem = Quadratic(basis @ matrix @ basis.T)
        found = condition_number(problem, GaussNewton(-1), basis=basis)
        excess = max(excess, np.log(found) - exponent * np.log((1 + e) / (1 - e)))
    told = f"{excess:.2g}" if excess > 1e-9 else "none"
    return Outcome(excess < 1e-9, f"largest excess of ln kappa_-1: {told}", "none")


CHECKS = {"B-4": checks_in(globals())}
