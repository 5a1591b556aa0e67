"""The explorers in a browser: moved by keyboard, they show what the core computes.

Tests that set every control of their explorer share a page (`keep`).
"""

import importlib
import json
import pathlib
import re
import sys

import numpy as np
import pytest

import diagprec_core as dp

EXTENSIONS = pathlib.Path(__file__).parents[2] / "book" / "extensions"
sys.path.insert(0, str(EXTENSIONS))  # As Sphinx does.
explorers = importlib.import_module("explorers")
words = explorers.words

PAGE = "book/explorers.html"
NAMES = tuple(explorers.EXPLORERS)


def whole(text):
    """Return numbers in a sentence as floats, superscripts and subscripts left out."""
    found = re.findall(r"−?\d[\d,]*\.?\d*(?: × 10\^\{−?\d+\})?", re.sub(r"_\{.*?\}", "", text))
    return [
        float(re.sub(r" × 10\^\{(.*)\}", r"e\1", n.replace(",", "").replace("−", "-")))
        for n in found
    ]


class Live:
    """One explorer on an open page."""

    def __init__(self, page, name):
        self.explorer = explorers.EXPLORERS[name]
        self.root = page.locator(f"[data-explorer={name}]")
        self.data = json.loads(self.root.locator("script").text_content())

    def move(self, name, place):
        """Move a control to a place by the keyboard alone."""
        control = next(c for c in self.explorer.controls if c.name == name)
        inputs = self.root.locator(f"[data-control={name}]")
        if control.kind == "radio":
            for _ in range(len(control.words)):
                if inputs.nth(place).is_checked():
                    break
                self.root.locator(f"[data-control={name}]:checked").press("ArrowRight")
            assert inputs.nth(place).is_checked()
            return
        inputs.press("Home")
        for _ in range(place):
            inputs.press("ArrowRight")
        assert inputs.get_attribute("aria-valuetext") == words.as_speech(control.words[place])
        shown = self.root.locator(f"output[for={self.explorer.name}-{name}]").inner_html()
        assert shown == words.as_html(control.words[place])

    @property
    def answer(self):
        return (
            self.root.locator(".explorer-live .explorer-answer")
            .inner_html()
            .replace("&nbsp;", "\u00a0")
        )

    @property
    def said(self):
        """The answer's text, its marks as they were."""
        marks = {"<sup>": "^{", "<sub>": "_{", "</sup>": "}", "</sub>": "}"}
        text = self.answer.replace("\u00a0", " ")
        return re.sub("</?su[pb]>", lambda m: marks[m.group()], text)

    def rows(self):
        """Return the table's rows, folded or not."""
        read = "body => [...body.rows].map(row => [...row.cells].map(cell => cell.innerHTML))"
        return self.root.locator(".explorer-live tbody").evaluate(read)

    def unfold(self):
        """Unfold the table by the keyboard."""
        details = self.root.locator(".explorer-live details")
        if details.get_attribute("open") is None:
            details.locator("summary").press("Enter")
        details.locator("tbody tr").first.wait_for()


def places(explorer, count, seed):
    rng = np.random.default_rng(seed)
    yield {c.name: len(c.words) - 1 for c in explorer.controls}
    for _ in range(count):
        yield {c.name: int(rng.integers(len(c.words))) for c in explorer.controls}


@pytest.mark.parametrize("explorer", NAMES)
def test_by_keyboard_every_control_shows_what_the_data_say(keep, explorer):
    live = Live(keep(PAGE), explorer)
    for state in places(live.explorer, 3, seed=1):
        for control, place in state.items():
            live.move(control, place)
        view = live.explorer.view(live.data, state)
        assert live.answer == words.as_html(view.answer)
        # Right before it is seen: an event that fills it on unfolding comes after the first look.
        assert live.rows() == [[words.as_html(cell) for cell in row] for row in view.rows]
        live.unfold()


@pytest.mark.parametrize("explorer", NAMES)
def test_script_and_static_figure_draw_the_same(keep, explorer):
    page = keep(PAGE)
    live = Live(page, explorer)
    for state in [live.explorer.start, *places(live.explorer, 20, seed=2)]:
        live.root.evaluate(
            """(root, state) => {
                for (const input of root.querySelectorAll("[data-control]")) {
                    const place = state[input.dataset.control];
                    if (input.type === "radio") input.checked = Number(input.value) === place;
                    else input.value = place;
                }
                root.dispatchEvent(new Event("input"));
            }""",
            state,
        )
        view = live.explorer.view(live.data, state)
        assert live.answer == words.as_html(view.answer)
        figure = live.root.locator(".explorer-live .explorer-figure")
        shown = figure.evaluate(
            "f => [...f.querySelectorAll('[data-mark]')].map(m => m.getAttribute('d'))"
        )
        marks = live.explorer.figure.marks
        drawn = [
            explorers.drawing.path(live.explorer.figure, m.kind, view.points[m.name]) for m in marks
        ]
        for one, other in zip(shown, drawn, strict=True):
            letters = [re.sub(r"[-\d.]+", "", d) for d in (one, other)]
            assert letters[0] == letters[1]
            numbers = [np.array(re.findall(r"-?[\d.]+", d), dtype=float) for d in (one, other)]
            np.testing.assert_allclose(*numbers, atol=0.11)  # A tie of rounding.
        texts = figure.evaluate(
            "f => [...f.querySelectorAll('.cell')].map(c => [c.classList[1], c.textContent])"
        )
        cells = [cell for row in view.cells for cell in row]
        assert texts == [[f"band-{band}", text] for band, text in cells]


def test_power_shows_the_best_power(keep):
    live = Live(keep(PAGE), "power")
    spectrum, shares = 1 / np.arange(1.0, 101), np.arange(1.0, 101) ** -1.5
    for horizon, signal, batch in ((0, 6, 5), (2, 0, 0), (5, 4, 3)):
        for name, place in (("horizon", horizon), ("signal", signal), ("batch", batch)):
            live.move(name, place)
        risk, size = live.data["signals"][signal], live.data["batches"][batch]
        found = dp.best_power(
            dp.GaussianRegression(spectrum, 1.0),
            start=np.sqrt(risk * shares / shares.sum() / spectrum),
            batch_size=size,
            steps=live.data["horizons"][horizon],
        )
        usual = ("GN^{−1}", "GN^{−1/2}", "gradient descent")[int(found.winner)]
        assert f"the best power is {found.power:.2f}.".replace("-", "−") in live.said
        assert f"{usual}, has {words.percent(found.margin)} more risk" in live.said


def test_a_press_on_the_map_chooses_the_cell(visit):
    live = Live(visit(PAGE), "power")
    live.root.locator(".explorer-live .cell").nth(6 * 5 + 1).click()
    assert live.root.locator("[data-control=batch]").input_value() == "1"
    assert live.root.locator("[data-control=signal]").input_value() == "5"
    assert live.said.startswith("At B = 4, T = 1000 and R_{0}/σ² = 100 ")


def test_factor_counts_as_the_second_moment_does(keep):
    live = Live(keep(PAGE), "factor")
    rng = np.random.default_rng(3)
    spectrum = dp.power_law_spectrum(1000, 1.0)
    turn = dp.random_basis(1000, rng)
    delta = rng.standard_normal(1000)
    delta *= np.sqrt(10 / (spectrum @ delta**2))
    cases = ((spectrum, delta), ((turn * spectrum) @ turn.T, turn @ delta))
    for state in places(live.explorer, 20, seed=3):
        for name, place in state.items():
            live.move(name, place)
        batch, noise = live.data["batches"][state["batch"]], live.data["noises"][state["noise"]]
        counts = []
        for matrix, error in cases:
            moment = dp.second_moment(dp.GaussianRegression(matrix, noise), error, batch_size=batch)
            curvature = matrix if matrix.ndim == 1 else np.diag(matrix)
            factors = np.sqrt(curvature * (10 + noise**2) / batch / moment)
            counts.append(int((factors < 0.5**0.5).sum()))
        said = whole(live.said.replace("GN^{−1/2}", "GN").replace("√2", ""))
        assert said == [pytest.approx(batch), pytest.approx(noise), counts[0], 1000, counts[1]]


def test_plane_shows_steps_and_condition_number(keep):
    live = Live(keep(PAGE), "plane")
    for k, a in ((0, 0), (4, 5), (7, 13)):
        live.move("kappa", k)
        live.move("angle", a)
        kappa, degrees = live.data["kappas"][k], live.data["angles"][a]
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        turn = np.array([[c, s], [-s, c]])
        plane = dp.Quadratic((turn * [1, 1 / kappa]) @ turn.T)
        left = dp.condition_number(plane, dp.GaussNewton(-1))
        times = []
        for rule, matrix in (
            (dp.GaussNewton(-1), plane.hessian / np.diag(plane.hessian)[:, None]),
            (dp.GradientDescent(), plane.hessian),
        ):
            rate = 2 / np.trace(matrix)
            run = dp.descend(plane, rule, start=(1, 1.3), learning_rate=rate, steps=300)
            times.append(dp.settling_time(run, 0.01))
        said = whole(live.said.replace("GN^{−1}", "GN"))
        assert said[:5] == [kappa, degrees, pytest.approx(left, rel=5e-3), *times]


def test_floor_shows_both_floors_or_the_limit(keep):
    live = Live(keep(PAGE), "floor")
    regression = dp.GaussianRegression(1 / np.arange(1.0, 21), 1.0)
    bases = (None, dp.random_basis(20, np.random.default_rng(0)))
    for basis, batch, rate in ((0, 0, 0), (0, 8, 40), (1, 3, 25), (1, 5, 33)):
        for name, place in (("basis", basis), ("batch", batch), ("rate", rate)):
            live.move(name, place)
        size, eta = live.data["batches"][batch], live.data["rates"][rate]
        options = {"batch_size": size, "basis": bases[basis]}
        adam = dp.stationary_risk(regression, dp.LongMemoryAdam(), learning_rate=eta, **options)
        newton = dp.stationary_risk(
            regression, dp.GaussNewton(-0.5), learning_rate=eta * size**0.5, **options
        )
        limit = dp.largest_stable_rate(regression, dp.GaussNewton(-0.5), **options) / size**0.5
        assert f"rest at R = {words.short(adam)}." in live.said
        if np.isfinite(newton):
            assert (
                f"rests at {words.short(newton)}, {words.short(newton / adam)} times" in live.said
            )
        else:
            assert f"no floor from η = {words.short(limit)} on" in live.said


def test_steps_shows_what_runs_take(keep):
    live = Live(keep(PAGE), "steps")
    for k, e in ((0, 5), (8, 2), (20, 0)):
        live.move("kappa", k)
        live.move("tolerance", e)
        kappa, tolerance = live.data["kappas"][k], live.data["tolerances"][e]
        blocks = dp.Blockwise([1.0, 1 / kappa])
        start, times = blocks.start([1, 1]), []
        for rule, rate in (
            (dp.Adam(), dp.halving(1.0, 4000)),
            (dp.GaussNewton(-0.5), dp.constant(2 / (1 + 1 / kappa), 4000)),
        ):
            run = dp.descend(blocks.problem, rule, start=start, learning_rate=rate)
            times.append(dp.settling_time(run, tolerance))
        rival = next(
            t
            for t in range(1, 999)
            if np.cosh(t * np.arccosh((kappa + 1) / (kappa - 1))) >= 1 / tolerance
        )
        adam, constant = times
        verdict = "ahead of them all" if adam < rival else "ahead of constant rates"
        verdict = verdict if adam < constant else "not ahead"
        assert (
            f"Adam takes {adam:.0f} steps, every power of Gauss-Newton at its best constant rate "
            f"{words.short(constant, 6)}, and no schedule fewer than {rival}. Adam is {verdict}."
        ) in live.said


def test_the_answer_is_spoken_when_the_hand_rests(visit):
    page = visit(PAGE)
    live = Live(page, "steps")
    live.move("kappa", 3)
    status = live.root.locator("[role=status]")
    said = words.as_speech(live.said)
    page.wait_for_function("([a, b]) => a.textContent === b", arg=[status.element_handle(), said])
    assert live.root.locator(".explorer-live desc").text_content() == said
    before = live.root.locator(".explorer-live .explorer-answer").text_content()
    # Within one task of the browser, so that no pause is long enough.
    shown, spoken = live.root.evaluate(
        """root => {
            const control = root.querySelector("[data-control=kappa]");
            control.stepUp();
            control.dispatchEvent(new Event("input", { bubbles: true }));
            return [".explorer-live .explorer-answer", "[role=status]"].map(
                one => root.querySelector(one).textContent);
        }"""
    )
    assert spoken == said
    assert shown != before
    after = words.as_speech(live.said)
    assert after != said
    page.wait_for_function("([a, b]) => a.textContent === b", arg=[status.element_handle(), after])


def test_without_scripts_the_static_figures_stand_and_no_control_is_seen(visit):
    page = visit(PAGE, java_script_enabled=False)
    assert page.locator(".explorer").count() == len(NAMES)
    for name in NAMES:
        root = page.locator(f"[data-explorer={name}]")
        assert root.locator(".explorer-static .explorer-figure").is_visible()
        assert root.locator(".explorer-static .explorer-answer").is_visible()
        assert root.locator(".explorer-figure").count() == 1
        assert not root.locator("input, output").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_the_static_figures_stand_in_dark_ink(visit, scheme):
    page = visit(PAGE, color_scheme=scheme)
    Live(page, "floor").move("batch", 0)
    page.emulate_media(media="print")
    for name in NAMES:
        root = page.locator(f"[data-explorer={name}]")
        assert root.locator(".explorer-static .explorer-figure").is_visible()
        assert not root.locator(".explorer-live").is_visible()
        assert not root.locator(".explorer-controls").is_visible()
        ink = root.evaluate("root => getComputedStyle(root).color")
        assert max(map(int, re.findall(r"\d+", ink))) <= 34  # black, or nearly
    assert "B\u00a0=\u00a08 " in page.locator("[data-explorer=floor] .explorer-static").inner_text()


@pytest.mark.parametrize("width", [390, 320])
def test_on_a_phone_nothing_is_cut(visit, width):
    page = visit(PAGE, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(
        """() => [...document.querySelectorAll(".explorer-live .explorer-figure")].flatMap(svg => {
            const box = svg.getBoundingClientRect();
            return [...svg.querySelectorAll("text")].filter(text => {
                const t = text.getBoundingClientRect();
                return t.left < box.left - 0.5 || t.right > box.right + 0.5 ||
                    t.top < box.top - 0.5 || t.bottom > box.bottom + 0.5;
            }).map(text => text.textContent);
        })"""
    )
    assert outside == []
    small = page.evaluate(
        """() => Math.min(...[...document.querySelectorAll(".explorer-live .explorer-figure")].map(
            svg => parseFloat(getComputedStyle(svg).fontSize) * svg.clientWidth / 480))"""
    )
    assert small > 8.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(visit, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = visit(PAGE, color_scheme=scheme)
    for name in NAMES:
        Live(page, name).unfold()
    # The side bar is the theme's. Without preload axe asks for no file: a page on the disk may not.
    found = axe.run(page, {"exclude": [".bd-sidebar-primary"]}, {"preload": False})
    assert [
        (v["id"], [n["html"][:90] for n in v["nodes"]]) for v in found.response["violations"]
    ] == []
