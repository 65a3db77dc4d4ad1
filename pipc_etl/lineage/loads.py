"""What a load did: the files of a kind -> `raw.<kind>` and the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pipc_etl.lineage.destination import JOB_NAMESPACE, PRODUCER, Parent, send, table_name, table_namespace
from pipc_etl.settings import Settings
from pipc_etl.warehouse.ingest import Outcome

if TYPE_CHECKING:
    from openlineage.client.event_v2 import InputDataset, OutputDataset, RunEvent

LEDGER = "audit.submission"


def tell_load(settings: Settings, outcomes: Sequence[Outcome], began: datetime, parent: Parent | None = None) -> None:
    """One run a kind of what was loaded since `began`, returned files included; nothing where lineage is off."""
    if settings.openlineage is None:
        return
    by_kind = defaultdict(list)
    for outcome in outcomes:
        if outcome.how == "loaded" and outcome.kind:
            by_kind[outcome.kind].append(outcome)
    send(settings, [event for kind, loaded in sorted(by_kind.items()) for event in _run(settings, kind, loaded, began, parent)])


def _run(settings: Settings, kind: str, loaded: list[Outcome], began: datetime, parent: Parent | None) -> Iterator[RunEvent]:
    from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
    from openlineage.client.facet_v2 import job_type_job
    from openlineage.client.uuid import generate_new_uuid

    job = Job(
        JOB_NAMESPACE,
        f"load.{kind}",
        {"jobType": job_type_job.JobTypeJobFacet(processingType="BATCH", integration="PIPC", jobType="LOAD", producer=PRODUCER)},
    )
    run = Run(str(generate_new_uuid()), _run_facets(loaded, parent))
    inputs, outputs = [_file(outcome) for outcome in loaded], _tables(settings, kind, loaded)
    for state, moment in ((RunState.START, began), (RunState.COMPLETE, datetime.now(UTC))):
        yield RunEvent(eventTime=moment.isoformat(), run=run, job=job, eventType=state, inputs=inputs, outputs=outputs, producer=PRODUCER)


def _run_facets(loaded: list[Outcome], parent: Parent | None) -> dict[str, Any]:
    from openlineage.client.facet_v2 import parent_run, tags_run

    # The number by which the ledger, the letters and the logs know each file.
    submissions = [tags_run.TagsRunFacetFields("submission_id", str(one.submission_id), "PIPC") for one in loaded]
    facets: dict[str, Any] = {"tags": tags_run.TagsRunFacet(tags=submissions, producer=PRODUCER)}
    if parent is not None:
        facets["parent"] = parent_run.ParentRunFacet(
            run=parent_run.Run(runId=parent.run_id), job=parent_run.Job(namespace=parent.namespace, name=parent.job), producer=PRODUCER
        )
    return facets


def _file(outcome: Outcome) -> InputDataset:
    """The file where it waited: `file` and its path, else the server (without who logs in) and the path there."""
    from openlineage.client.event_v2 import InputDataset

    if "://" not in outcome.source:
        return InputDataset(namespace="file", name=str(outcome.path))
    parts = urlsplit(outcome.source)
    return InputDataset(namespace=f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", name=parts.path.lstrip("/"))


def _tables(settings: Settings, kind: str, loaded: list[Outcome]) -> list[OutputDataset]:
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.facet_v2 import output_statistics_output_dataset as statistics

    rows = {LEDGER: len(loaded)}
    if any(outcome.loaded for outcome in loaded):
        rows[f"raw.{kind}"] = sum(outcome.rows_accepted for outcome in loaded)
    return [
        OutputDataset(
            namespace=table_namespace(settings),
            name=table_name(settings, relation),
            outputFacets={"outputStatistics": statistics.OutputStatisticsOutputDatasetFacet(rowCount=count, producer=PRODUCER)},
        )
        for relation, count in rows.items()
    ]
