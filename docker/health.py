"""Whether this container's process works: `python health.py NAME`, exit code 0 or 1 with what is wrong.

It asks what the process itself was started with, so nothing is declared twice: addresses and passwords are read from the environment
of that process (the same user's, in the same container).
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import sys
import urllib.request
from pathlib import Path

JOBS = {"scheduler": "SchedulerJob", "dag-processor": "DagProcessorJob", "triggerer": "TriggererJob"}
# Three heartbeats missed.
STALE_SECONDS = 45


def environment(name: str) -> dict[str, str]:
    """The environment of the first process that has the variable `name`; ends with 1 where there is none yet."""
    for folder in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            pairs = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        variables = dict(pair.decode(errors="replace").split("=", 1) for pair in pairs if b"=" in pair)
        if name in variables and int(folder.name) != os.getpid():
            return variables
    raise SystemExit(f"no process with {name} runs yet")


def answers(port: str, path: str, *, encrypted: bool) -> dict[str, object]:
    """What this container's server says; the certificate is for its public name, not for this address."""
    context = ssl._create_unverified_context() if encrypted else None
    url = f"{'https' if encrypted else 'http'}://127.0.0.1:{port}{path}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    with opener.open(url, timeout=8) as answer:
        body = answer.read()
    return json.loads(body) if body[:1] == b"{" else {}


def beats(kind: str, url: str) -> bool:
    """Whether the database has a recent heartbeat of this container's process."""
    import psycopg2

    connection = psycopg2.connect(url.replace("+psycopg2", ""), connect_timeout=5)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "select 1 from job where job_type = %s and hostname = %s and state = 'running' "
            "and latest_heartbeat > now() - make_interval(secs => %s)",
            (kind, socket.gethostname(), STALE_SECONDS),
        )
        return cursor.fetchone() is not None


def is_worker_alive(broker: str) -> bool:
    """Whether this container's worker answers by the broker."""
    from celery import Celery

    name = f"celery@{socket.gethostname()}"
    return bool(Celery(broker=broker).control.inspect(destination=[name], timeout=5).ping())


def main(name: str) -> int:
    if name == "api-server":
        variables = environment("AIRFLOW__API__PORT")
        health = answers(variables["AIRFLOW__API__PORT"], "/api/v2/monitor/health", encrypted="AIRFLOW__API__SSL_CERT" in variables)
        fine = health["metadatabase"] == {"status": "healthy"}
    elif name == "superset":
        variables = environment("PIPC_SUPERSET_BIND")
        answers(variables["PIPC_SUPERSET_BIND"].rsplit(":", 1)[1], "/health", encrypted="PIPC_SUPERSET_TLS_CERTIFICATE" in variables)
        fine = True
    elif name == "watch":
        answers(environment("PIPC_WATCH_PORT")["PIPC_WATCH_PORT"], "/live", encrypted=False)
        fine = True
    elif name == "worker":
        fine = is_worker_alive(environment("AIRFLOW__CELERY__BROKER_URL")["AIRFLOW__CELERY__BROKER_URL"])
    else:
        url = environment("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
        fine = beats(JOBS[name], url)
    if not fine:
        print(f"{name} does not work", file=sys.stderr)  # noqa: T201 - for `docker inspect`
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
