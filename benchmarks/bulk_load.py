"""A large attendance export: archive, validation with row-level findings and typed load, against psql's raw `\\copy` of the same file.

Both are measured in the same run on the same server; what counts is the ratio. Run with
`python benchmarks/bulk_load.py [--rows 1000000] [--keep FOLDER]`.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import psutil
from sqlalchemy import text
from stage import installation, prepare_warehouse

from pipc_etl.contracts import load_catalog
from pipc_etl.settings import Settings, load_settings
from pipc_etl.warehouse.engine import embedded_cluster, superuser_engine, warehouse_url

PLACE = "secretaria-general/OAP/attendance_form/2023/Encuesta ciudadana.csv"
SPOILED: tuple[dict[str, object], ...] = (
    {"age": "treinta y pico"},
    {"age": 240},
    {"submitted_at": "ayer"},
    {"sex": "Otra cosa"},
    {"consent": ""},
)
REGISTRY = "secretaria-general/OAP/dependency_registry/2023/registro.csv"


def write_export(path: Path, settings: Settings, rows: int, dirty: float = 0.005) -> None:
    """A Microsoft Forms export of `rows` responses in the 23 columns of the contract; `dirty` of them have an unreadable cell."""
    contract = load_catalog(settings.expectations).contracts["attendance_form"]
    draw = random.Random(2023)
    names = ["Luz", "Ana", "Juan", "María", "José", "Carlos", "Sofía", "Andrés", "Camila", "Ñusta"]
    surnames = ["Peña", "Rojas", "Díaz", "Muñoz", "Gómez", "López", "Vargas", "Ruiz", "Castro", "Niño"]
    options = {
        "document_type": ["Cédula de ciudadanía", "Tarjeta de identidad", "Cédula de extranjería", "Pasaporte"],
        "locality_code": ["Usaquén", "Chapinero", "Kennedy", "Suba", "Ciudad Bolívar"],
        "sex": ["Mujer", "Hombre", "No responde"],
        "gender_identity": ["Femenino", "Masculino", "No responde"],
        "sexual_orientation": ["Heterosexual", "No responde"],
        "ethnic_group": ["Ningún grupo étnico", "Indígena"],
        "disability": ["Ninguna", "Física", "Física;Visual"],
        "population_groups": ["Persona cuidadora", "Persona cuidadora;Víctima del conflicto", ""],
    }
    start = datetime(2023, 6, 1, 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow([column.title for column in contract.columns])
        for number in range(1, rows + 1):
            moment = start + timedelta(seconds=number * 7 % 7_000_000)
            name = f"{draw.choice(names)} {draw.choice(surnames)} {draw.choice(surnames)}"
            age = draw.randint(14, 90)
            band = "Jóvenes" if age < 29 else "Adultos" if age < 60 else "Adultos mayores"
            values = {
                "response_id": number,
                "started_at": f"{moment - timedelta(minutes=3):%d/%m/%Y %H:%M:%S}",
                "submitted_at": f"{moment:%d/%m/%Y %H:%M:%S}",
                "session_code": "",
                "event_title": "Consulta ciudadana",
                "consent": "No" if number % 20 == 0 else "Sí",
                "full_name": name,
                "document_number": draw.randint(10_000_000, 1_200_000_000),
                "email": f"persona{draw.randint(1, 2_000_000)}@ejemplo.co",
                "phone": f"3{draw.randint(100_000_000, 199_999_999)}",
                "organization": "Junta de acción comunal",
                "position": "Vecina",
                "neighbourhood": f"Barrio {draw.randint(1, 400)}",
                "age": age,
                "age_band": band,
                **{column: draw.choice(choices) for column, choices in options.items()},
            }
            if draw.random() < dirty:
                values |= draw.choice(SPOILED)
            writer.writerow([values[column.name] for column in contract.columns])


def write_registry(path: Path, settings: Settings) -> None:
    """One planning office, so that the export has a sender."""
    contract = load_catalog(settings.expectations).contracts["dependency_registry"]
    values = {
        "entity_code": "secretaria-general", "entity_name": "Secretaría General", "dependency_code": "OAP", "dependency_name": "Planeación",
        "valid_from": "2020-01-01", "is_planning_office": "Sí", "reports_plan": "Sí", "contact_email": "pipc@ejemplo.gov.co",
    }  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [";".join(column.title for column in contract.columns), ";".join(values.get(column.name, "") for column in contract.columns)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def psql_copy(settings: Settings, path: Path) -> tuple[float, float]:
    """Wall time and CPU seconds of `\\copy` into a logged, unindexed table of text columns."""
    columns = load_catalog(settings.expectations).contracts["attendance_form"].columns
    engine = superuser_engine(settings)
    with engine.begin() as connection:
        connection.execute(text("drop table if exists public.plain"))
        connection.execute(text(f"create table public.plain ({', '.join(f'{column.name} text' for column in columns)})"))
        connection.execute(text("checkpoint"))
    program = embedded_cluster(settings).programs / "psql"
    url = warehouse_url(settings)
    address = f"postgresql://{url.username}@{url.host}:{url.port}/{url.database}"
    environment = {**os.environ, "PGPASSWORD": str(url.password)}
    command = f"\\copy public.plain from '{path}' with (format csv, delimiter ';', header)"
    started = time.monotonic()
    with Watch([psutil.Process(), postmaster(settings)]) as watch:
        subprocess.run([program, address, "-q", "-v", "ON_ERROR_STOP=1", "-c", command], env=environment, check=True)
    seconds = time.monotonic() - started
    with engine.begin() as connection:
        connection.execute(text("drop table public.plain"))
        connection.execute(text("checkpoint"))
    engine.dispose()
    return seconds, watch.cpu_seconds


@dataclass
class Watch:
    """Watches process trees: private memory in bytes (shared buffers are counted for nobody) and CPU seconds.

    On a machine that does other work meanwhile wall times say little; CPU seconds still compare.
    """

    roots: list[psutil.Process]
    peak: dict[str, int] = field(default_factory=dict)
    _cpu: dict[int, tuple[float, float]] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def cpu_seconds(self) -> float:
        return sum(last - first for first, last in self._cpu.values())

    def __enter__(self) -> Watch:
        self._began = time.time()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _is_new(self, process: psutil.Process) -> bool:
        return process.create_time() >= self._began - 1

    def _watch(self) -> None:
        while not self._stop.wait(0.2):
            for root in self.roots:
                try:
                    processes = [root, *root.children(recursive=True)]
                except psutil.NoSuchProcess:
                    continue
                for process in processes:
                    try:
                        memory, times = process.memory_info(), process.cpu_times()
                        name = process.name()
                    except psutil.NoSuchProcess:
                        continue
                    spent = times.user + times.system
                    self._cpu[process.pid] = (self._cpu.get(process.pid, (0.0 if self._is_new(process) else spent, 0.0))[0], spent)
                    used = memory.rss - memory.shared if name == "postgres" else memory.rss
                    self.peak[name] = max(self.peak.get(name, 0), used)


def postmaster(settings: Settings) -> psutil.Process:
    return psutil.Process(int((embedded_cluster(settings).data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0]))


def load_in_child(settings: Settings, path: Path) -> tuple[dict[str, float], Watch]:
    """Ingest in a process of its own, as a task does; what it says of itself, and what was seen of everybody meanwhile."""
    environment = {**os.environ, "PIPC_HOME": str(settings.home), "PIPC_POSTGRES_PORT": str(settings.postgres_port)}
    child = subprocess.Popen(
        [sys.executable, __file__, "--ingest", str(path)], env=environment, stdout=subprocess.PIPE, stderr=sys.stderr, text=True
    )
    with Watch([psutil.Process(child.pid), postmaster(settings)]) as watch:
        out, _ = child.communicate()
    if child.returncode:
        raise SystemExit(f"the ingest failed:\n{out}")
    return json.loads(out.splitlines()[-1]), watch


def ingest(path: Path) -> None:
    """The child: import Great Expectations first and apart, as a batch of several files does once."""
    import logging

    from pipc_etl.validation import warm_up
    from pipc_etl.warehouse.ingest import ingest_paths

    told = logging.StreamHandler(sys.stderr)
    told.setFormatter(logging.Formatter("    %(message)s"))
    logging.getLogger("pipc_etl").addHandler(told)
    logging.getLogger("pipc_etl").setLevel(logging.INFO)
    started = time.monotonic()
    warm_up()
    warm, warm_cpu = time.monotonic(), time.process_time()
    (outcome,) = ingest_paths([path], load_settings())
    if outcome.error or not outcome.loaded:
        raise SystemExit(str(outcome.error or outcome))
    print(
        json.dumps(
            {
                "import": warm - started,
                "import_cpu": warm_cpu,
                "ingest": time.monotonic() - warm,
                "rows": outcome.rows_read,
                "accepted": outcome.rows_accepted,
                "quarantined": outcome.rows_quarantined,
            }
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="keep (and use again) the installation in this folder")
    parser.add_argument("--ingest", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ingest:
        ingest(arguments.ingest)
        return
    with installation(arguments.keep) as settings:
        run(settings, settings.home, arguments.rows)


def run(settings: Settings, home: Path, rows: int) -> None:
    engine = superuser_engine(settings, database="postgres").execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("drop database if exists pipc with (force)"))
    engine.dispose()
    prepare_warehouse(settings)
    source = home / f"export-{rows}.csv"
    if not source.exists():
        write_export(source, settings, rows)
    shutil.rmtree(settings.archive, ignore_errors=True)
    registry, landed = settings.landing / REGISTRY, settings.landing / PLACE
    write_registry(registry, settings)
    print(f"{rows:,} rows x 23 columns, {source.stat().st_size / 1e6:.0f} MB")
    baseline, baseline_cpu = psql_copy(settings, source)
    print(f"psql \\copy into a logged text table: {baseline:.1f} s ({baseline_cpu:.1f} s of CPU)")
    from pipc_etl.warehouse.ingest import ingest_paths

    assert ingest_paths([registry], settings)[0].loaded
    landed.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, landed)
    result, watch = load_in_child(settings, landed)
    cpu = watch.cpu_seconds - result["import_cpu"]
    print(f"archived, validated, loaded: {result['ingest']:.1f} s = {result['ingest'] / baseline:.2f} x, imports apart")
    print(f"CPU: {cpu:.1f} s = {cpu / baseline_cpu:.2f} x, over two cores where they are free")
    print(f"{result['accepted']:,} accepted + {result['quarantined']:,} quarantined of {result['rows']:,} rows")
    for name, used in sorted(watch.peak.items()):
        print(f"peak memory of {name}: {used / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
