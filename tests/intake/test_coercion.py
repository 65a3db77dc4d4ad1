"""Cells as people write them, column type by column type: what is read, what is missing and why, what is reported."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_files import MONTHS, make_column

from pipc_etl.contracts import Catalog
from pipc_etl.intake.cells import CellError, PercentCell, Uncomputed
from pipc_etl.intake.coercion import Reading, coerce, read_cell
from pipc_etl.intake.words import Fault, Missing, clean

IN_2021 = Reading(2021, False, (date(2021, 5, 1), date(2021, 5, 31)))
NBSP = "\u00a0"


def outcome(raw: object, type_: str, reading: Reading = IN_2021, **more: object) -> object:
    """The value read, or `rule` of what is wrong, or `=reason` of what is missing."""
    read = read_cell(raw, make_column(type_, **more), None, reading)
    if isinstance(read, Fault):
        return read.rule
    return f"={read.reason}" if isinstance(read, Missing) else read


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1.234.567", 1234567.0),
        ("1,234,567", 1234567.0),
        ("1 234 567", 1234567.0),
        (f"1{NBSP}234,5", 1234.5),
        ("92,9", 92.9),
        ("6.8", 6.8),
        ("1234", 1234.0),
        ("0,234", 0.234),
        ("0.234", 0.234),
        ("1234.567", 1234.567),
        (",5", 0.5),
        ("6.8 mil", 6800.0),
        (f"6.8{NBSP}mil", 6800.0),
        ("18 mil", 18000.0),
        ("1,2 M", 1_200_000.0),
        ("2 millones", 2_000_000.0),
        ("-3,5", -3.5),
        ("−3,5", -3.5),
        ("(3,5)", -3.5),
        ("$ 1.234.567", 1234567.0),
        ("0", 0.0),
        (0.0, 0.0),
        (1.234, 1.234),
        (19419.0, 19419.0),
        ("1.234", "number.ambiguous"),
        ("19,419", "number.ambiguous"),
        ("70,487", "number.ambiguous"),
        ("339.876", "number.ambiguous"),
        ("-1.234", "number.ambiguous"),
        ("1.234 mil", "number.ambiguous"),
        ("1'234.567", "number.invalid"),
        ("1.23.4", "number.invalid"),
        ("doce", "number.invalid"),
        ("12 talleres", "number.invalid"),
        ("x", "number.mark"),
        ("71,4%", "number.unexpected_percent"),
        (PercentCell(0.5), "number.unexpected_percent"),
        (True, "number.invalid"),
        (date(2024, 3, 1), "number.became_date"),
        (CellError("#REF!"), "cell.error"),
        ("#DIV/0!", "cell.error"),
        ("#¡REF!", "cell.error"),
        ("#N/A", "cell.error"),
        (Uncomputed(), "cell.uncomputed"),
        ("", None),
        ("  ", None),
        ("-", None),
        ("–", None),
        ("N/A", "=not_applicable"),
        ("n/a", "=not_applicable"),
        ("No aplica", "=not_applicable"),
        ("S/D", "=no_data"),
        ("Sin dato", "=no_data"),
        ("No responde", "=no_answer"),
        ("NR", "=no_answer"),
        ("Pend.", "=pending"),
        ("PENDIENTE", "=pending"),
    ],
)
def test_number_is_read_or_reported_when_written_in_any_manner(raw: object, expected: object) -> None:
    assert outcome(raw, "number") == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("1234", 1234),
        ("1.234", "number.ambiguous"),
        ("2,000", "number.ambiguous"),
        ("1.234.567", 1234567),
        ("2,0", 2),
        ("2,5", "integer.fraction"),
        (5.0, 5),
        (1234.0, 1234),
        (2.5, "integer.fraction"),
        ("18 mil", 18000),
        ("6.8 mil", 6800),
        ("0", 0),
        ("X", "number.mark"),
        (datetime(2024, 3, 1), "number.became_date"),
    ],
)
def test_integer_is_read_or_reported_when_written_in_any_manner(raw: object, expected: object) -> None:
    read = outcome(raw, "integer")
    assert read == expected
    assert isinstance(read, type(expected))


def test_thousands_are_ruled_out_when_the_columns_maximum_forbids_them() -> None:
    assert outcome("98,750 %", "number", maximum=100, percent=True) == 98.75
    assert outcome("98,750", "number", maximum=100_000) == "number.ambiguous"


def test_unit_is_left_out_when_it_is_the_columns_own() -> None:
    assert outcome("1,5 hora", "number", unit="horas") == 1.5
    assert outcome("34 años", "integer", unit="años") == 34
    assert outcome("34 años", "integer") == "number.invalid"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("98,7 %", 98.7),
        ("98,7%", 98.7),
        (f"105{NBSP}%", 105.0),
        ("71,4%", 71.4),
        ("0%", 0.0),
        ("50", 50.0),
        (PercentCell(1.05), 105.0),
        (PercentCell(0.987), 98.7),
        (PercentCell(0.0), 0.0),
        (50.0, 50.0),
        (0.0, 0.0),
        (0.5, "percent.ambiguous"),
        (1.0, "percent.ambiguous"),
    ],
)
def test_percent_is_read_in_points_when_text_or_fraction_cell(raw: object, expected: object) -> None:
    assert outcome(raw, "number", percent=True) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("31/08/2021", date(2021, 8, 31)),
        ("14-11-20", date(2020, 11, 14)),
        ("26/03/20", date(2020, 3, 26)),
        ("3/4/2021", date(2021, 4, 3)),
        ("29 de diciembre/2020", date(2020, 12, 29)),
        ("20 de abril de 2023", date(2023, 4, 20)),
        ("15 de junio/2021", date(2021, 6, 15)),
        ("viernes, 30 de junio de 2023", date(2023, 6, 30)),
        ("MIÉRCOLES 22 DE NOVIEMBRE DE 2023", date(2023, 11, 22)),
        ("1º de mayo de 2021", date(2021, 5, 1)),
        ("15-jun-21", date(2021, 6, 15)),
        ("Dec 11, 2020", date(2020, 12, 11)),
        ("2021-08-31", date(2021, 8, 31)),
        ("2021/08/31", date(2021, 8, 31)),
        ("2021-08-31 00:00:00", date(2021, 8, 31)),
        ("31.08.2021", date(2021, 8, 31)),
        (date(2021, 8, 31), date(2021, 8, 31)),
        (datetime(2021, 8, 31, 10, 30), date(2021, 8, 31)),
        (44439.0, date(2021, 8, 31)),
        ("44439", date(2021, 8, 31)),
        ("31/02/2021", "date.impossible"),
        ("31/13/2021", "date.impossible"),
        ("2021-02-30", "date.impossible"),
        ("31/08/0021", "date.impossible"),
        ("08/31/2021", "date.month_first"),
        ("01/02/75", "date.ambiguous"),
        ("agosto de 2021", "date.incomplete"),
        ("Sept.", "date.incomplete"),
        ("08/2021", "date.incomplete"),
        ("14/11", "date.incomplete"),
        ("2021", "date.incomplete"),
        ("hace 2 semanas", "date.relative"),
        ("los días 16, 20, 21 de junio/2021", "date.invalid"),
        ("16, 20 y 21 de junio de 2021", "date.invalid"),
        ("pronto", "date.invalid"),
        (3.0e9, "date.invalid"),
        (True, "date.invalid"),
        ("Pend.", "=pending"),
    ],
)
def test_date_is_read_or_reported_when_written_in_any_manner(raw: object, expected: object) -> None:
    assert outcome(raw, "date") == expected


def test_serial_is_read_by_the_books_own_epoch_when_it_lost_its_format() -> None:
    assert outcome(42977.0, "date", Reading(epoch_1904=True)) == date(2021, 8, 31)
    assert outcome(44439.0, "date", Reading(epoch_1904=False)) == date(2021, 8, 31)
    assert outcome(59.0, "date", Reading(epoch_1904=False)) == date(1900, 2, 28)
    assert outcome(61.0, "date", Reading(epoch_1904=False)) == date(1900, 3, 1)
    assert outcome("44439", "date", Reading(epoch_1904=None)) == "date.serial_unknown"


def test_reversible_dates_are_reported_when_another_is_month_first() -> None:
    read = coerce(["03/04/2021", "08/31/2021", "05/05/2021", "13/04/2021"], make_column("date"))
    assert {place: problem.rule for place, problem in read.problems.items()} == {0: "date.order_mixed", 1: "date.month_first"}
    assert read.problems[1].params == {"hint": "31/08/2021"}
    assert read.values == [None, None, date(2021, 5, 5), date(2021, 4, 13)]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("sept.", date(2021, 9, 1)),
        ("Sep", date(2021, 9, 1)),
        ("SEPTIEMBRE", date(2021, 9, 1)),
        ("setiembre", date(2021, 9, 1)),
        ("septiembre de 2020", date(2020, 9, 1)),
        ("Sept-20", date(2020, 9, 1)),
        ("2021-09", date(2021, 9, 1)),
        ("09/2021", date(2021, 9, 1)),
        ("9", date(2021, 9, 1)),
        (9.0, date(2021, 9, 1)),
        (datetime(2021, 9, 14), date(2021, 9, 1)),
        (date(2021, 9, 30), date(2021, 9, 1)),
        ("30/09/2021", date(2021, 9, 1)),
        ("13/2021", "month.invalid"),
        ("13", "month.invalid"),
        ("mayo-agosto", "month.invalid"),
        ("ma", "month.invalid"),
    ],
)
def test_month_is_its_first_day_when_written_in_any_manner(raw: object, expected: object) -> None:
    assert outcome(raw, "month") == expected


def test_bare_month_is_reported_when_no_fiscal_year_is_known() -> None:
    assert outcome("mayo", "month", Reading()) == "month.without_year"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("10:00 a. m.", "10:00"),
        (f"10:00 a.{NBSP}m.", "10:00"),
        ("3:00 p.m.", "15:00"),
        ("3:00 PM", "15:00"),
        ("3 p. m.", "15:00"),
        ("12:30 a. m.", "00:30"),
        ("12:30 p. m.", "12:30"),
        ("15:00", "15:00"),
        ("15h00", "15:00"),
        ("15:00 p. m.", "15:00"),
        ("15:00 a. m.", "time.invalid"),
        ("25:00", "time.invalid"),
        ("10:75", "time.invalid"),
        ("10:00 - 12:00", "time.invalid"),
        ("mañana", "time.invalid"),
        (time(10, 0), "10:00"),
        (timedelta(hours=15), "15:00"),
        (0.625, "15:00"),
        (datetime(2021, 5, 1, 15, 0), "15:00"),
        (26.0, "time.invalid"),
    ],
)
def test_time_is_read_or_reported_when_written_in_any_manner(raw: object, expected: object) -> None:
    assert outcome(raw, "time") == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("30/06/2023 9:58:12", datetime(2023, 6, 30, 9, 58, 12)),
        ("30/06/2023, 9:58:12", datetime(2023, 6, 30, 9, 58, 12)),
        ("30/06/2023 9:58:12 a. m.", datetime(2023, 6, 30, 9, 58, 12)),
        ("30/06/2023 9:58:12 p. m.", datetime(2023, 6, 30, 21, 58, 12)),
        ("30/06/2023 9:58", datetime(2023, 6, 30, 9, 58)),
        ("2023/06/30 9:58:12 a. m. GMT-5", datetime(2023, 6, 30, 9, 58, 12)),
        ("2023-06-30T09:58:12", datetime(2023, 6, 30, 9, 58, 12)),
        ("2023-06-30 09:58:12.250", datetime(2023, 6, 30, 9, 58, 12, 250_000)),
        ("2023-06-30T14:58:12Z", datetime(2023, 6, 30, 9, 58, 12)),
        ("2023-07-01T01:58:12+00:00", datetime(2023, 6, 30, 20, 58, 12)),
        ("30/06/2023", datetime(2023, 6, 30)),
        (datetime(2023, 6, 30, 9, 58, 12), datetime(2023, 6, 30, 9, 58, 12)),
        (date(2023, 6, 30), datetime(2023, 6, 30)),
        ("31/02/2023 1:00:00", "date.impossible"),
        ("6/30/2023 9:58:12", "date.month_first"),
        ("30/06/2023 25:00:00", "time.invalid"),
        ("ayer 10:00", "date.relative"),
    ],
)
def test_timestamp_is_local_when_a_form_wrote_it_in_any_manner(raw: object, expected: object) -> None:
    assert outcome(raw, "timestamp") == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Sí", True),
        ("si", True),
        ("SÍ", True),
        ("x", True),
        ("X", True),
        ("1", True),
        (1.0, True),
        (True, True),
        ("Sí, autorizo el tratamiento", True),
        ("Acepto", True),
        ("No", False),
        ("NO", False),
        ("0", False),
        (False, False),
        ("No autorizo", False),
        ("No acepto", False),
        ("", None),
        ("No responde", "=no_answer"),
        ("tal vez", "boolean.invalid"),
        ("No sé si autorizo", "boolean.invalid"),
        (2.0, "boolean.invalid"),
    ],
)
def test_boolean_is_read_or_reported_when_written_in_any_manner(raw: object, expected: object) -> None:
    read = outcome(raw, "boolean")
    assert read == expected
    assert isinstance(read, type(expected))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (1023456789.0, "1023456789"),
        ("0052345678", "0052345678"),
        ("1.023.456.789", "1023456789"),
        ("1,023,456,789", "1023456789"),
        ("1 023 456 789", "1023456789"),
        ("1.02E+09", "text.digits_lost"),
        ("1,02E+09", "text.digits_lost"),
        ("1.023456789E+09", "1023456789"),
        (1.0e16, "text.digits_lost"),
        ("AN123456", "AN123456"),
        ("N/A", "=not_applicable"),
        ("NA", "=not_applicable"),
        ("Na", "Na"),
    ],
)
def test_document_stays_text_when_written_as_a_number(raw: object, expected: object) -> None:
    assert outcome(raw, "string", classification="personal") == expected


def test_code_that_became_a_date_is_reported_when_the_column_has_a_pattern() -> None:
    assert outcome(date(2024, 3, 1), "string", pattern="^[A-Z0-9.]+$") == "text.became_date"
    assert outcome(date(2024, 3, 1), "string") == "2024-03-01"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("  Mesa   Local\tde Kennedy ", "Mesa Local de Kennedy"),
        (f"Mesa{NBSP}Local", "Mesa Local"),
        ("uno\r\n\r\n dos", "uno\ndos"),
        ("a\x00b\x07c\u200b\ufeff", "abc"),
        ("Bogota\u0301", "Bogotá"),
        ("fin_x000D_", "fin"),
        ("\ud800roto", "roto"),
    ],
)
def test_text_is_cleaned_when_it_has_stray_characters(raw: str, expected: str) -> None:
    assert clean(raw) == expected


def test_codes_are_found_when_written_as_code_label_or_alias(catalog: Catalog) -> None:
    column = make_column("string", codelist="locality")
    locality = catalog.codelists["locality"]
    read = coerce(["08", 8.0, "kennedy", "RAFAEL URIBE", "R. Uribe U.", "Los Martires", "Marte", "N/A", ""], column, locality)
    assert read.values == ["08", "08", "08", "18", "18", "14", None, None, None]
    assert read.missing == {7: "not_applicable"}
    assert [(place, problem.rule) for place, problem in read.problems.items()] == [(6, "code.unknown")]
    near = read_cell("Kenedy", column, locality, IN_2021)
    assert isinstance(near, Fault)
    assert near.params["hint"] == " ¿Quiso escribir «Kennedy»?"


def test_the_codes_own_no_answer_wins_when_the_list_has_it(catalog: Catalog) -> None:
    column = make_column("string", codelist="sex")
    assert read_cell("No responde", column, catalog.codelists["sex"], IN_2021) == "no_answer"
    assert read_cell("No responde", column, catalog.codelists["modality"], IN_2021) == Missing("no_answer")


def test_code_is_reported_when_it_does_not_hold_in_the_period(catalog: Catalog) -> None:
    column, types = make_column("string", codelist="document_type"), catalog.codelists["document_type"]
    assert read_cell("PPT", column, types, Reading(period=(date(2021, 5, 1), date(2021, 5, 31)))) == "PPT"
    read = read_cell("PPT", column, types, Reading(period=(date(2020, 5, 1), date(2020, 5, 31))))
    assert isinstance(read, Fault)
    assert read.rule == "code.not_in_force"


def test_lists_are_split_when_either_form_program_joined_them(catalog: Catalog) -> None:
    groups = catalog.codelists["population_group"]
    column = make_column("string", multiple=True, codelist="population_group")
    texts = ["Persona cuidadora;Migrante;", "Persona cuidadora, Migrante", "Migrante;Migrante", "Ninguno", "Marciano;Migrante", "Pend."]
    read = coerce(texts, column, groups)
    assert read.values == [["caregiver", "migrant"], ["caregiver", "migrant"], ["migrant"], ["none"], None, None]
    assert read.problems[4].rule == "code.unknown"
    assert read.problems[4].params["part"] == "Marciano"
    assert read.missing == {5: "pending"}
    ethnic = make_column("string", multiple=True, codelist="ethnic_group")
    label = "Negro(a), mulato(a), afrodescendiente, afrocolombiano(a)"
    assert coerce([f"Raizal, {label}"], ethnic, catalog.codelists["ethnic_group"]).values == [["3", "5"]]


def test_free_lists_keep_their_commas_when_split() -> None:
    read = coerce(["OAP; Alta Consejería de Paz, Víctimas y Reconciliación"], make_column("string", multiple=True))
    assert read.values == [["OAP", "Alta Consejería de Paz, Víctimas y Reconciliación"]]


def test_equal_cells_of_different_types_are_told_apart_when_read_together() -> None:
    assert coerce([True, 1.0, "1"], make_column("string")).values == ["VERDADERO", "1", "1"]


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_number_round_trips_when_written_in_es_co(amount: object) -> None:
    whole, _, cents = f"{amount:,.2f}".partition(".")
    assert outcome(f"{whole.replace(',', '.')},{cents}", "number") == float(f"{amount}")


@given(st.dates(date(2000, 1, 1), date(2039, 12, 31)), st.sampled_from(["%d/%m/%Y", "%d-%m-%y", "%Y-%m-%d", "words", "slash"]))
def test_date_round_trips_when_written_in_es_co(day: date, manner: str) -> None:
    word = MONTHS[day.month - 1].lower()
    texts = {"words": f"{day.day} de {word} de {day.year}", "slash": f"{day.day} de {word}/{day.year}"}
    assert outcome(texts.get(manner) or day.strftime(manner), "date") == day


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(lambda moment: moment.replace(microsecond=0)))
def test_timestamp_round_trips_when_google_wrote_it(moment: datetime) -> None:
    half = "a. m." if moment.hour < 12 else "p. m."
    text = f"{moment:%d/%m/%Y} {moment.hour % 12 or 12}:{moment:%M:%S} {half}"
    assert outcome(text, "timestamp") == moment


@given(st.text(), st.sampled_from(["string", "integer", "number", "boolean", "date", "month", "time", "timestamp"]))
def test_every_text_is_read_or_reported_when_it_is_anything_at_all(text: str, type_: str) -> None:
    read = read_cell(text, make_column(type_, classification="personal"), None, IN_2021)
    assert read is None or isinstance(read, str | int | float | date | Missing | Fault)
