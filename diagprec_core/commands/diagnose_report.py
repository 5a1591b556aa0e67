"""What `diagprec diagnose` shows: what was measured, what follows, and curves."""

import io
import textwrap
from pathlib import Path

import matplotlib as mpl
import numpy as np

from .. import figures
from ..diagnosis.measurement import MARGIN
from ..diagnosis.verdict import changes, hypotheses, mean_noise, tail
from ..tuning.contenders import ADAM

STYLE = {"GD": "GD", "GN^-1/2": "GN^-1/2", "GN^-1": "GN^-1", ADAM: "Adam"}
NAMES = {"eigenbasis": "In the eigenbasis", "identity": "In the basis of the columns"}
WIDTH = 86  # Of lines, as wide as the table: what a page of the book shows of them.
KINDS = (
    "Last columns: measured over predicted risk, and whether the prediction holds within "
    f"{MARGIN:.0%}. fresh: batches drawn with replacement, as in the theory; epochs: every row "
    "once before any comes again, which the theory does not cover."
)


def text(found, target):
    """Return the diagnosis as text."""
    return "\n".join([*_data(found, target), *_bases(found, found.checks)])


def _data(found, target):
    """Yield what the data are."""
    law = found.unbiased_noise
    yield from prepared(found.preparation, target)
    if found.rank < found.dimension:
        yield (
            f"the features vary in {found.rank} directions only: of solutions the shortest is meant"
        )
    if found.sampled < found.count:
        yield f"measured by direction on {found.sampled} of the rows, drawn at random"
    yield ""
    top, least = found.spectrum[0], found.spectrum[-1]
    law_of_powers = f"about i^-{found.exponent:.2f} (R^2 {found.fit:.2f})"
    yield f"spectrum    {top:.3g} to {least:.3g}, {law_of_powers}"
    yield from wrapped(
        "noise       ",
        f"sigma^2 = {found.noise} of these rows"
        + (f", {law:.3g} of the law behind them" if law else "; too few rows to tell more"),
    )
    run = f"batches of {found.batch_size}, {found.steps} steps"
    yield from wrapped("start       ", f"R_0 = {found.start_risk}, at theta = 0; {run}")


def prepared(preparation, target):
    """Yield how many rows and features there are, and what was done to them."""
    dropped = ", ".join(preparation.dropped)
    yield (
        f"{preparation.count} rows, {len(preparation.names)} features, {target}"
        + (f"; constant and left out: {dropped}" if dropped else "")
    )
    centred = "means taken away" if preparation.target_shift or preparation.shift.any() else ""
    scaled = "deviations made 1" if (preparation.scale != 1).any() else ""
    done = " and ".join(filter(None, (centred, scaled))) or "nothing"
    yield f"done to them first: {done}"


def _bases(found, measured):
    """Yield the section of each basis."""
    for basis, prediction in found.predictions.items():
        yield ""
        yield NAMES[basis]
        for one in hypotheses(found, basis):
            mark, claims = "yes" if one.holds else "NO ", ", ".join(one.claims)
            yield from wrapped(f"  [{mark}] ", f"{one.name} ({claims}): {one.measured}")
        yield ""
        checks = [m for m in measured if m.basis == basis]
        kinds = list(dict.fromkeys(m.sampling for m in checks))
        titles = ("best rate", "risk R_T", "floor", "stable to")
        head = f"  {'':27}" + "".join(f"{title:>10}" for title in titles)
        head += f"{'to best':>8}{'mean nu':>9}"
        yield head + "".join(f"{kind:>16}" for kind in kinds)
        for one in prediction.all():
            numbers = (one.learning_rate, one.risk, one.floor, one.largest_stable_rate)
            name = f"{one.name} by {one.damping:.3g}" if one.damping else one.name
            line = f"  {name:27}" + "".join(f"{number:10.4g}" for number in numbers)
            best = prediction.winner.risk
            line += f"{one.risk / best:8.3g}" if best > 0 else f"{'':8}"
            noise = mean_noise(found, basis, one)
            line += f"{'':9}" if noise is None else f"{noise:9.3g}"
            for kind in kinds:
                line += "".join(
                    f"{m.ratio:9.3g} {m.verdict:6}"
                    for m in checks
                    if m.name == one.name and m.sampling == kind
                )
            yield line.rstrip()
        yield from _rule(found, basis)
        yield ""
        yield from _winner(prediction)
        if kinds:
            yield from wrapped("  ", KINDS)


def wrapped(first, words):
    """Yield lines of at most `WIDTH` characters."""
    options = {"initial_indent": first, "subsequent_indent": " " * len(first)}
    yield from textwrap.wrap(words, WIDTH, **options, break_on_hyphens=False)


def _rule(found, basis):
    """Yield when a row can be trusted."""
    weight, room = tail(found, basis)
    here = "as here" if weight <= room else "which it is NOT here"
    yield from wrapped(
        "  ",
        f"Rule of thumb: expect a row's risk within {MARGIN:.0%} where its mean nu is within 0.1 "
        f"of 1 and 3 k_max = {weight:.3g} at most B + d = {room}, {here}.",
    )


def _winner(prediction):
    """Yield who wins and what would change it."""
    tied = prediction.tied
    if len(tied) > 1:
        yield f"  {_listed(tied)} are level, within 1%."
    else:
        best, second = prediction.contenders[:2]
        more = second.risk / best.risk - 1
        yield f"  {best.name} wins: the next, {second.name}, has {more:.1%} more risk."
    others = [one for one in changes(prediction) if not set(one.winners) & set(tied)]
    if others:
        told = "; ".join(f"with {one.what}: {_listed(one.winners)}" for one in others)
        yield from wrapped("  ", f"What would change it: {told}.")
    else:
        yield "  A quarter or four times the batch size, steps or noise would not change it."


def _listed(names):
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def as_dict(found):
    """Return plain numbers and texts, fit for JSON; infinities become None."""
    bases = {}
    for basis, prediction in found.predictions.items():
        seen = found.measured[basis]
        bases[basis] = {
            "correlation_condition": number(seen.condition),
            "largest_correlation": prediction.largest_correlation,
            **{
                key: estimate(getattr(seen, key))
                for key in ("variance", "kurtosis", "noise", "moment", "correlation")
            },
            "hypotheses": [vars(one) for one in hypotheses(found, basis)],
            "contenders": [
                {**contender(one), "mean_noise": mean_noise(found, basis, one)}
                for one in prediction.all()
            ],
            "largest_kurtosis_times_3": tail(found, basis)[0],
            "winner": prediction.winner.name,
            "tied": list(prediction.tied),
            "changes": [vars(one) for one in changes(prediction)],
        }
    told = {
        "rows": found.count,
        "features": list(found.preparation.names),
        "constant": list(found.preparation.dropped),
        "rank": found.rank,
        "rows_measured_by_direction": found.sampled,
        "spectrum": found.spectrum.tolist(),
        "exponent": found.exponent,
        "exponent_fit": found.fit,
        "noise": estimate(found.noise),
        "unbiased_noise": found.unbiased_noise,
        "start_risk": estimate(found.start_risk),
        "kurtosis": estimate(found.kurtosis),
        "batch_size": found.batch_size,
        "steps": found.steps,
        "bases": bases,
    }
    if found.checks:
        told["checks"] = [measurement(m) for m in found.checks]
    return told


def number(value):
    """Return a float, or None where it is not finite."""
    return float(value) if np.isfinite(value) else None


def numbers(values):
    """Return a number, or a list of them, with None for what is not finite."""
    return number(values) if np.ndim(values) == 0 else [number(value) for value in values]


def estimate(one):
    """Return value, low and high, or None for none."""
    return one and {end: numbers(getattr(one, end)) for end in ("value", "low", "high")}


def contender(one):
    """Return a contender's fields."""
    return {
        key: number(value) if isinstance(value, float) else value
        for key, value in vars(one).items()
    }


def measurement(one):
    """Return a measurement's fields and what they say."""
    told = {key: getattr(one, key) for key in ("basis", "name", "sampling", "learning_rate")}
    told |= {"steps": one.steps.tolist(), "ratio": number(one.ratio), "verdict": one.verdict}
    return told | {key: numbers(getattr(one, key)) for key in ("predicted", "mean", "low", "high")}


def draw(found, path):
    """Return an image: predicted curves, and the measured ones with bands, a panel a basis."""
    horizons = np.unique(np.geomspace(1, found.steps, 40).round().astype(int))
    panels = {
        basis: [
            (one.name, STYLE[one.name], prediction.curve(one, horizons))
            for one in prediction.contenders
        ]
        for basis, prediction in found.predictions.items()
    }
    return drawn(panels, horizons, found.checks, path)


def drawn(panels, horizons, checks, path):
    """Return an image, as bytes in the format of the path, of curves by basis and checks."""
    with mpl.rc_context():
        figures.use_style()
        figure = mpl.figure.Figure(figsize=(7.2, 3.8))
        axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axis, (basis, curves) in zip(axes, panels.items(), strict=True):
            for name, style, curve in curves:
                look = figures.method(style)
                axis.plot(horizons, curve, **look)
                for m in checks:
                    if (m.basis, m.name, m.sampling) == (basis, name, "fresh"):
                        low = np.maximum(m.low[1:], m.mean[1:] / 10)
                        band = {"color": look["color"], "alpha": 0.2}
                        axis.fill_between(m.steps[1:], low, m.high[1:], **band)
                        axis.plot(m.steps[1:], m.mean[1:], "o", color=look["color"], markersize=3)
            axis.set(xscale="log", yscale="log", xlabel="step", title=NAMES[basis])
        axes[0].set_ylabel("risk $R_t$")
        axes[0].legend(fontsize=8)
        image = io.BytesIO()
        figure.savefig(image, format=Path(path).suffix[1:])
        return image.getvalue()
