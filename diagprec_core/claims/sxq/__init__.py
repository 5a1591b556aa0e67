"""Mini-batch, either basis, Gaussian linear regression."""

from ..registry import Claim

CLAIMS = (
    Claim(
        "SXQ-1",
        "The second moment of a mini-batch gradient",
        verifies=("P4",),
        scope="Gaussian linear regression; every direction, batch size, covariance and error",
        novelty="sharpens",
        uses=(),
        evidence="sxq.moments",
    ),
    Claim(
        "SXQ-2",
        "Idealised Adam is GN^-1/2 times a scalar and a factor, in [1/sqrt 3, 1] at B = 1",
        verifies=("P4",),
        scope="Gaussian linear regression, R + sigma^2 > 0; every basis; [1/sqrt(B+2), 1] for "
        "every B",
        novelty="sharpens",
        uses=("SXQ-1",),
        evidence="sxq.moments",
    ),
    Claim(
        "SXQ-3",
        "few coordinates can deviate: Adam is GN^-1/2 while B is far below the effective dimension",
        verifies=("P2", "P4"),
        scope="idealised Adam, Gaussian data, any basis, every delta, B and sigma with R + "
        "sigma^2 > 0",
        novelty="sharpens",
        uses=("SXQ-2",),
        evidence="sxq.regimes",
    ),
    Claim(
        "SXQ-4",
        "near the optimum Adam at eta is GN^-1/2 at eta sqrt(B)/sigma, in every basis",
        verifies=("P4",),
        scope="idealised Adam, Gaussian data, sigma > 0; explicit bound in (B+2) R/sigma^2; any "
        "basis",
        novelty="sharpens",
        uses=("SXQ-2",),
        evidence="sxq.regimes",
    ),
    Claim(
        "SXQ-5",
        "mean gradient flow: Adam's lag behind GN^-1/2, in time and in size",
        verifies=("P4",),
        scope="mean gradient flow of idealised Adam, Gaussian data, eigenbasis, GN^-1/2's own time",
        novelty="sharpens",
        uses=("SXQ-2",),
        evidence="sxq.flow",
    ),
    Claim(
        "SXQ-6",
        "The mean sign of a mini-batch gradient follows Student's law",
        verifies=("P2", "P4"),
        scope="Adam with beta1 = beta2 = eps = 0; Gaussian linear regression; every basis, every B",
        novelty="new",
        uses=(),
        evidence="sxq.sign",
    ),
    Claim(
        "SXQ-7",
        "Exact risk of a fixed preconditioner, its stability and its noise floor",
        verifies=("P2", "P5"),
        scope="Gaussian data; every positive definite P in any basis, batch size, noise, learning"
        " rate",
        novelty="new",
        uses=("SXQ-1",),
        evidence="sxq.risk",
    ),
    Claim(
        "SXQ-8",
        "At equal noise floor GN^-1 is fastest, then long-memory Adam, GN^-1/2, gradient descent",
        verifies=("P4", "P5"),
        scope="Gaussian data; last iterate, constant rate, slowest mode; every positive definite "
        "P, every floor; the powers and Adam in the eigenbasis",
        novelty="sharpens",
        uses=("SXQ-7", "SXQ-9"),
        evidence="sxq.best",
    ),
    Claim(
        "SXQ-9",
        "Long-memory Adam has one noise floor at every rate",
        verifies=("P4",),
        scope="Gaussian data, sigma > 0, eigenbasis, every rate and batch size; the frozen limit,"
        " no proof of stability for finite beta2",
        novelty="new",
        uses=("SXQ-1", "SXQ-2", "SXQ-7"),
        evidence="sxq.fixed_point",
    ),
    Claim(
        "SXQ-10",
        "Mini-batch gradients can be drawn exactly without drawing a batch",
        verifies=("P4",),
        scope="Gaussian linear regression; every batch size, covariance and error, noise or none",
        novelty="new",
        uses=(),
        evidence="sxq.sampling",
    ),
    Claim(
        "SXQ-11",
        "GN^p with an estimated curvature: one factor for all coordinates, and its poles",
        verifies=("P5",),
        scope="Gaussian features; curvature and gradient from independent examples; B_H > -2p",
        novelty="new",
        uses=("SXQ-1",),
        evidence="sxq.sampling",
    ),
    Claim(
        "SXQ-12",
        "Beyond Gaussian data: one kurtosis is enough, some condition is needed",
        verifies=("P4",),
        scope="every batch size; (a) one kurtosis in every direction, so all elliptical laws with"
        " fourth moments; (b) all data with fourth moments; (c) independent features in "
        "their own basis; (d) one-hot features; noise with E[xi|x] = 0 and E[xi^2|x] = "
        "sigma^2",
        novelty="new",
        uses=(),
        evidence="sxq.elliptical",
    ),
    Claim(
        "SXQ-13",
        "GN^-1 is minimax among all matrices chosen without the data",
        verifies=("P5",),
        scope="Gaussian data; every horizon, batch size and noise; P_t any d x d matrices, fixed "
        "or drawn independently of the data",
        novelty="sharpens",
        uses=("SXQ-7",),
        evidence="sxq.minimax",
    ),
    Claim(
        "SXQ-14",
        "Momentum: the same floor and stability with (1-beta)/(1+beta) + 1/B for 1 + 1/B",
        verifies=("P5",),
        scope="Gaussian data; every positive definite P, batch size, noise, rate; beta in [0, 1)",
        novelty="new",
        uses=("SXQ-7",),
        evidence="sxq.momentum",
    ),
    Claim(
        "SXQ-15",
        "Averaging the iterates erases the preconditioner",
        verifies=("P2", "P5"),
        scope="Gaussian data; every stable constant rate, fixed P, batch size, noise, momentum; "
        "the limit of many steps",
        novelty="new",
        uses=("SXQ-7", "SXQ-14"),
        evidence="sxq.averaging",
    ),
    Claim(
        "SXQ-16",
        "The full-matrix empirical Fisher gives Newton's direction",
        verifies=("P2", "P5"),
        scope="Gaussian data, every Sigma, delta, B and basis, power -1; the mean step",
        novelty="new",
        uses=("SXQ-1",),
        evidence="sxq.fisher",
    ),
    Claim(
        "SXQ-17",
        "The price of no memory: between pi/2 and pi^2/4 in the noise floor",
        verifies=("P4",),
        scope="Gaussian data, eigenbasis, sigma > 0; the balance at every rate, the floor to the "
        "first two orders in it",
        novelty="new",
        uses=("SXQ-4", "SXQ-6", "SXQ-9"),
        evidence="sxq.memory",
    ),
    Claim(
        "SXQ-18",
        "Long-memory Adam with momentum: one fixed point, the minimum of a convex function",
        verifies=("P4",),
        scope="Gaussian data, sigma > 0, eigenbasis, every rate, batch size and beta1; the limit "
        "beta2 -> 1, whose averaged dynamics converge; no proof for finite beta2",
        novelty="new",
        uses=("SXQ-1", "SXQ-9", "SXQ-14"),
        evidence="sxq.convex",
    ),
    Claim(
        "SXQ-19",
        "Long-memory Adam in every basis: one fixed point, and the eigenbasis is best, but for "
        "momentum at large batches",
        verifies=("P2", "P4"),
        scope="Gaussian data, sigma > 0, every basis, rate and batch size; with momentum unique "
        "for beta1 to 0.91, the eigenbasis best for beta1 to (B+1)/(3B-1), not in general above",
        novelty="new",
        uses=("SXQ-7", "SXQ-14", "SXQ-18"),
        evidence="sxq.every_basis",
    ),
    Claim(
        "SXQ-20",
        "The price of finite memory: (1/4)(1 + 3/B) a e/(a + e) near beta2 = 1",
        verifies=("P4",),
        scope="EMA Adam, Gaussian data, sigma > 0, every basis, beta1^2 < beta2 or both 0; leading "
        "order in the rate",
        novelty="new",
        uses=("SXQ-6", "SXQ-9", "SXQ-17"),
        evidence="sxq.finite_memory",
    ),
    Claim(
        "SXQ-21",
        "Adam's transient: a gradient flow with memory, and GN^-1/2 at a rate of its own",
        verifies=("P4",),
        scope="EMA Adam, Gaussian data, sigma > 0, every basis; (a) rate and 1 - beta2 to 0 "
        "together; (b) where (B+1) rho^2 is small; the error of the recurrence itself is measured",
        novelty="sharpens",
        uses=("SXQ-1", "SXQ-2", "SXQ-14"),
        evidence="sxq.transient",
    ),
    Claim(
        "SXQ-22",
        "AdamW shrinks as a ridge in Sigma^(1/2) does, GN^-1 as one in Sigma",
        verifies=("P4",),
        scope="decoupled decay; fixed preconditioners in every basis at every rate; long-memory "
        "Adam in the eigenbasis, small rates, sigma > 0",
        novelty="new",
        uses=("SXQ-1", "SXQ-21"),
        evidence="sxq.decay",
    ),
    Claim(
        "SXQ-23",
        "At equal floor long-memory Adam's lead over GN^-1/2 can be kappa^(1/6)",
        verifies=("P4", "P5"),
        scope="Gaussian data, eigenbasis, slowest mode; two eigenvalues of ratio kappa >= 7, up to "
        "1/(1 - c)",
        novelty="sharpens",
        uses=("SXQ-7", "SXQ-8", "SXQ-9"),
        evidence="sxq.lead",
    ),
)
