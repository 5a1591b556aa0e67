"""Full batch, eigenbasis, quadratic."""

from ..registry import Claim

CLAIMS = (
    Claim(
        "FEQ-1",
        "GN^-1 reaches the optimum in one step",
        verifies=("P5",),
        scope="every quadratic, every start; eigenbasis, rate 1",
        novelty="reproves",
        uses=(),
        since="0.1.0",
        evidence="feq.descent",
    ),
    Claim(
        "FEQ-2",
        "GN^p: product formula, best constant rate, and what no stable schedule improves",
        verifies=("P5",),
        scope="every quadratic; eigenbasis; (c) for K >= 2 and rates up to 2/s_max",
        novelty="sharpens",
        uses=(),
        since="0.1.0",
        evidence="feq.descent",
    ),
    Claim(
        "FEQ-3",
        "Adam with halving rates: one bit of every coordinate a step",
        verifies=("P2", "P5"),
        scope="every Hessian diagonal in the basis, |error_i(0)| <= a; idealised Adam",
        novelty="sharpens",
        uses=(),
        since="0.1.0",
        evidence="feq.adam",
    ),
    Claim(
        "FEQ-4",
        "Halving is minimax, and the only optimal schedule",
        verifies=("P2", "P5"),
        scope="all schedules, also adaptive to the signs seen; idealised Adam",
        novelty="new",
        uses=("FEQ-3",),
        since="0.1.0",
        evidence="feq.adam",
    ),
    Claim(
        "FEQ-5",
        "Memory beats the bit: Adam with a long memory gains 8/3 a step",
        verifies=("P2", "P5"),
        scope="every Hessian diagonal in the basis, |error_i(0)| <= a; EMA Adam, beta1 = eps = 0, "
        "beta2 -> 1, bias correction",
        novelty="new",
        uses=("FIQ-4",),
        since="0.2.0",
        evidence="feq.memory",
    ),
)
