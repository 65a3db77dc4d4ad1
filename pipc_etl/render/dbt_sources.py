"""The dbt sources of schema `raw`, from the contracts."""

from __future__ import annotations

from typing import Any

import yaml

from pipc_etl.contracts import Catalog, Contract

HEADER = "# Generated from expectations/*.odcs.yaml by `pipc render`; do not edit.\n"

# Columns that the load adds to every raw table; descriptions are read by analysts, hence in Spanish.
LINEAGE_COLUMNS = {
    "_missing": "Razón de cada dato faltante, por columna: not_applicable (N/A), no_data (S/D), no_answer (No responde), pending (Pend.).",
    "_submission_id": "Entrega de la que viene la fila (audit.submission).",
    "_sheet": "Hoja del archivo original.",
    "_row": "Fila de la hoja original, contada desde 1.",
    "_loaded_at": "Cuándo se cargó la fila (UTC).",
    "_contract_version": "Versión del contrato con la que se leyó.",
}
RESPONSE_COLUMNS = {
    "_response_key": "Identidad de la respuesta: formulario e Id, o formulario, marca temporal y ordinal.",
    "_content_hash": "Huella del contenido de la respuesta; si cambia es una versión nueva de la misma respuesta.",
}
PERSON_COLUMN = {"person_key": "Seudónimo de la persona (HMAC-SHA256); vacío si no se identifica o no autoriza."}


def dbt_sources(catalog: Catalog) -> str:
    """YAML text of `models/staging/_sources.yml`: a table per kind with its columns described in Spanish, and their headers as labels."""
    tables = [_table(contract) for _, contract in sorted(catalog.contracts.items())]
    source = {"name": "raw", "schema": "raw", "description": "Filas aceptadas, tal como llegaron, con su procedencia.", "tables": tables}
    return HEADER + yaml.safe_dump({"version": 2, "sources": [source]}, sort_keys=False, allow_unicode=True, width=140)


def raw_column_descriptions(contract: Contract) -> dict[str, str]:
    """Every column of `raw.<kind>` with its Spanish description, in table order."""
    described = {column.name: column.description for column in contract.raw_columns}
    if contract.has_persons:
        described |= PERSON_COLUMN
    described |= LINEAGE_COLUMNS
    if contract.flow == "form_responses":
        described |= RESPONSE_COLUMNS
    return described


def _table(contract: Contract) -> dict[str, Any]:
    labels = {column.name: {"config": {"meta": {"label": column.title}}} for column in contract.raw_columns}
    columns = [{"name": name, "description": text, **labels.get(name, {})} for name, text in raw_column_descriptions(contract).items()]
    description = f"{contract.title}. {contract.description} Una fila por {contract.grain}."
    return {"name": contract.kind, "description": description, "columns": columns}
