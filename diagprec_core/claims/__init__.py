"""The registry of claims: every theorem of the book, with its evidence and negative controls."""

from .. import validation as check
from . import (
    b_angle,
    b_crossing,
    b_fisher,
    b_geodesic,
    b_kronecker,
    b_power,
    b_rotation,
    b_sawtooth,
    fel_adam,
    fel_bounds,
    fel_escapes,
    fel_maps,
    feq_adam,
    feq_descent,
    fil_adam,
    fil_bound,
    fil_maps,
    fiq_adam,
    fiq_descent,
    fiq_limits,
    fiq_schedules,
    sxl_batch,
    sxl_fisher,
    sxl_sandwich,
    sxq_averaging,
    sxq_best,
    sxq_elliptical,
    sxq_fisher,
    sxq_fixed_point,
    sxq_flow,
    sxq_memory,
    sxq_minimax,
    sxq_moments,
    sxq_momentum,
    sxq_regimes,
    sxq_risk,
    sxq_sampling,
    sxq_sign,
)
from .registry import Check, Claim, Kind, Outcome, Verdict, judge

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
