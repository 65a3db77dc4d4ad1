"""The pick-up folder: every dependency finds there the templates of the month, `<entity>/<dependency>/<kind>/<period>/<name>.xlsx`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from pipc_etl.contracts import Catalog, Contract, load_catalog
from pipc_etl.contracts.periods import Period, parse_period
from pipc_etl.settings import Settings
from pipc_etl.templates.problems import TemplateError
from pipc_etl.templates.rendering import Rendered, month_due, period_of, render_all
from pipc_etl.templates.sources import Dependency, dependencies
from pipc_etl.warehouse.engine import role_engine
from pipc_etl.warehouse.schema import require_prepared

# What only the planning office hands in; the rules of these kinds say so too.
OF_THE_PLANNING_OFFICE = frozenset({"dependency_registry", "activity_plan", "period_closing", "accountability_schedule"})

Progress = Callable[[str], None]


@dataclass
class Written:
    """What a run did: files written, files that were so already, and what could not be made (place: why)."""

    written: int = 0
    unchanged: int = 0
    skipped: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.written} templates written, {self.unchanged} unchanged, {len(self.skipped)} left out"


def write_templates(settings: Settings, progress: Progress, today: date, *, entity: str | None = None, month: str | None = None) -> Written:
    """Render what every dependency that reports needs for the month (`2021-M08`; None: the one due next) below the pick-up folder.

    Kinds without a due day get the template of the month's year; without a month, of this year. Run again it rewrites only what has
    changed. Where a dependency has nothing of a kind no template is made, and it is said. Raises TemplateError for an unknown entity
    and for what is no month.
    """
    if month is not None and ("-M" not in month or parse_period(month) is None):
        raise TemplateError(f"«{month}» no es un mes: se escribe como 2021-M08.")
    catalog = load_catalog(settings.expectations)
    engine = role_engine(settings, "loader")
    done = Written()
    try:
        require_prepared(engine)
        with engine.connect() as connection:
            known = [item for item in dependencies(connection) if entity in (None, item.entity_code)]
        if entity and not known:
            raise TemplateError(f"La entidad «{entity}» no está en el registro.")
        for number, dependency in enumerate(known, 1):
            before = len(done.skipped)
            # A transaction a dependency: the codes of its sessions are issued together with the templates that show them.
            with engine.begin() as connection:
                for kind in kinds_of(dependency, catalog):
                    contract = catalog.contracts[kind]
                    # In January the month that is due is of last year; what has no due day is of the year that begins.
                    wanted = month or month_due(catalog.contracts["execution_report"], today)
                    year = (month or f"{today:%Y}")[:4]
                    period = period_of(contract, None, wanted if contract.due_business_day is not None else year, today)
                    if dependency.exists_in(period):
                        _write_kind(settings.pickup, connection, catalog, contract, dependency, period, done)
            progress(f"{number}/{len(known)} {dependency.entity_code}/{dependency.dependency_code}: {done}")
            for place, reason in list(done.skipped.items())[before:]:
                progress(f"{place}: {reason}")
    finally:
        engine.dispose()
    return done


def kinds_of(dependency: Dependency, catalog: Catalog) -> list[str]:
    """What a dependency hands in: everything if it is the planning office, nothing if it neither reports nor plans."""
    if not (dependency.reports_plan or dependency.is_planning_office):
        return []
    return [kind for kind in catalog.load_order() if dependency.is_planning_office or kind not in OF_THE_PLANNING_OFFICE]


def _write_kind(
    pickup: Path, connection: Connection, catalog: Catalog, contract: Contract, dependency: Dependency, period: Period, done: Written
) -> None:
    folder = pickup / dependency.entity_code / dependency.dependency_code / contract.kind / period.code
    try:
        for template in render_all(connection, catalog, contract, dependency, period):
            if write(folder / template.name, template):
                done.written += 1
            else:
                done.unchanged += 1
    except TemplateError as reason:
        done.skipped[str(folder.relative_to(pickup))] = str(reason)


def write(path: Path, template: Rendered) -> bool:
    """Put the template at `path` in one step; False where it already says the same."""
    if path.exists() and path.read_bytes() == template.content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".xlsx")
    with os.fdopen(handle, "wb") as file:
        file.write(template.content)
    Path(name).chmod(0o644)
    Path(name).replace(path)
    return True
