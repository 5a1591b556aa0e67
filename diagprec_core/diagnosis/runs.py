"""Methods side by side on real mini-batches of rows, run after run.

Runs go in blocks of `BLOCK`, each with a seed of its own: how blocks are spread over processes
makes no difference to a number. All methods, in all bases, see the same batches.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed

from .. import validation as check

BLOCK = 16
SAMPLING = ("fresh", "epochs")


@dataclass(frozen=True, eq=False)
class Lanes:
    """Methods that run side by side from one start: fixed weights, and last perhaps Adam as run.

    Attributes
    ----------
    weights : numpy.ndarray, shape (m, d)
    rates : numpy.ndarray, shape (m,), or with Adam (m + 1,)
    adam : tuple of float, or None
        Its betas.
    start : numpy.ndarray, shape (d,)
    risk : callable
        Returns R at parameters (..., d).
    link : callable
        What the model makes of x^T theta.
    """

    weights: np.ndarray
    rates: np.ndarray
    adam: tuple[float, float] | None
    start: np.ndarray
    risk: Callable
    link: Callable


def as_generator(rng):
    """Return a generator: itself, or one with this seed, 0 for None.

    Returns
    -------
    numpy.random.Generator

    Raises
    ------
    ValueError
        If it is neither a generator nor a seed.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    return np.random.default_rng(0 if rng is None else check.as_count("rng", rng))


def record(steps, points):
    """Return 0 and about so many steps up to the last, evenly on a logarithmic scale.

    Returns
    -------
    numpy.ndarray of int

    Examples
    --------
    >>> record(100, 3)
    array([  0,   1,  10, 100])
    >>> record(100, 1)
    array([  0, 100])
    """
    before = np.geomspace(1, steps, points)[:-1].round().astype(int)
    return np.unique(np.append(before, [0, steps]))


def run_all(tasks, values, batch_size, steps, *, runs, sampling, rng, jobs):
    """Return the risks of lanes in several bases.

    Parameters
    ----------
    tasks : list of pairs of rows, shape (n, d), and `Lanes`
        One a basis.
    values : numpy.ndarray, shape (n,)
    batch_size : int
    steps : numpy.ndarray of int, shape (r,)
        Ascending, those at which risks are recorded.
    runs : int
    sampling : sequence of {"fresh", "epochs"}
    rng : numpy.random.Generator
    jobs : int

    Returns
    -------
    dict of numpy.ndarray, shape (r, runs, lanes)
        By number of the task and kind of sampling.
    """
    sizes = [min(BLOCK, runs - first) for first in range(0, runs, BLOCK)]
    kinds = rng.bit_generator.seed_seq.spawn(len(sampling))
    seeds = {kind: own.spawn(len(sizes)) for kind, own in zip(sampling, kinds, strict=True)}
    places = [
        (at, kind, block)
        for at in range(len(tasks))
        for kind in sampling
        for block in range(len(sizes))
    ]
    setting = (values, batch_size, steps)
    found = Parallel(n_jobs=jobs)(
        delayed(_seeded)(seeds[kind][block], *tasks[at], *setting, sizes[block], kind)
        for at, kind, block in places
    )
    parts = {}
    for (at, kind, _), part in zip(places, found, strict=True):
        parts.setdefault((at, kind), []).append(part)
    return {place: np.concatenate(part, axis=1) for place, part in parts.items()}


def _seeded(seed, rows, lanes, values, batch_size, steps, runs, sampling):
    draw = batches(len(rows), batch_size, runs, sampling, np.random.default_rng(seed))
    return follow(rows, values, lanes, batch_size, steps, draw)


def follow(rows, values, lanes, batch_size, steps, draw):
    """Return the risks of all lanes along some runs on mini-batches of the rows.

    Parameters
    ----------
    rows, values : numpy.ndarray, shape (n, d), (n,)
    lanes : Lanes
    batch_size : int
    steps : numpy.ndarray of int, shape (r,)
    draw : iterator
        Over places of rows, shape (runs, B).

    Returns
    -------
    numpy.ndarray, shape (r, runs, lanes)
        inf where parameters have left the range of float64.
    """
    batch = next(draw)
    runs = len(batch)
    theta = np.tile(lanes.start, (runs, len(lanes.rates), 1))
    first, second = np.zeros((2, runs, rows.shape[1]))
    fixed, found, at = len(lanes.weights), [], set(steps.tolist())
    scale = lanes.rates[:fixed, None] * lanes.weights
    with np.errstate(all="ignore"):
        for t in range(int(steps[-1]) + 1):
            if t in at:
                risk = lanes.risk(theta)
                found.append(np.where(np.isfinite(risk), risk, np.inf))
            if t == steps[-1]:
                break
            x = rows[batch]
            residual = lanes.link(theta @ x.swapaxes(1, 2)) - values[batch][:, None]
            gradient = residual @ x / batch_size
            theta[:, :fixed] -= scale * gradient[:, :fixed]
            if lanes.adam:
                beta1, beta2 = lanes.adam
                own = gradient[:, -1]
                first += (1 - beta1) * (own - first)
                second += (1 - beta2) * (own**2 - second)
                up, down = first / (1 - beta1 ** (t + 1)), second / (1 - beta2 ** (t + 1))
                step = np.divide(up, np.sqrt(down), out=np.zeros_like(up), where=down > 0)
                theta[:, -1] -= lanes.rates[-1] * step
            batch = next(draw)
    return np.array(found)


def batches(n, batch_size, runs, sampling, rng):
    """Yield places of rows, shape (runs, B), for ever.

    "fresh" rows are drawn with replacement; "epochs" go through all rows in a random order before
    any comes again, anew for each run and each time.

    Yields
    ------
    numpy.ndarray of int, shape (runs, B)
    """
    if sampling == "fresh":
        while True:
            yield rng.integers(n, size=(runs, batch_size))
    order = np.empty((runs, 0), dtype=int)
    while True:
        while order.shape[1] < batch_size:
            new = rng.permuted(np.tile(np.arange(n), (runs, 1)), axis=1)
            order = np.concatenate([order, new], axis=1)
        yield order[:, :batch_size]
        order = order[:, batch_size:]
