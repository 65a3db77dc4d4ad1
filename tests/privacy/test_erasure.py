"""A person who asked for it is found nowhere any more, nothing that was counted changes, and no later file brings them back."""

from __future__ import annotations

import hashlib
import json

import pytest

from pipc_etl.intake.archive import stored
from pipc_etl.privacy.erasing import Request, erase, erasures
from pipc_etl.privacy.gathering import PrivacyError
from pipc_etl.privacy.rows import content_hashes
from tests.privacy.conftest import REQUEST, Told, build_marts
from tests.privacy.story import EMAIL, JUAN, LUZ, NAME, NUMBER, PHONE, ROSA, in_files, in_tables, said


def test_traces_were_everywhere_when_the_search_looked_before(told: Told) -> None:
    assert {table for table, _ in told.before_tables} >= {
        "private.attendance_form", "private.quarantine", "raw.attendance_form", "raw.evaluation_form", "raw.execution_report",
    }  # fmt: skip
    folders = {file.split("/")[0] for file, _ in told.before_files}
    assert folders >= {"archive", "landing", "outbox", "logs"}
    assert {spelling for _, spelling in told.before_files} >= {"luz marina pena", EMAIL, NUMBER, PHONE}


def test_person_is_found_nowhere_when_every_table_and_file_is_searched(told: Told) -> None:
    assert told.exits == [-9] * len(told.exits)
    assert len(told.exits) == 3
    assert set(in_tables(told.story)) == set()
    assert set(in_files(told.story.settings)) == set()


def test_rehearsal_says_what_went_when_it_is_compared_with_the_record(told: Told) -> None:
    (record,) = erasures(told.story.settings)
    assert record["finished_at"] is not None
    assert (record["request"], record["actor"]) == ("radicado 1-2026-77", "Oficial de datos")
    assert said(json.dumps(record, default=str)) == []
    counts = record["counts"]
    assert counts["private_rows"] > 1
    assert {name: quantity for name, quantity in counts.items() if quantity} == {
        name: quantity for name, quantity in told.rehearsal.counts.items() if quantity
    }
    # What the killed runs left was finished by the next: nothing was left for the last.
    assert told.erased.erasure_id is None


def test_counts_stay_when_a_person_is_erased_and_when_the_marts_are_built_anew(told: Told) -> None:
    assert told.counted
    assert told.story.counts() == told.counted
    keys = "select person_key from marts.fct_attendance where starts_with(person_key, 'erased:') group by 1"
    assert len(told.story.rows(keys)) == 1, "one person stays one person"
    facts = "select attendance_key, person_key, _submission_id, _row from marts.fct_attendance order by 1"
    before = told.story.rows(facts)
    build_marts(told.story, full_refresh=True)
    assert told.story.rows(facts) == before
    assert told.story.counts() == told.counted


def test_original_hash_stays_as_a_tombstone_when_the_file_is_redacted(told: Told) -> None:
    rows = told.story.rows(
        "select distinct s.sha256, s.file_name from audit.submission as s inner join audit.redaction as r on r.file_hash = s.sha256"
    )
    assert len(rows) >= 5
    for sha256, name in rows:
        path = stored(told.story.settings.archive, str(sha256), str(name))
        assert ".redacted" in path.name
        assert hashlib.sha256(path.read_bytes()).hexdigest() != sha256


def test_content_hash_is_the_loads_own_when_it_is_made_from_the_rows(told: Told) -> None:
    story = told.story
    rows = story.rows(
        "select to_jsonb(r), r.submitted_at, r.disability, r.population_groups, p.full_name, p.document_number, p.email, p.phone, "
        "r.started_at from raw.attendance_form as r left join private.attendance_form as p using (_submission_id, _sheet, _row)"
    )
    given = []
    for row, submitted_at, disability, groups, name, number, email, phone, started_at in rows:
        assert isinstance(row, dict)
        personal = {"full_name": name, "document_number": number, "email": email, "phone": phone}
        given.append(
            {
                **row,
                **personal,
                "submitted_at": submitted_at,
                "started_at": started_at,
                "disability": disability,
                "population_groups": groups,
            }
        )
    assert len(given) > 6
    assert content_hashes(story.catalog, "attendance_form", given, story.settings.secret("person_key")) == [
        row["_content_hash"] for row in given
    ]


def test_nobody_comes_back_when_the_next_cumulative_export_is_loaded(told: Told) -> None:
    story = told.story
    (outcome,) = story.take(story.sender.responses(LUZ, JUAN, ROSA))
    assert (outcome.rows_read, outcome.rows_accepted, outcome.rows_already_known) == (3, 1, 2)
    assert set(in_tables(story)) | set(in_files(story.settings)) == set()
    assert story.rows("select full_name from private.attendance_form where _submission_id = :id", id=outcome.submission_id) == [
        ("Rosa Gil",)
    ]


def test_edited_response_keeps_its_random_key_when_it_comes_again(told: Told) -> None:
    story = told.story
    edited = LUZ | {"age": "35", "phone": "310 000 1111"}
    (outcome,) = story.take(story.sender.responses(edited, JUAN, ROSA, name="Asistencia diálogo (1).csv"))
    assert (outcome.rows_accepted, outcome.rows_already_known) == (1, 2)
    keys = story.rows(
        "select age, person_key from raw.attendance_form where _response_key in "
        "(select _response_key from raw.attendance_form where _submission_id = :id) and person_key like 'erased:%' order by age",
        id=outcome.submission_id,
    )
    assert [age for age, _ in keys] == [34, 35]
    assert len({key for _, key in keys}) == 1
    assert set(in_tables(story)) | set(in_files(story.settings)) == set()
    assert "3100001111" not in "".join(path.read_text("utf-8", "ignore") for path in story.settings.archive.rglob("*.csv")).replace(" ", "")


def test_file_is_told_apart_when_its_erased_bytes_are_sent_again(told: Told) -> None:
    """The very bytes of a file from which somebody was erased: nothing is new, and nothing comes back."""
    story = told.story
    (outcome,) = story.take(story.sender.responses(LUZ, JUAN))
    assert outcome.how == "duplicate"
    assert set(in_tables(story)) | set(in_files(story.settings)) == set()


def test_large_file_brings_nobody_back_when_it_is_streamed(told: Told) -> None:
    from dataclasses import replace

    from pipc_etl.privacy.keeping_out import keep_out
    from pipc_etl.warehouse.ingest import ingest_paths

    story = told.story
    path = story.sender.responses(LUZ, JUAN | {"age": "300"}, LUZ | {"age": "301"}, *[ROSA] * 4, name="Grande.csv")
    (outcome,) = ingest_paths([path], replace(story.settings, bulk_bytes=1))
    assert (outcome.error, outcome.rows_read, outcome.rows_quarantined) == (None, 7, 2)
    assert set(in_tables(story)) == set()
    assert keep_out(story.settings) == 1
    assert keep_out(story.settings) == 0
    assert set(in_files(story.settings)) == set()


def test_nothing_is_left_to_do_when_an_erasure_is_asked_for_again(told: Told) -> None:
    before = told.story.rows("select count(*) from audit.erasure")
    assert erase(told.story.settings, REQUEST).erasure_id is None
    assert told.story.rows("select count(*) from audit.erasure") == before


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (Request((), ("sin arroba",), "radicado 2", "x"), "nobody is named"),
        (Request((("CC", NUMBER),), (), f"la señora {NUMBER}", "x"), "must not name"),
    ],
)
def test_request_is_refused_when_it_names_nobody_or_says_who_it_is(told: Told, request_: Request, why: str) -> None:
    with pytest.raises(PrivacyError, match=why):
        erase(told.story.settings, request_)


def test_email_of_two_is_refused_and_of_one_leads_to_their_document(told: Told) -> None:
    story = told.story
    shared = {"email": "casa@ejemplo.co", "sex": "Mujer", "age": "30", "session_code": "SG23-DC1"}
    story.take(
        story.sender.responses(
            shared | {"full_name": "Eva Uno", "document_number": "1000001"},
            shared | {"full_name": "Ada Dos", "document_number": "1000002"},
            shared | {"full_name": "Flor Tres", "document_number": "1000003", "email": "flor@ejemplo.co"}, name="Casa.csv",
        )
    )  # fmt: skip
    with pytest.raises(PrivacyError, match="several persons"):
        erase(story.settings, Request((), ("Casa@ejemplo.co",), "radicado 3", "x"))
    one = erase(story.settings, Request((("CC", "1000001"),), (), "radicado 3", "x"))
    assert one.shared_emails == 1
    flor = erase(story.settings, Request((), ("flor@ejemplo.co",), "radicado 4", "x"))
    assert (one.counts["private_rows"], flor.counts["private_rows"]) == (1, 1)
    assert story.rows("select full_name, email from private.attendance_form where email like '%ejemplo.co' order by 1")[0] == (
        "Ada Dos",
        "casa@ejemplo.co",
    )
    assert story.rows("select count(*) from private.attendance_form where full_name = :name", name=NAME) == [(0,)]
