"""The dbt runner: one command when something is new, no work at all when nothing is."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from pipc_etl.errors import WarehouseError
from pipc_etl.settings import Settings
from pipc_etl.warehouse import dbt
from pipc_etl.warehouse.dbt import build
from pipc_etl.warehouse.ingest import ingest_paths
from pipc_etl.warehouse.reviews import Obligation, record

Rows = Callable[..., list[tuple[Any, ...]]]
PROJECT = """
name: little
version: "1.0.0"
config-version: 2
profile: pipc
model-paths: [models]
seed-paths: [seeds]
models:
  little:
    +schema: marts
    +materialized: table
seeds:
  little:
    +schema: staging
"""
NAMES = "{% macro generate_schema_name(custom, node) %}{{ custom }}{% endmacro %}"
TESTS = """
version: 2
models:
  - name: dim_office
    columns: [{name: dependency_code, data_tests: [unique]}]
"""


@pytest.fixture
def little(warehouse: Settings, sender: Any, tmp_path: Path) -> Settings:
    """Settings with a project of one seed, one mart and one test over a loaded registry."""
    project = tmp_path / "dbt"
    for name, content in {
        "dbt_project.yml": PROJECT,
        "profiles.yml": (warehouse.dbt_project / "profiles.yml").read_text(encoding="utf-8"),
        "macros/names.sql": NAMES,
        "models/staging/dependency_registry/stg_dependency_registry.sql": "select dependency_code from raw.dependency_registry",
        "models/staging/session/stg_session.sql": "select session_code from raw.session",
        "models/dim_office.sql": "select dependency_code from {{ ref('stg_dependency_registry') }}",
        "models/tests.yml": TESTS,
        "seeds/colour.csv": "code,label\n1,Rojo\n",
    }.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(content, encoding="utf-8")
    assert ingest_paths([sender.registry()], warehouse)[0].loaded
    return replace(warehouse, dbt_project=project)


def test_marts_are_built_when_something_is_new_and_left_alone_when_not(
    little: Settings, rows_of: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dict(os.environ)
    first = build(little)
    assert first.built
    assert {node.unique_id.split(".")[0] for node in first.nodes} == {"seed", "model", "test"}
    assert 0 < first.model_seconds < first.seconds
    assert rows_of("select dependency_code from marts.dim_office order by 1") == [("OAP",), ("TIC",)]
    assert rows_of("select label from staging.colour") == [("Rojo",)]
    assert rows_of("select has_table_privilege('pipc_analyst', 'marts.dim_office', 'select')") == [(True,)]
    made = rows_of(
        "select relation, row_count, seconds > 0, made.finished_at between build.started_at and build.finished_at "
        "from audit.build_relation as made inner join audit.build using (build_id) where relation like 'dim%'"
    )
    assert made == [("dim_office", 2, True, True)]
    assert dict(os.environ) == before

    def fail(*_: object) -> None:
        raise AssertionError("dbt ran although nothing is new")

    monkeypatch.setattr(dbt, "_run", fail)
    second = build(little)
    assert (second.built, second.nodes, second.fingerprint) == (False, (), first.fingerprint)
    assert rows_of("select count(*) from audit.build") == [(1,)]


def test_marts_are_built_again_when_ledger_project_or_base_change(little: Settings, sender: Any, rows_of: Rows, owner: Engine) -> None:
    model = little.dbt_project / "models" / "dim_office.sql"
    model.write_text("select distinct dependency_code from {{ ref('stg_dependency_registry') }}", encoding="utf-8")
    whole = build(little)
    assert {"seed.little.colour", "model.little.stg_session"} < {node.unique_id for node in whole.nodes}
    assert ingest_paths([sender.registry(codes=("OAP", "TIC", "GP"))], little)[0].loaded
    downstream = {node.unique_id.rpartition(".")[2] for node in build(little).nodes if node.unique_id.startswith("model.")}
    assert downstream == {"stg_dependency_registry", "dim_office"}
    assert rows_of("select count(*) from marts.dim_office") == [(3,)]
    model.write_text("select 'GP' as dependency_code", encoding="utf-8")
    assert build(little).built
    assert rows_of("select dependency_code from marts.dim_office") == [("GP",)]
    with owner.begin() as connection:
        connection.execute(text("drop table marts.dim_office"))
    assert build(little).built
    assert build(little, full_refresh=True).built
    assert not build(little).built


def test_marts_are_built_again_when_the_office_decides_or_a_due_day_passes(little: Settings, owner: Engine) -> None:
    models = little.dbt_project / "models"
    for name, sql in {
        "staging/obligation/stg_obligation_state.sql": "select period_code, state from audit.obligation_state",
        "int_due_days.sql": "{{ config(schema='intermediate') }} select date '2021-06-08' as due_on, now() - interval '1 day' as due_at",
    }.items():
        (models / name).parent.mkdir(parents=True, exist_ok=True)
        (models / name).write_text(sql, encoding="utf-8")

    def built() -> set[str]:
        return {node.unique_id.rpartition(".")[2] for node in build(little).nodes if node.unique_id.startswith("model.")}

    assert "stg_obligation_state" in built()
    assert built() == set(), "the calendar that the first build makes is nothing new"
    with owner.begin() as connection:
        record(connection, Obligation("secretaria-general", "TIC", "execution_report", "2021-M05"), "waive", "ana", "No funcionó")
    assert built() == {"stg_obligation_state"}
    with owner.begin() as connection:
        connection.execute(text("insert into intermediate.int_due_days values ('2021-07-08', now() + interval '1 day')"))
    assert built() == set(), "that day has not passed"
    with owner.begin() as connection:
        connection.execute(text("update intermediate.int_due_days set due_at = now() where due_on = '2021-07-08'"))
    assert built() == {"stg_obligation_state"}
    assert built() == set()


def test_failure_names_the_node_and_the_next_call_builds_when_a_test_fails(little: Settings, sender: Any, rows_of: Rows) -> None:
    model = little.dbt_project / "models" / "dim_office.sql"
    model.write_text("select 'OAP' as dependency_code union all select 'OAP'", encoding="utf-8")
    with pytest.raises(WarehouseError, match=r"dbt build failed in 1 of 5 nodes[\s\S]*unique_dim_office_dependency_code"):
        build(little)
    assert rows_of("select count(*) from audit.build") == [(0,)]
    failures = rows_of("select full_refresh, finished_at > started_at, message from audit.build_failure")
    assert [row[:2] for row in failures] == [(True, True)]
    assert "unique_dim_office_dependency_code" in failures[0][2]
    model.write_text("select 'OAP' as dependency_code", encoding="utf-8")
    assert build(little).built


def test_next_build_is_whole_when_a_full_refresh_failed_and_was_taken_back(little: Settings, rows_of: Rows) -> None:
    assert build(little).built
    model = little.dbt_project / "models" / "dim_office.sql"
    sound = model.read_text(encoding="utf-8")
    model.write_text("select 'OAP' as dependency_code union all select 'OAP'", encoding="utf-8")
    with pytest.raises(WarehouseError, match="dbt build failed"):
        build(little)
    # Project and ledger are those of the build that ended, and the relations are half of each.
    model.write_text(sound, encoding="utf-8")
    assert build(little).built
    assert rows_of("select full_refresh from audit.build order by build_id") == [(True,), (True,)]
    assert rows_of("select dependency_code from marts.dim_office order by 1") == [("OAP",), ("TIC",)]
    assert not build(little).built


def test_error_says_what_to_do_when_the_warehouse_is_empty(fresh_database: Settings, little: Settings, owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(text("drop schema audit cascade"))
    with pytest.raises(WarehouseError, match="run `pipc up`"):
        build(little)
