"""Sphinx extension: folds of code say what they hide, in text that everybody gets.

"Show the code of Fig. 3.2" instead of "Show code cell source"; a screen reader heard
"Toggle hidden content" at each of them.
"""

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode, depart_HideCellInput
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxTranslator


def what(fold, numbers):
    """Return what the code of a cell makes: its figure by number, if it has one."""
    for figure in fold.parent.findall(nodes.figure):
        for name in figure["ids"]:
            if name in numbers:
                return "Fig. " + ".".join(map(str, numbers[name]))
    return "this cell"


class NameFolds(SphinxPostTransform):
    """Name the folds after what their code makes; after myst-nb, which makes them at 199."""

    default_priority = 210
    formats = ("html",)

    def run(self, **_):
        """Set both prompts of every fold of code."""
        numbers = self.env.toc_fignumbers.get(self.env.docname, {}).get("figure", {})
        for fold in self.document.findall(HideCodeCellNode):
            name = what(fold, numbers)
            fold["prompt_show"] = f"Show the code of {name}"
            fold["prompt_hide"] = f"Hide the code of {name}"


def visit_fold(self: SphinxTranslator, node):
    """Write a fold whose name is the text in its summary."""
    self.body.append(f'<details class="admonition hide {" ".join(node["classes"])}"><summary>')
    for state, prompt in (("collapsed", "prompt_show"), ("expanded", "prompt_hide")):
        self.body.append(f'<p class="{state} admonition-title">{node[prompt]}</p>')
    self.body.append("</summary>\n")


def setup(app):
    """Register the transform, and the writer in place of myst-nb's."""
    app.add_node(HideCodeCellNode, override=True, html=(visit_fold, depart_HideCellInput))
    app.add_post_transform(NameFolds)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
