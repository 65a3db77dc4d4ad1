"""Letters by real SMTP: queued once, sent once, to whom the registry says, whatever the mail server does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import Engine

from pipc_etl.answers.letters import Attachment, Letter, MailDownError, Sending, queue, send
from pipc_etl.orchestration.mail import SmtpDelivery
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine
from pipc_etl.warehouse.ingest import ingest_paths
from tests.answers.conftest import connect
from tests.mail_server import MailServer
from tests.warehouse.conftest import Sender

pytestmark = pytest.mark.timeout(300)
Rows = Callable[..., list[tuple[Any, ...]]]
CONTACT, HEAD, ABOVE = "tic@entidad.example", "jefa.oap@entidad.example", "oap@entidad.example"


@pytest.fixture(scope="module")
def registry(answering: Settings, sender: Sender) -> Settings:
    """OAP is the planning office, above TIC; LAB has no address; OAP has a head with an address."""
    common = {"entity_code": "sg", "entity_name": "Secretaría General", "valid_from": "2020-01-01", "reports_plan": "Sí"}
    path = sender.put(
        "sg/OAP/dependency_registry/2021/registro.csv",
        [
            common
            | {"dependency_code": "OAP", "dependency_name": "Planeación", "is_planning_office": "Sí", "contact_email": ABOVE}
            | {"head_name": "Ana Rojas", "head_email": HEAD},
            common
            | {"dependency_code": "TIC", "dependency_name": "Tecnología", "is_planning_office": "No", "contact_email": CONTACT}
            | {"parent_dependency_code": "OAP", "head_name": "", "head_email": ""},
            common | {"dependency_code": "LAB", "dependency_name": "Laboratorio", "is_planning_office": "No", "contact_email": ""},
        ],
    )
    (outcome,) = ingest_paths([path], answering)
    assert outcome.state == "accepted_with_observations", outcome
    return answering


@pytest.fixture
def letters(registry: Settings, rows_of: Rows) -> Callable[..., int]:
    """Queues a letter to TIC's contact, changed as asked; every test begins without letters."""
    rows_of("delete from audit.letter")
    engine: Engine = role_engine(registry, "loader")

    def put(key: str = "a", **changes: Any) -> int:
        letter = Letter(
            key=key,
            purpose="acknowledgement",
            entity_code="sg",
            dependency_code="TIC",
            kind="execution_report",
            period_code="2021-M08",
            roles=("contact",),
            subject="Acuse 42 · Devuelto · Reporte mensual de ejecución, agosto de 2021",
            text="Señores: falta la evidencia.\n",
            html="<p>Señores: falta la <strong>evidencia</strong>.</p>",
            folder=key,
            attachments=(Attachment("reporte - revisado.xlsx", b"PK-libro"), Attachment("interno.xlsx", b"no viaja", is_mailed=False)),
        )
        with engine.begin() as connection:
            return queue(connection, registry, replace(letter, **changes))

    return put


def deliver(settings: Settings) -> Sending:
    with SmtpDelivery() as delivery:
        return send(settings, delivery)


def states(rows_of: Rows) -> list[tuple[Any, ...]]:
    return rows_of("select letter_key, state, refusals, error from audit.letter order by letter_key")


def test_a_letter_has_both_parts_and_its_file_when_it_is_received(
    registry: Settings, letters: Callable[..., int], mail_server: MailServer, rows_of: Rows
) -> None:
    letter_id = letters()
    assert deliver(registry) == Sending(sent=1, without_address=0, problems=(), waiting=0)
    ((to, mail),) = mail_server.received
    assert (to, mail["To"], mail["From"]) == ([CONTACT], CONTACT, "Participación <pipc@entidad.example>")
    assert mail["Subject"] == "Acuse 42 · Devuelto · Reporte mensual de ejecución, agosto de 2021"
    assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", "es-CO")
    assert mail["Message-ID"].startswith(f"<carta-{letter_id}.")
    assert mail["Message-ID"].endswith("@entidad.example>")
    body, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert isinstance(body, EmailMessage)
    assert isinstance(html, EmailMessage)
    assert body.get_content().replace("\r\n", "\n") == "Señores: falta la evidencia.\n"
    assert "<strong>evidencia</strong>" in html.get_content()
    attachments = [(part.get_filename(), part.get_content_type(), part.get_content()) for part in mail.iter_attachments()]
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert attachments == [("reporte - revisado.xlsx", sheet, b"PK-libro")]
    assert rows_of("select state, sent_at is not null, error from audit.letter") == [("sent", True, None)]


def test_letters_of_an_obligation_make_a_thread_when_several_are_sent(
    registry: Settings, letters: Callable[..., int], mail_server: MailServer
) -> None:
    for key, period in (("a", "2021-M08"), ("b", "2021-M09"), ("c", "2021-M08")):
        letters(key, period_code=period)
        assert deliver(registry).sent == 1
    first, other, second = (mail for _, mail in mail_server.received)
    assert first["In-Reply-To"] is None
    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["References"].split() == [*first["References"].split(), first["Message-ID"]]
    assert other["In-Reply-To"] is None
    assert other["References"] != first["References"]


def test_a_letter_is_one_when_it_is_queued_twice(registry: Settings, letters: Callable[..., int], mail_server: MailServer) -> None:
    assert letters() == letters(subject="Otro asunto")
    assert deliver(registry).sent == 1
    assert deliver(registry).sent == 0
    assert letters() > 0
    assert deliver(registry).sent == 0
    assert [mail["Subject"][:8] for _, mail in mail_server.received] == ["Acuse 42"]


def test_letters_wait_and_go_once_when_the_server_was_down(
    registry: Settings, letters: Callable[..., int], monkeypatch: pytest.MonkeyPatch, rows_of: Rows
) -> None:
    with MailServer() as server:
        gone = server.url
    connect(monkeypatch, registry, gone)
    letters("a")
    letters("b")
    sending = deliver(registry)
    assert (sending.sent, sending.waiting, len(sending.problems)) == (0, 2, 1), "the first failure ends it: the server is down for all"
    assert "does not answer" in sending.problems[0]
    (first, second) = states(rows_of)
    assert (first[:3], second) == (("a", "queued", 0), ("b", "queued", 0, None))
    assert "does not answer" in first[3]
    with MailServer() as server:
        connect(monkeypatch, registry, server.url)
        assert deliver(registry).sent == 2
        assert deliver(registry).sent == 0
    assert len(server.received) == 2
    assert [row[1:] for row in states(rows_of)] == [("sent", 0, None)] * 2


def test_the_others_go_when_one_letter_is_refused_for_ever(
    registry: Settings, letters: Callable[..., int], monkeypatch: pytest.MonkeyPatch, rows_of: Rows
) -> None:
    letters("a")
    letters("b", dependency_code="OAP")
    with MailServer(refused=(CONTACT,)) as server:
        connect(monkeypatch, registry, server.url)
        first = deliver(registry)
        assert (first.sent, first.waiting, len(first.problems)) == (1, 1, 1)
        assert deliver(registry).waiting == 1
        assert deliver(registry).waiting == 0
        assert deliver(registry) == Sending(0, 0, (), 0), "a letter that failed is not tried again by itself"
    assert [to for to, _ in server.received] == [[ABOVE]]
    assert states(rows_of) == [("a", "failed", 3, "el enlace: 550 no such user here"), ("b", "sent", 0, None)]


def test_the_others_go_when_one_letter_is_too_large_for_the_server(
    registry: Settings, letters: Callable[..., int], monkeypatch: pytest.MonkeyPatch, rows_of: Rows
) -> None:
    letters("a", attachments=(Attachment("grande.xlsx", b"0" * 30_000),))
    letters("b", dependency_code="OAP")
    with MailServer(largest_bytes=20_000) as server:
        connect(monkeypatch, registry, server.url)
        sending = deliver(registry)
    assert (sending.sent, sending.waiting, len(sending.problems)) == (1, 1, 1)
    assert [to for to, _ in server.received] == [[ABOVE]]
    (first, second) = states(rows_of)
    assert (first[:3], second) == (("a", "queued", 1), ("b", "sent", 0, None))
    assert first[3].startswith("552")


def test_whoever_can_be_reached_gets_it_when_one_of_two_addresses_is_refused(
    registry: Settings, letters: Callable[..., int], monkeypatch: pytest.MonkeyPatch, rows_of: Rows
) -> None:
    letters(roles=("contact", "planning_office"))
    with MailServer(refused=(CONTACT,)) as server:
        connect(monkeypatch, registry, server.url)
        assert deliver(registry).sent == 1
        assert deliver(registry).sent == 0
    assert [to for to, _ in server.received] == [[ABOVE]]
    assert states(rows_of) == [("a", "sent", 0, "el enlace: 550 no such user here")]


@pytest.mark.parametrize(
    ("dependency", "roles", "expected"),
    [
        ("TIC", ("contact", "head"), [CONTACT, ABOVE]),  # without a head's address: whoever is above
        ("OAP", ("contact", "head"), [ABOVE, HEAD]),
        ("NADIE", ("contact", "planning_office"), [ABOVE]),
    ],
)
def test_roles_become_addresses_when_a_letter_is_sent(
    registry: Settings, letters: Callable[..., int], mail_server: MailServer, dependency: str, roles: tuple[str, ...], expected: list[str]
) -> None:
    letters(dependency_code=dependency, roles=roles)
    assert deliver(registry).sent == 1
    assert [to for to, _ in mail_server.received] == [expected]


def test_a_letter_waits_for_an_address_when_the_registry_has_none(
    registry: Settings, letters: Callable[..., int], mail_server: MailServer, rows_of: Rows
) -> None:
    letters(dependency_code="LAB")
    assert deliver(registry) == Sending(sent=0, without_address=1, problems=(), waiting=0)
    assert states(rows_of) == [("a", "no_address", 0, "el registro no tiene correo para este destinatario")]
    try:
        rows_of("update private.dependency_registry set contact_email = 'lab@entidad.example' where contact_email is null")
        assert deliver(registry).sent == 1
    finally:
        rows_of("update private.dependency_registry set contact_email = null where contact_email = 'lab@entidad.example'")
    assert [to for to, _ in mail_server.received] == [["lab@entidad.example"]]


def test_nobody_is_written_to_when_a_letter_is_a_reconstruction_or_old(
    registry: Settings, letters: Callable[..., int], mail_server: MailServer, rows_of: Rows
) -> None:
    letters("a", is_reconstruction=True)
    letters("b", withheld="de hace más de 15 días: no se envía")
    letters("c")
    letters("d", purpose="reminder_before")
    rows_of("update audit.letter set created_at = created_at - interval '16 days' where letter_key = 'c'")
    rows_of("update audit.letter set created_at = created_at - interval '4 days' where letter_key = 'd'")
    # Queued before the registry arrived: of what has arrived nobody is reminded.
    letters("e", purpose="reminder_after", dependency_code="OAP", kind="dependency_registry", period_code="2021")
    rows_of("update audit.letter set created_at = created_at - interval '1 day' where letter_key = 'e'")
    assert deliver(registry).sent == 0
    assert mail_server.received == []
    assert [row[1] for row in states(rows_of)] == ["withheld"] * 5
    assert [row[3] for row in states(rows_of)] == [
        "reconstrucción: no se envía",
        "de hace más de 15 días: no se envía",
        "esperó demasiado: no se envía",
        "esperó demasiado: no se envía",
        "la entrega llegó antes: no se envía",
    ]
    assert (registry.outbox / "sg/TIC/execution_report/2021-M08/a/acuse.html").is_file(), "it stands in the outbox all the same"


def test_each_letter_goes_once_when_two_senders_run_together(
    registry: Settings, letters: Callable[..., int], mail_server: MailServer
) -> None:
    for number in range(12):
        letters(f"{number:02}")
    both = threading.Barrier(2)
    results: list[Sending] = []

    def run() -> None:
        both.wait()
        results.append(deliver(registry))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sending.sent for sending in results) == 12
    assert len({mail["Message-ID"] for _, mail in mail_server.received}) == len(mail_server.received) == 12


def test_a_letter_stays_sent_when_another_process_sent_it_since_the_server_was_down(
    registry: Settings, letters: Callable[..., int], mail_server: MailServer, rows_of: Rows
) -> None:
    letters()
    sent: list[int] = []

    class Overtaken(MailDownError):
        """Its text is asked for when the letter was let go, and not yet put back into the queue."""

        def __str__(self) -> str:
            sent.append(deliver(registry).sent)
            return "down"

    def down(_: EmailMessage) -> dict[str, str]:
        raise Overtaken

    assert send(registry, down).problems == ("down",)
    assert (sent, len(mail_server.received)) == ([1], 1)
    assert states(rows_of) == [("a", "sent", 0, None)]


def test_a_letter_stays_queued_when_its_sender_is_interrupted(registry: Settings, letters: Callable[..., int], rows_of: Rows) -> None:
    letters()

    def interrupted(_: EmailMessage) -> dict[str, str]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send(registry, interrupted)
    assert states(rows_of) == [("a", "queued", 0, None)]


def test_no_address_is_kept_when_the_server_quotes_some(registry: Settings, letters: Callable[..., int], rows_of: Rows) -> None:
    letters()

    def down(_: EmailMessage) -> dict[str, str]:
        raise MailDownError("554 relay access denied for <pipc@entidad.example> to <otra.persona@entidad.example>")

    assert send(registry, down).problems == ("554 relay access denied for <…> to <…>",)
    assert states(rows_of) == [("a", "queued", 0, "554 relay access denied for <…> to <…>")]


def test_a_letter_is_refused_when_its_text_is_gone_from_the_outbox(
    registry: Settings, letters: Callable[..., int], mail_server: MailServer, rows_of: Rows
) -> None:
    letters("sin-texto")
    (registry.outbox / "sg/TIC/execution_report/2021-M08/sin-texto/acuse.txt").unlink()
    assert len(deliver(registry).problems) == 1
    assert states(rows_of)[0][:3] == ("sin-texto", "queued", 1)
    assert mail_server.received == []


def test_the_others_go_when_a_text_of_the_outbox_cannot_be_read(
    registry: Settings, letters: Callable[..., int], mail_server: MailServer, rows_of: Rows
) -> None:
    letters("ajena")
    letters("b", dependency_code="OAP")
    text = registry.outbox / "sg/TIC/execution_report/2021-M08/ajena/acuse.txt"
    text.unlink()
    text.mkdir()
    assert deliver(registry).sent == 1
    assert [row[:3] for row in states(rows_of)] == [("ajena", "queued", 1), ("b", "sent", 0)]
    assert [to for to, _ in mail_server.received] == [[ABOVE]]
