"""What the warehouse knows now that a template is filled with: who reports, the plans in force, closed months, open commitments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from pipc_etl.contracts import Contract
from pipc_etl.contracts.periods import Period
from pipc_etl.render.template import PlanInForce

Row = Mapping[str, object]

# Statuses of a commitment that is still to be answered for; mart fct_commitment says the same in `is_open` (a test holds it).
OPEN_STATUSES = ("registered", "in_progress", "partially_fulfilled", "overdue", "rescheduled")


@dataclass(frozen=True)
class Dependency:
    """A dependency as the registry names it last; `valid_to` None while it exists."""

    entity_code: str
    entity_name: str
    dependency_code: str
    dependency_name: str
    valid_from: date
    valid_to: date | None
    is_planning_office: bool
    reports_plan: bool

    def exists_in(self, period: Period) -> bool:
        return self.valid_to is None or self.valid_to >= period.start


@dataclass(frozen=True)
class Plan:
    """The highest version of a plan that is known now, with its rows as they were accepted."""

    in_force: PlanInForce
    fiscal_year: int
    rows: tuple[Row, ...]

    def of(self, dependency_code: str) -> tuple[Row, ...]:
        """The activities of a dependency that are not cancelled."""
        return tuple(row for row in self.rows if row["dependency_code"] == dependency_code and not row["is_cancelled"])


def dependencies(connection: Connection) -> list[Dependency]:
    """Every registered dependency, by entity and code."""
    rows = connection.execute(
        text(
            "select distinct on (s.entity_code, r.dependency_code) s.entity_code, r.entity_name, r.dependency_code, r.dependency_name, "
            "r.valid_from, r.valid_to, r.is_planning_office, r.reports_plan "
            "from raw.dependency_registry as r inner join audit.submission as s on r._submission_id = s.submission_id "
            "where s.known_to = 'infinity' order by s.entity_code, r.dependency_code, r.valid_from desc"
        )
    )
    return [Dependency(**row) for row in rows.mappings()]


def plans(connection: Connection, contract: Contract, entity_code: str, fiscal_year: int) -> list[Plan]:
    """The plans of the entity for that year, by code; `contract` is the plan's."""
    names = ", ".join(f"r.{column.name}" for column in contract.columns)
    rows = connection.execute(
        text(
            f"select {names} from raw.activity_plan as r inner join audit.submission as s on r._submission_id = s.submission_id "
            "where s.known_to = 'infinity' and s.entity_code = :entity and r.fiscal_year = :year "
            "and (r.plan_code, r.plan_version) in ("
            "select o.plan_code, max(o.plan_version) from raw.activity_plan as o "
            "inner join audit.submission as t on o._submission_id = t.submission_id "
            "where t.known_to = 'infinity' and t.entity_code = :entity and o.fiscal_year = :year group by o.plan_code) "
            "order by r.plan_code, r._row"
        ),
        {"entity": entity_code, "year": fiscal_year},
    ).mappings()
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(str(row["plan_code"]), []).append(dict(row))
    return [
        Plan(PlanInForce(code, int(str(found[0]["plan_version"])), str(found[0]["plan_name"])), fiscal_year, tuple(found))
        for code, found in grouped.items()
    ]


def closed_through(connection: Connection, entity_code: str, plan: Plan) -> frozenset[int]:
    """The months (1 to 12) of the plan's year whose last decision is to close them."""
    months = connection.execute(
        text(
            "select distinct on (r.month) r.month, r.action from raw.period_closing as r "
            "inner join audit.submission as s on r._submission_id = s.submission_id "
            "where s.known_to = 'infinity' and s.entity_code = :entity and r.plan_code = :plan and extract(year from r.month) = :year "
            "order by r.month, r.decided_on desc, s.received_at desc"
        ),
        {"entity": entity_code, "plan": plan.in_force.plan_code, "year": plan.fiscal_year},
    )
    return frozenset(row.month.month for row in months if row.action == "close")


def open_commitments(connection: Connection, contract: Contract, dependency: Dependency, before: date) -> list[Row]:
    """The commitments that the dependency's last cut-off before that day left open, each as it was told last."""
    names = ", ".join(f"r.{column.name}" for column in contract.raw_columns)
    rows = connection.execute(
        text(
            f"select * from (select distinct on (r.commitment_code) {names} from raw.commitment as r "
            "inner join audit.submission as s on r._submission_id = s.submission_id "
            "where s.known_to = 'infinity' and s.entity_code = :entity and s.dependency_code = :dependency and r.status_cutoff < :before "
            "order by r.commitment_code, r.status_cutoff desc) as told where status = any(:open) order by acquired_on, commitment_code"
        ),
        {"entity": dependency.entity_code, "dependency": dependency.dependency_code, "before": before, "open": list(OPEN_STATUSES)},
    ).mappings()
    return [dict(row) for row in rows]
