"""What a rule costs beside gradient descent: the asymmetries that a count of steps hides."""

from dataclasses import dataclass

import jax

from . import cells, experiment, tasks


@dataclass(frozen=True)
class Cost:
    """What a cell's rule keeps and looks at.

    Attributes
    ----------
    memory : float
        Numbers kept from step to step, over the number of parameters; the parameters not counted.
    examples : float
        Examples looked at in a step, on average; those for the curvature are others.
    passes : float
        Backward passes for one example in a step, on average: one for an example's gradient, as
        many as there are outputs for its rows of the Gauss-Newton matrix.
    """

    memory: float
    examples: float
    passes: float


def cost(cell):
    """Return the `Cost` of a cell.

    Examples
    --------
    >>> cost(cells.Cell("parity", 32, "identity", 1, 0.9, "Adam"))
    Cost(memory=2.0, examples=32.0, passes=32.0)
    """
    task, setup = tasks.TASKS[cell.task], experiment.setup(cell)
    population = len(task.population(jax.random.key(0))[0])
    p, outputs = task.network.size, tasks.MODULUS if task.loss == "cross-entropy" else 1
    levenberg = cell.rule == cells.LEVENBERG
    kept = p * (cell.momentum > 0)
    if not levenberg:
        kept += p * (setup.rule.uses == "second moment") + p * (setup.rule.uses == "curvature")
        kept += p**2 * setup.keeps_matrix
    if levenberg or cell.basis not in ("identity", "Kronecker"):
        kept += p**2
    elif cell.basis == "Kronecker":
        kept += sum(m**2 + n**2 for m, n in task.network.shapes)
    batch = setup.batch or population
    looked = (setup.curvature_batch or population) / cell.age if setup.looks or levenberg else 0
    per_row = outputs if cell.curvature == "exact" else 1
    return Cost(kept / p, float(batch + looked), float(batch + looked * per_row))
