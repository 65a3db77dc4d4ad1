"""Texts, masks, cells and order of findings, and the report that a person reads."""

import io
import json
from datetime import date, datetime

import pandas as pd
import pytest
from execution_rows import FACTS, catalog, contract, reference, row, rows
from rich.console import Console
from sample_batch import sample_batch

from pipc_etl.contracts import Finding
from pipc_etl.validation import Verdict, validate
from pipc_etl.validation.findings import cell_ranges, mask, shown_value, some_values
from pipc_etl.validation.report import as_json, exit_code, place, print_report


@pytest.mark.parametrize(
    ("text", "masked"), [("52345678", "52…78"), ("luz@ejemplo.co", "lu…co"), ("abcdef", "ab…ef"), ("abcde", "a…"), ("12", "…"), ("", "…")]
)
def test_value_is_masked_when_it_is_personal(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (date(2021, 5, 3), "03/05/2021"),
        (datetime(2021, 5, 3, 10, 5), "03/05/2021 10:05:00"),
        (pd.Timestamp("2021-05-03"), "03/05/2021"),
        (True, "Sí"),
        (2.5, "2,5"),
        (["a", "b"], "a; b"),
        (pd.NA, None),
        (pd.NaT, None),
        ("", None),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_value_reads_as_people_write_when_a_finding_shows_it(value: object, shown: str | None) -> None:
    assert shown_value(value, contract().column("evidence")) == shown


def test_neighbouring_cells_become_ranges_when_they_are_many() -> None:
    assert cell_ranges(["D6", "D7", "D8", "D10", "E11"]) == "D6:D8, D10, E11"
    assert cell_ranges([f"D{2 * number}" for number in range(1, 20)]) == "D2, D4, D6, D8, D10, D12, D14, D16, …"


def test_first_different_values_are_shown_when_they_are_many() -> None:
    assert some_values(["a", "a", None, "b", "c", "d"]) == "a; b; c; …"
    assert some_values([None]) is None


@pytest.mark.parametrize(
    ("finding", "where"),
    [
        (Finding("r", "error", "cell", "m", "r", sheet="Ejecución", cell="F12", row=12), "Ejecución!F12"),
        (Finding("r", "error", "row", "m", "r", sheet="Ejecución", row=12), "Ejecución!fila 12"),
        (Finding("r", "error", "file", "m", "r"), "archivo"),
    ],
)
def test_place_reads_as_in_a_spreadsheet_when_it_is_told(finding: Finding, where: str) -> None:
    assert place(finding) == where


def a_verdict(bad: dict[str, object]) -> Verdict:
    return validate(sample_batch(contract(), [row(0) | bad, *rows(9)[1:]]), catalog(), reference(10), FACTS)


@pytest.mark.parametrize(("bad", "code"), [({}, 0), ({"evidence": None}, 0), ({"carried_over_from": 1999}, 1)])
def test_exit_code_tells_errors_when_the_report_ends(bad: dict[str, object], code: int) -> None:
    assert exit_code(a_verdict(bad)) == code


def test_exit_code_is_three_when_the_file_cannot_be_read() -> None:
    broken = catalog().finding("file.unreadable", value="x.xlsx", reason="está dañado")
    assert exit_code(validate(sample_batch(contract(), [], findings=[broken]), catalog(), None, FACTS)) == 3


def test_json_holds_every_finding_when_it_is_asked_for() -> None:
    told = json.loads(as_json(a_verdict({"carried_over_from": 1999}), "reporte.xlsx"))
    assert (told["file"], told["state"], told["rows_read"], told["rows_quarantined"]) == (
        "reporte.xlsx",
        "accepted_with_observations",
        9,
        1,
    )
    assert [(f["rule"], f["sheet"], f["cell"], f["severity"], f["value"]) for f in told["findings"]] == [
        ("value.out_of_range", "Hoja1", "L6", "error", "1999")
    ]


def test_report_is_in_spanish_with_the_cells_when_it_is_printed() -> None:
    console = Console(file=io.StringIO(), width=160)
    print_report(a_verdict({"carried_over_from": 1999}), "reporte [1].xlsx", console)
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    assert "reporte [1].xlsx: Aceptado con observaciones" in printed
    assert "9 filas leídas, 8 aceptadas, 1 apartada, 1 error, 0 advertencias, 0 notas" in printed
    assert "Hoja1!L6" in printed
    assert "«Viene de la vigencia» admite valores entre 2000 y 2100" in printed
