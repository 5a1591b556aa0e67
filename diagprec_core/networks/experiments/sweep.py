"""Run the experiments: ``python -m diagprec_core.networks.experiments.sweep``, or ``make sweeps``.

Every experiment is a module with FILE, TITLE, REMARKS, COLUMNS; `cells()`, a list of cells in the
order of the table; `name(cell)`, the text of a cell in the table's first column, "cell";
`group(cell)`, equal for cells that share a compilation; and `make(cell)`, which returns the cell's
row, a dict. A row that is stored is not made again, so that an interrupted sweep goes on where it
stopped.
"""

import argparse
import importlib
import os
import sys
from itertools import groupby
from pathlib import Path

from joblib import Parallel, delayed
from tqdm import tqdm

from . import tables

EXPERIMENTS = {
    "small": ".small.experiment",
    "small-moments": ".small.along",
    "digits": ".digits.training",
    "digits-power": ".digits.power",
    "language": ".language.experiment",
    "language-power": ".language.power",
}
# One thread a process: two run side by side.
ENVIRONMENT = {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "OPENBLAS_NUM_THREADS": "1",
}


def module(name):
    """Return the module of an experiment."""
    return importlib.import_module(EXPERIMENTS[name], __package__)


def missing(name, folder, pattern="", force=False):
    """Return the cells of an experiment that are not stored, in groups that share a compilation."""
    experiment = module(name)
    path = Path(folder) / experiment.FILE
    stored = set() if force or not path.exists() else {row["cell"] for row in tables.read(path)}
    wanted = [
        cell
        for cell in experiment.cells()
        if pattern in (found := experiment.name(cell)) and found not in stored
    ]
    ordered = sorted(wanted, key=experiment.group)
    return [list(cells) for _, cells in groupby(ordered, key=experiment.group)]


def make_group(name, cells, folder):
    """Make the rows of a group of cells and append each; return what went wrong."""
    experiment, failures = module(name), []
    path = Path(folder) / experiment.FILE
    for cell in cells:
        try:
            row = {"cell": experiment.name(cell), **experiment.make(cell)}
            tables.append(path, row, experiment.COLUMNS)
        except Exception as error:  # the other cells are worth making all the same
            failures.append(f"{experiment.name(cell)}: {type(error).__name__}: {error}")
    return len(cells), failures


def run(names, folder, pattern="", force=False, jobs=2):
    """Make all rows that are missing; return what went wrong, a list of messages."""
    todo = []
    for name in names:
        experiment = module(name)
        path = Path(folder) / experiment.FILE
        if force and not pattern:
            path.unlink(missing_ok=True)
        groups = missing(name, folder, pattern, force)
        if groups:
            tables.begin(path, experiment.TITLE, experiment.COLUMNS, experiment.REMARKS)
        todo += [(name, cells) for cells in groups]
    made = Parallel(n_jobs=jobs, return_as="generator_unordered")(
        delayed(make_group)(name, cells, folder) for name, cells in todo
    )
    failures = []
    with tqdm(total=sum(len(cells) for _, cells in todo), unit="cell", disable=None) as bar:
        for count, failed in made:
            bar.update(count)
            failures += failed
    for name in names:
        experiment = module(name)
        if (path := Path(folder) / experiment.FILE).exists():
            order = {experiment.name(cell): i for i, cell in enumerate(experiment.cells())}
            tables.tidy(path, lambda row, order=order: order.get(row["cell"]))
    return failures


def main(arguments=None):
    """Run the sweep from the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m diagprec_core.networks.experiments.sweep")
    parser.add_argument("--force", action="store_true", help="make rows that are stored anew")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--only", default="", metavar="TEXT", help="cells with TEXT in their name")
    parser.add_argument("--folder", type=Path, default=tables.FOLDER, help="where the tables go")
    parser.add_argument("experiments", nargs="*", default=[*EXPERIMENTS], help="default: all")
    options = parser.parse_args(arguments)
    for name in options.experiments:
        if name not in EXPERIMENTS:
            parser.error(f"{name}: no experiment; there are {', '.join(EXPERIMENTS)}")
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    failures = run(options.experiments, options.folder, options.only, options.force, options.jobs)
    print(*failures, sep="\n", end="\n" if failures else "")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
