"""The Makefile: what it would do to an environment that is whole, half made, or from elsewhere."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

import pytest

ROOT = pathlib.Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not there")


def make(folder, *arguments):
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(tmp_path):
    """A checkout with an environment that is up to date, as far as make can see."""
    for name in ("requirements.txt", "pyproject.toml", "Makefile"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "diagprec_core").mkdir()
    (tmp_path / "book").mkdir()
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / ".home").write_text(f"{tmp_path}\n")
    (tmp_path / ".venv" / ".installed").touch()
    return tmp_path


def installs(folder):
    done = make(folder, "-n", "lint")
    assert done.returncode == 0, done.stderr
    return "pip sync" in done.stdout


def test_an_environment_that_is_whole_is_kept(checkout):
    assert not installs(checkout)


@pytest.mark.parametrize("home", ["/somewhere/else\n", "", None])
def test_one_that_was_made_elsewhere_or_half_is_made_anew(home, checkout):
    if home is None:
        (checkout / ".venv" / ".home").unlink()
    else:
        (checkout / ".venv" / ".home").write_text(home)
    assert installs(checkout)


def test_a_killed_installation_is_taken_up_again(checkout):
    (checkout / ".venv" / ".installed").unlink()
    assert installs(checkout)


def test_a_busy_port_is_said_before_anything_is_built(checkout):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = make(checkout, "serve", f"PORT={port}")
    assert done.returncode == 2
    assert f"Port {port} is busy; try: make serve PORT=8001" in done.stderr
    assert "venv" not in done.stdout


def test_a_place_that_cannot_be_written_to_is_said_at_once():
    # Root can write anywhere: it asks as someone who cannot, in a folder that this one can read.
    other = {"user": 65534} if os.getuid() == 0 else {}
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "Makefile", folder)
        os.chmod(folder, 0o555)
        # Not as a part of the make that runs the tests, which would name folders.
        plain = {name: value for name, value in os.environ.items() if not name.startswith("M")}
        options = {"cwd": folder, "capture_output": True, "text": True, "env": plain}
        done = subprocess.run(["make", "test"], **options, **other)
        helped = subprocess.run(["make", "help"], **options, **other)
        os.chmod(folder, 0o755)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{folder} cannot be written to; copy the checkout to where you can" in done.stderr
    assert helped.returncode == 0
    assert "make test" in helped.stdout


def test_help_lists_the_targets(checkout):
    out = make(checkout, "help").stdout
    for target in ("test", "quick", "book", "verify", "robust", "oldest", "bench", "serve", "lab"):
        assert f"make {target} " in out
