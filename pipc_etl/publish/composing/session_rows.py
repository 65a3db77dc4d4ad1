"""The sessions that a report speaks about: those of its plans and those of the types that its definition names, in its period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.marts import MartRow, literal
from pipc_etl.publish.composing.naming import anchor

HELD = "held"


@dataclass(frozen=True)
class Space:
    """A space by its name and type; sessions without a name of a space are one by their activity."""

    name: str | None
    kind: str | None
    activity_code: str | None = None

    @classmethod
    def of(cls, row: MartRow) -> Space:
        return cls(row["space_name"], row["space_type"], None if row["space_name"] else row["activity_code"])

    def title(self, rows: Sequence[MartRow]) -> str:
        """What to call it: its name, or the different titles of its sessions."""
        return self.name or " / ".join(dict.fromkeys(str(row["title"]) for row in rows))

    @property
    def path(self) -> str:
        """The beginning of the keys of its figures."""
        return "space/" + anchor(self.name or " ".join(filter(None, (self.kind, self.activity_code))) or "otros")

    @property
    def match(self) -> dict[str, object]:
        """The columns that its sessions share."""
        shared: dict[str, object] = {"space_name": self.name, "space_type": self.kind}
        return shared if self.name else {**shared, "activity_code": self.activity_code}

    @property
    def condition(self) -> tuple[str, dict[str, Any]]:
        """The same as a condition over parameters, with these."""
        return " and ".join(f"{column} is not distinct from :{column}" for column in self.match), self.match


def in_scope(context: Context) -> str:
    """The condition, over `:first` and `:last`, that picks the report's sessions in `dim_session` and `rpt_attendance_by_session`."""
    kinds = context.definition.options.get("space_types", ())
    scope = []
    if context.definition.plan_codes:
        scope.append(f"plan_code in {literal(context.definition.plan_codes)}")
    if kinds:
        scope.append(f"space_type in {literal(tuple(kinds))}")
    return f"({' or '.join(scope) or 'true'}) and session_on between :first and :last"


def sessions(context: Context, mart: str = "dim_session", where: str = "true") -> list[MartRow]:
    """The report's sessions in the order of their dates."""
    return context.marts.rows(
        mart,
        f"{in_scope(context)} and {where}",
        keys=("session_code",),
        order_by="session_on, session_code",
        first=context.period_start,
        last=context.through,
    )
