"""Who is reminded of what on a day: before the due day, after it, and then with the head of the dependency; each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import Connection, text

from pipc_etl.answers import letters
from pipc_etl.answers.addresses import Role
from pipc_etl.answers.record import read_names
from pipc_etl.answers.review import Observation
from pipc_etl.answers.texts import phrase, render
from pipc_etl.contracts import Catalog
from pipc_etl.contracts.due_days import business_day_after
from pipc_etl.contracts.periods import parse_period
from pipc_etl.obligations.calendar import LastFile, Owed, calendar, last_files, standings
from pipc_etl.settings import Settings
from pipc_etl.validation.report import SEVERITIES
from pipc_etl.warehouse.engine import role_engine
from pipc_etl.warehouse.reviews import Obligation, Standing, open_observations

Purpose = Literal["reminder_before", "reminder_after", "escalation"]
# Business days before and after the due day. Each reminder may go out on its day or, if nothing ran then, until the next one's; an
# escalation until ESCALATION_ENDS: whoever installs the system in November does not accuse everybody of a missing January.
BEFORE, AFTER, ESCALATION, ESCALATION_ENDS = -3, 1, 5, 10
ROLES: dict[Purpose, tuple[Role, ...]] = {
    "reminder_before": ("contact",),
    "reminder_after": ("contact",),
    "escalation": ("head", "contact"),
}
_FOLDERS: dict[Purpose, str] = {
    "reminder_before": "recordatorio",
    "reminder_after": "vencimiento",
    "escalation": "aviso-jefatura",
}
_LISTED = 10


@dataclass(frozen=True)
class Open:
    """A finding of the last period's file that nobody has mended yet."""

    word: str
    place: str
    message: str
    remedy: str


@dataclass(frozen=True)
class Before:
    """What stays open of the period before: `findings` has the first of `quantity`."""

    period_code: str
    quantity: int
    findings: tuple[Open, ...]
    observations: tuple[Observation, ...]


def purpose_on(today: date, due_on: date) -> Purpose | None:
    """Which reminder of an obligation that is due on `due_on` may go out `today` (both in Bogotá); None: none."""
    if business_day_after(due_on, BEFORE) <= today <= due_on:
        return "reminder_before"
    if business_day_after(due_on, AFTER) <= today < business_day_after(due_on, ESCALATION):
        return "reminder_after"
    if business_day_after(due_on, ESCALATION) <= today <= business_day_after(due_on, ESCALATION_ENDS):
        return "escalation"
    return None


def remind(settings: Settings, catalog: Catalog, today: date, progress: Callable[[str], None] = lambda _: None) -> int:
    """Queue the reminders of `today` (a day in Bogotá); returns how many are new.

    The calendar says who owes, the ledger of this moment who still does: nothing goes out for what was received, approved or waived, nor
    for a reconstruction. Raises WarehouseError where the marts are not built.
    """
    chosen = [(owed, purpose) for owed in _awaited(calendar(settings)) if (purpose := purpose_on(today, owed.due_on)) is not None]
    engine = role_engine(settings, "loader")
    queued = 0
    try:
        with engine.begin() as connection:
            stand, last = standings(connection), last_files(connection)
        for owed, purpose in chosen:
            # Reopened: the office waits for a file, but the day for it is none of the calendar's.
            if stand.get(owed.obligation, Standing("expected")).state != "expected":
                continue
            with engine.begin() as connection:
                letter = _letter(connection, settings, catalog, owed, purpose, last.get(owed.obligation), today)
                if _is_new(connection, letter.key):
                    letters.queue(connection, settings, letter)
                    queued += 1
                    progress(f"{purpose}: {owed.obligation}, due {owed.due_on}")
    finally:
        engine.dispose()
    return queued


def _awaited(owed: Iterable[Owed]) -> list[Owed]:
    return [item for item in owed if not item.is_reconstruction]


def _is_new(connection: Connection, key: str) -> bool:
    return connection.scalar(text("select letter_id from audit.letter where letter_key = :key"), {"key": key}) is None


def _letter(
    connection: Connection, settings: Settings, catalog: Catalog, owed: Owed, purpose: Purpose, last: LastFile | None, today: date
) -> letters.Letter:
    obligation, contract = owed.obligation, catalog.contracts[owed.obligation.kind]
    dependency, entity = read_names(connection, obligation)
    rendered = render(
        "recordatorio",
        purpose=purpose,
        title=contract.title,
        dependency=dependency,
        entity=entity,
        period=obligation.period_code,
        due_on=owed.due_on,
        says=phrase("recordatorio_dice", purpose=purpose, due_on=owed.due_on, days_over=(today - owed.due_on).days, returned=last),
        step=phrase("recordatorio_paso", empty_question=None if owed.is_programmed else contract.empty_declaration),
        place=str(obligation),
        before=_before(connection, obligation),
    )
    return letters.Letter(
        key=f"{purpose}|{obligation}",
        purpose=purpose,
        **asdict(obligation),
        roles=ROLES[purpose],
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        folder=_FOLDERS[purpose],
    )


def _before(connection: Connection, obligation: Obligation) -> Before | None:
    """What is still open of the period before; None where nothing is."""
    code = _previous_code(obligation.period_code)
    if code is None:
        return None
    previous = Obligation(obligation.entity_code, obligation.dependency_code, obligation.kind, code)
    rows = connection.execute(
        text(
            "select f.severity, f.sheet, f.cell, f.message, f.remedy, count(*) over () as quantity "
            # Of the last accepted file; where none was accepted, of the last one.
            "from audit.finding as f where f.submission_id = (select s.submission_id from audit.submission as s "
            "where s.entity_code = :entity_code and s.dependency_code = :dependency_code and s.kind = :kind "
            "and s.period_code = :period_code and not (s.kind = 'execution_report' and s.accumulates) "
            "order by s.state in ('accepted', 'accepted_with_observations', 'superseded') desc, s.submission_id desc limit 1) "
            "and not exists (select from audit.obligation_state as o where o.entity_code = :entity_code "
            "and o.dependency_code = :dependency_code and o.kind = :kind and o.period_code = :period_code "
            "and o.state in ('approved', 'frozen', 'waived')) and f.severity in ('error', 'warning') "
            "order by array_position(array['error', 'warning'], f.severity), f.finding_id limit :most"
        ),
        asdict(previous) | {"most": _LISTED},
    ).all()
    observations = tuple(
        Observation(said.text, said.actor, said.at, said.sheet, said.cell, said.activity_code)
        for said in open_observations(connection, previous)
        if said.at
    )
    if not rows and not observations:
        return None
    findings = tuple(
        Open(SEVERITIES[row.severity], "!".join(filter(None, (row.sheet, row.cell))) or "archivo", row.message, row.remedy) for row in rows
    )
    return Before(code, rows[0].quantity if rows else 0, findings, observations)


def _previous_code(code: str) -> str | None:
    """The period of the same length just before; None for a year or a range of years, whose files have another name every time."""
    period = parse_period(code)
    if period is None or len(code) < len("2021-T2") or code[5] not in "MTCS":
        return None
    kind, eve = code[5], period.start - timedelta(days=1)
    months = {"M": 1, "T": 3, "C": 4, "S": 6}[kind]
    number = (eve.month - 1) // months + 1
    return f"{eve.year}-M{number:02d}" if kind == "M" else f"{eve.year}-{kind}{number}"
