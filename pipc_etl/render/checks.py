"""Contract -> checks: every rule that columns declare and every SQL rule, in one form that a frame and a table can both be held to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pipc_etl.contracts import Catalog, Codelist, Column, Contract, Scope, Severity
from pipc_etl.errors import ContractError

_MENTION = re.compile(r"\bb\.(\w+)")
_OPTIONS_SHOWN = 12
_LARGEST = 99_999_999_999_999
REQUIRED = "value.required"


@dataclass(frozen=True)
class Check:
    """A row breaks `rule` when `fails_when` (PostgreSQL's dialect, over `b` and the lookups in `needs`) is true.

    `expectation` is the column expectation of Great Expectations that says the same of a frame; None: only the SQL says it.
    `message` and `remedy` still hold `{value}` and `{period}`.
    """

    rule: str
    severity: Severity
    scope: Scope
    columns: tuple[str, ...]
    fails_when: str
    message: str
    remedy: str
    needs: tuple[str, ...] = ()
    expectation: tuple[str, dict[str, Any]] | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        """Its name among the checks of a contract."""
        return f"{self.rule}:{self.columns[0]}"

    @property
    def mentions(self) -> frozenset[str]:
        """The columns of `b` that it looks at: the contract's and the envelope's."""
        return frozenset((*_MENTION.findall(self.fails_when), *self.columns))

    @property
    def returns_file(self) -> bool:
        return self.scope in ("file", "sheet") and self.severity == "error"


def quoted(value: object) -> str:
    """`value` as a literal that PostgreSQL and DuckDB read alike."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, date):
        return f"date '{value:%Y-%m-%d}'"
    return "'" + str(value).replace("'", "''") + "'"


def compile_checks(contract: Contract, catalog: Catalog) -> tuple[Check, ...]:
    """All checks of `contract`, those of its columns first; raises ContractError where a declaration cannot be checked."""
    checks = [check for column in contract.columns for check in _column_checks(column, catalog)]
    checks += _key_checks(contract, catalog)
    for rule in contract.rules:
        scope: Scope = "file" if rule.level == "file" else "row" if len(rule.columns) > 1 else "cell"
        checks.append(Check(rule.id, rule.severity, scope, rule.columns, rule.fails_when, rule.message, rule.remedy, rule.needs))
    keys = [check.key for check in checks]
    if len(set(keys)) < len(keys):
        raise ContractError(f"{contract.kind}: two rules have the same name and column")
    return tuple(checks)


def window_columns(contract: Contract) -> dict[str, str]:
    """Columns that the checks of keys need beside the batch's own: name -> SQL over `b`."""
    windows = {}
    if contract.primary_key:
        key = ", ".join(f"b.{name}" for name in contract.primary_key)
        windows["_same_key"] = f"count(*) over (partition by {key})"
    for name in _constant_columns(contract):
        windows[f"_first_{name}"] = f"first_value(b.{name}) over (order by b._sheet, b._row)"
    return windows


def _constant_columns(contract: Contract) -> tuple[str, ...]:
    names = {column.name for column in contract.columns}
    return tuple(name for name in contract.submission_key if name in names)


def _check(
    catalog: Catalog, rule: str, columns: tuple[str, ...], fails_when: str, expectation: tuple[str, dict[str, Any]] | None, **params: object
) -> Check:
    text = catalog.messages[rule]
    kept = {"value": "{value}", "period": "{period}", **params}
    return Check(
        rule=rule,
        severity=text.severity,
        scope=text.scope,
        columns=columns,
        fails_when=fails_when,
        message=text.message.format(**kept),
        remedy=text.remedy.format(**kept),
        expectation=expectation,
    )


def _column_checks(column: Column, catalog: Catalog) -> Iterator[Check]:
    name, at = column.name, f"b.{column.name}"
    if column.multiple and (column.max_length, column.pattern, column.minimum, column.maximum) != (None,) * 4:
        raise ContractError(f"{name}: a list has no bounds, length or pattern")
    example = f", por ejemplo «{column.examples[0]}»" if column.examples else ""
    shared: dict[str, object] = {"column": column.title, "example": example}

    def check(rule: str, fails_when: str, expectation: str | None, params: dict[str, object], **kwargs: object) -> Check:
        native = (expectation, {"column": name, **kwargs}) if expectation else None
        return _check(catalog, rule, (name,), fails_when, native, **shared, **params)

    if column.required:
        yield check(REQUIRED, f"{at} is null", "ExpectColumnValuesToNotBeNull", {})
    for rule, low, high in _bounds(column):
        fails = " or ".join(f"{at} {sign} {quoted(bound)}" for sign, bound in (("<", low), (">", high)) if bound is not None)
        params: dict[str, object] = {"range": _range(low, high)}
        yield check(rule, fails, "ExpectColumnValuesToBeBetween", params, min_value=low, max_value=high)
    if column.max_length is not None:
        # In SQL even on a frame: ten length expectations of a wide contract would cost more than all its rules.
        # Counting characters costs, and a text of few bytes has few.
        fails = f"bit_length({at}) > {8 * column.max_length} and length({at}) > {column.max_length}"
        yield check("value.too_long", fails, None, {"max_length": column.max_length})
    if column.pattern is not None:
        fails = f"{at} !~ {quoted(column.pattern)}"
        yield check("value.wrong_format", fails, "ExpectColumnValuesToMatchRegex", {}, regex=column.pattern)
    if column.codelist is not None:
        codelist = catalog.codelists[column.codelist]
        codes = [code.code for code in codelist.codes]
        listed = ", ".join(map(quoted, codes))
        params = {"options": _options(codelist)}
        if column.multiple:
            yield check("value.not_in_list", f"not ({at} <@ array[{listed}])", None, params)
        else:
            yield check("value.not_in_list", f"{at} not in ({listed})", "ExpectColumnValuesToBeInSet", params, value_set=codes)


def _bounds(column: Column) -> Iterator[tuple[str, float | None, float | None]]:
    """Over 100 % is legitimate: such a bound only warns."""
    low, high = column.minimum, column.maximum
    if column.percent and high == 100:
        yield "value.above_hundred", None, high
        high = None
    if column.type == "number":  # what numeric(18,4) holds
        low, high = (-_LARGEST if low is None else low), (_LARGEST if high is None else high)
    if low is not None or high is not None:
        yield "value.out_of_range", low, high


def _number(bound: float) -> str:
    text = f"{bound:,.0f}" if abs(bound) >= 10_000 else f"{bound:g}"
    return text.translate(str.maketrans(",.", ".,"))


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return f"hasta {_number(high or 0)}"
    return f"desde {_number(low)}" if high is None else f"entre {_number(low)} y {_number(high)}"


def _options(codelist: Codelist) -> str:
    shown = "; ".join(codelist.labels[:_OPTIONS_SHOWN])
    return shown + "…" if len(codelist.labels) > _OPTIONS_SHOWN else shown


def _key_checks(contract: Contract, catalog: Catalog) -> Iterator[Check]:
    constant = _constant_columns(contract)
    if contract.primary_key:
        # The cell that is marked is the part of the key that tells the rows of one file apart.
        marked = next((name for name in contract.primary_key if name not in constant), contract.primary_key[0])
        columns = (marked, *(name for name in contract.primary_key if name != marked))
        filled = [f"b.{name} is not null" for name in contract.primary_key if contract.column(name).required]
        titles = ", ".join(f"«{contract.column(name).title}»" for name in contract.primary_key)
        fails = " and ".join(["b._same_key > 1", *filled])
        yield _check(catalog, "row.duplicate_key", columns, fails, None, key=titles, grain=contract.grain)
    for name in constant:
        fails = f"b.{name} <> b._first_{name}"
        yield _check(catalog, "file.key_not_constant", (name,), fails, None, column=contract.column(name).title)
