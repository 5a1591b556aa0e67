"""Tables that resume, and the sweep that fills them."""

import types

import pytest

pytest.importorskip("jax")

from diagprec_core.networks.experiments import sweep, tables

COLUMNS = ("cell", "numbers")


def experiment(made, fail=()):
    """Return an experiment with five cells in two groups."""

    def make(cell):
        if cell in fail:
            raise RuntimeError("no")
        made.append(cell)
        return {"numbers": [cell, 1 / 3]}

    return types.SimpleNamespace(
        FILE="toy.csv",
        TITLE="a toy",
        REMARKS=("nothing",),
        COLUMNS=COLUMNS,
        cells=lambda: [0, 1, 2, 3, 4],
        name=lambda cell: f"cell {cell}",
        group=lambda cell: cell % 2,
        make=make,
    )


@pytest.fixture
def toy(monkeypatch):
    """Put a toy in the place of the experiments; its cells are made in this process."""
    made = []

    def put(**options):
        monkeypatch.setattr(sweep, "module", lambda name: experiment(made, **options))
        return made

    return put


def test_rows_come_out_in_order_and_are_made_once(toy, tmp_path):
    made = toy()
    assert sweep.run(["toy"], tmp_path, jobs=1) == []
    assert sorted(made) == [0, 1, 2, 3, 4]
    assert made != sorted(made)  # by groups
    path = tmp_path / "toy.csv"
    assert [row["cell"] for row in tables.read(path)] == [f"cell {i}" for i in range(5)]
    text = path.read_text()
    assert text.startswith("# a toy\n# made by: python -m diagprec_core.networks.experiments.sweep")
    assert "# nothing\n" in text
    assert sweep.run(["toy"], tmp_path, jobs=1) == []
    assert len(made) == 5
    assert path.read_text() == text


def test_it_goes_on_where_it_stopped_and_after_a_line_cut_short(toy, tmp_path):
    made = toy(fail=(3,))
    failures = sweep.run(["toy"], tmp_path, jobs=1)
    assert failures == ["cell 3: RuntimeError: no"]
    path = tmp_path / "toy.csv"
    whole = path.read_text()
    path.write_text(whole[:-3])  # as if the machine had stopped in the middle of the last number
    made.clear()
    toy()
    assert sweep.run(["toy"], tmp_path, jobs=1) == []
    assert sorted(made) == [3, 4]
    assert [row["cell"] for row in tables.read(path)] == [f"cell {i}" for i in range(5)]


def test_force_and_only(toy, tmp_path):
    made = toy()
    sweep.run(["toy"], tmp_path, pattern="cell 2", jobs=1)
    assert made == [2]
    sweep.run(["toy"], tmp_path, jobs=1)
    sweep.run(["toy"], tmp_path, force=True, jobs=1)
    assert len(made) == 10


def test_numbers_survive(tmp_path):
    path = tmp_path / "t.csv"
    tables.begin(path, "t", COLUMNS)
    row = {"cell": "a, b", "numbers": [1.0, float("inf"), 0.1234567]}
    tables.append(path, row, COLUMNS)
    (found,) = tables.read(path)
    assert found["cell"] == "a, b"
    assert tables.numbers(found["numbers"]).tolist() == row["numbers"]


def test_a_table_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such results are stored"):
        tables.read(tmp_path / "absent.csv")


def test_an_unknown_experiment(capsys):
    with pytest.raises(SystemExit):
        sweep.main(["no-such"])
    assert "no-such: no experiment; there are small" in capsys.readouterr().err
