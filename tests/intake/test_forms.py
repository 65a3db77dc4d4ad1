"""Exports of Google Forms and Microsoft Forms under one contract."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pandas as pd
import xlsxwriter
from written_files import problems, rules

from pipc_etl.intake import Batch

Read = Callable[..., Batch]
CONSENT = "¿Autoriza el tratamiento de sus datos personales?"
GOOGLE = ["Marca temporal", "Escriba el código del evento", CONSENT, "Escriba su nombre completo", "¿Pertenece a alguno de estos grupos?"]
MICROSOFT = ["Id", "Hora de inicio", "Hora de finalización", "Correo electrónico", "Nombre", "Código del evento", CONSENT]


def write_csv(path: Path, rows: list[list[object]], *, separator: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=separator).writerows(rows)
    return path


def test_google_export_is_read_when_csv_with_questions_as_headers(tmp_path: Path, read: Read) -> None:
    rows: list[list[object]] = [
        GOOGLE,
        ["30/06/2023 9:58:12", "SG23-DC1", "Sí", "Luz Peña", "Persona cuidadora, Migrante"],
        ["30/06/2023 9:58:12", "SG23-DC1", "No", "", "Ninguno"],
        ["2023/06/30 9:59:00 a. m. GMT-5", "SG23-DC1", "Sí, autorizo", "Ana", "No responde"],
    ]
    batch = read(write_csv(tmp_path / "Asistencia (respuestas).csv", rows), "attendance_form", "2023")
    assert len(batch.frame) == 3
    assert (batch.dialect, rules(batch), problems(batch)) == ("google_forms", [], [])
    assert batch.frame["submitted_at"].tolist()[2] == pd.Timestamp(2023, 6, 30, 9, 59)
    assert batch.frame["consent"].tolist() == [True, False, True]
    assert batch.frame["population_groups"].tolist() == [["caregiver", "migrant"], ["none"], ["no_answer"]]


def test_microsoft_export_is_read_when_workbook_with_system_columns(tmp_path: Path, read: Read) -> None:
    header = [*MICROSOFT, "Nombre completo", "Correo", "Discapacidad"]
    with xlsxwriter.Workbook(tmp_path / "Asistencia(1-2).xlsx", {"default_date_format": "m/d/yy h:mm:ss"}) as book:
        page = book.add_worksheet("Form1")
        page.write_row(0, 0, header)
        start, end = datetime(2023, 6, 30, 9, 57), datetime(2023, 6, 30, 9, 58, 12)
        page.write_row(1, 0, [1, start, end, "anonymous", "", "SG23-DC1", "Sí", "Luz Peña", "luz@ejemplo.co", "Física;Visual;"])
        page.write_row(2, 0, [2, start, end, "quien.firma@ejemplo.co", "Quien Firma", "SG23-DC1", "Sí", "", "", "Ninguna;"])
    batch = read(tmp_path / "Asistencia(1-2).xlsx", "attendance_form", "2023")
    assert len(batch.frame) == 2
    assert (batch.dialect, rules(batch), problems(batch)) == ("microsoft_forms", [], [])
    assert batch.frame["response_id"].tolist() == ["1", "2"]
    assert batch.frame["submitted_at"].tolist() == [pd.Timestamp(2023, 6, 30, 9, 58, 12)] * 2
    assert batch.frame["started_at"].tolist() == [pd.Timestamp(2023, 6, 30, 9, 57)] * 2
    # The question wins over the system column, also where nobody answered it.
    assert batch.frame["full_name"].isna().tolist() == [False, True]
    assert batch.frame["email"].tolist()[0] == "luz@ejemplo.co"
    assert batch.frame["email"].isna().tolist() == [False, True]
    assert batch.frame["disability"].tolist() == [["physical", "visual"], ["none"]]
    assert batch.cell("Form1", 2, "email") == "I2"


def test_microsoft_person_columns_are_used_when_no_question_asks_for_them(tmp_path: Path, read: Read) -> None:
    rows: list[list[object]] = [
        MICROSOFT,
        [1, "30/06/2023 9:57:00", "30/06/2023 9:58:12", "anonymous", "", "SG23-DC1", "Sí"],
        [2, "30/06/2023 9:57:00", "30/06/2023 9:58:12", "luz@ejemplo.co", "Luz Peña", "SG23-DC1", "Sí"],
    ]
    batch = read(write_csv(tmp_path / "a.csv", rows, separator=";"), "attendance_form", "2023")
    assert len(batch.frame) == 2
    assert (batch.dialect, rules(batch)) == ("microsoft_forms", [])
    assert batch.frame["email"].isna().tolist() == [True, False]
    assert batch.frame["full_name"].tolist()[1] == "Luz Peña"


def test_copy_numbers_are_left_out_when_microsoft_repeats_a_system_title(tmp_path: Path, read: Read) -> None:
    rows: list[list[object]] = [
        [*MICROSOFT, "Nombre1"],
        [1, "30/06/2023 9:57:00", "30/06/2023 9:58:12", "anonymous", "", "SG23-DC1", "Sí", "Luz Peña"],
    ]
    batch = read(write_csv(tmp_path / "a.csv", rows), "attendance_form", "2023")
    assert (rules(batch), batch.frame["full_name"].tolist()) == ([], ["Luz Peña"])


def test_answers_are_taken_from_wherever_they_were_given_when_a_form_asks_twice(tmp_path: Path, read: Read) -> None:
    rows: list[list[object]] = [
        [*GOOGLE, "Nombre completo 2"],
        ["30/06/2023 9:58:12", "SG23-DC1", "Sí", "Luz", "", ""],
        ["30/06/2023 9:58:13", "SG23-DC1", "Sí", "", "", "Ana"],
        ["30/06/2023 9:58:14", "SG23-DC1", "Sí", "Luz", "", "Ana"],
        ["30/06/2023 9:58:15", "SG23-DC1", "Sí", "Luz", "", " Luz"],
    ]
    batch = read(write_csv(tmp_path / "a.csv", rows), "attendance_form", "2023")
    assert len(batch.frame) == 4
    assert [(finding.rule, finding.severity, finding.cell) for finding in batch.findings] == [("header.merged", "info", "F1")]
    assert batch.frame["full_name"].fillna("").tolist() == ["Luz", "Ana", "", "Luz"]
    assert problems(batch) == [("D4", "cell.contradiction")]
    assert batch.original["full_name"].tolist()[2] == "Luz / Ana"


def test_same_column_is_an_error_when_the_file_is_no_form(tmp_path: Path, read: Read) -> None:
    rows: list[list[object]] = [["Nombre", *GOOGLE], ["Luz", "30/06/2023 9:58:12", "SG23-DC1", "Sí", "Ana", ""]]
    batch = read(write_csv(tmp_path / "a.csv", rows), "attendance_form", "2023")
    assert rules(batch) == ["header.duplicate"]
    assert len(batch.frame) == 0
