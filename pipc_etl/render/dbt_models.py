"""The dbt models that only hold what is declared elsewhere: kinds and rules from the contracts, holidays from their package."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipc_etl.contracts import Catalog

_SOURCES = {
    "contracts": "expectations/*.odcs.yaml",
    "rules": "expectations/*.odcs.yaml and expectations/messages.yaml",
    "holidays": "the holidays package (country CO)",
    "terms": "expectations/response_terms.csv",
}
# What the contracts accept as fiscal year; the package knows no holiday after 2100.
FIRST_HOLIDAY_YEAR, LAST_HOLIDAY_YEAR = 2000, 2100
_PLACEHOLDER = re.compile(r"\{\w+\}")


def contract_kinds(catalog: Catalog) -> str:
    """SQL of `stg_contract_kind`: a row per kind, with its Spanish name, its order, its due business day and its freshness in days."""
    rows = [
        (_text(kind), _text(contract.title), str(place), _integer(contract.due_business_day), _integer(contract.freshness_days))
        for place, (kind, contract) in enumerate(((kind, catalog.contracts[kind]) for kind in catalog.load_order()), start=1)
    ]
    return _model("contracts", ("kind", "kind_name", "kind_sort", "due_business_day", "freshness_days"), rows)


def rules(catalog: Catalog) -> str:
    """SQL of `stg_rule`: the Spanish texts of every rule, of former versions too; a value that a finding fills in stands as «…»."""
    texts = {rule: (message.message, message.remedy) for rule, message in catalog.messages.items()}
    for kind in catalog.contracts:
        texts |= {rule.id: (rule.message, rule.remedy) for contract in catalog.versions(kind) for rule in contract.rules}
    rows = [(_text(rule), _text(_general(message)), _text(_general(remedy))) for rule, (message, remedy) in sorted(texts.items())]
    return _model("rules", ("rule", "rule_text", "remedy_text"), rows)


def response_terms(catalog: Catalog) -> str:
    """SQL of `stg_response_term`: business days to answer by type of question and day of receipt, with the norm."""
    rows = [
        (
            _text(term.question_type),
            str(term.business_days),
            f"date '{term.valid_from}'",
            f"date '{term.valid_to or 'infinity'}'",
            str(term.covers_pending).lower(),
            _text(term.norm),
        )
        for term in catalog.response_terms
    ]
    return _model("terms", ("question_type", "business_days", "valid_from", "valid_to", "covers_pending", "norm"), rows)


def holidays() -> str:
    """SQL of `stg_holiday`: the holidays of Colombia (Ley Emiliani and Easter included), one line a year."""
    from holidays import country_holidays

    years = range(FIRST_HOLIDAY_YEAR, LAST_HOLIDAY_YEAR + 1)
    days = sorted(country_holidays("CO", years=years))
    rows = [(str(year), "'{" + ",".join(f"{day:%m-%d}" for day in days if day.year == year) + "}'::text[]") for year in years]
    head = _values("holidays", ("fiscal_year", "month_days"), rows)
    final = ["select (years.fiscal_year || '-' || of_year.month_day)::date as holiday_on",
             "    from years", "    cross join lateral unnest(years.month_days) as of_year (month_day)"]  # fmt: skip
    return head.replace("with declared (", "with years (") + "\nfinal as (\n    " + "\n".join(final) + "\n)\n\nselect * from final\n"


def _model(source: str, names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    columns = ",\n".join(f"        {name}" for name in names)
    return f"{_values(source, names, rows)}\nfinal as (\n    select\n{columns}\n    from declared\n)\n\nselect * from final\n"


def _values(source: str, names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ",\n".join(f"    ({', '.join(row)})" for row in rows)
    return (
        f"-- Generated from {_SOURCES[source]} by `pipc render`; do not edit.\n"
        f"with declared ({', '.join(names)}) as (\n    -- noqa: disable=LT05\n    values\n{lines}\n    -- noqa: enable=LT05\n),\n"
    )


def _general(text: str) -> str:
    """The text of a rule without the cell that broke it."""
    return _PLACEHOLDER.sub("…", text)


def _text(value: str) -> str:
    # dbt reads a model as a template before PostgreSQL does.
    return "'" + value.replace("'", "''").replace("{", "(").replace("}", ")") + "'"


def _integer(value: int | None) -> str:
    return "null::integer" if value is None else str(value)
