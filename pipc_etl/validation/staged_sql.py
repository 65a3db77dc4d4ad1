"""The SQL that holds a staging table in PostgreSQL to a contract: one pass that finds broken rows, then their findings."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

from pipc_etl.contracts import Catalog, Contract
from pipc_etl.render.checks import REQUIRED, quoted
from pipc_etl.render.raw_ddl import sql_type
from pipc_etl.validation.facts import EnvelopeFacts
from pipc_etl.validation.findings import fill, must_mask
from pipc_etl.validation.plan import Plan, batch_columns, joins, with_windows

_ORIGIN = ("_sheet", "_row")
FINDING_COLUMNS = "rule, severity, scope, sheet, cell, row_number, column_name, value, message, remedy"


def breaches(staging: str, target: str, plan: Plan, facts: EnvelopeFacts, present: Mapping[str, str], reference_schema: str) -> str:
    """Creates `target`: the rows of `staging` that break checks (`_at tid`, `_sheet`, `_row`, `broken integer[]`), in one pass.

    `present` gives the type of each column that `staging` has. Check n of the plan is number n + 1; 0 is what intake could not read.
    """
    conditions = {0: "b._problems is not null"} if "_problems" in present else {}
    conditions |= {number: check.fails_when for number, check in enumerate(plan.checks, 1)}
    numbers = ", ".join(f"case when {condition} then {number} end" for number, condition in conditions.items())
    anything = "\n    or ".join(f"({condition})" for condition in conditions.values()) or "false"
    batch = with_windows(plan, _batch(staging, plan, facts, present))
    return (
        f"create unlogged table {target} as\nselect b._at, b._sheet, b._row, array_remove(array[{numbers}]::integer[], null) as broken\n"
        f"from {batch} as b{joins(plan, f'{reference_schema}.')}\nwhere {anything}"
    )


def _batch(staging: str, plan: Plan, facts: EnvelopeFacts, present: Mapping[str, str]) -> str:
    columns = []
    for column in plan.contract.columns:
        if column.name not in present:
            columns.append(f"cast(null as {sql_type(column)}) as {column.name}")
        elif present[column.name] == "timestamp with time zone":
            # Rules speak of the clock in Bogotá, as a frame does.
            columns.append(f"s.{column.name} at time zone 'America/Bogota' as {column.name}")
        else:
            columns.append(f"s.{column.name}")
    added = [*_ORIGIN, *(["_problems"] if "_problems" in present else [])]
    columns += [*batch_columns(facts), *(f"s.{name}" for name in added)]
    return f"select s.ctid as _at, {', '.join(columns)} from {staging} as s"


def findings(
    staging: str,
    breach_table: str,
    target: str,
    plan: Plan,
    facts: EnvelopeFacts,
    letters: Mapping[str, str],
    error_rules: Mapping[str, bool],
) -> str:
    """Creates `target`, shaped as `audit.finding`: a line for each check that a row breaks; those of the whole file are told elsewhere.

    What marks an empty or unreadable cell a second time is left out, as in memory; `error_rules` are intake's rules of severity error
    and whether each speaks of the whole row (none where `staging` has no `_problems`).
    """
    rules = []
    for number, check in enumerate(plan.checks, 1):
        if check.scope == "file":
            continue
        column = plan.contract.column(check.columns[0])
        letter = next((letters[name] for name in check.columns if name in letters), None)
        texts = [fill(text, None, facts.period_code, keep_value=True) for text in (check.message, check.remedy)]
        values = (number, check.rule, check.severity, check.scope, column.name, letter, must_mask(column), *texts)
        rules.append(f"({', '.join(map(quoted, values))})")
    names = "number, rule, severity, scope, column_name, letter, is_masked, message, remedy"
    listed = ", ".join(f"({quoted(rule)}, {quoted(is_row)})" for rule, is_row in error_rules.items())
    unread = (
        f"exists (select 1 from jsonb_array_elements(b._problems) as p (item), (values {listed}) as e (rule, is_row)"
        " where p.item ->> 'rule' = e.rule and (e.is_row or p.item ->> 'column' = r.column_name))"
    )
    quiet = f"and not {unread}" if error_rules else ""
    return f"""create unlogged table {target} as
with rules ({names}) as (values {", ".join(rules)}),
broken as (
    select x._sheet, x._row, r.*, to_jsonb(b) ->> r.column_name as typed,
        bool_or(r.rule = '{REQUIRED}') over (partition by x._at, r.column_name) as is_missing
    from {breach_table} as x
    inner join {staging} as b on b.ctid = x._at
    cross join lateral unnest(x.broken) as n (number)
    inner join rules as r on n.number = r.number {quiet}
),
told as (
    select *, {_shown("typed", "is_masked")} as value
    from broken
    where rule = '{REQUIRED}' or not is_missing
)
select rule, severity, scope, _sheet as sheet, letter || _row as cell, _row as row_number, column_name, value,
    replace(message, '{{value}}', coalesce(value, 'vacío')) as message, replace(remedy, '{{value}}', coalesce(value, 'vacío')) as remedy
from told"""


def problem_findings(staging: str, breach_table: str, target: str, contract: Contract, catalog: Catalog, letters: Mapping[str, str]) -> str:
    """Adds to `target` what intake could not read: `_problems jsonb`, a list of {column, rule, text, params}."""
    columns = ", ".join(
        f"({quoted(column.name)}, {quoted(column.title)}, {quoted(letters.get(column.name))}::text, {quoted(must_mask(column))})"
        for column in contract.columns
    )
    texts = ", ".join(
        f"({', '.join(map(quoted, (rule, m.severity, m.scope, m.message, m.remedy)))})" for rule, m in catalog.messages.items()
    )
    places = sorted(
        {field for m in catalog.messages.values() for text in (m.message, m.remedy) for _, field, _, _ in Formatter().parse(text) if field}
    )
    return f"""insert into {target} ({FINDING_COLUMNS})
with columns (name, title, letter, is_masked) as (values {columns}),
texts (rule, severity, scope, message, remedy) as (values {texts}),
told as (
    select t.*, x._sheet, x._row, c.name, c.title, c.letter || x._row as cell, p.item -> 'params' as params, c.is_masked,
        {_shown("p.item ->> 'text'", "c.is_masked")} as value
    from {breach_table} as x
    inner join {staging} as b on b.ctid = x._at
    cross join lateral jsonb_array_elements(b._problems) as p (item)
    inner join texts as t on p.item ->> 'rule' = t.rule
    inner join columns as c on p.item ->> 'column' = c.name
    where x.broken @> array[0]
)
select rule, severity, scope, _sheet, cell, _row, name, value, {_filled("message", places)}, {_filled("remedy", places)}
from told"""


def _filled(template: str, places: list[str]) -> str:
    """SQL that puts what is known into the `{placeholders}` of the column `template`."""
    known = {"value": "value", "column": "title", "sheet": "_sheet", "cell": "cell", "row": "_row::text"}
    sql = template
    for place in places:
        given = known.get(place) or f"params ->> {quoted(place)}"
        if place == "part":
            given = f"case when is_masked then {_masked(given)} else {given} end"
        sql = f"replace({sql}, '{{{place}}}', coalesce({given}, ''))"
    return sql


def _shown(text: str, is_masked: str) -> str:
    """SQL of what a finding shows of `text`; see `findings.shown_value`."""
    return f"nullif(case when {is_masked} then {_masked(text)} when length({text}) > 200 then left({text}, 199) || '…' else {text} end, '')"


def _masked(text: str) -> str:
    return (
        f"case when length({text}) >= 6 then left({text}, 2) || '…' || right({text}, 2)"
        f" when length({text}) >= 3 then left({text}, 1) || '…' when length({text}) >= 1 then '…' end"
    )


def quarantine(finding_table: str, target: str) -> str:
    """Creates `target`: the rows that are set aside (`_sheet`, `_row`, `rules text[]`)."""
    return f"""create unlogged table {target} as
select sheet as _sheet, row_number as _row, array_agg(distinct rule order by rule) as rules
from {finding_table}
where severity = 'error' and scope in ('row', 'cell')
group by sheet, row_number"""
