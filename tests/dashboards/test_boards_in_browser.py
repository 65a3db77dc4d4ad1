"""The project's dashboards as `ejecutivo` sees them in a real Chromium: drawn, whole, in Spanish, with the figures of the marts.

Every tab is photographed: into the folder that PIPC_TEST_PICTURES names, else below pytest's temporary folder.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from pipc_etl.dashboards.loading import load_assets
from pipc_etl.dashboards.native_filters import form_data_of, native_id
from pipc_etl.settings import PROJECT_ROOT
from tests.dashboards.boards import USER, Boards, browse

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(1_200)]
ASSETS = load_assets(PROJECT_ROOT / "superset" / "assets")
VIRTUAL = "Difusión y posicionamiento del Modelo GAB (virtual)"
DIALOGUES = "Realizar mínimo tres diálogos ciudadanos (temáticos)"
# Each page as it opens, and as it is with another year: name, dashboard, filters, tabs (None: all).
VISITS: tuple[tuple[str, str, dict[str, Any], list[str] | None], ...] = (
    *((slug, slug, {}, None) for slug in ASSETS.dashboards),
    ("resumen-2020", "resumen", {"vigencia": 2020, "periodo": "2020"}, None),
    ("cumplimiento-2020", "cumplimiento", {"vigencia": 2020, "periodo": "2020"}, ["Plan original y ajustado"]),
    ("asistencia-2020", "asistencia", {"vigencia": 2020, "periodo": "2020"}, ["Sesiones"]),
    ("asistencia-virtual", "asistencia", {"vigencia": 2020, "periodo": "2020", "actividad": VIRTUAL}, ["Asistencia"]),
    ("asistencia-dialogos", "asistencia", {"perfil_de": DIALOGUES}, ["Perfil"]),
    ("calidad-2021", "calidad", {"vigencia": 2021, "periodo": "2021"}, ["Entregas"]),
)
# What may say that it has no rows, by visit and title: there are none, and another visit shows the chart with rows.
EMPTY = {
    ("resumen", "Asistencias y personas distintas por mes"),
    ("resumen-2020", "Compromisos por mes en que se adquirieron"),
    ("cumplimiento", "Cambios del plan que rigen al corte"),
    ("asistencia", "Sesiones sin registro de asistencia"),
    ("calidad", "Qué pedir: sin entregar, devuelto o tarde"),
}
# "Total", "Error" and "Base" are Spanish too. An empty cell keeps its "N/A" below the dash that our style draws over it.
ENGLISH = (
    "Loading", "No results", "No data", "Search", "Filters", "Apply", "Clear all", "rows",
    "records", "entries", "page", "Show", "All",
    "Save", "Edit", "Download", "Refresh", "Force", "Share", "Settings", "Dashboards", "Dashboard", "Charts", "Sort", "Select",
    "Unexpected",
    "Value", "null", "undefined", "NaN", "true", "false", "Jan", "Apr", "Aug", "Dec", "January", "August", "December", "Metric",
)  # fmt: skip


def run(boards: Boards, program: str, folder: Path, **request: Any) -> dict[str, Any]:
    return browse(boards.settings, program, address=boards.address, user=USER, password=boards.password, folder=str(folder), **request)


def path_of(boards: Boards, slug: str, chosen: Mapping[str, Any]) -> str:
    """The page's address with these values in its filters."""
    dashboard = boards.prepared.assets.dashboards[slug]
    values = boards.chosen_filters(dashboard, chosen)
    masks = {}
    for name in chosen:
        one, value = boards.prepared.assets.filters[name], values[name]
        state = {"label": str(value), "value": [value]}
        masks[native_id(one)] = {"id": native_id(one), "extraFormData": form_data_of(one, value), "filterState": state, "ownState": {}}
    return f"/superset/dashboard/{slug}/" + (f"?native_filters={quote(_rison(masks))}" if masks else "")


def _rison(value: Any) -> str:
    """The notation of Superset's addresses."""
    if isinstance(value, dict):
        return "(" + ",".join(f"{key}:{_rison(each)}" for key, each in value.items()) + ")"
    if isinstance(value, list):
        return "!(" + ",".join(map(_rison, value)) + ")"
    return "'" + value.replace("!", "!!").replace("'", "!'") + "'" if isinstance(value, str) else str(value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = os.environ.get("PIPC_TEST_PICTURES")
    path = Path(given) if given else tmp_path_factory.mktemp("pictures")
    path.mkdir(parents=True, exist_ok=True)
    return path


@pytest.fixture(scope="module")
def seen(boards: Boards, folder: Path) -> dict[str, Any]:
    """What a browser saw on its way through all visits."""
    visits = [{"name": name, "path": path_of(boards, slug, chosen), "tabs": tabs} for name, slug, chosen, tabs in VISITS]
    answer = run(boards, "look_at_boards.py", folder, visits=visits)
    print(f"pictures in {folder}")
    return answer


def charts_of(seen: dict[str, Any], visit: str) -> dict[str, Any]:
    return {title: chart for view in seen["views"] if view["visit"] == visit for title, chart in view["charts"].items()}


def rows_of(seen: dict[str, Any], visit: str, title: str) -> list[dict[str, str]]:
    """A table as it is shown, by its headings."""
    chart = charts_of(seen, visit)[title]
    return [dict(zip(chart["heads"], cells, strict=True)) for cells in chart["cells"]]


def title_of(chart: str) -> str:
    return ASSETS.charts[chart].title


def test_every_chart_is_drawn_when_its_tab_is_opened(seen: dict[str, Any]) -> None:
    for slug, dashboard in ASSETS.dashboards.items():
        assert set(charts_of(seen, slug)) == {title_of(chart) for chart in dashboard.charts()}
    charts = {(view["visit"], title): chart for view in seen["views"] for title, chart in view["charts"].items()}
    assert {key: chart["alerts"] for key, chart in charts.items() if chart["alerts"]} == {}
    empty = {key for key, chart in charts.items() if chart["is_empty"]}
    assert empty == EMPTY
    shown = {title for (_, title), chart in charts.items() if not chart["is_empty"]}
    assert {title for _, title in empty} <= shown


def test_nobody_complains_and_no_other_host_is_asked_when_pages_open(seen: dict[str, Any], boards: Boards) -> None:
    assert seen["complaints"] == []
    asked = [urlsplit(url) for url in seen["asked"] if not url.startswith(("data:", "blob:"))]
    assert len(asked) > 200
    assert {f"{url.scheme}://{url.netloc}" for url in asked} == {boards.address}


def test_no_word_is_english_when_pages_are_read(seen: dict[str, Any]) -> None:
    found = set()
    for view in seen["views"]:
        for text in (view["text"], *view["hints"]):
            for word in ENGLISH:
                places = re.finditer(rf"\b{re.escape(word)}\b", text)
                found |= {(view["visit"], word, text[max(place.start() - 30, 0) : place.end() + 30]) for place in places}
    assert found == set()


def test_nothing_is_cut_off_when_a_page_is_as_wide_as_a_laptop(seen: dict[str, Any]) -> None:
    assert {f"{view['visit']}/{view['tab']}": view["cut"] for view in seen["views"] if view["cut"]} == {}


# --- figures --------------------------------------------------------------------------------------------------------------


def percent(above: Any, below: Any, places: int) -> str:
    """As it is written in Bogotá."""
    value = (Decimal(100) * Decimal(above) / Decimal(below)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{value:,}".replace(",", "_").replace(".", ",").replace("_", ".") + "\u00a0%"


@pytest.mark.parametrize(
    ("visit", "period", "published"),
    [
        ("resumen", "2021-C2", ["112\u00a0%", "105\u00a0%", "62\u00a0%", "38\u00a0%"]),
        ("resumen-2020", "2020", ["97\u00a0%", "97\u00a0%", "97\u00a0%", "3\u00a0%"]),
    ],
)
def test_cards_show_the_published_percents_and_those_of_the_marts(
    seen: dict[str, Any], boards: Boards, visit: str, period: str, published: list[str]
) -> None:
    query = "select * from marts.rpt_plan_compliance where entity_code = 'secretaria-general' and period_code = :period"
    (plan,) = boards.marts(query, period=period)
    computed = [
        percent(plan["executed_qty"], plan["programmed_qty"], 0),
        percent(plan["executed_to_date_qty"], plan["programmed_to_date_qty"], 0),
        percent(plan["executed_to_date_qty"], plan["annual_qty"], 0),
        percent(plan["pending_qty"], plan["annual_qty"], 0),
    ]
    charts = charts_of(seen, visit)
    cards = ("resumen_ejecucion", "resumen_cumplimiento", "resumen_avance", "resumen_por_ejecutar")
    assert [charts[title_of(card)]["figure"] for card in cards] == published == computed
    (execution, *_others) = rows_of(seen, visit, title_of("resumen_medidas"))
    assert {str(plan["executed_qty"]), str(plan["programmed_qty"]), percent(plan["executed_qty"], plan["programmed_qty"], 1)} <= set(
        execution.values()
    )


def test_the_published_percents_of_2020_are_shown_when_that_year_is_chosen(seen: dict[str, Any]) -> None:
    total = rows_of(seen, "resumen-2020", title_of("resumen_medidas"))[0]
    assert {"198", "205", "96,6\u00a0%"} <= set(total.values())
    shown = {row["Grupo del informe"]: row["Cumplimiento"] for row in rows_of(seen, "resumen-2020", title_of("resumen_dependencias"))}
    assert shown == {
        "Gobierno Abierto (Oficina Asesora de Planeación)": "96,3\u00a0%",
        "Alta Consejería para la atención de las víctimas, la paz y la reconciliación": "98,7\u00a0%",
        "Alta Consejería Distrital TIC": "71,4\u00a0%",
        "Subsecretaría Técnica": "100,0\u00a0%",
        "Subsecretaría de Servicio a la Ciudadanía": "100,0\u00a0%",
    }


def test_the_published_percents_of_activities_are_shown_when_the_period_is_the_reports(seen: dict[str, Any]) -> None:
    rows = {row["Actividad"]: row for row in rows_of(seen, "cumplimiento", title_of("cumplimiento_actividades"))}
    row = rows["Desarrollar la estrategia de difusión y posicionamiento del Modelo de Gobierno Abierto"]
    assert (row["Ejecutado a la fecha"], row["Cumplimiento"], row["Avance"]) == ("11", "122,2\u00a0%", "55,0\u00a0%")
    agenda = rows["Implementar una agenda de vinculación ciudadana"]
    assert (agenda["Ejecutado a la fecha"], agenda["Avance"]) == ("1", "33,3\u00a0%")
    assert not any(character.isdigit() for character in agenda["Cumplimiento"])


def test_the_published_commitments_are_shown_when_the_page_opens(seen: dict[str, Any]) -> None:
    months = {next(iter(row.values())): list(row.values())[1:4] for row in rows_of(seen, "compromisos", title_of("compromisos_meses"))}
    assert months == {
        "Mayo de 2021": ["70", "50", "20"],
        "Junio de 2021": ["60", "40", "20"],
        "Julio de 2021": ["53", "37", "16"],
        "Agosto de 2021": ["46", "33", "13"],
    }
    figures = [charts_of(seen, "compromisos")[title_of(card)]["figure"] for card in ("compromisos_recogidos", "compromisos_a_cargo")]
    assert figures == ["229", "69"]


def test_the_published_attendance_is_shown_when_years_are_chosen(seen: dict[str, Any], boards: Boards) -> None:
    sessions = rows_of(seen, "asistencia", title_of("asistencia_lista"))
    dialogues = [int(row["Asistencias"]) for row in sessions if row["Actividad"] == DIALOGUES]
    assert sum(dialogues) == 253
    audience = next(row for row in sessions if row["Sesión"].startswith("Audiencia pública"))
    assert "317" in audience.values()
    assert charts_of(seen, "asistencia")[title_of("asistencia_total")]["figure"] == str(253 + int(audience["Asistencias"]))
    months = [list(row.values()) for row in rows_of(seen, "asistencia-virtual", title_of("asistencia_personas"))]
    virtual = {row[0]: row[3] for row in months if row[1] == VIRTUAL}
    named = {"Septiembre de 2020": "65", "Octubre de 2020": "70", "Noviembre de 2020": "203", "Diciembre de 2020": "20"}
    assert {month: virtual.get(month) for month in named} == named


def test_the_published_profile_is_shown_when_the_dialogues_are_chosen(seen: dict[str, Any]) -> None:
    def shares(chart: str) -> dict[str, str]:
        return {next(iter(row.values())): row["%"] for row in rows_of(seen, "asistencia-dialogos", title_of(chart))}

    assert shares("perfil_sexo") == {"Mujer": "48\u00a0%", "Hombre": "33\u00a0%", "No responde": "19\u00a0%"}
    assert sorted(shares("perfil_edad").values()) == sorted(f"{share}\u00a0%" for share in (8, 18, 60, 14))


# --- what a person does -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def used(boards: Boards, folder: Path, seen: dict[str, Any]) -> dict[str, Any]:
    """What a browser saw after each thing that a person does on the first page."""
    del seen  # one browser at a time
    dependency = "Oficina Asesora de Planeación"
    return run(boards, "use_boards.py", folder, dependency=dependency, **{name: title_of(name) for name in USED})


USED = ("resumen_ejecucion", "resumen_medidas", "resumen_dependencias")


def test_figures_are_those_of_the_other_year_when_it_is_picked_and_applied(used: dict[str, Any], boards: Boards) -> None:
    (plan,) = boards.marts("select * from marts.rpt_plan_compliance where period_code = '2020-C2'")
    assert used["picked"]["years"] == ["2021", "2023", "2020"]  # the chosen one first, then the latest
    assert used["picked"]["figure"] == percent(plan["executed_qty"], plan["programmed_qty"], 0)


def test_only_a_dependency_is_counted_when_it_is_clicked_in_the_ranking(used: dict[str, Any], boards: Boards) -> None:
    query = (
        "select sum(executed_qty) as executed, sum(programmed_qty) as programmed from marts.rpt_activity_compliance "
        "where period_code = '2021-C2' and dependency_name = 'Oficina Asesora de Planeación'"
    )
    (row,) = boards.marts(query)
    assert used["clicked"]["before"] == "112\u00a0%"
    assert used["clicked"]["after"] == percent(row["executed"], row["programmed"], 0)


def test_a_chart_is_taken_away_as_rows_and_as_a_picture_when_the_reader_asks(used: dict[str, Any], boards: Boards) -> None:
    rows = list(csv.DictReader(io.StringIO(used["taken"]["csv"].lstrip("\ufeff")), delimiter=";"))
    asked = boards.ask("resumen", "resumen_medidas")
    assert len(rows) == len(asked) == 5
    assert {"29", "26"} <= set(rows[0].values())
    assert used["taken"]["picture_bytes"] > 10_000
    assert [word for word in ENGLISH if re.search(rf"\b{re.escape(word)}\b", used["taken"]["menu"])] == []
    assert used["complaints"] == []
