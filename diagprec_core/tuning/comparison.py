"""Which preconditioner for this spectrum? Every one at its best rate, by its exact risk (B-5)."""

from dataclasses import dataclass

import numpy as np

from .. import validation as check
from ..methods.named import POWERS
from ..mini_batch.adam_floors import long_memory_weights
from ..mini_batch.batch_noise import as_kurtosis
from ..mini_batch.risk_at_horizon import log_risks
from ..numerics.modes import preconditioned_modes
from ..problems.gaussian import GaussianRegression
from .contenders import ADAM, DAMPED, Contender, Problem, beyond, damped, fixed, long_memory
from .power import best_power

LARGEST, WIDEST = 1e40, 1e12  # Of eigenvalues and noise; of their ratio: beyond, digits run out.


@dataclass(frozen=True, eq=False)
class Comparison:
    """The contenders on one problem, best first, and beside them the best power and damping.

    Attributes
    ----------
    spectrum, errors : numpy.ndarray, shape (d,)
        Eigenvalues, and the starting error in each eigendirection.
    noise_std, batch_size, steps
        sigma, B and the horizon T.
    start_risk : float
        R_0.
    contenders : tuple of Contender
        In the order of their risks.
    tuned : Contender or None
        GN^p at the best p (:func:`~diagprec_core.best_power`); None where there is none.
    damped : Contender or None
        GN^-1 at the best damping; None where none is better than with no or infinite damping.
    kurtosis : float
        K of the features.
    """

    spectrum: np.ndarray
    errors: np.ndarray
    noise_std: float
    batch_size: int
    steps: int
    start_risk: float
    contenders: tuple[Contender, ...]
    tuned: Contender | None
    damped: Contender | None = None
    kurtosis: float = 1.0

    @property
    def winner(self):
        """The contender with the least risk."""
        return self.contenders[0]

    @property
    def lead(self):
        """By what share of the winner's risk the risk of the next is larger."""
        best, second = (contender.risk for contender in self.contenders[:2])
        if best > 0:
            return second / best - 1
        return 0.0 if second == 0 else np.inf  # without noise risks may leave the range of float64

    def curve(self, contender, horizons):
        """Return R_t of a contender at its best rate, for horizons t of shape (n,), all above 0.

        Returns
        -------
        numpy.ndarray, shape (n,)

        Raises
        ------
        ValueError
            If `contender` is not a Contender, or a horizon not a whole number of at least 1.
        """
        check.as_instance("contender", contender, Contender)
        horizons = check.as_array("horizons", horizons, (None,))
        if ((horizons < 1) | (horizons % 1 != 0)).any():
            check.fail("horizons", check.describe(horizons), "whole numbers of at least 1")
        if contender.learning_rate == 0:
            return np.full(len(horizons), self.start_risk)
        rate = np.array([contender.learning_rate])
        if contender.power is None:
            rate = np.minimum(rate, beyond(self.spectrum, self.noise_std))
            law = (self.batch_size, self.kurtosis)
            weights = long_memory_weights(self.spectrum, self.noise_std, rate, *law)
        else:
            with np.errstate(over="ignore", under="ignore"):
                weights = (self.spectrum[None] + contender.damping) ** contender.power
        modes = preconditioned_modes(self.spectrum, weights)
        moments = modes.moments(self.errors)
        setting = {"noise": self.noise_std**2, "batch_size": self.batch_size}
        setting["kurtosis"] = self.kurtosis
        logs = [
            log_risks(modes.values, moments, rate, **setting, steps=int(t))[0] for t in horizons
        ]
        return np.exp(logs)

    def as_dict(self):
        """Return plain numbers and texts, fit for JSON but for infinities, which become None."""

        def plain(contender):
            return contender and {
                key: None if isinstance(value, float) and np.isinf(value) else value
                for key, value in vars(contender).items()
            }

        return {
            "dimension": len(self.spectrum),
            "largest_eigenvalue": float(self.spectrum.max()),
            "smallest_eigenvalue": float(self.spectrum.min()),
            "noise_std": self.noise_std,
            "batch_size": self.batch_size,
            "steps": self.steps,
            "kurtosis": self.kurtosis,
            "start_risk": self.start_risk,
            "contenders": [plain(contender) for contender in self.contenders],
            "best_power": plain(self.tuned),
            "best_damping": plain(self.damped),
            "winner": self.winner.name,
            "lead": self.lead if np.isfinite(self.lead) else None,
        }


def compare(
    spectrum,
    *,
    batch_size,
    steps,
    noise_std=1.0,
    start=None,
    start_risk=None,
    kurtosis=1.0,
    progress=None,
):
    """Tune GD, GN^-1/2, GN^-1 and long-memory Adam in the eigenbasis and compare their exact risks.

    Each has its own best constant rate for the horizon. Adam is the long-memory one with its
    weights *frozen* at those of the stationary state that this rate leads to (claim SXQ-9), from
    the first step on: a fixed preconditioner, so that SXQ-7's recurrence is exact for it as well.
    Without noise it has no such state, and is left out. Two methods with one more knob each stand
    beside the contenders: GN^p at the best power, and GN^-1 at the best damping.

    Parameters
    ----------
    spectrum : array_like, shape (d,)
        Eigenvalues of the covariance, above 0.
    batch_size, steps : int
        B and the horizon T, at least 1.
    noise_std : float
        sigma, at least 0.
    start : array_like, shape (d,), optional
        Starting errors in the eigendirections, not all 0; equal ones if left out.
    start_risk : float, optional
        R_0 above 0, to which the errors are scaled. If left out they stay as they are, or, where
        there are none, are scaled to 1.
    kurtosis : float
        K of elliptical features, 1 for Gaussian ones: E[(x^T v)^4]/(3 (E (x^T v)^2)^2), at least
        d/(d + 2). Risks are exact for it too (claim SXQ-12).
    progress : callable, optional
        Is told the name of what is tuned next: a spectrum of 10^5 eigenvalues takes some seconds
        for each.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> found = compare(1 / np.arange(1.0, 101.0), batch_size=16, steps=200)
    >>> for one in found.contenders:
    ...     print(f"{one.name:25} {one.learning_rate:.4f} {one.risk:.4f}")
    Adam, long memory, frozen 0.0150 0.0476
    GN^-1/2                   0.0586 0.0477
    GN^-1                     0.0121 0.0485
    GD                        0.2954 0.0856
    """
    spectrum = check.as_array("spectrum", spectrum, (None,))
    if (spectrum <= 0).any():
        check.fail("spectrum", f"an eigenvalue of {spectrum.min():.3g}", "eigenvalues above 0")
    low, high = spectrum.min(), spectrum.max()
    if low < 1 / LARGEST or high > LARGEST or high > WIDEST * low:
        needed = f"ones from {1 / LARGEST:g} to {LARGEST:g}, of a ratio up to {WIDEST:g}"
        check.fail("spectrum", f"eigenvalues from {low:.3g} to {high:.3g}", needed)
    noise_std = check.as_number("noise_std", noise_std, low=0)
    if noise_std > 0 and not 1 / LARGEST <= noise_std <= LARGEST:
        needed = f"0, or a number from {1 / LARGEST:g} to {LARGEST:g}"
        check.fail("noise_std", f"{noise_std:g}", needed)
    batch_size = check.as_count("batch_size", batch_size, low=1)
    steps = check.as_count("steps", steps, low=1)
    errors = np.ones_like(spectrum)
    if start is not None:
        errors = check.as_array("start", start, spectrum.shape)
    with np.errstate(over="ignore"):
        risk = spectrum @ errors**2
    if not 0 < risk < np.inf:
        check.fail("start", f"a risk of {risk:g} at it", "errors with a positive, finite risk")
    if start_risk is not None:
        start_risk = check.as_number("start_risk", start_risk, low=0, open_low=True)
    elif start is None:
        start_risk = 1.0
    if start_risk is not None:
        errors, risk = errors * np.sqrt(start_risk / risk), start_risk
    regression = GaussianRegression(spectrum, noise_std)
    kurtosis = as_kurtosis(kurtosis, len(spectrum))
    problem = Problem(spectrum, errors, noise_std**2, batch_size, steps, kurtosis)
    if not (progress is None or callable(progress)):
        check.fail("progress", check.describe(progress), "a function of a name")
    begin = progress or (lambda name: None)
    contenders = []
    for name, power in POWERS.items():
        begin(name)
        contenders.append(fixed(problem, power, name))
    if noise_std > 0:
        begin(ADAM)
        contenders.append(long_memory(problem))
    contenders.sort(key=lambda contender: contender.risk)
    tuned = None
    begin("the best power")
    try:
        found = best_power(
            regression, start=errors, batch_size=batch_size, steps=steps, kurtosis=kurtosis
        )
        tuned = fixed(problem, found.power, f"GN^p, p = {found.power:.2f}")
    except ValueError:
        pass  # Equal eigenvalues, or no best power: there is nothing to put beside the others.
    begin(DAMPED)
    beside = {"tuned": tuned, "damped": damped(problem), "kurtosis": kurtosis}
    ranked = tuple(contenders)
    return Comparison(spectrum, errors, noise_std, batch_size, steps, float(risk), ranked, **beside)
