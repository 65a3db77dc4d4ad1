"""The event codes of the sessions that a plan programmes: one per unit of an activity whose unit is a meeting of people."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date

from sqlalchemy import Connection, text

from pipc_etl.contracts import Codelist
from pipc_etl.contracts.periods import Period
from pipc_etl.events.check_character import compact, issued_form
from pipc_etl.events.titles import MONTHS

# The codelist that says which units of measure are meetings of people.
MEETING_UNITS = "meeting_unit"
_TITLE_LENGTH = 300  # of `title` in the contract of the sessions


@dataclass(frozen=True)
class EventCode:
    """The code of one programmed session: the `ordinal`-th of the `programmed` ones that the activity has in the month `period_code`."""

    session_code: str
    plan_code: str
    fiscal_year: int
    activity_code: str
    activity_name: str
    unit_of_measure: str
    period_code: str
    ordinal: int
    programmed: int
    title: str

    @property
    def slot(self) -> tuple[object, ...]:
        """What the code is of, inside the entity."""
        return (self.plan_code, self.fiscal_year, self.activity_code, self.period_code, self.ordinal)


def issue_codes(
    connection: Connection, units: Codelist, entity_code: str, dependency_code: str, period: Period, *, actor: str
) -> list[EventCode]:
    """The codes of the sessions programmed in `period` by the plans in force, in the order of plan, activity, month and ordinal.

    A session that has none yet gets one, in the caller's transaction; asked again, the same ones come back. `units` is the codelist
    MEETING_UNITS: a unit of measure that it does not have (a publication, a document, a monthly round of many sessions) gets no codes.
    Sessions that an amendment took away keep their code, but are no longer among the answer.
    """
    sessions = list(_programmed(connection, units, entity_code, dependency_code, period))
    if not sessions:
        return []
    connection.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"event_code|{entity_code}"})
    known = _issued(connection, entity_code)
    missing = [session for session in sessions if session.slot not in known]
    if missing:
        taken = {compact(code) for code in known.values()} | _in_use(connection, entity_code)
        known |= {session.slot: _free_code(entity_code, session, taken) for session in missing}
        _insert(connection, entity_code, dependency_code, [replace(item, session_code=known[item.slot]) for item in missing], actor)
    return [replace(session, session_code=known[session.slot]) for session in sessions]


def _programmed(connection: Connection, units: Codelist, entity_code: str, dependency_code: str, period: Period) -> Iterator[EventCode]:
    """The programmed sessions of `period`, without their codes: of each plan the highest version approved by its end, as known now."""
    rows = connection.execute(
        text(
            """
            with versions as (
                select distinct on (p.plan_code, p.fiscal_year) p.plan_code, p.fiscal_year, p._submission_id
                from raw.activity_plan as p
                inner join audit.submission as s on p._submission_id = s.submission_id
                where s.entity_code = :entity and s.known_to = 'infinity' and p.approved_on <= :last_day
                order by p.plan_code, p.fiscal_year, p.plan_version desc, s.submission_id desc
            )
            select p.plan_code, p.fiscal_year, p.activity_code, p.activity_name, p.unit_of_measure, m.month, m.programmed_qty
            from versions
            inner join raw.activity_plan as p
                on versions._submission_id = p._submission_id and versions.plan_code = p.plan_code and versions.fiscal_year = p.fiscal_year
            cross join lateral (
                select make_date(p.fiscal_year::integer, number::integer, 1), qty
                from unnest(array[
                    p.month_01_qty, p.month_02_qty, p.month_03_qty, p.month_04_qty, p.month_05_qty, p.month_06_qty,
                    p.month_07_qty, p.month_08_qty, p.month_09_qty, p.month_10_qty, p.month_11_qty, p.month_12_qty
                ]) with ordinality as quantities (qty, number)
            ) as m (month, programmed_qty)
            where p.dependency_code = :dependency and not coalesce(p.is_cancelled, false) and m.programmed_qty > 0
                and m.month between :first_day and :last_day
            order by p.plan_code, p.fiscal_year, p.activity_code, m.month
            """
        ),
        {"entity": entity_code, "dependency": dependency_code, "first_day": period.start, "last_day": period.end},
    )
    for row in rows:
        if units.find(row.unit_of_measure or "") is None:
            continue
        programmed = math.ceil(row.programmed_qty)
        for ordinal in range(1, programmed + 1):
            yield EventCode(
                session_code="",
                plan_code=row.plan_code,
                fiscal_year=int(row.fiscal_year),
                activity_code=row.activity_code,
                activity_name=row.activity_name,
                unit_of_measure=row.unit_of_measure,
                period_code=f"{row.month:%Y-M%m}",
                ordinal=ordinal,
                programmed=programmed,
                title=_title(row.activity_name, row.month, ordinal, programmed),
            )


def _title(activity_name: str, month: date, ordinal: int, programmed: int) -> str:
    """The activity, its month and which of its sessions; as long as a session's title may be."""
    turn = f" ({ordinal} de {programmed})" if programmed > 1 else ""
    ending = f" - {MONTHS[month.month - 1]} de {month.year}{turn}"
    return f"{activity_name[: _TITLE_LENGTH - len(ending)]}{ending}"


def _issued(connection: Connection, entity_code: str) -> dict[tuple[object, ...], str]:
    """The codes issued for the entity, by what they are of."""
    query = (
        "select plan_code, fiscal_year, activity_code, period_code, ordinal, session_code from audit.event_code where entity_code = :entity"
    )
    return {tuple(row[:5]): row[5] for row in connection.execute(text(query), {"entity": entity_code})}


def _in_use(connection: Connection, entity_code: str) -> set[str]:
    """The codes that people gave to sessions themselves, as they are compared."""
    codes = connection.scalars(text("select session_code from audit.ref_session where entity_code = :entity"), {"entity": entity_code})
    return {compact(code) for code in codes}


def _free_code(entity_code: str, session: EventCode, taken: set[str]) -> str:
    """The code that follows from what the session is; the next one where that is taken. Adds it to `taken`."""
    seed = "|".join(map(str, (entity_code, *session.slot)))
    attempt = 0
    while compact(code := issued_form(f"{seed}|{attempt}")) in taken:
        attempt += 1
    taken.add(compact(code))
    return code


def _insert(connection: Connection, entity_code: str, dependency_code: str, sessions: list[EventCode], actor: str) -> None:
    connection.execute(
        text(
            "insert into audit.event_code (entity_code, session_code, dependency_code, plan_code, fiscal_year, activity_code, "
            "period_code, ordinal, title, actor) values (:entity_code, :session_code, :dependency_code, :plan_code, :fiscal_year, "
            ":activity_code, :period_code, :ordinal, :title, :actor)"
        ),
        [{"entity_code": entity_code, "dependency_code": dependency_code, "actor": actor, **asdict(session)} for session in sessions],
    )
