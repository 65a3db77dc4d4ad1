"""What was expected and what came, in Colombian business days; findings in Spanish; freshness and runs read by the dashboards' role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from activity_scenario import Query
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from pipc_etl.contracts import load_catalog
from pipc_etl.contracts.due_days import due_on
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine, superuser_engine

OF_YEAR = "entity_code = 'plazos' and kind = 'execution_report' and period_code = '2021'"
# Months of OAP with a programme and without a file; the correction of August is none of its report.
PROGRAMMED = {("2021-M08", "OAP"), ("2021-M10", "OAP")}


@pytest.fixture(scope="module")
def dashboard(activity_warehouse: Settings) -> Iterator[Query]:
    """Rows of a query as Superset asks for them: role pipc_dashboard."""
    engine = role_engine(activity_warehouse, "dashboard")

    def query(sql: str, **parameters: Any) -> list[dict[str, Any]]:
        with engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(sql), parameters).mappings()]

    yield query
    engine.dispose()


def test_report_is_on_time_late_returned_or_missing_when_the_due_day_has_passed(dashboard: Query) -> None:
    rows = dashboard(
        "select submission_period_code, dependency_code, due_on::text, delivery_state, days_late, files_qty, returned_files_qty "
        f"from marts.rpt_board_submission where {OF_YEAR} order by 1, 2"
    )
    # Two dependencies owe a report of each month, DSG reports nothing; nobody declared the months without a programme.
    assert len(rows) == 12 + 12 + 1
    empty = [row for row in rows if not row["files_qty"]]
    assert {row["delivery_state"] for row in empty} == {"missing"}
    assert {row["submission_period_code"] for row in empty if row["dependency_code"] == "TIC"} == {
        f"2021-M{month:02d}" for month in range(1, 13) if month not in (5, 6)
    }
    shown = [row for row in rows if row["files_qty"] or (row["submission_period_code"], row["dependency_code"]) in PROGRAMMED]
    assert [tuple(row.values()) for row in shown] == [
        ("2021-M05", "OAP", "2021-06-08", "on_time", None, 1, 0),
        ("2021-M05", "TIC", "2021-06-08", "late", 1, 2, 1),
        ("2021-M06", "OAP", "2021-07-08", "on_time", None, 1, 0),
        ("2021-M06", "TIC", "2021-07-08", "returned", None, 1, 1),
        ("2021-M08", "OAP", "2021-09-07", "missing", None, 0, 0),
        ("2021-M10", "OAP", "2021-11-08", "missing", None, 0, 0),
        ("mayo", "OAP", None, "returned", None, 1, 1),
    ]


def test_quantities_add_up_in_each_period_when_a_month_is_in_five(dashboard: Query) -> None:
    rows = dashboard(
        "select period_code, sum(expected_qty) as expected, sum(received_qty) as received, sum(on_time_qty) as on_time, "
        "sum(late_qty) as late, sum(returned_qty) as returned, sum(missing_qty) as missing from marts.rpt_board_submission "
        "where entity_code = 'plazos' and kind = 'execution_report' and dependency_code = 'TIC' "
        "and period_code in ('2021', '2021-C2', '2021-M05', '2021-M06', '2021-S1', '2021-T2') group by period_code order by period_code"
    )
    assert [tuple(int(value) if not isinstance(value, str) else value for value in row.values()) for row in rows] == [
        ("2021", 12, 2, 0, 1, 1, 10),
        ("2021-C2", 4, 2, 0, 1, 1, 2),
        ("2021-M05", 1, 1, 0, 1, 0, 0),
        ("2021-M06", 1, 1, 0, 0, 1, 0),
        ("2021-S1", 6, 2, 0, 1, 1, 4),
        ("2021-T2", 3, 2, 0, 1, 1, 1),
    ]


def test_due_date_ends_with_its_day_in_bogota_when_asked_of_timeliness(analyst: Query) -> None:
    rows = analyst(
        "select period_code, (due_at at time zone 'America/Bogota')::text as due_at, on_time from marts.rpt_submission_timeliness "
        "where entity_code = 'plazos' and dependency_code = 'OAP' and kind = 'execution_report' and on_time is not null order by 1"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("2021-M05", "2021-06-08 23:59:59.999999", True),
        ("2021-M06", "2021-07-08 23:59:59.999999", True),
    ]


def test_due_days_are_the_same_in_sql_and_in_python_when_every_period_is_asked(activity_warehouse: Settings) -> None:
    engine = superuser_engine(activity_warehouse)
    with engine.connect() as connection:
        rows = connection.execute(text("select kind, period_code, due_on from intermediate.int_due_days")).all()
    engine.dispose()
    contracts = load_catalog(activity_warehouse.expectations).contracts
    assert {row.kind for row in rows} == {kind for kind, contract in contracts.items() if contract.due_business_day}
    # 12 months, 4 quarters, 3 four-months, 2 semesters and the year, of 2000 to 2100; the last periods are due after the calendar.
    assert len(rows) == 3 * (101 * 22 - 5)
    # No folder is of 2100: periods begin with 20.
    named = [row for row in rows if row.period_code < "2100"]
    assert len(named) == 3 * 100 * 22
    assert [row for row in named if due_on(contracts[row.kind], row.period_code) != row.due_on] == []


def test_obligation_tells_its_review_when_the_office_has_decided(analyst: Query) -> None:
    rows = analyst(
        "select period_code, obligation_state, delivery_state, is_programmed, is_overdue, expected_qty as e, received_qty as r, "
        "accepted_qty as a, on_time_qty as o, review_action, open_observations_qty as n from marts.rpt_submission_timeliness "
        "where entity_code = 'revisada' and kind = 'execution_report' and period_code between '2021-M04' and '2021-M10' order by 1"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("2021-M04", "expected", "missing", False, True, 1, 0, 0, 0, None, 0),
        ("2021-M05", "frozen", "on_time", True, False, 1, 1, 1, 1, "approve", 0),
        ("2021-M06", "approved", "on_time", True, False, 1, 1, 1, 1, "approve", 0),
        ("2021-M07", "expected", "returned", True, True, 1, 1, 0, 0, "return", 2),
        ("2021-M08", "received", "on_time", True, False, 1, 1, 1, 1, "return", 1),
        ("2021-M09", "reopened", "on_time", True, False, 1, 1, 1, 1, "reopen", 0),
        ("2021-M10", "waived", "waived", True, False, 0, 0, 0, 0, "waive", 0),
    ]
    board = analyst(
        "select submission_period_code, delivery_state_name, obligation_state_name, open_observations_qty from marts.rpt_board_submission "
        "where entity_code = 'revisada' and kind = 'execution_report' and period_code = '2021' "
        "and submission_period_code in ('2021-M05', '2021-M07', '2021-M10') order by 1"
    )
    assert [tuple(row.values()) for row in board] == [
        ("2021-M05", "Entregada a tiempo", "Congelada", 0),
        ("2021-M07", "Devuelta, sin corregir", "Esperada", 2),
        ("2021-M10", "Eximida", "Eximida", 0),
    ]


def test_decisions_name_who_took_them_only_for_analysts(analyst: Query, dashboard: Query) -> None:
    rows = analyst(
        "select period_code, action, state_after, actor, reason from marts.fct_obligation_decision "
        "where entity_code = 'revisada' and period_code >= '2021-M07' order by obligation_event_id desc limit 1"
    )
    assert [tuple(row.values()) for row in rows] == [("2021-M10", "waive", "waived", "ana", "No funcionó")]
    with pytest.raises(ProgrammingError, match="permission denied"):
        dashboard("select actor from marts.fct_obligation_decision")
    said = dashboard("select to_jsonb(t)::text as row from marts.rpt_submission_timeliness as t where entity_code = 'revisada'")
    assert said
    assert not [row for row in said if "Faltó un acta" in row["row"]]


def test_rates_are_of_what_counts_when_months_are_waived_or_to_come(analyst: Query) -> None:
    rates = (
        "select sum(expected_qty) as e, sum(received_qty) as r, sum(with_due_qty) as d, sum(on_time_qty) as o, "
        "count(*) filter (where delivery_state = 'upcoming') as u, count(*) as n from marts.rpt_submission_timeliness "
        "where entity_code = :entity and kind = 'execution_report' and dependency_code = :dependency"
    )
    # Twelve months, one waived: five came, of which one was given back.
    assert [tuple(row.values()) for row in analyst(rates, entity="revisada", dependency="OAP")] == [(11, 5, 11, 4, 0, 12)]
    # A plan of 2099: every month is known and none is due.
    assert [tuple(row.values()) for row in analyst(rates, entity="futura", dependency="OAP")] == [(0, 0, 0, 0, 12, 12)]
    due = analyst(
        "select min(due_at)::text as first, bool_or(is_due) as is_due from marts.rpt_submission_timeliness "
        "where entity_code = 'futura' and due_at is not null"
    )
    assert due[0]["first"].startswith("2099-02-0")
    assert due[0]["is_due"] is False


def test_nothing_is_expected_after_what_is_known_when_times_are_simulated(dashboard: Query) -> None:
    rows = dashboard(
        "select submission_period_code, dependency_code, delivery_state from marts.rpt_board_submission "
        "where entity_code = 'simulada' and kind = 'execution_report' and period_code = '2021' order by 1, 2"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("2021-M01", "OAP", "on_time"),
        ("2021-M01", "TIC", "missing"),
        ("2021-M02", "OAP", "on_time"),
    ]


def test_finding_shows_its_rule_in_spanish_and_its_code_when_the_rule_is_gone(dashboard: Query) -> None:
    rows = dashboard(
        "select submission_period_code, rule_text, severity_name, is_open, findings_qty from marts.rpt_board_finding "
        "where entity_code = 'plazos' and period_code = '2021' order by 1"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("2021-M05", "La actividad «…» no está en el plan de la vigencia.", "Error", False, 1),
        ("2021-M06", "rule.no_longer_there", "Error", True, 1),
        ("mayo", "«…» no es un período.", "Error", True, 1),
    ]


def test_every_mart_has_a_title_its_rows_and_its_build_when_freshness_is_read(dashboard: Query, analyst: Query) -> None:
    rows = {row["relation"]: row for row in dashboard("select * from marts.rpt_board_freshness")}
    tables = analyst("select relname from pg_class where relnamespace = 'marts'::regnamespace and relkind = 'r'")
    assert set(rows) == {row["relname"] for row in tables}
    assert [relation for relation, row in rows.items() if row["title"] == relation] == []
    assert {row["freshness_state_name"] for row in rows.values()} == {"Al día"}
    for relation, row in rows.items():
        assert row["rows_qty"] == analyst(f"select count(*) as n from marts.{relation}")[0]["n"], relation
    assert rows["rpt_board_submission"]["kinds_text"] == "Todas las entregas"
    assert rows["fct_commitment"]["kinds_text"] == "Compromisos adquiridos con la ciudadanía"
    assert rows["fct_commitment"]["freshness_days"] == 35


def test_mart_waits_when_a_file_of_its_kind_came_after_its_build(activity_warehouse: Settings) -> None:
    engine = superuser_engine(activity_warehouse)
    states = (
        "select freshness_state, count(*) from marts.rpt_board_freshness where relation in ('fct_commitment', 'dim_activity') group by 1"
    )
    with engine.connect() as connection:
        connection.execute(
            text(
                "insert into audit.submission (kind, contract_version, entity_code, dependency_code, period_code, sha256, file_name, "
                "landing_path, arrival, size_bytes, landed_at, received_at, known_from, state) select 'commitment', '1.0.0', 'plazos', "
                "'OAP', '2021-M05', repeat('0', 64), 'a', 'a', 'a', 1, now(), now(), now(), 'accepted'"
            )
        )
        assert dict(tuple(row) for row in connection.execute(text(states))) == {"waiting": 1, "fresh": 1}
        connection.rollback()
        old = "update audit.submission set ingested_at = now() - interval '36 days' where kind = 'commitment'"
        connection.execute(text(old))
        assert dict(tuple(row) for row in connection.execute(text(states))) == {"stale": 1, "fresh": 1}
        connection.rollback()
    engine.dispose()


def test_last_run_is_the_build_that_has_just_ended_when_runs_are_read(dashboard: Query) -> None:
    rows = dashboard("select * from marts.rpt_board_run order by recency_sort")
    assert (rows[0]["run_type_name"], rows[0]["outcome_name"]) == ("Construcción de los marts", "Terminada")
    assert rows[0]["relations_qty"] > 30
    assert rows[0]["seconds"] > 0
    loads = {row["subject"]: row for row in rows if row["entity_code"] == "plazos"}
    assert (loads["Reporte mensual de ejecución"]["files_qty"], loads["Reporte mensual de ejecución"]["returned_files_qty"]) == (7, 3)
    assert loads["Reporte mensual de ejecución"]["outcome_name"] == "Con devoluciones"
    assert loads["Registro de entidades y dependencias"]["outcome_name"] == "Terminada"


def test_every_column_of_the_boards_has_a_label_when_the_catalogue_is_read(activity_warehouse: Settings, analyst: Query) -> None:
    from pipc_etl.dashboards.labels import mart_texts

    texts = mart_texts(activity_warehouse.dbt_project)
    for board in ("submission", "finding", "freshness", "run"):
        columns = analyst(
            "select column_name from information_schema.columns where table_schema = 'marts' and table_name = :name "
            "order by ordinal_position",
            name=f"rpt_board_{board}",
        )
        described = texts[f"rpt_board_{board}"].columns
        assert [row["column_name"] for row in columns] == list(described)
        assert all(column.label and column.description for column in described.values())
