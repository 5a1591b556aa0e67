"""Mini-batch, either basis, logistic regression."""

from ..registry import Claim

CLAIMS = (
    Claim(
        "SXL-1",
        "At the optimum of a well-specified problem Adam is GN^-1/2",
        verifies=("P2", "P4"),
        scope="logistic regression, E|x|^2 finite, every basis. At theta*: labels from the model "
        "(well specified), every B. At theta = 0: any labels, B = 1. The identity: any "
        "labels, any theta",
        novelty="new",
        uses=(),
        since="0.2.0",
        evidence="sxl.fisher",
    ),
    Claim(
        "SXL-2",
        "Off the optimum: how far the noise and the curvature can be apart",
        verifies=("P2", "P4"),
        scope="logistic regression, B = 1, every basis; (a) to (c): labels of any law, with their"
        " own logits for z*, bounded by M* in (c); (d): well specified, theta = t theta*",
        novelty="new",
        uses=(),
        since="0.2.0",
        evidence="sxl.sandwich",
    ),
    Claim(
        "SXL-3",
        "A batch of any size: between V_u/B and V_u",
        verifies=("P2", "P4"),
        scope="independent examples, any loss and any labels (checked on logistic regression, "
        "labels of no model); every B, every basis; u^T grad with finite second moment",
        novelty="new",
        uses=(),
        since="0.2.0",
        evidence="sxl.batch",
    ),
    Claim(
        "SXL-4",
        "Near the optimum: the square-root rule, with noise of size one",
        verifies=("P2", "P4"),
        scope="logistic regression, every basis, every B; labels of any law, with their own "
        "logits for z*; well specified where theta* or G(theta*) stand",
        novelty="new",
        uses=("SXL-2", "SXL-3"),
        since="0.2.0",
        evidence="sxl.rule",
    ),
)
