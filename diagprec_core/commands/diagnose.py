"""The command `diagprec diagnose`: what one's own data say, and which method they call for."""

import json
import sys
from pathlib import Path

from tqdm import tqdm

from .. import validation as check

DESCRIPTION = """
What do your data say in the terms of the theorems? Reads a table of examples, measures spectrum,
correlations, kurtosis, noise and signal, says which hypotheses hold, and predicts the risk of
gradient descent, GN^-1/2, GN^-1 and Adam, each at its best constant learning rate, from theta = 0.
With --logistic the target is one of two classes, and what is predicted is local, near the optimum.
With --gradients the file holds the gradients of single examples of any model. With --check the
prediction is tested: real mini-batches are drawn from the file. The exit status is 2 if the input
is unfit.
"""


def add_parser(commands):
    """Add the command to what `argparse` returned from `add_subparsers`."""
    parser = commands.add_parser(
        "diagnose", help="which method for a table of data", description=DESCRIPTION
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        help="CSV with a header line (.gz too), .npy or .npz; read in chunks",
    )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--logistic", action="store_true", help="the target is one of two classes")
    kind.add_argument(
        "--gradients",
        action="store_true",
        help="FILE is a matrix (.npy), an example's gradient a row; or .npz with `gradients` and "
        "perhaps `curvature`, the diagonal of the Gauss-Newton matrix",
    )
    parser.add_argument("--target", metavar="COLUMN", help="what is to be predicted from the rest")
    parser.add_argument("--batch-size", type=int, required=True, metavar="B")
    parser.add_argument(
        "--steps", type=int, metavar="T", help="the horizon; 1000 if left out with --logistic"
    )
    parser.add_argument(
        "--basis", choices=("both", "eigenbasis", "identity"), default="both", help="default both"
    )
    parser.add_argument(
        "--no-centre",
        action="store_true",
        help="leave means where they are; by default they are taken away, as an intercept would",
    )
    parser.add_argument(
        "--no-scale",
        action="store_true",
        help="leave units as they are; by default deviations are made 1",
    )
    parser.add_argument(
        "--beta1", type=float, default=0.9, metavar="X", help="of Adam as it is run"
    )
    parser.add_argument("--beta2", type=float, default=0.999, metavar="Y", help="and its other one")
    parser.add_argument(
        "--check", action="store_true", help="run all methods on mini-batches of the data"
    )
    parser.add_argument("--runs", type=int, default=64, metavar="N", help="for --check; default 64")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="for --check; default 0")
    parser.add_argument("--jobs", type=int, default=1, metavar="J", help="processes for --check")
    parser.add_argument("--plot", metavar="FILE", help="draw the risk curves to this file")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run)


def run(options):
    """Read, measure, predict, check, print, draw; return the exit status."""
    from . import diagnose_nearness, diagnose_report
    from .report import as_plot

    try:
        if options.plot:
            if options.gradients:
                check.fail("--plot", "a file beside --gradients", "none: nothing runs there")
            as_plot(options.plot)  # before the computing, which may take long
        found, target = _found(options)
        report = diagnose_nearness if options.logistic or options.gradients else diagnose_report
        if options.json:
            told = json.dumps(report.as_dict(found), indent=1, allow_nan=False)
        else:
            told = report.text(found, target)
        image = report.draw(found, options.plot) if options.plot else None
    except ValueError as error:
        print(f"diagnose: {error}", file=sys.stderr)
        return 2
    print(told)
    if image is not None:
        try:
            Path(options.plot).write_bytes(image)
        except OSError as error:
            print(f"diagnose: --plot: cannot write {options.plot}: {error}", file=sys.stderr)
            return 2
    return 0


def _found(options):
    """Return what the function that is asked for finds, and the target, with its classes."""
    if options.gradients:
        from ..diagnosis.files import read_gradients
        from ..diagnosis.gradients import diagnose_gradients

        found = diagnose_gradients(*read_gradients(options.file), batch_size=options.batch_size)
        return found, None
    from ..diagnosis.files import open_table
    from ..diagnosis.logistic import diagnose_logistic
    from ..diagnosis.regression import diagnose

    if options.target is None:
        check.fail("--target", "none", "the name of the column that is to be predicted")
    if options.steps is None:
        if not options.logistic:
            check.fail("--steps", "none", "a number of steps")
        options.steps = 1000
    source = open_table(options.file, options.target, classes=options.logistic)
    with tqdm(
        total=source.rows and 2 * source.rows,
        unit="row",
        file=sys.stderr,
        disable=None,
        leave=False,
    ) as bar:
        found = (diagnose_logistic if options.logistic else diagnose)(
            source,
            batch_size=options.batch_size,
            steps=options.steps,
            basis=options.basis,
            centre=not options.no_centre,
            scale=not options.no_scale,
            beta1=options.beta1,
            beta2=options.beta2,
            runs=check.as_count("--runs", options.runs, low=2) if options.check else 0,
            rng=check.as_count("--seed", options.seed),
            jobs=check.as_count("--jobs", options.jobs, low=1),
            progress=bar.update,
        )
    target = f"target {source.target!r}"
    if source.classes:
        target += f", 1 for {source.classes[1]!r}, 0 for {source.classes[0]!r}"
    return found, target
