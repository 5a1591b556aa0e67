"""The tool `compare`: its numbers, its files, and the command as a new user would try it."""

import dataclasses
import io
import itertools
import json
import subprocess
import sys

import numpy as np
import pytest

import diagprec_core as dp
from diagprec_core import commands
from diagprec_core.commands import report
from diagprec_core.mini_batch.adam_floors import long_memory_weights
from diagprec_core.mini_batch.noise_floor import stability_limit
from diagprec_core.tuning.contenders import ADAM, DAMPED

SPECTRUM = np.arange(1.0, 31.0) ** -1
SETTING = {"batch_size": 4, "steps": 120, "noise_std": 0.7}
AS_RUN = "Adam (0.9, 0.999) as run"
POWER_LAW = ["compare", "--power-law", "30", "1", "--batch-size", "4", "--steps", "120"]
KEYS = ["name", "power", "learning_rate", "risk", "floor", "largest_stable_rate", "damping"]


def rule_of(contender):
    return dp.GaussNewton(contender.power)


@pytest.fixture(scope="module")
def found():
    return dp.compare(SPECTRUM, **SETTING)


def test_contenders_stand_in_the_order_of_their_risks(found):
    risks = [one.risk for one in found.contenders]
    assert risks == sorted(risks)
    assert {one.name for one in found.contenders} == {"GD", "GN^-1/2", "GN^-1", ADAM}
    assert found.winner is found.contenders[0]
    assert found.lead == pytest.approx(risks[1] / risks[0] - 1)
    assert found.tuned.risk <= min(one.risk for one in found.contenders if one.power is not None)


def test_who_waits_is_told_what_is_tuned(found):
    told = []
    again = dp.compare(SPECTRUM, **SETTING, progress=told.append)
    assert told == ["GN^-1", "GN^-1/2", "GD", ADAM, "the best power", DAMPED, AS_RUN]
    assert again.as_dict() == found.as_dict()


@pytest.mark.parametrize("terminal", [True, False])
def test_a_line_says_on_a_terminal_what_takes_long(monkeypatch, capsys, terminal):
    watched = io.StringIO()
    watched.isatty = lambda: terminal
    monkeypatch.setattr(sys, "stderr", watched)
    assert commands.main(POWER_LAW) == 0
    shown = watched.getvalue()
    assert ("compare: GN^-1/2 [" in shown) == ("reading the spectrum" in shown) == terminal
    assert not shown or shown.endswith("\r")  # and nothing of it stays
    assert "compare:" not in capsys.readouterr().out


def test_risks_and_floors_are_those_of_the_exact_curves(found):
    regression = dp.GaussianRegression(SPECTRUM, 0.7)
    assert regression.risk(found.errors) == pytest.approx(found.start_risk) == 1.0
    for one in (*found.contenders, found.tuned):
        if one.name == ADAM:
            continue
        options = {"learning_rate": one.learning_rate, "batch_size": 4}
        curve = dp.risk_curve(regression, rule_of(one), start=found.errors, **options, steps=120)
        assert one.risk == pytest.approx(curve[-1], rel=1e-9)
        assert one.floor == pytest.approx(
            dp.stationary_risk(regression, rule_of(one), **options), rel=1e-9
        )
        np.testing.assert_allclose(found.curve(one, [1, 7, 120]), curve[[1, 7, 120]], rtol=1e-9)
        for factor, stable in ((1 - 1e-9, True), (1 + 1e-9, False)):
            options["learning_rate"] = one.largest_stable_rate * factor
            floor = dp.stationary_risk(regression, rule_of(one), **options)
            assert np.isfinite(floor) == stable


def test_frozen_adam_is_a_fixed_preconditioner_of_its_own(found):
    (adam,) = (one for one in found.contenders if one.name == ADAM)
    rate = np.array(adam.learning_rate)
    regression = dp.GaussianRegression(SPECTRUM, 0.7)
    floor = dp.stationary_risk(
        regression, dp.LongMemoryAdam(), learning_rate=adam.learning_rate, batch_size=4
    )
    assert adam.floor == pytest.approx(floor, rel=1e-10)
    weights = long_memory_weights(SPECTRUM, 0.7, rate, 4)
    # In coordinates divided by sqrt(w) it is gradient descent on the spectrum times w.
    scaled = dp.GaussianRegression(SPECTRUM * weights, 0.7)
    curve = dp.risk_curve(
        scaled,
        dp.GradientDescent(),
        start=found.errors / np.sqrt(weights),
        learning_rate=adam.learning_rate,
        batch_size=4,
        steps=120,
    )
    assert adam.risk == pytest.approx(curve[-1], rel=1e-9)
    np.testing.assert_allclose(found.curve(adam, [1, 120]), curve[[1, 120]], rtol=1e-9)


@pytest.mark.parametrize("name", ["GD", "GN^-1/2", "GN^-1", ADAM])
def test_no_other_rate_is_better(name, found):
    (one,) = (one for one in found.contenders if one.name == name)
    rates = one.learning_rate * np.geomspace(1e-3, 1e3, 4001)
    if name == ADAM:
        weights = long_memory_weights(SPECTRUM, 0.7, rates, 4)
        risks = []
        for rate, w in zip(rates[::20], weights[::20], strict=True):
            scaled, start = dp.GaussianRegression(SPECTRUM * w, 0.7), found.errors / np.sqrt(w)
            options = {"start": start, "learning_rate": rate, "batch_size": 4, "steps": 120}
            risks.append(dp.risk_curve(scaled, dp.GradientDescent(), **options)[-1])
    else:
        regression, options = dp.GaussianRegression(SPECTRUM, 0.7), {"batch_size": 4}
        options |= {"start": found.errors, "learning_rate": rates, "steps": 120}
        risks = dp.risk_curve(regression, rule_of(one), **options)[-1]
    assert np.min(risks) >= one.risk * (1 - 1e-9)


def test_starts(found):
    equal = dp.compare(SPECTRUM, **SETTING, start=np.full(30, -2.0), start_risk=1.0)
    assert equal.as_dict() == found.as_dict()
    kept = dp.compare(SPECTRUM, **SETTING, start=np.full(30, 2.0))
    assert kept.start_risk == pytest.approx(4 * SPECTRUM.sum())


def test_without_noise_adam_has_no_stationary_state():
    quiet = dp.compare(SPECTRUM, **{**SETTING, "noise_std": 0})
    assert [one.name for one in quiet.contenders] == ["GN^-1", "GN^-1/2", "GD"]
    assert all(one.floor == 0 for one in quiet.contenders)


def test_frozen_adam_may_want_an_infinite_rate():
    """One step from an error in the flattest direction, large batches, hardly any noise."""
    short = dp.compare([1, 1e-3], batch_size=100, steps=1, start=[0, 1], noise_std=1e-3)
    (adam,) = (one for one in short.contenders if one.name == ADAM)
    assert adam.learning_rate == adam.floor == np.inf
    assert 0 < adam.risk < short.start_risk
    assert short.curve(adam, [1])[0] == pytest.approx(adam.risk, rel=1e-9)
    told = {one["name"]: one for one in short.as_dict()["contenders"]}
    assert told[ADAM]["learning_rate"] is None


def test_equal_eigenvalues_make_one_method_of_all_powers():
    flat = dp.compare(np.ones(5), **SETTING)
    assert flat.tuned is None
    assert flat.lead < 1e-9
    assert flat.as_dict()["best_power"] is None


@pytest.mark.parametrize("batch_size", [1, 7, 10**6, 10**18])
def test_stability_limit_where_all_modes_are_equal(batch_size):
    # x/(2 - k x) d = B at x = 2 B/(B + d + 1).
    expected = 2 / (1 + 6 / batch_size)
    assert stability_limit(np.ones(5), batch_size) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("spectrum", value) for value in ([], [0.0], [-1.0], [np.nan], ["1"], 1.0, None, [[1]])),
        *(("batch_size", value) for value in (0, 1.5, None, True)),
        *(("steps", value) for value in (0, 1.5, None, True)),
        *(("noise_std", value) for value in (-1, np.inf, "1", None, True)),
        *(("start", value) for value in ([0, 0], [1], [np.inf, 1], "ab")),
        *(("start_risk", value) for value in (0, -1, np.inf, "1", True)),
        *(("beta1", value) for value in (-0.1, 1, np.nan, "1", True, [0.9], None)),
        *(("beta2", value) for value in (-0.1, 0, 0.81, 1, np.nan, "1", True, [0.9], None)),
    ],
)
def test_bad_input(name, value):
    good = {"spectrum": [1.0, 0.5], "batch_size": 2, "steps": 3}
    with pytest.raises(ValueError, match=rf"^{name}: got .*, need "):
        dp.compare(**{**good, name: value})


def test_bad_input_to_a_curve(found):
    with pytest.raises(ValueError, match="contender: got 'GD', need a Contender"):
        found.curve("GD", [1])
    for horizons in ([0], [1.5], [], 3, ["1"]):
        with pytest.raises(ValueError, match="horizons: got"):
            found.curve(found.winner, horizons)


# The command.


def test_a_table(capsys):
    assert commands.main([*POWER_LAW, "--noise-std", "0.7"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert lines[0].startswith("30 eigenvalues from 1 to 0.03333; start: equal errors")
    assert lines[1] == "noise 0.7, batches of 4, 120 steps"
    found = dp.compare(SPECTRUM, **SETTING)
    for one, line in zip(found.contenders, lines[4:8], strict=True):
        assert line.startswith(one.name)
        assert f"{one.risk:.4g}" in line
    assert f"{found.winner.name} wins: the next, {found.contenders[1].name}, has" in out
    assert lines[9].startswith("GN^p, p = ")
    assert lines[10].startswith(f"GN^-1, damped by {found.damped.damping:.3g} ")
    run = found.as_run
    cells = "".join(f"{number:11.4g}" for number in (run.learning_rate, run.risk, run.floor))
    assert lines[11] == f"{AS_RUN:27}{cells}        inf{run.risk / found.winner.risk:11.4g}"
    assert lines[12:] == [
        "",
        f"{found.winner.name} wins: the next, {found.contenders[1].name}, has {found.lead:.2%} "
        "more risk.",
        "Below the contenders: GN^p with the best power p and GN^-1 with the best damping, one "
        "more knob than the others have.",
        "Adam: fixed weights, those of its own stationary state; its rates are Adam's.",
        f"{AS_RUN}: approximate, where 1 - beta2 = 0.001 is small (SXQ-21).",
        "Memory: at betas (0.9, 0.999) and small rates Adam's floor is 1.00043 times long-memory "
        "Adam's at equal speed (SXQ-20).",
        "In a basis where the covariance has a level diagonal, as nearly in a random one, Adam is "
        "gradient descent at a rate of its own: GD's row (B-12, SXQ-19).",
    ]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--noise-std", "0"], "as run is left out: without noise its recurrence does not hold."),
        (["--steps", "30000"], "as run is left out: its 30000 steps would take too long."),
    ],
)
def test_adam_as_run_is_left_out_in_one_line(options, told, capsys):
    assert commands.main([*POWER_LAW, *options]) == 0
    out = capsys.readouterr().out
    assert f"\nAdam (0.9, 0.999) {told}\n" in out
    assert f"\n{AS_RUN}   " not in out
    assert ("Memory: at betas" in out) == ("30000" in options)
    assert "In a basis where the covariance has a level diagonal" in out
    assert commands.main([*POWER_LAW, *options, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["adam_as_run"] is None
    assert told["memory_price"] == dp.memory_price(4, 0.9, 0.999)


def test_betas_reach_table_json_and_plot(tmp_path, monkeypatch, capsys):
    betas = ["--beta1", "0.5", "--beta2", "0.99"]
    found = dp.compare(SPECTRUM, batch_size=4, steps=120, beta1=0.5, beta2=0.99, kurtosis=2)
    drawn = []
    monkeypatch.setattr(
        "matplotlib.figure.Figure.savefig", lambda figure, path: drawn.append(figure)
    )
    options = [*betas, "--kurtosis", "2", "--plot", str(tmp_path / "a.png")]
    assert commands.main([*POWER_LAW, *options]) == 0
    out = capsys.readouterr().out
    assert "\nAdam (0.5, 0.99) as run   " in out
    assert "Adam (0.5, 0.99) as run: approximate, where 1 - beta2 = 0.01 is small (SXQ-21)." in out
    assert "Memory: with Gaussian features, at betas (0.5, 0.99) and" in out
    lines = {line.get_label(): line for line in drawn[0].axes[0].lines}
    dashed, frozen = lines["Adam (0.5, 0.99) as run"], lines[ADAM]
    assert dashed.get_color() == frozen.get_color()
    assert (dashed.get_linestyle(), frozen.get_linestyle()) == ("--", "-")
    assert dashed.get_ydata()[-1] == pytest.approx(found.as_run.risk, rel=1e-9)
    assert commands.main([*POWER_LAW, *betas, "--kurtosis", "2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["beta1"], told["beta2"]) == (0.5, 0.99)
    assert told["memory_price"] == found.memory_price == dp.memory_price(4, 0.5, 0.99)
    assert told["largest_correlation"] == pytest.approx(found.largest_correlation)
    assert told["adam_as_run"] == {**vars(found.as_run), "largest_stable_rate": None}


def test_all_but_adam_as_run_is_the_same_whatever_the_betas(found):
    other = dp.compare(SPECTRUM, **SETTING, beta1=0, beta2=0).as_dict()
    new = {"beta1", "beta2", "memory_price", "adam_as_run"}
    assert {k: v for k, v in other.items() if k not in new} == {
        k: v for k, v in found.as_dict().items() if k not in new
    }
    assert all(other[key] != found.as_dict()[key] for key in new)


def test_units_change_rates_and_risks_as_they_should(found):
    # Features times 3: eigenvalues times 9, errors over 3, and the same risks.
    other = dp.compare(9 * SPECTRUM, **SETTING)
    for one, same in zip(found.contenders, other.contenders, strict=True):
        assert (same.name, same.risk) == (one.name, pytest.approx(one.risk, rel=1e-9))
        factor = 3.0 if one.power is None else 9.0 ** (1 + one.power)
        assert same.learning_rate == pytest.approx(one.learning_rate / factor, rel=1e-4)
        if one.power is not None:
            limit = one.largest_stable_rate / factor
            assert same.largest_stable_rate == pytest.approx(limit, rel=1e-12)


def test_the_best_damping_is_best_and_its_risk_exact(found):
    regression, best = dp.GaussianRegression(SPECTRUM, 0.7), found.damped
    options = {"start": found.errors, "batch_size": 4, "step": 120}

    def least(damping):
        rates = best.learning_rate * np.geomspace(0.3, 3, 241)
        rule = dp.GaussNewton(-1, damping=damping)
        return dp.risk_at(regression, rule, learning_rate=rates, **options).min()

    assert best.risk == pytest.approx(least(best.damping), rel=1e-4)
    nearby = [least(best.damping * factor) for factor in (0.1, 0.5, 0.9, 1.1, 2, 10)]
    assert best.risk < min(nearby)
    assert best.risk < min(one.risk for one in found.contenders if one.power in (-1.0, 0.0))
    rule = dp.GaussNewton(-1, damping=best.damping)
    stationary = {"learning_rate": best.learning_rate, "batch_size": 4}
    assert best.floor == pytest.approx(dp.stationary_risk(regression, rule, **stationary))
    limit = dp.largest_stable_rate(regression, rule, batch_size=4)
    assert best.largest_stable_rate == pytest.approx(limit)
    assert found.curve(best, [1, 120])[1] == pytest.approx(best.risk, rel=1e-6)


def test_damping_that_buys_nothing_is_left_out(capsys):
    # In noise that drowns the signal, with larger errors in steep directions, descent is best.
    loud = {"batch_size": 1, "steps": 10, "noise_std": 1e3}
    assert dp.compare(SPECTRUM, start=SPECTRUM, **loud).damped is None
    file = ["compare", "--power-law", "9", "1", "--source-exponent", "3", "--noise-std", "1000"]
    assert commands.main([*file, "--batch-size", "1", "--steps", "10", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["best_damping"] is None


def test_kurtosis_reaches_every_number(capsys):
    heavy = dp.compare(SPECTRUM, **SETTING, kurtosis=4.0)
    regression, law = dp.GaussianRegression(SPECTRUM, 0.7), {"batch_size": 4, "kurtosis": 4.0}
    for one in (*heavy.contenders, heavy.tuned, heavy.damped):
        rate = {"learning_rate": one.learning_rate}
        if one.name == ADAM:
            rule = dp.Weights(
                dp.long_memory_weights(SPECTRUM, 0.7, one.learning_rate, 4, kurtosis=4.0)
            )
        else:
            rule = dp.GaussNewton(one.power, damping=one.damping)
            limit = dp.largest_stable_rate(regression, rule, **law)
            assert one.largest_stable_rate == pytest.approx(limit)
        curve = dp.risk_curve(regression, rule, start=heavy.errors, steps=120, **rate, **law)
        assert one.risk == pytest.approx(curve[-1], rel=1e-6)
        assert one.floor == pytest.approx(
            dp.stationary_risk(regression, rule, **rate, **law), rel=1e-6
        )
        np.testing.assert_allclose(heavy.curve(one, [7, 120]), curve[[7, 120]], rtol=1e-6)
    assert commands.main([*POWER_LAW, "--kurtosis", "4"]) == 0
    assert "120 steps, kurtosis 4\n" in capsys.readouterr().out
    assert commands.main([*POWER_LAW, "--kurtosis", "0.5"]) == 2
    assert "compare: kurtosis: got 0.5, need a number in [0.9375, inf)" in capsys.readouterr().err


def test_json_has_a_schema(capsys):
    assert commands.main([*POWER_LAW, "--json", "--source-exponent", "1.5"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told) == [
        "dimension",
        "largest_eigenvalue",
        "smallest_eigenvalue",
        "noise_std",
        "batch_size",
        "steps",
        "kurtosis",
        "start_risk",
        "contenders",
        "best_power",
        "best_damping",
        "beta1",
        "beta2",
        "memory_price",
        "adam_as_run",
        "largest_correlation",
        "winner",
        "lead",
        "start",
    ]
    assert (told["dimension"], told["batch_size"], told["steps"]) == (30, 4, 120)
    assert told["start"] == "source i^-1.5"
    assert told["start_risk"] == 1.0
    assert len(told["contenders"]) == 4
    for one in (*told["contenders"], told["best_power"], told["adam_as_run"]):
        assert list(one) == KEYS
    assert told["winner"] == told["contenders"][0]["name"]
    (adam,) = (one for one in told["contenders"] if one["name"] == ADAM)
    assert adam["power"] is None
    assert adam["largest_stable_rate"] is None


@pytest.mark.parametrize(
    ("header", "options", "squares", "words"),
    [
        ("", [], [4, 1], "as error"),
        ("", ["--second", "source"], [2, 2], "as source"),
        ("lambda,source", [], [2, 2], "as source"),
        ("lambda,source", ["--second", "error"], [4, 1], "as error"),
    ],
)
def test_the_second_column(header, options, squares, words, tmp_path, capsys):
    path = tmp_path / "spectrum.csv"
    path.write_text(f"{header}\n1,2\n0.5,1\n", encoding="utf-8")
    command = ["compare", "--spectrum", str(path), "--batch-size", "2", "--steps", "5", "--json"]
    assert commands.main([*command, *options]) == 0
    told = json.loads(capsys.readouterr().out)
    found = dp.compare([1, 0.5], batch_size=2, steps=5, start=np.sqrt(squares))
    assert told["start_risk"] == pytest.approx(found.start_risk)
    assert told["contenders"][0]["risk"] == pytest.approx(found.winner.risk)
    assert told["start"] == f"the file's second column, {words}"
    assert commands.main([*command, *options, "--start-risk", "0.25"]) == 0
    assert json.loads(capsys.readouterr().out)["start_risk"] == 0.25


@pytest.mark.parametrize("noise", ["1", "0"])
@pytest.mark.parametrize(("name", "begin"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml")])
def test_a_plot(name, begin, noise, tmp_path, capsys):
    path = tmp_path / name
    assert commands.main([*POWER_LAW, "--plot", str(path), "--noise-std", noise]) == 0
    assert path.read_bytes().startswith(begin)
    assert "wins" in capsys.readouterr().out


def test_a_plot_leaves_the_look_of_other_figures_alone(tmp_path, capsys):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    assert commands.main([*POWER_LAW, "--plot", str(tmp_path / "a.png")]) == 0
    assert dict(mpl.rcParams) == before
    capsys.readouterr()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--power-law", "x", "1"], "--power-law: got 'x 1', need an integer and a number"),
        (["--power-law", "0", "1"], "d: got 0, need an integer of at least 1"),
        (["--power-law", "9", "-1"], "exponent: got -1.0"),
        (["--power-law", "9", "nan"], "exponent: got nan"),
        (["--power-law", "9", "1", "--batch-size", "0"], "batch_size: got 0"),
        (["--power-law", "9", "1", "--steps", "0"], "steps: got 0"),
        (["--power-law", "9", "1", "--noise-std", "-1"], "noise_std: got -1.0"),
        (["--power-law", "9", "1", "--noise-std", "nan"], "noise_std: got nan"),
        (["--power-law", "9", "1", "--start-risk", "0"], "start_risk: got 0.0"),
        (
            ["--power-law", "9", "1", "--source-exponent", "1", "--start-risk", "0"],
            "start_risk: got 0.0",
        ),
        (["--power-law", "9", "1", "--source-exponent", "inf"], "--source-exponent: got inf"),
        (["--power-law", "9", "1", "--second", "error"], "--second: got it without a file"),
        (["--power-law", "9", "1", "--weights"], "--weights: got it without a file, need one"),
        (
            ["--power-law", "9", "1", "--plot", "/no/such/folder/a.png"],
            "--plot: got '/no/such/folder/a.png'",
        ),
        (["--power-law", "9", "1", "--plot", "a.nonsense"], "got 'a.nonsense', need one of the fo"),
        (["--power-law", "9", "1", "--plot", "picture"], "got 'picture', need one of the formats"),
        (["--power-law", "9", "1", "--noise-std", "1e200"], "noise_std: got 1e+200, need 0, or"),
        (["--power-law", "9", "1", "--noise-std", "1e-200"], "noise_std: got 1e-200, need 0, or"),
        (
            ["--power-law", "9", "1", "--beta2", "0.81"],
            "beta2: got 0.81 beside a beta1 of 0.9, need more than beta1^2",
        ),
        (["--power-law", "9", "1", "--beta1", "1"], "beta1: got 1.0, need a number in [0, 1)"),
        (["--power-law", "9", "1", "--beta2", "nan"], "beta2: got nan, need"),
        (["--power-law", "30", "10"], "spectrum: got eigenvalues from 1.69e-15 to 1, need ones"),
        (["--spectrum", "missing.csv"], "missing.csv: cannot be read: No such file or directory"),
    ],
)
def test_unfit_input_has_status_2_and_one_line(options, told, capsys):
    assert commands.main(["compare", "--batch-size", "2", "--steps", "9", *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("compare: ")
    assert told in err
    assert err.count("\n") == 1


def test_a_second_column_and_a_source_exponent_exclude_each_other(tmp_path, capsys):
    path = tmp_path / "spectrum.csv"
    path.write_text("1,2\n", encoding="utf-8")
    command = ["compare", "--spectrum", str(path), "--batch-size", "2", "--steps", "5"]
    assert commands.main([*command, "--source-exponent", "1"]) == 2
    assert "one of the two" in capsys.readouterr().err
    path.write_text("1,-2\n", encoding="utf-8")
    assert commands.main([*command, "--second", "source"]) == 2
    assert "got a source of -2, need none below 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["compare"],
        ["compare", "--power-law", "30", "1"],
        [*POWER_LAW, "--spectrum", "x"],
        [*POWER_LAW, "--steps", "many"],
        [*POWER_LAW, "--second", "third"],
    ],
)
def test_wrong_usage_has_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        commands.main(arguments)
    assert stop.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_as_a_program():
    command = [sys.executable, "-m", "diagprec_core", *POWER_LAW]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert done.stderr == ""
    assert "wins" in done.stdout


def test_risks_below_the_range_of_floats_are_level(capsys):
    options = ["--power-law", "10", "1", "--batch-size", "4", "--steps", "1000000"]
    assert commands.main(["compare", *options, "--noise-std", "0"]) == 0
    assert "are 0 to rounding; ask for fewer steps" in capsys.readouterr().out


def test_all_methods_are_named_where_all_are_equal(tmp_path, capsys):
    path = tmp_path / "one.csv"
    path.write_text("2.0\n")
    assert (
        commands.main(["compare", "--spectrum", str(path), "--batch-size", "1", "--steps", "1"])
        == 0
    )
    out = capsys.readouterr().out
    assert "\n1 eigenvalue from 2 to 2;" in out
    assert ", 1 step\n" in out
    (verdict,) = (line for line in out.splitlines() if line.endswith("equal to five digits."))
    assert all(name in verdict for name in ("GD", "GN^-1/2", "Adam"))
    assert "GN^-1" in verdict.replace("GN^-1/2", "")


def test_json_has_no_infinities(capsys):
    # Without noise GN^-1 ends at 0 for d = 1 and all batches are alike: the lead may be anything.
    command = ["compare", "--power-law", "40", "2", "--batch-size", "100000", "--steps", "900"]
    assert commands.main([*command, "--noise-std", "0", "--json"]) == 0
    out = capsys.readouterr().out
    assert "Infinity" not in out
    assert "NaN" not in out
    found = dp.compare([1.0, 0.5], batch_size=2, steps=3, noise_std=0)
    winner = dataclasses.replace(found.winner, risk=0.0)
    endless = dataclasses.replace(found, contenders=(winner, *found.contenders[1:]))
    assert endless.lead == np.inf
    assert endless.as_dict()["lead"] is None


def test_what_was_read_is_said(tmp_path, capsys):
    path = tmp_path / "spectrum.csv"
    path.write_text("0.25,1\n-1e-17,0\n2,3\n", encoding="utf-8")
    command = ["compare", "--spectrum", str(path), "--batch-size", "2", "--steps", "5"]
    assert commands.main([*command, "--drop-nonpositive"]) == 0
    first, second = capsys.readouterr().out.splitlines()[:2]
    assert first == "read as eigenvalue and error: first 0.25, last 2; 1 not above 0 left out"
    assert second.startswith("2 eigenvalues from 2 to 0.25; start: the file's second column, as")


def test_the_order_of_a_file_means_nothing(tmp_path, capsys):
    spectrum, told = 1 / np.arange(1.0, 41), []
    for name, values in (("down", spectrum), ("up", spectrum[::-1])):
        path = tmp_path / name
        np.savetxt(path, values)
        command = ["compare", "--spectrum", str(path), "--batch-size", "2", "--steps", "50"]
        assert commands.main([*command, "--source-exponent", "1.5", "--json"]) == 0
        told.append(json.loads(capsys.readouterr().out))
    assert told[0]["winner"] == told[1]["winner"]
    for one, other in zip(told[0]["contenders"], told[1]["contenders"], strict=True):
        assert one["risk"] == pytest.approx(other["risk"], rel=1e-9)


def test_standard_input(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("eigenvalue\n1\n0.5\n"))
    command = ["compare", "--spectrum", "-", "--batch-size", "2", "--steps", "5"]
    assert commands.main(command) == 0
    assert "2 eigenvalues from 1 to 0.5" in capsys.readouterr().out


def test_a_refused_file_is_told_in_one_line(tmp_path, capsys):
    path = tmp_path / "spectrum.csv"
    path.write_text("1\ntwo\n", encoding="utf-8")
    command = ["compare", "--spectrum", str(path), "--batch-size", "2", "--steps", "9"]
    assert commands.main(command) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"compare: {path}, line 2: got 'two', need a number\n"


def test_of_two_basins_the_deeper_one_is_found():
    spectrum, start = [0.2, 1e-5, 1e-5, 1e-5], [6.0, 0.0, 0.0, 0.0]
    found = dp.compare(spectrum, batch_size=16, steps=1000, noise_std=0.005, start=start)
    by_name = {one.name: one for one in found.contenders}
    assert by_name["GN^-1/2"].learning_rate == pytest.approx(0.0224, rel=1e-3)
    assert by_name["GN^-1/2"].risk == pytest.approx(3.183e-7, rel=1e-3)
    assert by_name[ADAM].risk == pytest.approx(3.198e-7, rel=1e-3)


@pytest.mark.parametrize("seed", range(12))
def test_no_rate_of_a_dense_scan_is_better(seed):
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 6))
    spectrum, start = 10 ** rng.uniform(-6, 0, d), rng.standard_normal(d) * 10 ** rng.uniform(0, 2)
    start[rng.random(d) < 0.3] = 0.0
    start[0] = start[0] or 1.0
    noise, batch_size = 10 ** rng.uniform(-4, 1), int(10 ** rng.uniform(0, 4))
    steps = int(10 ** rng.uniform(0, 4))
    options = {"batch_size": batch_size, "steps": steps, "noise_std": noise, "start": start}
    found = dp.compare(spectrum, **options)
    regression = dp.GaussianRegression(spectrum, noise)
    for one in found.contenders:
        if one.power is None:
            continue
        rule = dp.GaussNewton(one.power)
        rates = one.largest_stable_rate * np.geomspace(1e-12, 4, 3000)
        scan = dp.risk_at(
            regression, rule, start=start, learning_rate=rates, batch_size=batch_size, step=steps
        )
        # What is gained at most by a rate that the search did not see.
        assert one.risk <= scan.min() * (1 + 1e-6) + 1e-9 * found.start_risk * (steps == 0)
    for one, other in itertools.pairwise(found.contenders):
        assert one.risk <= other.risk


@pytest.mark.parametrize(
    "options",
    [
        {"spectrum": [1.0, 0.5, 1e-12], "start": [0, 0, 1], "batch_size": 4, "steps": 10},
        {
            "spectrum": 1 / np.arange(1.0, 21),
            "start_risk": 1e-30,
            "batch_size": 8,
            "steps": 100,
        },
    ],
)
def test_where_nothing_can_be_gained_all_are_equal_and_stay(options, capsys):
    found = dp.compare(**options)
    assert found.lead == 0
    for one in found.contenders:
        assert one.learning_rate == 0
        # Up to rounding: the risk is a sum over modes, and processors add in other orders.
        np.testing.assert_allclose(one.risk, found.start_risk, rtol=1e-13)
        np.testing.assert_allclose(found.curve(one, [1, 5]), found.start_risk, rtol=1e-13)
    assert "best to stay" in report.table(found, "somewhere")


@pytest.mark.parametrize("scale", [1e-8, 1e8])
def test_units_of_the_labels_change_adam_s_rate_alone(scale):
    # Labels times c: errors and noise times c, risks times c^2, and Adam's weights over c.
    options = {"batch_size": 4, "steps": 120}
    start = np.ones(len(SPECTRUM))
    known = dp.compare(SPECTRUM, noise_std=0.7, start=start, **options)
    found = dp.compare(SPECTRUM, noise_std=0.7 * scale, start=scale * start, **options)
    for one, other in zip(known.contenders, found.contenders, strict=True):
        assert one.name == other.name
        assert other.risk == pytest.approx(scale**2 * one.risk, rel=1e-9)
        factor = scale if one.name == ADAM else 1.0
        assert other.learning_rate == pytest.approx(factor * one.learning_rate, rel=1e-3)


def test_a_plot_that_fails_comes_after_the_table(tmp_path, monkeypatch, capsys):
    def full(found, path):
        raise OSError("no space left")

    monkeypatch.setattr(report, "draw", full)
    assert commands.main([*POWER_LAW, "--plot", str(tmp_path / "a.png")]) == 2
    out, err = capsys.readouterr()
    assert "wins" in out
    assert err == f"compare: --plot: cannot draw {tmp_path / 'a.png'}: no space left\n"
