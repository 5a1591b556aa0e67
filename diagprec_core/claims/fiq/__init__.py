"""Full batch, identity basis, quadratic."""

from ..registry import Claim

CLAIMS = (
    Claim(
        "FIQ-1",
        "On the block-wise instance GN^p is gradient descent",
        verifies=("P3",),
        scope="every power, rate and start; identity basis, unit diagonal",
        novelty="reproves",
        uses=(),
        evidence="fiq.descent",
    ),
    Claim(
        "FIQ-2a",
        "No constant rate of GN^p or GD beats ((kappa-1)/(kappa+1))^T",
        verifies=("P3",),
        scope="every constant rate, every T; block-wise instance, identity basis",
        novelty="sharpens",
        uses=("FIQ-1",),
        evidence="fiq.descent",
    ),
    Claim(
        "FIQ-2b",
        "No stable schedule of GN^p or GD beats (1 - 2/kappa)^T",
        verifies=("P3",),
        scope="kappa >= 2, every schedule with rates up to 2/lambda_max; block-wise instance",
        novelty="sharpens",
        uses=("FIQ-1",),
        evidence="fiq.descent",
    ),
    Claim(
        "FIQ-2c",
        "No schedule at all beats 1/T_T((kappa+1)/(kappa-1)), and one attains it",
        verifies=("P3",),
        scope="every schedule and every Krylov method; T + 1 blocks at the Chebyshev extrema",
        novelty="sharpens",
        uses=(),
        evidence="fiq.schedules",
    ),
    Claim(
        "FIQ-3",
        "Adam beats GN^p and GD under every schedule, once kappa is 9",
        verifies=("P3",),
        scope="kappa >= 9, every T, FIQ-2c's instance for it; the whole box |c_k(0)| <= a",
        novelty="sharpens",
        uses=("FEQ-3", "FEQ-4", "FIQ-1", "FIQ-2a", "FIQ-2c"),
        evidence="fiq.adam",
    ),
    Claim(
        "FIQ-4",
        "Adam's path does not depend on the curvature",
        verifies=("P3",),
        scope="EMA Adam, eps = 0, c_k(0) not 0; if beta2 = 0 < beta1, no exact hit of 0; every "
        "schedule",
        novelty="sharpens",
        uses=(),
        evidence="fiq.adam",
    ),
    Claim(
        "FIQ-5",
        "Where Adam's advantage ends: coupling, eps, and constant rates",
        verifies=("P3",),
        scope="random starts; eps > 0 without memory; constant rates over the box",
        novelty="new",
        uses=(),
        evidence="fiq.limits",
    ),
    Claim(
        "FIQ-6",
        "One regression for all horizons: Adam ahead of every schedule at every T up to N",
        verifies=("P3",),
        scope="2N + 1 blocks at the Chebyshev extrema of degree 2N, kappa >= 9; every schedule and "
        "every Krylov method, T <= N",
        novelty="new",
        uses=("FIQ-1", "FIQ-2c", "FIQ-3"),
        evidence="fiq.all_horizons",
    ),
)
