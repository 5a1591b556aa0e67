"""Run the chapters on what could be other machines, and list every line that changes.

`make robust`, or `python notebooks/robust.py [-j N] [NOTEBOOK ...]`. What a chapter prints has to
be certain: the same on another processor, library version and number of threads. The variants: other
kernels of OpenBLAS and of NumPy, two threads, and noise of the size of rounding on what another
linear algebra library would compute otherwise (eigenbases, and matrices seen in a basis).
The exit status is 1 if any line changes.
"""

import argparse
import os
import re
import sys
from pathlib import Path

import joblib
import nbformat
from nbclient import NotebookClient
from nbval.plugin import coalesce_streams, get_sanitize_patterns

FOLDER = Path(__file__).parent
SIZE = 1e-15  # Relative: a few units in the last place.
# Set in the kernel before anything is imported.
VARIANTS = {
    "OpenBLAS for Haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "OpenBLAS for Nehalem": {"OPENBLAS_CORETYPE": "Nehalem"},
    "NumPy without AVX512": {
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    },
    "two threads": {"OPENBLAS_NUM_THREADS": "2"},
    "noise, seed 1": {"DIAGPREC_NOISE": "1"},
    "noise, seed 2": {"DIAGPREC_NOISE": "2"},
}
PREAMBLE = f"""
import os as _os
if "DIAGPREC_NOISE" in _os.environ:
    import numpy as _np
    from diagprec_core.methods import bases as _bases
    from diagprec_core.numerics import blocks as _blocks
    from diagprec_core.problems import frame as _frame
    _rng = _np.random.default_rng(int(_os.environ["DIAGPREC_NOISE"]))

    def _noisy(function, symmetric):
        def call(*args):
            found = function(*args)
            if found.ndim == 2 and _np.count_nonzero(found) > len(found):
                noise = {SIZE} * _rng.standard_normal(found.shape)
                found = found * (1 + (noise + noise.T if symmetric else noise))
            return found
        return call

    _frame.rotate = _noisy(_blocks.rotate, True)
    _bases.eigenbasis = _noisy(_bases.eigenbasis, False)
    _bases.geodesic = _noisy(_bases.geodesic, False)
"""


def main():
    """Run all variants of all chapters, print what changes, return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("-j", "--jobs", type=int, default=2)
    options = parser.parse_args()
    paths = options.notebooks or sorted(FOLDER.glob("*.ipynb"))
    tasks = [(path, name) for path in paths for name in VARIANTS]
    run = joblib.Parallel(n_jobs=options.jobs, return_as="generator")
    changed = 0
    for (path, name), lines in zip(
        tasks,
        run(joblib.delayed(changes)(*task) for task in tasks),
        strict=True,
    ):
        changed += len(lines)
        print(
            f"{path.stem:35} {name:22} {len(lines) or 'no'} lines change",
            flush=True,
        )
        for line in lines:
            print(f"    {line}")
    print(
        f"{changed} lines in all"
        if changed
        else "every printed line is certain"
    )
    return 1 if changed else 0


def changes(path, variant):
    """Return the lines that a chapter prints otherwise, with the cell's number."""
    notebook = nbformat.read(path, as_version=4)
    stored = [texts(cell) for cell in notebook.cells]
    notebook.cells.insert(0, nbformat.v4.new_code_cell(PREAMBLE))
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        allow_errors=True,
        extra_arguments=["--IPKernelApp.log_level=40"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute(env={**os.environ, **VARIANTS[variant]})
    lines = []
    for number, (before, cell) in enumerate(
        zip(stored, notebook.cells[1:], strict=True)
    ):
        after = texts(cell)
        # As sets: the order of kinds and streams is Jupyter's, and nbval does not compare it.
        lines += [
            f"cell {number}: - {line}" for line in before if line not in after
        ]
        lines += [
            f"cell {number}: + {line}" for line in after if line not in before
        ]
    return lines


def texts(cell):
    """Return the lines of a cell's outputs that nbval compares, addresses made alike."""
    lines = []
    for output in coalesce_streams(cell.get("outputs", [])):
        data = {
            kind: v
            for kind, v in output.get("data", {}).items()
            if "image" not in kind
        }
        for text in [
            output.get("text", ""),
            *data.values(),
            *output.get("traceback", []),
        ]:
            for pattern, replacement in PATTERNS:
                text = re.sub(pattern, replacement, text)
            lines += text.splitlines()
    return lines


PATTERNS = list(get_sanitize_patterns((FOLDER / "sanitise.cfg").read_text()))

if __name__ == "__main__":
    sys.exit(main())
