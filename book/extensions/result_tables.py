"""Sphinx extension: formulas in the tables of results are formulas like all others of a page."""

import re

from docutils import nodes

FORMULA = re.compile(r"\\\(.+?\\\)", re.DOTALL)


def marked(html):
    r"""Return HTML with what the page's script looks for around each formula.

    >>> marked(r"<th>\(B\)</th>")
    '<th><span class="math notranslate nohighlight">\\(B\\)</span></th>'
    """
    return FORMULA.sub(r'<span class="math notranslate nohighlight">\g<0></span>', html)


def mark(app, doctree, docname):
    """Mark the formulas of the tables on a page."""
    for raw in list(doctree.findall(nodes.raw)):
        if "tex2jax_process" in raw.astext():
            raw.replace_self(nodes.raw("", marked(raw.astext()), format=raw["format"]))


def setup(app):
    """Register the handler."""
    app.connect("doctree-resolved", mark)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
