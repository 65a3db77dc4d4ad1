"""The embedded PostgreSQL on real servers."""

import os
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from pipc_etl.errors import WarehouseError
from pipc_etl.settings import Settings
from pipc_etl.warehouse import embedded
from pipc_etl.warehouse.embedded import Cluster
from pipc_etl.warehouse.postgres_programs import copy_programs, package_folder

IS_ROOT = os.geteuid() == 0
NOBODY = 65534


def ask(cluster: Cluster, query: str, password: str | None = None) -> object:
    engine = create_engine(cluster.url(password=password), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            result = connection.execute(text(query))
            return tuple(result.one()) if result.returns_rows else None
    finally:
        engine.dispose()


@pytest.fixture(scope="module")
def own(reachable_tmp: Path) -> Iterator[Cluster]:
    """A server that these tests may stop and kill."""
    server = Cluster(reachable_tmp / "own", 0, "secret of the test", durable=False)
    server.start()
    yield server
    server.stop()


def test_server_sorts_and_counts_time_the_same_everywhere_when_fresh(embedded: Cluster) -> None:
    query = (
        "select current_setting('server_encoding'), current_setting('TimeZone'), datlocprovider, datlocale, "
        "current_setting('listen_addresses'), current_setting('unix_socket_directories') from pg_database where datname = 'postgres'"
    )
    assert ask(embedded, query) == ("UTF8", "UTC", "b", "C.UTF-8", "127.0.0.1", "")


def test_database_is_empty_when_asked_for(fresh_database: Settings) -> None:
    engine = create_engine(fresh_database.warehouse_url or "")
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')")) == 0
    engine.dispose()


def test_server_refuses_when_the_password_is_wrong(own: Cluster) -> None:
    own.start()
    assert ask(own, "select 1") == (1,)
    with pytest.raises(OperationalError, match="password authentication failed"):
        ask(own, "select 1", password="wrong")


def test_same_server_stays_when_started_twice(own: Cluster) -> None:
    own.start()
    pid, port = own.pid, own.port
    assert own.start() is False
    assert (own.pid, own.port) == (pid, port)


def test_data_and_port_stay_when_stopped_and_started(own: Cluster) -> None:
    own.start()
    port = own.port
    ask(own, "create table kept as select 42 as answer")
    assert own.stop() is True
    assert own.stop() is False
    assert not own.is_running()
    assert own.start() is True
    assert (ask(own, "select answer from kept"), own.port) == ((42,), port)


def test_one_server_starts_when_two_ask_at_once(own: Cluster) -> None:
    own.stop()
    outcomes: list[bool] = []
    starters = [threading.Thread(target=lambda: outcomes.append(Cluster(own.folder, 0, own.password).start())) for _ in range(2)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    assert sorted(outcomes) == [False, True]


def test_server_starts_again_when_it_was_killed(own: Cluster) -> None:
    own.start()
    killed = own.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(killed)] if psutil.pid_exists(killed) else [], timeout=5)
    assert not own.is_running()
    assert (own.data / "postmaster.pid").exists()
    assert own.start() is True
    assert own.pid != killed
    assert ask(own, "select 1") == (1,)


def test_server_starts_when_its_pid_belongs_to_another_process(own: Cluster) -> None:
    own.start()
    pid_file = own.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    own.stop()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert not own.is_running()
    assert own.start() is True


def test_setup_is_repeated_when_it_was_killed_halfway(reachable_tmp: Path) -> None:
    server = Cluster(reachable_tmp / "halfway", 0, "secret", durable=False)
    unfinished = server.folder / "data.initialising"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    try:
        assert server.start() is True
        assert ask(server, "select 1") == (1,)
        assert not unfinished.exists()
    finally:
        server.stop()


def test_other_server_lives_when_one_is_stopped(own: Cluster, embedded: Cluster) -> None:
    own.start()
    assert own.stop() is True
    assert embedded.is_running()
    assert ask(embedded, "select 1") == (1,)


def test_port_and_its_owner_are_named_when_the_port_is_taken(reachable_tmp: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        server = Cluster(reachable_tmp / "taken", port, "secret", durable=False)
        with pytest.raises(WarehouseError, match=rf"port {port} is taken by .*\(pid {os.getpid()}\).*PIPC_POSTGRES_PORT"):
            server.start()
    assert not server.data.exists()


def test_space_is_asked_for_when_the_disk_is_nearly_full(reachable_tmp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "MINIMUM_FREE_BYTES", 1024**5)
    server = Cluster(reachable_tmp / "full", 0, "secret", durable=False)
    with pytest.raises(WarehouseError, match=r"the disk of .* has \d+ MB left"):
        server.start()
    assert not server.data.exists()


def test_server_runs_elsewhere_when_its_account_cannot_reach_the_folder(reachable_tmp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root's own folders are closed to the account that the server runs as; a normal user runs the server himself."""
    private = reachable_tmp / "private"
    private.mkdir(mode=0o700)
    package = package_folder()
    for part in (package, package.with_name(f"{package.name}.libs")):
        (private / part.name).symlink_to(part)
    monkeypatch.setattr(embedded, "FALLBACK_BASE", reachable_tmp / "elsewhere")
    monkeypatch.setattr(embedded, "package_folder", lambda: private / package.name)
    server = Cluster(private / "postgres", 0, "secret", durable=False)
    try:
        assert server.start() is True
        assert ask(server, "select 1") == (1,)
        postmaster = psutil.Process(server.pid)
        assert postmaster.uids().effective != 0
        assert server.data.is_relative_to(reachable_tmp / "elsewhere") is IS_ROOT
        assert server.programs.is_relative_to(reachable_tmp / "elsewhere") is IS_ROOT
        assert Cluster(private / "postgres", 0, "secret").pid == postmaster.pid
    finally:
        server.stop()


def as_unprivileged(action: Callable[[], None]) -> int:
    """Exit code of `action` in a child that is no longer root; the code is the failed assertion's, 1."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if IS_ROOT:
                os.setgroups([])
                os.setresgid(NOBODY, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
            action()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_server_runs_as_its_starter_when_that_is_not_root(own: Cluster, reachable_tmp: Path) -> None:
    folder = reachable_tmp / "unprivileged"
    folder.mkdir()
    package = package_folder()
    copy_programs(package, reachable_tmp / "programs" / package.name / "pginstall18")
    server = Cluster(folder / "postgres", 0, "secret", durable=False)
    if IS_ROOT:
        os.chown(folder, NOBODY, NOBODY)

    def start_and_stop() -> None:
        server.__dict__["programs"] = reachable_tmp / "programs" / package.name / "pginstall18" / "bin"
        assert server.start() is True
        assert psutil.Process(server.pid).uids().effective == os.geteuid() != 0
        assert server.start() is False
        assert ask(server, "select 1") == (1,)
        assert server.stop() is True

    assert as_unprivileged(start_and_stop) == 0
    assert (server.data / "PG_VERSION").exists()
    shutil.rmtree(reachable_tmp / "programs")


def test_permission_is_asked_for_when_the_folder_cannot_be_written(reachable_tmp: Path) -> None:
    closed = reachable_tmp / "closed"
    closed.mkdir(mode=0o555)

    def start() -> None:
        with pytest.raises(WarehouseError, match=r"the database folder .*closed/postgres cannot be made: Permission denied"):
            Cluster(closed / "postgres", 0, "secret").start()

    assert as_unprivileged(start) == 0
