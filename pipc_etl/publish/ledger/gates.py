"""What keeps a report from being published: open errors, what is missing or was not approved, open months, people without a session."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from pipc_etl.contracts import Catalog
from pipc_etl.contracts.periods import BOGOTA, Period, parse_period
from pipc_etl.publish.document import Address
from pipc_etl.publish.ledger.model import Stop
from pipc_etl.publish.wording import agree, counted, months_between, short_date
from pipc_etl.warehouse.reviews import STATE_WORDS

# Files as they stood at `known_at`; of the exports of a form, which repeat what the former ones had, the last one.
_FILES = """
with known as (
    select * from audit.submission where entity_code = :entity and known_from <= :known_at
),

latest as (
    select
        *,
        row_number() over (
            partition by kind, dependency_code, form_code, case when form_code is null then submission_id end
            order by received_at desc, submission_id desc
        ) as recency
    from known
    where state in ('accepted', 'accepted_with_observations', 'superseded') and known_to > :known_at
)
"""
_QUARANTINED = _FILES + "select * from latest where recency = 1 and rows_quarantined > 0 order by kind, period_code, dependency_code"
# The last refused file of a place, unless an accepted one came after it; a place holds the exports of several forms, each its own.
_RETURNED = (
    _FILES
    + """
select distinct on (kind, dependency_code, period_code, case when kind = any(:forms) then file_name end) *
from known as refused
where
    state in ('returned', 'unreadable')
    and not exists (
        select from known as other
        where
            other.state in ('accepted', 'accepted_with_observations', 'superseded')
            and other.kind = refused.kind
            and other.dependency_code = refused.dependency_code
            and other.period_code = refused.period_code
            and (refused.kind <> all(:forms) or other.file_name = refused.file_name or other.form_code = refused.form_code)
            and (other.received_at, other.submission_id) > (refused.received_at, refused.submission_id)
    )
order by
    kind, dependency_code, period_code, case when kind = any(:forms) then file_name end, received_at desc, submission_id desc
"""
)
# What is expected stands in the mart; where it stands now, in the ledger; a file counts if it was known at `known_at`.
_OBLIGATIONS = """
select
    t.kind,
    t.dependency_code,
    t.period_code,
    t.delivery_state,
    coalesce(s.state, 'expected') as obligation_state,
    exists (
        select from audit.submission as f
        where
            f.entity_code = t.entity_code
            and f.dependency_code = t.dependency_code
            and f.kind = t.kind
            and f.period_code = t.period_code
            and f.state in ('accepted', 'accepted_with_observations', 'superseded')
            and not (f.kind = 'execution_report' and f.accumulates)
            and f.received_at <= :known_at
    ) as has_file
from marts.rpt_submission_timeliness as t
left join audit.obligation_state as s using (entity_code, dependency_code, kind, period_code)
where t.entity_code = :entity and t.kind = any(:kinds)
order by t.kind, t.period_code, t.dependency_code
"""
_PLANS = """
select plan_code, fiscal_year, cutoff_date, reported_through
from marts.rpt_plan_compliance_asof(:cutoff, :known_at)
where entity_code = :entity and period_code = :period and (plan_code = any(:plans))
order by plan_code, fiscal_year
"""
# A report prints what was waived: of what the citizen wrote, only what reads like a code; else the form says which event it was.
_UNMATCHED = """
select
    case
        when session_code ~* '^[a-z][a-z0-9]*(-[a-z0-9]+)+$' and session_code ~ '[0-9]' then session_code
        else coalesce(form_code, 'formulario sin código')
    end as event,
    submitted_on,
    sum(form_rows) as form_rows
from marts.rpt_attendance_unmatched_asof(:cutoff, :known_at)
where entity_code = :entity and submitted_on between :start and :cutoff
group by 1, 2 order by 2, 1
"""


@dataclass(frozen=True)
class Scope:
    """What the report speaks about: from the start of the period's fiscal year (measures to date begin there) to the cut-off."""

    address: Address
    period: Period
    plan_codes: tuple[str, ...]

    @property
    def start(self) -> date:
        return date(self.period.fiscal_year, 1, 1)

    @property
    def through(self) -> date:
        return min(self.period.end, self.address.cutoff)

    def holds(self, period_code: str) -> bool:
        """Whether a file for that period says something about the report; one for no period that can be read may."""
        period = parse_period(period_code)
        return period is None or (period.start <= self.through and period.end >= self.start)

    @property
    def values(self) -> dict[str, Any]:
        address = self.address
        return {
            "entity": address.entity_code,
            "period": address.period_code,
            "cutoff": address.cutoff,
            "known_at": address.known_at,
            "plans": list(self.plan_codes),
            "start": self.start,
        }


def stops(connection: Connection, catalog: Catalog, scope: Scope) -> tuple[Stop, ...]:
    """Everything that keeps the report of this scope from being published, gate by gate."""
    return (
        *_open_errors(connection, catalog, scope),
        *_obligations(connection, catalog, scope),
        *_unclosed_months(connection, scope),
        *_unmatched_events(connection, scope),
    )


def _open_errors(connection: Connection, catalog: Catalog, scope: Scope) -> Iterable[Stop]:
    for row in connection.execute(text(_QUARANTINED), scope.values):
        if scope.holds(row.period_code):
            quantity = int(row.rows_quarantined)
            what = f"{counted(quantity, 'fila apartada', 'filas apartadas')} por errores en «{row.file_name}» (entrega {row.submission_id})"
            yield Stop("open_errors", _named(catalog, row), what)
    forms = [kind for kind, contract in catalog.contracts.items() if contract.flow == "form_responses"]
    for row in connection.execute(text(_RETURNED), scope.values | {"forms": forms}):
        if scope.holds(row.period_code):
            what = "no se pudo leer" if row.state == "unreadable" else "fue devuelto"
            day = short_date(row.received_at.astimezone(BOGOTA))
            detail = f"«{row.file_name}» {what} el {day} y no ha llegado otro (entrega {row.submission_id})"
            yield Stop("open_errors", _named(catalog, row), detail)


def _obligations(connection: Connection, catalog: Catalog, scope: Scope) -> Iterable[Stop]:
    # Only what has a due day is owed, and reviewed by the planning office.
    kinds = [kind for kind, contract in catalog.contracts.items() if contract.due_business_day is not None]
    for row in connection.execute(text(_OBLIGATIONS), scope.values | {"kinds": kinds}):
        state = row.obligation_state
        if not scope.holds(row.period_code) or state == "waived" or (row.delivery_state == "upcoming" and not _is_past(row, scope)):
            continue
        if not row.has_file:
            yield Stop("missing_submissions", _named(catalog, row), "no ha llegado ningún archivo que se pudiera aceptar")
        elif state not in ("approved", "frozen"):
            asked = {"expected": "se devolvió y se espera otra vez", "reopened": "se reabrió"}
            detail = asked.get(state, f"está {STATE_WORDS[state]}, sin aprobar")
            gate: Any = "unreviewed_submissions" if state == "received" else "missing_submissions"
            yield Stop(gate, _named(catalog, row), detail)


def _is_past(row: Row[Any], scope: Scope) -> bool:
    """Whether the whole period of the obligation is inside what the report speaks about, due or not."""
    period = parse_period(row.period_code)
    return period is not None and period.end <= scope.through


def _unclosed_months(connection: Connection, scope: Scope) -> Iterable[Stop]:
    if not scope.plan_codes:
        return
    for row in connection.execute(text(_PLANS), scope.values):
        if row.cutoff_date < scope.through:
            since = max(row.cutoff_date, scope.start - timedelta(days=1)) + timedelta(days=1)
            closed = f"cerrado hasta el {short_date(row.reported_through)}" if row.reported_through else "sin ningún mes cerrado"
            yield Stop(
                "unclosed_months", f"plan {row.plan_code} {row.fiscal_year}", f"{closed}; falta {months_between(since, scope.through)}"
            )


def _unmatched_events(connection: Connection, scope: Scope) -> Iterable[Stop]:
    for row in connection.execute(text(_UNMATCHED), scope.values):
        quantity = int(row.form_rows)
        waits = f"{counted(quantity, 'respuesta', 'respuestas')} que no {agree(quantity, 'encontró', 'encontraron')} su sesión"
        yield Stop("unmatched_events", f"{row.event} ({short_date(row.submitted_on)})", waits)


def _named(catalog: Catalog, row: Row[Any]) -> str:
    """«Reporte de ejecución de GAB, 2021-M05»."""
    contract = catalog.contracts.get(row.kind)
    return f"{contract.title if contract else row.kind} de {row.dependency_code}, {row.period_code}"
