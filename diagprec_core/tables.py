"""One look for the results of the book: tables that Jupyter sets and a terminal aligns."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from . import validation as check

# Numbers, alone or in pairs: 1.5e-07, 3.6%, 1/20, 1.4 [1.2, inf], 0.69 to 1.40.
ONE = r"[-+]?(?:\d[\d.,/]*(?:e[-+]?\d+)?%?|inf|nan)"
NUMBER = re.compile(rf"[(\[]?{ONE}(?:(?:,? [(\[]?| to |/){ONE}[)\]]?)*[)\]]?")
FORMULA = re.compile(r"\$([^$]*)\$")
POWER = re.compile(r"\bGN\^(-?\d(?:/\d)?)")  # the methods' names in the code: GN^-1/2
# What stands for TeX where none is set; the last takes the marks away.
PLAIN = (
    (re.compile(r"\\dots\b"), "..."),
    (re.compile(r"\\le\b"), "<="),
    (re.compile(r"\\(?:mathrm|operatorname)|\\,"), ""),
    (re.compile(r"([\^_])\{(-?\\?\w+)\}"), r"\1\2"),
    (re.compile(r"([\^_])\{([^{}]*)\}"), r"\1(\2)"),
    (re.compile(r"[{}$]|\\(?=[a-zA-Z])"), ""),
)


@dataclass(frozen=True)
class Table:
    """A table of results: names of columns, rows of strings, a caption or None.

    The first cell of each row is its header. Jupyter shows `_repr_html_`, a terminal the rest.
    """

    columns: tuple
    rows: tuple
    caption: str | None = None

    def __repr__(self):
        """Align the columns with blanks."""
        lines = [[_plain(cell) for cell in line] for line in (self.columns, *self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        sides = [">" if number else "<" for number in self._numbers()]
        text = [_plain(self.caption)] if self.caption else []
        for line in lines:
            cells = zip(line, sides, widths, strict=True)
            text.append("  ".join(f"{cell:{side}{width}}" for cell, side, width in cells).rstrip())
        return "\n".join(text)

    def _repr_html_(self):
        """Set a table whose headers say what they head, a line a row."""
        sides = ["right" if number else "left" for number in self._numbers()]

        def line(cells, scopes):
            found = []
            for cell, side, scope in zip(cells, sides, scopes, strict=True):
                tag, scope = ("th", f' scope="{scope}"') if scope else ("td", "")
                found.append(f'<{tag}{scope} style="text-align: {side}">{_set(cell)}</{tag}>')
            return f"<tr>{''.join(found)}</tr>"

        first = ["row"] + [None] * (len(self.columns) - 1)
        caption = [f"<caption>{_set(self.caption)}</caption>"] if self.caption else []
        return "\n".join(
            [
                '<table class="results tex2jax_process">',
                *caption,
                f"<thead>{line(self.columns, ['col'] * len(self.columns))}</thead>",
                "<tbody>",
                *(line(row, first) for row in self.rows),
                "</tbody>",
                "</table>",
            ]
        )

    def _numbers(self):
        """Say of each column whether all its cells are numbers, or empty, but not all empty."""
        return [
            any(column) and all(not cell or NUMBER.fullmatch(cell) for cell in column)
            for column in zip(*self.rows, strict=True)
        ]


def table(columns, rows, *, caption=None):
    """Return a table of results, for the end of a cell of a notebook.

    Parameters
    ----------
    columns : iterable of str or dict
        The names of the columns, ``$...$`` around formulas; a dict gives the format of each, such
        as ``".3f"``.
    rows : iterable
        A row for each line of the table, a cell for each column. Strings stay as they are, what
        else there is takes its column's format. The first cell is the header of its row.
    caption : str, optional
        What the table shows, in a line.

    Returns
    -------
    Table
        Its text is aligned, its HTML has header cells and formulas.

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> table({"$B$": "", "risk": ".2f"}, [(1, 0.5), (16, 0.03125)], caption="After 100 steps")
    After 100 steps
     B  risk
     1  0.50
    16  0.03
    """
    names = list(columns) if isinstance(columns, list | tuple | Mapping) else []
    formats = columns if isinstance(columns, Mapping) else dict.fromkeys(map(str, names), "")
    if not names or len(formats) < len(names) or not _are_text(names, formats.values()):
        check.fail("columns", check.describe(columns), "names that differ, or a dict of formats")
    if caption is not None and not (_are_text([caption]) and caption):
        check.fail("caption", check.describe(caption), "a line of text, or None")
    needed = f"rows of {len(formats)} cells each, as there are columns"
    try:
        lines = [tuple(row) for row in rows]
    except TypeError:
        check.fail("rows", check.describe(rows), needed)
    for line in lines:
        if len(line) != len(formats):
            check.fail("rows", f"a row of {len(line)}", needed)
    if not lines:
        check.fail("rows", "none", needed)
    cells = tuple(
        tuple(_formatted(cell, form) for cell, form in zip(line, formats.values(), strict=True))
        for line in lines
    )
    return Table(tuple(formats), cells, caption)


def _are_text(*groups):
    """Say whether all values of all groups are strings."""
    return all(isinstance(value, str) for group in groups for value in group)


def _formatted(cell, form):
    """Return a cell as text."""
    if isinstance(cell, str):
        return cell
    try:
        return format(cell, form)
    except (TypeError, ValueError):
        check.fail("rows", repr(cell), f"what the format {form!r} takes")


def _plain(text):
    r"""Return text without TeX: ``$\kappa_{-1}$`` is kappa_-1."""
    for pattern, word in PLAIN:
        text = pattern.sub(word, text)
    return text


def _set(text):
    """Return text as HTML, with formulas and the names of methods set by MathJax."""
    parts = FORMULA.split(html.escape(text, quote=False))
    parts[::2] = [POWER.sub(r"\\(\\mathrm{GN}^{\1}\\)", part) for part in parts[::2]]
    parts[1::2] = [rf"\({part}\)" for part in parts[1::2]]
    return "".join(parts)
