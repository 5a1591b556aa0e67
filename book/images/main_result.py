"""Write the README's figure: the figure of chapter 3 as its notebook stores it."""

import base64
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]
FIGURE = "fig-fiq-steps"


def stored_figure(name):
    """Return the PNG that the cell with this figure name printed."""
    notebook = nbformat.read(ROOT / "notebooks" / "03_full_batch_identity.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("mystnb", {}).get("figure", {}).get("name") == name:
            (png,) = (o.data["image/png"] for o in cell.outputs if "image/png" in o.get("data", {}))
            return base64.b64decode(png)
    raise LookupError(f"no figure {name}")


if __name__ == "__main__":
    (Path(__file__).parent / "main_result.png").write_bytes(stored_figure(FIGURE))
