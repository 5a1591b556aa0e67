"""Where simulated EMA Adam settles: against SXQ-18, SXQ-19 and SXQ-20."""

import numpy as np

from ...methods.adam_limits import LongMemoryAdam
from ...methods.adaptive import Adam
from ...mini_batch.memory_price import response_moments
from ...mini_batch.noise_floor import stationary_risk
from ...mini_batch.simulation import simulate
from ...problems.gaussian import GaussianRegression
from ..outcomes import consistent
from ..registry import control, evidence

SPECTRUM = 1 / np.arange(1.0, 21)


def settled(rule, rate, batch, *, claimed, steps, seed, basis=None, runs=48):
    """Return the time averages of R of independent runs, over `claimed`, shape (runs,).

    The runs start at the size that is expected at the end, and their first half is left out.
    """
    regression = GaussianRegression(SPECTRUM, 1.0)
    start = np.sqrt(claimed / len(SPECTRUM) / SPECTRUM)
    simulation = simulate(
        regression,
        rule,
        start=start,
        learning_rate=rate,
        batch_size=batch,
        steps=steps,
        runs=runs,
        rng=np.random.default_rng(seed),
        basis=basis,
    )
    return simulation.risks[steps // 2 :].mean(axis=0) / claimed


def scores(ratios, tolerance):
    """Return how many standard errors a mean is from 1 beyond a tolerance, and the error."""
    error = ratios.std(ddof=1) / np.sqrt(len(ratios))
    return max(abs(ratios.mean() - 1) - tolerance, 0) / error, error


@evidence("statistical", "EMA Adam at (0.9, 0.999), eigenbasis, B = 1, 8, 64, to 3%")
@control("the fixed point without momentum", 0.0)
def momentum_statistical(beta1=0.9, runs=48):
    """EMA Adam with momentum, d = 20, rates up to 3: within 3% of SXQ-18's fixed point?"""
    found, resolution = [], 0.0
    for batch, rates in ((1, (0.03, 0.3)), (8, (0.3, 3.0)), (64, (0.3, 3.0))):
        for rate in rates:
            claimed = stationary_risk(
                GaussianRegression(SPECTRUM, 1.0),
                LongMemoryAdam(beta1),
                learning_rate=rate,
                batch_size=batch,
            )
            seed = 1000 + batch
            options = {"claimed": claimed, "steps": 4000, "seed": seed, "runs": runs}
            score, error = scores(settled(Adam(0.9, 0.999), rate, batch, **options), 0.03)
            found.append(score)
            resolution = max(resolution, error)
    return consistent(found, resolution, runs)


@evidence("statistical", "EMA Adam at beta2 = 0.999 in a random basis, rates to 0.3, to 3%")
@control("the fixed point of the eigenbasis", own=False)
def basis_statistical(own=True, runs=48):
    """EMA Adam in a random basis, d = 20, rates 0.03 and 0.3: within 3% of SXQ-19's fixed point?"""
    turn, _ = np.linalg.qr(np.random.default_rng(19).standard_normal((20, 20)))
    regression, found, resolution = GaussianRegression(SPECTRUM, 1.0), [], 0.0
    for batch in (1, 8, 64):
        for rate in (0.03, 0.3):
            claimed = stationary_risk(
                regression,
                LongMemoryAdam(),
                learning_rate=rate,
                batch_size=batch,
                basis=turn if own else None,
            )
            options = {"claimed": claimed, "steps": 4000, "seed": 2000 + batch, "runs": runs}
            ratios = settled(Adam(0.0, 0.999), rate, batch, basis=turn, **options)
            score, error = scores(ratios, 0.03)
            found.append(score)
            resolution = max(resolution, error)
    return consistent(found, resolution, runs)


@evidence(
    "statistical", "EMA Adam's floor at a small rate, four memories, two bases, B = 1 and 8, to 2%"
)
@control("no price of memory", priced=False)
def price_statistical(priced=True, runs=256):
    """EMA Adam at speed 0.004, d = 3, in the eigenbasis and a rotated one: SXQ-20's floor?

    The floor of long-memory Adam at that speed, to more than first order, times the price.
    """
    found, resolution = [], 0.0
    regression = GaussianRegression(SPECTRUM[:3], 1.0)
    turn, _ = np.linalg.qr(np.random.default_rng(20).standard_normal((3, 3)))
    for case, betas in enumerate(((0.0, 0.5), (0.0, 0.9), (0.5, 0.9), (0.9, 0.95))):
        for batch in (1, 8):
            basis = (None, turn)[(case + (batch > 1)) % 2]
            first, second = response_moments(batch, *betas)
            speed = 0.004  # eta E[c], the rate at which long-memory Adam is as fast
            options = {"batch_size": batch, "basis": basis}
            claimed = stationary_risk(
                regression, LongMemoryAdam(), learning_rate=speed, **options
            ) * (second / first**2 if priced else 1.0)
            simulation = simulate(
                regression,
                Adam(*betas),
                start=np.sqrt(claimed / 3 / SPECTRUM[:3]),
                learning_rate=speed / first,
                **options,
                steps=6000,
                runs=runs,
                rng=np.random.default_rng(3000 + batch),
                every=5,
            )
            ratios = simulation.risks[200:].mean(axis=0) / claimed
            score, error = scores(ratios, 0.02)
            found.append(score)
            resolution = max(resolution, error)
    return consistent(found, resolution, runs)
