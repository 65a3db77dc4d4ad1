"""The figures of a report being composed: each written once, with its words, its numbers, its query and where it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from pipc_etl.errors import PublicationError
from pipc_etl.publish.composing.marts import MartRow
from pipc_etl.publish.composing.measures import Measure, measure, written
from pipc_etl.publish.composing.trace import Trace
from pipc_etl.publish.definition import ReportDefinition
from pipc_etl.publish.document import Address, Figure, FigureRef, Missing, Source
from pipc_etl.publish.numbers import Rounding

# What is printed where there is no number.
MISSING_WORDS: dict[Missing, str] = {
    "pending": "Pend.",
    "not_applicable": "N/A",
    "no_data": "S/D",
    "no_answer": "No responde",
    "suppressed": "Reservado",
    "not_reported": "Sin reporte",
}
_SUPPRESSED_RULE = (
    "No se publica: son menos personas que el mínimo que protege su identidad, o permitiría calcular otra celda que sí lo es."
)
_WHY_MISSING: dict[Missing, str] = {
    "pending": "No hay número: hasta el corte no había nada programado.",
    "not_applicable": "No hay número: la fuente dice que no aplica.",
    "no_data": "No hay número: la fuente dice que no hay dato.",
    "no_answer": "No hay número: no se respondió.",
    "suppressed": _SUPPRESSED_RULE,
    "not_reported": "No hay número: no se ha recibido el reporte del que sale.",
}


@dataclass
class FigureBook:
    """Collects the figures of one document by key, and the traces from which lineage finds their cells when all are there."""

    definition: ReportDefinition
    address: Address
    figures: dict[str, Figure] = field(default_factory=dict)
    traces: dict[str, tuple[Trace, ...]] = field(default_factory=dict)

    def add(
        self,
        key: str,
        code: str,
        row: MartRow,
        *,
        subject: str,
        column: str | None = None,
        label: str | None = None,
        period_code: str | None = None,
        cutoff: date | None = None,
        rounding: Rounding | None = None,
        missing: Missing | None = None,
        traces: Sequence[Trace] = (),
    ) -> FigureRef:
        """The figure `key` = measure `code` of the mart row `row`, about `subject` as a reader names it.

        `column` is the row's column where it is not called as the measure; `label` the report's own name for the measure (else the
        definition's `labels`, else the measure's); `missing` says why the value is null («not_reported» unless said). `traces` say which
        fact rows it was computed from. A key that is there already must be the same figure: the reference is given again.
        """
        found = measure(code)
        value = row.number(column or code)
        why = None if value is not None else (missing or "not_reported")
        chosen = rounding or found.rounded_by(self.definition.rounding)
        shown = MISSING_WORDS[why] if value is None and why else chosen.shown(value or Decimal(0)) + found.ending
        names = [name for name in (column or code, found.numerator, found.denominator) if name and name in row.values]
        version = row.get("plan_version")
        figure = Figure(
            key=key,
            label=label or self.label(key, code),
            subject=subject,
            measure=code,
            period_code=period_code or row.get("period_code") or self.address.period_code,
            cutoff=cutoff or row.get("cutoff_date") or self.address.cutoff,
            value=value,
            shown=shown,
            rounding=chosen,
            definition=found.definition,
            formula=_formula(found, row, value, shown, why),
            query=row.query(*names),
            mart=row.mart,
            unit=found.unit,
            missing=why,
            numerator=_of(row, found.numerator),
            denominator=_of(row, found.denominator),
            plan_version=None if version is None else int(version),
        )
        known = self.figures.setdefault(key, figure)
        if (known.value, known.shown, known.measure) != (figure.value, figure.shown, figure.measure):
            raise PublicationError(f"dos cifras distintas tienen la misma clave «{key}»: {known.shown} y {figure.shown}")
        # The cells of what is suppressed would tell it.
        self.traces.setdefault(key, () if why == "suppressed" else tuple(traces))
        return FigureRef(key)

    def label(self, key: str, code: str) -> str:
        """What the report calls the measure `code` for figures like `key`: its labels may be of one level (`activity/compliance_pct`)."""
        labels = self.definition.labels
        return labels.get(f"{key.partition('/')[0]}/{code}") or labels.get(code) or measure(code).label

    def with_sources(self, sources: dict[str, tuple[Source, ...]]) -> dict[str, Figure]:
        """Every figure with the cells that lineage found for it."""
        return {key: replace(figure, sources=sources.get(key, ())) for key, figure in self.figures.items()}


def _of(row: MartRow, column: str | None) -> Decimal | None:
    return None if column is None or column not in row.values else row.number(column)


def _formula(found: Measure, row: MartRow, value: Decimal | None, shown: str, why: Missing | None) -> str:
    """The measure's formula with the row's numbers: «100 × 29 / 26 = 111,5385; se publica 112 %»."""
    if value is None:
        return _WHY_MISSING[why or "not_reported"]
    numbers = _Numbers(row, value=value, numerator=_of(row, found.numerator), denominator=_of(row, found.denominator))
    formula = found.formula.format_map(numbers)
    return formula if shown == written(value) else f"{formula}; se publica {shown}"


class _Numbers(dict[str, str]):
    """The numbers of a formula: those named, and any column of the row; what the row does not have is a dash."""

    def __init__(self, row: MartRow, **named: Decimal | None) -> None:
        super().__init__({name: written(number) for name, number in named.items()})
        self._row = row

    def __missing__(self, name: str) -> str:
        content = self._row.get(name)
        return written(Decimal(str(content))) if isinstance(content, int | Decimal) else written(None)
