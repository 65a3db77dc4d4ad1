"""What is noticed, on a real warehouse and real files: late builds, growing quarantine, full disks, what waits, what is old."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from pipc_etl.health.alarms import observe
from pipc_etl.health.check import Check
from pipc_etl.health.figures import LandingFigures, landing_figures
from pipc_etl.health.machine_checks import certificate_check, disk_check, landing_check, machine_checks, service_time
from pipc_etl.health.metrics import exposition
from pipc_etl.health.notices import TITLES
from pipc_etl.orchestration.probes import redis_checks, warehouse_checks
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine

FileCame = Callable[..., int]
NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # in Bogotá


def check(settings: Settings, name: str) -> Check:
    return next(check for check in warehouse_checks(settings)[1] if check.name == name)


def test_all_is_well_when_nothing_has_come_yet(warehouse: Settings) -> None:
    figures, checks = warehouse_checks(warehouse)
    assert {one.name for one in checks} == {
        "warehouse", "migrations", "build", "quarantine", "letters", "drafts", "database", "clock",
    }  # fmt: skip
    assert {one.state for one in checks} == {"ok"}
    assert figures is not None
    assert figures.database_bytes[str(warehouse.warehouse_url).rsplit("/", 1)[1]] > 1024**2


def test_a_late_build_is_noticed_and_over_when_a_build_has_seen_the_file(warehouse: Settings, owner: Engine, file_came: FileCame) -> None:
    file_came(hours=2)
    late = check(warehouse, "build")
    assert (late.state, late.message) == ("problem", "files of execution_report wait for a build since 120 min")
    assert check(replace(warehouse, late_build_minutes=180), "build").state == "ok"
    insert = text("insert into audit.build (fingerprint, relations, started_at, full_refresh) values (:seen, 1, now(), false)")
    with owner.begin() as connection:
        connection.execute(insert, {"seen": "project:execution_report=1"})
    assert check(warehouse, "build").state == "ok"
    file_came(hours=-1)  # after that build began
    file_came(hours=3, kind="session")
    with owner.begin() as connection:
        connection.execute(text("update audit.build set started_at = now() - interval '5 hours', finished_at = now() - interval '5 hours'"))
        connection.execute(text("insert into audit.build_failure (started_at, full_refresh, message) values (now(), false, 'no')"))
    late = check(warehouse, "build")
    assert late.message == "files of execution_report, session wait for a build since 180 min; the last one failed"
    assert "La última construcción falló" in late.notice


def test_a_growing_quarantine_is_told_and_over_when_the_bad_day_is_past(warehouse: Settings, owner: Engine, file_came: FileCame) -> None:
    told = replace(warehouse, home=warehouse.home / "quarantine")
    file_came(hours=30, read=1000, quarantined=70)  # ten a day in the week before
    file_came(hours=1, read=1000, quarantined=25)
    assert check(told, "quarantine").state == "ok"
    file_came(hours=2, read=1000, quarantined=10)
    growing = check(told, "quarantine")
    assert (growing.state, growing.message) == ("warning", "35 of 2000 rows set apart in 24 h (2 %); 10 a day in the week before")
    assert [notice.event for notice in observe(told, [growing], grace_seconds=0)] == ["raised"]
    with owner.begin() as connection:
        connection.execute(text("update audit.submission set ingested_at = ingested_at - interval '1 day'"))
    assert [notice.headline for notice in observe(told, [check(told, "quarantine")])] == ["Ya se resolvió: Crecen las filas apartadas"]


def test_a_bad_form_is_noticed_by_its_share_when_there_was_nothing_before(warehouse: Settings, file_came: FileCame) -> None:
    file_came(hours=1, read=60, quarantined=19)
    assert check(warehouse, "quarantine").state == "ok"  # so few can be one careless sender
    file_came(hours=1, read=40, quarantined=5)
    assert check(warehouse, "quarantine").state == "warning"


def test_letters_that_do_not_go_are_noticed_when_mail_is_on(warehouse: Settings, owner: Engine, file_came: FileCame) -> None:
    insert = text(
        "insert into audit.letter (letter_key, purpose, entity_code, dependency_code, kind, period_code, recipient_roles, subject, folder, "
        "state, created_at) values (:key, 'review', 'sg', 'TIC', 'session', '2026-M01', '{contact}', 's', 'f', :state, "
        "now() - make_interval(hours => :hours))"
    )
    with owner.begin() as connection:
        connection.execute(insert, {"key": "a", "state": "queued", "hours": 30})
        connection.execute(insert, {"key": "b", "state": "failed", "hours": 1})
    assert check(warehouse, "letters").state == "ok"  # mail is off: they wait in the outbox, as they should
    on = replace(warehouse, smtp_url="smtp://mail.example")
    assert check(on, "letters").state == "problem"
    with owner.begin() as connection:
        connection.execute(text("delete from audit.letter where state = 'queued'"))
    assert check(on, "letters").state == "warning"


def test_another_release_is_noticed_when_the_tables_are_not_this_ones(warehouse: Settings, owner: Engine, file_came: FileCame) -> None:
    with owner.begin() as connection:
        connection.execute(text("insert into audit.prepared (digest) values ('of another release')"))
    try:
        figures, checks = warehouse_checks(warehouse)
    finally:
        with owner.begin() as connection:
            connection.execute(text("delete from audit.prepared where digest = 'of another release'"))
    assert figures is None
    assert [(one.name, one.state) for one in checks] == [("warehouse", "ok"), ("migrations", "problem")]


def test_nothing_else_is_said_when_the_warehouse_does_not_answer(warehouse: Settings) -> None:
    figures, checks = warehouse_checks(replace(warehouse, warehouse_url="postgresql://postgres:x@127.0.0.1:9/pipc"))
    assert figures is None
    assert [(one.name, one.state) for one in checks] == [("warehouse", "problem")]
    assert "127.0.0.1:9/pipc" in checks[0].notice


def test_whoever_watches_reads_no_person_and_no_row_when_connected(warehouse: Settings) -> None:
    engine = role_engine(warehouse, "watcher")
    for query in ("select * from private.dependency_registry", "select message from audit.finding", "select * from audit.quarantine",
                  "select * from raw.execution_report", "delete from audit.letter"):  # fmt: skip
        with engine.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text(query))
    engine.dispose()


def test_a_disk_is_told_before_it_is_full_when_little_is_free(warehouse: Settings) -> None:
    free = os.statvfs(warehouse.home).f_bavail * os.statvfs(warehouse.home).f_frsize
    states = [disk_check(replace(warehouse, disk_free_bytes=limit)).state for limit in (1, free // 3, free * 2)]
    assert states == ["ok", "warning", "problem"]


def test_what_waits_too_long_is_noticed_when_somebody_should_have_looked(warehouse: Settings, tmp_path: Path) -> None:
    settings = replace(warehouse, landing=tmp_path)
    assert landing_figures(settings) == LandingFigures(0, None)
    for name in ("plan.xlsx", "otro.part", "~$plan.xlsx"):
        path = tmp_path / "sg" / "TIC" / "activity_plan" / "2026" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (0, 0))  # copied with its old date
    waiting = landing_figures(settings)
    assert waiting.files == 1
    assert waiting.oldest_at is not None
    assert abs((datetime.now(UTC) - waiting.oldest_at).total_seconds()) < 600
    assert landing_check(settings, LandingFigures(1, NOON), NOON + timedelta(minutes=119)).state == "ok"
    assert landing_check(settings, LandingFigures(1, NOON), NOON + timedelta(minutes=121)).state == "problem"


@pytest.mark.parametrize(
    ("begin_hours", "end_hours", "expected"),
    [(0, 5, 5), (0, 11, 11), (11, 18, 1), (12.5, 17.5, 0), (13, 19, 1), (0, 48, 36)],
    ids=["office", "evening", "midnight to six is left out", "by night", "from one at night to seven", "two days"],
)
def test_only_hours_of_service_count_when_a_file_waits(begin_hours: float, end_hours: float, expected: float) -> None:
    waited = service_time(NOON + timedelta(hours=begin_hours), NOON + timedelta(hours=end_hours))
    assert waited == timedelta(hours=expected)


def test_an_old_backup_is_noticed_when_backups_are_made(warehouse: Settings, tmp_path: Path) -> None:
    settings, now = replace(warehouse, backups=tmp_path), datetime.now(UTC)

    def state() -> str:
        return next(one.state for one in machine_checks(settings, now) if one.name == "backup")

    assert state() == "problem"
    for hours, expected in ((29, "ok"), (31, "problem")):
        (tmp_path / "last.json").write_text(json.dumps({"finished_at": (now - timedelta(hours=hours)).isoformat()}))
        assert state() == expected


def test_a_certificate_is_told_before_it_ends_when_it_is_read(tmp_path: Path) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tableros.example")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(NOON).not_valid_after(NOON + timedelta(days=100)).sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path / "certificado.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    states = [certificate_check(path, NOON + timedelta(days=days)).state for days in (0, 85, 99, 101)]
    assert states == ["ok", "warning", "problem", "problem"]
    path.write_bytes(b"no certificate")
    assert certificate_check(path, NOON).state == "problem"


def test_redis_is_looked_at_only_when_there_is_one(warehouse: Settings) -> None:
    assert list(redis_checks(warehouse)) == []
    (dead,) = redis_checks(replace(warehouse, redis_url="redis://127.0.0.1:9/0"))
    assert (dead.name, dead.state) == ("redis", "problem")


def test_figures_are_those_of_the_ledger_when_a_monitor_reads_them(warehouse: Settings, file_came: FileCame) -> None:
    file_came(hours=1, read=60, quarantined=19)
    file_came(hours=50, read=60, quarantined=4)
    figures, checks = warehouse_checks(warehouse)
    said = exposition(warehouse, [*checks, Check("run", "problem", "x", subject='a"b')], figures, NOON).splitlines()
    samples = dict(line.rsplit(" ", 1) for line in said if not line.startswith("#"))
    assert samples['pipc_files{state="accepted_with_observations"}'] == "2"
    assert (samples["pipc_quarantined_rows"], samples["pipc_quarantined_rows_day"], samples["pipc_rows_day"]) == ("23", "19", "60")
    assert samples['pipc_check_state{check="quarantine",subject=""}'] == "0"
    assert samples['pipc_check_state{check="run",subject="a\\"b"}'] == "2"
    assert int(samples[f'pipc_disk_free_bytes{{place="{warehouse.home}"}}']) > 0
    names = [line.split()[2] for line in said if line.startswith("# TYPE")]
    assert len(names) == len(set(names))
    # Nothing is known of the ledger: a figure that is missing is not 0.
    assert not any(line.startswith("pipc_files") for line in exposition(warehouse, [], None, NOON).splitlines())


def test_every_check_that_can_alarm_has_a_title_when_all_are_made(warehouse: Settings) -> None:
    down = replace(warehouse, warehouse_url="postgresql://postgres:x@127.0.0.1:9/pipc", redis_url="redis://127.0.0.1:9/0")
    made = [*warehouse_checks(warehouse)[1], *warehouse_checks(down)[1], *redis_checks(down), *machine_checks(warehouse, NOON)]
    assert len(made) >= 11
    assert {one.name for one in made} <= set(TITLES)
