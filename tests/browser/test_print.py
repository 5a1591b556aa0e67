"""On paper everything is there: proofs and solutions unfolded, light, nothing cut; and as a PDF."""

import importlib.util
import json
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
CHAPTERS = ("notebooks/02_full_batch_eigenbasis", "notebooks/09_who_is_best")
FOLD = re.compile(
    r"^(?P<fence>:{3,})\{dropdown\} (?P<title>Proof|Why|Solution)[^\n]*\n(?::[^\n]*\n)*"
    r"(?P<text>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
NOT_WORDS = r"\$\$.*?\$\$|\$.*?\$|\{[\w:]+\}`[^`]*`|\[[^]]*\]\([^)]*\)|`[^`]*`"


def first_words(text):
    """Return the first sentence of a text in pieces of three plain words, formulas left out."""
    text = re.sub(NOT_WORDS, "\0", text.strip(), flags=re.DOTALL)
    sentence = re.match(r"(?:.(?![.:]\s))*.?", text, re.DOTALL)[0]
    pieces = []
    for plain in sentence.split("\0"):
        words = [letters(word) for word in plain.split()]
        pieces += ["".join(words[i : i + 3]) for i in range(0, len(words), 3)]
    return [piece for piece in pieces if len(piece) >= 3]


def letters(text):
    """Return the letters of a text, without what typesetting changes."""
    for ligature, pair in (("ﬁ", "fi"), ("ﬂ", "fl"), ("ﬀ", "ff"), ("ﬃ", "ffi"), ("ﬄ", "ffl")):
        text = text.replace(ligature, pair)
    return "".join(re.findall(r"[a-zA-Z]", text))


def folds(chapter):
    """Yield (title, first words) of every proof and solution in a chapter's notebook."""
    path = ROOT / f"{chapter}.ipynb"
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            for found in FOLD.finditer("".join(cell["source"])):
                yield found["title"], first_words(found["text"])


def missing(chapters, text):
    """Return the folds of chapters whose first words are not in what was printed."""
    printed, gone, seen = letters(text), [], 0
    for chapter in chapters:
        for title, words in folds(chapter):
            seen += 1
            # A line with a formula in it is read in another order: a piece or two may be torn.
            if sum(piece in printed for piece in words) < 0.7 * len(words):
                gone.append((chapter, title, words))
    return gone, seen


def read(path):
    """Return the text of a PDF."""
    if not shutil.which("pdftotext"):
        pytest.skip("no pdftotext (of poppler-utils) to read the PDF with")
    done = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, check=True)
    return done.stdout.decode()


@pytest.fixture(scope="module")
def pdf():
    """Return the module that makes the PDF."""
    spec = importlib.util.spec_from_file_location("pdf", ROOT / "book" / "pdf.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def printed(pdf, site, tmp_path_factory):
    """Return the path of a PDF of two chapters."""
    if pdf.chromium() is None:
        pytest.skip("no Chromium on the path (or in CHROMIUM)")
    pytest.importorskip("playwright.sync_api")
    target = tmp_path_factory.mktemp("print") / "two.pdf"
    # In a process of its own: a second playwright does not start beside the one of the tests.
    pages = [f"{chapter}.html" for chapter in CHAPTERS]
    code = f"import pdf, pathlib; pdf.make(target=pathlib.Path({str(target)!r}), chosen={pages!r})"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT / "book", check=True)
    return target


def test_first_words_leave_formulas_and_roles_out():
    text = "Let $x$ be as\n{prf:ref}`a` says, *and* wait for it. Then"
    assert first_words(text) == ["Let", "beas", "saysandwait", "forit"]


def test_every_fold_of_two_chapters_is_printed(printed):
    gone, seen = missing(CHAPTERS, read(printed))
    assert seen >= 12
    assert gone == []


def test_a_fold_that_is_not_printed_is_missed(printed):
    text = letters(read(printed))
    for _, words in folds(CHAPTERS[0]):
        without = text
        for piece in words:
            without = without.replace(piece, "")
        assert words in [gone[2] for gone in missing(CHAPTERS, without)[0]]


def test_the_pdf_has_an_outline_tags_and_links_inside(printed):
    data = printed.read_bytes()
    assert b"/StructTreeRoot" in data
    assert b"/Outlines" in data
    assert b"/Lang (en)" in data
    assert b"/Dest" in data


def test_the_whole_book_holds_every_proof_and_solution(pdf):
    if not pdf.TARGET.exists():
        pytest.skip("no PDF of the whole book: `make pdf` makes it and runs this")
    chapters = sorted(f"notebooks/{path.stem}" for path in (ROOT / "notebooks").glob("*.ipynb"))
    gone, seen = missing(chapters, read(pdf.TARGET))
    assert seen > 100
    assert gone == []


@pytest.mark.parametrize("scripts", [True, False])
def test_print_opens_folds_is_light_and_drops_navigation(visit, scripts):
    page = visit(
        "notebooks/02_full_batch_eigenbasis.html", color_scheme="dark", java_script_enabled=scripts
    )
    page.emulate_media(media="print")
    proof = page.locator("details.sd-dropdown p").first
    if scripts:
        page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert proof.is_visible()
    assert proof.bounding_box()["height"] > 5
    for selector in (".bd-sidebar-primary", ".bd-header-article", ".prev-next-footer", ".copybtn"):
        assert not any(one.is_visible() for one in page.locator(selector).all()), selector
    assert page.locator("h1").first.is_visible()
    if scripts:
        style = page.evaluate(
            "() => [getComputedStyle(document.body).backgroundColor,"
            " getComputedStyle(document.querySelector('article p')).color]"
        )
        assert style == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
        page.evaluate("() => dispatchEvent(new Event('afterprint'))")
        page.emulate_media(media="screen", color_scheme="dark")
        assert page.locator("details[open]").count() == 0
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_code_wraps_and_formulas_and_tables_fit_on_paper(visit, settle):
    page = visit("notebooks/14_which_basis.html")
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 673, "height": 900})  # A4 without its margins
    settle(page)
    wide = page.evaluate("""() => [...document.querySelectorAll(
        "article :is(mjx-container, pre, table, img)")]
      .filter((one) => one.getBoundingClientRect().right > 674)
      .map((one) => `${one.tagName} ${one.textContent.slice(0, 60)}`)""")
    assert wide == []
