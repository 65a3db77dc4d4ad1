"""One installation in containers, driven by `docker compose` as an operator does."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipc_etl.settings import PROJECT_ROOT


@dataclass(frozen=True)
class Compose:
    """A project of its own name and ports, beside whatever else runs on this host."""

    project: str = "pipc-trial"
    airflow_port: int = 18080
    superset_port: int = 18088

    @property
    def airflow(self) -> str:
        return f"http://127.0.0.1:{self.airflow_port}"

    @property
    def superset(self) -> str:
        return f"http://127.0.0.1:{self.superset_port}"

    def __call__(self, *arguments: str, check: bool = True, timeout: float = 1800) -> str:
        """What `docker compose ARGUMENTS` printed; raises with its complaints where it fails and `check`."""
        environment = {
            **os.environ,
            "PIPC_AIRFLOW_PUBLISHED_PORT": str(self.airflow_port),
            "PIPC_SUPERSET_PUBLISHED_PORT": str(self.superset_port),
        }
        done = subprocess.run(
            ["docker", "compose", "--project-name", self.project, *arguments],
            cwd=PROJECT_ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"docker compose {' '.join(arguments)}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done.stdout

    def pipc(self, *arguments: str, check: bool = True) -> str:
        """A command of ours in a container of its own."""
        return self("run", "--rm", "-T", "pipc", *arguments, check=check)

    def up(self, *arguments: str) -> float:
        """Start what is missing and wait until all work; seconds."""
        began = time.monotonic()
        self("up", "--wait", "--wait-timeout", "900", *arguments)
        return time.monotonic() - began

    def containers(self) -> list[dict[str, Any]]:
        """What `docker compose ps --all` says of each container."""
        printed = self("ps", "--all", "--format", "json").strip()
        return json.loads(printed) if printed.startswith("[") else [json.loads(line) for line in printed.splitlines()]

    def ids(self, service: str) -> list[str]:
        return self("ps", "--quiet", service).split()

    def query(self, sql: str) -> list[list[str]]:
        """Rows of the warehouse, asked as the superuser inside the database's container."""
        printed = self("exec", "-T", "postgres", "psql", "-U", "postgres", "-d", "pipc", "-At", "-F", "\t", "-c", sql)
        return [line.split("\t") for line in printed.splitlines()]

    def airflow_query(self, sql: str) -> list[list[str]]:
        printed = self("exec", "-T", "postgres", "psql", "-U", "postgres", "-d", "airflow", "-At", "-F", "\t", "-c", sql)
        return [line.split("\t") for line in printed.splitlines()]


def until(is_so: Callable[[], Any], seconds: float, what: str) -> tuple[Any, float]:
    """What `is_so` answers once it is true, and after how many seconds; raises AssertionError where it does not become so."""
    began = time.monotonic()
    while not (answer := is_so()):
        assert time.monotonic() - began < seconds, f"{what} within {seconds} s"
        time.sleep(1)
    return answer, time.monotonic() - began


def kill(container: str) -> None:
    """End a container as a crash does: at once."""
    subprocess.run(["docker", "kill", "--signal", "KILL", container], check=True, capture_output=True)
