"""The published figures counted with pandas from the sample files, without PostgreSQL and without dbt: a second way to the same numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd

from pipc_etl.contracts import Catalog
from pipc_etl.contracts.periods import parse_period
from pipc_etl.demo.manifest import SampleFile
from pipc_etl.intake import Envelope, ReaderPool, parse, read_batch
from pipc_etl.publish.published import PublishedFigure

MONTHS = [f"month_{number:02d}_qty" for number in range(1, 13)]


@dataclass(frozen=True)
class Facts:
    """Frames by kind: what stands once returned files, superseded files and rows with unreadable required cells are left out."""

    plans: pd.DataFrame
    executions: pd.DataFrame
    commitments: pd.DataFrame
    sessions: pd.DataFrame
    counts: pd.DataFrame
    answers: pd.DataFrame


def read_facts(landing: Path, manifest: tuple[SampleFile, ...], catalog: Catalog) -> Facts:
    """Read every file of `landing` that its sender's manifest expects to be accepted."""
    frames: dict[str, list[pd.DataFrame]] = {kind: [] for kind in catalog.contracts}
    with ReaderPool(60) as pool:
        for sample in manifest:
            if sample.expected_state == "returned":
                continue
            path = landing / sample.path
            envelope = parse(path, landing, catalog)
            assert isinstance(envelope, Envelope)
            frame = read_batch(path, catalog.contracts[sample.kind], catalog, envelope, pool).frame
            required = [column.name for column in catalog.contracts[sample.kind].columns if column.required]
            frames[sample.kind].append(
                frame.dropna(subset=required).assign(
                    _received_at=sample.received_at,
                    _dependency=sample.dependency_code,
                    _period=sample.period_code,
                    _source=envelope.form_code or "",
                )
            )
    kinds = {kind: pd.concat(parts, ignore_index=True) for kind, parts in frames.items()}
    plans = kinds["activity_plan"]
    return Facts(
        plans=plans,
        executions=_standing_executions(kinds["execution_report"], plans),
        commitments=kinds["commitment"],
        sessions=kinds["session"],
        counts=kinds["attendance_count"],
        # Exports are cumulative: the last one of a form has all of its answers.
        answers=_last(kinds["attendance_form"], ["_source"]),
    )


def _last(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The rows of the file that came last for each key."""
    return frame[frame["_received_at"] == frame.groupby(keys)["_received_at"].transform("max")]


def _standing_executions(frame: pd.DataFrame, plans: pd.DataFrame) -> pd.DataFrame:
    corrections = frame[frame["on_behalf_of"].notna()]
    rows = pd.concat([_last(frame[frame["on_behalf_of"].isna()], ["_dependency", "_period"]), corrections])
    rows = rows[rows["carried_over_from"].isna() & rows["activity_code"].isin(plans["activity_code"])]
    rows = rows.sort_values("_received_at").drop_duplicates(["plan_code", "activity_code", "month"], keep="last")
    return rows.assign(fiscal_year=rows["month"].dt.year)


def counted(figure: PublishedFigure, facts: Facts) -> Decimal | None:
    """The figure as an exact decimal; None where nothing was programmed."""
    match figure.scope:
        case "session" | "space":
            return _of_sessions(figure, facts)
        case "commitments":
            return _of_commitments(figure, facts)
        case "profile":
            return _share(figure, facts)
        case "activity" if figure.measure == "distinct_persons":
            return _persons(figure, facts)
        case "plan" if figure.measure == "attendances":
            return Decimal(len(_dialogue_attendances(figure, facts)))
        case _:
            return _of_plan(figure, facts)


def _of_plan(figure: PublishedFigure, facts: Facts) -> Decimal | None:
    period = parse_period(figure.period)
    assert period is not None
    assert figure.cutoff is not None
    column = {"plan": "plan_name", "dependency": "reporting_group", "activity": "activity_name"}[figure.scope]
    plans = facts.plans[facts.plans["approved_on"].dt.date <= figure.cutoff]
    plans = plans[plans["plan_version"] == plans.groupby(["plan_code", "fiscal_year"])["plan_version"].transform("max")]
    matrix = plans[(plans[column] == figure.subject) & (plans["fiscal_year"] == period.fiscal_year)]
    assert len(matrix) > 0, figure.subject
    executions = facts.executions.merge(matrix[["plan_code", "fiscal_year", "activity_code"]])
    last = min(period.end, figure.cutoff)

    def programmed(start: date) -> int:
        return int(sum(matrix[name].fillna(0).sum() for number, name in enumerate(MONTHS, 1) if start.month <= number <= last.month))

    def executed(start: date) -> int:
        days = executions["month"].dt.date
        return int(executions.loc[(days >= start) & (days <= last), "executed_qty"].sum())

    year = date(period.fiscal_year, 1, 1)
    annual = int(matrix[MONTHS].fillna(0).to_numpy().sum())
    quantities = {
        "programmed_qty": programmed(period.start),
        "executed_qty": executed(period.start),
        "annual_qty": annual,
        "executed_to_date_qty": executed(year),
    }
    if figure.measure in quantities:
        return Decimal(quantities[figure.measure])
    ratios = {
        "execution_pct": (executed(period.start), programmed(period.start)),
        "compliance_pct": (executed(year), programmed(year)),
        "progress_pct": (executed(year), annual),
        "pending_pct": (annual - executed(year), annual),
    }
    above, below = ratios[figure.measure]
    return Decimal(100 * above) / below if below else None


def _of_commitments(figure: PublishedFigure, facts: Facts) -> Decimal:
    rows = facts.commitments[facts.commitments["acquired_on"].dt.strftime("%Y-M%m") == figure.period]
    assert set(rows["status_cutoff"].dt.date) == {figure.cutoff}
    charge = {"collected_qty": rows["in_charge"].notna(), "in_charge_qty": rows["in_charge"], "not_in_charge_qty": ~rows["in_charge"]}
    return Decimal(int(charge[figure.measure].sum()))


def _of_sessions(figure: PublishedFigure, facts: Facts) -> Decimal:
    column = "title" if figure.scope == "session" else "space_name"
    codes = facts.sessions.loc[facts.sessions[column] == figure.subject, "session_code"]
    assert len(codes) > 0, figure.subject
    answers = facts.answers[facts.answers["session_code"].isin(codes)]
    if figure.measure == "form_rows":
        return Decimal(len(answers))
    assert answers.empty, "counted without names"
    return Decimal(int(facts.counts.loc[facts.counts["session_code"].isin(codes), "people_qty"].sum()))


def _identity(answers: pd.DataFrame) -> pd.Series[str]:
    """Who answered, as far as it can be told: the document's digits, else the address; the row itself if nobody is identified."""
    document = answers["document_number"].str.replace(r"\D", "", regex=True)
    who = document.fillna(answers["email"].str.lower()).where(answers["consent"].astype(bool))
    return who.fillna(pd.Series([f"row {index}" for index in answers.index], index=answers.index))


def _persons(figure: PublishedFigure, facts: Facts) -> Decimal:
    activity = facts.plans.loc[facts.plans["activity_name"] == figure.subject, "activity_code"].unique()
    codes = facts.sessions.loc[facts.sessions["activity_code"].isin(activity) & (facts.sessions["plan_code"] == "PIPC"), "session_code"]
    answers = facts.answers[facts.answers["session_code"].isin(codes)]
    answers = answers[answers["submitted_at"].dt.strftime("%Y-M%m") == figure.period]
    who = _identity(answers)
    return Decimal(who[~who.str.startswith("row ")].nunique())


def _dialogue_attendances(figure: PublishedFigure, facts: Facts) -> pd.DataFrame:
    """One row per person and session of the plan, and one per answer that identifies nobody."""
    plan = facts.plans.loc[facts.plans["plan_name"] == figure.subject, "plan_code"].unique()
    codes = facts.sessions.loc[facts.sessions["plan_code"].isin(plan), "session_code"]
    answers = facts.answers[facts.answers["session_code"].isin(codes)]
    return answers.assign(who=_identity(answers)).drop_duplicates(["session_code", "who"])


def _share(figure: PublishedFigure, facts: Facts) -> Decimal:
    dimension, category = figure.measure.split(":")
    values = _dialogue_attendances(figure, facts)["age_band" if dimension == "age" else dimension]
    assert values.notna().all()
    return Decimal(100 * int((values == category).sum())) / len(values)
