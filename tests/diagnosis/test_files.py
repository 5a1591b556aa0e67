"""Files: what is read, and a table of what is refused, with the remedy."""

import gzip
import json
import re

import numpy as np
import pytest

import diagprec_core as dp
from diagprec_core import commands
from diagprec_core.diagnosis.files import open_table, read_gradients

ROWS = "a,b,y\n1,2,3\n4,5.5,6\n7,8,10\n"
EXPECTED = (np.array([[1, 2], [4, 5.5], [7, 8.0]]), np.array([3, 6, 10.0]))


def all_of(source):
    features, targets = zip(*source.chunks(), strict=True)
    return np.concatenate(features), np.concatenate(targets)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", ROWS),
        ("t.csv", ROWS.replace(",", ";")),
        ("t.tsv", ROWS.replace(",", "\t")),
        ("t.txt", ROWS.replace(",", ", ")),
        ("t.csv", "\ufeff" + ROWS),
        ("t.csv", ROWS.replace("\n", "\r\n")),
        ("t.csv", ROWS.replace("a,", '"a",').replace("1,", '"1",')),
        ("t.csv", ROWS.replace("a,", '"a;;;;",')),
    ],
)
def test_tables_of_text(tmp_path, name, text):
    (tmp_path / name).write_bytes(text.encode())
    source = open_table(tmp_path / name, "y")
    assert source.names in {("a", "b"), ("a;;;;", "b")}
    for found, expected in zip(all_of(source), EXPECTED, strict=True):
        np.testing.assert_array_equal(found, expected)
    for found, expected in zip(all_of(source), EXPECTED, strict=True):  # and again
        np.testing.assert_array_equal(found, expected)


def test_packed_text_and_numpys_formats(tmp_path):
    with gzip.open(tmp_path / "t.csv.gz", "wt") as stream:
        stream.write(ROWS)
    np.save(tmp_path / "t.npy", np.column_stack(EXPECTED))
    np.savez(tmp_path / "t.npz", x=EXPECTED[0], y=EXPECTED[1], other=np.ones(2))
    for name, target in (("t.csv.gz", "y"), ("t.npy", "2"), ("t.npz", "y")):
        for found, expected in zip(
            all_of(open_table(tmp_path / name, target)), EXPECTED, strict=True
        ):
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("values", "classes", "expected"),
    [
        (("yes", "no", "yes"), ("no", "yes"), [1, 0, 1]),
        (("1", "0", "0"), ("0", "1"), [1, 0, 0]),
        (("2", "10", "2"), ("2", "10"), [0, 1, 0]),
        (("True", "False", "True"), ("False", "True"), [1, 0, 1]),
    ],
)
def test_classes_by_name(tmp_path, values, classes, expected):
    path = tmp_path / "t.csv"
    path.write_text("a,y\n" + "".join(f"{i},{value}\n" for i, value in enumerate(values)))
    source = open_table(path, "y", classes=True)
    assert source.classes == classes
    np.testing.assert_array_equal(all_of(source)[1], expected)


def test_a_table_of_pandas_keeps_its_names():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(np.random.default_rng(0).standard_normal((50, 2)), columns=["u", "v"])
    found = dp.diagnose(frame, frame["u"] + frame["v"] ** 2, batch_size=1, steps=2)
    assert found.preparation.names == ("u", "v")


# name: (file name, content, what the message says, more of the command line)
WRONG = {
    "missing value": ("t.csv", "a,y\n1,2\n,3\n", r"column 'a': got nan in row 1 .*fill them in"),
    "missing word": ("t.csv", "a,y\n1,2\nNA,3\n", "column 'a': got nan in row 1"),
    "missing target": ("t.csv", "a,y\n1,\n2,3\n", "column 'y': got nan in row 0"),
    "infinite": ("t.csv", "a,y\n1,2\ninf,3\n", "column 'a': got inf in row 1"),
    "text in a column": ("t.csv", "a,y\nred,2\nblue,3\n", "column 'a': got 'red' .*columns of 0"),
    "text further down": ("t.csv", "a,y\n" + "1,2\n" * 90 + "x,3\n", "got 'x' in row 90"),
    "same names": ("t.csv", "a,a,y\n1,2,3\n4,5,6\n", "columns of the same name, 'a'"),
    "no header": ("t.csv", "1,2\n3,4\n", "a header line that names the columns"),
    "an index": ("t.csv", ",a,y\n0,1,2\n1,3,4\n", "leave an index out"),
    "one column": ("t.csv", "y\n1\n2\n", "one column, 'y'"),
    "spaces between": ("t.csv", "a y\n1 2\n", "commas, semicolons or tabs between"),
    "empty": ("t.csv", "", "whose first line is empty"),
    "header only": ("t.csv", "a,y\n", "the data: got 0 rows, need at least two"),
    "one row": ("t.csv", "a,y\n1,2\n", "the data: got 1 rows, need at least two"),
    "decimal commas": ("t.csv", "a;y\n1,5;2\n2,5;3\n", "got '1,5' .*decimal points"),
    "commas for everything": ("t.csv", "a,y\n1,5,2,5\n2,5,3,5\n", "decimal points, not commas"),
    "one long line": ("t.csv", "a,y\n1,2\n1,2,3\n", "as many fields in every line"),
    "one short line": ("t.csv", "a,y\n1,2\n1\n3,4\n", "column 'y': got nan in row 1"),
    "trailing separators": ("t.csv", "a,y\n1,2,\n3,4,\n", "as many fields in every line"),
    "thousands": ("t.csv", 'a,y\n"1,234",2\n"2,345",3\n', "got '1,234' .*thousands"),
    "target not there": ("t.csv", "a,z\n1,2\n3,4\n", "--target: got 'y', need one of .*: a, z"),
    "constant target": ("t.csv", "a,y\n1,2\n3,2\n", "targets: got a constant target"),
    "constant features": ("t.csv", "a,y\n1,2\n1,3\n", "features: got only constant columns"),
    "latin letters": ("t.csv", b"a,y\n1,2\n\xe9,3\n", "the file: got t.csv"),
    "latin header": ("t.csv", b"\xe9,y\n1,2\n", "which is not text in UTF-8"),
    "a picture": ("t.csv", b"\x89PNG\r\n\x1a\n\x00\x00", "which is not text in UTF-8"),
    "not packed": ("t.csv.gz", ROWS, "which is not text in UTF-8"),
    "cut packed text": ("t.csv.gz", gzip.compress(ROWS.encode() * 999)[:-20], "the file: got"),
    "too large": ("t.csv", "a,y\n1e200,2\n-1e200,3\n", "the data: got numbers whose squares"),
    "not numpy's": ("t.npy", "a,y\n1,2\n", "which NumPy cannot read"),
    "not a zip": ("t.npz", "a,y\n1,2\n", "which NumPy cannot read"),
}


def refused(capsys, *command):
    """Run the command, and return what it says on the way out with 2."""
    assert commands.main(["diagnose", *map(str, command)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("diagnose: ")
    assert "got " in err
    assert "need " in err
    assert err.count("\n") == 1
    return err


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("label", WRONG)
@pytest.mark.parametrize("output", [[], ["--json"]])
def test_wrong_files_are_refused_with_a_remedy(tmp_path, capsys, label, output):
    name, content, message = WRONG[label]
    path, image = tmp_path / name, tmp_path / "plot.png"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    said = refused(
        capsys, path, "--target", "y", "--batch-size", 1, "--steps", 2, "--plot", image, *output
    )
    assert re.search(message, said)
    assert not image.exists()


ARRAYS = {
    "complex": (np.ones((3, 2), complex), "features: got"),
    "a vector": (np.ones(5), r"an array of shape \(5,\)"),
    "one column": (np.ones((5, 1)), r"an array of shape \(5, 1\)"),
    "one row": (np.ones((1, 3)), r"features: got shape \(1, 3\)"),
    "words": (np.array([["a", "b"], ["c", "d"]]), "features: got"),
    "nothing": (np.ones((0, 3)), r"features: got shape \(0, 3\)"),
    "not finite": (np.array([[1.0, 2], [np.nan, 3]]), "column '0': got nan in row 1"),
}


@pytest.mark.parametrize("label", ARRAYS)
def test_wrong_arrays_in_files(tmp_path, capsys, label):
    array, message = ARRAYS[label]
    np.save(tmp_path / "t.npy", array)
    said = refused(capsys, tmp_path / "t.npy", "--target", 1, "--batch-size", 1, "--steps", 2)
    assert re.search(message, said)


def test_objects_cut_archives_and_folders(tmp_path, capsys):
    rest = ("--target", "y", "--batch-size", 1, "--steps", 2)
    np.save(tmp_path / "o.npy", np.array([[1, "a"], [None, 2]], dtype=object))
    assert "cannot read" in refused(capsys, tmp_path / "o.npy", *rest)
    np.savez(tmp_path / "o.npz", x=np.array([{}], dtype=object), y=np.ones(2))
    assert "cannot read" in refused(capsys, tmp_path / "o.npz", *rest)
    np.savez(tmp_path / "t.npz", x=np.ones((99, 3)), y=np.ones(99))
    whole = (tmp_path / "t.npz").read_bytes()
    for share in (0.3, 0.9):
        (tmp_path / "cut.npz").write_bytes(whole[: int(share * len(whole))])
        assert "cannot read" in refused(capsys, tmp_path / "cut.npz", *rest)
    np.savez(tmp_path / "n.npz", x=np.ones((3, 2)), z=np.ones((3, 2)), y=np.ones(3))
    assert "2 matrices beside 'y'" in refused(capsys, tmp_path / "n.npz", *rest)
    assert "one of the arrays" in refused(capsys, tmp_path / "n.npz", "--target", "q", *rest[2:])
    np.savez(tmp_path / "l.npz", x=np.ones((3, 2)), y=np.ones(4))
    assert "4 of them, need 3" in refused(capsys, tmp_path / "l.npz", *rest)
    assert "which is a folder" in refused(capsys, tmp_path, *rest)
    assert "which is not there" in refused(capsys, tmp_path / "none.csv", *rest)


def test_wrong_options(tmp_path, capsys):
    path = tmp_path / "t.csv"
    path.write_text(ROWS + "1,1,1\n")
    good = {"--target": "y", "--batch-size": 1, "--steps": 2}
    for option, value, message in (
        ("--batch-size", 0, "batch_size: got 0"),
        ("--batch-size", -3, "batch_size: got -3"),
        ("--steps", 0, "steps: got 0"),
        ("--beta1", 1.5, "beta1: got 1.5"),
        ("--beta2", 1, "beta2: got 1.0"),
        ("--jobs", 0, "--jobs: got 0"),
        ("--plot", tmp_path / "plot.doc", "--plot: got"),
        ("--plot", tmp_path / "none" / "plot.png", "--plot: got"),
    ):
        rest = [part for pair in {**good, option: value}.items() for part in pair]
        assert message in refused(capsys, path, *rest)
    full = [part for pair in good.items() for part in pair]
    assert "--runs: got 1" in refused(capsys, path, *full, "--check", "--runs", 1)
    assert "--seed: got -1" in refused(capsys, path, *full, "--check", "--seed", -1)
    assert "--target: got none" in refused(capsys, path, *full[2:])
    assert "--steps: got none" in refused(capsys, path, *full[:4])


def test_wrong_classes(tmp_path, capsys):
    path = tmp_path / "t.csv"
    rest = ("--target", "y", "--batch-size", 1, "--logistic")
    for values, message in (
        ("abc", "more than 2 different values"),
        ("aaa", "1 different values"),
        ("aab", "classes that a hyperplane separates"),
    ):
        path.write_text("x,y\n" + "".join(f"{i},{value}\n" for i, value in enumerate(values)))
        assert message in refused(capsys, path, *rest)
    path.write_text("x,y\n1,a\n2,\n3,b\n4,a\n")
    assert "column 'y': got nan in row 1" in refused(capsys, path, *rest)


def test_wrong_gradients(tmp_path, capsys):
    rest = ("--gradients", "--batch-size", 4)
    np.save(tmp_path / "g.npy", np.ones((30, 3)))
    assert "gradients: got 30 of them, need at least 40" in refused(
        capsys, tmp_path / "g.npy", *rest
    )
    np.savez(tmp_path / "g.npz", g=np.ones((50, 3)))
    assert "an array named `gradients`" in refused(capsys, tmp_path / "g.npz", *rest)
    np.savez(tmp_path / "g.npz", gradients=np.ones((50, 3)), curvature=np.ones(4))
    assert "curvature: got" in refused(capsys, tmp_path / "g.npz", *rest)
    np.savez(tmp_path / "g.npz", gradients=np.ones((50, 3)), curvature=-np.ones(3))
    assert "curvature: got a smallest of -1" in refused(capsys, tmp_path / "g.npz", *rest)
    (tmp_path / "g.csv").write_text(ROWS)
    assert "a matrix in .npy" in refused(capsys, tmp_path / "g.csv", *rest)
    np.save(tmp_path / "g.npy", np.ones((50, 3)))
    assert "--plot" in refused(capsys, tmp_path / "g.npy", *rest, "--plot", tmp_path / "p.png")
    assert read_gradients(tmp_path / "g.npy")[1] is None
    assert commands.main(["diagnose", str(tmp_path / "g.npy"), *map(str, rest), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["share"] is None
