"""A template to the bytes of its workbook; the same template always gives the same bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from zipfile import ZipFile

import xlsxwriter

from pipc_etl.contracts import Catalog
from pipc_etl.render.template.data_sheet import DataSheet
from pipc_etl.render.template.formats import Formats
from pipc_etl.render.template.instructions import SHEET, Instructions
from pipc_etl.render.template.lists import MISSING, ranges_of, write_lists
from pipc_etl.render.template.lists import SHEET as LISTS
from pipc_etl.render.template.model import Template
from pipc_etl.render.template.texts import MISSING_WORDS, options_of
from pipc_etl.render.workbook import FIXED_INSTANT

# The second sheet, by the writer's numbering.
_DATA_PART = "xl/worksheets/sheet2.xml"


def template_bytes(template: Template, catalog: Catalog) -> bytes:
    """The .xlsx that a dependency fills in."""
    buffer = io.BytesIO()
    # Merged cells are written by what they look like: the name of an activity that begins with = must not become a formula.
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    # The moment of writing would change the bytes: a template rendered again must be seen to be the same.
    workbook.set_properties({"title": template.contract.title, "subject": str(template.fingerprint), "created": FIXED_INSTANT})
    for name, value in template.fingerprint.properties().items():
        workbook.set_custom_property(name, value, "text")
    formats = Formats(workbook)
    lists = _lists(template, catalog)
    instructions = workbook.add_worksheet(SHEET)
    data = workbook.add_worksheet(template.contract.sheet_names[0])
    write_lists(workbook.add_worksheet(LISTS), lists)
    Instructions(instructions, formats, template, catalog).write()
    page = DataSheet(data, formats, template, catalog, ranges_of(lists))
    page.write()
    workbook.close()
    return _growing(buffer.getvalue(), range(page.first_row + 1, page.first_row + 1 + len(template.lines)))


def _growing(content: bytes, rows: range) -> bytes:
    """The workbook with the heights of these rows of the data sheet (from 1) as a start: programs fit them to what is typed.

    The writer can only fix a height; a fixed row would hide all but the first lines of a long description.
    """
    fixed = re.compile(rb'(<row r="(\d+)"[^>]*?) customHeight="1"')
    numbers = {str(row).encode() for row in rows}
    buffer = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as source, ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            part = source.read(entry)
            if entry.filename == _DATA_PART:
                part = fixed.sub(lambda found: found[1] if found[2] in numbers else found[0], part)
            target.writestr(entry, part)
    return buffer.getvalue()


def _lists(template: Template, catalog: Catalog) -> Mapping[str, Sequence[str]]:
    """What each drop-down offers, by column."""
    lists: dict[str, Sequence[str]] = {MISSING: MISSING_WORDS}
    for column in template.columns:
        own = tuple(choice.value for choice in template.choices.get(column.name, ()))
        offered = own or options_of(column, catalog, template.period)
        if offered:
            lists[column.name] = offered
    return lists
