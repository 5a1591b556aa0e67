"""Spectrum files as people write them: read as they are meant, or refused with what to do."""

import gzip
import io

import numpy as np
import pytest

import diagprec_core as dp


def written(tmp_path, text, name="spectrum.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize(
    ("text", "spectrum", "second", "meaning"),
    [
        ("1\n0.5\n", [1, 0.5], None, None),
        ("1,2\n0.5,-3\n", [1, 0.5], [2, -3], "error"),
        ("1;2\n0.5;-3\n", [1, 0.5], [2, -3], "error"),
        ("1 2\n 0.5   -3", [1, 0.5], [2, -3], "error"),
        ("1\t2\n0.5\t-3", [1, 0.5], [2, -3], "error"),
        ("1 , 2\r\n0.5 ,\t-3\r\n", [1, 0.5], [2, -3], "error"),
        ("1,2,\n0.5,-3,\n", [1, 0.5], [2, -3], "error"),
        ("1;\n0.5;\n", [1, 0.5], None, None),
        ('"1","2"\n"0.5","-3"\n', [1, 0.5], [2, -3], "error"),
        ("lambda\n1e0\n5e-1\n", [1, 0.5], None, None),
        ("Hessian eigenvalues\n1.0\n0.5\n", [1, 0.5], None, None),
        ("# eigenvalue source\n1.0 0.5\n0.5 0.25\n", [1, 0.5], [0.5, 0.25], "source"),
        ("# eigenvalue,error\n1.0,0.5\n0.5,0.25\n", [1, 0.5], [0.5, 0.25], "error"),
        (
            "# made today\n\n  eigenvalue, source\n1, 2 # first\n\n0.5, 3\n",
            [1, 0.5],
            [2, 3],
            "source",
        ),
        ("# two words\n1 2\n0.5 3\n", [1, 0.5], [2, 3], "error"),
        ('"eigenvalue";"Error"\n1;2\n', [1], [2], "error"),
        ("eigenvalue (1/m^2),source\n1,2\n", [1], [2], "source"),
        ("eigenvalues,sources\n1,2\n", [1], [2], "source"),
        ("\ufeff1\n2\n", [1, 2], None, None),
        ("1,1\n2,0.5\n", [1, 2], [1, 0.5], "error"),  # two numbers do not count yet
        ("0x,y\n", None, None, None),
    ],
)
def test_files_that_can_be_read(text, spectrum, second, meaning, tmp_path):
    path = written(tmp_path, text)
    if spectrum is None:
        with pytest.raises(ValueError, match="need a number"):
            dp.read_spectrum(path)
        return
    file = dp.read_spectrum(path)
    np.testing.assert_array_equal(file.spectrum, spectrum)
    np.testing.assert_array_equal(file.second, second)
    assert file.meaning == meaning


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no eigenvalues in it"),
        ("\n# nothing\n", "no eigenvalues in it"),
        ("eigenvalue\n", "no eigenvalues in it"),
        ("1\n-0.5\n", "line 2: got the eigenvalue -0.5, need one above 0; where rounding left it"),
        ("1\n0\n", "line 2: got the eigenvalue 0, need one above 0"),
        ("1\n\nnan\n", "line 3: got nan, need a finite number"),
        ("1,inf\n", "line 1: got inf, need a finite number"),
        ("1e999\n", "line 1: got 1e999, need a finite number"),
        ("1\ntwo\n", "line 2: got 'two', need a number"),
        ("a\nb\n1\n", "line 2: got 'b', need a number"),
        ("lambda 1\n2\n", "line 1: got 'lambda', need a number"),
        ("1_000\n", "line 1: got '1_000', need a number"),
        ("1\n1_000\n", "line 2: got '1_000', need a number"),
        ("1\n2,3\n", "line 2: got '2,3', need a number: write the decimal sign as a point"),
        ("1,2\n3\n", "line 2: got 1 columns, need 2, as in the lines before"),
        ("1,2,3\n", "line 1: got 3 columns, need one or two, or say which one holds"),
        ("1,,2\n", "line 1: got '', need a number"),
        ("1,2\n1;2\n", "line 2: separated by a semicolon, need a comma"),
        ("index,eigenvalue\n1,0.9\n2,0.1\n", "puts 'index' first, which counts; need the eigenval"),
        ("PC,variance\n1,0.9\n2,0.1\n", "remove the column, or say --column variance"),
        ("x;eigenvalues\n1;0.9\n", "puts 'x' first, need the eigenvalues there: swap the columns"),
        ("1,1.0\n2,0.5\n3,0.25\n", "line 1: the first of two columns only counts, 1, 2, 3, ..."),
        ("0 1.0\n1 0.5\n2 0.25\n", "line 1: the first of two columns only counts, 0, 1, 2, ..."),
        ("eigenvalue,weight\n1,0.2\n", "called 'weight': say --weights if it says how often"),
        ("eigenvalue,std_error\n1,2\n", "called 'std_error', need 'error' or 'source': rename it"),
        ('"1,234.5"\n567.8\n', "line 1: got '1,234.5', need a number: leave out separators of"),
        ("1.0D+03\n5.0\n", "line 1: got '1.0D+03', need a number: write 1.0E+03"),
        ("0x10\n5.0\n", "line 1: got '0x10', need a number: write it in decimals"),
        ("1000+0j\n5.0\n", "line 1: got '1000+0j', need a number: give the real part alone"),
        ("NA\n5.0\n", "line 1: got 'NA', need a number"),
        ("2,75;1\n1,5;2\n", "line 1: got '2,75', need a number: write the decimal sign as a point"),
        ("eigenvalue\n2,75\n1,5\n", "the header has 1 names for 2 columns: is the decimal sign a"),
        ("a,b,c\n1,2\n", "the header has 3 names for 2 columns"),
    ],
)
def test_files_that_are_refused(text, told, tmp_path):
    with pytest.raises(ValueError, match=r"spectrum\.csv") as error:
        dp.read_spectrum(written(tmp_path, text))
    assert told in str(error.value)


def test_decimal_commas_without_a_header_are_two_columns_and_said_to_be(tmp_path):
    file = dp.read_spectrum(written(tmp_path, "2,75\n1,5\n"))
    assert file.columns == ("eigenvalue", "error")
    np.testing.assert_array_equal(file.second, [75, 5])


def test_a_column_by_its_name(tmp_path):
    path = written(tmp_path, "PC,Variance,note\n1,0.9,7\n2,0.5,8\n")
    for name in ("Variance", "variance", " VARIANCE"):
        file = dp.read_spectrum(path, column=name)
        np.testing.assert_array_equal(file.spectrum, [0.9, 0.5])
        assert file.second is None
    with pytest.raises(
        ValueError, match=r"got --column x, need one of its names: PC, Variance, no"
    ):
        dp.read_spectrum(path, column="x")
    with pytest.raises(ValueError, match="need one of its names: no names at all"):
        dp.read_spectrum(written(tmp_path, "1,2\n"), column="x")


def test_what_the_second_column_is_may_be_said(tmp_path):
    path = written(tmp_path, "eigenvalue,weight\n1,2\n0.5,3\n")
    for second in ("error", "source"):
        file = dp.read_spectrum(path, second=second)
        assert file.meaning == second
        np.testing.assert_array_equal(file.second, [2, 3])
    file = dp.read_spectrum(written(tmp_path, "1,1.0\n2,0.5\n3,0.25\n"), second="error")
    np.testing.assert_array_equal(file.spectrum, [1, 2, 3])
    with pytest.raises(ValueError, match="got one column, need a second one for --second error"):
        dp.read_spectrum(written(tmp_path, "1\n"), second="error")
    with pytest.raises(ValueError, match="second: got 'third', need 'error', 'source' or None"):
        dp.read_spectrum(path, second="third")


def test_multiplicities(tmp_path):
    path = written(tmp_path, "eigenvalue,count\n1,2\n0.5,3\n")
    file = dp.read_spectrum(path, weights=True)
    np.testing.assert_array_equal(file.spectrum, [1, 1, 0.5, 0.5, 0.5])
    assert file.columns == ("eigenvalue", "multiplicity")
    path = written(tmp_path, "eigenvalue,density\n1,0.2\n0.5,0.8\n")
    with pytest.raises(
        ValueError, match=r"line 2: got the weight 0.2, need a whole number .*: mult"
    ):
        dp.read_spectrum(path, weights=True)
    with pytest.raises(ValueError, match="need a second one for --weights"):
        dp.read_spectrum(written(tmp_path, "1\n"), weights=True)


def test_what_rounding_left_can_be_dropped(tmp_path):
    path = written(tmp_path, "1,5\n-1e-17,6\n0.5,7\n0,8\n")
    file = dp.read_spectrum(path, drop_nonpositive=True)
    np.testing.assert_array_equal(file.spectrum, [1, 0.5])
    np.testing.assert_array_equal(file.second, [5, 7])
    assert file.dropped == 2
    with pytest.raises(ValueError, match="no eigenvalue above 0 in it"):
        dp.read_spectrum(written(tmp_path, "-1\n0\n"), drop_nonpositive=True)


@pytest.mark.parametrize("shape", [(3,), (3, 1), (3, 2)])
def test_numpy_s_own_formats(shape, tmp_path):
    values = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)[::-1]
    np.save(tmp_path / "a.npy", values)
    np.savez(tmp_path / "one.npz", spectrum=values)
    np.savez(tmp_path / "two.npz", spectrum=values, other=np.ones(2))
    np.savetxt(tmp_path / "a.txt", values, header=" ".join(["eigenvalue", "error"][: values.ndim]))
    for name, options in (
        ("a.npy", {}),
        ("one.npz", {}),
        ("a.txt", {}),
        *([("two.npz", {"column": "spectrum"})] if shape != (3, 2) else []),
    ):
        file = dp.read_spectrum(tmp_path / name, **options)
        np.testing.assert_array_equal(file.spectrum, values.reshape(3, -1)[:, 0])
    with pytest.raises(ValueError, match="say which array it is by --column: spectrum, other"):
        dp.read_spectrum(tmp_path / "two.npz")
    with pytest.raises(ValueError, match="got --column x, need one of its arrays: spectrum, other"):
        dp.read_spectrum(tmp_path / "two.npz", column="x")


@pytest.mark.parametrize(
    ("array", "told"),
    [
        (np.ones((2, 2, 2)), r"got an array of shape \(2, 2, 2\) and dtype float64, need real"),
        (np.array(["1"]), r"dtype <U1, need real numbers of shape \(d,\) or \(d, 2\)"),
        (np.array([1.0, np.nan]), "row 1: got nan, need a finite number"),
        (np.array([1.0, -1.0]), "row 1: got the eigenvalue -1, need one above 0"),
        (np.ones(0), "need real numbers"),
    ],
)
def test_arrays_that_are_refused(array, told, tmp_path):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(ValueError, match=rf"a\.npy.*{told}"):
        dp.read_spectrum(tmp_path / "a.npy")


def test_packed_text_and_standard_input(tmp_path, monkeypatch):
    text = "eigenvalue,source\n1,2\n0.5,3\n"
    with gzip.open(tmp_path / "a.csv.gz", "wt") as file:
        file.write(text)
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    for path in (tmp_path / "a.csv.gz", "-"):
        file = dp.read_spectrum(path)
        np.testing.assert_array_equal(file.second, [2, 3])
    monkeypatch.setattr("sys.stdin", io.StringIO("1\nx\n"))
    with pytest.raises(ValueError, match="standard input, line 2: got 'x'"):
        dp.read_spectrum("-")


def test_a_mistake_far_down_is_found_by_its_line(tmp_path):
    text = "".join(f"{1 / k}\n" for k in range(1, 5001))
    with pytest.raises(ValueError, match="line 5002: got 'oops', need a number"):
        dp.read_spectrum(written(tmp_path, text + "\noops\n"))
    with pytest.raises(ValueError, match="line 5001: got the eigenvalue -1, need"):
        dp.read_spectrum(written(tmp_path, text + "-1\n"))


def test_files_that_cannot_be_opened(tmp_path):
    with pytest.raises(ValueError, match=r"missing.csv: cannot be read: No such file"):
        dp.read_spectrum(tmp_path / "missing.csv")
    with pytest.raises(ValueError, match="cannot be read"):
        dp.read_spectrum(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(ValueError, match="binary: not a text file in UTF-8"):
        dp.read_spectrum(tmp_path / "binary")
    (tmp_path / "a.npy").write_bytes(b"no array")
    with pytest.raises(ValueError, match=r"a\.npy: cannot be read"):
        dp.read_spectrum(tmp_path / "a.npy")
    (tmp_path / "a.gz").write_bytes(b"not packed")
    with pytest.raises(ValueError, match=r"a\.gz: cannot be read"):
        dp.read_spectrum(tmp_path / "a.gz")
    with pytest.raises(ValueError, match="cannot be read"):
        dp.read_spectrum("a\0b")
    for value in (None, 3, ["a"]):
        with pytest.raises(ValueError, match="path: got"):
            dp.read_spectrum(value)
