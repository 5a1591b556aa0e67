"""Tables of data from files: CSV, and NumPy's formats, read chunk by chunk."""

import csv
import gzip
import re
import zipfile
import zlib
from pathlib import Path

import numpy as np

from .. import validation as check
from .source import Source, from_arrays, rows_in_a_chunk

UNREADABLE = (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error)
FIELDS = "as many fields in every line as in the header; decimal points, not commas"
COMMA = re.compile(r"\s*[-+]?\d+,\d+\s*")


def open_table(path, target, *, classes=False):
    """Return the `Source` of a file.

    Parameters
    ----------
    path : path
        CSV with a header line, quotes allowed, separated by commas, semicolons or tabs, ".gz" too;
        a matrix in ".npy", whose columns are "0", "1", ...; or ".npz" with a matrix of features
        and a vector of targets.
    target : str
        The column to predict, by name or (".npy") number; in ".npz" the name of the targets.
    classes : bool
        Whether a CSV's target is one of two classes by name, which become 0 and 1 in their order.

    Returns
    -------
    Source

    Raises
    ------
    ValueError
        If the file is not there, not readable, or holds something else; the message says what to
        do. Entries are checked when they are read.
    """
    path = existing(path)
    if path.suffix == ".npz":
        return _npz(path, target)
    if path.suffix == ".npy":
        return _npy(path, target)
    return _csv(path, target, classes)


def read_gradients(path):
    """Return the gradients in a ".npy" or ".npz" file, and the curvature beside them or None.

    Returns
    -------
    gradients : numpy.ndarray
    curvature : numpy.ndarray or None

    Raises
    ------
    ValueError
        If the file is not there, not readable, or holds something else.
    """
    path = existing(path)
    if path.suffix not in (".npy", ".npz"):
        check.fail("the file", path.name, "a matrix in .npy, or `gradients` in .npz")
    found = load(path)
    if path.suffix == ".npy":
        return found, None
    if "gradients" not in found:
        given = f"{', '.join(found) or 'nothing'} in {path.name}"
        check.fail("the file", given, "an array named `gradients`, and perhaps `curvature`")
    return found["gradients"], found.get("curvature")


def existing(path):
    """Return a path to a file that is there."""
    path = Path(path)
    if path.is_dir() or not path.exists():
        given = f"{path}, which is {'a folder' if path.is_dir() else 'not there'}"
        check.fail("the file", given, "a file of data")
    return path


def load(path):
    """Return the array in a ".npy", as a memory map, or a dict of those in a ".npz"."""
    try:
        if path.suffix == ".npy":
            return np.load(path, mmap_mode="r", allow_pickle=False)
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (*UNREADABLE, KeyError, AttributeError) as error:
        given = f"{path.name}, which NumPy cannot read ({error})"
        return check.fail("the file", given, "numbers saved by numpy.save or numpy.savez")


def _npy(path, target):
    array = load(path)
    if array.ndim != 2 or array.shape[1] < 2:
        needed = "a matrix, rows being examples and one column the target"
        check.fail("the file", f"an array of shape {array.shape}", needed)
    names = [str(i) for i in range(array.shape[1])]
    place = _place(names, target)
    others = [i for i in range(len(names)) if i != place]
    source = from_arrays(array, np.zeros(len(array)))

    def chunks():
        for rows, _ in source.chunks():
            yield rows[:, others], rows[:, place]

    return Source(tuple(names[i] for i in others), names[place], chunks, len(array))


def _npz(path, target):
    arrays = load(path)
    if target not in arrays:
        needed = f"one of the arrays in {path.name}: {', '.join(arrays)}"
        check.fail("--target", repr(target), needed)
    matrices = [name for name in arrays if name != target and arrays[name].ndim == 2]
    if len(matrices) != 1:
        given = f"{len(matrices)} matrices beside {target!r} in {path.name}"
        check.fail("the file", given, "exactly one, the features")
    return from_arrays(arrays[matrices[0]], arrays[target], target=target)


def _csv(path, target, classes):
    try:
        import pandas as pd
    except ImportError:
        needed = "pandas: install the extra `data` (pip install diagprec-core[data]), or save .npy"
        check.fail("the file", f"{path.name}, a table of text, without pandas", needed)
    separator, names = _header(path)
    place = _place(names, target)
    others = [i for i in range(len(names)) if i != place]
    how = {"sep": separator, "encoding": "utf-8-sig", "skipinitialspace": True, "header": 0}
    how |= {"names": names, "low_memory": False, "chunksize": rows_in_a_chunk(len(names))}

    def frames():
        try:
            with pd.read_csv(path, **how) as reader:
                yield from (frame for frame in reader if len(frame))
        except UNREADABLE as error:
            given = f"{path.name}, which cannot be read as a table ({str(error).strip()})"
            check.fail("the file", given, FIELDS)

    found = _classes(frames(), names[place]) if classes else None

    def chunks():
        first = 0
        for frame in frames():
            columns = [
                _as_class(frame[name], found)
                if classes and i == place
                else _column(frame[name], name, first)
                for i, name in enumerate(names)
            ]
            first += len(frame)
            numbers = np.column_stack(columns)
            yield numbers[:, others], numbers[:, place]

    return Source(tuple(names[i] for i in others), names[place], chunks, None, found)


def _header(path):
    """Return the separator, which is the most frequent in the first line, and the names in it."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as stream:
            first, second = stream.readline(), stream.readline()
    except UNREADABLE as error:
        given = f"{path.name}, which is not text in UTF-8 ({error})"
        check.fail("the file", given, "CSV, .npy or .npz")
    if not first.strip():
        given = f"{path.name}, whose first line is empty"
        check.fail("the file", given, "CSV with a header line")
    bare = re.sub(r'"[^"]*"', "", first)
    separator = max(",;\t", key=bare.count)
    names, *rows = csv.reader([first, second], delimiter=separator)
    names = [name.strip() for name in names]
    shown = f"a first line of {', '.join(names[:5])}{', ...' if len(names) > 5 else ''}"
    if len(names) < 2:
        needed = "features and a target, with commas, semicolons or tabs between"
        check.fail("the file", f"one column, {names[0]!r}", needed)
    if any(_number(name) for name in names):
        check.fail("the file", shown, "a header line that names the columns, without numbers")
    if not all(names):
        needed = "a name for each column; leave an index out (index=False in pandas)"
        check.fail("the file", shown, needed)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        check.fail("the file", f"columns of the same name, {twice[0]!r}", "a name for each column")
    # Pandas would take the first of too many fields for an index, if the first line has them.
    if any(len(fields) > len(names) for fields in rows):
        check.fail("the file", f"{len(rows[0])} fields below {len(names)} names", FIELDS)
    return separator, names


def _column(values, name, first):
    """Return a column as numbers; what is missing stays nan, what is text is refused by name."""
    if values.dtype.kind in "fiub":
        return values.to_numpy(float)
    import pandas as pd

    numbers = pd.to_numeric(values, errors="coerce")
    bad = np.flatnonzero(numbers.isna() & values.notna())
    if len(bad):
        text = str(values.iloc[bad[0]])
        given = f"{check.describe(text)} in row {first + bad[0]} (counted from 0)"
        needed = "numbers; leave the column out, or code its categories as columns of 0 and 1"
        if COMMA.fullmatch(text):
            needed = "numbers with decimal points, and without separators of thousands"
        check.fail(f"column {name!r}", given, needed)
    return numbers.to_numpy(float)


def _classes(frames, name):
    """Return the two classes in a column, in their order, or refuse it."""
    found = set()
    for frame in frames:
        found |= set(frame[name].dropna().unique())
        if len(found) > 2:
            break
    if len(found) != 2:
        given = f"{len(found) if len(found) < 2 else 'more than 2'} different values"
        check.fail(f"column {name!r}", given, "two classes; for more, one against the others")
    numeric = all(isinstance(one, int | float | np.number | np.bool_) for one in found)
    return tuple(map(str, sorted(found) if numeric else sorted(map(str, found))))


def _as_class(values, classes):
    """Return 0 and 1 for the classes, nan for what is missing."""
    return np.where(values.isna(), np.nan, (values.astype(str) == classes[1]).astype(float))


def _place(names, target):
    """Return where a column is, by its name; refuse one that is not there, and say which are."""
    if target in names:
        return names.index(target)
    listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return check.fail("--target", repr(target), f"one of the columns: {listed}")


def _number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True
