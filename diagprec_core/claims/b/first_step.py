"""B-10 (b), (c): the best first step from every diagonal start, and powers against it."""

import sympy as sp

from ..outcomes import vanishes
from ..reference import exact
from ..registry import Outcome, control, evidence


@evidence("exact", "(b) the best matrix and its risk for diagonal starts, dense rationals, d = 3")
@control("(b) R_0 instead of R_0 + sigma^2", 0)
@control("(b) a start that is not diagonal in the eigenbasis", turned=True)
def diagonal_exact(share=1, turned=False):
    """Damping by (R_0 + sigma^2)/((B + 1) m_i) against P E[g g^T] = E[delta g^T], and R_1"""
    turn, noise, batch, wrong = exact.rational_rotation(3), sp.Rational(1, 3), 2, 0
    spectrum = (sp.Integer(4), sp.Integer(1), sp.Rational(1, 9))
    more = 1 + sp.Rational(1, batch)
    for starts in ((1, 1, 1), (4, 1, 9), (sp.Rational(1, 4), 1, 9), (3, 1, 7)):
        covariance = turn * sp.diag(*spectrum) * turn.T
        frame = turn**2 if turned else turn
        moment = frame * sp.diag(*starts) * frame.T
        risk = (covariance * moment).trace()
        second = more * covariance * moment * covariance + (risk + noise) / batch * covariance
        level = (risk + share * noise) / (batch + 1)
        weights = [
            sp.Rational(batch, batch + 1) / (v + level / m)
            for v, m in zip(spectrum, starts, strict=True)
        ]
        best = turn * sp.diag(*weights) * turn.T
        wrong += best * second != moment * covariance
        after = risk - 2 * (covariance * best * covariance * moment).trace()
        after += (covariance * best * second * best.T).trace()
        held = [v * m for v, m in zip(spectrum, starts, strict=True)]
        gain = sum(a**2 / (more * a + (risk + share * noise) / batch) for a in held)
        wrong += after != risk - gain
    return Outcome(wrong == 0, f"{wrong} of 8 differ", "0 of 8 differ")


@evidence("symbolic", "(c) ln w against ln lambda: slope between -1 and 0, strictly concave")
@control("(c) lambda^2 + mu instead of lambda + mu", 2)
def slope_symbolic(exponent=1):
    """The slope with -lambda/(lambda + mu), its own slope with -lambda mu/(lambda + mu)^2

    So a power has these weights at two different eigenvalues at most.
    """
    level, mu = sp.symbols("l mu", positive=True)
    slope = level * sp.diff(-sp.log(level**exponent + mu), level)
    bend = level * sp.diff(slope, level)
    return vanishes(
        sp.simplify(slope + level / (level + mu)),
        sp.simplify(bend + level * mu / (level + mu) ** 2),
    )
