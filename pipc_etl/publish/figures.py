"""The published figures beside the same figures taken from the marts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, inspect, text

from pipc_etl.contracts import Catalog
from pipc_etl.contracts.periods import parse_period
from pipc_etl.errors import WarehouseError
from pipc_etl.publish.published import PublishedFigure, read_published_figures

SCHEMA = "marts"
_PARAMETER = re.compile(r"(?<!:):(\w+)")
# The only status under which a report may print no percent (definitions.md: nothing programmed to date).
NO_PERCENT_STATUS = "not_programmed_yet"
# What may be added up over the sessions of a space or plan; distinct persons never.
ADDITIVE = {"form_rows", "attendances", "unidentified_qty"}


@dataclass(frozen=True)
class Source:
    """Where a scope's figures stand: a mart, the condition that picks the rows (over :subject, :period, ...), and how they become one.

    `value` is what to select for the measure `{measure}`. `as_of` names the column that says to which date a row speaks: where it is
    not the report's cut-off, the mart's function is asked.
    """

    mart: str
    where: str
    value: str = "{measure}"
    as_of: str | None = None


_SUM = "sum({measure})"
# A ratio of sums over the activities of the plan; nothing at all where a cell of it is suppressed.
_SHARE = (
    "case when not bool_or(suppressed) then "
    "100.0 * coalesce(sum(attendances) filter (where category = :category), 0) / nullif(sum(attendances), 0) end"
)
_OF_PLAN = (
    "(plan_code, fiscal_year) in "
    "(select plan_code, fiscal_year from marts.dim_activity where entity_code = :entity_code and plan_name = :subject)"
)
_OF_ACTIVITY = (
    "(plan_code, fiscal_year, activity_code) in "
    "(select plan_code, fiscal_year, activity_code from marts.dim_activity where entity_code = :entity_code and activity_name = :subject)"
)
_OF_HOLDER = (
    "(cast(:holder as text) is null or dependency_code in (select dependency_code from marts.dim_dependency "
    "where entity_code = :entity_code and (dependency_name = :holder or :holder = any(string_to_array(former_names, '; ')))))"
)
_IN_PERIOD = "session_on between :starts_on and :ends_on"

# The first source of the scope whose mart has the measure answers.
SOURCES: Mapping[str, tuple[Source, ...]] = {
    "plan": (
        Source("rpt_plan_compliance", "plan_name = :subject and period_code = :period", as_of="cutoff_date"),
        Source("rpt_attendance_by_session", f"{_OF_PLAN} and {_IN_PERIOD}", _SUM),
    ),
    "dependency": (Source("rpt_reporting_group_compliance", "reporting_group = :subject and period_code = :period", as_of="cutoff_date"),),
    "activity": (
        Source("rpt_activity_compliance", "activity_name = :subject and period_code = :period", as_of="cutoff_date"),
        Source("rpt_participants_by_month", f"scope = 'activity' and window_code = :period and {_OF_ACTIVITY}"),
    ),
    "session": (Source("rpt_attendance_by_session", "title = :subject and session_on = :starts_on"),),
    "space": (Source("rpt_attendance_by_session", f"space_name = :subject and {_IN_PERIOD}", _SUM),),
    "commitments": (
        Source(
            "rpt_commitments_by_month",
            f"instance_type = :instance_type and period_code = :period and {_OF_HOLDER}",
            as_of="cutoff_date",
        ),
    ),
    "profile": (
        Source(
            "rpt_attendance_profile",
            f"scope = 'activity' and period_code = :period and dimension in (:dimension, :dimension || '_band') and {_OF_PLAN}",
            _SHARE,
        ),
    ),
}


@dataclass(frozen=True)
class FigureCheck:
    """A published figure and the computed one, unrounded; `sql` is the query that answers, ready to run."""

    figure: PublishedFigure
    value: Decimal | None
    is_found: bool
    status: str | None
    sql: str

    @property
    def subject(self) -> str:
        return self.figure.subject

    @property
    def period(self) -> str:
        return self.figure.period

    @property
    def measure(self) -> str:
        return self.figure.measure

    @property
    def published(self) -> Decimal | None:
        return self.figure.value

    @property
    def match(self) -> bool:
        """Equal after the report's rounding; where the report prints no percent, there must be none because nothing was programmed."""
        if self.figure.value is None and self.status not in (None, NO_PERCENT_STATUS):
            return False
        return self.is_found and self.figure.matches(self.value)


def compare(engine: Engine, csv_path: Path, catalog: Catalog, *, issue: str = "main job") -> list[FigureCheck]:
    """Every computed figure of `issue` in the CSV, looked up in the marts; raises WarehouseError if a mart is missing.

    The code lists of `catalog` read the names that reports give to the instances of commitments.
    """
    figures = read_published_figures(csv_path, kind="computed", issue=issue)
    columns = _mart_columns(engine)
    with engine.connect() as connection:
        return [_check(connection, figure, columns, catalog) for figure in figures]


def _mart_columns(engine: Engine) -> dict[str, set[str]]:
    inspector = inspect(engine)
    columns = {}
    for mart in {source.mart for sources in SOURCES.values() for source in sources}:
        if not inspector.has_table(mart, schema=SCHEMA):
            raise WarehouseError(f"{SCHEMA}.{mart} does not exist yet: run `pipc build`")
        columns[mart] = {str(column["name"]) for column in inspector.get_columns(mart, schema=SCHEMA)}
    return columns


def _check(connection: Connection, figure: PublishedFigure, columns: Mapping[str, set[str]], catalog: Catalog) -> FigureCheck:
    measure, parameters = _parameters(figure, catalog)
    source = next((item for item in SOURCES.get(figure.scope, ()) if measure in columns[item.mart]), None)
    if source is None:
        raise WarehouseError(f"no mart has the measure {figure.measure} of scope {figure.scope}")
    for relation, extra in _relations(figure, source):
        query, bound = _query(source, relation, measure, columns[source.mart], {**parameters, **extra})
        rows = connection.execute(query, bound).mappings().all()
        if len(rows) > 1:
            raise WarehouseError(
                f"{len(rows)} rows answer for {figure.subject}, {figure.period}, {figure.measure}:\n{_readable(query, bound)}"
            )
        row = rows[0] if rows else None
        if row is None or source.as_of is None or row["as_of"] == figure.cutoff:
            break
    value = None if row is None or row["value"] is None else Decimal(row["value"])
    return FigureCheck(figure, value, row is not None, None if row is None else row["status"], _readable(query, bound))


def _parameters(figure: PublishedFigure, catalog: Catalog) -> tuple[str, dict[str, Any]]:
    """The column that holds the measure, and what the conditions may need."""
    period = parse_period(figure.period)
    starts_on = period.start if period else date.fromisoformat(figure.period)
    parameters: dict[str, Any] = {
        "entity_code": figure.entity_code,
        "subject": figure.subject,
        "period": figure.period,
        "starts_on": starts_on,
        "ends_on": period.end if period else starts_on,
    }
    if figure.scope == "commitments":
        # "Mesas de participación efectiva de víctimas (ACPVR)": the instance, and in brackets who answers for it.
        name, _, holder = figure.subject.partition("(")
        instance = catalog.codelists["instance_type"].find(name)
        parameters |= {"instance_type": instance.code if instance else None, "holder": holder.strip(" )") or None}
    if ":" not in figure.measure:
        return figure.measure, parameters
    parameters["dimension"], parameters["category"] = figure.measure.split(":")
    return "pct", parameters


def _relations(figure: PublishedFigure, source: Source) -> Iterator[tuple[str, dict[str, Any]]]:
    yield f"{SCHEMA}.{source.mart}", {}
    if source.as_of and figure.cutoff:
        yield f"{SCHEMA}.{source.mart}_asof(:cutoff, now())", {"cutoff": figure.cutoff}


def _query(
    source: Source, relation: str, measure: str, columns: set[str], parameters: Mapping[str, Any]
) -> tuple[TextClause, dict[str, Any]]:
    if source.value == _SUM and measure not in ADDITIVE:
        raise WarehouseError(f"{measure} does not add up over sessions")
    status = "status" if "status" in columns and source.as_of else "null::text"
    sql = (
        f"select {source.value.format(measure=measure)} as value, {source.as_of or 'null::date'} as as_of, {status} as status\n"
        f"from {relation}\nwhere entity_code = :entity_code and {source.where}"
    )
    used = set(_PARAMETER.findall(sql))
    return text(sql), {name: value for name, value in parameters.items() if name in used}


def _readable(query: TextClause, parameters: Mapping[str, Any]) -> str:
    """The query with its parameters written into it, for whoever wants to run it by hand."""
    quoted = {name: "null" if value is None else "'" + str(value).replace("'", "''") + "'" for name, value in parameters.items()}
    return _PARAMETER.sub(lambda match: quoted.get(match[1], match[0]), str(query))
