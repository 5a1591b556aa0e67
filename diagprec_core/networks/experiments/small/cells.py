"""The cells of the experiment on small networks: the factors, crossed, and slices beside them.

Two crossings share a face: every age of the basis at two batches, and every batch at one age; in
both every task, basis, momentum and rule.
"""

from dataclasses import dataclass
from itertools import product

TASKS = ("parity", "staircase", "teacher")
SLICED = ("staircase", "teacher")  # one without label noise, one with
BATCHES = (8, 32, 128, 0)  # 0 is the whole population
AGES = (1, 3, 10, 30)
MOMENTA = (0.0, 0.9)
OWN_BASES = ("Kronecker", "full")
LEVENBERG = "Levenberg-Marquardt"
LOOKING = ("GN^-1", "GN^-1/2", "Sophia")  # rules that use the curvature in any basis
DAMPINGS = tuple(range(-16, 7, 2))


@dataclass(frozen=True)
class Cell:
    """One combination of the factors.

    Attributes
    ----------
    task : str
        A key of ``tasks.TASKS``.
    batch : int
        Examples a step; 0 is the whole population.
    basis : str
    age : int
        Steps for which a basis and a curvature are kept.
    momentum : float
        beta1.
    rule : str
        A key of ``rules.RULES``, or `LEVENBERG`.
    target : {"half", "solved", "deep"}
    carry, null, curvature, average
        As in `descent.Setup`.
    knob : int or None
        An exponent at which the knob is held; None, it is searched for.
    """

    task: str
    batch: int
    basis: str
    age: int
    momentum: float
    rule: str
    target: str = "solved"
    carry: str = "exact"
    null: str = "out"
    curvature: str = "exact"
    average: float = 0.0
    knob: int | None = None


DEFAULTS = {f: Cell.__dataclass_fields__[f].default for f in list(Cell.__dataclass_fields__)[6:]}


def name(cell):
    """Return a cell's name: its factors, and the options that are not as in most cells.

    >>> name(Cell("parity", 0, "full", 1, 0.9, "GN^-1", knob=-4))
    'parity | batch full | full basis, age 1 | momentum 0.9 | GN^-1 | knob -4'
    """
    batch = cell.batch or "full"
    parts = [cell.task, f"batch {batch}", f"{cell.basis} basis, age {cell.age}"]
    parts += [f"momentum {cell.momentum:g}", cell.rule]
    parts += [f"{k} {getattr(cell, k)}" for k, v in DEFAULTS.items() if getattr(cell, k) != v]
    return " | ".join(parts)


def crossed(task, batches, ages, momenta):
    """Return every rule in every basis at some batches, ages and momenta, without repetition.

    In the identity basis GD, sign and Adam see no curvature, so they have one age; and GD is the
    same in every basis.
    """
    found = []
    for batch, momentum in product(batches, momenta):
        found += [Cell(task, batch, "identity", 1, momentum, r) for r in ("GD", "sign", "Adam")]
        for age in ages:
            found += [Cell(task, batch, "identity", age, momentum, rule) for rule in LOOKING]
            for basis, rule in product(OWN_BASES, ("sign", "Adam", *LOOKING)):
                found.append(Cell(task, batch, basis, age, momentum, rule))
    return found


def controls(task, batches):
    """Return the cells of Levenberg-Marquardt, which takes all of a fresh G and no momentum."""
    return [Cell(task, batch, "full", 1, 0.0, LEVENBERG) for batch in batches]


def slices(task):
    """Return what is asked beside the crossing, at a few of its points."""
    three = ("Adam", "GN^-1", "GN^-1/2")
    found = []
    # Bases between, and the empirical Fisher's.
    for basis in ("geodesic 1/4", "geodesic 1/2", "geodesic 3/4", "Fisher"):
        for rule in three:
            found += [Cell(task, 0, basis, 3, 0.0, rule), Cell(task, 32, basis, 10, 0.0, rule)]
    # How Adam's second moment is carried.
    for basis, age, batch, carry in product(OWN_BASES, (3, 10), (32, 0), ("diagonal", "kept")):
        found.append(Cell(task, batch, basis, age, 0.9, "Adam", carry=carry))
    # What is done in the null space.
    for rule, batch, null in product(("Adam", "GN^-1", "Sophia"), (32, 0), ("mean", "raw")):
        found.append(Cell(task, batch, "full", 10, 0.9, rule, null=null))
    # Sampled labels, and Sophia as published.
    for basis, rule in product(("identity", *OWN_BASES), LOOKING):
        found.append(Cell(task, 32, basis, 10, 0.9, rule, curvature="sampled"))
    for batch in (8, 32, 128):
        published = {"curvature": "gradient", "average": 0.99}
        found.append(Cell(task, batch, "identity", 10, 0.9, "Sophia", **published))
    # Long after the task is solved, where a quadratic is near.
    found.append(Cell(task, 0, "identity", 1, 0.0, "GD", "deep"))
    for basis, rule in product(("identity", *OWN_BASES), three):
        found.append(Cell(task, 0, basis, 1, 0.0, rule, "deep"))
    found.append(Cell(task, 0, "full", 1, 0.0, LEVENBERG, "deep"))
    return found


def damped():
    """Return GN^-1 at every damping, with a rate of its own at each."""
    points = (("staircase", 0, 1), ("teacher", 32, 10))  # task, batch, age
    found = []
    for basis, (task, batch, age), knob in product(("identity", "full"), points, DAMPINGS):
        found.append(Cell(task, batch, basis, age, 0.0, "GN^-1", knob=knob))
    return found


def addition():
    """Return the cells of the transformer on addition, whose curvature is always of all pairs."""
    full = crossed("addition", (0,), (10,), (0.9,)) + controls("addition", (0,))
    fresh = [Cell("addition", 0, "full", 1, 0.0, "GN^-1")]
    # Few of its mini-batch runs get to a tenth of the first loss; all rules get to a half.
    small = [_with(cell, target="half") for cell in crossed("addition", (8,), (10,), (0.9,))]
    return full + fresh + small


def _with(cell, **changes):
    return Cell(**{**vars(cell), **changes})


def all_cells():
    """Return all cells, in the order of the table.

    >>> len(all_cells()), len(set(all_cells()))
    (992, 992)
    """
    found = []
    for task in TASKS:
        # Two crossings that share a face. Parity takes longest and has two ages instead of four.
        ages = (1, 10) if task == "parity" else AGES
        found += crossed(task, (32, 0), ages, MOMENTA) + crossed(task, (8, 128), (10,), MOMENTA)
        found += controls(task, BATCHES)
    for task in SLICED:
        found += slices(task)
    return found + damped() + addition()
