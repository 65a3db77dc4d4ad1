"""`pipc review` as the planning office types it: what it prints, what it refuses, the letter that it leaves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipc_etl.cli import app
from pipc_etl.errors import PipcError, SettingsError
from pipc_etl.settings import Settings
from pipc_etl.warehouse.ingest import Outcome
from pipc_etl.warehouse.reviews import RefusedError
from tests.warehouse.conftest import Sender

Run = Callable[..., Result]
PLACE = ["--entity", "secretaria-general", "--dependency", "TIC", "--kind", "execution_report", "--period"]


@pytest.fixture
def run(reviewed: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`pipc review ...` in this installation; what an operator must fix is raised, as `main` would show it."""
    for name, value in {
        "HOME": reviewed.home, "LANDING": reviewed.landing, "ARCHIVE": reviewed.archive, "OUTBOX": reviewed.outbox,
        "WAREHOUSE_URL": reviewed.warehouse_url,
    }.items():  # fmt: skip
        monkeypatch.setenv(f"PIPC_{name}", str(value))

    def invoke(*arguments: str) -> Result:
        result = CliRunner().invoke(app, ["review", *arguments])
        if isinstance(result.exception, PipcError):
            raise result.exception
        return result

    return invoke


@pytest.fixture(scope="module")
def number(sender: Sender, take: Callable[..., Outcome]) -> int:
    """The number of TIC's accepted report of May."""
    outcome = take(sender.report())
    assert outcome.loaded
    assert outcome.submission_id is not None
    return outcome.submission_id


def test_file_goes_its_way_when_the_office_returns_approves_and_reopens_it(
    run: Run, number: int, reviewed: Settings, rows_of: Callable[..., list[tuple[Any, ...]]]
) -> None:
    place = "secretaria-general/TIC/execution_report/2021-M05"
    back = run(
        "return", str(number), "--reason", "Revise", "--actor", "Jefe OAP", "--observation", "E2: falta el acta",
        "--observation", "TIC-1: fueron dos",
    )  # fmt: skip
    assert f"{place}: recibida -> esperada" in back.stdout
    assert "!E2: falta el acta" in back.stdout
    assert "actividad TIC-1: fueron dos" in back.stdout
    shown = run("show", str(number)).stdout
    assert "Estado: esperada, vence el 08/06/2021" in shown
    assert "devolver (recibida -> esperada), Jefe OAP" in shown
    assert "Observaciones sin resolver: 2" in shown
    assert run("waive", *PLACE, "2021-M05", "--reason", "Ya no").stdout.startswith(f"{place}: esperada -> eximida")
    assert run("reopen", *PLACE, "2021-M05", "--reason", "Sí hace falta").stdout.startswith(f"{place}: eximida -> reabierta")
    assert run("approve", str(number)).stdout.startswith(f"{place}: reabierta -> aprobada")
    letters = rows_of("select purpose, state, subject, folder from audit.letter where submission_id = :id order by letter_id", id=number)
    assert [letter[:2] for letter in letters] == [("review", "queued")] * 4
    folder = Path(reviewed.outbox) / letters[0][3]
    assert {path.suffix for path in folder.iterdir()} == {".html", ".txt", ".xlsx"}
    text = (folder / "revision.txt").read_text(encoding="utf-8")
    assert "falta el acta" in text
    assert "Jefe OAP" in text


def test_command_says_what_is_possible_when_it_is_refused(run: Run, number: int) -> None:
    with pytest.raises(RefusedError, match="no se puede eximir una obligación"):
        run("waive", *PLACE, "2021-M05", "--reason", "Ya no")
    run("reopen", str(number), "--reason", "Falta un acta")
    with pytest.raises(RefusedError, match=r"no se puede reabrir una obligación reabierta.* se puede aprobar o eximir") as refused:
        run("reopen", str(number), "--reason", "Falta un acta")
    assert refused.value.exit_code == 1
    with pytest.raises(PipcError, match="ejecute `pipc build`"):
        run("waive", *PLACE, "2021", "--reason", "Ya no")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--entity", "secretaria-general"], "falta --dependency, --kind, --period"),
        ([*PLACE, "mayo"], "no es un período"),
        (["999999"], "no hay ninguna entrega con el número 999999"),
        ([*PLACE[:3], "XYZ", *PLACE[4:], "2021-M05"], "no está en el registro de secretaria-general; están OAP, TIC"),
        (["--entity", "otra", *PLACE[2:], "2021-M05"], "no está en el registro; están secretaria-general"),
        (
            [*PLACE[:5], "activity_plan", *PLACE[6:], "2021"],
            "no es una entrega con plazo; las que se revisan son commitment, execution_report",
        ),
    ],
)
def test_obligation_is_asked_for_again_when_it_is_named_wrongly(run: Run, arguments: list[str], complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint) as refused:
        run("show", *arguments)
    assert refused.value.exit_code == 2


def test_list_says_what_to_do_when_the_marts_are_not_built(run: Run) -> None:
    with pytest.raises(PipcError, match="ejecute `pipc build`"):
        run("list")
