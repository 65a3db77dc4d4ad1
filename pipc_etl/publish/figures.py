"""The published figures beside the same figures taken from the marts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, inspect, text

from pipc_etl.contracts import Catalog
from pipc_etl.contracts.periods import parse_period
from pipc_etl.errors import WarehouseError
from pipc_etl.publish.document import Missing
from pipc_etl.publish.figure_sources import ADDITIVE, SUM, Source, sources
from pipc_etl.publish.published import PublishedFigure, read_published_figures

SCHEMA = "marts"
_PARAMETER = re.compile(r"(?<!:):(\w+)")
# The only status under which a report may print no percent (definitions.md: nothing programmed to date).
NO_PERCENT_STATUS = "not_programmed_yet"
# What the mart may say where the report prints no number, by what it prints.
_REASONS: Mapping[Missing, tuple[str | None, ...]] = {
    "pending": (None, NO_PERCENT_STATUS),
    "not_applicable": ("not_applicable",),
    "no_data": ("no_data",),
}
# «value_points», «target_scale»: the role of an indicator's value and the unit it is printed in.
_ROLES = {"value": "observed", "target": "target"}


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
        """Equal after the report's rounding; where the report prints no number, there must be none for the reason that it prints."""
        if self.figure.missing is not None and self.status not in _REASONS[self.figure.missing]:
            return False
        return self.is_found and self.figure.matches(self.value)


def compare(engine: Engine, csv_path: Path, catalog: Catalog, *, kind: str | None = None, issue: str | None = None) -> list[FigureCheck]:
    """Every figure of the CSV, of one `kind` and `issue` if given, looked up in the marts; raises WarehouseError if a mart is missing.

    The code lists of `catalog` read the names that reports give to the instances of commitments, and know the social metrics.
    """
    figures = read_published_figures(csv_path, kind=kind, issue=issue)
    known = sources(frozenset(code.code for code in catalog.codelists["social_metric_type"].codes))
    columns = _mart_columns(engine, {source.mart for scope in known.values() for source in scope})
    with engine.connect() as connection:
        return [_check(connection, figure, _Marts(known.get(figure.scope, ()), columns), catalog) for figure in figures]


@dataclass(frozen=True)
class _Marts:
    """What may answer for a figure, and the columns of every mart."""

    sources: tuple[Source, ...]
    columns: Mapping[str, set[str]]


def _mart_columns(engine: Engine, marts: Iterable[str]) -> dict[str, set[str]]:
    inspector = inspect(engine)
    columns = {}
    for mart in sorted(marts):
        if not inspector.has_table(mart, schema=SCHEMA):
            raise WarehouseError(f"{SCHEMA}.{mart} does not exist yet: run `pipc build`")
        columns[mart] = {str(column["name"]) for column in inspector.get_columns(mart, schema=SCHEMA)}
    return columns


def _check(connection: Connection, figure: PublishedFigure, marts: _Marts, catalog: Catalog) -> FigureCheck:
    measure, parameters = _parameters(figure, catalog)
    source = next((item for item in marts.sources if item.answers(measure, marts.columns[item.mart])), None)
    if source is None:
        raise WarehouseError(f"no mart has the measure {figure.measure} of scope {figure.scope}")
    for relation, extra in _relations(figure, source):
        query, bound = _query(source, relation, measure, {**parameters, **extra})
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
        "measure": figure.measure,
    }
    if figure.scope == "commitments":
        # "Mesas de participación efectiva de víctimas (ACPVR)": the instance, and in brackets who answers for it.
        name, _, holder = figure.subject.partition("(")
        instance = catalog.codelists["instance_type"].find(name)
        parameters |= {"instance_type": instance.code if instance else None, "holder": holder.strip(" )") or None}
    if figure.scope == "indicator":
        role, _, unit = figure.measure.partition("_")
        return "value", parameters | {"value_role": _ROLES.get(role, role), "unit": unit}
    if ":" not in figure.measure:
        return figure.measure, parameters
    parameters["dimension"], parameters["category"] = figure.measure.split(":")
    return "pct", parameters


def _relations(figure: PublishedFigure, source: Source) -> Iterator[tuple[str, dict[str, Any]]]:
    yield f"{SCHEMA}.{source.mart}", {}
    if source.as_of and figure.cutoff:
        yield f"{SCHEMA}.{source.mart}_asof(:cutoff, now())", {"cutoff": figure.cutoff}


def _query(source: Source, relation: str, measure: str, parameters: Mapping[str, Any]) -> tuple[TextClause, dict[str, Any]]:
    if source.value == SUM and measure not in ADDITIVE:
        raise WarehouseError(f"{measure} does not add up over sessions")
    sql = (
        f"select {source.value.format(measure=measure)} as value, {source.as_of or 'null::date'} as as_of, "
        f"{source.status or 'null::text'} as status\n"
        f"from {relation}\nwhere entity_code = :entity_code and {source.where}"
    )
    used = set(_PARAMETER.findall(sql))
    return text(sql), {name: value for name, value in parameters.items() if name in used}


def _readable(query: TextClause, parameters: Mapping[str, Any]) -> str:
    """The query with its parameters written into it, for whoever wants to run it by hand."""
    quoted = {name: "null" if value is None else "'" + str(value).replace("'", "''") + "'" for name, value in parameters.items()}
    return _PARAMETER.sub(lambda match: quoted.get(match[1], match[0]), str(query))
