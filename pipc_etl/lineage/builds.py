"""What dbt built: its own artifacts, read by OpenLineage's dbt integration."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipc_etl.lineage.destination import JOB_NAMESPACE, PRODUCER, Parent, send
from pipc_etl.settings import Settings
from pipc_etl.warehouse.dbt import target_folder
from pipc_etl.warehouse.engine import warehouse_url

logger = logging.getLogger(__name__)


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
    try:
        events = _events(settings, parent)
    except Exception:  # the integration reads what dbt wrote; a version that it cannot read must not undo a build that went well
        logger.exception("dbt's artifacts in %s could not be told of as lineage (PIPC_OPENLINEAGE)", target_folder(settings))
        return
    send(settings, events)


def _events(settings: Settings, parent: Parent | None) -> list[Any]:
    from openlineage.client.uuid import generate_new_uuid
    from openlineage.common.provider.dbt.facets import ParentRunMetadata  # type: ignore[import-untyped]
    from openlineage.common.provider.dbt.processor import DbtArtifactProcessor  # type: ignore[import-untyped]

    folder = target_folder(settings)

    class Artifacts(DbtArtifactProcessor):  # type: ignore[misc]  # it ships no types
        """The integration's own reader wants the profile's file; ours has no address in it."""

        def get_dbt_metadata(self) -> tuple[Any, Any, dict[str, Any], None]:
            url = warehouse_url(settings, "transformer")
            profile = {"type": "postgres", "host": url.host, "port": url.port or 5432}
            return _read(folder / "manifest.json"), _read(folder / "run_results.json"), profile, None

        def dbt_run_run_facet(self) -> dict[str, Any]:
            return {}

    # It would warn, each time, of every test that reads no model.
    quiet = logging.getLogger(f"{__name__}.artifacts")
    quiet.setLevel(logging.ERROR)
    processor = Artifacts(producer=PRODUCER, job_namespace=JOB_NAMESPACE, logger=quiet)
    # By hand the whole command is what its models are a part of.
    whole = parent or Parent(JOB_NAMESPACE, "build", str(generate_new_uuid()))
    processor.dbt_run_metadata = ParentRunMetadata(run_id=whole.run_id, job_name=whole.job, job_namespace=whole.namespace)
    return list(processor.parse().events())


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
