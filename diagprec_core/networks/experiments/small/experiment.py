"""The experiment on small networks: how a cell is tuned, and what is stored of it.

A cell's settings are searched for on the tuning seeds, so that the median number of steps
to the target is smallest; then the report seeds are run, once more from starts that differ by a
relative 1e-12 ("nudged"), and once more at half the learning rate.
"""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np

from ... import use_float64
from ..search import search
from . import descent, levenberg, rules, tasks
from .cells import LEVENBERG, all_cells, name  # noqa: F401 -- the interface of an experiment

TUNING_SEEDS = tuple(range(1, 7))
REPORT_SEEDS = tuple(range(11, 26))
STEPS = 400
CURVATURE_BATCH = 256  # with mini-batches; the transformer has G of all its 49 pairs
ENOUGH = 4  # of the six tuning seeds: with the fourth, their upper median is known
NUDGE = 1e-12
TARGETS = {"half": 0.5, "solved": 0.1, "deep": 1e-4}  # times the loss of a constant output
FILE, TITLE = "small.csv", "small networks: steps to a target, and what they were tuned to"
COLUMNS = ("cell", "rate", "knob", "settings", "tuned", "times", "nudged", "halved")
REMARKS = (
    "rate, knob: exponents of two; settings: how many were tried; tuned: median of tuning seeds",
    "times: steps to the target, or 400 + L/(1 + L), L the loss after 400 steps (401: diverged)",
    "nudged: the same from starts changed by a relative 1e-12; halved: at half the rate",
)


def cells():
    """Return all cells, in the order of the table."""
    return all_cells()


def group(cell):
    """Return what cells share a compilation by."""
    return str(setup(cell))


def setup(cell):
    """Return what of a cell a compilation fixes."""
    task = tasks.TASKS[cell.task]
    rule = rules.SIGN if cell.rule == LEVENBERG else rules.RULES[cell.rule]
    whole = cell.batch == 0 or cell.task == "addition"
    return descent.Setup(
        network=task.network,
        loss=task.loss,
        rule=rule,
        basis=cell.basis,
        batch=cell.batch or None,
        curvature_batch=None if whole else CURVATURE_BATCH,
        carry=cell.carry,
        null=cell.null,
        curvature=cell.curvature,
        average=cell.average,
    )


@cache
def problem(task_name, seeds, nudge=0.0):
    """Return the populations, starts and keys of some seeds."""
    task = tasks.TASKS[task_name]

    def one(seed):
        keys = jax.random.split(jax.random.key(seed), 4)
        x, y = task.population(keys[0])
        start = task.network.start(keys[1])
        start = start * (1 + nudge * jax.random.normal(keys[3], start.shape))
        return descent.Problem(x, y, start, keys[2])

    return jax.tree.map(lambda *a: jnp.stack(a), *[one(seed) for seed in seeds])


def target(cell):
    """Return the loss at which a cell's runs are over."""
    return TARGETS[cell.target] * tasks.TASKS[cell.task].constant


def run(cell, seeds, rate, knob, *, steps=STEPS, enough=None, least=0, nudge=0.0):
    """Make runs of a cell at exponents of its rate and knob; return `times`, shape (seeds,)."""
    data = problem(cell.task, seeds, nudge)
    noise = 0.0 if cell.batch == 0 else tasks.TASKS[cell.task].noise
    if cell.rule == LEVENBERG:
        time, loss = levenberg.runner(setup(cell))(data, noise, target(cell), np.int64(steps))
    else:
        numbers = (noise, target(cell), 2.0**rate, 2.0**knob, cell.momentum)
        counts = (cell.age, steps, enough or len(seeds), least)
        time, loss, _ = descent.runner(setup(cell))(
            data, *map(np.float64, numbers), *map(np.int64, counts)
        )
    return times(np.asarray(time), np.asarray(loss), steps)


def times(time, loss, steps=STEPS):
    """Return one number a run, smaller is better: its time, and without one its loss.

    A run that reached its target has the number of steps. One that did not has the budget plus
    L/(1 + L), L its last loss (inf if it diverged): it ranks after all that did, by its loss.

    >>> times(np.array([7.0, np.inf, np.inf]), np.array([0.0, 1.0, np.inf])).tolist()
    [7.0, 400.5, 401.0]
    """
    rest = np.where(np.isinf(loss), 1.0, loss / (1 + np.where(np.isinf(loss), 0.0, loss)))
    return np.where(np.isfinite(time), time, steps + rest)


def reached(numbers, steps=STEPS):
    """Return the steps of `times`, inf where the target was not reached.

    >>> reached(np.array([7.0, 400.5])).tolist()
    [7.0, inf]
    """
    return np.where(numbers <= steps, numbers, np.inf)


def settled(cell, setting):
    """Return the exponents of rate and knob, the latter 0 where there is none."""
    return (*setting, cell.knob or 0)[:2]


def score(cell, setting, best):
    """Return the median time of the tuning seeds at a setting (rate[, knob]).

    The runs are stopped where the median so far cannot be below the best.
    """
    rate, knob = settled(cell, setting)
    steps = STEPS if best > STEPS else int(best)
    found = run(cell, TUNING_SEEDS, rate, knob, steps=steps, enough=ENOUGH, least=ENOUGH)
    return float(np.sort(found)[ENOUGH - 1])


def make(cell):
    """Tune and report a cell; return its row."""
    use_float64()
    if cell.rule == LEVENBERG:
        setting, scores = (0, 0), {(0, 0): np.nan}
    else:
        rule = rules.RULES[cell.rule]
        free = rule.has_knob and cell.knob is None
        bounds = ((None, None), rule.bounds) if free else ((None, None),)
        start = rule.start if free else rule.start[:1]
        setting, scores = search(lambda s, best: score(cell, s, best), start, bounds=bounds)
    tuned = scores[setting]
    rate, knob = settled(cell, setting)
    row = {"rate": rate, "knob": knob, "settings": len(scores), "tuned": tuned}
    row["times"] = run(cell, REPORT_SEEDS, rate, knob)
    row["nudged"] = run(cell, REPORT_SEEDS, rate, knob, nudge=NUDGE)
    halved = cell.rule != LEVENBERG
    row["halved"] = run(cell, REPORT_SEEDS, rate - 1, knob) if halved else row["times"]
    return row
