"""The command `diagnose`, as a new user would try it: text, JSON, figure, exit status."""

import json
import subprocess
import sys

import numpy as np
import pytest
from scipy.special import expit

import diagprec_core as dp
from diagprec_core import commands

RNG = np.random.default_rng(3)
X = RNG.standard_normal((300, 3)) * [2.0, 1.0, 0.3] + 5
Y = X @ [1.0, -1.0, 2.0] + RNG.standard_normal(300)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    rows = np.column_stack([X, Y])
    np.savetxt(path, rows, delimiter=",", header="a,b,c,y", comments="", fmt="%.17g")
    return path


@pytest.fixture
def classes(tmp_path):
    path = tmp_path / "classes.csv"
    labels = np.random.default_rng(0).random(300) < expit(X[:, 0] - 5)
    lines = [
        f"{x[0]},{x[1]},{'spam' if one else 'mail'}\n" for x, one in zip(X, labels, strict=True)
    ]
    path.write_text("a,b,kind\n" + "".join(lines))
    return path


def run(capsys, *command):
    assert commands.main(["diagnose", *map(str, command)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def strict(text):
    def refuse(constant):
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


SETTING = ("--target", "y", "--batch-size", 4, "--steps", 30)


def test_text_says_what_was_done_measured_and_predicted(capsys, table):
    told = run(capsys, table, *SETTING)
    assert told.startswith("300 rows, 3 features, target 'y'\n")
    assert "means taken away and deviations made 1" in told
    assert "In the eigenbasis" in told
    assert "In the basis of the columns" in told
    assert "wins: the next" in told or "are level" in told
    assert all(line == line.rstrip() for line in told.splitlines())
    plain = run(capsys, table, *SETTING, "--no-centre", "--no-scale", "--basis", "identity")
    assert "done to them first: nothing" in plain
    assert "In the eigenbasis" not in plain


def test_json_is_what_python_says(capsys, table):
    told = strict(run(capsys, table, *SETTING, "--check", "--runs", 6, "--json"))
    found = dp.diagnose(X, Y, batch_size=4, steps=30, runs=6)
    assert told["rows"] == 300
    assert told["spectrum"] == pytest.approx(found.spectrum)
    assert told["noise"]["high"] == pytest.approx(found.noise.high)
    for basis, prediction in found.predictions.items():
        section = told["bases"][basis]
        assert section["winner"] == prediction.winner.name
        for one, two in zip(section["contenders"], prediction.all(), strict=True):
            assert (one["name"], one["risk"]) == (two.name, pytest.approx(two.risk))
            if two.power is None:
                assert one["largest_stable_rate"] is None  # infinite
        np.testing.assert_allclose(
            section["kurtosis"]["value"], found.measured[basis].kurtosis.value
        )
    assert len(told["checks"]) == len(found.checks)
    for one, two in zip(told["checks"], found.checks, strict=True):
        assert (one["name"], one["sampling"], one["verdict"]) == (
            two.name,
            two.sampling,
            two.verdict,
        )
        np.testing.assert_allclose(one["mean"], two.mean)


def test_checks_stand_beside_predictions(capsys, table):
    told = run(capsys, table, *SETTING, "--check", "--runs", 4, "--seed", 1)
    assert "fresh: batches drawn with replacement" in told
    again = run(capsys, table, *SETTING, "--check", "--runs", 4, "--seed", 1, "--jobs", 2)
    assert told == again
    assert told != run(capsys, table, *SETTING, "--check", "--runs", 4, "--seed", 2)


@pytest.mark.parametrize("name", ["plot.png", "plot.svg", "plot.pdf"])
def test_figures(capsys, table, tmp_path, name):
    run(capsys, table, *SETTING, "--check", "--runs", 3, "--plot", tmp_path / name)
    begins = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[name[-3:]]
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_two_classes(capsys, classes, tmp_path):
    setting = (classes, "--target", "kind", "--logistic", "--batch-size", 4, "--steps", 20)
    told = run(capsys, *setting, "--check", "--runs", 3, "--plot", tmp_path / "p.png")
    assert "1 for 'spam', 0 for 'mail'" in told
    assert told.count("effective power") == 4
    assert told.count("Adam (0.9, 0.999) as run") == 2
    assert "local" in told
    assert (tmp_path / "p.png").stat().st_size > 1000
    found = strict(run(capsys, *setting, "--json"))
    assert found["parameters"] == ["intercept", "a", "b"]
    assert found["places"]["start"]["identity"]["ratio"]["value"] == pytest.approx([1, 1, 1])
    assert "checks" not in found


def test_gradients(capsys, tmp_path):
    h = np.geomspace(1, 0.01, 20)
    g = np.random.default_rng(0).standard_normal((500, 20)) * np.sqrt(h)
    np.savez(tmp_path / "g.npz", gradients=g, curvature=h)
    told = run(capsys, tmp_path / "g.npz", "--gradients", "--batch-size", 4)
    assert "20 coordinates, batches of 4" in told
    assert "within sqrt 2     1 [1, 1]" in told
    found = strict(run(capsys, tmp_path / "g.npz", "--gradients", "--batch-size", 4, "--json"))
    assert found["power"]["value"] == pytest.approx(0.5, abs=0.03)
    np.save(tmp_path / "g.npy", g)
    told = run(capsys, tmp_path / "g.npy", "--gradients", "--batch-size", 4)
    assert "Without `curvature`" in told


def test_without_noise_json_has_no_number_that_is_none(capsys, tmp_path):
    path = tmp_path / "exact.csv"
    path.write_text("a,b,y\n" + "".join(f"{i},{i * i},{i + i * i}\n" for i in range(9)))
    told = strict(run(capsys, path, *SETTING, "--json"))
    assert told["noise"]["value"] == pytest.approx(0, abs=1e-9)
    run(capsys, path, *SETTING, "--check", "--runs", 3)


def test_the_module_runs_and_help_waits_for_nothing(table):
    command = [sys.executable, "-m", "diagprec_core", "diagnose"]
    done = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True)
    assert "--gradients" in done.stdout
    code = (
        "import sys; from diagprec_core import commands\ntry: commands.main(['diagnose', '-h'])\n"
    )
    code += "except SystemExit: assert not {'scipy', 'pandas', 'matplotlib'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    missing = [*command, "none.csv", *map(str, SETTING)]
    done = subprocess.run(missing, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("diagnose: the file: got none.csv, which is not there, need")
