"""Where GN^-1/2 and long-memory Adam come to rest, over the learning rate (chapter 10)."""

import numpy as np

import diagprec_core as dp

from .drawing import Axis, Figure, Mark, decades
from .model import Control, Explorer, View
from .words import short

SIZE, NOISE = 20, 1.0  # The instance of chapter 10.
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
RATES = tuple(float(f"{10 ** (n / 10):.3g}") for n in range(-30, 11))
BASES = ("eigenbasis", "random basis")


def compute():
    """Return floors of both methods by [basis][B][rate], None where there is none, and limits."""
    spectrum = 1 / np.arange(1.0, SIZE + 1)
    regression = dp.GaussianRegression(spectrum, NOISE)
    bases = (None, dp.random_basis(SIZE, np.random.default_rng(0)))
    rates = np.array(RATES)
    found = {"adam": [], "newton": [], "limit": []}
    for basis in bases:
        rows = {name: [] for name in found}
        for batch in BATCHES:
            setting = {"batch_size": batch, "basis": basis}
            unit = np.sqrt(batch) / NOISE  # GN^-1/2 at this rate is Adam near the optimum (SXQ-4).
            newton = dp.GaussNewton(-0.5)
            floors = dp.stationary_risk(regression, newton, learning_rate=rates * unit, **setting)
            adam = dp.LongMemoryAdam()
            rest = dp.stationary_risk(regression, adam, learning_rate=rates, **setting)
            limit = dp.largest_stable_rate(regression, newton, **setting) / unit
            rows["adam"].append([float(f"{r:.6g}") for r in rest])
            rows["newton"].append([float(f"{r:.6g}") if np.isfinite(r) else None for r in floors])
            rows["limit"].append(float(f"{limit:.6g}"))
        for name, values in rows.items():
            found[name].append(values)
    return {"batches": BATCHES, "rates": RATES, **found}


def view(data, state):
    """Return what is seen at a batch size, a rate and a basis."""
    u, b, e = state["basis"], state["batch"], state["rate"]
    rates, limit = data["rates"], data["limit"][u][b]
    adam, newton = data["adam"][u][b], data["newton"][u][b]
    here = (
        f"At B = {short(data['batches'][b])} and Adam's rate η = {short(rates[e])}, in the "
        f"{BASES[u]}, Adam comes to rest at R = {short(adam[e])}. "
    )
    if newton[e] is None:
        here += f"GN^{{−1/2}} explodes: it has no floor from η = {short(limit)} on."
    else:
        here += (
            f"GN^{{−1/2}} rests at {short(newton[e])}, {short(newton[e] / adam[e])} times as high."
        )
    stable = [(rate, r) for rate, r in zip(rates, newton, strict=True) if r is not None]
    points = {
        "here": [(rates[e], 1e-4), (rates[e], 1e4)],
        "limit": [(limit, 1e-4), (limit, 1e4)],
        "newton": stable,
        "adam": list(zip(rates, adam, strict=True)),
        "newton-here": [] if newton[e] is None else [(rates[e], newton[e])],
        "adam-here": [(rates[e], adam[e])],
    }
    rows = [
        [short(rate), short(a), "none" if n is None else short(n)]
        for rate, a, n in zip(rates, adam, newton, strict=True)
    ]
    return View(points, here, rows)


EXPLORER = Explorer(
    name="floor",
    controls=(
        Control("batch", "Batch size B", tuple(map(short, BATCHES)), 3),
        Control("rate", "Adam's rate η", tuple(map(short, RATES)), 20),
        Control("basis", "Basis", BASES, 0, "radio"),
    ),
    compute=compute,
    view=view,
    figure=Figure(
        title="Noise floors over the learning rate",
        description=(
            "Two curves that rise together from small rates. The one of GN to the minus one half "
            "turns up and ends at a limit; the one of Adam goes on at every rate."
        ),
        x=Axis("log", 1e-3, 10, "Adam's learning rate η", decades(-3, 1)),
        y=Axis("log", 1e-4, 1e4, "noise floor R_{∞}", decades(-4, 4, 2)),
        marks=(
            Mark("here", "line", "guide thin"),
            Mark("limit", "line", "guide dotted", "limit of GN^{−1/2}"),
            Mark("newton", "line", "half", "GN^{−1/2} at the rate η√B/σ"),
            Mark("adam", "line", "adam", "Adam with long memory"),
            Mark("newton-here", "dots", "half square"),
            Mark("adam-here", "dots", "adam round"),
        ),
    ),
    head=("rate η", "Adam", "GN^{−1/2}"),
)
