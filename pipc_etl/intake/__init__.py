"""Bytes to frames: archive, envelope, workbooks and delimited files, headers, and the reading of what people write in es-CO.

The names are resolved on first use: the process that reads foreign workbooks starts by importing this package, and must not pay for
pandas, nor must a DAG file that only names a function.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipc_etl.intake.archive import Archived, landing_files, store
    from pipc_etl.intake.batch import Batch, read_batch
    from pipc_etl.intake.coercion import Coerced, Problem, coerce
    from pipc_etl.intake.envelope import Envelope, parse
    from pipc_etl.intake.reader import ReaderPool
    from pipc_etl.intake.stream import stream_batches

_HOMES = {
    "Archived": "archive",
    "Batch": "batch",
    "Coerced": "coercion",
    "Envelope": "envelope",
    "Problem": "coercion",
    "ReaderPool": "reader",
    "coerce": "coercion",
    "landing_files": "archive",
    "parse": "envelope",
    "read_batch": "batch",
    "store": "archive",
    "stream_batches": "stream",
}

__all__ = [
    "Archived",
    "Batch",
    "Coerced",
    "Envelope",
    "Problem",
    "ReaderPool",
    "coerce",
    "landing_files",
    "parse",
    "read_batch",
    "store",
    "stream_batches",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
