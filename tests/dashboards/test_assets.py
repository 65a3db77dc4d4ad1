"""What is wrong with a file is said with its name; texts and trees survive the way to Superset's form and back."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipc_etl.dashboards.layout import parse_note, position, read_position
from pipc_etl.dashboards.loading import load_assets
from pipc_etl.dashboards.patch import patched
from pipc_etl.dashboards.problems import AssetError
from tests.dashboards.sample import CHARTS, DASHBOARD, write_assets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_assets(tmp_path)
    return tmp_path


def test_every_file_is_read_when_the_tree_is_right(folder: Path) -> None:
    assets = load_assets(folder)
    assert set(assets.datasets) == {"rpt_probe", "rpt_secret"}
    assert set(assets.charts) == {*CHARTS, "reservado"}
    assert set(assets.dashboards) == {"prueba", "reservado"}
    assert set(assets.filters) == {"vigencia", "periodo"}
    assert assets.dashboards["prueba"].charts()[:2] == ["ejecutado", "tabla"]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("charts/torta.yaml", "viz_type: pie", "viz_type: [pie", "not valid YAML"),
        ("charts/torta.yaml", "viz_type: pie\n", "", "'viz_type' is missing"),
        ("charts/torta.yaml", "viz_type: pie", "viz_typ: pie", "unknown key 'viz_typ'"),
        ("charts/torta.yaml", "dataset: rpt_probe", "dataset: rpt_other", "add datasets/rpt_other.yaml"),
        ("charts/torta.yaml", "3d1b11", "3d1b12", "has the same uuid as"),
        ("charts/torta.yaml", "uuid: 0d0b7a54", "uuid: torta", "is not a uuid"),
        ("charts/torta.yaml", "how_to_read: Cada", "how_to_read: 'Cómo leer: cada", "not valid YAML"),
        ("charts/torta.yaml", "how_to_read: Cada valor", "how_to_read: Cómo leer cada valor", "without the words"),
        ("dashboards/prueba.yaml", "{chart: torta, width: 6}", "{chart: tarta, width: 6}", "'tarta' does not exist"),
        ("dashboards/prueba.yaml", "{chart: torta, width: 6}", "{chart: torta, width: 7}", "is 13 wide"),
        ("dashboards/prueba.yaml", "{chart: torta, width: 6}", "{chart: barras, width: 6}", "stands twice"),
        ("dashboards/prueba.yaml", "    - {chart: torta, width: 6}\n", "", "stands on no dashboard"),
        ("dashboards/prueba.yaml", "slug: prueba", "slug: otra", "named after its slug"),
        ("dashboards/prueba.yaml", "filters: [vigencia", "filters: [vigancia", "'vigancia' does not exist"),
        ("datasets/rpt_probe.yaml", "name: programmed", "name: executed", "two metrics have the name 'executed'"),
        ("filters.yaml", "parents: [vigencia]", "parents: [anno]", "'anno' does not exist"),
    ],
)
def test_the_file_is_named_when_it_is_wrong(folder: Path, file: str, old: str, new: str, said: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(AssetError) as caught:
        load_assets(folder)
    assert said in str(caught.value)
    named = "torta" if "stands on no" in said else Path(file).stem
    assert f"{named}.yaml" in str(caught.value)


@pytest.mark.parametrize("notice", [None, "**Datos de muestra.** Son una reconstrucción."])
def test_a_tree_reads_as_before_when_it_went_through_superset(folder: Path, notice: str | None) -> None:
    assets = load_assets(folder)
    stems = {chart.uuid: chart.stem for chart in assets.charts.values()}
    ids = {stem: number for number, stem in enumerate(assets.charts, 1)}
    for slug in ("prueba", "reservado"):
        dashboard = assets.dashboards[slug]
        nodes = position(dashboard, assets, ids, {}, notice)
        read = read_position(nodes, stems.__getitem__)
        given = yaml.safe_load(dashboard.path.read_text(encoding="utf-8"))
        tabs = given.get("tabs") or [{"title": "", "rows": given["rows"]}]
        for tab in tabs:
            for item in (item for row in tab["rows"] for item in row):
                if "column" not in item:
                    item.setdefault("height", 50)
        assert read.tabs == tabs
        told = [node["meta"]["code"] for node in nodes.values() if isinstance(node, dict) and node["type"] == "MARKDOWN"]
        assert told.count(notice) == (len(tabs) if notice else 0)
        assert set(read.how_to_read) == set(dashboard.charts())
        assert position(dashboard, assets, ids, {}, notice) == nodes


def test_source_and_cutoff_stand_under_each_chart_when_the_page_is_laid_out(folder: Path) -> None:
    assets = load_assets(folder)
    ids = {stem: number for number, stem in enumerate(assets.charts, 1)}
    nodes = position(assets.dashboards["prueba"], assets, ids, dict.fromkeys(assets.charts, "31/12/2021"))
    notes = [node["meta"]["code"] for name, node in nodes.items() if name.endswith("-nota")]
    assert len(notes) == len(CHARTS)
    assert set(notes) == {"**Cómo leer:** Cada valor es una suma.\n\n*Fuente: `rpt_probe` · Corte con los filtros iniciales: 31/12/2021*"}
    note = parse_note(notes[0])
    assert note is not None
    assert (note.how_to_read, note.mart) == ("Cada valor es una suma.", "rpt_probe")
    assert parse_note("Un texto cualquiera.") is None


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (lambda d: d.update(title="Otro: título"), 1),
        (lambda d: d["tabs"][0]["rows"][1][0].update(text="## Uno\n\ndos"), 1),
        (lambda d: d["tabs"][1].update(title="Otra"), 1),
        (lambda d: d["tabs"][0]["rows"][2][0].update(height=40), 1),
        (lambda d: d.update(cross_filters=False), 1),
        (lambda d: d["tabs"][0]["rows"][2].pop(), 2),
    ],
)
def test_only_what_changed_is_written_when_a_text_is_patched(change: object, lines: int) -> None:
    wanted = yaml.safe_load(DASHBOARD)
    change(wanted)  # type: ignore[operator]
    after = patched(DASHBOARD, wanted)
    assert yaml.safe_load(after) == wanted
    before_lines, after_lines = DASHBOARD.split("\n"), after.split("\n")
    changed = [line for line in after_lines if line not in before_lines] + [line for line in before_lines if line not in after_lines]
    assert 1 <= len(changed) <= 2 * lines
    assert "# Este comentario se queda." in after


def test_nothing_is_written_when_nothing_changed() -> None:
    assert patched(DASHBOARD, yaml.safe_load(DASHBOARD)) == DASHBOARD
