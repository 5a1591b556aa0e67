"""Schedules: one learning rate for each step, fixed before the run starts."""

from dataclasses import dataclass

import numpy as np

from .. import validation as check


@dataclass(frozen=True, eq=False)
class Schedule:
    """Learning rates eta_0, ..., eta_{T-1}; rate eta_t is used in the step from t to t + 1.

    Parameters
    ----------
    rates : array_like, shape (T,) or (n, T)
        Rates of one schedule, or of n schedules to run side by side; none negative.

    Raises
    ------
    ValueError
        If `rates` has another shape, or a negative or infinite entry.

    Examples
    --------
    >>> Schedule([0.5, 0.25]).steps
    2
    """

    rates: np.ndarray

    def __post_init__(self):
        shape = (None, None) if check.dimensions("rates", self.rates) == 2 else (None,)
        rates = check.as_array("rates", self.rates, shape)
        if (rates < 0).any():
            check.fail("rates", f"a negative rate, {rates.min():g}", "rates of at least 0")
        object.__setattr__(self, "rates", rates)

    @property
    def steps(self):
        """Number of steps T."""
        return self.rates.shape[-1]


def constant(rate, steps):
    """Return the schedule that uses one rate `steps` times.

    Returns
    -------
    Schedule

    Raises
    ------
    ValueError
        If `rate` is negative or not finite, or `steps` is not an integer of at least 1.

    Examples
    --------
    >>> constant(0.1, 3).rates
    array([0.1, 0.1, 0.1])
    """
    rate = check.as_number("rate", rate, low=0)
    return Schedule(np.full(check.as_count("steps", steps, low=1), rate))


def halving(radius, steps):
    """Return eta_t = radius * 2^-(t+1), the minimax schedule of sign descent (FEQ-3, FEQ-4).

    Parameters
    ----------
    radius : float
        Bound a on the starting error of every coordinate.
    steps : int
        Number of steps T; the error is then at most a 2^-T.

    Returns
    -------
    Schedule

    Raises
    ------
    ValueError
        If `radius` is not positive and finite, or `steps` not an integer of at least 1.

    Examples
    --------
    >>> halving(8.0, 3).rates
    array([4., 2., 1.])
    """
    radius = check.as_number("radius", radius, low=0, open_low=True)
    steps = check.as_count("steps", steps, low=1)
    return Schedule(np.ldexp(radius, -np.arange(1, steps + 1)))


def chebyshev(smallest, largest, steps):
    """Return the best schedule for gradient descent on all curvatures in an interval (FIQ-2c).

    Its rates are the inverse roots of the Chebyshev polynomial of degree T on the interval; the
    error after T steps is at most 1/T_T((kappa+1)/(kappa-1)) times the start, whatever the
    curvatures in the interval. The order of the rates does not matter in exact arithmetic; here
    it is Leja's (each root as far as possible from those used), which keeps rounding errors small.

    Parameters
    ----------
    smallest, largest : float
        Ends of the interval of (preconditioned) curvatures, 0 < smallest <= largest.
    steps : int
        Number of steps T.

    Returns
    -------
    Schedule

    Raises
    ------
    ValueError
        If the interval is empty or not positive, or `steps` not an integer of at least 1.

    Examples
    --------
    >>> chebyshev(1.0, 9.0, 1).rates
    array([0.2])
    """
    smallest = check.as_number("smallest", smallest, low=0, open_low=True)
    largest = check.as_number("largest", largest, low=smallest)
    steps = check.as_count("steps", steps, low=1)
    angles = (2 * np.arange(steps) + 1) * np.pi / (2 * steps)
    return Schedule(
        1 / ((largest + smallest) / 2 + (largest - smallest) / 2 * leja(np.cos(angles)))
    )


def leja(points):
    """Order points so that each one is as far as possible, in product, from those before it.

    Returns
    -------
    numpy.ndarray, shape of `points`

    Examples
    --------
    >>> leja(np.array([0.0, 0.4, 1.0]))
    array([1. , 0. , 0.4])
    """
    rest = np.array(points, dtype=float)
    product, next_point = np.ones(len(rest)), np.abs(rest).argmax()
    ordered = []
    for _ in range(len(rest)):
        ordered.append(rest[next_point])
        # Twice the distance keeps products over [-1, 1] of order one.
        product = np.delete(product * 2 * np.abs(rest - rest[next_point]), next_point)
        rest = np.delete(rest, next_point)
        next_point = product.argmax() if len(rest) else None
    return np.array(ordered)


def warmup(first, peak, growing, steps):
    """Return rates that grow by a constant factor from `first` to `peak`, then stay there.

    Parameters
    ----------
    first, peak : float
        0 < first <= peak.
    growing : int
        Number of steps from the first rate to the first at the peak.
    steps : int
        Number of steps T in all, more than `growing`.

    Returns
    -------
    Schedule

    Raises
    ------
    ValueError
        If a rate is not positive and finite, ``first > peak``, or the counts are unfit.

    Examples
    --------
    >>> warmup(0.125, 1.0, 3, 5).rates
    array([0.125, 0.25 , 0.5  , 1.   , 1.   ])
    """
    first = check.as_number("first", first, low=0, open_low=True)
    peak = check.as_number("peak", peak, low=first)
    growing = check.as_count("growing", growing, low=1)
    steps = check.as_count("steps", steps, low=growing + 1)
    rates = np.full(steps, peak)
    rates[:growing] = np.geomspace(first, peak, growing + 1)[:-1]
    return Schedule(rates)


def cosh_warmup(radius, steps):
    """Return eta_t = 1/cosh(a_t), a_0 = radius, a_{t+1} = a_t - tanh(a_t): GN^-1's cure (FEL-6).

    On the fair-coin logistic instance of the FEL claims GN^-1 takes the logit z to z - eta sinh z,
    which under these rates keeps every logit that starts within the radius within a_t: one unit a
    step while a_t is large, and cubic convergence in the end.

    Parameters
    ----------
    radius : float
        Bound A on the starting logits, above 0 and at most 700: beyond that float64 has no rate.
    steps : int
        Number of steps T.

    Returns
    -------
    Schedule

    Raises
    ------
    ValueError
        If `radius` is outside (0, 700], or `steps` not an integer of at least 1.

    Examples
    --------
    >>> cosh_warmup(3.0, 5).rates.round(4)
    array([0.0993, 0.2645, 0.6281, 0.9665, 1.    ])
    """
    bound = check.as_number("radius", radius, low=0, high=700, open_low=True)
    rates = np.empty(check.as_count("steps", steps, low=1))
    for t in range(len(rates)):
        rates[t] = 1 / np.cosh(bound)
        bound -= np.tanh(bound)
    return Schedule(rates)
