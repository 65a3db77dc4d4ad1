"""What Superset holds now, in the words of its own export."""

from __future__ import annotations

from typing import Any

import yaml
from superset.commands.chart.export import ExportChartsCommand
from superset.commands.dashboard.export import ExportDashboardsCommand
from superset.commands.dataset.export import ExportDatasetsCommand
from superset.connectors.sqla.models import SqlaTable
from superset.extensions import db
from superset.models.dashboard import Dashboard
from superset.models.slice import Slice


def export() -> dict[str, Any]:
    """Dashboards, charts and datasets, each as a list of documents; ids are turned into uuids."""
    kinds = ((Dashboard, ExportDashboardsCommand), (Slice, ExportChartsCommand), (SqlaTable, ExportDatasetsCommand))
    dashboards, charts, datasets = (
        # pylint: disable=protected-access
        [yaml.safe_load(command._file_content(each)) for each in db.session.query(model).order_by(model.id)]
        for model, command in kinds
    )
    chart_uuids = {each.id: str(each.uuid) for each in db.session.query(Slice).all()}
    for model, document in zip(db.session.query(Dashboard).order_by(Dashboard.id), dashboards, strict=True):
        document["roles"] = sorted(role.name for role in model.roles)
    return {"dashboards": dashboards, "charts": charts, "datasets": datasets, "chart_uuids": chart_uuids}
