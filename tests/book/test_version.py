"""The version stands in one place, and what quotes it quotes it rightly."""

import pathlib
import re
from importlib.metadata import version

import diagprec_core as dp

ROOT = pathlib.Path(__file__).parents[2]


def quoted(name, pattern):
    return re.findall(pattern, (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)


def test_the_version_is_said_once_and_quoted_rightly():
    assert quoted("pyproject.toml", r'^version = "') == []
    assert version("diagprec-core") == dp.__version__
    assert quoted("CITATION.cff", r"^version: (.*)$") == [dp.__version__]


def test_wheel_and_archive_are_named_with_the_version():
    assert quoted("book/reading.md", r"/diagprec_core-([\d.]+)-py3") == [dp.__version__]
    assert quoted("book/reading.md", r"diagprec-([\d.]+)\.zip") == [dp.__version__]


def test_the_changelog_knows_the_version():
    assert dp.__version__ in quoted("CHANGELOG.md", r"^## (\d+\.\d+\.\d+), \d{4}-\d{2}-\d{2}$")
