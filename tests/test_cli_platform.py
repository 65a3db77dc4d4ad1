"""`pipc` for the installation: what it prints, what it leaves, and its exit codes."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from pipc_etl.settings import PROJECT_ROOT


def pipc(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIPC_")}
    environment |= {
        "PIPC_HOME": str(home),
        "PIPC_POSTGRES_PORT": "0",
        "PIPC_AIRFLOW_PORT": "0",
        "PIPC_SUPERSET_PORT": "0",
        "COLUMNS": "200",
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-m", "pipc_etl.cli", *arguments], env=environment, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=120
    )


@pytest.fixture(scope="module")
def home(reachable_tmp: Path) -> Iterator[Path]:
    """An installation whose database runs, without Airflow."""
    folder = reachable_tmp / "cli"
    started = pipc(folder, "up", "--database-only")
    assert started.returncode == 0, started.stderr
    yield folder
    pipc(folder, "down")


def states(status: subprocess.CompletedProcess[str]) -> Mapping[str, str]:
    return dict(re.findall(r"^\s*([a-z-]+)\s+(running|stopped)", status.stdout, re.MULTILINE))


def test_nothing_heavy_is_imported_when_the_command_line_loads() -> None:
    code = "import sys, pipc_etl.cli; print(sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT_ROOT).stdout
    assert "'typer'" in loaded
    for heavy in ("airflow", "dbt", "great_expectations", "numpy", "pandas", "pyarrow", "sqlalchemy"):
        assert f"'{heavy}'" not in loaded


def test_every_command_is_listed_when_help_is_asked(tmp_path: Path) -> None:
    answer = pipc(tmp_path, "--help")
    assert answer.returncode == 0
    for command in ("up", "down", "status", "doctor", "psql"):
        assert re.search(rf"\b{command}\b", answer.stdout)


@pytest.mark.parametrize("arguments", [("nonsense",), ("up", "--nonsense"), ("psql", "--role", "king")])
def test_code_is_2_when_the_command_is_used_wrongly(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    answer = pipc(tmp_path, *arguments)
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr


def test_variable_is_named_when_its_value_makes_no_sense(tmp_path: Path) -> None:
    answer = pipc(tmp_path, "status", PIPC_AIRFLOW_PORT="eighty")
    assert (answer.returncode, answer.stderr) == (2, "pipc: PIPC_AIRFLOW_PORT must be a whole number, not 'eighty'\n")


def test_all_is_stopped_and_nothing_is_made_when_never_started(tmp_path: Path) -> None:
    answer = pipc(tmp_path / "never", "status")
    assert (answer.returncode, set(states(answer).values()), len(states(answer))) == (1, {"stopped"}, 6)
    down = pipc(tmp_path / "never", "down")
    assert (down.returncode, down.stdout) == (0, "nothing was running\n")
    assert not (tmp_path / "never").exists()


def test_start_is_advised_when_the_database_does_not_run(tmp_path: Path) -> None:
    answer = pipc(tmp_path / "never", "psql", "-c", "select 1")
    assert answer.returncode == 1
    assert "pipc up" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_port_is_named_when_it_is_taken(reachable_tmp: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        answer = pipc(reachable_tmp / "cli-taken", "up", "--database-only", PIPC_POSTGRES_PORT=str(port))
    assert answer.returncode == 1
    assert f"port {port} is taken by" in answer.stderr
    assert "PIPC_POSTGRES_PORT" in answer.stderr


@pytest.mark.parametrize("variable", ["PIPC_AIRFLOW_PORT", "PIPC_SUPERSET_PORT"])
def test_nothing_starts_when_a_servers_port_is_taken(reachable_tmp: Path, variable: str) -> None:
    folder = reachable_tmp / "cli-server-taken"
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        answer = pipc(folder, "up", **{variable: str(port)})
    assert answer.returncode == 1
    assert f"port {port} is taken by" in answer.stderr
    assert variable in answer.stderr
    assert not folder.exists()


def test_database_runs_and_no_server_does_when_only_the_database_was_started(home: Path) -> None:
    answer = pipc(home, "status")
    assert answer.returncode == 1
    assert states(answer) == {
        "postgresql": "running",
        **dict.fromkeys(["api-server", "dag-processor", "triggerer", "scheduler", "superset"], "stopped"),
    }


def test_nothing_changes_when_started_again(home: Path) -> None:
    before = pipc(home, "status").stdout
    again = pipc(home, "up", "--database-only")
    assert again.returncode == 0
    assert "already running" in again.stderr
    assert "warehouse is as the contracts say" in again.stderr
    assert pipc(home, "status").stdout == before


@pytest.mark.parametrize(("role", "user"), [("analyst", "pipc_analyst"), ("pipc_loader", "pipc_loader"), ("admin", "postgres")])
def test_query_runs_as_the_role_when_psql_is_given_one(home: Path, role: str, user: str) -> None:
    answer = pipc(home, "psql", "--role", role, "-At", "-c", "select current_user")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, f"{user}\n", "")


def test_code_is_psqls_own_when_the_query_fails(home: Path) -> None:
    answer = pipc(home, "psql", "-c", "select * from private.nothing")
    assert answer.returncode == 1
    assert "ERROR" in answer.stderr


def test_every_check_is_well_when_the_database_runs(home: Path) -> None:
    answer = pipc(home, "doctor")
    lines = re.findall(r"^(ok|warning|problem)\s+(\w+)", answer.stdout, re.MULTILINE)
    assert {name for _, name in lines} >= {
        "python",
        "packages",
        "disk",
        "memory",
        "home",
        "dags",
        "secrets",
        "postgresql",
        "port",
        "warehouse",
    }
    assert {name for state, name in lines if state == "problem"} == set()
    assert {("warning", "airflow"), ("warning", "superset"), ("ok", "dashboards")} <= set(lines)
    assert answer.returncode == 0


def test_open_secret_is_a_problem_when_the_doctor_looks(home: Path) -> None:
    secret = next((home / "secrets").iterdir())
    secret.chmod(0o644)
    try:
        answer = pipc(home, "doctor")
    finally:
        secret.chmod(0o600)
    assert answer.returncode == 1
    assert re.search(rf"^problem\s+secrets\s+readable by others: {secret.name}\n\s+-> chmod", answer.stdout, re.MULTILINE)


def test_other_database_is_used_when_its_address_is_given(home: Path, cluster: object, fresh_database: object) -> None:
    url = fresh_database.warehouse_url.replace("+psycopg2", "")  # type: ignore[attr-defined]
    answer = pipc(home, "psql", "--role", "admin", "-At", "-c", "select current_database()", PIPC_WAREHOUSE_URL=url)
    assert (answer.returncode, answer.stdout) == (0, url.rsplit("/", 1)[1] + "\n")


def test_server_is_gone_when_stopped(home: Path) -> None:
    found = re.search(r"postgresql\s+running\s+(\d+)", pipc(home, "status").stdout)
    assert found is not None
    pid = int(found[1])
    assert psutil.pid_exists(pid)
    down = pipc(home, "down")
    assert (down.returncode, down.stdout) == (0, "stopped: PostgreSQL\n")
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
