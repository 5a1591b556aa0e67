"""The methods at their best rates on a measured problem, in one basis: what theory predicts."""

from dataclasses import dataclass, replace

import numpy as np

from ..methods.adam_limits import MeanFieldAdam
from ..methods.named import POWERS
from ..tuning.as_run import affordable, as_run, largest_correlation, response, transient
from ..tuning.contenders import Contender, curve, damped, fixed, long_memory
from ..tuning.problem import Problem

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
    damped : Contender or None
        GN^-1 at its best damping, where one helps.
    adam : MeanFieldAdam
        Adam as it is run.
    as_run : Contender or None
        It, by an approximation (SXQ-21); None where the run is too long for it.
    """

    basis: str
    problem: Problem
    contenders: tuple[Contender, ...]
    damped: Contender | None
    adam: MeanFieldAdam
    as_run: Contender | None

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


def predict(basis, problem, adam, extras=True):
    """Return the `Predictions` for a problem in a basis.

    Parameters
    ----------
    basis : str
        Its name.
    problem : Problem
    adam : MeanFieldAdam
    extras : bool
        Whether to find damped GN^-1 and Adam as it is run too.

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
    level = np.ptp(problem.curvature) <= LEVEL * problem.unit
    contenders = _level(problem) if level else _powers(problem)
    run = None
    if problem.noise > 0:
        contenders.append(long_memory(problem))
        if extras and affordable(problem):
            first, second = response(problem.batch_size, adam.beta1, adam.beta2)
            run = as_run(problem, adam, second / first)
    contenders.sort(key=lambda one: one.risk)
    better = damped(problem) if extras and not level else None
    return Predictions(basis, problem, tuple(contenders), better, adam, run)


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
