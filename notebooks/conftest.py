"""Keep what chapters printed and drew under nbval, for `make book`.

A chapter goes into the book's cache when all its cells have run and print what
is stored. What the cache does not hold the book executes itself. A chapter that
has passed with this code, these outputs, this core and these libraries is not
run again: a changed sentence costs nothing.
"""

import hashlib
import importlib.util
import json
import pathlib

import nbformat
import pytest
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbval.plugin import IPyNbCell

ROOT = pathlib.Path(__file__).parents[1]
passed = {}  # notebook file: its cells so far, in order


def pytest_collection_modifyitems(config, items):
    """Leave out the chapters that have passed as they are."""
    done = {
        path for path in {item.path for item in items} if stamp(path).exists()
    }
    config.hook.pytest_deselected(items=[i for i in items if i.path in done])
    items[:] = [item for item in items if item.path not in done]


def pytest_sessionfinish(session, exitstatus):
    """Nothing left to run is no failure."""
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


def stamp(path):
    """Return the file that says that a chapter has passed as it is."""
    digest = hashlib.sha256()
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            digest.update(json.dumps([cell.source, cell.outputs]).encode())
    return cache_folder() / "passed" / f"{path.stem}-{digest.hexdigest()[:16]}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Take a passed cell's outputs; after the last, keep the notebook."""
    result = yield
    if not isinstance(item, IPyNbCell) or call.when != "call":
        return
    cells = passed.setdefault(item.path, [])
    if result.get_result().passed:
        cells.append(item)
    chapter = nbformat.read(item.path, as_version=4)
    code = [cell for cell in chapter.cells if cell.cell_type == "code"]
    if [cell.cell_num for cell in cells] == list(range(len(code))):
        keep(item.path, chapter, code, [cell.test_outputs for cell in cells])


def keep(path, chapter, code, outputs):
    """Put an executed chapter into the cache from which the book takes it."""
    for count, (cell, printed) in enumerate(
        zip(code, outputs, strict=True), start=1
    ):
        cell.execution_count, cell.outputs = count, printed
        for output in printed:
            if output.output_type == "execute_result":
                output.execution_count = count
    nbformat.validate(chapter)
    cache = get_cache(str(cache_folder()))
    cache.cache_notebook_bundle(
        CacheBundleIn(chapter, str(path)), check_validity=False, overwrite=True
    )
    cache.db.dispose()  # an open connection is an error where warnings are
    passed_before = stamp(path)
    passed_before.parent.mkdir(exist_ok=True)
    passed_before.touch()


def cache_folder():
    """Return the folder of the cache, as the book's extension names it."""
    source = ROOT / "book" / "extensions" / "offline.py"
    spec = importlib.util.spec_from_file_location("offline", source)
    offline = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(offline)
    return offline.cache_folder()
