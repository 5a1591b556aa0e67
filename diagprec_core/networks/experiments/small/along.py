"""The experiment on the theorems' quantities along Adam's runs on the small networks.

A cell is a task. Adam runs in the identity basis on mini-batches of 8, at a rate and a memory that
are the same for all tasks and not tuned; at a few steps the population's moments are taken in every
basis, exactly. What is stored are medians over the seeds and the order statistics around them.
"""

from functools import cache

import numpy as np

from ... import use_float64
from .. import statistics, tables
from . import bases, curvature, descent, moments, rules, tasks
from .experiment import problem

FILE, TITLE = "small-moments.csv", "moments along Adam's runs on the small networks"
SEEDS = tuple(range(11, 26))
STEPS, BATCH = (0, 10, 40, 100, 200, 400), 8
RATE, MEMORY, MOMENTUM = 2.0**-6, 2.0**-6, 0.9  # 1 - beta2 is the memory's
BASES = ("identity", "Kronecker", "full")
SIZES = (1, 8, 64, np.inf)
MEASURED = ("loss", "misfit", *(f"share {size}" for size in SIZES), "off diagonal")
COLUMNS = ("cell", "step", "basis", *MEASURED)
REMARKS = (
    f"rate {RATE:g}, 1 - beta2 {MEMORY:g}, beta1 {MOMENTUM:g}, batch {BATCH}, identity basis",
    "medians over 15 seeds, each with the 4th smallest and the 4th largest value",
    "misfit: 90th over 10th percentile of a_u/(1 + 2 rho_u^2) over the coordinates",
    "share: of coordinates on which Adam is GN^-1/2 up to one scalar and a factor sqrt 2",
    "off diagonal: share of |G|_F^2 in that basis, to four decimals",
)


def cells():
    """Return the cells: task, step and basis."""
    return [(t, s, b) for t in tasks.TASKS for s in STEPS for b in BASES]


def name(cell):
    """Return a cell's name.

    >>> name(("parity", 10, "full"))
    'parity | step 10 | full basis'
    """
    return "{} | step {} | {} basis".format(*cell)


def group(cell):
    """Return what cells share a compilation by."""
    return cell[0]


def parameters(task, step, seeds=SEEDS):
    """Return Adam's parameters after some steps on a task, shape (seeds, p)."""
    problem_of = tasks.TASKS[task]
    setup = descent.Setup(problem_of.network, problem_of.loss, rules.ADAM, batch=BATCH)
    numbers = map(np.float64, (problem_of.noise, -1.0, RATE, MEMORY, MOMENTUM))
    counts = map(np.int64, (1, step, len(seeds), 0))
    return np.asarray(descent.runner(setup)(problem(task, seeds), *numbers, *counts)[2])


def measured(task, theta, population, basis):
    """Return the measured numbers at a point, in the order of `MEASURED`."""
    z = curvature.whitened_jacobians(task, theta, population[0])
    u = bases.build(basis, task.network, z, None)
    found = moments.moments(task, theta, population, u)
    return (
        float(curvature.mean_loss(task, theta, *population)),
        moments.spread(found.excess / (1 + 2 * found.correlation)),
        *(moments.share_within(found.factor(size)) for size in SIZES),
        round(moments.off_diagonal_mass(curvature.gauss_newton(z), u), 4),
    )


def make(cell):
    """Measure a cell on all seeds; return its row."""
    use_float64()
    task, step, basis = cell
    data = problem(task, SEEDS)
    points = parameters(task, step)
    found = [
        measured(tasks.TASKS[task], theta, (x, y), basis)
        for theta, x, y in zip(points, data.inputs, data.targets, strict=True)
    ]
    row = {"step": step, "basis": basis}
    for key, values in zip(MEASURED, zip(*found, strict=True), strict=True):
        middle = statistics.median(values)
        row[key] = (middle.value, middle.low, middle.high)
    return row


@cache
def stored(folder=tables.FOLDER):
    """Return what is stored, a dict from (task, step, basis) to a dict of `statistics.Interval`.

    Raises
    ------
    FileNotFoundError
        If there is no table in the folder.
    """
    level = statistics.rank(len(SEEDS))[1]
    found = {}
    for row in tables.read(folder / FILE):
        measures = {
            key: statistics.Interval(*tables.numbers(row[key]).tolist(), level) for key in MEASURED
        }
        found[row["cell"].split(" | ")[0], int(row["step"]), row["basis"]] = measures
    return found
