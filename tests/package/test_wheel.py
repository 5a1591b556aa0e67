"""The wheel: built from the sources, installed with only what it says it needs, and used."""

import pathlib
import shutil
import subprocess
import sys
import sysconfig

import pytest

ROOT = pathlib.Path(__file__).parents[2]
UV = shutil.which("uv", path=sysconfig.get_path("scripts"))
pytestmark = pytest.mark.slow


def run(*command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """Install the wheel in an environment of its own; return the folder of its programs."""
    folder = tmp_path_factory.mktemp("wheel")
    sources = folder / "sources"
    sources.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-TEXT"):
        shutil.copy(ROOT / name, sources)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "diagprec_core", sources / "diagprec_core", ignore=ignored)
    build = (
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        "dist",
        ".",
    )
    run(sys.executable, *build, folder=sources)
    (wheel,) = (sources / "dist").glob("*.whl")
    run(UV, "venv", "--quiet", "--python", sys.executable, "environment", folder=folder)
    where = folder / "environment" / ("Scripts" if sys.platform == "win32" else "bin")
    pins = ("--constraint", str(ROOT / "requirements.txt"))
    python = str(where / "python")
    run(UV, "pip", "install", "--quiet", "--python", python, *pins, str(wheel), folder=folder)
    return where


def test_the_import_is_that_of_the_wheel_and_its_version_the_project_s(scripts, tmp_path):
    code = (
        "import diagprec_core as dp, importlib.metadata as m, importlib.util as u;"
        "print(dp.__file__, dp.__version__, m.version('diagprec-core'), u.find_spec('jax'))"
    )
    path, version, installed, jax = run(scripts / "python", "-c", code, folder=tmp_path).split()
    assert pathlib.Path(path).is_relative_to(scripts.parent)
    assert version == installed
    assert jax == "None"


def test_all_public_names_can_be_imported(scripts, tmp_path):
    run(scripts / "python", "-W", "error", "-c", "from diagprec_core import *", folder=tmp_path)


def test_a_family_of_claims_is_verified(scripts, tmp_path):
    out = run(scripts / "diagprec", "verify", "--claim", "FEQ", folder=tmp_path)
    assert out.splitlines()[-1].startswith("5 claims,")
    assert out.splitlines()[-1].endswith("all pass")
    out = run(scripts / "diagprec", "verify", "--where", "FEQ-1", folder=tmp_path)
    assert "not beside this package" in out


def test_a_spectrum_is_compared(scripts, tmp_path):
    (tmp_path / "eigenvalues.csv").write_text("1.0\n0.5\n0.25\n")
    options = ("--batch-size", "4", "--steps", "50", "--plot", "risks.svg")
    command = ("compare", "--spectrum", "eigenvalues.csv", *options)
    out = run(scripts / "diagprec", *command, folder=tmp_path)
    assert "GN^-1/2" in out
    assert (tmp_path / "risks.svg").stat().st_size > 1000
