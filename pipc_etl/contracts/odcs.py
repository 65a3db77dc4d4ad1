"""Reads one Open Data Contract Standard file into a Contract."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from open_data_contract_standard.model import CustomProperty, DataQuality, OpenDataContractStandard, SchemaProperty
from pydantic import ValidationError
from yaml import YAMLError

from pipc_etl.contracts.model import Column, Contract, Lookup, Rule
from pipc_etl.errors import ContractError

_CUSTOM_OF_CONTRACT = {
    "flow", "submissionKey", "supersession", "dependsOn", "rejectWhole", "quarantinePct", "sheetNames", "dialects", "lookups",
    "emptyDeclaration", "judgedWith",
}  # fmt: skip
_CUSTOM_OF_COLUMN = {"precision", "codelist", "unit", "percent", "headerRequired"}
_CUSTOM_OF_RULE = {"columns", "remedy", "level", "needs"}


def read_contract(path: Path) -> Contract:
    """The contract in the file at `path`; raises ContractError with the file's name and what is wrong."""
    try:
        document = OpenDataContractStandard.from_file(str(path))
        return _contract(document)
    except (ValidationError, YAMLError, KeyError, TypeError, ValueError, ContractError) as error:
        raise ContractError(f"{path.name}: {error}") from error


def _custom(properties: Iterable[CustomProperty] | None, known: set[str], where: str) -> dict[str, Any]:
    values = {str(item.property): item.value for item in properties or ()}
    if unknown := sorted(set(values) - known):
        raise ContractError(f"{where}: unknown customProperties {', '.join(unknown)}")
    return values


def _contract(document: OpenDataContractStandard) -> Contract:
    custom = _custom(document.customProperties, _CUSTOM_OF_CONTRACT, "contract")
    schemas = document.schema_ or []
    if not document.name or not document.version or len(schemas) != 1:
        raise ContractError("name, version and one schema are needed")
    schema = schemas[0]
    columns = tuple(_column(item) for item in schema.properties or ())
    sla = {str(item.property): item.value for item in document.slaProperties or ()}
    due, freshness = sla.get("dueBusinessDay"), sla.get("freshness")
    return Contract(
        kind=document.name,
        version=document.version,
        title=schema.businessName or "",
        description=(document.description.purpose if document.description else None) or "",
        grain=schema.dataGranularityDescription or "",
        columns=columns,
        rules=tuple(_rule(document.name, item) for item in schema.quality or ()),
        lookups=tuple(Lookup(**item) for item in custom["lookups"]),
        flow=custom["flow"],
        submission_key=tuple(custom["submissionKey"]),
        supersession=custom["supersession"],
        depends_on=tuple(custom["dependsOn"]),
        reject_whole=bool(custom["rejectWhole"]),
        quarantine_pct=float(custom["quarantinePct"]),
        sheet_names=tuple(custom["sheetNames"]),
        dialects=tuple(custom["dialects"]),
        due_business_day=int(due) if due is not None else None,
        freshness_days=int(freshness) if freshness is not None else None,
        empty_declaration=custom.get("emptyDeclaration"),
        judged_with=tuple(custom.get("judgedWith", ())),
    )


def _column(item: SchemaProperty) -> Column:
    name = item.name or ""
    custom = _custom(item.customProperties, _CUSTOM_OF_COLUMN, name)
    options = item.logicalTypeOptions or {}
    multiple = item.logicalType == "array"
    type_: Any = "month" if custom.get("precision") == "month" else "string" if multiple else item.logicalType
    required = bool(item.required)
    return Column(
        name=name,
        title=item.businessName or "",
        type=type_,
        description=item.description or "",
        classification=item.classification or "public",  # type: ignore[arg-type]
        required=required,
        header_required=bool(custom.get("headerRequired", required)),
        primary_key=bool(item.primaryKey),
        synonyms=tuple(entry.synonym or "" for entry in item.synonyms or ()),
        codelist=custom.get("codelist"),
        multiple=multiple,
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        max_length=options.get("maxLength"),
        pattern=options.get("pattern"),
        examples=tuple(item.examples or ()),
        unit=custom.get("unit"),
        percent=bool(custom.get("percent", False)),
    )


def _rule(kind: str, item: DataQuality) -> Rule:
    custom = _custom(item.customProperties, _CUSTOM_OF_RULE, item.id or "quality")
    if not isinstance(item.implementation, dict):
        raise ContractError(f"{item.id}: implementation must give kwargs.fails_when")
    return Rule(
        id=f"{kind}.{item.id}",
        severity=item.severity,  # type: ignore[arg-type]
        columns=tuple(custom["columns"]),
        fails_when=item.implementation["kwargs"]["fails_when"],
        message=item.description or "",
        remedy=custom["remedy"],
        level=custom.get("level", "row"),
        needs=tuple(custom.get("needs", ())),
    )
