"""Gradients of single examples: direct means, and the definitions of the module for JAX."""

import numpy as np
import pytest

import diagprec_core as dp
from diagprec_core.diagnosis import gradients as module
from diagprec_core.diagnosis.nearness import share

RNG = np.random.default_rng(0)
H = np.geomspace(1, 1e-3, 30)
G = RNG.standard_normal((400, 30)) * np.sqrt(H) + 0.4 * H


def test_moments_are_direct_means():
    found = dp.diagnose_gradients(G, H, batch_size=8)
    second, mean = (G**2).mean(axis=0), G.mean(axis=0)
    np.testing.assert_allclose(found.second_moment.value, second)
    np.testing.assert_allclose(found.signal.value, mean**2 / second)
    np.testing.assert_allclose(found.curvature, H)
    np.testing.assert_allclose(found.ratio.value, second / H)
    np.testing.assert_allclose(found.noise_scale, G.var(axis=0) / mean**2)
    np.testing.assert_allclose(found.critical_batch, 1 + second / mean**2)
    # The interval of a mean over groups is close to that of Student's t over rows.
    error = (G**2).std(axis=0, ddof=1) / 20
    half = (found.second_moment.high - found.second_moment.low) / 2
    np.testing.assert_allclose(np.median(half / (2.093 * error)), 1, atol=0.15)


@pytest.mark.parametrize("batch_size", [1, 8, 1000])
def test_share_and_power_are_those_of_the_module_for_networks(batch_size):
    jax = pytest.importorskip("jax")
    from diagprec_core.networks.coordinates import Coordinates

    with jax.enable_x64(True):
        arrays = (jax.numpy.asarray(a) for a in ((G**2).mean(0), G.mean(0) ** 2, H))
        jaxed = Coordinates(*arrays, None)
        near, power = (float(f(batch_size)) for f in (jaxed.share, jaxed.power))
    found = dp.diagnose_gradients(G, H, batch_size=batch_size)
    assert found.share.value == pytest.approx(near, rel=1e-9)
    assert found.power.value == pytest.approx(power, rel=1e-9)
    assert found.share.value < 1 or batch_size < 1000


def test_within_sqrt_2_means_second_moments_within_2():
    one = np.ones(3)
    assert share(np.array([1.0, 2.0, 4.0]), one) == pytest.approx(2 / 3)
    assert share(np.array([1.0, 2.01, 4.1]), one) == pytest.approx(1 / 3)
    assert share(np.array([1.0, 2.01, 4.1]), np.array([1.0, 2.0, 4.0])) == 1
    assert share(np.array([0.0, 1.0, 1.0]), one) == pytest.approx(2 / 3)


def test_nearly_flat_coordinates_are_left_out():
    some = H.copy()
    some[-1] = 1e-9
    found = dp.diagnose_gradients(G, some, batch_size=4)
    less = dp.diagnose_gradients(G[:, :-1], H[:-1], batch_size=4)
    assert found.share.value == less.share.value
    assert found.power.value == pytest.approx(less.power.value)
    level = dp.diagnose_gradients(G, np.ones(30), batch_size=4)
    assert np.isnan(level.power.value)
    assert not level.determined
    assert found.determined


def test_the_interval_of_the_power_covers():
    """300 draws: the share that covers 1/2, at V = h in expectation, is within 4 deviations."""
    rng, hits = np.random.default_rng(1), 0
    for _ in range(300):
        g = rng.standard_normal((400, 12)) * np.sqrt(H[:12])
        power = dp.diagnose_gradients(g, H[:12], batch_size=1).power
        hits += power.low <= 0.5 <= power.high
    assert abs(hits / 300 - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 300)


def test_without_curvature_there_is_no_share():
    found = dp.diagnose_gradients(G, batch_size=8)
    assert found.share is found.power is found.ratio is found.curvature is None
    assert not found.determined


def test_chunks_and_memory_maps_make_no_difference(monkeypatch, tmp_path):
    whole = dp.diagnose_gradients(G, H, batch_size=8)
    np.save(tmp_path / "g.npy", G)
    monkeypatch.setattr(module, "CHUNK", 1)
    mapped = dp.diagnose_gradients(np.load(tmp_path / "g.npy", mmap_mode="r"), H, batch_size=8)
    np.testing.assert_allclose(mapped.signal.high, whole.signal.high, rtol=1e-9)
    assert mapped.power.low == pytest.approx(whole.power.low)


def test_a_number_in_a_memory_map_that_is_not_finite(tmp_path):
    spoiled = G.copy()
    spoiled[50, 3] = np.nan
    np.save(tmp_path / "g.npy", spoiled)
    with pytest.raises(ValueError, match=r"\Agradients: got a number that is not finite in row 50"):
        dp.diagnose_gradients(np.load(tmp_path / "g.npy", mmap_mode="r"), batch_size=8)


def test_a_coordinate_without_gradient_has_no_signal():
    silent = np.column_stack([G, np.zeros(400)])
    found = dp.diagnose_gradients(silent, np.append(H, 0.5), batch_size=8)
    assert found.signal.value[-1] == 0
    assert found.noise_scale[-1] == np.inf
    assert np.isfinite(found.power.value)
