"""The API page: every public name is on it, and its examples print what they say."""

import doctest
import pathlib
import re

import numpy as np

import diagprec_core as dp

PAGE = pathlib.Path(__file__).parents[2] / "book" / "api.md"


def test_every_public_name_is_on_the_page_once():
    text = PAGE.read_text(encoding="utf-8")
    found = re.findall(r"^\.\. auto(?:function|class):: (\w+)$", text, re.MULTILINE)
    assert sorted(found) == sorted(dp.__all__)


def test_the_examples_of_a_rule_of_ones_own():
    with np.printoptions():
        found = doctest.testfile(
            str(PAGE), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
        )
    assert found.attempted >= 12
    assert found.failed == 0
