"""A letter of the outbox as mail: both texts, its attachments, and the headers that keep an obligation's letters together."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from mimetypes import guess_type
from typing import Any, Literal

from sqlalchemy import Connection, text

from pipc_etl.answers import outbox
from pipc_etl.settings import Settings

Purpose = Literal["acknowledgement", "review", "reminder_before", "reminder_after", "escalation"]
# What the letter itself is called in its folder: `<name>.txt` and `<name>.html`.
FILE_NAMES: dict[Purpose, str] = {
    "acknowledgement": "acuse",
    "review": "revision",
    "reminder_before": "recordatorio",
    "reminder_after": "vencimiento",
    "escalation": "aviso a la jefatura",
}


def message_of(connection: Connection, settings: Settings, row: Any, addresses: tuple[str, ...]) -> EmailMessage:
    """The letter as mail: text and HTML, attachments, and the headers by which programs keep an obligation's letters together."""
    stem = FILE_NAMES[row.purpose]
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = ", ".join(addresses)
    message["Subject"] = row.subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = _message_id(settings, row.letter_id, row.letter_key)
    previous = _previous_id(connection, settings, row)
    message["References"] = " ".join(filter(None, (_thread_id(settings, row), previous)))
    if previous:
        message["In-Reply-To"] = previous
    # Programs that answer by themselves (absences) leave such mail alone.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(outbox.read(settings.outbox, row.folder, f"{stem}.txt").decode(), cte="quoted-printable")
    html = outbox.read(settings.outbox, row.folder, f"{stem}.html").decode()
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    for name in row.attachments:
        main, _, sub = (guess_type(name)[0] or "application/octet-stream").partition("/")
        message.add_attachment(outbox.read(settings.outbox, row.folder, name), maintype=main, subtype=sub, filename=name)
    # Last: what is set before the parts becomes a header of the first of them.
    message["Content-Language"] = "es-CO"
    return message


def _domain(settings: Settings) -> str:
    return parseaddr(settings.mail_from)[1].rpartition("@")[2] or "localhost"


def _message_id(settings: Settings, letter_id: int, key: str) -> str:
    """The same whenever the letter is sent: whoever gets it twice can tell."""
    return f"<carta-{letter_id}.{hashlib.sha256(key.encode()).hexdigest()[:16]}@{_domain(settings)}>"


def _thread_id(settings: Settings, row: Any) -> str:
    place = "|".join((row.entity_code, row.dependency_code, row.kind, row.period_code))
    return f"<obligacion-{hashlib.sha256(place.encode()).hexdigest()[:16]}@{_domain(settings)}>"


def _previous_id(connection: Connection, settings: Settings, row: Any) -> str | None:
    """The Message-ID of the last letter of the same obligation that went out."""
    previous = connection.execute(
        text(
            "select letter_id, letter_key from audit.letter where state = 'sent' and letter_id <> :id and entity_code = :entity "
            "and dependency_code = :dependency and kind = :kind and period_code = :period order by sent_at desc, letter_id desc limit 1"
        ),
        {
            "id": row.letter_id,
            "entity": row.entity_code,
            "dependency": row.dependency_code,
            "kind": row.kind,
            "period": row.period_code,
        },
    ).one_or_none()
    return _message_id(settings, previous.letter_id, previous.letter_key) if previous else None
