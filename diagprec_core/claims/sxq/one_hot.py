"""SXQ-12d: the one-hot instance, on which idealised Adam is not GN^-1/2."""

import itertools
from fractions import Fraction

import numpy as np

from ...methods.adaptive import Adam
from ...problems.one_hot import OneHot
from ..outcomes import below, consistent
from ..reference import finite_laws as finite
from ..registry import Outcome, control, evidence


@evidence("exact", "(d) Adam's mean step with a sign, all batches")
@control("(d) noise 1/2 instead of 0", Fraction(1, 2))
def sign_exact(noise=Fraction(0)):
    """All batches of 1, 2, 3: squared mean step of Adam with B pi_i/(1 + (B - 1) pi_i)."""
    chances, scales = (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)), (1, 5, 20)
    delta, worst = (Fraction(3, 1000), -2, 7), 0.0
    law = [(chances[i], [scales[i] * (i == j) for j in range(3)]) for i in range(3)]
    for i, size in itertools.product(range(3), (1, 2, 3)):
        u = [int(i == j) for j in range(3)]
        _, gradient, _ = finite.moments(law, u, delta)
        squared = gradient**2 / finite.over_batches(law, u, delta, noise, size)
        claimed = size * chances[i] / (1 + (size - 1) * chances[i])
        worst = max(worst, abs(float(squared / claimed - 1)))
    return Outcome(worst == 0, f"largest of 9 relative gaps {worst:.3g}", "0")


@evidence("exact", "(d) EMA Adam's path, two sets of scales")
@control("(d) noise 1/2 instead of 0", 0.5)
def cancel_bits(noise_std=0.0):
    """EMA Adam's paths on scales 1 and on powers of two, same draws, bit by bit for 400 steps."""
    paths = []
    for scales in ([1.0, 1.0, 1.0], [1.0, 2.0**-12, 2.0**5]):
        instance, rng = OneHot([0.5, 0.3, 0.2], scales, noise_std), np.random.default_rng(14)
        rule, memory, errors = Adam(0.9, 0.99), None, np.full((5, 3), 0.7)
        path = [errors]
        with np.errstate(invalid="ignore"):  # 0/0 for a feature not seen yet
            for _ in range(400):
                gradient = instance.sample_gradients(errors, batch_size=2, size=5, rng=rng)
                step, memory = rule.direction(gradient, None, memory)
                errors = errors - 0.01 * step
                path.append(errors)
        paths.append(np.array(path))
    gap = np.abs(paths[0] - paths[1]).max()
    return Outcome(gap == 0, f"largest difference {gap:.1g}", "0")


@evidence("numerical", "(d) ratio to GN^-1/2 with 2^k")
@control("(d) noise 1/10 instead of 0", 0.1)
def unbounded_numerical(noise_std=0.0):
    """One-hot in the core: Adam's weights over those of GN^-1/2, of two coordinates, with 2^k."""
    instance, worst = OneHot([0.5, 0.5], [1.0, 3.0], noise_std), 0.0
    for exponent in range(0, 41, 5):
        weights = instance.second_moment([3 * 0.5**exponent, 1.0], batch_size=1) ** -0.5
        ratio = weights * instance.covariance**0.5
        worst = max(worst, abs(ratio[0] / ratio[1] / 2.0**exponent - 1))
    return below(worst, 1e-9, "relative deviation from 2^k, k up to 40,")


@evidence("statistical", "(d) 200 000 batches with the closed form")
@control("(d) noise of 0.8 instead of 0.7", 0.8)
def drawn(noise_std=0.7, size=200_000):
    """One-hot examples drawn one by one, B = 3, with the instance's closed form."""
    rng = np.random.default_rng(13)
    instance = OneHot([0.5, 0.3, 0.2], [1.0, -2.0, 0.5], noise_std)
    delta, gradients = np.array([0.8, 0.2, -3.0]), np.zeros((size, 3))
    for _ in range(3):
        seen = rng.choice(3, size, p=instance.probabilities)
        scale = instance.scales[seen]
        residual = scale * delta[seen] - 0.7 * rng.standard_normal(size)
        gradients[np.arange(size), seen] += scale * residual / 3
    squares = gradients**2
    error = squares.std(axis=0, ddof=1) / np.sqrt(size)
    claimed = instance.second_moment(delta, 3)
    return consistent((squares.mean(axis=0) - claimed) / error, (error / claimed).max())
