"""The stored results: one CSV for each experiment, a row for each cell, and a header of remarks.

Rows are appended as they are made, one write each, so that an interrupted sweep goes on where it
stopped; `tidy` puts them into their order at the end. Lists of numbers stand in one field, with
spaces between.
"""

import csv
import io
import os
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parents[3] / "book" / "data" / "networks"
MADE_BY = "python -m diagprec_core.networks.experiments.sweep (make sweeps)"


def header(title, remarks=()):
    """Return the lines that say what a table is and what made it, each with a # before it."""
    made_with = ", ".join(f"{name} {version(name)}" for name in ("jax", "jaxlib", "numpy"))
    lines = (title, f"made by: {MADE_BY}", f"{made_with}; CPU, {platform.machine()}", *remarks)
    return "".join(f"# {line}\n" for line in lines)


def field(value):
    """Return a value as it is stored: numbers in seven digits, lists with spaces between.

    >>> field(0.5), field([1.0, np.inf, 1 / 3]), field("full")
    ('0.5', '1 inf 0.3333333', 'full')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | np.ndarray):
        return " ".join(map(field, value))
    return f"{value:.7g}"


def line(row, columns):
    """Return a row as a line of CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([field(row[name]) for name in columns])
    return text.getvalue()


def begin(path, title, columns, remarks=()):
    """Write the header of a table that does not exist; end one that does with a whole line."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    top = header(title, remarks) + ",".join(columns) + "\n"
    _replace(path, _whole(path) if path.exists() else top)


def append(path, row, columns):
    """Append a row: one write, which another process doing the same does not cut in two."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND)
    try:
        os.write(handle, line(row, columns).encode())
    finally:
        os.close(handle)


def read(path):
    """Return the rows of a table as dicts of text; a last line that was cut off is not one.

    Raises
    ------
    FileNotFoundError
        If there is no such file; an installed package comes without the stored results.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: no such results are stored; the book's repository has them in "
            f"book/data/networks, and {MADE_BY} makes them"
        )
    rows = (row for row in _whole(path).splitlines() if not row.startswith("#"))
    return list(csv.DictReader(rows))


def _whole(path):
    """Return the text of a file up to the end of its last whole line."""
    text = path.read_text(encoding="utf-8")
    return text[: text.rfind("\n") + 1]


def numbers(text):
    """Return the numbers of a field, shape (n,).

    >>> numbers("1 inf 0.25").tolist()
    [1.0, inf, 0.25]
    """
    return np.array([float(word) for word in text.split()])


def tidy(path, order):
    """Put the rows of a table into an order and drop what is twice there or of no cell.

    Parameters
    ----------
    path : path
    order : callable
        Row -> a key that sorts it, None for a row that is to go.
    """
    path = Path(path)
    kept = {}
    for row in read(path):
        kept.setdefault(order(row), row)
    kept.pop(None, None)
    text = path.read_text(encoding="utf-8").splitlines(keepends=True)
    top = [row for row in text if row.startswith("#")]
    columns = next(row for row in text if not row.startswith("#")).strip().split(",")
    body = [line(kept[key], columns) for key in sorted(kept)]
    _replace(path, "".join([*top, ",".join(columns) + "\n", *body]))


def _replace(path, text):
    draft = path.with_suffix(".part")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)
