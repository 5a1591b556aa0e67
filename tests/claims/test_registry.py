"""The registry as a whole: every claim has its evidence, and every check can fail."""

import collections
import dataclasses
import graphlib
import json
import os
import pathlib
from functools import partial

import numpy as np
import pytest

from diagprec_core.claims import CLAIMS, Check, Claim, Kind, Novelty, Outcome, judge, select
from diagprec_core.claims.outcomes import below, vanishes
from diagprec_core.claims.paper import PAPER
from diagprec_core.claims.registry import checks_in, checks_of, control, evidence
from diagprec_core.commands.verify import judge_claim

every_claim = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
every_check = pytest.mark.parametrize(
    ("claim", "index"),
    [
        pytest.param(claim, i, id=f"{claim.id}-{i}-{check.source.rsplit('.', 1)[-1]}")
        for claim in CLAIMS
        for i, check in enumerate(claim.checks)
    ],
)


@pytest.fixture(scope="session")
def verdicts():
    """Return the verdicts of a claim, as the JSON has them: no check is run twice.

    `make test` runs them all beforehand, anew if the core has changed, and says where the result
    is. What is not in it is judged here.
    """
    path = os.environ.get("DIAGPREC_VERDICTS")
    read = json.loads(pathlib.Path(path).read_text())["claims"] if path else []
    known = {claim["id"]: claim["checks"] for claim in read}

    def of(claim):
        told = [(v["source"], v["compares"]) for v in known.get(claim.id, [])]
        if told != [(check.source, check.compares) for check in claim.checks]:
            known[claim.id] = judge_claim(claim)
        return known[claim.id]

    return of


@pytest.mark.slow
@every_check
def test_check_passes(claim, index, verdicts):
    verdict = verdicts(claim)[index]
    assert verdict["holds"], f"measured {verdict['measured']}; {verdict['expected']}"


@every_claim
def test_evidence_is_of_two_kinds_and_one_of_them_leaves_no_rounding(claim):
    kinds = {check.kind for check in claim.checks if not check.control}
    assert len(kinds) >= 2
    assert kinds & {Kind.SYMBOLIC, Kind.EXACT, Kind.ENCLOSURE}


@every_claim
def test_evidence_does_not_rest_on_one_function(claim):
    assert len({check.source for check in claim.checks if not check.control}) >= 2


@every_claim
def test_controls_are_calls_of_functions_that_give_evidence(claim):
    controls = {check.source for check in claim.checks if check.control}
    assert controls
    # A control by a function that is no evidence would not show that the evidence can fail.
    assert controls <= {check.source for check in claim.checks if not check.control}


@every_claim
def test_a_control_differs_from_its_evidence(claim):
    calls = [(c.run.func, str(c.run.args), str(c.run.keywords)) for c in claim.checks]
    assert len(set(calls)) == len(calls)


@pytest.mark.slow
@every_claim
def test_verdicts_are_plain_enough_for_json(claim, verdicts):
    for verdict in verdicts(claim):
        assert type(verdict["holds"]) is bool, verdict["source"]
        json.dumps(verdict)
        assert verdict["measured"]
        assert verdict["expected"]


def test_ids_are_unique_whatever_their_case():
    counts = collections.Counter(claim.id.lower() for claim in CLAIMS)
    assert max(counts.values()) == 1


@every_claim
def test_a_claim_says_what_it_is_about(claim):
    assert claim.title
    assert claim.scope
    assert set(claim.verifies) <= set(PAPER)
    assert claim.verifies
    if claim.cell == "B":  # on bases and powers, across the quadrants
        return
    assert claim.cell[0] in "FS"
    assert claim.cell[1] in "EIX"
    assert claim.cell[2:] in {"Q", "L"}


def test_select_finds_ids_and_families():
    def ids(wanted):
        return [claim.id for claim in select(wanted)]

    assert select() == CLAIMS
    assert ids("FIQ-2") == ["FIQ-2a", "FIQ-2b", "FIQ-2c"]
    assert ids("fiq-2C ") == ["FIQ-2c"]
    assert ids("FEQ") == [f"FEQ-{n}" for n in range(1, 6)]
    for unknown in ("FIQ-22", "X", "", "2a"):
        with pytest.raises(ValueError, match=r"claim: got '.*', need one of FEQ-1"):
            select(unknown)


def test_a_family_number_does_not_reach_into_longer_numbers(monkeypatch):
    about = {"verifies": ("P1",), "scope": "s", "novelty": "new", "uses": (), "evidence": "zq"}
    about["since"] = "0.1.0"
    claims = tuple(Claim(name, "t", **about) for name in ("ZQ-1", "ZQ-10", "ZQ-1b"))
    monkeypatch.setattr("diagprec_core.claims.CLAIMS", claims)
    assert [c.id for c in select("ZQ-1")] == ["ZQ-1"]
    monkeypatch.setattr("diagprec_core.claims.CLAIMS", claims[1:])
    assert [c.id for c in select("ZQ-1")] == ["ZQ-1b"]


def outcome(holds):
    return Outcome(holds, "measured", "expected")


def raises():
    raise RuntimeError("broken")


def exact(function, *args, control=False):
    return Check(Kind.EXACT, "", partial(function, *args), control)


@pytest.mark.parametrize(
    ("check", "passed"),
    [
        (exact(outcome, True), True),
        (exact(outcome, False), False),
        (exact(outcome, False, control=True), True),
        (exact(outcome, True, control=True), False),
        (exact(raises), False),
        (exact(raises, control=True), False),
    ],
    ids=["holds", "spoiled", "refuted", "not refuted", "raises", "control raises"],
)
def test_judge(check, passed):
    assert judge(check).passed is passed


def test_an_exception_is_told_in_the_verdict():
    assert judge(exact(raises)).outcome.measured == "RuntimeError: broken"


def test_a_verdict_says_how_long_the_check_took(monkeypatch):
    times = iter([100.0, 102.346])
    monkeypatch.setattr("diagprec_core.claims.registry.perf_counter", lambda: next(times))
    verdict = judge(exact(outcome, True))
    assert verdict.seconds == pytest.approx(2.346)
    assert verdict.as_dict()["seconds"] == 2.35


def test_a_numpy_truth_becomes_a_plain_one():
    assert judge(exact(outcome, np.bool_(True))).passed is True
    assert judge(exact(outcome, np.bool_(True), control=True)).passed is False


def test_a_check_knows_its_source():
    assert exact(outcome, True).source.endswith("test_registry.outcome")


def test_kinds_are_a_closed_list():
    with pytest.raises(ValueError, match="anecdotal"):
        evidence("anecdotal", "")
    with pytest.raises(ValueError, match="kind: got 'exact', need a Kind"):
        Check("exact", "", outcome)


def test_decorators_return_the_function_and_keep_the_order_of_the_lines():
    @evidence("exact", "first", 1)
    @evidence("exact", "second", number=1)
    @control("third", 2)
    @control("fourth", number=3)
    def unit(number):
        """Say whether a number is 1."""
        return Outcome(number == 1, str(number), "1")

    @evidence("numerical", "fifth")
    def other():
        return outcome(True)

    assert unit(1).holds
    checks = checks_of(unit, other)
    assert [check.compares for check in checks] == ["first", "second", "fifth", "third", "fourth"]
    assert [check.kind.value for check in checks] == ["exact", "exact", "numerical"] + 2 * ["exact"]
    assert [check.control for check in checks] == [False, False, False, True, True]
    assert all(judge(check).passed for check in checks)
    assert {check.function for check in checks} == {unit, other}


def test_a_module_for_one_claim_counts_its_own_functions_in_their_order():
    def made(name, module):
        function = evidence("exact", name)(lambda: outcome(True))
        function.__name__, function.__module__ = name, module
        return function

    names = {
        "one": made("one", "here"),
        "other": made("other", "there"),
        "two": made("two", "here"),
    }
    found = checks_in({"__name__": "here", "number": 3, **names})
    assert [check.compares for check in found] == ["one", "two"]


def test_a_control_without_evidence_is_refused():
    @control("spoiled")
    def lonely():
        return outcome(False)

    for function in (lonely, outcome):
        with pytest.raises(ValueError, match=f"functions: got {function.__name__} without"):
            checks_of(function)


@every_claim
def test_a_claim_says_on_which_others_it_stands(claim):
    known = [other.id for other in CLAIMS]
    assert set(claim.uses) <= set(known) - {claim.id}
    assert list(claim.uses) == sorted(set(claim.uses), key=known.index)


def test_no_proof_stands_on_itself():
    uses = {claim.id: claim.uses for claim in CLAIMS}
    assert list(graphlib.TopologicalSorter(uses).static_order())
    with pytest.raises(graphlib.CycleError):  # the sorter sees a circle where there is one
        graphlib.TopologicalSorter({**uses, "FEQ-1": ("FIQ-3",), "FEQ-3": ("FEQ-1",)}).prepare()


def test_novelty_is_a_closed_list():
    assert {claim.novelty for claim in CLAIMS} <= set(Novelty)
    with pytest.raises(ValueError, match="groundbreaking"):
        dataclasses.replace(CLAIMS[0], novelty="groundbreaking")


def test_below_refuses_the_bound_itself_and_nan():
    assert below(0.9, 1.0, "x").holds
    assert not below(1.0, 1.0, "x").holds
    assert not below(float("nan"), 1.0, "x").holds


def test_vanishes_needs_every_difference_to_be_zero():
    assert vanishes(0, 0).holds
    assert not vanishes(0, 1).holds
