"""The registry of claims: every theorem of the book, with its evidence and negative controls."""

from .. import validation as check
from . import b, fel, feq, fil, fiq, sxl, sxq
from .registry import Check, Claim, Kind, Novelty, Outcome, Verdict, judge

CLAIMS = (
    *feq.CLAIMS,
    *fel.CLAIMS,
    *fiq.CLAIMS,
    *fil.CLAIMS,
    *sxq.CLAIMS,
    *sxl.CLAIMS,
    *b.CLAIMS,
)

__all__ = ["CLAIMS", "Check", "Claim", "Kind", "Novelty", "Outcome", "Verdict", "judge", "select"]


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
