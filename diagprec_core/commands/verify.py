"""The command `diagprec verify`: run the checks of claims, list the claims, or locate one."""

import json
import sys
from collections import Counter

from .. import claims as registry


def add_parser(commands):
    """Add the command to what `argparse` returned from `add_subparsers`."""
    parser = commands.add_parser(
        "verify",
        help="check every claim of the book",
        description="Run the evidence and the negative controls of the claims. "
        "The exit status is 0 if every check passes and 1 if any fails.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--claim", metavar="ID", help="one claim, or a family such as FIQ or FIQ-2")
    what.add_argument(
        "--where",
        metavar="ID",
        help="run nothing: print where a claim's theorem, derivations, checks and core stand",
    )
    what.add_argument("--list", action="store_true", help="run nothing: print a line a claim")
    parser.add_argument(
        "--json", action="store_true", help="print the full result as JSON, failures on stderr too"
    )
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes, default 1")
    parser.set_defaults(run=lambda options: run(options, parser.error))


def run(options, fail):
    """Verify, list or locate; return the exit status."""
    if options.json and (options.list or options.where is not None):
        fail("--json: got it beside --list or --where, need a run of checks")
    if options.jobs < 1:
        fail(f"--jobs: got {options.jobs}, need an integer of at least 1")
    wanted = options.claim if options.where is None else options.where
    try:
        claims = registry.select(wanted)
    except ValueError as error:
        fail(str(error))
    if options.list:
        for claim in claims:
            print(f"{claim.id:<7} {claim.novelty:<11} {','.join(claim.verifies):<9} {claim.title}")
        return 0
    if options.where is not None:
        print("\n\n".join(map(whereabouts, claims)))
        return 0
    return run_claims(claims, as_json=options.json, jobs=options.jobs)


def whereabouts(claim):
    """Return where everything stands that belongs to a claim, as text."""
    from ..claims.where import locate

    found = locate(claim)
    users = [other.id for other in registry.CLAIMS if claim.id in other.uses]
    rows = (
        ("novelty", [f"{claim.novelty}: {', '.join(claim.verifies)}"]),
        ("scope", [claim.scope]),
        ("since", [f"version {claim.since}"]),
        ("chapter", [found.chapter or "in the book, which is not beside this package"]),
        ("uses", [", ".join(claim.uses) or "no other claim"]),
        ("used by", [", ".join(users) or "no other claim"]),
        ("derivation", found.derivations or ["none"]),
        ("checks", found.checks),
        ("core", found.core or ["none"]),
    )
    lines = [f"{claim.id}: {claim.title}"]
    for name, values in rows:
        lines += [f"  {name if i == 0 else '':<11} {value}" for i, value in enumerate(values)]
    return "\n".join(lines)


def run_claims(claims, *, as_json=False, jobs=1):
    """Judge the claims, print the result, return 0 if every check passed and 1 if not."""
    from tqdm import tqdm

    results, width = [], max(len(claim.id) for claim in claims)
    total = sum(len(claim.checks) for claim in claims)
    with tqdm(total=total, unit="check", file=sys.stderr, leave=False, disable=None) as bar:
        for claim, verdicts in zip(claims, judged(claims, jobs), strict=True):
            bar.set_description(f"{claim.id:<{width}}")
            bar.update(len(verdicts))
            results.append(as_dict(claim, verdicts))
            if not as_json:
                tqdm.write(describe(claim, verdicts, width), file=sys.stdout)
            elif not all(verdict["holds"] for verdict in verdicts):
                tqdm.write(describe(claim, verdicts, width), file=sys.stderr)
    failed = sum(not verdict["holds"] for result in results for verdict in result["checks"])
    if as_json:
        print(json.dumps({"claims": results}, indent=1, allow_nan=False))
    else:
        print(
            f"{len(claims)} claims, {total} checks: "
            + (f"{failed} FAILED" if failed else "all pass")
        )
    return 1 if failed else 0


def judged(claims, jobs):
    """Yield the verdicts of each claim, as the JSON has them, in so many processes."""
    if jobs == 1:
        return map(judge_claim, claims)
    import joblib

    return joblib.Parallel(n_jobs=jobs, return_as="generator")(
        joblib.delayed(judge_claim)(claim) for claim in claims
    )


def judge_claim(claim):
    """Return the verdicts of a claim as the JSON has them."""
    return [registry.judge(check).as_dict() for check in claim.checks]


def describe(claim, verdicts, width):
    """Return one line on a claim, and one more for each check that failed."""
    kinds = Counter(verdict["kind"] for verdict in verdicts if not verdict["control"])
    controls = [verdict["holds"] for verdict in verdicts if verdict["control"]]
    word = "verified" if all(verdict["holds"] for verdict in verdicts) else "FAILED  "
    evidence = ", ".join(f"{kind} {count}" for kind, count in kinds.items())
    lines = [
        f"{claim.id:<{width}}  {word}  {evidence:<35}  "
        f"controls refuted {sum(controls)}/{len(controls)}  "
        f"{sum(verdict['seconds'] for verdict in verdicts):4.1f} s  {claim.title}"
    ]
    for verdict in verdicts:
        if not verdict["holds"]:
            what = "control not refuted" if verdict["control"] else "does not hold"
            lines.append(f"    {what}: {verdict['compares']}; {verdict['source']}")
            lines.append(f"      measured {verdict['measured']}; expected {verdict['expected']}")
    return "\n".join(lines)


def as_dict(claim, verdicts):
    """Return a claim and its verdicts as the JSON has them."""
    return {
        "id": claim.id,
        "title": claim.title,
        "verifies": list(claim.verifies),
        "scope": claim.scope,
        "novelty": str(claim.novelty),
        "uses": list(claim.uses),
        "since": claim.since,
        "checks": verdicts,
    }
