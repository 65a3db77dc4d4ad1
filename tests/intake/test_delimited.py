"""Text files: separators, encodings, ragged rows and open quotes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from written_files import REPORT_HEADER, problems, rules

from pipc_etl.intake import Batch
from pipc_etl.intake.delimited import detect

Read = Callable[..., Batch]
HEADER = [*REPORT_HEADER, "Descripción"]


def text(separator: str) -> str:
    rows = [HEADER, ["PIPC", "GAB-01", "mayo", "1", "2", "Sesión en Ciudad Bolívar"], ["PIPC", "GAB-02", "mayo", "1", "0", "Año"]]
    return "\r\n".join(separator.join(row) for row in rows) + "\r\n"


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_text_is_read_when_in_any_separator_and_encoding(tmp_path: Path, read: Read, separator: str, encoding: str) -> None:
    path = tmp_path / ("a.tsv" if separator == "\t" else "a.txt")
    path.write_bytes(text(separator).encode(encoding))
    batch = read(path)
    assert batch.frame["description"].tolist() == ["Sesión en Ciudad Bolívar", "Año"]
    assert batch.frame["executed_qty"].tolist() == [2, 0]
    assert (rules(batch), problems(batch)) == ([], [])
    assert detect(path).separator == separator
    assert batch.cell("CSV", 3, "executed_qty") == "E3"


def test_separator_is_found_when_cells_hold_the_others(tmp_path: Path, read: Read) -> None:
    lines = [
        ";".join(HEADER),
        'PIPC;GAB-01;mayo;1;2;"uno, dos, tres; y cuatro"',
        "PIPC;GAB-02;mayo;1,0;2,0;a, b, c",
        "PIPC;GAB-03;mayo;1;2;x|y|z",
    ]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    batch = read(tmp_path / "a.csv")
    assert batch.frame["description"].tolist() == ["uno, dos, tres; y cuatro", "a, b, c", "x|y|z"]
    assert batch.frame["executed_qty"].tolist() == [2, 2, 2]


def test_rows_are_numbered_as_records_when_cells_hold_line_breaks(tmp_path: Path, read: Read) -> None:
    lines = [";".join(HEADER), 'PIPC;GAB-01;mayo;1;2;"uno\ndos"', ";;;;;", "PIPC;GAB-02;mayo;1;x;b"]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    batch = read(tmp_path / "a.csv")
    assert batch.frame["_row"].tolist() == [2, 4]
    assert batch.frame["description"].tolist() == ["uno\ndos", "b"]
    assert problems(batch) == [("E4", "number.mark")]


def test_row_is_a_finding_when_it_has_another_width(tmp_path: Path, read: Read) -> None:
    lines = [";".join(HEADER), "PIPC;GAB-01;mayo;1;2;uno", "PIPC;GAB-02;mayo;1;2;dos;tres", "PIPC;GAB-03;mayo", "TOTAL;;;2", ";;;;;;;"]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    batch = read(tmp_path / "a.csv")
    assert batch.frame["_row"].tolist() == [2, 3, 4]
    assert problems(batch) == [("A3", "row.ragged"), ("A4", "row.ragged")]
    assert batch.frame["_problems"].iloc[1][0].params == {"found": "7", "expected": "6"}
    assert batch.frame["activity_code"].isna().tolist() == [False, True, True]
    assert rules(batch) == ["rows.total"]


def test_file_is_unreadable_when_a_quote_never_closes(tmp_path: Path, read: Read) -> None:
    body = ";".join(HEADER) + '\nPIPC;GAB-01;mayo;1;2;"uno\n' + "PIPC;GAB-02;mayo;1;2;dos\n" * 500_000
    (tmp_path / "a.csv").write_text(body, encoding="utf-8")
    batch = read(tmp_path / "a.csv")
    assert rules(batch) == ["file.unreadable"]
    assert "comilla" in batch.findings[0].message


def test_text_survives_when_bytes_are_no_letters(tmp_path: Path, read: Read) -> None:
    (tmp_path / "a.csv").write_bytes(";".join(HEADER).encode("cp1252") + b"\nPIPC;GAB-01;mayo;1;2;a\x81\xf1\x00b\n")
    batch = read(tmp_path / "a.csv")
    assert batch.frame["description"].tolist() == ["a\ufffdñb"]
