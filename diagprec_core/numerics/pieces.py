"""Many rates at once, but not too many: work in pieces whose temporary arrays stay small."""

NUMBERS = 2**20  # of one temporary array, 8 MiB


def pieces(count, width, numbers=NUMBERS):
    """Return slices of `count` rows of `width` numbers, each piece of at most `numbers` in all.

    >>> list(pieces(5, 10, numbers=20))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 6, None)]
    """
    size = max(1, numbers // max(width, 1))
    return (slice(first, first + size) for first in range(0, count, size))
