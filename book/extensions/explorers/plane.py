"""Three methods in the plane, in a basis at an angle to the eigenbasis (chapter 14)."""

import math

import numpy as np

import diagprec_core as dp

from .drawing import Axis, Figure, Mark
from .model import Control, Explorer, View
from .words import MINUS, short

KAPPAS = (2, 3, 5, 7, 12, 20, 30, 50)
ANGLES = (0, 1, 2, 3, 5, 8, 12, 16, 20, 25, 30, 35, 40, 45)
START, TOLERANCE = (1.0, 1.3), 0.01  # The start of chapter 14's figure.
STEPS, DRAWN = 300, 24
LEVELS = (0.2, 0.4, 0.65, 0.9, 1.2, 1.6)
METHODS = ("adam", "newton", "gd")


def problem(kappa, degrees):
    """Return the quadratic with curvatures 1 and 1/kappa, its axes turned by an angle."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[c, s], [-s, c]])
    return dp.Quadratic((turn * [1, 1 / kappa]) @ turn.T)


def schedules():
    """Return geometric schedules for Adam, halving from the start's size among them."""
    first, ratios = np.geomspace(0.05, 1.3, 18), 1 - np.geomspace(0.02, 0.5, 18)
    pairs = np.array([(0.65, 0.5), *((a, q) for a in first for q in ratios)])
    return dp.Schedule(pairs[:, :1] * pairs[:, 1:] ** np.arange(STEPS))


def runs(kappa, degrees, candidates):
    """Yield Adam under the best of the candidates, GN^-1 and GD at the rate of FEQ-2."""
    plane = problem(kappa, degrees)
    tried = dp.descend(plane, dp.Adam(), start=START, learning_rate=candidates)
    best = candidates.rates[dp.settling_time(tried, TOLERANCE).argmin()]
    yield dp.descend(plane, dp.Adam(), start=START, learning_rate=dp.Schedule(best))
    for rule in (dp.GaussNewton(-1), dp.GradientDescent()):
        weights = rule.weights(np.diag(plane.hessian))
        left = np.linalg.eigvals(weights[:, None] * plane.hessian).real
        rate = 2 / (left.min() + left.max())
        yield dp.descend(plane, rule, start=START, learning_rate=rate, steps=STEPS)


def compute():
    """Return by [kappa][angle]: kappa_-1, steps to settle, and paths in thousandths."""
    candidates = schedules()
    table = {name: {"steps": [], "path": []} for name in METHODS}
    conditions = []
    for kappa in KAPPAS:
        rows = {name: ([], []) for name in METHODS}
        for degrees in ANGLES:
            for name, run in zip(METHODS, runs(kappa, degrees, candidates), strict=True):
                steps, paths = rows[name]
                steps.append(int(dp.settling_time(run, TOLERANCE)))
                points = run.parameters[: min(DRAWN, steps[-1]) + 1]
                paths.append((1000 * points).round().astype(int).ravel().tolist())
        for name, (steps, paths) in rows.items():
            table[name]["steps"].append(steps)
            table[name]["path"].append(paths)
        found = dp.condition_at_angle(kappa, np.radians(ANGLES), -1)
        conditions.append([float(f"{k:.6g}") for k in found])
    return {"kappas": KAPPAS, "angles": ANGLES, "conditions": conditions, **table}


def contours(kappa, degrees):
    """Return the lines of equal loss, with gaps between them."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    points = []
    for level in LEVELS:
        for i in range(65):
            x = level * math.cos(math.pi * i / 32)
            y = level * math.sqrt(kappa) * math.sin(math.pi * i / 32)
            points.append((c * x + s * y, c * y - s * x))
        points.append(None)
    return points


def view(data, state):
    """Return what is seen at a condition number and an angle."""
    k, a = state["kappa"], state["angle"]
    kappa, degrees, condition = data["kappas"][k], data["angles"][a], data["conditions"][k][a]
    flat = {name: data[name]["path"][k][a] for name in METHODS}
    paths = {
        name: [(x / 1000, y / 1000) for x, y in zip(p[::2], p[1::2], strict=True)]
        for name, p in flat.items()
    }
    adam, newton, gd = (data[name]["steps"][k][a] for name in METHODS)
    answer = (
        f"At κ = {kappa} and {degrees}° the basis leaves GN^{{−1}} a condition number of "
        f"{short(condition)}. It settles in {newton} step{'' if newton == 1 else 's'}, gradient "
        f"descent in {gd}, Adam in {adam}. "
    )
    # At kappa = 3 and 45 degrees the two are equal.
    if condition < 3 - 1e-6:
        answer += "Below 3, GN^{−1} is in the long run ahead of all that Adam can promise."
    else:
        answer += "From 3 on, GN^{−1} is not sure to be ahead of Adam."

    def pair(points, step):
        if step >= len(points):
            return ""
        return "({:.2f}, {:.2f})".format(*(v + 0.0 for v in points[step])).replace("-", MINUS)

    length = max(map(len, paths.values()))
    rows = [[str(n), *(pair(paths[name], n) for name in METHODS)] for n in range(length)]
    points = {"contours": contours(kappa, degrees), "optimum": [(0, 0)]}
    for name in ("gd", "newton", "adam"):
        points[name] = points[f"{name}-dots"] = paths[name]
    return View(points, answer, rows)


TICKS = tuple((n, str(n).replace("-", MINUS)) for n in (-1, 0, 1, 2))

EXPLORER = Explorer(
    name="plane",
    controls=(
        Control("kappa", "Condition number κ", tuple(map(str, KAPPAS)), KAPPAS.index(12)),
        Control(
            "angle", "Angle to the eigenbasis", tuple(f"{a}°" for a in ANGLES), ANGLES.index(20)
        ),
    ),
    compute=compute,
    view=view,
    figure=Figure(
        title="Three methods in the plane, in a basis at an angle",
        description=(
            "Ellipses of equal loss, turned by the angle, and three paths from one start to the "
            "middle: gradient descent bounces across the valley, GN to the minus one less the "
            "smaller the angle, Adam walks on diagonals."
        ),
        x=Axis("linear", -1.4, 2.2, "θ_{1}", TICKS),
        y=Axis("linear", -1.0, 2.6, "θ_{2}", TICKS),
        marks=(
            Mark("contours", "line", "contour"),
            Mark("gd", "line", "gd", "gradient descent"),
            Mark("newton", "line", "newton", "GN^{−1}"),
            Mark("adam", "line", "adam", "Adam"),
            Mark("gd-dots", "dots", "gd round small"),
            Mark("newton-dots", "dots", "newton square small"),
            Mark("adam-dots", "dots", "adam round small"),
            Mark("optimum", "dots", "guide square small"),
        ),
        right=398,
        bottom=374,
    ),
    head=("step", "Adam", "GN^{−1}", "gradient descent"),
)
