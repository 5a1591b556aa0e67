"""The command `diagprec compare`: which preconditioner is best for a spectrum."""

import json
import sys
from contextlib import contextmanager

import numpy as np
from tqdm import tqdm

from .. import validation as check
from ..problems.spectra import power_law_spectrum
from ..problems.spectrum_file import SECOND, SpectrumFile, read_spectrum

DESCRIPTION = """
Which preconditioner for this spectrum? For mini-batch linear regression with Gaussian data, in the
eigenbasis of the covariance: gradient descent, GN^-1/2, GN^-1 and long-memory Adam, each at its
best constant learning rate for the horizon, by their exact risks (nothing is simulated). Adam's
weights are frozen at those of its own stationary state from the first step on. Below them, GN^p at
the best power, GN^-1 at the best damping, and Adam as it is run, whose risk is approximate. The
exit status is 2 if the input is unfit.
"""
FILE_HELP = (
    "one eigenvalue a line, or an eigenvalue and a second number, separated by a comma, a "
    "semicolon, a tab or blanks; a header line, quotes and comments after # are allowed; .gz, .npy "
    "and .npz are read, and - is standard input"
)


def add_parser(commands):
    """Add the command to what `argparse` returned from `add_subparsers`."""
    parser = commands.add_parser(
        "compare", help="which preconditioner for a spectrum", description=DESCRIPTION
    )
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--spectrum", metavar="FILE", help=FILE_HELP)
    given.add_argument(
        "--power-law",
        nargs=2,
        metavar=("D", "EXPONENT"),
        help="the spectrum i^-EXPONENT, i = 1, ..., D",
    )
    parser.add_argument(
        "--column", metavar="NAME", help="which column (or array of a .npz) holds the eigenvalues"
    )
    parser.add_argument(
        "--weights",
        action="store_true",
        help="the second column says how often each eigenvalue occurs, in whole numbers",
    )
    parser.add_argument(
        "--drop-nonpositive",
        action="store_true",
        help="leave out eigenvalues that are not above 0, as rounding leaves them",
    )
    parser.add_argument(
        "--second",
        choices=SECOND,
        help="what the second column is: the starting error delta_i in each eigendirection, or the "
        "source lambda_i delta_i^2; by default what the header calls it, or else the error",
    )
    parser.add_argument(
        "--source-exponent",
        type=float,
        metavar="S",
        help="start with lambda_i delta_i^2 proportional to i^-S, i the rank of lambda_i from the "
        "largest down; by default all delta_i are equal",
    )
    parser.add_argument(
        "--start-risk",
        type=float,
        metavar="R",
        help="scale the start to this R_0; by default a second column stays as it is, and any "
        "other start is scaled to 1",
    )
    parser.add_argument("--noise-std", type=float, default=1.0, metavar="SIGMA", help="default 1")
    parser.add_argument(
        "--kurtosis",
        type=float,
        default=1.0,
        metavar="K",
        help="fourth moments of elliptical features, relative to Gaussian ones; default 1",
    )
    parser.add_argument(
        "--beta1",
        type=float,
        default=0.9,
        metavar="X",
        help="decay of the gradients' average in Adam as it is run; default 0.9",
    )
    parser.add_argument(
        "--beta2",
        type=float,
        default=0.999,
        metavar="Y",
        help="decay of their squares' average, above X^2; default 0.999",
    )
    parser.add_argument("--batch-size", type=int, required=True, metavar="B")
    parser.add_argument("--steps", type=int, required=True, metavar="T", help="the horizon")
    parser.add_argument("--plot", metavar="FILE", help="draw the risk curves to this file")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run)


def run(options):
    """Compare, print, draw; return the exit status."""
    from ..tuning.comparison import compare
    from . import report

    try:
        if options.plot:
            report.as_plot(options.plot)  # before the computing, which may take long
        with progress_line() as now:
            now("reading the spectrum")
            file, start, start_risk, words = problem(options)
            found = compare(
                file.spectrum,
                batch_size=options.batch_size,
                steps=options.steps,
                noise_std=options.noise_std,
                start=start,
                start_risk=start_risk,
                kurtosis=options.kurtosis,
                beta1=options.beta1,
                beta2=options.beta2,
                progress=now,
            )
    except ValueError as error:
        print(f"compare: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps({**found.as_dict(), "start": words}, indent=1, allow_nan=False))
    else:
        print(report.table(found, words, file))
    if options.plot:
        try:
            report.draw(found, options.plot)
        except OSError as error:
            print(f"compare: --plot: cannot draw {options.plot}: {error}", file=sys.stderr)
            return 2
    return 0


@contextmanager
def progress_line():
    """Give a function that shows on a terminal what is done now; the line goes when all is done."""
    form = "compare: {desc} [{elapsed}]"
    with tqdm(file=sys.stderr, disable=None, leave=False, bar_format=form) as line:
        yield line.set_description_str


def problem(options):
    """Return the spectrum, the start, the risk to scale it to, and what the start is in words."""
    if options.spectrum is None:
        for name in ("column", "weights", "drop_nonpositive", "second"):
            if getattr(options, name):
                check.fail(
                    f"--{name.replace('_', '-')}", "it without a file", "one beside --spectrum"
                )
        try:
            d, exponent = int(options.power_law[0]), float(options.power_law[1])
        except ValueError:
            given = " ".join(options.power_law)
            check.fail("--power-law", repr(given), "an integer and a number")
        file = SpectrumFile(power_law_spectrum(d, exponent))
    else:
        file = read_spectrum(
            options.spectrum,
            column=options.column,
            second=options.second,
            weights=options.weights,
            drop_nonpositive=options.drop_nonpositive,
        )
    return file, *_start(options, file)


def _start(options, file):
    """Return the errors, the risk to scale them to, and what they are in words."""
    spectrum, second = file.spectrum, file.second
    if options.source_exponent is not None:
        if second is not None:
            check.fail("--source-exponent", "one beside a second column", "one of the two")
        exponent = check.as_number("--source-exponent", options.source_exponent)
        ranks = np.empty(len(spectrum))  # by size: the order of a file means nothing
        ranks[np.argsort(-spectrum, kind="stable")] = np.arange(1.0, len(spectrum) + 1)
        start_risk = 1.0 if options.start_risk is None else options.start_risk
        return np.sqrt(ranks**-exponent / spectrum), start_risk, f"source i^-{exponent:g}"
    if second is None:
        return None, options.start_risk, "equal errors in all eigendirections"
    if file.meaning == "source":
        if (second < 0).any():
            check.fail("the second column", f"a source of {second.min():g}", "none below 0")
        second = np.sqrt(second / spectrum)
    return second, options.start_risk, f"the file's second column, as {file.meaning}"
