"""A real LibreOffice opens every template, types the examples into it as in Bogotá, saves it, and the border has nothing to say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from examples import example_template, first_row, judge, read, told
from openpyxl.utils import get_column_letter

from pipc_etl.contracts import Catalog, Contract, load_catalog
from pipc_etl.contracts.fingerprint import read_fingerprint
from pipc_etl.intake import ReaderPool
from pipc_etl.render.template import Line, Template, template_bytes
from pipc_etl.render.template.lists import SHEET as LISTS
from pipc_etl.render.template.texts import example_words
from pipc_etl.settings import PROJECT_ROOT
from tests.libreoffice import Job, Office, office
from tests.system_programs import LIBREOFFICE_BRIDGE

pytestmark = [pytest.mark.needs("soffice"), pytest.mark.needs(LIBREOFFICE_BRIDGE)]

KINDS = tuple(sorted(load_catalog(PROJECT_ROOT / "expectations").contracts))
FORMATS = (".xlsx", ".ods")


@dataclass(frozen=True)
class Filled:
    """One template as LibreOffice saved it, and what LibreOffice saw in it before and after."""

    saved: dict[str, Path]
    seen: dict[str, Any]
    seen_again: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def libreoffice() -> Iterator[Office]:
    with office() as program:
        yield program


def typed_cells(template: Template, catalog: Catalog) -> dict[tuple[str, str], str]:
    """The example row as a person types it into the first free row."""
    row = first_row(template, catalog)
    sheet = template.contract.sheet_names[0]
    words = {place: example_words(column, catalog) for place, column in enumerate(template.columns, 1)}
    return {(sheet, f"{get_column_letter(place)}{row}"): text for place, text in words.items() if text}


def first_cells(contract: Contract, row: int) -> list[tuple[str, str]]:
    return [(contract.sheet_names[0], f"{get_column_letter(place)}{row}") for place in range(1, len(contract.columns) + 1)]


@pytest.fixture(scope="module")
def filled(libreoffice: Office, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Filled]:
    """Every kind's empty template, filled with its examples and saved in each format: two LibreOffices for all of them."""
    folder = tmp_path_factory.mktemp("libreoffice")
    jobs, again, saved = [], [], {}
    for kind in KINDS:
        template = example_template(catalog.contracts[kind], filled=False)
        source = folder / f"{kind}-vacia.xlsx"
        source.write_bytes(template_bytes(template, catalog))
        saved[kind] = {suffix: folder / f"{kind}{suffix}" for suffix in FORMATS}
        look_at = first_cells(template.contract, first_row(template, catalog))
        jobs.append(Job(source, typed_cells(template, catalog), tuple(saved[kind].values()), look_at))
        again += [Job(path, look_at=look_at) for path in saved[kind].values()]
    seen = libreoffice.run(jobs)
    seen_again = iter(libreoffice.run(again))
    return {
        kind: Filled(saved[kind], answer, {suffix: next(seen_again) for suffix in FORMATS})
        for kind, answer in zip(KINDS, seen, strict=True)
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", FORMATS)
def test_nothing_is_found_when_libreoffice_filled_it_in(
    kind: str, suffix: str, filled: dict[str, Filled], catalog: Catalog, pool: ReaderPool
) -> None:
    batch = read(filled[kind].saved[suffix], kind, catalog, pool)
    contract = catalog.contracts[kind]
    expected = {column.name for column in contract.columns if column.examples}
    assert len(batch.frame) == 1
    assert set(batch.frame.iloc[0].dropna().index) >= expected
    verdict = judge(batch, catalog)
    assert told(verdict) == []
    assert verdict.rows_accepted == 1
    made = read_fingerprint(batch.properties)
    assert made == example_template(contract).fingerprint, "the fingerprint survives being saved"


@pytest.mark.parametrize("kind", KINDS)
def test_checks_locks_and_lists_survive_when_libreoffice_saves_it(kind: str, filled: dict[str, Filled], catalog: Catalog) -> None:
    contract = catalog.contracts[kind]
    one = filled[kind]
    assert len(one.seen["cells"]) == len(contract.columns)
    for seen in (one.seen, *one.seen_again.values()):
        sheets = {sheet["name"]: sheet for sheet in seen["sheets"]}
        assert list(sheets) == ["Instrucciones", contract.sheet_names[0], LISTS]
        assert not sheets[LISTS]["visible"]
        assert all(sheet["protected"] for sheet in sheets.values())
        # The sheet's own checks take the contract's own examples.
        assert sheets[contract.sheet_names[0]]["invalid"] == 0
        for column, cell in zip(contract.columns, seen["cells"], strict=True):
            assert not cell["locked"], column.name
            if (column.codelist or column.type == "boolean") and not column.multiple:
                assert (cell["check"], cell["alert"]) == ("LIST", "WARNING"), column.name
                assert LISTS in cell["source"]
            elif column.type not in ("string",):
                assert (cell["check"], cell["alert"]) == ("CUSTOM", "WARNING"), column.name
            elif column.max_length and not column.multiple:
                assert (cell["check"], cell["alert"]) == ("TEXT_LEN", "STOP"), column.name
            if cell["check"]:
                assert column.title in cell["error"]


def test_saying_nothing_is_valid_and_a_wrong_number_is_not_when_it_is_typed(libreoffice: Office, catalog: Catalog, tmp_path: Path) -> None:
    contract = catalog.contracts["execution_report"]
    template = example_template(contract, filled=False)
    source = tmp_path / "vacia.xlsx"
    source.write_bytes(template_bytes(template, catalog))
    row, sheet = first_row(template, catalog), contract.sheet_names[0]
    letters = {column.name: get_column_letter(place) for place, column in enumerate(contract.columns, 1)}

    def job(**cells: str) -> Job:
        return Job(source, {(sheet, f"{letters[name]}{row}"): text for name, text in cells.items()})

    fine = job(executed_qty="N/A", rescheduled_to="S/D", evidence_on="No responde", justified_qty="Pend.", rescheduled_qty="0")
    wrong = job(executed_qty="-1", rescheduled_qty="1,5", evidence_on="nunca", plan_code="P" * 31)
    answers = libreoffice.run([fine, wrong])
    invalid = [next(seen["invalid"] for seen in answer["sheets"] if seen["name"] == sheet) for answer in answers]
    assert invalid == [0, 4]


def test_sums_and_repeated_dates_are_computed_when_the_plan_is_amended(
    libreoffice: Office, catalog: Catalog, pool: ReaderPool, tmp_path: Path
) -> None:
    contract = catalog.contracts["activity_plan"]
    months = tuple(f"month_{number:02d}_qty" for number in range(1, 13))
    example = {column.name: column.examples[0] for column in contract.columns if column.examples}
    fresh = {**example, "approved_on": None, "effective_from": None, "annual_qty": None}
    lines = tuple(Line({**fresh, "activity_code": f"GAB-{number}"}) for number in (1, 2))
    template = Template(
        contract, lines=lines, repeated=frozenset({"approved_on", "effective_from"}), totals={"annual_qty": months}, period=None
    )
    source = tmp_path / "version.xlsx"
    source.write_bytes(template_bytes(template, catalog))
    row, sheet = first_row(template, catalog), contract.sheet_names[0]
    letters = {column.name: get_column_letter(place) for place, column in enumerate(contract.columns, 1)}
    typed = {"approved_on": "29/01/2021", "effective_from": "01/02/2021", "month_12_qty": "4"}
    cells = {(sheet, f"{letters[name]}{row}"): text for name, text in typed.items()}
    saved = tuple(tmp_path / f"guardada{suffix}" for suffix in FORMATS)
    libreoffice.run([Job(source, cells, saved)])
    for path in saved:
        batch = read(path, "activity_plan", catalog, pool)
        assert list(batch.frame["annual_qty"]) == [6, 2]
        assert [f"{day:%d/%m/%Y}" for day in batch.frame["approved_on"]] == ["29/01/2021"] * 2
        assert [f"{day:%Y-%m}" for day in batch.frame["effective_from"]] == ["2021-02"] * 2
        assert told(judge(batch, catalog)) == []
