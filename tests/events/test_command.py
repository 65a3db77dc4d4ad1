"""`pipc events`, as the planning office types it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from events_ledger import Entity
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from pipc_etl.cli import app
from pipc_etl.events.problems import EventsError
from pipc_etl.settings import Settings

Pipc = Callable[..., Result]


@pytest.fixture
def pipc(warehouse: Settings, monkeypatch: pytest.MonkeyPatch) -> Pipc:
    """`pipc events ...` against the test's database; an error that a person must mend is raised as it is."""
    assert warehouse.warehouse_url
    monkeypatch.setenv("PIPC_WAREHOUSE_URL", warehouse.warehouse_url)
    monkeypatch.setenv("PIPC_HOME", str(warehouse.home))

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(app, ["events", *arguments])
        if isinstance(result.exception, EventsError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result

    return run


@pytest.fixture(scope="module", autouse=True)
def scenario(owner: Engine) -> None:
    """An entity with a plan, two sessions of a day and a form of which one response in a hundred has no code."""
    with owner.begin() as connection:
        entity = Entity(connection, "sg")
        entity.registry("2023-01-02", [("OAP", "Oficina Asesora de Planeación", "2020-01-01")])
        entity.plan("2023-01-10", 2023, 1, "2023-01-05", [{"code": "A-1", "months": {6: 2}, "unit_of_measure": "Taller"}])
        entity.sessions("2023-07-02", "2023-M06", [
            {"code": "SG23-T1", "on": "2023-06-30", "title": "Taller de datos"}, {"code": "SG23-T2", "on": "2023-06-30", "title": "Feria"},
        ])  # fmt: skip
        rows = [{"id": n, "session": "SG23-T1" if n % 100 else None, "at": "2023-06-30", "title": "Jornada"} for n in range(1, 301)]
        entity.form("2023-07-03", "lista", rows)
        entity.form("2023-07-03", "otra", [{"id": 901, "session": "SG23-TI", "at": "2023-06-30"}])


def _counted(owner: Engine, entity: str = "sg") -> dict[str, int]:
    query = "select method, count(*) from audit.response_session where entity_code = :entity and known_to = 'infinity' group by 1"
    with owner.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(text(query), {"entity": entity})}


def test_queue_shows_the_one_percent_without_code_and_what_it_could_be(pipc: Pipc, owner: Engine) -> None:
    shown = pipc("queue").output
    assert "4 respuestas sin sesión, en 2 grupos" in shown
    assert "3 de asistencia · OAP · --form lista · --date 30/06/2023 · código: (sin código)" in shown
    assert "¿SG23-T2? Feria, 30/06/2023 (mismo día)" in shown
    assert "¿SG23-T1? Taller de datos, 30/06/2023 (su código se diferencia en un carácter)" in shown
    assert _counted(owner) == {"waiting": 4}


def test_settling_says_how_many_and_taking_back_too(pipc: Pipc, owner: Engine) -> None:
    pipc("queue")
    said = pipc("settle", "--form", "lista", "--date", "30/06/2023", "--written", "", "--session", "sg23 t1", "--actor", "Ana").output
    assert "3 respuestas de la sesión sg23 t1." in said
    assert "1 respuestas sin sesión, en 1 grupos" in pipc("queue", "--entity", "sg").output
    assert "1 respuestas sin sesión, por decisión" in pipc("settle", "--form", "otra", "--none", "--reason", "de ensayo").output
    assert "No hay respuestas sin sesión." in pipc("queue").output
    assert _counted(owner) == {"settled": 4}
    pipc("withdraw", "--form", "lista", "--reason", "era la feria")
    pipc("withdraw", "--form", "otra", "--reason", "no era de ensayo")
    assert _counted(owner) == {"waiting": 4}


def test_wrong_join_is_moved_when_the_session_it_stands_in_is_named(pipc: Pipc, owner: Engine) -> None:
    with owner.begin() as connection:
        entity = Entity(connection, "sg")
        entity.form("2023-07-04", "feria", [{"id": 950, "session": None, "at": "2023-06-30", "title": "Feria"}])
    pipc("queue")
    moved = pipc("settle", "--form", "feria", "--from", "SG23-T2", "--session", "SG23-T1", "--reason", "lo dice el acta").output
    assert "1 respuestas de la sesión SG23-T1." in moved
    assert _counted(owner) == {"waiting": 4, "settled": 1}
    pipc("withdraw", "--form", "feria", "--reason", "sí era la feria")
    assert _counted(owner) == {"waiting": 4, "title_and_date": 1}


def test_queue_names_the_lost_session_when_a_settled_response_returns(pipc: Pipc, owner: Engine) -> None:
    with owner.begin() as connection:
        entity = Entity(connection, "sg")
        entity.sessions("2023-07-05", "2023-M07", [{"code": "SG23-X1", "on": "2023-07-01", "title": "Ronda"}])
        entity.form("2023-07-06", "ronda", [{"id": 970, "session": None, "at": "2023-07-02", "title": "Visita"}])
    pipc("queue")
    pipc("settle", "--form", "ronda", "--session", "SG23-X1")
    assert "--form ronda" not in pipc("queue").output
    with owner.begin() as connection:
        Entity(connection, "sg").sessions("2023-07-08", "2023-M07", [{"code": "SG23-X2", "on": "2023-07-01", "title": "Otra"}])
    said = pipc("queue").output
    assert "--form ronda" in said
    assert "la sesión que una persona les dio ya no está reportada: SG23-X1, decidida el" in said
    pipc("settle", "--form", "ronda", "--none", "--reason", "no hubo")
    assert "--form ronda" not in pipc("queue").output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("queue", "--entity", "no"), "«no» no es una entidad conocida; hay sg"),
        (("settle", "--form", "lista"), "diga --session CÓDIGO, o --none"),
        (("settle", "--form", "lista", "--none"), "con --none hace falta la razón"),
        (("settle", "--form", "lista", "--session", "SG23-T1", "--date", "junio"), "«junio» no es una fecha"),
        (("codes", "--dependency", "XX", "--period", "2023"), "«XX» no está en el registro de sg; están: OAP"),
        (("codes", "--dependency", "OAP", "--period", "junio"), "«junio» no es un período"),
        (("codes", "--dependency", "OAP", "--period", "2023-M01"), "no tiene sesiones programadas en 2023-M01"),
    ],
)
def test_mistakes_are_told_in_spanish_when_something_is_not_known(pipc: Pipc, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(EventsError, match=said):
        pipc(*arguments)


def test_codes_are_written_when_a_file_is_named(pipc: Pipc, tmp_path: Path) -> None:
    table, read = tmp_path / "codigos.csv", tmp_path / "codigos.txt"
    assert "2 códigos en" in pipc("codes", "--dependency", "OAP", "--period", "2023-M06", "--output", str(table)).output
    pipc("codes", "--dependency", "OAP", "--period", "2023", "--output", str(read))
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [row["Sesión"] for row in rows] == ["1 de 2", "2 de 2"]
    shown = pipc("codes", "--dependency", "OAP", "--period", "2023-T2").output
    for row in rows:
        assert row["Código del evento"] in read.read_text(encoding="utf-8")
        assert row["Título del formulario"] in shown
