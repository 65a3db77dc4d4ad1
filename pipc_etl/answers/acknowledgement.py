"""What a sender is told of a file: the review that marks it, and the letter that goes with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pipc_etl.answers.comparison import compare
from pipc_etl.answers.deadline import Deadline, deadline_of
from pipc_etl.answers.record import Record
from pipc_etl.answers.review import Observation, Review, RowContent, RowPlace
from pipc_etl.answers.texts import Rendered, moment, period_name, phrase, render
from pipc_etl.contracts import Contract, Finding, Severity
from pipc_etl.validation.report import SEVERITIES, STATES, place
from pipc_etl.warehouse import reviews

# In a letter; the workbook has them all.
_LISTED = 10
_SOLVED_LISTED = 5
_OBSERVED_LISTED = 20
_PLURALS: dict[Severity, tuple[str, str]] = {
    "error": ("error", "errores"),
    "warning": ("advertencia", "advertencias"),
    "info": ("nota", "notas"),
}
_ASKING: tuple[Severity, ...] = ("error", "warning")
_DECIDED: dict[reviews.Action, str] = {
    "approve": "Aprobado",
    "return": "Devuelto por la oficina de planeación",
    "waive": "Eximido",
    "reopen": "Reabierto",
}
PERIOD_CLOSED = "file.period_approved"


What = Literal["whole", "excerpt", "personal", "large"]


@dataclass(frozen=True)
class Enclosed:
    """The workbook that travels with a letter: the whole file, its offending rows, or its list alone (for its persons, or its size)."""

    name: str
    what: What


@dataclass(frozen=True)
class Listed:
    """A finding as a line of a letter; `since` is `nueva`, `sigue` or empty where there is nothing to compare with."""

    severity: Severity
    word: str
    place: str
    column: str
    message: str
    remedy: str
    since: str = ""


def review_of(
    record: Record,
    contract: Contract | None,
    observations: Sequence[reviews.Observation],
    rows: Mapping[RowPlace, RowContent],
    activity_cells: Mapping[str, tuple[str, str]],
) -> Review:
    """Everything that the answer to `record` says; `contract` None for a file whose place says no known kind."""
    told = record.is_duplicate is False and record.earlier is not None
    comparison = compare(record.earlier, record.noted, rows_were_judged=record.rows_were_judged) if told and record.earlier else None
    deadline = _deadline(record, contract)
    return Review(
        title=contract.title if contract else "Archivo sin identificar",
        sender=f"{record.dependency_name} · {record.entity_name}",
        period=period_name(record.obligation.period_code) or "sin período",
        state_word="Repetido" if record.is_duplicate else STATES[record.verdict],
        rows_read=record.rows_read,
        rows_accepted=record.rows_accepted,
        rows_quarantined=record.rows_quarantined,
        rows_already_known=record.rows_already_known,
        findings=tuple(noted.finding for noted in record.noted),
        next_step=next_step(record, contract, len(observations)),
        number=record.number,
        facts=_facts(record, deadline),
        comparison=comparison,
        observations=tuple(
            Observation(said.text, said.actor, said.at, said.sheet, said.cell, said.activity_code) for said in observations if said.at
        ),
        column_titles={column.name: column.title for column in contract.columns} if contract else {},
        rows=rows,
        activity_cells=activity_cells,
        totals=dict(record.counts),
    )


def acknowledgement(record: Record, contract: Contract | None, review: Review, enclosed: Enclosed | None) -> Rendered:
    """The letter to the sender of a file."""
    values = _values(record, contract, review)
    asks = bool(review.observations) or any(record.counts.get(severity) for severity in _ASKING)
    return render("acuse", **values, enclosed=_enclosed_text(enclosed, asks=asks), is_reconstruction=record.is_reconstruction)


def decided(review: Review, decision: reviews.Decision) -> Review:
    """The review of a file that the planning office wants anew, whatever the system had said of it."""
    return replace(review, state_word=_DECIDED[decision.action], next_step=phrase("revision_paso", action=decision.action))


def decision_letter(
    decision: reviews.Decision,
    obligation: reviews.Obligation,
    names: tuple[str, str],
    contract: Contract | None,
    enclosed: Enclosed | None,
) -> Rendered:
    """The letter about what the planning office decided; `names` of the dependency and the entity."""
    return render(
        "revision",
        decision=decision,
        decided=_DECIDED[decision.action],
        title=contract.title if contract else obligation.kind,
        period=period_name(obligation.period_code),
        dependency=names[0],
        entity=names[1],
        observations=decision.observations[:_OBSERVED_LISTED],
        observations_hidden=max(0, len(decision.observations) - _OBSERVED_LISTED),
        next_step=phrase("revision_paso", action=decision.action),
        enclosed=_enclosed_text(enclosed, asks=True),
    )


def _enclosed_text(enclosed: Enclosed | None, *, asks: bool) -> str | None:
    return None if enclosed is None else phrase("adjunto", workbook=enclosed.name, what=enclosed.what, asks=asks)


def next_step(record: Record, contract: Contract | None, observations: int) -> str:
    """What the sender does now, in one or two sentences."""
    return phrase(
        "siguiente_paso",
        verdict=record.verdict,
        is_duplicate=record.is_duplicate,
        is_misplaced=contract is None,
        is_closed=any(noted.finding.rule == PERIOD_CLOSED for noted in record.noted),
        is_form=contract is not None and contract.flow == "form_responses",
        superseded_by=record.superseded_by,
        rows_quarantined=record.rows_quarantined,
        warnings=record.counts.get("warning", 0),
        observations=observations,
    )


def _values(record: Record, contract: Contract | None, review: Review) -> dict[str, object]:
    """What the templates of the acknowledgement ask for."""
    listed = _listed(review)
    solved = review.comparison.solved if review.comparison else ()
    counts = {severity: record.counts.get(severity, 0) for severity in SEVERITIES}
    return {
        "record": record,
        "review": review,
        "has_contract": contract is not None,
        "deadline": _deadline_text(record, _deadline(record, contract)),
        "counts": [(counts[severity], *_PLURALS[severity]) for severity in SEVERITIES if counts[severity]],
        "total": sum(counts.values()),
        "listed": listed,
        "hidden": sum(counts.values()) - len(listed),
        "solved": [_line(finding, review) for finding in solved[:_SOLVED_LISTED]],
        "change": change_of(review),
        "observations": review.observations[:_OBSERVED_LISTED],
        "observations_hidden": max(0, len(review.observations) - _OBSERVED_LISTED),
    }


def change_of(review: Review) -> dict[str, int]:
    """How many observations were solved, remain and are new against the file before; notes ask for nothing and are not counted."""
    comparison = review.comparison
    asking = [position for position, finding in enumerate(review.findings) if finding.severity in _ASKING]
    remaining = [position for position in asking if comparison and position in comparison.remaining]
    return {"solved": len(comparison.solved) if comparison else 0, "remaining": len(remaining), "new": len(asking) - len(remaining)}


def _listed(review: Review) -> list[Listed]:
    """The first findings, the gravest first, in the order of the sheet."""
    grave = list(SEVERITIES)
    order = sorted(range(len(review.findings)), key=lambda position: grave.index(review.findings[position].severity))
    lines = []
    for position in order[:_LISTED]:
        finding = review.findings[position]
        remains = review.comparison is not None and position in review.comparison.remaining
        since = "" if review.comparison is None or finding.severity not in _ASKING else "sigue" if remains else "nueva"
        lines.append(_line(finding, review, since))
    return lines


def _line(finding: Finding, review: Review, since: str = "") -> Listed:
    column = review.column_titles.get(finding.column or "", finding.column or "")
    word = SEVERITIES[finding.severity]
    return Listed(finding.severity, word, place(finding), column, finding.message, finding.remedy, since)


def _deadline(record: Record, contract: Contract | None) -> Deadline | None:
    if contract is None:
        return None
    return deadline_of(contract, record.obligation.period_code, record.arrived_at, record.first_accepted)


def _deadline_text(record: Record, deadline: Deadline | None) -> str | None:
    return None if deadline is None else phrase("plazo", deadline=deadline, number=record.number)


def _facts(record: Record, deadline: Deadline | None) -> tuple[tuple[str, str], ...]:
    """Further lines for the top of the workbook."""
    facts = [("Recibido", moment(record.arrived_at)), ("Archivo", record.file_name), ("Huella (SHA-256)", record.sha256)]
    if (due := _deadline_text(record, deadline)) is not None:
        facts.insert(1, ("Fecha límite", due))
    return tuple(facts)
