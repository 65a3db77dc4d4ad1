"""What each role may do and is refused, tried by logging in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipc_etl.settings import Settings
from tests.dashboards.browser_client import Person
from tests.dashboards.sample import OAP_QTY, TIC_QTY

Login = Callable[[str | None], Person]
EXECUTED = {"metrics": ["executed"], "filters": [{"col": "fiscal_year", "op": "IN", "val": [2021]}]}
BY_DEPENDENCY = {**EXECUTED, "columns": ["dependency_code"]}
READERS = ("ejecutivo", "dependencia_oap")
REFUSED = (401, 403, 404, 405)


@pytest.fixture(scope="module")
def ids(person: Login) -> dict[str, int]:
    """The ids of datasets (by mart), charts (by title) and dashboards (by slug)."""
    admin = person("admin")
    found: dict[str, int] = {}
    for kind, key in (("dataset", "table_name"), ("chart", "slice_name"), ("dashboard", "slug"), ("database", "database_name")):
        result = admin.get(f"/api/v1/{kind}/?q=(page_size:100)").json()["result"]
        found |= {each[key]: each["id"] for each in result}
    assert {"rpt_probe", "rpt_secret", "Ejecutado", "prueba", "reservado", "Marts", "Marts (analistas)"} <= set(found)
    return found


@pytest.mark.parametrize("user", [*READERS, "analista"])
def test_a_reader_opens_the_dashboard_with_all_it_asks_when_his_role_may(person: Login, ids: dict[str, int], user: str) -> None:
    reader, board = person(user), ids["prueba"]
    asked = (
        "/superset/dashboard/prueba/",
        "/api/v1/dashboard/prueba",
        "/api/v1/dashboard/prueba/charts",
        "/api/v1/dashboard/prueba/datasets",
        "/api/v1/me/roles/",
        f"/api/v1/dataset/{ids['rpt_probe']}/drill_info/?q=(dashboard_id:{board})",
    )
    assert {path: reader.get(path).status_code for path in asked} == dict.fromkeys(asked, 200)
    kept = reader.send("POST", f"/api/v1/dashboard/{board}/filter_state?tab_id=1", {"value": "{}"})
    assert kept.status_code == 201, kept.text
    assert reader.send("POST", "/superset/log/?explode=events", {}).status_code == 200


@pytest.mark.parametrize("user", [*READERS, "analista"])
def test_a_reader_exports_and_drills_when_he_looks_at_a_chart(person: Login, ids: dict[str, int], user: str) -> None:
    reader, dataset = person(user), ids["rpt_probe"]
    on_board = {"dashboardId": ids["prueba"], "slice_id": ids["Ejecutado"]}
    csv = reader.chart_data(dataset, BY_DEPENDENCY, on_board, result_format="csv")
    assert csv.status_code == 200
    assert "Ejecutado" in csv.content.decode("utf-8-sig").splitlines()[0]
    by = {"dashboardId": ids["prueba"], "slice_id": 0, "chart_id": ids["Ejecutado"], "groupby": ["status_name"]}
    assert len(reader.rows(dataset, {**EXECUTED, "columns": ["status_name"]}, by)) == 2
    path = f"/datasource/samples?force=false&datasource_type=table&datasource_id={dataset}&dashboard_id={ids['prueba']}&per_page=50&page=1"
    behind = reader.send("POST", path, {"filters": [{"col": "fiscal_year", "op": "==", "val": 2021}]})
    assert behind.status_code == 200, behind.text
    assert behind.json()["result"]["rowcount"] == (12 if user == "dependencia_oap" else 24)


@pytest.mark.parametrize("user", READERS)
def test_a_reader_is_refused_everything_but_dashboards_when_he_tries(person: Login, ids: dict[str, int], user: str) -> None:
    reader, dataset = person(user), ids["rpt_probe"]
    sql = {"database_id": ids["Marts (analistas)"], "sql": "select 1", "schema": "marts", "client_id": "abc1"}
    tried: list[tuple[str, str, Any]] = [
        ("GET", f"/explore/?slice_id={ids['Ejecutado']}", None),
        ("GET", f"/api/v1/explore/?slice_id={ids['Ejecutado']}", None),
        ("GET", "/sqllab/", None),
        ("POST", "/api/v1/sqllab/execute/", sql),
        ("GET", "/api/v1/dataset/", None),
        ("GET", f"/api/v1/dataset/{dataset}", None),
        ("PUT", f"/api/v1/dataset/{dataset}", {"description": "x"}),
        ("GET", "/api/v1/database/", None),
        ("POST", "/api/v1/database/", {"database_name": "x", "sqlalchemy_uri": "postgresql://x"}),
        ("PUT", f"/api/v1/chart/{ids['Ejecutado']}", {"slice_name": "x"}),
        ("DELETE", f"/api/v1/chart/{ids['Ejecutado']}", None),
        ("PUT", f"/api/v1/dashboard/{ids['prueba']}", {"dashboard_title": "x"}),
        ("DELETE", f"/api/v1/dashboard/{ids['prueba']}", None),
        ("POST", "/api/v1/dashboard/", {"dashboard_title": "x"}),
        ("GET", f"/api/v1/dashboard/export/?q=!({ids['prueba']})", None),
        ("GET", "/api/v1/security/users/", None),
        ("GET", "/api/v1/security/roles/", None),
        ("GET", "/api/v1/rowlevelsecurity/", None),
        ("GET", "/api/v1/log/", None),
        ("GET", "/api/v1/dashboard/reservado", None),
        ("GET", "/api/v1/query/", None),
    ]
    answers = {(method, path): (reader.get(path) if method == "GET" else reader.send(method, path, body)) for method, path, body in tried}
    # A page sends whoever may not see it elsewhere; an API says no.
    let_in = {what: answer.status_code for what, answer in answers.items() if answer.status_code not in (*REFUSED, 302, 500)}
    assert let_in == {}
    assert reader.chart_data(ids["rpt_secret"], {"metrics": ["amount"]}).status_code == 403
    smuggled = {"dashboardId": ids["prueba"], "slice_id": ids["Ejecutado"]}
    assert reader.chart_data(ids["rpt_secret"], {"metrics": ["amount"]}, smuggled).status_code == 403


def test_an_analyst_explores_and_asks_in_sql_but_changes_nothing_when_he_works(person: Login, ids: dict[str, int]) -> None:
    analyst = person("analista")
    seen = ("/sqllab/", f"/explore/?slice_id={ids['Ejecutado']}", "/api/v1/dataset/", "/api/v1/database/", "/api/v1/dashboard/reservado")
    assert {path: analyst.get(path).status_code for path in seen} == dict.fromkeys(seen, 200)

    def ask(database: str, sql: str) -> Any:
        body = {"database_id": ids[database], "sql": sql, "schema": "marts", "client_id": f"q{abs(hash(sql)) % 10**8}", "runAsync": False}
        return analyst.send("POST", "/api/v1/sqllab/execute/", body)

    answer = ask("Marts (analistas)", "select sum(executed_qty) as total from marts.rpt_probe where fiscal_year = 2021")
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"] == [{"total": OAP_QTY + TIC_QTY}]
    for sql in ("delete from marts.rpt_probe", "create table marts.x (a int)", "select * from pg_authid"):
        assert ask("Marts (analistas)", sql).status_code >= 400, sql
    refused = ask("Marts", "select entity_code from marts.rpt_unshown")
    assert refused.status_code >= 400
    assert "data" not in refused.json()
    assert analyst.send("PUT", f"/api/v1/chart/{ids['Ejecutado']}", {"slice_name": "x"}).status_code == 403
    assert analyst.send("PUT", f"/api/v1/dashboard/{ids['prueba']}", {"dashboard_title": "x"}).status_code == 403
    assert analyst.send("DELETE", f"/api/v1/dataset/{ids['rpt_probe']}", None).status_code == 403
    assert analyst.get("/api/v1/security/users/").status_code == 403


def test_a_dependency_sees_its_rows_only_when_it_asks_by_hand(person: Login, ids: dict[str, int]) -> None:
    dataset = ids["rpt_probe"]

    def seen(user: str, query: dict[str, Any]) -> dict[str, int]:
        return {row["dependency_code"]: row["executed"] for row in person(user).rows(dataset, query)}

    # The widest first: what is kept of his answer must not reach the others.
    assert seen("ejecutivo", BY_DEPENDENCY) == {"OAP": OAP_QTY, "TIC": TIC_QTY}
    assert seen("dependencia_oap", BY_DEPENDENCY) == {"OAP": OAP_QTY}
    assert seen("dependencia_tic", BY_DEPENDENCY) == {"TIC": TIC_QTY}
    assert seen("sin_dependencia", BY_DEPENDENCY) == {}
    again = person("ejecutivo").chart_data(dataset, BY_DEPENDENCY).json()["result"][0]
    assert again["is_cached"] is True
    assert len(again["data"]) == 2
    of_tic = {**BY_DEPENDENCY, "filters": [{"col": "dependency_code", "op": "IN", "val": ["TIC"]}]}
    assert seen("dependencia_oap", of_tic) == {}
    assert set(seen("dependencia_oap", {"metrics": ["executed"], "columns": ["dependency_code"]})) == {"OAP"}


@pytest.mark.parametrize("where", ["1 = 1) or (1 = 1", "1 = 1 or 1 = 1", "executed_qty in (select amount from marts.rpt_secret)"])
def test_no_clause_of_his_own_widens_what_a_dependency_sees_when_it_asks_by_hand(person: Login, ids: dict[str, int], where: str) -> None:
    answer = person("dependencia_oap").chart_data(ids["rpt_probe"], {**BY_DEPENDENCY, "extras": {"where": where, "having": ""}})
    rows = answer.json()["result"][0]["data"] if answer.status_code == 200 else []
    assert {row["dependency_code"] for row in rows} <= {"OAP"}
    metric = {"expressionType": "SQL", "sqlExpression": "(select sum(amount) from marts.rpt_secret)", "label": "x"}
    assert person("dependencia_oap").chart_data(ids["rpt_probe"], {"metrics": [metric]}).status_code >= 400


def test_nobody_gets_in_without_login_when_no_dashboard_is_public(person: Login, ids: dict[str, int]) -> None:
    nobody = person(None)
    for path in ("/", "/superset/dashboard/prueba/", "/superset/welcome/", "/dashboard/list/", "/sqllab/"):
        answer = nobody.http.get(path)
        while answer.is_redirect and "/login" not in answer.headers["location"]:
            answer = nobody.http.get(answer.headers["location"])
        assert answer.is_redirect, f"{path}: {answer.status_code}"
    for path in ("/api/v1/dashboard/prueba", "/api/v1/dashboard/", "/api/v1/chart/", "/api/v1/dataset/"):
        assert nobody.get(path).status_code in (401, 403, 404), path
    assert nobody.chart_data(ids["rpt_probe"], EXECUTED).status_code in (400, 401, 403)


def test_roles_hold_what_the_file_says_when_somebody_gave_them_more(pushed: Settings, person: Login) -> None:
    admin = person("admin")
    roles = {each["name"]: each["id"] for each in admin.get("/api/v1/security/roles/?q=(page_size:100)").json()["result"]}
    assert {"Ejecutivo", "Analista", "Dependencia", "Dependencia secretaria-general/OAP", "Dependencia secretaria-general/O'X"} <= set(
        roles
    )
    path = f"/api/v1/security/roles/{roles['Ejecutivo']}/permissions/"
    before = sorted(each["id"] for each in admin.get(path).json()["result"])
    every = admin.get("/api/v1/security/permissions-resources/?q=(page_size:1000)").json()["result"]
    more = [each["id"] for each in every if each["permission"]["name"] == "can_write" and each["view_menu"]["name"] == "Dashboard"]
    assert len(more) == 1
    assert (
        admin.send(
            "POST", f"/api/v1/security/roles/{roles['Ejecutivo']}/permissions", {"permission_view_menu_ids": before + more}
        ).status_code
        == 200
    )
    from pipc_etl.dashboards.push import push

    push(pushed)
    assert sorted(each["id"] for each in admin.get(path).json()["result"]) == before
