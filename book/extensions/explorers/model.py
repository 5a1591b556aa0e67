"""What an explorer is made of."""

from collections.abc import Callable
from dataclasses import dataclass

from .drawing import Figure


@dataclass(frozen=True)
class Control:
    """A slider over computed settings, or a choice; `words` says each of them, `start` is one."""

    name: str
    label: str
    words: tuple
    start: int
    kind: str = "range"  # or "radio"


@dataclass(frozen=True)
class View:
    """What is seen in one state: points by mark, the answer, the table's rows, a map's cells."""

    points: dict
    answer: str
    rows: list
    cells: tuple = ()


@dataclass(frozen=True)
class Explorer:
    """One idea: data of the core, a figure of them, and controls.

    `compute()` returns what the page carries as JSON, `view(data, state)` what is seen where
    `state` holds the place of each control.
    """

    name: str
    controls: tuple
    compute: Callable
    view: Callable
    figure: Figure
    head: tuple

    @property
    def start(self):
        """The state of the static figure."""
        return {control.name: control.start for control in self.controls}
