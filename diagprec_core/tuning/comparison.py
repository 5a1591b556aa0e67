"""Which preconditioner for this spectrum? Every one at its best rate, by its exact risk (B-5)."""

from dataclasses import KW_ONLY, dataclass

import numpy as np

from .. import validation as check
from ..methods.adam_limits import MeanFieldAdam
from ..methods.named import POWERS
from ..problems.gaussian import GaussianRegression
from .as_run import affordable, largest_correlation, name_of, response, transient
from .contenders import ADAM, DAMPED, Contender, curve, damped, fixed, long_memory
from .power import best_power
from .problem import Problem, as_problem
from .signal_kept import best_as_run


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
    beta1, beta2 : float
        Those of Adam as it is run.
    memory_price : float
        What they cost in the floor at small rates, at equal speed
        (:func:`~diagprec_core.memory_price`); for Gaussian features, whatever the kurtosis.
    as_run : Contender or None
        EMA Adam with these betas, from the first step on, by the recurrence of
        :class:`~diagprec_core.MeanFieldAdam` with the signal kept (claim SXQ-21 (c)): its risk is
        not exact, and its rate is better than all near that which is best without the signal. Its
        floor is that of LongMemoryAdam(beta1) at its rate, times what SXQ-20 adds at an equal rate.
        None without noise, or where the steps times dimensions, 1000 at least, are beyond 2 10^7.
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
    _: KW_ONLY
    beta1: float
    beta2: float
    memory_price: float
    as_run: Contender | None

    @property
    def problem(self):
        """What the contenders are tuned on."""
        law = (self.noise_std**2, self.batch_size, self.steps, self.kurtosis)
        return Problem(self.spectrum, self.errors, *law)

    @property
    def largest_correlation(self):
        """(B + 1) max rho_i^2 at the start, by which Adam is not GN^-1/2 there (SXQ-2)."""
        return largest_correlation(self.problem)

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
        if contender == self.as_run:
            rule = MeanFieldAdam(self.beta1, self.beta2, signal=True)
            run = np.array([contender.learning_rate]), rule
            return transient(self.problem, *run, horizons)[:, 0]
        return curve(self.problem, contender, horizons)

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
            "beta1": self.beta1,
            "beta2": self.beta2,
            "memory_price": self.memory_price,
            "adam_as_run": plain(self.as_run),
            "largest_correlation": self.largest_correlation,
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
    beta1=0.9,
    beta2=0.999,
    progress=None,
):
    """Tune GD, GN^-1/2, GN^-1 and long-memory Adam in the eigenbasis and compare their exact risks.

    Each has its own best constant rate for the horizon. Adam is the long-memory one with its
    weights *frozen* at those of the stationary state that this rate leads to (claim SXQ-9), from
    the first step on: a fixed preconditioner, so that SXQ-7's recurrence is exact for it as well.
    Without noise it has no such state, and is left out. Two methods with one more knob each stand
    beside the contenders: GN^p at the best power, and GN^-1 at the best damping. So does Adam as it
    is run, averages and all, whose risk is approximate (claim SXQ-21).

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
    beta1, beta2 : float
        Those of Adam as it is run, with beta1^2 < beta2 < 1, or both 0.
    progress : callable, optional
        Is told the name of what is tuned next: a spectrum of 10^5 eigenvalues takes some seconds
        for each. Adam as it is run takes up to about 20 seconds.

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
    >>> print(f"{found.as_run.name} {found.as_run.risk:.4f}, not exact")
    Adam (0.9, 0.999) as run 0.0467, not exact
    """
    law = {"batch_size": batch_size, "steps": steps, "kurtosis": kurtosis}
    given = {**law, "noise_std": noise_std, "start": start, "start_risk": start_risk}
    problem, noise_std, start_risk = as_problem(spectrum, **given)
    rule = MeanFieldAdam(beta1, beta2)
    first, second = response(problem.batch_size, rule.beta1, rule.beta2)
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
    tuned, run = None, None
    begin("the best power")
    regression = GaussianRegression(problem.matrix, noise_std)
    try:
        power = best_power(regression, start=problem.errors, **law).power
        tuned = fixed(problem, power, f"GN^p, p = {power:.2f}")
    except ValueError:
        pass  # Equal eigenvalues, or no best power: there is nothing to put beside the others.
    begin(DAMPED)
    best_damped = damped(problem)
    if affordable(problem):
        begin(name_of(rule))
        run, _ = best_as_run(problem, rule, second / first)
    begun = (problem.matrix, problem.errors, noise_std, problem.batch_size, problem.steps)
    found = (start_risk, tuple(contenders), tuned, best_damped, problem.kurtosis)
    memory = {"beta1": rule.beta1, "beta2": rule.beta2, "memory_price": second / first**2}
    return Comparison(*begun, *found, **memory, as_run=run)
