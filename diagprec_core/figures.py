"""One look for all figures of the book: colours and line styles by method, sizes for the page."""

import matplotlib as mpl
import matplotlib.pyplot as plt

from . import validation as check

# The methods' colours, distinct in grey and with colour-blind eyes; other categories use them too.
GREY, BLUE, GREEN = "#5a5a5a", "#0072b2", "#00805c"
ORANGE, PURPLE = "#c44e00", "#8d4a9e"
# Guide lines, contours, small print; and areas, from pale to deep.
GUIDE, CONTOUR, NOTE, DARK, WHITE = "#888888", "#bbbbbb", "#444444", "#333333", "#ffffff"
PALE_GREY, PALE_BLUE, PALE_ORANGE = "#dddddd", "#cfe3f2", "#f3dccb"
LIGHT_ORANGE, DEEP_ORANGE, DEEP_BLUE = "#e7a27c", "#8a3800", "#004c78"

# Each method has its own dashes as well.
STYLES = {
    "GD": {"color": GREY, "linestyle": (0, (1, 1.2))},
    "GN^-1": {"color": BLUE, "linestyle": "-"},
    "GN^-1/2": {"color": GREEN, "linestyle": (0, (5, 1.5))},
    "Adam": {"color": ORANGE, "linestyle": "-"},
    "Sophia": {"color": PURPLE, "linestyle": (0, (4, 1.5, 1, 1.5))},
}
LABELS = {
    "GD": "gradient descent",
    "GN^-1": "GN$^{-1}$",
    "GN^-1/2": "GN$^{-1/2}$",
    "Adam": "Adam",
    "Sophia": "Sophia",
}


def use_style():
    """Set the book's look for all figures that follow."""
    mpl.rcParams.update(
        {
            "figure.figsize": (7.2, 3.6),
            "figure.dpi": 150,
            "figure.constrained_layout.use": True,
            "font.size": 10.5,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.color": PALE_GREY,
            "grid.linewidth": 0.6,
            "axes.axisbelow": True,
            "lines.linewidth": 2.0,
            "legend.frameon": False,
            "mathtext.fontset": "dejavusans",
        }
    )


def method(name, **changes):
    """Return the keyword arguments that draw a method's line, its label included.

    Raises
    ------
    ValueError
        If the book has no such method.

    Examples
    --------
    >>> method("Adam", label="Adam, halving")["label"]
    'Adam, halving'
    """
    if name not in STYLES:
        check.fail("name", repr(name), f"one of {', '.join(STYLES)}")
    return {**STYLES[name], "label": LABELS[name], **changes}


def panels(count, **changes):
    """Return a figure with `count` panels side by side, and the panels.

    >>> figure, axes = panels(2)
    >>> len(axes)
    2
    """
    figure, axes = plt.subplots(1, count, **{"figsize": (7.2, 3.4), **changes})
    return figure, axes
