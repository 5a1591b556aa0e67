"""Tables of results on pages and on a phone, and the notebooks that pages offer."""

import re

import nbformat
import pytest

# Formulas in headers, a caption, long texts in cells; tables wider than a phone.
CHAPTERS = ["06_minibatch_gradient", "10_adams_floor", "11_adam_as_it_is_run"]
PHONE = {"width": 390, "height": 844}
BOXES = """() => [...document.querySelectorAll("table.results")].map((table) => {
  const box = table.closest(".output");
  return [table.scrollWidth > box.clientWidth, box.tabIndex];
})"""
# axe takes formulas, whose letters are drawn by style sheets, for nothing; a file loads no files.
OPTIONS = {"rules": {"empty-table-header": {"enabled": False}}, "preload": False}
every_chapter = pytest.mark.parametrize("chapter", CHAPTERS)


@every_chapter
def test_formulas_in_tables_are_set_and_headers_head(visit, chapter):
    page = visit(f"notebooks/{chapter}.html")
    tables = page.locator("table.results")
    assert tables.count() > 2
    # What MathJax has set shows letters, and keeps its TeX to itself.
    for text in tables.all_inner_texts():
        assert not re.search(r"\\[(a-zA-Z]|\$", text), text
    assert page.locator("table.results mjx-container").count() > 3
    assert (
        page.locator(
            "table.results :is(thead th:not([scope=col]), tbody th:not([scope=row]))"
        ).count()
        == 0
    )
    rows = page.locator("table.results tbody tr").count()
    assert page.locator("table.results tbody tr > th[scope=row]:first-child").count() == rows


@every_chapter
def test_on_a_phone_wide_tables_scroll_by_themselves_and_by_the_keyboard(visit, chapter):
    page = visit(f"notebooks/{chapter}.html", viewport=PHONE)
    page.wait_for_timeout(300)  # the theme makes boxes focusable when it sees that they scroll
    found = page.evaluate(BOXES)
    assert any(wide for wide, _ in found)
    assert [tab for wide, tab in found if wide] == [0] * sum(wide for wide, _ in found)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_tables_have_no_faults_of_accessibility(visit, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = visit("notebooks/10_adams_floor.html", color_scheme=scheme)
    found = axe.Axe().run(page, context="table.results", options=OPTIONS)
    assert [fault["id"] for fault in found.response["violations"]] == []
    assert "color-contrast" in [rule["id"] for rule in found.response["passes"]]


def test_what_a_page_offers_is_the_plain_notebook(visit, site):
    page = visit("notebooks/02_full_batch_eigenbasis.html")
    (target,) = {link.get_attribute("href") for link in page.locator("a[href$='.ipynb']").all()}
    path = (site / "notebooks" / target).resolve()
    notebook = nbformat.read(path, as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert "pip install --editable '.[book]'" in notebook.cells[0].source
    assert "notebooks/02_full_batch_eigenbasis.html" in notebook.cells[0].source
    assert 'the book "Adam against Gauss-Newton"' in notebook.cells[0].source
    assert "**Figure 2.1.** " in text
    assert re.search(r"\\tag\{2\.1\}", text)
    assert "**Exercise 2.1**" in text


def test_no_offered_notebook_has_a_directive_a_role_or_a_label(site):
    offered = sorted((site / "_sources" / "notebooks").glob("*.ipynb"))
    assert len(offered) >= 18
    left = re.compile(r"\{[\w:]+\}`|^>? ?(?::::|```)\{|\((?:eq|fig|ex)-[\w-]+\)", re.MULTILINE)
    for path in offered:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        for cell in notebook.cells:
            assert cell.cell_type == "code" or not left.findall(cell.source), path.name
