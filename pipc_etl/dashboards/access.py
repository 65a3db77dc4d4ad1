"""Who may do what in Superset: `superset/roles.yaml` and, for the dependencies, the registry."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from pipc_etl.dashboards.assets import Assets
from pipc_etl.dashboards.environment import user_password
from pipc_etl.dashboards.exposures import marts_of
from pipc_etl.dashboards.loading import read_yaml
from pipc_etl.dashboards.marts import MartTable
from pipc_etl.dashboards.problems import AssetError
from pipc_etl.settings import Settings

DEPENDENCY_ROLE = "Dependencia"
PUBLIC_ROLE = "Public"
# Owns what is pushed, and asks beforehand what the cache is to hold: no row rule touches him.
OWNER = "admin"
_GROUP_KEY = "dependencia"
DEPENDENCY_COLUMNS = {"entity_code", "dependency_code"}


def read_access(path: Path, connection: Connection, assets: Assets, tables: Mapping[str, MartTable], settings: Settings) -> dict[str, Any]:
    """Roles, users, row rules and data permissions in the form that Superset's side applies."""
    given = read_yaml(path)
    declared = given["roles"]
    dependencies = _dependencies(connection)
    marts = sorted(assets.datasets)
    roles = {name: _permissions(path, name, declared) for name in declared}
    roles[PUBLIC_ROLE] = given["public_permissions"] if settings.public_dashboard else []
    roles |= {role_of(*pair): [] for pair in dependencies}
    access = {
        name: {"datasets": _datasets(name, role.get("datasets"), assets), "databases": role.get("databases", [])}
        for name, role in declared.items()
    }
    access[PUBLIC_ROLE] = {"datasets": [], "databases": []}
    return {
        "roles": roles,
        "users": [{**user, "password": user_password(settings, user["name"])} for user in given["users"] if _is_wanted(user, dependencies)],
        "datasets": access,
        "rules": _rules(dependencies, marts, [mart for mart in marts if set(tables[mart].columns) >= DEPENDENCY_COLUMNS]),
    }


def dashboard_roles(assets: Assets, public_dashboard: str | None) -> dict[str, list[str]]:
    """Roles that may open each dashboard, by its uuid; raises AssetError where the public one is no dashboard."""
    if public_dashboard and public_dashboard not in assets.dashboards:
        raise AssetError(
            f"PIPC_PUBLIC_DASHBOARD={public_dashboard}: there is no such dashboard; there are {', '.join(sorted(assets.dashboards))}"
        )
    return {each.uuid: [*each.roles, *([PUBLIC_ROLE] if each.slug == public_dashboard else [])] for each in assets.dashboards.values()}


def role_of(entity_code: str, dependency_code: str) -> str:
    """The role that opens the rows of one dependency."""
    return f"{DEPENDENCY_ROLE} {entity_code}/{dependency_code}"


def _permissions(path: Path, name: str, declared: dict[str, Any]) -> list[list[str]]:
    role = declared[name]
    inherited = role.get("includes", [])
    if unknown := set(inherited) - set(declared):
        raise AssetError(f"{path}: role {name} includes {', '.join(sorted(unknown))}, which is not declared")
    own = [[permission, view] for view, permissions in role.get("permissions", {}).items() for permission in permissions]
    return [pair for other in inherited for pair in _permissions(path, other, declared)] + own


def _datasets(role: str, which: str | None, assets: Assets) -> list[str]:
    """The marts that the role may ask outside a dashboard: all, those of the dashboards that it may open, or none."""
    if which != "own":
        return sorted(assets.datasets) if which == "all" else []
    return sorted({mart for each in assets.dashboards.values() if role in each.roles for mart in marts_of(each, assets)})


def _dependencies(connection: Connection) -> list[tuple[str, str]]:
    rows = connection.execute(text("select distinct entity_code, dependency_code from marts.dim_dependency order by 1, 2"))
    return [(str(entity), str(dependency)) for entity, dependency in rows]


def _is_wanted(user: dict[str, Any], dependencies: list[tuple[str, str]]) -> bool:
    """An example user of a dependency exists only where the registry has the dependency."""
    known = {role_of(*pair) for pair in dependencies}
    return all(role in known for role in user["roles"] if role.startswith(f"{DEPENDENCY_ROLE} "))


def _rules(dependencies: list[tuple[str, str]], marts: list[str], divided: list[str]) -> list[dict[str, Any]]:
    """Nothing for whoever is of a dependency, or-ed with the rows of the dependencies that he has.

    No templates: the cache keeps an answer under the text of these clauses, so two users share one only where it is equal.
    """
    # A mart that does not say whose a row is shows them nothing.
    nothing = {
        "name": "Dependencia: nada",
        "role": DEPENDENCY_ROLE,
        "clause": "1 = 0",
        "description": "Sin dependencia asignada no se ve nada.",
    }
    rules: list[dict[str, Any]] = [{**nothing, "group_key": _GROUP_KEY, "datasets": marts}]
    for entity, dependency in dependencies:
        clause = f"entity_code = {_quoted(entity)} and dependency_code = {_quoted(dependency)}"
        description = "Solo las filas de la dependencia."
        name = role_of(entity, dependency)
        own = {"name": name, "role": name, "clause": clause, "description": description}
        rules.append({**own, "group_key": _GROUP_KEY, "datasets": divided})
    return rules


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''").replace("%", "%%").replace("{", "").replace("}", "") + "'"
