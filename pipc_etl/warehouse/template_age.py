"""Whether the plan has moved on since the template of a file was made."""

from __future__ import annotations

from pipc_etl.contracts import Catalog, Finding
from pipc_etl.contracts.fingerprint import read_fingerprint
from pipc_etl.intake import Batch
from pipc_etl.validation.facts import Reference

_PLANS = "ref_activity"


def old_template(batch: Batch, reference: Reference, catalog: Catalog) -> tuple[Finding, ...]:
    """A warning where a later version of the template's plan is known; nothing for kinds that look no activities up."""
    made = read_fingerprint(batch.properties)
    if made is None or made.plan_version is None or _PLANS not in reference or not batch.envelope.period_code:
        return ()
    plans = reference[_PLANS]
    versions = plans.loc[(plans["plan_code"] == made.plan_code) & (plans["fiscal_year"] == batch.envelope.fiscal_year), "plan_version"]
    if versions.empty or int(versions.max()) <= made.plan_version:
        return ()
    return (catalog.finding("template.old_plan", value=made.plan_version, plan=made.plan_code, current=int(versions.max())),)
