"""Compiled steps for runs whose coordinates do not couple: the extra `fast`, which is numba.

There each pair of a rate and a coordinate can be stepped to the end while it lies in the cache.
The operations and their order are those of the rules in NumPy, so the results are the same.
"""

from functools import cache

import numpy as np

from ..methods.adaptive import Adam, AdamMemory, IdealisedAdam, SignDescent
from ..problems.frame import QuadraticFrame

WORTH = 3e8  # Numbers times steps, about a second of NumPy: what loading the compiler takes.
PIECE = 2**20  # Learning rates that are spelled out at a time.
BLOCK = 256  # Coordinates that are stepped together: four arrays of them fill a first-level cache.


_asked = 0.0  # Numbers times steps of the runs so far that could have been compiled.


def advance_for(rule, frame, numbers, steps):
    """Return the function that takes a run on for some steps at once; None where NumPy does it.

    NumPy does it until the runs so far would have paid for loading the compiler.

    Parameters
    ----------
    rule, frame
        Of the run.
    numbers, steps : int
        Of errors, and of steps: how much there is to do.

    Returns
    -------
    callable or None
        (errors (n, d), rates (t, n), memory) -> memory; the errors move in place.
    """
    global _asked
    adam = type(rule) is Adam and rule != Adam()
    if not (adam or type(rule) in (Adam, SignDescent, IdealisedAdam)):
        return None
    if adam and rule.beta2 == 0:  # no squares, and so another rule
        return None
    if not isinstance(frame, QuadraticFrame) or frame.matrix.ndim > 1:
        return None
    _asked += numbers * steps
    if _asked < WORTH or _kernels() is None:
        return None

    def advance_adam(errors, rates, memory):
        if memory is None:
            memory = AdamMemory(0, np.zeros_like(errors), np.zeros_like(errors))
        step, first, second = memory
        scales = np.array([rule.scales(step + 1 + t) for t in range(len(rates))])
        _kernels()[0](frame.matrix, errors, first, second, rates, scales, rule.beta1, rule.beta2)
        return AdamMemory(step + len(rates), first, second)

    def advance_sign(errors, rates, memory):
        _kernels()[1](frame.matrix, errors, rates)
        return memory

    return advance_adam if adam else advance_sign


@cache
def _kernels():
    """Compile both kernels when they are first needed; None where there is no (working) numba."""
    try:
        from numba import njit
    except ImportError:
        return None

    options = {"error_model": "numpy", "nogil": True}

    @njit(**options)
    def adam(curvature, errors, first, second, rates, scales, beta1, beta2):
        runs, d = errors.shape
        # Rows that lie a page apart would wait for each other's stores: a block works on copies.
        own = np.empty((4, BLOCK + 8))
        h, e, m, v = own[0], own[1], own[2], own[3]
        for n in range(runs):
            for low in range(0, d, BLOCK):
                size = min(BLOCK, d - low)
                for i in range(size):
                    h[i], e[i] = curvature[low + i], errors[n, low + i]
                    m[i], v[i] = first[n, low + i], second[n, low + i]
                for t in range(len(rates)):
                    rate, eps, factor = rates[t, n], scales[t, 0], scales[t, 1]
                    for i in range(size):
                        g = e[i] * h[i]
                        m[i] = m[i] * beta1 + g
                        v[i] = v[i] * beta2 + g * g
                        scale = np.sqrt(v[i]) + eps
                        ratio = m[i] / scale * factor
                        still = (scale == 0.0) & (m[i] == 0.0)
                        e[i] -= (0.0 if still else ratio) * rate
                for i in range(size):
                    errors[n, low + i] = e[i]
                    first[n, low + i], second[n, low + i] = m[i], v[i]

    @njit(**options)
    def sign(curvature, errors, rates):
        runs, d = errors.shape
        own = np.empty((2, BLOCK + 8))
        h, e = own[0], own[1]
        for n in range(runs):
            for low in range(0, d, BLOCK):
                size = min(BLOCK, d - low)
                for i in range(size):
                    h[i], e[i] = curvature[low + i], errors[n, low + i]
                for t in range(len(rates)):
                    rate = rates[t, n]
                    for i in range(size):
                        g = e[i] * h[i]
                        e[i] -= ((g > 0.0) * 1.0 - (g < 0.0) * 1.0) * rate
                for i in range(size):
                    errors[n, low + i] = e[i]

    return adam, sign
