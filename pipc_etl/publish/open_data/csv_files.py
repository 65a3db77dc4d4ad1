"""The tables as CSV: UTF-8 without a mark, commas, one line end, English column names."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from pipc_etl.publish.open_data.resource import Resource


def write_csv(resource: Resource, folder: Path) -> Path:
    """The resource under `folder`, at its own path."""
    path = folder / resource.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(csv_bytes([field.name for field in resource.fields], list(resource.texts())))
    return path


def csv_bytes(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A header and rows as the bytes of a CSV."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")
