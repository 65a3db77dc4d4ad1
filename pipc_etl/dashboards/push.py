"""Brings the assets to Superset and back: each function runs one program in Superset's own Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipc_etl.dashboards.access import OWNER, dashboard_roles, read_access
from pipc_etl.dashboards.assets import Assets
from pipc_etl.dashboards.chain import check_chain
from pipc_etl.dashboards.compilation import Facts, compile_assets
from pipc_etl.dashboards.cutoffs import read_cutoffs, read_notice
from pipc_etl.dashboards.environment import process_variables, superset_python
from pipc_etl.dashboards.labels import mart_texts
from pipc_etl.dashboards.loading import load_assets
from pipc_etl.dashboards.marts import as_dashboard, read_defaults, read_marts
from pipc_etl.dashboards.problems import AssetError, DashboardError
from pipc_etl.dashboards.requests import warm_requests
from pipc_etl.dashboards.server import has_dashboards
from pipc_etl.dashboards.turns import is_pushed, keep, mark_of, turn
from pipc_etl.processes import ask
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import warehouse_url

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Prepared:
    """Assets that fit the database, and what was read of it."""

    assets: Assets
    facts: Facts
    access: dict[str, Any]


@dataclass(frozen=True)
class Pushed:
    """What a push did: counts, titles of what was deleted, queries computed for the cache and known to it."""

    dashboards: int
    charts: int
    deleted: list[str]
    computed: int
    known: int
    changed: bool = True

    def __str__(self) -> str:
        if not self.changed:
            return "nothing new: Superset holds these assets, and its cache what was built last"
        gone = f"; deleted: {', '.join(self.deleted)}" if self.deleted else ""
        return f"{self.dashboards} dashboards, {self.charts} charts; {self.computed} queries computed for the cache{gone}"


def check(settings: Settings) -> Prepared:
    """Read the assets and follow them to the columns of the marts; raises with every broken link. Superset need not run."""
    assets = load_assets(settings.superset / "assets")
    texts = mart_texts(settings.dbt_project)
    with as_dashboard(settings) as connection:
        tables = read_marts(connection, assets.datasets)
        check_chain(connection, assets, tables, texts)
        defaults = read_defaults(connection, assets)
        facts = Facts(tables, texts, defaults, read_cutoffs(connection, assets, tables, defaults), read_notice(connection))
        return Prepared(assets, facts, read_access(settings.superset / "roles.yaml", connection, assets, tables, settings))


def push(settings: Settings, progress: Progress = lambda _: None, *, only_changes: bool = False) -> Pushed:
    """Check, then make Superset hold exactly the assets, roles and row rules, and warm its cache.

    One push at a time. With `only_changes` nothing more is done where assets and marts are those of a push of less than a day ago;
    what somebody edited in the browser since then stays.
    """
    with turn(settings, "push"):
        prepared = check(settings)
        assets = prepared.assets
        progress(f"{len(assets.dashboards)} dashboards and {len(assets.charts)} charts fit the marts")
        request = _request(settings, prepared)
        mark = mark_of(settings, request)
        if only_changes and is_pushed(settings, mark) and has_dashboards(settings):
            return Pushed(len(assets.dashboards), len(assets.charts), [], 0, 0, changed=False)
        keep(settings, None)
        answer = run_program(settings, "push", request)
        keep(settings, mark)
        return Pushed(len(assets.dashboards), len(assets.charts), answer["deleted"], answer["computed"], answer["known"])


def _request(settings: Settings, prepared: Prepared) -> dict[str, Any]:
    assets = prepared.assets
    addresses = {role: warehouse_url(settings, role) for role in ("dashboard", "analyst")}
    return {
        "contents": compile_assets(assets, prepared.facts, addresses),
        "access": prepared.access,
        "dashboard_roles": dashboard_roles(assets, settings.public_dashboard),
        "owner": OWNER,
        "warm": warm_requests(assets, prepared.facts),
    }


def warm(settings: Settings) -> dict[str, Any]:
    """Compute what a browser asks first, where the cache does not hold it."""
    prepared = check(settings)
    return run_program(settings, "warm", {"warm": warm_requests(prepared.assets, prepared.facts), "owner": OWNER})


def run_program(settings: Settings, command: str, request: dict[str, Any]) -> dict[str, Any]:
    """The answer of `python -m pipc_dashboards command`; raises DashboardError with its reason."""
    python = superset_python(settings)
    if not python.exists():
        raise DashboardError(f"Superset is not installed in {python.parents[1]}: make setup")
    log = settings.logs / f"superset-{command}.log"
    try:
        answer = ask([str(python), "-m", "pipc_dashboards", command], request, process_variables(settings), log)
    except ValueError as error:
        raise DashboardError(f"Superset's program `{command}` {error}") from error
    if "error" in answer:
        raise AssetError(f"Superset refused the {command}: {answer['error']} (log: {log})")
    return answer
