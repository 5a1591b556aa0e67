"""How a cell is tuned and how it is judged: the same search for every rule, other seeds to report.

A cell is a task, a batch, a basis and a rule. The search runs over powers of two of the learning
rate, first every second one, for every value of the rule's knob and the tuning seeds; then it
adds the two neighbours of the best. A best rate on the edge makes the grid longer. Two criteria
are tuned for separately: the final loss (geometric mean over seeds), and the steps to the
threshold (mean over seeds; a run that never gets there counts as two budgets).
"""

from dataclasses import dataclass

import numpy as np

from . import rules
from .tasks import TASKS
from .training import runner

TUNING_SEEDS = (1, 2, 3)
REPORT_SEEDS = (11, 12, 13, 14, 15, 16, 17, 18, 19)
COARSE = tuple(range(-8, 3, 2))  # exponents of two
CHUNK = 9  # runs made by one call
FLOOR = 1e-16  # added to a loss before its logarithm
CRITERIA = ("final", "steps")
MOST_EXTENSIONS = 8


@dataclass(frozen=True)
class Cell:
    """One combination of the sweep.

    >>> Cell("parity", "small", "full", "GN^-1/2").name
    'parity-small-full-GN-half'
    """

    task: str
    batch: str
    basis: str
    rule: str

    @property
    def name(self):
        """The stem of the cell's file."""
        rule = {"GN^-1": "GN-one", "GN^-1/2": "GN-half"}.get(self.rule, self.rule)
        return "-".join((self.task, self.batch, self.basis, rule))


@dataclass(frozen=True)
class Run:
    """One run: what it was for, its settings, and its losses at every step."""

    use: str
    seed: int
    rate: float
    knob: float
    losses: np.ndarray

    @property
    def final(self):
        """The loss at the end, inf if the run diverged."""
        return float(self.losses[-1])


def reached(losses, threshold):
    """Return the first step with a loss of at most the threshold, inf if there is none.

    >>> reached(np.array([1.0, 0.5, 0.2, 0.3]), 0.3), reached(np.ones(3), 0.3)
    (2.0, inf)
    """
    hit = losses <= threshold
    return float(hit.argmax()) if hit.any() else np.inf


def make_runs(cell, use, settings):
    """Make runs with the given (seed, rate, knob) triples, a chunk at a time.

    Returns
    -------
    list of Run
    paths : numpy.ndarray, shape (runs, snapshots, p)
    """
    run = runner(cell.task, cell.basis, cell.batch)
    rule = rules.RULES.index(cell.rule)
    found, paths = [], []
    for begin in range(0, len(settings), CHUNK):
        part = settings[begin : begin + CHUNK]
        # Always the same shape, so that it compiles once.
        padded = [*part, *[part[-1]] * (CHUNK - len(part))]
        seeds, rates, knobs = (np.array(column) for column in zip(*padded, strict=True))
        losses, path = run(seeds, rates.astype(float), np.full(CHUNK, rule), knobs.astype(float))
        losses, path = np.asarray(losses)[: len(part)], np.asarray(path)[: len(part)]
        losses = np.where(np.isfinite(losses), losses, np.inf)
        found += [Run(use, *s, row) for s, row in zip(part, losses, strict=True)]
        paths.append(path)
    return found, np.concatenate(paths)


def score(criterion, runs, task):
    """Return the tuning score of the runs of one setting; smaller is better, inf is no answer.

    For "final" it is the mean of log10(loss + 1e-16), for "steps" the mean number of steps to the
    threshold, a run without one counted as twice the budget; inf if no run gets there.
    """
    if criterion == "final":
        return float(np.mean([np.log10(r.final + FLOOR) for r in runs]))
    times = np.array([reached(r.losses, task.threshold) for r in runs])
    if np.isinf(times).all():
        return np.inf
    return float(np.mean(np.where(np.isfinite(times), times, 2 * task.steps)))


def best_setting(criterion, runs, task):
    """Return the (exponent, knob) with the best score, or None if no setting has an answer."""
    groups = {}
    for r in runs:
        groups.setdefault((round(np.log2(r.rate)), r.knob), []).append(r)
    scores = {setting: score(criterion, group, task) for setting, group in groups.items()}
    best = min(scores, key=scores.get)
    return best if np.isfinite(scores[best]) else None


def tune(cell, make=make_runs):
    """Search the learning rate and the knob; return all tuning runs and the winners.

    Returns
    -------
    runs : list of Run
    winners : dict
        Criterion -> (rate, knob), or None if no setting reached the threshold.

    Raises
    ------
    RuntimeError
        If the best rate stays on the edge after 8 extensions of the grid.
    """
    task, knobs = TASKS[cell.task], rules.KNOBS[cell.rule]
    exponents, runs = list(COARSE), []

    def add(new, for_knobs):
        triples = [(s, 2.0**e, k) for e in new for k in for_knobs for s in TUNING_SEEDS]
        runs.extend(make(cell, "tune", triples)[0])

    def winners():
        return {c: best_setting(c, runs, task) for c in CRITERIA}

    add(exponents, knobs)
    for _ in range(MOST_EXTENSIONS):
        edges = {w[0] for w in winners().values() if w} & {exponents[0], exponents[-1]}
        if not edges:
            break
        new = [e - 2 if e == exponents[0] else e + 2 for e in edges]
        add(new, knobs)
        exponents = sorted(exponents + new)
    else:
        raise RuntimeError(f"{cell.name}: the best rate stays on the edge of {exponents}")
    for exponent, knob in {w for w in winners().values() if w}:
        add((exponent - 1, exponent + 1), (knob,))
    return runs, {c: w and (2.0 ** w[0], w[1]) for c, w in winners().items()}


def report(cell, winners, make=make_runs):
    """Run the winners on the report seeds; return the runs and the paths of "final"'s.

    A rate that was best on three seeds can be just below divergence, so the final loss is reported
    at half of that rate as well, under "halved".
    """
    settings = {c: winner for c, winner in winners.items() if winner is not None}
    rate, knob = settings["final"]
    settings["halved"] = rate / 2, knob
    runs, paths = [], None
    for use, setting in settings.items():
        made, path = make(cell, use, [(seed, *setting) for seed in REPORT_SEEDS])
        runs += made
        paths = path if use == "final" else paths
    return runs, paths


def bootstrap(values, statistic=np.mean, resamples=10_000, level=0.95):
    """Return the percentile bootstrap interval of a statistic over the seeds.

    With few seeds such an interval is somewhat too short; it is a guide, not a test.

    Parameters
    ----------
    values : array_like, shape (seeds, ...)
        A statistic must take `axis`; inf is allowed (a median of steps may be inf).

    Examples
    --------
    >>> bootstrap([1.0, 1.0, 1.0])
    (np.float64(1.0), np.float64(1.0))
    """
    values = np.asarray(values, dtype=float)
    rng = np.random.default_rng(0)
    picks = rng.integers(len(values), size=(resamples, len(values)))
    drawn = statistic(values[picks], axis=1)
    tail = 50 * (1 - level)
    # "lower" and "higher" need no interpolation, which inf would turn into NaN.
    return (
        np.percentile(drawn, tail, axis=0, method="lower"),
        np.percentile(drawn, 100 - tail, axis=0, method="higher"),
    )
