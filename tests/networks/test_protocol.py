"""Tuning, intervals, the measured moments and the stored sweep."""

import re

import numpy as np
import pytest

import diagprec_core as dp

jax = pytest.importorskip("jax")
pytestmark = pytest.mark.slow

from diagprec_core.networks import (  # noqa: E402
    measure,
    models,
    protocol,
    rules,
    storage,
    sweep,
    tasks,
)

CELL = protocol.Cell("parity", "small", "full", "Adam")
STORED = [cell for group in sweep.groups() for cell in group]


def bowl(best, wall=np.inf):
    """Return a maker of runs whose loss is smallest at the exponent `best`, and fails from wall."""

    def make(cell, use, settings):
        runs = []
        for seed, rate, knob in settings:
            exponent = np.log2(rate)
            loss = 0.1 * 2.0 ** ((exponent - best) ** 2 / 8) * (1 + 0.01 * seed + knob)
            loss = np.inf if exponent >= wall else loss
            runs.append(protocol.Run(use, seed, rate, knob, np.array([0.5, loss])))
        return runs, np.zeros((len(runs), 1, 1))

    return make


@pytest.mark.parametrize("best", [-13.2, -9.0, -5.0, -1.3, 6.8])
def test_the_best_rate_is_inside_the_grid_and_its_neighbours_are_worse(best):
    runs, winners = protocol.tune(CELL, bowl(best))
    rate, knob = winners["final"]
    assert knob == min(rules.KNOBS["Adam"])
    tried = {r.rate: protocol.score("final", [r], tasks.TASKS["parity"]) for r in runs}
    assert {rate / 2, rate * 2} <= set(tried)
    assert tried[rate] <= min(tried[rate / 2], tried[rate * 2])
    assert min(tried) < rate < max(tried)
    assert abs(np.log2(rate) - best) <= 1.5
    assert winners["steps"] is None  # no loss was at most the threshold
    assert {r.seed for r in runs} == set(protocol.TUNING_SEEDS)
    assert not set(protocol.TUNING_SEEDS) & set(protocol.REPORT_SEEDS)


def test_a_best_rate_next_to_divergence_counts_as_inside():
    runs, winners = protocol.tune(CELL, bowl(10.0, wall=-3))
    assert winners["final"][0] == 2.0**-4
    assert max(r.rate for r in runs) > 2.0**-3


def test_a_best_rate_that_stays_on_the_edge_is_refused():
    with pytest.raises(RuntimeError, match="stays on the edge"):
        protocol.tune(CELL, bowl(60.0))


def test_steps_count_a_run_without_an_answer_as_two_budgets():
    task = tasks.TASKS["parity"]
    runs = [
        protocol.Run("tune", 1, 0.1, 0.9, np.array([0.5, 0.4, 0.01])),
        protocol.Run("tune", 2, 0.1, 0.9, np.array([0.5, 0.4, 0.4])),
    ]
    assert protocol.score("steps", runs, task) == (2 + 2 * task.steps) / 2
    assert protocol.score("steps", runs[1:], task) == np.inf


def test_bootstrap_intervals_cover():
    rng = np.random.default_rng(0)
    hits = 0
    for values in rng.standard_normal((200, 9)):
        low, high = protocol.bootstrap(values, resamples=500)
        hits += low <= 0 <= high
    assert 0.82 < hits / 200 < 0.98  # a little below 0.95, as nine values have it
    low, high = protocol.bootstrap([1.0, np.inf, np.inf], np.median)
    assert (low, high) == (1.0, np.inf)


def test_moments_are_exact_over_all_pairs_of_examples():
    task = tasks.TASKS["addition"]
    theta = task.network.start(jax.random.key(3))
    population = task.population(None)
    basis = measure.basis_at("addition", "full", theta, population[0])
    m = measure.moments("addition", theta, population, basis)
    g = np.asarray(measure._dense("addition")(theta, *population)[1]) @ np.asarray(basis)
    pairs = (g[:, None] + g[None, :]) / 2
    z = np.asarray(measure._dense("addition")(theta, *population)[0]) @ np.asarray(basis)
    h = (z**2).sum(axis=(0, 1)) / len(z)
    kept = h > measure.SMALLEST * h.max()
    wanted = 2 * (pairs[:, :, kept] ** 2).mean(axis=(0, 1)) / (m.scale * h[kept])
    np.testing.assert_allclose(m.factor(2), wanted, rtol=1e-9)
    assert len(wanted) < len(h)


def test_moments_of_a_linear_network_are_those_of_the_theory(monkeypatch):
    rng = np.random.default_rng(1)
    d, n, noise = 4, 200_000, 0.5
    covariance = np.diag([1.0, 0.5, 0.3, 0.1])
    x = rng.standard_normal((n, d)) * np.sqrt(np.diag(covariance))
    linear = models.Network(((1, d),), lambda matrices, x: matrices[0] @ x, (1.0,))
    task = tasks.Task("linear", linear, "squared", None, noise, 0.0)
    monkeypatch.setitem(tasks.TASKS, "linear", task)
    delta = np.array([0.3, -1.0, 0.5, 2.0])
    m = measure.moments("linear", delta, (x, np.zeros((n, 1))))
    regression = dp.GaussianRegression(covariance, noise)
    scale = delta @ covariance @ delta + noise**2
    for batch in (1, 8):
        wanted = dp.second_moment(regression, delta, batch_size=batch)
        wanted = batch * wanted / (scale * np.diag(covariance))
        np.testing.assert_allclose(m.factor(batch), wanted, rtol=0.03)
    np.testing.assert_allclose(m.excess, 1 + 2 * m.correlation, rtol=0.03)


def test_shares_spread_and_off_diagonal_mass(rotation):
    assert measure.share_within(np.array([3.0, 1.0, 2.0, 1.5])) == 0.75
    assert measure.share_within(np.full(7, 0.2)) == 1.0
    assert np.isclose(measure.spread(np.geomspace(1, 2**10, 11)), 2.0**8)
    u = rotation(5, 3)
    matrix = u @ np.diag(np.arange(1.0, 6.0)) @ u.T
    assert measure.off_diagonal_mass(matrix) > 0.01
    assert abs(measure.off_diagonal_mass(matrix, u)) < 1e-12


def test_files_that_exist_are_skipped_and_written_files_read_back(tmp_path, monkeypatch):
    made = []
    make = bowl(-5.0)

    def counting(cell, use, settings):
        made.append(cell)
        return make(cell, use, settings)

    monkeypatch.setattr(protocol.tune, "__defaults__", (counting,))
    monkeypatch.setattr(protocol.report, "__defaults__", (counting,))
    cells = [CELL, protocol.Cell("parity", "small", "full", "Sophia")]
    assert sweep.make_group(cells[:1], tmp_path, force=False) == (1, [])
    first = len(made)
    assert sweep.make_group(cells, tmp_path, force=False) == (2, [])
    assert {c.rule for c in made[first:]} == {"Sophia"}
    rows = storage.load_cell(CELL, tmp_path)
    report = [row for row in rows if row["use"] == "final"]
    assert [row["seed"] for row in report] == list(protocol.REPORT_SEEDS)
    assert all(row["losses"][0] == 0.5 for row in report)
    monkeypatch.setattr(protocol.tune, "__defaults__", (bowl(60.0),))
    failures = sweep.make_group(cells[:1], tmp_path, force=True)[1]
    assert len(failures) == 1
    assert "stays on the edge" in failures[0]


@pytest.mark.parametrize("cell", STORED, ids=lambda cell: cell.name)
def test_stored_cells_follow_the_protocol(cell):
    rows = storage.load_cell(cell)
    head = (storage.FOLDER / f"{cell.name}.csv").read_text().splitlines()[:7]
    wanted = storage.cell_text(cell, []).splitlines()
    versions = head.pop(2), wanted.pop(2)
    assert head == wanted  # settings of the stored sweep are those of the code
    assert all(line.startswith("# jax ") for line in versions)
    assert not re.search(r"/(home|root|work|tmp)/", "\n".join(head))
    task = tasks.TASKS[cell.task]
    tuned = [row for row in rows if row["use"] == "tune"]
    assert {row["seed"] for row in tuned} == set(protocol.TUNING_SEEDS)
    halved = {(row["rate"] * 2, row["knob"]) for row in rows if row["use"] == "halved"}
    assert halved == {(row["rate"], row["knob"]) for row in rows if row["use"] == "final"}
    for criterion in protocol.CRITERIA:
        report = [row for row in rows if row["use"] == criterion]
        if criterion == "steps" and not report:
            assert all(np.isinf(row["steps_to_threshold"]) for row in tuned)
            continue
        assert [row["seed"] for row in report] == list(protocol.REPORT_SEEDS)
        assert len({(row["rate"], row["knob"]) for row in report}) == 1
        rate, knob = report[0]["rate"], report[0]["knob"]
        scores = {}
        for row in tuned:
            losses = np.array([row["final_loss"]])
            time = row["steps_to_threshold"]
            value = np.log10(losses[0] + protocol.FLOOR)
            if criterion == "steps":
                value = time if np.isfinite(time) else 2 * task.steps
            scores.setdefault((row["rate"], row["knob"]), []).append(value)
        means = {setting: np.mean(values) for setting, values in scores.items()}
        for neighbour in (rate / 2, rate * 2):  # tried, and not better
            assert means[neighbour, knob] >= means[rate, knob] - 1e-6
        assert means[rate, knob] <= min(means.values()) + 1e-6


def test_nothing_else_is_stored():
    names = {f"{cell.name}.csv" for cell in STORED}
    names |= {f"measures-{t}-{b}.csv" for t in tasks.TASKS for b in ("small", "full")}
    assert {path.name for path in storage.FOLDER.iterdir()} == names
