"""The assets themselves: imported by uuid, and what left the folder deleted."""

from __future__ import annotations

from typing import Any

import yaml
from superset.commands.importers.v1.assets import ImportAssetsCommand
from superset.connectors.sqla.models import SqlaTable
from superset.extensions import db, security_manager
from superset.models.core import Database
from superset.models.dashboard import Dashboard
from superset.models.slice import Slice


def apply(contents: dict[str, dict[str, Any]]) -> list[str]:
    """Make Superset hold exactly `contents`; returns the titles of what was deleted."""
    ImportAssetsCommand({name: yaml.safe_dump(value, sort_keys=False, allow_unicode=True) for name, value in contents.items()}).run()
    db.session.flush()
    return _delete_others(contents)


def apply_dashboard_roles(roles_by_uuid: dict[str, list[str]]) -> None:
    """The roles that may open each dashboard; the order is of no account."""
    for uuid, names in roles_by_uuid.items():
        dashboard = db.session.query(Dashboard).filter_by(uuid=uuid).one()
        wanted = {security_manager.find_role(name) for name in names}
        if None in wanted:
            raise ValueError(f"dashboard {dashboard.slug}: there is no role among {', '.join(names)}; see superset/roles.yaml")
        if set(dashboard.roles) != wanted:
            dashboard.roles = sorted(wanted, key=lambda role: role.name)


def _delete_others(contents: dict[str, dict[str, Any]]) -> list[str]:
    kept: dict[str, set[str]] = {}
    for name, value in contents.items():
        if "/" in name:
            kept.setdefault(name.partition("/")[0], set()).add(value["uuid"])
    ours = [row.id for row in db.session.query(Database.id).filter(Database.uuid.in_(kept["databases"]))]
    datasets = db.session.query(SqlaTable).filter(SqlaTable.database_id.in_(ours)).all()
    charts = db.session.query(Slice).filter(Slice.datasource_id.in_([dataset.id for dataset in datasets])).all()
    deleted = []
    for dashboard in db.session.query(Dashboard).all():
        # A page that somebody made of our charts goes when it is no file; one without charts is nobody's: it goes too.
        if str(dashboard.uuid) not in kept.get("dashboards", set()) and (not dashboard.slices or set(dashboard.slices) & set(charts)):
            deleted.append(str(dashboard.dashboard_title))
            dashboard.roles, dashboard.slices, dashboard.owners = [], [], []
            db.session.delete(dashboard)
    db.session.flush()
    for kind, objects in (("charts", charts), ("datasets", datasets)):
        for each in objects:
            if str(each.uuid) not in kept.get(kind, set()):
                deleted.append(str(each))
                db.session.delete(each)
        db.session.flush()
    return deleted
