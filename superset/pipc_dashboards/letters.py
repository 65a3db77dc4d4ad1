"""The e-mail that carries a picture: Spanish words, and parts that every mail program understands."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage, Message
from email.policy import SMTP
from html import escape, unescape
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

_LOCALE = "es_CO"
_OFFICE = ZoneInfo("America/Bogota")
# smtplib sends text as ASCII.
_POLICY = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True)
class Letter:
    """What is said of a dashboard's picture of this moment; `filters` are (name, value as shown)."""

    title: str
    slug: str
    address: str
    filters: tuple[tuple[str, str], ...]
    moment: datetime

    @property
    def subject(self) -> str:
        chosen = dict(self.filters)
        year, period = chosen.get("Vigencia"), chosen.get("Período")
        period = period if not year or (period and year in period) else f"{period} de {year}" if period else year
        return f"{self.title}{f', {period}' if period else ''} ({self._date})"

    @property
    def file_name(self) -> str:
        return f"{self.slug}_{self.moment.astimezone(_OFFICE):%Y-%m-%d}"

    @property
    def html(self) -> str:
        """Paragraphs for the body; Superset adds the link to the dashboard below them."""
        paragraphs = [f"Este es el tablero <b>{escape(self.title)}</b> como estaba el {self._moment} (hora de Bogotá)."]
        if self.filters:
            chosen = "<br>".join(f"{escape(name)}: <b>{escape(value)}</b>" for name, value in self.filters)
            paragraphs.append(f"Lo que muestra:<br>{chosen}")
        paragraphs.append("Debajo de cada gráfico se dice cómo leerlo, de dónde sale y hasta qué fecha cuenta.")
        paragraphs.append(
            "Para cambiar los filtros o bajar los datos, abra el tablero. Este correo es automático; no hace falta responderlo."
        )
        return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)

    def headings(self, tabs: list[str]) -> list[tuple[str, list[str]]]:
        """For each page of the picture a title and the lines below it."""
        chosen = " · ".join(f"{name}: {value}" for name, value in self.filters)
        pages = []
        for number, tab in enumerate(tabs or [""], 1):
            page = f" · Página {number} de {len(tabs)}" if len(tabs) > 1 else ""
            pages.append((f"{self.title}{f': {tab}' if tab else ''}", [*([chosen] if chosen else []), f"Imagen del {self._moment}{page}"]))
        return pages

    @property
    def _moment(self) -> str:
        time = format_time(self.moment.astimezone(_OFFICE), "short", locale=_LOCALE)
        return f"{self._date}, {time}"

    @property
    def _date(self) -> str:
        return format_date(self.moment.astimezone(_OFFICE), "d 'de' MMMM 'de' y", locale=_LOCALE)

    def compose(self, made: Message, **_header_data: Any) -> EmailMessage:
        """Superset's message with its parts in their places: it sends a PDF as bytes of no type in a part that programs do not list."""
        parts = [part for part in made.walk() if not part.is_multipart()]
        html = next(part for part in parts if part.get_content_type() == "text/html").get_payload(decode=True).decode()
        message = EmailMessage(policy=_POLICY)
        for name in ("From", "To", "Date"):
            message[name] = str(made[name])
        message["Subject"] = self.subject
        message["Content-Language"] = "es-CO"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(_plain(html))
        message.add_alternative(html, subtype="html")
        body = message.get_payload()[1]
        images = [part for part in parts if part.get_content_maintype() == "image"]
        for number, image in enumerate(images, 1):
            name = f"{self.file_name}{f'_{number}' if len(images) > 1 else ''}.png"
            body.add_related(image.get_payload(decode=True), "image", "png", cid=image["Content-ID"], filename=name, disposition="inline")
        for document in (part for part in parts if part.get_content_maintype() == "application"):
            message.add_attachment(document.get_payload(decode=True), "application", "pdf", filename=f"{self.file_name}.pdf")
        return message


def first_values(json_metadata: str | None) -> tuple[tuple[str, str], ...]:
    """(name, value) of the dashboard's filters that have a first value: what its picture shows."""
    found = []
    for each in json.loads(json_metadata or "{}").get("native_filter_configuration", []):
        value = each.get("defaultDataMask", {}).get("filterState", {}).get("value")
        if value:
            found.append((each["name"], ", ".join(map(str, value if isinstance(value, list) else [value]))))
    return tuple(found)


def _plain(html: str) -> str:
    """The text of the body with its links written out."""
    body = html.partition("<body>")[2].partition("</body>")[0]
    body = re.sub(r'<a href="([^"]*)">(.*?)</a>', r"\2: \1", body)
    body = re.sub(r"<(br|/p|/div)\s*/?>", "\n", body)
    text = unescape(re.sub(r"<[^>]+>", "", body))
    return re.sub(r"\n\s*\n+", "\n\n", "\n".join(map(str.strip, text.splitlines()))).strip() + "\n"
