"""How a cell is scored and tuned, and that the stored table is what the protocol makes."""

import dataclasses

import numpy as np
import pytest

jax = pytest.importorskip("jax")
pytestmark = pytest.mark.slow

from diagprec_core.networks.experiments import statistics, tables  # noqa: E402
from diagprec_core.networks.experiments.small import cells, experiment, results  # noqa: E402

CELL = cells.Cell("staircase", 0, "identity", 1, 0.0, "Adam")


def test_seeds_are_apart_and_the_fourth_of_six_decides():
    assert not set(experiment.TUNING_SEEDS) & set(experiment.REPORT_SEEDS)
    assert len(experiment.TUNING_SEEDS) >= 6
    six = np.arange(6.0)
    assert np.sort(six)[experiment.ENOUGH - 1] == statistics.median(six).value


def test_names_tell_all_cells_apart_and_show_what_is_unusual():
    every = cells.all_cells()
    assert len({experiment.name(cell) for cell in every}) == len(every)
    odd = dataclasses.replace(CELL, null="raw", knob=-3)
    assert experiment.name(odd) == experiment.name(CELL) + " | null raw | knob -3"


def test_the_factors_are_crossed():
    every = set(cells.all_cells())
    for basis in cells.OWN_BASES:
        for momentum in cells.MOMENTA:
            for rule in ("sign", "Adam", *cells.LOOKING):
                for age in cells.AGES:
                    for batch in (32, 0):
                        assert cells.Cell("teacher", batch, basis, age, momentum, rule) in every
                for batch in cells.BATCHES:
                    assert cells.Cell("parity", batch, basis, 10, momentum, rule) in every
    assert len(cells.BATCHES) >= 4
    assert all(cells.Cell(t, 0, "full", 1, 0.0, cells.LEVENBERG) in every for t in cells.TASKS)


def test_a_score_that_stops_early_is_that_of_whole_runs():
    setting = (-3, -4)
    whole = experiment.run(CELL, experiment.TUNING_SEEDS, *setting)
    median = np.sort(whole)[experiment.ENOUGH - 1]
    assert 0 < median < experiment.STEPS
    assert experiment.score(CELL, setting, np.inf) == median
    assert experiment.score(CELL, setting, median + 5) == median
    # It cannot win against a better one, and does not pretend to.
    assert experiment.score(CELL, setting, median - 3) >= median - 3
    assert experiment.score(CELL, (-9, -4), median) >= median
    assert experiment.score(CELL, (6, -4), np.inf) == experiment.STEPS + 1


def test_a_table_s_row_is_repeated_by_its_settings():
    row = experiment.make(dataclasses.replace(CELL, rule="sign"))
    assert row["knob"] == 0
    # No neighbour is better on the tuning seeds.
    around = [
        experiment.score(dataclasses.replace(CELL, rule="sign"), (row["rate"] + i,), np.inf)
        for i in (-1, 0, 1)
    ]
    assert min(around) == around[1] == row["tuned"]
    assert row["times"].tolist() == row["nudged"].tolist()
    assert row["times"].tolist() != row["halved"].tolist()


def test_all_cells_are_stored_and_nothing_else():
    stored = results.stored()
    assert list(stored) == [experiment.name(cell) for cell in cells.all_cells()]
    for record in stored.values():
        for times in (record.times, record.nudged, record.halved):
            assert times.shape == (len(experiment.REPORT_SEEDS),)
            assert np.all((times >= 1) & (times <= experiment.STEPS + 1))
    assert "jax" in (tables.FOLDER / experiment.FILE).read_text().splitlines()[2]


SLICES = [
    cells.Cell("staircase", 0, "full", 1, 0.0, "GN^-1"),
    cells.Cell("teacher", 0, "Kronecker", 10, 0.9, "Adam"),
    cells.Cell("teacher", 32, "full", 10, 0.0, "GN^-1/2"),
    cells.Cell("teacher", 0, "geodesic 1/2", 3, 0.0, "GN^-1"),
    cells.Cell("staircase", 0, "full", 1, 0.0, cells.LEVENBERG),
    cells.Cell("parity", 0, "full", 1, 0.0, "GN^-1"),
]


@pytest.mark.parametrize("cell", SLICES, ids=experiment.name)
def test_slices_repeat(cell):
    stored, seeds = results.record(cell), experiment.REPORT_SEEDS[:4]
    again = experiment.run(cell, seeds, stored.rate, stored.knob)
    # A step more or less where the loss passes close to the target.
    np.testing.assert_allclose(again, stored.times[:4], atol=1, rtol=0.02)
    if cell.rule != cells.LEVENBERG:
        other = experiment.run(cell, seeds, stored.rate - 2, stored.knob)
        assert np.abs(other - stored.times[:4]).max() > 1


def test_unknown_cells_are_refused():
    with pytest.raises(ValueError, match=r"cell: got parity .* need one that the experiment has"):
        results.record(cells.Cell("parity", 7, "full", 1, 0.0, "Adam"))


def test_points_pairs_and_verdicts():
    where = results.points()
    assert len({(c.task, c.batch, c.basis, c.age, c.momentum) for c in where}) == len(where)
    assert results.ratio(where[0], "Adam", "Adam").value == 1
    counted = results.verdicts(where, results.PAIR)
    assert sum(counted.values()) == len(where)
    # A wider margin leaves nothing less equal.
    assert results.verdicts(where, results.PAIR, margin=4)["equal"] >= counted["equal"]
