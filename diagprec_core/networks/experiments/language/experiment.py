"""The language experiment: each rule tuned and reported on the character transformer.

Tuning has two stages, on seeds apart from those of the report. The rate and the knob are searched
together at a tenth of the steps, the score of a setting being the median over six seeds of the loss
on the text held out. Then the rate alone is searched again at all the steps, from there and on
three of these seeds, because a short run may want another rate. Both searches end at a setting
whose neighbours have been tried and are no better.
"""

from functools import partial

import numpy as np

from ... import use_float32
from ..search import median_score, search
from . import rules, training
from .model import Transformer

FILE = "language.csv"
TITLE = "A character transformer of 105,088 parameters on the American Standard Version of 1901"
SHORT, LONG = 200, 2000  # steps
TUNING = (1000, 1001, 1002, 1003, 1004, 1005)
TUNING_LONG = TUNING[:3]
REPORT = (0, 1, 2, 3, 4, 5)
NUDGED = REPORT[:3]
OTHER_WINDOWS = 2000  # added to a seed: the placebo, another order of the text from the same start
HORIZONS = {"1300 steps": 1300, "3000 steps": 3000}  # two thirds and three halves of LONG
COLUMNS = (
    "cell",
    "knob",
    "short rate",
    "rate",
    "knob value",
    "settings",
    "long settings",
    "final",
    "nudged",
    "curve",
    "memory",
    "examples",
    "gradients",
    "ms",
    "other windows",
    *HORIZONS,
)
REMARKS = (
    f"{rules.BATCH} sequences of 32 characters a step, momentum {rules.BETA1}, linear "
    f"warm-up over {training.WARM_UP:.0%} of the steps, linear fall to 0; curvature every "
    f"{rules.REFRESH} steps",
    f"tuning: rate and knob at {SHORT} steps, median over seeds {TUNING}; then the rate alone at "
    f"{LONG} steps, seeds {TUNING_LONG}, from `short rate` to `rate`",
    "settings, long settings: how many were tried in the two searches",
    f"final: nats a character on {training.EVALUATION} sequences held out, seeds {REPORT}; "
    f"nudged: seeds {NUDGED} from starts with relative noise of {training.NUDGE:g}",
    f"curve: the median over {REPORT} of the mean loss of the batches of each "
    f"{training.CHUNK} steps",
    "memory: numbers kept for each parameter; examples: sequences seen a step; gradients: "
    f"gradient evaluations a step, one on {rules.BATCH} sequences being 1; ms: least time of a "
    "step on the machine that made this, never tested",
    "Adam alone, at its settings: `other windows`, the report's starts with another order of the "
    f"text (the placebo); {', '.join(HORIZONS)}, the whole schedule "
    f"in so many, seeds {NUDGED} (what a difference in loss is worth in steps)",
)
MODEL = Transformer()


def cells():
    """Return the rules, in the order of the table."""
    return list(rules.RULES)


def name(cell):
    """Return a rule's name."""
    return cell.name


def group(cell):
    """Return what cells that share a compilation have in common: each has its own."""
    return cell.name


def final(rule, seed, horizon, setting):
    """Return the loss of one run on the text held out."""
    return training.train(rule, setting, seed, horizon, model=MODEL).final


def score(run, seeds, setting, best):
    """Return the `median_score` of run(seed, setting) over seeds."""
    return median_score(lambda seed: run(seed, setting), seeds, best)


def tune(rule):
    """Return the setting of the short search, that of the long one, and how many each tried."""
    short, tried = search(
        partial(score, lambda seed, s: final(rule, seed, SHORT, s), TUNING),
        rule.start,
        meshes=(2, 1),
        bounds=rule.bounds,
    )
    rate, again = search(
        partial(score, lambda seed, s: final(rule, seed, LONG, (*s, *short[1:])), TUNING_LONG),
        short[:1],
        meshes=(1,),
    )
    return short, (*rate, *short[1:]), (len(tried), len(again))


def make(cell):
    """Tune a rule and report it, in float32; return its row."""
    use_float32()
    short, setting, tried = tune(cell)
    train = partial(training.train, cell, setting, model=MODEL)
    runs = [train(seed, LONG) for seed in REPORT]
    nudged = [train(seed, LONG, nudge=training.NUDGE).final for seed in NUDGED]
    rate, knob = rules.values(cell, setting)
    once = (cell.curvature + rules.BATCH * rules.REFRESH) / rules.REFRESH
    row = {
        "knob": cell.knob,
        "short rate": rules.values(cell, short)[0],
        "rate": rate,
        "knob value": knob if cell.knob else "",
        "settings": tried[0],
        "long settings": tried[1],
        "final": [run.final for run in runs],
        "nudged": nudged,
        "curve": np.median([run.curve for run in runs], axis=0),
        "memory": training.memory(cell, MODEL),
        "examples": once,
        "gradients": 1 + cell.passes / rules.REFRESH,
        "ms": 1000 * min(run.seconds.min() for run in runs) / training.CHUNK,
        "other windows": [],
        **{label: [] for label in HORIZONS},
    }
    if cell.name == "Adam":
        again = [train(seed, LONG, order=seed + OTHER_WINDOWS).final for seed in REPORT]
        row["other windows"] = again
        for label, steps in HORIZONS.items():
            row[label] = [train(seed, steps).final for seed in NUDGED]
    return row
