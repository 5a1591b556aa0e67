"""How many small mistakes in the core would the tests see? `make mutants`, or run this file.

A mutant is the core with one operator, comparison or number changed. Mutants are drawn at random,
with a seed; each is tested by the examples in its own file and by the files of tests, of those that
`make quick` runs, that reach the line it is on. What survives is listed: a missing test, or a
change that changes nothing. survivors.md has the reasons for those of the samples that were drawn.
"""

import argparse
import ast
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import coverage
import joblib

ROOT = Path(__file__).parents[2]
CORE = ROOT / "diagprec_core"
PROCESSOR_SECONDS = 300  # What a change that never ends is given; the tests take about a hundred.
ROOMS = ("numerics", "methods", "problems", "full_batch", "mini_batch", "tuning")
OPTIONS = ["-x", "-q", "-m", "not slow", "-p", "no:cacheprovider"]
OPTIONS += [f"--ignore=tests/{room}" for room in ("book", "networks", "package")]
DOCTESTS = """
import doctest, importlib, sys
module = importlib.import_module(sys.argv[1])
sys.exit(doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE).failed > 0)
"""
SWAPS = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.And: ("and", "or"),
    ast.Or: ("or", "and"),
}


def main():
    """Draw mutants, test them, print the score; the exit status is 1 if more than 5% survive."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-j", "--jobs", type=int, default=2)
    options = parser.parse_args()
    paths = [CORE / "validation.py"]
    paths += [path for room in ROOMS for path in sorted((CORE / room).glob("*.py"))]
    mutants = [(path, *change) for path in paths for change in changes(path.read_text())]
    reach = reached()
    drawn = random.Random(options.seed).sample(mutants, min(options.sample, len(mutants)))
    survivors = []
    results = joblib.Parallel(n_jobs=options.jobs, return_as="generator")(
        joblib.delayed(killed)(*mutant, reach.get(mutant[:2], [])) for mutant in drawn
    )
    for count, (mutant, dead) in enumerate(zip(drawn, results, strict=True), start=1):
        if not dead:
            survivors.append(mutant)
            path, line, _, _, before, after = mutant
            print(f"alive: {path.relative_to(ROOT)}:{line}: {before} as {after}", flush=True)
        if count % 20 == 0:
            print(f"{count - len(survivors)} of {count} killed", flush=True)
    share = 1 - len(survivors) / len(drawn)
    print(
        f"{len(drawn) - len(survivors)} of {len(drawn)} killed, {share:.1%} ({len(mutants)} in all)"
    )
    return int(share < 0.95)


def changes(text):
    """Yield (line, start, end, before, after) for every change of one place in a source."""
    lines = text.split("\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line.encode()) + 1)

    def at(line, column):
        return offsets[line - 1] + column

    source = text.encode()
    tree = ast.parse(text)
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr | ast.Raise)
        or (isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "fail")
        # zip's `strict` asks again what is known: that lengths agree
        or (isinstance(node, ast.keyword) and node.arg == "strict")
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Compare):
            pairs = zip([node.left, *node.comparators], node.ops, node.comparators, strict=False)
        elif isinstance(node, ast.BinOp):
            pairs = [(node.left, node.op, node.right)]
        elif isinstance(node, ast.BoolOp):
            pairs = [(node.values[0], node.op, node.values[1])]
        else:
            pairs = []
            if isinstance(node, ast.Constant) and type(node.value) in (int, float, bool):
                value = node.value
                start = at(node.lineno, node.col_offset)
                end = at(node.end_lineno, node.end_col_offset)
                other = (
                    not value
                    if type(value) is bool
                    else value + 1
                    if value in (0, 1)
                    else value * 2
                )
                yield node.lineno, start, end, source[start:end].decode(), repr(other)
        for left, op, right in pairs:
            if type(op) not in SWAPS:
                continue
            before, after = SWAPS[type(op)]
            start = at(left.end_lineno, left.end_col_offset)
            between = source[start : at(right.lineno, right.col_offset)].decode()
            found = re.search(rf"(?<![<>=!*/]){re.escape(before)}(?![=*/])", between)
            if found:
                begin = start + len(between[: found.start()].encode())
                yield left.end_lineno, begin, begin + len(before), before, after


def reached():
    """Return for each line of the core the files of tests that reach it, nearest first.

    Lines that run when a module is imported, or compiled, are in none: any file may see them.
    """
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "coverage"
        run = ["-m", "coverage", "run", f"--source={CORE}", f"--data-file={data}", "-m", "pytest"]
        run += ["-p", "contexts", *OPTIONS, "tests"]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
        done = subprocess.run(
            [sys.executable, *run], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(f"the tests fail on the core as it is\n{done.stdout[-2000:]}")
        found = coverage.CoverageData(str(data))
        found.read()
        files = {}
        for name in found.measured_files():
            path = Path(name)
            for line, contexts in found.contexts_by_lineno(name).items():
                own = f"tests/{path.parent.name}/"
                tests = sorted(filter(None, contexts), key=lambda test: (own not in test, test))
                files[path, line] = tests
        return files


def killed(path, line, start, end, before, after, tests):
    """Say whether the tests see a mutant."""
    with tempfile.TemporaryDirectory() as folder:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(CORE, Path(folder) / "diagprec_core", ignore=ignored)
        os.symlink(
            ROOT / "notebooks", Path(folder) / "notebooks"
        )  # in which theorems are looked up
        copy = Path(folder) / path.relative_to(ROOT)
        source = path.read_bytes()
        copy.write_bytes(source[:start] + after.encode() + source[end:])
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        doctests = [sys.executable, "-c", DOCTESTS, module]
        # The script: `python -m pytest` would find the core of this checkout first.
        pytest = [str(Path(sys.executable).with_name("pytest")), *OPTIONS, *(tests or ["tests"])]
        return not (passes(folder, doctests, folder) and passes(folder, pytest, ROOT))


def passes(folder, command, place):
    """Run tests on the core in a folder, from a place; say whether they all pass."""
    environment = {**os.environ, "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command,
        cwd=place,
        env=environment,
        capture_output=True,
        # Of the processor's time, not the clock's: a busy machine must not kill a mutant.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS,) * 2),
    )
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
