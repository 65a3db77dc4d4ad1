"""A period that the planning office approved or waived takes no files until it is reopened; the history keeps every step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from pipc_etl.contracts import Catalog
from pipc_etl.obligations import deciding
from pipc_etl.obligations.deciding import decide
from pipc_etl.settings import Settings
from pipc_etl.warehouse import bulk as bulk_module
from pipc_etl.warehouse.ingest import Outcome
from pipc_etl.warehouse.judge import Judge
from pipc_etl.warehouse.reviews import Obligation, RefusedError, Standing, history, standing
from tests.warehouse.conftest import Sender

Take = Callable[..., Outcome]
Rows = Callable[..., list[tuple[Any, ...]]]
ENTITY = "secretaria-general"
MAY = Obligation(ENTITY, "TIC", "execution_report", "2021-M05")
RULE = "file.period_approved"


def rules(outcome: Outcome) -> list[str]:
    return [finding.rule for finding in outcome.findings if finding.severity == "error"]


def month(sender: Sender, number: int, name: str, *, folder: str | None = None, **values: object) -> Any:
    """A report of TIC about a month, in its own folder or in `folder`."""
    row = {"plan_code": "PIPC", "month": f"2021-{number:02d}", "activity_code": "TIC-1", "executed_qty": 1, "evidence": "Acta", **values}
    return sender.put(f"{ENTITY}/TIC/execution_report/{folder or f'2021-M{number:02d}'}/{name}.csv", [row])


@pytest.mark.parametrize("bulk", [False, True], ids=["small", "large"])
def test_file_is_returned_when_its_period_is_approved(
    reviewed: Settings, catalog: Catalog, sender: Sender, take: Take, loader: Engine, rows_of: Rows, bulk: bool
) -> None:
    number = 5 if bulk else 6
    obligation = Obligation(ENTITY, "TIC", "execution_report", f"2021-M{number:02d}")
    first = take(month(sender, number, "primero"))
    assert first.loaded
    assert first.rows_accepted == 1
    decide(reviewed, catalog, obligation, "approve", actor="ana", number=first.submission_id)
    refused = take(month(sender, number, "segundo", executed_qty=2, evidence="Acta 2"), bulk=bulk)
    assert (refused.state, rules(refused)) == ("returned", [RULE])
    (finding,) = [found for found in refused.findings if found.rule == RULE]
    assert finding.scope == "file"
    assert "aprobada desde el" in finding.message
    assert "por decisión de ana" in finding.message
    assert "reabra" in finding.remedy
    assert rows_of("select count(*) from raw.execution_report where _submission_id = :id", id=refused.submission_id) == [(0,)]
    with loader.connect() as connection:
        assert standing(connection, obligation).state == "approved"
    decide(reviewed, catalog, obligation, "reopen", actor="luis", reason="Faltó un acta")
    again = take(month(sender, number, "tercero", executed_qty=2, evidence="Acta 3"), bulk=bulk)
    assert again.loaded
    with loader.connect() as connection:
        now = standing(connection, obligation)
        assert (now.state, now.submission_id) == ("received", again.submission_id)
    decide(reviewed, catalog, obligation, "approve", actor="ana", number=again.submission_id)
    with loader.connect() as connection:
        told = [(item.action, item.state_before, item.state_after, item.actor, item.reason) for item in history(connection, obligation)]
    assert told == [
        ("approve", "received", "approved", "ana", None),
        ("reopen", "approved", "reopened", "luis", "Faltó un acta"),
        ("approve", "received", "approved", "ana", None),
    ]


@pytest.mark.parametrize("bulk", [False, True], ids=["small", "large"])
def test_correction_is_returned_when_it_is_of_an_approved_period(
    reviewed: Settings, catalog: Catalog, sender: Sender, take: Take, bulk: bool
) -> None:
    number = 7 if bulk else 8
    obligation = Obligation(ENTITY, "TIC", "execution_report", f"2021-M{number:02d}")
    assert take(month(sender, number, "reporte")).loaded
    decide(reviewed, catalog, obligation, "approve", actor="ana")
    why = {"on_behalf_of": "TIC", "corrected_by": "Jefe", "correction_reason": "Acta repetida"}
    row = {"plan_code": "PIPC", "month": f"2021-{number:02d}", "activity_code": "TIC-1", "executed_qty": 0, **why}
    place = f"{ENTITY}/OAP/execution_report/2021-M{number:02d}"
    refused = take(sender.put(f"{place}/corrección.csv", [row]), bulk=bulk)
    assert (refused.state, rules(refused)) == ("returned", [RULE])
    assert [found.value for found in refused.findings if found.rule == RULE] == ["TIC"]
    # The office's own period is another obligation, and TIC's approval does not close it.
    own = {"plan_code": "PIPC", "month": f"2021-{number:02d}", "activity_code": "OAP-1", "executed_qty": 1, "evidence": "Acta"}
    assert take(sender.put(f"{place}/propio.csv", [own]), bulk=bulk).loaded
    decide(reviewed, catalog, obligation, "reopen", actor="ana", reason="Acta repetida")
    assert take(sender.put(f"{place}/corrección 2.csv", [row]), bulk=bulk).loaded


def test_file_of_a_longer_period_is_returned_when_it_would_replace_an_approved_month(
    reviewed: Settings, catalog: Catalog, sender: Sender, take: Take
) -> None:
    january = Obligation(ENTITY, "TIC", "execution_report", "2021-M01")
    assert take(month(sender, 1, "enero")).loaded
    decide(reviewed, catalog, january, "approve", actor="ana")
    refused = take(month(sender, 1, "enero otra vez", folder="2021-S1", executed_qty=3))
    assert (refused.state, set(rules(refused))) == ("returned", {RULE})
    assert any("2021-M01" in found.message for found in refused.findings if found.rule == RULE)
    assert take(month(sender, 2, "febrero")).loaded, "another month is open"


@pytest.mark.parametrize("bulk", [False, True], ids=["small", "large"])
def test_file_is_returned_when_it_would_replace_the_file_of_an_approved_period_from_another_folder(
    reviewed: Settings, catalog: Catalog, sender: Sender, take: Take, rows_of: Rows, bulk: bool
) -> None:
    # The key of commitments is their cut-off, and the folder says another month.
    number = 5 if bulk else 3

    def commitments(name: str, folder: int, *, cutoff: str | None = None, text: str = "Publicar el acta") -> Any:
        row: dict[str, object] = {
            "commitment_code": "C-1", "description": text, "acquired_on": f"2021-{number:02d}-04", "status": "Registrado",
            "status_on": f"2021-{number:02d}-05", "status_cutoff": cutoff or f"2021-{number:02d}-28", "in_charge": "Sí",
        }  # fmt: skip
        return sender.put(f"{ENTITY}/TIC/commitment/2021-M{folder:02d}/{name}.csv", [row])

    first = take(commitments("corte", number))
    assert first.loaded
    decide(reviewed, catalog, Obligation(ENTITY, "TIC", "commitment", f"2021-M{number:02d}"), "approve", actor="ana")
    refused = take(commitments("corte cambiado", number + 1, text="Otro texto"), bulk=bulk)
    assert (refused.state, rules(refused)) == ("returned", [RULE])
    assert rows_of("select state from audit.submission where submission_id = :id", id=first.submission_id) == [(first.state,)]
    assert take(commitments("corte", number + 1), bulk=bulk).how == "duplicate", "equal bytes change nothing"
    assert take(commitments("corte siguiente", number + 1, cutoff=f"2021-{number + 1:02d}-28"), bulk=bulk).loaded


def test_file_is_returned_when_its_obligation_is_waived(reviewed: Settings, catalog: Catalog, sender: Sender, take: Take) -> None:
    march = Obligation(ENTITY, "TIC", "execution_report", "2021-M03")
    decide(reviewed, catalog, march, "waive", actor="ana", reason="La oficina no funcionó")
    refused = take(month(sender, 3, "marzo"))
    assert (refused.state, rules(refused)) == ("returned", [RULE])
    assert any("eximida" in found.message for found in refused.findings)


def test_decision_is_refused_when_another_file_came_meanwhile(
    reviewed: Settings, catalog: Catalog, sender: Sender, take: Take, loader: Engine
) -> None:
    april = Obligation(ENTITY, "TIC", "execution_report", "2021-M04")
    first, second = take(month(sender, 4, "abril")), take(month(sender, 4, "abril 2", executed_qty=2))
    assert first.submission_id != second.submission_id
    with pytest.raises(RefusedError, match=f"es la {second.submission_id}"):
        decide(reviewed, catalog, april, "approve", actor="ana", number=first.submission_id)
    with loader.connect() as connection:
        assert standing(connection, april).state == "received"


def test_decision_is_taken_back_when_a_file_comes_while_it_is_written(
    reviewed: Settings, catalog: Catalog, sender: Sender, take: Take, loader: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    october = Obligation(ENTITY, "TIC", "execution_report", "2021-M10")
    first = take(month(sender, 10, "octubre"))

    def looked(connection: Connection, obligation: Obligation) -> Standing:
        seen = standing(connection, obligation)
        assert take(month(sender, 10, "octubre 2", executed_qty=2)).loaded
        return seen

    monkeypatch.setattr(deciding, "standing", looked)
    with pytest.raises(RefusedError, match="mientras se decidía llegó la entrega"):
        decide(reviewed, catalog, october, "approve", actor="ana", number=first.submission_id)
    with loader.connect() as connection:
        assert (standing(connection, october).state, history(connection, october)) == ("received", [])


@pytest.mark.parametrize("bulk", [False, True], ids=["small", "large"])
def test_file_is_returned_when_its_period_is_approved_while_it_is_judged(
    reviewed: Settings, catalog: Catalog, sender: Sender, take: Take, monkeypatch: pytest.MonkeyPatch, bulk: bool
) -> None:
    number = 12 if bulk else 11
    first = take(month(sender, number, "primero"))
    room, name = (bulk_module, "validate_staged") if bulk else (Judge, "judge")
    judge, judged = getattr(room, name), []

    def slowly(*arguments: Any, **options: Any) -> Any:
        judged.append(judge(*arguments, **options))
        if len(judged) == 1:
            obligation = Obligation(ENTITY, "TIC", "execution_report", f"2021-M{number:02d}")
            decide(reviewed, catalog, obligation, "approve", actor="ana", number=first.submission_id)
        return judged[-1]

    monkeypatch.setattr(room, name, slowly)
    refused = take(month(sender, number, "segundo", executed_qty=2), bulk=bulk)
    assert len(judged) == 2
    assert (judged[0].state if bulk else judged[0].entry.state) != "returned"
    assert (refused.state, rules(refused)) == ("returned", [RULE])


def test_both_clocks_stand_still_when_an_obligation_is_reviewed(
    reviewed: Settings, catalog: Catalog, sender: Sender, take: Take, rows_of: Rows
) -> None:
    september = Obligation(ENTITY, "TIC", "execution_report", "2021-M09")
    number = take(month(sender, 9, "septiembre")).submission_id
    seen = "select state, known_from, known_to, received_at, superseded_by from audit.submission where submission_id = :id"
    before = rows_of(seen, id=number)
    assert before[0][0] in ("accepted", "accepted_with_observations")
    decide(reviewed, catalog, september, "return", actor="ana", reason="Revise", observations=["TIC-1: no coincide", "D2: otra cifra"])
    decide(reviewed, catalog, september, "waive", actor="ana", reason="Ya no hace falta")
    decide(reviewed, catalog, september, "reopen", actor="ana", reason="Sí hace falta")
    decide(reviewed, catalog, september, "approve", actor="ana")
    assert rows_of(seen, id=number) == before
