"""Near a minimum: a method's risk from the curvature G there and the noise F of one gradient.

In a basis, with P = diag(w), A = P^(1/2) G P^(1/2) of eigenvalues a_i and N = P^(1/2) F P^(1/2)
turned into its eigenbasis, a run that starts at the minimum has, to leading order in the distance,

    R_t = (eta/B) sum_i N_ii (1 - (1 - eta a_i)^(2 t))/(2 - eta a_i),   R = 2 (L - L*).

As eta -> 0 the floor is eta tr(P F)/(2 B): that of claim SXQ-8 with F for sigma^2 G. For F = G, as
at the optimum of a well-specified logistic regression (SXL-1), sigma is 1, and Adam is GN^-1/2
(SXL-4). The statement is local: it knows nothing of how G and F change with theta.

Adam's weights there are those of its second moment at the minimum, frozen. As it is run it has
momentum, and steps away from the minimum are signal in its denominators: `adam_risk`.
"""

from dataclasses import dataclass

import numpy as np

from ..methods.learning_rates import as_rates
from ..methods.named import POWERS
from ..mini_batch.adam_moments import adam_moment_risks, additive

ADAM = "Adam, near the optimum"
LARGEST = 1e10  # Dimensions to the third times steps, for Adam as it is run: beyond, it takes long.


@dataclass(frozen=True, eq=False)
class LocalMethod:
    """A method near a minimum, at the rate that brings it to a given floor.

    Attributes
    ----------
    name : str
    weights : numpy.ndarray, shape (k,)
        w, of Adam those of its second moment at the minimum.
    learning_rate : float
    floor_per_rate : float
        tr(P F)/(2 B).
    slowest : float
        1/(eta s_min): in so many steps the slowest direction falls by a factor e.
    modes, noises : numpy.ndarray, shape (r,)
        a_i above 0, and N_ii.
    batch_size : int
    """

    name: str
    weights: np.ndarray
    learning_rate: float
    floor_per_rate: float
    slowest: float
    modes: np.ndarray
    noises: np.ndarray
    batch_size: int

    def risk(self, steps):
        """Return R_t at t of shape (n,), from R_0 = 0 on: the local prediction.

        Returns
        -------
        numpy.ndarray, shape (n,)
        """
        rate = self.learning_rate
        with np.errstate(over="ignore"):
            done = 1 - (1 - rate * self.modes) ** (2 * np.asarray(steps)[:, None])
        return rate / self.batch_size * (done * self.noises / (2 - rate * self.modes)).sum(axis=1)

    @property
    def floor(self):
        """The limit of the risk; inf where the rate is not stable."""
        if (self.learning_rate * self.modes >= 2).any():
            return np.inf
        terms = self.noises / (2 - self.learning_rate * self.modes)
        return float(self.learning_rate / self.batch_size * terms.sum())


def local_methods(curvature, noise, rank, batch_size, floor):
    """Return GD, GN^-1/2, GN^-1 and Adam near a minimum, the fastest first.

    Parameters
    ----------
    curvature, noise : numpy.ndarray, shape (k, k)
        G and F in the basis, positive semidefinite; F has no noise where G has no curvature.
    rank : int
        Of G.
    batch_size : int
    floor : float
        R that all of them are to end at, to leading order in the rate.

    Returns
    -------
    tuple of LocalMethod

    Examples
    --------
    >>> matrix = np.diag([1.0, 0.04])
    >>> found = local_methods(matrix, matrix, 2, 4, 0.01)
    >>> [(one.name, round(one.slowest)) for one in found]
    [('GN^-1', 25), ('Adam, near the optimum', 75), ('GN^-1/2', 75), ('GD', 325)]
    """
    diagonal, second = np.diagonal(curvature), np.diagonal(noise)
    weights = {name: diagonal**power for name, power in POWERS.items()}
    if (second > 0).all():
        weights[ADAM] = np.sqrt(batch_size / second)
    found = [
        _local(name, own, curvature, noise, rank, batch_size, floor)
        for name, own in weights.items()
    ]
    return tuple(sorted(found, key=lambda one: (round(np.log(one.slowest), 9), one.name)))


def _local(name, weights, curvature, noise, rank, batch_size, floor):
    root = np.sqrt(weights)
    modes, vectors = np.linalg.eigh(root[:, None] * curvature * root)
    # Where features do not vary there is no loss and no noise, only rounding of either sign. Where
    # all classes are sure a curvature may come near that, too.
    modes, vectors = modes[-rank:], vectors[:, -rank:]
    modes = np.maximum(modes, np.finfo(float).eps * modes[-1])
    turned = root[:, None] * vectors
    noises = np.einsum("ij,ij->j", turned, noise @ turned)
    per_rate = noises.sum() / (2 * batch_size)
    rate = floor / per_rate
    slowest = 1 / (rate * modes[0])
    return LocalMethod(name, weights, rate, per_rate, slowest, modes, noises, batch_size)


def adam_risk(curvature, noise, batch_size, learning_rate, rule, steps):
    """Return R_t of Adam as it is run from the minimum, with momentum, signal and a filling memory.

    Parameters
    ----------
    curvature, noise : numpy.ndarray, shape (k, k)
        G and F in the basis.
    batch_size : int
    learning_rate : float
    rule : MeanFieldAdam
        The betas.
    steps : numpy.ndarray of int, shape (n,)
        t, in any order.

    Returns
    -------
    numpy.ndarray, shape (n,)
        inf beyond the range of float64.

    Examples
    --------
    >>> from ..methods.adam_limits import MeanFieldAdam
    >>> one = np.ones((1, 1))
    >>> run = one, one, 1, 0.2
    >>> adam_risk(*run, MeanFieldAdam(0.0, 0.9), np.array([0, 1])).round(4)
    array([0.  , 0.04])
    """
    steps, found = np.asarray(steps), np.empty(len(steps))
    matrix, square = curvature[None], additive(curvature[None], noise[None], batch_size)
    rates = as_rates(learning_rate, int(steps.max()))
    run = adam_moment_risks(matrix, square, np.zeros(len(curvature)), rates, rule)
    with np.errstate(all="ignore"):
        for t, risk in enumerate(run):
            found[steps == t] = risk
    return np.where(np.isfinite(found), found, np.inf)
