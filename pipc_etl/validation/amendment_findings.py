"""What an amended plan changes, said to its sender cell by cell: justified, unjustified, or in a month that cannot change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd

from pipc_etl.contracts import Catalog, Finding
from pipc_etl.validation.amendment import MONTHS, Activity, Difference, PlanHistory, Version, differences, justification
from pipc_etl.validation.facts import Batch

_ONE_VALUE = ("approved_on", "effective_from")  # of the version, repeated on every row
_COLUMN_OF = {"activity": "activity_code"}


def plan_of(batch: Batch) -> tuple[str, int, int] | None:
    """(plan, fiscal year, version) of the matrix; None where its rows do not agree on one, which is a finding by itself."""
    different = [batch.frame[name].dropna().unique() for name in ("plan_code", "fiscal_year", "plan_version")]
    if any(len(values) != 1 for values in different):
        return None
    plan, year, version = (values[0] for values in different)
    return str(plan), int(year), int(version)


def amendment_findings(batch: Batch, catalog: Catalog, history: PlanHistory) -> list[Finding]:
    """Every difference of the matrix with what is known of its plan; errors where it is unjustified or touches what is closed."""
    if plan_of(batch) is None:
        return []
    matrix = _Matrix(batch, catalog)
    found = list(matrix.not_constant())
    new = None if found else matrix.version
    if new is None:
        return found
    if broken := matrix.out_of_turn(new, history):
        return [broken]
    if previous := history.versions.get(new.number - 1):
        if new.approved_on <= previous.approved_on:
            found.append(matrix.approved_too_soon(new, previous))
        found += matrix.amended(previous, new, history)
    if known := history.versions.get(new.number):
        found += matrix.corrected(known, new, history.closed)
    return found


@dataclass(frozen=True)
class _Matrix:
    """The rows of the file as a version, and where each of its activities stands."""

    batch: Batch
    catalog: Catalog

    @cached_property
    def rows(self) -> dict[str, Any]:
        """The first row of each activity, by its code."""
        first = self.batch.frame.dropna(subset=["activity_code"]).drop_duplicates("activity_code")
        return {str(row["activity_code"]): row for _, row in first.iterrows()}

    @cached_property
    def unread(self) -> frozenset[tuple[str, str]]:
        """(activity, column) of the cells that nobody could read: they are findings already, and no differences."""
        return frozenset((code, problem[0]) for code, row in self.rows.items() for problem in row["_problems"])

    @cached_property
    def version(self) -> Version | None:
        """The file as a version; None without the dates that every version has."""
        plan = plan_of(self.batch)
        days = [self._day(name) for name in _ONE_VALUE]
        if plan is None or days[0] is None or days[1] is None:
            return None
        return Version(plan[2], plan[1], days[0], days[1], {code: activity_of(row) for code, row in self.rows.items()})

    def not_constant(self) -> Iterator[Finding]:
        """Says so where the rows give the version two dates."""
        for name in _ONE_VALUE:
            days = self.batch.frame[name].dropna()
            other = days[days != days.iloc[0]] if len(days) else days
            if len(other):
                yield self._file("file.key_not_constant", name, _day_text(other.iloc[0]), row=other.index[0], column=self._title(name))

    def out_of_turn(self, new: Version, history: PlanHistory) -> Finding | None:
        """The number of the version is not the last known one or the next."""
        if new.number < history.last:
            return self._file("amendment.version_followed", "plan_version", str(new.number), last=history.last, following=history.last + 1)
        if new.number > 1 and new.number not in history.versions and new.number != history.last + 1:
            known = f"la última que se tiene es la {history.last}" if history.last else "no se tiene ninguna versión de ese plan"
            return self._file("amendment.version_gap", "plan_version", str(new.number), known=known, following=history.last + 1)
        return None

    def approved_too_soon(self, new: Version, previous: Version) -> Finding:
        day, earlier = _day_text(new.approved_on), _day_text(previous.approved_on)
        return self._file("amendment.approval_order", "approved_on", day, number=new.number, previous=previous.number, earlier=earlier)

    def amended(self, previous: Version, new: Version, history: PlanHistory) -> Iterator[Finding]:
        """The differences with the previous version, each with the requests that justify it."""
        # A version that is handed in again is held to itself in the closed months: what it changed before they closed stands.
        closed = history.closed if new.number not in history.versions else frozenset()
        lost: dict[str, list[str]] = defaultdict(list)
        for difference in differences(previous, new):
            if (difference.activity_code, self._column(difference)) in self.unread:
                continue
            why = justification(difference, history.requests, previous, new)
            requests = ", ".join(why.request_codes)
            if difference.activity_code not in new.activities:
                name = previous.activities[difference.activity_code].activity_name
                if difference.attribute == "activity":
                    rule = "amendment.dropped_justified" if why.is_covered else "amendment.dropped_unjustified"
                    yield self.catalog.finding(rule, value=difference.activity_code, name=name, requests=requests)
                    continue
                if reason := self._forbidden(difference, new, closed) or ("" if why.is_covered else "unjustified"):
                    lost[difference.activity_code].append(self._lost(difference, reason))
                continue
            how = self._forbidden(difference, new, closed) or ("justified" if why.is_covered else "unjustified")
            yield self._difference(difference, how, new, requests)
        for code, months in lost.items():
            yield self.catalog.finding("amendment.dropped_months", value=code, months="; ".join(months))

    def corrected(self, known: Version, new: Version, closed: frozenset[date]) -> Iterator[Finding]:
        """The closed months that a version, handed in again, would change."""
        for difference in differences(known, new):
            code = difference.activity_code
            if difference.month not in closed or (code, self._column(difference)) in self.unread:
                continue
            if code in new.activities:
                yield self._difference(difference, "closed_month", new)
            else:
                yield self.catalog.finding("amendment.dropped_months", value=code, months=self._lost(difference, "closed_month"))

    def _forbidden(self, difference: Difference, new: Version, closed: frozenset[date]) -> str:
        """Why the month cannot change at all, as the last word of the rule; empty where it can."""
        if difference.month is None:
            return ""
        if difference.month in closed:
            return "closed_month"
        return "before_effective" if difference.month < new.effective_from else ""

    def _difference(self, difference: Difference, how: str, new: Version, requests: str = "") -> Finding:
        code, column = difference.activity_code, self._column(difference)
        if difference.attribute == "activity":
            how = f"added_{how}"
        hint = f" Las aprobadas ({requests}) no alcanzan." if how == "unjustified" and requests else ""
        row = self.rows[code]
        sheet, number = str(row["_sheet"]), int(row["_row"])
        return self.catalog.finding(
            f"amendment.{how}",
            sheet=sheet,
            # A column that the file left out has no cell: the activity's code has.
            cell=self.batch.cell(sheet, number, column) or self.batch.cell(sheet, number, "activity_code"),
            row=number,
            column=column,
            value=_shown(difference, difference.after),
            activity=code,
            name=new.activities[code].activity_name,
            title=self._title(column),
            before=_shown(difference, difference.before),
            after=_shown(difference, difference.after),
            effective=f"{new.effective_from:%m/%Y}",
            hint=hint,
            requests=requests,
            previous=new.number - 1,
        )

    def _lost(self, difference: Difference, reason: str) -> str:
        words = {"closed_month": "mes cerrado", "before_effective": "anterior a lo que rige", "unjustified": "sin solicitud que lo cubra"}
        return f"{self._title(self._column(difference))}: {_shown(difference, difference.before)} ({words[reason]})"

    def _column(self, difference: Difference) -> str:
        if difference.month is not None:
            return MONTHS[difference.month.month - 1]
        return _COLUMN_OF.get(difference.attribute, difference.attribute)

    def _title(self, column: str) -> str:
        return self.batch.contract.column(column).title

    def _day(self, name: str) -> date | None:
        days = self.batch.frame[name].dropna()
        return days.iloc[0].date() if len(days) else None

    def _file(self, rule: str, name: str, value: str, *, row: Any = None, **params: object) -> Finding:
        """A finding of the file, at the first cell of the column or at the row of the frame with that index."""
        frame = self.batch.frame
        place = frame.loc[row] if row is not None else frame.iloc[0]
        sheet, number = str(place["_sheet"]), int(place["_row"])
        cell = self.batch.cell(sheet, number, name)
        titled = {"column": self._title(name), **params}
        finding = self.catalog.messages[rule]
        return Finding(
            rule=rule,
            severity=finding.severity,
            scope=finding.scope,
            message=finding.message.format(value=value, **titled),
            remedy=finding.remedy.format(value=value, **titled),
            sheet=sheet,
            cell=cell,
            row=number,
            column=name,
            value=value,
        )


def activity_of(row: Mapping[str, Any]) -> Activity:
    """A row of a matrix, from a frame or from the warehouse."""
    name, unit, dependency = (
        None if pd.isna(row[key]) else str(row[key]) for key in ("activity_name", "unit_of_measure", "dependency_code")
    )
    is_cancelled = not pd.isna(row["is_cancelled"]) and bool(row["is_cancelled"])
    return Activity(name, unit, dependency, is_cancelled, tuple(0 if pd.isna(row[key]) else int(row[key]) for key in MONTHS))


def _shown(difference: Difference, value: str | None) -> str:
    if difference.attribute == "programmed_qty":
        return value or "0"
    if difference.attribute == "is_cancelled":
        return "Sí" if value == "true" else "No"
    return f"«{value}»" if value else "vacío"


def _day_text(day: date) -> str:
    return f"{day:%d/%m/%Y}"
