"""BibTeX of the book and of its claims, from CITATION.cff."""

import re
import textwrap

import yaml

from .formulas import markdown
from .results import ROOT

PAGE = "book/claims/{}.html"


def record():
    """Return what CITATION.cff says of the book."""
    return yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def bibtex(project_url, claim=None):
    """Return the entry of a claim, or of the whole book.

    Parameters
    ----------
    project_url : str
        Where the pages are; "" while they have no address, and then the entry has none.
    claim : dict, optional
        A claim of the registry's JSON.
    """
    book = record()
    title = book["title"].replace("Gauss-Newton", "{Gauss-Newton}")
    fields = {
        "title": f"{{{title}}}",
        "author": "{" + " and ".join(f"{{{each['name']}}}" for each in book["authors"]) + "}",
        "year": f"{{{book['date-released'].year}}}",
        "note": f"{{Version {book['version']}}}",
    }
    key, page = "diagprec", ""
    if claim:
        key, page = f"diagprec-{claim['id'].lower()}", PAGE.format(claim["id"])
        fields["title"] = f"{{{{{claim['id']}: {tex(claim['title'])}}}}}"
        fields["howpublished"] = f"{{In: {title}}}"
        fields["note"] = f"{{Claim {claim['id']}, {edition(book['version'], claim['since'])}}}"
    if project_url:
        fields["url"] = f"{{{project_url.rstrip('/')}/{page}}}"
    width = max(map(len, fields))
    lines = [wrapped(f"  {name:<{width}} = ", value) for name, value in fields.items()]
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}"


def wrapped(head, value):
    """Return a field of an entry on lines of at most 80 signs; to BibTeX their ends are blanks.

    >>> print(wrapped("  title = ", "{" + 20 * "Adam " + "again}"))
      title = {Adam Adam Adam Adam Adam Adam Adam Adam Adam Adam Adam Adam Adam Adam
               Adam Adam Adam Adam Adam Adam again}
    """
    return textwrap.fill(
        head + value,
        80,
        subsequent_indent=" " * (len(head) + 1),
        break_long_words=False,
        break_on_hyphens=False,
    )


def edition(version, since):
    """Return in which version a claim is: after the last one, if that did not have it yet.

    >>> edition("0.10.0", "0.9.0"), edition("0.1.0", "0.2.0")
    ('version 0.10.0', 'development version after 0.1.0')
    """
    last, first = (tuple(map(int, each.split("."))) for each in (version, since))
    return f"version {version}" if first <= last else f"development version after {version}"


def tex(text):
    r"""Return plain text as TeX, with its formulas.

    >>> print(tex("Adam behaves like GN^-1/2, to 3%"))
    Adam behaves like $\mathrm{GN}^{-1/2}$, to 3\%
    """
    return re.sub(r"([%&#])", r"\\\1", re.sub(r"\\([|*_^<>\[\]$])", r"\1", markdown(text)))
