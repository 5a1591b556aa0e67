"""A table of numbers in a file: its columns, their names, and where each row stands."""

import gzip
import io
import itertools
import re
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import validation as check
from .spectrum_form import find_form, separator_of

PEEKED = 1000  # lines in which a header and the first row are looked for
REMEDIES = (
    (re.compile(r"[+-]?[\d.]+[dD][+-]?\d+"), "write 1.0E+03 for 1.0D+03"),
    (re.compile(r"[+-]?\d+,\d+"), "write the decimal sign as a point"),
    (re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?"), "leave out separators of thousands"),
    (re.compile(r"0[xX][0-9a-fA-F]+"), "write it in decimals"),
    (re.compile(r"[+-]?[\d.]+[eE]?[+-]?\d*[+-][\d.]+[ij]"), "give the real part alone"),
)


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers of shape (rows, columns), names of the columns if there are any.

    `place(row)` says in which line of the file a row stands.
    """

    path: str
    numbers: np.ndarray
    names: tuple[str, ...]
    place: Callable[[int], str]


def read_table(path, array=None):
    """Return the table in a file: text, packed text, or NumPy's formats.

    Parameters
    ----------
    path : str or os.PathLike
        "-" is standard input.
    array : str, optional
        Which array of a .npz.

    Returns
    -------
    Table

    Raises
    ------
    ValueError
        If there is none; the message names the file, the line and a remedy.
    """
    try:
        name = str(Path(path)) if path != "-" else "standard input"
    except TypeError:
        check.fail("path", check.describe(path), "the name of a file")
    try:
        if Path(name).suffix in (".npy", ".npz"):
            return _from_numpy(name, array)
        return _from_text(name, path)
    except UnicodeDecodeError:
        raise ValueError(f"{name}: not a text file in UTF-8") from None
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"{name}: cannot be read: {reason}") from None


def _from_numpy(name, array):
    """Read an array from NumPy's own formats."""
    try:
        held = np.load(name, allow_pickle=False)
    except ValueError as error:
        raise ValueError(f"{name}: cannot be read: {error}") from None
    names = ()
    if isinstance(held, np.lib.npyio.NpzFile):
        with held:
            if array is None and len(held.files) != 1:
                have = ", ".join(held.files) or "none"
                raise ValueError(f"{name}: say which array it is by --column: {have}")
            names = (array or held.files[0],)
            if names[0] not in held.files:
                raise ValueError(
                    f"{name}: got --column {array}, need one of its arrays: {', '.join(held.files)}"
                )
            held = held[names[0]]
    if held.dtype.kind not in "iuf" or held.ndim not in (1, 2) or not held.size:
        given = f"an array of shape {held.shape} and dtype {held.dtype}"
        raise ValueError(f"{name}: got {given}, need real numbers of shape (d,) or (d, 2)")
    numbers = held.astype(float).reshape(len(held), -1)

    def place(row):
        return f"{name}, row {row}"

    _refuse_infinite(numbers, place, lambda row: f"{numbers[row][~np.isfinite(numbers[row])][0]:g}")
    return Table(name, numbers, names if numbers.shape[1] == 1 else (), place)


def _from_text(name, path):
    """Read a text: what it looks like from its first lines, the rest at NumPy's speed."""
    typed = sys.stdin.read() if path == "-" else None

    def opened():
        if typed is not None:
            return io.StringIO(typed)
        if name.endswith(".gz"):
            return gzip.open(name, "rt", encoding="utf-8-sig")
        return open(name, encoding="utf-8-sig")

    try:
        stream = opened()
    except ValueError as error:  # a name with a null in it
        raise ValueError(f"{name}: cannot be read: {error}") from None
    with stream:
        begin = list(itertools.islice(stream, PEEKED))
        form = find_form(name, begin)
        rest = itertools.chain(begin[form.skipped :], stream)
        lines = (form.stripped(line) for line in rest) if form.trailing else rest
        try:
            with warnings.catch_warnings(action="ignore"):  # of a file without rows
                numbers = np.loadtxt(
                    lines, delimiter=form.separator, comments="#", quotechar='"', ndmin=2
                )
        except ValueError:
            numbers = None
    place = _Places(name, opened, form)
    if numbers is None or numbers.shape[1] != form.width:
        place.explain()
    if not numbers.size:
        raise ValueError(f"{name}: no eigenvalues in it")
    _refuse_infinite(numbers, place, place.infinite)
    return Table(name, numbers, form.names, place)


def _refuse_infinite(numbers, place, shown):
    """Refuse numbers that are not finite; `shown(row)` spells them."""
    bad = np.flatnonzero(~np.isfinite(numbers).all(axis=1))
    if len(bad):
        raise ValueError(f"{place(bad[0])}: got {shown(int(bad[0]))}, need a finite number")


class _Places:
    """Where the rows of a text stand, found when asked for."""

    def __init__(self, name, opened, form):
        self.name, self.opened, self.form = name, opened, form

    def __call__(self, row):
        """Return the file and the line of a row."""
        number, _ = next(itertools.islice(self.rows(), int(row), None))
        return f"{self.name}, line {number}"

    def infinite(self, row):
        """Return the field of a row that is not finite, as it is written."""
        _, line = next(itertools.islice(self.rows(), row, None))
        return next(f for f in self.form.fields(line) if not np.isfinite(float(f)))

    def rows(self):
        """Yield the number of each line that is a row, and the line."""
        with self.opened() as stream:
            for number, line in enumerate(stream, start=1):
                if number > self.form.skipped and line.partition("#")[0].strip():
                    yield number, line

    def explain(self):
        """Raise what is wrong with the first line that is no row."""
        width = self.form.width
        for number, line in self.rows():
            where, content = f"{self.name}, line {number}", line.partition("#")[0].strip()
            if width > 1 and separator_of(content) not in (self.form.separator, None):
                signs = {None: "blanks", "\t": "a tab", ",": "a comma", ";": "a semicolon"}
                raise ValueError(
                    f"{where}: separated by {signs[separator_of(content)]}, need "
                    f"{signs[self.form.separator]}, as in the lines before"
                )
            fields = self.form.fields(line)
            if len(fields) != width:
                hint = "; is the decimal sign a comma? write a point" if "," in content else ""
                raise ValueError(
                    f"{where}: got {len(fields)} columns, need {width}, "
                    f"as in the lines before{hint}"
                )
            for field in fields:
                if not _is_number(field):
                    fits = (remedy for form, remedy in REMEDIES if form.fullmatch(field))
                    remedy = next(fits, "")
                    raise ValueError(
                        f"{where}: got {field!r}, need a number" + (f": {remedy}" if remedy else "")
                    )
        raise ValueError(f"{self.name}: no eigenvalues in it")


def _is_number(field):
    """Say whether a field reads as a number, infinities and nan among them."""
    try:
        float(field)
    except ValueError:
        return False
    return "_" not in field
