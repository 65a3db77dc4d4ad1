"""What the benchmarks stand on: an installation of their own with a database server, and the median of some rounds."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipc_etl.contracts import load_catalog
from pipc_etl.settings import Settings, load_settings
from pipc_etl.warehouse.engine import embedded_cluster, ensure_database, superuser_engine
from pipc_etl.warehouse.schema import prepare


@contextmanager
def installation(kept: Path | None = None) -> Iterator[Settings]:
    """The settings of an installation whose PostgreSQL runs, in the folder `kept` or in one that is gone afterwards."""
    home = kept or Path(tempfile.mkdtemp(prefix="pipc-bench-"))
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)  # the server's own account must get in
    settings = load_settings({"PIPC_HOME": str(home), "PIPC_POSTGRES_PORT": "0", "PIPC_SUPERSET_PORT": "0"})
    cluster = embedded_cluster(settings)
    cluster.start()
    try:
        yield settings
    finally:
        cluster.stop()
        if not kept:
            shutil.rmtree(home, ignore_errors=True)


def prepare_warehouse(settings: Settings) -> None:
    """The warehouse's database with its tables, made where it is missing."""
    ensure_database(settings)
    owner = superuser_engine(settings)
    prepare(owner, settings, load_catalog(settings.expectations))
    owner.dispose()


def timed(work: Callable[[], object], rounds: int) -> float:
    """The median seconds of `rounds`."""
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)
