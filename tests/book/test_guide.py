"""The guide's worked case: the command prints what is shown, and the advice is what it prints."""

import pathlib
import re
import shlex

import pytest

from diagprec_core import commands

GUIDE = (pathlib.Path(__file__).parents[2] / "book" / "guide.md").read_text(encoding="utf-8")
SHOWN = re.findall(
    r"```console\n\$ .venv/bin/diagprec (.*?)\n```\n\n```text\n(.*?)```", GUIDE, re.S
)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]\d+)?")


@pytest.mark.parametrize(("command", "output"), SHOWN)
def test_a_command_prints_what_is_shown(command, output, capsys):
    assert commands.main(shlex.split(command)) == 0
    printed = capsys.readouterr().out
    assert NUMBER.sub("#", printed).split() == NUMBER.sub("#", output).split()
    numbers = [[float(x) for x in NUMBER.findall(text)] for text in (printed, output)]
    assert numbers[0] == pytest.approx(numbers[1], rel=2e-3)


def risks(output):
    """Return the risk of every row of the table, by name; the columns are two blanks apart."""
    rows = (re.split(r" {2,}", line.strip()) for line in output.splitlines())
    return {row[0]: float(row[2]) for row in rows if len(row) == 6}


def test_the_worked_case_says_what_its_table_says():
    (_, output), *more = SHOWN
    assert not more
    risk = risks(output)
    frozen, root = risk["Adam, long memory, frozen"], risk["GN^-1/2"]
    best, damped = risk["GN^-1"], risk["GN^-1, damped by 0.000666"]
    assert abs(frozen / root - 1) < 0.001
    assert "within 0.1% of each other" in GUIDE
    for words, ratio in (
        ("as it is run is 5% behind", risk["Adam (0.9, 0.999) as run"] / root),
        ("they have 19% more risk", root / best),
        ("is better by another 10%", best / damped),
    ):
        assert words in GUIDE
        assert round(100 * (ratio - 1)) == int(re.search(r"(\d+)%", words).group(1))
    assert "three times the risk" in GUIDE
    assert round(risk["GD"] / best) == 3


def test_with_a_tenth_of_the_noise_adam_falls_behind(capsys):
    command = SHOWN[0][0].replace("--noise-std 1", "--noise-std 0.1")
    assert commands.main(shlex.split(command)) == 0
    risk = risks(capsys.readouterr().out)
    ratio = risk["Adam (0.9, 0.999) as run"] / risk["GN^-1/2"]
    assert f"falls behind them by {100 * (ratio - 1):.0f}%" in GUIDE
    assert risk["Adam, long memory, frozen"] == pytest.approx(risk["GN^-1/2"], rel=0.001)


def test_what_the_table_calls_things_is_said_before_it():
    before, (_, output) = GUIDE.split("```text")[0], SHOWN[0]
    assert "*Adam, long memory, frozen* is" in before
    assert "The column *to best* is" in before
    rows = [re.split(r" {2,}", line.strip()) for line in output.splitlines()]
    risk = {row[0]: (float(row[2]), float(row[5])) for row in rows if len(row) == 6}
    least = min(risk[name][0] for name in list(risk)[:4])  # of the rows above the gap
    for total, ratio in risk.values():
        assert total / least == pytest.approx(ratio, rel=1e-3)
    assert f"{risk['Adam, long memory, frozen'][1]:.3f} is 18.8% more risk" in before
