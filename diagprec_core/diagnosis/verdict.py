"""Which hypotheses the data meet, who wins, and what would change that."""

from dataclasses import dataclass

import numpy as np

from .predictions import predict

GAUSSIAN = 0.25  # A direction's kurtosis within this share of K counts as elliptical.
FACTOR = 4  # By which batch size, horizon and noise are changed, to see whether the winner does.


@dataclass(frozen=True)
class Hypothesis:
    """A hypothesis of the theorems, beside the data.

    Attributes
    ----------
    name : str
    claims : tuple of str
        Those that rest on it.
    measured : str
        What the data say.
    holds : bool
        Whether that is near enough.
    """

    name: str
    claims: tuple[str, ...]
    measured: str
    holds: bool


def hypotheses(diagnosis, basis):
    """Return the `Hypothesis` list of a basis: kurtosis, noise, signal, and what basis it is.

    Returns
    -------
    list of Hypothesis
    """
    found, prediction = diagnosis.measured[basis], diagnosis.predictions[basis]
    kurtosis, whole = found.kurtosis.value, float(diagnosis.kurtosis.value)
    odd = int((np.abs(kurtosis / whole - 1) > GAUSSIAN).sum())
    noise = found.noise.value
    loud = int((np.abs(noise - 1) > GAUSSIAN).sum())
    many = len(kurtosis)
    signal = prediction.largest_correlation
    near = int((found.correlation.value * (diagnosis.batch_size + 1) <= 1).sum())
    stated = [
        Hypothesis(
            "features are elliptical",
            ("SXQ-7", "SXQ-12"),
            f"kurtosis {whole:.3g} as a whole, {kurtosis.min():.3g} to {kurtosis.max():.3g} by "
            f"direction; {odd} of {many} differ by more than {GAUSSIAN:.0%}",
            odd == 0,
        ),
        Hypothesis(
            "the noise does not depend on the features",
            ("SXQ-4", "SXQ-7"),
            f"relative noise {noise.min():.3g} to {noise.max():.3g} by direction, 1 if it does "
            f"not; {loud} of {many} differ by more than {GAUSSIAN:.0%}",
            loud == 0,
        ),
        Hypothesis(
            "Adam is GN^-1/2 at the start",
            ("SXQ-2", "SXQ-3"),
            f"(B + 1) rho^2 is at most {signal:.3g}; {near} of {many} directions within sqrt 2",
            near == many,
        ),
    ]
    if basis == "identity":
        stated.append(
            Hypothesis(
                "correlations are mild",
                ("B-6", "B-7"),
                f"the correlation matrix has condition number {found.condition:.3g}; below 3 "
                "GN^-1 stays ahead of Adam's worst case",
                found.condition < 3,
            )
        )
    return stated


def mean_noise(diagnosis, basis, contender):
    """Return the mean of the relative noise nu that a power of Gauss-Newton sees.

    Directions count with w_i E w_i^2, w_i the weights: by so much noise that depends on the
    features multiplies the floor at small rates.

    Returns
    -------
    float or None
        None for Adam.
    """
    if contender.power is None:
        return None
    problem = diagnosis.predictions[basis].problem
    share = (problem.curvature + contender.damping) / problem.unit
    share = share**contender.power * problem.curvature
    return float(share @ diagnosis.measured[basis].noise.value / share.sum())


def tail(diagnosis, basis):
    """Return 3 k_max, the weight of one example along the heaviest direction, and B + d.

    While the first is at most the second, and the mean noise near 1, predictions for powers of
    Gauss-Newton can be expected to hold: a rule of thumb from a few data sets.

    Returns
    -------
    weight, room : float, int
    """
    most = diagnosis.measured[basis].kurtosis.value.max()
    return 3 * float(most), diagnosis.batch_size + diagnosis.rank


@dataclass(frozen=True)
class Change:
    """Who would win if one number were another.

    Attributes
    ----------
    what : str
    winners : tuple of str
        Those whose risks are level with the least.
    """

    what: str
    winners: tuple[str, ...]


def changes(prediction):
    """Return who wins with a quarter and four times the batch size, the steps and the noise.

    Returns
    -------
    list of Change
    """
    problem, found = prediction.problem, []
    for what, field in (("batch size", "batch_size"), ("steps", "steps"), ("noise", "noise")):
        for factor, words in ((1 / FACTOR, "a quarter of the"), (FACTOR, f"{FACTOR} times the")):
            value = getattr(problem, field) * factor
            value = value if field == "noise" else max(1, round(value))
            if value != getattr(problem, field):
                other = problem.under(**{field: value})
                won = predict(prediction.basis, other, prediction.betas)
                found.append(Change(f"{words} {what}", won.tied))
    return found
