"""What a claim is: a statement's id and scope, and the checks that stand for it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from time import perf_counter

import numpy as np
from scipy.special import ndtri

FALSE_ALARM = 1e-6


class Kind(StrEnum):
    """Kinds of evidence, strongest first."""

    SYMBOLIC = "symbolic"
    EXACT = "exact"
    ENCLOSURE = "enclosure"
    NUMERICAL = "numerical"
    STATISTICAL = "statistical"


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
            raise ValueError(f"kind: got {self.kind!r}, need a Kind")

    @property
    def source(self):
        """Module and name of the function that computes the check."""
        function = self.run.func if isinstance(self.run, partial) else self.run
        return f"{function.__module__}.{function.__name__}"


@dataclass(frozen=True)
class Claim:
    """A statement of the book; its text is the theorem with the same label in its chapter."""

    id: str
    title: str
    verifies: tuple[str, ...]
    scope: str
    checks: tuple[Check, ...]

    @property
    def cell(self):
        """The cell of the summary table, three letters; B for the claims on bases and powers."""
        return self.id.split("-")[0]


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


def evidence(kind, compares, function, *args, **kwargs):
    """Return a check that `function(*args, **kwargs)` gives an outcome that holds."""
    return Check(Kind(kind), compares, partial(function, *args, **kwargs))


def control(kind, compares, function, *args, **kwargs):
    """Return a check that `function`, called on a spoiled claim, gives one that does not hold."""
    return Check(Kind(kind), compares, partial(function, *args, **kwargs), control=True)


def judge(check):
    """Run a check; an exception counts as failed, for evidence and controls alike.

    >>> good = evidence("exact", "1 + 1 with 2", lambda: Outcome(1 + 1 == 2, "2", "2"))
    >>> judge(good).passed
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


def vanishes(*expressions):
    """Return the outcome of a symbolic check: SymPy has reduced every difference to 0.

    >>> import sympy as sp
    >>> vanishes(sp.Integer(0), sp.Symbol("x"))
    Outcome(holds=False, measured='0; x', expected='0; 0')
    """
    measured = [" ".join(str(e).split()) for e in expressions]
    short = [text if len(text) <= 70 else text[:67] + "..." for text in measured]
    return Outcome(
        all(e == 0 for e in expressions), "; ".join(short), "; ".join("0" for _ in expressions)
    )


def below(value, bound, what):
    """Return the outcome that a deviation stays below a bound fixed beforehand.

    The order of magnitude alone is reported, as the digits of a rounding error depend on the
    machine; and no lower than a thousandth of the bound.

    >>> below(3e-9, 1e-3, "largest deviation")
    Outcome(holds=True, measured='largest deviation below 1e-06', expected='below 1e-03')
    """
    holds = bool(value < bound)
    level = bound
    while holds and level > bound * 2e-3 and value < level / 10:
        level /= 10
    measured = f"{what} below {level:.0e}" if holds else f"{what} {value:.2g}"
    return Outcome(holds, measured, f"below {bound:.0e}")


def consistent(z_scores, resolution):
    """Return the outcome of a statistical check: no z-score beyond what chance gives.

    The limit on ``|z|`` is that of a false alarm in one of a million checks, corrected for the
    number of scores (Bonferroni). The sample size is fixed before, so what would have been seen is
    known: a deviation of the limit times the standard error, reported as `resolution`.

    Parameters
    ----------
    z_scores : array_like
        Deviations from the claimed values in standard errors; nan counts as a failure.
    resolution : float
        The largest standard error, relative to the claimed value (or to its natural scale).

    >>> consistent([0.3, -2.0], 1e-3).holds, consistent([0.3, -7.0], 1e-3).holds
    (True, False)
    """
    z_scores = np.ravel(z_scores)
    limit = -ndtri(FALSE_ALARM / (2 * len(z_scores)))
    largest = np.abs(z_scores).max()
    return Outcome(
        largest < limit,
        f"largest |z| of {len(z_scores)}: {largest:.1f}",
        f"below {limit:.1f}; would see an error of {limit * resolution:.1g}",
    )
