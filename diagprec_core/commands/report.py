"""What `diagprec compare` shows: the table of contenders, and a figure of their risk curves."""

from pathlib import Path

import matplotlib as mpl
import numpy as np

from .. import figures
from .. import validation as check
from ..tuning.contenders import ADAM

EQUAL = 5e-6  # Relative: the risks of best rates are no better known than this.
STYLE = {"GD": "GD", "GN^-1/2": "GN^-1/2", "GN^-1": "GN^-1", ADAM: "Adam"}


def table(found, words, file=None):
    """Return the comparison as text, and what was read from a file."""
    lines = []
    if file is not None and file.columns:
        read, ends = " and ".join(file.columns), file.spectrum[[0, -1]]
        dropped = f"; {file.dropped} not above 0 left out" if file.dropped else ""
        lines = [f"read as {read}: first {ends[0]:.4g}, last {ends[1]:.4g}{dropped}"]
    lines += [
        f"{_count(len(found.spectrum), 'eigenvalue')} from {found.spectrum.max():.4g} to "
        f"{found.spectrum.min():.4g}; start: {words}, R = {found.start_risk:.4g}",
        f"noise {found.noise_std:g}, batches of {found.batch_size}, {_count(found.steps, 'step')}"
        + (f", kurtosis {found.kurtosis:g}" if found.kurtosis != 1 else ""),
        "",
        f"{'':27}{'best rate':>11}{'risk R_T':>11}{'floor':>11}{'stable to':>11}{'to best':>11}",
    ]
    beside = [one for one in (found.tuned, found.damped, found.as_run) if one]
    for one in (*found.contenders, *beside):
        numbers = (one.learning_rate, one.risk, one.floor, one.largest_stable_rate)
        cells = "".join(f"{number:11.4g}" for number in numbers)
        best = found.winner.risk
        ratio = f"{one.risk / best:11.4g}" if best > 0 else ""
        if beside and one is beside[0]:
            lines.append("")
        name = f"{one.name} by {one.damping:.3g}" if one.damping else one.name
        lines.append(f"{name:27}{cells}{ratio}")
    lead = found.lead
    if lead < EQUAL:
        best = found.winner.risk
        level = [one.name for one in found.contenders if one.risk <= best * (1 + EQUAL)]
        state = "equal to five digits" if best > 0 else "0 to rounding; ask for fewer steps"
        verdict = f"{', '.join(level[:-1])} and {level[-1]} are {state}."
    else:
        more = f"{lead:.2%} more risk" if lead < 1 else f"{lead + 1:.3g} times the risk"
        verdict = f"{found.winner.name} wins: the next, {found.contenders[1].name}, has {more}."
    if found.winner.learning_rate == 0:
        verdict = (
            "No rate of any of them gains more than 1e-10 of R, below which a gain cannot be told "
            "from rounding: best to stay."
        )
    lines += ["", verdict]
    what = [
        text
        for one, text in (
            (found.tuned, "GN^p with the best power p"),
            (found.damped, "GN^-1 with the best damping"),
        )
        if one
    ]
    if what:
        lines.append(
            f"Below the contenders: {' and '.join(what)}, one more knob than the others have."
        )
    if any(one.name == ADAM for one in found.contenders):
        lines.append(
            "Adam: fixed weights, those of its own stationary state; its rates are Adam's."
        )
    else:
        lines.append("Adam is left out: without noise it has no stationary state.")
    lines += _as_run(found)
    return "\n".join(lines)


def _as_run(found):
    """Return the lines on Adam as it is run, on its memory, and on bases."""
    betas = f"({found.beta1:g}, {found.beta2:g})"
    if found.as_run:
        yield (
            f"{found.as_run.name}: approximate, where 1 - beta2 = {1 - found.beta2:.3g} is small "
            "(SXQ-21)."
        )
    elif found.noise_std > 0:
        yield f"Adam {betas} as run is left out: its {found.steps} steps would take too long."
    else:
        yield f"Adam {betas} as run is left out: without noise its recurrence does not hold."
    if found.noise_std > 0:
        features = "" if found.kurtosis == 1 else "with Gaussian features, "
        yield (
            f"Memory: {features}at betas {betas} and small rates Adam's floor is "
            f"{found.memory_price:.6g} times long-memory Adam's at equal speed (SXQ-20)."
        )
    yield (
        "In a basis where the covariance has a level diagonal, as nearly in a random one, Adam is "
        "gradient descent at a rate of its own: GD's row (B-12, SXQ-19)."
    )


def _count(number, thing):
    """Return a number with its noun, in the plural where it is one."""
    return f"{number} {thing}" + "s" * (number != 1)


def as_plot(path):
    """Check that a figure can be drawn to a file: its folder and its format.

    Raises
    ------
    ValueError
        If it cannot.
    """
    path = Path(path)
    if not path.resolve().parent.is_dir():
        check.fail("--plot", repr(str(path)), "a file in a folder that exists")
    formats = mpl.figure.Figure().canvas.get_supported_filetypes()
    if path.suffix.lower().lstrip(".") not in formats:
        needed = f"one of the formats {', '.join(sorted(formats))}"
        check.fail("--plot", repr(str(path)), needed)


def draw(found, path):
    """Draw the risk curves of the contenders and Adam as it is run, at best rates, to a file."""
    horizons = np.unique(np.geomspace(1, found.steps, 80).round())
    with mpl.rc_context():
        figures.use_style()
        figure = mpl.figure.Figure(figsize=(7.2, 4.2))
        axes = figure.subplots()
        lines = [(one, figures.method(STYLE[one.name])) for one in found.contenders]
        if found.as_run:
            run = figures.method("Adam", linestyle="--", label=found.as_run.name, zorder=3)
            lines.append((found.as_run, run))
        for one, style in lines:
            style["label"] = ADAM if one.name == ADAM else style["label"]
            axes.loglog(
                np.concatenate([[0.7], horizons]),
                np.concatenate([[found.start_risk], found.curve(one, horizons)]),
                **style,
            )
        axes.set(xlabel="step (the start at the left edge)", ylabel="risk $R_t$")
        axes.set_title(
            f"noise {found.noise_std:g}, B = {found.batch_size}, best rates for T = {found.steps}"
        )
        axes.legend(fontsize=9)
        figure.savefig(path)
