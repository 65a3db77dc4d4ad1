"""Attendance forms generated from counts and overlaps."""

from __future__ import annotations

import copy
from collections import Counter
from datetime import date, datetime
from typing import Any

import pytest

from pipc_etl.demo.people import attendance_answers
from pipc_etl.errors import ContractError

SPEC: dict[str, Any] = {
    "seed": 7,
    "windows": [
        {
            "part": "form",
            "persons": 6,
            "sex": {"female": 5, "male": 3},
            "age": {"adults": 8},
            "without_consent": 1,
            "unidentified": 1,
            "repeated": 2,
            "sessions": [
                {"session_code": "A", "event_title": "A", "day": date(2023, 5, 2), "start": "09:00", "end": "10:00", "attendances": 5},
                {"session_code": "B", "event_title": "B", "day": date(2023, 5, 9), "start": "09:00", "end": "10:00", "attendances": 6},
            ],
        },
        {
            "part": "form",
            "persons": 4,
            "returning": 3,
            "sex": {"female": 4},
            "age": {"adults": 4},
            "sessions": [
                {"session_code": "C", "event_title": "C", "day": date(2023, 6, 6), "start": "09:00", "end": "10:00", "attendances": 4}
            ],
            "edits": [{"response": 1, "since": date(2023, 6, 20), "set": {"locality_code": "08"}}],
        },
    ],
}


def test_people_and_seats_are_as_described_when_sessions_share_people() -> None:
    answers = attendance_answers(SPEC)
    assert len(answers) == 5 + 6 + 2 + 4 + 1
    by_session = Counter(answer["session_code"] for answer in answers if answer["_exported_on"] != date(2023, 6, 20))
    assert sum(by_session.values()) == 17
    assert by_session["C"] == 4
    people = {answer["full_name"] for answer in answers if answer["consent"] and answer["document_number"]}
    assert len(people) == 6 + 4 - 3
    in_session = Counter((answer["session_code"], answer["full_name"]) for answer in answers[:13] if answer["document_number"])
    assert sum(count == 2 for count in in_session.values()) == 2, "only the repeated answers sit twice in a session"


def test_a_person_keeps_the_profile_when_they_return() -> None:
    answers = [answer for answer in attendance_answers(SPEC) if answer["document_number"]]
    profiles = {(answer["full_name"], answer["sex"], answer["age_band"], answer["age"]) for answer in answers}
    assert len(profiles) == len({name for name, *_ in profiles}) == 8


def test_numbers_run_through_the_form_when_it_has_two_windows() -> None:
    answers = [answer for answer in attendance_answers(SPEC) if answer["_exported_on"] != date(2023, 6, 20)]
    assert [answer["response_id"] for answer in answers] == list(range(1, 18))
    moments = [answer["submitted_at"] for answer in answers]
    assert all(isinstance(moment, datetime) for moment in moments)
    assert moments == sorted(moments, key=str)


def test_edit_has_the_same_number_when_an_answer_was_changed() -> None:
    first, changed = (answer for answer in attendance_answers(SPEC) if answer["response_id"] == 1)
    assert changed["submitted_at"] == first["submitted_at"]
    assert (first.get("locality_code"), changed["locality_code"]) == (None, "08")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"sex": {"female": 9}}, "sex adds up to 9, not 8"),
        ({"persons": 40, "sex": {"female": 42}, "age": {"adults": 42}}, "40 persons do not fit in 9 attendances"),
        ({"returning": 2}, "only 0 of 2 returning people"),
    ],
)
def test_description_is_refused_when_its_counts_contradict(change: dict[str, Any], complaint: str) -> None:
    spec = copy.deepcopy(SPEC)
    spec["windows"][0] |= change
    with pytest.raises(ContractError, match=complaint):
        attendance_answers(spec)
