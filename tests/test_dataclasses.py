"""All data of the core are frozen, and those that hold arrays are equal to themselves alone."""

import dataclasses
import importlib
import pkgutil

import pytest

import diagprec_core

ROOMS = ("numerics", "methods", "problems", "full_batch", "mini_batch", "tuning", "diagnosis")
MODULES = [
    found.name
    for room in ROOMS
    for found in pkgutil.iter_modules(
        importlib.import_module(f"diagprec_core.{room}").__path__, f"diagprec_core.{room}."
    )
]
CLASSES = [
    thing
    for name in MODULES
    for thing in vars(importlib.import_module(name)).values()
    if isinstance(thing, type) and dataclasses.is_dataclass(thing) and thing.__module__ == name
]


def test_there_are_many():
    assert len(CLASSES) > 25
    assert diagprec_core.Quadratic in CLASSES


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_a_value_is_frozen_and_no_array_is_compared(cls):
    options = cls.__dataclass_params__
    assert options.frozen
    # Arrays compare entry by entry, which is no answer for ==, and do not hash.
    held = [field.type for field in dataclasses.fields(cls)]
    inner = [kind for kind in held if dataclasses.is_dataclass(kind)]
    if any("ndarray" in str(kind) for kind in held) or any(
        not kind.__dataclass_params__.eq for kind in inner
    ):
        assert not options.eq
        assert cls.__hash__ is object.__hash__
