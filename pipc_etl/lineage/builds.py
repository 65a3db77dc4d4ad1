"""What dbt built: its own artifacts, read by OpenLineage's dbt integration."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipc_etl.lineage.destination import JOB_NAMESPACE, PRODUCER, Parent, send
from pipc_etl.settings import Settings
from pipc_etl.warehouse.dbt import target_folder
from pipc_etl.warehouse.engine import warehouse_url


@contextmanager
def told_build(settings: Settings, parent: Parent | None = None) -> Iterator[None]:
    """Tell of the build that runs inside, also where it fails; nothing where dbt had nothing to do or lineage is off."""
    began = datetime.now(UTC)
    try:
        yield
    finally:
        if settings.openlineage is not None:
            _tell(settings, began, parent)


def _tell(settings: Settings, began: datetime, parent: Parent | None) -> None:
    results = target_folder(settings) / "run_results.json"
    if not results.exists() or datetime.fromtimestamp(results.stat().st_mtime, UTC) < began:
        return
    send(settings, _events(settings, parent))


def _events(settings: Settings, parent: Parent | None) -> list[Any]:
    from openlineage.common.provider.dbt.facets import ParentRunMetadata  # type: ignore[import-untyped]
    from openlineage.common.provider.dbt.processor import DbtArtifactProcessor  # type: ignore[import-untyped]

    folder = target_folder(settings)

    class Artifacts(DbtArtifactProcessor):  # type: ignore[misc]  # it ships no types
        """The integration's own reader wants the profile's file; ours has no address in it."""

        def get_dbt_metadata(self) -> tuple[Any, Any, dict[str, Any], None]:
            url = warehouse_url(settings, "transformer")
            profile = {"type": "postgres", "host": url.host, "port": url.port or 5432}
            return _read(folder / "manifest.json"), _read(folder / "run_results.json"), profile, None

    processor = Artifacts(producer=PRODUCER, job_namespace=JOB_NAMESPACE)
    if parent is not None:
        processor.dbt_run_metadata = ParentRunMetadata(run_id=parent.run_id, job_name=parent.job, job_namespace=parent.namespace)
    return list(processor.parse().events())


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
