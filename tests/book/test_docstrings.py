"""Docstrings of what is public: parameters, what is returned, what is raised, an example."""

import ast
import inspect
import pathlib
import re

import pytest
from input.wrong import RESULTS

import diagprec_core as dp

FUNCTIONS = [name for name in dp.__all__ if inspect.isfunction(getattr(dp, name))]
CLASSES = [name for name in dp.__all__ if inspect.isclass(getattr(dp, name))]


def test_every_public_name_is_a_function_or_a_class():
    assert sorted(FUNCTIONS + CLASSES) == list(dp.__all__)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_says_what_it_returns_and_raises_and_shows_it(name):
    text = inspect.getdoc(getattr(dp, name))
    assert "Returns\n-------" in text
    assert ">>> " in text
    # Either the section itself, or a sentence that sends the reader to one.
    sent = r"[eE]rrors(?:,? and (?:shapes|return))? are those of"
    assert "Raises\n------\nValueError" in text or re.search(sent, " ".join(text.split()))


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_says_what_it_takes_and_raises_and_shows_it(name):
    kind = getattr(dp, name)
    text = inspect.getdoc(kind)
    takes = inspect.signature(kind).parameters and name not in RESULTS
    assert ("Parameters\n----------" in text) == bool(takes)
    assert ("Raises\n------\nValueError" in text) == bool(takes)
    assert name in RESULTS or ">>> " in text


def test_bars_stand_in_literals_where_the_book_would_read_substitutions():
    core, wrong = pathlib.Path(dp.__file__).parent, []
    for path in core.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef):
                text = re.sub(r"``.*?``", "", ast.get_docstring(node) or "", flags=re.DOTALL)
                text = re.sub(r"^( {4}|>>>|\.\.\.).*$", "", text, flags=re.MULTILINE)
                wrong += [f"{path.name}: {found}" for found in re.findall(r"(?<!\w)\|\w.*", text)]
    assert wrong == []
