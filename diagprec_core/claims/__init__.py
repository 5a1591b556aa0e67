"""The registry of claims: every theorem of the book, with its evidence and negative controls."""

from .. import validation as check
from .b import (
    angle as b_angle,
)
from .b import (
    crossing as b_crossing,
)
from .b import (
    fisher as b_fisher,
)
from .b import (
    geodesic as b_geodesic,
)
from .b import (
    kronecker as b_kronecker,
)
from .b import (
    power as b_power,
)
from .b import (
    rotation as b_rotation,
)
from .b import (
    sawtooth as b_sawtooth,
)
from .fel import adam as fel_adam
from .fel import bounds as fel_bounds
from .fel import escapes as fel_escapes
from .fel import maps as fel_maps
from .feq import adam as feq_adam
from .feq import descent as feq_descent
from .fil import adam as fil_adam
from .fil import bound as fil_bound
from .fil import maps as fil_maps
from .fiq import (
    adam as fiq_adam,
)
from .fiq import (
    descent as fiq_descent,
)
from .fiq import (
    limits as fiq_limits,
)
from .fiq import (
    schedules as fiq_schedules,
)
from .registry import Check, Claim, Kind, Outcome, Verdict, judge
from .sxl import batch as sxl_batch
from .sxl import fisher as sxl_fisher
from .sxl import sandwich as sxl_sandwich
from .sxq import (
    averaging as sxq_averaging,
)
from .sxq import (
    best as sxq_best,
)
from .sxq import (
    elliptical as sxq_elliptical,
)
from .sxq import (
    fisher as sxq_fisher,
)
from .sxq import (
    fixed_point as sxq_fixed_point,
)
from .sxq import (
    flow as sxq_flow,
)
from .sxq import (
    memory as sxq_memory,
)
from .sxq import (
    minimax as sxq_minimax,
)
from .sxq import (
    moments as sxq_moments,
)
from .sxq import (
    momentum as sxq_momentum,
)
from .sxq import (
    regimes as sxq_regimes,
)
from .sxq import (
    risk as sxq_risk,
)
from .sxq import (
    sampling as sxq_sampling,
)
from .sxq import (
    sign as sxq_sign,
)

CLAIMS = (
    *feq_descent.CLAIMS,
    *feq_adam.CLAIMS,
    *fel_maps.CLAIMS,
    *fel_bounds.CLAIMS,
    *fel_adam.CLAIMS,
    *fel_escapes.CLAIMS,
    *fiq_descent.CLAIMS,
    *fiq_schedules.CLAIMS,
    *fiq_adam.CLAIMS,
    *fiq_limits.CLAIMS,
    *fil_maps.CLAIMS,
    *fil_bound.CLAIMS,
    *fil_adam.CLAIMS,
    *sxq_moments.CLAIMS,
    *sxq_regimes.CLAIMS,
    *sxq_flow.CLAIMS,
    *sxq_sign.CLAIMS,
    *sxq_risk.CLAIMS,
    *sxq_best.CLAIMS,
    *sxq_fixed_point.CLAIMS,
    *sxq_sampling.CLAIMS,
    *sxq_elliptical.CLAIMS,
    *sxq_minimax.CLAIMS,
    *sxq_momentum.CLAIMS,
    *sxq_averaging.CLAIMS,
    *sxq_fisher.CLAIMS,
    *sxq_memory.CLAIMS,
    *sxl_fisher.CLAIMS,
    *sxl_sandwich.CLAIMS,
    *sxl_batch.CLAIMS,
    *b_rotation.CLAIMS,
    *b_geodesic.CLAIMS,
    *b_fisher.CLAIMS,
    *b_kronecker.CLAIMS,
    *b_power.CLAIMS,
    *b_angle.CLAIMS,
    *b_crossing.CLAIMS,
    *b_sawtooth.CLAIMS,
)

__all__ = ["CLAIMS", "Check", "Claim", "Kind", "Outcome", "Verdict", "judge", "select"]


def select(claim_id=None):
    """Return the claims with this id or beginning with it: 'FIQ', 'FIQ-2', 'FIQ-2c'; None: all.

    Raises
    ------
    ValueError
        If there is no such claim.

    Examples
    --------
    >>> [claim.id for claim in select("FIQ-2")]
    ['FIQ-2a', 'FIQ-2b', 'FIQ-2c']
    """
    if claim_id is None:
        return CLAIMS
    wanted = str(claim_id).strip().lower()
    exact = [c for c in CLAIMS if c.id.lower() == wanted]
    family = [c for c in CLAIMS if _extends(c.id.lower(), wanted)]
    if not exact and not family:
        check.fail("claim", repr(claim_id), "one of " + ", ".join(c.id for c in CLAIMS))
    return tuple(exact or family)


def _extends(claim_id, prefix):
    """Say whether the id begins with the prefix at a joint: FIQ-2 fits FIQ-2c but not FIQ-21."""
    rest = claim_id[len(prefix) :]
    return bool(prefix) and claim_id.startswith(prefix) and not rest[:1].isdigit()
