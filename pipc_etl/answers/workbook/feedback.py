"""From a file and its review to the workbook that its sender gets back; whatever the file is, there is an answer."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from zipfile import BadZipFile

from pipc_etl.answers.review import Review
from pipc_etl.answers.workbook.editing import Editing
from pipc_etl.answers.workbook.items import Locate, Target, nowhere, pending, solved
from pipc_etl.answers.workbook.marks import marks_of
from pipc_etl.answers.workbook.package import Package
from pipc_etl.answers.workbook.page import Circumstances, pending_page
from pipc_etl.answers.workbook.places import Box, boxes
from pipc_etl.answers.workbook.rebuilt import EXCERPT, empty_workbook, excerpt, fits, plain_workbook
from pipc_etl.contracts import Catalog, Finding
from pipc_etl.intake.batch import open_book
from pipc_etl.intake.cells import RawWorkbook
from pipc_etl.intake.reader import ReaderPool

_log = logging.getLogger(__name__)
_SUFFIX = " - revisado"
_MOST_UNPACKED = 256 * 1024**2
_MOST_EXCERPT = 100_000

_AS_IT_CAME = (
    "Corrija en las hojas de este mismo libro las celdas señaladas (traen un comentario) y entréguelo completo en la misma carpeta. "
    "Esta hoja y las marcas no se leen: puede dejarlas."
)
_REBUILT = "El archivo llegó en otro formato ({suffix}); aquí están sus datos, en las mismas celdas. "
_PLAIN = "El libro no se pudo marcar tal como llegó; aquí están sus datos, en las mismas celdas, sin su formato. "
_EXCERPT = (
    "El archivo es muy grande para devolverlo entero: en la hoja «Filas señaladas» están las filas con observaciones, para consultarlas. "
    "Corrija en su archivo original y entréguelo completo en la misma carpeta."
)
_ALONE = "Este libro trae solo la lista; corrija en su archivo original y entréguelo completo en la misma carpeta."
_NOTHING = "No hay que hacer nada más con este archivo."


@dataclass(frozen=True)
class Feedback:
    """The workbook to hand back; `form` tells how much of the file is in it, `commented` how many cells carry a comment."""

    name: str
    content: bytes
    form: str  # edited: the file itself; rebuilt: its values; excerpt: the rows with findings; alone: the list only
    commented: int


def feedback_workbook(
    source: Path, file_name: str, review: Review, catalog: Catalog, pool: ReaderPool, bulk_bytes: int, *, pending_only: bool = False
) -> Feedback:
    """The answer to the file at `source`, which its sender called `file_name`.

    An .xlsx or .xlsm comes back itself, marked; other formats, and packages that cannot be edited, as a plain .xlsx with the same
    cells; delimited files of `bulk_bytes` and more, and what no workbook can hold, with the rows of `review` only; an unreadable file, or
    with `pending_only`, as *Pendientes* alone.
    """
    if pending_only:
        return _alone(file_name, review)
    edited = _edited(source, file_name, review)
    if edited is not None:
        return edited
    if _is_large(source, bulk_bytes):
        return _excerpt(file_name, review)
    book = open_book(source, catalog, pool, file_name)
    if isinstance(book, Finding):
        return _alone(file_name, review)
    try:
        return _rebuilt(book, source, file_name, review) if fits(book) else _excerpt(file_name, review)
    except Exception as error:  # noqa: BLE001 - an answer without the sender's cells is better than none, run after run
        _log.error("a file cannot be rebuilt and is answered with its list alone: %s", type(error).__name__)
        return _alone(file_name, review)


def feedback_name(file_name: str, *, has_macros: bool = False) -> str:
    """`reporte.xls` -> `reporte - revisado.xlsx`; the answer to an answer is called as the answer."""
    stem = re.sub(rf"(?:{re.escape(_SUFFIX)}(?: \(\d+\))?)+$", "", PurePath(file_name).stem)
    return f"{stem or 'archivo'}{_SUFFIX}{'.xlsm' if has_macros else '.xlsx'}"


def _is_large(source: Path, bulk_bytes: int) -> bool:
    with source.open("rb") as file:
        is_package = file.read(2) == b"PK"
    if not is_package:
        return source.stat().st_size >= bulk_bytes
    try:
        return Package(source).unpacked_bytes > _MOST_UNPACKED
    except BadZipFile:
        return False  # and not readable either, as opening it will tell


def _edited(source: Path, file_name: str, review: Review) -> Feedback | None:
    """The package itself with its marks; None where it is no package of Excel's, or not one that can be edited."""
    with source.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":
            return None
    try:
        package = Package(source)
        if package.has("content.xml") or package.unpacked_bytes > _MOST_UNPACKED:
            return None
        return _marked(Editing(package), file_name, review, _AS_IT_CAME, "edited")
    except Exception as error:  # noqa: BLE001 - whatever is strange in a foreign package, its sender gets the rebuilt form
        # Neither the name nor the text of the error: both may name a person.
        _log.warning("a package cannot be marked as it came and is rebuilt: %s", type(error).__name__)
        return None


def _rebuilt(book: RawWorkbook, source: Path, file_name: str, review: Review) -> Feedback:
    content, names = plain_workbook(book)
    suffix = PurePath(file_name).suffix.lower()
    is_package = suffix in (".xlsx", ".xlsm")
    remark = (_PLAIN if is_package else _REBUILT.format(suffix=suffix or "sin extensión")) + _AS_IT_CAME
    return _marked(Editing(Package(content)), file_name, review, remark, "rebuilt", names)


def _marked(editing: Editing, file_name: str, review: Review, remark: str, form: str, names: Mapping[str, str] | None = None) -> Feedback:
    """Every form that has the sender's cells; `names` says what his sheets are called where that had to change."""
    items = pending(review, _locate(editing.sheets(), names or {}))
    marks = marks_of(items)
    commented = editing.mark(marks)
    page = pending_page(review, items, solved(review), Circumstances(file_name, remark if items else _NOTHING, marks.uncommented))
    name = feedback_name(file_name, has_macros=editing.has_macros)
    return Feedback(name, editing.finish(page), form, commented)


def _locate(sheets: Mapping[str, bool], names: Mapping[str, str]) -> Locate:
    def locate(sheet: str, cell: str | None, row: int | None, column: str | None) -> tuple[Target | None, Target | None]:
        name = names.get(sheet, sheet)
        if name not in sheets:
            return None, None
        marked = Target(name, boxes(cell), sheets[name])
        if marked.boxes:
            return marked, marked
        # What speaks of a row or of a sheet leads there and marks nothing.
        at = max(0, (row or 1) - 1)
        return None, Target(name, (Box(at, 0, at, 0),), sheets[name])

    return locate


def _excerpt(file_name: str, review: Review) -> Feedback:
    """*Pendientes*, and the rows that it speaks of on a sheet of their own."""
    sheet, places = excerpt(review)
    if len(sheet.rows) == 1 or len(sheet.rows) > _MOST_EXCERPT:
        return _alone(file_name, review)

    def locate(source: str, cell: str | None, row: int | None, column: str | None) -> tuple[Target | None, Target | None]:
        title = review.column_titles.get(column or "", "")
        at = places.get((source, row or 0, title)) or places.get((source, row or 0, ""))
        if at is None:
            return None, None
        target = Target(EXCERPT, (Box(*at, *at),))
        return target, target

    editing = Editing(Package(plain_workbook(RawWorkbook((sheet,)))[0]))
    items = pending(review, locate)
    marks = marks_of(items)
    commented = editing.mark(marks)
    page = pending_page(review, items, solved(review), Circumstances(file_name, _EXCERPT, marks.uncommented))
    return Feedback(feedback_name(file_name), editing.finish(page), "excerpt", commented)


def _alone(file_name: str, review: Review) -> Feedback:
    editing = Editing(Package(empty_workbook()))
    (only,) = editing.book.sheets
    items = pending(review, nowhere)
    page = pending_page(review, items, solved(review), Circumstances(file_name, _ALONE if items else _NOTHING))
    editing.book.remove(only)
    return Feedback(feedback_name(file_name), editing.finish(page), "alone", 0)
