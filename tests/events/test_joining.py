"""Responses find their session by rules alone; what nobody can tell waits until a person settles it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from events_ledger import Entity, Row
from sqlalchemy import Engine, text

from pipc_etl.events.check_character import issued_form
from pipc_etl.events.joining import join_responses, known_sessions
from pipc_etl.events.problems import EventsError, JoiningError
from pipc_etl.events.settling import settle, withdraw
from pipc_etl.events.waiting import Choice, find_queue

DAY = "2023-06-30"
WORKSHOP: Row = {"code": "T-1", "on": DAY, "title": "Taller de datos"}
ASSEMBLY: Row = {"code": "A-1", "on": DAY, "title": "Audiencia pública"}
UNCODED: Row = {"session": None, "title": "Asistencia Taller de datos", "at": DAY}
Answers = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def known(owner: Engine) -> Answers:
    """(response, session, method, reason) of an entity as decided now, in the order of the responses."""

    def ask(entity: str, columns: str = "session_code, method, reason") -> list[tuple[Any, ...]]:
        query = (
            f"select split_part(response_key, ':', 2), {columns} from audit.response_session "
            "where entity_code = :entity and known_to = 'infinity' order by response_key, decision_id"
        )
        with owner.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), {"entity": entity})]

    return ask


def _sessions(owner: Engine, entity: str, rows: Sequence[Row], received: str = "2023-07-02") -> None:
    with owner.begin() as connection:
        Entity(connection, entity).sessions(received, "2023-M06", rows)


def _form(owner: Engine, entity: str, rows: Sequence[Row], received: str = "2023-07-03", name: str = "lista", **more: Any) -> None:
    with owner.begin() as connection:
        Entity(connection, entity).form(received, name, rows, **more)


def _waiting(owner: Engine, entity: str, kind: str = "attendance_form") -> list[tuple[Any, ...]]:
    with owner.begin() as connection:
        queue = find_queue(connection, kind, entity, known_sessions(connection, entity))
        return [(group.form_code, group.written_code, group.reason, group.responses) for group in queue]


def test_only_what_its_code_does_not_say_is_decided_when_a_form_arrives(owner: Engine, loader: Engine, known: Answers) -> None:
    _sessions(owner, "arrives", [WORKSHOP, ASSEMBLY])
    _form(owner, "arrives", [
        {"id": 1, "session": "T-1"}, {"id": 2, "session": " t1"}, {"id": 3, **UNCODED}, {"id": 4, **UNCODED, "title": None},
        {"id": 5, "session": "T-9"}, {"id": 6, **UNCODED, "at": "2023-07-01"},
    ])  # fmt: skip
    assert join_responses(loader, by="carga") == 5
    assert known("arrives") == [
        ("2", "T-1", "code", "spelling"),
        ("3", "T-1", "title_and_date", "title_and_date"),
        ("4", None, "waiting", "blank"),  # the name of the file names no session
        ("5", "T-9", "waiting", "unknown"),
        ("6", None, "waiting", "blank"),
    ]
    assert join_responses(loader, by="carga") == 0
    assert _waiting(owner, "arrives") == [("lista", None, "blank", 1), ("lista", None, "blank", 1), ("lista", "T-9", "unknown", 1)]


def test_name_of_the_file_is_the_title_when_the_form_asks_for_none(owner: Engine, loader: Engine, known: Answers) -> None:
    _sessions(owner, "file", [WORKSHOP, ASSEMBLY])
    _form(owner, "file", [{"id": 1, "session": None, "at": DAY}], name="asistencia-audiencia-publica")
    join_responses(loader, by="carga")
    assert known("file") == [("1", "A-1", "title_and_date", "title_and_date")]


def test_evaluations_are_joined_by_the_same_rules_when_keys_are_the_same(owner: Engine, loader: Engine, known: Answers) -> None:
    _sessions(owner, "both", [WORKSHOP])
    _form(owner, "both", [{"id": 1, **UNCODED}])
    _form(owner, "both", [{"id": 1, **UNCODED, "title": "Evaluación Audiencia", "rating_clarity": 5}], kind="evaluation_form")
    join_responses(loader, by="carga")
    assert known("both", "kind, session_code, method") == [
        ("1", "attendance_form", "T-1", "title_and_date"),
        ("1", "evaluation_form", None, "waiting"),
    ]


def test_responses_go_back_to_the_queue_when_a_second_session_could_be_theirs(owner: Engine, loader: Engine, known: Answers) -> None:
    _sessions(owner, "second", [WORKSHOP])
    _form(owner, "second", [{"id": 1, **UNCODED}, {"id": 2, "session": "t 1"}])
    join_responses(loader, by="carga")
    assert known("second", "session_code, method") == [("1", "T-1", "title_and_date"), ("2", "T-1", "code")]
    _sessions(owner, "second", [WORKSHOP, {**WORKSHOP, "code": "T-1B"}, {"code": "T1", "on": "2023-06-01"}], received="2023-07-09")
    assert join_responses(loader, by="carga") == 2
    assert known("second", "session_code, method, reason") == [("1", None, "waiting", "several"), ("2", "t 1", "waiting", "ambiguous")]
    # And joins again when the second one is gone.
    _sessions(owner, "second", [WORKSHOP], received="2023-07-10")
    join_responses(loader, by="carga")
    assert known("second", "session_code, method") == [("1", "T-1", "title_and_date"), ("2", "T-1", "code")]


def test_session_that_is_reported_later_takes_its_responses_out_of_the_queue(owner: Engine, loader: Engine, known: Answers) -> None:
    code = issued_form("later")
    with owner.begin() as connection:
        connection.execute(
            text("insert into audit.event_code values ('late', :code, 'OAP', 'PIPC', 2023, 'A', '2023-M06', 1, 'Sesión', now(), 'prueba')"),
            {"code": code},
        )
    _form(owner, "late", [{"id": 1, "session": code}, {"id": 2, "session": code.lower()}, {"id": 3, **UNCODED}])
    join_responses(loader, by="carga")
    assert [row[2:] for row in known("late")] == [("waiting", "not_reported"), ("waiting", "not_reported"), ("waiting", "blank")]
    _sessions(owner, "late", [{"code": code, "on": DAY}, WORKSHOP])
    join_responses(loader, by="carga")
    assert known("late") == [
        ("1", code, "code", "exact"),
        ("2", code, "code", "spelling"),
        ("3", "T-1", "title_and_date", "title_and_date"),
    ]
    assert _waiting(owner, "late") == []


def test_response_waits_when_its_session_is_taken_out_of_the_plan_file(owner: Engine, loader: Engine, known: Answers) -> None:
    _sessions(owner, "gone", [WORKSHOP, ASSEMBLY])
    _form(owner, "gone", [{"id": 1, "session": "T-1"}, {"id": 2, "session": "A-1"}])
    assert join_responses(loader, by="carga") == 0
    _sessions(owner, "gone", [ASSEMBLY], received="2023-07-10")
    assert join_responses(loader, by="carga") == 1
    assert known("gone") == [("1", "T-1", "waiting", "unknown")]


def test_former_decision_ends_when_the_person_corrects_the_code(owner: Engine, loader: Engine, known: Answers) -> None:
    _sessions(owner, "corrects", [WORKSHOP, ASSEMBLY])
    _form(owner, "corrects", [{"id": 1, **UNCODED}])
    join_responses(loader, by="carga")
    _form(owner, "corrects", [{"id": 1, **UNCODED, "session": "A-1"}], received="2023-07-05")
    join_responses(loader, by="carga")
    assert known("corrects", "written_code, session_code, method, reason") == [("1", None, None, "withdrawn", "rewritten")]
    # An export received before that, loaded only now, changes nothing.
    _form(owner, "corrects", [{"id": 1, **UNCODED, "session": "T-1"}], received="2023-07-04")
    assert join_responses(loader, by="carga") == 0


def test_responses_of_others_stay_when_a_code_is_theirs_in_another_entity(owner: Engine, loader: Engine, known: Answers) -> None:
    _sessions(owner, "one", [WORKSHOP])
    _form(owner, "other", [{"id": 1, "session": "T-1"}, {"id": 2, **UNCODED}])
    join_responses(loader, by="carga")
    assert known("other") == [("1", "T-1", "waiting", "unknown"), ("2", None, "waiting", "blank")]
    assert known("one") == []


def test_person_settles_what_waits_and_takes_it_back(owner: Engine, loader: Engine, known: Answers) -> None:
    _sessions(owner, "settled", [WORKSHOP, ASSEMBLY])
    rows = [{"id": n, **UNCODED, "title": "Jornada"} for n in (1, 2)]
    _form(owner, "settled", [*rows, {"id": 3, **UNCODED, "title": "Jornada", "at": "2023-07-01"}, {"id": 4, "session": "T-1"}])
    join_responses(loader, by="carga")
    choice = Choice("settled", "lista", title="JORNADA", submitted_on=date.fromisoformat(DAY))
    assert settle(loader, choice, "a1", reason="lo dice el acta", actor="Ana") == 2
    assert known("settled", "session_code, method, reason, actor") == [
        ("1", "A-1", "settled", "lo dice el acta", "Ana"),
        ("2", "A-1", "settled", "lo dice el acta", "Ana"),
        ("3", None, "waiting", "blank", "carga"),
    ]
    # The rules never overrule a person; another person may.
    _sessions(owner, "settled", [WORKSHOP, ASSEMBLY, {"code": "J-1", "on": DAY, "title": "Jornada"}], received="2023-07-10")
    assert join_responses(loader, by="carga") == 0
    assert settle(loader, replace(choice, submitted_on=None), None, reason="era una prueba", actor="Luis") == 3
    assert settle(loader, replace(choice, submitted_on=None), None, reason="era una prueba", actor="Luis") == 0
    assert {row[1:] for row in known("settled", "session_code, method, actor")} == {(None, "settled", "Luis")}
    assert withdraw(loader, choice, reason="no era", actor="Ana") == 2
    assert known("settled", "session_code, method, actor") == [
        ("1", "J-1", "title_and_date", "Ana"),
        ("2", "J-1", "title_and_date", "Ana"),
        ("3", None, "settled", "Luis"),
    ]
    with owner.connect() as connection:
        history = connection.execute(
            text(
                "select method, reason, actor from audit.response_session where entity_code = 'settled' and response_key = 'settled:1' "
                "order by decision_id"
            )
        ).all()
    assert [tuple(row) for row in history] == [
        ("waiting", "blank", "carga"),
        ("settled", "lo dice el acta", "Ana"),
        ("settled", "era una prueba", "Luis"),
        ("withdrawn", "no era", "Ana"),
        ("title_and_date", "title_and_date", "Ana"),
    ]


def test_wrong_automatic_join_is_settled_when_its_session_is_named(owner: Engine, loader: Engine, known: Answers) -> None:
    _sessions(owner, "wrong", [WORKSHOP, ASSEMBLY, {"code": "T-3", "on": DAY, "title": "Feria"}])
    _form(owner, "wrong", [
        {"id": 1, **UNCODED}, {"id": 2, "session": "t1", "at": DAY}, {"id": 3, **UNCODED, "title": "Feria"}, {"id": 4, "session": "T-1"},
    ])  # fmt: skip
    join_responses(loader, by="carga")
    joined = [("1", "T-1", "title_and_date"), ("2", "T-1", "code"), ("3", "T-3", "title_and_date")]
    assert known("wrong", "session_code, method") == joined
    choice = Choice("wrong", "lista")
    with pytest.raises(EventsError, match="en la cola ni decididas antes"):
        settle(loader, choice, "A-1", reason="", actor="Ana")
    with pytest.raises(EventsError, match="sesión actual «A-1»"):
        settle(loader, replace(choice, standing_in="A-1"), None, reason="no", actor="Ana")
    assert known("wrong", "session_code, method") == joined
    wrong = replace(choice, standing_in="T-1")
    assert settle(loader, replace(wrong, title=UNCODED["title"]), "A-1", reason="lo dice el acta", actor="Ana") == 1
    assert settle(loader, wrong, None, reason="de ensayo", actor="Ana") == 1  # not 4: its code is the session's
    settled = [("1", "A-1", "settled"), ("2", None, "settled"), ("3", "T-3", "title_and_date")]
    assert known("wrong", "session_code, method") == settled
    _sessions(owner, "wrong", [WORKSHOP, ASSEMBLY, {"code": "T-3", "on": DAY, "title": "Feria"}], received="2023-07-10")
    assert join_responses(loader, by="carga") == 0
    with owner.connect() as connection:
        history = text(
            "select session_code, method, actor, known_to = 'infinity' from audit.response_session "
            "where entity_code = 'wrong' and response_key = 'wrong:1' order by decision_id"
        )
        kept = [tuple(row) for row in connection.execute(history)]
    assert kept == [("T-1", "title_and_date", "carga", False), ("A-1", "settled", "Ana", True)]
    assert settle(loader, replace(choice, standing_in="A-1"), "T-3", reason="mejor", actor="Luis") == 1
    assert withdraw(loader, choice, reason="sí eran", actor="Ana") == 2
    assert known("wrong", "session_code, method") == joined


def test_settled_response_waits_again_when_its_session_is_no_longer_reported(owner: Engine, loader: Engine, known: Answers) -> None:
    _sessions(owner, "lost", [WORKSHOP, ASSEMBLY])
    _form(owner, "lost", [{"id": 1, **UNCODED}, {"id": 2, **UNCODED, "title": "Jornada"}, {"id": 3, **UNCODED, "title": "Ensayo"}])
    join_responses(loader, by="carga")
    choice = Choice("lost", "lista")
    settle(loader, replace(choice, standing_in="T-1"), "A-1", reason="acta", actor="Ana")
    settle(loader, replace(choice, title="Jornada"), "A-1", reason="acta", actor="Ana")
    settle(loader, replace(choice, title="Ensayo"), None, reason="ensayo", actor="Ana")
    assert _waiting(owner, "lost") == []
    settled = [("1", "A-1", "settled"), ("2", "A-1", "settled"), ("3", None, "settled")]
    _sessions(owner, "lost", [WORKSHOP], received="2023-07-10")
    join_responses(loader, by="carga")
    # The rules would join the first one again to the session that a person took it out of.
    assert known("lost", "session_code, method") == settled
    assert _waiting(owner, "lost") == [("lista", None, "session_gone", 1), ("lista", None, "session_gone", 1)]
    _sessions(owner, "lost", [WORKSHOP, ASSEMBLY], received="2023-07-11")
    join_responses(loader, by="carga")
    assert _waiting(owner, "lost") == []
    _sessions(owner, "lost", [WORKSHOP], received="2023-07-12")
    assert settle(loader, replace(choice, title="Jornada"), "T-1", reason="otra acta", actor="Ana") == 1
    assert _waiting(owner, "lost") == [("lista", None, "session_gone", 1)]


def test_nothing_is_settled_when_session_or_responses_do_not_exist(owner: Engine, loader: Engine, known: Answers) -> None:
    _sessions(owner, "refused", [WORKSHOP])
    _form(owner, "refused", [{"id": 1, **UNCODED, "title": "Jornada"}, {"id": 2, "session": "T-1", "title": "Jornada"}])
    join_responses(loader, by="carga")
    before = known("refused")
    choice = Choice("refused", "lista")
    with pytest.raises(EventsError, match="«T-2» no es una sesión registrada de refused"):
        settle(loader, choice, "T-2", reason="", actor="Ana")
    with pytest.raises(EventsError, match="formulario «otra»"):
        settle(loader, replace(choice, form="otra"), "T-1", reason="", actor="Ana")
    with pytest.raises(EventsError, match="código escrito «T-1»"):  # its code is a session's: it is in no queue
        settle(loader, replace(choice, written_code="T-1"), None, reason="no", actor="Ana")
    with pytest.raises(EventsError, match="decididas por una persona"):
        withdraw(loader, choice, reason="no", actor="Ana")
    assert known("refused") == before == [("1", None, "waiting", "blank")]


def test_other_entities_are_joined_when_one_cannot_be(owner: Engine, loader: Engine, known: Answers) -> None:
    entities = ("fails-1", "fails-2", "works")  # as they are worked through
    for entity in entities:
        _sessions(owner, entity, [WORKSHOP])
        _form(owner, entity, [{"id": 1, **UNCODED}])
    with owner.begin() as connection:
        refusal = "check (entity_code not like 'fails-%') not valid"
        connection.execute(text(f"alter table audit.response_join add constraint refused {refusal}"))
    try:
        with pytest.raises(JoiningError, match=r"fails-1 \(IntegrityError\); fails-2 \(IntegrityError\)") as raised:
            join_responses(loader, by="carga")
    finally:
        with owner.begin() as connection:
            connection.execute(text("alter table audit.response_join drop constraint refused"))
    assert isinstance(raised.value.__cause__, ExceptionGroup)
    assert len(raised.value.__cause__.exceptions) == 2
    assert [known(entity, "session_code") for entity in entities] == [[], [], [("1", "T-1")]]
    assert join_responses(loader, by="carga") == 2
    assert [known(entity, "session_code") for entity in entities] == [[("1", "T-1")]] * 3


def test_intervals_of_a_response_follow_one_another_when_it_is_decided_often(owner: Engine) -> None:
    with owner.connect() as connection:
        rows = connection.execute(
            text(
                "select kind, response_key, written_code, is_first, known_from = lag(known_to) over same as follows, "
                "row_number() over same = 1 as is_earliest from audit.response_session "
                "window same as (partition by kind, response_key, written_code order by decision_id)"
            )
        ).all()
        open_ends = connection.scalar(text("select count(*) from audit.response_session where known_to = 'infinity'"))
    assert len(rows) > 20
    assert all(row.is_first == row.is_earliest and (row.follows or row.is_earliest) for row in rows)
    assert open_ends == len({(row.kind, row.response_key, row.written_code) for row in rows})
