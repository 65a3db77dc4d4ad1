"""Letters to the dependencies: written into the outbox and queued once, sent when there is a mail server, never twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage

from sqlalchemy import Connection, text

from pipc_etl import journal
from pipc_etl.answers import outbox
from pipc_etl.answers.addresses import Role, resolve, scrubbed
from pipc_etl.answers.message import FILE_NAMES, Purpose, message_of
from pipc_etl.errors import PipcError
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine

REMINDERS: tuple[Purpose, ...] = ("reminder_before", "reminder_after", "escalation")
# A letter that waited so long (mail was off) would only confuse: it stays in the outbox.
STALE_DAYS = 15
STALE_REMINDER_DAYS = 3
# Permanent refusals of one letter by a server that works, before it counts as failed: relays refuse everything while they are set up.
MOST_REFUSALS = 3

Progress = Callable[[str], None]


class MailDownError(PipcError):
    """The mail server cannot be reached or lets nobody in: no letter can go now."""


class LetterRefusedError(PipcError):
    """The mail server works and does not take this letter; `is_permanent` if it says that it never will."""

    def __init__(self, message: str, *, is_permanent: bool) -> None:
        super().__init__(message)
        self.is_permanent = is_permanent


# Sends one message; returns why it refused some of the addresses. Raises MailDownError, or LetterRefusedError where it took none.
Deliver = Callable[[EmailMessage], Mapping[str, str]]


@dataclass(frozen=True)
class Attachment:
    """A file beside a letter; `is_mailed` False: it stays in the outbox."""

    name: str
    content: bytes
    is_mailed: bool = True


@dataclass(frozen=True)
class Letter:
    """What is to be said to whom; the obligation says whose thread it belongs to.

    `key` makes it unique for ever; `folder` is its folder below the obligation's (`42`, `42/revision-7`, `recordatorio-antes`);
    `withheld` says why it is written and never mailed.
    """

    key: str
    purpose: Purpose
    entity_code: str
    dependency_code: str
    kind: str
    period_code: str
    roles: tuple[Role, ...]
    subject: str
    text: str
    html: str
    folder: str
    submission_id: int | None = None
    attachments: tuple[Attachment, ...] = ()
    is_reconstruction: bool = False
    withheld: str | None = None


@dataclass(frozen=True)
class Sending:
    """What one call of `send` did; `problems` are the letters that did not go, each in one line without addresses."""

    sent: int
    without_address: int
    problems: tuple[str, ...]
    waiting: int


def queue(connection: Connection, settings: Settings, letter: Letter) -> int:
    """Write `letter` into the outbox and queue it inside the caller's transaction; returns its id, the known one for a known key.

    A letter about a reconstruction is withheld: it stands in the outbox and is never mailed.
    """
    known = connection.scalar(text("select letter_id from audit.letter where letter_key = :key"), {"key": letter.key})
    if known is not None:
        return int(known)
    folder = outbox.folder_of(letter.entity_code, letter.dependency_code, letter.kind, letter.period_code, letter.folder)
    stem = FILE_NAMES[letter.purpose]
    files = {f"{stem}.txt": letter.text.encode(), f"{stem}.html": letter.html.encode()}
    outbox.write(settings.outbox, folder, files | {attachment.name: attachment.content for attachment in letter.attachments})
    withheld = letter.withheld or ("reconstrucción: no se envía" if letter.is_reconstruction else None)
    values = {
        "letter_key": letter.key,
        "purpose": letter.purpose,
        "entity_code": letter.entity_code,
        "dependency_code": letter.dependency_code,
        "kind": letter.kind,
        "period_code": letter.period_code,
        "submission_id": letter.submission_id,
        "recipient_roles": list(letter.roles),
        "subject": letter.subject,
        "folder": folder,
        "attachments": [outbox.safe_name(attachment.name) for attachment in letter.attachments if attachment.is_mailed],
        "is_reconstruction": letter.is_reconstruction,
        "state": "withheld" if withheld else "queued",
        "error": withheld,
    }
    names, holders = ", ".join(values), ", ".join(f":{name}" for name in values)
    statement = (
        f"insert into audit.letter ({names}) values ({holders}) "
        # Somebody else may have queued the same letter meanwhile: then theirs is the one.
        "on conflict (letter_key) do nothing"
    )
    connection.execute(text(statement), values)
    return int(connection.execute(text("select letter_id from audit.letter where letter_key = :letter_key"), values).scalar_one())


def send(settings: Settings, deliver: Deliver, progress: Progress = lambda _: None) -> Sending:
    """Send what waits, oldest first, each letter in a transaction of its own that holds its row.

    A server that is down ends the call: the rest waits for the next. What was sent is known as sent in the same transaction; only a
    process killed between the server's yes and the commit sends a letter again, under the same Message-ID.
    """
    engine = role_engine(settings, "loader")
    sent, without_address = 0, 0
    problems: list[str] = []
    try:
        with engine.begin() as connection:
            _withhold_stale(connection)
            waiting = _waiting(connection)
        for letter_id in waiting:
            try:
                with engine.begin() as connection:
                    state, problem = _send_one(connection, settings, letter_id, deliver)
                    number = connection.scalar(text("select submission_id from audit.letter where letter_id = :id"), {"id": letter_id})
            except MailDownError as error:
                problem = scrubbed(str(error))
                with engine.begin() as connection:
                    _mark(connection, letter_id, "queued", problem)
                problems.append(problem)
                break
            sent += state == "sent"
            if state == "sent":
                journal.note(settings, "mailed", submission_id=number, letter_id=letter_id)
            without_address += state == "no_address"
            if problem:
                problems.append(problem)
            progress(f"letter {letter_id}: {state}{f' ({problem})' if problem else ''}")
        with engine.begin() as connection:
            return Sending(sent, without_address, tuple(problems), len(_waiting(connection, "queued")))
    finally:
        engine.dispose()


def waiting_letters(settings: Settings) -> int:
    """How many letters are queued."""
    engine = role_engine(settings, "loader")
    try:
        with engine.connect() as connection:
            return len(_waiting(connection, "queued"))
    finally:
        engine.dispose()


def _waiting(connection: Connection, *states: str) -> list[int]:
    """The letters to try; one without an address is looked at again, since the registry may have it now."""
    query = text("select letter_id from audit.letter where state = any(:states) order by letter_id")
    return list(connection.scalars(query, {"states": list(states or ("queued", "no_address"))}))


def _withhold_stale(connection: Connection) -> None:
    """Keep back what would only confuse: what waited too long, and reminders of what is no longer expected."""
    connection.execute(
        text(
            "update audit.letter set state = 'withheld', error = 'esperó demasiado: no se envía' where state in ('queued', 'no_address') "
            "and created_at < clock_timestamp() - make_interval(days => case when purpose = any(:reminders) then :few else :days end)"
        ),
        {"days": STALE_DAYS, "few": STALE_REMINDER_DAYS, "reminders": list(REMINDERS)},
    )
    connection.execute(
        text(
            "update audit.letter as l set state = 'withheld', error = case o.state when 'waived' then 'se eximió: no se envía' "
            "when 'reopened' then 'se reabrió: no se envía' else 'la entrega llegó antes: no se envía' end "
            "from audit.obligation_state as o where l.state in ('queued', 'no_address') and l.purpose = any(:reminders) "
            "and o.entity_code = l.entity_code and o.dependency_code = l.dependency_code and o.kind = l.kind "
            "and o.period_code = l.period_code and o.state <> 'expected'"
        ),
        {"reminders": list(REMINDERS)},
    )


def _send_one(connection: Connection, settings: Settings, letter_id: int, deliver: Deliver) -> tuple[str, str | None]:
    """The state of the letter afterwards (`skipped`: another process has it) and what went wrong; MailDownError goes through."""
    row = connection.execute(
        text("select * from audit.letter where letter_id = :id and state in ('queued', 'no_address') for update skip locked"),
        {"id": letter_id},
    ).one_or_none()
    if row is None:
        return "skipped", None
    addresses = resolve(connection, row.entity_code, row.dependency_code, row.recipient_roles)
    if not addresses:
        _mark(connection, letter_id, "no_address", "el registro no tiene correo para este destinatario")
        return "no_address", None
    try:
        refused = deliver(message_of(connection, settings, row, tuple(addresses)))
    except (LetterRefusedError, OSError) as error:  # of the outbox: a file that is gone, or that the service may not read
        is_refusal = not isinstance(error, LetterRefusedError) or error.is_permanent
        why, refusals = scrubbed(str(error), addresses), row.refusals + is_refusal
        state = "failed" if refusals >= MOST_REFUSALS else "queued"
        _mark(connection, letter_id, state, why, refusals=refusals)
        return state, f"letter {letter_id} ({row.folder}): {why}"
    partly = scrubbed("; ".join(f"{address}: {why}" for address, why in refused.items()), addresses) or None
    _mark(connection, letter_id, "sent", partly)
    return "sent", f"letter {letter_id} ({row.folder}) did not reach everybody: {partly}" if partly else None


def _mark(connection: Connection, letter_id: int, state: str, error: str | None, *, refusals: int | None = None) -> None:
    connection.execute(
        text(
            "update audit.letter set state = :state, error = :error, refusals = coalesce(:refusals, refusals), "
            "sent_at = case when :state = 'sent' then clock_timestamp() end "
            # Another process may have sent it since this one gave it up.
            "where letter_id = :id and state in ('queued', 'no_address')"
        ),
        {"id": letter_id, "state": state, "error": error, "refusals": refusals},
    )
