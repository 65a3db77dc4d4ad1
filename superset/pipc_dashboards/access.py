"""Roles, users and row-level security, made to be exactly what they are asked to be."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.security.sqla.models import Role
from superset.connectors.sqla.models import RowLevelSecurityFilter, SqlaTable
from superset.extensions import db, security_manager
from superset.utils.core import RowLevelSecurityFilterType
from werkzeug.security import check_password_hash, generate_password_hash


def apply_roles(permissions_by_role: dict[str, list[list[str]]]) -> None:
    """Each role with exactly these [permission, view]; permissions to data are given by `apply_dataset_access`."""
    for name, permissions in permissions_by_role.items():
        role = security_manager.find_role(name) or security_manager.add_role(name)
        wanted = {_permission(name, *pair) for pair in permissions}
        # Data permissions stay until the datasets are there: `apply_dataset_access` has the last word on them.
        data = {each for each in role.permissions if each.permission.name in ("datasource_access", "database_access")}
        _set(role, wanted | data)


def apply_dataset_access(access_by_role: dict[str, dict[str, list[str]]]) -> None:
    """Which datasets (by table name) and databases (by name) each role may use outside a dashboard."""
    by_name = {dataset.table_name: dataset for dataset in db.session.query(SqlaTable).all()}
    for name, access in access_by_role.items():
        role = security_manager.find_role(name)
        rest = {each for each in role.permissions if each.permission.name not in ("datasource_access", "database_access")}
        wanted = {security_manager.add_permission_view_menu("datasource_access", by_name[mart].perm) for mart in access["datasets"]}
        for database in access["databases"]:
            pair = next(
                (
                    each
                    for each in db.session.query(security_manager.permissionview_model).all()
                    if each.permission and each.permission.name == "database_access" and each.view_menu.name.startswith(f"[{database}].(")
                ),
                None,
            )
            if pair is None:
                raise ValueError(f"role {name}: there is no database {database!r}")
            wanted.add(pair)
        _set(role, rest | wanted)


def apply_users(users: list[dict[str, Any]]) -> None:
    """Our users with these roles and passwords; users that others made are left alone."""
    for user in users:
        roles = [_role(name) for name in user["roles"]]
        known = security_manager.find_user(user["name"])
        if known is None:
            address = f"{user['name']}@participacion.invalid"
            hashed = generate_password_hash(user["password"])
            known = security_manager.add_user(user["name"], user["first_name"], user["last_name"], address, roles, hashed_password=hashed)
        if not known:
            raise ValueError(f"user {user['name']} could not be made")
        if set(known.roles) != set(roles):
            known.roles = roles
        if not check_password_hash(known.password, user["password"]):
            known.password = generate_password_hash(user["password"])


def apply_rules(rules: list[dict[str, Any]]) -> None:
    """The row rules, by name, on every dataset that they name; rules of ours that are not named are deleted."""
    tables = {dataset.table_name: dataset for dataset in db.session.query(SqlaTable).all()}
    existing = {rule.name: rule for rule in db.session.query(RowLevelSecurityFilter).all()}
    for wanted in rules:
        rule = existing.pop(wanted["name"], None)
        if rule is None:
            rule = RowLevelSecurityFilter(name=wanted["name"])
            db.session.add(rule)
        rule.filter_type = RowLevelSecurityFilterType.REGULAR
        rule.group_key, rule.clause, rule.description = wanted["group_key"], wanted["clause"], wanted["description"]
        rule.roles = [_role(wanted["role"])]
        rule.tables = [tables[mart] for mart in wanted["datasets"]]
    for rule in existing.values():
        db.session.delete(rule)


def _permission(role: str, permission: str, view: str) -> Any:
    found = security_manager.find_permission_view_menu(permission, view)
    if found is None:
        raise ValueError(f"role {role}: Superset has no permission {permission!r} on {view!r}; see superset/roles.yaml")
    return found


def _role(name: str) -> Role:
    role = security_manager.find_role(name)
    if role is None:
        raise ValueError(f"there is no role {name!r}; see superset/roles.yaml")
    return role


def _set(role: Role, wanted: set[Any]) -> None:
    if set(role.permissions) != wanted:
        role.permissions = list(wanted)
