"""What a person meets in the sheet: notes, lists, locks, checks that never refuse what the contract reads, and pages that print well."""

from __future__ import annotations

import io
import re
from zipfile import ZipFile

import openpyxl
import pytest
from examples import example_template
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipc_etl.contracts import Catalog, Contract, load_catalog
from pipc_etl.contracts.periods import parse_period
from pipc_etl.render.template import Addressee, Choice, Line, PlanInForce, Template, template_bytes
from pipc_etl.render.template.lists import SHEET as LISTS
from pipc_etl.render.template.texts import period_words
from pipc_etl.settings import PROJECT_ROOT

KINDS = tuple(sorted(load_catalog(PROJECT_ROOT / "expectations").contracts))


def opened(template: Template, catalog: Catalog) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(template_bytes(template, catalog)))


def header_row(sheet: Worksheet, contract: Contract) -> int:
    """The row in which the contract's first header stands alone in column A."""
    return next(row for row in range(1, 20) if sheet.cell(row, 1).value == contract.columns[0].title)


@pytest.mark.parametrize("kind", KINDS)
def test_every_header_has_its_note_when_the_sheet_is_opened(kind: str, catalog: Catalog) -> None:
    contract = catalog.contracts[kind]
    book = opened(example_template(contract), catalog)
    assert book.sheetnames == ["Instrucciones", contract.sheet_names[0], LISTS]
    assert book[LISTS].sheet_state == "hidden"
    sheet = book[contract.sheet_names[0]]
    row = header_row(sheet, contract)
    assert len(contract.columns) > 4
    for place, column in enumerate(contract.columns, 1):
        header, marker = sheet.cell(row, place), sheet.cell(row - 1, place)
        assert header.value == column.title
        assert header.comment is not None
        assert column.description in header.comment.text
        assert ("obligatoria" if column.required else "opcional") in header.comment.text.splitlines()[0]
        # Not by colour alone.
        assert marker.value == ("Obligatoria" if column.required else "Opcional")
        assert header.protection.locked
        if column.examples and not column.codelist:
            assert "Ejemplo: " in header.comment.text


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_the_contract_reads_is_refused_when_it_is_typed(kind: str, catalog: Catalog) -> None:
    contract = catalog.contracts[kind]
    sheet = opened(example_template(contract, filled=False), catalog)[contract.sheet_names[0]]
    row = header_row(sheet, contract) + 1
    checks = {str(check.sqref).split(":")[0]: check for check in sheet.data_validations.dataValidation}
    for place, column in enumerate(contract.columns, 1):
        check = checks.get(sheet.cell(row, place).coordinate)
        if check is None:
            assert column.type == "string", column.name
            continue
        # Only a text that is too long is surely wrong; the border may still read everything else.
        assert (check.errorStyle or "stop") == ("stop" if check.type == "textLength" else "warning"), column.name
        assert check.error
        assert column.title in check.error
        assert check.allowBlank
        if check.type == "textLength":
            assert int(check.formula1) == column.max_length
        if (column.codelist or column.type == "boolean") and not column.multiple:
            assert check.type == "list"


def test_lists_offer_only_what_is_in_force_when_the_period_is_known(catalog: Catalog) -> None:
    contract = catalog.contracts["session"]
    book = opened(example_template(contract, filled=False), catalog)
    offered = {column[0].value: [cell.value for cell in column[1:] if cell.value] for column in book[LISTS].iter_cols()}
    assert offered["session_status"] == list(catalog.codelists["session_status"].labels)
    assert offered["modality"] == ["Presencial", "Virtual", "Mixta"]
    sheet = book["Sesiones"]
    sources = {check.formula1 for check in sheet.data_validations.dataValidation if check.type == "list"}
    assert len(sources) == 5
    assert all(source.startswith(f"'{LISTS}'!$") for source in sources)


def test_what_is_filled_in_is_locked_and_the_rest_is_not_when_the_sheet_is_protected(catalog: Catalog) -> None:
    contract = catalog.contracts["execution_report"]
    line = Line({"plan_code": "PIPC", "activity_code": "GAB-01", "activity_name": "=1+1"}, frozenset({"plan_code", "activity_code"}))
    choices = {"activity_code": (Choice("GAB-01", "Talleres"), Choice("GAB-02", "Agenda"))}
    book = opened(Template(contract, Addressee("e", "d"), parse_period("2021-M05"), lines=(line,), choices=choices), catalog)
    sheet = book[contract.sheet_names[0]]
    row = header_row(sheet, contract) + 1
    locks = {column.name: sheet.cell(row, place).protection.locked for place, column in enumerate(contract.columns, 1)}
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    assert not sheet.protection.formatColumns, "False: columns may be resized"
    assert {name for name, locked in locks.items() if locked} == {"plan_code", "activity_code"}
    assert not any(sheet.cell(row + 1, place).protection.locked for place in range(1, len(contract.columns) + 1))
    name = sheet.cell(row, 3)
    assert (name.value, name.data_type) == ("=1+1", "s"), "a name that looks like a formula stays a text"
    offered = {column[0].value: [cell.value for cell in column[1:] if cell.value] for column in book[LISTS].iter_cols()}
    assert offered["activity_code"] == ["GAB-01", "GAB-02"]
    told = {str(cell.value) for row_cells in book["Instrucciones"].iter_rows() for cell in row_cells if cell.value}
    assert {"GAB-02", "Agenda"} <= told


def test_no_text_becomes_a_formula_or_a_link_when_the_instructions_repeat_it(catalog: Catalog) -> None:
    formula, link = '=HYPERLINK("http://example.org","clic")', "http://example.org"
    template = Template(
        catalog.contracts["execution_report"],
        Addressee("e", "d", dependency_name=formula),
        plan=PlanInForce("PIPC", 1, formula),
        choices={"activity_code": (Choice("GAB-01", formula), Choice("GAB-02", link))},
    )
    book = opened(template, catalog)
    cells = [cell for cells in book["Instrucciones"].iter_rows() for cell in cells if cell.value]
    assert [(cell.data_type, cell.hyperlink) for cell in cells if cell.value in (formula, link)] == [("s", None)] * 2
    assert sum(str(cell.value).startswith(formula) for cell in cells) == 3, "whose it is, of which plan, and the choice"
    assert not [cell for sheet in book.worksheets for cells in sheet.iter_rows() for cell in cells if cell.data_type == "f"]


def test_rows_grow_with_what_is_typed_when_their_text_is_long(catalog: Catalog) -> None:
    contract = catalog.contracts["execution_report"]
    lines = tuple(
        Line({"plan_code": "PIPC", "activity_code": f"GAB-{number}", "activity_name": "Realizar " * 9 * number}) for number in (1, 2)
    )
    template = Template(contract, lines=lines)
    row = header_row(opened(template, catalog)[contract.sheet_names[0]], contract) + 1
    xml = ZipFile(io.BytesIO(template_bytes(template, catalog))).read("xl/worksheets/sheet2.xml").decode()
    tags = {int(number): rest for number, rest in re.findall(r'<row r="(\d+)"([^>]*)>', xml)}
    heights = {number: float(found[1]) for number, rest in tags.items() if (found := re.search(r'\bht="([\d.]+)"', rest))}
    assert 13 < heights[row] < heights[row + 1]
    # A fixed height would hide what is typed below its first lines.
    assert ["customHeight" in tags[number] for number in (row - 1, row, row + 1)] == [True, False, False]


def test_pages_print_with_headers_and_fingerprint_when_they_are_sent_to_paper(catalog: Catalog) -> None:
    contract = catalog.contracts["execution_report"]
    book = opened(example_template(contract), catalog)
    sheet = book[contract.sheet_names[0]]
    row = header_row(sheet, contract)
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0), "one page wide, as many as needed high"
    assert sheet.print_title_rows == f"${row}:${row}"
    assert sheet.freeze_panes == f"C{row + 1}"
    footer = sheet.oddFooter
    assert footer.left.text is not None
    assert "execution_report 1." in footer.left.text
    assert "secretaria-general/OAP · 2021-M05" in footer.left.text
    assert footer.right.text == "Página &P de &N"


def test_total_and_repeated_dates_follow_when_the_next_version_is_written(catalog: Catalog) -> None:
    contract = catalog.contracts["activity_plan"]
    months = tuple(f"month_{number:02d}_qty" for number in range(1, 13))
    values = {"plan_code": "PIPC", "month_02_qty": 2, "month_05_qty": 3}
    template = Template(
        contract,
        lines=(Line(values), Line(values)),
        repeated=frozenset({"approved_on"}),
        totals={"annual_qty": months},
        closed=frozenset({"month_01_qty"}),
    )
    content = template_bytes(template, catalog)
    sheet = openpyxl.load_workbook(io.BytesIO(content))[contract.sheet_names[0]]
    computed = openpyxl.load_workbook(io.BytesIO(content), data_only=True)[contract.sheet_names[0]]
    row = header_row(sheet, contract) + 1
    places = {column.name: place for place, column in enumerate(contract.columns, 1)}
    assert sheet.cell(row, places["approved_on"]).value is None
    assert sheet.cell(row + 1, places["approved_on"]).value == f'=IF(E${row}="","",E${row})'
    assert str(sheet.cell(row, places["annual_qty"]).value).startswith("=SUM(")
    assert computed.cell(row, places["annual_qty"]).value == 5
    free = row + 2
    assert sheet.cell(free, places["month_01_qty"]).protection.locked
    assert not sheet.cell(free, places["month_02_qty"]).protection.locked


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("2021-M08", "agosto de 2021 (2021-M08)"),
        ("2021-T2", "trimestre 2 de 2021 (2021-T2)"),
        ("2021-C3", "cuatrimestre 3 de 2021 (2021-C3)"),
        ("2021-S1", "semestre 1 de 2021 (2021-S1)"),
        ("2021", "vigencia 2021"),
    ],
)
def test_period_is_said_in_words_when_it_has_a_code(code: str, words: str) -> None:
    period = parse_period(code)
    assert period is not None
    assert period_words(period) == words
