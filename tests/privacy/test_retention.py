"""What has served its term goes by night, is on record, and no later file brings it back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pipc_etl.contracts import Catalog
from pipc_etl.errors import SettingsError
from pipc_etl.privacy.retention import keep_house, kept_from, load_terms
from pipc_etl.settings import PROJECT_ROOT, Settings
from pipc_etl.warehouse.engine import superuser_engine
from pipc_etl.warehouse.schema import prepare
from tests.privacy.story import JUAN, LUZ, ROSA, Story, own_home, said
from tests.warehouse.conftest import Sender

NOW = datetime(2028, 6, 1, 12, tzinfo=UTC)  # personal data is kept from 2023 on
OLD = "31/12/2022 23:59:00"


@pytest.fixture
def story(fresh_database: Settings, catalog: Catalog, tmp_path: Path) -> Iterator[Story]:
    policy = tmp_path / "retention.yaml"
    content = (PROJECT_ROOT / "pipc_etl/privacy/retention.yaml").read_text("utf-8")
    policy.write_text(content.replace("keep_years: null", "keep_years: 5"), "utf-8")
    settings = replace(own_home(fresh_database, tmp_path / "home"), retention=policy)
    owner = superuser_engine(settings)
    assert prepare(owner, settings, catalog)
    yield Story(settings, catalog, Sender(settings, catalog), owner)
    owner.dispose()


def test_old_answers_lose_their_persons_and_young_ones_keep_them_when_the_house_is_kept(story: Story) -> None:
    old = LUZ | {"submitted_at": OLD}
    story.take(story.sender.registry(), story.sender.responses(old, LUZ, JUAN, name="Mezcla.csv"))
    with story.owner.begin() as connection:
        connection.execute(text("update audit.letter set state = 'sent', sent_at = clock_timestamp()"))
    answers = sum(path.is_file() for path in story.settings.outbox.rglob("*"))
    assert answers >= 4
    story.settings.logs.mkdir(exist_ok=True)
    for name, days in (("viejo.log", 400), ("nuevo.log", 1)):
        path = story.settings.logs / name
        path.write_text("línea\n")
        moment = (NOW - timedelta(days=days)).timestamp()
        os.utime(path, (moment, moment))
    everything = {path for path in story.settings.home.rglob("*") if path.is_file()}
    rehearsed = keep_house(story.settings, actor="prueba", now=NOW, dry_run=True)
    assert {path for path in story.settings.home.rglob("*") if path.is_file()} == everything
    assert story.rows("select count(*) from private.attendance_form") == [(3,)]
    done = keep_house(story.settings, actor="prueba", now=NOW)
    assert [(kept.rule, kept.removed) for kept in done] == [("personal_data", 1), ("answers", answers), ("logs", 2), ("drafts", 0)]
    assert done == rehearsed
    # The journal of the loads went too: they ran years before that day.
    assert [path.name for path in story.settings.logs.glob("*.log")] == ["nuevo.log"]
    assert list(story.settings.outbox.iterdir()) == []
    assert story.rows("select full_name from private.attendance_form order by 1") == [("Juan Pérez",), ("Luz Marina Peña",)]
    keys = [key for (key,) in story.rows("select person_key from raw.attendance_form order by _row")]
    assert [str(key).startswith("erased:") for key in keys] == [True, False, False]
    (archived,) = (path for path in story.settings.archive.rglob("*.csv") if ".redacted" in path.name)
    lines = archived.read_text("utf-8").splitlines()
    assert (said(lines[1]), len(said(lines[2]))) == ([], 5)
    # The cumulative export of the same form brings the young and the new, not the old.
    (outcome,) = story.take(story.sender.responses(old, LUZ, JUAN, ROSA, name="Mezcla (1).csv"))
    assert (outcome.rows_already_known, outcome.rows_accepted) == (3, 1)
    assert len(said(story.rows("select string_agg(p::text, '') from private.attendance_form as p")[0][0])) == 4  # type: ignore[arg-type]
    assert next(kept.removed for kept in keep_house(story.settings, actor="prueba", now=NOW)) == 0
    record = story.rows("select rule, norm <> '', actor, removed_qty from audit.housekeeping where removed_qty > 0 order by 1, 4")
    logs = [("logs", True, "prueba", 1), ("logs", True, "prueba", 2)]
    assert record == [("answers", True, "prueba", answers), *logs, ("personal_data", True, "prueba", 1)]


def test_personal_data_goes_by_whole_years_when_its_term_is_counted() -> None:
    terms = {term.rule: term for term in load_terms(PROJECT_ROOT / "pipc_etl/privacy/retention.yaml")}
    assert kept_from(terms["personal_data"], NOW) is None, "the entity decides; what is removed cannot be had back"
    limit = kept_from(replace(terms["personal_data"], keep=5), datetime(2027, 1, 1, 4, tzinfo=UTC))
    assert limit is not None
    assert limit.isoformat() == "2021-01-01T00:00:00-05:00", "in Bogotá it is still 2026"
    assert kept_from(terms["logs"], NOW) == NOW - timedelta(days=90)


_OTHERS = "\nanswers: {keep_days: 9, norm: x}\nlogs: {keep_days: 9, norm: x}\ndrafts: {keep_days: 9, norm: x}"


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ("answers: {keep_days: 400, norm: x}", "the rules of the policy are"),
        ("personal_data: {keep_years: 0, norm: x}" + _OTHERS, "needs keep_years of 1"),
        ("personal_data: {keep_years: 5}" + _OTHERS, "needs the norm"),
    ],
)
def test_policy_is_refused_when_it_makes_no_sense(policy: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "retention.yaml"
    path.write_text(policy, "utf-8")
    with pytest.raises(SettingsError, match=why):
        load_terms(path)
