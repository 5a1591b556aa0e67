"""SXQ-21: mini-batches, Adam's transient with a long memory."""

from functools import partial

import numpy as np
from scipy.integrate import solve_ivp

from ...derivations import momentum
from ...methods.adam_limits import MeanFieldAdam
from ...methods.adaptive import Adam
from ...mini_batch.risk import risk_curve
from ...mini_batch.simulation import simulate
from ...problems.gaussian import GaussianRegression
from ..outcomes import below, consistent, vanishes
from ..reference.joint_moments import joint_maps
from ..registry import Outcome, checks_in, control, evidence


@evidence("symbolic", "(b) the recurrence of the second moments, monomial by monomial")
@control("(b) E[e n+] once instead of twice", 1)
def recurrence_symbolic(cross=2):
    """E[n^2], E[e n] and E[e^2] after a step of any rate, with the recurrence: all 0?"""
    return vanishes(*momentum.moment_gaps(cross))


@evidence("numerical", "(b) the recurrence with dense joint moments, rotated bases, momentum")
@control("(b) no bias correction of the average", corrected=False)
def recurrence_numerical(corrected=True):
    """SXQ-14's dense map with denominators of its own in every step, d = 3, against the core."""
    return below(_dense_gap(MeanFieldAdam, False, corrected), 1e-9, "largest relative difference")


@evidence("numerical", "(c) the recurrence with dense joint moments, rotated bases, momentum")
@control("(c) the signal left out of the denominators", kept=False)
@control("(c) no bias correction of the average", corrected=False)
def signal_numerical(kept=True, corrected=True):
    """The same with all of E[ghat_i^2] in the denominators."""
    rule = partial(MeanFieldAdam, signal=True)
    return below(_dense_gap(rule, kept, corrected), 1e-9, "largest relative difference")


def _dense_gap(rule, signal, corrected):
    """Return the largest relative difference between R_t of the core and of dense moments."""
    rng, gap = np.random.default_rng(211), 0.0
    for beta1, beta2, batch in ((0.0, 0.9, 1), (0.9, 0.95, 4), (0.5, 0.5, 16)):
        factor = rng.standard_normal((3, 3))
        covariance, noise, rate = factor @ factor.T + 0.1 * np.eye(3), 0.6, 0.05
        start = rng.standard_normal(3)
        state = np.zeros((6, 6))
        state[:3, :3] = np.outer(start, start)
        risks, average = [], 0.0
        for step in range(40):
            risk = np.trace(covariance @ state[:3, :3])
            risks.append(risk)
            second = np.diagonal(covariance) * (risk + noise**2) / batch
            if signal:
                square = covariance @ state[:3, :3] @ covariance
                second = second + (1 + 1 / batch) * np.diagonal(square)
            average = beta2 * average + (1 - beta2) * second
            moment = average / (1 - beta2 ** (step + 1)) if corrected else average
            now = rate / (1 - beta1 ** (step + 1))
            move, common, _ = joint_maps(covariance, np.diag(moment**-0.5), now, batch, beta=beta1)
            state = (move @ state.ravel() + common * noise**2).reshape(6, 6)
        curve = risk_curve(
            GaussianRegression(covariance, noise),
            rule(beta1, beta2),
            start=start,
            learning_rate=rate,
            batch_size=batch,
            steps=39,
        )
        gap = max(gap, np.abs(curve / risks - 1).max())
    return gap


SPECTRUM = np.array([1.0, 0.5, 0.2, 0.1])


def fluid(covariance, start, pace, times, batch, noise=1.0, exact=True):
    """Return R of the fluid limit D' = -pace Sigma D/sqrt(N), N the corrected average of E[ghat^2].

    The average A = (1 - exp(-s)) N obeys A' = M - A. With `exact` false M is Sigma_ii V/B.
    """
    d, own = len(start), np.diagonal(covariance)

    def moments(error):
        slope = covariance @ error
        plain = own * (slope @ error + noise**2) / batch
        return plain + (1 + 1 / batch) * slope**2 if exact else plain

    def change(s, state):
        error, average = state[:d], state[d:]
        corrected = average / -np.expm1(-s) if s > 1e-9 else moments(error)
        return np.append(
            -pace * (covariance @ error) / np.sqrt(corrected), moments(error) - average
        )

    first = 1e-8  # there the average holds one value, that of the start
    begin = np.append(start, moments(start) * first)
    found = solve_ivp(
        change, (first, times[-1]), begin, t_eval=times, rtol=1e-10, atol=1e-14, method="LSODA"
    )
    return np.einsum("is,ij,js->s", found.y[:d], covariance, found.y[:d])


@evidence(
    "statistical",
    "(a) EMA Adam at beta2 = 1 - e, rate h e, e to 0: eigenbasis, and rotated with beta1",
)
@control("(a) GN^-1/2's moments, far from the optimum", exact=False)
def fluid_statistical(exact=True, runs=256):
    """Mean of R at s = 0.5 to 3, d = 4, B = 8, h = 0.4, at e and e/4, extrapolated in e.

    Once in the eigenbasis with beta1 = 0, once in a rotated basis with beta1 = 0.9. What the
    extrapolation leaves, as the gap is not quite proportional to e, is allowed 1.5% of R_0.
    """
    start, pace, batch, times = np.array([1.5, -2, 2, 3.0]), 0.4, 8, np.array([0.5, 1, 2, 3.0])
    turn, _ = np.linalg.qr(np.random.default_rng(213).standard_normal((4, 4)))
    scores, resolution = [], 0.0
    for basis, beta1 in ((np.eye(4), 0.0), (turn, 0.9)):
        means, errors = [], []
        for e in (0.008, 0.002):
            simulation = simulate(
                GaussianRegression(SPECTRUM, 1.0),
                Adam(beta1, 1 - e),
                start=basis @ start,
                learning_rate=pace * e,
                batch_size=batch,
                steps=round(times[-1] / e),
                runs=runs,
                rng=np.random.default_rng(212),
                basis=basis,
            )
            at = np.rint(times / e).astype(int)
            means.append(simulation.mean[at])
            errors.append(simulation.standard_error[at])
        limit = (4 * means[1] - means[0]) / 3
        covariance = (basis.T * SPECTRUM) @ basis
        claimed = fluid(covariance, start, pace, times, batch, exact=exact)
        error, whole = np.hypot(4 * errors[1], errors[0]) / 3, start @ covariance @ start
        scores.append(np.maximum(np.abs(limit - claimed) - 0.015 * whole, 0) / error)
        resolution = max(resolution, (error / whole).max())
    return consistent(scores, resolution, runs)


@evidence(
    "numerical", "(b) the recurrence tends to the flow: a quarter of the gap at a quarter of e"
)
@control("(b) to the limit at a pace 1% higher", 1.01)
def limit_numerical(faster=1.0):
    """MeanFieldAdam at rate h e, beta2 = 1 - e, beta1 = 0 and 0.9: gaps falling like e?"""
    start = np.array([0.3, -0.4, 0.4, 0.6])
    return _falls(MeanFieldAdam, start, None, 0.4 * faster, exact=False)


@evidence(
    "numerical", "(c) the recurrence tends to the flow of (a), far from the optimum, rotated too"
)
@control("(c) to GN^-1/2's", exact=False)
def signal_limit_numerical(exact=True):
    """The same with the signal kept, at (B + 1) rho^2 up to 6, in the eigenbasis and rotated."""
    turn, _ = np.linalg.qr(np.random.default_rng(213).standard_normal((4, 4)))
    rule, start = partial(MeanFieldAdam, signal=True), np.array([1.5, -2, 2, 3.0])
    found = [_falls(rule, start, basis, 0.4, exact) for basis in (None, turn)]
    return Outcome(all(one.holds for one in found), found[-1].measured, "True")


def _falls(rule, start, basis, pace, exact):
    """Tell whether R_t of a recurrence tends to that of a flow, with a gap proportional to e."""
    times, turn = np.array([0.5, 1, 2, 3.0]), np.eye(4) if basis is None else basis
    claimed = fluid((turn.T * SPECTRUM) @ turn, turn.T @ start, pace, times, 8, exact=exact)
    ratios = []
    for beta1 in (0.0, 0.9):
        gaps = []
        for e in (2.0**-9, 2.0**-11, 2.0**-13):
            curve = risk_curve(
                GaussianRegression(SPECTRUM, 1.0),
                rule(beta1, 1 - e),
                start=start,
                learning_rate=0.4 * e,
                batch_size=8,
                steps=round(times[-1] / e),
                basis=basis,
            )
            gaps.append(curve[np.rint(times / e).astype(int)] - claimed)
        ratios += [*(gaps[0] / gaps[1]), *(gaps[1] / gaps[2])]
    holds = np.abs(np.array(ratios) - 4).max() < 0.5
    return Outcome(holds, f"quotients within 0.5 of 4: {holds}", "True")


@evidence("statistical", "(c) where gradients agree: EMA Adam's R_t at (0.9, 0.999) and it, to 4%")
@control("(c) the signal left out of the denominators", signal=False)
def signal_statistical(signal=True, runs=400):
    """30 directions, B = 64, sigma = 0.1, a random basis: the mean of R_t at eight times."""
    spectrum = 1 / np.arange(1.0, 31)
    regression = GaussianRegression(spectrum, 0.1)
    options = {
        "start": np.sqrt(1 / 30 / spectrum),
        "learning_rate": 0.01,
        "batch_size": 64,
        "steps": 400,
        "basis": np.linalg.qr(np.random.default_rng(214).standard_normal((30, 30)))[0],
    }
    curve = risk_curve(regression, MeanFieldAdam(0.9, 0.999, signal=signal), **options)
    times = np.arange(1, 9) * 50
    simulation = simulate(
        regression, Adam(0.9, 0.999), **options, runs=runs, rng=np.random.default_rng(215)
    )
    error = simulation.standard_error[times] / curve[times]
    gap = np.abs(simulation.mean[times] / curve[times] - 1) - 0.04
    return consistent([np.maximum(gap, 0) / error], error.max(), runs)


@evidence(
    "statistical", "EMA Adam's R_t and the recurrence at (0, 0.99), d = 100 and 200, to 7% and 6%"
)
@control("an average that never forgets", frozen=True)
def curve_statistical(frozen=False, runs=200):
    """Equal shares of R_0 = 16, sigma = 1, B = 1: the mean of R_t at eight times, beta2 = 0.99."""
    found, resolution = [], 0.0
    for d, tolerance in ((100, 0.07), (200, 0.06)):
        spectrum = 1 / np.arange(1.0, d + 1)
        regression = GaussianRegression(spectrum, 1.0)
        options = {
            "start": 4 * np.sqrt(1 / d / spectrum),
            "learning_rate": 8.0 / d,
            "batch_size": 1,
            "steps": 8 * d,
        }
        # With beta2 so near to 1 the average is that of all steps so far.
        rule = MeanFieldAdam(0.0, 1 - 1e-9 if frozen else 0.99)
        curve = risk_curve(regression, rule, **options)
        times = np.arange(1, 9) * d
        simulation = simulate(
            regression, Adam(0.0, 0.99), **options, runs=runs, rng=np.random.default_rng(d)
        )
        error = simulation.standard_error[times] / curve[times]
        gap = np.abs(simulation.mean[times] / curve[times] - 1) - tolerance
        found.append(np.maximum(gap, 0) / error)
        resolution = max(resolution, error.max())
    return consistent(found, resolution, runs)


CHECKS = {"SXQ-21": checks_in(globals())}
