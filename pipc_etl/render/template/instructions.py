"""The first sheet: what the workbook is, whose, until when, how each column is written, where it goes and what comes back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pipc_etl.contracts import Catalog
from pipc_etl.contracts.fingerprint import INSTRUCTIONS_TITLE
from pipc_etl.render.template.data_sheet import set_page
from pipc_etl.render.template.formats import INK, OPTIONAL_HEADER, PAPER, REQUIRED_HEADER, Formats
from pipc_etl.render.template.model import Template
from pipc_etl.render.template.texts import (
    OPTIONAL,
    REQUIRED,
    STATES,
    day_words,
    example_words,
    format_words,
    lines_in,
    options_of,
    period_words,
)

SHEET = "Instrucciones"
_WIDTHS = (30, 52, 44, 34, 13)
_TABLE_HEADER = ("Columna", "Qué es", "Cómo se escribe", "Ejemplo", "¿Se exige?")
_CHOICES_HEADER = ("Código", "Qué nombra")
_LINE_HEIGHT = 13.5
_BORDER = "#A6A6A6"


class Instructions:
    """Writes the instructions from top to bottom."""

    def __init__(self, sheet: Any, formats: Formats, template: Template, catalog: Catalog) -> None:
        self.sheet, self.formats, self.template, self.catalog = sheet, formats, template, catalog
        self.row = 0

    def write(self) -> None:
        for place, width in enumerate(_WIDTHS):
            self.sheet.set_column(place, place, width)
        contract = self.template.contract
        self._text(INSTRUCTIONS_TITLE, font_size=9, font_color=INK)
        self._text(contract.title, bold=True, font_size=16, font_color=INK, height=24)
        self._text(contract.description)
        self._table(list(facts(self.template)))
        self._heading("Cómo se llena")
        for number, step in enumerate(steps(self.template), 1):
            self._text(f"{number}. {step}")
        self._heading(f"Las columnas de la hoja «{contract.sheet_names[0]}»")
        self._table(list(self._columns()), header=_TABLE_HEADER)
        for name, choices in self.template.choices.items():
            if any(choice.label for choice in choices):
                self._heading(f"Qué se puede elegir en «{contract.column(name).title}»")
                self._table([(choice.value, choice.label) for choice in choices], header=_CHOICES_HEADER)
        self._heading("Qué responde el sistema")
        self._text("Recibe respuesta por cada archivo, en minutos, con cada observación en su celda y la manera de corregirla.")
        self._table(STATES)
        self._finish()

    def _columns(self) -> Iterator[Sequence[str]]:
        for column in self.template.columns:
            options = options_of(column, self.catalog, self.template.period)
            yield (
                column.title,
                column.description,
                format_words(column, options),
                example_words(column, self.catalog),
                REQUIRED if column.required else OPTIONAL,
            )

    def _heading(self, text: str) -> None:
        self.row += 1
        self._text(text, bold=True, font_size=12, font_color=INK, height=18)

    def _text(self, text: str, *, height: float | None = None, **look: object) -> None:
        """A paragraph over the whole width; merged cells do not grow by themselves, so their height is counted here."""
        style = self.formats.of(text_wrap=True, **look)
        self.sheet.merge_range(self.row, 0, self.row, len(_WIDTHS) - 1, text, style)
        self.sheet.set_row(self.row, height or _LINE_HEIGHT * lines_in(text, sum(_WIDTHS)))
        self.row += 1

    def _table(self, rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> None:
        bordered: dict[str, object] = {"text_wrap": True, "border": 1, "border_color": _BORDER}
        for place, text in enumerate(header):
            style = self.formats.of(**bordered, bold=True, bg_color=REQUIRED_HEADER, font_color=PAPER)
            self.sheet.write_string(self.row, place, text, style)
        self.row += bool(header)
        for row in rows:
            widths = [*_WIDTHS[: len(row) - 1], sum(_WIDTHS[len(row) - 1 :])]
            for place, text in enumerate(row):
                first = self.formats.of(**bordered, bold=True, bg_color=OPTIONAL_HEADER, font_color=INK)
                style = first if place == 0 else self.formats.of(**bordered)
                if place == len(row) - 1 and len(row) < len(_WIDTHS):
                    self.sheet.merge_range(self.row, place, self.row, len(_WIDTHS) - 1, text, style)
                else:
                    self.sheet.write_string(self.row, place, text, style)
            self.sheet.set_row(self.row, _LINE_HEIGHT * max(lines_in(text, width) for text, width in zip(row, widths, strict=True)))
            self.row += 1

    def _finish(self) -> None:
        self.sheet.protect("", {"format_columns": True, "format_rows": True})
        self.sheet.hide_gridlines(2)
        set_page(self.sheet, str(self.template.fingerprint), wide=False)


def facts(template: Template) -> Iterator[tuple[str, str]]:
    """Whose it is, for when, and where it goes."""
    who, period, contract = template.addressee, template.period, template.contract
    if who:
        yield "De quién es", " · ".join(filter(None, (who.dependency, who.entity_name)))
    if period:
        yield "De qué período", period_words(period)
    if template.due_on:
        yield "Hasta cuándo", f"El {day_words(template.due_on)} (día hábil {contract.due_business_day} después del período)"
    if template.plan:
        name = f"{template.plan.name} ({template.plan.plan_code})" if template.plan.name else template.plan.plan_code
        yield "De qué plan", f"{name}, versión {template.plan.version}"
    yield "Dónde se entrega", landing_place(template)
    yield "Versión del formato", f"{contract.kind} {contract.version}"


def landing_place(template: Template) -> str:
    """The folder of the delivery; a template of a whole year serves every period inside it, where the kind is handed in by periods."""
    who, period = template.addressee, template.period
    entity, dependency = (who.entity_code, who.dependency_code) if who else ("<entidad>", "<dependencia>")
    folder = f"{entity}/{dependency}/{template.contract.kind}/{period.code if period else '<período>'}/"
    contract = template.contract
    is_by_period = "period_code" in contract.submission_key or contract.flow == "form_responses"
    if period and len(period.code) == 4 and is_by_period:
        return f"{folder}, o la carpeta del mes que reporta, por ejemplo {period.code}-M08"
    return folder


def steps(template: Template) -> Iterator[str]:
    """What to do, in order: the advice of the kind, then what holds for every template."""
    sheet = template.contract.sheet_names[0]
    if template.asks_whether_empty:
        yield (
            f"¿No hubo nada que reportar? En la hoja «{sheet}» elija Sí en «{template.contract.empty_declaration}», "
            "guarde y entregue. Eso es todo."
        )
    yield f"Escriba en la hoja «{sheet}», debajo de los encabezados, sin cambiarlos. Una fila por {template.contract.grain}."
    if template.lines:
        yield "Las celdas grises ya vienen llenas y no se cambian. Si algo en ellas está mal, avise a la oficina de planeación."
    yield from template.advice
    yield "Donde la celda muestra una flecha, elija de la lista. Encabezado oscuro: dato obligatorio; si falta, la celda se ve amarilla."
    yield "Fechas: 31/08/2021. Números: 1234,5. Deje vacío lo que no se sabe todavía; 0 solo si de verdad fue cero; N/A si no aplica."
    yield "Puede agregar filas hacia abajo y cambiar el ancho de las columnas. La hoja está protegida sin contraseña: solo evita descuidos."
    yield "Antes de entregar puede revisarlo con «pipc check». Guárdelo como .xlsx (Excel) u .ods (LibreOffice) y déjelo en su carpeta."
