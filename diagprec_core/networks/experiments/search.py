"""The search for a rule's best settings: the same for every rule, and never left on an edge.

Settings are points of an integer lattice, one axis for the learning rate and one for each knob
(exponents of two, say). The search begins with a coarse grid around a start, moves to the best
neighbour until there is none better, and then halves the mesh. Neighbours differ by the mesh on
any of the axes, so that a valley along which the rate rises with the damping does not stop it. It
ends at a point that is at least as good as all its neighbours at distance 1, which have been tried.
"""

from itertools import product
from statistics import median_high

from ... import validation as check

MESHES = (4, 2, 1)
MOST_MOVES = 40


def search(score, start, *, meshes=MESHES, bounds=None):
    """Return the best setting found and the scores of all that were tried.

    Parameters
    ----------
    score : callable
        (setting, best so far) -> a number, smaller is better. It may stop early at a setting that
        cannot be below the best so far, and return any number of at least that.
    start : tuple of int
        The middle of the first grid, which has three points on every axis.
    meshes : tuple of int
        Distances of neighbours, from coarse to fine; the last is 1.
    bounds : tuple of (int or None, int or None), optional
        Natural ends of the axes, where a setting becomes another rule; None is no end.

    Returns
    -------
    best : tuple of int
    scores : dict
        Setting -> score, in the order in which they were tried.

    Raises
    ------
    ValueError
        If the start lies outside the bounds.
    RuntimeError
        If the best still moves after 40 moves: there is no best setting.

    Examples
    --------
    >>> best, scores = search(lambda x, best: (x[0] - 7) ** 2 + (x[1] + x[0]) ** 2, (0, 0))
    >>> best, len(scores)
    ((7, -7), 37)
    """
    bounds = bounds or ((None, None),) * len(start)
    if not _inside(start, bounds):
        check.fail("start", start, f"a point within {bounds}")
    scores = {}

    def best():
        return min(scores, key=scores.get)  # the first of equals

    def attempt(setting):
        if setting not in scores and _inside(setting, bounds):
            so_far = min(scores.values(), default=float("inf"))
            scores[setting] = score(setting, so_far)

    # The middle first, and near before far: what is good early lets the rest stop early.
    shifts = sorted(product((0, -1, 1), repeat=len(start)), key=lambda s: sum(map(abs, s)))

    def attempt_around(centre, mesh):
        for shift in shifts:
            attempt(tuple(x + mesh * s for x, s in zip(centre, shift, strict=True)))

    attempt_around(start, meshes[0])
    moves = 0
    for mesh in meshes:
        while True:
            centre = best()
            attempt_around(centre, mesh)
            if best() == centre:
                break
            moves += 1
            if moves > MOST_MOVES:
                raise RuntimeError(f"the best setting still moves, at {best()} from {start}")
    return best(), scores


def median_score(run, seeds, best):
    """Return the median of run(seed) over seeds, of an even number the larger middle one.

    As soon as so many seeds are no better than the best so far that the median cannot be, the rest
    is not run, and the smallest value among those seeds is returned, which the median is at least.

    >>> runs = []
    >>> def run(seed):
    ...     runs.append(seed)
    ...     return float(seed)
    >>> median_score(run, (5, 1, 6, 7, 2, 3), 4.5), runs
    (5.0, [5, 1, 6, 7])
    >>> median_score(run, (5, 1, 6, 4, 2, 3), 4.5)
    4.0
    """
    allowed = len(seeds) - len(seeds) // 2 - 1  # so many may be as bad as can be
    found, worse = [], []
    for seed in seeds:
        found.append(run(seed))
        if not found[-1] < best:
            worse.append(found[-1])
        if len(worse) > allowed and len(found) < len(seeds):
            return min(worse)
    return median_high(found)


def _inside(setting, bounds):
    return all(
        (low is None or low <= x) and (high is None or x <= high)
        for x, (low, high) in zip(setting, bounds, strict=True)
    )
