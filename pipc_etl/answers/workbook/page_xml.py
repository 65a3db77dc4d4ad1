"""*Pendientes* as a worksheet part: every text is an inline string, so that nothing in it can become a formula."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pipc_etl.answers.workbook.markup import Dialect, attribute, content
from pipc_etl.answers.workbook.page import WIDTHS, Page, PageCell
from pipc_etl.answers.workbook.places import address
from pipc_etl.answers.workbook.styles import COLOURS
from pipc_etl.intake.cells import letter

_LONGEST_TEXT = 32_767
_TITLE_HEIGHT, _LINE_HEIGHT, _MOST_HEIGHT = 24, 13.5, 400  # points
# Of the text's size, in the font that the sheet asks for and in those that stand in for it.
_CHARACTERS_PER_WIDTH = 1.15


def page_part(page: Page, styles: dict[str, int], dialect: Dialect) -> bytes:
    """The worksheet's XML; `styles` has the index of each style in the workbook."""
    below = page.header_row + 1
    first = address(below, 0)
    return "".join(
        (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
            f'<worksheet xmlns="{dialect.main}">',
            f'<sheetPr><tabColor rgb="FF{COLOURS[page.tab][1]}"/><pageSetUpPr fitToPage="1"/></sheetPr>',
            f'<dimension ref="A1:{address(max(0, len(page.rows) - 1), len(WIDTHS) - 1)}"/>',
            '<sheetViews><sheetView showGridLines="0" tabSelected="1" workbookViewId="0">',
            f'<pane ySplit="{below}" topLeftCell="{first}" activePane="bottomLeft" state="frozen"/>',
            f'<selection pane="bottomLeft" activeCell="{first}" sqref="{first}"/></sheetView></sheetViews>',
            '<sheetFormatPr defaultRowHeight="15"/>',
            f"<cols>{''.join(_columns())}</cols>",
            f"<sheetData>{''.join(_rows(page, styles))}</sheetData>",
            f'<autoFilter ref="{table(page)}"/>',
            _links(page),
            '<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.6" header="0.3" footer="0.3"/>',
            '<pageSetup paperSize="1" orientation="landscape" fitToHeight="0"/>',
            "<headerFooter><oddFooter>&amp;L&amp;A&amp;RPágina &amp;P de &amp;N</oddFooter></headerFooter>",
            "</worksheet>",
        )
    ).encode()


def table(page: Page, *, is_absolute: bool = False) -> str:
    """The range of the list, from its header."""
    sign = "$" if is_absolute else ""
    return f"{sign}A{sign}{page.header_row + 1}:{sign}{letter(len(WIDTHS) - 1)}{sign}{page.last_row + 1}"


def _columns() -> Iterator[str]:
    for number, width in enumerate(WIDTHS, 1):
        yield f'<col min="{number}" max="{number}" width="{width}.7109375" customWidth="1"/>'


def _rows(page: Page, styles: dict[str, int]) -> Iterator[str]:
    letters = [letter(column) for column in range(len(WIDTHS))]
    for number, row in enumerate(page.rows):
        # Not every program finds the height of a row by itself when it opens a file.
        height = _TITLE_HEIGHT if number == 0 else _height(row) if number >= page.header_row else 15
        cells = "".join(_cell(f"{name}{number + 1}", cell, styles) for name, cell in zip(letters, row, strict=False))
        yield f'<row r="{number + 1}" ht="{height:g}" customHeight="1">{cells}</row>'


def _height(row: tuple[PageCell, ...]) -> float:
    """The height that the longest of the wrapped texts needs; one text alone runs over the empty cells beside it."""
    lines = 1
    for cell, width in zip(row, WIDTHS, strict=False) if len(row) > 1 else ():
        if len(cell.text) > width or "\n" in cell.text:
            lines = max(lines, sum(max(1, math.ceil(len(part) / (width * _CHARACTERS_PER_WIDTH))) for part in cell.text.split("\n")))
    return min(_MOST_HEIGHT, 1.5 + _LINE_HEIGHT * lines)


def _cell(at: str, cell: PageCell, styles: dict[str, int]) -> str:
    style = styles[cell.style]
    if not cell.text:
        return f'<c r="{at}" s="{style}"/>'
    text = content(cell.text[:_LONGEST_TEXT])
    return f'<c r="{at}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _links(page: Page) -> str:
    links = [
        f"<hyperlink ref={attribute(address(number, column))} location={attribute(cell.link)} display={attribute(cell.text)}/>"
        for number, row in enumerate(page.rows)
        for column, cell in enumerate(row)
        if cell.link
    ]
    return f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else ""
