"""A dashboard as PDF or PNG, to a file and by e-mail, through Superset's own report command run in this process."""

from __future__ import annotations

import json
import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import current_app
from superset.commands.exceptions import CommandException
from superset.commands.report.execute import AsyncExecuteReportScheduleCommand, BaseReportState
from superset.extensions import db, security_manager
from superset.models.dashboard import Dashboard
from superset.reports import models
from superset.reports.notifications.base import NotificationContent
from superset.reports.notifications.email import EmailNotification
from superset.reports.notifications.exceptions import NotificationError
from superset.tasks.types import FixedExecutor
from superset.utils.core import override_user
from superset.utils.decorators import transaction
from superset.utils.screenshot_utils import combine_screenshot_tiles

from pipc_dashboards.drawing import WINDOW, complete_pictures
from pipc_dashboards.letters import Letter, first_values
from pipc_dashboards.reasons import reason

_MAIL_SECONDS = 60
# Superset wants one; nobody looks at it, for the report is off: Airflow has the calendar.
_CRONTAB = "0 7 * * 1"


@dataclass
class _Seen:
    """What happened inside the report command, which itself answers nothing."""

    content: NotificationContent | None = None
    sent: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def picture(request: dict[str, Any]) -> dict[str, Any]:
    """Draw dashboard `slug` as `user` sees it, in `format` PDF or PNG; write it to `output` and mail it to `recipients`, each if given."""
    dashboard = _dashboard(request["slug"])
    address = f"{current_app.config['WEBDRIVER_BASEURL_USER_FRIENDLY'].rstrip('/')}/superset/dashboard/{dashboard.slug}/"
    letter = Letter(dashboard.dashboard_title, dashboard.slug, address, first_values(dashboard.json_metadata), datetime.now(UTC))
    schedule_id = _schedule(dashboard, letter, request)
    with (
        _configured(request["user"], letter),
        complete_pictures(letter.headings(list(_tabs(dashboard).values()))),
        _watched(letter) as seen,
    ):
        _make_links(schedule_id, request["user"])
        try:
            AsyncExecuteReportScheduleCommand(str(uuid4()), schedule_id, datetime.now(UTC)).run()
        except CommandException as error:
            if seen.content is None:
                raise
            if not seen.refused:
                raise RuntimeError(reason(error)) from error
    pages = _write(seen.content, request["output"])
    return {"sent": seen.sent, "refused": seen.refused, "subject": letter.subject, **pages}


def _dashboard(slug: str) -> Dashboard:
    known = {each.slug: each for each in db.session.query(Dashboard).all()}
    if slug not in known:
        there_are = ", ".join(sorted(filter(None, known))) or "none: `pipc dashboards push` brings them"
        raise ValueError(f"there is no dashboard {slug!r}; there are {there_are}")
    return known[slug]


@transaction()
def _schedule(dashboard: Dashboard, letter: Letter, request: dict[str, Any]) -> int:
    """The report of this dashboard by its name, always the same one."""
    name = f"Tablero {dashboard.slug} por correo"
    schedule = db.session.query(models.ReportSchedule).filter_by(name=name, type=models.ReportScheduleType.REPORT).one_or_none()
    if schedule is None:
        schedule = models.ReportSchedule(name=name, type=models.ReportScheduleType.REPORT, crontab=_CRONTAB)
        db.session.add(schedule)
    schedule.active, schedule.crontab, schedule.timezone = False, _CRONTAB, "America/Bogota"
    schedule.creation_method = models.ReportCreationMethod.ALERTS_REPORTS
    schedule.dashboard, schedule.report_format, schedule.force_screenshot = dashboard, request["format"], False
    schedule.email_subject, schedule.description = letter.subject[:255], letter.html
    # A run that was killed stays "working" for an hour; the caller sees to it that no other run is alive.
    schedule.last_state = models.ReportState.NOOP
    tabs = list(_tabs(dashboard))
    schedule.extra = {"dashboard": {"anchor": json.dumps(tabs)}} if tabs else {}
    # One mail each: where several stand in one, a refused address is lost without a word.
    schedule.recipients = [
        models.ReportRecipients(type=models.ReportRecipientType.EMAIL, recipient_config_json=json.dumps({"target": each}))
        for each in request["recipients"]
    ]
    db.session.flush()
    return int(schedule.id)


def _tabs(dashboard: Dashboard) -> dict[str, str]:
    """The outermost tabs in their order, with their titles: each becomes a page."""
    nodes = json.loads(dashboard.position_json or "{}")
    top = [nodes[child] for child in nodes.get("ROOT_ID", {}).get("children", [])]
    return {tab: nodes[tab]["meta"]["text"] for node in top if node["type"] == "TABS" for tab in node["children"]}


def _make_links(schedule_id: int, user: str) -> None:
    """The report command makes a link for each tab in a transaction that ends after the browser has asked the server for them."""
    schedule = db.session.get(models.ReportSchedule, schedule_id)
    with override_user(security_manager.find_user(user)):
        BaseReportState(schedule, datetime.now(UTC), uuid4()).get_dashboard_urls()
    db.session.commit()


@contextmanager
def _configured(user: str, letter: Letter) -> Iterator[None]:
    """Superset's settings for this one picture; the process ends with it."""
    current_app.config.update(
        ALERT_REPORTS_EXECUTORS=[FixedExecutor(user)],
        EMAIL_HEADER_MUTATOR=letter.compose,
        WEBDRIVER_WINDOW=WINDOW,
        # We wait for what is drawn, not for a time.
        SCREENSHOT_SELENIUM_HEADSTART=0,
        SCREENSHOT_SELENIUM_ANIMATION_WAIT=0,
        SCREENSHOT_TILED_ENABLED=False,
    )
    # A mail server that does not answer would otherwise be waited for without end.
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_MAIL_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextmanager
def _watched(letter: Letter) -> Iterator[_Seen]:
    """Keeps what the report command made, and to whom it could send it."""
    seen = _Seen()
    compose, send = BaseReportState._get_notification_content, EmailNotification.send

    def composed(self: BaseReportState) -> NotificationContent:
        content = compose(self)
        # Its own link would lead to all tabs at once, which no page is.
        content.url = letter.address
        seen.content = content
        return content

    def sent(self: EmailNotification) -> None:
        try:
            send(self)
        except NotificationError as error:
            seen.refused[self._get_to()] = _why(error.__cause__ or error)
            raise
        seen.sent.append(self._get_to())

    BaseReportState._get_notification_content, EmailNotification.send = composed, sent
    try:
        yield seen
    finally:
        BaseReportState._get_notification_content, EmailNotification.send = compose, send


def _why(error: BaseException) -> str:
    """What the mail server answered, as it said it."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, answer = error.smtp_code, error.smtp_error
    else:
        return reason(error)
    return f"{code} {answer.decode(errors='replace') if isinstance(answer, bytes) else answer}"


def _write(content: NotificationContent | None, output: str | None) -> dict[str, int]:
    """The picture as one file; several pages of a PNG one below the other."""
    if content is None or not (content.pdf or content.screenshots):
        raise RuntimeError("Superset's report command ended without a picture")
    document = content.pdf or combine_screenshot_tiles(content.screenshots)
    if output:
        Path(output).write_bytes(document)
    return {"bytes": len(document)}
