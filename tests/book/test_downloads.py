"""The notebooks that the book offers for download: plain Markdown, whole formulas, and they run."""

import doctest
import importlib.util
import pathlib
import re
import tomllib

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = pathlib.Path(__file__).parents[2]
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SYNTAX = re.compile(r"\{[\w:]+\}`|^\s*>?\s*(?::{3,}|`{3,})\{|^\s*>?\s*:\w+:|^\s*:::", re.MULTILINE)
MESSAGE = "the book's way is left in {}: {}"


def load(name):
    """The extension, a module outside of any package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "book" / "extensions" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


downloads = load("downloads")
READ = {path.stem: nbformat.read(path, as_version=4) for path in PATHS}
NAMES = downloads.labels(READ) | downloads.citations(ROOT / "book" / "references.bib")
every_notebook = pytest.mark.parametrize("stem", READ)


def convert(stem):
    return downloads.convert(READ[stem], NAMES, "How to run it.")


def prose(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


@every_notebook
def test_no_directive_and_no_role_is_left(stem):
    for text in prose(convert(stem)):
        assert not SYNTAX.findall(text), MESSAGE.format(stem, SYNTAX.findall(text))
    assert any(SYNTAX.findall(text) for text in prose(READ[stem]))  # what is looked for is there


@every_notebook
def test_the_copy_is_a_valid_notebook_with_the_same_code_and_outputs(stem):
    plain = convert(stem)
    nbformat.validate(plain)
    code, kept = (
        [(cell.source, cell.outputs) for cell in one.cells if cell.cell_type == "code"]
        for one in (plain, READ[stem])
    )
    assert code == kept
    assert plain.cells[0].source == "How to run it."


@every_notebook
def test_formulas_are_whole(stem):
    for text in prose(convert(stem)):
        assert text.count("$$") % 2 == 0
        for line in re.findall(r"^> .*$", text, re.MULTILINE):
            assert len(re.findall(r"(?<!\\)\$", line)) % 2 == 0, line
            assert line.count(r"\begin{") == line.count(r"\end{"), line


@every_notebook
def test_folds_are_closed_and_no_sentence_of_the_chapter_is_lost(stem):
    words = " ".join(prose(convert(stem)))
    assert words.count("<details>") == words.count("</details>")
    for text in prose(READ[stem]):
        for sentence in re.findall(r"^[A-Z][a-z]+ [a-z ,]+[a-z]{3}\b", text, re.MULTILINE):
            assert sentence in words


def test_every_figure_has_its_caption_below_it_and_hidden_code_is_folded():
    plain = convert("02_full_batch_eigenbasis")
    ids = [cell.id for cell in plain.cells]
    caption = plain.cells[ids.index("cell-16") + 1]
    assert caption.source.startswith("**Figure fig-feq-minimax.** Error after three steps")
    drawn = plain.cells[ids.index("cell-16")]
    assert drawn.metadata.jupyter.source_hidden
    assert "mystnb" not in drawn.metadata
    (raw,) = [c for c in READ["02_full_batch_eigenbasis"].cells if c.id == "cell-16"]
    assert "mystnb" in raw.metadata  # the chapter itself is left as it is


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("see {prf:ref}`sxq-2`, {cite:p}`liu2025adam`", "see SXQ-2, [Liu et al., 2025]"),
        ("{cite:t}`bock2019cycles` show", "Bock and Weiß [2019] show"),
        ("{cite:p}`amari1998natural,adam`", "[Amari, 1998; A, 1]"),
        ("by {eq}`eq-a` in {numref}`fig-a`", "by (2.1) in Figure 2.3"),
        ("{py:func}`~diagprec_core.risk_at`", "`risk_at`"),
        ("the [summary](../book/summary.md)", "the summary (`book/summary.html`)"),
        (
            "A\n\n```{math}\n:label: eq-a\nx\n= 1 .\n```\n\nB",
            "A\n\n$$\nx\n= 1 . \\tag{2.1}\n$$\n\nB",
        ),
        (
            ":::{prf:theorem} FEQ-9: Name $\\alpha$\n:label: feq-9\n\n"
            "Let $a\n= b$ and\n\n$$\nc\n$$\n:::",
            "> **Theorem (FEQ-9: Name $\\alpha$)**\n>\n> Let $a = b$ and\n>\n> $$ c $$",
        ),
        (
            ":::{dropdown} Proof of $x$\nSee {prf:ref}`sxq-2`.\n\n"
            "```{math}\n:label: eq-a\ny\n```\n:::",
            "<details>\n<summary>Proof of $x$</summary>\n\nSee SXQ-2.\n\n"
            "$$\ny \\tag{2.1}\n$$\n\n</details>\n",
        ),
        ("```{math}\nx\n```", "$$\nx\n$$"),
        (":::{exercise}\n:label: ex-a\nDo it.\n:::", "> **Exercise 2.4**\n>\n> Do it."),
        (":::{admonition} Is it?\n:class: tip\nYes.\n:::", "> **Is it?**\n>\n> Yes."),
    ],
)
def test_each_kind(text, plain):
    names = NAMES | {"eq-a": "(2.1)", "fig-a": "Figure 2.3", "ex-a": "Exercise 2.4"}
    names["adam"] = ("A", "1")
    assert downloads.markdown(text, names) == plain


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (":::{figure} a.png\n:::", ValueError),
        ("{prf:ref}`no-claim`", KeyError),
        (":::{dropdown} Proof\nnot closed", ValueError),
    ],
)
def test_what_is_not_known_stops_the_build(text, error):
    with pytest.raises(error):
        downloads.markdown(text, NAMES)


def test_labels_are_called_by_claim_or_kind_and_take_the_numbers_of_the_book():
    assert NAMES["feq-1"] == "FEQ-1"
    assert NAMES["fiq-2c"] == "FIQ-2c"
    assert NAMES["16_small_networks"].startswith("*Small networks")
    numbered = downloads.numbered(
        NAMES, {"eq-step": "1.1", "fig-bases": "1.2", "ex-feq-power": "2.3", "feq-1": "2.4"}
    )
    assert numbered["eq-step"] == "(1.1)"
    assert numbered["fig-bases"] == "Figure 1.2"
    assert numbered["ex-feq-power"] == "Exercise 2.3"
    assert numbered["feq-1"] == "FEQ-1"


def test_the_script_of_a_notebook_holds_its_text():
    found = doctest.testmod(downloads)
    assert found.attempted
    assert not found.failed


def test_what_is_to_be_installed_is_in_the_archive_and_brings_jupyter():
    release = (ROOT / "book" / "release.py").read_text(encoding="utf-8")
    assert 'f"diagprec_core-{dp.__version__}-py3-none-any.whl"' in release
    extras = re.search(r"whl\[(.*)\]", downloads.INSTALL)[1].split(",")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [each for extra in extras for each in project["optional-dependencies"][extra]]
    assert any(each.startswith("jupyterlab>") for each in wanted)
    assert downloads.INSTALL in downloads.FIRST
    assert downloads.INSTALL in downloads.BOX


@pytest.mark.slow
def test_a_copy_runs():
    plain = convert("01_question")
    for cell in plain.cells:
        cell.pop("outputs", None)
        if cell.cell_type == "code":
            cell.outputs = []
    NotebookClient(plain, kernel_name="python3", timeout=120).execute()
    text = "".join(
        output.get("data", {}).get("text/plain", "")
        for cell in plain.cells
        for output in cell.get("outputs", [])
    )
    assert "GN^-1/2" in text
