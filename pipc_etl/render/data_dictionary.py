"""The data dictionary that submitters read: one Markdown page in Spanish, from the contracts."""

from __future__ import annotations

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


def data_dictionary(catalog: Catalog) -> str:
    """Markdown of `docs/diccionario.md`: every file that is handed in, its columns, its rules and the code lists."""
    parts = [HEADER, "# Diccionario de datos de las entregas\n"]
    parts += [_contract(catalog.contracts[kind]) for kind in catalog.load_order()]
    parts.append("## Listas de valores\n")
    for name, codelist in sorted(catalog.codelists.items()):
        rows = [[code.code, code.label, "; ".join(code.aliases)] for code in codelist.codes]
        parts.append(f"### `{name}`\n\n{_rows(['Código', 'Etiqueta', 'También se lee'], rows)}")
    return "\n".join(parts)


def _contract(contract: Contract) -> str:
    columns = [_column(column) for column in contract.columns]
    rules = [[f"`{rule.id}`", _SEVERITIES[rule.severity], rule.message, rule.remedy] for rule in contract.rules]
    text = f"## {contract.title} (`{contract.kind}`, versión {contract.version})\n\n{contract.description}\n\n"
    text += f"Una fila por {contract.grain}. "
    if contract.due_business_day:
        text += f"Se entrega a más tardar el día hábil {contract.due_business_day} del mes siguiente. "
    text += "Cualquier error devuelve el archivo completo.\n\n" if contract.reject_whole else "Un error deja fuera solo su fila.\n\n"
    if contract.empty_declaration:
        text += f"Si no hay nada que reportar, se entrega sin filas y con «{contract.empty_declaration}» en Sí, encima del encabezado.\n\n"
    text += _rows(["Encabezado", "Columna", "Tipo", "Obligatorio", "Clase", "Qué es", "Ejemplo"], columns)
    return text + "\n" + _rows(["Regla", "Severidad", "Qué revisa", "Cómo se corrige"], rules)


def _column(column: Column) -> list[str]:
    type_ = f"Lista `{column.codelist}`" if column.codelist else _TYPES[column.type]
    if column.multiple:
        type_ += ", varios separados por punto y coma"
    example = "" if not column.examples or column.examples[0] is None else str(column.examples[0])
    required = "Sí" if column.required else "Columna" if column.header_required else ""
    return [column.title, f"`{column.name}`", type_, required, _CLASSES[column.classification], column.description, example]


def _rows(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"
