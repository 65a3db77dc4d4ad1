"""What became of a file's observations in the one that corrects it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from pipc_etl.answers.comparison import Earlier, Noted, compare
from pipc_etl.contracts import Finding

MISSING = Finding("required", "error", "cell", "Falta", "Escríbalo", "Hoja", "F12", 12, "evidence")
BEFORE = datetime(2021, 9, 3, 15, tzinfo=UTC)


def noted(finding: Finding = MISSING, key: str | None = None, **changes: object) -> Noted:
    return Noted(replace(finding, **changes), key)  # type: ignore[arg-type]


def outcome(earlier: list[Noted], current: list[Noted], *, rows_were_judged: bool = True) -> tuple[list[str | None], set[int]]:
    """Cells of what was solved, positions of what remains."""
    compared = compare(Earlier(41, BEFORE, tuple(earlier)), current, rows_were_judged=rows_were_judged)
    assert (compared.previous_number, compared.previous_received_at) == (41, BEFORE)
    return [finding.cell for finding in compared.solved], set(compared.remaining)


def test_solved_remaining_and_new_are_told_apart_when_rows_keep_their_place() -> None:
    earlier = [noted(key="A"), noted(key="B", cell="F13", row=13)]
    current = [noted(key="C", cell="F14", row=14), noted(key="B", cell="F13", row=13)]
    assert outcome(earlier, current) == (["F12"], {1})


def test_the_row_is_recognised_by_its_key_when_it_moved() -> None:
    assert outcome([noted(key="A")], [noted(key="A", cell="F90", row=90, sheet="Otra")]) == ([], {0})


def test_another_row_is_not_taken_for_it_when_it_moved_into_its_place() -> None:
    """The first of two rows with the same problem was deleted: the second moves up."""
    earlier = [noted(key="A"), noted(key="B", cell="F13", row=13)]
    assert outcome(earlier, [noted(key="B")]) == (["F12"], {0})


def test_the_place_decides_when_the_key_itself_was_mended() -> None:
    assert outcome([noted(key="GAB-99")], [noted(key="GAB-09")]) == ([], {0})
    assert outcome([noted()], [noted()]) == ([], {0})
    assert outcome([noted()], [noted(cell="F13", row=13)]) == (["F12"], set())


def test_another_rule_or_column_is_new_when_the_cell_is_the_same() -> None:
    assert outcome([noted(key="A")], [noted(key="A", rule="too_long")]) == (["F12"], set())
    assert outcome([noted(key="A")], [noted(key="A", column="executed_qty")]) == (["F12"], set())


def test_two_equal_observations_are_two_when_one_is_solved() -> None:
    twice = [noted(key="A"), noted(key="A", cell="F13", row=13)]
    assert outcome(twice, [noted(key="A")]) == (["F13"], {0})


def test_an_observation_of_many_cells_remains_when_some_of_them_do() -> None:
    many = noted(rule="month_differs", scope="file", cell="D2:D40", column="month", value="2021-04")
    assert outcome([many], [replace_cell(many, "D7")]) == ([], {0})


def test_headers_are_told_apart_when_one_of_two_is_added() -> None:
    first = noted(rule="header.unknown", severity="warning", scope="sheet", column=None, cell=None, row=None, value="Notas")
    second = Noted(replace(first.finding, value="Borrador"))
    assert outcome([first, second], [second]) == ([None], {0})


def test_nothing_in_rows_counts_as_solved_when_nobody_could_look_at_them() -> None:
    header = noted(rule="header.missing", scope="sheet", cell=None, row=None, column="executed_qty")
    assert outcome([noted(key="A"), header], [], rows_were_judged=False) == ([None], set())
    assert outcome([noted(key="A"), header], []) == (["F12", None], set())


def test_a_note_is_not_solved_when_it_is_gone() -> None:
    assert outcome([noted(severity="info")], []) == ([], set())


def replace_cell(note: Noted, cell: str) -> Noted:
    return Noted(replace(note.finding, cell=cell), note.row_key)
