"""FIQ-2c: full batch, identity basis, the block-wise quadratic under every schedule."""

import numpy as np
from scipy.optimize import linprog

from ...derivations import chebyshev
from ...full_batch.descent import descend
from ...methods import schedules
from ...methods.preconditioners import GaussNewton
from ...problems.instances import Blockwise, chebyshev_curvatures
from ..outcomes import below, vanishes
from ..registry import Outcome, checks_in, control, evidence


def equispaced(kappa, steps):
    """Return equally spaced nodes in [1/kappa, 1], descending: not the Chebyshev extrema."""
    return [1 - (1 - 1 / kappa) * j / steps for j in range(steps + 1)]


@evidence("symbolic", "sum of Lagrange weights with T_T, kappa free, T = 1..4")
@control("equispaced curvatures", equispaced)
def duality_symbolic(nodes=chebyshev.extrema):
    """Sum of the Lagrange weights with T_T((kappa+1)/(kappa-1)), kappa free, T = 1, ..., 4."""
    return vanishes(*[chebyshev.bound_gap(steps, nodes) for steps in (1, 2, 3, 4)])


def programme(curvatures, steps):
    """Return the least largest size on the curvatures of polynomials p with p(0) = 1.

    The degree is at most `steps`. Every schedule is such a polynomial, prod_t (1 - eta_t x). The
    programme is written in Legendre polynomials on [0, 1], which keeps it well conditioned and
    owes nothing to Chebyshev.
    """
    values = np.polynomial.legendre.legvander(2 * np.asarray(curvatures) - 1, steps)
    at_zero = np.polynomial.legendre.legvander([-1.0], steps)
    ones = np.ones((len(values), 1))
    found = linprog(
        np.eye(steps + 2)[-1],
        A_ub=np.vstack([np.hstack([values, -ones]), np.hstack([-values, -ones])]),
        b_ub=np.zeros(2 * len(values)),
        A_eq=np.hstack([at_zero, [[0.0]]]),
        b_eq=[1.0],
        bounds=[(None, None)] * (steps + 1) + [(0, None)],
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    return found.fun


@evidence("numerical", "linear programme over all schedules with 1/T_T")
@control("equispaced curvatures", equispaced)
@control("1/T_T raised by 1% (programme)", factor=1.01)
def programme_numerical(nodes=chebyshev_curvatures, factor=1.0):
    """The linear programme with 1/T_T, for T = 1, 2, 3, 5, 8 and kappa = 4, 9, 100, 1000."""
    gaps = []
    for steps in (1, 2, 3, 5, 8):
        for kappa in (4, 9, 100, 1000):
            claimed = factor / float(chebyshev.chebyshev_at(kappa, steps)[-1])
            gaps.append(abs(programme(nodes(kappa, steps), steps) / claimed - 1))
    return below(max(gaps), 1e-6, "largest relative difference in 20 cases")


@evidence("numerical", "the Chebyshev schedule in the core with 1/T_T")
@control("1/T_T raised by 1% (schedule)", 1.01)
def attained_numerical(factor=1.0):
    """The Chebyshev schedule in the core with 1/T_T, for T up to 24 and kappa up to 1000."""
    gaps = []
    for steps in (1, 3, 8, 24):
        for kappa in (4.0, 100.0, 1000.0):
            instance = Blockwise(chebyshev_curvatures(kappa, steps))
            run = descend(
                instance.problem,
                GaussNewton(-1),
                start=instance.start(np.ones(steps + 1)),
                learning_rate=schedules.chebyshev(1 / kappa, 1.0, steps),
            )
            worst = np.abs(instance.amplitudes(run.parameters[-1])).max()
            bound = 1 / float(chebyshev.chebyshev_at(int(kappa), steps)[-1])
            gaps.append(abs(worst / (factor * bound) - 1))
    return below(max(gaps), 1e-8, "largest relative difference in 12 cases")


@evidence("numerical", "CG, heavy ball and Nesterov with 1/T_T")
@control("only T blocks for T steps", 0)
def krylov_numerical(blocks_per_step=1, factor=1.0):
    """Conjugate gradients, heavy ball and Nesterov on the dense instance: none is below 1/T_T."""
    steps, kappa = 6, 50.0
    count = steps + 1 if blocks_per_step else steps
    instance = Blockwise(chebyshev_curvatures(kappa, count - 1))
    hessian, start = instance.problem.hessian, instance.start(np.ones(count))
    bound = factor / float(chebyshev.chebyshev_at(int(kappa), steps)[-1])
    ends = {
        "CG": conjugate_gradients(hessian, start, steps),
        "heavy ball": momentum(hessian, start, steps, kappa, nesterov=False),
        "Nesterov": momentum(hessian, start, steps, kappa, nesterov=True),
    }
    worst = {name: np.abs(instance.amplitudes(end)).max() for name, end in ends.items()}
    holds = all(value >= bound * (1 - 1e-9) for value in worst.values())
    text = ", ".join(f"{name} {value:.3f}" for name, value in worst.items())
    return Outcome(holds, text, f"each at least {bound:.3f}")


def conjugate_gradients(hessian, error, steps):
    """Return the error after `steps` of conjugate gradients on the quadratic."""
    error, residual = error.copy(), -hessian @ error
    direction = residual.copy()
    for _ in range(steps):
        image = hessian @ direction
        length = residual @ residual
        if length < 1e-28:
            break
        alpha = length / (direction @ image)
        error = error + alpha * direction
        residual = residual - alpha * image
        direction = residual + (residual @ residual / length) * direction
    return error


def momentum(hessian, error, steps, kappa, nesterov):
    """Return the error after `steps` with the textbook constants for curvatures in [1/kappa, 1]."""
    root = np.sqrt(kappa)
    beta = (root - 1) / (root + 1) if nesterov else ((root - 1) / (root + 1)) ** 2
    rate = 1.0 if nesterov else 4 / (1 + 1 / root) ** 2
    before = now = error
    for _ in range(steps):
        ahead = now + beta * (now - before)
        before, now = now, ahead - rate * hessian @ (ahead if nesterov else now)
    return now


CHECKS = {"FIQ-2c": checks_in(globals())}
