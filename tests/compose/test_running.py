"""The containers as an operator runs them: up, the samples through the workers, kills in the middle of it, down and up again.

Run with PIPC_TEST_COMPOSE=1, in this order; the times that are printed (`-s`) are those of the deployment guide.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pipc_etl.settings import load_settings
from tests.compose.compose import Compose, kill, until
from tests.dashboards.boards import USER, browse

pytestmark = pytest.mark.timeout(3600)
SAMPLE_FILES = 107
LEDGER = "select count(*), count(distinct landing_path || sha256), count(*) filter (where state like 'accepted%') from audit.submission"
FACTS = "select (select count(*) from marts.fct_activity_execution), (select count(*) from marts.fct_attendance)"


@pytest.fixture(scope="module")
def compose() -> Iterator[Compose]:
    installation = Compose()
    installation("down", "--volumes", "--timeout", "20")
    yield installation
    installation("down", "--volumes", "--timeout", "20")


@pytest.fixture(scope="module")
def running(compose: Compose) -> Compose:
    print(f"up --wait, images built: {compose.up('--build', '--scale', 'worker=2'):.0f} s")
    return compose


def test_all_containers_work_when_they_were_brought_up(running: Compose) -> None:
    found = {container["Service"]: container for container in running.containers()}
    assert len(running.ids("worker")) == 2
    for name in ("secrets", "init", "dashboards"):
        assert (found[name]["State"], found[name]["ExitCode"]) == ("exited", 0), name
    lasting = {name: container["Health"] for name, container in found.items() if container["State"] == "running"}
    assert lasting == dict.fromkeys(
        ("postgres", "redis", "api-server", "scheduler", "dag-processor", "triggerer", "worker", "superset", "watch"), "healthy"
    )
    published = {name for name, container in found.items() if any(port.get("PublishedPort") for port in container["Publishers"] or ())}
    assert published == {"api-server", "superset"}
    assert running.query("show server_version")[0][0].startswith("17")


@pytest.mark.parametrize("service", ["api-server", "worker", "superset", "postgres", "redis"])
def test_nothing_can_be_written_beside_the_volumes_when_a_container_runs(running: Compose, service: str) -> None:
    said = running("exec", "-T", service, "sh", "-c", "id -u; touch /app/x /usr/x /etc/x 2>&1 | grep -c -v 'touch:' || true", check=False)
    assert said.split() != []
    assert said.split()[0] != "0"
    assert said.split()[1] == "0", "no file was made"


def test_nobody_comes_in_without_an_account_when_the_servers_answer(running: Compose) -> None:
    with httpx.Client(trust_env=False, timeout=30) as client:
        assert client.get(f"{running.airflow}/api/v2/dags").status_code == 401
        for user, password in (("admin", "admin"), ("airflow", "airflow"), ("admin", "")):
            answer = client.post(f"{running.airflow}/auth/token", json={"username": user, "password": password})
            assert answer.status_code in (400, 401, 422), (user, answer.text)
        assert client.get(f"{running.superset}/login/").status_code == 200
        assert client.get(f"{running.superset}/api/v1/chart/").status_code == 401
        refused = client.post(
            f"{running.superset}/api/v1/security/login", json={"username": "admin", "password": "admin", "provider": "db"}
        )
        assert refused.status_code == 401


def test_nothing_is_lost_or_twice_when_a_worker_is_killed_in_the_middle_of_a_batch(running: Compose) -> None:
    said: list[str] = []
    demonstration = threading.Thread(target=lambda: said.append(running.pipc("demo")))
    demonstration.start()
    until(lambda: int(running.query(LEDGER)[0][0]) >= 5, 300, "five files are loaded")
    busy = "select hostname from task_instance where task_id like 'ingest_%' and state = 'running' order by map_index limit 1"
    hostname = until(lambda: running.airflow_query(busy), 60, "a batch runs")[0][0][0]
    loaded_before = int(running.query(LEDGER)[0][0])
    assert loaded_before < SAMPLE_FILES
    kill(hostname)
    again = "select 1 from task_instance where task_id like 'ingest_%' and state = 'running' and try_number > 1"
    _, seconds = until(lambda: running.airflow_query(again), 240, "another worker takes the batch up")
    print(f"worker killed after {loaded_before} files: the batch runs again after {seconds:.0f} s")
    demonstration.join()
    assert len(said) == 1, "the demonstration ended well"
    assert "81 de 81" in said[0]
    files, distinct, _ = map(int, running.query(LEDGER)[0])
    assert files == distinct
    assert running.up("--scale", "worker=2") > 0


def test_the_boards_answer_when_the_samples_were_built(running: Compose, tmp_path: Path) -> None:
    password = running("exec", "-T", "worker", "cat", "/run/pipc/secrets/superset_ejecutivo_password").strip()
    visit = {"name": "resumen", "path": "/superset/dashboard/resumen/", "tabs": ["Panorama"]}
    given = {"address": running.superset, "user": USER, "password": password, "folder": str(tmp_path), "visits": [visit]}
    seen = browse(load_settings(), "look_at_boards.py", **given)
    (view,) = seen["views"]
    print(f"picture {view['picture']}")
    assert {"112\u00a0%", "105\u00a0%", "62\u00a0%", "38\u00a0%"} <= {chart["figure"] for chart in view["charts"].values()}
    assert seen["complaints"] == []


@pytest.mark.parametrize("service", ["scheduler", "redis", "postgres"])
def test_the_rest_goes_on_when_a_server_is_killed_and_started_again(running: Compose, service: str) -> None:
    before = running.query(FACTS)
    kill(running.ids(service)[0])
    seconds = running.up("--scale", "worker=2")
    print(f"{service} killed: all healthy {seconds:.0f} s after `up`")
    assert running.query(FACTS) == before
    said = running.pipc("demo")
    assert "81 de 81" in said
    assert running.query(FACTS) == before


def test_everything_is_there_when_it_was_down(running: Compose) -> None:
    before = (running.query(LEDGER), running.query(FACTS))
    assert int(before[0][0][0]) >= SAMPLE_FILES - 1
    running("down", "--timeout", "60")
    assert running.containers() == []
    print(f"up after down: {running.up():.0f} s")
    assert (running.query(LEDGER), running.query(FACTS)) == before
    assert "81 de 81" in running.pipc("figures")


def test_a_backup_brings_everything_back_when_all_other_volumes_are_lost(running: Compose, tmp_path: Path) -> None:
    before = (running.query(LEDGER), running.query(FACTS))
    began = time.monotonic()
    running.pipc("backup")
    assert running("exec", "-T", "watch", "ls", "/var/backups/pipc/last.json") != "", "who watches sees the backups"
    print(f"backup: {time.monotonic() - began:.0f} s")
    running("down", "--timeout", "60")
    volumes = subprocess.run(
        ["docker", "volume", "ls", "--quiet", "--filter", f"name=^{running.project}_"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert f"{running.project}_backups" in volumes
    lost = [volume for volume in volumes if volume != f"{running.project}_backups"]
    subprocess.run(["docker", "volume", "rm", *lost], check=True, capture_output=True)
    running("up", "--wait", "postgres")
    apart = ("run", "--rm", "-T", "--no-deps")
    folder = running(*apart, "--entrypoint", "sh", "pipc", "-c", "ls -d /var/backups/pipc/2*").split()[-1]
    began = time.monotonic()
    running(*apart, "pipc", "restore", folder)
    print(f"restore: {time.monotonic() - began:.0f} s; up: {running.up():.0f} s")
    assert (running.query(LEDGER), running.query(FACTS)) == before
    assert "81 de 81" in running.pipc("figures")
    test_the_boards_answer_when_the_samples_were_built(running, tmp_path)


def test_no_secret_is_in_an_image_when_it_is_looked_into(running: Compose) -> None:
    for image in ("pipc-etl:local", "pipc-superset:local"):
        history = subprocess.run(["docker", "history", "--no-trunc", image], capture_output=True, text=True, check=True).stdout
        assert "uv sync" in history or "superset" in history
        entry = ["docker", "run", "--rm", "--entrypoint", "sh", image, "-c", "find / -xdev -name '*password*' -path '*secrets*' | wc -l"]
        found = subprocess.run(entry, capture_output=True, text=True, check=True).stdout
        assert found.strip() == "0"
