"""The command line: `diagprec verify`, `compare` and `diagnose`, one module a command.

`python -m diagprec_core` is the same. A command imports what it computes with only when it runs:
`--help` and `verify --list` do not wait for SymPy, ball arithmetic or figures.
"""

import argparse
import os
import sys

from . import compare, diagnose, verify


def main(arguments=None):
    """Run a command and return its exit status; who reads the output may close it early.

    Returns
    -------
    int
        0, 1 where a check failed, 2 for unfit input, 130 where it was interrupted.
    """
    parser = argparse.ArgumentParser(
        prog="diagprec", description="Diagonal preconditioners: claims verified, methods compared."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for module in (verify, compare, diagnose):
        module.add_parser(commands)
    options = parser.parse_args(arguments)
    try:
        status = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still in the buffer goes nowhere when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return status
