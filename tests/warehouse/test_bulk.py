"""Large files: the same result as the small way, in flat memory, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, text

from pipc_etl.settings import Settings
from pipc_etl.warehouse import bulk
from pipc_etl.warehouse.ingest import Outcome, ingest_paths

Rows = Callable[..., list[tuple[Any, ...]]]
ROWS = 20_000


def people(count: int) -> list[dict[str, object]]:
    """Responses in the 23 columns; one in 200 has a cell that breaks a rule, one in 20 does not consent."""
    spoiled: list[dict[str, object]] = [{"age": "treinta"}, {"age": 240}, {"submitted_at": "ayer"}, {"sex": "Otra cosa"}, {"consent": ""}]
    rows: list[dict[str, object]] = []
    for number in range(1, count + 1):
        row: dict[str, object] = {
            "response_id": number,
            "started_at": f"01/06/2023 {8 + number % 10}:00",
            "submitted_at": f"{1 + number % 28:02}/06/2023 {number % 24:02}:{number % 60:02}:{number * 7 % 60:02}",
            "event_title": "Consulta; ciudadana",
            "consent": "No" if number % 20 == 0 else "Sí",
            "full_name": f'Luz "Lucha" Peña {number}',
            "document_type": ("CC", "TI", "Pasaporte", "")[number % 4],
            "document_number": f"{number % 5000 + 1_000_000:,}".replace(",", ".") if number % 7 else "",
            "email": f"persona{number % 3000}@ejemplo.co",
            "phone": 3_000_000_000 + number,
            "organization": "N/A" if number % 3 else "Junta, de acción",
            "neighbourhood": ["Manitas", "S/D", "", "Ñame"][number % 4],
            "sex": ["Mujer", "Hombre", "No responde"][number % 3],
            "age": number % 90,
            "disability": ["Física;Visual", "Ninguna", ""][number % 3],
            "locality_code": "Kennedy",
        }
        rows.append(row | spoiled[number // 200 % 5] if number % 200 == 0 else row)
    return rows


@pytest.fixture
def run(warehouse: Settings) -> Callable[..., Outcome]:
    def one(path: Any, bulk_bytes: int) -> Outcome:
        (outcome,) = ingest_paths([path], replace(warehouse, bulk_bytes=bulk_bytes))
        assert outcome.error is None
        return outcome

    return one


def content(rows_of: Rows, table: str, submission_id: int) -> list[str]:
    without = "- '_submission_id' - '_loaded_at' - '_response_key' - '_content_hash'"
    query = {
        "raw": f"select (to_jsonb(r) {without})::text from raw.attendance_form r where _submission_id = :id",
        "private": "select (to_jsonb(r) - '_submission_id')::text from private.attendance_form r where _submission_id = :id",
        "findings": "select (to_jsonb(f) - 'finding_id' - 'submission_id')::text from audit.finding f where submission_id = :id",
        "quarantine": "select concat(sheet, row_number, rules) from private.quarantine where submission_id = :id",
    }[table]
    return [row[0] for row in rows_of(f"{query} order by 1", id=submission_id)]


def test_large_file_ends_like_a_small_one_when_taken_either_way(sender: Any, run: Any, rows_of: Rows) -> None:
    run(sender.registry(), 10**9)
    rows = people(ROWS)
    small = run(sender.responses(*rows, name="Consulta pequeña.csv"), 10**9)
    large = run(sender.responses(*rows, name="Consulta grande.csv"), 1)
    counts = [(o.rows_read, o.rows_accepted, o.rows_quarantined, o.state, o.loaded) for o in (small, large)]
    assert counts[0] == (ROWS, ROWS - 100, 100, "accepted_with_observations", True)
    assert counts[1] == counts[0]
    for table, least in (("raw", ROWS - 100), ("private", ROWS // 2), ("findings", 100), ("quarantine", 100)):
        expected, found = (content(rows_of, table, outcome.submission_id) for outcome in (small, large))
        assert len(expected) >= least, table
        assert found == expected, table
    assert rows_of("select count(*) from pg_class where relnamespace = 'private'::regnamespace and relname like 'incoming%'") == [(0,)]


def test_known_responses_are_left_out_when_a_large_export_is_cumulative(sender: Any, run: Any, rows_of: Rows) -> None:
    run(sender.registry(), 10**9)
    rows = [row | {"age": 30, "consent": "Sí", "sex": "Mujer", "submitted_at": "01/06/2023 10:00"} for row in people(2000)]
    first = run(sender.responses(*rows[:1500], name="Consulta.csv"), 1)
    repeated = [*rows, rows[3], rows[4] | {"sex": "Hombre"}]
    second = run(sender.responses(*repeated, name="Consulta (1).csv"), 1)
    third = run(sender.responses(*rows[:10], rows[20] | {"sex": "Hombre"}, name="Consulta (2).csv"), 10**9)
    assert (first.rows_accepted, first.rows_already_known) == (1500, 0)
    assert (second.rows_read, second.rows_accepted, second.rows_already_known) == (2002, 501, 1501)
    assert (third.rows_read, third.rows_accepted, third.rows_already_known) == (11, 2, 9)  # the fifth changed back
    assert rows_of("select count(*), count(distinct _response_key) from raw.attendance_form") == [(2003, 2000)]


def test_large_file_is_returned_whole_when_half_its_rows_are_bad(sender: Any, run: Any, rows_of: Rows) -> None:
    run(sender.registry(), 10**9)
    outcome = run(sender.responses(*[row | {"submitted_at": "ayer"} for row in people(300)], name="Consulta.csv"), 1)
    assert (outcome.state, outcome.rows_read, outcome.rows_accepted, outcome.loaded) == ("returned", 300, 0, False)
    assert "file.too_many_bad_rows" in {finding.rule for finding in outcome.findings}
    assert rows_of("select count(*) from raw.attendance_form") == [(0,)]
    ((findings,),) = rows_of(
        "select count(*) from audit.finding where submission_id = :id and scope in ('cell', 'row')", id=outcome.submission_id
    )
    assert findings >= 300


def test_large_file_is_returned_when_its_header_is_incomplete(sender: Any, run: Any, rows_of: Rows) -> None:
    run(sender.registry(), 10**9)
    path = sender.responses(*people(50), name="Consulta.csv")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0].replace("Marca temporal", "Cualquier cosa"), *lines[1:]]), encoding="utf-8")
    outcome = run(path, 1)
    assert (outcome.state, outcome.rows_read) == ("returned", 0)
    assert "header.missing" in {finding.rule for finding in outcome.findings}
    assert rows_of("select state from audit.submission where submission_id = :id", id=outcome.submission_id) == [("returned",)]


def test_large_correction_has_a_key_of_its_own_when_planning_sends_it(sender: Any, run: Any, rows_of: Rows) -> None:
    for path in (sender.registry(), sender.plan(), sender.report("TIC")):
        run(path, 10**9)
    why = {"on_behalf_of": "TIC", "corrected_by": "Jefe", "correction_reason": "Acta"}
    outcome = run(sender.report("OAP", name="corrección.csv", activity_code="TIC-1", executed_qty=3, **why), 1)
    assert outcome.rows_accepted == 1
    ((key, accumulates),) = rows_of(
        "select submission_key, accumulates from audit.submission where submission_id = :id", id=outcome.submission_id
    )
    assert key.startswith("secretaria-general|OAP|PIPC|2021-05-01|correction:")
    assert accumulates


def test_staging_table_is_dropped_when_its_process_is_gone(loader: Engine, rows_of: Rows) -> None:
    names = ["incoming_1_0123abcd", "incoming_2_0123abcd"]
    with loader.begin() as connection:
        for name in (*names, f"{names[0]}_breach"):
            connection.execute(text(f"create unlogged table private.{name} (a integer)"))
    with loader.connect() as holder:
        holder.execute(text("select pg_advisory_lock(hashtextextended(:name, 0))"), {"name": names[1]})
        assert bulk.drop_leftovers(loader) == 1
        left = rows_of(
            "select relname::text from pg_class where relnamespace = 'private'::regnamespace and starts_with(relname, 'incoming')"
        )
        assert left == [(names[1],)]
        holder.execute(text("select pg_advisory_unlock(hashtextextended(:name, 0))"), {"name": names[1]})
    assert bulk.drop_leftovers(loader) == 1
