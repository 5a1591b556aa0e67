"""The text of a claim lives in one theorem box of one chapter, and no box is without a claim."""

import collections
import json
import pathlib
import re

from diagprec_core.claims import CLAIMS

NOTEBOOKS = pathlib.Path(__file__).parents[2] / "notebooks"
THEOREM = re.compile(
    r"^(?P<fence>:{3,}|`{3,})\{prf:theorem\}.*?^(?P=fence)\s*$", re.DOTALL | re.MULTILINE
)
LABEL = re.compile(r"^:label:\s*(\S+)\s*$", re.MULTILINE)


def labels_in(text):
    """Return the labels of the theorem boxes of one markdown cell; None for a box without one."""
    found = []
    for box in THEOREM.finditer(text):
        label = LABEL.search(box.group())
        found.append(label and label.group(1))
    return found


def theorem_labels():
    labels = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                labels += labels_in("".join(cell["source"]))
    return labels


def test_labels_are_read_from_theorem_boxes_only():
    text = (
        ":::{prf:theorem} One\n:label: abc-1\n\nText.\n:::\n\n"
        ":::{prf:lemma}\n:label: not-this\n:::\n\n"
        "````{prf:theorem}\n:label: abc-2\n```\ncode\n```\n````\n\n"
        ":::{prf:theorem} No label\nText.\n:::\n"
    )
    assert labels_in(text) == ["abc-1", "abc-2", None]


def test_every_theorem_has_a_label_of_its_own():
    counts = collections.Counter(theorem_labels())
    assert counts
    assert {label: n for label, n in counts.items() if n > 1 or label is None} == {}


def test_claims_and_theorems_are_one_to_one():
    labels = {str(label).lower() for label in theorem_labels()}
    assert labels == {claim.id.lower() for claim in CLAIMS}


def test_every_conjecture_is_in_the_ledger_and_no_other():
    box = re.compile(r"\{prf:conjecture\}[^\n]*\n:label: (\S+)")
    stated = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            stated += box.findall("".join(cell["source"]))
    ledger = (NOTEBOOKS.parent / "book" / "ledger.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| \{prf:ref\}`(conj-[^`]+)`", ledger, re.MULTILINE)
    assert stated
    assert sorted(stated) == sorted(named)
