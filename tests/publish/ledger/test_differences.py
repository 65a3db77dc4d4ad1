"""What arrives after a publication changes nothing in it; `pipc diff` tells what it would say today, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from pipc_etl.cli import app
from pipc_etl.contracts import Catalog
from pipc_etl.contracts.periods import parse_period
from pipc_etl.publish import ledger
from pipc_etl.publish.composing.compose import compose
from pipc_etl.publish.definition import load_definition
from pipc_etl.publish.document import Address
from pipc_etl.publish.ledger import Change, Comparison, Publication
from pipc_etl.publish.ledger.gates import Scope, stops
from pipc_etl.publish.ledger.preparing import recompute
from pipc_etl.publish.ledger.register import write_draft
from pipc_etl.publish.ledger.rules import rules
from pipc_etl.publish.numbers import Rounding
from pipc_etl.settings import Settings
from pipc_etl.warehouse.dbt import build
from pipc_etl.warehouse.ingest import ingest_paths
from tests.publish.ledger.conftest import ENTITY, asked
from tests.warehouse.conftest import Sender

# The first test waits for the samples, a load and a build; on a busy machine that is long.
pytestmark = pytest.mark.timeout(1200)


def _change(comparison: Comparison, measure: str, period_code: str, subject: str = "PIPC") -> Change:
    """The change of the plan's figure of that measure and period (or of the activity whose name begins so)."""
    (found,) = [
        change
        for change in comparison.changes
        if change.figure.measure == measure and change.figure.period_code == period_code and change.figure.subject.startswith(subject)
    ]
    return found


def _in(settings: Settings, address: Address) -> dict[str, object]:
    """The figures of the address as they are computed now, without the numbers of a register."""
    from pipc_etl.contracts import load_catalog
    from pipc_etl.warehouse.engine import role_engine

    engine = role_engine(settings, "publisher")
    with engine.connect() as connection:
        found = recompute(connection, settings, load_catalog(settings.expectations), address)
    engine.dispose()
    return dict(found.figures)


@pytest.fixture(scope="module")
def early(office: Settings) -> Publication:
    """The second half of 2020 as it was known on 1 November: version 2 of the plan, closed to September."""
    return ledger.prepare(office, asked("2020-S2", known_at=datetime(2020, 11, 1, 12, tzinfo=UTC)))


@pytest.fixture(scope="module")
def later(office: Settings, catalog: Catalog, published: Publication, prepared_2020: Publication) -> Mapping[str, int]:
    """What comes after the publications, in one load and one build; the number of each file."""
    sender = Sender(office, catalog)
    row: dict[str, object] = {"plan_code": "PIPC", "month": "2021-08", "evidence": "acta.pdf"}
    august = [{**row, "activity_code": code, "executed_qty": quantity} for code, quantity in (("TIC-02", 1), ("TIC-03", 1), ("TIC-04", 3))]
    correction = {
        "plan_code": "PIPC", "activity_code": "ACV-01", "month": "2021-05", "executed_qty": 2, "on_behalf_of": "ACV",
        "corrected_by": "Ana Ruiz", "correction_reason": "El acta de mayo tiene dos sesiones", "evidence": "acta.pdf",
    }  # fmt: skip
    reopening = {
        "plan_code": "PIPC", "month": "2020-12", "action": "Reabrir", "decided_on": "2021-02-01", "decided_by": "Jefe de Planeación",
        "reason": "Se revisan las mesas de diciembre",
    }  # fmt: skip
    person = {"session_code": "XX-2023-99", "document_number": "10203040", "submitted_at": "30/06/2023 9:00:00"}
    files = {
        "superseding": sender.put(f"{ENTITY}/TIC/execution_report/2021-M08/agosto-corregido.csv", august),
        "correction": sender.put(f"{ENTITY}/OAP/execution_report/2021-M05/correccion-mayo.csv", [correction]),
        "late": sender.put(
            f"{ENTITY}/SSC/execution_report/2021-M07/julio-tarde.csv",
            [{**row, "activity_code": "SSC-01", "month": "2021-07", "executed_qty": 1}],
        ),
        "reopening": sender.put(f"{ENTITY}/OAP/period_closing/2020-M12/reapertura.csv", [reopening]),
        "unmatched": sender.responses(person, name="dialogo.csv"),
    }
    broken = office.landing / ENTITY / "ST" / "execution_report" / "2021-M08" / "roto.csv"
    broken.parent.mkdir(parents=True)
    broken.write_text("esto;no;es\nun;reporte;mensual\n", encoding="utf-8")
    outcomes = ingest_paths([*files.values(), broken], office)
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    numbers = {outcome.path: outcome for outcome in outcomes}
    said = {label: [finding.message for finding in numbers[path].findings] for label, path in files.items()}
    assert {label: str(numbers[path].state)[:8] for label, path in files.items()} == dict.fromkeys(files, "accepted"), said
    assert numbers[broken].state == "returned"
    assert build(office, unit_tests=False).built
    return {label: int(numbers[path].submission_id or 0) for label, path in files.items()}


def test_the_same_address_gives_the_same_figures_when_more_files_came(
    office: Settings, publisher: Engine, published: Publication, prepared_2020: Publication, later: Mapping[str, int]
) -> None:
    for publication in (published, prepared_2020):
        with publisher.connect() as connection:
            stored = ledger.figures(connection, publication.number)
        assert len(stored) >= 20
        assert {key: replace(figure, figure_id="") for key, figure in stored.items()} == _in(office, publication.address)
    assert ledger.prepare(office, asked(known_at=published.address.known_at)) == published


def test_each_change_names_its_file_when_a_publication_is_compared_with_today(
    office: Settings, published: Publication, later: Mapping[str, int]
) -> None:
    comparison = ledger.compare(office, published.number)
    assert comparison.changed_rules == ()
    assert comparison.same
    august = _change(comparison, "executed_qty", "2021-M08")
    assert (august.before.shown, august.after.shown, august.is_seen) == ("6", "8", True)  # type: ignore[union-attr]
    (reason,) = august.reasons
    assert reason.startswith("archivo que reemplaza a «ejecucion-2021-08.xlsx» (entrega ")
    assert f"«agosto-corregido.csv» (Reporte mensual de ejecución de TIC, 2021-M08, entrega {later['superseding']})" in reason
    (reason,) = _change(comparison, "executed_qty", "2021-M05").reasons
    assert reason.startswith("corrección de la oficina de planeación: «correccion-mayo.csv»")
    (reason,) = _change(comparison, "executed_qty", "2021-M07").reasons
    assert reason.startswith("entrega posterior: «julio-tarde.csv»")
    total = _change(comparison, "executed_to_date_qty", "2021-C2", "PIPC 2021")
    assert (total.before.value, total.after.value) == (42, 46)  # type: ignore[union-attr]
    assert len(total.reasons) == 3
    assert not any("2020" in change.figure.period_code for change in comparison.changes)


def test_a_reopened_month_is_the_reason_when_the_cut_off_moves_back(
    office: Settings, prepared_2020: Publication, later: Mapping[str, int]
) -> None:
    comparison = ledger.compare(office, prepared_2020.number)
    reason = f"mes reabierto: plan PIPC, diciembre de 2020, en «reapertura.csv» (entrega {later['reopening']})"
    moved = [change for change in comparison.changes if change.before and change.after and change.before.cutoff != change.after.cutoff]
    assert len(moved) >= 5
    assert {change.reasons for change in moved} == {(reason,)}
    assert {change.figure.measure for change in moved} >= {"compliance_pct", "progress_pct"}


def test_an_amended_plan_and_what_came_since_are_the_reasons_when_a_report_was_early(office: Settings, early: Publication) -> None:
    comparison = ledger.compare(office, early.number, now=datetime(2021, 3, 1, tzinfo=UTC))
    reasons = {reason for change in comparison.changes for reason in change.reasons}
    assert any(reason.startswith("plan modificado: versión 3, aprobada el ") and "pipc-2020-version-3.xlsx" in reason for reason in reasons)
    assert any(reason.startswith("mes cerrado después: plan PIPC, ") for reason in reasons)
    assert any(reason.startswith("entrega posterior: «ejecucion-2020-11") for reason in reasons)
    assert all(change.reasons for change in comparison.changes)


def test_a_new_rule_is_the_reason_when_the_data_are_the_same(
    office: Settings, catalog: Catalog, publisher: Engine, later: Mapping[str, int]
) -> None:
    """A report that truncated before, and rounds half up now."""
    definition, at = load_definition("pipc"), datetime(2021, 11, 1, 12, tzinfo=UTC)
    address = Address(ENTITY, "pipc", "2021-M06", date(2021, 6, 30), at)
    with publisher.begin() as connection:
        former = replace(definition, rounding=Rounding("truncate"))
        document = compose(connection, catalog, former, address, archive=office.archive)
        fingerprints, build_id = rules(connection, office, "pipc")
        draft = write_draft(
            connection, document, definition=fingerprints | {"report": "former"}, build_id=build_id, waivers=(), actor="Ana", at=at
        )
    comparison = ledger.compare(office, draft.number, now=at)
    assert comparison.changes
    assert {change.reasons for change in comparison.changes} == {("regla nueva: cambios en la definición del informe",)}
    for change in comparison.changes:
        assert change.before is not None
        assert change.after is not None
        assert change.before.value == change.after.value
        assert change.before.shown != change.after.shown


def test_a_text_survives_when_the_report_is_issued_again(
    office: Settings, publisher: Engine, published: Publication, later: Mapping[str, int]
) -> None:
    draft = ledger.prepare(office, asked(known_at=None))
    assert draft.number != published.number
    with publisher.connect() as connection:
        new, old = (str(ledger.to_json(ledger.load_document(connection, number))) for number in (draft.number, published.number))
    assert "Se adelantaron talleres." in new
    assert "Se adelantaron talleres." in old
    assert ledger.approve(office, draft.number, actor="Jefe").edition == published.edition + 1


def test_the_gates_see_what_came_broken_or_without_a_session_when_a_report_is_prepared(
    owner: Engine, catalog: Catalog, later: Mapping[str, int]
) -> None:
    now = datetime.now(UTC)
    with owner.connect() as connection:
        found = {}
        for code in ("2021-C2", "2023"):
            period = parse_period(code)
            assert period is not None
            found[code] = stops(connection, catalog, Scope(Address(ENTITY, "pipc", code, period.end, now), period, ()))
    (broken,) = [stop for stop in found["2021-C2"] if "roto.csv" in stop.detail]
    assert (broken.gate, broken.subject) == ("open_errors", "Reporte mensual de ejecución de ST, 2021-M08")
    assert not any("ejecucion-2021-08.xlsx" in stop.detail for stop in found["2021-C2"]), "the file that replaced it is clean"
    assert [str(stop) for stop in found["2023"] if stop.gate == "unmatched_events"] == [
        "XX-2023-99 (30/06/2023): 1 respuesta que no encontró su sesión"
    ]


def test_the_command_ends_in_one_when_a_publication_would_say_something_else(
    office: Settings, published: Publication, later: Mapping[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("home", "landing", "archive", "publications", "warehouse_url", "dbt_project", "expectations"):
        monkeypatch.setenv(f"PIPC_{name.upper()}", str(getattr(office, name)))
    result = CliRunner().invoke(app, ["diff", published.number])
    assert result.exit_code == 1, result.stdout
    assert "Ejecutado en el período, 2021-M08: 6 -> 8" in result.stdout
    assert "«agosto-corregido.csv»" in result.stdout
    assert "quedan iguales" in result.stdout
