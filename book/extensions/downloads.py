"""Sphinx extension: the notebooks that the pages offer read in any Jupyter.

A chapter is written in MyST: theorems, proofs and references are directives and roles, which
Jupyter shows as they stand. What a page saves is a copy in plain Markdown with its outputs; a fold
below its title says what to install and how to open it.

From the disk a browser shows a notebook instead of saving it, whatever its link says. So each has
a script beside it that holds the same text; pages.js loads it when the link is pressed.
"""

import itertools
import json
import re
from pathlib import Path

import nbformat
from pybtex.database import parse_file
from pybtex.richtext import Text

import diagprec_core as dp

FENCE = re.compile(r"^(:{3,}|`{3,})\{([\w:-]+)\} ?(.*)$")
OPTION = re.compile(r"^:(\w+): *(.*)$")
ROLE = re.compile(r"\{([\w:]+)\}`([^`]+)`")
LINK = re.compile(r"\[([^\]]*)\]\(\.\./book/(\w+)\.md(?:#[\w-]+)?\)")
CLAIM = re.compile(r"[A-Z]+-\d+\w?(?=:)")
BOXES = ("theorem", "lemma", "conjecture", "exercise", "admonition")
WHEEL = f"diagprec_core-{dp.__version__}-py3-none-any.whl"
ARCHIVE = f"diagprec-{dp.__version__}.zip"  # what `make release` makes
INSTALL = f"python -m pip install './{WHEEL}[book,lab]'"  # Jupyter, and what chapters import
FIRST = f"""\
*A chapter of the book "{{book}}" for any Jupyter. Theorems go by their names, such as FIQ-3;
those of other chapters, and all links, are in the book: this is `{{page}}` in its folder.*

**To run it** you need Python 3.11 or newer and what the book needs. In the book's archive,
`{ARCHIVE}`, when unpacked, beside the wheel:

```console
{INSTALL}
```

In a checkout of the repository it is `python -m pip install --editable '.[book,lab]'`, or
`make lab`, which also opens all chapters.
"""
BOX = f"""
<details class="take-home" id="open-in-jupyter"><summary>Open this chapter in Jupyter</summary>
<p><a href="{{source}}" download="{{file}}">Save the notebook</a> <code>{{file}}</code>, with its
outputs. To run it you need Python 3.11 or newer and the book's archive, <code>{ARCHIVE}</code>,
which holds these pages, too. Where it was unpacked, type</p>
<div class="highlight-console notranslate"><div class="highlight"><pre>
<span class="gp">$ </span>{INSTALL}
<span class="gp">$ </span>jupyter lab notebooks/{{file}}
</pre></div></div>
<p>The second line opens the archive's own copy; what you have saved opens in the same way, by its
own path. In a checkout of the repository <code>make lab</code> installs what is
needed and opens all chapters.</p>
</details>"""
SOURCES, SCRIPTS = "_sources", "_downloads"


def convert(notebook, names, first=None):
    """Return a notebook in plain Markdown.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
    names : dict
        What a reference to a label is replaced by.
    first : str, optional
        The text of a cell that is put in front.

    Returns
    -------
    nbformat.NotebookNode
        Captions are cells below their figures, cells with hidden code are folded.
    """
    plain, cells = nbformat.from_dict(notebook), []
    if first:
        cells.append(nbformat.v4.new_markdown_cell(first, id="how-to-run"))
    for cell in plain.cells:
        cells.append(cell)
        if cell.cell_type == "markdown":
            cell.source = markdown(cell.source, names)
            continue
        shown = cell.metadata.pop("mystnb", {}).get("figure")
        if "hide-input" in cell.metadata.get("tags", ()):
            cell.metadata["jupyter"] = {"source_hidden": True}
        if shown:
            text = f"**{names[shown['name']]}.** {roles(shown['caption'], names)}"
            cells.append(nbformat.v4.new_markdown_cell(text, id=f"{cell.id}-caption"))
    plain.cells = cells
    return plain


def markdown(text, names):
    """Return MyST as plain Markdown: directives as quotes and folds, roles as what they name."""
    lines, found = text.split("\n"), []
    while lines:
        line = lines.pop(0)
        start = FENCE.match(line)
        if not start:
            found.append(line)
            continue
        fence, kind, title = start.groups()
        end = lines.index(fence)
        body, lines = lines[:end], lines[end + 1 :]
        options = {}
        while body and (option := OPTION.match(body[0])):
            options[option[1]] = option[2]
            body.pop(0)
        inside = "\n".join(body).strip("\n")
        found += directive(kind.removeprefix("prf:"), title, options, inside, names).split("\n")
    return LINK.sub(r"\1 (`book/\2.html`)", roles("\n".join(found), names))


def directive(kind, title, options, body, names):
    """Return a directive as plain Markdown.

    Raises
    ------
    ValueError
        If the kind is not one that the chapters use.
    """
    if kind == "math":
        label = options.get("label")
        tag = rf" \tag{{{names[label].strip('()')}}}" if label else ""
        return f"$$\n{body}{tag}\n$$"
    body = markdown(body, names)
    if kind == "dropdown":
        return f"<details>\n<summary>{roles(title, names)}</summary>\n\n{body}\n\n</details>\n"
    if kind not in BOXES:
        raise ValueError(f"kind: got {kind!r}, need one of math, dropdown, {', '.join(BOXES)}")
    heading = names.get(options.get("label"), "") if kind == "exercise" else kind.capitalize()
    heading = title if kind == "admonition" else f"{heading} ({title})" if title else heading
    quoted = f"**{heading}**\n\n{whole_formulas(body)}".split("\n")
    return "\n".join(f"> {line}".rstrip() for line in quoted)


def whole_formulas(text):
    """Put every formula on one line: a quote's marks must not come between its lines."""
    block = re.compile(r"\$\$.*?\$\$|\\begin\{(align\*?)\}.*?\\end\{\1\}|\$[^$]+\$", re.DOTALL)
    return block.sub(lambda found: " ".join(found[0].split()), text)


def roles(text, names):
    """Return text with every role replaced by what it names."""

    def name(found):
        role, target = found.groups()
        if role.startswith("py:"):
            return f"`{target.rpartition('.')[2] if target[0] == '~' else target}`"
        each = [names[label.strip()] for label in target.split(",")]
        if role == "cite:p":
            return f"[{'; '.join(f'{who}, {year}' for who, year in each)}]"
        if role == "cite:t":
            return ", ".join(f"{who} [{year}]" for who, year in each)
        return each[0]

    return ROLE.sub(name, text)


def labels(notebooks):
    """Return what the labels of notebooks, a dict by name, are called where nothing is numbered."""
    names = {}
    for stem, notebook in notebooks.items():
        for cell in notebook.cells:
            if cell.cell_type == "code":
                figure = cell.metadata.get("mystnb", {}).get("figure", {})
                names |= {figure["name"]: f"Figure {figure['name']}"} if figure else {}
                continue
            lines = cell.source.split("\n")
            names |= {stem: f"*{lines[0][2:]}*"} if lines[0].startswith("# ") else {}
            for line, after in itertools.pairwise(lines):
                start, option = FENCE.match(line), OPTION.match(after)
                if start and option and option[1] == "label":
                    kind, claim = start[2].removeprefix("prf:"), CLAIM.match(start[3])
                    called = (
                        f"({option[2]})" if kind == "math" else f"{kind.capitalize()} {option[2]}"
                    )
                    names[option[2]] = claim[0] if claim else called
    return names


def numbered(names, numbers):
    """Return the names with the numbers that the book gives: `numbers` is by label."""
    given = dict(names)
    for label, number in numbers.items():
        kind = given.get(label, "").partition(" ")[0]
        if kind.startswith("("):
            given[label] = f"({number})"
        elif kind in ("Figure", "Exercise", "Lemma", "Conjecture"):
            given[label] = f"{kind} {number}"
    return given


def citations(path):
    """Return authors and year for each key of a bibliography: ("Liu et al.", "2025")."""
    found = {}
    for key, entry in parse_file(path).entries.items():
        people = entry.persons.get("author") or entry.persons["editor"]
        last = [
            str(Text(" ").join(person.rich_prelast_names + person.rich_last_names))
            for person in people
        ]
        who = f"{last[0]} et al." if len(last) > 2 else " and ".join(last)
        found[key] = (who, entry.fields["year"])
    return found


def write(app, exception):
    """Write the plain notebooks in place of the raw ones that the site offers."""
    if exception or app.builder.format != "html":
        return
    paths = {name: Path(app.env.doc2path(name)) for name in sorted(app.env.found_docs)}
    read = {
        name: nbformat.read(path, as_version=4)
        for name, path in paths.items()
        if path.suffix == ".ipynb"
    }
    numbers = {
        label.removeprefix("equation-"): ".".join(map(str, number))
        for kinds in app.env.toc_fignumbers.values()
        for counted in kinds.values()
        for label, number in counted.items()
    }
    names = numbered(labels({Path(name).name: one for name, one in read.items()}), numbers)
    names |= citations(Path(app.srcdir) / "book" / "references.bib")
    for name, notebook in read.items():
        first = FIRST.format(book=app.config.html_title, page=f"{name}.html")
        target = Path(app.outdir) / SOURCES / f"{name}.ipynb"
        script = Path(app.outdir) / SCRIPTS / f"{name}.js"
        for path in (target, script):
            path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(convert(notebook, names, first), target)
        script.write_text(as_script(target.read_text(encoding="utf-8")), encoding="utf-8")


def as_script(text):
    r"""Return a script that hands a text to the page that loads it.

    >>> as_script('{"a": "é"}\n')
    'saveNotebook("{\\"a\\": \\"é\\"}\\n");\n'
    """
    return f"saveNotebook({json.dumps(text, ensure_ascii=False)});\n"


def offer(app, pagename, templatename, context, doctree):
    """Put the fold that offers a chapter's notebook below the chapter's title."""
    if app.builder.name != "html" or context.get("page_source_suffix") != ".ipynb":
        return
    source = f"{context['pathto'](SOURCES, 1)}/{pagename}.ipynb"
    box = BOX.format(source=source, file=f"{pagename.rpartition('/')[2]}.ipynb")
    context["body"] = context["body"].replace("</h1>", f"</h1>{box}", 1)


def setup(app):
    """Register the handlers."""
    app.connect("html-page-context", offer)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
