"""Contract and rows to a sheet: headers, labels, merged cells, values as people write them; and back through the intake."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import pytest

from pipc_etl.contracts import Catalog, Column, fold, load_catalog
from pipc_etl.intake import Envelope, ReaderPool, parse, read_batch
from pipc_etl.render.sheet import CellValue, Merge, Style, cell_value, lay_out
from pipc_etl.render.workbook import workbook_bytes
from pipc_etl.settings import PROJECT_ROOT

TEXT = Style(as_text=True)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(PROJECT_ROOT / "expectations")


def test_labels_and_spanish_headers_stand_in_the_cells_when_rows_have_codes(catalog: Catalog) -> None:
    contract = catalog.contracts["attendance_form"]
    rows = [{"sex": "female", "disability": "physical;visual", "consent": True, "age": "34"}]
    sheet = lay_out(contract, catalog, rows, ["sex", "disability", "consent", "age"])
    assert sheet.rows[0] == tuple(contract.column(name).title for name in ("sex", "disability", "consent", "age"))
    assert sheet.rows[1] == ("Mujer", "Física; Visual", "Sí", 34)
    assert sheet.header_row == 0
    with pytest.raises(KeyError):
        lay_out(contract, catalog, rows, ["shoe_size"])


def test_months_are_grouped_when_headers_take_two_rows(catalog: Catalog) -> None:
    contract = catalog.contracts["activity_plan"]
    columns = ["activity_code", "month_01_qty", "month_02_qty"]
    sheet = lay_out(contract, catalog, [], columns, Style(two_rows=True, letterhead=("Alcaldía", "Plan")))
    group = sheet.rows[2][1]
    assert isinstance(group, str)
    assert sheet.rows[2:] == ((contract.column("activity_code").title, group, None), (None, "Enero", "Febrero"))
    assert {fold(f"{group} Enero")} <= {fold(synonym) for synonym in contract.column("month_01_qty").synonyms}
    assert sheet.merges == (Merge(0, 0, 0, 2), Merge(1, 0, 1, 2), Merge(2, 0, 3, 0), Merge(2, 1, 2, 2))


@pytest.mark.parametrize(
    ("type_", "value", "typed", "spoken"),
    [
        ("integer", "12", 12, "12"),
        ("number", "1.5", 1.5, "1,5"),
        ("date", "2020-12-29", date(2020, 12, 29), "29/12/2020"),
        ("month", "2021-05", date(2021, 5, 1), "mayo de 2021"),
        ("time", "15:00", time(15), "3:00 p. m."),
        ("timestamp", "2023-06-30 09:58:12", datetime(2023, 6, 30, 9, 58, 12), "30/06/2023 9:58:12"),
        ("boolean", False, "No", "No"),
        ("integer", "N/A", "N/A", "N/A"),
        ("date", "ayer", "ayer", "ayer"),
        ("string", "", None, None),
    ],
)
def test_value_is_typed_or_spoken_when_the_style_asks(type_: str, value: object, typed: CellValue, spoken: CellValue) -> None:
    column = Column(name="c", title="C", type=type_, description="d")  # type: ignore[arg-type]
    assert cell_value(column, None, value, Style()) == typed
    said = cell_value(column, None, value, TEXT)
    assert (said.replace("\xa0", " ").replace("\u202f", " ") if isinstance(said, str) else said) == spoken


def test_percent_stands_in_points_when_it_is_written(catalog: Catalog) -> None:
    column = catalog.contracts["commitment"].column("progress_pct")
    assert cell_value(column, None, "100", Style()) == 100
    assert cell_value(column, None, "50", TEXT) == "50 %"


def test_bytes_are_the_same_when_a_sheet_is_written_twice(catalog: Catalog) -> None:
    sheet = lay_out(catalog.contracts["period_closing"], catalog, [{"month": "2021-08"}], ["plan_code", "month"])
    assert workbook_bytes([sheet], title="t") == workbook_bytes([sheet], title="t")


@pytest.mark.parametrize("style", [Style(), Style(two_rows=True, letterhead=("Entidad", "Formato"))], ids=["plain", "letterhead"])
def test_example_row_reads_back_clean_when_written_with_its_own_contract(catalog: Catalog, style: Style, tmp_path: Path) -> None:
    assert len(catalog.contracts) >= 10
    with ReaderPool(60) as pool:
        for kind, contract in catalog.contracts.items():
            row = {column.name: column.examples[0] for column in contract.columns if column.examples and column.examples[0] is not None}
            sheet = lay_out(contract, catalog, [row], [column.name for column in contract.columns], style)
            path = tmp_path / "secretaria-general" / "OAP" / kind / "2021" / "ejemplo.xlsx"
            path.parent.mkdir(parents=True)
            path.write_bytes(workbook_bytes([sheet]))
            envelope = parse(path, tmp_path, catalog)
            assert isinstance(envelope, Envelope)
            batch = read_batch(path, contract, catalog, envelope, pool)
            assert batch.findings == (), kind
            assert len(batch.frame) == 1, kind
            assert [list(problems) for problems in batch.frame["_problems"]] == [[]], kind
            empty = [name for name in row if batch.frame[name].isna().any()]
            assert empty == [], kind
