"""Sphinx extension: the name of a claim, such as FIQ-2c, is not broken at its hyphen.

A sign that does not break in the hyphen's place would not be found by who looks for the name, nor
be copied as it is typed; so the names are marked, for the style sheet.
"""

from claims.expressions import CLAIM
from docutils import nodes

CLOSED = (nodes.title, nodes.literal, nodes.FixedTextElement, nodes.math, nodes.comment, nodes.raw)
MARK = "claim-name"


def mark(app, doctree, docname):
    """Mark the names of claims in the text of a page."""
    for text in list(doctree.findall(nodes.Text)):
        if not CLAIM.search(text) or within(text, CLOSED):
            continue
        if CLAIM.fullmatch(text) and isinstance(text.parent, nodes.inline):
            text.parent["classes"].append(MARK)
        else:
            text.parent.replace(text, list(pieces(text)))


def within(node, kinds):
    """Say whether a node stands in one of some kinds."""
    while node := node.parent:
        if isinstance(node, kinds):
            return True
    return False


def pieces(text):
    """Yield the pieces of a text, its names of claims marked.

    >>> [one.astext() for one in pieces("see SXQ-2, B-10")]
    ['see ', 'SXQ-2', ', ', 'B-10']
    >>> [type(one).__name__ for one in pieces("see SXQ-2, B-10")]
    ['Text', 'inline', 'Text', 'inline']
    """
    at = 0
    for found in CLAIM.finditer(text):
        if found.start() > at:
            yield nodes.Text(text[at : found.start()])
        yield nodes.inline("", found[0], classes=[MARK])
        at = found.end()
    if at < len(text):
        yield nodes.Text(text[at:])


def setup(app):
    """Register the handler."""
    app.connect("doctree-resolved", mark, priority=800)  # after the glossary's links
    return {"parallel_read_safe": True, "parallel_write_safe": True}
