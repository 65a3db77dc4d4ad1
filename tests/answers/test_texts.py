"""The letters' templates: written as people write here, safe to show, complete in both forms."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from pipc_etl.answers import texts
from pipc_etl.answers.deadline import Deadline, deadline_of
from pipc_etl.answers.texts import count, day, long_day, moment, number, period_name, phrase, render
from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.settings import PROJECT_ROOT
from pipc_etl.warehouse.reviews import Decision, Observation

FOLDER = Path(texts.__file__).parent / "texts"
LETTERS = sorted(path.name.removesuffix(".subject.j2") for path in FOLDER.glob("*.subject.j2"))
AT = datetime(2021, 9, 8, 2, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(PROJECT_ROOT / "expectations")


def decision(reason: str = "Falta la evidencia") -> Decision:
    said = Observation("Adjunte el acta <firmada>", sheet="Ejecución", cell="F12", actor="ana", at=AT)
    return Decision(7, "return", "received", "expected", 42, "ana", reason, AT, (said,))


def review_letter(**changes: object) -> texts.Rendered:
    values = {
        "decision": decision(),
        "decided": "Devuelto",
        "title": "Reporte mensual de ejecución",
        "period": "agosto de 2021",
        "dependency": "Oficina Asesora de Planeación",
        "entity": "Secretaría General",
        "observations": decision().observations,
        "observations_hidden": 0,
        "next_step": "Corrija lo que se pide.",
        "enclosed": None,
    }
    return render("revision", **values | changes)


def test_numbers_and_days_are_written_as_here_when_a_letter_shows_them() -> None:
    assert (number(1234.5, 1), number(20000), count(1, "fila", "filas"), count(1200, "fila", "filas")) == (
        "1.234,5",
        "20.000",
        "1 fila",
        "1.200 filas",
    )
    assert moment(AT) == "07/09/2021, 9:05 p. m."
    assert moment(datetime(2021, 9, 7, 5, 0, tzinfo=UTC)) == "07/09/2021, 12:00 a. m."
    assert (day(AT), long_day(date(2021, 9, 7))) == ("07/09/2021", "martes 7 de septiembre de 2021")


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("2021-M08", "agosto de 2021"),
        ("2021", "vigencia 2021"),
        ("2021-S2", "segundo semestre de 2021"),
        ("2021-C1", "primer cuatrimestre de 2021"),
        ("2021-T4", "cuarto trimestre de 2021"),
        ("2016-2017", "2016-2017"),
        ("informes", "informes"),
    ],
)
def test_periods_have_names_when_a_letter_speaks_of_them(code: str, name: str) -> None:
    assert period_name(code) == name


def test_every_letter_has_its_three_texts_when_the_folder_is_listed() -> None:
    assert {"acuse", "revision"} <= set(LETTERS)
    for name in LETTERS:
        assert (FOLDER / f"{name}.txt.j2").exists(), name
        assert (FOLDER / f"{name}.html.j2").read_text(encoding="utf-8").startswith('{% extends "base.html.j2" %}'), name


def test_no_template_loads_anything_from_elsewhere_when_it_is_read() -> None:
    files = sorted(FOLDER.glob("*.html.j2"))
    assert len(files) >= 4
    for path in files:
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"<(script|link|img|iframe|object|form)\b|url\(|https?://|@import|\|\s*safe", source), path.name


def test_what_people_wrote_cannot_become_markup_when_a_letter_is_rendered() -> None:
    rendered = review_letter(decision=decision('<script>alert("x")</script>'), dependency="Oficina & <b>Cía</b>")
    assert "<script>" not in rendered.html
    assert "&lt;script&gt;" in rendered.html
    assert "Oficina &amp; &lt;b&gt;" in rendered.html
    assert "Adjunte el acta &lt;firmada&gt;" in rendered.html
    assert "Adjunte el acta <firmada>" in rendered.text
    assert "&lt;" not in rendered.text


def test_the_subject_is_one_line_when_a_title_has_several() -> None:
    rendered = review_letter(title="Reporte\r\nBcc: otra@parte.example")
    assert rendered.subject == "Devuelto · Reporte Bcc: otra@parte.example, agosto de 2021"


def test_a_template_is_not_filled_when_a_value_is_missing() -> None:
    with pytest.raises(UndefinedError, match="'decided' is undefined"):
        render("revision", title="Reporte", period="agosto de 2021")


def test_lines_left_out_leave_no_holes_when_a_letter_is_short() -> None:
    text = review_letter(observations=()).text
    assert "OBSERVACIONES" not in text
    assert "\n\n\n" not in text


@pytest.mark.parametrize(
    ("arrived", "accepted", "expected", "words"),
    [
        ("2021-09-07T23:59", (42, "2021-09-07T23:59"), ("met_on_time", 0), "Cumplida a tiempo."),
        ("2021-09-30T10:00", (41, "2021-09-03T10:00"), ("met_on_time", 0), "Cumplida a tiempo con la entrega 41, del 03/09/2021."),
        ("2021-09-08T00:00", (42, "2021-09-08T00:00"), ("met_late", 1), "Cumplida con 1 día de retraso."),
        ("2021-09-07T10:00", None, ("open", 0), "Todavía está a tiempo"),
        ("2021-09-10T10:00", None, ("overdue", 3), "Venció hace 3 días"),
    ],
)
def test_the_due_day_is_told_when_a_file_arrives(
    catalog: Catalog, arrived: str, accepted: tuple[int, str] | None, expected: tuple[str, int], words: str
) -> None:
    """August 2021 is due on the fifth business day of September, the 7th, until midnight in Bogotá."""

    def bogota(text: str) -> datetime:
        return datetime.fromisoformat(f"{text}:00-05:00")

    contract = catalog.contracts["execution_report"]
    first = (accepted[0], bogota(accepted[1])) if accepted else None
    found = deadline_of(contract, "2021-M08", bogota(arrived), first)
    assert isinstance(found, Deadline)
    assert (found.due, found.state, found.days) == (date(2021, 9, 7), *expected)
    told = phrase("plazo", deadline=found, number=42)
    assert told.startswith("martes 7 de septiembre de 2021.")
    assert words in told


@pytest.mark.parametrize(
    ("verdict", "quarantined", "words"),
    [
        ("accepted", 0, "Así sería recibido completo."),
        ("accepted_with_observations", 0, "Así sería recibido completo. Revise las advertencias"),
        ("accepted_with_observations", 2, "las filas con errores quedarían por fuera"),
        ("returned", 0, "Así sería devuelto"),
    ],
)
def test_rows_are_said_to_stay_out_only_when_some_would(verdict: str, quarantined: int, words: str) -> None:
    told = phrase("paso_previo", verdict=verdict, rows_quarantined=quarantined, not_evaluated=0)
    assert words in told
    assert ("por fuera" in told) == bool(quarantined)


@pytest.mark.parametrize(("observations", "is_over"), [(0, True), (1, False)])
def test_nothing_more_is_to_be_done_only_when_the_office_asks_for_nothing(observations: int, is_over: bool) -> None:
    known = dict.fromkeys(("is_duplicate", "is_misplaced", "is_closed", "is_form", "superseded_by", "rows_quarantined", "warnings"))
    told = phrase("siguiente_paso", **known, verdict="accepted", observations=observations)
    assert told.startswith("Entró completo.")
    assert ("No tiene que hacer nada más" in told, "sigue abierta" in told) == (is_over, not is_over)


def test_no_due_day_is_told_when_the_kind_has_none(catalog: Catalog) -> None:
    assert deadline_of(catalog.contracts["activity_plan"], "2021", AT, None) is None
