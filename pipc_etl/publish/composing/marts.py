"""Rows of the marts as of a cut-off and a moment, each with the query, ready to run, that answers it again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from pipc_etl.contracts.periods import BOGOTA
from pipc_etl.errors import PublicationError

_PARAMETER = re.compile(r"(?<!:):(\w+)")
_COLUMN = re.compile(r"[a-z_]\w*")


def literal(value: object) -> str:
    """`value` as SQL writes it; an iterable becomes what stands after `in` (nothing is in an empty one)."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return str(value)
        case datetime():
            return f"'{value.astimezone(BOGOTA).isoformat(sep=' ')}'"
        case date():
            return f"'{value.isoformat()}'"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case Iterable():
            return "(" + (", ".join(literal(item) for item in value) or "null") + ")"
    raise TypeError(f"no SQL literal for {type(value).__name__}")


@dataclass(frozen=True)
class MartRow:
    """One row of `mart` (or one aggregate over its rows): `row["executed_qty"]`; `query(column)` is the SQL that gives the value again.

    `conditions` pick the row; `expressions` say how a column came about where it is not the mart's own.
    """

    mart: str
    relation: str
    values: Mapping[str, Any]
    conditions: tuple[str, ...]
    expressions: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, column: str) -> Any:
        return self.values[column]

    def get(self, column: str) -> Any:
        """The value of `column`, None where the row has no such column."""
        return self.values.get(column)

    def number(self, column: str) -> Decimal | None:
        """The value of `column` as a number, None where it is null."""
        value = self.values[column]
        return None if value is None else Decimal(str(value))

    def query(self, *columns: str) -> str:
        """The SQL, ready to run, that selects `columns` of this row."""
        chosen = [f"{self.expressions[name]} as {name}" if name in self.expressions else name for name in dict.fromkeys(columns)]
        condition = "\n  and ".join(self.conditions)
        return f"select {', '.join(chosen)}\nfrom {self.relation}\nwhere {condition}"


@dataclass(frozen=True)
class MartReader:
    """Reads `marts.<mart>_asof(cutoff, known_at)` for one entity; `connection` needs select on the marts and nothing more."""

    connection: Connection
    entity_code: str
    cutoff: date
    known_at: datetime
    answers: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict, compare=False, repr=False)

    def relation(self, mart: str, cutoff: date | None = None) -> str:
        """`marts.<mart>_asof('2021-08-31', '2021-10-04 09:00:00-05:00')`; a mart without clocks (`dim_`) as it is."""
        if not _COLUMN.fullmatch(mart):
            raise PublicationError(f"«{mart}» no es el nombre de un mart")
        if mart.startswith("dim_") and mart != "dim_session":
            return f"marts.{mart}"
        return f"marts.{mart}_asof({literal(cutoff or self.cutoff)}, {literal(self.known_at)})"

    def rows(
        self,
        mart: str,
        where: str = "",
        *,
        keys: Sequence[str],
        order_by: str = "",
        cutoff: date | None = None,
        **parameters: object,
    ) -> list[MartRow]:
        """The entity's rows of `mart` that fulfil the SQL condition `where` over `:parameters`; `keys` tell a row from its neighbours."""
        relation = self.relation(mart, cutoff)
        entity = f"entity_code = {literal(self.entity_code)}"
        condition = f"{entity} and ({_bound(where, parameters)})" if where else entity
        sql = f"select * from {relation} where {condition} order by {order_by or ', '.join(keys)}"
        rows = []
        for values in self.run(sql):
            picked = (f"{key} is null" if values[key] is None else f"{key} = {literal(values[key])}" for key in keys)
            rows.append(MartRow(mart, relation, values, (entity, *picked)))
        return rows

    def total(self, mart: str, where: str, expressions: Mapping[str, str], *, cutoff: date | None = None, **parameters: object) -> MartRow:
        """One row of aggregates over the entity's rows of `mart`: `{"attendances": "sum(attendances)"}`."""
        relation = self.relation(mart, cutoff)
        conditions = (f"entity_code = {literal(self.entity_code)}", f"({_bound(where, parameters)})")
        row = MartRow(mart, relation, {}, conditions, expressions)
        (values,) = self.run(row.query(*expressions))
        return MartRow(mart, relation, values, conditions, expressions)

    def run(self, sql: str) -> list[Mapping[str, Any]]:
        """The rows of a query without parameters; asked again, what it said the first time."""
        if sql not in self.answers:
            self.answers[sql] = [dict(row) for row in self.connection.exec_driver_sql(sql.replace("%", "%%")).mappings()]
        return self.answers[sql]


def _bound(where: str, parameters: Mapping[str, object]) -> str:
    """`where` with its `:parameters` written into it, so that what is run is what is shown."""
    return _PARAMETER.sub(lambda match: literal(parameters[match[1]]), where)
