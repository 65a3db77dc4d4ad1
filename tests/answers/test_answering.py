"""Every file gets its answer, good or bad: number, hash, rows, state, due day, and what changed since the file before."""

from __future__ import annotations

import hashlib
import io
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipc_etl.answers import letters
from pipc_etl.answers.answering import Answered, answer_pending, answer_review
from pipc_etl.answers.letters import Letter
from pipc_etl.orchestration.mail import SmtpDelivery
from pipc_etl.settings import Settings
from pipc_etl.warehouse import reviews
from pipc_etl.warehouse.engine import role_engine
from pipc_etl.warehouse.ingest import ingest_paths
from tests.mail_server import MailServer
from tests.warehouse.conftest import Sender

pytestmark = pytest.mark.timeout(300)
Rows = Callable[..., list[tuple[Any, ...]]]
PLACE = "secretaria-general/TIC/execution_report/2021-M05"
OBLIGATION = reviews.Obligation("secretaria-general", "TIC", "execution_report", "2021-M05")


@pytest.fixture(scope="module")
def arrivals(answering: Settings, sender: Sender, rows_of: Rows) -> dict[str, Path]:
    """Ten arrivals of every sort, taken in and answered; their folders in the outbox by name."""
    paths = {
        "registry": sender.registry(),
        "plan": sender.plan(),
        "first": sender.report(name="mayo.csv", evidence="", executed_qty=0),
        "corrected": sender.report(name="mayo corregido.csv", evidence="", executed_qty=1),
        "again": sender.report(name="mayo corregido (1).csv", evidence="", executed_qty=1),
        "unreadable": written(answering.landing / PLACE / "mayo.xlsx", "PK\x03\x04 y nada más"),
        "returned": written(answering.landing / PLACE / "sin columna.csv", "Código del plan;Código de la actividad\nPIPC;TIC-1\n"),
        "misplaced": written(answering.landing / "secretaria-general/TIC/informes/mayo/informe.csv", "a;b\n1;2\n"),
        "unregistered": sender.put("secretaria-general/NADIE/execution_report/2021-M05/mayo.csv", [{"plan_code": "PIPC"}]),
        "form": sender.responses(
            {"document_number": "52345678", "full_name": "Ana Rojas", "email": "ana.rojas@correo.example", "sex": "Marciano"},
            {"document_number": "79888777", "full_name": "Luis Paz", "email": "luis.paz@correo.example"},
        ),
    }
    outcomes = ingest_paths(paths.values(), answering)
    assert [outcome.error for outcome in outcomes] == [None] * 10
    assert answer_pending(answering) == Answered(10, ())
    folders = dict(
        rows_of(
            "select coalesce(e.note, s.landing_path), a.folder from audit.answer as a "
            "inner join audit.submission_event as e using (event_id) inner join audit.submission as s on a.submission_id = s.submission_id"
        )
    )
    return {name: answering.outbox / folders[str(path.relative_to(answering.landing))] for name, path in paths.items()}


def written(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def told(folder: Path) -> str:
    return (folder / "acuse.txt").read_text(encoding="utf-8")


def test_every_arrival_has_one_answer_when_all_were_taken_in(arrivals: dict[str, Path], answering: Settings, rows_of: Rows) -> None:
    assert len(arrivals) == 10
    assert rows_of("select count(*) from audit.submission_event where state in ('received', 'duplicate')") == [(10,)]
    assert rows_of("select count(*), count(distinct letter_key) from audit.letter where purpose = 'acknowledgement'") == [(10, 10)]
    for folder in arrivals.values():
        assert {"acuse.txt", "acuse.html"} <= {path.name for path in folder.iterdir()}
    files = [path for path in answering.outbox.rglob("*") if path.is_file()]
    assert len(files) >= 20
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert answer_pending(answering) == Answered(0, ())


def test_the_letter_says_number_time_hash_rows_and_due_day_when_a_file_is_accepted(arrivals: dict[str, Path], rows_of: Rows) -> None:
    ((number, sha256),) = rows_of("select submission_id, sha256 from audit.submission where file_name = 'mayo corregido.csv'")
    letter = told(arrivals["corrected"])
    assert letter.startswith(f"ACUSE DE RECIBO {number}: ACEPTADO CON OBSERVACIONES\n")
    assert arrivals["corrected"].name == str(number)
    for line in (
        "Reporte mensual de ejecución, mayo de 2021",
        "Oficina TIC · Secretaría General",
        f"Número: {number}",
        "Archivo: mayo corregido.csv",
        f"Carpeta: {PLACE}/mayo corregido.csv",
        f"Huella (SHA-256): {sha256}",
        "Filas: 1 leída, 1 aceptada, 0 apartadas, 0 ya conocidas",
    ):
        assert line in letter.splitlines(), line
    assert "(hora de Bogotá)" in letter
    # The fifth business day of June 2021; the obligation was met by the first file that was accepted, years later.
    assert "Fecha límite: martes 8 de junio de 2021. Cumplida con " in letter
    assert "Entró completo. Revise las celdas señaladas" in letter


def test_solved_remaining_and_new_are_told_when_the_file_is_corrected(arrivals: dict[str, Path], rows_of: Rows) -> None:
    ((first,), (corrected,)) = rows_of(
        "select submission_id from audit.submission where file_name in ('mayo.csv', 'mayo corregido.csv') "
        "and dependency_code = 'TIC' order by submission_id"
    )
    assert f"FRENTE A LA ENTREGA {first}, DEL " in told(arrivals["corrected"])
    assert "Resueltas: 1. Siguen: 0. Nuevas: 1." in told(arrivals["corrected"])
    assert "* Resuelta: " in told(arrivals["corrected"])
    assert "Faltan unidades del mes sin justificar" in told(arrivals["corrected"])
    assert "* Advertencia (nueva), " in told(arrivals["corrected"])
    assert rows_of(
        "select previous_submission_id, solved_qty, remaining_qty, new_qty from audit.answer where submission_id = :id "
        "order by event_id limit 1",
        id=corrected,
    ) == [(first, 1, 0, 1)]
    keys = rows_of(
        "select distinct row_key from audit.finding where submission_id in (:first, :corrected)", first=first, corrected=corrected
    )
    assert keys == [("PIPC|TIC-1|01/05/2021|",)]


def test_the_workbook_is_in_the_folder_when_there_is_something_to_mark(arrivals: dict[str, Path], rows_of: Rows) -> None:
    book = openpyxl.load_workbook(arrivals["corrected"] / "mayo corregido - revisado.xlsx")
    assert book.sheetnames[0] == "Pendientes"
    assert rows_of("select attachments from audit.letter where folder like '%/TIC/%' and subject like '%observaciones%'") == [
        (["mayo - revisado.xlsx"],),
        (["mayo corregido - revisado.xlsx"],),
    ]
    assert "«mayo corregido - revisado.xlsx» es su archivo con las celdas señaladas" in told(arrivals["corrected"])
    for name in ("plan", "again", "unreadable", "misplaced"):
        assert list(arrivals[name].glob("*.xlsx")) == [], name


def test_nothing_is_asked_for_when_the_same_bytes_come_again(arrivals: dict[str, Path]) -> None:
    letter = told(arrivals["again"])
    assert ": REPETIDO\n" in letter
    assert "Es igual al que ya estaba recibido: no cambia nada" in letter
    assert "Recibido la primera vez:" in letter
    assert "OBSERVACIONES" not in letter
    assert arrivals["again"].parent == arrivals["corrected"], "beside the answer to the file itself"


@pytest.mark.parametrize(
    ("name", "state", "says"),
    [
        ("unreadable", "ILEGIBLE", "guárdelo de nuevo como libro de Excel (.xlsx), sin contraseña"),
        ("returned", "DEVUELTO", "No entró ningún dato. Corrija lo señalado y entregue de nuevo el archivo completo"),
        ("misplaced", "DEVUELTO", "su carpeta no dice qué entrega es"),
        ("unregistered", "DEVUELTO", "que no está en el registro de la entidad"),
        ("plan", "ACEPTADO", "Entró completo. No tiene que hacer nada más."),
    ],
)
def test_the_letter_says_what_to_do_when_a_file_has_another_fate(arrivals: dict[str, Path], name: str, state: str, says: str) -> None:
    letter = told(arrivals[name])
    assert f": {state}\n" in letter
    assert says in letter
    html = (arrivals[name] / "acuse.html").read_text(encoding="utf-8")
    assert state.capitalize() in html


def test_nothing_is_said_to_be_solved_when_the_new_file_could_not_be_read(arrivals: dict[str, Path]) -> None:
    assert "Resueltas: 0. Siguen: 0. Nuevas: 1." in told(arrivals["unreadable"])
    # Of the file before it nothing is known but that it could not be opened.
    assert "Resueltas: 1. Siguen: 0." in told(arrivals["returned"])
    for name in ("unreadable", "returned"):
        assert "no se sabe si las demás observaciones se resolvieron" in told(arrivals[name])


def test_the_planning_office_hears_of_it_when_a_file_belongs_to_nobody(arrivals: dict[str, Path], rows_of: Rows) -> None:
    assert rows_of("select recipient_roles from audit.letter where folder like '%/informes/%' or folder like '%/NADIE/%'") == [
        (["contact", "planning_office"],),
        (["contact", "planning_office"],),
    ]


def test_no_person_travels_by_mail_when_a_form_is_answered(arrivals: dict[str, Path], rows_of: Rows) -> None:
    folder = arrivals["form"]
    whole, listed = folder / "Asistencia diálogo - revisado.xlsx", folder / "Asistencia diálogo - pendientes.xlsx"
    assert "52345678" in everything_in(whole), "the whole file stays in the outbox"
    mailed = told(folder) + (folder / "acuse.html").read_text(encoding="utf-8") + everything_in(listed)
    for secret in ("52345678", "79888777", "Ana Rojas", "Luis Paz", "ana.rojas@correo.example"):
        assert secret not in mailed
    assert rows_of("select attachments from audit.letter where kind = 'attendance_form'") == [([listed.name],)]
    assert "su archivo no viaja por correo" in told(folder)


def everything_in(path: Path) -> str:
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert len(cells) > 5
    return "\n".join(f"{cell.value} {cell.comment.text if cell.comment else ''}" for cell in cells)


def test_no_address_stands_in_the_ledger_when_letters_are_queued(arrivals: dict[str, Path], rows_of: Rows) -> None:
    written = rows_of("select l::text || a::text from audit.letter as l cross join audit.answer as a")
    assert len(written) == 100
    assert not any("@" in text for (text,) in written)


def test_senders_get_their_letter_when_the_mail_goes_out(arrivals: dict[str, Path], answering: Settings, mail_server: MailServer) -> None:
    with SmtpDelivery() as deliver:
        sending = letters.send(answering, deliver)
    assert (sending.sent, sending.problems) == (10, ())
    by_subject = {mail["Subject"].split(" · ", 1)[1]: mail for _, mail in mail_server.received}
    mail = by_subject["Aceptado con observaciones · Formulario de asistencia, vigencia 2023"]
    (attachment,) = mail.iter_attachments()
    book = openpyxl.load_workbook(io.BytesIO(attachment.get_content()))
    assert book.sheetnames == ["Pendientes"]
    assert {to for tos, _ in mail_server.received for to in tos} == {"pipc@ejemplo.gov.co"}


def fork(task: Callable[[], object]) -> int:
    """Run `task` in a fork; its exit code, -9 if it was killed."""
    child = os.fork()
    if child == 0:
        try:
            task()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_there_is_one_answer_when_the_process_is_killed_and_two_run_again(
    arrivals: dict[str, Path], answering: Settings, sender: Sender, rows_of: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    (outcome,) = ingest_paths([sender.report("OAP", evidence="")], answering)
    number, queue = outcome.submission_id, letters.queue
    answers = "select count(*) from audit.answer where submission_id = :id"

    def die_after(connection: Any, settings: Settings, letter: Letter) -> int:
        queue(connection, settings, letter)
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    with monkeypatch.context() as patch:
        patch.setattr(letters, "queue", die_after)
        assert fork(lambda: answer_pending(answering)) == -signal.SIGKILL
    folder = answering.outbox / "secretaria-general/OAP/execution_report/2021-M05" / str(number)
    assert (folder / "acuse.txt").is_file(), "it was killed after the outbox was written"
    assert rows_of(answers, id=number) == [(0,)]
    with ThreadPoolExecutor(2) as together:
        both = [together.submit(answer_pending, answering) for _ in range(2)]
    assert sum(run.result().answered for run in both) == 1
    assert [run.result().failures for run in both] == [(), ()]
    assert rows_of(answers, id=number) == [(1,)]
    assert rows_of("select count(*) from audit.letter where submission_id = :id", id=number) == [(1,)]


def test_the_others_are_answered_when_one_answer_fails(
    arrivals: dict[str, Path], answering: Settings, sender: Sender, rows_of: Rows
) -> None:
    blocked = answering.outbox / "secretaria-general/OAP/session"
    blocked.write_bytes(b"a file where a folder must be")
    bad = answering.landing / "secretaria-general/OAP/session/2021-M05/sesiones.csv"
    bad.parent.mkdir(parents=True)
    bad.write_text("x\n", encoding="utf-8")
    ingest_paths([bad, sender.report("OAP", name="otra.csv", evidence="b.pdf")], answering)
    answered = answer_pending(answering)
    assert answered.answered == 1
    assert len(answered.failures) == 1
    assert "FileExistsError" in answered.failures[0] or "NotADirectoryError" in answered.failures[0]
    blocked.unlink()
    assert answer_pending(answering) == Answered(1, ())


def test_nothing_is_mailed_when_the_time_of_arrival_is_simulated(
    arrivals: dict[str, Path], answering: Settings, sender: Sender, rows_of: Rows
) -> None:
    path = sender.report("OAP", name="simulado.csv", evidence="c.pdf")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    rows_of("insert into audit.simulated_receipt (sha256, received_at) values (:sha, '2021-06-02 10:00-05')", sha=sha256)
    (outcome,) = ingest_paths([path], answering)
    assert answer_pending(answering).answered == 1
    assert rows_of("select state, is_reconstruction, error from audit.letter where submission_id = :id", id=outcome.submission_id) == [
        ("withheld", True, "reconstrucción: no se envía")
    ]
    folder = answering.outbox / "secretaria-general/OAP/execution_report/2021-M05" / str(outcome.submission_id)
    assert "Esta entrega es una reconstrucción" in told(folder)
    assert "Fecha límite: martes 8 de junio de 2021. Cumplida a tiempo." in told(folder)


def test_the_dependency_hears_what_was_decided_when_the_office_returns_its_file(
    arrivals: dict[str, Path], answering: Settings, mail_server: MailServer, rows_of: Rows
) -> None:
    engine = role_engine(answering, "loader")
    note = reviews.Note("Adjunte el acta firmada", activity_code="TIC-1")
    with engine.begin() as connection:
        decision = reviews.record(connection, OBLIGATION, "return", "ana.planeacion", "Falta el acta", [note])
    engine.dispose()
    letter_id = answer_review(answering, decision.obligation_event_id)
    assert answer_review(answering, decision.obligation_event_id) == letter_id
    assert answer_pending(answering) == Answered(0, ())
    with SmtpDelivery() as deliver:
        letters.send(answering, deliver)
    mail = next(mail for _, mail in mail_server.received if mail["Message-ID"].startswith(f"<carta-{letter_id}."))
    assert mail["Subject"] == "Devuelto por la oficina de planeación · Reporte mensual de ejecución, mayo de 2021"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Razón: Falta el acta" in body.get_content()
    assert "* Actividad TIC-1: Adjunte el acta firmada" in body.get_content()
    (attachment,) = mail.iter_attachments()
    book = openpyxl.load_workbook(io.BytesIO(attachment.get_content()))
    assert any("Adjunte el acta firmada" in str(cell.value) for row in book["Pendientes"].iter_rows() for cell in row)


def test_a_decision_is_told_all_the_same_when_its_command_died_before(
    arrivals: dict[str, Path], answering: Settings, rows_of: Rows
) -> None:
    """`pipc review` was killed between the decision and its letter: the next run finds it."""
    waived = reviews.Obligation("secretaria-general", "TIC", "execution_report", "2021-M11")
    engine = role_engine(answering, "loader")
    with engine.begin() as connection:
        decision = reviews.record(connection, waived, "waive", "ana.planeacion", "No había nada programado")
    engine.dispose()
    assert answer_pending(answering) == Answered(1, ())
    ((key, folder, attachments),) = rows_of("select letter_key, folder, attachments from audit.letter where period_code = '2021-M11'")
    assert key == f"review|{decision.obligation_event_id}"
    assert attachments == []
    text = (answering.outbox / folder / "revision.txt").read_text(encoding="utf-8")
    assert "REVISIÓN DE LA OFICINA DE PLANEACIÓN: EXIMIDO" in text
    assert "No tiene que entregar nada por este período." in text
