"""Writes the state of a release for the upgrade tests, run with that release's code: `python make_release.py NUMBER FOLDER`."""

from __future__ import annotations

import hashlib
import lzma
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from pipc_etl.contracts import load_catalog
from pipc_etl.demo.manifest import SampleFile
from pipc_etl.demo.renderer import render_samples
from pipc_etl.demo.sender import _register, _write
from pipc_etl.settings import Settings, load_settings
from pipc_etl.warehouse.dbt import build
from pipc_etl.warehouse.embedded import Cluster
from pipc_etl.warehouse.engine import ensure_database, superuser_engine, warehouse_url
from pipc_etl.warehouse.ingest import ingest_paths
from pipc_etl.warehouse.postgres_programs import client_program
from pipc_etl.warehouse.schema import prepare

ENTITY = "secretaria-general"
# One year of one entity whole, and of the others what makes every kind of table hold rows.
KINDS_OF_2021 = ("dependency_registry", "activity_plan", "execution_report", "period_closing", "commitment")
OTHERS = (
    "registro-2020",
    "encuentros-digitales",
    "dialogos-ciudadanos-2023",
    "espacios-rdc-2023-t4",
    "Asistencia Diálogo Logros",
    "Evaluación Diálogo Logros",
)
# Persons are the same in the release's rows and in those that today's code makes of the same files.
PERSON_KEY = "release-of-the-upgrade-tests" * 3


def is_wanted(sample: SampleFile) -> bool:
    """Whether the release's state holds this file of the samples."""
    entity, _, kind, period, name = sample.path.parts
    if entity != ENTITY:
        return False
    return (kind in KINDS_OF_2021 and period.startswith("2021")) or name.startswith(OTHERS)


def fill(settings: Settings) -> None:
    """Receive and build the wanted samples, at their simulated times, as the release does."""
    catalog = load_catalog(settings.expectations)
    engine = superuser_engine(settings)
    prepare(engine, settings, catalog)
    paths = []
    for sample, content in sorted(render_samples(settings.samples, catalog), key=lambda item: item[0].received_at):
        if is_wanted(sample):
            with engine.begin() as connection:
                _register(connection, sample, hashlib.sha256(content).hexdigest())
            _write(settings.landing / sample.path, content)
            paths.append(settings.landing / sample.path)
    engine.dispose()
    for outcome in ingest_paths(paths, settings):
        print(outcome.path.relative_to(settings.landing), outcome.state)
    print(build(settings))


def publish(settings: Settings) -> None:
    """The report of the second four-month period of 2021, where the release publishes."""
    try:
        from pipc_etl.demo.publications import _write_texts, read_publications
        from pipc_etl.publish.ledger.deciding import approve
        from pipc_etl.publish.ledger.preparing import prepare as draft_of
    except ImportError:
        return
    sample = next(one for one in read_publications(settings.samples) if one.period == "2021-C2")
    _write_texts(settings, sample)
    print(approve(settings, draft_of(settings, sample.request).number, actor="Prueba", note="Estado de una versión anterior.").number)


def save(settings: Settings, target: Path) -> None:
    """The database as SQL, and the archive and the publications as they lie on the disk."""
    url = warehouse_url(settings)
    program = client_program("pg_dump")
    assert program is not None
    target.mkdir(parents=True, exist_ok=True)
    dumped = subprocess.run(
        [program, "--host", str(url.host), "--port", str(url.port), "--username", str(url.username), str(url.database)],
        check=True,
        stdout=subprocess.PIPE,
        env={"PGPASSWORD": str(url.password)},
    ).stdout
    with lzma.open(target / "warehouse.sql.xz", "wb", preset=9) as file:
        file.write(dumped)
    for name, packed in (("archive", target.parent / "archive.tar.xz"), ("publications", target / "publications.tar.xz")):
        # Every release received the same files: they are kept once.
        if (settings.home / name).exists() and not packed.exists():
            with tarfile.open(packed, "w:xz", preset=9) as tar:
                tar.add(settings.home / name, name)


if __name__ == "__main__":
    _, number, folder = sys.argv
    os.environ["PIPC_SECRET_PERSON_KEY"] = PERSON_KEY
    with tempfile.TemporaryDirectory(prefix="release-") as home:
        Path(home).chmod(0o755)
        installation = load_settings({"PIPC_HOME": home, "PIPC_POSTGRES_PORT": "0"})
        server = Cluster(installation.home / "postgres", 0, installation.secret("postgres_password"), durable=False)
        server.start()
        try:
            ensure_database(installation)
            fill(installation)
            publish(installation)
            save(installation, Path(folder) / number)
        finally:
            server.stop()
