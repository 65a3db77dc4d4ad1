"""Evaluates the SQL of a contract's checks over a frame in memory, with DuckDB, in one pass."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from pipc_etl.contracts import Column
from pipc_etl.errors import RuleError
from pipc_etl.validation.facts import EnvelopeFacts, Reference
from pipc_etl.validation.plan import Plan, batch_columns, joins, with_windows

if TYPE_CHECKING:
    import duckdb

_TYPES = {
    "string": "varchar",
    "integer": "bigint",
    "number": "decimal(18, 4)",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "time": "varchar",
    "month": "date",
}


@cache
def _database() -> duckdb.DuckDBPyConnection:
    import duckdb

    return duckdb.connect(":memory:")


def broken_rules(frame: pd.DataFrame, plan: Plan, facts: EnvelopeFacts, reference: Reference | None) -> pd.DataFrame:
    """For every check that only SQL says, a column `check.key` of 0 and 1 (broken), one line per row of `frame`, in its order.

    Raises RuleError if a rule cannot be evaluated or a lookup answers with more than one row: never the sender's fault.
    """
    import duckdb

    checks = [check for check in plan.checks if not check.expectation]
    if not checks or frame.empty:
        return pd.DataFrame({check.key: pd.Series(dtype="int8") for check in checks}, index=frame.index)
    flags = ", ".join(f'cast(coalesce({check.fails_when}, false) as tinyint) as "{check.key}"' for check in checks)
    query = f"select {flags} from {with_windows(plan, _batch(frame, plan, facts))} as b{joins(plan)}\norder by b._position"
    cursor = _database().cursor()
    try:
        cursor.register("batch_rows", _arrow(frame, plan))
        for lookup in plan.contract.lookups:
            if lookup.name in plan.lookups and reference is not None:
                cursor.register(lookup.relation, reference[lookup.relation])
        found: pd.DataFrame = cursor.execute(query).df()
    except duckdb.Error as error:
        raise RuleError(f"{plan.contract.kind} {plan.contract.version}: a rule cannot be evaluated: {error}") from error
    finally:
        cursor.close()
    if len(found) != len(frame):
        raise RuleError(f"{plan.contract.kind}: a lookup answers with more than one row ({len(found)} for {len(frame)} rows)")
    return found.set_index(frame.index)


def _sql_type(column: Column) -> str:
    return "varchar[]" if column.multiple else _TYPES[column.type]


def _batch(frame: pd.DataFrame, plan: Plan, facts: EnvelopeFacts) -> str:
    columns = []
    for column in plan.contract.columns:
        source = f'"{column.name}"' if column.name in frame else "null"
        # A number beyond the type is null here and out of range for a check of its own.
        cast = "try_cast" if column.type == "number" else "cast"
        columns.append(f"{cast}({source} as {_sql_type(column)}) as {column.name}")
    return f"select {', '.join([*columns, *batch_columns(facts), '_sheet', '_row', '_position'])} from batch_rows"


def _arrow(frame: pd.DataFrame, plan: Plan) -> object:
    import pyarrow as pa

    names = [column.name for column in plan.contract.columns if column.name in frame]
    arrays = {name: pa.array(frame[name], from_pandas=True) for name in (*names, "_sheet", "_row")}
    return pa.table({**arrays, "_position": pa.array(range(len(frame)))})
