"""What dbt says of its models: its documentation as one HTML file, and the marts with their columns."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pipc_etl.errors import WarehouseError
from pipc_etl.settings import Settings
from pipc_etl.warehouse.dbt import invoke, log_folder

_MARTS = "marts"


@dataclass(frozen=True)
class Described:
    """A mart; `columns` are name, type and description, in the order of the table."""

    name: str
    description: str
    columns: tuple[tuple[str, str, str], ...]


def generate(settings: Settings) -> tuple[Path, tuple[Described, ...]]:
    """Run `dbt docs generate --static` on the built warehouse; the page that it wrote, and every mart that dbt describes.

    Raises WarehouseError with dbt's own words where it fails.
    """
    folder = settings.home / "dbt" / "docs"
    result = invoke(settings, ["docs", "generate", "--static", "--quiet"], folder)
    if not result.success:
        raise WarehouseError(f"dbt docs could not be written (log: {log_folder(settings) / 'dbt.log'})")
    return folder / "static_index.html", _marts(folder)


def _marts(folder: Path) -> tuple[Described, ...]:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    catalog = json.loads((folder / "catalog.json").read_text(encoding="utf-8"))
    found = []
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] != "model" or node["schema"] != _MARTS:
            continue
        types = {name: column["type"] for name, column in catalog["nodes"].get(unique_id, {"columns": {}})["columns"].items()}
        columns = tuple(
            (name, types.get(name, column["data_type"] or ""), column["description"]) for name, column in node["columns"].items()
        )
        found.append(Described(node["alias"], node["description"], columns))
    return tuple(found)
