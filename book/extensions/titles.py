"""Sphinx extension: titles without TeX, and a description of every page in its head.

Titles are repeated where no formula is set: in the side bar, in links to the next page, in the name
of the window. There formulas are text; the headings themselves keep them.
"""

import html
import re

from docutils import nodes
from readable import text_of, without_formulas

UNTITLED = {
    "genindex": "Index of all functions",
    "py-modindex": "Index of all modules",
    "prf-prf": "Index of all theorems",
    "search": "Search",
}


def spell_out(app, env):
    """Turn formulas in the titles that are repeated elsewhere into text.

    A page's two titles stay one node: they are numbered after this.
    """
    copies = {}
    for kept in (env.titles, env.longtitles, env.tocs):
        for docname, node in kept.items():
            if next(node.findall(nodes.math), None) is not None:
                kept[docname] = copies.setdefault(id(node), without_formulas(node))


def first_sentence(doctree, at_least=50, at_most=300):
    """Return the beginning of a page's running text, up to the end of a sentence."""
    for paragraph in doctree.findall(nodes.paragraph):
        told = isinstance(paragraph.parent, nodes.section | nodes.document)
        text = re.sub(r"^(The question|In short)\. ", "", text_of(paragraph)) if told else ""
        if len(text) >= at_least:
            if len(text) <= at_most:
                return text
            end = [m.end() for m in re.finditer(r"[.?!:](?= )", text) if m.end() <= at_most]
            whole = next((e for e in reversed(end) if e >= at_least), None)
            return text[:whole].rstrip(":") if whole else text[:at_most].rsplit(" ", 1)[0] + " …"
    return None


def fill_head(app, pagename, templatename, context, doctree):
    """Name the window in plain text, and describe the page for those who find it elsewhere."""
    title = re.sub(r"<sup>(.*?)</sup>", r"^\1", context.get("title") or "")
    context["title"] = title
    name = title or UNTITLED.get(pagename, pagename)
    said = (doctree is not None and first_sentence(doctree)) or f"{name}, {app.config.html_title}"
    text = html.escape(re.sub(r"<[^>]*>", "", said))
    context["metatags"] = context.get("metatags", "") + (
        f'<meta name="description" content="{text}" />'
    )


def setup(app):
    """Register the handlers."""
    app.connect("env-updated", spell_out)
    app.connect("html-page-context", fill_head)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
