"""Importing the package leaves JAX as it was, and `use_float64` is the one place that does not."""

import pathlib
import re
import subprocess
import sys

import pytest

pytest.importorskip("jax")
pytestmark = pytest.mark.slow

from diagprec_core import networks  # noqa: E402

FOLDER = pathlib.Path(networks.__file__).parent
PATHS = [path.relative_to(FOLDER).with_suffix("") for path in FOLDER.rglob("*.py")]
MODULES = sorted(".".join(path.parts) for path in PATHS if path.stem != "__init__")
SCRIPT = """
import importlib, jax
before = dict(jax.config.values)
for name in {names}:
    importlib.import_module("diagprec_core.networks." + name)
changed = [key for key, value in jax.config.values.items() if before[key] != value]
print("changed:", changed)
from diagprec_core.networks import use_float64
use_float64()
changed = [key for key, value in jax.config.values.items() if before[key] != value]
print("then:", [key for key in changed if key != "jax_platforms"])
print(jax.numpy.ones(1).dtype, jax.default_backend())
"""


def test_importing_every_module_changes_no_setting_of_jax():
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(names=MODULES)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.splitlines() == [
        "changed: []",
        "then: ['jax_enable_x64']",
        "float64 cpu",
    ]


def test_settings_are_changed_in_one_place():
    found = [
        path.name
        for path in FOLDER.rglob("*.py")
        if re.search(r"config\.update|\benable_x64", path.read_text())
    ]
    assert found == ["__init__.py"]
