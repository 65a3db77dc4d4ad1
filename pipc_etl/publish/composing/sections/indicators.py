"""Indicators: their measurements side by side, whether they rise or fall, and how far the baseline is from the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.marts import MartRow
from pipc_etl.publish.composing.naming import anchor, quoted
from pipc_etl.publish.composing.trace import Trace
from pipc_etl.publish.document import Block, Bullets, Chart, Column, FigureRef, Note, Paragraph, Section, Series, Table, Text
from pipc_etl.publish.numbers import Rounding
from pipc_etl.publish.wording import agree, counted, listed

_FACT, _MART = "fct_indicator_value", "rpt_indicator_progress"
_COUNTS = {
    "up": ("sube", "suben"),
    "down": ("baja", "bajan"),
    "flat": ("sigue igual", "siguen igual"),
    "not_comparable": ("no se puede comparar", "no se pueden comparar"),
}
# What the unit is called where numbers of several units share a table.
_UNITS = {"points": "puntos", "percent": "%", "scale": "escala propia", "count": "unidades", "ratio": "razón"}
_METHOD = (
    "La línea de base de cada indicador es su última medición que tiene número. N/A (no se medía) y S/D (sin dato) no son cero, y con "
    "ellos no hay comparación. Los valores de unidades distintas no se comparan ni se promedian."
)


@dataclass(frozen=True)
class _Indicator:
    """An indicator with its values by period and role, and the decimals in which they are written."""

    row: MartRow
    values: Mapping[tuple[str, str], MartRow]

    @property
    def name(self) -> str:
        return str(self.row["indicator_name"])

    @property
    def decimals(self) -> int:
        """As many as its most exact measurement: 2,60 beside 2,61."""
        numbers = [
            Decimal(value["value"]).normalize()
            for (_, role), value in self.values.items()
            if role == "observed" and value["value"] is not None
        ]
        return max((-exponent for number in numbers if isinstance(exponent := number.as_tuple().exponent, int) and exponent < 0), default=0)


def build(context: Context) -> Sequence[Section]:
    """What moved and which way, then a part for each pillar; nothing where no indicator has been measured."""
    indicators = _indicators(context)
    if not indicators:
        return []
    title = context.title("indicators", "Indicadores: línea de base y metas")
    blocks: tuple[Block, ...] = (_introduction(indicators), _counts(context), *_chart(context, indicators), Note("method", (_METHOD,)))
    pillars = groupby(indicators, key=lambda item: str(item.row["pillar"] or ""))
    return [Section("indicadores", title, blocks), *(_pillar(context, name, list(members)) for name, members in pillars)]


def _indicators(context: Context) -> list[_Indicator]:
    facts = context.marts.rows(
        _FACT, keys=("indicator_code", "period_code", "value_role"), order_by="indicator_code, period_end, value_role"
    )
    values: dict[str, dict[tuple[str, str], MartRow]] = {}
    for fact in facts:
        values.setdefault(str(fact["indicator_code"]), {})[str(fact["period_code"]), str(fact["value_role"])] = fact
    rows = context.marts.rows(_MART, keys=("indicator_code",))
    first = {name: number for number, name in reversed(list(enumerate(row["pillar"] for row in rows)))}
    rows.sort(key=lambda row: (first[row["pillar"]], row["indicator_code"]))
    return [_Indicator(row, values[str(row["indicator_code"])]) for row in rows]


def _introduction(indicators: Sequence[_Indicator]) -> Paragraph:
    pillars = {str(item.row["pillar"]) for item in indicators if item.row["pillar"]}
    where = f" en {counted(len(pillars), 'pilar', 'pilares')}" if pillars else ""
    periods = sorted({period for item in indicators for period, role in item.values if role == "observed"})
    return Paragraph((f"Se siguen {counted(len(indicators), 'indicador', 'indicadores')}{where}, con mediciones de {listed(periods)}.",))


def _counts(context: Context) -> Bullets:
    """How many rise, fall, stay, and cannot be compared: each a figure."""
    items: list[Text] = []
    for trend, (one, many) in _COUNTS.items():
        code = f"indicators_{trend}"
        row = context.marts.total(_MART, "trend = :trend", {code: "count(*)"}, trend=trend)
        names = [str(item["indicator_name"]) for item in context.marts.rows(_MART, "trend = :trend", keys=("indicator_code",), trend=trend)]
        figure = context.book.add(f"indicators/{code}", code, row, subject="Indicadores", traces=_traces_of(context, trend))
        items.append((figure, f" {agree(row[code], one, many)}", f": {listed([quoted(name) for name in names])}." if names else "."))
    return Bullets(tuple(items))


def _traces_of(context: Context, trend: str) -> tuple[Trace, ...]:
    rows = context.marts.rows(_MART, "trend = :trend", keys=("indicator_code",), trend=trend)
    return tuple(_trace(row, row[name], "observed") for row in rows for name in ("previous_period_code", "latest_period_code") if row[name])


def _trace(row: MartRow, period: str, role: str, column: str | None = "value") -> Trace:
    return Trace(_FACT, {"indicator_code": row["indicator_code"], "period_code": period, "value_role": role}, column)


def _pillar(context: Context, name: str, indicators: Sequence[_Indicator]) -> Section:
    """The measurements and targets of a pillar's indicators, a column a period, with the change and the gap."""
    observed = sorted({period for item in indicators for period, role in item.values if role == "observed"})
    targets = sorted({period for item in indicators for period, role in item.values if role == "target"})
    heads = [(period, "observed", period) for period in observed] + [(period, "target", f"Meta {period}") for period in targets]
    rows: list[tuple[Text, ...]] = []
    for item in indicators:
        unit = f"{item.name} ({_UNITS[item.row['unit']]})"
        values: list[Text] = [_cell(context, item, period, role) for period, role, _ in heads]
        rows.append(((unit,), *values, (str(item.row["trend_name"]),), _difference(context, item, "change"), _gap(context, item)))
    table = Table(
        title=f"{name or 'Indicadores'}: mediciones, metas y brecha",
        columns=(
            Column("Indicador (unidad)"),
            *(Column(label, True) for _, _, label in heads),
            Column("Tendencia"),
            Column("Cambio", True),
            Column("Brecha a la meta", True),
        ),
        rows=tuple(rows),
    )
    return Section(f"indicadores-{anchor(name or 'sin-pilar')}", name or "Otros indicadores", (table, *_notes(indicators)), level=3)


def _cell(context: Context, item: _Indicator, period: str, role: str) -> Text:
    value = item.values.get((period, role))
    if value is None:
        return ("–",)
    code = f"{'value' if role == 'observed' else 'target'}_{value['unit']}"
    figure = context.book.add(
        f"indicator/{item.row['indicator_code']}/{period}/{code}",
        code,
        value,
        subject=item.name,
        column="value",
        period_code=period,
        rounding=Rounding("half_up", item.decimals) if role == "observed" else None,
        missing=value["missing_kind"],
        # Where there is no number the row is what leads to the cell that says why.
        traces=(_trace(item.row, period, role, "value" if value["value"] is not None else None),),
    )
    return (figure,)


def _difference(context: Context, item: _Indicator, what: str) -> Text:
    """The change or the gap of an indicator, a dash where there is none."""
    row = item.row
    if row[f"{what}_value"] is None:
        return ("–",)
    pairs = {
        "change": ((row["previous_period_code"], "observed"), (row["latest_period_code"], "observed")),
        "gap": ((row["baseline_period_code"], "observed"), (row["target_period_code"], "target")),
    }
    code = f"indicator_{what}"
    figure: FigureRef = context.book.add(
        f"indicator/{row['indicator_code']}/{code}",
        code,
        row,
        subject=item.name,
        column=f"{what}_value",
        period_code=str(row["latest_period_code"]),
        traces=tuple(_trace(row, period, role) for period, role in pairs[what]),
    )
    return (figure,)


def _gap(context: Context, item: _Indicator) -> Text:
    """The gap, and its baseline's period where that is not the last one measured."""
    gap = _difference(context, item, "gap")
    stale = item.row["baseline_period_code"] != item.row["latest_period_code"]
    return (*gap, f" (desde {item.row['baseline_period_code']})") if stale and item.row["gap_value"] is not None else gap


def _notes(indicators: Sequence[_Indicator]) -> tuple[Note, ...]:
    """Why an indicator cannot be compared."""
    reasons = {"not_applicable": "no se medía (N/A)", "no_data": "no tiene dato (S/D)"}
    notes = []
    for item in indicators:
        said = [
            f"en {item.row[f'{place}_period_code']} {reasons.get(item.row[f'{place}_missing_kind'], 'no tiene valor')}"
            for place in ("previous", "latest")
            if item.row[f"{place}_missing_kind"]
        ]
        if said:
            notes.append(Note("incomplete", (f"{quoted(item.name)} no se puede comparar: {listed(said)}.",)))
    return tuple(notes)


def _chart(context: Context, indicators: Sequence[_Indicator]) -> tuple[Block, ...]:
    """Baseline and target of the indicators in points, which share a scale; nothing for fewer than two."""
    chosen = [item for item in indicators if item.row["unit"] == "points" and item.row["gap_value"] is not None]
    if len(chosen) < 2:
        return ()
    table = Table(
        title="Indicadores en puntos de 0 a 100: línea de base y meta",
        columns=(Column("Indicador"), Column("Línea de base", True), Column("Meta", True)),
        rows=tuple(
            (
                (item.name,),
                _cell(context, item, str(item.row["baseline_period_code"]), "observed"),
                _cell(context, item, str(item.row["target_period_code"]), "target"),
            )
            for item in chosen
        ),
    )
    figures = context.book.figures
    pairs = "; ".join(
        f"{item.name}: {figures[row[1][0].key].shown} de base y {figures[row[2][0].key].shown} de meta"  # type: ignore[union-attr]
        for item, row in zip(chosen, table.rows, strict=True)
    )
    series = (
        Series("Línea de base", tuple(item.row.number("baseline_value") for item in chosen)),
        Series("Meta", tuple(item.row.number("target_value") for item in chosen)),
    )
    return (Chart("bars", table.title, f"Barras por indicador. {pairs}.", tuple(item.name for item in chosen), series, "puntos", table),)
