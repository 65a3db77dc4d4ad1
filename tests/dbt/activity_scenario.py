"""Small plans with known figures, written at ledger level: what intake would have loaded, with every time chosen by the test."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, text

Row = Mapping[str, Any]
# Rows of a query, with its parameters by name.
Query = Callable[..., list[dict[str, Any]]]


class Ledger:
    """Writes accepted submissions of one entity and their rows; one that arrives for a key supersedes the one before."""

    def __init__(self, connection: Connection, entity: str) -> None:
        self.connection = connection
        self.entity = entity

    def submit(
        self,
        kind: str,
        dependency: str,
        period: str,
        received: str,
        rows: Sequence[Row],
        *,
        key: str | None = None,
        is_correction: bool = False,
        quarantined: Sequence[Row] = (),
    ) -> int:
        """Record a file received at noon UTC of `received`; `quarantined` rows are original texts. Returns the submission's id."""
        at = datetime.fromisoformat(received).replace(hour=12, tzinfo=UTC)
        key = key or f"{self.entity}|{dependency}|{period}" + (f"|correction:{received}" if is_correction else "")
        previous = self.connection.scalars(
            text(
                "update audit.submission set state = 'superseded', superseded_by = submission_id, known_to = :at "
                "where kind = :kind and submission_key = :key and state = 'accepted' returning submission_id"
            ),
            {"kind": kind, "key": key, "at": at},
        ).all()
        digest = hashlib.sha256(f"{self.entity}|{kind}|{key}|{at}".encode()).hexdigest()
        submission = self.connection.execute(
            text(
                "insert into audit.submission (kind, contract_version, entity_code, dependency_code, period_code, fiscal_year, "
                "submission_key, sha256, file_name, landing_path, arrival, size_bytes, landed_at, received_at, known_from, accumulates, "
                "state, rows_read, rows_accepted, rows_quarantined) values (:kind, '1.0.0', :entity, :dependency, :period, :year, :key, "
                ":digest, :kind, :kind, :digest, 1, :at, :at, :at, :accumulates, 'accepted', :read, :accepted, :quarantined) "
                "returning submission_id"
            ),
            {
                "kind": kind, "entity": self.entity, "dependency": dependency, "period": period, "year": int(period[:4]), "key": key,
                "digest": digest, "at": at, "accumulates": is_correction, "accepted": len(rows), "quarantined": len(quarantined),
                "read": len(rows) + len(quarantined),
            },
        ).scalar_one()  # fmt: skip
        self.connection.execute(
            text("update audit.submission set superseded_by = :id where submission_id = any(:previous)"),
            {"id": submission, "previous": list(previous)},
        )
        for number, row in enumerate(rows, start=2):
            self._insert_row(kind, submission, number, row)
        for number, row in enumerate(quarantined, start=100):
            self.connection.execute(
                text("insert into audit.quarantine values (:id, 'Hoja', :row, cast(:values as jsonb), array['cell.not_a_number'])"),
                {"id": submission, "row": number, "values": json.dumps(row)},
            )
        return int(submission)

    def _insert_row(self, kind: str, submission: int, number: int, row: Row) -> None:
        values = {**row, "_submission_id": submission, "_sheet": "Hoja", "_row": number, "_contract_version": "1.0.0"}
        names = ", ".join(values)
        places = ", ".join(f":{name}" for name in values)
        self.connection.execute(text(f"insert into raw.{kind} ({names}, _loaded_at) values ({places}, now())"), values)

    def registry(self, received: str, names: Sequence[tuple[str, str, str]]) -> int:
        """A registry of (code, name, valid from); the first is the planning office."""
        rows = [
            {"entity_code": self.entity, "entity_name": f"Entidad {self.entity}", "dependency_code": code, "dependency_name": name,
             "valid_from": date.fromisoformat(start), "is_planning_office": code == names[0][0], "reports_plan": True}
            for code, name, start in names
        ]  # fmt: skip
        return self.submit("dependency_registry", names[0][0], received[:4], received, rows, key=self.entity)

    def plan(self, received: str, year: int, version: int, approved: str, activities: Sequence[Row], effective: int = 1) -> int:
        """A full matrix: each activity has `code`, `months` (month number -> quantity) and what it changes of the defaults."""
        rows = []
        for given in activities:
            activity = dict(given)
            code, months = activity.pop("code"), activity.pop("months")
            rows.append(
                {"plan_code": "PIPC", "plan_name": f"PIPC {year}", "fiscal_year": year, "plan_version": version,
                 "approved_on": date.fromisoformat(approved), "effective_from": date(year, effective, 1), "activity_code": code,
                 "activity_name": f"Actividad {code}", "unit_of_measure": "Sesión", "target_rule": "exact", "dependency_code": "OAP",
                 **activity, **{f"month_{month:02d}_qty": quantity for month, quantity in months.items()}}
            )  # fmt: skip
        return self.submit("activity_plan", "OAP", str(year), received, rows, key=f"{self.entity}|PIPC|{year}|{version}")

    def report(
        self, received: str, dependency: str, month: str, executed: Mapping[str, Any], quarantined: Sequence[Row] = (), **more: Any
    ) -> int:
        """A monthly report: activity code -> quantity, or -> the row's columns."""
        rows = [
            {"plan_code": "PIPC", "month": date.fromisoformat(f"{month}-01"), "activity_code": code,
             **(value if isinstance(value, Mapping) else {"executed_qty": value})}
            for code, value in executed.items()
        ]  # fmt: skip
        period = f"{month[:4]}-M{month[5:7]}"
        return self.submit("execution_report", dependency, period, received, rows, quarantined=quarantined, **more)

    def close(self, received: str, months: Sequence[str], action: str = "close") -> int:
        """Close or reopen months of the plan, in a file of their own."""
        rows = [
            {"plan_code": "PIPC", "month": date.fromisoformat(f"{month}-01"), "action": action, "decided_by": "Jefe",
             "decided_on": date.fromisoformat(received), "reason": "Prueba"}
            for month in months
        ]  # fmt: skip
        return self.submit("period_closing", "OAP", months[-1][:4], received, rows, key=f"{self.entity}|PIPC|{action}|{received}")


def months(year: int, first: int, last: int) -> list[str]:
    """Month codes as the helpers above want them."""
    return [f"{year}-{month:02d}" for month in range(first, last + 1)]
