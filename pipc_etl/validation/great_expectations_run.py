"""Runs the compiled suites with Great Expectations: one context per process, imported only when first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from pipc_etl.contracts import Contract
from pipc_etl.errors import RuleError
from pipc_etl.render.checks import Check
from pipc_etl.render.gx_suite import frame_suite, staged_suite
from pipc_etl.validation.plan import Plan

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext


class Judged(NamedTuple):
    """What one expectation said of the checks `keys`."""

    keys: tuple[str, ...]
    success: bool
    details: dict[str, Any]


_FIRST_LOOK: dict[str, Any] = {"result_format": "BOOLEAN_ONLY"}
# Without names of index columns it answers with positions, at once; with names it looks up every value of every row (100 s for 20,000).
_ROWS: dict[str, Any] = {"result_format": "COMPLETE", "return_unexpected_index_query": False, "partial_unexpected_count": 0}


def warm_up(progress: Callable[[str], None] | None = None) -> None:
    """Pay for importing Great Expectations (about ten seconds of CPU) now; `progress` gets one Spanish line before and one after."""
    if progress:
        progress("Preparando las reglas (Great Expectations)…")
    _frames()
    if progress:
        progress("Reglas listas.")


@cache
def _context() -> EphemeralDataContext:
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    context.enable_analytics(False)
    return context


@cache
def _frames() -> BatchDefinition[Any]:
    asset = _context().data_sources.add_pandas("memory").add_dataframe_asset("file")
    return asset.add_batch_definition_whole_dataframe("whole file")


_suites: dict[tuple[str, str, tuple[str, ...]], tuple[tuple[Check, ...], ExpectationSuite]] = {}


def suite_for_frame(contract: Contract, checks: tuple[Check, ...]) -> ExpectationSuite:
    """The suite of `checks`, compiled once."""
    key = (contract.kind, contract.version, tuple(check.key for check in checks))
    held = _suites.get(key)
    if held is None or held[0] != checks:
        held = _suites[key] = (checks, frame_suite(contract, checks))
    return held[1]


def judge_frame(frame: pd.DataFrame, plan: Plan) -> dict[str, list[int]]:
    """Positions of the rows that break each check, by its key; `frame` is as `frame_suite` wants it, its index 0, 1, 2...

    Raises RuleError where an expectation crashes.

    A first look asks every expectation for yes or no; only those that fail are asked for their rows, which costs twice as much.
    """
    import great_expectations as gx

    batch = _frames().get_batch({"dataframe": frame})
    suite = suite_for_frame(plan.contract, plan.checks)
    failed = {judged.keys for judged in _judged(batch.validate(suite, result_format=_FIRST_LOOK)) if not judged.success}
    if not failed:
        return {}
    again = [item for item in suite.expectations if tuple((item.meta or {})["keys"]) in failed]
    closer = gx.ExpectationSuite(name=f"{suite.name}-rows", expectations=again)
    broken: dict[str, list[int]] = {}
    for judged in _judged(batch.validate(closer, result_format=_ROWS)):
        positions = np.array(judged.details["unexpected_index_list"], dtype=np.int64)
        for key in judged.keys:
            hits = positions if len(judged.keys) == 1 else positions[frame[key].to_numpy()[positions] != 0]
            if len(hits):
                broken[key] = hits.tolist()
    return broken


def judge_table(engine: Engine, table: str, contract: Contract, checks: Sequence[Check], breaches: str) -> dict[str, int]:
    """Rows of the staging `table` (schema.name) that each group of checks rejects, by the group's first key; see `staged_suite`."""
    context = _context()
    address = engine.url.render_as_string(hide_password=False)
    source = context.data_sources.add_or_update_postgres(f"staging {table}", connection_string=address, create_temp_table=False)
    try:
        # A query, not the table: only so can a rejected row be reached by its ctid instead of a scan for each group.
        asset = source.add_query_asset(table, query=f"select ctid as _at, s.* from {table} as s")
        batch = asset.add_batch_definition_whole_table("all rows").get_batch()
        result = batch.validate(staged_suite(contract, checks, breaches), result_format={"result_format": "BASIC"})
        return {judged.keys[0]: int(judged.details["observed_value"]) for judged in _judged(result)}
    finally:
        source.get_engine().dispose()
        context.data_sources.delete(source.name)


def _judged(outcome: ExpectationSuiteValidationResult) -> Iterator[Judged]:
    """Every expectation's answer; a crash is a bug of ours and raises RuleError."""
    for result in outcome.results:
        configuration = result.expectation_config
        assert configuration is not None
        keys = tuple(configuration.meta["keys"])
        if crash := _crash(result.exception_info or {}):
            raise RuleError(f"{outcome.suite_name}: {configuration.type} of {', '.join(keys)} crashed: {crash}")
        yield Judged(keys, bool(result.success), result.result or {})


def _crash(info: dict[str, Any]) -> str | None:
    """Great Expectations tells a crash either flat or once per metric."""
    for entry in (info, *info.values()):
        if isinstance(entry, dict) and entry.get("raised_exception"):
            return str(entry.get("exception_message"))
    return None
