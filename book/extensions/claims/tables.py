"""What the pages say of all claims together, as Markdown made from a run of the registry."""

from collections import Counter

from diagprec_core.claims.paper import PAPER, SHORT

from .formulas import markdown, plain
from .results import DOES, controls, counted, does, evidence, family, kinds, verified

# Row by row of the summary: what it is called, and the families in its two columns.
PROBLEMS = ("Quadratic", "Logistic regression")
ROWS = (
    ("Full batch, eigenbasis", ("FEQ", "FEL")),
    ("Full batch, identity basis", ("FIQ", "FIL")),
    ("Mini-batch, every basis", ("SXQ", "SXL")),
    ("Mini-batch, eigenbasis", ("SXQ", "SXL")),
)


def link(claim_id):
    """Return a link to the page of a claim."""
    return f"{{doc}}`{claim_id} </book/claims/{claim_id}>`"


def totals(claims):
    """Yield the line with the numbers of claims and checks."""
    yield (
        f"**{counted(len(claims), 'claim')}**, each with a proof: "
        f"**{counted(sum(len(evidence(c)) for c in claims), 'check')}** that have to hold and "
        f"**{counted(sum(len(controls(c)) for c in claims), 'control')}** that have to be refuted. "
    ) + (
        "In the run of the registry from which these pages were made all of them did."
        if all(map(verified, claims))
        else "**Some claims failed in the run from which these pages were made.**"
    )


def overview(claims):
    """Yield the table with one line a claim."""
    yield "| Claim | Statement | Novelty | Evidence | Since |"
    yield "|---|---|---|---|---|"
    for claim in claims:
        wrong = "" if verified(claim) else ", **failed**"
        yield (
            f"| {link(claim['id'])} | {markdown(claim['title'])} | {does(claim)} "
            f"| {kinds(claim)}; {counted(len(controls(claim)), 'control')}{wrong} "
            f"| {claim['since']} |"
        )


def in_row(claim, row):
    """Say whether a claim stands in a row of the summary.

    What holds in every basis is apart from what is proved in the eigenbasis only.
    """
    name, families = row
    if claim["id"].split("-")[0] not in families:
        return False
    if not name.startswith("Mini-batch"):
        return True
    every = any(word in claim["scope"] for word in ("every basis", "every positive"))
    return ("eigenbasis" in claim["scope"] and not every) == name.endswith("eigenbasis")


def summary(claims):
    """Yield the table of quadrants by problems, with what is verified in each cell."""
    yield "| Quadrant | " + " | ".join(PROBLEMS) + " |"
    yield "|---|---|---|"
    for row in ROWS:
        cells = [row[0]]
        for letters in row[1]:
            stands = [
                f"{link(claim['id'])} {markdown(claim['title'])}"
                for claim in claims
                if claim["id"].startswith(letters + "-") and in_row(claim, row) and verified(claim)
            ]
            cells.append("<br>".join(stands) or "nothing that holds in this basis only")
        yield "| " + " | ".join(cells) + " |"


def counts(claims):
    """Yield the table that counts what the claims do to each of the paper's claims."""
    yield "| The paper's claim | " + " | ".join(map(headline, DOES)) + " |"
    yield "|---|" + "--:|" * len(DOES)
    for name, short in SHORT.items():
        number = Counter(claim["novelty"] for claim in claims if name in claim["verifies"])
        cells = " | ".join(str(number[novelty]) for novelty in DOES)
        yield f"| [{name}](#new-{name.lower()}): {markdown(short)} | {cells} |"
    number = Counter(claim["novelty"] for claim in claims)
    cells = (f'<a href="ledger.html#novelty={each}">{number[each]}</a>' for each in DOES)
    yield "| all claims, each counted once | " + " | ".join(cells) + " |"


def news(claims):
    """Yield a section for each of the paper's claims, with what the book's claims do to it."""
    for name, says in PAPER.items():
        yield ""
        yield f"(new-{name.lower()})="
        yield f"## {name}: {plain(SHORT[name])}"
        yield ""
        yield f"> {markdown(says)}"
        for novelty, (_, means) in DOES.items():
            about = [c for c in claims if name in c["verifies"] and c["novelty"] == novelty]
            if about:
                yield ""
                yield f"**{headline(novelty)}.** {means}"
                yield ""
            for claim in about:
                yield (
                    f"- {link(claim['id'])}: {markdown(claim['title'])} "
                    f"({family(claim).lower()}; since {claim['since']})"
                )


def headline(novelty):
    """Return what stands above the claims of one kind."""
    words = {"reproves": "Proved again", "sharpens": "Sharpened", "contradicts": "Contradicted"}
    return words.get(novelty, "New beside it")


PARTS = {
    "totals": totals,
    "overview": overview,
    "summary": summary,
    "counts": counts,
    "news": news,
}
