"""The whole book as one PDF, from its built pages: python book/pdf.py (or `make pdf`).

The pages are put behind each other, with a title page and contents, and a Chromium prints them: with
an outline, with tags for screen readers, with page numbers. Every proof is then looked for in what
was printed.
"""

import argparse
import posixpath
import re
import shutil
import subprocess
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
<p>{author}, version {version}</p></article>"""
STYLE = """.cover { page: cover; text-align: center; padding-top: 30vh; font-size: 1.3em }
.book-title { font-size: 2.6em; font-weight: 500 }
article, nav.contents { break-before: page } article.cover { break-before: auto }
nav.contents ol { list-style: none; padding: 0 }"""


def parse(path):
    """Return a page as a tree."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def order(index):
    """Return the book's pages and the captions of its parts, in the order of the side bar."""
    found = ["book/index.html"]
    for node in index.select(".bd-docs-nav p.caption, .bd-docs-nav li > a.internal"):
        if node.name == "p":
            found.append(node.get_text(strip=True))
        elif node["href"] != "#":
            page = posixpath.normpath(posixpath.join("book", node["href"]))
            found += [page] if page not in found else []
    return found


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
    """Let a link lead to its place in the whole book; one to a file of the site is no link there."""
    if re.match(r"[a-z]+:", link["href"]):
        return
    path, _, anchor = link["href"].partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page
    if target in pages:
        link["href"] = f"#{slug(target)}" + (f"--{anchor}" if anchor else "")
    else:
        link.unwrap()


def whole(site, version):
    """Return the whole book as one page of HTML, to lie in the top folder of the site."""
    index = parse(site / "book" / "index.html")
    listed = order(index)
    pages = [each for each in listed if each.endswith(".html")]
    articles = {page: chapter(site, page, set(pages)) for page in pages}
    rows = []
    for each in listed:
        if each in articles:
            title = articles[each].h1.get_text(" ", strip=True)
            rows.append(f'<li><a href="#{slug(each)}">{title}</a></li>')
        else:
            rows.append(f"<li><strong>{each}</strong></li>")
    head = parse(site / next(p for p in pages if "MathJax" in (site / p).read_text())).head
    for gone in head.select("link:not([rel=stylesheet]), meta[name=description], title"):
        gone.decompose()
    for node, name in [(n, k) for n in head.find_all() for k in ("src", "href") if n.get(k)]:
        node[name] = node[name].removeprefix("../")
    title = index.select_one(".logo__title").get_text(strip=True)
    cover = COVER.format(title=title, author="The diagprec authors", version=version)
    contents = f'<nav class="contents"><h1>Contents</h1><ol>{"".join(rows)}</ol></nav>'
    return (
        f'<!DOCTYPE html><html lang="en" data-theme="light">{head}'
        f"<title>{title}</title><style>{STYLE}</style><body><main>{cover}{contents}"
        + "".join(map(str, articles.values()))
        + "</main></body></html>"
    )


def chromium():
    """Return the path of a Chromium; end with a message if there is none, or no playwright."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        sys.exit("A PDF needs Chromium or Chrome on the path, and there is none.")
    return path


def show(site, html, use):
    """Open the whole book in a Chromium, without a network, and return what `use` makes of it."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sys.exit("A PDF needs playwright: pip install playwright (no browser of its own).")
    source = site / "print.html"
    source.write_text(html, encoding="utf-8")
    try:
        with sync_playwright() as started:
            options = ["--no-sandbox", "--disable-gpu"]
            browser = started.chromium.launch(executable_path=chromium(), args=options)
            page = browser.new_context(offline=True).new_page()
            page.set_default_timeout(600_000)
            page.goto(source.as_uri())
            page.evaluate("() => MathJax.startup.promise")
            return use(page)
    finally:
        source.unlink()


def make(site=SITE, target=TARGET, version=""):
    """Print the book to a PDF."""
    html = whole(site, version)
    show(
        site,
        html,
        lambda page: page.pdf(
            path=target,
            prefer_css_page_size=True,
            outline=True,
            tagged=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
        ),
    )


def first_words(text):
    """Return the pieces of a proof's first sentence that are plain words, without formulas.

    >>> first_words("Let $x$ be as {prf:ref}`sxq-1` says, *and* wait. Then")
    ['be as', 'says, and wait.']
    """
    text = re.sub(r"\$\$.*?\$\$|\$.*?\$|\{[\w:]+\}`[^`]*`|\[[^]]*\]\([^)]*\)|`[^`]*`", "\0", text,
                  flags=re.DOTALL)  # fmt: skip
    text = " ".join(re.sub(r"[*_]{1,2}(?=\S)|(?<=\S)[*_]{1,2}", "", text).split())
    sentence = re.match(r".*?[.:](?= |$|\0)(?:.{0,60})?", text + " ")[0]
    pieces = [piece.strip() for piece in sentence.split("\0")]
    return [piece for piece in pieces if len(re.sub(r"\W", "", piece)) >= 4]


def proofs(notebooks=ROOT / "notebooks"):
    """Yield (chapter, first words) of every proof in the notebooks."""
    import json

    start = re.compile(
        r"^(:{3,})\{dropdown\} (?:Proof|Why)[^\n]*\n(?::[^\n]*\n)*(.*?)^\1$", re.M | re.S
    )
    for path in sorted(notebooks.glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                for found in start.finditer("".join(cell["source"])):
                    yield path.stem, first_words(found[2].strip())
