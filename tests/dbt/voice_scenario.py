"""Questions, metrics of networks and proposed topics written at ledger level: norms that change, sources that differ, names that vary."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from activity_scenario import Ledger, Row
from participation_scenario import Participation
from sqlalchemy import Connection

# Hearing and dialogues, and the last day to answer what was asked there: fifteen business days, Colombia's holidays left out.
HEARINGS = {
    "H1": ("2023-04-20", "2023-05-12"),
    "H2": ("2023-06-30", "2023-07-25"),
    "H3": ("2023-09-29", "2023-10-23"),
    "H4": ("2023-10-19", "2023-11-10"),
    "H5": ("2023-11-22", "2023-12-14"),
}


class Voice(Ledger):
    """Writes files of questions, metrics and topics of one entity."""

    def questions(self, received: str, period: str, rows: Sequence[Row], dependency: str = "OAP") -> int:
        """Each row: `code`, `on` (received), and what it changes of the defaults; dates as ISO texts."""
        complete = []
        for given in rows:
            row = {name: date.fromisoformat(str(value)) if name.endswith("_on") else value for name, value in given.items()}
            code, on = row.pop("code"), date.fromisoformat(str(row.pop("on")))
            complete.append({"question_code": code, "received_on": on, "channel": "facebook", "question_type": "general", **row})
        return self.submit("citizen_question", dependency, period, received, complete)

    def metrics(self, received: str, period: str, rows: Sequence[tuple[str, str, str, str, int]], **shared: object) -> int:
        """Each row: post, metric, source, captured on, value."""
        complete = [
            {"post_code": post, "metric": metric, "source": source, "captured_on": date.fromisoformat(day), "value_qty": value, **shared}
            for post, metric, source, day, value in rows
        ]
        return self.submit("social_metric", "OAP", period, received, complete)

    def topics(self, received: str, period: str, call: str, rows: Sequence[Row]) -> int:
        return self.submit("proposed_topic", "OAP", period, received, [{"call_name": call, **row} for row in rows])


def write(connection: Connection) -> None:
    """Write every scenario."""
    Participation(connection, "voz").sessions(
        "2023-12-01",
        "2023",
        [
            {"code": "V1", "on": "2021-05-14"},
            *({"code": code, "on": day, "space_type": "public_hearing"} for code, (day, _) in HEARINGS.items()),
            {"code": "H6", "on": "2023-11-24", "space_type": "public_hearing", "session_status": "cancelled"},
        ],
    )
    voice = Voice(connection, "voz")
    asked(voice)
    shown(voice)
    proposed(voice)


def asked(voice: Voice) -> None:
    """Questions around the norms that changed the terms, and one of each thing that may become of a question."""
    voice.questions(
        "2020-07-01",
        "2020-S1",
        [
            {"code": "covered", "on": "2020-03-26", "answered_in_writing_on": "2020-05-12"},
            {"code": "answered-before", "on": "2020-03-26", "answered_in_writing_on": "2020-03-27"},
            {"code": "fallen-due-before", "on": "2020-03-05"},
            {"code": "documents", "on": "2020-04-01", "question_type": "information"},
            {"code": "hearing-in-emergency", "on": "2020-04-01", "question_type": "accountability"},
        ],
    )
    voice.questions(
        "2022-07-01",
        "2022-S1",
        [
            {"code": f"{kind}-{day}", "on": day, "question_type": kind}
            for kind in ("general", "information", "consultation")
            for day in ("2022-05-17", "2022-05-18")
        ]
        + [{"code": "before-the-law", "on": "2015-06-29", "answered_in_writing_on": "2022-06-30"}],
    )
    fates = [
        {"code": "live", "on": "2021-05-14", "session_code": "V1", "answered_live": True},
        {"code": "late", "on": "2021-05-14", "session_code": "V1", "answered_in_writing_on": "2021-07-01"},
        {
            "code": "in-time",
            "on": "2021-05-14",
            "session_code": "V1",
            "answered_in_writing_on": "2021-06-30",
            "published_url": "https://x.co",
        },
        {"code": "handed-on", "on": "2021-05-14", "session_code": "V1", "transferred_to": "Otra", "transferred_on": "2021-05-25"},
        {"code": "handed-on-in-time", "on": "2021-05-14", "session_code": "V1", "transferred_to": "Otra", "transferred_on": "2021-05-24"},
        {"code": "waiting", "on": "2021-05-14", "session_code": "V1"},
        {"code": "elsewhere", "on": "2021-05-15"},
    ]
    unanswered = [{name: value for name, value in row.items() if name != "answered_in_writing_on"} for row in fates]
    voice.questions("2021-06-15", "2021-S1", unanswered)
    voice.questions("2021-07-15", "2021-S1", fates)


def shown(voice: Voice) -> None:
    """Two posts of one session, captured twice and by two sources, and a space that no session is of."""
    first = [
        ("P1", "views", "manual", "2021-05-15", 90),
        ("P1", "reach", "manual", "2021-05-15", 1000),
        ("P1", "reach", "screenshot", "2021-05-15", 1019),
        ("P2", "reach", "manual", "2021-05-15", 500),
        ("P1", "comments", "manual", "2021-05-15", 16),
        ("P1", "comments", "screenshot", "2021-05-15", 139),
        ("P1", "shares", "manual", "2021-05-15", 5),
        ("P2", "shares", "screenshot", "2021-05-15", 7),
    ]
    voice.metrics("2021-06-01", "2021-M05", first, session_code="V1", published_on=date(2021, 5, 14))
    later = [("P1", "views", "manual", "2021-06-15", 100), ("P2", "views", "manual", "2021-06-15", 50)]
    voice.metrics("2021-07-01", "2021-M06", later, session_code="V1", published_on=date(2021, 5, 14))
    voice.metrics("2021-07-01", "2021-M07", [("E1", "speakers", "manual", "2021-06-30", 12)], space_name="Feria")


def proposed(voice: Voice) -> None:
    """Two calls whose topics are written in several ways."""
    names = ["Servicio al/a la Ciudadanía", "SERVICIO A LA CIUDADANIA", "Servicio al ciudadano.", "TOAR", "La seguridad", "Otro asunto"]
    decided = {"TOAR": True, "La seguridad": False, "SERVICIO A LA CIUDADANIA": True}
    rows = [{"wording": name, "is_included": decided.get(name)} for name in names]
    voice.topics("2022-12-01", "2022", "Audiencia", rows)
    again = ["Ruta TOAR", "Seguridad", "Atención a la ciudadanía", "Un tema nuevo"]
    voice.topics("2023-12-01", "2023", "Diálogos", [{"wording": name} for name in again])
    voice.topics("2023-12-01", "2023-S2", "Lista propia", [{"wording": "Las ventanillas", "topic_code": "citizen_service"}])
