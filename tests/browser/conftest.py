"""The built book in a real browser, without a network.

`make test` builds the book and then runs these tests, if there is a Chromium (on the path, or named
by CHROMIUM). Every page is opened from the disk with the network switched off. To open one takes
longer than to look at it: what is asked of every page is asked of one copy of it (`opened`), and
tests that leave a page as it was, or set all that they read, share theirs (`keep`).
"""

import contextlib
import os
import pathlib
import shutil
import urllib.parse
from types import SimpleNamespace

import pytest

ROOT = pathlib.Path(__file__).parents[2]
SITE = ROOT / "_build" / "html"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Boxes are fitted in the frames after formulas are set and after a change of size.
SETTLED = """async () => {
  await window.MathJax?.startup?.promise;
  for (let i = 0; i < 6; i += 1) await new Promise((go) => requestAnimationFrame(go));
}"""
# A container has no user namespaces for the sandbox, and often no graphics.
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def chromium():
    """Return the path of a Chromium, or None."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


def pages():
    """Return every page of the book; of each folder of pages made alike, the longest."""
    tops = (SITE, SITE / "book", SITE / "notebooks")
    found = [page for top in tops for page in top.glob("*.html") if page != SITE / "index.html"]
    for folder in (SITE / "_modules", *(each for top in tops[1:] for each in top.glob("*/"))):
        alike = list(folder.rglob("*.html"))
        found += [max(alike, key=lambda page: page.stat().st_size)] if alike else []
    # Without a site there is one page to ask for, and the fixture says that the book is not built.
    return sorted(page.relative_to(SITE).as_posix() for page in found) or ["index.html"]


@pytest.fixture(scope="session")
def names():
    """Return every page of the book."""
    return pages()


@pytest.fixture(scope="session")
def site():
    """Return the folder of the built book."""
    if not (SITE / "index.html").exists():
        pytest.fail("the book is not built: run `make book` first")
    return SITE


@pytest.fixture(scope="session")
def browser():
    """Return a running Chromium, of playwright's sync interface."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium on the path (or in CHROMIUM)")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe():
    """Return a function that runs axe on a page of playwright and returns what it finds.

    Keywords go to axe.run as options; `exclude` are selectors of what is left out.
    """
    package = pytest.importorskip("axe_playwright_python")
    script = (pathlib.Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")

    def axe(page, exclude=(), **options):
        if not page.evaluate("() => 'axe' in window"):
            page.add_script_tag(content=script)
        found = page.evaluate(
            "([context, options]) => axe.run(context, options)",
            [
                {"exclude": [[selector] for selector in exclude]},
                {"resultTypes": ["violations"], "preload": False, **options},
            ],
        )
        return [
            f"{one['id']}: {node['html'][:150]} ({node['failureSummary'][:200]})"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    return axe


@pytest.fixture(scope="session")
def settle():
    """Return a function that waits until a page is as it stays: after a link, or another size."""
    return lambda page: page.evaluate(SETTLED)


@contextlib.contextmanager
def visits(browser, site):
    """Give a function that opens a page; at its end the pages are closed, and no error was seen."""
    contexts, wrong = [], []

    def visit(address, *, viewport=None, **options):
        size = viewport or {"width": 1280, "height": 900}
        context = browser.new_context(offline=True, viewport=size, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"{address}: {error}"))
        page.on("console", lambda m: m.type == "error" and wrong.append(f"{address}: {m.text}"))
        name, _, anchor = address.partition("#")
        page.goto((site / name).as_uri() + (f"#{anchor}" if anchor else ""))
        if options.get("java_script_enabled", True):
            page.evaluate(SETTLED)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not wrong


@pytest.fixture
def visit(browser, site):
    """Return a function that opens a page of the book, "notebooks/01_question.html#id", offline.

    Keywords go to playwright's new_context: `viewport`, `color_scheme`, `java_script_enabled`,
    `reduced_motion`. It returns when formulas are set and boxes fitted. Errors of scripts and of
    the console fail the test.
    """
    with visits(browser, site) as visit:
        yield visit


@pytest.fixture(scope="module")
def keep(browser, site):
    """Return a function as `visit` is, which opens a page once for all the tests of a file."""
    kept = {}
    with visits(browser, site) as visit:

        def keep(address, **options):
            key = address, repr(sorted(options.items()))
            if key not in kept:
                kept[key] = visit(address, **options)
            return kept[key]

        yield keep


@pytest.fixture(scope="module", params=pages())
def opened(request, browser, site):
    """Return every page of the book in turn, opened on a phone by a browser that has no copies.

    It has the `name` of the page, the `page` of playwright, the `files` that it loaded, with their
    sizes and without images, what `failed` to load, and what went `wrong` in scripts.
    """
    seen = SimpleNamespace(name=request.param, files={}, failed=[], wrong=[])
    context = browser.new_context(offline=True, viewport={"width": 390, "height": 900})
    seen.page = context.new_page()

    def note(request):
        if request.resource_type != "image" and request.url.startswith("file:"):
            path = urllib.parse.unquote(urllib.parse.urlsplit(request.url).path)
            seen.files[path] = pathlib.Path(path).stat().st_size

    seen.page.on("requestfailed", lambda request: seen.failed.append(request.url))
    seen.page.on("requestfinished", note)
    seen.page.on("pageerror", lambda error: seen.wrong.append(str(error)))
    seen.page.on("console", lambda m: m.type == "error" and seen.wrong.append(m.text))
    seen.page.goto((site / seen.name).as_uri())
    seen.page.evaluate(SETTLED)
    seen.page.evaluate("() => document.fonts.ready.then(() => true)")
    yield seen
    context.close()
