"""From landing to the ledger and the raw tables, on real files and a real PostgreSQL."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from pipc_etl.contracts import Catalog
from pipc_etl.intake.landing.folder import Folder
from pipc_etl.intake.landing.place import Fetched
from pipc_etl.settings import Settings
from pipc_etl.warehouse.ingest import Outcome, ingest_paths
from pipc_etl.warehouse.waiting import batches

Rows = Callable[..., list[tuple[Any, ...]]]
SESSION: dict[str, object] = {
    "session_code": "S1",
    "title": "Taller uno",
    "session_on": "2021-05-03",
    "session_status": "Realizada",
    "modality": "Presencial",
    "venue": "Aula",
    "locality_code": "Kennedy",
}


@pytest.fixture
def take(warehouse: Settings) -> Callable[..., list[Outcome]]:
    def run(*paths: Path) -> list[Outcome]:
        outcomes = ingest_paths(paths, warehouse)
        assert [outcome.error for outcome in outcomes if outcome.error] == []
        return outcomes

    return run


@pytest.fixture
def ready(sender: Any, take: Callable[..., list[Outcome]]) -> None:
    """Registry and plan are loaded."""
    outcomes = take(sender.registry(), sender.plan())
    assert [outcome.state for outcome in outcomes] == ["accepted", "accepted"]


def test_file_becomes_rows_with_their_origin_when_it_is_clean(
    sender: Any, ready: None, take: Any, rows_of: Rows, warehouse: Settings
) -> None:
    path = sender.report(executed_qty=2)
    (outcome,) = take(path)
    assert (outcome.how, outcome.rows_read, outcome.rows_accepted) == ("loaded", 1, 1)
    assert outcome.loaded
    assert rows_of(
        "select activity_code, executed_qty, month::text, _submission_id, _sheet, _row, _contract_version from raw.execution_report"
    ) == [("TIC-1", 2, "2021-05-01", outcome.submission_id, "CSV", 2, "1.1.0")]
    ((key, state, sha, name, reconstruction),) = rows_of(
        "select submission_key, state, sha256, file_name, is_reconstruction from audit.submission where submission_id = :id",
        id=outcome.submission_id,
    )
    assert (key, state, name, reconstruction) == ("secretaria-general|TIC|PIPC|2021-05-01", outcome.state, "mayo.csv", False)
    assert (warehouse.archive / sha[:2] / f"{sha}.csv").exists()
    assert not path.exists()
    assert rows_of("select state from audit.submission_event where submission_id = :id order by event_id", id=outcome.submission_id) == [
        ("received",), (outcome.state,)
    ]  # fmt: skip


def test_bad_rows_are_set_apart_when_the_rest_is_good(sender: Any, ready: None, take: Any, rows_of: Rows) -> None:
    good = [{"activity_code": "OAP-1", "executed_qty": number} for number in (1,)]
    extra = sender.plan(extra=("OAP-2", "OAP-3", "OAP-4"), approved="2021-02-01")
    path = sender.report(
        "OAP", rows=[*good, {"activity_code": "OAP-2"}, {"activity_code": "OAP-3"}, {"activity_code": "XX", "executed_qty": 7}]
    )
    plan, outcome = take(extra, path)
    assert plan.rows_accepted == 5
    assert (outcome.state, outcome.rows_read, outcome.rows_accepted, outcome.rows_quarantined) == ("accepted_with_observations", 4, 3, 1)
    assert rows_of("select activity_code from raw.execution_report order by 1") == [("OAP-1",), ("OAP-2",), ("OAP-3",)]
    ((sheet, row, values, rules),) = rows_of('select sheet, row_number, "values", rules from audit.quarantine')
    assert (sheet, row, rules) == ("CSV", 5, ["execution_report.unknown_activity"])
    assert (values["activity_code"], values["executed_qty"]) == ("XX", "7")
    assert rows_of("select cell, value, severity from audit.finding where rule = 'execution_report.unknown_activity'") == [
        ("B5", "XX", "error")
    ]


def test_file_is_returned_whole_when_its_sender_is_nobody(sender: Any, ready: None, take: Any, rows_of: Rows) -> None:
    path = sender.report("NADIE")
    (outcome,) = take(path)
    assert (outcome.state, outcome.rows_read, outcome.rows_accepted, outcome.loaded) == ("returned", 1, 0, False)
    assert rows_of("select state, known_to::text, rows_accepted from audit.submission where dependency_code = 'NADIE'") == [
        ("returned", "infinity", 0)
    ]
    assert ("file.unknown_sender",) in rows_of("select rule from audit.finding where submission_id = :id", id=outcome.submission_id)
    assert rows_of("select count(*) from raw.execution_report") == [(0,)]
    assert not path.exists()


@pytest.mark.parametrize(
    ("place", "state", "rule"),
    [
        ("secretaria-general/OAP/execution_report/2021-M05/libro.xlsx", "unreadable", "file.unreadable"),
        ("secretaria-general/OAP/nothing_known/2021-M05/libro.csv", "returned", "place.kind"),
        ("suelto.csv", "returned", "place.depth"),
    ],
)
def test_file_gets_an_answer_when_it_cannot_be_read(
    place: str, state: str, rule: str, ready: None, take: Any, rows_of: Rows, warehouse: Settings
) -> None:
    path = warehouse.landing / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"PK\x03\x04 this is no workbook" if path.suffix == ".xlsx" else b"a;b\n1;2\n")
    (outcome,) = take(path)
    assert outcome.state == state
    assert rows_of("select rule from audit.finding where submission_id = :id", id=outcome.submission_id) == [(rule,)]
    assert not path.exists()


def test_neighbours_are_loaded_when_a_file_meets_our_bug(
    sender: Any, ready: None, rows_of: Rows, warehouse: Settings, owner: Engine
) -> None:
    with owner.begin() as connection:
        connection.execute(text("alter table raw.session add constraint broken check (venue is distinct from 'Aula')"))
    broken = sender.put("secretaria-general/OAP/session/2021-M05/sesiones.csv", [SESSION])
    messages: list[str] = []
    failed, loaded, gone = ingest_paths([broken, sender.report(), warehouse.landing / "gone.csv"], warehouse, progress=messages.append)
    assert (failed.how, failed.failed, loaded.how, gone.how) == ("failed", True, "loaded", "waiting")
    assert "violates check constraint" in str(failed.error)
    assert broken.exists()
    assert rows_of("select count(*) from raw.execution_report") == [(1,)]
    assert rows_of("select count(*) from audit.submission where kind = 'session'") == [(0,)]
    assert len(messages) == 2
    with owner.begin() as connection:
        connection.execute(text("alter table raw.session drop constraint broken"))
    (again,) = ingest_paths([broken], warehouse)
    assert (again.how, again.rows_accepted, broken.exists()) == ("loaded", 1, False)


def test_order_follows_the_contracts_when_paths_come_in_any_order(sender: Any, take: Any, rows_of: Rows) -> None:
    outcomes = take(sender.report(), sender.plan(), sender.registry())
    assert [outcome.kind for outcome in outcomes] == ["execution_report", "activity_plan", "dependency_registry"]
    assert {outcome.state for outcome in outcomes} <= {"accepted", "accepted_with_observations"}
    assert rows_of("select kind from audit.submission order by submission_id") == [
        ("dependency_registry",),
        ("activity_plan",),
        ("execution_report",),
    ]


def test_batches_are_per_entity_and_flow_when_files_wait(sender: Any, warehouse: Settings, catalog: Catalog) -> None:
    report, plan, registry = sender.report(), sender.plan(), sender.registry()
    other = sender.registry("enterritorio", codes=("GP",))
    form = sender.responses({"document_number": "1"})
    lost = warehouse.landing / "secretaria-general" / "raro.csv"
    lost.write_text("x")
    (warehouse.landing / "secretaria-general" / "~$libro.xlsx").write_text("lock")
    files = Folder(warehouse.landing).look(2.0).settled

    def paths(flow: str) -> list[list[Path]]:
        return [[file.path for file in batch] for batch in batches(files, warehouse.landing, flow, catalog)]

    assert paths("submissions") == [[other], [registry, plan, report, lost]]
    assert paths("form_responses") == [[registry, plan, form]]


# --- the same bytes, the same arrival ------------------------------------------------------------------------------------


def test_nothing_happens_when_the_current_file_arrives_again(sender: Any, ready: None, take: Any, rows_of: Rows) -> None:
    (first,) = take(sender.report())
    (again,) = take(sender.report())
    (renamed,) = take(sender.report(name="otro nombre.csv"))
    assert [(outcome.how, outcome.submission_id) for outcome in (again, renamed)] == [("duplicate", first.submission_id)] * 2
    assert rows_of("select count(*) from raw.execution_report") == [(1,)]
    assert rows_of("select state, note from audit.submission_event where submission_id = :id order by event_id", id=first.submission_id)[
        2:
    ] == [
        ("duplicate", "secretaria-general/TIC/execution_report/2021-M05/mayo.csv"),
        ("duplicate", "secretaria-general/TIC/execution_report/2021-M05/otro nombre.csv"),
    ]


def test_bytes_are_a_new_submission_when_they_equal_a_superseded_one(sender: Any, ready: None, take: Any, rows_of: Rows) -> None:
    ids = [take(sender.report(executed_qty=quantity))[0].submission_id for quantity in (1, 2, 1)]
    assert len(set(ids)) == 3
    history = (
        "select submission_id, state, superseded_by, known_to = 'infinity' from audit.submission where kind = 'execution_report' order by 1"
    )
    states = [row[1] for row in rows_of(history)]
    assert states[:2] == ["superseded", "superseded"]
    assert [row[2] for row in rows_of(history)] == [ids[1], ids[2], None]
    assert [row[3] for row in rows_of(history)] == [False, False, True]
    assert rows_of("select count(*) from raw.execution_report") == [(3,)]


def test_arrival_is_taken_once_when_removing_it_failed(
    sender: Any, ready: None, take: Any, rows_of: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sender.report()
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "remove", lambda place, fetched: False)
        (first,) = take(path)
    assert path.exists()
    (again,) = take(path)
    assert (again.how, again.submission_id, again.loaded) == ("taken", first.submission_id, False)
    assert not path.exists()
    assert rows_of("select count(*) from audit.submission_event where state = 'duplicate'") == [(0,)]


def test_newer_file_stays_when_it_replaced_the_one_just_loaded(
    sender: Any, ready: None, take: Any, monkeypatch: pytest.MonkeyPatch, warehouse: Settings
) -> None:
    remove = Folder.remove
    path = sender.report()

    def replaced_meanwhile(place: Folder, fetched: Fetched) -> bool:
        sender.report(executed_qty=5)
        return remove(place, fetched)

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "remove", replaced_meanwhile)
        take(path)
    assert path.exists()
    (second,) = take(path)
    assert (second.how, second.rows_accepted, path.exists()) == ("loaded", 1, False)


# --- supersession --------------------------------------------------------------------------------------------------------


def simulate(owner: Engine, path: Path, moment: str) -> Path:
    import hashlib

    with owner.begin() as connection:
        connection.execute(
            text("insert into audit.simulated_receipt values (:sha, :at, 'reconstrucción')"),
            {"sha": hashlib.sha256(path.read_bytes()).hexdigest(), "at": moment},
        )
    return path


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (3, 1, 2)])
def test_history_is_by_receipt_when_files_are_loaded_in_any_order(
    order: tuple[int, ...], sender: Any, ready: None, take: Any, rows_of: Rows, owner: Engine
) -> None:
    for quantity in order:
        path = simulate(owner, sender.report(executed_qty=quantity), f"2021-06-{quantity:02}T10:00:00-05:00")
        assert take(path)[0].how == "loaded"
    found = rows_of(
        "select r.executed_qty, s.known_from, least(s.known_to, '2100-01-01'), s.known_to = 'infinity', n.known_from = s.known_to, "
        "s.is_reconstruction, s.state = 'superseded' "
        "from raw.execution_report r join audit.submission s on s.submission_id = r._submission_id "
        "left join audit.submission n on n.submission_id = s.superseded_by order by 1"
    )
    days = [datetime(2021, 6, day, 15, tzinfo=UTC) for day in (1, 2, 3)]
    assert [row[0] for row in found] == [1, 2, 3]
    assert [row[1] for row in found] == days
    assert [row[2] for row in found[:2]] == days[1:]
    assert [row[3:] for row in found] == [(False, True, True, True), (False, True, True, True), (True, None, True, False)]


def test_correction_stands_beside_the_reports_when_planning_sends_it(sender: Any, ready: None, take: Any, rows_of: Rows) -> None:
    why = {"corrected_by": "Jefe de planeación", "correction_reason": "Acta revisada"}
    (theirs,) = take(sender.report("TIC", executed_qty=1))
    (own,) = take(sender.report("OAP", executed_qty=1))
    corrections = [
        take(
            sender.report("OAP", name=f"corrección {quantity}.csv", activity_code="TIC-1", on_behalf_of="TIC", executed_qty=quantity, **why)
        )[0]
        for quantity in (3, 2)
    ]
    assert {outcome.rows_accepted for outcome in (theirs, own, *corrections)} == {1}
    current = rows_of(
        "select submission_id, accumulates from audit.submission where kind = 'execution_report' and known_to = 'infinity' order by 1"
    )
    assert current == [
        (theirs.submission_id, False),
        (own.submission_id, False),
        *((outcome.submission_id, True) for outcome in corrections),
    ]
    (newer,) = take(sender.report("OAP", name="mayo 2.csv", executed_qty=4))
    assert rows_of("select submission_id from audit.submission where state = 'superseded'") == [(own.submission_id,)]
    assert newer.rows_accepted == 1


def test_file_is_returned_when_corrections_are_mixed_with_own_rows(sender: Any, ready: None, take: Any, rows_of: Rows) -> None:
    correction = {"activity_code": "TIC-1", "on_behalf_of": "TIC", "corrected_by": "Jefe", "correction_reason": "Acta"}
    (outcome,) = take(sender.report("OAP", rows=[{}, correction]))
    assert (outcome.state, outcome.rows_read) == ("returned", 2)
    assert "file.mixed_corrections" in {finding.rule for finding in outcome.findings}
    assert rows_of("select count(*) from raw.execution_report") == [(0,)]


def test_new_entity_comes_in_when_it_sends_its_registry_alone(sender: Any, ready: None, take: Any, rows_of: Rows) -> None:
    registry, plan = take(sender.registry("enterritorio", codes=("OAP", "GP")), sender.plan("enterritorio", extra=()))
    assert registry.rows_accepted == 2
    assert plan.state == "returned"  # TIC is no dependency of that entity
    assert rows_of("select entity_code, dependency_code, is_planning_office from audit.ref_dependency order by 1, 2") == [
        ("enterritorio", "GP", False),
        ("enterritorio", "OAP", True),
        ("secretaria-general", "OAP", True),
        ("secretaria-general", "TIC", False),
    ]
    take(sender.registry("enterritorio", codes=("OAP", "GP", "TIC")))
    (accepted,) = take(sender.plan("enterritorio"))
    assert accepted.rows_accepted == 2


# --- forms ---------------------------------------------------------------------------------------------------------------


def test_response_is_loaded_once_when_exports_are_cumulative(sender: Any, ready: None, take: Any, rows_of: Rows) -> None:
    people = [{"document_number": str(1000 + number), "sex": "Mujer"} for number in range(3)]
    (first,) = take(sender.responses(*people[:2]))
    (second,) = take(sender.responses(*people, name="Asistencia diálogo (1).csv"))
    changed = [people[0], {**people[1], "sex": "Hombre"}, people[2]]
    (third,) = take(sender.responses(*changed, name="Asistencia diálogo (2).csv"))
    (back,) = take(sender.responses(*people, name="Asistencia diálogo 2023-07-01.csv"))
    assert [(o.rows_read, o.rows_accepted, o.rows_already_known, o.how) for o in (first, second, third, back)] == [
        (2, 2, 0, "loaded"), (3, 1, 2, "loaded"), (3, 1, 2, "loaded"), (0, 0, 0, "duplicate"),
    ]  # fmt: skip
    versions = rows_of("select split_part(_response_key, ':', 2), sex from raw.attendance_form order by 1, _submission_id")
    assert versions == [("1", "female"), ("2", "female"), ("2", "male"), ("3", "female")]
    assert rows_of("select count(distinct _response_key), count(distinct _content_hash) from raw.attendance_form") == [(3, 4)]
    assert rows_of("select count(*) from audit.submission where kind = 'attendance_form' and known_to = 'infinity'") == [(3,)]


def test_response_that_changes_back_is_a_new_version_when_exported_again(sender: Any, ready: None, take: Any, rows_of: Rows) -> None:
    for number, sex in enumerate(("Mujer", "Hombre", "Mujer")):
        (outcome,) = take(sender.responses({"document_number": "7", "sex": sex}, {"document_number": "8", "age": 30 + number}))
        assert outcome.rows_accepted == 2
    assert rows_of("select sex from raw.attendance_form where right(_response_key, 2) = '\\:1' order by _submission_id") == [
        ("female",),
        ("male",),
        ("female",),
    ]


def test_google_responses_are_told_apart_by_ordinal_when_the_second_is_the_same(sender: Any, ready: None, take: Any, rows_of: Rows) -> None:
    people = [{"response_id": "", "submitted_at": "30/06/2023 9:58:12", "document_number": str(number)} for number in (1, 2)]
    late = {"response_id": "", "submitted_at": "30/06/2023 10:00:00", "document_number": "3"}
    (first,) = take(sender.responses(*people))
    (second,) = take(sender.responses(*people, late, name="Asistencia diálogo (1).csv"))
    assert (first.rows_accepted, second.rows_accepted, second.rows_already_known) == (2, 1, 2)
    assert rows_of("select split_part(_response_key, ':', 2) from raw.attendance_form order by 1") == [
        ("20230630T095812.1",), ("20230630T095812.2",), ("20230630T100000.1",),
    ]  # fmt: skip


def test_personal_columns_stay_in_private_when_a_person_consents(sender: Any, ready: None, take: Any, rows_of: Rows) -> None:
    yes = {"full_name": "Luz Peña", "document_number": "52.345.678", "email": "luz@ejemplo.co", "phone": "3001234567"}
    (outcome,) = take(sender.responses(yes, {**yes, "consent": "No"}, {"consent": "Sí", "document_number": "", "document_type": ""}))
    assert (outcome.rows_read, outcome.rows_accepted) == (3, 3)
    assert rows_of("select full_name, document_number, email, phone, _row from private.attendance_form order by _row") == [
        ("Luz Peña", "52345678", "luz@ejemplo.co", "3001234567", 2), (None, None, None, None, 4),
    ]  # fmt: skip
    ((with_key, without, unidentified),) = rows_of(
        "select count(*) filter (where person_key ~ '^[0-9a-f]{64}$' and consent), "
        "count(*) filter (where person_key is null and not consent), "
        "count(*) filter (where person_key is null and consent) from raw.attendance_form"
    )
    assert (with_key, without, unidentified) == (1, 1, 1)
    outside = json.dumps([rows_of("select * from raw.attendance_form"), rows_of("select * from audit.finding")], default=str)
    assert "52345678" not in outside
    assert "52.345.678" not in outside
    assert "Luz" not in outside


def test_quarantined_person_stays_in_private_when_the_row_is_bad(sender: Any, ready: None, take: Any, rows_of: Rows) -> None:
    bad = {"full_name": "Luz Peña", "document_number": "52345678", "submitted_at": "ayer"}
    (outcome,) = take(sender.responses({"document_number": "1"}, {"document_number": "2"}, bad, {**bad, "consent": "No"}))
    assert (outcome.rows_read, outcome.rows_accepted, outcome.rows_quarantined) == (4, 2, 2)
    assert rows_of("select count(*) from audit.quarantine") == [(0,)]
    first, second = (row[0] for row in rows_of('select "values" from private.quarantine order by row_number'))
    assert (first["full_name"], first["submitted_at"]) == ("Luz Peña", "ayer")
    assert {"full_name", "document_number"} & set(second) == set()
    assert second["submitted_at"] == "ayer"


def test_registry_keeps_its_people_in_private_when_loaded(sender: Any, ready: None, rows_of: Rows) -> None:
    assert rows_of("select head_name, contact_email from private.dependency_registry") == [("Ana Rojas", "pipc@ejemplo.gov.co")] * 2


def test_reasons_for_missing_values_are_kept_when_cells_say_them(sender: Any, ready: None, take: Any, rows_of: Rows) -> None:
    take(sender.report(executed_qty="N/A", justification="Pend."))
    assert rows_of("select executed_qty, _missing from raw.execution_report") == [
        (None, {"executed_qty": "not_applicable", "justification": "pending"})
    ]


def test_file_outside_landing_is_refused_when_named(warehouse: Settings, tmp_path: Path, rows_of: Rows) -> None:
    outside = tmp_path / "libro.csv"
    outside.write_text("x")
    (outcome,) = ingest_paths([outside], warehouse)
    assert outcome.failed
    assert "not below the landing folder" in str(outcome.error)
    assert outside.exists()
    assert rows_of("select count(*) from audit.submission") == [(0,)]


def test_archive_keeps_the_bytes_when_landing_is_emptied(sender: Any, ready: None, take: Any, warehouse: Settings, tmp_path: Path) -> None:
    path = sender.report()
    copy = shutil.copy(path, tmp_path / "copy.csv")
    take(path)
    stored = [file for file in warehouse.archive.rglob("*.csv") if file.read_bytes() == Path(copy).read_bytes()]
    assert len(stored) == 1
    assert stored[0].stat().st_mode & 0o777 == 0o600
