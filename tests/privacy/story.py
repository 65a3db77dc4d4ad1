"""A person who left traces everywhere, and the search for what is left of them."""

from __future__ import annotations

import html
import io
import re
import shutil
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import ZipFile, is_zipfile

import openpyxl
from openpyxl.comments import Comment
from sqlalchemy import Engine, text

from pipc_etl.answers.answering import answer_pending
from pipc_etl.contracts import Catalog
from pipc_etl.privacy.keeping_out import keep_out
from pipc_etl.settings import Settings
from pipc_etl.warehouse.ingest import Outcome, ingest_paths
from tests.warehouse.conftest import Sender

Row = dict[str, object]
NAME, NUMBER, EMAIL, PHONE = "Luz Marina Peña", "52345678", "luz.pena@ejemplo.co", "3001234567"
LUZ: Row = {
    "full_name": NAME, "document_number": "52.345.678", "email": "Luz.Pena@Ejemplo.co", "phone": "300 123 4567", "sex": "Mujer",
    "age": "34", "organization": "Fundación de Luz", "position": "Presidenta", "neighbourhood": "Manitas", "session_code": "SG23-DC1",
}  # fmt: skip
JUAN: Row = {
    "full_name": "Juan Pérez", "document_number": "79111222", "email": "juan@ejemplo.co", "phone": "3109998877", "sex": "Hombre",
    "age": "40", "session_code": "SG23-DC1",
}  # fmt: skip
ROSA: Row = {"full_name": "Rosa Gil", "document_number": "41000111", "sex": "Mujer", "age": "61", "session_code": "SG23-DC1"}
# What stands in texts of any kind, folded and without separators.
_FOLDED = ("luz marina pena", "luz.pena@ejemplo.co", "52345678", "3001234567", "fundacion de luz")


@dataclass
class Story:
    """An installation of its own and what was sent into it."""

    settings: Settings
    catalog: Catalog
    sender: Sender
    owner: Engine

    def take(self, *paths: Path) -> list[Outcome]:
        """As `pipc ingest` does it."""
        outcomes = ingest_paths(paths, self.settings)
        assert [outcome.error for outcome in outcomes if outcome.error] == []
        keep_out(self.settings)
        answered = answer_pending(self.settings)
        assert answered.failures == ()
        return outcomes

    def rows(self, query: str, **params: object) -> list[tuple[object, ...]]:
        with self.owner.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), params)]

    def counts(self) -> list[tuple[object, ...]]:
        """Attendances, persons and responses as the facts have them."""
        return self.rows(
            "select session_code, count(*), sum(attendance_qty), sum(form_rows), count(distinct person_key), "
            "count(*) filter (where sex = 'woman'), sum(age) from marts.fct_attendance group by 1 order by 1"
        )

    def environment(self) -> dict[str, str]:
        folders = {
            "PIPC_HOME": "home",
            "PIPC_LANDING": "landing",
            "PIPC_ARCHIVE": "archive",
            "PIPC_OUTBOX": "outbox",
            "PIPC_PICKUP": "pickup",
        }
        given = {name: str(getattr(self.settings, field)) for name, field in folders.items()}
        return given | {"PIPC_WAREHOUSE_URL": str(self.settings.warehouse_url)}


def own_home(settings: Settings, folder: Path) -> Settings:
    """The same warehouse under a home of its own, whose secrets are those of the server."""
    shutil.copytree(settings.secrets, folder / "secrets")
    (folder / "landing").mkdir(exist_ok=True)
    return replace(
        settings,
        home=folder,
        secrets=folder / "secrets",
        pickup=folder / "pickup",
        publications=folder / "publications",
        **{name: folder / name for name in ("landing", "archive", "outbox")},
    )


def session_file(sender: Sender) -> Path:
    rows: list[Row] = [
        {
            "session_code": "SG23-DC1", "title": "Diálogo ciudadano", "space_type": "Diálogo ciudadano", "session_on": "30/06/2023",
            "session_status": "Realizada", "modality": "Presencial", "instance_name": "Red CADE",
        }
    ]  # fmt: skip
    return sender.put("secretaria-general/OAP/session/2023-M06/sesiones.csv", rows)


def workbook(sender: Sender) -> Path:
    """A form's export as a workbook: numbers as numbers, a comment, properties, a second sheet, a shared text of two persons."""
    path = sender.landing / "secretaria-general/OAP/attendance_form/2023/Taller (respuestas).xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    book.properties.creator = NAME
    sheet = book.active
    sheet.title = "Form1"
    system = ["Id", "Hora de inicio", "Hora de finalización", "Correo electrónico", "Nombre"]
    asked = ["Código del evento", "¿Autoriza el tratamiento de sus datos personales?", "Número de documento", "Tipo de documento"]
    sheet.append([*system, *asked, "Edad", "Dirección"])
    sheet.append([1, "30/06/2023 8:00", "30/06/2023 8:05", EMAIL, NAME, "SG23-DC1", "Sí", 52345678, "Cédula de ciudadanía", 34, "Calle 1"])
    sheet.append(
        [2, "30/06/2023 8:01", "30/06/2023 8:06", "otra@ejemplo.co", "Otra Persona", "SG23-DC1", "Sí", 99888777, "CC", 20, "Calle 2"]
    )
    sheet["A2"].comment = Comment(f"Llamar a {NAME}, 300-123-4567", "Ana")
    book.create_sheet("Notas").append([f"Confirmó {NAME.upper()} ({EMAIL})"])
    book.save(path)
    return path


def evaluation(sender: Sender) -> Path:
    """Microsoft writes who was signed in, in columns that the contract does not have."""
    path = sender.landing / "secretaria-general/OAP/evaluation_form/2023/Evaluación.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "Id;Hora de inicio;Hora de finalización;Correo electrónico;Nombre;Código del evento;"
        "¿Cómo califica la organización del espacio?;¿Qué le gustó?\r\n"
        f"1;30/06/2023 11:00;30/06/2023 11:05;{EMAIL};{NAME};SG23-DC1;5;Todo. Soy Luz Marina Pena, 300 1234567\r\n"
        "2;30/06/2023 11:00;30/06/2023 11:06;anonymous;;SG23-DC1;4;«La claridad»\r\n",
        encoding="cp1252",
        newline="",
    )
    return path


def traces(sender: Sender) -> list[Path]:
    """Every file of the story but the cumulative ones that come later."""
    bad: Row = LUZ | {"age": "300", "email": "luz.pena@ejemplo.co"}
    apart = LUZ | {"email": "luz.pena ejemplo", "response_id": "9"}
    return [
        sender.registry(),
        session_file(sender),
        sender.responses(LUZ, JUAN),
        workbook(sender),
        # Set apart: an age that nobody has; the e-mail is no address, and its mask is in a finding.
        sender.responses(apart, JUAN | {"age": "300"}, ROSA, ROSA | {"document_number": "5"}, name="Apartadas.csv"),
        sender.responses(bad, name="Devuelta.csv"),
        evaluation(sender),
        sender.plan(),
        sender.report(evidence=f"Taller con {NAME}, tel. +57 300 123 45 67"),
        sender.responses(LUZ | {"consent": "No", "submitted_at": "30/06/2023 17:00:00"}, name="Sin autorización.csv"),
    ]  # fmt: skip


def said(text_: str) -> list[str]:
    """Which of the person's spellings stand in a text."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", html.unescape(text_).casefold()) if not unicodedata.combining(c))
    digits = re.sub(r"(?<=\d)[\s.,()-]{1,2}(?=\d)", "", plain)
    return [spelling for spelling in _FOLDED if spelling in plain or spelling in digits]


def in_files(settings: Settings) -> Iterator[tuple[str, str]]:
    """(file, spelling) for what is left in any file of the installation, packages opened."""
    folders = (settings.home, settings.archive, settings.landing, settings.outbox, settings.pickup, settings.publications)
    for path in sorted({path for folder in folders if folder.exists() for path in folder.rglob("*") if path.is_file()}):
        if path.is_relative_to(settings.secrets):
            continue
        content = path.read_bytes()
        texts = [content]
        if is_zipfile(io.BytesIO(content)):
            with ZipFile(io.BytesIO(content)) as package:
                texts += [package.read(name) for name in package.namelist()]
        for one in texts:
            for encoding in ("utf-8", "cp1252", "utf-16-le"):
                yield from ((str(path.relative_to(settings.home)), spelling) for spelling in said(one.decode(encoding, "ignore")))


def in_tables(story: Story) -> Iterator[tuple[str, str]]:
    """(table, spelling) for what is left in any column of any table or view's own rows, in every schema."""
    tables = story.rows(
        "select relnamespace::regnamespace::text || '.' || quote_ident(relname) from pg_class where relkind in ('r', 'm', 'p') "
        "and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast')"
    )
    assert len(tables) > 60
    for (table,) in tables:
        for (row,) in story.rows(f"select t::text from {table} as t"):
            yield from ((str(table), spelling) for spelling in said(str(row)))
