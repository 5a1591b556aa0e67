"""Sphinx extension: a site that needs no network, and notebooks that are run again when due."""

import hashlib
import shutil
from importlib.metadata import distribution
from pathlib import Path

from docutils import nodes

ROOT = Path(__file__).resolve().parents[2]
STATIC = Path(__file__).with_name("static")
# The parts of MathJax that the pages load: 1.6 of its 24 MB.
MATHJAX = ("tex-chtml.js", "output/chtml/fonts/woff-v2")


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
    """Drop the id that sphinx-proof gives to every theorem's body alike."""
    for section in doctree.findall(nodes.section):
        if section["ids"] == ["proof-content"]:
            section["ids"] = []


def drop_live_code(app, pagename, templatename, context, doctree):
    """Drop the scripts of sphinx-thebe, which name a remote address and which nothing here uses."""

    def foreign(script):
        attributes = getattr(script, "attributes", {})
        return "thebe" in f"{script} {attributes.get('body', '')}".lower()

    context["script_files"] = [s for s in context["script_files"] if not foreign(s)]


def setup(app):
    """Register the handlers."""
    app.connect("config-inited", configure, priority=1)
    app.connect("doctree-resolved", drop_repeated_ids)
    app.connect("html-page-context", drop_live_code, priority=900)
    app.connect("build-finished", copy_mathjax)
    app.add_css_file("book.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
