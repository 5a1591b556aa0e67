"""FEL-3 (c) and (d) for gradient descent: the bound attained, and the bound but for lucky rates."""

import numpy as np
import sympy as sp
from flint import arb, ctx

from ...full_batch.descent import descend
from ...full_batch.logistic_certificates import certified_steps
from ...full_batch.settling import settling_time
from ...methods.preconditioners import GradientDescent
from ...problems.logistic_instances import SkewedLogistic
from ..registry import Outcome, control, evidence

CASE = {"far": 8.0, "near": 1.0, "odds": 1 / 999, "tolerance": 1e-3}


def near_steps(near, odds, tolerance, rate):
    """Return the first T at which the near logit is within the tolerance, at a reduced rate."""
    steps, z = 0, near
    while z > tolerance:
        z, steps = z - rate * odds * np.tanh(z / 2) / 2, steps + 1
    return steps


@evidence("enclosure", "(c) attained at the cap: the far logit lands on 0, the near one in balls")
@control("(c) one step fewer", 1)
@control("(c) a rate 1% lower, which does not land", share="99/100")
def landing_enclosed(fewer=0, share="1"):
    """GD at xi = xi* from (8, 1), k = 1/999: where the far logit lands, and when the near settles.

    The former in SymPy, for every A; the latter in balls of 200 bits, with the certified number.
    """
    far, share = sp.Symbol("A", positive=True), sp.Rational(share)
    rate = share * 2 * far / sp.tanh(far / 2)
    left = sp.simplify(far - rate * sp.tanh(far / 2) / 2)
    certified = certified_steps(0.0, *CASE.values()) - fewer
    with ctx.workprec(200):
        speed = arb(int(share.p)) / int(share.q) * 16 / arb(4).tanh() / 999
        z, tolerance, before = arb(1), arb(CASE["tolerance"]), False
        for t in range(certified):
            z = z - speed * (z / 2).tanh() / 2
            before |= t < certified - 1 and not z > tolerance
        exactly = bool(z <= tolerance) and not before
    shown = f"far logit left at {left}; near one first within at {certified}: {exactly}"
    return Outcome(
        left == 0 and exactly,
        shown,
        f"far logit left at 0; near one first within at {certified}: True",
    )


@evidence("numerical", "(d) the best of 400 rates around xi_0 in the core")
@control("(d) xi_0 10% larger", 1.1)
@control("(d) xi_0 10% smaller", 0.9)
def ordinary_numerical(factor=1.0):
    """GD from (8, 1), eps = 10^-3, k = 1/999, 1/200: 400 rates against (d), the best within 1%."""
    wrong, shown = 0, []
    for odds in (1 / 999, 1 / 200):
        edge = factor * 4 * 1e-3 / np.tanh(0.5e-3)
        claimed = near_steps(1.0, odds, 1e-3, edge)
        probabilities = np.array([1, odds]) / (1 + odds)
        rates = np.concatenate([np.linspace(4, 7.9, 100), np.linspace(7.9, 8.1, 299), [8.0]])
        instance = SkewedLogistic(probabilities)
        run = descend(
            instance.problem,
            GradientDescent(),
            start=instance.start([8.0, 1.0]),
            learning_rate=rates / probabilities[0],
            steps=int(1.02 * near_steps(1.0, odds, 1e-3, 8.0)) + 20,
        )
        best = settling_time(run, 1e-3).min()
        wrong += not claimed <= best <= 1.01 * claimed + 1
        shown.append(claimed)
    return Outcome(wrong == 0, f"{wrong} of 2 wrong, bounds {shown}", "0 of 2 wrong")
