"""A dashboard that leads nowhere is refused, link by link, before Superset is touched; dbt knows which mart feeds which page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from sqlalchemy import text

from pipc_etl.dashboards.exposures import HEADER, PATH, exposures
from pipc_etl.dashboards.loading import load_assets
from pipc_etl.dashboards.problems import AssetError, ChainError
from pipc_etl.dashboards.push import check, push
from pipc_etl.settings import PROJECT_ROOT, Settings
from pipc_etl.warehouse.engine import superuser_engine
from tests.dashboards.sample import write_assets, write_labels, write_tree


@pytest.fixture
def altered(board: Settings) -> Iterator[list[str]]:
    """Statements appended here undo, at the end, what a test did to the marts."""
    undo: list[str] = []
    yield undo
    for statement in undo:
        _execute(board, statement)


def _execute(settings: Settings, statement: str) -> None:
    engine = superuser_engine(settings)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_the_sample_fits_when_it_is_checked(board: Settings) -> None:
    prepared = check(board)
    assert len(prepared.assets.charts) == 13
    assert prepared.facts.defaults["prueba"] == {"vigencia": 2021}
    shown = prepared.assets.dashboards["prueba"].charts()
    assert prepared.facts.cutoffs["prueba"] == dict.fromkeys(shown, "31/12/2021")


@pytest.mark.parametrize(
    ("change", "undo", "said"),
    [
        (
            "alter table marts.rpt_probe rename column status_name to estado",
            "alter table marts.rpt_probe rename column estado to status_name",
            "dashboard prueba -> chart torta.yaml -> dataset rpt_probe -> mart marts.rpt_probe: column status_name does not exist",
        ),
        (
            "alter table marts.rpt_probe rename column programmed_qty to programado",
            "alter table marts.rpt_probe rename column programado to programmed_qty",
            'metric programmed -> mart marts.rpt_probe: column "programmed_qty" does not exist',
        ),
        (
            "alter table marts.rpt_probe rename column fiscal_year to ano",
            "alter table marts.rpt_probe rename column ano to fiscal_year",
            "dashboard prueba -> filter vigencia -> mart marts.rpt_probe: column fiscal_year does not exist",
        ),
        (
            "revoke select on marts.rpt_secret from pipc_dashboard",
            "grant select on marts.rpt_secret to pipc_dashboard",
            "mart marts.rpt_secret may not be read by pipc_dashboard",
        ),
        (
            "alter table marts.rpt_secret rename to rpt_gone",
            "alter table marts.rpt_gone rename to rpt_secret",
            "dashboard reservado -> chart reservado.yaml -> dataset rpt_secret.yaml: mart marts.rpt_secret does not exist",
        ),
        (
            "alter table marts.rpt_probe add column extra_qty bigint",
            "alter table marts.rpt_probe drop column extra_qty",
            "column extra_qty has no label (config: {meta: {label: ...}}): add it to model rpt_probe in _probe.yml",
        ),
    ],
    ids=["renamed", "metric", "filter", "grant", "mart", "label"],
)
def test_the_broken_link_is_named_when_a_mart_changes(board: Settings, altered: list[str], change: str, undo: str, said: str) -> None:
    _execute(board, change)
    altered.append(undo)
    with pytest.raises(ChainError) as caught:
        check(board)
    assert said in str(caught.value)


def test_superset_is_not_touched_when_a_link_is_broken(board: Settings, altered: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr("pipc_etl.dashboards.push.run_program", lambda _settings, command, _request: started.append(command))
    _execute(board, "alter table marts.rpt_probe rename column status_name to estado")
    altered.append("alter table marts.rpt_probe rename column estado to status_name")
    with pytest.raises(ChainError):
        push(board)
    assert started == []


def test_an_unknown_metric_is_named_when_a_chart_asks_for_it(board: Settings, tmp_path: Path) -> None:
    folder = write_tree(tmp_path)
    path = folder / "assets" / "charts" / "ejecutado.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("metric: executed", "metric: ejecutado"), encoding="utf-8")
    from dataclasses import replace

    with pytest.raises(ChainError, match=r"ejecutado\.yaml .*metric 'ejecutado' is none of the dataset's \(did you mean executed\?\)"):
        check(replace(board, superset=folder))


def test_a_chart_type_of_its_own_needs_its_queries_when_ours_are_not_known(board: Settings, tmp_path: Path) -> None:
    from dataclasses import replace

    folder = write_tree(tmp_path)
    path = folder / "assets" / "charts" / "torta.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("viz_type: pie", "viz_type: sunburst_v2"), encoding="utf-8")
    with pytest.raises(AssetError, match=r"torta\.yaml: viz_type 'sunburst_v2' .*give its query_context"):
        check(replace(board, superset=folder))


def test_each_dashboard_is_an_exposure_of_its_marts_when_dbt_reads_them(tmp_path: Path) -> None:
    write_assets(tmp_path)
    found = yaml.safe_load(exposures(load_assets(tmp_path)))["exposures"]
    assert {each["name"]: each["depends_on"] for each in found} == {
        "tablero_prueba": ["ref('rpt_probe')"],
        "tablero_reservado": ["ref('rpt_secret')"],
    }
    assert all(each["type"] == "dashboard" and each["owner"]["name"] and each["label"] for each in found)


def test_the_exposures_are_as_rendered_when_the_tree_is_read() -> None:
    assets = load_assets(PROJECT_ROOT / "superset" / "assets")
    text_of = (PROJECT_ROOT / PATH).read_text(encoding="utf-8")
    assert text_of.startswith(HEADER)
    assert text_of == exposures(assets), "run `pipc render`"


def test_labels_are_read_when_they_stand_in_the_yaml(tmp_path: Path) -> None:
    from pipc_etl.dashboards.labels import mart_texts

    texts = mart_texts(write_labels(tmp_path))
    assert texts["rpt_probe"].columns["executed_qty"].label == "Rótulo de executed_qty"
    assert len(texts["rpt_probe"].columns) == 12
