"""The page of one claim: what it says, why it is believed, what it stands on, how to cite it."""

from functools import cache

from docutils import nodes

import diagprec_core as dp
from diagprec_core.claims import select
from diagprec_core.claims.paper import PAPER
from diagprec_core.claims.where import locate

from . import results
from .citation import bibtex
from .formulas import markdown, plain
from .graph import draw
from .results import counted
from .tables import link

FOLDER = "book/claims"


class statement_text(nodes.General, nodes.Element):
    """The place of a theorem's text, until its chapter has been read."""


def docname(claim_id):
    """Return the name of the document with the page of a claim."""
    return f"{FOLDER}/{claim_id}"


@cache
def _whereabouts(claim_id):
    return locate(next(claim for claim in select() if claim.id == claim_id))


def chapter(claim_id):
    """Return the document in which the theorem of a claim stands."""
    return _whereabouts(claim_id).chapter.removesuffix(".ipynb")


def write_sources(folder, project_url):
    """Write the source of every claim's page, where it has changed, and drop what is stale."""
    folder.mkdir(parents=True, exist_ok=True)
    claims = results.read_claims()
    for stale in {path.stem for path in folder.glob("*.md")} - {c["id"] for c in claims}:
        (folder / f"{stale}.md").unlink()
    for claim in claims:
        text = "\n".join(source(claim, claims, project_url)) + "\n"
        path = folder / f"{claim['id']}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def source(claim, claims, project_url):
    """Yield the lines of a claim's page, in Markdown."""
    label, home = claim["id"].lower(), chapter(claim["id"])
    number = int(home.split("/")[1][:2])
    yield from ("---", "orphan: true", "---", "")
    yield from (f"# {claim['id']}: {markdown(claim['title'])}", "")
    yield f"{results.family(claim)}. In the book since version {claim['since']}. {_verdict(claim)}"
    yield from ("", "## Statement", "", f"```{{statement}} {claim['id']}", "```", "")
    # The folds get their ids when the pages are written, so no reference can be checked before.
    proof = f'<a href="../../{home}.html#proof-{label}">its proof</a>'
    yield f"The theorem stands in {{prf:ref}}`chapter {number} <{label}>`, and {proof} below it."
    yield f"Scope: {markdown(claim['scope'])}."
    yield from _paper(claim)
    yield from _evidence(claim)
    yield from _rerun(claim)
    yield from _neighbours(claim, claims)
    yield from ("", "## Cite this claim", "", "```bibtex")
    yield from (*bibtex(project_url, claim).splitlines(), "```")


def _verdict(claim):
    evidence, controls = len(results.evidence(claim)), len(results.controls(claim))
    if not results.verified(claim):
        return "**Verification failed.**"
    return (
        f"Verified: {counted(evidence, 'check')} {'hold' if evidence > 1 else 'holds'}, "
        f"{counted(controls, 'negative control')} {'are' if controls > 1 else 'is'} refuted."
    )


def _paper(claim):
    verb, means = results.DOES[claim["novelty"]]
    yield from ("", "## What it does to the paper's claim", "")
    yield f"It {verb} {' and '.join(claim['verifies'])}. {means}"
    for name in claim["verifies"]:
        yield from ("", f"> **{name}.** {markdown(PAPER[name])}")
    yield from ("", "What the other claims do is on the page {doc}`What is new </book/new>`.")


def _evidence(claim):
    yield from ("", "## Evidence", "", f"Each of these has to hold ({results.kinds(claim)}).", "")
    yield from _checks(results.evidence(claim))
    yield from ("", "## Negative controls", "")
    yield (
        "The same computations on a spoiled claim. Each has to be refuted: what is measured must "
        "differ from what the true claim makes expected."
    )
    yield ""
    yield from _checks(results.controls(claim))


def _checks(checks):
    spoiled = checks[0]["control"]
    yield (
        f"| Kind | {'What is spoiled' if spoiled else 'What is compared'} "
        "| Measured | Expected | Computed by |"
    )
    yield "|---|---|---|---|---|"
    for check in checks:
        failed = "" if check["holds"] else " **failed**"
        yield (
            f"| {check['kind']} | {markdown(check['compares'])} | {_printed(check['measured'])}"
            f"{failed} | {_printed(check['expected'])} | {{py:func}}`~{check['source']}` |"
        )


def _printed(text):
    """Return what a check printed, for a cell."""
    return "`" + text.replace("|", "\\|").replace("`", "'") + "`"


def _rerun(claim):
    found = _whereabouts(claim["id"])
    yield from ("", "## Check it yourself", "", "```console")
    yield f"$ .venv/bin/diagprec verify --claim {claim['id']}"
    yield from ("```", "", "How to install it is on the page {doc}`/book/reading`.", "")
    if found.derivations:
        yield "Derivations in SymPy: " + ", ".join(map(_derivation, found.derivations)) + "."
        yield ""
    if found.core:
        yield "Functions of the core: " + ", ".join(map(_core, found.core)) + "."


def _derivation(name):
    short = name.removeprefix("derivations.")
    if short.rsplit(".", 1)[1].startswith("_"):
        return f"`{short}`"
    return f"{{py:obj}}`{short} <diagprec_core.{name}>`"


def _core(name):
    """Return a link to the API page for a public name; the other names are no interface."""
    public = name.rsplit(".", 1)[1]
    module = getattr(getattr(dp, public, None), "__module__", "")
    if public in dp.__all__ and f"{module}.{public}" == f"diagprec_core.{name}":
        return f"{{py:obj}}`~diagprec_core.{public}`"
    return f"`{name}`"


def _neighbours(claim, claims):
    titles = {each["id"]: plain(each["title"]) for each in claims}
    users = results.users(claim, claims)
    picture = draw(claim, users, "{}.html".format, titles.get)
    yield from ("", "## What it stands on", "")
    if picture:
        yield from ("```{raw} html", picture, "```", "")
    for ids, some, none in (
        (claim["uses"], "Its proof uses", "Its proof uses no other claim"),
        (users, "It is used in the proofs of", "No other claim's proof uses it"),
    ):
        yield f"{some} {', '.join(map(link, ids))}." if ids else f"{none}."
        yield ""
