"""The Assets by which DAGs start each other: one per kind in `raw`, one for the marts."""

from __future__ import annotations

from airflow.sdk import Asset, AssetAlias

from pipc_etl.contracts import load_catalog
from pipc_etl.settings import load_settings

# A mapped task cannot know beforehand which kinds its batch holds; it adds them to this alias when it ends.
LOADED_KINDS = AssetAlias("loaded_kinds")

MARTS = Asset(name="marts", uri="x-pipc://warehouse/marts")


def raw_asset(kind: str) -> Asset:
    """The Asset of the rows of one kind."""
    return Asset(name=f"raw_{kind}", uri=f"x-pipc://warehouse/raw/{kind}")


def raw_assets() -> list[Asset]:
    """The Assets of every declared kind."""
    return [raw_asset(kind) for kind in sorted(load_catalog(load_settings().expectations).contracts)]
