"""The same figures at any cut-off and as known at any moment, and who may read them."""

from __future__ import annotations

import pytest
from activity_scenario import Query
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from pipc_etl.settings import Settings
from pipc_etl.warehouse.dbt import build
from pipc_etl.warehouse.engine import role_engine

COMPLIANCE = ("rpt_activity_compliance", "rpt_dependency_compliance", "rpt_reporting_group_compliance", "rpt_plan_compliance")
FACTS = ("fct_activity_programme", "fct_activity_execution", "fct_carried_over_execution", "fct_early_execution")
DIMENSIONS = ("dim_activity", "dim_dependency", "dim_entity", "dim_locality", "dim_period")


@pytest.mark.parametrize(
    ("known_at", "reported_through", "version", "programmed", "executed", "unreported"),
    [
        ("2023-02-15", "2023-01-31", 1, 1, 1, 0),
        ("2023-03-15", "2023-02-28", 1, 2, 1, 1),  # February closed, its report late
        ("2023-03-22", "2023-02-28", 1, 2, 4, 0),  # the late report
        ("2023-03-30", "2023-02-28", 1, 2, 3, 0),  # sent again
        ("2023-04-01 18:00Z", "2023-01-31", 1, 1, 1, 0),  # February reopened
        ("2023-04-09", "2023-02-28", 1, 2, 2, 0),  # corrected and closed again
        ("2023-04-12", "2023-03-31", 1, 3, 2, 1),
        ("2023-05-21", "2023-03-31", 2, 4, 2, 1),  # version 2: approved in March, received in May
        ("2023-06-02", "2023-03-31", 2, 4, 4, 0),
    ],
)
def test_plan_is_as_it_was_known_when_reports_closings_and_versions_came_later(
    analyst: Query, known_at: str, reported_through: str, version: int, programmed: int, executed: int, unreported: int
) -> None:
    rows = analyst(
        "select reported_through::text, plan_version, programmed_to_date_qty, executed_to_date_qty, unreported_months "
        "from marts.rpt_plan_compliance_asof('infinity', cast(:known_at as timestamptz)) "
        "where entity_code = 'relojes' and period_code = '2023'",
        known_at=known_at,
    )
    assert [tuple(row.values()) for row in rows] == [(reported_through, version, programmed, executed, unreported)]


@pytest.mark.parametrize(
    ("cutoff", "effective", "programmed", "executed"),
    [
        ("2021-04-30", "2021-04-30", 14, 13),
        ("2021-05-15", "2021-05-15", 14, 13),
        ("2021-05-31", "2021-05-31", 18, 18),
        ("2021-12-31", "2021-08-31", 40, 42),
    ],
)
def test_only_whole_months_count_when_the_cutoff_is_any_date(
    analyst: Query, cutoff: str, effective: str, programmed: int, executed: int
) -> None:
    rows = analyst(
        "select cutoff_date::text, programmed_to_date_qty, executed_to_date_qty, annual_qty "
        "from marts.rpt_plan_compliance_asof(cast(:cutoff as date), now()) where entity_code = 'publicada' and period_code = '2021'",
        cutoff=cutoff,
    )
    assert [tuple(row.values()) for row in rows] == [(effective, programmed, executed, 68)]


def test_nothing_is_known_when_the_moment_is_before_the_first_submission(analyst: Query) -> None:
    assert analyst("select count(*) as n from marts.rpt_activity_compliance") != [{"n": 0}]
    for mart in (*COMPLIANCE, *FACTS):
        assert analyst(f"select count(*) as n from marts.{mart}_asof('infinity', '2019-01-01')") == [{"n": 0}], mart


def test_plan_stands_at_its_eve_under_its_first_version_when_no_month_is_closed(analyst: Query) -> None:
    rows = analyst(
        "select distinct cutoff_date::text, reported_through, plan_version, programmed_to_date_qty, executed_to_date_qty, annual_qty, "
        "is_approved "
        "from marts.rpt_plan_compliance_asof('infinity', '2021-05-01') where entity_code = 'publicada'"
    )
    assert [tuple(row.values()) for row in rows] == [("2020-12-31", None, 1, 0, 0, 68, False)]


def test_correction_says_who_why_and_what_it_replaced_when_the_planning_office_corrects(analyst: Query) -> None:
    now = analyst(
        "select executed_qty, is_correction, replaced_executed_qty, corrected_by, correction_reason, dependency_code "
        "from marts.fct_activity_execution where entity_code = 'relojes' and month = '2023-02-01'"
    )
    assert [tuple(row.values()) for row in now] == [(1, True, 2, "Jefe OAP", "Acta repetida", "DEP")]
    before = analyst(
        "select executed_qty, is_correction from marts.fct_activity_execution_asof('infinity', '2023-04-01') "
        "where entity_code = 'relojes' and month = '2023-02-01'"
    )
    assert [tuple(row.values()) for row in before] == [(2, False)]


def test_versions_are_those_approved_by_the_cutoff_and_known_when_asked_for_both(analyst: Query) -> None:
    def versions(cutoff: str, known_at: str) -> list[int]:
        rows = analyst(
            "select distinct plan_version from marts.fct_activity_programme_asof(cast(:cutoff as date), cast(:known_at as timestamptz)) "
            "where entity_code = 'ajustada' and fiscal_year = 2020 order by 1",
            cutoff=cutoff, known_at=known_at,
        )  # fmt: skip
        return [row["plan_version"] for row in rows]

    assert versions("infinity", "infinity") == [1, 2, 3]
    assert versions("2020-10-31", "infinity") == [1, 2]
    assert versions("infinity", "2020-09-19") == [1]


@pytest.mark.parametrize("mart", [*COMPLIANCE, *FACTS, "rpt_plan_changes"])
def test_table_is_its_function_at_infinity_and_now_when_compared_row_by_row(analyst: Query, mart: str) -> None:
    columns = ", ".join(
        row["column_name"]
        for row in analyst(
            "select column_name from information_schema.columns "
            "where table_schema = 'marts' and table_name = :mart and column_name <> 'known_at'",
            mart=mart,
        )
    )
    counts = analyst(
        f"with built as (select {columns} from marts.{mart}), answered as (select {columns} from marts.{mart}_asof('infinity', now())) "
        "select (select count(*) from built) as rows, "
        "(select count(*) from (select * from built intersect all select * from answered) as b) as equal, "
        "(select count(*) from answered) as answers"
    )[0]
    assert counts["rows"] > 0
    assert counts["equal"] == counts["rows"] == counts["answers"]


def test_every_column_is_described_in_the_base_when_a_mart_is_built(analyst: Query) -> None:
    rows = analyst(
        "select c.relname, count(*) as columns, count(col_description(c.oid, a.attnum)) as described, "
        "obj_description(c.oid) is not null as said "
        "from pg_class as c inner join pg_attribute as a on c.oid = a.attrelid and a.attnum > 0 and not a.attisdropped "
        "where c.relnamespace = 'marts'::regnamespace and c.relname = any(:marts) group by c.oid, c.relname",
        marts=[*COMPLIANCE, *FACTS, *DIMENSIONS, "rpt_plan_changes"],
    )
    assert len(rows) == 14
    assert all(row["columns"] == row["described"] and row["said"] for row in rows), rows


def test_dashboards_read_rpt_and_dim_and_nothing_below_when_the_marts_are_built(activity_warehouse: Settings) -> None:
    engine = role_engine(activity_warehouse, "dashboard")
    with engine.connect() as connection:
        for mart in (*COMPLIANCE, "rpt_plan_changes", *DIMENSIONS):
            connection.execute(text(f"select 1 from marts.{mart} limit 1"))
        connection.execute(text("select 1 from marts.rpt_plan_compliance_asof('infinity', now()) limit 1"))
    facts = ("marts.fct_activity_execution", "marts.fct_activity_execution_asof('infinity', now())")
    for forbidden in (*facts, "intermediate.int_plan_months"):
        with engine.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text(f"select 1 from {forbidden}"))
    engine.dispose()


def test_analyst_reads_no_intermediate_table_when_its_functions_do(analyst: Query) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        analyst("select 1 from intermediate.int_plan_months")


def test_functions_answer_the_same_and_stay_granted_when_the_marts_are_rebuilt(activity_warehouse: Settings, analyst: Query) -> None:
    question = (
        "select * from marts.rpt_activity_compliance_asof('2021-08-31', '2022-01-01') "
        "where entity_code in ('publicada', 'ajustada', 'estados', 'relojes') order by 1, 2, 3, 4, 5"
    )
    before = analyst(question)
    assert len(before) == 252
    assert build(activity_warehouse, full_refresh=True).built
    assert analyst(question) == before
