"""What the explorers show, against the core by other routes, and the page without scripts."""

import doctest
import importlib
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from numpy.polynomial import chebyshev
from scipy.optimize import brentq, minimize_scalar
from sphinx.application import Sphinx

import diagprec_core as dp
from diagprec_core import figures

EXTENSIONS = pathlib.Path(__file__).parents[2] / "book" / "extensions"
sys.path.insert(0, str(EXTENSIONS))  # As Sphinx does.
explorers = importlib.import_module("explorers")
store, page = explorers.store, explorers.page

NAMES = ("power", "factor", "plane", "floor", "steps")
SLOW = ("power", "plane")  # Some seconds each, where nothing is on the disk yet.
EACH = [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in NAMES]


def data_of(name):
    return json.loads(store.data_of(explorers.EXPLORERS[name]))


def states(explorer, count, seed):
    """Return random states, the ends of every control among them."""
    rng = np.random.default_rng(seed)
    for place in (0, -1):
        yield {c.name: range(len(c.words))[place] for c in explorer.controls}
    for _ in range(count):
        yield {c.name: int(rng.integers(len(c.words))) for c in explorer.controls}


@pytest.mark.parametrize("name", EACH)
def test_the_data_are_small_finite_and_the_same_every_time(name):
    explorer = explorers.EXPLORERS[name]
    kept = store.data_of(explorer)
    assert 1000 < len(kept) <= store.LIMIT
    if name not in SLOW:
        assert json.loads(kept) == json.loads(json.dumps(explorer.compute()))


@pytest.mark.slow
def test_no_power_near_the_best_one_has_less_risk():
    data, spectrum = data_of("power"), 1 / np.arange(1.0, 101.0)
    shares = np.arange(1.0, 101.0) ** -1.5
    shares /= shares.sum()

    def risk(power, at):
        def of(log_rate):
            return dp.risk_at(
                dp.GaussianRegression(spectrum, 1.0),
                dp.GaussNewton(power),
                start=np.sqrt(data["signals"][at[1]] * shares / spectrum),
                learning_rate=float(np.exp(log_rate)),
                step=data["horizons"][at[0]],
                batch_size=data["batches"][at[2]],
            )

        # Down from where the run explodes, over every basin.
        grid = np.linspace(-16, 4, 161)
        least = grid[np.nanargmin([of(x) for x in grid])]
        return minimize_scalar(of, bounds=(least - 0.13, least + 0.13), method="bounded").fun

    for at in ((0, 0, 0), (2, 3, 2), (4, 3, 2), (6, 6, 5)):
        t, r, b = at
        best = data["power"][t][r][b]
        least = risk(best, at)
        assert least <= min(risk(best - 0.05, at), risk(best + 0.05, at))
        usual = [risk(p, at) for p in (-1, -0.5, 0)]
        assert int(np.argmin(usual)) == data["winner"][t][r][b]
        assert min(usual) / least - 1 == pytest.approx(data["margin"][t][r][b], rel=1e-3)


def test_the_factors_are_those_of_the_second_moment():
    rng = np.random.default_rng(3)
    spectrum = dp.power_law_spectrum(1000, 1.0)
    turn = dp.random_basis(1000, rng)
    delta = rng.standard_normal(1000)
    explorer, data = explorers.EXPLORERS["factor"], data_of("factor")
    delta *= np.sqrt(data["risk"] / (spectrum @ delta**2))
    cases = ((spectrum, delta), ((turn * spectrum) @ turn.T, turn @ delta))
    for state in states(explorer, 3, seed=1):
        batch, noise = data["batches"][state["batch"]], data["noises"][state["noise"]]
        view = explorer.view(data, state)
        for column, (matrix, error) in enumerate(cases, start=1):
            regression = dp.GaussianRegression(matrix, noise)
            curvature = matrix if matrix.ndim == 1 else np.diag(matrix)
            moment = dp.second_moment(regression, error, batch_size=batch)
            factors = np.sqrt(curvature * (10 + noise**2) / batch / moment)
            beyond = int((factors < 0.5**0.5).sum())
            assert view.rows[1][column] == str(beyond)
            assert view.rows[2][column] == explorers.words.short(factors.min())
            assert view.rows[3][column] == explorers.words.short(np.median(factors))
            drawn = view.points["eigenbasis" if column == 1 else "random"]
            ranks = np.array([rank for rank, _ in drawn]) - 1
            np.testing.assert_allclose([f for _, f in drawn], np.sort(factors)[ranks], rtol=1e-5)


@pytest.mark.slow
def test_paths_in_the_plane_are_those_of_dense_loops():
    data = data_of("plane")
    for k, kappa in enumerate(data["kappas"]):
        for a, degrees in enumerate(data["angles"]):
            c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
            steep, flat = np.array([c, -s]), np.array([s, c])
            hessian = np.outer(steep, steep) + np.outer(flat, flat) / kappa
            problem = dp.Quadratic(hessian)
            left = dp.condition_number(problem, dp.GaussNewton(-1))
            assert data["conditions"][k][a] == pytest.approx(left, rel=1e-5)
            for name, scale in (("newton", np.diag(hessian)), ("gd", np.ones(2))):
                values = np.linalg.eigvals(hessian / scale[:, None])
                rate, point, path = 2 / values.sum(), np.array([1.0, 1.3]), [(1.0, 1.3)]
                for _ in range(300):
                    point = point - rate * (hessian @ point) / scale
                    path.append(point)
                outside = np.abs(path).max(axis=1) > 0.01
                assert data[name]["steps"][k][a] == outside.nonzero()[0][-1] + 1
                shown = np.reshape(data[name]["path"][k][a], (-1, 2)) / 1000
                np.testing.assert_allclose(shown, path[: len(shown)], atol=6e-4)


@pytest.mark.slow
def test_adam_in_the_plane_steps_alike_in_both_parameters_and_no_worse_than_by_halving():
    data = data_of("plane")
    for k, kappa in enumerate(data["kappas"]):
        for a, degrees in enumerate(data["angles"]):
            path = np.reshape(data["adam"]["path"][k][a], (-1, 2)) / 1000
            steps = np.diff(path, axis=0)
            assert np.ptp(np.abs(steps), axis=1).max() <= 2.1e-3
            c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
            turn = np.array([[c, s], [-s, c]])
            gradients = path[:-1] @ ((turn * [1, 1 / kappa]) @ turn.T)
            clear = np.abs(gradients) > 2e-3
            assert (np.sign(steps) == -np.sign(gradients))[clear].all()
            halving = dp.descend(
                explorers.plane.problem(kappa, degrees),
                dp.Adam(),
                start=(1.0, 1.3),
                learning_rate=dp.halving(1.3, 40),
            )
            assert data["adam"]["steps"][k][a] <= dp.settling_time(halving, 0.01)


def test_floors_solve_the_equations_of_the_theorems():
    data, eigenvalues = data_of("floor"), 1 / np.arange(1.0, 21.0)
    turn = dp.random_basis(20, np.random.default_rng(0))
    diagonal = np.diag(turn.T @ np.diag(eigenvalues) @ turn)
    root = np.sqrt(eigenvalues)
    turned = np.linalg.eigvalsh(root[:, None] * (turn / np.sqrt(diagonal)) @ turn.T * root[None, :])
    for b, batch in enumerate(data["batches"]):
        k = 1 + 1 / batch

        def share(eta, modes, batch=batch, k=k):
            x = eta * np.sqrt(batch) * modes
            return (x / (2 - k * x)).sum() / batch

        for u, modes in enumerate((root, turned)):
            end = 2 / (k * np.sqrt(batch) * modes.max())
            limit = brentq(lambda eta, m=modes: share(eta, m) - 1, 1e-6, end * (1 - 1e-9))
            assert data["limit"][u][b] == pytest.approx(limit, rel=1e-5)
            for eta, risk in zip(data["rates"], data["newton"][u][b], strict=True):
                assert (risk is None) == (eta >= limit)
                if risk is not None:
                    c = share(eta, modes)
                    assert risk == pytest.approx(c / (1 - c), rel=1e-5)
        for eta, risk in zip(data["rates"], data["adam"][0][b], strict=True):
            chi = (eta * k) ** 2 * batch * eigenvalues  # SXQ-9
            sides = chi / 8 + np.sqrt((chi / 8) ** 2 + chi / 4 * (risk + 1))
            assert (batch + 1) * risk == pytest.approx(sides.sum(), rel=1e-4)
    for floors in (data["adam"], data["newton"]):
        lower, higher = (np.array(f, dtype=float) for f in floors)
        assert not (higher <= lower)[np.isfinite(higher)].any()  # SXQ-19 (c)


def test_steps_are_the_least_that_the_theorems_allow():
    data = data_of("steps")
    for e, tolerance in enumerate(data["tolerances"]):
        for k, kappa in enumerate(data["kappas"]):
            ratio = (kappa - 1) / (kappa + 1)

            def rival(steps, kappa=kappa):
                top = chebyshev.chebval((kappa + 1) / (kappa - 1), [0] * steps + [1])
                return 1 / top

            def least(error, steps, tolerance=tolerance):
                slack = 1 + 1e-9
                return error(steps) <= tolerance * slack and error(steps - 1) > tolerance

            adam, constant, stable, every = (
                data[name][e][k] for name in ("adam", "constant", "stable", "every")
            )
            assert least(lambda t: 0.5**t, adam)
            assert least(lambda t, r=ratio: r**t, constant)
            assert least(rival, every)
            assert every <= constant
            if kappa < 2:
                assert stable is None
            else:
                assert least(lambda t, f=1 - 2 / kappa: f**t, stable)
                assert stable <= constant
            assert kappa < 9 or adam < every  # FIQ-3


@pytest.mark.parametrize("name", EACH)
def test_the_static_figure_is_whole_without_scripts(name):
    explorer = explorers.EXPLORERS[name]
    markup = page.element(explorer, store.data_of(explorer))
    root = ET.fromstring(markup)
    controls, static = root.find("div[1]"), root.find("div[2]")
    assert "hidden" in controls.attrib
    assert static.get("class") == "explorer-static"
    (figure,) = static.findall("svg")
    assert figure.get("role") == "img"
    assert figure.find("title").text == explorer.figure.title
    assert len(figure.find("desc").text) > 60
    drawn = [mark for mark in figure.iter("path") if mark.get("data-mark")]
    assert [m.get("data-mark") for m in drawn] == [m.name for m in explorer.figure.marks]
    view = explorer.view(data_of(name), explorer.start)
    for mark in drawn:
        assert bool(mark.get("d")) == bool(view.points[mark.get("data-mark")])
    assert len(static.findall(".//tbody/tr")) == len(view.rows)
    assert all(len(row) == len(explorer.head) for row in view.rows)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for slider in controls.iter("input"):
        labels = [label.get("for") for label in controls.iter("label")]
        assert slider.get("type") == "radio" or slider.get("id") in labels


@pytest.mark.parametrize("name", EACH)
def test_every_state_has_words_for_all_it_shows(name):
    explorer, data = explorers.EXPLORERS[name], data_of(name)
    for state in states(explorer, 20, seed=2):
        view = explorer.view(data, state)
        assert set(view.points) == {mark.name for mark in explorer.figure.marks}
        assert not re.search("nan|inf|None", view.answer + json.dumps(view.rows))


def test_colours_are_those_of_the_book():
    style = (EXTENSIONS / "static" / "explorers" / "explorers.css").read_text()
    light = style[: style.index("@media")]
    names = {"adam": "Adam", "newton": "GN^-1", "half": "GN^-1/2", "gd": "GD"}
    for name, method in names.items():
        assert f"--{name}: {figures.STYLES[method]['color']};" in light


@pytest.mark.parametrize("module", ["words", "drawing"])
def test_examples(module):
    found = doctest.testmod(importlib.import_module(f"explorers.{module}"))
    assert found.attempted
    assert not found.failed


def test_data_are_computed_once_for_one_core(monkeypatch, tmp_path):
    calls = []
    fake = explorers.model.Explorer("steps", (), lambda: calls.append(1) or [1], None, None, ())
    monkeypatch.setattr(store, "FOLDER", tmp_path / "explorers")
    assert store.data_of(fake) == store.data_of(fake) == "[1]"
    assert len(calls) == 1
    monkeypatch.setattr(store, "fingerprint", lambda: "another core")
    store.data_of(fake)
    assert len(calls) == 2
    assert len(list(store.FOLDER.iterdir())) == 1


@pytest.mark.parametrize("data", [["0123456789"] * 20_000, [float("nan")]])
def test_data_that_a_page_cannot_carry_are_refused(monkeypatch, tmp_path, data):
    fake = explorers.model.Explorer("steps", (), lambda: data, None, None, ())
    monkeypatch.setattr(store, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"bytes, need at most|not JSON compliant"):
        store.data_of(fake)


def build(folder, text):
    """Build a small book of two pages and return where it is, and the warnings."""
    source, warnings = folder / "source", folder / "warnings"
    source.mkdir()
    (source / "conf.py").write_text(
        f"extensions = ['explorers']\nhtml_static_path = ['{EXTENSIONS / 'static'}']"
    )
    (source / "index.rst").write_text(f"One\n===\n\n{text}\n\n.. toctree::\n\n   two\n")
    (source / "two.rst").write_text("Two\n===\n")
    with warnings.open("w") as file:
        site = folder / "site"
        Sphinx(source, source, site, site / ".doctrees", "html", status=None, warning=file).build()
    return site, warnings.read_text()


@pytest.mark.slow
def test_scripts_are_loaded_where_there_is_an_explorer_only(tmp_path):
    site, warnings = build(tmp_path, ".. explorer:: steps")
    assert not warnings
    one, two = ((site / f"{name}.html").read_text() for name in ("index", "two"))
    scripts = re.findall(r'<script defer="defer" src="(_static/explorers/[a-z]+\.js)', one)
    assert scripts == ["_static/explorers/core.js", "_static/explorers/steps.js"]
    assert all((site / script).exists() for script in scripts)
    assert 'data-explorer="steps"' in one
    assert "explorers" not in two


@pytest.mark.slow
def test_unknown_names_are_refused(tmp_path):
    _, warnings = build(tmp_path, ".. explorer:: wheel")
    assert "explorer: got 'wheel', need one of power, factor, plane, floor, steps" in warnings
