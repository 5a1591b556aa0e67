"""Full batch, identity basis, logistic regression."""

from ..registry import Claim

CLAIMS = (
    Claim(
        "FIL-1",
        "One recurrence for every power, and its local threshold",
        verifies=("P2", "P3"),
        scope="every power, rate and number of blocks; starts on the lines phi_k (1, 1); identity"
        " basis",
        novelty="new",
        uses=(),
        since="0.2.0",
        evidence="fil.maps",
    ),
    Claim(
        "FIL-2",
        "No constant rate of GD, GN^-1/2 or GN^-1 serves both blocks",
        verifies=("P3",),
        scope="every constant rate, -1 <= p <= 0, m <= 1/2, damping too; all but countably many "
        "starts, none excluded for 0 < |phi_1(0)| <= 3.83",
        novelty="new",
        uses=("FIL-1",),
        since="0.2.0",
        evidence="fil.bound",
    ),
    Claim(
        "FIL-3",
        "Adam halves every block's error whatever its curvature",
        verifies=("P3",),
        scope="the whole box |phi_k(0)| <= a, on the lines; rivals at constant rates, or at "
        "schedules with reduced rates up to 4, or (small starts) at schedules with bounded "
        "rates",
        novelty="new",
        uses=("FEQ-3", "FIQ-2c", "FIQ-3", "FIQ-5", "FIL-1", "FIL-2"),
        since="0.2.0",
        evidence="fil.adam",
    ),
)
