"""What contenders are tuned on: a regression in a basis, a batch size and a horizon."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from .. import validation as check
from ..mini_batch.batch_noise import as_kurtosis
from ..numerics.blocks import apply, diagonal, inner
from ..numerics.modes import preconditioned_modes

LARGEST, WIDEST = 1e40, 1e12  # Of eigenvalues and noise; of their ratio: beyond, digits run out.


@dataclass(frozen=True, eq=False)
class Problem:
    """A regression in a basis, a batch size and a horizon.

    Attributes
    ----------
    matrix : numpy.ndarray, shape (d,) or (K, m, m)
        The covariance in the basis: a diagonal in the eigenbasis, or its blocks.
    errors : numpy.ndarray, shape (d,)
        Those of the start.
    noise : float
        sigma^2.
    batch_size, steps : int
        B and T.
    kurtosis : float
        K of the features.
    rank : int, optional
        Of a single block that is singular: its null directions hold no risk and never will.
    """

    matrix: np.ndarray
    errors: np.ndarray
    noise: float
    batch_size: int
    steps: int
    kurtosis: float = 1.0
    rank: int | None = None
    _by_power: dict = field(default_factory=dict, init=False, repr=False)

    def under(self, **law):
        """Return the problem with another noise, batch size or horizon; its modes stay known."""
        other = replace(self, **law)
        if other.matrix is self.matrix and other.errors is self.errors and other.rank == self.rank:
            other._by_power.update(self._by_power)
        return other

    @property
    def law(self):
        """What a recurrence needs of the noise."""
        return {"noise": self.noise, "batch_size": self.batch_size, "kurtosis": self.kurtosis}

    @cached_property
    def curvature(self):
        """The diagonal of the covariance, (d,), of which powers are taken."""
        return self.matrix if self.matrix.ndim == 1 else diagonal(self.matrix)

    @property
    def start_risk(self):
        """R_0."""
        return inner(self.errors, apply(self.matrix, self.errors))

    @property
    def unit(self):
        """The largest curvature, in units of which powers are taken."""
        return self.curvature.max()

    def modes(self, weights):
        """Return modes and moments of preconditioners, one or n of them, shape of `weights`.

        Returns
        -------
        values, moments : numpy.ndarray
            Of the `rank` largest modes only, where there is one.
        """
        found = preconditioned_modes(self.matrix, weights)
        alive = slice(-self.rank if self.rank else None, None)
        return found.values[..., alive], found.moments(self.errors)[..., alive]

    def in_units(self, power, dampings=None):
        """Return the modes of GN^p, one row a damping, and moments, in units of the largest.

        In these no power of a curvature leaves the range of float64. Without damping there is one
        row, which is computed once.

        Returns
        -------
        values, moments : numpy.ndarray, shape (n, d)
        """
        if dampings is None:
            if power not in self._by_power:
                self._by_power[power] = self.in_units(power, (0.0,))
            return self._by_power[power]
        unit = self.unit
        shifted = (self.curvature + np.asarray(dampings)[:, None]) / unit
        scaled = replace(self, matrix=self.matrix / unit, errors=self.errors * np.sqrt(unit))
        return scaled.modes(shifted**power)


def as_problem(spectrum, *, batch_size, steps, noise_std, start, start_risk, kurtosis):
    """Check what :func:`~diagprec_core.compare` is given.

    Returns
    -------
    problem : Problem
    noise_std, start_risk : float
        sigma and R_0, without the rounding of squares and sums.

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> given = {"batch_size": 1, "steps": 5, "noise_std": 0.1, "start": None, "kurtosis": 1.0}
    >>> problem, *rest = as_problem([1.0, 0.25], **given, start_risk=5.0)
    >>> problem.errors, rest
    (array([2., 2.]), [0.1, 5.0])
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
    kurtosis = as_kurtosis(kurtosis, len(spectrum))
    problem = Problem(spectrum, errors, noise_std**2, batch_size, steps, kurtosis)
    return problem, noise_std, float(risk)
