"""Each claim has a page: its text, how to check it, how to cite it, what it stands on."""

import doctest
import json
import pathlib
import re
import xml.etree.ElementTree as ET

import pytest
from claims import citation, expressions, formulas, graph, page, results, tables

import diagprec_core as dp
from diagprec_core.claims import CLAIMS, Novelty
from diagprec_core.claims.paper import PAPER, SHORT

ROOT = pathlib.Path(__file__).parents[2]
CHANGES = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
every_claim = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
# What is left of a formula that was not found.
LEFT = re.compile(rf"[\^_*=]|\b({'|'.join(expressions.GREEK)}|sqrt)\b|<=|>=|->|\.\.\d")


def entry(claim, holds=True):
    """Return a claim as the JSON of a run has it, with a check of each kind."""
    checks = [
        {
            "kind": str(check.kind),
            "control": check.control,
            "compares": check.compares,
            "source": check.source,
            "holds": holds,
            "measured": "a | b",
            "expected": "0",
            "seconds": 0.0,
        }
        for check in claim.checks
    ]
    fields = ("id", "title", "verifies", "scope", "novelty", "uses", "since")
    return {**{name: getattr(claim, name) for name in fields}, "checks": checks}


RUN = [entry(claim) for claim in CLAIMS]


def lines(claim):
    return list(page.source(next(each for each in RUN if each["id"] == claim.id), RUN, ""))


# The text of a page


@every_claim
def test_a_page_has_its_command_its_evidence_and_every_check(claim):
    text = lines(claim)
    assert f"$ .venv/bin/diagprec verify --claim {claim.id}" in text
    assert f"```{{statement}} {claim.id}" in text
    rows = [line for line in text if "{py:func}" in line]
    assert len(rows) == len(claim.checks)
    for check, row in zip(claim.checks, rows, strict=True):
        assert f"`~{check.source}`" in row
        assert row.count("|") - row.count("\\|") == 6, row
    for name in claim.verifies:
        assert any(formulas.markdown(PAPER[name]) in line for line in text)
    assert f"{{prf:ref}}`chapter {int(page.chapter(claim.id)[10:12])} <{claim.id.lower()}>`" in (
        "\n".join(text)
    )


@every_claim
def test_the_picture_has_an_arrow_for_each_use_and_no_other(claim):
    users = [other.id for other in CLAIMS if claim.id in other.uses]
    (given,) = (each for each in RUN if each["id"] == claim.id)
    picture = graph.draw(given, users, lambda name: f"{name}.html", lambda name: "<&>")
    if not claim.uses and not users:
        assert picture == ""
        return
    svg = ET.fromstring(picture)
    edges = [(p.get("data-from"), p.get("data-to")) for p in svg.iter("path") if p.get("data-to")]
    assert sorted(edges) == sorted(
        [(used, claim.id) for used in claim.uses] + [(claim.id, user) for user in users]
    )
    links = [a.get("href") for a in svg.iter("a")]
    assert sorted(links) == sorted(f"{name}.html" for name in [*claim.uses, *users])
    left, top, width, height = map(float, svg.get("viewBox").split())
    for rect in svg.iter("rect"):
        assert left <= float(rect.get("x")) <= width - graph.WIDTH
        assert top <= float(rect.get("y")) <= height - graph.HEIGHT


@every_claim
def test_uses_and_users_are_named_in_words_too(claim):
    text = lines(claim)
    (uses,) = (line for line in text if line.startswith("Its proof uses"))
    assert re.findall(r"\{doc\}`(\S+) ", uses) == list(claim.uses)
    named = [line for line in text if line.startswith("It is used in the proofs of")]
    users = [other.id for other in CLAIMS if claim.id in other.uses]
    assert [re.findall(r"\{doc\}`(\S+) ", line) for line in named] == [users] * bool(users)


def test_a_failed_check_is_said():
    claim = CLAIMS[0]
    broken = entry(claim, holds=False)
    text = list(page.source(broken, [broken], ""))
    assert any("**Verification failed.**" in line for line in text)
    assert sum("**failed**" in line for line in text) == len(claim.checks)
    assert "**failed**" in list(tables.overview([broken]))[2]
    assert "failed" in next(tables.totals([broken]))


def test_sources_are_written_once_and_stale_ones_dropped(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "RESULTS", tmp_path / "claims.json")
    with pytest.raises(FileNotFoundError, match="make book"):
        page.write_sources(tmp_path / "pages", "")
    results.RESULTS.write_text(json.dumps({"claims": RUN}))
    page.write_sources(tmp_path / "pages", "")
    found = {path.stem: path for path in (tmp_path / "pages").iterdir()}
    assert sorted(found) == sorted(claim.id for claim in CLAIMS)
    times = {name: path.stat().st_mtime_ns for name, path in found.items()}
    results.RESULTS.write_text(json.dumps({"claims": RUN[1:]}))
    page.write_sources(tmp_path / "pages", "")
    assert not found.pop("FEQ-1").exists()
    assert {name: path.stat().st_mtime_ns for name, path in found.items()} == {
        name: time for name, time in times.items() if name != "FEQ-1"
    }


# Formulas


@every_claim
def test_no_formula_of_a_title_or_a_scope_is_left_as_it_is_typed(claim):
    for text in (claim.title, claim.scope, *(PAPER[name] for name in claim.verifies)):
        words = "".join(piece for piece, tex in formulas.spans(text) if not tex)
        assert not LEFT.search(words), words
        assert "GN^" not in formulas.plain(text)
        assert "".join(piece for piece, _ in formulas.spans(text)) == text


@every_claim
def test_no_formula_in_what_a_check_compares_is_left_as_it_is_typed(claim):
    for check in claim.checks:
        spans = formulas.spans(re.sub(r"`[^`]*`", "", check.compares))
        words = "".join(piece for piece, tex in spans if not tex)
        assert not LEFT.search(words), words


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("kappa >= 9", r"$\kappa \ge 9$"),
        ("GN^-1/2's own time", r"$\mathrm{GN}^{-1/2}$'s own time"),
        ("a unit a step, once B is 1", "a unit a step, once $B$ is 1"),
        ("with a 2^-T", r"with $a\,2^{-T}$"),
        ("beta1^2 < beta2", r"$\beta_1^{2} < \beta_2$"),
        ("(c) for K > 2, (small)", "(c) for $K > 2$, (small)"),
        ("see B-1 and SXQ-8", "see B-1 and SXQ-8"),
        ("|c_k(0)| <= a", r"$\lvert c_{k}(0)\rvert  \le a$"),
        ("E[xi^2|x] = 0", r"$\mathbb{E}[\xi^{2} \mid x] = 0$"),
        ("near theta* or z*", r"near $\theta^*$ or $z^*$"),
        ("9-fold, 2-cycle, mini-batch", "9-fold, 2-cycle, mini-batch"),
        ("u^T Sigma u at 1e-8", r"$u^\top\,\Sigma\,u$ at $10^{-8}$"),
        ("1/sqrt(B+2), sqrt 3", r"$1/\sqrt{B + 2}$, $\sqrt{3}$"),
        ("2 x 2 blocks, I + J kron J", r"$2 \times 2$ blocks, $I + J \otimes J$"),
        ("T = 1..4", r"$T = 1, \dots, 4$"),
        ("sin^2 of twice the angle", r"$\sin^2$ of twice the angle"),
        ("(sum phi)^2/sum phi^2", r"$(\sum \varphi)^{2}/\sum \varphi^{2}$"),
        ("sum of rho^2, a sum a step", r"sum of $\rho^{2}$, a sum a step"),
        ("E[e n+] once", r"$\mathbb{E}[e\,n^+]$ once"),
        ("f(x", "$f$($x$"),
        ("`align_it` <b>", r"`align_it` \<$b$\>"),
    ],
)
def test_what_is_a_formula(typed, set_):
    assert formulas.markdown(typed) == set_


@pytest.mark.parametrize("module", [citation, formulas])
def test_the_examples_print_what_they_say(module):
    found = doctest.testmod(module)
    assert found.attempted
    assert not found.failed


def test_tex_fits_into_a_cell_of_a_table():
    for claim in CLAIMS:
        for check in claim.checks:
            text = formulas.markdown(check.compares)
            assert text.count("$") % 2 == 0
            assert not re.search(r"(?<!\\)\|", text)
            for tex in re.findall(r"\$(.*?)\$", text):
                assert tex.count("{") == tex.count("}")


# Citation


def fields(text):
    """Parse one BibTeX entry; every brace has to be matched."""
    head = re.fullmatch(r"@misc\{([\w-]+),\n(.*)\n\}", text, re.DOTALL)
    assert head, text
    assert max(map(len, text.splitlines())) <= 80
    found = dict(
        re.fullmatch(r"  (\w+) += \{(.*)\}", re.sub(r"\n +", " ", line)).groups()
        for line in re.split(r",\n(?=  \w)", head.group(2))
    )
    for value in found.values():
        depth = 0
        for sign in value:
            depth += {"{": 1, "}": -1}.get(sign, 0)
            assert depth >= 0
        assert depth == 0
        assert value.count("$") % 2 == 0
    return head.group(1), found


@every_claim
def test_the_entry_of_a_claim_names_it_and_the_version(claim):
    (given,) = (each for each in RUN if each["id"] == claim.id)
    key, found = fields(citation.bibtex("", given))
    assert key == f"diagprec-{claim.id.lower()}"
    assert found["title"].startswith(f"{{{claim.id}: ")
    edition = citation.edition(dp.__version__, claim.since)
    assert found["note"] == f"Claim {claim.id}, {edition}"
    assert found["year"].isdigit()
    assert "url" not in found
    _, found = fields(citation.bibtex("https://example.org/book/", given))
    assert found["url"] == f"https://example.org/book/book/claims/{claim.id}.html"


def test_the_entry_of_the_book():
    key, found = fields(citation.bibtex("https://example.org"))
    assert key == "diagprec"
    assert found["note"] == f"Version {dp.__version__}"
    assert found["url"] == "https://example.org/"


# What all pages say together


def named_in(text):
    """Return the ids of claims in prose, ranges written out, letters of parts left out."""
    found = set()
    pattern = r"\b([A-Z]{1,3})-(\d+)(?:\s+to\s+(?:[A-Z]+-)?(\d+))?"
    for family, low, high in re.findall(pattern, text):
        found |= {f"{family}-{n}" for n in range(int(low), int(high or low) + 1)}
    return found


def test_since_agrees_with_the_changelog():
    parts = re.split(r"^## (.*)$", CHANGES, flags=re.MULTILINE)
    sections = {
        head.split(",")[0]: text for head, text in zip(parts[1::2], parts[2::2], strict=True)
    }
    for version in {claim.since for claim in CLAIMS}:
        claims = {re.sub(r"[a-c]$", "", c.id) for c in CLAIMS if c.since == version}
        text = sections.get(version) or sections["Unreleased"]
        assert claims <= named_in(re.search(r"### Added(.*?)(?:^### |\Z)", text, re.S | re.M)[1])
    first = {re.sub(r"[a-c]$", "", c.id) for c in CLAIMS if c.since == "0.1.0"}
    assert first == named_in(sections["0.1.0"])


def test_the_summary_has_every_claim_in_one_row_of_its_family():
    for claim in RUN:
        assert sum(tables.in_row(claim, row) for row in tables.ROWS) == (claim["id"][0] != "B")
    text = list(tables.summary(RUN))
    eigenbasis = next(line for line in text if line.startswith("| Mini-batch, eigenbasis"))
    assert set(re.findall(r"/claims/(\S+)>", eigenbasis)) == {
        "SXQ-5",
        "SXQ-9",
        "SXQ-17",
        "SXQ-18",
        "SXQ-23",
    }


def test_what_is_new_has_every_claim_with_each_claim_of_the_paper():
    text = "\n".join(tables.news(RUN))
    sections = dict(
        re.findall(r"^## (P\d): .*?\n(.*?)(?=^\(new-|\Z)", text, re.DOTALL | re.MULTILINE)
    )
    assert list(sections) == list(PAPER)
    for name, section in sections.items():
        assert re.findall(r"^- \{doc\}`(\S+) ", section, re.MULTILINE) == [
            claim.id
            for novelty in results.DOES
            for claim in CLAIMS
            if name in claim.verifies and claim.novelty == novelty
        ]
    assert set(results.DOES) == set(Novelty)
    assert list(SHORT) == list(PAPER)


def test_what_is_new_is_counted():
    rows = [re.findall(r"(\d+)(?= \||</a>)", line) for line in tables.counts(RUN)][2:]
    totals = [sum(c.novelty == novelty for c in CLAIMS) for novelty in results.DOES]
    assert [int(number) for number in rows[-1]] == totals
    for name, row in zip(PAPER, rows, strict=False):
        about = [claim.novelty for claim in CLAIMS if name in claim.verifies]
        assert [int(number) for number in row] == [about.count(each) for each in results.DOES]


def test_the_totals_are_counted():
    told = next(tables.totals(RUN))
    counts = [int(number) for number in re.findall(r"\*\*(\d+) ", told)]
    checks = [check for claim in CLAIMS for check in claim.checks]
    assert counts == [
        len(CLAIMS),
        sum(not check.control for check in checks),
        sum(check.control for check in checks),
    ]
