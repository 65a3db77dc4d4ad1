"""Commitments by the month in which they were acquired, each month with the date of its statuses; these are never added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.marts import MartRow
from pipc_etl.publish.composing.naming import dependency_names
from pipc_etl.publish.composing.trace import Trace
from pipc_etl.publish.document import Block, Bullets, Chart, Column, FigureRef, Note, Paragraph, Section, Series, Table, Text
from pipc_etl.publish.wording import agree, listed, long_date, month_name, short_date

_KEYS = ("dependency_code", "instance_type", "period_code")


def build(context: Context) -> Sequence[Section]:
    """A section for each dependency and kind of instance with commitments of the period; none where there are none."""
    rows = context.marts.rows(
        "rpt_commitments_by_month",
        "period_code between :first and :last",
        keys=_KEYS,
        cutoff=max(context.known_on, context.address.cutoff),
        first=f"{context.period_start:%Y-M%m}",
        last=f"{context.through:%Y-M%m}",
    )
    holders = list(dict.fromkeys((row["dependency_code"], row["instance_type"]) for row in rows))
    names = dependency_names(context)
    title = context.title("commitments", "Compromisos adquiridos con la ciudadanía")
    sections = []
    for number, (dependency, instance) in enumerate(holders):
        own = [row for row in rows if (row["dependency_code"], row["instance_type"]) == (dependency, instance)]
        subject = f"{context.name('instance_type', instance)} ({names.get(dependency, dependency)})"
        blocks = _blocks(context, subject, own)
        code = f"compromisos-{dependency.lower()}-{instance.replace('_', '-')}"
        sections.append(Section(code, title if number == 0 else subject, blocks, level=2 if number == 0 else 3))
    return sections


def _blocks(context: Context, subject: str, rows: Sequence[MartRow]) -> tuple[Block, ...]:
    cutoffs = sorted({row["status_cutoff"] for row in rows} | {row["oldest_status_cutoff"] for row in rows})
    blocks: list[Block] = [
        Paragraph(
            (f"{subject}. Cada compromiso cuenta en el mes en que se recogió; su estado es el de la fecha de corte que dice cada mes.",)
        ),
        Bullets(tuple(_sentence(context, subject, row) for row in rows)),
        _statuses(context, subject, rows),
    ]
    if len(cutoffs) > 1:
        dates = listed([long_date(day) for day in cutoffs])
        blocks.append(
            Note("mixed_cutoff", (f"Los estados tienen {len(cutoffs)} fechas de corte ({dates}): los meses no se suman entre sí.",))
        )
    overdue = [row for row in rows if row["past_due_qty"]]
    if overdue:
        months = listed([f"{row['past_due_qty']} de {_month(row)}" for row in overdue])
        blocks.append(Note("incomplete", (f"En la fecha de corte de su estado habían pasado de su fecha límite sin cumplirse: {months}.",)))
    return tuple(blocks)


def _sentence(context: Context, subject: str, row: MartRow) -> Text:
    """«Mayo: se recogieron 70 compromisos: 50 no están a cargo de la dependencia y 20 sí (29 % de lo recogido)»."""
    collected, others, own, share = (
        _figure(context, subject, row, code) for code in ("collected_qty", "not_in_charge_qty", "in_charge_qty", "in_charge_pct")
    )
    return (
        f"{_month(row).capitalize()}: se {agree(row['collected_qty'], 'recogió', 'recogieron')} ",
        collected,
        f" {agree(row['collected_qty'], 'compromiso', 'compromisos')}: ",
        others,
        f" no {agree(row['not_in_charge_qty'], 'está', 'están')} a cargo de la dependencia y ",
        own,
        " sí (",
        share,
        f" de lo recogido). Corte de los estados: {long_date(row['status_cutoff'])}.",
    )


def _statuses(context: Context, subject: str, rows: Sequence[MartRow]) -> Chart:
    """The commitments in charge by status, month by month, with no total."""
    codes = [code.code for code in context.catalog.codelists["commitment_status"].codes if any(row[f"{code.code}_qty"] for row in rows)]
    names = [context.name("commitment_status", code) for code in codes]
    table = Table(
        title="Estado de los compromisos a cargo, por mes en que se recogieron",
        columns=(
            Column("Mes"),
            Column("Corte de los estados"),
            *(Column(name, True) for name in names),
            Column("Cumplidos, % de los que están a cargo", True),
        ),
        rows=tuple(
            (
                (_month(row).capitalize(),),
                (short_date(row["status_cutoff"]),),
                *((_status(context, subject, row, code, name),) for code, name in zip(codes, names, strict=True)),
                _fulfilment(context, subject, row),
            )
            for row in rows
        ),
    )
    months = tuple(f"{_month(row).capitalize()} (corte {short_date(row['status_cutoff'])})" for row in rows)
    said = "; ".join(
        f"{month}: "
        + listed([f"{row[f'{code}_qty']} {name.lower()}" for code, name in zip(codes, names, strict=True) if row[f"{code}_qty"]])
        for month, row in zip(months, rows, strict=True)
    )
    series = tuple(Series(name, tuple(row.number(f"{code}_qty") for row in rows)) for code, name in zip(codes, names, strict=True))
    return Chart("stacked", table.title, f"Barras apiladas por mes. {said}.", months, series, "compromisos", table)


def _fulfilment(context: Context, subject: str, row: MartRow) -> Text:
    """«75 % (15 de 20)»; a dash in a month with none in charge."""
    if not row["fulfilment_base_qty"]:
        return ("–",)
    return (_figure(context, subject, row, "fulfilment_pct"), f" ({row['fulfilled_qty']} de {row['fulfilment_base_qty']})")


def _status(context: Context, subject: str, row: MartRow, code: str, name: str) -> FigureRef:
    return _add(context, subject, row, "commitment_status_qty", f"{code}_qty", {"in_charge": True, "status": code}, f"{name}, a cargo")


_ROWS: Mapping[str, Mapping[str, object]] = {
    "collected_qty": {},
    "in_charge_qty": {"in_charge": True},
    "not_in_charge_qty": {"in_charge": False},
    "in_charge_pct": {"in_charge": True},
    "fulfilment_pct": {"in_charge": True, "status": "fulfilled"},
}
# What a percent is of.
_BASES: Mapping[str, Mapping[str, object]] = {"in_charge_pct": {}, "fulfilment_pct": {"in_charge": True}}


def _figure(context: Context, subject: str, row: MartRow, code: str) -> FigureRef:
    return _add(context, subject, row, code, code, _ROWS[code])


def _add(
    context: Context, subject: str, row: MartRow, code: str, column: str, rows: Mapping[str, object], label: str | None = None
) -> FigureRef:
    match = {
        "dependency_code": row["dependency_code"],
        "instance_type": None if row["instance_type"] == "no_data" else row["instance_type"],
        "acquired_period_code": row["period_code"],
    }
    cutoff = max(context.known_on, context.address.cutoff)
    key = f"commitments/{row['dependency_code']}/{row['instance_type']}/{row['period_code']}/{column}"
    traces = [Trace("fct_commitment", {**match, **rows}, role="numerator" if code in _BASES else "value", cutoff=cutoff)]
    if code in _BASES:
        traces.append(Trace("fct_commitment", {**match, **_BASES[code]}, role="denominator", cutoff=cutoff))
    return context.book.add(key, code, row, subject=subject, column=column, label=label, cutoff=row["status_cutoff"], traces=traces)


def _month(row: MartRow) -> str:
    return month_name(int(str(row["period_code"])[-2:]))
