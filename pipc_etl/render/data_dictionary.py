"""The data dictionary that submitters read: one Markdown page in Spanish, from the contracts."""

from __future__ import annotations

from dataclasses import dataclass

from pipc_etl.contracts import Catalog, Column, Contract

HEADER = "<!-- Generado de expectations/*.odcs.yaml con `pipc render`; no se edita. -->\n"

_TYPES = {
    "string": "Texto",
    "integer": "Número entero",
    "number": "Número",
    "boolean": "Sí / No",
    "date": "Fecha (dd/mm/aaaa)",
    "timestamp": "Fecha y hora",
    "time": "Hora",
    "month": "Mes",
}
_CLASSES = {"public": "pública", "internal": "interna", "personal": "personal", "sensitive": "sensible"}
_SEVERITIES = {"error": "Error", "warning": "Advertencia", "info": "Nota"}


@dataclass(frozen=True)
class Listing:
    """One table of the dictionary; text between backquotes is a name of the data."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Chapter:
    """What is said of one file that is handed in, or of one code list."""

    title: str
    paragraphs: tuple[str, ...]
    listings: tuple[Listing, ...]


def source_chapters(catalog: Catalog) -> list[Chapter]:
    """One chapter a source, in the order in which they depend on each other."""
    return [_contract(catalog.contracts[kind]) for kind in catalog.load_order()]


def codelist_chapters(catalog: Catalog) -> list[Chapter]:
    """One chapter a code list, by name."""
    header = ("Código", "Etiqueta", "También se lee")
    return [
        Chapter(f"`{name}`", (), (Listing(header, tuple((code.code, code.label, "; ".join(code.aliases)) for code in codelist.codes)),))
        for name, codelist in sorted(catalog.codelists.items())
    ]


def data_dictionary(catalog: Catalog) -> str:
    """Markdown of `docs/diccionario.md`: every file that is handed in, its columns, its rules and the code lists."""
    parts = [HEADER, "# Diccionario de datos de las entregas\n"]
    parts += [_markdown(chapter, "##") for chapter in source_chapters(catalog)]
    parts.append("## Listas de valores\n")
    parts += [_markdown(chapter, "###") for chapter in codelist_chapters(catalog)]
    return "\n".join(parts)


def _contract(contract: Contract) -> Chapter:
    rule = f"Una fila por {contract.grain}. "
    if contract.due_business_day:
        rule += f"Se entrega a más tardar el día hábil {contract.due_business_day} del mes siguiente. "
    rule += "Cualquier error devuelve el archivo completo." if contract.reject_whole else "Un error deja fuera solo su fila."
    paragraphs = [contract.description, rule]
    if contract.empty_declaration:
        paragraphs.append(
            f"Si no hay nada que reportar, se entrega sin filas y con «{contract.empty_declaration}» en Sí, encima del encabezado."
        )
    columns = Listing(
        ("Encabezado", "Columna", "Tipo", "Obligatorio", "Clase", "Qué es", "Ejemplo"),
        tuple(_column(column) for column in contract.columns),
    )
    rules = Listing(
        ("Regla", "Severidad", "Qué revisa", "Cómo se corrige"),
        tuple((f"`{rule.id}`", _SEVERITIES[rule.severity], rule.message, rule.remedy) for rule in contract.rules),
    )
    return Chapter(f"{contract.title} (`{contract.kind}`, versión {contract.version})", tuple(paragraphs), (columns, rules))


def _column(column: Column) -> tuple[str, ...]:
    type_ = f"Lista `{column.codelist}`" if column.codelist else _TYPES[column.type]
    if column.multiple:
        type_ += ", varios separados por punto y coma"
    example = "" if not column.examples or column.examples[0] is None else str(column.examples[0])
    required = "Sí" if column.required else "Columna" if column.header_required else ""
    return (column.title, f"`{column.name}`", type_, required, _CLASSES[column.classification], column.description, example)


def _markdown(chapter: Chapter, level: str) -> str:
    texts = [f"{level} {chapter.title}\n", *(f"{paragraph}\n" for paragraph in chapter.paragraphs), *map(_rows, chapter.listings)]
    return "\n".join(texts)


def _rows(listing: Listing) -> str:
    lines = [listing.header, ("---",) * len(listing.header), *listing.rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"
