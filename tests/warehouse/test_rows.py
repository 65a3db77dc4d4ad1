"""What the load adds to rows, and how they are written for COPY."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime

import pyarrow as pa
import pytest
from sqlalchemy import Engine, text

from pipc_etl.contracts import Catalog, Column, Contract
from pipc_etl.warehouse.rows import Identifier, _filled_names, arrow_schema, copy_statement, csv_bytes


@pytest.fixture(scope="module")
def contract(catalog: Catalog) -> Contract:
    return catalog.contracts["attendance_form"]


def rows(contract: Contract, *given: dict[str, object]) -> pa.RecordBatch:
    base = {"consent": True, "submitted_at": datetime(2023, 6, 30, 9, 58, 12), "_sheet": "CSV"}
    return pa.RecordBatch.from_pylist(
        [{**base, "_row": number, **row} for number, row in enumerate(given, 2)], schema=arrow_schema(contract)
    )


def identified(contract: Contract, *given: dict[str, object], form: str = "a|b|c") -> dict[str, list[str]]:
    batch = Identifier(contract, form, "secret").identify(rows(contract, *given))
    found: dict[str, list[str]] = batch.select(["_response_key", "_content_hash"]).to_pydict()
    return found


def test_content_differs_when_any_kept_cell_does(contract: Contract) -> None:
    base: dict[str, object] = {"response_id": "1", "full_name": "Luz", "sex": "female", "disability": ["visual"], "age": 30}
    changes: list[dict[str, object]] = [
        {"full_name": "Ana"},
        {"sex": None},
        {"disability": ["visual", "physical"]},
        {"disability": []},
        {"age": 31},
        {"_missing": '{"phone": "no_data"}'},
        {"consent": False},
        {"organization": "female", "sex": None},
    ]
    hashes = identified(contract, base, *({**base, **change} for change in changes))["_content_hash"]
    assert len(hashes) == len(changes) + 1
    assert len(set(hashes)) == len(hashes)


def test_content_is_the_same_when_a_person_without_consent_is_named_or_not(contract: Contract) -> None:
    named, unnamed = identified(contract, {"consent": False, "full_name": "Luz", "document_number": "1"}, {"consent": False})[
        "_content_hash"
    ]
    assert named == unnamed


def test_content_is_the_same_when_a_new_version_adds_an_empty_column(contract: Contract) -> None:
    new = replace(contract, columns=(contract.columns[0], Column("added", "Nueva", "string", "Nueva."), *contract.columns[1:]))
    given = {"response_id": "1", "sex": "female"}
    assert identified(contract, given)["_content_hash"] == identified(new, given)["_content_hash"]
    assert identified(contract, given)["_content_hash"] != identified(new, {**given, "added": "x"})["_content_hash"]


def test_filled_columns_are_named_when_there_are_more_than_a_word_has_bits() -> None:
    names = [f"c{number}" for number in range(130)]
    columns = [pa.array([str(number) if number in (0, 64, 129) else None, None]) for number in range(130)]
    assert [part.strip(",") for part in _filled_names(names, columns).to_pylist()] == ["c0,c64,c129", ""]


def test_responses_of_two_forms_differ_when_their_ids_are_equal(contract: Contract) -> None:
    one = identified(contract, {"response_id": "1"})["_response_key"]
    other = identified(contract, {"response_id": "1"}, form="a|b|d")["_response_key"]
    assert one[0].split(":")[1] == other[0].split(":")[1] == "1"
    assert one != other


def test_ordinals_go_on_when_a_second_is_cut_between_chunks(contract: Contract) -> None:
    identifier = Identifier(contract, "a|b|c", "secret")
    other = {"submitted_at": datetime(2023, 6, 30, 8)}
    chunks = [identifier.identify(rows(contract, *given)) for given in ([{}, {}], [other, {}], [{}])]
    ordinals = [key.split(".")[-1] for chunk in chunks for key in chunk.column("_response_key").to_pylist()]
    assert ordinals == ["1", "2", "1", "3", "4"]
    assert not identifier.may_repeat


@pytest.mark.parametrize(("ids", "may_repeat"), [(["1", "2"], False), (["1", "2", "1"], True), (["1", "b"], True), ([None, None], False)])
def test_repetition_is_suspected_when_ids_are_equal_or_no_numbers(ids: list[str | None], may_repeat: bool, contract: Contract) -> None:
    identifier = Identifier(contract, "a|b|c", "secret")
    identifier.identify(rows(contract, *({"response_id": item} for item in ids)))
    assert identifier.may_repeat is may_repeat


def test_values_arrive_as_they_were_when_copied(loader: Engine) -> None:
    batch = pa.RecordBatch.from_pydict(
        {
            "s": pa.array(["", None, 'a "b", \\N\n;{}', "ñ😀"]),
            "l": pa.array([["a", 'b"c', "d\\e", "f,g", ""], [], None, ["ñ"]], pa.list_(pa.string())),
            "d": pa.array([date(2021, 5, 1), None, date(1900, 1, 1), date(2100, 12, 31)]),
            "n": pa.array([1.1, None, -1e13, 0.0001]),
            "b": pa.array([True, None, False, True]),
            "t": pa.array([datetime(2023, 6, 30, 9, 58, 12, 500), None, None, None], pa.timestamp("us")),
        }
    )
    with loader.begin() as connection:
        connection.execute(text("set local timezone to 'America/Bogota'"))
        connection.execute(text("create temporary table x (s text, l text[], d date, n numeric(18,4), b boolean, t timestamptz)"))
        connection.connection.cursor().copy_expert(copy_statement("x", batch.schema.names), io.BytesIO(csv_bytes(batch)))
        found = [tuple(row) for row in connection.execute(text("select s, l, d, n::float, b, extract(epoch from t)::float from x"))]
    expected = [tuple(row.values()) for row in batch.to_pylist()]
    assert [row[:5] for row in found] == [row[:5] for row in expected]
    assert found[0][5] == 1688137092.0005
