"""Words that go with what was computed."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pipc_etl.publish import wording


@pytest.mark.parametrize(
    ("items", "conjunction", "expected"),
    [
        ((), "y", ""),
        (("Suba",), "y", "Suba"),
        (("Suba", "Usme"), "y", "Suba y Usme"),
        (("Suba", "Usme", "Kennedy"), "y", "Suba, Usme y Kennedy"),
        (("padres", "hijos"), "y", "padres e hijos"),
        (("Mártires", "«Indígena Distrital»"), "y", "Mártires e «Indígena Distrital»"),
        (("agua", "hielo"), "y", "agua y hielo"),
        (("acta", "informe"), "y", "acta e informe"),
        (("cobre", "yeso"), "y", "cobre y yeso"),
        (("cobre", "hierro"), "y", "cobre y hierro"),
        (("mínimo", "óptimo"), "o", "mínimo u óptimo"),
        (("7", "8"), "o", "7 u 8"),
        (("6", "7"), "o", "6 o 7"),
    ],
)
def test_a_list_joins_with_the_sound_of_its_last_word(items: tuple[str, ...], conjunction: str, expected: str) -> None:
    assert wording.listed(items, conjunction) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        (0, "0 actividades"),
        (1, "1 actividad"),
        (Decimal(1), "1 actividad"),
        (Decimal("1.5"), "1,5 actividades"),
        (1234, "1.234 actividades"),
        (Decimal("1E+3"), "1.000 actividades"),
    ],
)
def test_a_word_agrees_with_its_number(quantity: wording.Quantity, expected: str) -> None:
    assert wording.counted(quantity, "actividad", "actividades") == expected


def test_majority_is_said_only_of_more_than_half() -> None:
    """Trap 26: 48 % women of 2023 is no majority, though the report said so."""
    women = wording.leading([("mujeres", 121), ("hombres", 84), ("No responde", 48)])
    assert women is not None
    assert (women.names, women.word) == (("mujeres",), "la mayor parte")
    assert "mayoría" not in women.phrase
    adults = wording.leading([("Adultos", 153), ("Jóvenes", 45), ("Adultos mayores", 20), ("No responde", 35)])
    assert adults is not None
    assert adults.phrase == "la mayoría"
    assert wording.share_word(127, 253, is_largest=True) == "la mayoría"
    assert wording.share_word(126, 252, is_largest=True) == "la mitad"
    assert wording.share_word(125, 252, is_largest=True) == "la mayor parte"
    assert wording.share_word(125, 252) == "una parte"


def test_nothing_leads_when_all_are_empty_and_ties_are_told() -> None:
    assert wording.leading([]) is None
    assert wording.leading([("a", 0), ("b", 0)]) is None
    tie = wording.leading([("a", 3), ("b", 3), ("c", 1)])
    assert tie is not None
    assert (tie.names, tie.phrase) == (("a", "b"), "los grupos más numerosos")


def test_a_part_larger_than_its_whole_is_an_error() -> None:
    with pytest.raises(ValueError, match="is not a part"):
        wording.share_word(29, 26)


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (2, 3, "2 de cada 3"),
        (8, 12, "2 de cada 3"),
        (1, 2, "la mitad"),
        (69, 229, "cerca de 3 de cada 10"),
        (48, 100, None),
        (49, 100, "cerca de la mitad"),
        (0, 10, None),
        (10, 10, None),
    ],
)
def test_a_proportion_is_said_only_where_it_is_near(part: int, whole: int, expected: str | None) -> None:
    assert wording.proportion(part, whole) == expected


def test_dates_are_written_as_in_bogota() -> None:
    assert wording.long_date(date(2021, 8, 31)) == "31 de agosto de 2021"
    assert wording.long_date(date(2021, 9, 1)) == "1.º de septiembre de 2021"
    assert wording.short_date(date(2021, 8, 31)) == "31/08/2021"
    assert wording.moment(datetime(2021, 9, 1, 3, 5, tzinfo=UTC)) == "31 de agosto de 2021 a las 22:05"
    assert wording.moment(datetime(2021, 9, 1, 18, 5, tzinfo=UTC)) == "1.º de septiembre de 2021 a las 13:05"
    assert wording.moment(datetime(2021, 9, 1, 6, 5, tzinfo=UTC)) == "1.º de septiembre de 2021 a la 1:05"


@pytest.mark.parametrize(
    ("code", "label", "of", "within"),
    [
        ("2021", "vigencia 2021", "de la vigencia 2021", "en la vigencia 2021"),
        ("2021-S1", "primer semestre de 2021", "del primer semestre de 2021", "en el primer semestre de 2021"),
        ("2021-C2", "segundo cuatrimestre de 2021", "del segundo cuatrimestre de 2021", "en el segundo cuatrimestre de 2021"),
        ("2021-T4", "cuarto trimestre de 2021", "del cuarto trimestre de 2021", "en el cuarto trimestre de 2021"),
        ("2021-M05", "mayo de 2021", "de mayo de 2021", "en mayo de 2021"),
        ("2016-2017", "2016-2017", "de 2016-2017", "en 2016-2017"),
    ],
)
def test_a_period_has_its_name_and_article(code: str, label: str, of: str, within: str) -> None:
    assert (wording.period_label(code), wording.of_period(code), wording.in_period(code)) == (label, of, within)


def test_months_of_a_period_end_at_the_cutoff() -> None:
    assert wording.period_months("2021-C2") == "mayo a agosto de 2021"
    assert wording.period_months("2021", date(2021, 8, 31)) == "enero a agosto de 2021"
    assert wording.period_months("2021-M05") == "mayo de 2021"
    assert wording.months_between(date(2020, 11, 1), date(2021, 1, 31)) == "noviembre de 2020 a enero de 2021"
    with pytest.raises(ValueError, match="not a period"):
        wording.period_label("2021-Q1")


def test_a_sentence_starts_with_a_capital_and_ends_once() -> None:
    assert wording.sentence("éxito en mayo") == "Éxito en mayo."
    assert wording.sentence("¿cuánto?") == "¿cuánto?"
    assert wording.sentence("") == ""
