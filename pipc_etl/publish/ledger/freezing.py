"""The files of a publication: a preview while it is a draft, and the frozen report with its open data once it is approved."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from pipc_etl.contracts import Catalog
from pipc_etl.publish.definition import ReportDefinition
from pipc_etl.publish.document import Document
from pipc_etl.publish.ledger.model import Publication, PublishedFile
from pipc_etl.settings import Settings

HTML, PDF, OPEN_DATA = "informe.html", "informe.pdf", "datos_abiertos"
PREVIEW = "borrador"


def write_preview(settings: Settings, draft: Publication, document: Document) -> tuple[Path, ...]:
    """HTML and PDF of a draft, marked as such by the renderers, in the folder `borrador` of the publication."""
    folder = draft.folder(settings.publications) / PREVIEW
    folder.mkdir(parents=True, exist_ok=True)
    return _write_report(document, folder)


def remove_preview(settings: Settings, publication: Publication) -> None:
    """A preview that is approved or rejected is of no use, and must not be taken for the report."""
    folder = publication.folder(settings.publications)
    shutil.rmtree(folder / PREVIEW, ignore_errors=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


@contextmanager
def frozen_files(
    settings: Settings,
    catalog: Catalog,
    definition: ReportDefinition,
    connection: Connection,
    publication: Publication,
    document: Document,
) -> Iterator[tuple[PublishedFile, ...]]:
    """Report and open data of an approved document, complete in the publication's folder when the block ends, or not there at all."""
    folder = publication.folder(settings.publications)
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        _write_report(document, partial)
        _write_open_data(settings, catalog, definition, connection, document, partial / OPEN_DATA)
        yield tuple(_described(path, partial) for path in sorted(partial.rglob("*")) if path.is_file())
        # The preview goes, and what a killed approval left behind.
        shutil.rmtree(folder, ignore_errors=True)
        partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def altered_files(publication: Publication, root: Path) -> list[str]:
    """The files of a publication that are no longer in its folder as they were published."""
    folder = publication.folder(root)
    return [file.name for file in publication.files if not (folder / file.name).is_file() or _described(folder / file.name, folder) != file]


def _described(path: Path, folder: Path) -> PublishedFile:
    content = path.read_bytes()
    return PublishedFile(path.relative_to(folder).as_posix(), hashlib.sha256(content).hexdigest(), len(content))


def _write_report(document: Document, folder: Path) -> tuple[Path, ...]:
    from pipc_etl.publish.rendering.html import render_html
    from pipc_etl.publish.rendering.pdf import render_pdf

    html, pdf = folder / HTML, folder / PDF
    html.write_text(render_html(document), encoding="utf-8")
    pdf.write_bytes(render_pdf(document))
    return html, pdf


def _write_open_data(
    settings: Settings, catalog: Catalog, definition: ReportDefinition, connection: Connection, document: Document, folder: Path
) -> None:
    from pipc_etl.publish.open_data.package import write_package

    write_package(connection, catalog, document, definition.open_data, folder, settings.suppression_k)
