"""What people read about a package: dictionary, licence, first page and checksums."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pipc_etl.publish.document import Document
from pipc_etl.publish.open_data.csv_files import csv_bytes
from pipc_etl.publish.open_data.descriptors import LICENCE
from pipc_etl.publish.open_data.resource import FieldType, Resource

_TYPES: dict[FieldType, str] = {
    "string": "texto",
    "integer": "entero",
    "number": "número",
    "boolean": "sí o no",
    "date": "fecha",
    "datetime": "fecha y hora",
}


def write_dictionary(resources: Sequence[Resource], folder: Path) -> list[Path]:
    """Every table and column in Spanish, to read and as CSV."""
    page, rows = ["# Diccionario de datos", ""], []
    for resource in resources:
        page += [f"## {resource.title} (`{resource.path}`)", "", " ".join(resource.description.split()), ""]
        page += ["| columna | título | tipo | descripción |", "|---|---|---|---|"]
        for field in resource.fields:
            page.append(f"| `{field.name}` | {field.title} | {_TYPES[field.type]} | {field.description.replace('|', '/')} |")
            rows.append((resource.code, resource.title, field.name, field.title, _TYPES[field.type], field.description))
        page.append("")
    markdown, table = folder / "diccionario.md", folder / "diccionario.csv"
    markdown.write_text("\n".join(page), encoding="utf-8")
    table.write_bytes(csv_bytes(("tabla", "titulo_tabla", "columna", "titulo", "tipo", "descripcion"), rows))
    return [markdown, table]


def write_licence(document: Document, folder: Path) -> Path:
    """Under which licence the data may be used, and how to name its source."""
    path = folder / "LICENCIA.txt"
    path.write_text(
        "Creative Commons Atribución 4.0 Internacional (CC BY 4.0)\n"
        f"{LICENCE}deed.es\n"
        f"Texto legal: {LICENCE}legalcode.es\n\n"
        "Puede copiar, redistribuir, transformar y usar estos datos para cualquier fin, también comercial, si menciona la fuente,\n"
        "enlaza la licencia e indica si hizo cambios.\n\n"
        f"Cómo citar: {document.entity_name}, «{document.title}», {document.period_label}, publicación {document.number},\n"
        f"edición {document.edition}, corte al {document.address.cutoff:%d/%m/%Y}.\n",
        encoding="utf-8",
    )
    return path


def write_first_page(document: Document, resources: Sequence[Resource], folder: Path, k: int) -> Path:
    """What is in the package and what to know before using it."""
    warning = "\n> **Reconstrucción** a partir de los totales publicados: no son los datos originales; no se citan como tales.\n"
    lines = [
        f"# {document.title}",
        "",
        f"{document.entity_name} · {document.period_label} · publicación {document.number}, edición {document.edition} · corte al "
        f"{document.address.cutoff:%d/%m/%Y}",
        warning if document.is_reconstruction else "",
        "| archivo | qué es | filas |",
        "|---|---|---|",
        *(f"| `{resource.path}` | {resource.title} | {len(resource.rows)} |" for resource in resources),
        "| `datos.xlsx` | Las mismas tablas en un libro, con títulos en español | |",
        "| `datapackage.json` | Descripción para programas (Data Package, Table Schema) | |",
        "| `dcat.jsonld` | Ficha para catálogos de datos (DCAT) | |",
        "| `diccionario.md`, `diccionario.csv` | Diccionario de datos | |",
        "| `CHECKSUMS.sha256` | Huellas: `sha256sum -c CHECKSUMS.sha256` | |",
        "",
        "Los CSV son UTF-8, con coma, punto decimal y fechas ISO; los porcentajes van sin redondear.",
        "",
        "## Protección de las personas",
        "",
        "No hay nombres, documentos, correos, teléfonos, textos libres ni respuestas de formularios. Toda cuenta de",
        f"1 a {k - 1} personas según una característica está suprimida, y con ella las que permitirían calcularla con las",
        "demás tablas o con las publicaciones anteriores de la entidad: antes de publicar se resuelve el sistema que forman",
        f"todas, y cada cuenta suprimida puede valer al menos {k} números distintos (o cualquiera, en un grupo de menos de",
        f"{k - 1} personas). El total de asistentes de una sesión sí se publica. Las sesiones de las mesas de víctimas solo",
        "se cuentan por actividad y vigencia.",
        "",
    ]
    path = folder / "LEAME.md"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def write_checksums(paths: Sequence[Path], folder: Path) -> Path:
    """The SHA-256 of every file of the package, as `sha256sum` checks them."""
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}" for path in sorted(paths)]
    checksums = folder / "CHECKSUMS.sha256"
    checksums.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return checksums
