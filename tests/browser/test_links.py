"""Ids are unique, links lead somewhere, titles hold no TeX, pages say what they are."""

import collections
import html
import posixpath
import re
import urllib.parse

import pytest


@pytest.fixture(scope="module")
def attributes(site):
    """Return the ids and the links of every page of the site, code listings included."""
    found = {}
    for path in site.rglob("*.html"):
        text = re.sub(r"<script.*?</script>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        tags = [match[0] for match in re.finditer(r"<[a-zA-Z][^<>]*>", text)]
        ids = [html.unescape(m[1]) for tag in tags if (m := re.search(r'\sid="([^"]*)"', tag))]
        links = {
            html.unescape(m[1])
            for tag in tags
            if tag.startswith("<a") and (m := re.search(r'\shref="([^"]*)"', tag))
        }
        found[path.relative_to(site).as_posix()] = ids, links
    return found


def test_ids_are_unique_on_every_page(attributes):
    repeated = {
        name: again
        for name, (ids, _) in attributes.items()
        if (again := [each for each, count in collections.Counter(ids).items() if count > 1])
    }
    assert repeated == {}


def test_every_link_inside_leads_to_a_file_and_an_anchor(attributes, site):
    known = {name: set(ids) for name, (ids, _) in attributes.items()}
    dead = []
    for name, (_, links) in attributes.items():
        for link in links:
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            path = urllib.parse.unquote(path.partition("?")[0])
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path or name))
            target = target if path else name
            missing = not (site / target).exists()
            if target == "book/ledger.html" and "=" in anchor:
                continue  # what its filter is to show
            if missing or (anchor and urllib.parse.unquote(anchor) not in known.get(target, ())):
                dead.append(f"{name}: {link}")
    assert dead == []


def test_a_title_with_a_formula_is_text_in_the_side_bar_and_the_window(visit):
    page = visit("book/citing.html")
    link = page.locator(".bd-docs-nav a", has_text="When Adam is")
    assert link.inner_html().strip() == "7. When Adam is GN<sup>-1/2</sup>, and when it is not"
    page = visit("notebooks/07_adam_is_gn_half.html")
    assert page.title().startswith("7. When Adam is GN^-1/2, and when it is not")


def test_every_page_has_a_description_of_its_own_a_language_and_the_icon(site, names):
    said = collections.Counter()
    for name in names:
        text = (site / name).read_text(encoding="utf-8")
        assert '<html lang="en"' in text, name
        assert re.search(r'<link rel="icon" href="[^"]*favicon\.svg', text), name
        described = re.findall(r'<meta name="description" content="([^"]*)"', text)
        assert len(described) == 1, name
        assert 20 <= len(html.unescape(described[0])) <= 310, (name, described)
        assert "\\" not in described[0], (name, described)
        said[described[0]] += 1
    assert max(said.values()) == 1, said.most_common(2)


@pytest.mark.parametrize("start", ["book/index.html", "book/guide.html"])
def test_one_s_own_data_are_two_presses_away_with_what_to_install(visit, start):
    """From the landing page and the guide to the line of chapter 19, which reading.html has too."""
    page = visit(start)
    page.get_by_role("link", name="what to install, and the line").click()
    page.wait_for_url("**/reading.html#on-your-own-data")
    line, install = page.locator("#on-your-own-data pre").all_inner_texts()
    assert re.search(r"pip install '\./diagprec_core-.*\.whl\[data\]'", install)
    page.locator("#on-your-own-data a[href*='19_your_own_data']").click()
    page.wait_for_url("**/19_your_own_data.html#on-the-command-line")
    assert page.locator("#on-the-command-line pre").first.inner_text() == line
    page.go_back()
    page.go_back()
    page.get_by_role("link", name="what it prints").click()
    page.wait_for_url("**/19_your_own_data.html#on-the-command-line")


def test_a_term_of_the_glossary_is_linked_once_a_page(visit):
    page = visit("notebooks/09_who_is_best.html")
    links = page.locator("article a.term")
    names = [text.lower() for text in links.all_inner_texts()]
    assert "noise floor" in " ".join(names)
    targets = links.evaluate_all("(all) => all.map((one) => one.getAttribute('href'))")
    assert len(targets) == len(set(targets))
    assert page.locator(":is(h1, h2, h3, pre, .admonition-title, a) a.term").count() == 0


def copied(page, button):
    """Return what a button copies."""
    page.evaluate(
        "() => document.addEventListener('copy',"
        " () => { window.copied = document.activeElement.value; }, { once: true })"
    )
    button.evaluate("(one) => one.click()")
    return page.evaluate("() => window.copied")


def test_what_is_copied_has_no_prompts_and_no_outputs(visit):
    page = visit("book/api.html")
    box = page.locator("div.doctest:has(.gp) .highlight").first
    shown = box.locator("pre").inner_text()
    lines = [line[4:] for line in shown.splitlines() if line.startswith((">>> ", "... "))]
    assert len(lines) < len(shown.splitlines())
    assert copied(page, box.locator(".copybtn")).splitlines() == lines
    page = visit("book/reading.html")
    button = page.locator("div.highlight-console .copybtn").first
    assert copied(page, button) == "make test\nmake book"
