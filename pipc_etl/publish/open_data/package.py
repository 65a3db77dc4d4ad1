"""Writes the open-data package of a publication: tables, descriptions, licence and checksums."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection

from pipc_etl.contracts import Catalog
from pipc_etl.publish.document import Document
from pipc_etl.publish.open_data.csv_files import write_csv
from pipc_etl.publish.open_data.descriptors import write_dcat, write_descriptor
from pipc_etl.publish.open_data.figure_rows import check_figures, figures_resource
from pipc_etl.publish.open_data.pages import write_checksums, write_dictionary, write_first_page, write_licence
from pipc_etl.publish.open_data.reading import read_resource
from pipc_etl.publish.open_data.release import release, remember
from pipc_etl.publish.open_data.tables import chosen_specs
from pipc_etl.publish.open_data.workbook import write_workbook


def write_package(
    connection: Connection, catalog: Catalog, document: Document, tables: Sequence[str], folder: Path, k: int
) -> tuple[Path, ...]:
    """Writes the package of a registered draft into the empty `folder` and keeps in the ledger what it says of persons.

    `tables` are codes of tables.yaml (`figures` is always there); `connection` is the publisher's, and what it keeps counts only if its
    transaction does. Raises PublicationError, which stops the publication, where a table is not known, where the report prints a number
    of persons that the package must suppress, or where suppression is not enough.
    """
    number = int(document.number.removeprefix("P"))
    released = release(connection, catalog, document.address, k, number)
    check_figures(document, released)
    folder.mkdir(parents=True, exist_ok=True)
    resources = [figures_resource(document)]
    resources += [read_resource(connection, catalog, document, spec, released, k) for spec in chosen_specs(tables)]
    written = [write_csv(resource, folder) for resource in resources]
    workbook = write_workbook(document, resources, folder / "datos.xlsx")
    descriptor = write_descriptor(document, resources, folder)
    others = [(workbook, "Todas las tablas en un libro"), (descriptor, "Descripción del paquete (Data Package)")]
    written += [workbook, descriptor, write_dcat(document, resources, others, folder)]
    written += [*write_dictionary(resources, folder), write_licence(document, folder), write_first_page(document, resources, folder, k)]
    written.append(write_checksums(written, folder))
    remember(connection, released)
    return tuple(sorted(written))
