"""`pipc docs`: dbt's documentation and the data dictionary, one file each, of the built warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import html
from sqlalchemy import text
from typer.testing import CliRunner

from pipc_etl.cli import app
from pipc_etl.commands import documentation
from pipc_etl.contracts import load_catalog
from pipc_etl.warehouse.engine import superuser_engine
from tests.reconstruction import Reconstruction


@dataclass(frozen=True)
class Written:
    """What the command wrote, and the columns that the marts really have."""

    dbt_page: str
    dictionary: html.HtmlElement
    columns: dict[str, set[str]]


@pytest.fixture(scope="module")
def written(reconstruction: Reconstruction, tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("docs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documentation, "load_settings", lambda: reconstruction.settings)
        answer = CliRunner().invoke(app, ["docs", "--output", str(folder)])
    assert answer.exit_code == 0, answer.output
    assert {path.name for path in folder.iterdir()} == {documentation.DBT_PAGE, documentation.DICTIONARY}
    engine = superuser_engine(reconstruction.settings)
    query = "select table_name, array_agg(column_name::text) from information_schema.columns where table_schema = 'marts' group by 1"
    with engine.connect() as connection:
        columns = {name: set(found) for name, found in connection.execute(text(query))}
    engine.dispose()
    page = html.fromstring(Path(folder, documentation.DICTIONARY).read_bytes())
    return Written(Path(folder, documentation.DBT_PAGE).read_text(encoding="utf-8"), page, columns)


def test_dictionary_tells_every_column_of_every_mart_when_it_is_written(written: Written) -> None:
    assert len(written.columns) >= 50
    told = {}
    for section in written.dictionary.xpath("//section[section]")[-1].xpath("section"):
        told[section.xpath("string(h3)").strip()] = set(section.xpath(".//tbody//th/code/text()"))
    assert told == written.columns


def test_dictionary_tells_every_source_when_it_is_written(written: Written, reconstruction: Reconstruction) -> None:
    catalog = load_catalog(reconstruction.settings.expectations)
    first = written.dictionary.xpath("//section[section]")[0]
    assert len(first.xpath("section")) == len(catalog.contracts) >= 15
    said = set(first.xpath(".//tbody//td/code/text()"))
    columns = {column.name for contract in catalog.contracts.values() for column in contract.columns}
    assert len(columns) > 100
    assert columns <= said


def test_dictionary_is_accessible_when_a_screen_reader_opens_it(written: Written) -> None:
    page = written.dictionary
    assert page.get("lang") == "es-CO"
    assert [len(page.xpath(f"//{name}")) for name in ("h1", "main", "title")] == [1, 1, 1]
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids)) > 100
    links = page.xpath("//a/@href")
    assert len(links) > 100
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert set(page.xpath("//@aria-labelledby")) <= set(ids)
    tables = page.xpath("//table")
    assert len(tables) > 80
    assert all(
        table.xpath("caption") and table.xpath("thead//th[@scope='col']") and table.xpath("tbody//th[@scope='row']") for table in tables
    )
    # One file: it asks no server for anything.
    assert page.xpath("//script | //link | //img | //iframe") == []


def test_dbt_page_holds_the_models_when_it_is_written(written: Written) -> None:
    assert len(written.dbt_page) > 1_000_000
    assert "model.pipc.rpt_activity_compliance" in written.dbt_page
    assert "source.pipc.raw.execution_report" in written.dbt_page
