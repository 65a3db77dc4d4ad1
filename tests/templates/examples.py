"""Templates filled with the contracts' own examples, and what is said of a file made from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pipc_etl.contracts import Catalog, Contract
from pipc_etl.contracts.periods import Period, parse_period
from pipc_etl.intake import Batch, Envelope, ReaderPool, read_batch
from pipc_etl.render.template import Addressee, Line, Template
from pipc_etl.render.template.data_sheet import DataSheet
from pipc_etl.validation import EnvelopeFacts, Verdict, validate

ADDRESSEE = Addressee("secretaria-general", "OAP", "Secretaría General", "Oficina Asesora de Planeación")
# The period that the examples speak of, where it is not 2021.
PERIODS = {
    "execution_report": "2021-M05",
    "session": "2023-M06",
    "commitment": "2021-M08",
    "attendance_form": "2023",
    "evaluation_form": "2023",
}


def period_of(kind: str) -> Period:
    period = parse_period(PERIODS.get(kind, "2021"))
    assert period is not None
    return period


def example_row(contract: Contract) -> dict[str, object]:
    """The first example of every column that has one, as the contract writes it."""
    return {column.name: column.examples[0] for column in contract.columns if column.examples}


def example_template(contract: Contract, *, filled: bool = True) -> Template:
    """The template of the examples' period; with the example row as its only line, or empty."""
    lines = (Line(example_row(contract), frozenset(contract.primary_key)),) if filled else ()
    return Template(contract, ADDRESSEE, period_of(contract.kind), lines=lines, asks_whether_empty=contract.empty_declaration is not None)


def first_row(template: Template, catalog: Catalog) -> int:
    """The row, as the sheet counts, of the first line."""
    return DataSheet(None, None, template, catalog, {}).first_row + 1  # type: ignore[arg-type]


def read(path: Path, kind: str, catalog: Catalog, pool: ReaderPool, place: Mapping[str, str] | None = None) -> Batch:
    """The file handed in where its template was made for, or at `place`."""
    said = {"entity_code": "secretaria-general", "dependency_code": "OAP", "period_code": period_of(kind).code, **(place or {})}
    envelope = Envelope(kind=kind, file_name=path.name, form_code="formulario", **said)
    return read_batch(path, catalog.contracts[kind], catalog, envelope, pool)


def judge(batch: Batch, catalog: Catalog) -> Verdict:
    """The verdict without a warehouse, as `pipc check` gives it, for a file received at the end of 2023 from the planning office."""
    envelope = batch.envelope
    facts = EnvelopeFacts(
        envelope.entity_code,
        envelope.dependency_code,
        envelope.kind,
        envelope.period_code,
        date(2023, 12, 31),
        is_planning_office=True,
        is_registered=True,
    )
    return validate(batch, catalog, None, facts)


def told(verdict: Verdict) -> list[tuple[str, str | None, str | None]]:
    return [(finding.rule, finding.cell, finding.value) for finding in verdict.findings]
