"""The directives `{claims} part`, what is said of all claims, and `{claim} id`, a page of one."""

import json
from html import escape

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from . import citation, page, tables
from .formulas import plain
from .results import RESULTS, ROOT, problem, read_claims

CHOICES = {
    "family": ("FEQ", "FEL", "FIQ", "FIL", "SXQ", "SXL", "B"),
    "evidence": ("symbolic", "exact", "enclosure", "numerical", "statistical"),
    "novelty": ("reproves", "sharpens", "contradicts", "new"),
    "problem": ("quadratic", "logistic"),
}


class FromClaims(SphinxDirective):
    """Insert Markdown that is made from the claims."""

    def parse_lines(self, lines):
        """Return the nodes of Markdown lines, sections allowed."""
        self.env.note_dependency(str(RESULTS))
        parent = nodes.Element()
        source = StringList(list(lines), source=str(RESULTS))
        self.state.nested_parse(source, self.content_offset, parent, match_titles=True)
        for table in parent.findall(nodes.table):
            table["classes"].append("claims")
        return parent.children


class Claims(FromClaims):
    """Insert what `tables` makes of all claims: `{claims} overview`."""

    required_arguments = 1

    def run(self):
        """Parse the generated Markdown in place."""
        part = directives.choice(self.arguments[0], (*tables.PARTS, "filter", "bibtex"))
        if part == "filter":
            self.env.note_dependency(str(RESULTS))
            return [nodes.raw("", controls(read_claims()), format="html")]
        if part == "bibtex":
            entry = citation.bibtex(self.config.project_url)
            return self.parse_lines(["```bibtex", *entry.splitlines(), "```"])
        return self.parse_lines(tables.PARTS[part](read_claims()))


class Claim(FromClaims):
    """Insert all that belongs to one claim: `{claim} SXQ-2`."""

    required_arguments = 1

    def run(self):
        """Parse the generated Markdown; the statement is put in when its chapter has been read."""
        claims = read_claims()
        claim = next(each for each in claims if each["id"] == self.arguments[0])
        chapter = page.chapter(claim["id"])
        self.env.note_dependency(str(ROOT / f"{chapter}.ipynb"))
        statement = page.statement_text(label=claim["id"].lower(), chapter=chapter)
        builder = self.env.app.builder
        before, after = page.body(
            claim,
            claims,
            project_url=self.config.project_url,
            link=lambda name: builder.get_relative_uri(self.env.docname, page.docname(name)),
        )
        return [*self.parse_lines(before), statement, *self.parse_lines(after)]


def controls(claims):
    """Return the controls that filter the table of claims; the script shows them."""
    fields = [
        f'<label>{name.capitalize()} <select name="{name}"><option value="">all</option>'
        + "".join(f"<option>{value}</option>" for value in values)
        + "</select></label>"
        for name, values in CHOICES.items()
    ]
    # What a reader may type, in either spelling, beside what the row shows.
    words = {
        each["id"]: {
            "problem": problem(each),
            "words": " ".join((each["title"], plain(each["title"]), each["scope"])).lower(),
        }
        for each in claims
    }
    data = escape(json.dumps(words), quote=False).replace("</", "<\\/")
    return (
        '<form class="claims-filter" role="search" aria-label="Filter the claims" hidden>'
        '<label>Text <input type="search" name="text" autocomplete="off"></label>'
        + "".join(fields)
        + '<button type="reset">Show all</button>'
        f'<p role="status">{len(claims)} of {len(claims)} claims</p></form>'
        f'<script type="application/json" class="claims-words">{data}</script>'
    )
