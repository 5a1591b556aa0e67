"""Tables of results on pages and on a phone, and the notebooks that pages offer."""

import pathlib
import re

import nbformat
import pytest

import diagprec_core as dp

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
def test_formulas_in_tables_are_set_and_headers_head(keep, chapter):
    page = keep(f"notebooks/{chapter}.html", viewport=PHONE)
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
def test_on_a_phone_wide_tables_scroll_by_themselves_and_by_the_keyboard(keep, chapter):
    page = keep(f"notebooks/{chapter}.html", viewport=PHONE)
    # The theme makes boxes focusable when it sees that they scroll.
    page.wait_for_function(f"() => ({BOXES})().every(([wide, tab]) => !wide || tab === 0)")
    found = page.evaluate(BOXES)
    assert any(wide for wide, _ in found)
    assert [tab for wide, tab in found if wide] == [0] * sum(wide for wide, _ in found)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_tables_have_no_faults_of_accessibility(keep, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = keep("notebooks/10_adams_floor.html")
    page.add_style_tag(content="*, * * { transition: none !important; }")
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(f"() => document.documentElement.dataset.theme === '{scheme}'")
    found = axe.Axe().run(page, context="table.results", options=OPTIONS)
    assert [fault["id"] for fault in found.response["violations"]] == []
    assert "color-contrast" in [rule["id"] for rule in found.response["passes"]]


def test_what_a_page_offers_is_the_plain_notebook(visit, site):
    page = visit("notebooks/02_full_batch_eigenbasis.html")
    (target,) = {link.get_attribute("href") for link in page.locator("a[href$='.ipynb']").all()}
    path = (site / "notebooks" / target).resolve()
    notebook = nbformat.read(path, as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert "pip install --editable '.[book,lab]'" in notebook.cells[0].source
    assert "notebooks/02_full_batch_eigenbasis.html" in notebook.cells[0].source
    assert 'the book "Adam against Gauss-Newton"' in notebook.cells[0].source
    assert "**Figure 2.1.** " in text
    assert re.search(r"\\tag\{2\.1\}", text)
    assert "**Exercise 2.1**" in text


@pytest.mark.parametrize("place", [".take-home", ".dropdown-download-buttons"])
def test_a_chapter_is_saved_from_the_disk_and_says_how_to_open_it(visit, site, place):
    page = visit("notebooks/07_adam_is_gn_half.html", viewport=PHONE)
    fold = page.locator(".take-home")
    fold.locator("summary").click()
    told = fold.inner_text()
    assert f"pip install './diagprec_core-{dp.__version__}-py3-none-any.whl[book,lab]'" in told
    assert "jupyter lab notebooks/07_adam_is_gn_half.ipynb" in told
    if place != ".take-home":
        page.locator(f"{place} > button").click()
    for _ in range(2):  # a second time as well
        with page.expect_download() as saved:
            page.locator(f"{place} a[href$='.ipynb']").evaluate("(link) => link.click()")
        assert saved.value.suggested_filename == "07_adam_is_gn_half.ipynb"
        text = pathlib.Path(saved.value.path()).read_text(encoding="utf-8")
        offered = site / "_sources" / "notebooks" / "07_adam_is_gn_half.ipynb"
        assert text == offered.read_text(encoding="utf-8")


def test_every_chapter_and_no_other_page_offers_a_notebook_under_its_name(site):
    for path in [*(site / "notebooks").glob("*.html"), *(site / "book").glob("*.html")]:
        found = re.findall(r'<a href="([^"]*)" download="([^"]*)"', path.read_text("utf-8"))
        name = f"{path.stem}.ipynb"
        wanted = [(f"../_sources/notebooks/{name}", name)] if path.parent.name != "book" else []
        assert found == wanted


def test_no_offered_notebook_has_a_directive_a_role_or_a_label(site):
    offered = sorted((site / "_sources" / "notebooks").glob("*.ipynb"))
    assert len(offered) >= 18
    left = re.compile(r"\{[\w:]+\}`|^>? ?(?::::|```)\{|\((?:eq|fig|ex)-[\w-]+\)", re.MULTILINE)
    for path in offered:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        for cell in notebook.cells:
            assert cell.cell_type == "code" or not left.findall(cell.source), path.name


def test_a_link_to_a_figure_shows_the_fold_with_its_code(visit, settle):
    page = visit("book/index.html")
    page.get_by_role("link", name="Fig. 3.2").click()
    page.wait_for_url("**/03_full_batch_identity.html#fig-fiq-steps")
    settle(page)
    fold = page.locator("summary", has_text="Show the code of Fig. 3.2")
    top = fold.evaluate("node => node.getBoundingClientRect().top")
    assert 48 <= top < 900  # below the bar, in the window
