"""Means, second moments and what is done to the data first: against NumPy in one piece."""

import tracemalloc

import numpy as np
import pytest

import diagprec_core as dp
from diagprec_core.diagnosis import directions, source
from diagprec_core.diagnosis.moments import moments_of, prepare

RNG = np.random.default_rng(5)
X = RNG.standard_normal((400, 5)) @ RNG.standard_normal((5, 5)) + np.arange(5.0)
Y = X @ np.arange(5.0) + RNG.standard_normal(400)


def in_chunks(monkeypatch, rows):
    monkeypatch.setattr(source, "rows_in_a_chunk", lambda d: rows)


@pytest.mark.parametrize("rows", [7, 64, 10_000])
@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_moments_are_those_of_all_rows_at_once(monkeypatch, rows, offset):
    in_chunks(monkeypatch, rows)
    found = moments_of(source.from_arrays(X + offset, Y - 3 * offset))
    both = np.column_stack([X + offset, Y - 3 * offset])
    assert found.count == 400
    np.testing.assert_allclose(found.mean, both.mean(axis=0), rtol=1e-12)
    # Entries of size 1e8 carry errors of 1e-8 themselves: of means 1e8 times deviations no more
    # digits are lost than that.
    exact = np.cov(np.column_stack([X, Y]), rowvar=False, bias=True) * 400
    np.testing.assert_allclose(found.scatter, exact, rtol=1e-6 if offset else 1e-12, atol=1e-6)


def test_prepared_rows_have_the_prepared_moments():
    for centre in (True, False):
        for scale in (True, False):
            made = prepare(
                moments_of(source.from_arrays(X, Y)), "abcde", centre=centre, scale=scale
            )
            rows, targets = made(X, Y)
            np.testing.assert_allclose(rows.T @ rows / 400, made.matrix, rtol=1e-10, atol=1e-12)
            np.testing.assert_allclose(rows.T @ targets / 400, made.cross, rtol=1e-10, atol=1e-10)
            assert targets @ targets / 400 == pytest.approx(made.square)
            assert (np.abs(rows.mean(axis=0)) < 1e-12).all() == centre
            assert np.allclose((rows**2).mean(axis=0), 1) == scale


def test_data_are_read_and_never_written_to():
    features, targets = np.rint(10 * X).astype(int), np.rint(Y)
    for array in (features, targets):
        array.setflags(write=False)
    for kind in (int, float):
        given = features.astype(kind)
        given.setflags(write=False)
        found = dp.diagnose(given, targets, batch_size=2, steps=5)
        rows, _ = found.preparation(given, targets)
        np.testing.assert_allclose((rows**2).mean(axis=0), 1)
    # Raw, and nothing taken away: rows of a chunk are the user's own.
    found = dp.diagnose(features.astype(float), targets, batch_size=2, steps=5, centre=False)
    assert found.count == 400


def test_constant_columns_are_dropped_and_named():
    features = np.column_stack([X[:, 0], np.full(400, 0.1), X[:, 1], np.zeros(400)])
    found = dp.diagnose(features, Y, batch_size=2, steps=5)
    assert found.preparation.names == ("feature 0", "feature 2")
    assert found.preparation.dropped == ("feature 1", "feature 3")
    kept = dp.diagnose(features, Y, batch_size=2, steps=5, centre=False)
    assert kept.preparation.dropped == ("feature 3",)


@pytest.mark.parametrize("rows", [7, 130])
def test_chunks_make_no_difference(monkeypatch, rows):
    whole = dp.diagnose(X, Y, batch_size=2, steps=5)
    in_chunks(monkeypatch, rows)
    again = dp.diagnose(X, Y, batch_size=2, steps=5)
    for basis in ("eigenbasis", "identity"):
        for name in ("variance", "kurtosis", "noise", "moment", "correlation"):
            for end in ("value", "low", "high"):
                one, two = (
                    getattr(getattr(found.measured[basis], name), end) for found in (whole, again)
                )
                np.testing.assert_allclose(one, two, rtol=1e-8, atol=1e-8, err_msg=name)
    assert again.noise.high == pytest.approx(whole.noise.high, rel=1e-9)


def test_of_many_rows_a_share_measures_directions_and_all_measure_noise(monkeypatch):
    whole = dp.diagnose(X, Y, batch_size=2, steps=5)
    monkeypatch.setattr(directions, "SAMPLE", 200)
    some = dp.diagnose(X, Y, batch_size=2, steps=5)
    assert whole.sampled == 400
    assert 150 < some.sampled < 250
    assert some.noise.low == whole.noise.low
    assert some.start_risk.high == whole.start_risk.high
    wide = some.measured["identity"].kurtosis
    assert (wide.high - wide.low).mean() > 1.1 * np.mean(
        whole.measured["identity"].kurtosis.high - whole.measured["identity"].kurtosis.low
    )
    in_chunks(monkeypatch, 33)
    again = dp.diagnose(X, Y, batch_size=2, steps=5)
    assert again.sampled == some.sampled
    np.testing.assert_allclose(again.measured["identity"].kurtosis.value, wide.value, rtol=1e-9)


def test_a_memory_map_stays_on_the_disk(tmp_path):
    n, d = 200_000, 20
    path = tmp_path / "features.npy"
    features = np.lib.format.open_memmap(path, "w+", np.float32, (n, d))
    rng = np.random.default_rng(0)
    for first in range(0, n, 10_000):
        features[first : first + 10_000] = rng.standard_normal((10_000, d))
    features.flush()
    targets = rng.standard_normal(n).astype(np.float32)
    mapped = np.load(path, mmap_mode="r")
    dp.diagnose(mapped[:100], targets[:100], batch_size=1, steps=1)  # imports, once
    tracemalloc.start()
    dp.diagnose(mapped, targets, batch_size=1, steps=1)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # About ten arrays of the size of a chunk, 8 MB; all rows as float64 four times would be 134.
    assert most < 100e6
