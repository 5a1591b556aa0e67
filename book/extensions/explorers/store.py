"""What the explorers show is computed once: again when the core or the explorer changes."""

import hashlib
import json
from pathlib import Path

from offline import ROOT, fingerprint

FOLDER = ROOT / "_build" / "explorers"
LIMIT = 150_000  # bytes of JSON in the page


def data_of(explorer):
    """Return the explorer's data as JSON text, from the disk if it is there.

    Raises
    ------
    ValueError
        If the data is too large for a page.
    """
    source = Path(__file__).with_name(f"{explorer.name}.py").read_bytes()
    state = hashlib.sha256(fingerprint().encode() + source).hexdigest()[:16]
    kept = FOLDER / f"{explorer.name}-{state}.json"
    if not kept.exists():
        text = json.dumps(explorer.compute(), separators=(",", ":"), allow_nan=False)
        if len(text) > LIMIT:
            raise ValueError(f"{explorer.name}: got {len(text)} bytes, need at most {LIMIT}")
        FOLDER.mkdir(parents=True, exist_ok=True)
        for stale in FOLDER.glob(f"{explorer.name}-*"):
            stale.unlink()
        kept.write_text(text)
    return kept.read_text()
