"""Which power of Gauss-Newton is best at a horizon, as a number (claim B-5).

Every power has its own best learning rate (:mod:`~diagprec_core.tuning.rates`), every risk is exact
(:mod:`~diagprec_core.mini_batch.risk_at_horizon`), and the range of powers grows until its best one
lies inside.
"""

from dataclasses import dataclass

import numpy as np

from .. import validation as check
from ..methods.named import POWERS
from ..mini_batch.batch_noise import as_kurtosis
from ..numerics.blocks import apply, inner
from ..numerics.modes import preconditioned_modes
from ..numerics.refine import local_minima, refine
from ..problems.frame import in_frame
from ..problems.gaussian import GaussianFrame
from .rates import search_rates

USUAL = tuple(POWERS.values())
SPACING = 0.25
GROWTH = 2  # How often the range of powers may be doubled.
SIGNAL = 1e-9  # A relative gain that stands out from rounding errors.


@dataclass(frozen=True, eq=False)
class BestPower:
    """The best power p of GN^p and its best rate, beside GN^-1, GN^-1/2 and gradient descent.

    On a map every attribute is an array over the cells, and `usual_rates` and `usual_risks` have
    one axis more. A cell without a best power in the range, or without a gain of 1e-9 of the risk
    by the best of the usual powers, has nan for the first three.

    Attributes
    ----------
    power, learning_rate, risk : float
        p, its best eta, and R_T there.
    usual_rates, usual_risks : numpy.ndarray, shape (3,)
        Best rate and R_T of p = -1, -1/2, 0.
    """

    power: float
    learning_rate: float
    risk: float
    usual_rates: np.ndarray
    usual_risks: np.ndarray

    @property
    def margin(self):
        """By what share of its own risk the best power beats the best of the usual three."""
        return self.usual_risks.min(axis=-1) / self.risk - 1

    @property
    def winner(self):
        """Which of the usual three is best: 0 for GN^-1, 1 for GN^-1/2, 2 for gradient descent."""
        return self.usual_risks.argmin(axis=-1)


def best_power(
    regression,
    *,
    start,
    batch_size,
    steps,
    basis=None,
    powers=(-2.0, 2.0),
    schedule="constant",
    kurtosis=1.0,
):
    """Return the power of GN^p with the smallest exact risk after `steps` steps (claim B-5).

    A grid over p of spacing 1/4, on which every local minimum is refined. Two powers can be nearly
    as good, so the search is a computation and not a certificate.

    Parameters
    ----------
    regression : GaussianRegression
    start : array_like, shape (d,)
        theta_0, or any point with the second moments of a random start in each eigendirection.
    batch_size : int
        B, at least 1.
    steps : int
        The horizon T, at least 1.
    basis : array_like, shape (d, d), optional
        U; the identity if left out.
    powers : tuple of two floats
        The range of p to begin with, at least 1/2 wide. It is doubled towards an edge on which the
        best p of a grid lies, at most twice.
    schedule : {"constant", "linear"}
        A constant rate, or one that falls to 0 in equal steps, eta (1 - t/T); the first costs the
        same for any T.
    kurtosis : float
        K of elliptical features, 1 for Gaussian ones.

    Returns
    -------
    BestPower

    Raises
    ------
    ValueError
        If an argument is unfit (the message names it), if all powers are the same method because
        the curvatures are all equal, if the start is the optimum, or if no best power exists inside
        the widened range.

    Examples
    --------
    At a low signal-to-noise ratio the best power tends to the q with E delta_i^2 = lambda_i^q:

    >>> import diagprec_core as dp
    >>> spectrum = 1 / np.arange(1.0, 21.0)
    >>> regression = dp.GaussianRegression(spectrum, noise_std=1e4)
    >>> found = best_power(regression, start=spectrum**0.15, batch_size=1, steps=10)
    >>> round(found.power, 3)
    0.3
    """
    frame = in_frame("regression", regression, basis, GaussianFrame)
    start = check.as_array("start", start, (regression.dimension,))
    batch_size = check.as_count("batch_size", batch_size, low=1)
    steps = check.as_count("steps", steps, low=1)
    low, high = as_range(powers)
    factors = as_factors(schedule, steps)
    errors = frame.coordinates(start)
    if not errors.any():
        check.fail("start", "the optimum", "another point, from which something can be gained")
    curvature = frame.curvature(errors)
    if np.ptp(curvature) <= 1e-12 * curvature.max():
        check.fail("regression", "equal curvatures: every power is the same method", "unequal ones")
    kurtosis = as_kurtosis(kurtosis, regression.dimension)
    problem = (frame.matrix, curvature, errors, regression.noise_std**2, batch_size, steps)
    search = PowerSearch(*problem, kurtosis)
    found = search(low, high, factors)
    if np.isnan(found.power):
        needed = "a best power inside, and a gain of more than 1e-9 of the risk"
        check.fail("powers", f"({low:g}, {high:g}) with none", needed)
    return found


@dataclass(frozen=True, eq=False)
class PowerSearch:
    """One problem in one basis: its matrix there, (d,) or (1, d, d), curvatures and errors."""

    matrix: np.ndarray
    curvature: np.ndarray
    errors: np.ndarray
    noise: float
    batch_size: int
    steps: int
    kurtosis: float = 1.0

    def best(self, powers, factors):
        """Return log eta and log R_T at the best rate of each power, shape (n,)."""
        # In units in which the largest curvature is 1, so that no power leaves float64's range.
        powers, unit = np.asarray(powers), self.curvature.max()
        modes = preconditioned_modes(self.matrix / unit, (self.curvature / unit) ** powers[:, None])
        setting = {"noise": self.noise, "batch_size": self.batch_size, "steps": self.steps}
        setting["kurtosis"] = self.kurtosis
        moments = modes.moments(self.errors * np.sqrt(unit))
        rates, risks = search_rates(modes.values, moments, **setting, shape=factors)
        return rates - (1 + powers) * np.log(unit), risks

    def __call__(self, low, high, factors):
        """Find the best power, widening the range while it lies on the edge."""
        with np.errstate(over="ignore"):
            usual_rates, usual_risks = np.exp(self.best(USUAL, factors))
        nothing = BestPower(np.nan, np.nan, np.nan, usual_rates, usual_risks)
        start = inner(self.errors, apply(self.matrix, self.errors))
        if usual_risks.min() > start * (1 - SIGNAL):
            return nothing
        powers = np.linspace(low, high, int(np.ceil((high - low) / SPACING - 1e-9)) + 1)
        risks = self.best(powers, factors)[1]
        for left in range(GROWTH, -1, -1):
            # An edge that is as good as the best may be the foot of a slope that goes on outside.
            level = risks.min() + 1e-12 + 1e-6 * (np.log(start) - risks.min())
            down, up = risks[[0, -1]] <= level
            if not (down or up):
                break
            if left == 0:
                return nothing
            shift = np.ptp(powers) * (-1 if down else 1)
            more = (powers + shift)[slice(None, -1) if down else slice(1, None)]
            powers = np.concatenate([powers, more])
            risks = np.concatenate([risks, self.best(more, factors)[1]])
            order = powers.argsort()
            powers, risks = powers[order], risks[order]

        def profile(points):
            return self.best(points.ravel(), factors)[1].reshape(points.shape)

        # Every local minimum is refined: there may be two that are nearly as good.
        at = local_minima(risks[None])[1]
        found, values = refine(profile, powers[at - 1], powers[at + 1])
        power = found[[values.argmin()]]
        rate, risk = np.exp(self.best(power, factors))
        return BestPower(float(power[0]), float(rate[0]), float(risk[0]), usual_rates, usual_risks)


def as_range(powers):
    """Check a range of powers and return its ends."""
    low, high = check.as_array("powers", powers, (2,))
    if high - low < 0.5:
        check.fail(
            "powers", f"({low:g}, {high:g})", "two numbers, the second larger by 1/2 or more"
        )
    return low, high


def as_factors(schedule, steps):
    """Return the factors on the rate that a schedule stands for; None for a constant rate."""
    if not isinstance(schedule, str) or schedule not in ("constant", "linear"):
        check.fail("schedule", check.describe(schedule), "'constant' or 'linear'")
    return None if schedule == "constant" else 1 - np.arange(steps) / steps
