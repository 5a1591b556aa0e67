"""SXQ-3 (b): how many coordinates of idealised Adam can deviate from GN^-1/2."""

import itertools
from fractions import Fraction

import numpy as np

from ...mini_batch.moments import second_moment
from ...problems.gaussian import GaussianRegression
from ..registry import Outcome, control, evidence


@evidence("exact", "(b) Adam's factors at all lattice shares of the risk")
@control("(b) B instead of B + 1", 0)
def eigenbasis_exact(extra=1, d=4, units=12):
    """How many f_i are below (1 + tau)^(-1/2): d, or the largest integer below (B + extra)/tau.

    Eigenbasis, no noise, R = 1; f_i^-2 is B E[ghat_i^2] over the curvature times V, in rationals.
    """
    wrong, spectrum = 0, (Fraction(5), Fraction(2), Fraction(1), Fraction(1, 7))
    shares = [
        [Fraction(n, units) for n in numbers]
        for numbers in itertools.product(range(units + 1), repeat=d)
        if sum(numbers) == units
    ]
    cases = list(itertools.product((1, 2, 5, 8), (Fraction(3, 2), Fraction(3), Fraction(4))))
    for batch, tau in cases:
        most = 0
        for split in shares:
            moments = [
                curvature / batch + (1 + Fraction(1, batch)) * curvature * share
                for curvature, share in zip(spectrum, split, strict=True)
            ]
            inverse = [batch * m / c for m, c in zip(moments, spectrum, strict=True)]
            most = max(most, sum(value > 1 + tau for value in inverse))
        limit = -(-(batch + extra) // tau) - 1
        wrong += most != min(limit, d)
    return Outcome(wrong == 0, f"{wrong} of {len(cases)} pairs (B, tau) differ", "0")


@evidence("numerical", "(b) correlated features, a count that the bound just allows")
@control("(b) lambda_max(C) dropped", correlated=False)
def correlated_numerical(correlated=True, half=12):
    """12 of 24 features have the correlation 3/5 and share the signal: the count in the core.

    lambda_max(C) is 1 + 11 * 3/5; tau is such that the bound is just above 12.
    """
    matrix = np.eye(2 * half)
    matrix[:half, :half] += 0.6 * (1 - np.eye(half))
    scale = np.geomspace(0.3, 3, 2 * half)
    regression = GaussianRegression(matrix * np.outer(scale, scale), 0.0)
    errors = np.append(np.ones(half), np.zeros(half)) / scale
    top = np.linalg.eigvalsh(matrix)[-1] if correlated else 1.0
    broken, counts, risk = 0, set(), regression.risk(errors)
    for batch in (1, 16, 256):
        share = (1 + 0.6 * (half - 1)) / half  # rho^2 of each of them
        tau = (batch + 1) * share * (1 - 1e-6)
        moment = second_moment(regression, errors, batch_size=batch)
        factor = np.sqrt(scale**2 * risk / (batch * moment))
        count = int((factor < (1 + tau) ** -0.5).sum())
        broken += count >= (batch + 1) * top / tau
        counts.add(count)
    shown = f"{broken} of 3 broken, counts {sorted(counts)} of {2 * half}"
    return Outcome(broken == 0 and counts == {half}, shown, "0 of 3 broken, counts [12] of 24")
