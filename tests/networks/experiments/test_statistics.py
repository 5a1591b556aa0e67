"""Intervals against their coverage, ratios of runs that never got there, and verdicts."""

import math

import numpy as np
import pytest
from scipy import stats

from diagprec_core.networks.experiments import statistics


@pytest.mark.parametrize("size", range(1, 40))
def test_rank_is_the_largest_with_the_level(size):
    k, level = statistics.rank(size)
    # The binomial law from another library.
    assert level == pytest.approx(1 - 2 * stats.binom.cdf(k - 1, size, 0.5), abs=1e-12)
    assert level >= 0.95 or k == 1
    if 2 * (k + 1) <= size + 1:
        assert 1 - 2 * stats.binom.cdf(k, size, 0.5) < 0.95


def test_known_levels():
    assert [(k, round(level, 4)) for k, level in map(statistics.rank, (9, 15))] == [
        (2, 0.9609),
        (4, 0.9648),
    ]


def test_intervals_cover_the_median_as_often_as_they_say():
    draws, size = 4000, 15
    values = np.random.default_rng(3).exponential(size=(draws, size))
    found = [statistics.median(row) for row in values]
    covered = sum(i.low <= math.log(2) <= i.high for i in found)
    level = found[0].level
    z = (covered - draws * level) / math.sqrt(draws * level * (1 - level))
    assert abs(z) < 4
    # One order statistic further in, it covers less than it says.
    narrow = sum(row[4] <= math.log(2) <= row[-5] for row in np.sort(values, axis=1))
    assert (narrow - draws * level) / math.sqrt(draws * level * (1 - level)) < -4


def test_median_of_an_even_number_averages_nothing_with_infinity():
    found = statistics.median([1.0, np.inf])
    assert (found.value, found.low, found.high) == (np.inf, 1.0, np.inf)


def test_ratio_is_paired():
    rng = np.random.default_rng(0)
    second = rng.exponential(size=15) + 1
    found = statistics.ratio(2 * second, second)
    assert (found.value, found.low, found.high) == (2, 2, 2)
    assert statistics.ratio(2 * second, second[::-1]).high > 2


def test_what_is_unknown_widens_the_interval_on_both_sides():
    first, second = np.ones(15), np.ones(15)
    first[:4] = second[:4] = np.inf
    found = statistics.ratio(first, second)
    assert (found.value, found.low, found.high) == (1, 0, np.inf)
    assert found.verdict() == "open"
    first[:4] = second[:4] = 1
    first[:3] = second[:3] = np.inf
    assert statistics.ratio(first, second).verdict() == "equal"


def test_never_there_is_more_than_any():
    first, second = np.full(15, np.inf), np.ones(15)
    assert statistics.ratio(first, second).verdict() == "more"
    assert statistics.ratio(second, first).verdict() == "less"


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.5, 0.99, "less"),
        (0.7, 0.99, "equal"),
        (0.7, 1.49, "equal"),
        (0.66, 1.2, "open"),
        (0.7, 1.51, "open"),
        (1.01, 1.51, "more"),
        (1.01, 1.4, "equal"),
    ],
)
def test_verdicts(low, high, verdict):
    assert statistics.Interval(1.0, low, high, 0.96).verdict(1.5) == verdict


@pytest.mark.parametrize("values", [[], [1.0, np.nan], [[1.0]]])
def test_bad_values(values):
    with pytest.raises(ValueError, match=r"^values: got .*, need numbers, at least one"):
        statistics.median(values)


def test_bad_pairs():
    with pytest.raises(ValueError, match="first, second: got arrays of shapes"):
        statistics.ratio([1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="negative or nan"):
        statistics.ratio([1.0], [-1.0])
