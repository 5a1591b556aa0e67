"""The claims with their verdicts, from the last run of the registry, and the words for them."""

import json
from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
RESULTS = ROOT / "_build" / "claims.json"

# What a claim does to the paper's claim that it is about, and what that means.
DOES = {
    "reproves": ("reproves", "The statement is the same, with a proof and evidence of its own."),
    "sharpens": (
        "sharpens",
        "Constants are better, or there is a formula where there was a limit, or conditions are "
        "said, or more methods are covered.",
    ),
    "contradicts": (
        "contradicts",
        "As it stands the paper's claim is not true; this theorem says where it is not.",
    ),
    "new": (
        "is new, beside",
        "It is outside the paper's setting, or answers a question that the paper does not ask.",
    ),
}


def read_claims():
    """Return the claims of the last run; `make book` makes the run first."""
    if not RESULTS.exists():
        raise FileNotFoundError(f"{RESULTS.name} is missing: run `make book`")
    return _read(RESULTS, RESULTS.stat().st_mtime_ns)


@cache
def _read(path, time):
    """Read a file once, whatever the number of pages that ask for it."""
    return json.loads(path.read_text(encoding="utf-8"))["claims"]


def evidence(claim):
    """Return the checks of a claim that have to hold."""
    return [check for check in claim["checks"] if not check["control"]]


def controls(claim):
    """Return the checks of a claim that have to be refuted."""
    return [check for check in claim["checks"] if check["control"]]


def verified(claim):
    """Say whether every check of a claim passed."""
    return all(check["holds"] for check in claim["checks"])


def kinds(claim):
    """Return how many checks of each kind stand for a claim, in words."""
    counts = Counter(check["kind"] for check in evidence(claim))
    return ", ".join(f"{number} {kind}" for kind, number in counts.items())


def counted(number, word):
    """Return a number with its word, "1 check" or "2 checks"."""
    return f"{number} {word}" + "s" * (number != 1)


def users(claim, claims):
    """Return the ids of the claims whose proofs stand on this one."""
    return [other["id"] for other in claims if claim["id"] in other["uses"]]


def family(claim):
    """Return what the family of a claim is about, as its catalogue says."""
    module = import_module(f"diagprec_core.claims.{claim['id'].split('-')[0].lower()}")
    return module.__doc__.strip().rstrip(".")


def problem(claim):
    """Return the problem that a claim is about; claims on bases and powers may be about both."""
    letters = claim["id"].split("-")[0]
    if letters == "B":
        return "both" if "logistic" in claim["scope"] else "quadratic"
    return {"Q": "quadratic", "L": "logistic"}[letters[-1]]


def does(claim):
    """Return what a claim does to the paper's claims, in words: "sharpens P2, P4"."""
    return f"{DOES[claim['novelty']][0]} {', '.join(claim['verifies'])}"
