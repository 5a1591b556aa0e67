"""Claims in a browser: boxes in the chapters, a page for each, and the ledger's filter."""

import json
import pathlib
import re

import pytest

from diagprec_core.claims import CLAIMS
from diagprec_core.claims.where import locate

LEDGER = "book/ledger.html"
# What a page would copy goes into a variable: a page from the disk has no clipboard of its own.
CLIPBOARD = """
window.copied = [];
document.execCommand = (command) => {
  const chosen = document.activeElement.value ?? String(getSelection());
  if (command === "copy") window.copied.push(chosen);
  return true;
};
Object.defineProperty(navigator, "clipboard", {
  value: { writeText: async (text) => void window.copied.push(text) },
});
"""


def shown(page):
    return page.eval_on_selector_all(
        "table.claims tbody tr",
        "rows => rows.filter(r => !r.hidden).map(r => r.cells[0].innerText)",
    )


def count(page):
    return page.inner_text(".claims-filter [role=status]")


def wanted(keep):
    return [claim.id for claim in CLAIMS if keep(claim)]


# The boxes in the chapters


@pytest.fixture(scope="module")
def chapters():
    found = {}
    for claim in CLAIMS:
        name = locate(claim).chapter.replace(".ipynb", ".html")
        found.setdefault(name, []).append(claim)
    return found


def test_every_theorem_is_a_heading_with_a_name_a_permalink_and_its_evidence(keep, chapters, site):
    for name, claims in chapters.items():
        page = keep(name, java_script_enabled=False)
        boxes = page.eval_on_selector_all(
            "div.proof.theorem",
            """boxes => boxes.map(box => ({
                id: box.id,
                level: box.querySelector(".box-title").tagName,
                above: [...box.parentElement.children].find(e => /^H\\d/.test(e.tagName)).tagName,
                name: box.querySelector(".box-name").textContent,
                title: box.querySelector(".box-title").textContent,
                link: box.querySelector("a.permalink").getAttribute("href"),
                label: box.querySelector("a.permalink").getAttribute("aria-label"),
                evidence: box.querySelector("a.box-evidence").textContent,
                page: box.querySelector("a.box-evidence").getAttribute("href"),
            }))""",
        )
        assert [box["name"] for box in boxes] == [
            claim.id
            for claim in sorted(claims, key=lambda c: [b["name"] for b in boxes].index(c.id))
        ]
        for box in boxes:
            (claim,) = (each for each in claims if each.id == box["name"])
            controls = sum(check.control for check in claim.checks)
            assert box["id"] == claim.id.lower()
            assert int(box["level"][1]) == int(box["above"][1]) + 1
            assert box["title"].count(claim.id) == 1
            assert box["link"] == f"#{claim.id.lower()}"
            assert claim.id in box["label"]
            assert re.findall(r"\d+", box["evidence"]) == [
                str(len(claim.checks) - controls),
                str(controls),
            ]
            assert box["page"] == f"../book/claims/{claim.id}.html"
            assert (site / "book" / "claims" / f"{claim.id}.html").exists()


def test_folds_are_named_after_what_they_belong_to(keep, chapters):
    for name, claims in chapters.items():
        page = keep(name, java_script_enabled=False)
        folds = page.eval_on_selector_all(
            "details.sd-dropdown", "f => f.map(e => [e.id, e.querySelector('summary').innerText])"
        )
        proofs = {title.strip(): ident for ident, title in folds if title.startswith("Proof")}
        for claim in claims:
            own = [title for title in proofs if re.match(rf"Proof of {claim.id}\b(?!-)", title)]
            assert own, claim.id
            assert f"proof-{claim.id.lower()}" in [proofs[title] for title in own]
        solutions = [title.strip() for _, title in folds if title.startswith("Solution")]
        number = int(re.search(r"/(\d+)_", name).group(1))
        assert solutions == [
            f"Solution to exercise {number}.{n}" for n in range(1, len(solutions) + 1)
        ]
        assert len({title for _, title in folds}) == len(folds)


def test_an_address_with_a_proof_opens_it(visit):
    page = visit("notebooks/06_minibatch_gradient.html#proof-sxq-2")
    assert page.locator("details[open] > summary").all_inner_texts() == ["Proof of SXQ-2"]


def test_a_permalink_leads_to_its_theorem(visit):
    page = visit("notebooks/06_minibatch_gradient.html")
    link = page.locator("#sxq-6 a.permalink")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**#sxq-6")
    assert page.evaluate("document.querySelector(':target').id") == "sxq-6"


BROKEN = """() => {
  const walker = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const found = [0];
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (text.parentElement.closest("pre, code, svg, script, h1, mjx-container")) continue;
    for (const name of text.data.matchAll(/\\b(?:[FS][EIX][QL]-\\d+[a-c]?|B-\\d+)\\b/g)) {
      range.setStart(text, name.index);
      range.setEnd(text, name.index + name[0].length);
      const lines = new Set([...range.getClientRects()].map((line) => Math.round(line.top)));
      found[0] += 1;
      if (lines.size > 1) found.push(name[0]);
    }
  }
  return found;
}"""


def test_the_name_of_a_claim_is_never_broken(visit, settle):
    for name in (
        "notebooks/07_adam_is_gn_half",
        "notebooks/09_who_is_best",
        "book/summary",
        "book/new",
        "book/ledger",
        "book/claims/SXQ-8",
    ):
        page = visit(f"{name}.html")
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            settle(page)
            seen, *broken = page.evaluate(BROKEN)
            assert seen >= 5, name
            assert broken == [], name


def test_references_show_the_name_that_never_changes(visit):
    page = visit("notebooks/09_who_is_best.html", java_script_enabled=False)
    links = page.eval_on_selector_all(
        "article a.internal[href*='#']", "a => a.map(e => [e.getAttribute('href'), e.textContent])"
    )
    labels = {claim.id.lower(): claim.id for claim in CLAIMS}
    named = [(href.split("#")[1], text) for href, text in links if href.split("#")[1] in labels]
    assert len(named) >= 15
    assert all(text == labels[label] for label, text in named)
    assert "Theorem 9." not in page.inner_text("article")


# The pages of claims


def test_every_page_has_the_theorem_the_command_and_no_tex_in_its_title(browser, site):
    context = browser.new_context(offline=True, java_script_enabled=False)
    page = context.new_page()
    for claim in CLAIMS:
        page.goto((site / "book" / "claims" / f"{claim.id}.html").as_uri())
        assert page.title().startswith(f"{claim.id}: ")
        assert "\\" not in page.title()
        assert page.locator("article h1").count() == 1
        assert len(page.inner_text(".claim-statement")) > 60, claim.id
        command, entry = page.locator("pre").all_inner_texts()
        assert command == f"$ .venv/bin/diagprec verify --claim {claim.id}\n"
        assert entry.startswith(f"@misc{{diagprec-{claim.id.lower()},")
        assert page.locator(":is(#evidence, #negative-controls) tbody tr").count() == len(
            claim.checks
        )
        ids = page.eval_on_selector_all("[id]", "all => all.map(e => e.id)")
        assert len(set(ids)) == len(ids), claim.id
        (proof,) = page.locator("a[href*='#proof-']").evaluate_all("a => a.map(e => e.href)")
        path, anchor = proof.removeprefix("file://").split("#")
        assert f'id="{anchor}"' in pathlib.Path(path).read_text(encoding="utf-8")
        sidebar = page.locator("#pst-primary-sidebar a").evaluate_all("a => a.map(e => e.href)")
        assert not [href for href in sidebar if "/claims/" in href]
    context.close()


def test_tables_of_evidence_and_entries_do_not_scroll_sideways_on_a_phone(visit, settle):
    for claim in ("SXQ-2", "B-5", "FEL-3", "SXQ-19"):
        page = visit(f"book/claims/{claim}.html", viewport={"width": 390, "height": 900})
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            settle(page)
            wide = page.evaluate(
                """() => [...document.querySelectorAll(
                    "#evidence div, #negative-controls div, #cite-this-claim pre")]
                  .filter((box) => box.scrollWidth > box.clientWidth + 1)
                  .map((box) => `${box.className} ${box.textContent.slice(0, 60)}`)"""
            )
            assert wide == []
        row = page.locator("#evidence tbody tr").first
        said = row.locator("td").evaluate_all(
            "cells => cells.map((cell) => getComputedStyle(cell, '::before').content)"
        )
        assert said[2:] == ['"measured "', '"expected "', '"computed by "']


def test_the_statement_is_the_theorem_s_own_text(visit):
    page = visit("book/claims/SXQ-2.html", java_script_enabled=False)
    statement = page.inner_text(".claim-statement")
    chapter = visit("notebooks/06_minibatch_gradient.html", java_script_enabled=False)
    box = chapter.inner_text("#sxq-2")
    assert statement.strip() in box
    assert "\\frac1{\\sqrt3}" in statement


def test_equations_of_a_statement_have_their_numbers(visit):
    page = visit("book/claims/SXQ-7.html", java_script_enabled=False)
    chapter = visit("notebooks/08_risk_curves.html", java_script_enabled=False)
    numbers = page.locator(".claim-statement .eqno").all_inner_texts()
    assert numbers
    assert numbers == chapter.locator("#sxq-7 .eqno").all_inner_texts()
    assert all(re.match(r"\(8\.\d+\)", number) for number in numbers)


def test_links_in_a_statement_lead_where_the_chapter_s_do(visit, site):
    page = visit("book/claims/SXQ-8.html", java_script_enabled=False)
    links = page.locator(".claim-statement a").evaluate_all("a => a.map(e => e.href)")
    assert links
    for href in links:
        path, _, anchor = href.removeprefix("file://").partition("#")
        assert f'id="{anchor}"' in pathlib.Path(path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "words", [".venv/bin/diagprec verify --claim SXQ-2", "@misc{diagprec-sxq-2,"]
)
def test_copy_buttons_copy(visit, words):
    page = visit("book/claims/SXQ-2.html")
    page.evaluate(CLIPBOARD)
    page.locator("div.highlight", has_text=words).hover()
    page.locator("div.highlight", has_text=words).locator("button.copybtn").click()
    page.wait_for_function("window.copied.length")
    (copied,) = page.evaluate("window.copied")
    assert copied.startswith(words)
    assert copied.count("\n") <= 8


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_picture_is_whole_and_its_links_work(visit, scheme, width):
    size = {"width": width, "height": 800}
    page = visit("book/claims/SXQ-7.html", viewport=size, color_scheme=scheme)
    picture = page.locator("svg.claim-graph")
    box = picture.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    text, ground = page.evaluate(
        """() => ["text", "rect"].map(
            s => getComputedStyle(document.querySelector(`.claim-graph a ${s}`)).fill)"""
    )
    light = [sum(map(int, re.findall(r"\d+", colour)[:3])) > 384 for colour in (text, ground)]
    assert light == [scheme == "dark", scheme == "light"]
    picture.locator("a", has_text="SXQ-8").click()
    page.wait_for_url("**/SXQ-8.html")


# The ledger


def test_the_filter_filters_counts_and_stays_in_the_address(visit):
    page = visit(LEDGER)
    assert shown(page) == wanted(lambda c: True)
    assert count(page) == f"{len(CLAIMS)} of {len(CLAIMS)} claims"
    page.get_by_label("Novelty").select_option("sharpens")
    sharp = wanted(lambda c: c.novelty == "sharpens")
    assert shown(page) == sharp
    assert count(page) == f"{len(sharp)} of {len(CLAIMS)} claims"
    page.get_by_label("Family").select_option("SXQ")
    assert shown(page) == wanted(lambda c: c.novelty == "sharpens" and c.cell == "SXQ")
    assert page.evaluate("location.hash") == "#family=SXQ&novelty=sharpens"
    page.get_by_role("button", name="Show all").click()
    page.wait_for_function("!location.hash")
    assert len(shown(page)) == len(CLAIMS)


@pytest.mark.parametrize(
    ("state", "keep"),
    [
        ("novelty=contradicts", lambda c: c.novelty == "contradicts"),
        (
            "evidence=enclosure",
            lambda c: "enclosure" in {k.kind for k in c.checks if not k.control},
        ),
        ("problem=logistic", lambda c: c.cell in ("FEL", "FIL", "SXL") or c.id == "B-1"),
        ("problem=quadratic", lambda c: c.cell not in ("FEL", "FIL", "SXL")),
        ("text=noise+floor", lambda c: "noise floor" in c.title),
        ("text=κ", lambda c: "kappa" in c.title),
        ("text=sxq-23", lambda c: c.id == "SXQ-23"),
        ("family=nonsense", lambda c: True),
    ],
)
def test_a_link_shows_what_it_names(visit, state, keep):
    page = visit(f"{LEDGER}#{state}")
    if not state.startswith("text=noise"):
        assert shown(page) == wanted(keep)
    else:  # both words somewhere, so at least these
        assert set(wanted(keep)) <= set(shown(page))
        assert len(shown(page)) < len(CLAIMS) / 2


def test_typing_filters_and_the_keyboard_reaches_all_controls(visit):
    page = visit(LEDGER)
    page.get_by_label("Text").focus()
    page.keyboard.type("student")
    assert "SXQ-6" in shown(page)
    assert len(shown(page)) < 5
    named = []
    for _ in range(5):
        page.keyboard.press("Tab")
        named.append(page.evaluate("document.activeElement.name || document.activeElement.type"))
    assert named == ["family", "evidence", "novelty", "problem", "reset"]


def test_without_a_script_all_is_listed_and_no_dead_control_is_shown(visit):
    page = visit(LEDGER, java_script_enabled=False)
    assert shown(page) == wanted(lambda c: True)
    assert not page.locator(".claims-filter").is_visible()
    assert page.locator("table.claims a[href='claims/SXQ-2.html']").is_visible()


def test_every_claim_is_found_by_the_search_index(site):
    text = (site / "_static" / "search-data.js").read_text(encoding="utf-8")
    pages = json.loads(text.removeprefix("const SEARCH = ").removesuffix(";\n"))["pages"]
    for claim in CLAIMS:
        title = pages[f"book/claims/{claim.id}.html"]
        assert title.startswith(f"{claim.id}: ")
        assert "\\" not in title


def test_the_index_of_proofs_is_gone(site):
    assert not (site / "prf-prf.html").exists()
