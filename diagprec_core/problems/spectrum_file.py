"""Reading a spectrum from a file: eigenvalues, and where a run starts.

Nothing is guessed. A header is a line of names; one separator serves the whole file; a column that
only counts, or that has a name nobody knows, is refused with what to do about it.
"""

from dataclasses import dataclass

import numpy as np

from .. import validation as check
from .spectrum_table import read_table

SECOND = ("error", "source")
EIGENVALUES = ("eigenvalue", "eigval", "lambda", "lambda_i", "lambda_j", "variance", "spectrum")
WEIGHTS = ("weight", "density", "count", "multiplicity")
INDICES = ("index", "i", "j", "k", "n", "id", "pc", "rank", "number", "component")


@dataclass(frozen=True, eq=False)
class SpectrumFile:
    """What a file holds.

    Attributes
    ----------
    spectrum : numpy.ndarray, shape (d,)
        Eigenvalues, above 0.
    second : numpy.ndarray, shape (d,), or None
        The second column, unless it holds multiplicities.
    meaning : {"error", "source"} or None
        What the second column is: by its name, by the caller, or, where it has none, "error".
    columns : tuple of str
        What the columns were taken for, to be shown.
    dropped : int
        How many eigenvalues that were not above 0 were left out.
    """

    spectrum: np.ndarray
    second: np.ndarray | None = None
    meaning: str | None = None
    columns: tuple[str, ...] = ()
    dropped: int = 0


def read_spectrum(path, *, column=None, second=None, weights=False, drop_nonpositive=False):
    r"""Read eigenvalues, and beside them starting errors, sources or multiplicities.

    Text has one eigenvalue a line, or an eigenvalue and a second number, in UTF-8, with a point as
    the decimal sign and one separator in all lines: a semicolon, a comma, a tab or blanks. Numbers
    may be quoted, lines may end on a separator, blank lines are skipped and so is what follows a
    `#`. The first line may be a header, also behind a `#`, as `numpy.savetxt` writes it. Files
    whose names end on .gz are unpacked; .npy and .npz hold arrays of shape (d,) or (d, 2).

    Parameters
    ----------
    path : str or os.PathLike
        "-" is standard input.
    column : str, optional
        The name of the column, or of the array in a .npz, that holds the eigenvalues; other columns
        are then left alone.
    second : {"error", "source"}, optional
        What the second column is, whatever it is called.
    weights : bool
        The second column says how often each eigenvalue occurs, in whole numbers.
    drop_nonpositive : bool
        Leave out eigenvalues that are not above 0, as rounding leaves them, instead of refusing.

    Returns
    -------
    SpectrumFile

    Raises
    ------
    ValueError
        If the file cannot be read, holds nothing, or has a line that is unfit; the message names
        the file, the line and a remedy.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
    ...     print("eigenvalue, source", "1.0, 0.5", "0.25, 0.5", sep="\n", file=file, flush=True)
    ...     found = read_spectrum(file.name)
    >>> found.spectrum, found.second, found.meaning
    (array([1.  , 0.25]), array([0.5, 0.5]), 'source')
    """
    if second is not None and second not in SECOND:
        check.fail("second", check.describe(second), "'error', 'source' or None")
    table = read_table(path, column)
    place, names = table.place, tuple(_plain(name) for name in table.names)
    if column is not None:
        values = _column(table, names, column)
        return _file(table, values, None, None, (column,), drop_nonpositive)
    count = table.numbers.shape[1]
    if count > 2:
        remedy = "or say which one holds the eigenvalues: --column NAME"
        raise ValueError(f"{place(0)}: got {count} columns, need one or two, {remedy}")
    if names and names[0] in INDICES:
        remedy = f"remove the column, or say --column {table.names[-1]}"
        raise ValueError(
            f"{table.path}: the header puts {table.names[0]!r} first, which counts; need the "
            f"eigenvalues there: {remedy}"
        )
    if count == 2 and names and names[0] not in EIGENVALUES and names[1] in EIGENVALUES:
        raise ValueError(
            f"{table.path}: the header puts {table.names[0]!r} first, need the eigenvalues there: "
            f"swap the columns, or say --column {table.names[1]}"
        )
    values = table.numbers[:, 0]
    if count == 1:
        if second or weights:
            what = "--weights" if weights else f"--second {second}"
            raise ValueError(f"{table.path}: got one column, need a second one for {what}")
        return _file(table, values, None, None, ("eigenvalue",), drop_nonpositive)
    return _with_second(table, names, second, weights, drop_nonpositive)


def _with_second(table, names, second, weights, drop_nonpositive):
    """Return a file with two columns, the second one by what it is called or said to be."""
    values, other = table.numbers.T
    name = names[1] if names else None
    if weights or (name in WEIGHTS and second is None):
        if not weights:
            raise ValueError(
                f"{table.path}: the second column is called {table.names[1]!r}: say --weights if "
                "it says how often each eigenvalue occurs, or --column "
                f"{table.names[0]} to leave it out"
            )
        bad = np.flatnonzero((other < 1) | (other % 1 != 0))
        if len(bad):
            raise ValueError(
                f"{table.place(bad[0])}: got the weight {other[bad[0]]:g}, need a whole number of "
                "at least 1: multiply a density by the dimension and round it"
            )
        repeated = np.repeat(values, other.astype(int))
        return _file(table, repeated, None, None, ("eigenvalue", "multiplicity"), drop_nonpositive)
    if second is None and name is None and _counts(values):
        shown = ", ".join(f"{value:g}" for value in values[:3])
        raise ValueError(
            f"{table.place(0)}: the first of two columns only counts, {shown}, ...; need the "
            "eigenvalues there: remove it, or say --second error if these are the eigenvalues"
        )
    if second is None and name is not None and name not in SECOND:
        raise ValueError(
            f"{table.path}: the second column is called {table.names[1]!r}, need 'error' or "
            "'source': rename it, say --second error or --second source, or leave it out by "
            f"--column {table.names[0]}"
        )
    meaning = second or name or "error"
    return _file(table, values, other, meaning, ("eigenvalue", meaning), drop_nonpositive)


def _file(table, values, other, meaning, columns, drop_nonpositive):
    """Check that eigenvalues are above 0, or drop those that are not."""
    good = values > 0
    if good.all():
        return SpectrumFile(values, other, meaning, columns)
    first = int(np.argmin(good))
    if not drop_nonpositive:
        where = table.place(first) if len(values) == len(table.numbers) else table.path
        raise ValueError(
            f"{where}: got the eigenvalue {values[first]:g}, need one above 0; where "
            "rounding left it, say --drop-nonpositive"
        )
    if not good.any():
        raise ValueError(f"{table.path}: no eigenvalue above 0 in it")
    other = None if other is None else other[good]
    return SpectrumFile(values[good], other, meaning, columns, int((~good).sum()))


def _column(table, names, column):
    """Return the column of a name, whatever its case."""
    if not isinstance(column, str) or not column:
        check.fail("column", check.describe(column), "a name")
    wanted = _plain(column)
    found = [i for i, name in enumerate(names) if name == wanted]
    if len(found) != 1:
        have = ", ".join(table.names) or "no names at all"
        raise ValueError(f"{table.path}: got --column {column}, need one of its names: {have}")
    return table.numbers[:, found[0]]


def _plain(name):
    """Return a column's name without units, case and plural: 'Eigenvalues (1/m^2)' is one."""
    for bracket in "([{":
        name = name.partition(bracket)[0]
    name = name.strip().lower().replace("λ", "lambda")
    if "eigen" in name or name.startswith("eig"):  # a weight is none
        return "eigenvalue"
    return name.removesuffix("s") if name.removesuffix("s") in (*SECOND, *WEIGHTS) else name


def _counts(values):
    """Say whether three or more numbers are 0, 1, 2, ... or 1, 2, 3, ..."""
    start = values[0]
    return len(values) >= 3 and start in (0, 1) and bool((np.diff(values) == 1).all())
