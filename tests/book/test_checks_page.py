"""The page of checks lists every module of claims, and the API page every derivation."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parents[2]


def listed(page):
    text = (ROOT / "book" / page).read_text(encoding="utf-8")
    names = re.findall(r"^\.\. automodule:: (\S+)$", text, re.MULTILINE)
    assert len(names) == len(set(names)), page  # twice is a warning, and the strict build fails
    return set(names)


def modules(folder, pattern):
    paths = (ROOT / "diagprec_core" / folder).glob(pattern)
    parts = (path.relative_to(ROOT).with_suffix("").parts for path in paths)
    return {".".join(each) for each in parts if each[-1] != "__init__"}


def test_every_module_of_checks_is_on_its_page():
    assert listed("checks.md") == modules("claims", "*/*.py")


def test_every_derivation_is_on_the_page_of_the_api():
    found = {name for name in listed("api.md") if ".derivations." in name}
    assert found == modules("derivations", "*.py")
