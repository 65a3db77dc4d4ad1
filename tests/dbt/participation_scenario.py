"""Sessions, responses, counts, evaluations and commitments written at ledger level, with every figure known."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from activity_scenario import Ledger, Row
from sqlalchemy import Connection

_numbers = count(1)
# Both sides of every limit between the classes of open days.
OPEN_DAYS = (0, 30, 31, 60, 61, 90, 91, 180, 181)


def person(name: str) -> str:
    """A stand-in for the pseudonym of somebody."""
    return hashlib.sha256(name.encode()).hexdigest()


class Participation(Ledger):
    """Writes files of sessions, forms, counts and commitments of one entity."""

    def sessions(self, received: str, period: str, rows: Sequence[Row], dependency: str = "OAP") -> int:
        """Each row: `code`, `on`, and what it changes of the defaults."""
        complete = []
        for given in rows:
            row = dict(given)
            code, on = row.pop("code"), date.fromisoformat(row.pop("on"))
            complete.append(
                {"session_code": code, "title": f"Sesión {code}", "session_on": on, "session_status": "held", "modality": "virtual", **row}
            )
        return self.submit("session", dependency, period, received, complete)

    def responses(self, received: str, rows: Sequence[Row], kind: str = "attendance_form") -> int:
        """Each row: `id` (of the response in its form), `session`, `who` (None: identifies nobody), and further columns."""
        complete = []
        for given in rows:
            row = dict(given)
            key, who = f"{self.entity}:{row.pop('id')}", row.pop("who", None)
            sent = row.pop("at", received)
            if kind == "attendance_form":
                row = {"consent": True, "person_key": who and person(who), **row}
            complete.append(
                {"session_code": row.pop("session", None), "submitted_at": datetime.fromisoformat(sent).replace(hour=11, tzinfo=UTC), **row,
                 "_response_key": key, "_content_hash": person(repr(given))}
            )  # fmt: skip
        key = f"{self.entity}|{kind}|{next(_numbers)}"
        return self.submit(kind, "OAP", "2023", received, complete, key=key)

    def counts(self, received: str, period: str, rows: Sequence[Row]) -> int:
        return self.submit("attendance_count", "OAP", period, received, rows)

    def commitments(self, received: str, cutoff: str, rows: Sequence[Row], dependency: str = "ACPVR") -> int:
        """Each row: `code`, `on` (acquired), `status`, and further columns."""
        complete = []
        for given in rows:
            row = dict(given)
            code, on = row.pop("code"), date.fromisoformat(row.pop("on"))
            complete.append(
                {"commitment_code": code, "acquired_on": on, "instance_type": "victims_table", "description": f"Compromiso {code}",
                 "in_charge": True, "status_cutoff": date.fromisoformat(cutoff), **row}
            )  # fmt: skip
        return self.submit("commitment", dependency, cutoff[:4], received, complete, key=f"{self.entity}|{dependency}|{cutoff}")


def write(connection: Connection) -> None:
    """Write every scenario."""
    attended(Participation(connection, "asistencia"))
    promised(Participation(connection, "compromisos"))
    for seed in range(3):
        profiled(Participation(connection, f"perfil-{seed}"), random.Random(seed))


def attended(ledger: Participation) -> None:
    """Five sessions: people who come back, nobody identified, counted only, both at once, codes that match nothing."""
    dialogue = {"plan_code": "RDC", "activity_code": "DC-01"}
    outside = {"code": "S2", "on": "2023-06-15", "modality": "in_person"}
    ledger.sessions("2023-07-02", "2023-M06", [{"code": "S1", "on": "2023-06-30", **dialogue}, outside])
    ledger.sessions("2023-07-02", "2023-M07", [{"code": "S3", "on": "2023-07-05"}, {"code": "S4", "on": "2023-07-06"}])
    ledger.sessions("2023-10-01", "2023-M09", [{"code": "S5", "on": "2023-09-29", **dialogue}])
    ledger.responses(
        "2023-07-07",
        [
            {"id": 1, "session": "S1", "who": "ana", "age": 34, "age_band": "young", "sex": "female"},
            {"id": 2, "session": "S1", "who": "ana", "sex": "female", "at": "2023-07-08"},
            {"id": 3, "session": "S1", "who": "luis", "age": 61, "disability": ["visual", "physical"]},
            {"id": 4, "session": "S1"},
            {"id": 5, "session": "S1", "consent": False},
            {"id": 6, "session": "S4", "who": "eva"},
            {"id": 7, "session": "XX", "who": "ana"},
            {"id": 8, "session": "XX"},
            {"id": 9, "session": None, "who": "eva"},
        ],
    )
    ledger.counts("2023-07-07", "2023-M07", [
        {"session_code": "S3", "sex": "female", "people_qty": 30}, {"session_code": "S3", "sex": "male", "people_qty": 20},
        {"session_code": "S4", "people_qty": 50},
    ])  # fmt: skip
    # Response 2 is corrected: it was session S2. Nothing else of the export is new.
    ledger.responses("2023-07-10", [{"id": 2, "session": "S2", "who": "ana", "sex": "female"}])
    ledger.responses("2023-10-02", [{"id": 10, "session": "S5", "who": "ana"}, {"id": 11, "session": "S5", "who": "eva"}])
    ratings = {"rating_organization": 5, "rating_clarity": 4, "rating_relevance": 3, "rating_participation": 5}
    ledger.responses("2023-07-11", [
        {"id": "e1", "session": "S1", **ratings, "would_return": True}, {"id": "e2", "session": "S1", **ratings, "rating_organization": 2},
        {"id": "e3", "session": "S1", "would_return": False}, {"id": "e4", "session": "S3", **ratings},
        {"id": "e5", "session": "YY", **ratings},
    ], kind="evaluation_form")  # fmt: skip
    ledger.responses("2023-07-12", [{"id": "e2", "session": "S1", **ratings, "rating_organization": 4}], kind="evaluation_form")


def promised(ledger: Participation) -> None:
    """Two cut-offs in one year, a file sent again, commitments of others, dependencies that report twice or have old ones."""
    may = [
        {"code": "C1", "on": "2021-05-10", "status": "in_progress", "due_on": date(2021, 7, 1)},
        {"code": "C2", "on": "2021-05-20", "status": "fulfilled"},
        {"code": "C3", "on": "2021-05-21", "status": "transferred", "in_charge": False, "transferred_to": "Otra"},
    ]
    june = {"code": "C4", "on": "2021-06-02", "status": "registered"}
    ledger.commitments("2021-07-26", "2021-07-23", [*may, june])
    ledger.commitments("2021-08-05", "2021-07-23", [*may, {**june, "status": "fulfilled"}, {**june, "code": "C6", "status": "withdrawn"}])
    ledger.commitments("2021-10-01", "2021-09-29", [{"code": "C5", "on": "2021-07-04", "status": "registered"}])
    ledger.commitments("2021-07-26", "2021-07-23", [
        {"code": "C1", "on": "2021-05-10", "status": "registered"}, {"code": "C2", "on": "2021-05-10", "status": "registered"},
    ], dependency="MIX")  # fmt: skip
    ledger.commitments("2021-10-01", "2021-09-29", [{"code": "C1", "on": "2021-05-10", "status": "fulfilled"}], dependency="MIX")
    cutoff = date(2021, 7, 23)
    aged = [{"code": f"E{days}", "on": str(cutoff - timedelta(days)), "status": "in_progress"} for days in OPEN_DAYS]
    closed = {"code": "E", "on": "2021-07-01", "status": "fulfilled"}
    ledger.commitments("2021-07-26", str(cutoff), [*aged, closed], dependency="EDAD")


def profiled(ledger: Participation, dice: random.Random) -> None:
    """Sessions of several activities and months, of three to sixty people whose answers are unevenly spread."""
    sessions = [
        {"code": f"P{n}", "on": f"2022-{dice.randint(1, 4):02d}-15", "plan_code": "RDC", "activity_code": f"A-{dice.randint(1, 3)}"}
        for n in range(12)
    ]
    ledger.sessions("2022-12-01", "2022", sessions)
    rows: list[dict[str, Any]] = []
    for session in sessions:
        lean = dice.choice([0.5, 0.9, 0.99, 1.0])
        for _ in range(dice.choice([3, 8, 20, 60])):
            rows.append(
                {"id": len(rows), "session": session["code"], "who": f"{ledger.entity}-{len(rows)}",
                 "sex": "female" if dice.random() < lean else dice.choice(["male", "intersex", "no_answer"]),
                 "age": dice.choice([16, 22, 40, 45, 70]), "ethnic_group": "6" if dice.random() < 0.85 else "5"}
            )  # fmt: skip
    ledger.responses("2022-12-02", rows)
