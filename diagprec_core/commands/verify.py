"""The command line: `python -m diagprec_core verify`, and `... compare`."""

import argparse
import json
import sys
from collections import Counter

from tqdm import tqdm

from ..claims import judge, select
from . import compare as compare_command


def main(arguments=None):
    """Run a command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m diagprec_core", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser(
        "verify",
        help="check every claim of the book",
        description="Run the evidence and the negative controls of the claims. "
        "The exit status is 0 if every check passes and 1 if any fails.",
    )
    verify.add_argument("--claim", metavar="ID", help="one claim, or a family such as FIQ or FIQ-2")
    verify.add_argument("--json", action="store_true", help="print the full result as JSON")
    compare_command.add_parser(commands)
    options = parser.parse_args(arguments)
    if options.command == "compare":
        return compare_command.run(options)
    try:
        claims = select(options.claim)
    except ValueError as error:
        parser.error(str(error))
    return run_claims(claims, as_json=options.json)


def run_claims(claims, as_json):
    """Judge the claims, print the result, return 0 if every check passed and 1 if not."""
    results, width = [], max(len(claim.id) for claim in claims)
    total = sum(len(claim.checks) for claim in claims)
    with tqdm(total=total, unit="check", file=sys.stderr, leave=False, disable=None) as bar:
        for claim in claims:
            bar.set_description(f"{claim.id:<{width}}")
            verdicts = []
            for check in claim.checks:
                verdicts.append(judge(check))
                bar.update()
            results.append((claim, verdicts))
            if not as_json:
                tqdm.write(describe(claim, verdicts, width), file=sys.stdout)
    failed = sum(not v.passed for _, verdicts in results for v in verdicts)
    if as_json:
        print(json.dumps({"claims": [as_dict(*result) for result in results]}, indent=1))
    else:
        print(
            f"{len(claims)} claims, {total} checks: "
            + (f"{failed} FAILED" if failed else "all pass")
        )
    return 1 if failed else 0


def describe(claim, verdicts, width):
    """Return one line on a claim, and one more for each check that failed."""
    kinds = Counter(str(v.check.kind) for v in verdicts if not v.check.control)
    controls = [v.passed for v in verdicts if v.check.control]
    verdict = "verified" if all(v.passed for v in verdicts) else "FAILED  "
    evidence = ", ".join(f"{kind} {count}" for kind, count in kinds.items())
    lines = [
        f"{claim.id:<{width}}  {verdict}  {evidence:<35}  "
        f"controls refuted {sum(controls)}/{len(controls)}  "
        f"{sum(v.seconds for v in verdicts):4.1f} s  {claim.title}"
    ]
    for v in verdicts:
        if not v.passed:
            what = "control not refuted" if v.check.control else "does not hold"
            lines.append(f"    {what}: {v.check.compares}; {v.check.source}")
            lines.append(f"      measured {v.outcome.measured}; expected {v.outcome.expected}")
    return "\n".join(lines)


def as_dict(claim, verdicts):
    """Return a claim and its verdicts as the JSON has them."""
    return {
        "id": claim.id,
        "title": claim.title,
        "verifies": list(claim.verifies),
        "scope": claim.scope,
        "checks": [verdict.as_dict() for verdict in verdicts],
    }
