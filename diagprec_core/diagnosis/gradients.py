"""`diagnose_gradients`: Adam beside GN^-1/2 on a model whose examples' gradients are at hand."""

import numpy as np

from .. import validation as check
from .intervals import GROUPS
from .nearness import nearness_of
from .source import CHUNK


def diagnose_gradients(gradients, curvature=None, *, batch_size):
    """Measure Adam's denominator beside the curvature from the gradients of single examples.

    The rows are the population that mini-batches are drawn from, with replacement. With n rows nu
    cannot be told from 1/n: a noise scale near n says "n or more".

    Parameters
    ----------
    gradients : array_like, shape (n, p)
        One example's gradient a row, all at the same parameters. A memory map is read by chunks.
    curvature : array_like, shape (p,), optional
        The Gauss-Newton diagonal in the same coordinates, at least 0. Without it there is no ratio,
        share or power.
    batch_size : int
        B, at least 1.

    Returns
    -------
    Nearness
        Its `noise_scale` and `critical_batch` say more of each coordinate.

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> rng, h = np.random.default_rng(0), np.array([4.0, 1.0, 0.25])
    >>> found = diagnose_gradients(rng.standard_normal((4000, 3)) * h**0.5, h, batch_size=16)
    >>> found.share.value, round(found.power.value, 1)
    (1.0, 0.5)
    """
    batch_size = check.as_count("batch_size", batch_size, low=1)
    if isinstance(gradients, np.memmap):
        check.as_array("gradients", gradients[:1], (None, None), "finite numbers of shape (n, p)")
    else:
        gradients = check.as_array("gradients", gradients, (None, None))
    n, p = gradients.shape
    if n < 2 * GROUPS:
        check.fail("gradients", f"{n} of them", f"at least {2 * GROUPS}, one row an example")
    if curvature is not None:
        curvature = check.as_array("curvature", curvature, (p,))
        if (curvature < 0).any() or not curvature.any():
            given = f"a smallest of {curvature.min():.3g}, a largest of {curvature.max():.3g}"
            check.fail("curvature", given, "numbers of at least 0, not all 0")
    second, pull, rows = np.zeros((GROUPS, p)), np.zeros((GROUPS, p)), np.zeros(GROUPS)
    step = GROUPS * max(1, CHUNK // (GROUPS * p))  # so that each chunk begins with group 0
    for first in range(0, n, step):
        chunk = np.asarray(gradients[first : first + step], dtype=float)
        if not np.isfinite(chunk).all():
            row = first + np.argwhere(~np.isfinite(chunk))[0, 0]
            check.fail("gradients", f"a number that is not finite in row {row}", "finite numbers")
        for group in range(min(GROUPS, len(chunk))):
            own = chunk[group::GROUPS]
            rows[group] += len(own)
            pull[group] += own.sum(axis=0)
            second[group] += np.einsum("ij,ij->j", own, own)
    if not second.any():
        check.fail("gradients", "only zeros", "ones that are not all 0")
    curved = None if curvature is None else rows[:, None] * curvature
    return nearness_of(rows, second, pull, curved, batch_size)
