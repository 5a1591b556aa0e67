"""Formulas as text, for places that cannot set them: titles, the side bar, the search."""

import re
import unicodedata

from docutils import nodes

NAMES = {
    "top": "T", "infty": "∞", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠",
    "neq": "≠", "approx": "≈", "to": "→", "mapsto": "↦", "cdot": "·", "times": "×", "pm": "±",
    "propto": "∝", "sim": "∼", "in": "∈", "sum": "∑", "prod": "∏", "int": "∫", "partial": "∂",
    "nabla": "∇", "ell": "ℓ", "dots": "…", "ldots": "…", "cdots": "⋯", "lceil": "⌈",
    "rceil": "⌉", "lfloor": "⌊", "rfloor": "⌋", "colon": ":", "mid": "|", "ll": "≪", "gg": "≫",
    "otimes": "⊗", "odot": "⊙", "circ": "∘", "cup": "∪", "cap": "∩", "subset": "⊂", "perp": "⊥",
    "iff": "⇔", "equiv": "≡", "forall": "∀", "exists": "∃", "alpha": "α", "beta": "β",
    "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "pi": "π", "rho": "ρ", "varrho": "ϱ", "sigma": "σ", "tau": "τ", "upsilon": "υ",
    "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ",
    "Omega": "Ω", "prime": "′", "quad": "", "qquad": "", "star": "*", "ast": "*",
}  # fmt: skip
ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}
GROUP = r"\{((?:[^{}]|\{[^{}]*\})*)\}"


def plain(tex):
    r"""Return a formula as a line of text.

    >>> plain(r"\mathrm{GN}^{-1/2}")
    'GN^-1/2'
    >>> plain(r"\tfrac12 \sqrt\kappa \, \ln(a/\varepsilon) \le R_\infty")
    '1/2 √κ ln(a/ε) ≤ R_∞'
    >>> plain(r"\frac{a + b}{2B}, \quad \hat g, \quad \sqrt{B+1}, \quad 10^{-3}")
    '(a + b)/(2B), ĝ, √(B+1), 10^-3'
    """
    tex = re.sub(r"\\(?:begin|end)\{\w+\*?\}", " ", tex)
    fonts = r"\\(?:math(?:rm|bb|bf|cal|sf|it)|text(?:rm|bf|it)?|operatorname\*?)\s*"
    tex = re.sub(fonts + GROUP, r"\1", tex)
    for name, mark in ACCENTS.items():
        letter = rf"\\{name}(?![a-zA-Z])\s*(?:\{{(\w)\}}|(\w))"
        tex = re.sub(letter, lambda m, mark=mark: (m[1] or m[2]) + mark, tex)
    tex = re.sub(r"\\([a-zA-Z]+)", lambda m: NAMES.get(m[1], m[0]), tex)
    tex = re.sub(r"\\sqrt\s*" + GROUP, lambda m: "√" + _whole(m[1]), tex).replace(r"\sqrt", "√")
    fraction = r"\\[td]?frac\s*(?:(\d)\s*(\d)|" + GROUP + r"\s*" + GROUP + ")"
    while re.search(fraction, tex):
        tex = re.sub(fraction, lambda m: f"{_whole(m[1] or m[3])}/{_whole(m[2] or m[4])}", tex)
    tex = re.sub(r"\\(?:left|right|[bB]igg?[lr]?|displaystyle|limits)(?![a-zA-Z])", "", tex)
    tex = re.sub(r"\\([a-zA-Z]+)", r"\1", tex)
    tex = re.sub(r"\\[,;:!> ]|\\\\|[~&]", " ", tex)
    tex = re.sub(r"([\^_])" + GROUP, lambda m: m[1] + _whole(m[2], signed=True), tex)
    tex = re.sub(r"\\([{}%|#])|[{}]", r"\1", tex).replace("√ ", "√")
    return unicodedata.normalize("NFC", " ".join(tex.split()))


def _whole(text, signed=False):
    """Return a part of a formula in parentheses, unless it is one number, word or letter."""
    text = text.strip()
    alone = r"-?[\w./∞]+" if signed else r"√?\w|\d+"
    return text if re.fullmatch(alone, text) else f"({text})"


def without_formulas(node):
    """Return a copy of a node in which formulas are text, and simple powers stand raised."""
    copy = node.deepcopy()
    for formula in list(copy.findall(nodes.math)):
        head, _, power = plain(formula.astext()).partition("^")
        if re.fullmatch(r"-?[\w/]+", power):
            formula.parent.replace(formula, [nodes.Text(head), nodes.superscript("", power)])
        else:
            formula.parent.replace(formula, nodes.Text(plain(formula.astext())))
    return copy


def text_of(node):
    """Return what a node says, in one line, with its formulas as text."""

    def text(node):
        if isinstance(node, nodes.math | nodes.math_block):
            return plain(node.astext())
        if isinstance(node, nodes.raw):
            return " "  # HTML between words, such as a line break
        if isinstance(node, nodes.Text) or node.get("plain"):
            return node.astext()  # a formula of a claim's title says itself in plain signs
        between = "" if isinstance(node, nodes.TextElement) else " "
        said = between.join(map(text, node.children))
        return f"^{said}" if isinstance(node, nodes.superscript) else said

    return " ".join(text(node).split())
