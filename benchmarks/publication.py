"""The five reports of the reconstruction, warm: seconds to compose and to write, and the ratio to the figures' bare queries.

Run with `python benchmarks/publication.py [--rounds 3]`. Fails where a report (composed, HTML and PDF) takes ten seconds or more.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.demo.publications import publish_samples
from pipc_etl.demo.sender import send
from pipc_etl.publish.definition import load_definition
from pipc_etl.publish.ledger.model import Publication
from pipc_etl.publish.ledger.preparing import recompute
from pipc_etl.publish.ledger.register import load_document
from pipc_etl.publish.open_data.package import write_package
from pipc_etl.publish.rendering.html import render_html
from pipc_etl.publish.rendering.pdf import render_pdf
from pipc_etl.settings import Settings, load_settings
from pipc_etl.warehouse.dbt import build
from pipc_etl.warehouse.engine import embedded_cluster, ensure_database, role_engine, superuser_engine
from pipc_etl.warehouse.ingest import ingest_paths
from pipc_etl.warehouse.schema import prepare

MOST_SECONDS = 10.0


def timed(work: Callable[[], object], rounds: int) -> float:
    """The median seconds of `rounds`, after one that warms up."""
    work()
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def measure(settings: Settings, catalog: Catalog, publication: Publication, folder: Path, rounds: int) -> float:
    """Print what each part of one report costs; returns the seconds of the report: composed, HTML and PDF."""
    definition = load_definition(publication.address.report_code)
    engine = role_engine(settings, "publisher")
    try:
        with engine.connect() as connection:
            document = load_document(connection, publication.number)
            queries = sorted({figure.query for figure in document.figures.values()})

            def asked() -> None:
                for query in queries:
                    connection.execute(text(query.replace(":", r"\:"))).all()

            def packed() -> None:
                shutil.rmtree(folder, ignore_errors=True)
                write_package(connection, catalog, document, definition.open_data, folder, settings.suppression_k)

            baseline = timed(asked, rounds)
            composing = timed(lambda: recompute(connection, settings, catalog, publication.address), rounds)
            html, pdf = timed(lambda: render_html(document), rounds), timed(lambda: render_pdf(document), rounds)
            package = timed(packed, rounds)
            connection.rollback()
    finally:
        engine.dispose()
    report = composing + html + pdf
    print(
        f"{publication.number} {publication.address.report_code}: {len(document.figures)} figures, queries {baseline:.2f} s; "
        f"composed {composing:.2f} s (ratio {composing / baseline:.2f}), HTML {html:.2f} s, PDF {pdf:.2f} s, open data {package:.2f} s; "
        f"report {report:.2f} s (under {MOST_SECONDS:.0f})",
        flush=True,
    )
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="pipc-bench-"))
    home.chmod(0o755)
    settings = load_settings({"PIPC_HOME": str(home), "PIPC_POSTGRES_PORT": "0"})
    catalog = load_catalog(settings.expectations)
    cluster = embedded_cluster(settings)
    cluster.start()
    try:
        ensure_database(settings)
        owner = superuser_engine(settings)
        prepare(owner, settings, catalog)
        owner.dispose()
        ingest_paths(send(settings), settings)
        assert build(settings).built
        published = publish_samples(settings, lambda said: print(said, flush=True))
        slowest = max(measure(settings, catalog, one, home / "package", arguments.rounds) for one in published)
    finally:
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)
    if slowest >= MOST_SECONDS:
        sys.exit(1)


if __name__ == "__main__":
    main()
