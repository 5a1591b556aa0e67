"""B-5, the numerical checks: limits that the core comes to, its searches against stepped runs."""

from functools import cache

import numpy as np

from ...methods.preconditioners import GaussNewton
from ...mini_batch.risk import risk_curve
from ...problems.gaussian import GaussianRegression
from ...tuning.power_maps import power_map
from ...tuning.rates import best_rates
from ..outcomes import below
from ..reference.joint_moments import matrix_step, random_problem
from ..registry import Outcome, control, evidence

QUARTER = np.sqrt(np.pi) / 4


@cache
def toy(steps, decay=False):
    """Return powers, modes, shares and best R_T on four eigenvalues, B = 3, sigma = 1."""
    factors = 1 - np.arange(steps) / steps if decay else None
    spectrum, shares = np.array([1, 0.5, 0.2, 0.05]), np.array([0.4, 0.3, 0.2, 0.1])
    powers = np.array([-1.5, -1.25, -1, -0.75, -0.5, 0])
    modes = spectrum ** (1 + powers[:, None])
    setting = {"noise": 1.0, "batch_size": 3, "steps": steps, "shape": factors}
    return powers, modes, shares, np.exp(best_rates(modes, shares / modes, **setting)[1])


@evidence("numerical", "ten to the nine steps")
@control("1.99 instead of 2", 1.99)
@control("p = -3/4 as the best", champion=-0.75)
def long_run_numerical(half=2, champion=-1.0):
    """Best R_T of the core at T = 10^9 with the two-term formula; which power is best then?"""
    steps = 10**9
    powers, modes, shares, risks = toy(steps)
    floor, least = modes.sum(axis=1) / (2 * 3), modes.min(axis=1)
    last = (shares * (modes <= 1.000001 * least[:, None])).sum(axis=1)
    claimed = floor / (half * steps * least) * (1 + np.log(2 * steps * last * least / floor))
    best = powers[risks.argmin()]
    if best != champion:
        return Outcome(False, f"best power {best:g}", f"best power {champion:g}")
    return below(np.abs(risks / claimed - 1).max(), 1e-3, "p best; largest relative difference")


@evidence("numerical", "linear decay")
@control("1/2 for sqrt(pi)/4", 0.5)
@control("p = -3/4 as the best", champion=-0.75)
def linear_decay_numerical(constant=QUARTER, champion=-1.0):
    """Best R_T under linear decay at T = 2000 with the least of its two terms; which p is best?"""
    steps = 2000
    powers, modes, shares, risks = toy(steps, decay=True)
    total = np.geomspace(1, 300, 20_000)  # eta T s_min
    ratios = modes / modes.min(axis=1, keepdims=True)
    floor = constant / (3 * steps) * np.sqrt(ratios).sum(axis=1)[:, None] * np.sqrt(total)
    left = np.einsum("i,pit->pt", shares, np.exp(-ratios[..., None] * total))
    best = powers[risks.argmin()]
    if best != champion:
        return Outcome(False, f"best power {best:g}", f"best power {champion:g}")
    gap = np.abs(risks / (floor + left).min(axis=1) - 1).max()
    return below(gap, 1e-2, "p best; largest relative difference")


@evidence("numerical", "linear decay in much noise")
@control("T instead of (sum phi)^2/sum phi^2", True)
@cache
def quiet_decay_numerical(total=None):
    """Linear decay, R_0/sigma^2 = 1e-8: the best gain with B (sum phi)^2/(sum phi^2) eps J."""
    gap, eps, batch_size = 0.0, 1e-8, 4
    spectrum, shares = np.array([1, 0.5, 0.2, 0.05]), np.array([0.4, 0.3, 0.2, 0.1])
    for steps in (2, 5, 12):
        factors = 1 - np.arange(steps) / steps
        weight = steps if total else factors.sum() ** 2 / (factors**2).sum()
        for power in (-1.0, -0.5, 0.0, 0.5):
            modes = spectrum ** (1 + power)
            setting = {"noise": 1 / eps, "batch_size": batch_size, "steps": steps}
            log_risk = best_rates(modes[None], (shares / modes)[None], **setting, shape=factors)[1]
            pull = (shares @ modes) ** 2 / (modes @ modes)
            claimed = batch_size * weight * eps * pull
            gap = max(gap, abs(-np.expm1(log_risk[0]) / claimed - 1))
    return below(gap, 1e-4, "largest relative difference of the gain")


def near_limits():
    """Return the core's best powers at a low signal-to-noise ratio and with large batches."""
    common = {"d": 100, "spectrum_exponent": 1.0, "source_exponent": 1.5, "noise_std": 1.0}
    quiet = power_map(**common, start_risk=1e-7, batch_size=1, steps=100)
    large = power_map(**common, start_risk=1.0, batch_size=10**12, steps=3)
    return float(quiet.power), float(large.power)


@evidence("numerical", "core's best powers near two limits")
@control("gradient descent at low signal-to-noise", 0.0)
@control("p = -1/2 for large batches", large_batch=-0.5)
def limits_numerical(low_signal=0.5, large_batch=-1.0):
    """Best powers of the core near the limits, lambda_i = 1/i, source i^-1.5, d = 100.

    T = 100 in noise, and T = 3 for large batches, whose limit comes the later the longer the run.
    """
    quiet, large = near_limits()
    return below(max(abs(quiet - low_signal), abs(large - large_batch)), 0.01, "largest distance")


@evidence("numerical", "(f) large batches under linear decay: -1 is not the limit")
@control("(f) a constant rate", decay=False)
def decayed_numerical(decay=True):
    """B R_2 at B = 10^10 with rates eta, eta/2, lambda = (1, 2): GD 0.550, GN^-1 0.765; who wins?

    Powers within 0.1 of -1 are far behind gradient descent as well.
    """
    spectrum, shares, batch = np.array([1.0, 2.0]), np.array([1.0, 0.02]), 10**10
    powers = np.append(np.linspace(-1.1, -0.9, 9), 0.0)
    modes = spectrum ** (1 + powers[:, None])
    setting = {"noise": 0.0, "batch_size": batch, "steps": 2}
    shape = np.array([1.0, 0.5]) if decay else None
    risks = batch * np.exp(best_rates(modes, shares / modes, **setting, shape=shape)[1])
    newton, plain = risks[4], risks[-1]
    found = below(max(abs(newton - 0.765), abs(plain - 0.550)), 1e-3, "both off by")
    best = bool(risks[:-1].min() > plain * 1.3)
    return Outcome(
        found.holds and best,
        f"{found.measured}; GD best: {best}",
        f"{found.expected}; GD best: True",
    )


@evidence("numerical", "three spectra, one source")
@control("alpha p the same", 0.0)
def spectrum_numerical(shift=1.0):
    """The product alpha (p + 1) for the core's best powers on i^-1/2, i^-1, i^-2, one source"""
    exponents = np.array([0.5, 1.0, 2.0])
    found = power_map(
        d=60,
        spectrum_exponent=exponents,
        source_exponent=1.5,
        start_risk=1.0,
        noise_std=1.0,
        batch_size=16,
        steps=200,
    )
    return below(np.ptp(exponents * (found.power + shift)), 1e-3, "largest difference")


@evidence("numerical", "core's search with stepped curves")
@control("a power 0.1 higher", 0.1)
def stepped_numerical(shift=0.0):
    """Best power, rate and risk of the core with risk curves stepped around them, d = 60, T = 200

    No power up to 0.4 away, at any of 61 rates, may be better; `shift` is added to the core's.
    """
    d, steps, lower, gap = 60, 200, 0, 0.0
    spectrum, shares = np.arange(1.0, d + 1) ** -1, np.arange(1.0, d + 1) ** -1.5
    for risk, batch_size in ((1.0, 1), (1.0, 16), (0.01, 256), (100.0, 16)):
        found = power_map(
            d=d,
            spectrum_exponent=1.0,
            source_exponent=1.5,
            start_risk=risk,
            noise_std=1.0,
            batch_size=batch_size,
            steps=steps,
        )
        regression = GaussianRegression(spectrum, 1.0)
        setting = {
            "start": np.sqrt(risk * shares / shares.sum() / spectrum),
            "batch_size": batch_size,
            "steps": steps,
        }
        power, rate = float(found.power) + shift, float(found.learning_rate)
        least = risk_curve(regression, GaussNewton(power), learning_rate=rate, **setting)[-1]
        gap = max(gap, abs(float(found.risk) / least - 1))
        for other in np.linspace(-0.4, 0.4, 9):
            # The rates of other powers, so that the middle of the spectrum moves alike.
            rates = rate * 8.0**-other * np.geomspace(0.2, 5, 61)
            rule = GaussNewton(power + other)
            risks = risk_curve(regression, rule, learning_rate=rates, **setting)[-1]
            lower += (risks < least * (1 - 1e-9)).sum()
    if lower:
        return Outcome(False, f"{lower} pairs are better", "0 pairs are better")
    return below(gap, 1e-9, "0 pairs are better; relative difference of the risk")


@evidence("numerical", "dense P at low signal-to-noise")
@control("Sigma^-1 as the best", "inverse")
@control("the push not squared", power=1)
def dense_numerical(champion="moment", power=2):
    """Dense Sigma, P and start, d = 3: the gain at R_0/sigma^2 = 1e-7 with T B eps J; who is best?

    The rivals of P = E[delta delta^T] are Sigma^-1, I, and random ones. `power` is that of the
    numerator of J.
    """
    rng, worst, lost = np.random.default_rng(51), 0.0, 0
    steps, batch_size, noise = 4, 3, 1e7
    for _ in range(3):
        covariance, moment = random_problem(rng, 3)
        moment = moment / np.trace(covariance @ moment)
        rivals = {"moment": moment, "inverse": np.linalg.inv(covariance), "identity": np.eye(3)}
        rivals |= {n: random_problem(rng, 3)[1] for n in range(8)}
        gains = {}
        for name, matrix in rivals.items():
            push = np.trace(covariance @ matrix @ covariance @ moment)
            square = np.trace(covariance @ matrix @ covariance @ matrix)
            rate, now = batch_size * push / (noise * square), moment
            for _ in range(steps):
                now = matrix_step(covariance, rate * matrix, now, noise, batch_size)
            gains[name] = 1 - np.trace(covariance @ now)
            claimed = steps * batch_size / noise * push**power / square
            worst = max(worst, abs(gains[name] / claimed - 1))
        lost += max(gains, key=gains.get) != champion
    if lost:
        return Outcome(False, f"best in {3 - lost} of 3", "best in 3 of 3")
    return below(worst, 1e-4, "best in 3 of 3; largest relative difference of the gain")
