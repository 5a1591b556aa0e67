"""Run the whole sweep: ``python -m diagprec_core.networks.sweep``, or ``make sweeps``.

It makes one small file a cell under book/data/networks/ and skips those that exist, so that an
interrupted sweep goes on where it stopped; ``--force`` makes them anew. Cells that share a
compilation are made by one process, one after the other.
"""

import argparse
import os
import sys
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from tqdm import tqdm

from . import curvature, measure, protocol, rules, storage, training, use_float64
from .tasks import TASKS

# One thread a process: two run side by side.
ENVIRONMENT = {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "OPENBLAS_NUM_THREADS": "1",
}
SHARES = (0, 1 / 60, 1 / 10, 1 / 4, 1 / 2, 3 / 4, 1)  # of a run, where moments are measured


def groups(pattern=""):
    """Return the cells in groups that share a compilation, the longest first.

    >>> sum(len(group) for group in groups()), len(groups("parity-small"))
    (104, 3)
    """
    order = [
        (task, batch, basis)
        for basis in ("full", "Kronecker", "identity")
        for task in ("parity", "addition", "staircase", "teacher")
        for batch in training.BATCHES
    ]
    found = []
    for task, batch, basis in order:
        # Gradient descent does not feel the basis, so it has one.
        names = rules.RULES if basis == "identity" else rules.RULES[1:]
        cells = [protocol.Cell(task, batch, basis, rule) for rule in names]
        found.append([cell for cell in cells if pattern in cell.name])
    return [group for group in found if group]


def measured_text(cell, paths):
    """Return the text of the file of moments along the report runs of a cell."""
    task = TASKS[cell.task]
    lines = [
        storage.header(f"{cell.task}, batch {cell.batch}: moments along Adam, basis identity"),
        "# bases: of the population's G at that point; off_diagonal_used: of the basis that a run\n"
        f"# has there, estimated up to {training.REFRESH} steps before\n",
        ",".join(storage.MEASURED) + "\n",
    ]
    for seed, path in zip(protocol.REPORT_SEEDS, paths, strict=True):
        population = task.population(training.keys(seed)[0])
        for share in SHARES:
            k = round(share * (len(path) - 1))
            before = max(k - 1, 0)
            inputs = training.curvature_inputs(task, seed, before, population, cell.batch)
            z = curvature.whitened_jacobians(task, path[k], population[0])
            matrix = curvature.gauss_newton(z)
            loss = curvature.mean_loss(task, path[k], *population)
            for basis in curvature.BASES:
                own = measure.basis_at(cell.task, basis, path[k], population[0])
                used = measure.basis_at(cell.task, basis, path[before], inputs)
                m = measure.moments(cell.task, path[k], population, own)
                numbers = (
                    m.correlation.sum(),
                    np.median(m.excess),
                    measure.spread(m.excess),
                    measure.spread(m.excess / (1 + 2 * m.correlation)),
                    *(measure.share_within(m.factor(b)) for b in (1, 8, 64, np.inf)),
                )
                masses = (measure.off_diagonal_mass(matrix, u) for u in (own, used))
                step = k * training.REFRESH
                lines.append(f"{seed},{step},{basis},{loss:.6e},{len(m.excess)},")
                lines.append(",".join(f"{v:.5g}" for v in numbers))
                # To four decimals: what is 0 in an eigenbasis is rounding beyond them.
                lines.append("".join(f",{v:.4f}" for v in masses) + "\n")
    return "".join(lines)


def make_group(cells, folder, force):
    """Make the files of a group; return how many cells it has and what went wrong."""
    use_float64()  # here, because each group may have a process of its own
    failures = []
    for cell in cells:
        target = folder / f"{cell.name}.csv"
        moments = folder / f"measures-{cell.task}-{cell.batch}.csv"
        wants_moments = cell.rule == "Adam" and cell.basis == "identity"
        done = target.exists() and (moments.exists() or not wants_moments)
        if done and not force:
            continue
        try:
            runs, winners = protocol.tune(cell)
            reports, paths = protocol.report(cell, winners)
            if wants_moments:
                storage.write(moments, measured_text(cell, paths))
            storage.write(target, storage.cell_text(cell, runs + reports))
        except Exception as error:  # the other cells are worth making all the same
            failures.append(f"{cell.name}: {type(error).__name__}: {error}")
    return len(cells), failures


def main(arguments=None):
    """Run the sweep from the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m diagprec_core.networks.sweep")
    parser.add_argument("--force", action="store_true", help="make files that exist anew")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--only", default="", metavar="TEXT", help="cells with TEXT in their name")
    parser.add_argument("--folder", type=Path, default=storage.FOLDER, help="where the files go")
    options = parser.parse_args(arguments)
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    todo = groups(options.only)
    made = Parallel(n_jobs=options.jobs, return_as="generator_unordered")(
        delayed(make_group)(cells, options.folder, options.force) for cells in todo
    )
    failures = []
    with tqdm(total=sum(map(len, todo)), unit="cell", disable=None) as bar:
        for count, failed in made:
            bar.update(count)
            failures += failed
    print(*failures, sep="\n", end="\n" if failures else "")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
