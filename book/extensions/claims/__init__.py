"""Sphinx extension: theorem boxes named by their claims, a page for each claim, tables of all.

All of it is made from the run of the registry in `_build/claims.json` and from the chapters.
"""

from docutils import nodes

from . import page, theorems
from .directives import Claims, Statement
from .formulas import plain, spans
from .results import ROOT, read_claims


def add_pages(app, config):
    """Write the sources of the pages, and let them in: they stand in no table of contents."""
    page.write_sources(ROOT / page.FOLDER, config.project_url)
    shut = [each for each in config.exclude_patterns if not each.startswith(page.FOLDER)]
    config.exclude_patterns = shut


def plain_title(app, doctree):
    """Give a claim's page a title without TeX: in the window, in links and in the search."""
    folder, _, name = app.env.docname.rpartition("/")
    if folder != page.FOLDER:
        return
    claim = next(each for each in read_claims() if each["id"] == name)
    title = nodes.title("", f"{name}: {plain(claim['title'])}")
    app.env.titles[app.env.docname] = app.env.longtitles[app.env.docname] = title
    heading = next(doctree.findall(nodes.title))
    formulas = [plain(piece) for piece, tex in spans(claim["title"]) if tex]
    for old, signs in zip(list(heading.findall(nodes.math)), formulas, strict=True):
        old.replace_self(theorems.formula(tex=old.astext(), plain=signs))


def setup(app):
    """Register directives, transforms and nodes."""
    app.add_config_value("project_url", "", "env", str)
    app.add_directive("claims", Claims)
    app.add_directive("statement", Statement)
    app.add_node(page.statement_text)
    app.add_node(theorems.box, html=(theorems.visit_box, theorems.depart_box))
    title = (theorems.visit_box_title, theorems.depart_box_title)
    app.add_node(theorems.box_title, html=title)
    app.add_node(theorems.formula, html=(theorems.visit_formula, None))
    app.add_transform(theorems.NameReferences)
    app.add_post_transform(theorems.Statements)
    app.add_post_transform(theorems.Boxes)
    app.connect("config-inited", add_pages, priority=950)  # after the table of contents at 900
    app.connect("doctree-read", plain_title, priority=900)  # after titles are collected
    app.add_css_file("claims.css")
    app.add_js_file("claims.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
