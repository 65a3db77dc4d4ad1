"""The warehouse follows the contracts, and each role reaches what it must and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from pipc_etl.contracts import Catalog, Column
from pipc_etl.errors import ContractError, WarehouseError
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine, superuser_engine
from pipc_etl.warehouse.schema import prepare

LINEAGE = ("_submission_id", "_sheet", "_row", "_loaded_at", "_contract_version")


def columns_of(engine: Engine, table: str) -> dict[str, str]:
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "select attname, format_type(atttypid, atttypmod) from pg_attribute "
                "where attrelid = to_regclass(:table) and attnum > 0 and not attisdropped"
            ),
            {"table": table},
        )
        return {row[0]: row[1] for row in rows}


def with_columns(catalog: Catalog, kind: str, columns: Sequence[Column], version: str = "1.1.0") -> Catalog:
    """The catalogue after `kind` got a new version with these columns."""
    old = catalog.contracts[kind]
    new = replace(old, version=version, columns=tuple(columns))
    return replace(catalog, contracts={**catalog.contracts, kind: new}, former={**catalog.former, kind: (old,)})


def added(name: str, **changes: object) -> Column:
    return replace(Column(name, "Nueva", "string", "Columna nueva."), **changes)  # type: ignore[arg-type]


def test_preparing_does_nothing_when_nothing_is_new(warehouse: Settings, owner: Engine, catalog: Catalog) -> None:
    assert prepare(owner, warehouse, catalog) is False


def test_preparing_twice_at_once_ends_well_when_the_database_is_empty(fresh_database: Settings, catalog: Catalog) -> None:
    engine = superuser_engine(fresh_database)
    with ThreadPoolExecutor(2) as pool:
        changed = list(pool.map(lambda _: prepare(engine, fresh_database, catalog), range(2)))
    engine.dispose()
    assert sorted(changed) == [False, True]


def test_tables_have_the_contract_columns_when_prepared(owner: Engine, catalog: Catalog) -> None:
    raw = columns_of(owner, "raw.attendance_form")
    private = columns_of(owner, "private.attendance_form")
    expected = {
        "submitted_at": "timestamp with time zone",
        "age": "bigint",
        "consent": "boolean",
        "disability": "text[]",
        "_missing": "jsonb",
        "_row": "integer",
        "person_key": "text",
        "_response_key": "text",
    }
    assert {name: raw[name] for name in expected} == expected
    assert set(private) == {"full_name", "document_number", "email", "phone", "person_key", "_submission_id", "_sheet", "_row"}
    checked = 0
    for kind, contract in catalog.contracts.items():
        personal = {column.name for column in contract.personal_columns}
        assert not personal & set(columns_of(owner, f"raw.{kind}")), kind
        assert personal <= set(columns_of(owner, f"private.{kind}")), kind
        checked += len(personal)
    assert checked >= 8


def test_every_raw_column_is_described_in_spanish_when_prepared(owner: Engine, catalog: Catalog) -> None:
    with owner.connect() as connection:
        described, bare = connection.execute(
            text(
                "select count(*) filter (where col_description(attrelid, attnum) is not null), "
                "count(*) filter (where col_description(attrelid, attnum) is null) from pg_attribute "
                "join pg_class on pg_class.oid = attrelid "
                "where relkind = 'r' and relnamespace = 'raw'::regnamespace and attnum > 0 and not attisdropped"
            )
        ).one()
    assert described > sum(len(contract.raw_columns) for contract in catalog.contracts.values())
    assert bare == 0


def test_column_is_added_when_a_new_version_declares_it(warehouse: Settings, owner: Engine, catalog: Catalog) -> None:
    old = catalog.contracts["session"]
    with owner.begin() as connection:
        before = len(columns_of(owner, "raw.session"))
        connection.execute(text("analyze raw.session"))
    new = (added("interpreter", type="boolean"), added("contact_phone", classification="personal"))
    newer = with_columns(catalog, "session", (*old.columns, *new))
    assert prepare(owner, warehouse, newer) is True
    after = columns_of(owner, "raw.session")
    assert (len(after), after["interpreter"]) == (before + 1, "boolean")
    assert set(columns_of(owner, "private.session")) >= {"contact_phone", "_submission_id"}
    with role_engine(warehouse, "privacy").connect() as connection:
        assert connection.scalar(text("select count(*) from private.session")) == 0


def test_column_stays_when_a_new_version_drops_it(warehouse: Settings, owner: Engine, catalog: Catalog) -> None:
    old = catalog.contracts["session"]
    kept = [column for column in old.columns if column.name != "venue"]
    assert prepare(owner, warehouse, with_columns(catalog, "session", [*kept, added("place")], version="2.0.0")) is True
    assert columns_of(owner, "raw.session")["place"] == "text"
    assert columns_of(owner, "raw.session")["venue"] == "text"


def test_preparing_is_refused_when_a_column_disappears_without_a_version(warehouse: Settings, owner: Engine, catalog: Catalog) -> None:
    old = catalog.contracts["session"]
    edited = replace(old, columns=tuple(column for column in old.columns if column.name != "venue"))
    with pytest.raises(WarehouseError, match=r"raw\.session has the column venue, which no version"):
        prepare(owner, warehouse, replace(catalog, contracts={**catalog.contracts, "session": edited}))
    assert "venue" in columns_of(owner, "raw.session")


def test_preparing_is_refused_when_a_type_changes(warehouse: Settings, owner: Engine, catalog: Catalog) -> None:
    old = catalog.contracts["session"]
    retyped = [replace(column, type="integer") if column.name == "venue" else column for column in old.columns]
    with pytest.raises(ContractError, match=r"version 1\.1\.0 changes the type or the privacy class of venue"):
        prepare(owner, warehouse, with_columns(catalog, "session", retyped))
    edited = replace(old, columns=tuple(retyped))
    with pytest.raises(WarehouseError, match=r"raw\.session\.venue is text and the contract says bigint"):
        prepare(owner, warehouse, replace(catalog, contracts={**catalog.contracts, "session": edited}))


def test_preparing_is_refused_when_a_lookup_has_no_relation(warehouse: Settings, owner: Engine, catalog: Catalog) -> None:
    contract = catalog.contracts["session"]
    lost = replace(contract, lookups=(replace(contract.lookups[0], relation="ref_nothing"),), columns=(*contract.columns, added("more")))
    with pytest.raises(WarehouseError, match=r"session looks things up in audit\.ref_nothing"):
        prepare(owner, warehouse, replace(catalog, contracts={**catalog.contracts, "session": lost}))


@pytest.mark.parametrize(
    ("role", "statement", "is_allowed"),
    [
        ("loader", f"insert into raw.session ({', '.join(LINEAGE)}) values (1, 's', 1, now(), '1')", True),
        ("loader", "select * from private.attendance_form", True),
        ("loader", "update audit.submission set state = 'accepted' where false", True),
        ("loader", "update audit.submission set sha256 = '' where false", False),
        ("loader", "delete from raw.session", False),
        ("loader", "delete from audit.submission", False),
        ("loader", "insert into audit.simulated_receipt values (repeat('a', 64), now())", False),
        ("loader", "create table marts.mine (a integer)", False),
        ("transformer", "select * from raw.attendance_form", True),
        ("transformer", "select * from audit.submission", True),
        ("transformer", "create table marts.mine (a integer)", True),
        ("transformer", "select * from private.attendance_form", False),
        ("transformer", "insert into raw.session (_row) values (1)", False),
        ("analyst", "select * from marts.rpt_thing", True),
        ("analyst", "select * from raw.session", False),
        ("analyst", "select * from audit.submission", False),
        ("analyst", "select * from private.attendance_form", False),
        ("dashboard", "select * from marts.rpt_thing", False),
        ("dashboard", "select * from raw.session", False),
        ("privacy", "select * from private.attendance_form", True),
        ("privacy", "select * from private.quarantine", True),
        ("privacy", "select * from raw.attendance_form", False),
        ("privacy", "delete from private.attendance_form", False),
    ],
)
def test_role_may_only_what_it_is_for_when_it_tries(shared_warehouse: Settings, role: str, statement: str, is_allowed: bool) -> None:
    with role_engine(shared_warehouse, "transformer").begin() as connection:
        connection.execute(text("create table if not exists marts.rpt_thing (a integer)"))
    engine = role_engine(shared_warehouse, role)
    with engine.connect() as connection:
        if is_allowed:
            connection.execute(text(statement))
        else:
            with pytest.raises(ProgrammingError, match="permission denied"):
                connection.execute(text(statement))
    engine.dispose()


def test_login_fails_when_the_password_is_wrong(warehouse: Settings) -> None:
    engine = role_engine(warehouse, "analyst")
    with engine.connect() as connection:
        assert connection.scalar(text("select session_user")) == "pipc_analyst"
    wrong = engine.url.set(password="wrong")
    engine.dispose()
    with pytest.raises(OperationalError, match="password authentication failed"):
        create_engine(wrong).connect()
