"""The directives `{claims} part`, what is said of all claims, and `{statement} id` of one."""

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


class Claims(SphinxDirective):
    """Insert what is made of all claims: `{claims} overview`."""

    required_arguments = 1

    def run(self):
        """Parse the generated Markdown in place, sections allowed."""
        part = directives.choice(self.arguments[0], (*tables.PARTS, "filter", "bibtex"))
        self.env.note_dependency(str(RESULTS))
        if part == "filter":
            return [nodes.raw("", controls(read_claims()), format="html")]
        if part == "bibtex":
            lines = ["```bibtex", *citation.bibtex(self.config.project_url).splitlines(), "```"]
        else:
            lines = list(tables.PARTS[part](read_claims()))
        parent = nodes.Element()
        source = StringList(lines, source=str(RESULTS))
        self.state.nested_parse(source, self.content_offset, parent, match_titles=True)
        if part == "overview":  # for the filter
            next(parent.findall(nodes.table))["classes"].append("claims")
        return parent.children


class Statement(SphinxDirective):
    """Hold the place of a theorem's text: `{statement} SXQ-2`."""

    required_arguments = 1

    def run(self):
        """Name the theorem and its chapter; the text comes when all chapters have been read."""
        (claim_id,) = self.arguments
        chapter = page.chapter(claim_id)
        self.env.note_dependency(str(ROOT / f"{chapter}.ipynb"))
        return [page.statement_text(label=claim_id.lower(), chapter=chapter)]


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
