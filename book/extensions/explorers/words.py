"""Numbers and formulas as words: in a page, in a drawing, and spoken.

Texts carry two marks, `GN^{-1/2}` and `R_{0}`. `static/explorers/core.js` does the same in the
browser; the browser tests compare the two.
"""

import html
import re

MARK = re.compile(r"([\^_])\{([^}]*)\}")
PLAIN = (1e-3, 1e6)  # Numbers outside are written with a power of ten.
GROUPED = 1e4  # Numbers from here on have commas.
MINUS = "−"


def short(number, digits=3):
    """Return a number with a few significant digits, as it is read.

    >>> short(1234.5), short(45678), short(-0.5), short(2.5e-5)
    ('1230', '45,700', '−0.5', '2.5 × 10^{−5}')
    """
    rounded = float(f"{number:.{digits}g}")
    if rounded == 0 or PLAIN[0] <= abs(rounded) < PLAIN[1]:
        text = f"{rounded:{',' if abs(rounded) >= GROUPED else ''}.12f}".rstrip("0").rstrip(".")
    else:
        factor, exponent = f"{rounded:.{digits - 1}e}".split("e")
        text = f"{float(factor):g} × 10^{{{int(exponent)}}}".removeprefix("1 × ")
    return text.replace("-", MINUS)


def percent(share):
    """Return a share in per cent, with two digits: '0.63%'."""
    return f"{short(100 * share, 2)}%"


def as_html(text):
    """Return a text as HTML: its marks as superscripts and subscripts, equations in one line."""
    tags = {"^": "sup", "_": "sub"}
    text = html.escape(text, quote=False).replace(" = ", "\u00a0=\u00a0")
    return MARK.sub(lambda m: f"<{tags[m[1]]}>{m[2]}</{tags[m[1]]}>", text)


def as_svg(text):
    """Return a text as the inside of an SVG text element, its marks as shifted spans."""
    shifts = {"^": -0.4, "_": 0.25}

    def span(found):
        shift = shifts[found[1]]
        return (
            f'<tspan dy="{shift}em" font-size="75%">{found[2]}</tspan>'
            f'<tspan dy="{-0.75 * shift:g}em">\u200b</tspan>'
        )

    return MARK.sub(span, html.escape(text, quote=False))


def as_speech(text):
    """Return a text to be spoken, 'GN to the −1/2'."""
    return MARK.sub(lambda m: f" to the {m[2]}" if m[1] == "^" else f" {m[2]}", text)
