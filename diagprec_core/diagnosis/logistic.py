"""`diagnose_logistic`: two classes as the theorems on logistic regression see them."""

from dataclasses import replace
from functools import partial

import numpy as np
from scipy.special import expit

from .. import validation as check
from ..methods.adam_limits import MeanFieldAdam
from ..tuning.as_run import name_of
from .calibration import calibration_of
from .check import loaded
from .intervals import GROUPS
from .logistic_fit import fitted, loss
from .measurement import Measurement, mean_of
from .moments import moments_of, prepare
from .near_optimum import ADAM, local_methods
from .nearness import nearness_of
from .result import LogisticDiagnosis
from .runs import SAMPLING, Lanes, as_generator, record, run_all
from .setting import as_bases
from .source import as_source
from .spectrum import spectrum_of

INTERCEPT = "intercept"


def diagnose_logistic(
    features,
    targets=None,
    *,
    batch_size,
    steps=1000,
    floor=0.01,
    basis="both",
    centre=True,
    scale=True,
    beta1=0.9,
    beta2=0.999,
    runs=0,
    rng=None,
    jobs=1,
    progress=None,
):
    """Fit a logistic regression, and measure what the theorems ask for at 0 and at its optimum.

    The loss is the mean cross-entropy over the rows, which are the population: mini-batches are
    drawn from them with replacement. At theta = 0 one example's second moment is the curvature
    whatever the data (SXL-1 (c)); at the optimum it is if the model is right (SXL-1 (b)).
    What is said of methods is local, near the optimum: their floors and speeds at small rates.

    Parameters
    ----------
    features : array_like, shape (n, d), or Source
    targets : array_like of 0 and 1, shape (n,), optional
        Left out beside a Source, which has its own.
    batch_size : int
        B.
    steps : int
        Of each run from the optimum.
    floor : float
        R = 2 (L - L*), above 0: methods are compared at the rates that end there.
    basis : {"both", "eigenbasis", "identity"}
    centre, scale : bool
        Take away the features' means, divide them by their standard deviations.
    beta1, beta2 : float
        Those of Adam as it is run.
    runs : int
        With 2 or more the local prediction is put to the test on real mini-batches.
    rng : numpy.random.Generator or int, optional
        Of these runs; 0 if left out.
    jobs : int
        Processes for them. The numbers do not depend on it.
    progress : callable, optional
        Is told how many rows have been read; all of them are read twice.

    Returns
    -------
    LogisticDiagnosis

    Raises
    ------
    ValueError
        If an argument is unfit, or the classes can be separated, be it some rows of them only, so
        that there is no optimum; the message names it.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((4000, 2))
    >>> y = rng.random(4000) < expit(x @ [1.0, -0.5])
    >>> found = diagnose_logistic(x, y, batch_size=1)
    >>> found.places["start"]["identity"].ratio.value.round(9)  # SXL-1 (c): exactly 1
    array([1., 1., 1.])
    >>> found.places["optimum"]["identity"].share.value, found.near["eigenbasis"][0].name
    (1.0, 'GN^-1')
    """
    bases = as_bases(basis, {"centre": centre, "scale": scale}, runs, rng, jobs, progress)
    batch_size = check.as_count("batch_size", batch_size, low=1)
    steps = check.as_count("steps", steps, low=1)
    floor = check.as_number("floor", floor, low=0, open_low=True)
    adam = MeanFieldAdam(beta1, beta2)
    source = as_source(features, targets)
    preparation = prepare(moments_of(source, progress), source.names, centre=centre, scale=scale)
    rows, labels = loaded(preparation, source)
    labels = labels + preparation.target_shift
    if not np.isin(labels.round(9), (0, 1)).all():
        given = f"{labels[~np.isin(labels.round(9), (0, 1))][0]:g} among them"
        check.fail("targets", given, "0 and 1, say `targets == 'yes'`")
    labels = labels.round()
    rows = np.column_stack([np.ones(len(rows)), rows])
    range_of = spectrum_of(rows.T @ rows / len(rows)).vectors
    optimum = range_of @ fitted(rows @ range_of, labels)
    places, near, matrices = {}, {}, {}
    for place, theta in (("start", 0 * optimum), ("optimum", optimum)):
        turns = {"eigenbasis": _eigenbasis(rows, theta, range_of.shape[1]), "identity": None}
        places[place] = {
            name: _nearness(rows, labels, theta, turns[name], batch_size) for name in bases
        }
    logits = rows @ optimum
    for name in bases:
        matrices[name] = _matrices(rows, labels, optimum, turns[name])
        near[name] = local_methods(*matrices[name], range_of.shape[1], batch_size, floor)
    found = LogisticDiagnosis(
        preparation,
        (INTERCEPT, *preparation.names),
        len(rows),
        range_of.shape[1],
        optimum,
        float(np.log(2)),
        loss(logits, labels),
        float(np.abs(logits).max()),
        places,
        calibration_of(expit(logits), labels),
        near,
        matrices,
        floor,
        batch_size,
        steps,
        adam,
    )
    if not runs:
        return found
    setting = {"runs": runs, "rng": as_generator(rng), "jobs": jobs}
    return replace(found, checks=_checks(found, rows, labels, turns, setting))


def _eigenbasis(rows, theta, rank):
    curved = _slope(rows @ theta)[:, None] * rows
    return np.linalg.eigh(rows.T @ curved)[1][:, ::-1][:, :rank]


def _slope(logits):
    return expit(logits) * expit(-logits)


def _nearness(rows, labels, theta, basis, batch_size):
    """Return the `Nearness` at a point in a basis, by sums over groups of rows."""
    logits = rows @ theta
    residual, curved = expit(logits) - labels, _slope(logits)
    turned = rows if basis is None else rows @ basis
    member = np.equal.outer(np.arange(GROUPS), np.arange(len(rows)) % GROUPS).astype(float)
    square = turned**2
    sums = (member * residual**2) @ square, (member * residual) @ turned, (member * curved) @ square
    return nearness_of(member.sum(axis=1), *sums, batch_size)


def _matrices(rows, labels, theta, basis):
    """Return G and F at a point in a basis."""
    logits = rows @ theta
    turned = rows if basis is None else rows @ basis
    both = _slope(logits), (expit(logits) - labels) ** 2
    return tuple(turned.T @ (weight[:, None] * turned) / len(rows) for weight in both)


def _checks(found, rows, labels, turns, setting):
    """Run the methods from the optimum on real mini-batches, beside the local prediction."""
    steps, tasks, told = record(found.steps, 24), [], []
    for name, methods in found.near.items():
        turned = rows if turns[name] is None else rows @ turns[name]
        start = found.optimum if turns[name] is None else turns[name].T @ found.optimum
        lanes = [(one.name, one.learning_rate, one.risk(steps)) for one in methods]
        weights, betas = np.array([one.weights for one in methods]), None
        as_run = found.adam_as_run(name, steps)
        if as_run is not None:  # Adam once more, with its betas, at the same rate
            (rate,) = (one.learning_rate for one in methods if one.name == ADAM)
            betas = found.adam.beta1, found.adam.beta2
            lanes.append((name_of(found.adam), rate, as_run))
        risk = partial(_risk, turned, labels, found.smallest_loss)
        rates = np.array([rate for _, rate, _ in lanes])
        tasks.append((turned, Lanes(weights, rates, betas, start, risk, expit)))
        told.append((name, lanes))
    risks = run_all(tasks, labels, found.batch_size, steps, sampling=SAMPLING, **setting)
    return tuple(
        Measurement(name, title, kind, rate, steps, predicted, *mean_of(risks[at, kind][..., lane]))
        for at, (name, lanes) in enumerate(told)
        for kind in SAMPLING
        for lane, (title, rate, predicted) in enumerate(lanes)
    )


def _risk(rows, labels, smallest, parameters):
    """Return 2 (L - L*) at parameters (..., k)."""
    return 2 * (loss(parameters @ rows.T, labels) - smallest)
