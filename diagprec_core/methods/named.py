"""The book's usual rules by their names."""

from .. import validation as check
from .adaptive import SignDescent, Sophia
from .preconditioners import GaussNewton, GradientDescent

POWERS = {"GN^-1": -1.0, "GN^-1/2": -0.5, "GD": 0.0}
RULES = {
    "GN^-1": GaussNewton(POWERS["GN^-1"]),
    "GN^-1/2": GaussNewton(POWERS["GN^-1/2"]),
    "GD": GradientDescent(),
    "Adam": SignDescent(),
    "Sophia": Sophia(),
}


def rules(*names):
    """Return the book's usual rules by the names that figures know, in the order asked for.

    Parameters
    ----------
    *names : str
        Of "GN^-1", "GN^-1/2", "GD", "Adam" (without memory) and "Sophia"; all of them if left out.

    Returns
    -------
    dict
        A rule for each name.

    Raises
    ------
    ValueError
        If a name is none of these.

    Examples
    --------
    >>> rules("GD", "Adam")
    {'GD': GradientDescent(), 'Adam': SignDescent()}
    """
    for name in names:
        if not isinstance(name, str) or name not in RULES:
            check.fail("names", check.describe(name), f"names among {', '.join(RULES)}")
    return {name: RULES[name] for name in names or RULES}
