"""Diagnosing a table: against NumPy's covariance and its eigendecomposition alone.

"Measured" is all that is read off the data, in both bases; "whole" adds the predictions there, with
every method at its best rate. Agreement is asserted on the spectrum.
"""

import numpy as np
from timing import close, head, measure, row, seconds

import diagprec_core as dp
from diagprec_core.diagnosis import directions, moments
from diagprec_core.diagnosis.source import from_arrays


def data(n, d):
    """Return features with the spectrum 1/i in a random basis, and targets with noise 1."""
    rng = np.random.default_rng(0)
    features = rng.standard_normal((n, d)) * np.sqrt(dp.power_law_spectrum(d, 1.0))
    features = features @ dp.random_basis(d, rng)
    return features, features @ rng.standard_normal(d) + rng.standard_normal(n)


def table(quick, repetitions):
    """Print the table and return its row."""
    n, d = (10_000, 100) if quick else (100_000, 500)
    features, targets = data(n, d)
    setting = {"batch_size": 16, "steps": 1000, "scale": False}

    def bare():
        return np.linalg.eigh(np.cov(features, rowvar=False, bias=True))[0][::-1]

    def measured():
        source = from_arrays(features, targets)
        found = moments.prepare(moments.moments_of(source), source.names, scale=False)
        values, vectors = np.linalg.eigh(found.matrix)
        solution = vectors @ (vectors.T @ found.cross / values)
        directions.sums_of(source, found, solution, 0 * solution, [vectors, None])
        return values[::-1]

    def whole():
        found = dp.diagnose(features, targets, **setting)
        for one in found.predictions.values():
            one.all()  # damped GN^-1 and Adam as it is run are only found when asked for
        return found.spectrum

    close(measured(), bare(), 1e-9)
    close(whole(), bare(), 1e-9)
    times = measure(repetitions, bare=bare, measured=measured, whole=whole)
    print("**A table diagnosed.** The peer: a covariance and its eigendecomposition.\n")
    head("name", "measured", "whole", "peer", "measured / peer", "whole / peer")
    name, peer = f"(r) n = {n:,}, d = {d}", times["bare"]
    ratios = times["measured"] / peer, times["whole"] / peer
    row(name, seconds(times["measured"]), seconds(times["whole"]), seconds(peer), *ratios)
    return [{"name": name, **times}]
