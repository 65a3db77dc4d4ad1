"""The servers looked at from outside: warehouse, Airflow and its processes, workers, Redis, Superset; imports no Airflow."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import httpx
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.dashboards import server
from pipc_etl.encryption import trusted
from pipc_etl.errors import PipcError
from pipc_etl.health.alarms import delivery_check
from pipc_etl.health.check import Check
from pipc_etl.health.figures import LedgerFigures, ledger_figures
from pipc_etl.health.ledger_checks import ledger_checks
from pipc_etl.health.machine_checks import machine_checks
from pipc_etl.health.runs import run_check
from pipc_etl.health.watch import Look
from pipc_etl.orchestration.airflow_environment import airflow_address, broker_url, metadata_url, people_address
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine
from pipc_etl.warehouse.schema import is_as_declared

logger = logging.getLogger(__name__)

# Airflow's processes write down that they live every five seconds; so long a silence is no delay.
SILENT_SECONDS = 45
ANSWER_SECONDS = 5.0
JOBS = {"scheduler": "SchedulerJob", "dag_processor": "DagProcessorJob", "triggerer": "TriggererJob"}
_WITHOUT = {
    "scheduler": "Ninguna tarea empieza: nada se recibe, se calcula ni se publica.",
    "dag_processor": "No se leen los DAG ni se avisan las fallas de las corridas.",
    "triggerer": "Las corridas que esperan (la aprobación de un informe) no avanzan.",
}

_NOT_PREPARED = Check(
    "migrations",
    "problem",
    "the warehouse was prepared by another release",
    "pipc up with this release",
    "Las tablas no son las de esta versión del programa: falta migrar la base.",
)


def examine(settings: Settings) -> Look:
    """Every check that may become an alarm; starts, stops and changes nothing. What cannot be known now is left out."""
    now = datetime.now(UTC)
    ledger, warehouse = warehouse_checks(settings)
    checks = [
        *machine_checks(settings, now),
        *warehouse,
        *airflow_checks(settings, now),
        *redis_checks(settings),
        superset_check(settings),
        delivery_check(settings),
    ]
    return Look(now, tuple(checks), ledger)


def warehouse_checks(settings: Settings) -> tuple[LedgerFigures | None, list[Check]]:
    """Whether the warehouse answers, has this release's tables, and what its figures mean."""
    engine = role_engine(settings, "watcher")
    where = f"{engine.url.host}:{engine.url.port}/{engine.url.database}"
    try:
        with engine.connect() as connection:
            if not _is_prepared(connection, settings):
                return None, [Check("warehouse", "ok", f"answers at {where}"), _NOT_PREPARED]
            figures = ledger_figures(connection)
    except (OperationalError, ProgrammingError) as error:
        said = str(error.orig).strip().splitlines()[0]
        notice = f"PostgreSQL en {where} no responde o no deja entrar: nada se recibe ni se consulta."
        return None, [Check("warehouse", "problem", f"{where}: {said}", "pipc up, or correct PIPC_WAREHOUSE_URL", notice)]
    finally:
        engine.dispose()
    return figures, [
        Check("warehouse", "ok", f"answers at {where}"),
        Check("migrations", "ok", "the warehouse is as this release declares"),
        *ledger_checks(settings, figures, datetime.now(UTC)),
    ]


def _is_prepared(connection: Connection, settings: Settings) -> bool:
    if connection.scalar(text("select to_regclass('audit.prepared')")) is None:
        return False
    return is_as_declared(connection, _catalog(settings.expectations))


@cache
def _catalog(expectations: Path) -> Catalog:
    """Read once: a new release is a new process."""
    return load_catalog(expectations)


def airflow_checks(settings: Settings, now: datetime) -> Iterator[Check]:
    """The api-server by its address; the others by the heartbeats, and the runs, that stand in Airflow's own database."""
    yield api_server_check(settings)
    engine = create_engine(metadata_url(settings), connect_args={"connect_timeout": int(ANSWER_SECONDS), "application_name": "pipc watch"})
    try:
        with engine.connect() as connection:
            yield from _heartbeats(connection, now)
            yield from _runs(connection, settings, now)
    except (OperationalError, ProgrammingError) as error:
        # Nothing is known of them now; the api-server's own check says that the database does not answer.
        logger.warning("Airflow's database does not answer: %s", str(error.orig).strip().splitlines()[0])
    finally:
        engine.dispose()
    if settings.executor == "celery":
        yield from worker_checks(settings)


def api_server_check(settings: Settings) -> Check:
    """Whether Airflow's web server answers and reaches its database."""
    address = airflow_address(settings)
    try:
        with httpx.Client(base_url=address, timeout=ANSWER_SECONDS, trust_env=False, verify=trusted(settings)) as client:
            answer = client.get("/api/v2/monitor/health").raise_for_status().json()
        if answer["metadatabase"]["status"] == "healthy":
            return Check("api_server", "ok", f"answers at {address}")
        said = "does not reach its database"
    except (httpx.HTTPError, ValueError, KeyError) as error:
        said = f"{type(error).__name__}"
    notice = "Nadie entra a Airflow y las tareas no pueden decir cómo van."
    return Check("api_server", "problem", f"{address}: {said}", f"see {settings.logs}/api-server.log; pipc up", notice)


def _heartbeats(connection: Connection, now: datetime) -> Iterator[Check]:
    query = text("select job_type, max(latest_heartbeat) from job where state = 'running' group by job_type")
    beats = {str(row[0]): row[1] for row in connection.execute(query)}
    for name, job in JOBS.items():
        beat = beats.get(job)
        silent = (now - beat).total_seconds() if beat else None
        if silent is not None and silent <= SILENT_SECONDS:
            yield Check(name, "ok", f"beat {max(0, silent):.0f} s ago")
            continue
        said = f"no sign of life for {silent:.0f} s" if silent is not None else "does not run"
        service = name.replace("_", "-")
        since = f"No da señales desde hace {silent:.0f} segundos. " if silent is not None else "No está corriendo. "
        yield Check(name, "problem", said, f"see the log of {service}; pipc up starts what is missing", since + _WITHOUT[name])


def _runs(connection: Connection, settings: Settings, now: datetime) -> Iterator[Check]:
    """The last finished run of each DAG. One that failed over a day ago is not told anew: nothing is known of it since."""
    query = text(
        "select distinct on (dag_id) dag_id, run_id, state, end_date from dag_run "
        "where state in ('success', 'failed') and end_date is not null order by dag_id, end_date desc"
    )
    for row in connection.execute(query).all():
        dag_id, run_id, ended = str(row[0]), str(row[1]), row[3]
        if row[2] == "success":
            yield Check("run", "ok", f"the last run of {dag_id} succeeded", subject=dag_id)
        elif now - ended < timedelta(days=1):
            yield run_check(people_address(settings), dag_id, run_id, _failed_task(connection, dag_id, run_id))


def _failed_task(connection: Connection, dag_id: str, run_id: str) -> tuple[str, int] | None:
    query = text(
        "select task_id, map_index from task_instance where dag_id = :dag and run_id = :run and state = 'failed' order by end_date limit 1"
    )
    row = connection.execute(query, {"dag": dag_id, "run": run_id}).one_or_none()
    return (str(row[0]), int(row[1])) if row else None


def worker_checks(settings: Settings) -> Iterator[Check]:
    """Celery's workers that answer; nothing where Redis, which carries the question, does not."""
    from celery import Celery  # type: ignore[import-untyped]
    from kombu.exceptions import OperationalError as BrokerError

    application = Celery(broker=broker_url(settings))
    application.conf.broker_transport_options = {"socket_timeout": ANSWER_SECONDS, "socket_connect_timeout": ANSWER_SECONDS}
    try:
        with application.connection_for_write() as connection:
            replies = application.control.ping(timeout=2.0, connection=connection) or []
    except (BrokerError, OSError):
        return
    finally:
        application.close()
    alive = sorted(name for reply in replies for name in reply)
    message = f"{len(alive)} of {settings.workers} answer: {', '.join(alive) or 'none'}"
    if len(alive) >= settings.workers:
        yield Check("workers", "ok", message)
        return
    notice = f"Responden {len(alive)} de {settings.workers} trabajadores." + ("" if alive else " Ninguna tarea empieza.")
    remedy = "start them again; PIPC_WORKERS says how many there should be"
    yield Check("workers", "warning" if alive else "problem", message, remedy, notice)


def redis_checks(settings: Settings) -> Iterator[Check]:
    """Redis, where there is one: the cache of the dashboards and, with Celery, the way of the tasks to the workers."""
    try:
        address = settings.redis_address()
    except PipcError as error:
        yield Check("redis", "problem", str(error), "correct PIPC_REDIS_URL", "La dirección de Redis no se puede leer.")
        return
    if address is None:
        return
    from redis import Redis, RedisError

    client = Redis.from_url(address, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS)
    try:
        client.ping()
        yield Check("redis", "ok", "answers")
    except (RedisError, OSError) as error:
        carried = " y las tareas no llegan a los trabajadores" if settings.executor == "celery" else ""
        notice = f"Los tableros pierden su caché{carried}."
        yield Check(
            "redis", "problem", f"does not answer: {type(error).__name__}", "start it again; PIPC_REDIS_URL says where it is", notice
        )
    finally:
        client.close()


def superset_check(settings: Settings) -> Check:
    if server.is_healthy(settings):
        return Check("superset", "ok", "answers and draws its login page")
    notice = "Nadie puede abrir los tableros; las cifras de los marts no cambian."
    return Check("superset", "problem", "does not answer", f"see {server.service(settings).log}; pipc up", notice)
