"""The search finds the best of what it was given, ends on no edge, and says where there is none."""

import math

import numpy as np
import pytest

from diagprec_core.networks.experiments.search import search


@pytest.mark.parametrize("seed", range(20))
def test_it_finds_the_bottom_of_a_tilted_valley(seed):
    rng = np.random.default_rng(seed)
    bottom = rng.integers(-12, 12, size=2)
    tilt = rng.uniform(-0.9, 0.9)

    def score(setting, best):
        x, y = setting - bottom
        return x**2 + y**2 + 2 * tilt * x * y

    best, scores = search(score, (0, 0))
    assert scores[best] <= 4 * (1 - abs(tilt)) + 1e-12 or best == tuple(bottom)
    # What it promises: no neighbour is better, and all have been tried.
    around = [(best[0] + i, best[1] + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    assert min(scores[s] for s in around) == scores[best]


def test_it_follows_a_best_setting_far_outside_the_first_grid():
    best, _ = search(lambda s, best: abs(s[0] + 57), (0,))
    assert best == (-57,)


def test_scores_may_stop_at_what_cannot_win():
    calls = []

    def score(setting, best):
        calls.append(best)
        value = (setting[0] - 3) ** 2
        return value if value < best else best

    best, _ = search(score, (0,))
    assert best == (3,)
    assert calls[0] == math.inf
    assert calls == sorted(calls, reverse=True)


def test_bounds_are_natural_ends():
    best, scores = search(
        lambda s, best: s[0] + s[1] ** 2, (0, 0), bounds=((-2, None), (None, None))
    )
    assert best == (-2, 0)
    assert min(s[0] for s in scores) == -2
    with pytest.raises(ValueError, match=r"start: got \(-3,\), need a point within"):
        search(lambda s, best: 0, (-3,), bounds=((-2, None),))


def test_no_best_setting_is_an_error():
    with pytest.raises(RuntimeError, match="the best setting still moves"):
        search(lambda s, best: s[0], (0,))


def test_nothing_is_tried_twice():
    tried = []
    search(lambda s, best: tried.append(s) or s[0] ** 2 + s[1] ** 2, (5, -3))
    assert len(tried) == len(set(tried))
