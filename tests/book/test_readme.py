"""The README's examples run, and print what their comments say."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [
    README,
    *sorted((ROOT / "book").glob("*.md")),
    *sorted((ROOT / "notebooks").glob("*.ipynb")),
]
BLOCKS = re.findall(
    r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)


def test_the_readme_has_examples():
    assert len(BLOCKS) >= 2


@pytest.mark.parametrize("index", range(len(BLOCKS)))
def test_examples_run_in_order_and_print_what_they_say(index, capsys):
    names = {}
    for block in BLOCKS[: index + 1]:
        capsys.readouterr()
        exec(compile(block, "README.md", "exec"), names)
    printed = capsys.readouterr().out
    for said in re.findall(r"^print\(.*\)  # (.*)$", BLOCKS[index], re.MULTILINE):
        assert said in printed


def test_the_command_is_called_in_one_way_wherever_a_line_can_be_copied():
    blocks = [
        block
        for path in PAGES
        for block in re.findall(r"```console(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
        if "-m pip install" not in block  # of the wheel: elsewhere than in a checkout
    ]
    called = re.findall(r"\S*\bdiagprec(?= [a-z])", " ".join(blocks))
    assert len(called) >= 8
    assert {each.removeprefix("\\n") for each in called} == {".venv/bin/diagprec"}
