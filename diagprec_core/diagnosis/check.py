"""The prediction put to the test: real mini-batches of the data, each method at its best rate.

All methods see the same batches. "fresh" batches are drawn with replacement, as the theory has
them; "epochs" go through the rows in a random order, again and again.
"""

from functools import partial

import numpy as np

from .. import validation as check
from ..numerics.blocks import apply, inner
from ..tuning.contenders import stationary
from .measurement import Measurement, mean_of
from .result import Diagnosis
from .runs import SAMPLING, Lanes, as_generator, record, run_all
from .source import as_source

MOST = 2e8  # Numbers of the data that are held in memory.


def check_on_data(
    diagnosis,
    features,
    targets=None,
    *,
    runs=64,
    points=24,
    sampling=SAMPLING,
    rng=None,
    jobs=1,
):
    """Run the methods on real mini-batches at their predicted best rates.

    Parameters
    ----------
    diagnosis : Diagnosis
    features, targets
        The data, as :func:`~diagprec_core.diagnose` was given them; they are held in memory.
    runs : int
        Independent runs of each method, fixed beforehand, at least 2.
    points : int
        How many steps are recorded, about; the last is among them.
    sampling : sequence of {"fresh", "epochs"}
    rng : numpy.random.Generator or int, optional
        0 if left out.
    jobs : int
        Processes; runs are split between them, through joblib and so on a cluster too. The numbers
        do not depend on it.

    Returns
    -------
    tuple of Measurement

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((500, 2)) * [2.0, 0.5]
    >>> y = x.sum(axis=1) + rng.standard_normal(500)
    >>> found = dp.diagnose(x, y, batch_size=4, steps=50, basis="identity")
    >>> measured = dp.check_on_data(found, x, y, runs=40, sampling=["fresh"])
    >>> len(measured), measured[0].steps[[0, 1, -1]], measured[0].verdict != "fails"
    (5, array([ 0,  1, 50]), True)
    """
    check.as_instance("diagnosis", diagnosis, Diagnosis)
    runs = check.as_count("runs", runs, low=2)
    points = check.as_count("points", points, low=1)
    if not isinstance(sampling, list | tuple) or not sampling or not set(sampling) <= set(SAMPLING):
        check.fail("sampling", check.describe(sampling), "a list of 'fresh', 'epochs' or both")
    rng, jobs = as_generator(rng), check.as_count("jobs", jobs, low=1)
    rows, values = loaded(diagnosis.preparation, as_source(features, targets))
    steps = record(diagnosis.steps, points)
    tasks, ran = [], []
    for basis, predictions in diagnosis.predictions.items():
        turned = rows @ diagnosis.eigenvectors if basis == "eigenbasis" else rows
        methods = [one for one in predictions.all() if 0 < one.learning_rate < np.inf]
        if methods:
            tasks.append((turned, _lanes(predictions, methods)))
            ran.append((basis, predictions, methods))
    setting = {"runs": runs, "sampling": sampling, "rng": rng, "jobs": jobs}
    risks = run_all(tasks, values, diagnosis.batch_size, steps, **setting)
    found = []
    for at, (basis, predictions, methods) in enumerate(ran):
        curves = [predictions.curve(one, steps) for one in methods]
        for kind in sampling:
            for lane, (one, curve) in enumerate(zip(methods, curves, strict=True)):
                place = (basis, one.name, kind, one.learning_rate, steps, curve)
                found.append(Measurement(*place, *mean_of(risks[at, kind][..., lane])))
    return tuple(found)


def loaded(preparation, source):
    """Return all rows as they were prepared, features and targets.

    Returns
    -------
    rows, values : numpy.ndarray, shape (n, d), (n,)

    Raises
    ------
    ValueError
        If they are more than fit into memory, or not those that were prepared.
    """
    count = preparation.count
    if count * len(source.names) > MOST:
        given = f"{count} rows of {len(source.names)}"
        check.fail("features", given, f"at most {MOST:g} numbers; take a sample of the rows")
    if len(source.names) != len(preparation.names) + len(preparation.dropped):
        check.fail("features", f"{len(source.names)} columns", "those of the diagnosis")
    chunks = [preparation(*chunk) for chunk in source.chunks()]
    rows, values = (np.concatenate(part) for part in zip(*chunks, strict=True))
    if len(rows) != count:
        check.fail("features", f"{len(rows)} rows", f"the {count} of the diagnosis")
    return rows, values


def _lanes(predictions, methods):
    """Return the lanes of some contenders of a basis, Adam as it is run the last of them."""
    problem, adam, weights = predictions.problem, None, []
    for one in methods:
        if one == predictions.as_run:
            adam = predictions.adam.beta1, predictions.adam.beta2
        elif one.power is None:
            weights.append(stationary(problem)(np.array([one.learning_rate]))[0])
        else:
            weights.append((problem.curvature + one.damping) ** one.power)
    rates = np.array([one.learning_rate for one in methods])
    weights = np.reshape(weights, (-1, len(problem.curvature)))
    risk = partial(_risk, problem.matrix, -problem.errors)
    return Lanes(weights, rates, adam, np.zeros(weights.shape[1]), risk, linear)


def _risk(matrix, optimum, parameters):
    errors = parameters - optimum
    return inner(errors, apply(matrix, errors))


def linear(logits):
    """Return what it is given: the link of a linear regression."""
    return logits
