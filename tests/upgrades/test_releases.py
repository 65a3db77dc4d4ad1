"""From every earlier release's state: the ledger keeps its rows, the figures are a fresh load's, publications stay what they were."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from sqlalchemy import Engine, text

from pipc_etl.demo.publications import read_publications
from pipc_etl.publish.ledger.differences import compare
from pipc_etl.publish.ledger.freezing import altered_files
from pipc_etl.publish.ledger.preparing import prepare
from pipc_etl.publish.ledger.register import publication
from tests.upgrades.conftest import BUILT, PUBLISHED, Release, rows_of

pytestmark = pytest.mark.timeout(1800)
FILES = 36
# What the runners of migrations and builds keep for themselves.
OF_THE_UPGRADE = {f"audit.{name}" for name in ("migration", "alembic_version", "prepared", "build", "build_relation", "build_failure")}
# What tells when a warehouse was built, and which rules an older release knew: its findings were answered then.
OF_ITS_TIME = {f"marts.{name}" for name in ("rpt_board_run", "rpt_board_freshness", "rpt_board_finding", "rpt_data_quality")}
NUMBER_OF_FILE = {"_submission_id", "submission_id"}
# Made of the file's number, or of when the row was last looked at or built.
SURROGATES = {"known_at", "_touch_number", "attendance_key", "evaluation_key", "obligation_event_id"}


def test_ledger_keeps_its_rows_when_a_release_is_upgraded(release: Release) -> None:
    before, after = release.before, rows_of(release.engine, "raw", "private", "audit")
    assert len(before["audit.submission"]) == FILES
    assert sum(len(rows) for name, rows in before.items() if name.startswith("raw.")) > 300
    kept = {name: rows for name, rows in before.items() if rows and name not in OF_THE_UPGRADE}
    assert len(kept) > 15
    # Columns that came since are left out: the others say what they said.
    said = {name: sorted(_with(map(json.loads, after[name]), set(json.loads(rows[0])))) for name, rows in kept.items()}
    assert [name for name, rows in kept.items() if said[name] != sorted(_with(map(json.loads, rows)))] == []


def test_upgraded_warehouse_is_at_the_last_migration_when_it_came_from_a_release(release: Release, afresh: Engine) -> None:
    assert _columns(release.engine) == _columns(afresh)
    query = text("select version_num, to_regclass('audit.migration') from audit.alembic_version")
    with release.engine.connect() as upgraded, afresh.connect() as fresh:
        assert upgraded.execute(query).one() == fresh.execute(query).one()


@pytest.mark.parametrize("release", BUILT, indirect=True, scope="module", ids=lambda number: f"release-{number}")
def test_marts_say_what_a_fresh_load_says_when_a_release_is_built(release: Release, afresh: Engine) -> None:
    upgraded, fresh = _marts(release.engine), _marts(afresh)
    assert set(upgraded) == set(fresh)
    assert len(upgraded) > 50
    assert sum(bool(rows) for rows in fresh.values()) > 35
    assert len(fresh["marts.rpt_activity_compliance"]) > 100
    assert {name: _difference(upgraded[name], fresh[name]) for name in fresh if upgraded[name] != fresh[name]} == {}


@pytest.mark.parametrize("release", PUBLISHED, indirect=True, scope="module", ids=lambda number: f"release-{number}")
def test_publications_are_what_they_were_when_a_release_is_upgraded(release: Release) -> None:
    (sample,) = [one for one in read_publications(release.settings.samples) if one.period == "2021-C2"]
    with release.engine.connect() as connection:
        published = publication(connection, "P0001")
    assert len(published.files) >= 10
    assert altered_files(published, release.settings.publications) == []
    # The same address is the same publication, and computing it anew gives every figure again.
    assert prepare(release.settings, sample.request) == published
    compared = compare(release.settings, "P0001")
    assert len(compared.same) > 50
    assert [(change.figure.key, change.reasons) for change in compared.changes] == []


def _columns(engine: Engine) -> list[tuple[str, ...]]:
    query = text(
        "select table_schema::text, table_name::text, column_name::text, data_type::text, is_nullable::text "
        "from information_schema.columns where table_schema in ('raw', 'private', 'audit') order by 1, 2, 3"
    )
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def _marts(engine: Engine) -> dict[str, list[str]]:
    """Rows of every mart with files named by their bytes: the order in which they got their numbers is each load's own."""
    with engine.connect() as connection:
        names = {row[0]: row[1] for row in connection.execute(text("select submission_id, sha256 from audit.submission"))}
    found = {}
    for table, rows in rows_of(engine, "marts").items():
        if table not in OF_ITS_TIME:
            parsed = [
                {key: names.get(value, value) if key in NUMBER_OF_FILE else value for key, value in json.loads(row).items()} for row in rows
            ]
            found[table] = sorted(_with(parsed, without=SURROGATES))
    return found


def _with(rows: Iterable[dict[str, object]], kept: set[str] | None = None, without: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
    return [
        json.dumps({key: value for key, value in row.items() if (kept is None or key in kept) and key not in without}, sort_keys=True)
        for row in rows
    ]


def _difference(one: list[str], other: list[str]) -> tuple[list[str], list[str]]:
    return sorted(set(one) - set(other))[:2], sorted(set(other) - set(one))[:2]
