"""Observations as a reviewer types them."""

from __future__ import annotations

import pytest

from pipc_etl.obligations.notes import parse_note
from pipc_etl.warehouse.reviews import Note, RefusedError

ACTIVITIES = {"GAB-01", "TIC-1", "A7"}


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("F12: la cifra no coincide", Note("la cifra no coincide", sheet="Ejecución", cell="F12")),
        ("f$12: la cifra: 3 o 4", Note("la cifra: 3 o 4", sheet="Ejecución", cell="F12")),
        ("Ejecución!AB3: falta", Note("falta", sheet="Ejecución", cell="AB3")),
        ("'Ejecución'!AB3: falta", Note("falta", sheet="Ejecución", cell="AB3")),
        ("GAB-01: falta el acta", Note("falta el acta", activity_code="GAB-01")),
        ("gab-01: falta el acta", Note("falta el acta", activity_code="GAB-01")),
        ("actividad A7: falta el acta", Note("falta el acta", activity_code="A7")),
        ("Ejecución!A7: falta el acta", Note("falta el acta", sheet="Ejecución", cell="A7")),
        ("F12:la cifra no coincide", Note("la cifra no coincide", sheet="Ejecución", cell="F12")),
        ("GAB-01:falta el acta", Note("falta el acta", activity_code="GAB-01")),
        ("E2:E5 no coinciden con el acta", Note("E2:E5 no coinciden con el acta")),
        ("acta-2:folio 3", Note("acta-2:folio 3")),
        ("Falta la firma", Note("Falta la firma")),
        ("Dos cosas: la firma y el acta", Note("Dos cosas: la firma y el acta")),
        ("Reunión a las 10:30", Note("Reunión a las 10:30")),
    ],
)
def test_line_says_what_it_is_about_when_it_is_read(line: str, note: Note) -> None:
    assert parse_note(line, ACTIVITIES, {"Ejecución"}) == note


@pytest.mark.parametrize(
    ("line", "sheets", "complaint"),
    [
        ("", {"Ejecución"}, "vacía"),
        ("A7: falta", {"Ejecución"}, "es una celda y también una actividad"),
        ("GAB-1: falta", {"Ejecución"}, "no es una celda ni una actividad"),
        ("actividad GAB-9: falta", {"Ejecución"}, "no está en el plan"),
        ("Otra!F12: falta", {"Ejecución"}, "no tiene filas en una hoja «Otra»"),
        ("F12: falta", {"Ejecución", "Anexo"}, "varias hojas"),
    ],
)
def test_line_is_refused_when_nobody_could_follow_it(line: str, sheets: set[str], complaint: str) -> None:
    with pytest.raises(RefusedError, match=complaint):
        parse_note(line, ACTIVITIES, sheets)


def test_cell_stands_alone_when_the_file_has_no_rows() -> None:
    assert parse_note("F12: falta", ACTIVITIES, set()) == Note("falta", cell="F12")
