"""`pipc explain`: from the number of a figure to its definition, its formula and its cells, out of the register."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from pipc_etl.cli import app
from pipc_etl.errors import PublicationError
from pipc_etl.intake.archive import stored
from pipc_etl.publish.composing.explaining import explain
from pipc_etl.publish.document import Document
from pipc_etl.publish.ledger.register import load_document, write_draft
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine, superuser_engine


@dataclass(frozen=True)
class Registered:
    """A report of ENTerritorio in the register of a copy of the reconstruction."""

    settings: Settings
    document: Document

    def id_of(self, key: str) -> str:
        return self.document.figures[key].figure_id


@pytest.fixture(scope="module")
def registered(reconstruction_copy: Settings, composed: Callable[[str], Document]) -> Registered:
    engine = role_engine(reconstruction_copy, "publisher")
    with engine.begin() as connection:
        draft = write_draft(
            connection, composed("S4"), definition={}, build_id=None, waivers=[], actor="Ana Ruiz", at=datetime(2021, 8, 2, tzinfo=UTC)
        )
        document = load_document(connection, draft.number)
    engine.dispose()
    return Registered(reconstruction_copy, document)


@pytest.fixture
def run(registered: Registered, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    settings = registered.settings
    monkeypatch.setattr("pipc_etl.commands.explanations.load_settings", lambda: settings)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["explain", *arguments])

    return invoke


def test_register_keeps_the_figures_whole_when_a_report_is_registered(registered: Registered, composed: Callable[[str], Document]) -> None:
    before, after = composed("S4").figures, registered.document.figures
    assert set(before) == set(after)
    for key, figure in before.items():
        kept = after[key]
        assert (kept.value, kept.shown, kept.formula, kept.query) == (figure.value, figure.shown, figure.formula, figure.query)
        assert kept.sources == figure.sources, key


def test_figure_is_told_to_its_cells_when_asked_by_its_number(registered: Registered, run: Callable[..., Result]) -> None:
    number = registered.id_of("plan/PPC/2021-S1/progress_pct")
    result = run(number.lower())
    told = result.output.replace("\N{NO-BREAK SPACE}", " ")
    assert result.exit_code == 0, result.output
    assert f"{number}  Avance global del plan: 26 % (BORRADOR)" in told
    assert "100 × 4 ejecutadas a corte / 15 programadas en la vigencia = 26,6667; se publica 26 %" in told
    assert "truncado, sin decimales" in told
    assert "from marts.rpt_plan_compliance_asof('2021-06-30', '2021-07-30 12:00:00-05:00')" in told
    assert "executed_to_date_qty = 4, annual_qty = 15" in told
    assert "ya no" not in told
    figure = registered.document.figures["plan/PPC/2021-S1/progress_pct"]
    files = {(source.sha256, source.file_name) for source in figure.sources}
    assert len(files) == 3
    for sha256, name in files:
        assert f"sha256 {sha256}" in told
        assert str(stored(registered.settings.archive, sha256, name)) in told
    assert "[lo que se cuenta]" in told
    assert "[de cuánto]" in told


def test_figure_is_told_to_a_program_when_asked_as_json(registered: Registered, run: Callable[..., Result]) -> None:
    result = run(registered.id_of("activity/PPC/PPC-02.2/2021-S1/execution_pct"), "--json")
    told = json.loads(result.output)
    assert (told["figure"]["shown"], told["figure"]["numerator"], told["is_same_today"]) == ("0\N{NO-BREAK SPACE}%", "0", True)
    assert {source["role"] for source in told["sources"]} == {"numerator", "denominator"}


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ("la primera", "no es el número de una cifra: se escribe como P0012-F007"),
        ("P0001", "no es el número de una cifra"),
        ("P0001-F999", "no tiene una cifra 999: van de P0001-F001 a P0001-F0"),
        ("P0044-F001", "no hay ninguna publicación P0044: las últimas son P0001"),
    ],
)
def test_number_is_refused_with_what_to_do_when_it_names_nothing(asked: str, complaint: str, registered: Registered) -> None:
    engine = role_engine(registered.settings, "publisher")
    with pytest.raises(PublicationError, match=complaint):
        explain(engine, asked, registered.settings.archive)
    engine.dispose()


def test_difference_is_told_when_the_marts_no_longer_answer_the_same(registered: Registered) -> None:
    owner, publisher = superuser_engine(registered.settings), role_engine(registered.settings, "publisher")
    number = registered.id_of("plan/PPC/2021-S1/executed_qty")
    before = explain(publisher, number, registered.settings.archive)
    with owner.begin() as connection:
        connection.execute(
            text("update audit.publication_figure set value = value + 1 where figure_id = :number"),
            {"number": number},
        )
    after = explain(publisher, number, registered.settings.archive)
    assert (before.is_same_today, after.is_same_today) == (True, False)
    assert before.rows == after.rows == ((4,),)
    owner.dispose()
    publisher.dispose()
