"""From figures to cells: the fact rows that each was computed from, and the sheets and cells of the received files that hold them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipc_etl.contracts import Catalog
from pipc_etl.publish.composing.marts import MartReader, literal
from pipc_etl.publish.composing.measures import written
from pipc_etl.publish.composing.places import ColumnPlaces
from pipc_etl.publish.composing.trace import Trace
from pipc_etl.publish.document import Role, Source
from pipc_etl.publish.wording import counted

# More cells than these of one column of one file are named as a range, with their sum.
MOST_CELLS = 12
LINEAGE = ("_submission_id", "_sheet", "_row")
# Facts with a row a month or a quarter, of a file with a column for each.
_MONTH_COLUMNS = {("fct_activity_programme", "programmed_qty"): "month_{month:02d}_qty"}
_QUARTER_COLUMNS = {("fct_schedule_milestone", "done_qty"): "quarter_{quarter}_done_qty"}
# Titles for what is counted by its rows.
_ROWS = "filas"
_ROLES: tuple[Role, ...] = ("value", "numerator", "denominator")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Submission:
    kind: str
    dependency_code: str | None
    file_name: str
    sha256: str
    received_at: datetime
    is_reconstruction: bool


@dataclass
class Lineage:
    """Looks traces up, each fact read once; with `archive` the cells have the letters that the file has."""

    marts: MartReader
    catalog: Catalog
    archive: Path | None = None
    _facts: dict[tuple[str, date, tuple[str, ...]], Mapping[tuple[object, ...], list[Row]]] = field(default_factory=dict)

    def sources(self, traces: Mapping[str, Sequence[Trace]]) -> dict[str, tuple[Source, ...]]:
        """The sources of every figure that has traces, by its key, in the order of the files' receipt."""
        wanted = {key: [row for trace in found for row in self._cells(trace)] for key, found in traces.items()}
        submissions = self._submissions({cell.submission_id for cells in wanted.values() for cell in cells})
        places = ColumnPlaces(self.archive, self.catalog) if self.archive is not None else None
        try:
            return {key: tuple(self._named(cells, submissions, places)) for key, cells in wanted.items()}
        finally:
            if places is not None:
                places.close()

    def _cells(self, trace: Trace) -> list[_Cell]:
        rows = [row for row in self._rows(trace) if trace.accepts(row)]
        return [
            _Cell(int(row["_submission_id"]), row["_sheet"], int(row["_row"]), _column(trace, row), row.get(trace.column or ""), trace.role)
            for row in rows
            if trace.column is None or row[trace.column] is not None
        ]

    def _rows(self, trace: Trace) -> list[Row]:
        """The rows of the trace's fact that have its single values; each fact is read once, and indexed by what it is asked for."""
        cutoff, wanted = trace.cutoff or self.marts.cutoff, trace.single
        names = tuple(sorted(wanted))
        if (trace.fact, cutoff, names) not in self._facts:
            relation = self.marts.relation(trace.fact, cutoff)
            index: dict[tuple[object, ...], list[Row]] = defaultdict(list)
            for row in self.marts.run(
                f"select * from {relation} where entity_code = {literal(self.marts.entity_code)} order by {', '.join(LINEAGE)}"
            ):
                index[tuple(row.get(name) for name in names)].append(row)
            self._facts[trace.fact, cutoff, names] = index
        return self._facts[trace.fact, cutoff, names].get(tuple(wanted[name] for name in names), [])

    def _submissions(self, ids: Iterable[int]) -> dict[int, _Submission]:
        chosen = sorted(set(ids))
        if not chosen:
            return {}
        rows = self.marts.run(
            "select _submission_id, kind, dependency_code, file_name, sha256, received_at, is_reconstruction "
            f"from marts.dim_submission where _submission_id in {literal(chosen)}"
        )
        return {int(row.pop("_submission_id")): _Submission(**row) for row in (dict(row) for row in rows)}

    def _named(self, cells: Iterable[_Cell], submissions: Mapping[int, _Submission], places: ColumnPlaces | None) -> Iterable[Source]:
        # What persons answered is never told by file: the sum over one with few of them would tell what the report suppresses.
        forms = {kind for kind, contract in self.catalog.contracts.items() if contract.flow == "form_responses"}
        groups: dict[_Group, list[_Cell]] = defaultdict(list)
        for cell in dict.fromkeys(cells):
            groups[cell.role, cell.submission_id, cell.sheet, cell.column].append(cell)
        for (role, submission_id, sheet, column), found in sorted(groups.items(), key=_receipt(submissions)):
            submission = submissions[submission_id]
            title = self._title(submission.kind, column)
            letter = None
            if places is not None and column is not None:
                letter = places.letter(submission.sha256, submission.file_name, submission.kind, sheet, column)
            for cells_text, value in _answered(found, letter) if submission.kind in forms else _written(found, letter):
                yield Source(
                    submission_id=submission_id,
                    kind=submission.kind,
                    file_name=submission.file_name,
                    sha256=submission.sha256,
                    received_at=submission.received_at,
                    sheet=sheet,
                    cells=cells_text,
                    column=title,
                    value=value,
                    is_reconstruction=submission.is_reconstruction,
                    dependency_code=submission.dependency_code or "",
                    role=role,
                )

    def _title(self, kind: str, column: str | None) -> str:
        """The Spanish header of a column, as the contract has it."""
        if column is None or kind not in self.catalog.contracts:
            return column or ""
        for contract in reversed(self.catalog.versions(kind)):
            for known in contract.columns:
                if known.name == column:
                    return known.title
        return column


@dataclass(frozen=True)
class _Cell:
    submission_id: int
    sheet: str
    row: int
    column: str | None
    value: object
    role: Role


_Group = tuple[Role, int, str, str | None]


def _receipt(submissions: Mapping[int, _Submission]) -> Callable[[tuple[_Group, list[_Cell]]], tuple[int, datetime, int, str, str]]:
    """What is counted before what it is of, each in the order of the files' receipt."""

    def order(item: tuple[_Group, list[_Cell]]) -> tuple[int, datetime, int, str, str]:
        (role, submission_id, sheet, column), _ = item
        return (_ROLES.index(role), submissions[submission_id].received_at, submission_id, sheet, column or "")

    return order


def _column(trace: Trace, row: Mapping[str, Any]) -> str | None:
    """The contract's column that held what the trace counts."""
    if trace.column is None:
        return None
    if monthly := _MONTH_COLUMNS.get((trace.fact, trace.column)):
        return monthly.format(month=row["month"].month)
    if quarterly := _QUARTER_COLUMNS.get((trace.fact, trace.column)):
        return quarterly.format(quarter=row["quarter_number"])
    return trace.column


def _answered(cells: Sequence[_Cell], letter: str | None) -> Iterable[tuple[str, str]]:
    """Where the answers are and how many they are, never what they say."""
    if cells[0].column is None:
        return _written(cells, letter)
    rows = sorted(cell.row for cell in cells)
    place = f"{letter}{rows[0]}:{letter}{rows[-1]} ({counted(len(rows), 'celda', 'celdas')})" if letter else _range(rows)
    return [(place, counted(len(rows), "respuesta", "respuestas"))]


def _written(cells: Sequence[_Cell], letter: str | None) -> Iterable[tuple[str, str]]:
    """Where the cells are and what they hold: each by its name, more than MOST_CELLS as a range with their sum."""
    rows = sorted(cell.row for cell in cells)
    if cells[0].column is None:
        yield (_range(rows), f"{len(rows)} {_ROWS}" if len(rows) > 1 else "1 fila")
        return
    if len(cells) > MOST_CELLS:
        numbers = [cell.value for cell in cells if isinstance(cell.value, int | Decimal) and not isinstance(cell.value, bool)]
        total = written(sum((Decimal(number) for number in numbers), Decimal(0))) if len(numbers) == len(cells) else f"{len(cells)} valores"
        yield (f"{letter}{rows[0]}:{letter}{rows[-1]} ({len(rows)} celdas)" if letter else _range(rows), total)
        return
    for cell in sorted(cells, key=lambda cell: cell.row):
        yield (f"{letter}{cell.row}" if letter else f"fila {cell.row}", _value(cell.value))


def _range(rows: Sequence[int]) -> str:
    if len(rows) == 1:
        return f"fila {rows[0]}"
    return f"filas {rows[0]} a {rows[-1]} ({len(rows)})"


def _value(value: object) -> str:
    match value:
        case bool():
            return "Sí" if value else "No"
        case int() | Decimal():
            return written(Decimal(value))
        case date():
            return f"{value:%d/%m/%Y}"
    return "" if value is None else str(value)
