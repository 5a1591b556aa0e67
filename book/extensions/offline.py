"""Sphinx extension: a site that needs no network, and notebooks that are run again when due."""

import hashlib
import re
import shutil
from importlib.metadata import distribution
from pathlib import Path

from docutils import nodes

ROOT = Path(__file__).resolve().parents[2]
STATIC = Path(__file__).with_name("static")
# The parts of MathJax that the pages load: 1.2 of its 24 MB.
MATHJAX = (
    "startup.js",
    "core.js",
    "input/tex.js",
    "output/chtml.js",
    "output/chtml/fonts/tex.js",
    "output/chtml/fonts/woff-v2",
    "a11y/assistive-mml.js",
)


def fingerprint():
    """Return a hash of all that a notebook's outputs depend on besides the notebook."""
    digest = hashlib.sha256()
    sources = sorted((ROOT / "diagprec_core").rglob("*.py"))
    sources += sorted((ROOT / "book" / "data" / "networks").glob("*.csv"))
    for path in [*sources, ROOT / "requirements.txt"]:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder():
    """Return where outputs are cached: under the fingerprint, so that a changed core runs again."""
    return ROOT / "_build" / ".jupyter_cache" / fingerprint()


def configure(app, config):
    """Take cached outputs from their folder, and drop those of another core."""
    current = cache_folder()
    config.nb_execution_cache_path = str(current)
    for stale in current.parent.glob("*"):
        if stale != current:
            shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
    config.html_static_path.append(str(STATIC))


def copy_mathjax(app, exception):
    """Copy MathJax from its installed package into the site."""
    if exception or app.builder.format != "html":
        return
    package = Path(distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline"))
    for part in MATHJAX:
        source = package / "static" / "mathjax" / part
        target = Path(app.outdir) / "_static" / "mathjax" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)


def drop_repeated_ids(app, doctree, docname):
    """Drop the id that theorems, exercises and solutions give to their bodies alike."""
    for section in doctree.findall(nodes.section):
        if section["ids"] in (["proof-content"], ["exercise-content"], ["solution-content"]):
            section["ids"] = []


def forget_code_pages(app):
    """Remove the pages of code: viewcode keeps those whose code is older, whatever they link to."""
    shutil.rmtree(Path(app.outdir) / "_modules", ignore_errors=True)


def mend_back_links(app, pagename, templatename, context, doctree):
    """Let a page of code link to where its objects are documented, under either name."""
    if not pagename.startswith("_modules/") or "body" not in context:
        return
    module = pagename.removeprefix("_modules/").replace("/", ".")
    known = app.env.get_domain("py").objects

    def mend(link):
        page, name, short = link["page"], link["name"], link["short"]
        right = name if name in known else f"{module}.{short}"
        return f'<div class="viewcode-block" id="{short}">\n' + (
            f'<a class="viewcode-back" href="{page}#{right}">[docs]</a>' if right in known else ""
        )

    pattern = (
        r'<div class="viewcode-block" id="(?P<short>[^"]*)">\n'
        r'<a class="viewcode-back" href="(?P<page>[^"#]*)#(?P<name>[^"]*)">\[docs\]</a>'
    )
    context["body"] = re.sub(pattern, mend, context["body"])


def setup(app):
    """Register the handlers."""
    app.connect("config-inited", configure, priority=1)
    app.connect("builder-inited", forget_code_pages)
    app.connect("doctree-resolved", drop_repeated_ids)
    app.connect("html-page-context", mend_back_links)
    app.connect("build-finished", copy_mathjax)
    app.add_js_file("formulas.js", priority=600)  # after the settings of MathJax, which it amends
    app.add_js_file("pages.js", loading_method="defer")
    app.add_css_file("book.css")
    app.add_css_file("print.css", media="print")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
