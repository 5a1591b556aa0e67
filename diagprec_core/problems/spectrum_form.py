"""What a text with a table looks like: header, separator, columns."""

import re
from dataclasses import dataclass

NAME = re.compile(r"[^\W\d]\S*(?:\s.*)?")
NO_NAME = ("na", "n/a", "nan", "inf", "infinity", "none", "null")


@dataclass(frozen=True)
class Form:
    """What a text looks like: the lines before its rows, the separator, the columns."""

    skipped: int
    separator: str | None
    trailing: bool
    width: int
    names: tuple[str, ...]

    def stripped(self, line):
        """Return a line without a separator at its end."""
        content = line.partition("#")[0].rstrip()
        return content.removesuffix(self.separator) if self.trailing else content

    def fields(self, line):
        """Return the fields of a line, without quotes."""
        return _fields(self.stripped(line), self.separator)


def find_form(name, lines):
    """Find header, separator and columns in the first lines of a text."""
    header, said = None, None
    for number, line in enumerate(lines):
        content, sign, comment = (part.strip() for part in line.partition("#"))
        if not content:
            said = comment if sign and comment else said
            continue
        separator = separator_of(content)
        fields = _fields(content, separator)
        if header is None and all(map(_is_name, filter(None, fields))) and any(fields):
            header = (number, content)
            continue
        trailing = separator is not None and content.endswith(separator)
        width = len(fields) - trailing
        names = ()
        if header is not None:
            names = _names(name, header[1], separator, width)
        elif said is not None:
            # numpy.savetxt puts its header behind a sign of comment; other comments are prose.
            found = _fields(said, separator if separator and separator in said else None)
            if len(found) == width and any("eigen" in f.lower() or f == "lambda" for f in found):
                names = tuple(found)
        skipped = header[0] + 1 if header is not None else 0
        return Form(skipped, separator, trailing, width, names)
    raise ValueError(f"{name}: no eigenvalues in it")


def _names(path, header, separator, width):
    """Return the names in a header, as many as there are columns."""
    names = [field for field in _fields(header, separator or separator_of(header)) if field]
    if len(names) != width and width == 1:
        names = [header.strip("\"'")]
    if len(names) != width:
        remedy = "is the decimal sign a comma? write a point" if width == len(names) + 1 else ""
        raise ValueError(
            f"{path}: the header has {len(names)} names for {width} columns"
            + (f": {remedy}" if remedy else "")
        )
    return tuple(names)


def separator_of(content):
    """Return what separates the fields of a line: a semicolon, a comma, a tab, or blanks (None)."""
    bare = re.sub(r'"[^"]*"', "", content)
    return next((sign for sign in ";,\t" if sign in bare), None)


def _fields(content, separator):
    """Split a line outside of quotes, and take blanks and quotes from its fields."""
    if separator is None:
        parts = re.findall(r'"[^"]*"|\S+', content)
    else:
        parts = re.split(rf'{separator}(?=(?:[^"]*"[^"]*")*[^"]*$)', content)
    return [part.strip().strip("\"'").strip() for part in parts]


def _is_name(field):
    """Say whether a field is a name, and not a number that is written in another way."""
    return bool(NAME.fullmatch(field)) and field.lower() not in NO_NAME
