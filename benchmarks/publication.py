"""The five reports of the reconstruction, warm: seconds to compose and to write, and the ratio to the figures' bare queries.

Run with `python benchmarks/publication.py [--rounds 3]`. Fails where a report (composed, HTML and PDF) takes ten seconds or more.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from sqlalchemy import text
from stage import installation, prepare_warehouse, timed

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
from pipc_etl.settings import Settings
from pipc_etl.warehouse.dbt import build
from pipc_etl.warehouse.engine import role_engine
from pipc_etl.warehouse.ingest import ingest_paths

MOST_SECONDS = 10.0


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

            works = {
                "queries": asked,
                "composing": lambda: recompute(connection, settings, catalog, publication.address),
                "html": lambda: render_html(document),
                "pdf": lambda: render_pdf(document),
                "package": packed,
            }
            for work in works.values():  # warm
                work()
            baseline, composing, html, pdf, package = (timed(work, rounds) for work in works.values())
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
    with installation() as settings:
        catalog = load_catalog(settings.expectations)
        prepare_warehouse(settings)
        ingest_paths(send(settings), settings)
        assert build(settings).built
        published = publish_samples(settings, lambda said: print(said, flush=True))
        slowest = max(measure(settings, catalog, one, settings.home / "package", arguments.rounds) for one in published)
    if slowest >= MOST_SECONDS:
        sys.exit(1)


if __name__ == "__main__":
    main()
