"""The README's map is the tree: every room with every module, and none that is not there."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parents[2]
CORE = ROOT / "diagprec_core"
WITHOUT_LIST = {"networks", "derivations", "claims"}  # the map says in words what these hold


def rows():
    """Return the rooms of the map with the names in their rows."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return {
        name.rstrip("/"): set(re.findall(r"`(\w+)`", modules))
        for name, modules in re.findall(r"^\| \d \| `(\w+/?)` \| (.*) \|$", text, re.MULTILINE)
    }


def stems(folder):
    return {path.stem for path in folder.glob("*.py")} - {"__init__"}


def test_every_room_is_on_the_map():
    found = {path.name for path in CORE.iterdir() if (path / "__init__.py").exists()}
    assert set(rows()) == found | stems(CORE) - {"__main__"}


def test_every_module_is_on_the_map():
    for room, named in rows().items():
        if (CORE / room).is_dir() and room not in WITHOUT_LIST:
            assert named == stems(CORE / room), room


def test_the_tests_have_the_rooms_of_the_core():
    rooms = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    rooms -= {"__pycache__", "benchmarks", "book", "browser", "input", "mutants", "package"}
    assert rooms <= set(rows())
    assert rooms >= {"claims", "commands", "tuning", "full_batch", "mini_batch", "problems"}
