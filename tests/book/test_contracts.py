"""The contracts on imports are kept, and breaking one is seen."""

import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the package and its contracts."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", folder)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "diagprec_core", folder / "diagprec_core", ignore=ignored)
    return folder


def lint(folder):
    """Run the linter as `make lint` does; return its exit status and what it says."""
    command = pathlib.Path(sys.executable).with_name("lint-imports")
    options = ["--no-logo", "--no-cache"]
    done = subprocess.run([command, *options], cwd=folder, capture_output=True, text=True)
    return done.returncode, " ".join(done.stdout.split())


def test_the_contracts_are_kept(copy):
    status, said = lint(copy)
    assert status == 0, said
    assert "2 kept, 0 broken" in said


@pytest.mark.parametrize(
    ("module", "line", "told"),
    [
        ("problems/quadratic", "from ..mini_batch import risk", "problems.quadratic ->"),
        ("full_batch/descent", "from ..mini_batch import risk", "full_batch.descent ->"),
        ("problems/quadratic", "from ..methods import bases", "problems.quadratic ->"),
        ("methods/bases", "from ..problems import quadratic", "methods.bases ->"),
        ("derivations/linear", "from ..numerics import blocks", "derivations.linear ->"),
        ("claims/reference/exact", "from ...mini_batch import risk", "claims.reference.exact ->"),
        ("cellar", "", "cellar"),
    ],
    ids=[
        "a floor above",
        "full batch knows noise",
        "problems know methods",
        "methods know problems",
        "derivations use the core",
        "the reference uses the core",
        "a module without a floor",
    ],
)
def test_a_broken_contract_is_seen(copy, module, line, told):
    path = copy / "diagprec_core" / f"{module}.py"
    before = path.read_text() if path.exists() else None
    try:
        path.write_text(f"{before or ''}\n{line}\n")
        status, said = lint(copy)
    finally:
        path.unlink() if before is None else path.write_text(before)
    assert status == 1
    assert told in said
