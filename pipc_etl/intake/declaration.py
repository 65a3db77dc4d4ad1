"""A file that says that there is nothing to report: one cell above the header answered Sí, and no row that speaks of work done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipc_etl.contracts import Catalog, Contract, fold
from pipc_etl.contracts.model import ENVELOPE_KEY_FIELDS
from pipc_etl.intake.cells import RawSheet, letter, text_of
from pipc_etl.intake.coercion import is_blank
from pipc_etl.intake.header import Header
from pipc_etl.intake.rows import shorten
from pipc_etl.intake.words import clean, read_boolean

if TYPE_CHECKING:
    import pandas as pd

    from pipc_etl.intake.batch import Batch

# What a row reports; a row of a template that only has its activity and its programme says nothing of these.
_WORK = ("executed_qty", "rescheduled_qty", "carried_over_qty", "justified_qty")


@dataclass(frozen=True)
class Answer:
    """The cell of the answer, its text, and whether it is Sí."""

    cell: str
    text: str
    is_yes: bool


def find_answer(sheet: RawSheet, header: Header, label: str) -> Answer | None:
    """The answer to the question `label` in a visible cell down to the header's row: beside it, or in the same cell; None if not asked."""
    question = fold(label)
    for index, row in enumerate(sheet.rows[: header.row + 1]):
        if index in sheet.hidden_rows:
            continue
        for place, raw in enumerate(row):
            text = fold(text_of(raw)) if isinstance(raw, str) and place not in sheet.hidden_columns else ""
            if text == question or text.startswith(f"{question} "):
                inside = _answer(index, place, text.removeprefix(question).strip())
                beside = next((other for other in range(place + 1, len(row)) if not is_blank(row[other])), None)
                return inside if inside.is_yes or beside is None else _answer(index, beside, clean(text_of(row[beside])))
    return None


def _answer(row: int, place: int, said: str) -> Answer:
    return Answer(f"{letter(place)}{row + 1}", said, read_boolean(said) is True)


def with_declaration(batch: Batch, sheet: RawSheet, header: Header, catalog: Catalog) -> Batch:
    """The batch as its declaration leaves it: without rows where it says Sí, with a finding where the rows contradict it or are none."""
    label = batch.contract.empty_declaration
    answer = find_answer(sheet, header, label) if label else None
    if answer is None or not answer.is_yes:
        return _unless_empty(batch, sheet, header, catalog)
    working = _rows_with_work(batch.frame)
    if working:
        said = catalog.finding(
            "declaration.contradicted", sheet=sheet.name, cell=answer.cell, value=answer.text, label=label, rows=shorten(working)
        )
        return replace(batch, findings=(*batch.findings, said))
    findings = [*batch.findings, catalog.finding("declaration.read", sheet=sheet.name, cell=answer.cell, value=answer.text)]
    rows = [int(row) for row in batch.frame["_row"]]
    if rows:
        findings.append(catalog.finding("declaration.rows_left_out", sheet=sheet.name, row=rows[0], rows=shorten(rows)))
    return replace(batch, findings=tuple(findings), declares_empty=True, frame=batch.frame.iloc[:0], original=batch.original.iloc[:0])


def _rows_with_work(frame: pd.DataFrame) -> list[int]:
    """The rows, as the sheet counts, that report a quantity, or something in its place that cannot be read."""
    names = [name for name in _WORK if name in frame]
    quantities = frame[names].fillna(0).gt(0).any(axis=1)
    unread = frame["_problems"].map(lambda problems: any(problem.column in names for problem in problems)).astype(bool)
    return [int(row) for row in frame.loc[quantities | unread, "_row"]]


def _unless_empty(batch: Batch, sheet: RawSheet, header: Header, catalog: Catalog) -> Batch:
    """A file without rows says nothing, unless its place alone says what it replaces (a form that nobody answered yet)."""
    if len(batch.frame) or not _needs_rows(batch.contract):
        return batch
    label = batch.contract.empty_declaration
    hint = f" Si no hubo nada que reportar, el archivo tiene que decirlo en «{label}»." if label else ""
    way_out = f", o escriba Sí en «{label}», encima del encabezado" if label else ""
    said = catalog.finding("rows.none", sheet=sheet.name, row=header.row + 1, hint=hint, way_out=way_out)
    return replace(batch, findings=(*batch.findings, said))


def _needs_rows(contract: Contract) -> bool:
    return not set(contract.submission_key) <= set(ENVELOPE_KEY_FIELDS)
