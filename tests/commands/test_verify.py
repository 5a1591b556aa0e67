import json
import re
import subprocess
import sys

import pytest

from diagprec_core.claims import Claim, Outcome
from diagprec_core.claims.registry import control, evidence
from diagprec_core.commands import verify as cli

CHECK_KEYS = ["kind", "control", "compares", "source", "holds", "measured", "expected", "seconds"]


def outcome(holds):
    return Outcome(holds, "what came out", "what should")


@pytest.fixture
def registry(monkeypatch):
    """Put made-up checks in the place of the registry, one claim for each tuple of them."""

    def install(*claims):
        made = tuple(
            Claim(f"ZZQ-{n}", f"title {n}", ("P1",), "some scope", checks)
            for n, checks in enumerate(claims, start=1)
        )
        monkeypatch.setattr("diagprec_core.claims.CLAIMS", made)

    return install


GOOD = evidence("exact", "good things", outcome, True)
BAD = evidence("numerical", "one thing with another", outcome, False)
REFUTED = control("exact", "a spoiled thing", outcome, False)
UNREFUTED = control("symbolic", "a thing that is not spoiled", outcome, True)


def test_all_pass(registry, capsys):
    registry((GOOD, REFUTED), (GOOD, GOOD, REFUTED))
    assert cli.main(["verify"]) == 0
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
    assert cli.main(["verify"]) == 1
    out = capsys.readouterr().out
    assert f"{what}: {check.compares}; {check.source}" in out
    assert "measured what came out; expected what should" in out
    assert out.splitlines()[-1] == "2 claims, 4 checks: 1 FAILED"
    verdicts = {line.split()[0]: line.split()[1] for line in out.splitlines() if "title" in line}
    assert verdicts == {"ZZQ-1": "verified", "ZZQ-2": "FAILED"}


def test_a_failing_check_gives_status_1_with_json_too(registry, capsys):
    registry((GOOD, BAD))
    assert cli.main(["verify", "--json"]) == 1
    checks = json.loads(capsys.readouterr().out)["claims"][0]["checks"]
    assert [check["holds"] for check in checks] == [True, False]


def test_json_schema(registry, capsys):
    registry((GOOD, REFUTED))
    assert cli.main(["verify", "--json"]) == 0
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
    assert cli.main(["verify", "--claim", "FIQ-1", "--json"]) == 0
    (claim,) = json.loads(capsys.readouterr().out)["claims"]
    assert list(claim) == ["id", "title", "verifies", "scope", "checks"]
    assert claim["id"] == "FIQ-1"
    for check in claim["checks"]:
        assert list(check) == CHECK_KEYS
        assert check["holds"] is True
    assert {check["control"] for check in claim["checks"]} == {True, False}


def test_claim_selects_a_family(monkeypatch):
    seen = []
    monkeypatch.setattr(cli, "run_claims", lambda claims, as_json: seen.extend(claims) or 0)
    assert cli.main(["verify", "--claim", "FIQ-2"]) == 0
    assert [claim.id for claim in seen] == ["FIQ-2a", "FIQ-2b", "FIQ-2c"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["verify", "--claim", "FIQ-9"], "'FIQ-9'"),
        (["verify", "--claim", ""], "claim: got ''"),
        (["verify", "--nonsense"], "--nonsense"),
        (["nonsense"], "nonsense"),
        ([], "command"),
    ],
)
def test_wrong_usage_has_status_2_and_says_what_is_wrong(arguments, told, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
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
