"""A real LibreOffice opens every template, types the examples into it as in Bogotá, saves it, and the border has nothing to say."""

from __future__ import annotations

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
from tests.libreoffice import Job, office
from tests.system_programs import LIBREOFFICE_BRIDGE

pytestmark = [pytest.mark.needs("soffice"), pytest.mark.needs(LIBREOFFICE_BRIDGE)]

KINDS = tuple(sorted(load_catalog(PROJECT_ROOT / "expectations").contracts))
FORMATS = (".xlsx", ".ods")
# Typed into an execution report: ways to say nothing, and what no border would take.
NOTHING = {"executed_qty": "N/A", "rescheduled_to": "S/D", "evidence_on": "No responde", "justified_qty": "Pend.", "rescheduled_qty": "0"}
WRONG = {"executed_qty": "-1", "rescheduled_qty": "1,5", "evidence_on": "nunca", "rescheduled_to": "nunca", "plan_code": "P" * 31}
AMENDED = {"approved_on": "29/01/2021", "effective_from": "01/02/2021", "month_12_qty": "4"}


@dataclass(frozen=True)
class Filled:
    """One template as LibreOffice saved it, and what LibreOffice saw in it before and after."""

    saved: dict[str, Path]
    seen: dict[str, Any]
    seen_again: dict[str, dict[str, Any]]


class Typing:
    """One template, what is typed into the first row of its data, and where LibreOffice saves it."""

    def __init__(
        self, folder: Path, name: str, template: Template, catalog: Catalog, typed: dict[str, str], suffixes: tuple[str, ...] = FORMATS
    ):
        row, sheet = first_row(template, catalog), template.contract.sheet_names[0]
        cells = {column.name: (sheet, f"{get_column_letter(place)}{row}") for place, column in enumerate(template.columns, 1)}
        self.saved = {suffix: folder / f"{name}-llena{suffix}" for suffix in suffixes}
        source = folder / f"{name}.xlsx"
        source.write_bytes(template_bytes(template, catalog))
        look_at = tuple(cells.values())
        self.job = Job(source, {cells[column]: text for column, text in typed.items()}, tuple(self.saved.values()), look_at)
        self.jobs_again = [Job(path, look_at=look_at) for path in self.saved.values()]


def examples_typed(contract: Contract, catalog: Catalog) -> dict[str, str]:
    """The contract's examples as a person of Bogotá types them."""
    return {column.name: words for column in contract.columns if (words := example_words(column, catalog))}


def next_version(contract: Contract) -> Template:
    """A plan of two activities to be amended: dates repeated below the first row, totals summed."""
    example = {column.name: column.examples[0] for column in contract.columns if column.examples}
    fresh = {**example, "approved_on": None, "effective_from": None, "annual_qty": None}
    return Template(
        contract,
        lines=tuple(Line({**fresh, "activity_code": f"GAB-{number}"}) for number in (1, 2)),
        repeated=frozenset({"approved_on", "effective_from"}),
        totals={"annual_qty": tuple(f"month_{number:02d}_qty" for number in range(1, 13))},
    )


@pytest.fixture(scope="module")
def filled(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Filled]:
    """Every kind's empty template filled with its examples, and three more, saved and opened again: two LibreOffices for all of them."""
    folder = tmp_path_factory.mktemp("libreoffice")
    typings = {
        kind: Typing(folder, kind, example_template(contract, filled=False), catalog, examples_typed(contract, catalog))
        for kind, contract in catalog.contracts.items()
    }
    report, plan = example_template(catalog.contracts["execution_report"], filled=False), next_version(catalog.contracts["activity_plan"])
    typings["nothing"] = Typing(folder, "nothing", report, catalog, NOTHING, ())
    typings["wrong"] = Typing(folder, "wrong", report, catalog, WRONG, ())
    typings["amended"] = Typing(folder, "amended", plan, catalog, AMENDED)
    with office() as libreoffice:
        seen = libreoffice.run([typing.job for typing in typings.values()])
        seen_again = iter(libreoffice.run([job for typing in typings.values() for job in typing.jobs_again]))
    return {
        name: Filled(typing.saved, answer, {suffix: next(seen_again) for suffix in typing.saved})
        for (name, typing), answer in zip(typings.items(), seen, strict=True)
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


def test_saying_nothing_is_valid_and_a_wrong_number_is_not_when_it_is_typed(filled: dict[str, Filled], catalog: Catalog) -> None:
    sheet = catalog.contracts["execution_report"].sheet_names[0]
    invalid = {
        name: next(seen["invalid"] for seen in filled[name].seen["sheets"] if seen["name"] == sheet) for name in ("nothing", "wrong")
    }
    assert invalid == {"nothing": 0, "wrong": len(WRONG)}


@pytest.mark.parametrize("suffix", FORMATS)
def test_sums_and_repeated_dates_are_computed_when_the_plan_is_amended(
    suffix: str, filled: dict[str, Filled], catalog: Catalog, pool: ReaderPool
) -> None:
    batch = read(filled["amended"].saved[suffix], "activity_plan", catalog, pool)
    assert list(batch.frame["annual_qty"]) == [6, 2]
    assert [f"{day:%d/%m/%Y}" for day in batch.frame["approved_on"]] == ["29/01/2021"] * 2
    assert [f"{day:%Y-%m}" for day in batch.frame["effective_from"]] == ["2021-02"] * 2
    assert told(judge(batch, catalog)) == []
