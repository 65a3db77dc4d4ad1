"""The tasks that publish a report: compute it, ask a person, and then publish it or write down that it was refused."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

if TYPE_CHECKING:
    from pipc_etl.publish.ledger import Publication, Request
    from pipc_etl.settings import Settings

logger = logging.getLogger(__name__)

APPROVE, REJECT = "Aprobar", "Rechazar"
# An unanswered draft does not wait for ever; it stays in the register, where `pipc publish approve` finds it.
_ANSWER_WITHIN = timedelta(days=60)
_NO_REASON = "sin razón escrita"


@task
def prepare_report(params: dict[str, Any] | None = None, dag_run: Any = None) -> dict[str, str]:
    """Computes the report as a draft and returns its number and what the approver reads; skipped if its address is published already.

    What stops it, and what makes no sense in the request, is not tried again. Where the run does not say as known when, it is as known
    when the run was asked for: a second try makes no second draft.
    """
    from pipc_etl.errors import PublicationError
    from pipc_etl.publish.ledger import prepare
    from pipc_etl.settings import load_settings

    settings = load_settings()
    try:
        found = prepare(settings, _request(params or {}, dag_run))
    except PublicationError as error:
        raise AirflowFailException(str(error)) from error
    if found.state == "published":
        raise AirflowSkipException(f"{found.number} is published with this very address: nothing to approve")
    logger.info("%s is a draft of %d figures", found.number, found.figures_qty)
    return {
        "number": found.number,
        "prepared_at": found.prepared_at.isoformat(),
        "subject": f"{found.number}: {found.title}",
        "body": _body(settings, found),
    }


def ask_approval(prepared: Any) -> HITLOperator:
    """The task that waits until a person approves or rejects the draft, in Airflow's page of required actions or by its REST interface."""
    return HITLOperator(
        task_id="ask_approval",
        subject=prepared["subject"],
        body=prepared["body"],
        options=[APPROVE, REJECT],
        params={
            "note": Param("", type="string", title="Nota", description="Lo que se quiera dejar dicho; para rechazar, la razón."),
        },
        response_timeout=_ANSWER_WITHIN,
        execution_timeout=None,
    )


@task
def settle_report(prepared: Mapping[str, str], answer: Mapping[str, Any]) -> str:
    """Publishes the draft, or writes down that it was refused and why, in the name of whoever answered; returns where its files are."""
    from datetime import datetime

    from pipc_etl.errors import PublicationError
    from pipc_etl.publish.ledger import approve, reject
    from pipc_etl.settings import load_settings

    settings, number = load_settings(), prepared["number"]
    by = answer.get("responded_by_user") or {}
    actor, note = str(by.get("name") or by.get("id") or "Airflow"), str((answer.get("params_input") or {}).get("note") or "").strip()
    try:
        if answer["chosen_options"] == [APPROVE]:
            found = approve(settings, number, actor=actor, note=note or None, prepared_at=datetime.fromisoformat(prepared["prepared_at"]))
        else:
            found = reject(settings, number, actor=actor, note=note or _NO_REASON)
    except PublicationError as error:
        raise AirflowFailException(str(error)) from error
    logger.info("%s is %s, by %s", found.number, found.state, actor)
    return str(found.folder(settings.publications)) if found.state == "published" else f"{found.number}: {found.state}"


def _request(params: Mapping[str, Any], dag_run: Any) -> Request:
    """The request that the run's params make; an empty field is one that was left out."""
    from datetime import date, datetime

    from pipc_etl.publish.ledger import Request

    def given(name: str) -> str | None:
        return str(params.get(name) or "").strip() or None

    cutoff, known_at = given("cutoff"), given("known_at")
    return Request(
        given("entity") or "",
        given("report") or "",
        given("period") or "",
        cutoff=date.fromisoformat(cutoff) if cutoff else None,
        known_at=datetime.fromisoformat(known_at) if known_at else dag_run.run_after,
        waivers={str(gate): str(reason) for gate, reason in (params.get("waivers") or {}).items()},
        actor=dag_run.triggering_user_name or "Airflow",
    )


def _body(settings: Settings, found: Publication) -> str:
    """What the approver reads before deciding, in Markdown."""
    from pipc_etl.publish.ledger.freezing import PREVIEW
    from pipc_etl.publish.ledger.model import GATE_WORDS
    from pipc_etl.publish.wording import counted, long_date, moment, of_period

    address = found.address
    lines = [
        f"**{found.title}** {of_period(address.period_code)}, de {address.entity_code}: {counted(found.figures_qty, 'cifra', 'cifras')}.",
        "",
        f"* Corte: {long_date(address.cutoff)}; con lo que se sabía el {moment(address.known_at)}.",
        f"* Borrador para leer antes de decidir: `{found.folder(settings.publications) / PREVIEW}`",
        f"* Será la edición {found.edition}. Con la aprobación quedan el informe y los datos abiertos, y ya nada de ellos cambia.",
    ]
    reasons: dict[tuple[str, str], int] = {}
    for waiver in found.waivers:
        key = (GATE_WORDS[waiver.stop.gate], waiver.reason)
        reasons[key] = reasons.get(key, 0) + 1
    lines += [f"* Se pasa por alto: {words} ({quantity}). Razón: {reason}" for (words, reason), quantity in reasons.items()]
    return "\n".join(lines)
