"""`pipc review list`: the calendar of the marts with what the ledger says at this moment."""

from __future__ import annotations

from datetime import date

import pytest
from typer.testing import CliRunner

from pipc_etl.cli import app
from pipc_etl.contracts import load_catalog
from pipc_etl.errors import SettingsError
from pipc_etl.obligations.calendar import calendar, listing, require_known, select
from pipc_etl.settings import Settings
from pipc_etl.warehouse.reviews import Obligation


def test_obligations_are_listed_by_their_due_day_when_they_are_asked_for(activity_warehouse: Settings) -> None:
    catalog = load_catalog(activity_warehouse.expectations)
    lines = listing(activity_warehouse, catalog, calendar(activity_warehouse))
    ours = select(lines, entity="revisada", period="2021")
    assert [line.obligation.period_code for line in ours] == [f"2021-M{month:02d}" for month in range(1, 13)]
    assert {line.obligation.kind for line in lines} <= {"execution_report", "session", "commitment"}
    assert [line.obligation.period_code for line in select(lines, entity="revisada", state="approved")] == ["2021-M06"]
    overdue = [line.obligation.period_code for line in ours if line.is_overdue(date(2021, 8, 31))]
    assert overdue == ["2021-M01", "2021-M02", "2021-M03", "2021-M04", "2021-M07"]
    assert select(lines, entity="revisada", dependency="TIC") == []


def test_states_are_in_words_when_the_list_is_printed(activity_warehouse: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPC_HOME", str(activity_warehouse.home))
    monkeypatch.setenv("PIPC_WAREHOUSE_URL", activity_warehouse.warehouse_url or "")
    result = CliRunner().invoke(app, ["review", "list", "--entity", "revisada", "--period", "2021"])
    assert result.exit_code == 0, result.output
    (line,) = [line for line in result.stdout.splitlines() if "2021-M05" in line]
    assert "congelada" in line
    assert "08/06/2021" in line
    assert "Reporte mensual de ejecución" in line
    assert "12 obligaciones" in result.stdout
    only = CliRunner().invoke(app, ["review", "list", "--entity", "revisada", "--state", "eximida"])
    assert "1 obligación" in only.stdout
    assert isinstance(CliRunner().invoke(app, ["review", "list", "--state", "lista"]).exception, SettingsError)


def test_nothing_is_decided_when_nothing_is_expected_and_nothing_came(activity_warehouse: Settings) -> None:
    months = [f"2021-M{month:02d}" for month in range(1, 13)]
    with pytest.raises(SettingsError, match=f"los períodos que hay son {', '.join(months)}$"):
        require_known(activity_warehouse, Obligation("revisada", "OAP", "execution_report", "2021"))
    with pytest.raises(SettingsError, match="los períodos que hay son ninguno"):
        require_known(activity_warehouse, Obligation("revisada", "OAP", "session", "2021-M05"))
    # Expected without files, and with a file.
    require_known(activity_warehouse, Obligation("revisada", "OAP", "execution_report", "2021-M04"))
    require_known(activity_warehouse, Obligation("revisada", "OAP", "execution_report", "2021-M05"))
