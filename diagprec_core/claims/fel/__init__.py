"""Full batch, eigenbasis, logistic regression."""

from ..registry import Claim

CLAIMS = (
    Claim(
        "FEL-1",
        "One step, logit by logit",
        verifies=("P2", "P3"),
        scope="features a_i q_i, in the basis of the q_i; fair coin, every p; idealised Adam; "
        "GN^-1 for any label probability",
        novelty="sharpens",
        uses=(),
        since="0.2.0",
        evidence="fel.maps",
    ),
    Claim(
        "FEL-2",
        "Gauss-Newton steps outgrow the logit: once too far, always too far",
        verifies=("P3",),
        scope="GN^p with p <= -1/3, fair coin; a logit of size A or more, every schedule from the"
        " cap on",
        novelty="new",
        uses=("FEL-1",),
        since="0.2.0",
        evidence="fel.maps",
    ),
    Claim(
        "FEL-3",
        "No rate suits a far and a near logit",
        verifies=("P3",),
        scope="fair coin, a_i = 1, two logits A > b > 0, r <= 1; GN^p with p <= -1/3, and GD; "
        "every constant rate, and every schedule under the cap",
        novelty="sharpens",
        uses=("FEL-1", "FEL-2"),
        since="0.2.0",
        evidence="fel.bounds",
    ),
    Claim(
        "FEL-4",
        "Adam with halving rates beats GN^-1, GN^-1/2 and GD at once, in the eigenbasis",
        verifies=("P3",),
        scope="idealised Adam, every start in the box; rivals at every constant rate and every "
        "schedule under the cap; constant-rate Adam apart",
        novelty="sharpens",
        uses=("FEQ-3", "FEQ-4", "FEL-1", "FEL-3", "FIQ-5"),
        since="0.2.0",
        evidence="fel.adam",
    ),
    Claim(
        "FEL-5",
        "Sophia's clip is the cure: a unit a step, then cubic convergence",
        verifies=("P1", "P3"),
        scope="gamma = eta = 1, a_i = 1, fair coin; every start in the box, every pi",
        novelty="new",
        uses=("FEL-1",),
        since="0.2.0",
        evidence="fel.sophia",
    ),
    Claim(
        "FEL-6",
        "Escapes: growing rates, damping, rates beyond the cap, one logit or r > 1",
        verifies=("P3",),
        scope="GN^-1, fair coin, a_i = 1; each escape drops a hypothesis of FEL-3; the line "
        "search is a computation",
        novelty="new",
        uses=("FEL-1",),
        since="0.2.0",
        evidence="fel.escapes",
    ),
    Claim(
        "FEL-7",
        "FEL-2 and FEL-3 for every negative power, from a far start on",
        verifies=("P3",),
        scope="GN^p with -1/3 < p < 0, fair coin, a_i = 1, A >= z_p; every constant rate, and "
        "every schedule under the cap",
        novelty="new",
        uses=("FEL-1", "FEL-2", "FEL-3"),
        since="0.2.0",
        evidence="fel.powers",
    ),
    Claim(
        "FEL-8",
        "A cure that is not told how far: one rate from GN^-1's own largest step",
        verifies=("P1", "P3"),
        scope="GN^-1, fair coin, a_i = 1; every start, every pi",
        novelty="new",
        uses=("FEL-1", "FEL-6"),
        since="0.2.0",
        evidence="fel.shared_rate",
    ),
    Claim(
        "FEL-9",
        "Reparameterised logits: what GN^-1 feels, and an order that turns round",
        verifies=("P3", "P5"),
        scope="z = psi(w), fair coin; (a), (b) every odd increasing psi and small rates, or "
        "w = tanh(z/2); (c) powers m >= 1, every constant rate; (d) m >= 2; (e) one instance",
        novelty="new",
        uses=("FEQ-4", "FEL-1", "FEL-2", "FEL-3", "FEL-4"),
        since="0.2.0",
        evidence="fel.parameter_order",
    ),
)
