"""What the rows of every table share: agreement first, then times taken in turns."""

import statistics
import time

import numpy as np


def close(found, expected, tolerance):
    """Assert that two arrays agree, relative to the largest entry."""
    expected = np.asarray(expected)
    gap = np.abs(np.asarray(found) - expected).max() / np.abs(expected).max()
    assert gap <= tolerance, f"differs by {gap:.1e}, allowed {tolerance:.0e}"


def measure(repetitions, **contestants):
    """Return the median time of each contestant in seconds, run in turns after one warm-up."""
    times = {name: [] for name in contestants}
    for repetition in range(repetitions + 1):
        for name, run in contestants.items():
            begin = time.perf_counter()
            run()
            if repetition:
                times[name].append(time.perf_counter() - begin)
    return {name: statistics.median(values) for name, values in times.items()}


def seconds(time_taken):
    """Spell a time with three digits: milliseconds below a second, hours from 10,000 s on.

    The space before the unit does not break, so that a narrow column keeps the two together.
    """
    if time_taken < 1:
        return f"{digits(1e3 * time_taken)}\N{NO-BREAK SPACE}ms"
    if time_taken < 1e4:
        return f"{digits(time_taken)}\N{NO-BREAK SPACE}s"
    return f"{digits(time_taken / 3600)}\N{NO-BREAK SPACE}h"


def digits(number):
    """Spell a number with three digits; as a power of ten where it is far from 1."""
    if 1e-3 <= number < 1e6:
        return f"{number:.{max(0, 2 - int(np.floor(np.log10(number))))}f}"
    return f"{number:.2e}"


def row(*cells):
    """Print a row of a table."""
    texts = (digits(cell) if isinstance(cell, float) else str(cell) for cell in cells)
    print("| " + " | ".join(texts) + " |", flush=True)


def head(*cells):
    """Print the head of a table."""
    row(*cells)
    print("|" + "---|" * len(cells))
