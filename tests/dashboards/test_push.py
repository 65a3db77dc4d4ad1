"""Push makes Superset hold the files; pull brings edits back, and only edits."""

from __future__ import annotations

import difflib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipc_etl.dashboards.labels import mart_texts
from pipc_etl.dashboards.problems import AssetError
from pipc_etl.dashboards.pull import pull
from pipc_etl.dashboards.push import push
from pipc_etl.settings import Settings
from tests.dashboards.browser_client import Person
from tests.dashboards.sample import CHARTS

Login = Callable[[str | None], Person]


def _held(admin: Person) -> dict[str, list[tuple[str, int, str]]]:
    """(title, id, uuid) of everything that Superset holds."""
    held = {}
    for kind, title in (
        ("database", "database_name"),
        ("dataset", "table_name"),
        ("chart", "slice_name"),
        ("dashboard", "dashboard_title"),
    ):
        result = admin.get(f"/api/v1/{kind}/?q=(page_size:100)").json()["result"]
        held[kind] = sorted((each[title], each["id"], str(each.get("uuid"))) for each in result)
    return held


def _one(admin: Person, kind: str, title: str) -> int:
    return next(number for name, number, _ in _held(admin)[kind] if name == title)


def test_the_same_is_held_when_it_is_pushed_twice(pushed: Settings, person: Login) -> None:
    admin = person("admin")
    before = _held(admin)
    assert {kind: len(found) for kind, found in before.items()} == {"database": 2, "dataset": 2, "chart": len(CHARTS) + 1, "dashboard": 2}
    began = time.monotonic()
    push(pushed)
    print(f"push took {time.monotonic() - began:.1f} s")
    assert _held(admin) == before


def test_columns_carry_the_words_of_dbt_when_superset_shows_them(pushed: Settings, person: Login) -> None:
    admin = person("admin")
    texts = mart_texts(pushed.dbt_project)
    for mart in ("rpt_probe", "rpt_secret"):
        columns = admin.get(f"/api/v1/dataset/{_one(admin, 'dataset', mart)}").json()["result"]["columns"]
        shown = {column["column_name"]: (column["verbose_name"], column["description"]) for column in columns}
        assert shown == {name: (said.label, said.description) for name, said in texts[mart].columns.items()}
        if mart == "rpt_probe":
            by = {column["column_name"] for column in columns if column["groupby"]}
            assert by == {"entity_name", "dependency_name", "fiscal_year", "period_name", "month_start", "status_name", "cutoff_date"}


def test_no_file_changes_when_nothing_was_edited(pushed: Settings) -> None:
    assert pull(pushed) == []


def test_just_those_lines_change_when_a_title_and_a_text_were_edited(pushed: Settings, fresh_assets: Path, person: Login) -> None:
    admin = person("admin")
    before = {path: path.read_text(encoding="utf-8") for path in fresh_assets.rglob("*.yaml")}
    chart = _one(admin, "chart", "Estados")
    assert admin.send("PUT", f"/api/v1/chart/{chart}", {"slice_name": "Estados de las actividades"}).status_code == 200
    board = _one(admin, "dashboard", "Tablero de prueba")
    position = json.loads(admin.get(f"/api/v1/dashboard/{board}").json()["result"]["position_json"])
    texts: list[dict[str, Any]] = [node["meta"] for node in position.values() if isinstance(node, dict) and node["type"] == "MARKDOWN"]
    next(meta for meta in texts if meta["code"] == "## Encabezado")["code"] = "## Otro encabezado"
    note = next(meta for meta in texts if "Cada valor es una suma." in meta["code"])
    note["code"] = note["code"].replace("Cada valor es una suma.", "Es la suma del período.")
    assert admin.send("PUT", f"/api/v1/dashboard/{board}", {"position_json": json.dumps(position)}).status_code == 200
    changed = pull(pushed)
    assert {path.name for path in changed} == {"torta.yaml", "prueba.yaml", "ejecutado.yaml"}
    differences = [
        line
        for path, text in before.items()
        for line in difflib.ndiff(text.splitlines(), path.read_text(encoding="utf-8").splitlines())
        if line[0] in "+-"
    ]
    assert sorted(differences) == sorted(
        [
            "- title: Estados",
            "+ title: Estados de las actividades",
            '-   - - {text: "## Encabezado", width: 12, height: 8}   # y este también',
            "+   - - {text: '## Otro encabezado', width: 12, height: 8}   # y este también",
            "- how_to_read: Cada valor es una suma.",
            "+ how_to_read: Es la suma del período.",
        ]
    )
    push(pushed)
    assert pull(pushed) == []


def test_an_object_goes_when_its_file_does(pushed: Settings, fresh_assets: Path, person: Login) -> None:
    admin = person("admin")
    for name in ("dashboards/reservado", "charts/reservado", "datasets/rpt_secret"):
        (fresh_assets / f"{name}.yaml").unlink()
    done = push(pushed)
    assert "Tablero reservado" in done.deleted
    assert len(done.deleted) == 3
    held = _held(admin)
    assert [title for title, *_ in held["dashboard"]] == ["Tablero de prueba"]
    assert [title for title, *_ in held["dataset"]] == ["rpt_probe"]
    assert "Valor reservado" not in {title for title, *_ in held["chart"]}


def test_the_reason_is_said_and_nothing_changes_when_superset_refuses(pushed: Settings, person: Login) -> None:
    path = pushed.superset / "assets" / "dashboards" / "prueba.yaml"
    given = path.read_text(encoding="utf-8")
    path.write_text(given.replace("roles: [Ejecutivo,", "roles: [Nadie,").replace("Tablero de prueba", "Otro"), encoding="utf-8")
    try:
        with pytest.raises(AssetError, match=r"Superset refused the push: .*prueba.*Nadie"):
            push(pushed)
    finally:
        path.write_text(given, encoding="utf-8")
    assert "Tablero de prueba" in {title for title, *_ in _held(person("admin"))["dashboard"]}


def test_passwords_stay_out_of_files_and_pages_when_databases_are_pushed(pushed: Settings, person: Login) -> None:
    admin = person("admin")
    for role in ("dashboard", "analyst"):
        password = pushed.secret(f"{role}_password")
        assert password not in admin.get(f"/api/v1/database/{_one(admin, 'database', 'Marts')}/connection").text
        assert all(password not in path.read_text(encoding="utf-8") for path in pushed.superset.glob("assets/**/*.yaml"))
    analysts = admin.get(f"/api/v1/database/{_one(admin, 'database', 'Marts (analistas)')}").json()["result"]
    marts = admin.get(f"/api/v1/database/{_one(admin, 'database', 'Marts')}").json()["result"]
    assert (analysts["expose_in_sqllab"], marts["expose_in_sqllab"]) == (True, False)
    for database in (analysts, marts):
        assert not any(database[right] for right in ("allow_dml", "allow_ctas", "allow_cvas", "allow_file_upload"))


def test_the_palette_reaches_every_page_when_it_is_pushed(pushed: Settings, person: Login) -> None:
    admin = person("admin")
    colors = yaml.safe_load((pushed.superset / "assets" / "palette.yaml").read_text(encoding="utf-8"))["colors"]
    for title in ("Tablero de prueba", "Tablero reservado"):
        metadata = json.loads(admin.get(f"/api/v1/dashboard/{_one(admin, 'dashboard', title)}").json()["result"]["json_metadata"])
        assert metadata["label_colors"] == colors
