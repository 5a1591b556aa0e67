"""Where everything stands that belongs to a claim: read off the code of its checks."""

import inspect
import json
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType

PACKAGE = __package__.partition(".")[0]
NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


@dataclass(frozen=True)
class Whereabouts:
    """Names of what belongs to a claim.

    Attributes
    ----------
    chapter : str or None
        The notebook with its theorem; None where no book is beside the package.
    derivations, checks, core : tuple of str
        SymPy's functions, the functions that compute its checks, and what these call in the core.
    """

    chapter: str | None
    derivations: tuple[str, ...]
    checks: tuple[str, ...]
    core: tuple[str, ...]


def locate(claim):
    """Return where a claim's theorem, derivations, checks and core functions stand.

    Examples
    --------
    >>> from diagprec_core.claims import select
    >>> found = locate(select("SXQ-8")[0])
    >>> found.checks[0], found.derivations[0]
    ('claims.sxq.best.ranking_symbolic', 'derivations.ranking.convexity_gap')
    """
    functions = dict.fromkeys(check.function for check in claim.checks)
    names = sorted(set().union(*map(_mentioned, functions)))
    derivations = tuple(name for name in names if name.startswith("derivations."))
    core = tuple(name for name in names if not name.startswith(("derivations.", "claims.")))
    return Whereabouts(
        _chapter(claim.id),
        derivations,
        tuple(_name(function.__module__, function.__name__) for function in functions),
        core,
    )


def _mentioned(function, seen=None):
    """Return what of this package a function refers to, through helpers among the claims too."""
    seen = set() if seen is None else seen
    function = inspect.unwrap(function) if callable(function) else None
    if not inspect.isfunction(function) or function in seen:
        return set()
    seen.add(function)
    found, scope = set(), function.__globals__
    names = _names(function.__code__)
    for name in names & scope.keys():
        thing = scope[name]
        is_module = isinstance(thing, ModuleType)
        inside = vars(thing) if is_module else {}
        for each in [inside[other] for other in names & inside.keys()] if is_module else [thing]:
            module = getattr(each, "__module__", None) or ""
            if module.startswith(f"{PACKAGE}.claims."):
                found |= _mentioned(each, seen)
            elif module.startswith(f"{PACKAGE}.") and hasattr(each, "__name__"):
                found.add(_name(module, each.__name__))
    return found


def _names(code):
    """Return all names that a code object uses, those of functions inside of it included."""
    inner = (_names(const) for const in code.co_consts if isinstance(const, CodeType))
    return set(code.co_names).union(*inner)


def _name(module, name):
    """Return a dotted name without the package's."""
    return f"{module.removeprefix(PACKAGE + '.')}.{name}"


def _chapter(claim_id):
    """Return the name of the notebook in which the theorem with the claim's label stands."""
    label = f":label: {claim_id.lower()}"
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown" and any(
                line.strip() == label for line in "".join(cell["source"]).splitlines()
            ):
                return f"notebooks/{path.name}"
    return None
