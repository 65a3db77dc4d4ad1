"""The dashboards as dbt exposures: dbt's lineage ends where people look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from pipc_etl.dashboards.assets import Assets, Dashboard

HEADER = "# Generated from superset/assets by `pipc render`; do not edit.\n"
PATH = Path("dbt_project/models/marts/dashboard/_exposures.yml")
_OWNER = "Oficina Asesora de Planeación"


def exposures(assets: Assets) -> str:
    """YAML text of the exposures: one a dashboard, with the marts that its charts and filters read."""
    found = [_exposure(dashboard, assets) for _, dashboard in sorted(assets.dashboards.items())]
    return HEADER + yaml.safe_dump({"version": 2, "exposures": found}, sort_keys=False, allow_unicode=True, width=140)


def marts_of(dashboard: Dashboard, assets: Assets) -> list[str]:
    """The marts that a dashboard reads, sorted."""
    charts = {assets.charts[name].dataset for name in dashboard.charts()}
    return sorted(charts | {use.dataset or assets.filters[use.filter].dataset for use in dashboard.filters})


def _exposure(dashboard: Dashboard, assets: Assets) -> dict[str, Any]:
    return {
        "name": f"tablero_{dashboard.slug.replace('-', '_')}",
        "label": dashboard.title,
        "type": "dashboard",
        "maturity": "high",
        "description": " ".join(dashboard.description.split()),
        "depends_on": [f"ref('{mart}')" for mart in marts_of(dashboard, assets)],
        "owner": {"name": _OWNER},
    }
