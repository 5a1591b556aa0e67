"""Experiment: steps that each rule needs on the images of digits, by basis, in mini-batches or not.

Every rule is tuned alike, by `search` over powers of two of the learning rate and of its knob: for
GN^-1 and GN^-1/2 the damping in units of the mean of h, for Adam 1 - beta2, for Sophia gamma. GD
and sign descent have no knob. GD is the same in every basis but for the null space, so it is run
in the identity only.
"""

import math
import time
from dataclasses import dataclass

from ... import use_float64
from ..search import median_score, search
from . import model, runs

FILE = "digits-training.csv"
TITLE = "Digits, network 64-16-10: steps to a tenth of ln 10, by basis, batch and rule"
TUNING_SEEDS = (1, 2, 3, 4, 5, 6)
REPORT_SEEDS = (11, 12, 13, 14, 15, 16, 17, 18, 19)
NUDGE = 1e-12
REMARKS = (
    f"budget {runs.BUDGET} steps, constant rate, momentum {runs.BETA1}, basis and h every "
    f"{runs.REFRESH} steps, null below {1e-8:g} of the largest h",
    "rate, knob: exponents of two; tried: settings; score: median over tuning seeds 1 to 6 of the "
    "steps, or of 200 + L/(1 + L) with L the last loss where a run did not get there",
    "steps: seeds 11 to 19, between whole steps by the logarithm of the loss, inf if not there; "
    "loss: where the run ended; nudged: from a start changed by 1e-12 of itself",
    "memory: numbers stored per parameter; examples: seen a step; passes: backward passes a step "
    "over those for the gradient; milliseconds: a step on the machine that made the row, the "
    "population's loss included; it is the one column that does not repeat",
)
COLUMNS = (
    *("cell", "basis", "batch", "rule", "sampled", "rate", "knob", "tried", "score"),
    *("steps", "steps_nudged", "loss", "loss_nudged"),
    *("memory", "examples", "passes", "milliseconds"),
)
# Where the searches begin, exponents of two of (rate, knob), and where they end: a damping below
# 2^-20 of the mean is smaller than all that is not null, and above 2^10 of it h is nothing beside
# it, so that the rule is GD at a rate over the trace of G; a gamma beyond its ends clips everything
# or nothing; with beta2 = 1 - 2^-10 Adam remembers the whole run, with 0 only the last gradient.
STARTS = {
    "GD": (0,),
    "sign": (-6,),
    "Adam": (-5, -4),
    "GN^-1": (-1, 0),
    "GN^-1/2": (-3, -2),
    "Sophia": (-5, 0),
}
DAMPING = (-20, 10)
BOUNDS = {
    "Adam": ((None, None), (-10, 0)),
    "GN^-1": ((None, None), DAMPING),
    "GN^-1/2": ((None, None), DAMPING),
    "Sophia": ((None, None), (-20, 20)),
}


@dataclass(frozen=True)
class Cell:
    """One rule in one setup."""

    setup: runs.Setup
    rule: str


def cells():
    """Return all cells, in the order of the table."""
    found = []
    for batch in runs.BATCHES:
        for basis in runs.BASES:
            setup = runs.Setup(basis, batch)
            rules = [rule for rule in runs.RULES if rule != "GD" or basis == "identity"]
            found += [Cell(setup, rule) for rule in rules]
            if batch != "full":
                found.append(Cell(runs.Setup(basis, batch, sampled=True), "GN^-1"))
    return found


def name(cell):
    """Return the text of a cell.

    >>> name(Cell(runs.Setup("full", "64", sampled=True), "GN^-1"))
    'full-64-GN^-1-sampled'
    """
    words = (cell.setup.basis, cell.setup.batch, cell.rule)
    return "-".join(words + ("sampled",) * cell.setup.sampled)


def group(cell):
    """Return what cells of one compilation share."""
    return cell.setup.basis, cell.setup.batch, cell.setup.sampled


def rank(steps, loss):
    """Return a number that orders runs: by their steps, and by their last loss if there are none.

    >>> rank(20.0, 0.2), rank(math.inf, 1.0), rank(math.inf, math.inf)
    (20.0, 200.5, 201.0)
    """
    if math.isfinite(steps):
        return steps
    return runs.BUDGET + (loss / (1 + loss) if math.isfinite(loss) else 1.0)


def settings(setting):
    """Return (rate, knob) from exponents of two; a rule without a knob has 0.

    >>> settings((-1,)), settings((0, 2))
    ((0.5, 0.0), (1.0, 4.0))
    """
    rate, *knob = setting
    return 2.0**rate, 2.0 ** knob[0] if knob else 0.0


def score(cell, setting, best=math.inf, make=runs.run):
    """Return the median rank over the tuning seeds, or at least `best` if it cannot be below.

    A run stops at `best`: from there on its rank is at least that.
    """

    def run(seed):
        return rank(*make(cell.setup, cell.rule, *settings(setting), seed, limit=best))

    return median_score(run, TUNING_SEEDS, best)


def report(cell, setting, nudge=0.0):
    """Return the steps and the last losses of the report seeds, two lists."""
    made = [
        runs.run(cell.setup, cell.rule, *settings(setting), seed, nudge=nudge)
        for seed in REPORT_SEEDS
    ]
    return [list(column) for column in zip(*made, strict=True)]


def costs(cell):
    """Return what a rule needs beside others: numbers stored, examples and backward passes.

    As needed by the rule: here the diagonal of G is computed for all, to know what is null, which
    GD, sign and Adam in the identity do without.

    Returns
    -------
    dict
        "memory": numbers stored per parameter beside the parameters and the gradient: the average
        gradient, the second moment, h, the basis, the gradients that carry Adam's second moment.
        "examples": seen a step. "passes": backward passes a step, over those of the gradient.
    """
    basis, full = cell.setup.basis, cell.setup.batch == "full"
    size = model.NETWORK.size
    sides = sum(m * m + n * n for m, n in model.NETWORK.shapes)
    memory = 1 + {"identity": 0, "Kronecker": sides / size, "full": size}[basis]
    if cell.rule == "Adam":
        memory += 1 if basis == "identity" else 1 + runs.BUDGET
    curvature_rule = cell.rule.startswith("GN") or cell.rule == "Sophia"
    memory += curvature_rule
    batch, rows = runs.BATCH, 1 if cell.setup.sampled else model.CLASSES
    curved = runs.CURVATURE_BATCH
    if full:
        batch = curved = len(model.images()[0])
    examples, passes = batch, 1.0
    if curvature_rule or basis != "identity":
        examples += 0 if full else curved / runs.REFRESH
        passes += rows * curved / runs.REFRESH / batch
    return {"memory": memory, "examples": examples, "passes": passes}


def make(cell):
    """Tune a cell and report it, in float64; return its row."""
    use_float64()
    rule = cell.rule
    setting, scores = search(
        lambda setting, best: score(cell, setting, best), STARTS[rule], bounds=BOUNDS.get(rule)
    )
    begin = time.perf_counter()
    steps, losses = report(cell, setting)
    spent = time.perf_counter() - begin
    steps_nudged, losses_nudged = report(cell, setting, NUDGE)
    # Compiled by now; a run that is there ends with its block of steps.
    blocks = [min(s, runs.BUDGET - 1) // runs.REFRESH + 1 for s in steps]
    return {
        "basis": cell.setup.basis,
        "batch": cell.setup.batch,
        "rule": rule,
        "sampled": str(cell.setup.sampled),
        "rate": setting[0],
        "knob": setting[1] if len(setting) > 1 else "",
        "tried": len(scores),
        "score": f"{scores[setting]:.4g}",
        "steps": _short(steps, 4),
        "steps_nudged": _short(steps_nudged, 4),
        "loss": _short(losses, 3),
        "loss_nudged": _short(losses_nudged, 3),
        **costs(cell),
        "milliseconds": f"{1e3 * spent / sum(blocks) / runs.REFRESH:.2g}",
    }


def _short(values, figures):
    return " ".join(f"{value:.{figures}g}" for value in values)
