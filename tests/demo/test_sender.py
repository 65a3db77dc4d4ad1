"""Sending the samples: once, whole, and with the simulated time known before the file can be seen."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import text

from pipc_etl.contracts import Catalog
from pipc_etl.demo.manifest import SampleFile
from pipc_etl.demo.sender import send
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import superuser_engine
from pipc_etl.warehouse.schema import prepare


def test_files_wait_untouched_when_samples_are_sent_twice_before_the_ingest(
    fresh_database: Settings, catalog: Catalog, manifest: tuple[SampleFile, ...], rendered: dict[str, bytes]
) -> None:
    engine = superuser_engine(fresh_database)
    prepare(engine, fresh_database, catalog)
    sent = send(fresh_database)
    stamps = {path: path.stat().st_mtime_ns for path in sent}
    assert {str(path.relative_to(fresh_database.landing)) for path in sent} == {str(sample.path) for sample in manifest}
    assert send(fresh_database) == []
    assert {path: path.stat().st_mtime_ns for path in sent} == stamps
    assert {str(path.relative_to(fresh_database.landing)): path.read_bytes() for path in sent} == rendered
    files = [path for path in fresh_database.landing.rglob("*") if path.is_file()]
    assert len(files) == len(sent), "no temporary file is left"
    with engine.connect() as connection:
        receipts = connection.execute(text("select received_at, note from audit.simulated_receipt order by received_at")).all()
    engine.dispose()
    assert len(receipts) == len(manifest)
    assert receipts[0][0] == datetime(2020, 3, 2, 9, 10, tzinfo=ZoneInfo("America/Bogota"))
    assert all(note.startswith("Reconstrucción") for _, note in receipts)


def test_file_is_put_back_when_it_was_lost_before_the_ingest(fresh_database: Settings, catalog: Catalog) -> None:
    engine = superuser_engine(fresh_database)
    prepare(engine, fresh_database, catalog)
    engine.dispose()
    lost = send(fresh_database)[3]
    lost.unlink()
    assert send(fresh_database) == [lost]
    assert lost.is_file()
