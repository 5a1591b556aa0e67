"""Sphinx extension: the ledger and the summary table, made from a run of the registry."""

import json
import re
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

RESULTS = Path(__file__).resolve().parents[2] / "_build" / "claims.json"

# Row by row: what the cell is called, and the family of claims that stands in it, a column each.
PROBLEMS = ("Quadratic", "Logistic regression")
CELLS = (
    ("Full batch, eigenbasis", ("FEQ", "FEL")),
    ("Full batch, identity basis", ("FIQ", "FIL")),
    ("Mini-batch, eigenbasis", ("SXQ", "SXL")),
    ("Mini-batch, identity basis", ("SXQ", "SXL")),
)


def read_claims():
    """Return the claims of the last run; `make book` makes the run first."""
    if not RESULTS.exists():
        raise FileNotFoundError(f"{RESULTS.name} is missing: run `make book`")
    return json.loads(RESULTS.read_text())["claims"]


def verified(claim):
    """Say whether every check of a claim passed."""
    return all(check["holds"] for check in claim["checks"])


def cell(text):
    """Return plain text as Markdown for a cell of a table: escaped, with formulas set as such."""
    text = re.sub(r"([\\|*_^<])", r"\\\1", text)
    text = re.sub(r"GN\\\^(-?\w+(?:/\d)?)", r"$\\mathrm{GN}^{\1}$", text)
    for word, symbol in (("kappa", "κ"), ("lambda", "λ"), (">=", "≥"), ("<=", "≤")):
        text = text.replace(word, symbol)
    return text


def overview(claims):
    """Return the table with one line a claim."""
    yield "| Claim | Theorem | Novelty | Evidence | Controls refuted | Verdict |"
    yield "|---|---|---|---|---|---|"
    for claim in claims:
        kinds = [check["kind"] for check in claim["checks"] if not check["control"]]
        controls = [check["holds"] for check in claim["checks"] if check["control"]]
        counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
        verdict = "verified" if verified(claim) else "**failed**"
        yield (
            f"| [{claim['id']}](#ledger-{claim['id'].lower()}) "
            f"| {{prf:ref}}`{claim['id'].lower()}` {cell(claim['title'])} "
            f"| {claim['novelty']} {', '.join(claim['verifies'])} | {counts} "
            f"| {sum(controls)} of {len(controls)} | {verdict} |"
        )


def details(claims):
    """Return a section for each claim, with a table of its checks."""
    does = {word: word for word in ("reproves", "sharpens", "contradicts")}
    does["new"] = "is new, beside"
    for claim in claims:
        yield ""
        yield f"(ledger-{claim['id'].lower()})="
        yield f"## {claim['id']}: {cell(claim['title'])}"
        yield ""
        users = [other["id"] for other in claims if claim["id"] in other["uses"]]
        yield f"Theorem: {{prf:ref}}`{claim['id'].lower()}`. Scope: {cell(claim['scope'])}."
        yield ""
        yield (
            f"It {does[claim['novelty']]} the paper's {', '.join(claim['verifies'])}. "
            f"Uses: {links(claim['uses'])}. Used by: {links(users)}."
        )
        yield ""
        yield "| Kind | What is compared | Measured | Expected | Seconds | Computed by |"
        yield "|---|---|---|---|---|---|"
        for check in claim["checks"]:
            kind = "control, " + check["kind"] if check["control"] else check["kind"]
            measured = cell(check["measured"]) + ("" if check["holds"] else " **failed**")
            yield (
                f"| {kind} | {cell(check['compares'])} | {measured} "
                f"| {cell(check['expected'])} | {check['seconds']:.2f} "
                f"| {{py:func}}`~{check['source']}` |"
            )


def links(ids):
    """Return links to the sections of claims, or the word for none of them."""
    return ", ".join(f"[{name}](#ledger-{name.lower()})" for name in ids) or "no other claim"


def summary(claims):
    """Return the table of quadrants by problems, with what is verified in each cell."""
    yield "| Quadrant | " + " | ".join(PROBLEMS) + " |"
    yield "|---|---|---|"
    for name, families in CELLS:
        row = [name]
        for family in families:
            links = [
                f"{{prf:ref}}`{c['id'].lower()}` {cell(c['title'])}"
                for c in claims
                if c["id"].startswith(family + "-") and verified(c)
            ]
            row.append("<br>".join(links) or "not verified yet")
        yield "| " + " | ".join(row) + " |"


class FromClaims(SphinxDirective):
    """Insert what one of the functions above makes of the claims: `{claims} overview`."""

    required_arguments = 1

    def run(self):
        """Parse the generated Markdown in place."""
        parts = {"overview": overview, "details": details, "summary": summary}
        part = directives.choice(self.arguments[0], tuple(parts))
        self.env.note_dependency(str(RESULTS))
        lines = list(parts[part](read_claims()))
        return self.parse_text(lines)

    def parse_text(self, lines):
        """Return the nodes of Markdown lines, sections allowed."""
        parent = nodes.Element()
        source = StringList(lines, source=str(RESULTS))
        self.state.nested_parse(source, self.content_offset, parent, match_titles=True)
        for table in parent.findall(nodes.table):
            table["classes"].append("claims")
        return parent.children


def setup(app):
    """Register the directive."""
    app.add_directive("claims", FromClaims)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
