"""One thing looked at, and how it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

State = Literal["ok", "warning", "problem"]
_WORST: tuple[State, ...] = ("ok", "warning", "problem")


@dataclass(frozen=True)
class Check:
    """How `name` is (of several of a kind, `subject`): `message` and `remedy` for whoever types commands, `notice` in Spanish for an alarm.

    `details` go with the alarm: where (dag, task, run), the log's address, numbers of submissions.
    """

    name: str
    state: State
    message: str
    remedy: str = ""
    notice: str = ""
    subject: str = ""
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What is the same as long as it is the same trouble."""
        return f"{self.name}:{self.subject}" if self.subject else self.name


def worst(states: Iterable[State]) -> State:
    """The worst of them; `ok` where there is none."""
    return max(states, key=_WORST.index, default="ok")


def is_worse(state: State, than: State) -> bool:
    return _WORST.index(state) > _WORST.index(than)
