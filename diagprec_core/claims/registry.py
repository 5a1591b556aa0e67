"""What a claim is: a statement's id and scope, and the checks that stand for it.

A check is declared where it is computed, by decorators that return the function as it is:

    @evidence("symbolic", "the best rate with the closed form")
    @control("3 instead of 2", 3)
    def best_rate_symbolic(constant=2): ...

so a control is the evidence itself on spoiled input. What is declared is collected by
:func:`checks_of` and :func:`checks_in`.
"""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from functools import cached_property, partial
from importlib import import_module
from time import perf_counter

from ..validation import fail


class Kind(StrEnum):
    """Kinds of evidence, strongest first."""

    SYMBOLIC = "symbolic"
    EXACT = "exact"
    ENCLOSURE = "enclosure"
    NUMERICAL = "numerical"
    STATISTICAL = "statistical"


class Novelty(StrEnum):
    """What a claim does to the paper's claim that it is about."""

    REPROVES = "reproves"
    SHARPENS = "sharpens"
    NEW = "new"
    CONTRADICTS = "contradicts"


@dataclass(frozen=True)
class Outcome:
    """What a check found: whether the statement holds, what was measured and what was expected."""

    holds: bool
    measured: str
    expected: str

    def __post_init__(self):
        object.__setattr__(self, "holds", bool(self.holds))  # NumPy's bools do not go into JSON


@dataclass(frozen=True)
class Check:
    """One piece of evidence, or one negative control, for a claim.

    A control is the same computation on a spoiled claim, and passes when that one does NOT hold.
    """

    kind: Kind
    compares: str
    run: Callable[[], Outcome]
    control: bool = False

    def __post_init__(self):
        if not isinstance(self.kind, Kind):
            fail("kind", repr(self.kind), "a Kind")

    @property
    def function(self):
        """The function that computes the check."""
        return self.run.func if isinstance(self.run, partial) else self.run

    @property
    def source(self):
        """Module and name of :attr:`function`."""
        return f"{self.function.__module__}.{self.function.__name__}"


@dataclass(frozen=True)
class Claim:
    """A statement of the book; its text is the theorem with the same label in its chapter.

    Parameters
    ----------
    id, title : str
    verifies : tuple of str
        Which of the paper's claims P1 to P6 it is about.
    scope : str
        Where it holds.
    novelty : Novelty or str
        What it does to the paper's claim.
    uses : tuple of str
        Ids of the claims on which its proof stands.
    since : str
        The version of the book in which it appeared.
    evidence : str
        The module of this package, as in "feq.adam", whose CHECKS hold the claim's. It is imported
        when the checks are asked for, so that the claims can be listed without SymPy.
    """

    id: str
    title: str
    _: KW_ONLY
    verifies: tuple[str, ...]
    scope: str
    novelty: Novelty
    uses: tuple[str, ...]
    since: str
    evidence: str

    def __post_init__(self):
        object.__setattr__(self, "novelty", Novelty(self.novelty))

    @property
    def cell(self):
        """The cell of the summary table, three letters; B for the claims on bases and powers."""
        return self.id.split("-")[0]

    @cached_property
    def checks(self):
        """The evidence and after it the controls, a tuple of Check."""
        return import_module(f"{__package__}.{self.evidence}").CHECKS[self.id]


@dataclass(frozen=True)
class Verdict:
    """A check and what came of it; `passed` is True for evidence that holds, controls that fail.

    `seconds` is the time that the check took.
    """

    check: Check
    outcome: Outcome
    passed: bool
    seconds: float

    def as_dict(self):
        """Return the verdict as it stands in the JSON of `verify`."""
        return {
            "kind": str(self.check.kind),
            "control": self.check.control,
            "compares": self.check.compares,
            "source": self.check.source,
            "holds": self.passed,
            "measured": self.outcome.measured,
            "expected": self.outcome.expected,
            "seconds": round(self.seconds, 2),
        }


def evidence(kind, compares, *args, **kwargs):
    """Declare that the decorated function, called with these arguments, gives what holds."""
    return _declare((Kind(kind), compares, args, kwargs))


def control(spoiled, *args, **kwargs):
    """Declare that the decorated function, called with these arguments, gives what does not hold.

    Its kind is that of the function's evidence.
    """
    return _declare((None, spoiled, args, kwargs))


def _declare(declaration):
    """Return the decorator that adds a declaration before those of the lines below it."""

    def attach(function):
        function.declared = (declaration, *getattr(function, "declared", ()))
        return function

    return attach


def checks_of(*functions):
    """Return the checks that the decorators of functions declare: evidence first, then controls.

    Raises
    ------
    ValueError
        If a function has no evidence: a control of it would not show that evidence can fail.

    Examples
    --------
    >>> @evidence("exact", "one with one")
    ... @control("two", 2)
    ... def unit(number=1):
    ...     return Outcome(number == 1, str(number), "1")
    >>> [(check.kind.value, check.control, judge(check).passed) for check in checks_of(unit)]
    [('exact', False, True), ('exact', True, True)]
    """
    checks = []
    for function in functions:
        declared = getattr(function, "declared", ())
        kinds = [kind for kind, *_ in declared if kind]
        if not kinds:
            fail("functions", f"{function.__name__} without evidence", "some")
        checks += [
            Check(kind or kinds[0], compares, partial(function, *args, **kwargs), kind is None)
            for kind, compares, args, kwargs in declared
        ]
    return tuple(sorted(checks, key=lambda check: check.control))


def checks_in(namespace):
    """Return the checks of a module that stands for one claim, in the order of its functions.

    Parameters
    ----------
    namespace : dict
        The module's globals(); functions that it imports do not count.
    """
    own = [thing for thing in namespace.values() if hasattr(thing, "declared")]
    return checks_of(*[f for f in own if f.__module__ == namespace["__name__"]])


def judge(check):
    """Run a check; an exception counts as failed, for evidence and controls alike.

    >>> judge(Check(Kind.EXACT, "1 + 1 with 2", lambda: Outcome(1 + 1 == 2, "2", "2"))).passed
    True
    """
    begin = perf_counter()
    try:
        outcome = check.run()
        passed = outcome.holds != check.control
    except Exception as error:
        # Reported, not raised: one broken check must not hide the verdict on the others.
        outcome, passed = Outcome(False, f"{type(error).__name__}: {error}", "no error"), False
    return Verdict(check, outcome, passed, perf_counter() - begin)
