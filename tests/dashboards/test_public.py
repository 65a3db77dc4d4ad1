"""One dashboard may open without login, and with it nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from pipc_etl.dashboards.environment import superset_address
from pipc_etl.dashboards.problems import AssetError
from pipc_etl.dashboards.push import push
from pipc_etl.settings import Settings
from tests.dashboards.browser_client import Person

EXECUTED = {"metrics": ["executed"], "filters": [{"col": "fiscal_year", "op": "IN", "val": [2021]}]}


@pytest.fixture
def opened(pushed: Settings) -> Iterator[Settings]:
    """The sample with its first dashboard public; shut again afterwards, which is seen to."""
    public = replace(pushed, public_dashboard="prueba")
    push(public)
    yield public
    push(pushed)
    nobody = Person(superset_address(pushed))
    assert nobody.get("/api/v1/dashboard/prueba").status_code in (401, 403, 404)
    assert nobody.get("/superset/dashboard/prueba/").status_code != 200


def test_one_dashboard_opens_and_nothing_else_when_it_is_public(opened: Settings, person: Callable[[str | None], Person]) -> None:
    admin = person("admin")
    dashboards = {each["slug"]: each["id"] for each in admin.get("/api/v1/dashboard/").json()["result"]}
    charts = {each["slice_name"]: each["id"] for each in admin.get("/api/v1/chart/?q=(page_size:100)").json()["result"]}
    datasets = {each["table_name"]: each["id"] for each in admin.get("/api/v1/dataset/").json()["result"]}
    nobody = Person(superset_address(opened))
    for path in ("/superset/dashboard/prueba/", "/api/v1/dashboard/prueba", "/api/v1/dashboard/prueba/charts"):
        assert nobody.get(path).status_code == 200, path
    nobody.csrf = nobody.get("/api/v1/security/csrf_token/").json()["result"]
    on_board = {"dashboardId": dashboards["prueba"], "slice_id": charts["Ejecutado"]}
    assert nobody.rows(datasets["rpt_probe"], EXECUTED, on_board) == [{"executed": 7_878}]
    # The same mart away from its page, another mart, another page, and every page that is no dashboard.
    assert nobody.chart_data(datasets["rpt_probe"], EXECUTED).status_code in (401, 403)
    smuggled = {"dashboardId": dashboards["reservado"], "slice_id": charts["Valor reservado"]}
    for form_data in (on_board, smuggled, {}):
        assert nobody.chart_data(datasets["rpt_secret"], {"metrics": ["amount"]}, form_data).status_code in (401, 403)
    assert nobody.get("/api/v1/dashboard/reservado").status_code in (401, 403, 404)
    assert nobody.get("/superset/dashboard/reservado/").status_code != 200
    assert [each["slug"] for each in nobody.get("/api/v1/dashboard/").json()["result"]] == ["prueba"]
    for path in (
        "/api/v1/dataset/",
        "/api/v1/database/",
        "/api/v1/security/users/",
        "/api/v1/query/",
        f"/explore/?slice_id={charts['Ejecutado']}",
    ):
        assert nobody.get(path).status_code in (302, 401, 403, 404), path
    assert nobody.send("PUT", f"/api/v1/dashboard/{dashboards['prueba']}", {"dashboard_title": "x"}).status_code in (401, 403)


def test_the_setting_is_refused_when_it_names_no_dashboard(pushed: Settings) -> None:
    with pytest.raises(AssetError, match="PIPC_PUBLIC_DASHBOARD=otra: there is no such dashboard"):
        push(replace(pushed, public_dashboard="otra"))
