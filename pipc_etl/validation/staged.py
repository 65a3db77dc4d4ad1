"""The verdict on a large file that stands in a staging table: the rules go to the rows, and the findings stay in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from pipc_etl.contracts import Catalog, Contract, Finding
from pipc_etl.contracts.model import CORRECTION_COLUMN
from pipc_etl.errors import RuleError
from pipc_etl.validation import staged_sql
from pipc_etl.validation.facts import EnvelopeFacts
from pipc_etl.validation.findings import cell_ranges, check_finding, in_order, shown_value, some_values
from pipc_etl.validation.great_expectations_run import judge_table
from pipc_etl.validation.plan import Plan, make_plan
from pipc_etl.validation.staged_sql import Staging
from pipc_etl.validation.verdict import State, file_findings, is_unreadable, sender_findings, state_of

_FILE_ROWS_SHOWN = 100


@dataclass(frozen=True)
class StagedVerdict:
    """`findings` speak of the file and its sheets; those of rows are in `finding_table` (`staged_sql.FINDING_COLUMNS`).

    `quarantine_table` names the rows set aside (`_sheet`, `_row`, `rules text[]`). As in Verdict, a returned file accepts nothing.
    `broken` counts rows by rule. The caller drops `tables` once it has loaded.
    """

    state: State
    findings: tuple[Finding, ...]
    broken: dict[str, int]
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    not_evaluated: tuple[str, ...]
    finding_table: str
    quarantine_table: str
    tables: tuple[str, ...]


def validate_staged(
    engine: Engine,
    staging: str,
    contract: Contract,
    catalog: Catalog,
    facts: EnvelopeFacts,
    *,
    letters: Mapping[str, str],
    findings: Sequence[Finding] = (),
    reference_schema: str = "audit",
) -> StagedVerdict:
    """Hold the rows of the committed table `staging` (schema.name) to every rule of `contract`.

    `staging` has the contract's columns in the types of `raw` (timestamps with or without time zone), `_sheet text`, `_row integer`
    and, if intake may find any, `_problems jsonb`: null, or a list of {column, rule, text, params}. `letters` gives each column's
    letter in the file, `findings` what intake says of the file. The role of `engine` may create tables in the schema of `staging`.
    Raises RuleError where a rule crashes.
    """
    with engine.begin() as connection:
        present = _column_types(connection, staging)
        absent = frozenset(column.name for column in contract.columns if column.name not in present)
        plan = make_plan(contract, catalog, facts, has_reference=True, absent=absent)
        table = Staging(staging, plan, facts, present, letters)
        breached = _find_breaches(connection, table, reference_schema)
        rows_read = _count(connection, staging)
    rejected = judge_table(engine, staging, contract, plan.checks, table.breaches)
    if not max(rejected.values()) <= breached <= sum(rejected.values()):
        raise RuleError(f"{contract.kind}: Great Expectations rejects {rejected} where {breached} rows break rules")
    with engine.begin() as connection:
        _write_findings(connection, table, catalog)
        bad_rows = _count(connection, table.quarantine)
        counted = _counts(connection, table.findings)
        told = [*findings, *sender_findings(catalog, contract, facts, _owners(connection, table)), *_file_rules(connection, table)]
    told += file_findings(catalog, contract, told, rows_read, bad_rows)
    state = _state(told, {severity for _, severity in counted})
    is_whole = state in ("returned", "unreadable")
    return StagedVerdict(
        state=state,
        findings=in_order(told, contract),
        broken={rule: count for (rule, _), count in counted.items()},
        rows_read=rows_read,
        rows_accepted=0 if is_whole else rows_read - bad_rows,
        rows_quarantined=0 if is_whole else bad_rows,
        not_evaluated=plan.not_evaluated,
        finding_table=table.findings,
        quarantine_table=table.quarantine,
        tables=(table.breaches, table.findings, table.quarantine),
    )


def _state(told: Sequence[Finding], severities_of_rows: set[str]) -> State:
    """As in memory, where the findings of rows are known by their severities alone."""
    if is_unreadable(told):
        return "unreadable"
    state = state_of(told)
    return "accepted_with_observations" if state == "accepted" and severities_of_rows - {"info"} else state


def drop_staged(connection: Connection, verdict: StagedVerdict) -> None:
    """Drop what the validation made beside the staging table."""
    connection.execute(text(f"drop table {', '.join(verdict.tables)}"))


def _rows(connection: Connection, query: str, **params: object) -> list[Any]:
    return list(connection.execute(text(query), params))


def _count(connection: Connection, table: str) -> int:
    return int(connection.scalar(text(f"select count(*) from {table}")) or 0)


def _counts(connection: Connection, finding_table: str) -> dict[tuple[str, str], int]:
    """Findings by (rule, severity)."""
    query = f"select rule, severity, count(*) from {finding_table} group by rule, severity order by rule"
    return {(rule, severity): count for rule, severity, count in _rows(connection, query)}


def _column_types(connection: Connection, table: str) -> dict[str, str]:
    query = (
        "select attname, format_type(atttypid, null) from pg_attribute"
        " where attrelid = cast(:name as regclass) and attnum > 0 and not attisdropped"
    )
    return {name: type_ for name, type_ in _rows(connection, query, name=table)}  # noqa: C416 - rows are no pairs to dict()


def _owners(connection: Connection, staging: Staging) -> set[str | None]:
    """As in memory: whom the rows correct, None for the sender itself."""
    if CORRECTION_COLUMN not in staging.present:
        return {None}
    found = {row[0] for row in _rows(connection, f"select distinct {CORRECTION_COLUMN} from {staging.table}")}
    return found or {None}


def _run(connection: Connection, plan: Plan, sql: str) -> None:
    """Run a statement whose colons and percent signs belong to patterns and Spanish texts, hence without parameters."""
    try:
        connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
    except DBAPIError as error:
        raise RuleError(f"{plan.contract.kind} {plan.contract.version}: a rule cannot be evaluated: {error.orig}") from error


def _find_breaches(connection: Connection, staging: Staging, reference_schema: str) -> int:
    """The one pass of all checks; how many rows break one."""
    # The filter is what costs, which the planner does not see: let it use every core, and no compiler for a single pass.
    connection.execute(text("set local jit = off; set local parallel_tuple_cost = 0; set local parallel_setup_cost = 0"))
    _run(connection, staging.plan, staged_sql.breaches(staging, reference_schema))
    ((rows, different),) = _rows(connection, f"select count(*), count(distinct _at) from {staging.breaches}")
    if rows != different:
        kind = staging.plan.contract.kind
        raise RuleError(f"{kind}: a lookup answers with more than one row ({rows} for {different} rows)")
    return int(rows)


def _write_findings(connection: Connection, staging: Staging, catalog: Catalog) -> None:
    said = catalog.messages.items() if staging.has_problems else ()
    error_rules = {rule: text.scope == "row" for rule, text in said if text.severity == "error"}
    _run(connection, staging.plan, staged_sql.findings(staging, error_rules))
    if staging.has_problems:
        _run(connection, staging.plan, staged_sql.problem_findings(staging, catalog))
    _run(connection, staging.plan, staged_sql.quarantine(staging))


def _file_rules(connection: Connection, staging: Staging) -> list[Finding]:
    """The broken rules of the whole file, once per sheet with the first of their cells."""
    found = []
    for number, check in enumerate(staging.plan.checks, 1):
        if check.scope != "file":
            continue
        column = staging.plan.contract.column(check.columns[0])
        query = (
            f"select x._sheet, x._row, {staging.text_of(column)} from {staging.breaches} as x"
            f" inner join {staging.table} as b on b.ctid = x._at"
            f" where {number} = any (x.broken) order by x._sheet, x._row limit {_FILE_ROWS_SHOWN}"
        )
        by_sheet: dict[str, list[tuple[int, str | None]]] = {}
        for sheet, row, shown in _rows(connection, query):
            by_sheet.setdefault(sheet, []).append((row, shown_value(shown, column)))
        letter, period = staging.letters.get(column.name), staging.facts.period_code
        for sheet, entries in by_sheet.items():
            cells = cell_ranges([f"{letter}{row}" for row, _ in entries]) if letter else None
            values = some_values(shown for _, shown in entries)
            found.append(check_finding(check, value=values, period=period, sheet=sheet, row=entries[0][0], cell=cells))
    return found
