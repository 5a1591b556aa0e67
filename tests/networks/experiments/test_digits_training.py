"""The tuning of the digits experiment: its score, its costs, its table."""

import math
from itertools import product

import numpy as np
import pytest

pytest.importorskip("jax")
pytest.importorskip("sklearn")
pytestmark = pytest.mark.slow

from diagprec_core.networks.experiments.digits import runs, training  # noqa: E402

CELL = training.Cell(runs.Setup("identity", "full"), "GD")


def table(results):
    """Return a stand-in for `runs.run` that looks a seed's (steps, loss) up, stopping at limits."""

    def make(setup, rule, rate, knob, seed, limit=math.inf):
        steps, loss = results[training.TUNING_SEEDS.index(seed)]
        return (steps, loss) if steps < limit or limit > runs.BUDGET else (math.inf, 1.0)

    return make


def test_score_is_the_median_rank_or_at_least_the_best_so_far():
    values = [(12.0, 0.2), (40.0, 0.2), (math.inf, 0.4), (math.inf, math.inf)]
    for results in product(values, repeat=6):
        wanted = sorted(training.rank(*r) for r in results)[3]
        assert training.score(CELL, (0,), make=table(results)) == wanted
        for best in (12.0, 30.0, 40.0, 200.1, 200.9):
            found = training.score(CELL, (0,), best, make=table(results))
            assert (found < best) == (wanted < best)
            if wanted < best:
                assert found == wanted


def test_score_stops_after_three_runs_behind():
    seeds = []

    def make(setup, rule, rate, knob, seed, limit):
        seeds.append(seed)
        return math.inf, 1.0

    training.score(CELL, (0,), 50.0, make=make)
    assert seeds == [1, 2, 3]


def test_cells_are_all_rules_in_all_setups():
    cells = training.cells()
    names = [training.name(cell) for cell in cells]
    assert len(set(names)) == len(names) == 2 * (6 + 5 + 5) + 3
    assert {cell.rule for cell in cells} == set(runs.RULES)
    assert [n for n in names if "GD" in n] == ["identity-64-GD", "identity-full-GD"]
    assert sum("sampled" in n for n in names) == 3
    assert not set(training.TUNING_SEEDS) & set(training.REPORT_SEEDS)


@pytest.mark.parametrize(
    ("setup", "rule", "memory", "examples", "passes"),
    [
        (("identity", "64"), "GD", 1, 64, 1),
        (("identity", "64"), "Adam", 2, 64, 1),
        (("identity", "64"), "GN^-1", 2, 64 + 25.6, 1 + 10 * 25.6 / 64),
        (("identity", "64", True), "GN^-1", 2, 64 + 25.6, 1 + 25.6 / 64),
        (("Kronecker", "full"), "Sophia", 2 + (256 + 4225 + 100 + 289) / 1210, 1797, 2),
        (("full", "full"), "Adam", 1 + 1210 + 1 + 200, 1797, 2),
    ],
)
def test_costs(setup, rule, memory, examples, passes):
    found = training.costs(training.Cell(runs.Setup(*setup), rule))
    wanted = {"memory": memory, "examples": examples, "passes": passes}
    assert found == pytest.approx(wanted)


def test_a_cell_is_tuned_and_reported():
    row = training.make(CELL)
    assert {"cell", *row} == set(training.COLUMNS)
    rates = row["rate"] - 1, row["rate"], row["rate"] + 1
    scores = [training.score(CELL, (rate,)) for rate in rates]
    assert float(row["score"]) == pytest.approx(scores[1], rel=1e-3)
    assert scores[1] == min(scores) < runs.BUDGET
    steps, nudged = (np.array(row[key].split(), float) for key in ("steps", "steps_nudged"))
    assert len(steps) == 9
    np.testing.assert_allclose(nudged, steps, rtol=1e-3)
    made, _ = runs.run(CELL.setup, "GD", 2.0 ** row["rate"], 0.0, training.REPORT_SEEDS[2])
    assert steps[2] == pytest.approx(made, rel=1e-3)
