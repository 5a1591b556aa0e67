"""Steps against the condition number where the curvature hides from the diagonal (chapter 3)."""

import numpy as np

import diagprec_core as dp

from .drawing import Axis, Figure, Mark, decades
from .model import Control, Explorer, View
from .words import short

KAPPAS = (1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30, 40, 50, 70, 100)
KAPPAS += (150, 200, 300, 400, 500, 700, 1000)
TOLERANCES = tuple(10.0**-n for n in range(1, 7))


def compute():
    """Return steps by [tolerance][kappa]: Adam, the best constant rate, and two bounds."""
    names = ("adam", "constant", "stable", "every")
    table = {name: [[] for _ in TOLERANCES] for name in names}
    for kappa in KAPPAS:
        blocks = dp.Blockwise([1.0, 1 / kappa])
        start = blocks.start(np.ones(2))
        enough = int(kappa / 2 * np.log(1 / TOLERANCES[-1])) + 20
        constant = dp.descend(
            blocks.problem,
            dp.GaussNewton(-1),
            start=start,
            learning_rate=2 / (1 + 1 / kappa),
            steps=enough,
        )
        rates = dp.halving(1.0, 24)
        adam = dp.descend(blocks.problem, dp.Adam(), start=start, learning_rate=rates)
        argument = np.arccosh((kappa + 1) / (kappa - 1))
        for row, tolerance in enumerate(TOLERANCES):
            table["adam"][row].append(int(dp.settling_time(adam, tolerance)))
            table["constant"][row].append(int(dp.settling_time(constant, tolerance)))
            # The least T with (1 - 2/kappa)^T, or 1/T_T((kappa + 1)/(kappa - 1)), within it.
            steps = np.log(tolerance) / np.log(1 - 2 / kappa) if kappa > 2 else 1
            stable = None if kappa < 2 else max(1, int(np.ceil(steps - 1e-9)))
            table["stable"][row].append(stable)
            table["every"][row].append(int(np.ceil(np.arccosh(1 / tolerance) / argument - 1e-9)))
    return {"kappas": KAPPAS, "tolerances": TOLERANCES, **table}


def view(data, state):
    """Return what is seen at a condition number and a tolerance."""
    k, e = state["kappa"], state["tolerance"]
    kappas = data["kappas"]
    curves = {name: data[name][e] for name in ("adam", "constant", "stable", "every")}
    adam, constant, every = (curves[name][k] for name in ("adam", "constant", "every"))
    if adam < every:
        verdict = "Adam is ahead of them all."
    elif adam < constant:
        verdict = "Adam is ahead of constant rates."
    else:
        verdict = "Adam is not ahead."
    answer = (
        f"At κ = {short(kappas[k])}, to an error of {short(data['tolerances'][e])}, Adam takes "
        f"{short(adam)} steps, every power of Gauss-Newton at its best constant rate "
        f"{short(constant, 6)}, and no schedule fewer than {short(every, 6)}. {verdict}"
    )
    points = {
        name: [(kappa, n) for kappa, n in zip(kappas, curve, strict=True) if n is not None]
        for name, curve in curves.items()
    }
    points["here"] = [(kappas[k], 1), (kappas[k], 2e4)]
    points["adam-here"] = [(kappas[k], adam)]
    points["constant-here"] = [(kappas[k], constant)]
    points["every-here"] = [(kappas[k], every)]
    columns = zip(kappas, *curves.values(), strict=True)
    rows = [
        [short(kappa), *("none" if n is None else short(n, 6) for n in r)] for kappa, *r in columns
    ]
    return View(points, answer, rows)


EXPLORER = Explorer(
    name="steps",
    controls=(
        Control("kappa", "Condition number κ", tuple(map(short, KAPPAS)), KAPPAS.index(100)),
        Control("tolerance", "Error to reach", tuple(map(short, TOLERANCES)), 2),
    ),
    compute=compute,
    view=view,
    figure=Figure(
        title="Steps against the condition number",
        description=(
            "Four curves in logarithmic axes. Every power of Gauss-Newton at constant rates and "
            "the bound for stable schedules rise with slope 1, the bound for every schedule with "
            "slope one half; Adam stays level."
        ),
        x=Axis(
            "log",
            1.5,
            1000,
            "condition number κ",
            tuple((n, short(n)) for n in (2, 9, 30, 100, 300, 1000)),
        ),
        y=Axis("log", 1, 2e4, "steps to the error", decades(0, 4)),
        marks=(
            Mark("here", "line", "guide thin"),
            Mark("stable", "line", "gd", "bound for stable schedules"),
            Mark("every", "line", "half", "bound for every schedule"),
            Mark("constant", "line", "newton", "GN^{p}, best constant rate"),
            Mark("adam", "line", "adam", "Adam, halving rates"),
            Mark("every-here", "dots", "half square"),
            Mark("constant-here", "dots", "newton square"),
            Mark("adam-here", "dots", "adam round"),
        ),
    ),
    head=("κ", "Adam", "best constant rate", "bound, stable", "bound, every schedule"),
)
