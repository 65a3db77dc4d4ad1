"""What the warehouse knows of a plan: its versions, its approved change requests, its closed months."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from pipc_etl.validation.amendment import APPROVED, MONTHS, PlanHistory, Request, Version
from pipc_etl.validation.amendment_findings import activity_of

# Two clocks: what was known at :at, whatever was handed in since.
_KNOWN = (
    "inner join audit.submission as s on r._submission_id = s.submission_id "
    "where s.entity_code = :entity and r.plan_code = :plan and s.fiscal_year = :year "
    "and s.state in ('accepted', 'accepted_with_observations', 'superseded') and s.known_from <= :at and s.known_to > :at "
)


def plan_history(connection: Connection, entity: str, plan: str, fiscal_year: int, at: datetime) -> PlanHistory:
    """The plan of `fiscal_year` as it was known at `at`."""
    given = {"entity": entity, "plan": plan, "year": fiscal_year, "at": at}
    return PlanHistory(_versions(connection, given), _requests(connection, given), _closed(connection, given))


def _versions(connection: Connection, given: Mapping[str, Any]) -> dict[int, Version]:
    columns = ", ".join(
        f"r.{name}"
        for name in (
            "plan_version", "approved_on", "effective_from", "activity_code", "activity_name", "unit_of_measure", "dependency_code",
            "is_cancelled", *MONTHS,
        )
    )  # fmt: skip
    rows = connection.execute(text(f"select {columns} from raw.activity_plan as r {_KNOWN} order by r._submission_id, r._row"), given)
    by_version: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows.mappings():
        by_version[int(row["plan_version"])].append(dict(row))
    return {
        number: Version(
            number,
            int(given["year"]),
            matrix[0]["approved_on"],
            matrix[0]["effective_from"],
            {str(row["activity_code"]): activity_of(row) for row in matrix},
        )
        for number, matrix in by_version.items()
    }


def _requests(connection: Connection, given: Mapping[str, Any]) -> tuple[Request, ...]:
    rows = connection.execute(
        text(
            "select r.request_code, r.activity_code, r.change_type, r.month_from, r.month_to, r.change_qty, r.target_version, r.decided_on "
            f"from raw.plan_change_request as r {_KNOWN} and r.request_status = any(:approved) order by r.request_code, r.activity_code"
        ),
        {**given, "approved": list(APPROVED)},
    )
    return tuple(Request(**row) for row in rows.mappings())


def _closed(connection: Connection, given: Mapping[str, Any]) -> frozenset[Any]:
    """The months whose last decision is to close; which is the last is said as in the model `int_plan_cutoffs`."""
    rows = connection.execute(
        text(
            "select month from ("
            f"select distinct on (r.month) r.month, r.action from raw.period_closing as r {_KNOWN} "
            "order by r.month, s.known_from desc, r.decided_on desc, r._submission_id desc, r._row desc"
            ") as decisions where action = 'close'"
        ),
        given,
    )
    return frozenset(rows.scalars())
