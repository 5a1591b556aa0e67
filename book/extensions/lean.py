"""Sphinx extension: pages that load little and need no network.

What the theme and other extensions add to every page and nothing here uses is left out: scripts
and styles of live code, of tabs and of buttons; spans of code without a colour of their own; rules
of style for classes that no page has.
"""

import re
from pathlib import Path

HERE = Path(__file__).parent
UNUSED = re.compile(
    r"thebe|togglebutton|toggle(Hint|OpenOnPrint)|design-tabs|doctools|sphinx_highlight",
    re.IGNORECASE,
)
# Sphinx's own search, which cannot show summaries from the disk: ours is in static/search.js.
REPLACED = ("searchindex.js", "_static/searchtools.js", "_static/language_data.js")
# In both themes these have the colour of the text around them.
COLOURLESS = re.compile(r'<span class="(?:n|p|w|nn|nx|pm|go|pre)">([^<]*)</span>')
# A corner of a table that says nothing is no heading; docutils' role of an entry is withdrawn.
MENDED = (
    (re.compile(r'<th class="head">\s*(?:<p>\s*</p>)?\s*</th>'), "<td></td>"),
    (re.compile('role="doc-biblioentry"'), 'role="listitem"'),
)
# Bootstrap's script names far more classes than the two things that it does here.
ITS_CLASSES = re.compile(r"^(show|fade|active|disabled|collaps|tooltip|bs-tooltip|dropdown)")


def configure(app, config):
    """Take our templates before the theme's, and MathJax in the parts that are needed."""
    config.templates_path.append(str(HERE / "templates"))
    config.mathjax_path = "mathjax/startup.js"
    config.mathjax3_config = {
        "loader": {"load": ["input/tex", "output/chtml", "a11y/assistive-mml"]},
    }
    config.copybutton_prompt_text = r">>> |\.\.\. |\$ "
    config.copybutton_prompt_is_regexp = True


def keep_what_is_used(app, pagename, templatename, context, doctree):
    """Drop scripts, styles and spans that do nothing on a page."""

    def used(file):
        attributes = getattr(file, "attributes", {})
        return not UNUSED.search(f"{file} {getattr(file, 'filename', '')} {attributes}")

    for kind in ("script_files", "css_files"):
        context[kind] = [file for file in context[kind] if used(file)]
    if "body" in context:
        body = COLOURLESS.sub(r"\1", context["body"])
        for old, new in MENDED:
            body = old.sub(new, body)
        context["body"] = body


def rules(css):
    """Yield the rules of a style sheet, an at-rule with all that it holds as one.

    >>> list(rules("a{b:c}@media print{d{e:f}}"))
    [('a', 'b:c'), ('@media print', 'd{e:f}')]
    """
    depth, begin, head = 0, 0, ""
    for found in re.finditer(r"[{}]", css):
        if found[0] == "{":
            if depth == 0:
                head, begin = css[begin : found.start()], found.end()
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                yield head.strip(), css[begin : found.start()]
                begin = found.end()


def purge(css, used):
    """Return a style sheet without the rules for classes that are not in `used`.

    >>> purge("@charset 'utf-8';.a,.b{c:d}.e:not(.f){g:h}@media print{.e .b{i:j}}", {"b", "e"})
    '.b{c:d}.e:not(.f){g:h}@media print{.e .b{i:j}}'
    """
    kept = []
    css = re.sub(r"/\*.*?\*/|@charset [^;]*;", "", css, flags=re.DOTALL)
    for head, body in rules(css):
        if head.startswith(("@media", "@supports")):
            inner = purge(body, used)
            kept.append(f"{head}{{{inner}}}" if inner else "")
        elif head.startswith("@"):
            kept.append("" if "Font Awesome" in body else f"{head}{{{body}}}")
        else:
            heads = [one for one in re.split(r",(?![^(]*\))", head) if matches(one, used)]
            kept.append(f"{','.join(heads)}{{{body}}}" if heads else "")
    return "".join(kept)


def matches(selector, used):
    """Say whether all classes that a selector asks for are used (what is in parentheses aside)."""
    while "(" in selector and re.search(r"\([^()]*\)", selector):
        selector = re.sub(r"\([^()]*\)", "", selector)
    names = re.findall(r"\.((?:[\w-]|\\.)+)", selector)
    return all(re.sub(r"\\(.)", r"\1", name) in used for name in names)


def classes(site):
    """Return the names of all classes in a site's pages, and all words in its scripts."""
    found = set()
    for page in site.rglob("*.html"):
        for names in set(re.findall(r'class="([^"]*)"', page.read_text(encoding="utf-8"))):
            found.update(names.split())
    for script in (site / "_static").rglob("*.js"):
        if "mathjax" not in script.parts and script.name != "fontawesome.js":
            words = set(re.findall(r"[\w-]+", script.read_text(encoding="utf-8")))
            bootstrap = script.name == "bootstrap.js"
            found.update(w for w in words if not bootstrap or ITS_CLASSES.match(w))
    return found


def shrink(app, exception):
    """Remove what no page loads, and from the style sheets what no page matches."""
    if exception or app.builder.name != "html":
        return
    site = Path(app.outdir)
    for path in [*REPLACED, "_static/scripts/fontawesome.js", "_static/scripts/fontawesome.js.map"]:
        (site / path).unlink(missing_ok=True)
    used = classes(site)
    for sheet in (site / "_static").rglob("*.css"):
        if not (HERE / "static" / sheet.name).exists():
            sheet.write_text(purge(sheet.read_text(encoding="utf-8"), used), encoding="utf-8")


def setup(app):
    """Register the handlers."""
    app.connect("config-inited", configure, priority=1)  # before those whose settings these are
    app.connect("html-page-context", keep_what_is_used, priority=900)
    app.connect("build-finished", shrink, priority=900)
    app.add_css_file("icons.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
