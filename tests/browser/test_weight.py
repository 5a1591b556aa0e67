"""No page loads more than 1.5 MB besides its figures, nor a thing that is not there."""

import pathlib
import urllib.parse

LIMIT = 1_500_000


def test_a_page_loads_at_most_its_share(browser, site, name):
    context = browser.new_context(offline=True)
    page, files, failed = context.new_page(), {}, []
    page.on("requestfailed", lambda request: failed.append(request.url))

    def note(request):
        if request.resource_type != "image" and request.url.startswith("file:"):
            path = urllib.parse.unquote(urllib.parse.urlsplit(request.url).path)
            files[path] = pathlib.Path(path).stat().st_size

    page.on("requestfinished", note)
    page.goto((site / name).as_uri())
    page.evaluate("() => window.MathJax?.startup?.promise")
    page.evaluate("() => document.fonts.ready.then(() => true)")
    context.close()
    assert failed == []
    largest = sorted(files.items(), key=lambda item: -item[1])[:5]
    assert sum(files.values()) <= LIMIT, largest
