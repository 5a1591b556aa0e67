"""Start-up: what the command line and the import take, against importing NumPy and SciPy.

The peer is a process that imports what every numerical script imports, and ends.
"""

import subprocess
import sys
from functools import partial

from timing import head, measure, row, seconds

PEER = "import numpy, scipy.special, scipy.linalg"
COMMAND = "from diagprec_core.commands import main; main({})"
CONTESTANTS = {
    "import diagprec_core": "import diagprec_core",
    "diagprec --help": COMMAND.format(["--help"]),
    "diagprec compare --help": COMMAND.format(["compare", "--help"]),
    "diagprec verify --list": COMMAND.format(["verify", "--list"]),
    "all public names": "from diagprec_core import *",
}


def process(code):
    """Run a line of Python in a process of its own."""
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, code


def table(quick, repetitions):
    """Print the table and return its rows."""
    contestants = {name: partial(process, code) for name, code in CONTESTANTS.items()}
    times = measure(repetitions * (1 if quick else 3), peer=partial(process, PEER), **contestants)
    peer = times.pop("peer")
    print("**Start-up.** A process each; the peer imports numpy, scipy.special and scipy.linalg.\n")
    head("name", "ours", "peer", "ours / peer")
    for name, ours in times.items():
        row(f"(o) {name}", seconds(ours), seconds(peer), ours / peer)
    return [{"name": name, "ours": ours, "peer": peer} for name, ours in times.items()]
