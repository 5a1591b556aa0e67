"""SXQ-20: mini-batches, the price of a finite memory."""

import numpy as np
import sympy as sp
from scipy.special import gamma, poch

from ...derivations import adam_limits as derived
from ...mini_batch.memory_price import memory_price, response_moments, square_law
from ..outcomes import below, consistent, vanishes
from ..registry import checks_of, control, evidence
from .settling import price_statistical


@evidence(
    "symbolic", "the score of a noisy gradient, its fourth moment, and the price near beta2 = 1"
)
@control("1/3 instead of 1/4 (1 + 3/B)", constant=3)
@control("fourth moment 3 of a product of two normal numbers", own=3)
def price_symbolic(constant=4, own=9):
    """D log p/d rho = sqrt(B) psi for every q, E[psi^4] = 3 + 6/B, and the first order: all 0?"""
    return vanishes(
        sp.simplify(derived.score() - sp.sqrt(derived.B) * derived.psi),
        sp.simplify(derived.fourth_moment(own) - 3 - 6 / derived.B),
        derived.price_gap(constant),
    )


BETAS = ((1, 0.1), (1, 0.8), (8, 0.8), (64, 0.5))


@evidence("numerical", "E[c] and E[c^2] without momentum, by Laplace transforms")
@control("chances without the weight psi^2", tilted=False)
def laplace_numerical(tilted=True):
    """v^-p = int t^(p-1) exp(-t v) dt/Gamma(p), an infinite product, beta1 = 0: p = 1/2 and 1."""
    gap = 0.0
    for batch, beta2 in BETAS:
        log_squares, chances = square_law(batch)
        squares, new = np.exp(log_squares), 1 - beta2
        logs = np.arange(-60.0, 90.0, 0.1)
        t = np.exp(logs)
        # Gradients so long ago that all of their weight together is below 1e-18.
        ages = np.arange(1, int(np.log(1e-18) / np.log(beta2)) + 2)
        kernel = np.zeros_like(t)
        for age in ages:
            kernel += np.log(
                np.maximum(np.exp(-np.outer(new * beta2**age * t, squares)) @ chances, 1e-300)
            )
        now = np.exp(-np.outer(new * t, squares)) @ (chances * squares if tilted else chances)
        claimed = response_moments(batch, 0.0, beta2)
        for power, value in zip((0.5, 1.0), claimed, strict=True):
            integral = (t**power * now * np.exp(kernel)).sum() * 0.1 / gamma(power)
            gap = max(gap, abs(integral / value - 1))
    return below(gap, 1e-9, "largest relative difference")


@evidence("numerical", "no memory, B/a_B^2, as the limit of a short one")
@control("2/pi of it", 2 / np.pi)
def no_memory_numerical(factor=1.0):
    """The price at beta2 = 10^-6, B = 1, 2, 8, with B/a_B^2 by gamma functions: within 2%?"""
    gap = 0.0
    for batch in (1, 2, 8):
        claimed = factor * batch / (2 / np.sqrt(np.pi) * poch(batch / 2, 0.5)) ** 2
        gap = max(gap, abs(memory_price(batch, 0.0, 1e-6) / claimed - 1))
    return below(gap, 2e-2, "largest relative difference")


@evidence("numerical", "the first order near beta2 = 1")
@control("1 + 1/B instead of 1 + 3/B", 1)
def first_order_numerical(extra=3):
    """(f - 1)/e at e = 1 - beta2 = 0.001, a = 1 - beta1 from just above e/2 to 1: within 2%?"""
    gap, e = 0.0, 1e-3
    for batch in (1, 8):
        for a in (0.51 * e, e, 5 * e, 0.1, 1.0):
            found = (memory_price(batch, 1 - a, 1 - e) - 1) / e
            claimed = (1 + extra / batch) / 4 * a / (a + e)
            gap = max(gap, abs(found / claimed - 1))
    return below(gap, 2e-2, "largest relative difference")


@evidence("statistical", "E[c] and E[c^2] by sampling Adam's average, six memories")
@control("c without momentum", momentum=False)
def sampled_statistical(momentum=True, runs=40_000):
    """40,000 histories for each of six (B, beta1, beta2): means of psi^2 c and psi^2 c^2."""
    rng, scores, resolution = np.random.default_rng(201), [], 0.0
    memories = (
        (1, 0, 0.9),
        (8, 0, 0.9),
        (1, 0.5, 0.5),
        (1, 0.9, 0.9),
        (8, 0.9, 0.9),
        (1, 0.5, 0.3),
    )
    for batch, beta1, beta2 in memories:
        v = np.ones(runs)
        for _ in range(int(np.log(1e-5) / np.log(beta2))):
            v += (1 - beta2) * (_squares(rng, batch, runs) - v)
        own, c, share = _squares(rng, batch, runs), 0.0, 1 - beta1
        psi = own
        for _ in range(int(np.log(1e-6) / np.log(beta1)) if beta1 and momentum else 1):
            v += (1 - beta2) * (psi - v)
            c = c + share / np.sqrt(v)
            share *= beta1
            psi = _squares(rng, batch, runs)
        for value, power in zip(response_moments(batch, beta1, beta2), (1, 2), strict=True):
            sample = own * c**power
            error = sample.std(ddof=1) / np.sqrt(runs)
            scores.append((sample.mean() - value) / error)
            resolution = max(resolution, error / value)
    return consistent(scores, resolution)


def _squares(rng, batch, runs):
    """Draw psi^2: psi is normal with variance q/B, q chi-square with B degrees of freedom."""
    return rng.chisquare(batch, runs) / batch * rng.standard_normal(runs) ** 2


CHECKS = {
    "SXQ-20": checks_of(
        price_symbolic,
        laplace_numerical,
        no_memory_numerical,
        first_order_numerical,
        sampled_statistical,
        price_statistical,
    )
}
