"""What the exact functions share: the checked problem, as preconditioned modes and moments."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .. import validation as check
from ..methods.preconditioners import fixed_weights
from ..numerics.modes import Modes, preconditioned_modes
from ..problems.frame import in_frame
from ..problems.gaussian import GaussianFrame


@dataclass(frozen=True, eq=False)
class Setting:
    """A regression in a basis, a fixed preconditioner and a batch size.

    `modes` are those of P^(1/2) Sigma P^(1/2), for which the rule is checked when they are first
    asked for; `noise` is sigma^2.
    """

    frame: GaussianFrame
    rule: object
    batch_size: int
    needed: str

    @cached_property
    def modes(self) -> Modes:
        """The modes s_i, (d,), with the way into their coordinates."""
        curvature = self.frame.curvature(None)
        return preconditioned_modes(
            self.frame.matrix, fixed_weights(self.rule, curvature, self.needed)
        )

    @property
    def noise(self):
        """sigma^2."""
        return self.frame.noise_std**2

    def at_start(self, start, runs):
        """Return s (d,), m at the start, (d,) or (n, d) for runs of shape () or (n,), sigma^2, B.

        All that a recurrence needs: the rest can be let go, which counts in a million dimensions.

        Returns
        -------
        modes, moments : numpy.ndarray
        noise : float
        batch_size : int
        """
        start = check.as_start(start, self.frame.dimension, runs)
        with np.errstate(over="ignore"):  # a start beyond the roots of float64 has an infinite risk
            moments = self.modes.moments(self.frame.coordinates(start))
        return self.modes.values, moments, self.noise, self.batch_size


NEEDED = "one with fixed weights, such as dp.GaussNewton()"


def setting(regression, preconditioner, batch_size, basis, needed=NEEDED):
    """Check what all exact functions take; `needed` is what a rule without weights is told.

    Returns
    -------
    Setting

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> regression = dp.GaussianRegression([4.0, 1.0], noise_std=3.0)
    >>> found = setting(regression, dp.GaussNewton(-0.5), 1, None)
    >>> found.modes.values, found.noise
    (array([2., 1.]), 9.0)
    """
    frame = in_frame("regression", regression, basis, GaussianFrame)
    batch_size = check.as_count("batch_size", batch_size, low=1)
    return Setting(frame, preconditioner, batch_size, needed)
