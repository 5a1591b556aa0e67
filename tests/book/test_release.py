"""The archive: what is in it, that its checksums are right, and that it is the same each time."""

import hashlib
import importlib.util
import pathlib
import zipfile

import pytest

import diagprec_core as dp

ROOT = pathlib.Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("release", ROOT / "book" / "release.py")
release = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(release)


@pytest.fixture
def built(tmp_path):
    """Return a checkout in which everything has been built, a few bytes each."""
    for name in release.LOOSE:
        (tmp_path / name).write_text(name)
    notebooks = tmp_path / "_build" / "html" / "_sources" / "notebooks"
    notebooks.mkdir(parents=True)
    (notebooks / "01.ipynb").write_text("{}")
    (tmp_path / "_build" / "html" / "index.html").write_text("<p>")
    (tmp_path / "_build" / "html" / ".complete").write_text("")
    (tmp_path / "_build" / "diagprec-book.pdf").write_bytes(b"%PDF")
    wheel = tmp_path / "_build" / "wheel"
    wheel.mkdir()
    (wheel / f"diagprec_core-{dp.__version__}-py3-none-any.whl").write_bytes(b"PK")
    return tmp_path


def test_every_file_is_there_with_its_checksum(built, tmp_path):
    target = tmp_path / "out" / "diagprec-1.zip"
    beside = release.pack(release.files(release.parts(built)), target)
    with zipfile.ZipFile(target) as archive:
        names = archive.namelist()
        sums = archive.read("diagprec-1/SHA256SUMS").decode().splitlines()
        for line in sums:
            said, place = line.split("  ")
            assert hashlib.sha256(archive.read(f"diagprec-1/{place}")).hexdigest() == said
    assert len(sums) == len(names) - 1
    for place in ("book/index.html", "notebooks/01.ipynb", "diagprec-book.pdf", "CITATION.cff"):
        assert f"diagprec-1/{place}" in names
    assert not any(".complete" in name for name in names)
    said, name = beside.read_text().split()
    assert name == target.name
    assert hashlib.sha256(target.read_bytes()).hexdigest() == said


def test_the_same_files_make_the_same_archive(built, tmp_path):
    found = release.files(release.parts(built))
    one, two = tmp_path / "a" / "diagprec.zip", tmp_path / "b" / "diagprec.zip"
    release.pack(found, one)
    release.pack(found, two)
    assert one.read_bytes() == two.read_bytes()
    (built / "CITATION.cff").write_text("other")
    release.pack(found, two)
    assert one.read_bytes() != two.read_bytes()


@pytest.mark.parametrize(
    ("missing", "target"), [("diagprec-book.pdf", "make pdf"), ("html", "make book")]
)
def test_what_is_not_built_is_named_with_its_target(built, missing, target):
    (built / "_build" / missing).rename(built / "elsewhere")
    with pytest.raises(FileNotFoundError, match=f"{missing} is not there; it comes from {target}"):
        release.parts(built)
