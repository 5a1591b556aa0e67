"""Tables of results: what a terminal prints, what a page shows, what nbval compares."""

import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
from xml.etree import ElementTree

import nbformat
import pytest
from nbclient import NotebookClient

import diagprec_core as dp

ROOT = pathlib.Path(__file__).parents[1]
COLUMNS = {"rule": "", r"$\kappa$": "g", "$R_\\infty/\\sigma^2$": ".3f"}
ROWS = [("GN^-1/2", 9, 0.5), ("Adam", 1e4, float("inf")), ("none < all", "", 12)]


@pytest.fixture
def table():
    return dp.table(COLUMNS, ROWS, caption=r"Floors of GN^-1 where $\kappa > 1$")


def html(table):
    """The parsed HTML, which is well-formed XML."""
    return ElementTree.fromstring(table._repr_html_())


def test_a_terminal_sees_aligned_columns_without_tex(table):
    assert repr(table).split("\n") == [
        "Floors of GN^-1 where kappa > 1",
        "rule        kappa  R_infty/sigma^2",
        "GN^-1/2         9            0.500",
        "Adam        10000              inf",
        "none < all                  12.000",
    ]


def test_every_header_says_what_it_heads(table):
    page = html(table)
    heads = page.findall("thead/tr/th")
    assert [head.get("scope") for head in heads] == ["col"] * 3
    rows = page.findall("tbody/tr")
    assert [[cell.tag for cell in row] for row in rows] == [["th", "td", "td"]] * 3
    assert [row[0].get("scope") for row in rows] == ["row"] * 3
    assert page[0].tag == "caption"


def test_formulas_and_names_of_methods_are_set_and_the_rest_is_escaped(table):
    page = html(table)
    assert page.find("caption").text == r"Floors of \(\mathrm{GN}^{-1}\) where \(\kappa > 1\)"
    assert page.findall("thead/tr/th")[2].text == r"\(R_\infty/\sigma^2\)"
    firsts = [row[0].text for row in page.findall("tbody/tr")]
    assert firsts == [r"\(\mathrm{GN}^{-1/2}\)", "Adam", "none < all"]
    assert "tex2jax_process" in page.get("class").split()


def test_numbers_stand_to_the_right_and_words_to_the_left(table):
    rows = html(table).findall("tbody/tr")
    sides = [[cell.get("style") for cell in row] for row in rows]
    right, left = "text-align: right", "text-align: left"
    assert sides == [[left, right, right]] * 3


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        *[(text, True) for text in ("1", "-0.5", "+1.2%", "1.5e-07", "1/20", "inf", "1,000")],
        *[(text, True) for text in ("1.4 [1.2, inf]", "1.2 (0.1)", "3 to 4.5", "(0.9, 0.99)")],
        *[(text, False) for text in ("1 box", "GN^-1", "3 and 4", "-", "True", "e", "to", "1 [x]")],
    ],
)
def test_what_counts_as_a_number(cell, number):
    found = dp.table(["name", "value"], [("a", cell), ("b", "")])
    assert ("right" in found._repr_html_()) == number


def test_both_forms_show_every_cell_and_the_caption_only_if_there_is_one():
    plain = dp.table(["a", "b"], [("x", "y")])
    assert repr(plain) == "a  b\nx  y"
    assert "caption" not in plain._repr_html_()


@pytest.mark.parametrize(
    ("tex", "told"),
    [
        (r"$V/B \le \dots \le V$", "V/B <= ... <= V"),
        (r"$-1.5\,\theta^*$", "-1.5theta^*"),
        (r"$\mathrm{tr}\, S_{10}$", "tr S_10"),
        (r"$\kappa_{-1}^{1/6}/s_{\max}$", "kappa_-1^(1/6)/s_max"),
        (r"$e^{\theta^*} a_{B+1}$", "e^(theta^*) a_(B+1)"),
    ],
)
def test_what_stands_for_tex_in_a_terminal(tex, told):
    assert repr(dp.table([tex, "b"], [(1, 2)])).split("  ")[0] == told


def test_a_table_is_frozen(table):
    with pytest.raises(dataclasses.FrozenInstanceError):
        table.caption = "another"
    assert table == dp.table(COLUMNS, ROWS, caption=table.caption)


def spoil_nothing(data):
    return data


def spoil_the_text(data):
    return {**data, "text/plain": data["text/plain"].replace("0.25", "0.26")}


def spoil_the_html(data):
    return {**data, "text/html": data["text/html"].replace("0.25", "0.26")}


def drop_the_html(data):
    return {"text/plain": data["text/plain"]}


@pytest.mark.slow
def test_nbval_compares_the_numbers_in_both_forms(tmp_path):
    source = 'import diagprec_core as dp\n\ndp.table(["$p$", "risk"], [("-1", "0.25")])'
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, kernel_name="python3", record_timing=False).execute()
    (output,) = notebook.cells[0].outputs
    kept = dict(output.data)
    assert set(kept) == {"text/plain", "text/html"}
    verdicts = {}
    for spoil in (spoil_nothing, spoil_the_text, spoil_the_html, drop_the_html):
        output.data = spoil(kept)
        nbformat.write(notebook, tmp_path / f"{spoil.__name__}.ipynb")
    options = [
        "--nbval",
        "--nbval-current-env",
        "-q",
        "-p",
        "no:cacheprovider",
        "-rA",
        "--color=no",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    for verdict, name in re.findall(r"^(PASSED|FAILED) (\w+)\.ipynb", done.stdout, re.MULTILINE):
        verdicts[name] = verdict
    assert verdicts == {
        "spoil_nothing": "PASSED",
        "spoil_the_text": "FAILED",
        "spoil_the_html": "FAILED",
        "drop_the_html": "FAILED",
    }, done.stdout


def test_the_rows_of_all_stored_tables_have_headers():
    found = 0
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                text = "".join(output.get("data", {}).get("text/html", ""))
                if "results" not in text:
                    continue
                found += 1
                for row in ElementTree.fromstring(text).findall("tbody/tr"):
                    assert row[0].get("scope") == "row", path.name
    assert found > 100
