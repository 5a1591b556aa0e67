"""What `diagprec diagnose` shows with --logistic and with --gradients."""

import numpy as np

from ..diagnosis.near_optimum import ADAM
from ..diagnosis.nearness import Nearness
from ..tuning.as_run import name_of
from .diagnose_report import (
    KINDS,
    NAMES,
    drawn,
    estimate,
    measurement,
    number,
    numbers,
    prepared,
    wrapped,
)

PLACES = {"start": "at theta = 0", "optimum": "at the optimum"}
STYLE = {"GD": "GD", "GN^-1/2": "GN^-1/2", "GN^-1": "GN^-1", ADAM: "Adam"}


def text(found, target):
    """Return a diagnosis of two classes, or of gradients, as text."""
    if isinstance(found, Nearness):
        return "\n".join(_gradients(found))
    return "\n".join([*_classes(found, target), *_near(found)])


def _gradients(found):
    """Yield what gradients say."""
    yield f"{len(found.signal.value)} coordinates, batches of {found.batch_size}"
    yield from _adam(found)
    scale = _quantiles(found.noise_scale)
    yield f"noise scale       {scale}: variance of one gradient over the square of its mean"
    more = np.mean(found.critical_batch >= found.batch_size)
    yield (
        f"critical batch    {_quantiles(found.critical_batch)}: at or above the batch size in "
        f"{more:.0%} of the coordinates (SXL-3)"
    )
    if found.curvature is None:
        yield "Without `curvature` nothing can be said of GN^-1/2."


def _adam(found, indent=""):
    """Yield how near Adam is to GN^-1/2."""
    if found.curvature is None:
        return
    power = str(found.power) if found.determined else "not determined: curvatures are too alike"
    yield f"{indent}V_u/h_u           {_quantiles(found.ratio.value)}"
    yield (
        f"{indent}within sqrt 2     {found.share} of the coordinates: there Adam is GN^-1/2 up to "
        "one scalar"
    )
    yield f"{indent}effective power   {power} (1/2 is GN^-1/2)"


def _quantiles(values):
    """Return the least, the median and the largest."""
    low, middle, high = np.nanquantile(values, [0, 0.5, 1], method="nearest")
    return f"{low:.3g} to {high:.3g}, median {middle:.3g}"


def _classes(found, target):
    """Yield what two classes say at both places."""
    yield from prepared(found.preparation, target)
    yield "an intercept stands first among the parameters"
    if found.rank < len(found.names):
        yield f"they vary in {found.rank} directions only: of optima the shortest is meant"
    yield ""
    yield (
        f"loss        {found.start_loss:.4g} at theta = 0, {found.smallest_loss:.4g} at the "
        f"optimum; logits there up to {found.largest_logit:.3g}"
    )
    sure = found.calibration
    gaps = np.abs(sure.observed - sure.predicted)
    yield (
        f"calibration largest gap {gaps.max():.3f} in {len(gaps)} groups; p = {sure.p_value:.2g} "
        "(small: the model is wrong, and SXL-1 (b) does not apply)"
    )
    for place, bases in found.places.items():
        for basis, one in bases.items():
            yield ""
            yield f"{NAMES[basis]}, {PLACES[place]}, batches of {found.batch_size} (SXL-1, SXL-3)"
            yield from _adam(one, "  ")


def _near(found):
    """Yield what follows near the optimum."""
    for basis, methods in found.near.items():
        yield ""
        yield f"{NAMES[basis]}, near the optimum, at rates that end at R = {found.floor:g}"
        checks = [m for m in found.checks if m.basis == basis]
        kinds = list(dict.fromkeys(m.sampling for m in checks))
        head = f"  {'':27}{'rate':>11}{'floor':>11}{'slowest':>11}"
        yield head + "".join(f"{kind:>16}" for kind in kinds)
        rows = [(one.name, one.learning_rate, (one.floor, one.slowest)) for one in methods]
        run = name_of(found.adam)
        rows += [(run, m.learning_rate, ()) for m in checks[-1:] if m.name == run]
        for name, rate, numbers_of in rows:
            line = f"  {name:27}{rate:11.4g}" + "".join(f"{one:11.4g}" for one in numbers_of)
            line = f"{line:62}" + "".join(
                f"{m.ratio:9.3g} {m.verdict:6}"
                for kind in kinds
                for m in checks
                if (m.name, m.sampling) == (name, kind)
            )
            yield line.rstrip()
        if kinds:
            yield from wrapped("  ", KINDS)
    yield ""
    yield (
        "R = 2 (L - L*); slowest: steps in which the slowest direction falls by e. Both are local: "
        "small rates, and a start near the optimum (SXL-4; SXQ-8 with F for sigma^2 G)."
    )


def as_dict(found):
    """Return plain numbers and texts, fit for JSON; what is not finite becomes None."""
    if isinstance(found, Nearness):
        return _nearness(found)
    told = {
        "rows": found.count,
        "parameters": list(found.names),
        "constant": list(found.preparation.dropped),
        "rank": found.rank,
        "batch_size": found.batch_size,
        "steps": found.steps,
        "floor": found.floor,
        "start_loss": found.start_loss,
        "smallest_loss": found.smallest_loss,
        "largest_logit": found.largest_logit,
        "optimum": found.optimum.tolist(),
        "calibration": {
            "predicted": numbers(found.calibration.predicted),
            "observed": numbers(found.calibration.observed),
            "error": numbers(found.calibration.error),
            "p_value": found.calibration.p_value,
        },
        "places": {
            place: {basis: _nearness(one) for basis, one in bases.items()}
            for place, bases in found.places.items()
        },
        "near": {
            basis: [
                {
                    "name": one.name,
                    "learning_rate": one.learning_rate,
                    "floor": number(one.floor),
                    "floor_per_rate": one.floor_per_rate,
                    "slowest": one.slowest,
                }
                for one in methods
            ]
            for basis, methods in found.near.items()
        },
    }
    if found.checks:
        told["checks"] = [measurement(m) for m in found.checks]
    return told


def _nearness(found):
    """Return what one basis at one place looks like."""
    told = {
        key: estimate(getattr(found, key))
        for key in ("second_moment", "signal", "ratio", "share", "power")
    }
    curvature = None if found.curvature is None else numbers(found.curvature)
    scales = {key: numbers(getattr(found, key)) for key in ("noise_scale", "critical_batch")}
    return {"batch_size": found.batch_size, "curvature": curvature, **told, **scales}


def draw(found, path):
    """Return an image of the local predictions from the optimum on, and of the checks."""
    horizons = np.unique(np.geomspace(1, found.steps, 40).round().astype(int))
    panels = {
        basis: [(one.name, STYLE[one.name], one.risk(horizons)) for one in methods]
        for basis, methods in found.near.items()
    }
    return drawn(panels, horizons, found.checks, path)
