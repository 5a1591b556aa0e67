import json
import re
import subprocess
import sys
import types
from functools import partial

import pytest

from diagprec_core import commands
from diagprec_core.claims import CLAIMS, Check, Claim, Kind, Outcome
from diagprec_core.claims.where import locate
from diagprec_core.commands import verify

CHECK_KEYS = ["kind", "control", "compares", "source", "holds", "measured", "expected", "seconds"]


def outcome(holds):
    return Outcome(holds, "what came out", "what should")


@pytest.fixture
def registry(monkeypatch):
    """Put made-up checks in the place of the registry, one claim for each tuple of them."""

    def install(*claims):
        module = types.ModuleType("made_up")
        module.CHECKS = {f"ZZQ-{n}": checks for n, checks in enumerate(claims, start=1)}
        monkeypatch.setitem(sys.modules, "diagprec_core.claims.zzq.made_up", module)
        about = {"verifies": ("P1",), "scope": "some scope", "novelty": "new", "uses": ("FEQ-1",)}
        about["since"] = "0.1.0"
        made = tuple(
            Claim(name, f"title {name[4:]}", **about, evidence="zzq.made_up")
            for name in module.CHECKS
        )
        monkeypatch.setattr("diagprec_core.claims.CLAIMS", made)

    return install


def made(kind, compares, holds, control=False):
    return Check(Kind(kind), compares, partial(outcome, holds), control)


GOOD = made("exact", "good things", True)
BAD = made("numerical", "one thing with another", False)
REFUTED = made("exact", "a spoiled thing", False, control=True)
UNREFUTED = made("symbolic", "a thing that is not spoiled", True, control=True)


def test_all_pass(registry, capsys):
    registry((GOOD, REFUTED), (GOOD, GOOD, REFUTED))
    assert commands.main(["verify"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert len(lines) == 3
    assert "ZZQ-1" in lines[0]
    assert "title 2" in lines[1]
    assert re.search(r"controls refuted 1/1 +\d+\.\d s  title 2$", lines[1])
    assert lines[2] == "2 claims, 5 checks: all pass"
    assert err == ""  # no progress bar where nobody watches


@pytest.mark.parametrize(
    ("check", "what"), [(BAD, "does not hold"), (UNREFUTED, "control not refuted")]
)
def test_a_failing_check_is_named(check, what, registry, capsys):
    registry((GOOD, REFUTED), (GOOD, check))
    assert commands.main(["verify"]) == 1
    out = capsys.readouterr().out
    assert f"{what}: {check.compares}; {check.source}" in out
    assert "measured what came out; expected what should" in out
    assert out.splitlines()[-1] == "2 claims, 4 checks: 1 FAILED"
    verdicts = {line.split()[0]: line.split()[1] for line in out.splitlines() if "title" in line}
    assert verdicts == {"ZZQ-1": "verified", "ZZQ-2": "FAILED"}


def test_a_failing_check_gives_status_1_with_json_too(registry, capsys):
    registry((GOOD, BAD))
    assert commands.main(["verify", "--json"]) == 1
    checks = json.loads(capsys.readouterr().out)["claims"][0]["checks"]
    assert [check["holds"] for check in checks] == [True, False]


def test_json_schema(registry, capsys):
    registry((GOOD, REFUTED))
    assert commands.main(["verify", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    for check in printed["claims"][0]["checks"]:
        assert 0 <= check.pop("seconds") < 10
    assert printed == {
        "claims": [
            {
                "id": "ZZQ-1",
                "title": "title 1",
                "verifies": ["P1"],
                "scope": "some scope",
                "novelty": "new",
                "uses": ["FEQ-1"],
                "since": "0.1.0",
                "checks": [
                    {
                        "kind": "exact",
                        "control": False,
                        "compares": "good things",
                        "source": GOOD.source,
                        "holds": True,
                        "measured": "what came out",
                        "expected": "what should",
                    },
                    {
                        "kind": "exact",
                        "control": True,
                        "compares": "a spoiled thing",
                        "source": REFUTED.source,
                        "holds": True,
                        "measured": "what came out",
                        "expected": "what should",
                    },
                ],
            }
        ]
    }


def test_a_family_of_the_real_registry_as_json(capsys):
    assert commands.main(["verify", "--claim", "FIQ-1", "--json"]) == 0
    (claim,) = json.loads(capsys.readouterr().out)["claims"]
    fields = ["id", "title", "verifies", "scope", "novelty", "uses", "since", "checks"]
    assert list(claim) == fields
    assert claim["id"] == "FIQ-1"
    for check in claim["checks"]:
        assert list(check) == CHECK_KEYS
        assert check["holds"] is True
    assert {check["control"] for check in claim["checks"]} == {True, False}


def test_failures_are_told_on_stderr_beside_the_json(registry, capsys):
    registry((GOOD, BAD), (GOOD, REFUTED))
    assert commands.main(["verify", "--json"]) == 1
    out, err = capsys.readouterr()
    assert len(json.loads(out)["claims"]) == 2
    assert "does not hold: one thing with another" in err
    assert "ZZQ-2" not in err


@pytest.mark.slow
def test_two_processes_give_what_one_gives(capsys):
    printed = []
    for jobs in ("1", "2"):
        assert commands.main(["verify", "--claim", "FEQ", "--json", "--jobs", jobs]) == 0
        claims = json.loads(capsys.readouterr().out)["claims"]
        for claim in claims:
            for check in claim["checks"]:
                check.pop("seconds")
        printed.append(claims)
    assert printed[0] == printed[1]


def test_claim_selects_a_family(monkeypatch):
    seen = []
    monkeypatch.setattr(verify, "run_claims", lambda claims, **options: seen.extend(claims) or 0)
    assert commands.main(["verify", "--claim", "FIQ-2"]) == 0
    assert [claim.id for claim in seen] == ["FIQ-2a", "FIQ-2b", "FIQ-2c"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["verify", "--claim", "FIQ-9"], "'FIQ-9'"),
        (["verify", "--claim", ""], "claim: got ''"),
        (["verify", "--nonsense"], "--nonsense"),
        (["verify", "--where", "FIQ-9"], "'FIQ-9'"),
        (["verify", "--where", "FIQ-1", "--claim", "FIQ-1"], "not allowed with"),
        (["verify", "--list", "--json"], "--json"),
        (["verify", "--jobs", "0"], "--jobs: got 0"),
        (["nonsense"], "nonsense"),
        ([], "command"),
    ],
)
def test_wrong_usage_has_status_2_and_says_what_is_wrong(arguments, told, capsys):
    with pytest.raises(SystemExit) as stop:
        commands.main(arguments)
    assert stop.value.code == 2
    out, err = capsys.readouterr()
    assert told in err
    assert out == ""


def test_the_module_runs_as_a_command():
    done = subprocess.run(
        [sys.executable, "-m", "diagprec_core", "verify", "--claim", "nowhere"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "'nowhere'" in done.stderr


def test_the_list_has_a_line_a_claim_and_runs_nothing(registry, capsys):
    registry((BAD,), (BAD,))
    assert commands.main(["verify", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines] == [
        [f"ZZQ-{n}", "new", "P1", "title", str(n)] for n in (1, 2)
    ]


def test_where_tells_chapter_derivations_checks_and_core(capsys):
    assert commands.main(["verify", "--where", "sxq-8"]) == 0
    out = capsys.readouterr().out
    for told in (
        "SXQ-8: At equal noise floor",
        "notebooks/09_who_is_best.ipynb",
        "uses        SXQ-7, SXQ-9",
        "derivations.ranking.log_slopes",
        "claims.sxq.best.ranking_symbolic",
        "mini_batch.noise_floor.stationary_risk",
    ):
        assert told in out
    assert "claims.reference" not in out


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_every_claim_has_a_chapter_and_what_checks_it(claim):
    found = locate(claim)
    assert found.chapter
    assert len(found.checks) == len({check.source for check in claim.checks})
    assert found.derivations or found.core


def test_an_installed_package_says_that_the_book_is_elsewhere(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("diagprec_core.claims.where.NOTEBOOKS", tmp_path)
    assert commands.main(["verify", "--where", "FEQ-1"]) == 0
    assert "not beside this package" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["verify", "--list"], ["verify", "--where", "SXQ"]])
def test_who_reads_the_output_may_close_it(command):
    run = [sys.executable, "-m", "diagprec_core", *command]
    with subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as done:
        done.stdout.readline()
        done.stdout.close()
        assert done.stderr.read() == ""
    assert done.returncode == 0


def test_an_interrupt_is_quiet(monkeypatch, capsys):
    def interrupted(claims, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(verify, "run_claims", interrupted)
    assert commands.main(["verify"]) == 130
    assert capsys.readouterr().err == ""
