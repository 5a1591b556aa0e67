"""Sphinx extension: terms of the glossary link to it where a page first uses them.

Only in running text: not in headings, links, code, tables, captions or theorems' names. Words that
the book also uses in their everyday sense are not linked.
"""

import re

from docutils import nodes

PAGE = "book/notation"
EVERYDAY = {
    "box", "claim", "control", "curvature", "drift", "floor", "instance", "share", "stable",
}  # fmt: skip
CLOSED = (
    nodes.title,
    nodes.reference,
    nodes.literal,
    nodes.caption,
    nodes.term,
    nodes.rubric,
    nodes.table,
)


def identify(app, doctree):
    """Give every term of the glossary an id, and remember it."""
    if app.env.docname != PAGE:
        return
    terms = app.env.glossary_terms = {}
    for term in doctree.findall(nodes.term):
        names = [name.strip() for name in term.astext().split(",")]
        anchor = "term-" + nodes.make_id(names[0])
        term["ids"].append(anchor)
        terms.update(dict.fromkeys(names, anchor))


def link(app, doctree, docname):
    """Link the first use of each term on a page."""
    terms = getattr(app.env, "glossary_terms", {})
    left = {name: anchor for name, anchor in terms.items() if name not in EVERYDAY}
    if docname == PAGE or not left:
        return
    page = app.builder.get_relative_uri(docname, PAGE)
    for text in list(doctree.findall(nodes.Text)):
        if isinstance(text.parent, nodes.paragraph | nodes.inline) and not within(text, CLOSED):
            pieces = list(linked(text.astext(), left, page))
            if len(pieces) > 1:
                text.parent.replace(text, pieces)


def within(node, kinds):
    """Say whether a node stands in one of some kinds, or in the title of a box."""
    while node := node.parent:
        if isinstance(node, kinds) or "admonition-title" in node.get("classes", ()):
            return True
    return False


def linked(text, left, page):
    """Yield the pieces of a text with links at first uses, and take these terms out of `left`.

    >>> left = {"noise floor": "term-noise-floor"}
    >>> [type(one).__name__ for one in linked("Two noise floors.", left, "n.html")]
    ['Text', 'reference', 'Text']
    >>> left
    {}
    """
    while left:
        words = "|".join(sorted(map(re.escape, left), key=len, reverse=True))
        found = re.search(rf"\b({words})(?:s|es)?\b", text, re.IGNORECASE)
        if not found:
            break
        name = next(name for name in left if name.lower() == found[1].lower())
        anchor = left[name]
        for same in [other for other, its in left.items() if its == anchor]:
            del left[same]
        if found.start():
            yield nodes.Text(text[: found.start()])
        target = {"refuri": f"{page}#{anchor}", "internal": True, "classes": ["term"]}
        yield nodes.reference("", found[0], **target)
        text = text[found.end() :]
    if text:
        yield nodes.Text(text)


def setup(app):
    """Register the handlers."""
    app.connect("doctree-read", identify)
    app.connect("doctree-resolved", link)
    return {"version": "1", "env_version": 1}
