"""How names stand in sentences and in anchors, and the names that the warehouse keeps of activities and dependencies."""

from __future__ import annotations

from pipc_etl.contracts import fold
from pipc_etl.publish.composing.context import Context

_LONGEST_ANCHOR = 60


def quoted(name: str) -> str:
    """`name` in angle quotes; quotes inside it become double ones."""
    return "«" + name.replace("«", "\N{LEFT DOUBLE QUOTATION MARK}").replace("»", "\N{RIGHT DOUBLE QUOTATION MARK}") + "»"


def anchor(name: str) -> str:
    """`name` as a part of a key or an anchor: without accents, blanks or signs."""
    return fold(name).replace(" ", "-")[:_LONGEST_ANCHOR].strip("-")


def activity_names(context: Context) -> dict[tuple[str, str], str]:
    """The activities' names by plan and code, in the order of the plan."""
    rows = context.marts.rows(
        "dim_activity",
        "fiscal_year = :year",
        keys=("plan_code", "fiscal_year", "activity_code"),
        order_by="plan_code, _submission_id, _row",
        year=context.period.fiscal_year,
    )
    return {(str(row["plan_code"]), str(row["activity_code"])): str(row["activity_name"]) for row in rows}


def dependency_names(context: Context) -> dict[str, str]:
    """The dependencies' names that hold at the cut-off."""
    rows = context.marts.rows(
        "dim_dependency",
        "valid_from <= :day and (valid_to is null or valid_to >= :day)",
        keys=("dependency_code", "valid_from"),
        day=context.address.cutoff,
    )
    return {str(row["dependency_code"]): str(row["dependency_name"]) for row in rows}
