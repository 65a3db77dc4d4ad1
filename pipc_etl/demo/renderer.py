"""A sample file to the bytes that its sender would have handed in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pipc_etl.contracts import Catalog, Contract
from pipc_etl.demo.formats import delimited_bytes, ods_bytes, xls_bytes
from pipc_etl.demo.manifest import SampleFile, read_manifest
from pipc_etl.demo.rows import Row, letterhead_name, rows_of
from pipc_etl.errors import ContractError
from pipc_etl.render.sheet import Sheet, Style, lay_out
from pipc_etl.render.workbook import workbook_bytes

MICROSOFT_COLUMNS = ("response_id", "started_at")
RECONSTRUCTION = "Reconstrucción a partir de totales publicados"


def render_samples(samples: Path, catalog: Catalog) -> Iterator[tuple[SampleFile, bytes]]:
    """Every file of the manifest with its bytes, in order of arrival."""
    for sample in read_manifest(samples):
        yield sample, render(sample, samples, catalog)


def render(sample: SampleFile, samples: Path, catalog: Catalog) -> bytes:
    """The bytes of one file; the same every time."""
    contract = _contract(sample, catalog)
    rows, source_columns = rows_of(sample, samples)
    short = "short" in sample.layout or contract.flow == "form_responses"
    columns = source_columns if short else [column.name for column in contract.columns]
    if "microsoft" not in sample.layout:
        columns = [name for name in columns if name not in MICROSOFT_COLUMNS]
    suffix = sample.path.suffix.lower()
    style = Style(
        headers=_headers(sample),
        letterhead=_letterhead(sample, contract, samples) if "letterhead" in sample.layout else (),
        two_rows="two_rows" in sample.layout,
        as_text="text" in sample.layout or suffix == ".csv",
        # Microsoft Forms has no "Marca temporal": it writes when an answer was begun and when it was sent.
        synonyms_of=frozenset({"submitted_at"}) if "microsoft" in sample.layout else frozenset(),
        list_separator=", " if "commas" in sample.layout else "; ",
    )
    sheet = lay_out(contract, catalog, [_typed(row) for row in rows], columns, style)
    return _in_format(sheet, sample, suffix, contract)


def _headers(sample: SampleFile) -> Literal["title", "synonym", "question"]:
    if "questions" in sample.layout:
        return "question"
    return "synonym" if "synonyms" in sample.layout else "title"


def _contract(sample: SampleFile, catalog: Catalog) -> Contract:
    """The contract as it was when the sample was filled in: files of a former version are still received."""
    if sample.contract_version is None:
        return catalog.contracts[sample.kind]
    for contract in catalog.versions(sample.kind):
        if contract.version == sample.contract_version:
            return contract
    raise ContractError(f"{sample.path}: {sample.kind} has no version {sample.contract_version}")


def _letterhead(sample: SampleFile, contract: Contract, samples: Path) -> tuple[str, ...]:
    place = f"Entidad: {sample.entity_code} · Dependencia: {sample.dependency_code} · Período: {sample.period_code}"
    return (letterhead_name(sample.entity_code, samples), contract.title, place, RECONSTRUCTION)


def _typed(row: Row) -> Row:
    """Booleans as people of the samples write them."""
    spoken = {"sí": True, "no": False}
    return {name: spoken.get(value, value) if isinstance(value, str) else value for name, value in row.items()}


def _in_format(sheet: Sheet, sample: SampleFile, suffix: str, contract: Contract) -> bytes:
    match suffix:
        case ".xlsx":
            return workbook_bytes([sheet], title=contract.title, comments=RECONSTRUCTION)
        case ".xls":
            return xls_bytes(sheet)
        case ".ods":
            return ods_bytes(sheet)
        case ".csv":
            encodings = {"bom": "utf-8-sig", "cp1252": "cp1252", "utf-16": "utf-16"}
            encoding = next((encodings[name] for name in sample.layout if name in encodings), "utf-8")
            return delimited_bytes(sheet, delimiter=";" if "semicolon" in sample.layout else ",", encoding=encoding)
        case _:
            raise ContractError(f"{sample.path}: no way to write {suffix}")
