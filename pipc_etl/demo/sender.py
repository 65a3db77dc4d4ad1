"""Puts the reconstruction into the landing folder, once: what the ledger has received is not sent again."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from sqlalchemy import Connection, text

from pipc_etl.contracts import load_catalog
from pipc_etl.demo.manifest import SampleFile
from pipc_etl.demo.renderer import RECONSTRUCTION, render_samples
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine

_FILE_MODE = 0o640


def send(settings: Settings) -> list[Path]:
    """Write into the landing folder the sample files that neither the ledger nor the folder has; returns their paths.

    Each simulated time of arrival is committed before its file has its name: whoever takes the file in finds it.
    """
    catalog = load_catalog(settings.expectations)
    rank = catalog.load_ranks()
    # What others depend on lands first: whoever looks meanwhile finds nothing without its registry, and no version of a plan without
    # the requests that justify it.
    rendered = sorted(render_samples(settings.samples, catalog), key=lambda item: (rank[item[0].kind][0], item[0].received_at))
    hashes = [hashlib.sha256(content).hexdigest() for _, content in rendered]
    engine = role_engine(settings, "sampler")
    try:
        with engine.begin() as connection:
            received = _received(connection, hashes)
            for (sample, _), sha256 in zip(rendered, hashes, strict=True):
                _register(connection, sample, sha256)
    finally:
        engine.dispose()
    sent = []
    for (sample, content), sha256 in zip(rendered, hashes, strict=True):
        path = settings.landing / sample.path
        if sha256 in received or (path.exists() and path.read_bytes() == content):
            continue
        _write(path, content)
        sent.append(path)
    return sent


def _received(connection: Connection, hashes: list[str]) -> set[str]:
    rows = connection.execute(text("select distinct sha256 from audit.submission where sha256 = any(:hashes)"), {"hashes": hashes})
    return set(rows.scalars())


def _register(connection: Connection, sample: SampleFile, sha256: str) -> None:
    connection.execute(
        text(
            "insert into audit.simulated_receipt (sha256, received_at, note) values (:sha256, :received_at, :note) "
            "on conflict (sha256) do nothing"
        ),
        {"sha256": sha256, "received_at": sample.received_at, "note": f"{RECONSTRUCTION}: {sample.path}"},
    )


def _write(path: Path, content: bytes) -> None:
    """All or nothing: a file that is half written has a name that the ingest ignores."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=".", suffix=".tmp", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary = Path(file.name)
    temporary.chmod(_FILE_MODE)
    temporary.replace(path)
