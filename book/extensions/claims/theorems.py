"""Theorem boxes: named by their claims, headings of the page, with links to their evidence.

In the chapters a box is sphinx-proof's; here it gets the claim's name, which never changes, in the
place of a running number. The folds that follow it are named after it.
"""

from docutils import nodes
from sphinx import addnodes
from sphinx.ext.mathjax import html_visit_math
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_exercise.nodes import is_exercise_node
from sphinx_proof.nodes import NODE_TYPES

from . import page
from .results import controls, counted, evidence, read_claims

BOXES = tuple(NODE_TYPES.values())


def is_box(node):
    """Say whether a node is one of sphinx-proof's boxes."""
    return isinstance(node, BOXES)


class box(nodes.General, nodes.Element):
    """A theorem, lemma or conjecture, with a heading of its own."""


class box_title(nodes.General, nodes.TextElement):
    """The heading of a box."""


class formula(nodes.Inline, nodes.Element):
    """A formula in a heading; its text, for the search, is without TeX."""

    def astext(self):
        """Return the formula in plain signs."""
        return self["plain"]


def ids():
    """Return the ids of the claims by their labels."""
    return {claim["id"].lower(): claim["id"] for claim in read_claims()}


class NameReferences(SphinxTransform):
    """Let a reference to a theorem show the claim's name: SXQ-2, not Theorem 6.2."""

    default_priority = 500

    def apply(self, **kwargs):
        """Put the name in the place of the label."""
        names = ids()
        for reference in self.document.findall(addnodes.pending_xref):
            name = names.get(reference.get("reftarget"))
            if name and reference.get("refdomain") == "prf" and not reference["refexplicit"]:
                shown = reference[0]
                shown.clear()
                shown += nodes.Text(name)


class Statements(SphinxPostTransform):
    """Put the text of a theorem, as it stands in its chapter, on the page of its claim."""

    default_priority = 1  # before references are resolved

    def run(self, **kwargs):
        """Replace what holds the place of the text."""
        for place in list(self.document.findall(page.statement_text)):
            chapter = self.env.get_doctree(place["chapter"])
            (theorem,) = (
                each for each in chapter.findall(is_box) if each["label"] == place["label"]
            )
            (content,) = (each for each in theorem if isinstance(each, nodes.section))
            text = [child.deepcopy() for child in content]
            for node in (each for child in text for each in child.findall(nodes.Element)):
                if isinstance(node, addnodes.pending_xref):
                    node["refdoc"] = self.env.docname
                elif isinstance(node, nodes.math_block) and node["number"]:
                    self.number(node["ids"][0], place["chapter"])
            place.replace_self(box("", *text, classes=["claim-statement"]))
            self.env.get_domain("math").data["has_equations"][self.env.docname] = True

    def number(self, equation, chapter):
        """Give an equation on the page of a claim the number that it has in its chapter."""
        numbers = self.env.toc_fignumbers
        here = numbers.setdefault(self.env.docname, {}).setdefault("displaymath", {})
        here[equation] = numbers[chapter]["displaymath"][equation]


class Boxes(SphinxPostTransform):
    """Make the boxes headings with links, and name the folds below them."""

    default_priority = 6

    def run(self, **kwargs):
        """Go through boxes, exercises and folds in their order."""
        last, proved = "", set()
        for node in list(self.document.findall(self.concerned)):
            if is_box(node):
                last = self.name(node)
                if not isinstance(node, NODE_TYPES["lemma"]):
                    theorem = last
                self.replace(node)
            elif is_exercise_node(node):
                last = f"exercise {self.number(node, 'exercise')}".rstrip()
            elif last:
                whose = theorem if "theorem" in node[0].astext() else last
                self.name_fold(node, whose)
                if node[0].astext().startswith("Proof") and whose not in proved:
                    proved.add(whose)
                    node[0]["ids"].append("proof-" + nodes.make_id(whose))

    @staticmethod
    def concerned(node):
        """Say whether a node is a box, an exercise or a fold with a title."""
        fold = isinstance(node, nodes.container) and node.get("design_component") == "dropdown"
        return is_box(node) or is_exercise_node(node) or (fold and node["has_title"])

    def number(self, node, kind):
        """Return the running number of a box or an exercise, "" where there is none."""
        numbers = self.env.toc_fignumbers.get(self.env.docname, {}).get(kind, {})
        return ".".join(map(str, numbers.get((node["ids"] or [""])[0], ())))

    def name(self, node):
        """Return what a box is called."""
        kind = node["countertype"]
        claim = ids().get(node["label"])
        return claim or f"{kind.capitalize()} {self.number(node, kind)}".rstrip()

    @staticmethod
    def name_fold(fold, whose):
        """Name a fold after the box or the exercise that it belongs to."""
        title = fold[0]
        first = title[0] if isinstance(title[0], nodes.Text) else None
        for short, long in (
            ("Proof of the theorem", f"Proof of {whose}"),
            ("Proof of the lemma", f"Proof of {whose}"),
            ("Proof of ", f"Proof of {whose} "),
            ("Proof", f"Proof of {whose}"),
            ("Solution", f"Solution to {whose}"),
        ):
            if first and first.startswith(short) and f" {whose}" not in first:
                title[0] = nodes.Text(long + first.removeprefix(short))
                return

    def replace(self, node):
        """Put a box with a heading in the place of sphinx-proof's."""
        title, content = node.children
        name, claim = self.name(node), ids().get(node["label"])
        words = title.children
        if claim and words and words[0].astext().startswith(f"{claim}: "):
            words[0] = nodes.Text(words[0].astext().removeprefix(f"{claim}: "))
        level = sum(isinstance(each, nodes.section) for each in ancestors(node)) + 1
        heading = box_title("", "", level=level)
        heading += nodes.inline("", name, classes=["box-name"])
        heading += [nodes.Text(" "), *words]
        links = nodes.paragraph("", "", classes=["box-links"])
        if claim:
            links += [self.evidence(claim), nodes.Text(" ")]
        anchor = node["ids"][0]
        links += nodes.raw(
            "",
            f'<a class="permalink" href="#{anchor}" aria-label="Permanent link to {name}" '
            f'title="Permanent link to {name}">#</a>',
            format="html",
        )
        new = box("", heading, links, *content.children, ids=node["ids"], classes=node["classes"])
        node.replace_self(new)

    def evidence(self, claim_id):
        """Return the link to the page of a claim, with the count of its checks."""
        claim = next(each for each in read_claims() if each["id"] == claim_id)
        told = (
            f"Evidence: {counted(len(evidence(claim)), 'check')}, "
            f"{counted(len(controls(claim)), 'control')}"
        )
        if self.app.builder.name == "singlehtml":  # the pages of claims are not in it
            return nodes.Text(told)
        uri = self.app.builder.get_relative_uri(self.env.docname, page.docname(claim_id))
        return nodes.reference("", told, internal=True, refuri=uri, classes=["box-evidence"])


def ancestors(node):
    """Yield the nodes around a node, from the inside."""
    while node.parent is not None:
        node = node.parent
        yield node


def visit_formula(translator, node):
    """Set a formula of a heading as any other."""
    html_visit_math(translator, nodes.math("", node["tex"]))


def visit_box(translator, node):
    """Begin a box."""
    translator.body.append(translator.starttag(node, "div"))


def depart_box(translator, node):
    """End a box."""
    translator.body.append("</div>\n")


def visit_box_title(translator, node):
    """Begin the heading of a box."""
    translator.body.append(f'<h{node["level"]} class="box-title">')


def depart_box_title(translator, node):
    """End the heading of a box."""
    translator.body.append(f"</h{node['level']}>\n")
