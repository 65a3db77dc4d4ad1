"""Every programmed session has one code, whoever asks and however often."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from events_ledger import Entity
from sqlalchemy import Engine, text

from pipc_etl.contracts import Catalog
from pipc_etl.contracts.periods import parse_period
from pipc_etl.events import codes
from pipc_etl.events.check_character import compact, is_valid
from pipc_etl.events.codes import MEETING_UNITS, EventCode, issue_codes
from pipc_etl.events.form_texts import paste_text, table

Issue = Callable[..., list[EventCode]]


@pytest.fixture
def issue(loader: Engine, catalog: Catalog) -> Issue:
    """The codes of an entity in a period, issued as the loader."""

    def ask(entity: str, period: str, dependency: str = "OAP") -> list[EventCode]:
        span = parse_period(period)
        assert span is not None
        with loader.begin() as connection:
            return issue_codes(connection, catalog.codelists[MEETING_UNITS], entity, dependency, span, actor="prueba")

    return ask


def _write(owner: Engine, entity: str) -> None:
    with owner.begin() as connection:
        plan = Entity(connection, entity)
        plan.plan("2021-01-10", 2021, 1, "2021-01-05", [
            {"code": "A-1", "months": {2: 2, 3: 1}, "unit_of_measure": "Talleres"},
            {"code": "A-2", "months": {2: 1}, "unit_of_measure": "Ronda mensual"},
            {"code": "A-3", "months": {2: 1}, "unit_of_measure": "Sesión", "dependency_code": "TIC"},
            {"code": "A-4", "months": {2: 1}, "unit_of_measure": "Sesión", "is_cancelled": True},
        ])  # fmt: skip


def test_sessions_of_meetings_get_codes_when_they_are_programmed(owner: Engine, issue: Issue) -> None:
    _write(owner, "meetings")
    issued = issue("meetings", "2021")
    assert [(code.activity_code, code.period_code, code.ordinal, code.programmed) for code in issued] == [
        ("A-1", "2021-M02", 1, 2),
        ("A-1", "2021-M02", 2, 2),
        ("A-1", "2021-M03", 1, 1),
    ]
    assert [code.title for code in issued[1:]] == ["Actividad A-1 - febrero de 2021 (2 de 2)", "Actividad A-1 - marzo de 2021"]
    assert all(is_valid(code.session_code) for code in issued)
    assert len({code.session_code for code in issued}) == 3
    assert [code.activity_code for code in issue("meetings", "2021-M02", "TIC")] == ["A-3"]
    assert issue("meetings", "2021-M05") == []


def test_codes_stay_when_they_are_asked_for_again_or_the_plan_changes(owner: Engine, issue: Issue) -> None:
    _write(owner, "stable")
    first = issue("stable", "2021-T1")
    assert issue("stable", "2021-M02") == first[:2]
    with owner.begin() as connection:
        Entity(connection, "stable").plan(
            "2021-02-10", 2021, 2, "2021-02-05", [{"code": "A-1", "months": {2: 1, 3: 3}, "unit_of_measure": "Taller"}], effective=3
        )
    amended = issue("stable", "2021-T1")
    assert [(code.period_code, code.ordinal) for code in amended] == [("2021-M02", 1), ("2021-M03", 1), ("2021-M03", 2), ("2021-M03", 3)]
    assert [code.session_code for code in amended[:2]] == [first[0].session_code, first[2].session_code]
    with owner.connect() as connection:
        rows = connection.execute(text("select count(*), count(distinct actor) from audit.event_code where entity_code = 'stable'")).one()
    assert tuple(rows) == (5, 1)  # the second of February keeps its own


def test_version_approved_later_issues_nothing_when_the_period_had_ended(owner: Engine, issue: Issue) -> None:
    _write(owner, "later")
    with owner.begin() as connection:
        Entity(connection, "later").plan(
            "2021-04-10", 2021, 2, "2021-04-05", [{"code": "A-1", "months": {2: 9, 4: 1}, "unit_of_measure": "Taller"}], effective=4
        )
    assert len(issue("later", "2021-M02")) == 2
    assert len(issue("later", "2021-M04")) == 1


def test_another_code_is_taken_when_one_is_in_use(owner: Engine, issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(owner, "collision")
    with owner.begin() as connection:
        Entity(connection, "collision").sessions("2021-01-11", "2021-M01", [{"code": "k7m4px", "on": "2021-01-03"}])
    # Seeds end in the number of the attempt: every first attempt falls on the code that people use, the second on one of two others.
    monkeypatch.setattr(codes, "issued_form", lambda seed: "K7M-4PX" if seed.endswith("|0") else f"2222-{seed[-1]}")
    issued = [compact(code.session_code) for code in issue("collision", "2021-T1")]
    assert issued == ["22221", "22222", "22223"]


def test_text_says_what_to_paste_when_codes_are_issued(owner: Engine, issue: Issue, catalog: Catalog) -> None:
    with owner.begin() as connection:
        Entity(connection, "pasted").plan("2021-01-10", 2021, 1, "2021-01-05", [
            {"code": "A-1", "months": {2: 2}, "unit_of_measure": "Taller", "activity_name": "=1+1"},
        ])  # fmt: skip
    issued = issue("pasted", "2021")
    question = catalog.contracts["attendance_form"].column("session_code").title
    said = paste_text(issued, question, "Asistencia")
    for code in issued:
        assert said.count(f"Única opción:          {code.session_code}") == 1
        assert f"Asistencia - {code.title} - {code.session_code}" in said
    assert f"entry.NÚMERO={issued[0].session_code}" in said
    lines = table(issued, question, "Asistencia").splitlines()
    assert len(lines) == 3
    assert lines[1].split(";")[:4] == [issued[0].session_code, "PIPC", "A-1", "'=1+1"]
