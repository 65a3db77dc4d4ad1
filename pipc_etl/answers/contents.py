"""What the rows of a file say, as its answer may repeat it: personal values masked, in the order of the sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipc_etl.answers.review import RowContent, RowPlace
from pipc_etl.contracts import Contract, Finding
from pipc_etl.intake import Batch
from pipc_etl.validation.findings import shown_value

# Pendientes repeats a row to be recognised, not to be read: of a long text its beginning.
_LONGEST_TEXT = 80


def offending_places(findings: Iterable[Finding]) -> set[RowPlace]:
    """The rows that findings speak of."""
    return {(finding.sheet, finding.row) for finding in findings if finding.sheet is not None and finding.row is not None}


def row_contents(batch: Batch, places: Iterable[RowPlace]) -> dict[RowPlace, RowContent]:
    """Header and text of the filled cells of each row in `places` that the file has."""
    wanted = set(places)
    positions = {
        place: position
        for position, place in enumerate(zip(batch.frame["_sheet"], batch.frame["_row"].tolist(), strict=True))
        if place in wanted
    }
    # As lists, once: a cell at a time out of a frame takes a minute for ten thousand rows.
    order = {sheet: [name for name in _in_order(batch, sheet) if name in batch.original] for sheet in {sheet for sheet, _ in positions}}
    texts = {name: batch.original[name].tolist() for name in dict.fromkeys(name for names in order.values() for name in names)}
    return {
        place: written_row(batch.contract, {name: text for name in order[place[0]] if isinstance(text := texts[name][position], str)})
        for place, position in positions.items()
    }


def written_row(contract: Contract, texts: Mapping[str, object]) -> RowContent:
    """The filled cells of a row from its texts by column."""
    content = []
    for name, text in texts.items():
        column = contract.column(name)
        shown = shown_value(text, column)
        if shown:
            content.append((column.title, shown if len(shown) <= _LONGEST_TEXT else shown[: _LONGEST_TEXT - 1] + "…"))
    return tuple(content)


def activity_cells(batch: Batch) -> dict[str, tuple[str, str]]:
    """Where the code of each activity stands: (sheet, cell); the first of several rows."""
    if "activity_code" not in batch.frame:
        return {}
    cells: dict[str, tuple[str, str]] = {}
    rows = zip(batch.frame["activity_code"], batch.frame["_sheet"], batch.frame["_row"].tolist(), strict=True)
    for code, sheet, row in rows:
        cell = batch.cell(sheet, row, "activity_code")
        if isinstance(code, str) and cell is not None:
            cells.setdefault(code, (sheet, cell))
    return cells


def _in_order(batch: Batch, sheet: str) -> list[str]:
    letters = batch.letters.get(sheet, {})
    return sorted(letters, key=lambda name: (len(letters[name]), letters[name]))
