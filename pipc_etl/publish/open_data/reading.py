"""Reads the tables of a package from the marts, as of the document's cut-off and moment; counts of persons through the release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, text

from pipc_etl.contracts import Catalog
from pipc_etl.contracts.periods import parse_period
from pipc_etl.errors import PublicationError
from pipc_etl.publish.document import Document
from pipc_etl.publish.open_data.cells import Unit
from pipc_etl.publish.open_data.release import BLANKS, EVALUATION, PROFILE, Release, is_yes_no
from pipc_etl.publish.open_data.resource import TYPES, Field, Resource
from pipc_etl.publish.open_data.tables import TableSpec, column_titles

# Columns that no mart has, described here.
_OWN: Mapping[str, tuple[str, str]] = {
    "sessions_qty": ("integer", "Sesiones de la actividad en ese estado."),
    "suppressed": ("boolean", "Verdadero si el dato está suprimido."),
    "scope": ("text", "session: una sesión; activity: una actividad; plan: todo el plan; entity: toda la entidad."),
}
_DECIMALS = Decimal("1e-12")


def read_resource(connection: Connection, catalog: Catalog, document: Document, spec: TableSpec, released: Release, k: int) -> Resource:
    """The table `spec` of the document's entity; raises PublicationError if its mart is not there."""
    fields = _fields(connection, spec)
    match spec.persons:
        case "profile":
            rows = list(_profile(catalog, released))
        case "evaluation":
            rows = list(_evaluation(released))
        case "windows":
            rows = list(_windows(_rows(connection, spec, document, released), spec, released, k))
        case _:
            rows = _rows(connection, spec, document, released)
    return Resource(spec.code, spec.title, spec.description, fields, tuple(sorted(rows, key=_order)), spec.key, spec.references)


def _order(row: Sequence[Any]) -> tuple[tuple[bool, Any], ...]:
    """Rows go by their columns, from the first; what is missing stands last."""
    return tuple((value is None, "" if value is None else value) for value in row)


def _fields(connection: Connection, spec: TableSpec) -> tuple[Field, ...]:
    """The columns with the types and descriptions of the mart, which the models keep in the database."""
    known = connection.execute(
        text(
            "select attname, format_type(atttypid, null), col_description(attrelid, attnum) from pg_attribute "
            "where attrelid = to_regclass(:mart) and attnum > 0 and not attisdropped"
        ),
        {"mart": f"marts.{spec.mart}"},
    ).all()
    if not known:
        raise PublicationError(f"no existe marts.{spec.mart}: construya los marts (pipc build)")
    columns: dict[str, tuple[str, str]] = {str(name): (str(type_), str(description or "")) for name, type_, description in known}
    columns.update(_OWN)
    missing = [name for name in spec.columns if columns.get(name, ("", ""))[0] not in TYPES]
    if missing:
        raise PublicationError(f"marts.{spec.mart} no tiene {', '.join(missing)}: construya los marts (pipc build)")
    return tuple(Field(name, TYPES[columns[name][0]], column_titles()[name], columns[name][1]) for name in spec.columns)


def _rows(connection: Connection, spec: TableSpec, document: Document, released: Release) -> list[tuple[Any, ...]]:
    address = document.address
    period = parse_period(address.period_code)
    if period is None:
        raise PublicationError(f"«{address.period_code}» no es un período")
    function = f"marts.{spec.mart}_asof"
    has_clocks = connection.scalar(
        text("select to_regprocedure(:name) is not null"), {"name": f"{function}(date, timestamp with time zone)"}
    )
    relation = f"{function}(:cutoff, :known_at)" if has_clocks else f"marts.{spec.mart}"
    query = spec.query.replace("{relation}", relation) or f"select {', '.join(spec.columns)} from {relation} where {spec.where}"
    parameters = {
        "entity": address.entity_code,
        "year": period.fiscal_year,
        "cutoff": address.cutoff,
        "known_at": address.known_at,
        "starts_on": period.start,
        "ends_on": period.end,
        "plans": sorted(document.plan_versions) or None,
        "sensitive": sorted(released.sensitive) or [""],
    }
    used = {name: value for name, value in parameters.items() if f":{name}" in query}
    return [tuple(row) for row in connection.execute(text(query), used)]


def _profile(catalog: Catalog, released: Release) -> Iterator[tuple[Any, ...]]:
    snapshot = released.snapshots[PROFILE]
    labels = {
        (dimension, code.code): code.label
        for dimension in {cell.dimension for cell in snapshot.cells}
        for code in catalog.codelists[dimension].codes
    }
    bases = {(unit, dimension): snapshot.people(unit, dimension) for unit, dimension in {cell[:2] for cell in snapshot.cells}}
    for cell, is_shown in snapshot.cells.items():
        base = bases[cell.unit, cell.dimension]
        count = snapshot.count(cell.unit, cell.dimension, cell.category) if is_shown else None
        share = None if count is None or not base else (Decimal(100 * count) / base).quantize(_DECIMALS)
        name = labels.get(cell[1:]) or BLANKS.get(cell.category, cell.category)
        yield (*cell.unit, cell.dimension, cell.category, name, count, share, base, not is_shown)


def _evaluation(released: Release) -> Iterator[tuple[Any, ...]]:
    snapshot = released.snapshots[EVALUATION]
    for cell, is_shown in snapshot.cells.items():
        unit, question = cell.unit, cell.dimension
        answers = snapshot.people(unit, question)
        total = sum(weight * snapshot.count(unit, question, category) for category, weight in snapshot.weights.items())
        mean = (Decimal(total) / answers).quantize(_DECIMALS) if is_shown else None
        scale = "yes_no" if is_yes_no(snapshot, question) else "1_5"
        yield (unit.scope, unit.plan_code, unit.session_code, unit.period_code, question, scale, answers, mean, not is_shown)


def _windows(rows: Sequence[tuple[Any, ...]], spec: TableSpec, released: Release, k: int) -> Iterator[tuple[Any, ...]]:
    """The windows without those that hold sensitive sessions; fewer than k persons are not told."""
    place = {name: spec.columns.index(name) for name in spec.columns}
    for row in rows:
        scope, plan, activity, window = (row[place[name]] for name in ("scope", "plan_code", "activity_code", "window_code"))
        if not released.withholds(Unit(scope, plan, activity, "all", window)):
            persons = row[place["distinct_persons"]]
            hidden = place["distinct_persons"] if 0 < persons < k else -1
            yield tuple(None if number == hidden else value for number, value in enumerate(row))
