"""The whole book as one PDF, from its built pages: `make pdf`.

The pages are put behind each other, with a title page and contents, and a Chromium prints them:
with an outline, with tags for screen readers, with page numbers.
"""

import os
import posixpath
import re
import shutil
import sys
from pathlib import Path

from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
TARGET = ROOT / "_build" / "diagprec-book.pdf"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FOOTER = (
    '<div style="width: 100%; text-align: center; font: 8px sans-serif">'
    '<span class="pageNumber"></span></div>'
)
COVER = """<article class="bd-article cover"><p class="book-title">{title}</p>
<p>An executable companion to the theory of diagonal preconditioners</p>
<p>The diagprec authors, version {version}</p></article>"""
STYLE = """.cover { page: cover; text-align: center; padding-top: 30vh; font-size: 1.3em }
.book-title { font-size: 2.6em; font-weight: 500 }
article, nav.contents { break-before: page } article.cover { break-before: auto }
nav.contents ol { list-style: none; padding: 0 }"""


def parse(path):
    """Return a page as a tree."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def order(index):
    """Return (page, title) in the order of the side bar; the captions of parts have no page."""
    found = {"book/index.html": "What this book is about"}
    for node in index.select(".bd-docs-nav p.caption, .bd-docs-nav li > a.internal"):
        title = node.decode_contents().strip()
        if node.name == "p":
            found[title] = None
        elif node["href"] != "#":
            found.setdefault(posixpath.normpath(posixpath.join("book", node["href"])), title)
    return [(page, title) if title else (None, page) for page, title in found.items()]


def slug(page):
    """Return what the ids of a page begin with in the whole book."""
    return page.removesuffix(".html").replace("/", "-")


def chapter(site, page, pages):
    """Return the article of a page, with ids, links and images as the whole book needs them."""
    article = parse(site / page).select_one("article.bd-article")
    for gone in article.select(".headerlink, .viewcode-link, script, button"):
        gone.decompose()
    for node in article.select("[id]"):
        node["id"] = f"{slug(page)}--{node['id']}"
    for fold in article.select("details"):
        fold["open"] = ""
    for image in article.select("img[src]"):
        image["src"] = posixpath.normpath(posixpath.join(posixpath.dirname(page), image["src"]))
    for link in article.select("a[href]"):
        relink(link, page, pages)
    article["id"] = slug(page)
    return article


def relink(link, page, pages):
    """Let a link lead to its place in the whole book; to a file of the site there is none."""
    if re.match(r"[a-z]+:", link["href"]):
        return
    path, _, anchor = link["href"].partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page
    if target in pages:
        link["href"] = f"#{slug(target)}" + (f"--{anchor}" if anchor else "")
    else:
        link.unwrap()


def whole(site, chosen=None):
    """Return the whole book, or the chosen pages of it, as one page for the top of the site."""
    index = parse(site / "book" / "index.html")
    listed = [one for one in order(index) if chosen is None or one[0] in chosen]
    pages = {page for page, _ in listed if page}
    articles = {page: chapter(site, page, pages) for page, _ in listed if page}
    rows = [
        f'<li><a href="#{slug(page)}">{title}</a></li>'
        if page
        else f"<li><strong>{title}</strong></li>"
        for page, title in listed
    ]
    title = index.select_one(".logo__title").get_text(strip=True)
    cover = COVER.format(title=title, version=version())
    contents = f'<nav class="contents"><h1>Contents</h1><ol>{"".join(rows)}</ol></nav>'
    return (
        f'<!DOCTYPE html><html lang="en" data-theme="light"><head>{head_with_maths(site, articles)}'
        f"<title>{title}</title><style>{STYLE}</style></head><body><main>{cover}{contents}"
        + "".join(map(str, articles.values()))
        + "</main></body></html>"
    )


def head_with_maths(site, articles):
    """Return the styles and scripts of a page that sets formulas, as the top folder needs them."""
    texts = ((site / page).read_text(encoding="utf-8") for page in articles)
    head = BeautifulSoup(next(t for t in texts if "mathjax/startup" in t), "html.parser").head
    kept = head.select("link[rel=stylesheet], script")
    for node in kept:
        for name in ("src", "href"):
            if node.get(name):
                node[name] = node[name].removeprefix("../")
    return "".join(map(str, kept))


def version():
    """Return the version of the core that made the book."""
    text = (ROOT / "diagprec_core" / "__init__.py").read_text(encoding="utf-8")
    return re.search(r'__version__ = "([^"]*)"', text)[1]


def chromium():
    """Return the path of a Chromium (of the environment's CHROMIUM first), or None."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, CHROMIUM)), None)


def make(site=SITE, target=TARGET, chosen=None):
    """Print the book, or the chosen pages of it, to a PDF."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sys.exit("A PDF needs playwright (any version will do; no browser of its own is needed).")
    browser_path = chromium()
    if browser_path is None:
        sys.exit("A PDF needs Chromium or Chrome, on the path or named by CHROMIUM.")
    if not (site / "book" / "index.html").exists():
        sys.exit("The book is not built: run `make book` first.")
    source = site / "whole-book.html"
    source.write_text(whole(site, chosen), encoding="utf-8")
    try:
        with sync_playwright() as started:
            options = ["--no-sandbox", "--disable-gpu"]
            browser = started.chromium.launch(executable_path=browser_path, args=options)
            page = browser.new_context(offline=True).new_page()
            page.goto(source.as_uri(), timeout=0)
            page.evaluate("() => MathJax.startup.promise")
            page.pdf(
                path=target,
                prefer_css_page_size=True,
                outline=True,
                tagged=True,
                display_header_footer=True,
                header_template="<span></span>",
                footer_template=FOOTER,
            )
            browser.close()
    finally:
        source.unlink()
    return target


if __name__ == "__main__":
    print(f"The book: file://{make()}")
