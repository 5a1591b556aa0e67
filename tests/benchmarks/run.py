"""Ratios of running times, measured side by side: python tests/benchmarks/run.py [--quick].

Every row first asserts that what it compares computes the same thing. Then all contestants of the
row are run once to warm up and in turns after that; medians are reported. Everybody but the browser
has one core (where the system lets a process choose): threads that wait for each other would
measure how busy the machine is. What the peers and floors are, the modules say that make the
tables.
"""

import argparse
import json
import os
import platform

# Before NumPy and JAX are loaded, which count the cores then.
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import diagnosis
import full_batch
import jax
import mini_batch
import pages
import power
import start_up

REPETITIONS = 3


def main():
    """Measure, print the tables, write JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", metavar="FILE", help="also write the numbers to this file")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, under a minute")
    options = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(f"Medians of {REPETITIONS}; {cores} core(s).")
    tables = {}
    for module in (full_batch, mini_batch, power, diagnosis, start_up, pages):
        print()
        tables[module.__name__] = module.table(options.quick, REPETITIONS)
    if options.json:
        setting = {"quick": options.quick, "repetitions": REPETITIONS, "unit": "s"}
        machine = {"cores": cores, "machine": platform.machine()}
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({**setting, **machine, **tables}, file, indent=1)


if __name__ == "__main__":
    main()
