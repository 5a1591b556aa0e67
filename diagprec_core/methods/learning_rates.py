"""Learning rates as a run uses them: a constant, many constants side by side, or schedules."""

from dataclasses import dataclass

import numpy as np

from .. import validation as check
from .schedules import Schedule


@dataclass(frozen=True, eq=False)
class Rates:
    """Learning rates as a run uses them: one for all steps, or one for each.

    Attributes
    ----------
    values : numpy.ndarray, shape (1,) or (1, n), or with T in the place of 1
    steps : int
        Number of steps of the run.
    """

    values: np.ndarray
    steps: int

    @property
    def shape(self):
        """() for one run, (n,) for n of them side by side."""
        return self.values.shape[1:]

    @property
    def constant(self):
        """Whether all steps use one rate."""
        return len(self.values) == 1

    def at(self, step):
        """Return the rate of a step, or the n rates.

        Returns
        -------
        numpy.ndarray or numpy.float64, shape () or (n,)

        Examples
        --------
        >>> as_rates(0.5, 3).at(2)
        np.float64(0.5)
        """
        return self.values[0 if self.constant else step]

    def between(self, first, last, runs):
        """Return the rates of the steps from one to before another, shape (last - first, runs).

        Returns
        -------
        numpy.ndarray, shape (last - first, runs)
            Contiguous.

        Examples
        --------
        >>> as_rates(Schedule([0.5, 0.25, 0.125]), None).between(1, 3, 2)
        array([[0.25 , 0.25 ],
               [0.125, 0.125]])
        """
        values = self.values if self.constant else self.values[first:last]
        rows = np.broadcast_to(values.reshape(len(values), -1), (last - first, runs))
        return np.ascontiguousarray(rows)


def as_rates(learning_rate, steps):
    """Check a learning rate, n of them, or a schedule, and the number of steps; return Rates.

    Returns
    -------
    Rates

    Examples
    --------
    >>> as_rates(Schedule([0.5, 0.25]), None).steps
    2
    """
    if isinstance(learning_rate, Schedule):
        steps = learning_rate.steps if steps is None else check.as_count("steps", steps)
        if steps > learning_rate.steps:
            check.fail("steps", steps, f"at most the schedule's {learning_rate.steps}")
        return Rates(np.moveaxis(learning_rate.rates, -1, 0), steps)
    if check.dimensions("learning_rate", learning_rate) == 0:
        rates = np.array(check.as_number("learning_rate", learning_rate, low=0))
    else:
        needed = "a number, an array of shape (n,) or a Schedule, finite and not negative"
        rates = check.as_array("learning_rate", learning_rate, (None,), needed)
        if (rates < 0).any():
            check.fail("learning_rate", f"a negative rate, {rates.min():g}", needed)
    return Rates(rates[None], check.as_count("steps", steps))


def as_constant_rates(learning_rate, *, positive=False):
    """Check a constant learning rate or n of them; return shape () or (n,).

    Returns
    -------
    numpy.ndarray, shape () or (n,)

    Examples
    --------
    >>> as_constant_rates([0.1, 1])
    array([0.1, 1. ])
    """
    if isinstance(learning_rate, Schedule):
        check.fail("learning_rate", "a Schedule", "a constant rate or an array of them")
    rates = np.asarray(as_rates(learning_rate, 1).at(0))
    if positive and (rates == 0).any():
        check.fail("learning_rate", 0, "rates above 0")
    return rates
