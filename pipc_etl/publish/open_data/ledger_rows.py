"""What the open data of publications said of persons, as the ledger keeps it (audit.publication_cell, audit.publication_base)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

from pipc_etl.publish.open_data.cells import MEAN, Atom, Cell, Place, Snapshot, Unit

_CELL = ("scope", "plan_code", "activity_code", "session_code", "period_code", "dimension", "category")
_BASE = ("plan_code", "activity_code", "session_code", "period_code", "dimension", "category")


def stored(connection: Connection, publication_id: int, fiscal_year: int, table_code: str, weights: Mapping[str, int]) -> Snapshot | None:
    """What publication `publication_id` said in one table; None where it has said nothing."""
    cells, base, places = {}, {}, {}
    for row in _rows(connection, "cell", (*_CELL, "value"), publication_id, fiscal_year, table_code):
        cells[Cell(Unit(*row[:5]), row[5], row[6])] = row[7] is not None
    for row in _rows(connection, "base", (*_BASE, "qty"), publication_id, fiscal_year, table_code):
        base[Atom(row[2], row[4], row[5])] = int(row[6])
        places[row[2]] = Place(row[0], row[1], row[3])
    return Snapshot(publication_id, places, base, cells, weights) if cells or base else None


def earlier(
    connection: Connection, entity_code: str, publication_id: int, fiscal_year: int, table_code: str, weights: Mapping[str, int]
) -> list[Snapshot]:
    """What the entity's other publications said in the table, in the order in which it was known."""
    query = text(
        "select publication_id from audit.publication where entity_code = :entity and state = 'published' and publication_id <> :own "
        "order by known_at, publication_id"
    )
    numbers = connection.scalars(query, {"entity": entity_code, "own": publication_id}).all()
    found = (stored(connection, number, fiscal_year, table_code, weights) for number in numbers)
    return [snapshot for snapshot in found if snapshot]


def store(connection: Connection, snapshot: Snapshot, fiscal_year: int, table_code: str) -> None:
    """Keep what a draft is about to say, in place of what it was about to say before."""
    own: dict[str, Any] = {"publication": snapshot.publication_id, "year": fiscal_year, "table": table_code}
    for name in ("cell", "base"):
        connection.execute(
            text(
                f"delete from audit.publication_{name} where publication_id = :publication and fiscal_year = :year and table_code = :table"
            ),
            own,
        )
    cells = [(*cell.unit, cell.dimension, cell.category, _value(snapshot, cell)) for cell in snapshot.cells]
    base = [(*snapshot.places[atom.session_code][:2], atom.session_code, snapshot.places[atom.session_code][2], *atom[1:], qty)
            for atom, qty in snapshot.base.items()]  # fmt: skip
    _insert(connection, "cell", (*_CELL, "value"), cells, own)
    _insert(connection, "base", (*_BASE, "qty"), base, own)


def _value(snapshot: Snapshot, cell: Cell) -> float | int | None:
    """What the cell shows: its count, or its mean."""
    if not snapshot.cells[cell]:
        return None
    if cell.category != MEAN:
        return snapshot.count(cell.unit, cell.dimension, cell.category)
    total = sum(weight * snapshot.count(cell.unit, cell.dimension, category) for category, weight in snapshot.weights.items())
    return total / snapshot.people(cell.unit, cell.dimension)


def _rows(
    connection: Connection, name: str, columns: Sequence[str], publication_id: int, fiscal_year: int, table_code: str
) -> Sequence[Any]:
    query = text(
        f"select {', '.join(columns)} from audit.publication_{name} "
        "where publication_id = :publication and fiscal_year = :year and table_code = :table"
    )
    return connection.execute(query, {"publication": publication_id, "year": fiscal_year, "table": table_code}).all()


def _insert(connection: Connection, name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], own: Mapping[str, Any]) -> None:
    types = {"value": "numeric", "qty": "bigint"}
    arrays = ", ".join(f"cast(:{column} as {types.get(column, 'text')}[])" for column in columns)
    query = text(
        f"insert into audit.publication_{name} (publication_id, fiscal_year, table_code, {', '.join(columns)}) "
        f"select :publication, :year, :table, given.* from unnest({arrays}) as given"
    )
    values = {column: [row[place] for row in rows] for place, column in enumerate(columns)}
    connection.execute(query, {**own, **values})
