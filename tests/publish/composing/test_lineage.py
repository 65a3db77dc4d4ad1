"""A figure leads to the cells whose numbers give it: the archived files are opened and the cells added up."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from decimal import Decimal

import pytest

from pipc_etl.contracts import Finding
from pipc_etl.intake.archive import stored
from pipc_etl.intake.batch import open_book
from pipc_etl.intake.reader import ReaderPool
from pipc_etl.publish.document import Document, Figure, Role, Source
from tests.reconstruction import Reconstruction

_CELL = re.compile(r"([A-Z]+)(\d+)")
_ROWS = re.compile(r"filas? (?:\d+ a \d+ \((\d+)\)|(\d+))")


class Archive:
    """Reads the cells that sources name, as a person would who opens the file."""

    def __init__(self, reconstruction: Reconstruction, pool: ReaderPool) -> None:
        self.reconstruction, self.pool = reconstruction, pool
        self.sheets: dict[str, dict[str, list[list[object]]]] = {}

    def number(self, source: Source) -> Decimal:
        """What stands in the cell of `source`, a number as the sheet has it; a blank is none."""
        letters, row = _CELL.fullmatch(source.cells).groups()  # type: ignore[union-attr]
        column = 0
        for letter in letters:
            column = column * 26 + ord(letter) - ord("A") + 1
        value = self._sheets(source)[source.sheet][int(row) - 1][column - 1]
        return Decimal(str(value).strip())

    def _sheets(self, source: Source) -> dict[str, list[list[object]]]:
        if source.sha256 not in self.sheets:
            path = stored(self.reconstruction.settings.archive, source.sha256, source.file_name)
            assert hashlib.sha256(path.read_bytes()).hexdigest() == source.sha256
            book = open_book(path, self.reconstruction.catalog, self.pool)
            assert not isinstance(book, Finding)
            self.sheets[source.sha256] = {sheet.name: sheet.rows for sheet in book.sheets}
        return self.sheets[source.sha256]


@pytest.fixture(scope="module")
def archive(reconstruction: Reconstruction) -> Iterable[Archive]:
    with ReaderPool() as pool:
        yield Archive(reconstruction, pool)


def _sum(archive: Archive, figure: Figure, role: Role) -> Decimal:
    sources = [source for source in figure.sources if source.role == role]
    return sum((archive.number(source) for source in sources), Decimal(0))


def _plan_percents(document: Document) -> list[Figure]:
    """Ratios of what was executed to what was programmed, at any level; months and originals too."""
    codes = ("execution_pct", "compliance_pct", "progress_pct", "original_execution_pct")
    return [figure for figure in document.figures.values() if figure.measure in codes and figure.value is not None]


@pytest.mark.parametrize(("name", "at_least"), [("S0", 40), ("S1", 25), ("S4", 7)])
def test_cells_add_up_to_both_numbers_when_a_percent_of_a_plan_is_followed(
    name: str, at_least: int, composed: Callable[[str], Document], archive: Archive
) -> None:
    figures = _plan_percents(composed(name))
    assert len(figures) >= at_least
    for figure in figures:
        if all(_CELL.fullmatch(source.cells) for source in figure.sources):
            assert _sum(archive, figure, "numerator") == figure.numerator, figure.key
            assert _sum(archive, figure, "denominator") == figure.denominator, figure.key


def test_executed_of_2021_is_the_sum_of_its_cells_when_the_plan_is_followed(composed: Callable[[str], Document], archive: Archive) -> None:
    figure = composed("S1").figures["plan/PIPC/2021-C2/compliance_pct"]
    cells = [source for source in figure.sources if source.role == "numerator"]
    assert (figure.numerator, figure.denominator) == (42, 40)
    assert len(cells) >= 30
    assert {source.column for source in cells} == {"Ejecutado"}
    assert sum(archive.number(source) for source in cells) == 42
    assert sum(int(source.value) for source in cells) == 42


def test_files_and_rows_are_named_when_people_are_counted(composed: Callable[[str], Document]) -> None:
    document = composed("S2")
    hearing = document.figures["session/SG23-AUD/form_rows"]
    counted = [_ROWS.fullmatch(source.cells) for source in hearing.sources]
    assert hearing.value == 317
    assert all(counted)
    # A person may have answered twice: each attendance is cited by the row that stands for it.
    assert sum(int(match[1] or 1) for match in counted if match) == 305
    assert all(source.kind == "attendance_form" for source in hearing.sources)


def test_no_single_answer_is_cited_when_a_mean_is_followed(composed: Callable[[str], Document]) -> None:
    means = [figure for figure in composed("S2").figures.values() if figure.measure == "evaluation_mean"]
    assert len(means) == 16
    hidden = [figure for figure in means if figure.missing == "suppressed"]
    assert len(hidden) >= 1
    # The cells of what is not told would tell it.
    assert all(not figure.sources and figure.numerator is None for figure in hidden)
    for figure in (figure for figure in means if figure.value is not None):
        assert figure.sources
        assert all(":" in source.cells and "celda" in source.cells for source in figure.sources), figure.key
        # The sum over one file would tell the mean of a session that is suppressed.
        assert all(re.fullmatch(r"[\d.]+ respuestas?", source.value) for source in figure.sources), figure.key


def test_sources_are_named_by_title_when_the_archive_is_not_at_hand(composed: Callable[[str], Document]) -> None:
    sources = [source for figure in composed("S1").figures.values() for source in figure.sources]
    assert len(sources) >= 100
    assert all(source.sha256 and source.file_name and source.sheet and source.cells for source in sources)
    assert {source.is_reconstruction for source in sources} == {True}
    assert {source.role for source in sources} == {"value", "numerator", "denominator"}
