"""Forms written at ledger level, with the name of the file that they came in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from participation_scenario import Participation
from sqlalchemy import text

Row = dict[str, Any]


class Entity(Participation):
    """Forms of an entity; each has a name, as the file that it came in."""

    def form(self, received: str, name: str, rows: Sequence[Row], kind: str = "attendance_form") -> int:
        """Rows as those of `responses`, and `title` for the event's name."""
        named = [{("event_title" if key == "title" else key): value for key, value in row.items()} for row in rows]
        submission = self.responses(received, named, kind)
        self.connection.execute(
            text("update audit.submission set form_code = :name where submission_id = :id"), {"name": name, "id": submission}
        )
        return submission
