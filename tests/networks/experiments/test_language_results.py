"""What the chapters read off the tables of the text: pairs, the margin, and all of the rows."""

import numpy as np
import pytest

pytest.importorskip("jax")
pytestmark = pytest.mark.slow

from diagprec_core.networks.experiments import statistics, tables  # noqa: E402
from diagprec_core.networks.experiments.language import (  # noqa: E402
    experiment,
    power,
    results,
    training,
)


@pytest.mark.parametrize("module", [experiment, power])
def test_all_rows_are_stored_and_nothing_else(module):
    rows = tables.read(tables.FOLDER / module.FILE)
    assert [row["cell"] for row in rows] == [module.name(cell) for cell in module.cells()]


def test_ratios_are_paired_by_seed():
    adam, other = results.losses("Adam"), results.losses("GN^-1/2")
    assert adam.shape == (len(experiment.REPORT),)
    found = results.ratio("Adam", "GN^-1/2")
    by_hand = np.exp(adam - other)
    assert (found.low, found.high) == pytest.approx((by_hand.min(), by_hand.max()))
    assert found.low != pytest.approx(np.exp(adam - other[::-1]).min())
    assert found.level == pytest.approx(1 - 2 / 2**6)


def test_the_margin_is_the_nearer_of_two_and_three_halves_of_the_steps():
    adam = results.losses("Adam")[:3]
    worse, better = results.losses("Adam", "1300 steps"), results.losses("Adam", "3000 steps")
    gains = np.median(np.exp(worse - adam)), np.median(np.exp(adam - better))
    assert results.margin() == pytest.approx(min(gains))
    assert 1 < results.margin() < max(gains)
    fewer, more = experiment.HORIZONS.values()
    assert abs(fewer * statistics.MARGIN - experiment.LONG) < training.CHUNK
    assert more == experiment.LONG * statistics.MARGIN


def test_losses_are_those_of_the_runs_that_were_measured():
    """Adam's run in the second table is the one of the first, evaluated at its end."""
    ends = results.along("loss", "identity")[-1, :, 0]
    np.testing.assert_allclose(ends, results.losses("Adam")[:3], atol=0.01)


@pytest.mark.parametrize(("quantity", "values"), [("power", 5), ("share", 5), ("critical", 3)])
def test_quantities_along_the_training_have_their_shapes(quantity, values):
    shape = (len(power.STEPS), len(power.SEEDS), values)
    found = [results.along(quantity, basis) for basis in power.BASES]
    assert found[0].shape == found[1].shape == shape
    assert np.abs(found[0] - found[1]).max() > 0
    half = results.along(quantity, "identity", "first half ", first=2)
    assert half.shape == (4, *shape[1:])
    assert np.abs(half - found[0][2:]).max() > 0
    own = results.along(f"{quantity} of v", "identity", first=1) if values == 5 else half
    assert np.isfinite(own).all()
