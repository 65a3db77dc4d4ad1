"""Runs `dbt build` as the role pipc_transformer, and only when something new is known."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from pipc_etl import journal
from pipc_etl.errors import WarehouseError
from pipc_etl.settings import Settings
from pipc_etl.warehouse import build_record
from pipc_etl.warehouse.engine import role_engine, warehouse_url
from pipc_etl.warehouse.schema import require_prepared

_BUILT_SCHEMAS = ("staging", "intermediate", "marts")
_REVIEWS = "obligation"  # the staging folder of what hangs on the decisions of the planning office
_NOT_PROJECT = {"target", "logs", "dbt_packages"}
_PASSED = {"success", "pass", "warn", "skipped", "no-op"}


@dataclass(frozen=True)
class NodeResult:
    """One model, seed or test: `seconds` of execution as run_results.json tells; `schema` and `relation` of what it made."""

    unique_id: str
    status: str
    seconds: float
    message: str | None
    schema: str | None = None
    relation: str | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True)
class BuildResult:
    """What a build did; without `built` nothing was new and nothing ran. `seconds` is the wall time of the whole command."""

    built: bool
    fingerprint: str
    seconds: float
    nodes: tuple[NodeResult, ...] = ()

    @property
    def model_seconds(self) -> float:
        """Execution time of the models alone."""
        return sum(node.seconds for node in self.nodes if node.unique_id.startswith("model."))

    def __str__(self) -> str:
        if not self.built:
            return "nothing new: the marts are up to date"
        models = sum(node.unique_id.startswith("model.") for node in self.nodes)
        tests = sum(node.unique_id.startswith(("test.", "unit_test.")) for node in self.nodes)
        return f"{models} models in {self.model_seconds:.1f} s, {tests} tests, {self.seconds:.1f} s in all"


def build(settings: Settings, full_refresh: bool = False, *, unit_tests: bool = False) -> BuildResult:
    """Models and their data tests in one dbt command; no work (and no dbt) where ledger, project and settings are those of the last build.

    Only what can have changed is built: the models downstream of the kinds that were loaded since, or all where the project changed.
    `unit_tests` adds dbt's unit tests, which hold the code and not the data: the suite asks for them, a scheduled build does not.
    Raises WarehouseError with dbt's own words where a model or a test fails; the next call then builds again.
    """
    started, started_at = time.monotonic(), datetime.now(UTC)
    engine = role_engine(settings, "transformer")
    try:
        require_prepared(engine)
        with _alone(engine) as connection:
            known = _known(connection, settings)
            fingerprint = _fingerprint(connection, known, started_at)
            last = _last_build(connection)
            if not full_refresh and last == fingerprint:
                return BuildResult(False, fingerprint, time.monotonic() - started)
            # Rows that an incremental model kept from another version of the project would be neither old nor new.
            full_refresh = full_refresh or last is None or last.split(":", 1)[0] != fingerprint.split(":", 1)[0]
            try:
                nodes = _run(settings, () if full_refresh else _selection(last or "", fingerprint), full_refresh, unit_tests)
            except WarehouseError as error:
                build_record.record_failure(connection, started_at, full_refresh, str(error))
                raise
            made = [
                build_record.Made(node.relation, node.seconds, node.finished_at)
                for node in nodes
                if node.schema == "marts" and node.relation is not None and node.unique_id.startswith("model.")
            ]
            # Once more: the first build makes the calendar that it is part of.
            fingerprint = _fingerprint(connection, known, started_at)
            build_id, new = build_record.record(connection, fingerprint, _relations(connection), started_at, full_refresh, made)
            journal.note_each(settings, "built", new, build_id=build_id)
    finally:
        engine.dispose()
    return BuildResult(True, fingerprint, time.monotonic() - started, nodes)


def is_up_to_date(settings: Settings) -> bool:
    """Whether the last build saw everything that is in the ledger now."""
    engine = role_engine(settings, "transformer")
    try:
        with engine.connect() as connection:
            return _last_build(connection) == _fingerprint(connection, _known(connection, settings), datetime.now(UTC))
    finally:
        engine.dispose()


def has_seen_ledger(settings: Settings) -> bool:
    """Whether the last build ended well and saw everything that is in the ledger, under whatever version of the project it ran."""
    engine = role_engine(settings, "transformer")
    try:
        with engine.connect() as connection:
            last = _last_build(connection)
            return last is not None and set(_known(connection, settings)[1:]) <= set(last.split(":"))
    finally:
        engine.dispose()


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """One build at a time in a warehouse: a second one waits, and then finds that nothing is new."""
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(hashtextextended('pipc build', 0))"))
        connection.commit()  # the lock is the session's; an open transaction would hold dbt's drops back
        try:
            yield connection
        finally:
            connection.rollback()
            connection.execute(text("select pg_advisory_unlock(hashtextextended('pipc build', 0))"))
            connection.commit()


def _known(connection: Connection, settings: Settings) -> list[str]:
    """The project, the ledger as `kind=events` (a file that was already there adds only a `duplicate`), the reviews and
    the times that something was decided about the sessions of responses as their numbers."""
    query = text(
        "select kind, count(*) from audit.submission_event inner join audit.submission using (submission_id) "
        "where submission_event.state <> 'duplicate' group by kind "
        "union all select :reviews, count(*) from audit.obligation_event having count(*) > 0 "
        "union all select 'response_session', count(*) from audit.response_join having count(*) > 0 order by 1"
    )
    events = connection.execute(query, {"reviews": _REVIEWS}).all()
    connection.commit()
    return [_project_fingerprint(settings), *(f"{kind}={count}" for kind, count in events)]


def _fingerprint(connection: Connection, known: Sequence[str], moment: datetime) -> str:
    """Of what is known, and of the last due day that had passed at `moment`: with the next one, what was awaited becomes overdue."""
    due = None
    if connection.scalar(text("select to_regclass('intermediate.int_due_days')")) is not None:
        due = connection.scalar(text("select max(due_on) from intermediate.int_due_days where due_at < :moment"), {"moment": moment})
    connection.commit()
    return ":".join([*known, *([f"{_REVIEWS}_due={due}"] if due else [])])


def _selection(last: str, fingerprint: str) -> tuple[str, ...]:
    """What dbt builds: all that hangs on the staging folder of what is new, or on that of the ledger itself."""
    new = set(fingerprint.split(":")[1:]) - set(last.split(":")[1:])
    names = {name.removesuffix("_due") for name, _, _ in (entry.partition("=") for entry in new)}
    return tuple(f"path:models/staging/{folder}+" for folder in ("submission", *sorted(names)) if folder)


def _project_fingerprint(settings: Settings) -> str:
    """Of everything else that the marts are made of: files of the project, code lists, variables."""
    content = hashlib.sha256(repr(_variables(settings)).encode())
    for root in (settings.dbt_project, settings.expectations / "codelists"):
        for path in sorted(root.rglob("*")):
            relative = path.relative_to(root)
            if path.is_file() and not _NOT_PROJECT & set(relative.parts):
                content.update(f"{relative}\0".encode())
                content.update(hashlib.sha256(path.read_bytes()).digest())
    return content.hexdigest()


def _last_build(connection: Connection) -> str | None:
    """Fingerprint of the last build, None where there is none to build upon.

    A full refresh that failed since leaves the log of what is touched begun anew beside models that still count by the former one.
    """
    query = text(
        "select fingerprint, relations from audit.build where not exists (select from audit.build_failure as failed "
        "where failed.full_refresh and failed.finished_at > build.finished_at) order by build_id desc limit 1"
    )
    last = connection.execute(query).one_or_none()
    is_complete = last is not None and last[1] == _relations(connection)
    connection.commit()
    return str(last[0]) if last is not None and is_complete else None


def _relations(connection: Connection) -> int:
    """Tables and views of the built schemas: a base restored without them is not built, whatever the record says."""
    query = text("select count(*) from pg_class where relkind in ('r', 'v', 'm') and relnamespace::regnamespace::text = any(:schemas)")
    return int(connection.execute(query, {"schemas": list(_BUILT_SCHEMAS)}).scalar_one())


def _variables(settings: Settings) -> dict[str, Any]:
    return {"suppression_k": settings.suppression_k}


def target_folder(settings: Settings) -> Path:
    """Where dbt leaves what it compiled and did: `manifest.json`, `run_results.json`."""
    return settings.home / "dbt" / "target"


def log_folder(settings: Settings) -> Path:
    """Where dbt writes `dbt.log`."""
    return settings.home / "dbt" / "logs"


def _run(settings: Settings, selection: tuple[str, ...], full_refresh: bool, unit_tests: bool) -> tuple[NodeResult, ...]:
    arguments = [
        "build", "--quiet",
        *(["--full-refresh"] if full_refresh else []),
        *(["--select", *selection] if selection else []),
        *([] if unit_tests else ["--exclude-resource-type", "unit_test"]),
    ]  # fmt: skip
    result = invoke(settings, arguments, target_folder(settings))
    nodes = tuple(
        NodeResult(
            item.node.unique_id,
            str(item.status),
            item.execution_time,
            item.message,
            getattr(item.node, "schema", None),  # an exposure has none
            getattr(item.node, "alias", None),
            _finished_at(item),
        )
        for item in getattr(result.result, "results", ())
    )
    failed = [node for node in nodes if node.status not in _PASSED]
    if failed or not result.success:
        lines = "\n".join(f"- {node.unique_id}: {node.status} {(node.message or '').strip()}" for node in failed[:20])
        raise WarehouseError(f"dbt build failed in {len(failed)} of {len(nodes)} nodes (log: {log_folder(settings) / 'dbt.log'}):\n{lines}")
    return nodes


def invoke(settings: Settings, arguments: Sequence[str], target: Path) -> Any:
    """Run a dbt command in this process, its files below `target`; its own result. Raises WarehouseError where it could not run at all."""
    target.mkdir(parents=True, exist_ok=True)
    project = str(settings.dbt_project)
    common = ["--project-dir", project, "--profiles-dir", project, "--target-path", str(target), "--vars", json.dumps(_variables(settings))]
    with _environment(settings):
        from dbt.cli.main import dbtRunner  # 4 s: only when there is work

        result = dbtRunner().invoke(["--log-path", str(log_folder(settings)), *arguments, *common])
    if result.exception is not None:
        raise WarehouseError(f"dbt could not run: {result.exception}") from result.exception
    return result


def _finished_at(result: Any) -> datetime | None:
    """When the node was done, by its own timing."""
    moments = [step.completed_at for step in result.timing if step.completed_at is not None]
    return max(moments).replace(tzinfo=UTC) if moments else None


@contextmanager
def _environment(settings: Settings) -> Iterator[None]:
    """The variables that the dbt profile reads, for the time of the command."""
    url = warehouse_url(settings, "transformer")
    values = {
        "PIPC_DBT_HOST": url.host or "",
        "PIPC_DBT_PORT": str(url.port or 5432),
        "PIPC_DBT_USER": url.username or "",
        "PIPC_DBT_PASSWORD": url.password or "",
        "PIPC_DBT_DBNAME": url.database or "",
        "PIPC_DBT_SSLMODE": str(url.query.get("sslmode", "")),
        "PIPC_DBT_SSLROOTCERT": str(url.query.get("sslrootcert", "")),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
        "DO_NOT_TRACK": "1",
    }
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
