"""The best power of Gauss-Newton over batch size, horizon and signal (chapter 15)."""

import diagprec_core as dp

from .drawing import TOP, Axis, Figure, Mark
from .model import Control, Explorer, View
from .words import MINUS, percent, short

BATCHES = (1, 4, 16, 64, 256, 1024)
HORIZONS = (10, 30, 100, 300, 1000, 3000, 10_000)
SIGNALS = tuple(10.0**n for n in range(-3, 4))
USUAL = ("GN^{−1}", "GN^{−1/2}", "gradient descent")
BOTTOM = TOP + 36 * len(SIGNALS)


def compute():
    """Return best powers, their margins and the best of the usual three, by [T][R_0][B]."""
    found = dp.power_map(
        d=100,
        spectrum_exponent=1.0,
        source_exponent=1.5,
        start_risk=[[[signal] for signal in SIGNALS]],
        noise_std=1.0,
        batch_size=BATCHES,
        steps=[[[horizon]] for horizon in HORIZONS],
    )
    return {
        "batches": BATCHES,
        "horizons": HORIZONS,
        "signals": SIGNALS,
        "power": found.power.round(5).tolist(),
        "margin": [[[float(f"{m:.6g}") for m in row] for row in page] for page in found.margin],
        "winner": found.winner.tolist(),
    }


def band(power):
    """Return in which quarter of [-1, 1/2] a power lies, 0 to 5; the colours of the map."""
    return min(max(int((power + 1) * 4), 0), 5)


def two_digits(power):
    """Return a power as it is written in a cell."""
    return f"{power:.2f}".replace("-", MINUS)


def view(data, state):
    """Return what is seen at a batch size, horizon and signal."""
    t, r, b = state["horizon"], state["signal"], state["batch"]
    power, margin = data["power"][t][r][b], data["margin"][t][r][b]
    batch, horizon = short(data["batches"][b], 6), short(data["horizons"][t])
    signal, usual = short(data["signals"][r]), USUAL[data["winner"][t][r][b]]
    answer = (
        f"At B = {batch}, T = {horizon} and R_{{0}}/σ² = {signal} the best power is "
        f"{two_digits(power)}. The best of the usual three, {usual}, has {percent(margin)} more "
        "risk."
    )
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    table = zip(data["signals"], data["power"][t], strict=True)
    return View(
        points={"chosen": [(b + x / 2, r + y / 2) for x, y in corners]},
        answer=answer,
        rows=[[short(s), *map(two_digits, row)] for s, row in table],
        cells=[[(band(p), two_digits(p)) for p in row] for row in data["power"][t]],
    )


EXPLORER = Explorer(
    name="power",
    controls=(
        Control("batch", "Batch size B", tuple(short(b, 6) for b in BATCHES), 2),
        Control("horizon", "Horizon T", tuple(map(short, HORIZONS)), 4),
        Control("signal", "Signal R_{0}/σ²", tuple(map(short, SIGNALS)), 3),
    ),
    compute=compute,
    view=view,
    figure=Figure(
        title="The best power of Gauss-Newton over batch size and signal",
        description=(
            "A map of numbers for one horizon. From the lower left, small batches and little "
            "signal, to the upper right the best power falls from about one half to about minus "
            "one."
        ),
        x=Axis(
            "linear",
            -0.5,
            len(BATCHES) - 0.5,
            "batch size B",
            tuple((i, short(b, 6)) for i, b in enumerate(BATCHES)),
        ),
        y=Axis(
            "linear",
            -0.5,
            len(SIGNALS) - 0.5,
            "signal R_{0}/σ²",
            tuple((i, short(s)) for i, s in enumerate(SIGNALS)),
        ),
        marks=(Mark("chosen", "line", "chosen"),),
        bottom=BOTTOM,
        choose=("batch", "signal"),
    ),
    head=("R_{0}/σ²", *(f"B = {short(b, 6)}" for b in BATCHES)),
)
