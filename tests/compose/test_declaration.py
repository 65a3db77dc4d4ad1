"""What `docker-compose.yml` and the Dockerfile promise, read without an engine."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from pipc_etl.settings import PROJECT_ROOT, Settings, load_settings

ONE_SHOT = {"secrets", "init", "dashboards"}
LASTING = {"postgres", "redis", "api-server", "scheduler", "dag-processor", "triggerer", "worker", "superset", "watch"}
TOOLS = {"pipc"}
OURS = {"secrets", "init", "dashboards", "watch", "api-server", "scheduler", "dag-processor", "triggerer", "worker", "pipc"}


class _Loader(yaml.SafeLoader):
    """YAML as compose reads it: `<<` merges."""


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    declared = yaml.load((PROJECT_ROOT / "docker-compose.yml").read_text(encoding="utf-8"), _Loader)
    found: dict[str, dict[str, Any]] = declared["services"]
    assert set(found) == ONE_SHOT | LASTING | TOOLS
    return found


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (PROJECT_ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")


def test_only_the_two_web_servers_are_reachable_and_from_this_host_when_nothing_is_set(services: dict[str, dict[str, Any]]) -> None:
    published = {name: service["ports"] for name, service in services.items() if service.get("ports")}
    assert published == {
        "api-server": ["${PIPC_BIND:-127.0.0.1}:${PIPC_AIRFLOW_PUBLISHED_PORT:-8080}:8080"],
        "superset": ["${PIPC_BIND:-127.0.0.1}:${PIPC_SUPERSET_PUBLISHED_PORT:-8088}:8088"],
    }
    for name in ("postgres", "redis"):
        assert services[name]["networks"] == ["backend"], f"{name} is on the network without a way out alone"


@pytest.mark.parametrize("name", sorted(ONE_SHOT | LASTING | TOOLS))
def test_a_container_may_do_little_when_it_runs(services: dict[str, dict[str, Any]], name: str) -> None:
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"]["max-size"] == "10m"
    limits = service["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory", "pids"}
    assert service["restart"] == ("no" if name in ONE_SHOT | TOOLS else "unless-stopped")


@pytest.mark.parametrize("name", sorted(LASTING))
def test_a_lasting_container_is_asked_whether_it_works_when_it_runs(services: dict[str, dict[str, Any]], name: str) -> None:
    health = services[name]["healthcheck"]
    assert health["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries"} <= set(health)
    if name in {*OURS, "superset"}:
        assert health["test"] == ["CMD", "python", "/app/docker/health.py", name]


def test_everything_waits_for_what_it_needs_when_it_starts(services: dict[str, dict[str, Any]]) -> None:
    def conditions(name: str) -> dict[str, str]:
        return {needed: how["condition"] for needed, how in services[name].get("depends_on", {}).items()}

    assert conditions("postgres") == conditions("redis") == {"secrets": "service_completed_successfully"}
    assert conditions("init") == {"postgres": "service_healthy", "redis": "service_healthy"}
    for name in LASTING - {"postgres", "redis"}:
        assert conditions(name)["init"] == "service_completed_successfully", name
        assert conditions(name)["postgres"] == conditions(name)["redis"] == "service_healthy", name


def test_no_password_is_written_down_when_the_files_are_read(services: dict[str, dict[str, Any]], dockerfile: str) -> None:
    text = (PROJECT_ROOT / "docker-compose.yml").read_text(encoding="utf-8") + dockerfile
    assert len(text) > 5000
    assert not re.search(r"//[^/\s@:]*:[^/\s@]+@", text), "an address with a password"
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            assert not re.search(r"PASSWORD|SECRET_|TOKEN|_KEY", name) or re.fullmatch(r"\$\{\w+:-\}", value), name


def test_a_server_is_shown_its_own_secrets_when_it_runs(services: dict[str, dict[str, Any]]) -> None:
    shown = {name: {volume for volume in service.get("volumes", ()) if "secrets" in volume} for name, service in services.items()}
    assert shown["postgres"] == {"postgres-secrets:/run/pipc/postgres:ro"}
    assert shown["redis"] == {"redis-secrets:/run/pipc/redis:ro"}
    assert shown["superset"] == {"superset-secrets:/run/pipc/superset:ro"}
    for name in OURS - {"secrets", "pipc"}:
        assert all(volume.endswith(":ro") for volume in shown[name]), name


def test_images_run_as_users_of_their_own_and_hold_the_locks_when_they_are_built(dockerfile: str) -> None:
    stages = dict(re.findall(r"^FROM \S+ AS (\S+)\n(.*?)(?=^FROM |\Z)", dockerfile, flags=re.MULTILINE | re.DOTALL))
    assert {"superset", "pipc"} < set(stages)
    assert "USER 10001:10001" in stages["pipc"]
    assert "USER 10002:10002" in stages["superset"]
    for stage in ("superset-environment", "pipc-environment"):
        assert "uv sync --locked --no-dev" in stages[stage]
    assert "pipc_etl" not in stages["superset"]
    assert not dockerfile.startswith("# syntax")
    assert f"uv=={_setup_version()}" in dockerfile, "the installer of `make setup`"


def test_every_variable_of_the_declaration_is_a_setting_when_it_is_given(services: dict[str, dict[str, Any]]) -> None:
    given = {name for service in services.values() for name in service.get("environment", {}) if name.startswith("PIPC_")}
    assert len(given) > 15
    known = {f"PIPC_{field.upper()}" for field in Settings.__dataclass_fields__}
    assert given <= known
    plain = {name: value for name, value in services["worker"]["environment"].items() if "${" not in value and name.startswith("PIPC_")}
    settings = load_settings(plain)
    assert (settings.executor, settings.airflow_host, settings.superset_host, settings.web_bind) == (
        "celery",
        "api-server",
        "superset",
        "0.0.0.0",
    )


def _setup_version() -> str:
    found = re.search(r"^UV_VERSION=(\S+)$", (PROJECT_ROOT / "scripts" / "setup.sh").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert found
    return found.group(1)
