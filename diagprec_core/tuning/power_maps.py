"""Maps of the best power over spectra, starts, batch sizes, noises and horizons (claim B-5)."""

import joblib
import numpy as np

from .. import validation as check
from ..problems.spectra import power_law_spectrum
from .power import BestPower, PowerSearch, as_factors, as_range

WIDEST = 1e38  # Ratio of eigenvalues: their powers up to 8 stay in the range of float64.
BLOCK = 4  # Cells that travel to a worker together.


def power_map(
    *,
    d,
    spectrum_exponent,
    source_exponent,
    start_risk,
    noise_std,
    batch_size,
    steps,
    powers=(-2.0, 2.0),
    schedule="constant",
    n_jobs=None,
):
    """Return best powers over spectra, starts, batch sizes, noises and horizons, cell by cell.

    In each cell lambda_i = i^-spectrum_exponent, lambda_i delta_i^2 is proportional to
    i^-source_exponent and sums to `start_risk`, and the basis is the eigenbasis. The parameters
    broadcast: a column of noises and a row of batch sizes make a map.

    The cells are spread by joblib, over `n_jobs` processes or, inside of
    `joblib.parallel_config(backend=...)`, over whatever the caller has: a Dask or Ray cluster, say.
    The result does not depend on it. By default a map is computed here, in one process.

    Parameters
    ----------
    d : int
        The dimension, at least 2.
    spectrum_exponent, source_exponent, start_risk, noise_std : float or array_like
        Of shapes that broadcast; the first above 0 (or all powers are the same), the third above 0,
        the last at least 0.
    batch_size, steps : int or array_like of int
        B and T, at least 1, in shapes that broadcast with those.
    powers, schedule
        As for :func:`~diagprec_core.best_power`.
    n_jobs : int, optional
        As for joblib: None for the surrounding configuration, or else one process.

    Returns
    -------
    BestPower
        With arrays in the shape of the map.

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> found = power_map(
    ...     d=100,
    ...     spectrum_exponent=1.0,
    ...     source_exponent=1.5,
    ...     start_risk=[[0.01], [100]],
    ...     noise_std=1.0,
    ...     batch_size=[1, 256],
    ...     steps=1000,
    ... )
    >>> found.power.round(2)
    array([[ 0.05, -0.61],
           [-0.73, -0.89]])
    """
    d = check.as_count("d", d, low=2)
    parameters = np.broadcast_arrays(
        _numbers("spectrum_exponent", spectrum_exponent, positive=True),
        _numbers("source_exponent", source_exponent, low=-np.inf),
        _numbers("start_risk", start_risk, positive=True),
        _numbers("noise_std", noise_std),
        check.as_counts("batch_size", batch_size),
        check.as_counts("steps", steps),
    )
    low, high = as_range(powers)
    as_factors(schedule, 1)
    if n_jobs is not None and (check.as_count("n_jobs", n_jobs, low=-(10**6)) == 0):
        check.fail("n_jobs", 0, "an integer other than 0, or None")
    if (steepest := parameters[0].max()) * np.log(d) > np.log(WIDEST):
        needed = f"at most {np.log(WIDEST) / np.log(d):.3g} for d = {d}"
        check.fail("spectrum_exponent", f"{steepest:g}", needed)
    shape = parameters[0].shape
    cells = list(zip(*(p.ravel().tolist() for p in parameters), strict=True))
    blocks = [cells[i : i + BLOCK] for i in range(0, len(cells), BLOCK)]
    done = joblib.Parallel(n_jobs=n_jobs)(
        joblib.delayed(_solve)(d, block, low, high, schedule) for block in blocks
    )
    table = np.array([row for rows in done for row in rows])
    first, rates, risks = np.split(table, (3, 6), axis=1)
    power, rate, risk = (column.reshape(shape) for column in first.T)
    return BestPower(power, rate, risk, rates.reshape(*shape, 3), risks.reshape(*shape, 3))


def _solve(d, cells, low, high, schedule):
    """Return one row for each cell of a map: power, rate, risk, and rates and risks of the rest."""
    rows = []
    for exponent, source, start_risk, noise_std, batch_size, steps in cells:
        spectrum = power_law_spectrum(d, exponent)
        shares = np.arange(1.0, d + 1) ** -source
        errors = np.sqrt(start_risk * shares / shares.sum() / spectrum)
        search = PowerSearch(spectrum, spectrum, errors, noise_std**2, batch_size, steps)
        found = search(low, high, as_factors(schedule, steps))
        head = (found.power, found.learning_rate, found.risk)
        rows.append([*head, *found.usual_rates, *found.usual_risks])
    return rows


def _numbers(name, value, low=0.0, positive=False):
    """Check a parameter of a map: a number or an array of them, of any shape."""
    array = check.as_array(name, value, (None,) * check.dimensions(name, value))
    if (array < low).any() or (positive and (array == 0).any()):
        needed = "numbers above 0" if positive else f"numbers of at least {low:g}"
        check.fail(name, f"{array.min():g}", needed)
    return array
