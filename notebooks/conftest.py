"""Keep what chapters printed and drew under nbval, for `make book`.

A chapter goes into the book's cache when all its cells have run and print what
is stored. What the cache does not hold the book executes itself.
"""

import importlib.util
import pathlib

import nbformat
import pytest
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbval.plugin import IPyNbCell

ROOT = pathlib.Path(__file__).parents[1]
passed = {}  # notebook file: its cells so far, in order


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


def cache_folder():
    """Return the folder of the cache, as the book's extension names it."""
    source = ROOT / "book" / "extensions" / "offline.py"
    spec = importlib.util.spec_from_file_location("offline", source)
    offline = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(offline)
    return offline.cache_folder()
