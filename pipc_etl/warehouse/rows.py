"""Typed rows on their way into PostgreSQL: what the load adds to them, and COPY."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from pipc_etl.contracts import Contract
from pipc_etl.render.raw_ddl import load_column_type, sql_type
from pipc_etl.warehouse.people import KeyedHash, consented, person_keys

_ARROW = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "time": pa.string(),
    "month": pa.date32(),
}
_BITS = 64
_ORIGIN = (("_sheet", pa.string()), ("_row", pa.int32()), ("_missing", pa.string()))


def arrow_schema(contract: Contract) -> pa.Schema:
    """The typed columns of a contract's rows, then `_sheet`, `_row` and `_missing` (JSON text)."""
    typed = [(column.name, pa.list_(pa.string()) if column.multiple else _ARROW[column.type]) for column in contract.columns]
    return pa.schema([*typed, *_ORIGIN])


def rows_from_frame(frame: pd.DataFrame, contract: Contract) -> pa.RecordBatch:
    """The rows of a small batch in the arrow types of the bulk path."""
    arrays = []
    for field in arrow_schema(contract):
        if field.name not in frame:  # a column that the file does not have
            arrays.append(pa.nulls(len(frame), field.type))
            continue
        series = frame[field.name]
        if field.name == "_missing":
            series = series.map(lambda reasons: json.dumps(reasons, sort_keys=True) if reasons else None)
        array = pa.array(series, from_pandas=True) if pa.types.is_date(field.type) else pa.array(series, field.type, from_pandas=True)
        arrays.append(array.cast(field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=arrow_schema(contract))


class Identifier:
    """Adds to the rows of one file what the load needs: `person_key`, and for responses `_response_key` and `_content_hash`.

    One instance a file, `form` tells it from the forms of others. It remembers the responses already seen: a Google
    response is known by its second and its ordinal in it.
    """

    def __init__(self, contract: Contract, form: str, secret: str) -> None:
        self.contract = contract
        self._hashes = KeyedHash(secret)
        self._contents = hashlib.blake2b(digest_size=16, key=hashlib.sha256(secret.encode()).digest())
        # Ids count from 1 in every form: the form's own name goes before them, shortened.
        self._form = hashlib.sha256(form.encode()).hexdigest()[:12]
        self._seconds = np.empty(0, np.int64)
        self._numbers: list[npt.NDArray[np.int64]] = []
        self._has_other_ids = False

    def identify(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """`rows` with the added columns at the end."""
        if self.contract.has_persons:
            rows = rows.append_column("person_key", person_keys(rows, self.contract, self._hashes))
        if self.contract.flow == "form_responses":
            rows = rows.append_column("_response_key", self._response_keys(rows))
            rows = rows.append_column("_content_hash", self.content_hashes(rows))
        return rows

    @property
    def may_repeat(self) -> bool:
        """Whether two rows so far may be the same response; Google's ordinals never repeat, Microsoft's numbers are looked at."""
        numbers = np.concatenate(self._numbers) if self._numbers else np.empty(0, np.int64)
        return self._has_other_ids or len(np.unique(numbers)) < len(numbers)

    def _response_keys(self, rows: pa.RecordBatch) -> pa.Array:
        ids = rows.column("response_id") if "response_id" in rows.schema.names else pa.nulls(len(rows), pa.string())
        self._remember(pc.drop_null(ids))
        if ids.null_count:
            moments = rows.column("submitted_at").cast(pa.timestamp("s"), safe=False)
            stamped = pc.binary_join_element_wise(pc.strftime(moments, "%Y%m%dT%H%M%S"), self._ordinals(moments), ".")
            ids = pc.coalesce(ids, stamped)
        return pc.binary_join_element_wise(self._form, ids, ":")

    def _remember(self, ids: pa.Array) -> None:
        if pc.all(pc.match_substring_regex(ids, "^[0-9]{1,18}$"), min_count=0).as_py():
            self._numbers.append(ids.cast(pa.int64()).to_numpy())
        else:
            self._has_other_ids = True

    def _ordinals(self, moments: pa.Array) -> pa.Array:
        seconds = pc.fill_null(moments.cast(pa.int64()), -1).to_numpy()
        before = np.searchsorted(self._seconds, seconds, "right") - np.searchsorted(self._seconds, seconds, "left")
        within = pd.Series(seconds).groupby(seconds).cumcount().to_numpy()
        self._seconds = np.sort(np.concatenate([self._seconds, seconds]), kind="stable")
        return pa.array(before + within + 1).cast(pa.string())

    def content_hashes(self, rows: pa.RecordBatch) -> pa.Array:
        """A keyed hash over what is kept: a column that a later version adds changes nothing while it is empty."""
        may_keep = consented(rows) if self.contract.has_persons else None
        personal = {column.name for column in self.contract.personal_columns} if may_keep is not None else set()
        names = [*(column.name for column in self.contract.columns), "_missing"]
        texts = [_as_text(rows.column(name)) for name in names]
        kept = [pc.if_else(may_keep, text, None) if name in personal else text for name, text in zip(names, texts, strict=True)]
        joined = pc.binary_join_element_wise(_filled_names(names, kept), *kept, "\x1e", null_handling="skip")
        return pa.array([self._digest(text) for text in joined.cast(pa.binary()).to_pylist()], pa.string())

    def _digest(self, content: bytes) -> str:
        keyed = self._contents.copy()
        keyed.update(content)
        return keyed.hexdigest()


def incoming_columns(contract: Contract) -> dict[str, str]:
    """Name and PostgreSQL type of every column of identified rows, in their order."""
    columns = {column.name: sql_type(column) for column in contract.columns}
    added = ["_sheet", "_row", "_missing"]
    added += ["person_key"] if contract.has_persons else []
    added += ["_response_key", "_content_hash"] if contract.flow == "form_responses" else []
    return columns | {name: load_column_type(name) for name in added}


def csv_bytes(rows: pa.RecordBatch) -> bytes:
    """`rows` as PostgreSQL reads them by COPY ... (format csv): an empty string is quoted, null is nothing."""
    flat = pa.RecordBatch.from_arrays(
        [_array_literals(column) if pa.types.is_list(column.type) else column for column in rows.columns], names=rows.schema.names
    )
    buffer = io.BytesIO()
    csv.write_csv(flat, buffer, csv.WriteOptions(include_header=False))
    return buffer.getvalue()


def copy_rows(cursor: Any, relation: str, rows: pa.RecordBatch) -> None:
    """COPY `rows` into the columns of `relation` that have their names."""
    cursor.copy_expert(copy_statement(relation, rows.schema.names), io.BytesIO(csv_bytes(rows)))


def copy_statement(relation: str, columns: list[str]) -> str:
    """The COPY command that reads `csv_bytes`."""
    names = ", ".join(f'"{name}"' for name in columns)
    return f"copy {relation} ({names}) from stdin with (format csv)"


def _filled_names(names: list[str], columns: list[pa.Array]) -> pa.Array:
    """For each row the names of the columns that are filled: there are few different answers, so that each is spelled once."""
    parts = [_filled_of(names[start : start + _BITS], columns[start : start + _BITS]) for start in range(0, len(names), _BITS)]
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, ",")


def _filled_of(names: list[str], columns: list[pa.Array]) -> pa.Array:
    bits = np.zeros(len(columns[0]), np.uint64)
    for place, column in enumerate(columns):
        if column.null_count < len(column):
            bits |= column.is_valid().to_numpy(zero_copy_only=False).astype(np.uint64) << np.uint64(place)
    masks, positions = np.unique(bits, return_inverse=True)
    spelled = [",".join(name for place, name in enumerate(names) if int(mask) >> place & 1) for mask in masks]
    return pa.array(spelled, pa.string()).take(pa.array(positions))


def _as_text(column: pa.Array) -> pa.Array:
    return _array_literals(column) if pa.types.is_list(column.type) else column.cast(pa.string())


def _array_literals(column: pa.Array) -> pa.Array:
    """Lists as PostgreSQL writes arrays: `{"a","b"}`."""
    values = pc.replace_substring(pc.replace_substring(column.flatten(), "\\", "\\\\"), '"', '\\"')
    lengths = pc.fill_null(pc.list_value_length(column), 0)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths.to_numpy())]).astype(np.int32))
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, values), '","')
    quoted = pc.if_else(pc.equal(lengths, 0), "{}", pc.binary_join_element_wise('{"', joined, '"}', ""))
    return pc.if_else(pc.is_null(column), None, quoted)
