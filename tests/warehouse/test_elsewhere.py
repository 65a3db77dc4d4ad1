"""Files of other servers come into the ledger as those of the landing folder do: once each, killed anywhere, whatever else answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from pipc_etl.cli import app
from pipc_etl.intake.landing import LandingPlaces, Waiting
from pipc_etl.settings import Settings
from pipc_etl.warehouse.ingest import Outcome, ingest_files, ingest_paths
from pipc_etl.warehouse.waiting import look
from tests.landing.servers import Sshd, write_secrets
from tests.landing.sites import SFTP, Site, make_site
from tests.system_programs import SSHD

Rows = Callable[..., list[tuple[Any, ...]]]
YESTERDAY = 1_700_000_000
REPORTS = "secretaria-general/TIC/execution_report/2021-M05"

pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True)
class Office:
    """A warehouse with registry and plan, and a landing place elsewhere."""

    site: Site
    sender: Any
    loader: Engine
    rows_of: Rows

    @property
    def settings(self) -> Settings:
        return self.site.settings

    def hand_in(self, path: Path, *, changed: int | None = None) -> str:
        """Take a file that was written into the landing folder to the other server instead; its name there."""
        name = str(path.relative_to(self.settings.landing))
        self.site.depositor.put(name, path.read_bytes(), changed=changed)
        path.unlink()
        return name

    def look(self) -> list[str]:
        """What waits everywhere, as tasks write it down."""
        with LandingPlaces(self.settings) as places:
            looked = look(places, self.loader, settle_seconds=0.01)
            assert looked.failures == ()
            return [places.written(file) for file in looked.files]

    def take(self) -> list[Outcome]:
        """One run, from look to load."""
        with LandingPlaces(self.settings) as places:
            files: list[Waiting] = list(look(places, self.loader, settle_seconds=0.01).files)
            outcomes = ingest_files(files, places, self.settings)
        assert [outcome.error for outcome in outcomes if outcome.error] == []
        return outcomes

    def reports(self) -> list[tuple[Any, ...]]:
        """Submissions and events of the reports: what must be the same however often a run was killed."""
        return self.rows_of(
            "select s.state, s.landing_path, (select array_agg(e.state order by e.event_id) from audit.submission_event e "
            "where e.submission_id = s.submission_id), (select count(*) from raw.execution_report r "
            "where r._submission_id = s.submission_id) from audit.submission s where kind = 'execution_report' order by submission_id"
        )


@pytest.fixture(params=[SFTP, "s3"])
def office(request: pytest.FixtureRequest, warehouse: Settings, sender: Any, loader: Engine, rows_of: Rows, tmp_path: Path) -> Office:
    for outcome in ingest_paths([sender.registry(), sender.plan()], warehouse):
        assert outcome.loaded
    return Office(make_site(request.param, warehouse, tmp_path, request), sender, loader, rows_of)


def test_file_is_loaded_once_and_leaves_when_it_waits_elsewhere(office: Office) -> None:
    first = office.hand_in(office.sender.report(executed_qty=1), changed=YESTERDAY)
    lost = office.hand_in(office.sender.report("NADIE"))
    (outcome, returned) = sorted(office.take(), key=lambda outcome: str(outcome.state))
    assert (outcome.how, outcome.state, returned.how, returned.state) == ("loaded", "accepted", "loaded", "returned")
    assert outcome.source == f"{list(office.site.places())[-1].address}/{first}"
    assert office.site.depositor.names() == set()
    assert {row[1] for row in office.reports()} == {first, lost}
    ((sha, arrival),) = office.rows_of("select sha256, arrival from audit.submission where state = 'accepted' and dependency_code = 'TIC'")
    assert (office.settings.archive / sha[:2] / f"{sha}.csv").exists()
    assert str(list(office.site.places())[-1].address) in arrival
    assert office.rows_of("select count(*), count(gone_at) from audit.remote_file") == [(2, 2)]
    assert office.take() == []


def test_equal_file_is_another_arrival_when_it_comes_again_with_its_old_time(office: Office) -> None:
    one, other = office.sender.report(executed_qty=1).read_bytes(), office.sender.report(executed_qty=2).read_bytes()
    (office.settings.landing / REPORTS / "mayo.csv").unlink()
    for content in (one, other, one):
        office.site.depositor.put(f"{REPORTS}/mayo.csv", content, changed=YESTERDAY)
        assert [outcome.how for outcome in office.take()] == ["loaded"]
    # The third is the second's correction, although nothing of it is new.
    assert [row[0] for row in office.reports()] == ["superseded", "superseded", "accepted"]
    office.site.depositor.put(f"{REPORTS}/mayo.csv", one, changed=YESTERDAY)
    assert [outcome.how for outcome in office.take()] == ["duplicate"]


POINTS = [
    ("in the middle of fetching", False, True),
    ("after archive", False, True),
    ("before commit", False, True),
    ("after commit", True, True),
    ("in the middle of the removal", True, False),
    ("after the removal", True, False),
]
# One request removes an object: there is no middle.
KILLED = [
    *(pytest.param("sftp", *point, marks=SFTP.marks) for point in POINTS),
    *(pytest.param("s3", *point) for point in POINTS if point[0] != "in the middle of the removal"),
]


@pytest.mark.parametrize(("office", "point", "is_committed", "is_there"), KILLED, indirect=["office"])
def test_result_is_the_same_when_killed_and_run_again(point: str, is_committed: bool, is_there: bool, office: Office, jobs: Any) -> None:
    content = office.sender.report(executed_qty=1).read_bytes()
    name = office.hand_in(office.settings.landing / REPORTS / "mayo.csv", changed=YESTERDAY)
    assert jobs((point, office.look()), landing_url=office.settings.landing_url) == [-9]
    assert (name in office.site.depositor.names()) is is_there
    assert len(office.reports()) == int(is_committed)
    outcomes = office.take()
    assert [outcome.how for outcome in outcomes] == ([] if not is_there else ["taken"] if is_committed else ["loaded"])
    assert office.site.depositor.names() == set()
    assert office.reports() == [("accepted", name, ["received", "accepted"], 1)]
    # What comes now is another arrival, whatever a killed run left unsaid.
    assert office.look() == []
    office.site.depositor.put(name, content, changed=YESTERDAY)
    assert [outcome.how for outcome in office.take()] == ["duplicate"]
    assert office.rows_of("select count(*), count(gone_at) from audit.remote_file") == [(2, 2)]


def test_file_is_loaded_once_when_three_runs_take_it_at_once(office: Office, jobs: Any) -> None:
    name = office.hand_in(office.sender.report(executed_qty=1))
    waiting = office.look()
    assert jobs((None, waiting), (None, waiting), (None, waiting), landing_url=office.settings.landing_url) == [0, 0, 0]
    assert office.site.depositor.names() == set()
    assert office.reports() == [("accepted", name, ["received", "accepted"], 1)]


def test_other_places_are_taken_when_one_does_not_answer(
    office: Office, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    there = office.hand_in(office.sender.report(executed_qty=1))
    here = office.sender.report("OAP", executed_qty=1)
    settings = replace(office.settings, landing_url=f"sftp://nadie@127.0.0.1:1/entregas {office.settings.landing_url}")
    for variable, value in {
        "WAREHOUSE_URL": settings.warehouse_url, "HOME": settings.home, "LANDING": settings.landing, "ARCHIVE": settings.archive,
        "OUTBOX": settings.outbox, "LANDING_URL": settings.landing_url,
    }.items():  # fmt: skip
        monkeypatch.setenv(f"PIPC_{variable}", str(value))
    result = CliRunner().invoke(app, ["ingest"])
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    said = result.output + "".join(capfd.readouterr())
    assert "2 files: 2 accepted" in said
    assert said.count("sftp://nadie@127.0.0.1:1/entregas") == 1
    for name in ("landing_ssh_key", "landing_secret"):
        assert (settings.known_secret(name) or "not there") not in said
    assert [row[0] for row in office.reports()] == ["accepted", "accepted"]
    assert not here.exists()
    assert there not in office.site.depositor.names()
    # An address of the place stands for what waits below it.
    office.hand_in(office.sender.report(executed_qty=3))
    monkeypatch.setenv("PIPC_LANDING_URL", str(office.settings.landing_url))
    address = str(list(office.site.places())[-1].address)
    assert CliRunner().invoke(app, ["ingest", f"{address}/secretaria-general/TIC"]).exit_code == 0
    assert [row[0] for row in office.reports()] == ["superseded", "accepted", "accepted"]
    assert CliRunner().invoke(app, ["ingest", f"{address}/enterritorio"]).exit_code != 0


@pytest.mark.needs(SSHD)
@pytest.mark.needs("ssh-keygen")
def test_file_is_loaded_and_told_of_when_the_server_does_not_let_us_remove_it(
    warehouse: Settings, sender: Any, loader: Engine, rows_of: Rows, tmp_path: Path
) -> None:
    for outcome in ingest_paths([sender.registry(), sender.plan()], warehouse):
        assert outcome.loaded
    path = sender.report(executed_qty=1)
    server = Sshd(tmp_path, is_read_only=True)
    write_secrets(warehouse, landing_ssh_key=server.private_key, landing_known_hosts=server.known_hosts)
    settings = replace(warehouse, landing=tmp_path / "here", landing_url=server.url(warehouse.landing))
    server.start()
    try:
        for how in ("loaded", "taken"):
            with LandingPlaces(settings) as places:
                (outcome,) = ingest_files(look(places, loader, settle_seconds=0.01).files, places, settings)
            assert outcome.how == how
            assert "mayo.csv: the server lets" in str(outcome.error)
            assert "it is loaded; only its removal is left to do" in str(outcome.error)
    finally:
        server.stop()
    assert path.exists()
    assert rows_of("select count(*) from audit.submission where kind = 'execution_report'") == [(1,)]
