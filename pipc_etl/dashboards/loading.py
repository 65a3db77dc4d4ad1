"""Reads the dashboards' assets: YAML into dataclasses, each file and what the files say of one another checked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from pipc_etl.dashboards.assets import Assets, Chart, Dashboard, Dataset, Filter, FilterUse, Item, Metric, Tab
from pipc_etl.dashboards.problems import AssetError

_ITEM_KINDS = ("chart", "text", "column")
WIDTH_COLUMNS = 12


class _File:
    """A YAML mapping that complains with its file's name."""

    def __init__(self, path: Path, values: Any, allowed: set[str]) -> None:
        if not isinstance(values, dict):
            raise AssetError(f"{path}: must be a mapping (key: value), not {type(values).__name__}")
        self.path, self.values = path, values
        unknown = set(values) - allowed
        if unknown:
            raise AssetError(
                f"{path}: unknown key {', '.join(map(repr, sorted(map(str, unknown))))}; known are {', '.join(sorted(allowed))}"
            )

    def get(self, key: str, kind: type | tuple[type, ...], default: Any = ...) -> Any:
        if key not in self.values or (self.values[key] is None and default is not ...):
            if default is ...:
                raise AssetError(f"{self.path}: {key!r} is missing")
            return default
        value = self.values[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            names = " or ".join(each.__name__ for each in (kind if isinstance(kind, tuple) else (kind,)))
            raise AssetError(f"{self.path}: {key!r} must be {names}, not {type(value).__name__} ({value!r})")
        return value

    def text(self, key: str) -> str:
        text: str = self.get(key, str)
        if not text.strip():
            raise AssetError(f"{self.path}: {key!r} is empty")
        return text

    def uuid(self) -> str:
        given = self.text("uuid")
        try:
            return str(UUID(given))
        except ValueError as error:
            raise AssetError(
                f"{self.path}: {given!r} is not a uuid (make one with `python -c 'import uuid; print(uuid.uuid4())'`)"
            ) from error

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(str(value) for value in self.get(key, list, []))


def load_assets(folder: Path) -> Assets:
    """Every asset below `folder`; raises AssetError, naming the file, for what cannot be read or contradicts another file."""
    if not folder.is_dir():
        raise AssetError(f"{folder}: there is no such folder of dashboard assets")
    assets = Assets(
        folder,
        datasets={item.mart: item for item in (_dataset(path) for path in _files(folder, "datasets"))},
        charts={item.stem: item for item in (_chart(path) for path in _files(folder, "charts"))},
        dashboards={item.slug: item for item in (_dashboard(path) for path in _files(folder, "dashboards"))},
        filters={item.id: item for item in _filters(folder / "filters.yaml")},
        palette=_palette(folder / "palette.yaml"),
    )
    _check_identities(assets)
    _check_references(assets)
    return assets


def read_yaml(path: Path) -> Any:
    """What the file says; raises AssetError with file and line where it is no YAML."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise AssetError(f"{where}: not valid YAML: {getattr(error, 'problem', None) or error}") from error


def _files(folder: Path, kind: str) -> list[Path]:
    return sorted((folder / kind).glob("*.yaml"))


def _dataset(path: Path) -> Dataset:
    file = _File(path, read_yaml(path), {"uuid", "mart", "title", "main_datetime_column", "metrics", "cache_timeout"})
    mart = file.text("mart")
    if mart != path.stem:
        raise AssetError(f"{path}: the file must be named after its mart: {mart}.yaml")
    metrics = []
    for given in file.get("metrics", list, []):
        metric = _File(path, given, {"name", "label", "sql", "format", "description"})
        metrics.append(
            Metric(
                metric.text("name"),
                metric.text("label"),
                metric.text("sql"),
                metric.get("format", str, None),
                metric.get("description", str, None),
            )
        )
    for key, values in (("name", [m.name for m in metrics]), ("label", [m.label for m in metrics])):
        if twice := _repeated(values):
            raise AssetError(f"{path}: two metrics have the {key} {twice!r}")
    return Dataset(
        path=path,
        uuid=file.uuid(),
        mart=mart,
        title=file.text("title"),
        metrics=tuple(metrics),
        main_datetime_column=file.get("main_datetime_column", str, None),
        cache_timeout=file.get("cache_timeout", int, None),
    )


CHART_KEYS = (
    "uuid",
    "title",
    "viz_type",
    "dataset",
    "description",
    "how_to_read",
    "ignores_filters",
    "cache_timeout",
    "params",
    "query_context",
)


def _chart(path: Path) -> Chart:
    file = _File(path, read_yaml(path), set(CHART_KEYS))
    params = file.get("params", dict)
    if set(params) & {"datasource", "viz_type", "slice_id", "dashboards"}:
        raise AssetError(f"{path}: params may not name datasource, viz_type, slice_id or dashboards: they are made at push")
    if file.text("how_to_read").lower().startswith("cómo leer"):
        raise AssetError(f"{path}: how_to_read without the words 'Cómo leer': they are added at push")
    return Chart(
        path=path,
        uuid=file.uuid(),
        title=file.text("title"),
        viz_type=file.text("viz_type"),
        dataset=file.text("dataset"),
        params=params,
        how_to_read=file.text("how_to_read"),
        description=file.get("description", str, None),
        ignores_filters=file.texts("ignores_filters"),
        cache_timeout=file.get("cache_timeout", int, None),
        query_context=file.get("query_context", dict, None),
    )


def _dashboard(path: Path) -> Dashboard:
    file = _File(path, read_yaml(path), {"uuid", "title", "slug", "description", "roles", "filters", "cross_filters", "tabs", "rows"})
    slug = file.text("slug")
    if slug != path.stem:
        raise AssetError(f"{path}: the file must be named after its slug: {slug}.yaml")
    if ("tabs" in file.values) == ("rows" in file.values):
        raise AssetError(f"{path}: give either 'tabs' or (a page without tabs) 'rows'")
    tabs = [_tab(path, given) for given in file.get("tabs", list, [])]
    if "rows" in file.values:
        tabs = [Tab("", _rows(path, file.get("rows", list)))]
    return Dashboard(
        path=path,
        uuid=file.uuid(),
        title=file.text("title"),
        slug=slug,
        description=file.text("description"),
        roles=file.texts("roles"),
        filters=tuple(_filter_use(path, given) for given in file.get("filters", list, [])),
        tabs=tuple(tabs),
        cross_filters=file.get("cross_filters", bool, True),
    )


def _filter_use(path: Path, given: Any) -> FilterUse:
    if isinstance(given, str):
        return FilterUse(given)
    use = _File(path, given, {"filter", "dataset", "default_sql"})
    return FilterUse(use.text("filter"), use.get("dataset", str, None), use.get("default_sql", str, None))


def _tab(path: Path, given: Any) -> Tab:
    tab = _File(path, given, {"title", "rows"})
    return Tab(tab.text("title"), _rows(path, tab.get("rows", list)))


def _rows(path: Path, given: list[Any]) -> tuple[tuple[Item, ...], ...]:
    rows = []
    for number, cells in enumerate(given, 1):
        if not isinstance(cells, list) or not cells:
            raise AssetError(f"{path}: row {number} must be a list of items")
        row = tuple(_item(path, cell) for cell in cells)
        if (total := sum(item.width for item in row)) > WIDTH_COLUMNS:
            raise AssetError(f"{path}: row {number} is {total} wide; a row has {WIDTH_COLUMNS} columns")
        rows.append(row)
    return tuple(rows)


def _item(path: Path, given: Any, width: int | None = None) -> Item:
    cell = _File(path, given, {*_ITEM_KINDS, "width", "height"})
    if sum(kind in cell.values for kind in _ITEM_KINDS) != 1:
        raise AssetError(f"{path}: an item has exactly one of {', '.join(_ITEM_KINDS)}: {given!r}")
    if width is None:
        width = cell.get("width", int)
        if not 1 <= width <= WIDTH_COLUMNS:
            raise AssetError(f"{path}: width {width} of {given!r} is not between 1 and {WIDTH_COLUMNS}")
    if "chart" in cell.values:
        return Item(width, chart=cell.text("chart"), height=cell.get("height", int, 50))
    if "text" in cell.values:
        return Item(width, text=cell.text("text"), height=cell.get("height", int, 12))
    if len(stacked := cell.get("column", list)) < 2:
        raise AssetError(f"{path}: a column has at least two items: {given!r}")
    return Item(width, column=tuple(_item(path, each, width) for each in stacked))


def _filters(path: Path) -> list[Filter]:
    if not path.exists():
        return []
    file = _File(path, read_yaml(path), {"filters"})
    filters = []
    for given in file.get("filters", list):
        one = _File(path, given, set(Filter.__dataclass_fields__))
        filters.append(
            Filter(
                id=one.text("id"),
                title=one.text("title"),
                column=one.text("column"),
                dataset=one.text("dataset"),
                description=one.get("description", str, ""),
                multiple=one.get("multiple", bool, False),
                required=one.get("required", bool, True),
                parents=one.texts("parents"),
                sort_metric=one.get("sort_metric", str, None),
                sort_ascending=one.get("sort_ascending", bool, True),
                default_sql=one.get("default_sql", str, None),
            )
        )
    if twice := _repeated([one.id for one in filters]):
        raise AssetError(f"{path}: two filters have the id {twice!r}")
    return filters


def _palette(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    file = _File(path, read_yaml(path), {"colors"})
    colors: Mapping[Any, Any] = file.get("colors", dict)
    return {str(value): str(color) for value, color in colors.items()}


def _repeated(values: list[str]) -> str | None:
    return next((value for value in values if values.count(value) > 1), None)


def _check_identities(assets: Assets) -> None:
    paths: dict[str, Path] = {}
    every: list[Dataset | Chart | Dashboard] = [*assets.datasets.values(), *assets.charts.values(), *assets.dashboards.values()]
    for asset in every:
        if asset.uuid in paths:
            raise AssetError(f"{asset.path}: has the same uuid as {paths[asset.uuid]}")
        paths[asset.uuid] = asset.path


def _check_references(assets: Assets) -> None:
    for chart in assets.charts.values():
        if chart.dataset not in assets.datasets:
            raise AssetError(f"{chart.path}: dataset {chart.dataset!r} does not exist: add datasets/{chart.dataset}.yaml")
        _known(chart.path, "ignores_filters", chart.ignores_filters, assets.filters)
    for one in assets.filters.values():
        _known(assets.folder / "filters.yaml", f"parents of {one.id}", one.parents, assets.filters)
    placed = set()
    for dashboard in assets.dashboards.values():
        _known(dashboard.path, "filters", [use.filter for use in dashboard.filters], assets.filters)
        _known(dashboard.path, "charts", dashboard.charts(), assets.charts)
        marts = [use.dataset or assets.filters[use.filter].dataset for use in dashboard.filters]
        _known(dashboard.path, "datasets of its filters", marts, assets.datasets)
        every = [name for tab in dashboard.tabs for name in tab.charts()]
        if twice := _repeated(every):
            raise AssetError(f"{dashboard.path}: the chart {twice!r} stands twice")
        placed |= set(every)
    if lost := sorted(set(assets.charts) - placed):
        raise AssetError(f"{assets.charts[lost[0]].path}: stands on no dashboard: place it or delete the file")


def _known(path: Path, what: str, names: Any, known: Mapping[str, Any]) -> None:
    for name in names:
        if name not in known:
            raise AssetError(f"{path}: {what}: {name!r} does not exist")
