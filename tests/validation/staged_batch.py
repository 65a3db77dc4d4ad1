"""A sample batch in a staging table of PostgreSQL, as the bulk load would put it there."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pandas as pd
from psycopg2.extras import execute_values
from sample_batch import SampleBatch
from sqlalchemy import Engine, text

from pipc_etl.render.raw_ddl import sql_type

_numbers = count(1)


def stage(engine: Engine, batch: SampleBatch) -> str:
    """The name of a new table in schema `private` with the rows of `batch`."""
    table = f"private.staging_{next(_numbers)}"
    columns = [column for column in batch.contract.columns if column.name in batch.frame]
    types = {column.name: sql_type(column) for column in columns} | {"_sheet": "text", "_row": "integer", "_problems": "jsonb"}
    rows = [tuple(_plain(row[name]) for name in types) for row in batch.frame.to_dict("records")]
    with engine.begin() as connection:
        connection.execute(text(f"create unlogged table {table} ({', '.join(f'{name} {type_}' for name, type_ in types.items())})"))
        connection.execute(text("set local timezone to 'America/Bogota'"))
        execute_values(connection.connection.cursor(), f"insert into {table} values %s", rows)
    return table


def create_reference(engine: Engine, reference: dict[str, pd.DataFrame]) -> None:
    """The relations of `reference` as tables of schema `audit`, in place of those that were there."""
    with engine.begin() as connection:
        connection.execute(text("drop schema if exists audit cascade"))
        connection.execute(text("create schema audit"))
        for name, frame in reference.items():
            values = [tuple(map(_plain, row)) for row in frame.itertuples(index=False)]
            types = ["bigint" if pd.api.types.is_integer_dtype(type_) else "text" for type_ in frame.dtypes]
            types = ["date" if column == "month" else type_ for column, type_ in zip(frame.columns, types, strict=True)]
            columns = ", ".join(f"{column} {type_}" for column, type_ in zip(frame.columns, types, strict=True))
            connection.execute(text(f"create table audit.{name} ({columns})"))
            execute_values(connection.connection.cursor(), f"insert into audit.{name} values %s", values)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        problems = [item._asdict() if hasattr(item, "_asdict") else item for item in value]
        if problems and not isinstance(problems[0], str):
            return json.dumps([dict(zip(("column", "rule", "text", "params"), item, strict=True)) for item in value])
        return value or None
    if value is None or pd.isna(value):
        return None
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value.item() if hasattr(value, "item") else value
