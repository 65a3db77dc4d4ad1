"""Files a minute with 1, 2 and 3 workers, in containers: monthly reports of 30 dependencies that wait together, from the first to the last.

    python benchmarks/workers.py [--months 6] [--workers 1 2 3] [--concurrency 1]

Needs a container engine and 8 GB. Every number of workers begins with an empty installation of its own project, `pipc-bench`, whose volumes
are deleted. Workers beyond the machine's cores share them: the ratio says what another worker brings on this machine.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

from small_files import CODES, references, write

from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.settings import PROJECT_ROOT, load_settings

ENVIRONMENT = {**os.environ, "PIPC_AIRFLOW_PUBLISHED_PORT": "18180", "PIPC_SUPERSET_PUBLISHED_PORT": "18188"}
LANDING = "/var/lib/pipc/landing"
PATIENCE_SECONDS = 1800


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--concurrency", type=int, default=1, help="tasks at once in each worker")
    parser.add_argument("--months", type=int, default=6, help="a file a month of each of the 30 dependencies")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 3])
    arguments = parser.parse_args()
    ENVIRONMENT["PIPC_WORKER_CONCURRENCY"] = str(arguments.concurrency)
    baseline = 0.0
    print(f"{len(CODES) * arguments.months} files, {arguments.concurrency} at once in each worker; {os.cpu_count()} cores", flush=True)
    for workers in arguments.workers:
        _compose("down", "--volumes")
        _compose("up", "--wait", "--scale", f"worker={workers}")
        with tempfile.TemporaryDirectory(prefix="pipc-bench-") as folder:
            rate, whole = _rate(Path(folder), arguments.months)
        baseline = baseline or rate
        print(
            f"{workers} worker(s): {rate:6.0f} files a minute  x {rate / baseline:.2f}   ({whole:.0f} s with the scheduler's own)",
            flush=True,
        )
    _compose("down", "--volumes")


def _rate(home: Path, months: int) -> tuple[float, float]:
    """Files a minute between the first and the last in the ledger; seconds from asking for the run until all are there."""
    settings = load_settings({"PIPC_HOME": str(home)})
    catalog = load_catalog(settings.expectations)
    _send(settings.landing, references(settings, catalog))
    _run_until("dependency_registry", 1)
    _run_until("activity_plan", 1)
    reports = [_report(settings.landing, catalog, code, month) for month in range(1, months + 1) for code in CODES]
    _send(settings.landing, reports)
    whole = _run_until("execution_report", len(reports))
    ((seconds,),) = _rows(
        "select extract(epoch from max(ingested_at) - min(ingested_at)) from audit.submission where kind = 'execution_report'"
    )
    return 60 * (len(reports) - 1) / float(seconds), whole


def _report(landing: Path, catalog: Catalog, code: str, month: int) -> Path:
    rows: list[dict[str, object]] = [
        {"plan_code": "PIPC", "activity_code": f"{code}-{place}", "month": f"2021-{month:02}", "executed_qty": 1, "evidence": "acta.pdf"}
        for place in range(1, 11)
    ]
    return write(landing / "secretaria-general" / code / "execution_report" / f"2021-M{month:02}" / "reporte.xlsx", catalog, rows)


def _send(landing: Path, files: list[Path]) -> None:
    """Into the landing volume, as its user."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path in files:
            archive.add(path, str(path.relative_to(landing)))
    _compose("run", "--rm", "-T", "--entrypoint", "tar", "pipc", "-x", "--no-same-owner", "-C", LANDING, given=packed.getvalue())


def _run_until(kind: str, files: int) -> float:
    """Ask for a run of the intake and wait until the ledger has so many files of `kind`; seconds."""
    started = time.monotonic()
    _compose("exec", "-T", "scheduler", "pipc", "airflow", "dags", "trigger", "ingest_submissions")
    while int(_rows(f"select count(*) from audit.submission where kind = '{kind}'")[0][0]) < files:
        if time.monotonic() - started > PATIENCE_SECONDS:
            raise SystemExit(f"fewer than {files} files of {kind} after {PATIENCE_SECONDS} s: docker compose -p pipc-bench logs worker")
        time.sleep(1)
    return time.monotonic() - started


def _rows(query: str) -> list[list[str]]:
    said = _compose("exec", "-T", "postgres", "psql", "-U", "postgres", "-d", "pipc", "-At", "-F", "\t", "-c", query)
    return [line.split("\t") for line in said.decode().splitlines()]


def _compose(*arguments: str, given: bytes = b"") -> bytes:
    command = ["docker", "compose", "--project-name", "pipc-bench", *arguments]
    done = subprocess.run(command, cwd=PROJECT_ROOT, env=ENVIRONMENT, input=given, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.decode()[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    main()
