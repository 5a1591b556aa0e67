"""Formulas in the registry's plain text, found and set as such; the rest stays words."""

import re

from .expressions import CLAIM, GREEK, POINT, formula_at

RAISED = str.maketrans("-0123456789/pT", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹ᐟᵖᵀ")
_SPECIAL = re.compile(r"`[^`]*`|([\\|*_^<>\[\]$])")  # in Markdown, but for code
_WORD = re.compile(r"`[^`]*`|\w+|.")


def spans(text):
    r"""Return the text in pieces, each with its TeX if it is a formula and None if not.

    >>> spans("GN^-1 is best once r > 1")
    [('GN^-1', '\\mathrm{GN}^{-1}'), (' is best once ', None), ('r > 1', 'r > 1')]
    """
    pieces, words, at = [], "", 0
    while at < len(text):
        found = formula_at(text, at)
        if found is None:
            skipped = next(filter(None, (p.match(text, at) for p in (CLAIM, POINT, _WORD))))
            words, at = words + skipped.group(), skipped.end()
            continue
        tex, end = found
        pieces += [(words, None)] * bool(words) + [(text[at:end], tex)]
        words, at = "", end
    return pieces + [(words, None)] * bool(words)


def markdown(text):
    r"""Return the text as Markdown, for a cell of a table too, with formulas between dollars.

    >>> print(markdown("below 2 pi/T, at rate_2"))
    below $2\,\pi/T$, at $\mathrm{rate}_{2}$
    """
    return "".join(
        f"${tex}$" if tex else _SPECIAL.sub(_escaped, piece) for piece, tex in spans(text)
    )


def _escaped(match):
    """Return a special sign with a backslash before it, and code as it is."""
    return "\\" + match[1] if match[1] else match[0]


def plain(text):
    """Return the text without TeX: Greek letters and powers of GN by their signs.

    >>> plain("GN^-1/2 at eta sqrt(B)/sigma")
    'GN⁻¹ᐟ² at η √(B)/σ'
    """
    text = re.sub(r"GN\^(-?[\d/p]+)", lambda m: "GN" + m.group(1).translate(RAISED), text)
    text = re.sub(r"\)\^T\b", ")ᵀ", text)
    text = re.sub(r"\bpi\^2", "π²", text)
    for name, sign in GREEK.items():
        text = re.sub(rf"\b{name}(?![a-z])", sign, text)
    for word, sign in (("sqrt ", "√"), ("sqrt", "√"), (">=", "≥"), ("<=", "≤"), ("->", "→")):
        text = text.replace(word, sign)
    return text
