"""What only a staging table shows: what intake could not read, findings beyond any limit, crashes, tables left behind."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from execution_rows import FACTS, a_rule, catalog, contract, reference, row, rows
from sample_batch import FIRST_ROW, SampleBatch, sample_batch
from sqlalchemy import Engine, create_engine, text
from staged_batch import create_reference, stage

from pipc_etl.contracts import Finding
from pipc_etl.errors import RuleError
from pipc_etl.settings import Settings
from pipc_etl.validation import EnvelopeFacts, StagedVerdict, drop_staged, validate, validate_staged


@pytest.fixture(scope="module")
def engine(module_database: Settings) -> Iterator[Engine]:
    assert module_database.warehouse_url
    made = create_engine(module_database.warehouse_url)
    with made.begin() as connection:
        connection.execute(text("create schema private"))
    create_reference(made, reference(50))
    yield made
    made.dispose()


def judge(engine: Engine, batch: SampleBatch, facts: EnvelopeFacts = FACTS, findings: tuple[Finding, ...] = ()) -> StagedVerdict:
    return validate_staged(engine, stage(engine, batch), batch.contract, catalog(), facts, letters=batch.letters, findings=findings)


def lines(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(line) for line in connection.execute(text(query))]


def test_bad_rows_are_named_when_the_rest_is_accepted(engine: Engine) -> None:
    batch_rows = rows(10)
    batch_rows[3] |= {"executed_qty": -1}
    batch_rows[7] |= {"rescheduled_qty": 1, "justification": "aforo", "carried_over_from": 1999}
    verdict = judge(engine, sample_batch(contract(), batch_rows))
    assert verdict.state == "accepted_with_observations"
    assert (verdict.rows_read, verdict.rows_accepted, verdict.rows_quarantined) == (10, 8, 2)
    assert lines(engine, f"select _sheet, _row, rules from {verdict.quarantine_table} order by _row") == [
        ("Hoja1", FIRST_ROW + 3, ["value.out_of_range"]),
        ("Hoja1", FIRST_ROW + 7, ["execution_report.rescheduled_without_month", "value.out_of_range"]),
    ]
    assert verdict.broken["value.out_of_range"] == 2


def test_file_is_returned_when_too_many_rows_are_bad(engine: Engine) -> None:
    verdict = judge(engine, sample_batch(contract(), [row(number, executed_qty=-1 if number < 4 else 1) for number in range(10)]))
    assert (verdict.state, verdict.rows_read, verdict.rows_accepted, verdict.rows_quarantined) == ("returned", 10, 0, 0)
    assert [finding.rule for finding in verdict.findings] == ["file.too_many_bad_rows"]


def test_nothing_is_said_when_all_rows_are_clean(engine: Engine) -> None:
    verdict = judge(engine, sample_batch(contract(), rows(5)))
    assert (verdict.state, verdict.rows_accepted, verdict.findings, verdict.broken) == ("accepted", 5, (), {})


def test_what_intake_could_not_read_is_told_once_when_it_stands_in_the_table(engine: Engine) -> None:
    problems = {
        1: [("executed_qty", "number.ambiguous", "1.234", {"thousands": "1234", "decimal": "1,234"})],
        2: [("activity_code", "text.became_date", "01/03/2021", {})],
        11: [("plan_code", "row.ragged", "", {"found": "3", "expected": "20"})],
    }
    batch_rows = [row(0), row(1, executed_qty=None), row(2, activity_code=None), *[row(n) for n in range(3, 11)], {}]
    batch = sample_batch(contract(), batch_rows, problems=problems)
    verdict = judge(engine, batch)
    told = lines(engine, f"select row_number, rule, column_name, cell, value, message, remedy from {verdict.finding_table} order by 1")
    in_memory = validate(batch, catalog(), reference(50), FACTS)
    assert [(f.row, f.rule, f.column, f.cell, f.value, f.message, f.remedy) for f in in_memory.findings] == told
    assert [line[1] for line in told] == ["number.ambiguous", "text.became_date", "row.ragged"]
    assert (verdict.rows_accepted, verdict.rows_quarantined) == (in_memory.rows_accepted, in_memory.rows_quarantined) == (9, 3)


def test_findings_go_beyond_twenty_when_many_rows_break_a_rule(engine: Engine) -> None:
    verdict = judge(
        engine, sample_batch(contract(), [row(number % 50, evidence=None, carried_over_from=2000 + number) for number in range(90)])
    )
    assert verdict.broken == {"execution_report.executed_without_evidence": 90}
    assert lines(engine, f"select count(*), count(distinct row_number) from {verdict.finding_table}") == [(90, 90)]


def test_values_read_as_people_write_when_a_finding_shows_them(engine: Engine) -> None:
    rules = tuple(
        a_rule(f"b.{name} is not null", id=f"execution_report.on_{name}", columns=(name,), severity="warning")
        for name in ("month", "evidence_on", "executed_qty", "evidence")
    )
    verdict = judge(engine, sample_batch(contract(rules=rules), [row(0, evidence_on="2021-05-20", executed_qty=1234)]))
    assert lines(engine, f"select column_name, value from {verdict.finding_table} order by 1") == [
        ("evidence", "acta"), ("evidence_on", "20/05/2021"), ("executed_qty", "1234"), ("month", "01/05/2021"),
    ]  # fmt: skip


def test_personal_values_are_masked_alike_when_both_ways_tell_them(engine: Engine) -> None:
    form = catalog().contracts["attendance_form"]
    line = {"submitted_at": "2021-05-30 09:00", "consent": True, "document_number": "52345678", "document_type": "CC"}
    bad = [line | {"email": "luz.pena"}, line | {"sex": "zzzz"}, line | {"full_name": "Ñ" * 201}, line | {"age": 130}]
    problems = {3: [("phone", "code.unknown", "3001234567", {"hint": "", "allowed": "x"})]}
    batch, facts = sample_batch(form, bad, problems=problems), replace(FACTS, kind="attendance_form")
    create_reference(engine, {"ref_session": reference(1)["ref_activity"].assign(session_code="S")})
    verdict = judge(engine, batch, facts)
    create_reference(engine, reference(50))
    told = lines(engine, f"select rule, value, message from {verdict.finding_table} order by rule, value")
    in_memory = validate(batch, catalog(), {"ref_session": reference(1)["ref_activity"].assign(session_code="S")}, facts)
    assert told == sorted((f.rule, f.value, f.message) for f in in_memory.findings if f.scope != "file")
    assert [value for _, value, _ in told] == ["30…67", "z…", "1…", "ÑÑ…ÑÑ", "lu…na"]


def test_file_is_unreadable_when_intake_says_so_in_its_middle(engine: Engine) -> None:
    broken = catalog().finding("file.unreadable", value="x.csv", reason="una comilla queda abierta")
    verdict = judge(engine, sample_batch(contract(), rows(3)), findings=(broken,))
    assert (verdict.state, verdict.rows_read, verdict.rows_accepted) == ("unreadable", 3, 0)


@pytest.mark.parametrize(
    ("fails_when", "complaint"),
    [("b.no_such_column > 0", "no_such_column"), ("cast(b.activity_code as integer) > 1", "A-0"), ("b.executed_qty >", "syntax")],
)
def test_rule_that_crashes_raises_when_it_is_pushed_down(engine: Engine, fails_when: str, complaint: str) -> None:
    with pytest.raises(RuleError, match=complaint):
        judge(engine, sample_batch(contract(rules=(a_rule(fails_when),)), rows(2)))


def test_lookup_that_answers_twice_raises_when_rows_would_multiply(engine: Engine) -> None:
    create_reference(engine, {name: frame.loc[[0, 0]] for name, frame in reference(1).items()})
    try:
        with pytest.raises(RuleError, match="more than one row"):
            judge(engine, sample_batch(contract(), [row(0, evidence=None)]))
    finally:
        create_reference(engine, reference(50))


def test_spanish_texts_survive_when_they_hold_percent_signs_and_quotes(engine: Engine) -> None:
    rule = a_rule("b.evidence like '100 %:%'", message="Dice «{value}» al 100 % d'una vez :x.", severity="warning", columns=("evidence",))
    verdict = judge(engine, sample_batch(contract(rules=(rule,)), [row(0, evidence="100 %: {x} 'y'")]))
    assert lines(engine, f"select message from {verdict.finding_table}") == [("Dice «100 %: {x} 'y'» al 100 % d'una vez :x.",)]


def test_nothing_is_left_behind_when_the_caller_drops_the_tables(engine: Engine) -> None:
    def leftovers() -> int:
        ((count,),) = lines(engine, "select count(*) from pg_class where relname ~ '_(breach|finding|quarantine)$' and relkind = 'r'")
        return int(count)

    before = leftovers()
    verdict = judge(engine, sample_batch(contract(), rows(2)))
    assert leftovers() == before + 3
    with engine.begin() as connection:
        drop_staged(connection, verdict)
    assert leftovers() == before
