"""Holds the rows of a file to its contract and gives the verdict; Great Expectations judges, in memory or in PostgreSQL."""

from pipc_etl.validation.facts import Batch, EnvelopeFacts, Reference
from pipc_etl.validation.great_expectations_run import warm_up
from pipc_etl.validation.staged import StagedVerdict, drop_staged, validate_staged
from pipc_etl.validation.verdict import Verdict, validate

__all__ = ["Batch", "EnvelopeFacts", "Reference", "StagedVerdict", "Verdict", "drop_staged", "validate", "validate_staged", "warm_up"]
