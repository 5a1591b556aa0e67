"""Sphinx extension: what the search looks through, as one script that works from the disk.

Each section, theorem, term and function of the book is an entry: where it is, what it is called,
and what it says. static/search.js ranks them and shows the places found.
"""

import json
from pathlib import Path

from docutils import nodes
from readable import text_of
from sphinx import addnodes

# Words under which readers look for a page that does not use them.
ALSO = {
    "book/citing": "bibtex citation reference",
    "book/guide": "which optimiser method should I use choose recommendation advice",
    "book/api": "functions classes documentation reference",
}
OWN_ENTRY = (addnodes.desc, nodes.term)
UNREAD = (nodes.literal_block, nodes.title, nodes.image, nodes.comment, nodes.raw)


def entries(doctree, docname):
    """Yield the entries of a page as (anchor, kind, title, text)."""
    for node in doctree.findall():
        if isinstance(node, nodes.section) and node["ids"]:
            title = next(node.findall(nodes.title), None)
            if title is not None and title.parent is node:
                page = isinstance(node.parent, nodes.document)
                anchor = "" if page else node["ids"][0]
                also = ALSO.get(docname, "") if page else ""
                yield anchor, "page" if page else "section", text_of(title), said(node), also
        elif is_theorem(node) and node["ids"]:
            title = next(node.findall(nodes.title), None)
            if title is not None:
                yield node["ids"][0], "theorem", text_of(title).strip("() "), said(node), ""
        elif isinstance(node, nodes.term) and node["ids"]:
            text = " ".join(text_of(part) for part in node.parent[1:])
            yield node["ids"][0], "term", text_of(node), text, ""
        elif isinstance(node, addnodes.desc_signature) and node["ids"]:
            body = next(node.parent.findall(nodes.paragraph), None)
            text = text_of(body) if body is not None else ""
            yield node["ids"][0], "function", node["ids"][0], text, ""


def said(node):
    """Return the running text of a node, without what has an entry of its own."""
    parts = []
    for child in node.children:
        if isinstance(child, (*OWN_ENTRY, *UNREAD)) or stands_alone(child):
            continue
        if isinstance(child, nodes.TextElement):
            parts.append(text_of(child))
        elif isinstance(child, nodes.Element):
            parts.append(said(child))
    return " ".join(filter(None, parts))


def stands_alone(node):
    """Say whether a node is a section or a theorem's box with an id of its own."""
    boxed = isinstance(node, nodes.section) or is_theorem(node)
    return boxed and bool(node["ids"])


def is_theorem(node):
    """Say whether a node is the box of a theorem, lemma or conjecture."""
    return isinstance(node, nodes.Element) and "proof" in node.get("classes", ())


def collect(app, doctree, docname):
    """Keep the entries of a page until all are written."""
    if app.builder.name == "html":
        app.search_entries[docname] = list(entries(doctree, docname))


def write(app, exception):
    """Write the entries of all pages, in the order of their names."""
    if exception or app.builder.name != "html":
        return
    found = [
        [app.builder.get_target_uri(docname) + (f"#{anchor}" if anchor else ""), *rest]
        for docname, its in sorted(app.search_entries.items())
        for anchor, *rest in its
    ]
    titles = {
        app.builder.get_target_uri(docname): text_of(app.env.titles[docname])
        for docname in app.search_entries
    }
    data = json.dumps({"pages": titles, "entries": found}, ensure_ascii=False)
    target = Path(app.outdir) / "_static" / "search-data.js"
    target.write_text(f"const SEARCH = {data};\n", encoding="utf-8")


def setup(app):
    """Register the handlers."""
    app.search_entries = {}
    app.connect("doctree-resolved", collect)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
