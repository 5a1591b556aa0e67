"""`diagnose`: what a regression's data say in the terms of the theorems, and what these predict."""

from dataclasses import replace

import numpy as np

from .. import validation as check
from ..methods.adam_limits import MeanFieldAdam
from ..tuning.problem import Problem
from . import directions
from .check import check_on_data
from .moments import moments_of, prepare
from .predictions import predict
from .result import Diagnosis, Measured
from .setting import as_bases
from .source import as_source
from .spectrum import spectrum_of


def diagnose(
    features,
    targets=None,
    *,
    batch_size,
    steps,
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
    """Measure on a regression's data what the theorems ask for, and predict the methods' risks.

    The loss is the mean of (1/2)(y - x^T theta)^2 over the rows, the start theta = 0, and a
    mini-batch is B rows drawn with replacement: the rows are the population. Predictions are those
    of Gaussian, or with the measured kurtosis elliptical, features (SXQ-7, SXQ-12); what the
    measurements say of that hypothesis is in `measured`.

    Parameters
    ----------
    features : array_like, shape (n, d), or Source
        Rows are examples. A memory map is read chunk by chunk.
    targets : array_like, shape (n,), optional
        Left out beside a Source, which has its own.
    batch_size, steps : int
        B and the horizon T, at least 1.
    basis : {"both", "eigenbasis", "identity"}
        Where Adam and the powers of Gauss-Newton are to act.
    centre : bool
        Take away the means of features and target first, which is to fit an intercept beforehand.
    scale : bool
        Divide the features by their standard deviations first. The diagonal of the covariance is
        then level, and in the identity basis all powers are one method.
    beta1, beta2 : float
        Those of Adam as it is run.
    runs : int
        With 2 or more, the predictions are put to the test on real mini-batches, as by
        :func:`~diagprec_core.check_on_data`, and `checks` of the result says how they did.
    rng : numpy.random.Generator or int, optional
        Of these runs; 0 if left out.
    jobs : int
        Processes for them. The numbers do not depend on it.
    progress : callable, optional
        Is told how many rows have been read; all of them are read twice.

    Returns
    -------
    Diagnosis

    Raises
    ------
    ValueError
        If an argument is unfit, or a number missing; the message names it.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((500, 3)) * [4.0, 1.0, 0.2]
    >>> y = x.sum(axis=1) + rng.standard_normal(500)
    >>> found = diagnose(x, y, batch_size=4, steps=100, scale=False)
    >>> found.rank, found.predictions["eigenbasis"].winner.name
    (3, 'GN^-1')
    """
    bases = as_bases(basis, {"centre": centre, "scale": scale}, runs, rng, jobs, progress)
    batch_size = check.as_count("batch_size", batch_size, low=1)
    steps = check.as_count("steps", steps, low=1)
    adam = MeanFieldAdam(beta1, beta2)
    source = as_source(features, targets)
    preparation = prepare(moments_of(source, progress), source.names, centre=centre, scale=scale)
    values, vectors, condition = spectrum_of(preparation.matrix)
    rank, conditions = len(values), {"eigenbasis": 1.0, "identity": condition}
    pull = vectors.T @ preparation.cross
    solution = vectors @ (pull / values)
    turns = {"eigenbasis": vectors, "identity": None}
    named = dict.fromkeys(("eigenbasis", *bases))  # the first is needed for K in any case
    totals, sums = directions.sums_of(
        source, preparation, solution, 0 * solution, [turns[name] for name in named], progress
    )
    by_name = dict(zip(named, sums, strict=True))
    noise, start = directions.residual_variance(totals), directions.start_risk(totals)
    kurtosis = directions.whole_kurtosis(by_name["eigenbasis"])
    sigma2 = float(noise.value) if noise.value > 1e-12 * preparation.square else 0.0
    law = (sigma2, batch_size, steps, max(float(kurtosis.value), rank / (rank + 2)))
    problems = {
        "eigenbasis": Problem(values, -pull / values, *law),
        "identity": Problem(
            preparation.matrix[None], -solution, *law, rank if rank < len(solution) else None
        ),
    }
    spare = preparation.count - rank - 1
    exponent, fit = power_law(values)
    found = Diagnosis(
        preparation,
        preparation.count,
        len(solution),
        rank,
        values,
        vectors,
        exponent,
        fit,
        solution,
        noise,
        start,
        sigma2 * preparation.count / spare if spare > 0 else None,
        kurtosis,
        {name: _measured(by_name[name], conditions[name]) for name in bases},
        {name: predict(name, problems[name], adam) for name in bases},
        batch_size,
        steps,
        int(sums[0].rows.sum()),
    )
    if not runs:
        return found
    return replace(found, checks=check_on_data(found, source, runs=runs, rng=rng, jobs=jobs))


def power_law(spectrum):
    """Return alpha and R^2 of the least squares fit of log lambda_i on -log i.

    Returns
    -------
    alpha, fit : float

    Examples
    --------
    >>> alpha, fit = power_law(3 * np.arange(1.0, 9.0) ** -1.5)
    >>> round(alpha, 9), round(fit, 9)
    (1.5, 1.0)
    >>> power_law(np.ones(1))
    (0.0, 1.0)
    """
    x, y = -np.log(np.arange(1, len(spectrum) + 1)), np.log(spectrum)
    x, y = x - x.mean(), y - y.mean()
    if not (x @ x > 0 and y @ y > 0):
        return 0.0, 1.0
    alpha = x @ y / (x @ x)
    return float(alpha), float(1 - np.sum((y - alpha * x) ** 2) / (y @ y))


def _measured(sums, condition):
    return Measured(
        directions.variance(sums),
        directions.kurtosis(sums),
        directions.noise(sums),
        directions.moment(sums),
        directions.correlation(sums),
        condition,
    )
