"""What the chapters read off the tables: costs by hand, and rows that are what was stored."""

import numpy as np
import pytest

pytest.importorskip("jax")
pytestmark = pytest.mark.slow

from diagprec_core.networks.experiments import statistics, tables  # noqa: E402
from diagprec_core.networks.experiments.digits import power, results, training  # noqa: E402
from diagprec_core.networks.experiments.small import along, cells, costs  # noqa: E402

P = 193


@pytest.mark.parametrize(
    ("cell", "numbers", "examples", "passes"),
    [
        (cells.Cell("parity", 8, "identity", 1, 0.0, "GD"), 0, 8, 8),
        (cells.Cell("parity", 8, "identity", 1, 0.9, "Adam"), 2 * P, 8, 8),
        (cells.Cell("parity", 32, "identity", 10, 0.9, "GN^-1"), 2 * P, 57.6, 57.6),
        # The average, the second moment, the basis, and the matrix that carries the second.
        (cells.Cell("parity", 32, "full", 1, 0.9, "Adam"), 2 * P + 2 * P**2, 288, 288),
        (cells.Cell("parity", 32, "full", 1, 0.9, "Adam", carry="kept"), 2 * P + P**2, 288, 288),
        # Factors of sides 16, 11, 1 and 17.
        (
            cells.Cell("parity", 0, "Kronecker", 1, 0.0, "Sophia"),
            P + 16**2 + 11**2 + 1 + 17**2,
            2048,
            2048,
        ),
        # The transformer has seven outputs and all its 49 pairs at every refresh.
        (cells.Cell("addition", 8, "identity", 10, 0.0, "GN^-1"), 280, 12.9, 8 + 7 * 4.9),
        (cells.Cell("parity", 32, "full", 1, 0.0, cells.LEVENBERG), P**2, 288, 288),
    ],
)
def test_costs_are_those_counted_by_hand(cell, numbers, examples, passes):
    found = costs.cost(cell)
    p = 280 if cell.task == "addition" else P
    assert found.memory == pytest.approx(numbers / p)
    assert found.examples == pytest.approx(examples)
    assert found.passes == pytest.approx(passes)


def test_all_rows_of_the_digits_are_stored_and_nothing_else():
    for module in (training, power):
        rows = tables.read(tables.FOLDER / module.FILE)
        assert [row["cell"] for row in rows] == [module.name(cell) for cell in module.cells()]
    assert len(results.stored()) == len(training.cells())


def test_steps_and_ratios_are_paired_by_seed():
    adam, newton = (results.steps("Kronecker", "64", rule) for rule in ("Adam", "GN^-1"))
    assert adam.shape == (len(training.REPORT_SEEDS),)
    found = results.ratio("Kronecker", "64", "Adam", "GN^-1")
    assert found.value == statistics.median(adam / newton).value
    assert found.value != statistics.median(adam / newton[::-1]).value


@pytest.mark.parametrize(
    ("quantity", "values"), [("power", 5), ("within", 5), ("critical", 3), ("power_halves", 5)]
)
def test_quantities_along_the_training_have_their_shapes(quantity, values):
    found = results.along(quantity, "fresh", 0.3, "full")
    parts = (2,) if quantity.endswith("halves") else ()
    assert found.shape == (len(power.STEPS), len(power.SEEDS), *parts, values)
    assert np.all(found > 0)
    # A share is one; the dose and the basis are told apart.
    assert np.abs(found - results.along(quantity, "fixed", 0.3, "full")).max() > 0
    assert np.abs(found - results.along(quantity, "fresh", 0.3, "identity")).max() > 0


def test_moments_of_the_small_networks_are_stored_for_all_points():
    assert list(along.stored()) == along.cells()
    last = along.stored()["teacher", 400, "full"]
    assert last["share 1"].low <= last["share 1"].value <= last["share 1"].high <= 1
    assert last["share 1"].value > last["share inf"].value
