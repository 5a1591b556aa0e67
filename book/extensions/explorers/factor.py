"""Adam's factor over the coordinates, in two bases (chapter 7)."""

import numpy as np

import diagprec_core as dp

from .drawing import Axis, Figure, Mark, decades
from .model import Control, Explorer, View
from .words import short

SIZE, RISK = 1000, 10.0  # The instance of chapter 7.
BATCHES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10**4, 10**5)
NOISES = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
SHOWN = tuple(np.unique(np.geomspace(1, SIZE, 80).round().astype(int)).tolist())
BASES = ("eigenbasis", "random basis")


def compute():
    """Return V rho_i^2 of both bases, from the largest to the smallest."""
    rng = np.random.default_rng(3)
    spectrum = dp.power_law_spectrum(SIZE, 1.0)
    turn = dp.random_basis(SIZE, rng)
    plain = dp.GaussianRegression(spectrum, 1.0)
    turned = dp.GaussianRegression((turn * spectrum) @ turn.T, 1.0)
    delta = rng.standard_normal(SIZE)
    delta *= np.sqrt(RISK / plain.risk(delta))
    signals = {}
    for basis, regression, error in zip(BASES, (plain, turned), (delta, turn @ delta), strict=True):
        share = dp.correlation(regression, error) ** 2 * (RISK + 1)
        signals[basis] = [float(f"{s:.7g}") for s in np.sort(share)[::-1]]
    return {"batches": BATCHES, "noises": NOISES, "risk": RISK, "shown": SHOWN, **signals}


def factors(signals, batch_size, variance):
    """Return f_i = 1/sqrt(1 + (B + 1) rho_i^2), the formula of SXQ-2."""
    return [(1 + (batch_size + 1) * signal / variance) ** -0.5 for signal in signals]


def view(data, state):
    """Return what is seen at a batch size and a noise."""
    batch, noise = data["batches"][state["batch"]], data["noises"][state["noise"]]
    variance = data["risk"] + noise**2
    found = [factors(data[basis], batch, variance) for basis in BASES]
    left = [sum(f < 0.5**0.5 for f in values) for values in found]
    lowest = (1 + (batch + 1) * data["risk"] / variance) ** -0.5
    lines = [[(rank, values[rank - 1]) for rank in data["shown"]] for values in found]
    answer = (
        f"At B = {short(batch)} and noise σ = {short(noise)}, {left[0]} of {short(SIZE)} "
        f"coordinates leave GN^{{−1/2}} in the eigenbasis, and {left[1]} in the random basis. The "
        "others are within √2 of it."
    )
    rows = [
        ["within √2 of GN^{−1/2}", *(short(SIZE - n) for n in left)],
        ["beyond", *map(short, left)],
        ["smallest factor", *(short(values[0]) for values in found)],
        ["median factor", *(short((v[SIZE // 2 - 1] + v[SIZE // 2]) / 2) for v in found)],
        ["largest factor", *(short(values[-1]) for values in found)],
        ["least that the theorem allows", *[short(lowest)] * 2],
    ]
    points = {
        "edge": [(1, 0.5**0.5), (SIZE, 0.5**0.5)],
        "floor": [(1, lowest), (SIZE, lowest)],
        "eigenbasis": lines[0],
        "random": lines[1],
        "counts": [(n, 0.5**0.5) for n in left if n],
    }
    return View(points, answer, rows)


EXPLORER = Explorer(
    name="factor",
    controls=(
        Control("batch", "Batch size B", tuple(map(short, BATCHES)), 6),
        Control("noise", "Noise σ", tuple(map(short, NOISES)), 4),
    ),
    compute=compute,
    view=view,
    figure=Figure(
        title="Adam's factor over a thousand coordinates, in two bases",
        description=(
            "Two rising curves: the factor of each coordinate, the coordinates sorted from the "
            "smallest factor to the largest. In the eigenbasis few lie below 1 over root 2, in "
            "the random basis more."
        ),
        x=Axis("log", 1, SIZE, "coordinates, smallest factor first", decades(0, 3)),
        y=Axis("linear", 0, 1, "factor f", tuple((n / 4, short(n / 4)) for n in range(5))),
        marks=(
            Mark("edge", "line", "guide", "1/√2, the edge of GN^{−1/2}"),
            Mark("floor", "line", "guide dotted", "least that the theorem allows"),
            Mark("eigenbasis", "line", "adam", "eigenbasis"),
            Mark("random", "line", "adam dashed", "random basis"),
            Mark("counts", "dots", "adam round"),
        ),
    ),
    head=("coordinates", *BASES),
)
