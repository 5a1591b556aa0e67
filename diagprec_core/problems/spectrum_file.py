"""Reading a spectrum from a text file: eigenvalues, and where a run starts."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import validation as check

SECOND = ("error", "source")
NO_EIGENVALUE = ("index", "i", "k", "n", "rank", "number")  # first columns that are none
SEPARATOR = re.compile(r"\s*[,;]\s*|\s+")


@dataclass(frozen=True, eq=False)
class SpectrumFile:
    """What a file holds.

    Attributes
    ----------
    spectrum : numpy.ndarray, shape (d,)
        The first column: eigenvalues, above 0.
    second : numpy.ndarray, shape (d,), or None
        The second column.
    meaning : {"error", "source"} or None
        What the header calls the second column, if it uses one of these words.
    """

    spectrum: np.ndarray
    second: np.ndarray | None = None
    meaning: str | None = None


def read_spectrum(path):
    r"""Read one eigenvalue a line, or an eigenvalue and a second number.

    Columns are separated by a comma, a semicolon or white space, the decimal sign is a point, and
    text is UTF-8. Blank lines are skipped, and what follows a `#`. The first line that is left may
    be a header, which has no number in it.

    Parameters
    ----------
    path : str or os.PathLike

    Returns
    -------
    SpectrumFile

    Raises
    ------
    ValueError
        If the file cannot be read, holds nothing, or has a line that is unfit; the message names
        the file and the line.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
    ...     print("eigenvalue, source", "1.0, 0.5", "0.25, 0.5", sep="\n", file=file, flush=True)
    ...     found = read_spectrum(file.name)
    >>> found.spectrum, found.second, found.meaning
    (array([1.  , 0.25]), array([0.5, 0.5]), 'source')
    """
    try:
        path = Path(path)
        text = path.read_text(encoding="utf-8-sig")
    except TypeError:
        check.fail("path", check.describe(path), "the name of a file")
    except UnicodeDecodeError:
        raise ValueError(f"{path}: not a text file in UTF-8") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"{path}: cannot be read: {reason}") from None
    lines = [
        (number, SEPARATOR.split(content))
        for number, line in enumerate(text.splitlines(), start=1)
        if (content := line.partition("#")[0].strip())
    ]
    meaning = None
    if lines and not any(map(_is_number, lines[0][1])):
        names = [name.strip("\"'").lower() for name in lines.pop(0)[1]]
        if len(names) > 1 and ("eigen" in names[1] or names[0] in NO_EIGENVALUE):
            raise ValueError(
                f"{path}: the header puts {names[0]!r} first, need the eigenvalues there"
            )
        meaning = names[1] if len(names) > 1 and names[1] in SECOND else None
    if not lines:
        raise ValueError(f"{path}: no eigenvalues in it")
    width = len(lines[0][1])
    rows = [_row(f"{path}, line {number}", fields, width) for number, fields in lines]
    columns = np.array(rows).T
    return SpectrumFile(columns[0], columns[1] if width == 2 else None, meaning)


def _is_number(field):
    """Say whether a field reads as a number, infinities and nan among them."""
    try:
        float(field)
    except ValueError:
        return False
    return "_" not in field


def _row(place, fields, width):
    """Return the numbers of one line, or say what is wrong with it."""
    if len(fields) != width or width > 2:
        needed = f"{width}, as in the lines before" if width <= 2 else "one or two"
        raise ValueError(f"{place}: got {len(fields)} columns, need {needed}")
    for field in fields:
        if not _is_number(field):
            raise ValueError(f"{place}: got {field!r}, need a number")
        if not np.isfinite(float(field)):
            raise ValueError(f"{place}: got {field}, need a finite number")
    row = [float(field) for field in fields]
    if row[0] <= 0:
        raise ValueError(f"{place}: got the eigenvalue {fields[0]}, need one above 0")
    return row
