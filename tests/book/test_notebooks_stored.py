"""The notebooks as they are stored: executed from top to bottom once, and free of accidents."""

import json
import pathlib
import re

import pytest

NOTEBOOKS = sorted((pathlib.Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
PRIVATE_PATH = re.compile(r"/(?:home|root|work|tmp|Users)/")
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def code_cells(path):
    cells = [cell for cell in load(path)["cells"] if cell["cell_type"] == "code"]
    return [cell for cell in cells if "".join(cell["source"]).strip()]


def outputs(path):
    return [output for cell in code_cells(path) for output in cell["outputs"]]


def test_there_are_notebooks():
    assert NOTEBOOKS


@every_notebook
def test_cells_were_executed_once_and_in_order(path):
    counts = [cell["execution_count"] for cell in code_cells(path)]
    assert counts
    assert counts == list(range(1, len(counts) + 1))


@every_notebook
def test_outputs_are_stored(path):
    assert outputs(path)


@every_notebook
def test_nothing_was_written_to_stderr_and_nothing_failed(path):
    wrong = [o for o in outputs(path) if o["output_type"] == "error" or o.get("name") == "stderr"]
    assert wrong == []


@every_notebook
def test_no_output_names_a_place_on_one_machine(path):
    # Images are left out: by chance their base64 text may spell a path.
    for output in outputs(path):
        texts = [output.get("text", "")]
        texts += [v for kind, v in output.get("data", {}).items() if kind.startswith("text/")]
        for text in texts:
            assert not PRIVATE_PATH.search(text if isinstance(text, str) else "".join(text))


@every_notebook
def test_a_named_figure_is_all_that_its_cell_shows(path):
    # A second display output would carry the same name, and the book would not build.
    for cell in code_cells(path):
        if "figure" in cell["metadata"].get("mystnb", {}):
            shown = [o["output_type"] for o in cell["outputs"] if o["output_type"] != "stream"]
            assert shown == ["display_data"], "".join(cell["source"])[-200:]


# What the command line prints, and matrices, are shown as they are printed.
PRINTED = re.compile(r"\bmain\(|print\([^\n]*\b(?:hessian|REVERSED)\b")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_results_are_tables_not_aligned_text(path):
    """Three lines with three columns each are a table, and dp.table is there for it."""
    row = re.compile(r"\S(?: {2,}\S+){2}")
    for cell in code_cells(path):
        if PRINTED.search("".join(cell["source"])):
            continue
        for output in cell["outputs"]:
            lines = "".join(output.get("text", "")).split("\n")
            aligned = [bool(row.search(line)) for line in lines]
            for three in zip(aligned, aligned[1:], aligned[2:], strict=False):
                assert not all(three), "\n".join(lines)


def source(path):
    return "\n".join("".join(cell["source"]) for cell in code_cells(path))


@every_notebook
def test_colours_have_names(path):
    assert re.findall(r"#[0-9a-fA-F]{6}\b", source(path)) == []


@every_notebook
def test_the_core_is_used_by_its_public_names(path):
    """Derivations, claims, figures and networks are read in the chapters; the core's rooms not."""
    found = re.findall(r"^(?:from|import) diagprec_core(?:\.(\w+))?", source(path), re.MULTILINE)
    assert set(found) <= {"", "claims", "derivations", "commands", "networks"}
    assert not re.findall(
        r"\bdp\.(?:numerics|methods|problems|full_batch|mini_batch)\b", source(path)
    )


@every_notebook
def test_no_root_or_accent_takes_a_font_for_its_whole_argument(path):
    """MathJax sets an error in the place of a root whose argument is a font without braces."""
    bare = re.compile(
        r"\\(?:sqrt|bar|hat|tilde|widetilde)\s*\\(?:mathcal|mathbb|mathrm|operatorname)\b"
    )
    for cell in load(path)["cells"]:
        if cell["cell_type"] == "markdown":
            assert not bare.findall("".join(cell["source"]))
