"""The sweep's files: one CSV a cell, with a header that says how it was made."""

import csv
import os
from pathlib import Path

import jax
import numpy as np

from . import protocol, rules, training
from .tasks import TASKS

FOLDER = Path(__file__).parents[2] / "book" / "data" / "networks"
EVERY = 20  # steps between the losses that are stored
COLUMNS = ("use", "seed", "rate", "knob", "steps_to_threshold", "final_loss", "losses")
MEASURED = (
    *("seed", "step", "basis", "loss", "coordinates", "sum_rho2", "excess_median"),
    *("excess_spread", "misfit_spread", "share_1", "share_8", "share_64", "share_full"),
    *("off_diagonal", "off_diagonal_used"),
)


def header(what):
    """Return the comment lines of a file: what it holds, how and with what it was made."""
    return (
        f"# {what}\n"
        "# made by: python -m diagprec_core.networks.sweep (make sweeps)\n"
        f"# jax {jax.__version__}, numpy {np.__version__}; float64 on the CPU\n"
        f"# tuning seeds {' '.join(map(str, protocol.TUNING_SEEDS))}; "
        f"report seeds {' '.join(map(str, protocol.REPORT_SEEDS))}\n"
    )


def write(path, text):
    """Write a file in one go, so that an interruption leaves no half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)


def cell_text(cell, runs):
    """Return the text of a cell's file; tuning runs come without their curve."""
    task = TASKS[cell.task]
    lines = [
        header(f"{cell.task}, batch {cell.batch}, basis {cell.basis}, rule {cell.rule}"),
        f"# steps {task.steps}; knobs {' '.join(f'{k:g}' for k in rules.KNOBS[cell.rule])}; "
        f"refresh every {training.REFRESH} steps; threshold {task.threshold:.6g}\n",
        f"# losses: every {EVERY} steps from step 0 on\n",
        ",".join(COLUMNS) + "\n",
    ]
    for run in runs:
        steps = protocol.reached(run.losses, task.threshold)
        curve = "" if run.use == "tune" else " ".join(f"{v:.5e}" for v in run.losses[::EVERY])
        lines.append(
            f"{run.use},{run.seed},{run.rate!r},{run.knob:g},{steps:g},{run.final:.6e},{curve}\n"
        )
    return "".join(lines)


def rows(path):
    """Return the rows of a stored file as dicts, numbers where they are numbers.

    Raises
    ------
    FileNotFoundError
        If there is no such file; an installed package comes without the stored runs.
    """
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: no such run is stored; the book's repository has them in book/data/networks, "
            "which `folder` may name, and python -m diagprec_core.networks.sweep makes them"
        )
    with path.open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        found = list(csv.DictReader(lines))
    for row in found:
        for key, value in row.items():
            if key == "losses":
                row[key] = np.array([float(v) for v in value.split()])
            elif key not in ("use", "basis"):
                row[key] = float(value)
    return found


def load_cell(cell, folder=FOLDER):
    """Return a cell's stored rows.

    Raises
    ------
    FileNotFoundError
        If the sweep has not made the cell.
    """
    return rows(Path(folder) / f"{cell.name}.csv")


def load_measures(task, batch, folder=FOLDER):
    """Return the stored moments along Adam's runs in the identity basis, one dict a row."""
    return rows(Path(folder) / f"measures-{task}-{batch}.csv")
