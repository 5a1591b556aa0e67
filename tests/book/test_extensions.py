"""The extensions of the book: formulas as text, terms to link, styles to keep, descriptions."""

import doctest
import importlib
import pathlib
import sys
from types import SimpleNamespace

import pytest

pytest.importorskip("sphinx")
from docutils import nodes

EXTENSIONS = pathlib.Path(__file__).parents[2] / "book" / "extensions"


@pytest.fixture(autouse=True)
def on_the_path(monkeypatch):
    monkeypatch.syspath_prepend(str(EXTENSIONS))
    yield
    for path in EXTENSIONS.glob("*.py"):
        sys.modules.pop(path.stem, None)


@pytest.mark.parametrize("name", ["readable", "glossary", "lean", "names", "result_tables"])
def test_the_examples_in_the_extensions(name):
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted
    assert found.failed == 0


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\mathrm{GN}^p", "GN^p"),
        (r"\mathrm{GN}^{-1/2}", "GN^-1/2"),
        (r"\frac{\sigma}{\sqrt{B}}", "σ/√B"),
        (r"\tfrac{1}{2} \kappa", "1/2 κ"),
        (r"\left(1 - \frac{2}{K}\right)^T", "(1 - 2/K)^T"),
        (r"\mathbb{E}\,\delta_i^2 \propto \lambda_i^q", "E δ_i^2 ∝ λ_i^q"),
        (r"\{1, \dots, d\} \subset \mathbb{R}", "{1, …, d} ⊂ R"),
        (r"x_{i+1} \ge 10^{-12}", "x_(i+1) ≥ 10^-12"),
        (r"\operatorname{sign}(u^\top \hat g)", "sign(u^T ĝ)"),
    ],
)
def test_a_formula_is_read_as_text(tex, text):
    assert importlib.import_module("readable").plain(tex) == text


def test_a_title_keeps_simple_powers_raised_and_is_not_changed_in_place():
    readable = importlib.import_module("readable")
    title = nodes.title("", "", nodes.Text("When Adam is "), nodes.math("", r"\mathrm{GN}^{-1/2}"))
    copy = readable.without_formulas(title)
    assert [type(child) for child in copy.children][-1] is nodes.superscript
    assert readable.text_of(copy) == readable.text_of(title) == "When Adam is GN^-1/2"
    assert next(title.findall(nodes.math), None) is not None


def test_terms_are_linked_once_in_running_text_only():
    glossary = importlib.import_module("glossary")

    terms = {"noise floor": "term-noise-floor", "share": "term-share"}
    builder = SimpleNamespace(get_relative_uri=lambda source, target: "notation.html")
    app = SimpleNamespace(env=SimpleNamespace(glossary_terms=terms), builder=builder)
    again = nodes.paragraph("", "The noise floor and its share.")
    page = nodes.document(None, None)
    page += [nodes.title("", "The noise floor"), nodes.paragraph("", "Two noise floors."), again]
    glossary.link(app, page, "notebooks/x")
    links = list(page.findall(nodes.reference))
    assert [link.astext() for link in links] == ["noise floors"]
    assert links[0]["refuri"] == "notation.html#term-noise-floor"
    assert isinstance(links[0].parent, nodes.paragraph)
    glossary.link(app, page, glossary.PAGE)
    assert len(list(page.findall(nodes.reference))) == 1


def test_names_of_claims_are_marked_in_text_and_not_in_code_or_titles():
    names = importlib.import_module("names")
    page = nodes.document(None, None)
    link = nodes.reference("", "", nodes.inline("", "FIQ-2c"))
    text = nodes.paragraph("", "", nodes.Text("By B-5 and "), link, nodes.literal("", "SXQ-2"))
    page += [nodes.title("", "SXQ-9"), text, nodes.literal_block("", "SXQ-3")]
    names.mark(None, page, "notebooks/x")
    marked = [one for one in page.findall(nodes.inline) if names.MARK in one["classes"]]
    assert [one.astext() for one in marked] == ["B-5", "FIQ-2c"]
    assert text.astext() == "By B-5 and FIQ-2cSXQ-2"


def test_styles_are_kept_exactly_where_a_page_could_match():
    purge = importlib.import_module("lean").purge
    used = {"a", "b"}
    kept = [
        ".a{x:y}",
        ".a.b>p{x:y}",
        "p:not(.z){x:y}",
        ".a:is(.y,.z){x:y}",
        "@keyframes k{0%{x:y}}",
    ]
    gone = [".z{x:y}", ".a .z{x:y}", "@media print{.z{x:y}}", ".a.z:hover{x:y}"]
    assert [purge(rule, used) for rule in kept] == kept
    assert [purge(rule, used) for rule in gone] == [""] * len(gone)
    assert purge(".z,.a{x:y}", used) == ".a{x:y}"
    assert purge('@font-face{font-family:"Font Awesome 6"}', used) == ""


def test_the_first_sentence_is_whole_and_of_the_text():
    titles = importlib.import_module("titles")
    section = nodes.section("", nodes.title("", "Title"))
    first = (
        "The question. Suppose that there is no noise, and that we know the directions. Then more."
    )
    section += [nodes.note("", nodes.paragraph("", "Not this. " * 10)), nodes.paragraph("", first)]
    assert titles.first_sentence(section) == first.removeprefix("The question. ")
    section[-1] = nodes.paragraph("", first + " And so on." * 40)
    assert titles.first_sentence(section).endswith("And so on.")
    assert len(titles.first_sentence(section)) <= 300


def test_what_a_title_says_has_its_formulas_and_no_html():
    readable = importlib.import_module("readable")

    class Formula(nodes.Inline, nodes.Element):
        def astext(self):
            return self["plain"]

    title = nodes.title(
        "", "FIQ-2c: beats ", Formula(plain="GN⁻¹"), nodes.raw("", "<br>", format="html")
    )
    title += nodes.Text("always")
    assert readable.text_of(title) == "FIQ-2c: beats GN⁻¹ always"
