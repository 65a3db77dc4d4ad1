"""The SQL that holds a staging table in PostgreSQL to a contract: one pass that finds broken rows, then their findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

from pipc_etl.contracts import Catalog, Column
from pipc_etl.render.checks import REQUIRED, quoted
from pipc_etl.render.raw_ddl import sql_type
from pipc_etl.validation.facts import EnvelopeFacts
from pipc_etl.validation.findings import fill, must_mask
from pipc_etl.validation.plan import Plan, batch_columns, joins, with_windows

FINDING_COLUMNS = "rule, severity, scope, sheet, cell, row_number, column_name, value, message, remedy"
_LOCAL = "at time zone 'America/Bogota'"  # rules and people speak of the clock in Bogotá, as a frame does


@dataclass(frozen=True)
class Staging:
    """A staging table (schema.name), the types of the columns that it has, and their letters in the file that filled it."""

    table: str
    plan: Plan
    facts: EnvelopeFacts
    present: Mapping[str, str]
    letters: Mapping[str, str]

    @property
    def breaches(self) -> str:
        return f"{self.table}_breach"

    @property
    def findings(self) -> str:
        return f"{self.table}_finding"

    @property
    def quarantine(self) -> str:
        return f"{self.table}_quarantine"

    @property
    def has_problems(self) -> bool:
        return "_problems" in self.present

    def text_of(self, column: Column) -> str:
        """SQL of the column's value in `b` as people write it; see `findings.shown_value`."""
        if column.name not in self.present:
            return "null"
        value = f"b.{column.name}"
        if column.multiple:
            return f"array_to_string({value}, '; ')"
        match column.type:
            case "date" | "month":
                return f"to_char({value}, 'DD/MM/YYYY')"
            case "timestamp":
                return f"to_char({self._local(column)}, 'DD/MM/YYYY HH24:MI:SS')"
            case "boolean":
                return f"case when {value} then 'Sí' when not {value} then 'No' end"
            case "number":
                return f"replace(trim_scale({value})::text, '.', ',')"
            case _:
                return f"{value}::text"

    def batch(self) -> str:
        """SQL of the rows as the checks see them, with `_at`, their place in the table."""
        columns = [f"{self._local(column)} as {column.name}" for column in self.plan.contract.columns]
        added = ["_sheet", "_row", *(["_problems"] if self.has_problems else [])]
        return f"select b.ctid as _at, {', '.join([*columns, *batch_columns(self.facts), *added])} from {self.table} as b"

    def _local(self, column: Column) -> str:
        type_ = self.present.get(column.name)
        if type_ is None:
            return f"cast(null as {sql_type(column)})"
        return f"(b.{column.name} {_LOCAL})" if type_ == "timestamp with time zone" else f"b.{column.name}"


def breaches(staging: Staging, reference_schema: str) -> str:
    """Creates `staging.breaches`: the rows that break checks (`_at tid`, `_sheet`, `_row`, `broken integer[]`), in one pass.

    Check n of the plan is number n + 1; 0 is what intake could not read.
    """
    plan = staging.plan
    conditions = {0: "b._problems is not null"} if staging.has_problems else {}
    conditions |= {number: check.fails_when for number, check in enumerate(plan.checks, 1)}
    numbers = ", ".join(f"case when {condition} then {number} end" for number, condition in conditions.items())
    anything = "\n    or ".join(f"({condition})" for condition in conditions.values()) or "false"
    return (
        f"create unlogged table {staging.breaches} as\n"
        f"select b._at, b._sheet, b._row, array_remove(array[{numbers}]::integer[], null) as broken\n"
        f"from {with_windows(plan, staging.batch())} as b{joins(plan, f'{reference_schema}.')}\nwhere {anything}"
    )


def findings(staging: Staging, error_rules: Mapping[str, bool]) -> str:
    """Creates `staging.findings`, shaped as `audit.finding`: a line for each check of a row that is broken.

    Checks of the whole file are told elsewhere. What marks an empty or unreadable cell a second time is left out, as in memory;
    `error_rules` are intake's rules of severity error and whether each speaks of the whole row (none without `_problems`).
    """
    plan = staging.plan
    columns = [plan.contract.column(name) for name in sorted({check.columns[0] for check in plan.checks})]
    values_of = ", ".join(f"{quoted(column.name)}, {staging.text_of(column)}" for column in columns)
    listed = ", ".join(f"({quoted(rule)}, {quoted(is_row)})" for rule, is_row in error_rules.items())
    unread = (
        f"exists (select 1 from jsonb_array_elements(b._problems) as p (item), (values {listed}) as e (rule, is_row)"
        " where p.item ->> 'rule' = e.rule and (e.is_row or p.item ->> 'column' = r.column_name))"
    )
    return f"""create unlogged table {staging.findings} as
with rules (number, rule, severity, scope, column_name, letter, is_masked, message, remedy) as (values {_rules(staging)}),
broken as (
    select x._sheet, x._row, r.*, jsonb_build_object({values_of}) ->> r.column_name as typed,
        bool_or(r.rule = '{REQUIRED}') over (partition by x._at, r.column_name) as is_missing
    from {staging.breaches} as x
    inner join {staging.table} as b on b.ctid = x._at
    cross join lateral unnest(x.broken) as n (number)
    inner join rules as r on n.number = r.number {f"and not {unread}" if error_rules else ""}
),
told as (
    select *, {_shown("typed", "is_masked")} as value
    from broken
    where rule = '{REQUIRED}' or not is_missing
)
select rule, severity, scope, _sheet as sheet, letter || _row as cell, _row as row_number, column_name, value,
    replace(message, '{{value}}', coalesce(value, 'vacío')) as message, replace(remedy, '{{value}}', coalesce(value, 'vacío')) as remedy
from told"""


def _rules(staging: Staging) -> str:
    lines = []
    for number, check in enumerate(staging.plan.checks, 1):
        if check.scope != "file":
            column = staging.plan.contract.column(check.columns[0])
            letter = next((staging.letters[name] for name in check.columns if name in staging.letters), None)
            texts = [fill(text, None, staging.facts.period_code, keep_value=True) for text in (check.message, check.remedy)]
            values = (number, check.rule, check.severity, check.scope, column.name, letter, must_mask(column), *texts)
            lines.append(f"({', '.join(map(quoted, values))})")
    return ", ".join(lines)


def problem_findings(staging: Staging, catalog: Catalog) -> str:
    """Adds to `staging.findings` what intake could not read: `_problems jsonb`, a list of {column, rule, text, params}."""
    columns = ", ".join(
        f"({quoted(column.name)}, {quoted(column.title)}, {quoted(staging.letters.get(column.name))}::text, {quoted(must_mask(column))})"
        for column in staging.plan.contract.columns
    )
    said = catalog.messages.items()
    texts = ", ".join(f"({', '.join(map(quoted, (rule, m.severity, m.scope, m.message, m.remedy)))})" for rule, m in said)
    parsed = (Formatter().parse(text) for _, m in said for text in (m.message, m.remedy))
    places = sorted({field for parts in parsed for _, field, _, _ in parts if field})
    return f"""insert into {staging.findings} ({FINDING_COLUMNS})
with columns (name, title, letter, is_masked) as (values {columns}),
texts (rule, severity, scope, message, remedy) as (values {texts}),
told as (
    select t.*, x._sheet, x._row, c.name, c.title, c.letter || x._row as cell, p.item -> 'params' as params, c.is_masked,
        {_shown("p.item ->> 'text'", "c.is_masked")} as value
    from {staging.breaches} as x
    inner join {staging.table} as b on b.ctid = x._at
    cross join lateral jsonb_array_elements(b._problems) as p (item)
    inner join texts as t on p.item ->> 'rule' = t.rule
    inner join columns as c on p.item ->> 'column' = c.name
    where x.broken @> array[0]
)
select rule, severity, scope, _sheet, cell, _row, name, value, {_filled("message", places)}, {_filled("remedy", places)}
from told"""


def quarantine(staging: Staging) -> str:
    """Creates `staging.quarantine`: the rows that are set aside (`_sheet`, `_row`, `rules text[]`)."""
    return f"""create unlogged table {staging.quarantine} as
select sheet as _sheet, row_number as _row, array_agg(distinct rule order by rule) as rules
from {staging.findings}
where severity = 'error' and scope in ('row', 'cell')
group by sheet, row_number"""


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
