"""Between and beside the bases; which power."""

from ..registry import Claim

CLAIMS = (
    Claim(
        "B-1",
        "Only the angle between problem and basis matters",
        verifies=("P2",),
        scope="rules that see the gradient's coordinates and the diagonal of GN; any d, full or "
        "mini-batch, quadratic or logistic; the converse in (c) for sign descent",
        novelty="sharpens",
        uses=(),
        since="0.2.0",
        evidence="b.rotation",
    ),
    Claim(
        "B-2",
        "The geodesic between two bases, and when there is one",
        verifies=("P2", "P6"),
        scope="columns ordered and signed by the rule of `align`; d <= 5 for existence, every d "
        "where it exists; analytic for GN^p and GD",
        novelty="new",
        uses=("SXQ-7",),
        since="0.2.0",
        evidence="b.geodesic",
    ),
    Claim(
        "B-3",
        "The empirical-Fisher eigenbasis: its angle, and GN^-1 in it",
        verifies=("P2", "P5"),
        scope="Gaussian linear regression, every B and noise; the angle for eigenvalues with a "
        "gap, the condition number without",
        novelty="new",
        uses=("SXQ-1", "SXQ-3", "B-6"),
        since="0.2.0",
        evidence="b.fisher",
    ),
    Claim(
        "B-4",
        "Kronecker-factored bases: exact for products, blind to skew pairs",
        verifies=("P2", "P3", "P6"),
        scope="matrix parameters of any shape, in (a) and (b); (c) needs m, n >= 2; full batch "
        "and, as everything follows from the diagonal of GN, mini-batch",
        novelty="new",
        uses=("FIQ-3", "B-6"),
        since="0.2.0",
        evidence="b.kronecker",
    ),
    Claim(
        "B-5",
        "The best power is -1 for large batches and long runs, and the start's own in much noise",
        verifies=("P5",),
        scope="Gaussian data, fixed P, best constant rate, last iterate; one step in full, else "
        "limits, with explicit bounds; linear decay as well. In between it is computed, not"
        " proved",
        novelty="contradicts",
        uses=("FEQ-2", "SXQ-7", "SXQ-8"),
        since="0.2.0",
        evidence="b.power",
    ),
    Claim(
        "B-6",
        "What the angle costs: closed forms in the plane, and how they fail beyond",
        verifies=("P2", "P5"),
        scope="(a), (b), (c): 2 x 2, every angle, kappa and power; (d), (e): every d",
        novelty="new",
        uses=("SXQ-8",),
        since="0.2.0",
        evidence="b.angle",
    ),
    Claim(
        "B-7",
        "How far from the eigenbasis GN^-1 stays ahead of Adam",
        verifies=("P2", "P3", "P5"),
        scope="full batch, quadratic; Adam without memory under every schedule, GN^-1 at one "
        "constant rate; worst start of a box in the basis, T at least an explicit T_0",
        novelty="new",
        uses=("FIQ-2a", "FIQ-3", "B-6"),
        since="0.2.0",
        evidence="b.crossing",
    ),
    Claim(
        "B-8",
        "At 45 degrees a sawtooth schedule makes Adam pay the logarithm of kappa",
        verifies=("P2", "P3"),
        scope="full batch, 2 x 2 blocks with equal diagonal and one kappa >= 5, Adam without "
        "memory, almost every start; GN^-1 at constant rates",
        novelty="new",
        uses=("FIQ-2a",),
        since="0.2.0",
        evidence="b.sawtooth",
    ),
    Claim(
        "B-9",
        "At a finite horizon GN^-1 is never the best power, but for balanced starts",
        verifies=("P5",),
        scope="Gaussian data, eigenbasis, every T, B and noise, best constant rates, in (c) best "
        "schedules; shares of the risk that lean to one side of the spectrum",
        novelty="contradicts",
        uses=("SXQ-7", "SXQ-13", "B-5"),
        since="0.2.0",
        evidence="b.newton_power",
    ),
    Claim(
        "B-10",
        "From an isotropic start the best single step is damped Gauss-Newton",
        verifies=("P5",),
        scope="Gaussian data, one step, E delta_0 delta_0^T a multiple of I, in (b) diagonal in "
        "the eigenbasis; every matrix chosen without the data",
        novelty="new",
        uses=("SXQ-13", "B-5"),
        since="0.2.0",
        evidence="b.damping",
    ),
    Claim(
        "B-11",
        "How many gradients a basis needs",
        verifies=("P2", "P5"),
        scope="GN^-1 in the eigenbasis of an estimated second-moment matrix; every spectrum, no "
        "gap asked for; (c) for Gaussian gradients",
        novelty="new",
        uses=("B-3", "B-6"),
        since="0.2.0",
        evidence="b.sampled_basis",
    ),
    Claim(
        "B-12",
        "What a basis with a level diagonal, such as a random one, leaves of a power",
        verifies=("P2", "P5"),
        scope="condition numbers, every matrix, basis and power; from (b) on bases drawn without a "
        "preferred direction, (c) and (d) with a stated probability",
        novelty="new",
        uses=("B-6",),
        since="0.2.0",
        evidence="b.random_basis",
    ),
)
