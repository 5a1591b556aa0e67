"""What `diagnose` and `diagnose_logistic` are both told, checked."""

import numpy as np

from .. import validation as check
from .runs import as_generator

BASES = ("eigenbasis", "identity")


def as_bases(basis, flags, runs, rng, jobs, progress):
    """Check how to measure and to run, before data are read, and return the bases.

    Parameters
    ----------
    basis : {"both", "eigenbasis", "identity"}
    flags : dict of bool
        By name.
    runs, jobs : int
    rng : numpy.random.Generator or int, optional
    progress : callable, optional

    Returns
    -------
    tuple of str

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> as_bases("both", {"centre": True}, 0, None, 1, None)
    ('eigenbasis', 'identity')
    """
    if not isinstance(basis, str) or basis not in ("both", *BASES):
        check.fail("basis", check.describe(basis), "'both', 'eigenbasis' or 'identity'")
    for name, value in flags.items():
        if not isinstance(value, bool | np.bool_):
            check.fail(name, check.describe(value), "True or False")
    if check.as_count("runs", runs) == 1:
        check.fail("runs", 1, "0, or at least 2")
    as_generator(rng)
    check.as_count("jobs", jobs, low=1)
    if progress is not None and not callable(progress):
        check.fail("progress", check.describe(progress), "a function of a number of rows")
    return BASES if basis == "both" else (basis,)
