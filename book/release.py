"""Pack what a reader takes home into one archive with checksums: `make release`.

The archive holds the wheel of the core, the book as HTML and as PDF, the notebooks as they are
offered for download, the licences and how to cite. It is the same to the last byte whenever it is
packed of the same files: entries are sorted and carry no time.
"""

import argparse
import hashlib
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

import diagprec_core as dp

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / "_build"
SUMS = "SHA256SUMS"
LOOSE = ("LICENSE", "LICENSE-TEXT", "CITATION.cff", "CHANGELOG.md", "requirements.txt")


def parts(root=ROOT):
    """Return what goes into the archive: a dict from the place in it to the file or folder.

    Raises
    ------
    FileNotFoundError
        If something has not been built; the message says which target builds it.
    """
    built = root / "_build"
    wheel = built / "wheel" / f"diagprec_core-{dp.__version__}-py3-none-any.whl"
    wanted = {
        wheel.name: (wheel, "make release"),
        "book": (built / "html", "make book"),
        "notebooks": (built / "html" / "_sources" / "notebooks", "make book"),
        "diagprec-book.pdf": (built / "diagprec-book.pdf", "make pdf"),
    }
    wanted |= {name: (root / name, "the repository") for name in LOOSE}
    for path, how in wanted.values():
        if not path.exists():
            raise FileNotFoundError(f"{path.relative_to(root)} is not there; it comes from {how}")
    return {place: path for place, (path, _) in wanted.items()}


def files(wanted):
    """Return a dict from the place in the archive to the file, folders opened, sorted."""
    found = {}
    for place, path in wanted.items():
        inside = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        for each in inside:
            rest = each.relative_to(path).as_posix()
            hidden = any(part.startswith(".") for part in each.relative_to(path).parts)
            if path.is_file() or not hidden:
                found[place if path.is_file() else f"{place}/{rest}"] = each
    return dict(sorted(found.items()))


def digest(path):
    """Return the SHA-256 of a file, in hexadecimal."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def pack(found, target):
    """Write the archive, its checksums as its first entry, and the archive's own beside it.

    Parameters
    ----------
    found : dict
        As `files` returns it.
    target : path
        The archive, "NAME.zip"; its entries lie in the folder NAME.

    Returns
    -------
    Path
        The file with the archive's checksum, in the form of `sha256sum`.
    """
    target = Path(target)
    sums = "".join(f"{digest(path)}  {place}\n" for place, path in found.items())
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as draft:
        draft = Path(draft) / target.name
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.writestr(_entry(f"{target.stem}/{SUMS}"), sums)
            for place, path in found.items():
                archive.writestr(_entry(f"{target.stem}/{place}"), path.read_bytes())
        shutil.move(draft, target)
    beside = target.with_name(f"{target.name}.sha256")
    beside.write_text(f"{digest(target)}  {target.name}\n")
    return beside


def _entry(name):
    entry = zipfile.ZipInfo(name)  # dated 1980: what is packed alike is alike
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def main(arguments=None):
    """Pack the archive; return the exit status."""
    parser = argparse.ArgumentParser(description="Pack the book, the core and the notebooks.")
    name = f"diagprec-{dp.__version__}.zip"
    parser.add_argument("--target", type=Path, default=BUILT / "release" / name)
    target = parser.parse_args(arguments).target
    try:
        found = files(parts())
    except FileNotFoundError as missing:
        print(missing, file=sys.stderr)
        return 1
    beside = pack(found, target)
    print(f"{target}: {len(found)} files, {target.stat().st_size / 1e6:.1f} MB; {beside.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
