"""The methods at their best rates on a measured problem, in one basis: what theory predicts."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..methods.adam_limits import MeanFieldAdam
from ..methods.named import POWERS
from ..tuning.as_run import affordable, largest_correlation, response, transient
from ..tuning.contenders import Contender, curve, damped, fixed, long_memory
from ..tuning.problem import Problem
from ..tuning.signal_kept import best_as_run

EQUAL = 0.01  # Risks nearer than this, relatively, are called level: data hardly tell them apart.
LEVEL = 1e-9  # Curvatures as equal as this make one method of all powers, damped or not.


@dataclass(frozen=True, eq=False)
class Predictions:
    """What theory says of the methods in one basis, for Gaussian or elliptical data.

    Attributes
    ----------
    basis : str
        "eigenbasis" or "identity".
    problem : Problem
        In this basis.
    contenders : tuple of Contender
        By their risks at the horizon: GD, GN^-1/2, GN^-1, and with noise long-memory Adam, whose
        weights are frozen at those of its stationary state.
    betas : MeanFieldAdam
        Those of Adam as it is run.
    """

    basis: str
    problem: Problem
    contenders: tuple[Contender, ...]
    betas: MeanFieldAdam

    @cached_property
    def damped(self):
        """GN^-1 at its best damping, where one helps: a Contender or None; found when asked for."""
        return None if _is_level(self.problem) else damped(self.problem)

    @cached_property
    def _found(self):
        problem, adam = self.problem, self.betas
        if problem.noise == 0 or not affordable(problem):
            return None, adam
        first, second = response(problem.batch_size, adam.beta1, adam.beta2)
        return best_as_run(problem, adam, second / first)

    @property
    def as_run(self):
        """Adam as it is run, by a recurrence that is not exact; found when asked for.

        None where the run is too long for it, and without noise.
        """
        return self._found[0]

    @property
    def adam(self):
        """The MeanFieldAdam that `as_run` follows.

        It keeps the signal in its denominators where matrices and run are small enough for that.
        Without the signal its risk is right where (B + 1) rho^2 is small (SXQ-21).
        """
        return self._found[1]

    @property
    def winner(self):
        """The contender with the least risk."""
        return self.contenders[0]

    @property
    def tied(self):
        """Names of the contenders whose risk is the winner's within `EQUAL`."""
        most = self.winner.risk * (1 + EQUAL)
        return tuple(one.name for one in self.contenders if one.risk <= most)

    @property
    def largest_correlation(self):
        """(B + 1) max rho^2 at the start, which has to be small for Adam to be GN^-1/2 (SXQ-2)."""
        return largest_correlation(self.problem)

    def all(self):
        """Return all of them, the contenders first.

        Returns
        -------
        tuple of Contender
        """
        return (*self.contenders, *(one for one in (self.damped, self.as_run) if one))

    def curve(self, contender, horizons):
        """Return the predicted R_t of one of them, for horizons of shape (n,), 0 among them or not.

        Returns
        -------
        numpy.ndarray, shape (n,)
        """
        horizons = np.asarray(horizons)
        risks = np.full(len(horizons), float(self.problem.start_risk))
        later = horizons > 0
        if contender.learning_rate == 0 or not later.any():
            return risks
        if contender == self.as_run:
            rate = np.array([contender.learning_rate])
            risks[later] = transient(self.problem, rate, self.adam, horizons[later])[:, 0]
        else:
            risks[later] = curve(self.problem, contender, horizons[later])
        return risks


def predict(basis, problem, betas):
    """Return the `Predictions` for a problem in a basis.

    Parameters
    ----------
    basis : str
        Its name.
    problem : Problem
    betas : MeanFieldAdam

    Returns
    -------
    Predictions

    Examples
    --------
    >>> level = np.array([[[1.0, 0.9], [0.9, 1.0]]])
    >>> problem = Problem(level, np.array([1.0, 0.0]), 0.01, 4, 50)
    >>> found = predict("identity", problem, MeanFieldAdam(0.9, 0.999))
    >>> sorted(found.tied)  # on a level diagonal all powers are one method
    ['Adam, long memory, frozen', 'GD', 'GN^-1', 'GN^-1/2']
    """
    contenders = _level(problem) if _is_level(problem) else _powers(problem)
    if problem.noise > 0:
        contenders.append(long_memory(problem))
    contenders.sort(key=lambda one: one.risk)
    return Predictions(basis, problem, tuple(contenders), betas)


def _is_level(problem):
    return np.ptp(problem.curvature) <= LEVEL * problem.unit


def _powers(problem):
    return [fixed(problem, power, name) for name, power in POWERS.items()]


def _level(problem):
    """Return what all powers are where the curvatures are equal, by one search."""
    one, unit = fixed(problem, 0.0, ""), problem.unit
    return [
        replace(
            one,
            name=name,
            power=power,
            learning_rate=one.learning_rate / unit**power,
            largest_stable_rate=one.largest_stable_rate / unit**power,
        )
        for name, power in POWERS.items()
    ]
