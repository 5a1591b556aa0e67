"""Sphinx extension: figures to play with, `{explorer} power`.

The figure is drawn when the book is built and is all that a reader needs. Where scripts run,
`static/explorers/` moves its marks: over data that the core has computed, which the page carries
with it, or by a theorem's closed form.
"""

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from . import factor, floor, plane, power, steps
from .page import element
from .store import data_of

EXPLORERS = {m.EXPLORER.name: m.EXPLORER for m in (power, factor, plane, floor, steps)}


class explorer(nodes.General, nodes.Element):
    """An explorer in a document; it holds its name and its data."""


class InsertExplorer(SphinxDirective):
    """Insert an explorer: `{explorer} power`."""

    required_arguments = 1

    def run(self):
        """Compute the data, or take it from the disk."""
        name = self.arguments[0]
        if name not in EXPLORERS:
            raise self.error(f"explorer: got {name!r}, need one of {', '.join(EXPLORERS)}")
        return [explorer(name=name, data=data_of(EXPLORERS[name]))]


def write(translator, node):
    """Write an explorer into an HTML page."""
    translator.body.append(element(EXPLORERS[node["name"]], node["data"]))
    raise nodes.SkipNode


def skip(translator, node):
    """Leave an explorer out of what is not HTML."""
    raise nodes.SkipNode


def add_files(app, pagename, templatename, context, doctree):
    """Load script and style where there is an explorer, each explorer's own script with it."""
    names = sorted({node["name"] for node in doctree.findall(explorer)}) if doctree else []
    for name in ["core", *names] if names else []:
        app.add_js_file(f"explorers/{name}.js", defer="defer")
    if names:
        app.add_css_file("explorers/explorers.css")


def setup(app):
    """Register node, directive and files."""
    app.add_node(
        explorer, html=(write, None), **dict.fromkeys(("latex", "text", "man"), (skip, None))
    )
    app.add_directive("explorer", InsertExplorer)
    app.connect("html-page-context", add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
