"""`pipc reconcile` with published percents: no database is asked."""

import pytest
from typer.testing import CliRunner, Result

from pipc_etl.cli import app
from pipc_etl.errors import SettingsError


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["reconcile", *arguments])


def test_it_says_that_no_whole_numbers_give_71_4_with_three_missing() -> None:
    result = run("--percent", "71,4", "--justified", "3")
    assert result.exit_code == 1
    assert "71,4 % con exactamente 3 unidades sin ejecutar: imposible." in result.output
    assert "2 sin ejecutar (5 de 7) o 4 sin ejecutar (10 de 14)" in result.output
    assert "queda al menos 1 unidad sin justificar" in result.output


def test_26_percent_with_four_products_needs_a_report_that_truncates() -> None:
    rounded = run("--percent", "26", "--executed", "4")
    assert (rounded.exit_code, "sino truncado" in rounded.output) == (1, True)
    truncated = run("--percent", "26", "--executed", "4", "--truncated")
    assert (truncated.exit_code, truncated.output) == (0, "26 % con 4 ejecutadas: solo 4 de 15.\n")


def test_parts_and_their_total_are_searched_together() -> None:
    result = run("--total", "96,6", *(f"--part={part}" for part in ("GAB=96,3:1", "Víctimas=98,7:2", "TIC=71,4", "100", "100 %")))
    assert result.exit_code == 0
    assert "TIC (71,4 %): 10 de 14 (si el total es 196 de 203 a 201 de 208); 15 de 21" in result.output
    assert "parte 5 (100,0 %)" in result.output
    assert run("--total", "96,6", "--part=GAB=96,3:1", "--part=TIC=71,4:3").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "una sola cosa"),
        (("P0001", "--percent", "71,4"), "una sola cosa"),
        (("--percent", "siete"), "no es un porcentaje"),
        (("--percent", "71,4", "--part", "100"), "van juntos"),
        (("--total", "96,6"), "van juntos"),
        (("--total", "96,6", "--part", "TIC=71,4:tres"), "se escribe"),
        (("--total", "96,6", "--part", "71,4", "--justified", "3"), "van con --percent"),
    ],
)
def test_a_question_that_makes_no_sense_is_told_how_to_ask(arguments: tuple[str, ...], complaint: str) -> None:
    result = run(*arguments)
    assert isinstance(result.exception, SettingsError)
    assert complaint in str(result.exception)
