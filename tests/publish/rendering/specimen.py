"""A hand-made document with every kind of block, long names, signs that markup trips over, and every kind of missing number."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from pipc_etl.publish.document import (
    Address,
    Block,
    Bullets,
    Card,
    Cards,
    Chart,
    Column,
    Document,
    Figure,
    FigureRef,
    Missing,
    Note,
    Paragraph,
    PersonText,
    Section,
    Series,
    Source,
    Table,
)
from pipc_etl.publish.numbers import Rounding

WHOLE = Rounding("half_up")
CUTOFF = date(2021, 8, 31)
RECEIVED = datetime(2021, 9, 6, 20, 15, tzinfo=UTC)
PUBLISHED = datetime(2021, 9, 20, 15, 0, tzinfo=UTC)
AWKWARD = 'Mesa de <víctimas> & "enfoque diferencial" #1 $x$ \\n [a] *b* _c_ @d'
LONG_NAME = "Alta Consejería para los Derechos de las Víctimas, la Paz y la Reconciliación y su Oficina de Participación"
DEPENDENCIES = (
    ("Subsecretaría de Servicio a la Ciudadanía", 12, 12),
    (LONG_NAME, 110, 96),
    ("Alta Consejería Distrital de TIC", 14, 10),
    ("Subsecretaría Técnica", 26, 29),
)
MONTHS = ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto")
MISSING: tuple[Missing, ...] = ("pending", "not_applicable", "no_data", "no_answer", "suppressed", "not_reported")


def source(row: int) -> Source:
    sha = f"{row % 3:x}7" * 32
    return Source(
        11 + row % 3,
        "execution_report",
        f"ejecucion_{row % 3}.xlsx",
        sha,
        RECEIVED,
        "Ejecución",
        f"F{row}",
        "Cantidad ejecutada",
        "3",
        True,
    )


def percent(key: str, subject: str, programmed: int, executed: int) -> Figure:
    value = Decimal(100 * executed) / programmed
    return Figure(
        key,
        "Cumplimiento",
        subject,
        "progress_pct",
        "2021-C2",
        CUTOFF,
        value,
        f"{WHOLE.shown(value)} %",
        WHOLE,
        "Lo ejecutado a la fecha de corte, sobre lo programado a la fecha de corte.",
        f"100 × {executed} / {programmed} = {value:.2f}; se publica {WHOLE.shown(value)} %",
        "select compliance_pct from marts.rpt_plan_asof(date '2021-08-31', timestamptz '2021-09-20') where plan_code = 'PIPC' and 1 < 2",
        "rpt_plan",
        "%",
        None,
        Decimal(executed),
        Decimal(programmed),
        3,
        "",
        tuple(source(row) for row in range(6, 6 + executed % 9)),
    )


def count(key: str, label: str, value: int, subject: str = AWKWARD) -> Figure:
    shown = WHOLE.shown(Decimal(value))
    return Figure(
        key, label, subject, "count", "2021-M08", CUTOFF, Decimal(value), shown, WHOLE, f"{label}: definición.", f"Suma = {shown}",
        "select 1", "rpt_x", sources=(source(9),),
    )  # fmt: skip


def absent(missing: Missing) -> Figure:
    shown = {"suppressed": "< 5", "not_applicable": "N/A", "no_data": "S/D", "pending": "Pend."}.get(missing, "Sin reporte")
    return Figure(
        f"missing/{missing}", "Participantes", "Mesa indígena", "participants", "2021-M08", CUTOFF, None, shown, WHOLE,
        "Personas distintas.", "No se calcula", "select 1", "rpt_x", missing=missing,
    )  # fmt: skip


def specimen(*, is_published: bool = True, is_reconstruction: bool = True) -> Document:
    figures = [percent("plan/total", "Plan institucional 2021", 26, 29), count("people/attendances", "Asistencias", 12345)]
    figures += [percent(f"dependency/{place}", name, p, e) for place, (name, p, e) in enumerate(DEPENDENCIES)]
    figures += [
        count(f"dependency/{place}/{part}", part, number)
        for place, (_, *both) in enumerate(DEPENDENCIES)
        for part, number in zip("PE", both, strict=True)
    ]
    figures += [absent(missing) for missing in MISSING]
    figures += [count(f"month/{month}", f"Participantes en {month}", 40 + 977 * place) for place, month in enumerate(MONTHS)]
    figures.append(count("uncited", "Sesiones con acta", 7))
    return Document(
        Address("sgb", "pipc", "2021-C2", CUTOFF, PUBLISHED),
        "Monitoreo del Plan Institucional de Participación Ciudadana",
        "Segundo informe cuatrimestral: qué se programó, qué se hizo y quiénes participaron",
        "Secretaría General de la Alcaldía Mayor de Bogotá D. C.",
        "mayo a agosto de 2021",
        WHOLE,
        (
            Section("objective", "Objetivo de este informe", _objective()),
            Section("closing", "¿Cómo va el Plan?", _closing()),
            Section("dependencies", "Por dependencia", _dependencies(), 3),
            Section("people", "Personas participantes", _people()),
            Section("commitments", "Compromisos con la ciudadanía", _commitments()),
            Section("observations", "Observaciones y recomendaciones", _texts()),
        ),
        {figure.key: figure for figure in figures},
        {"PIPC": 3},
        is_reconstruction,
        "P0012" if is_published else "",
        1,
        PUBLISHED if is_published else None,
    )


def _objective() -> tuple[Block, ...]:
    return (
        Paragraph(("Informar a la ciudadanía el avance de las actividades del Plan, a la fecha de corte. ", AWKWARD)),
        Bullets((("Lo programado y lo ejecutado, con ", FigureRef("plan/total"), " de cumplimiento."), ("Quiénes participaron.",))),
    )


def _closing() -> tuple[Block, ...]:
    plan = FigureRef("plan/total")
    return (
        Cards(
            (
                Card(plan, "de cumplimiento del Plan", ("29 de 26 actividades programadas",)),
                Card(FigureRef("people/attendances"), "asistencias", ("en 85 sesiones",)),
                Card(FigureRef("missing/suppressed"), "personas de la mesa indígena"),
            )
        ),
        Note("over_execution", ("Se hicieron 3 actividades más de las programadas.",)),
        Note("incomplete", ("Falta el reporte de julio de una dependencia: ", FigureRef("missing/not_reported"), ".")),
        Note("waiver", ("Se publicó con una entrega pendiente. Motivo: la oficina no existía en julio.",)),
    )


def _dependencies() -> tuple[Block, ...]:
    names = tuple(name for name, _, _ in DEPENDENCIES)
    rows = tuple(
        ((name,), (FigureRef(f"dependency/{place}/P"),), (FigureRef(f"dependency/{place}/E"),), (FigureRef(f"dependency/{place}"),))
        for place, name in enumerate(names)
    )
    columns = (Column("Dependencia"), Column("Programado (P)", True), Column("Ejecutado (E)", True), Column("Cumplimiento", True))
    table = Table(
        "Cumplimiento por dependencia",
        columns,
        rows,
        ((("Total",), ("162",), ("147",), (FigureRef("plan/total"),)),),
        ("P y E en actividades.",),
    )
    shares = tuple(Decimal(100 * executed) / programmed for _, programmed, executed in DEPENDENCIES)
    said = "Barras del cumplimiento de cuatro dependencias: de 71 % a 112 %; dos alcanzan el 100 %."
    both = (
        Series("Programado", tuple(Decimal(p) for _, p, _ in DEPENDENCIES)),
        Series("Ejecutado", tuple(Decimal(e) for _, _, e in DEPENDENCIES)),
    )
    return (
        table,
        Chart("bars", "Cumplimiento por dependencia", said, names, (Series("Cumplimiento", shares),), "%", table, Decimal(100)),
        Chart("bars", "Programado y ejecutado por dependencia", said, names, both, "actividades", table),
        Note("justification", ("TIC: el encuentro no se pudo realizar.",)),
        Note("justification", ("Víctimas: en diciembre no se desarrollaron dos mesas.",)),
    )


def _people() -> tuple[Block, ...]:
    values = tuple(Decimal(40 + 977 * place) for place in range(len(MONTHS)))
    rows = tuple(((month,), (FigureRef(f"month/{month}"),)) for month in MONTHS)
    table = Table("Participantes por mes", (Column("Mes"), Column("Participantes", True)), rows)
    gaps = (*values[:3], None, *values[4:])
    absences = Table(
        "Números que faltan",
        (Column("Motivo"), Column("Valor", True)),
        tuple(((missing,), (FigureRef(f"missing/{missing}"),)) for missing in MISSING),
    )
    return (
        Chart(
            "bars",
            "Participantes por mes",
            "Columnas: los participantes suben de 40 en enero a 6.879 en agosto.",
            MONTHS,
            (Series("Participantes", values),),
            "personas",
            table,
        ),
        Chart(
            "line",
            "Asistencias por mes",
            "Línea: las asistencias suben; falta abril.",
            MONTHS,
            (Series("Asistencias", gaps),),
            "asistencias",
            table,
        ),
        Note("non_additive", ("Una persona pudo participar en dos o más meses.",)),
        absences,
    )


def _commitments() -> tuple[Block, ...]:
    places = ("Mesa local de Kennedy", "Comité Distrital de Justicia Transicional", AWKWARD)
    states = ("Cumplidos", "En curso", "Vencidos", "No a cargo")
    series = tuple(
        Series(state, tuple(Decimal(3 + (7 * place + 5 * kind) % 11) for place in range(len(places)))) for kind, state in enumerate(states)
    )
    months = (
        Column("Actividad"),
        *(Column(month[:3] + ".", True) for month in (*MONTHS, "septiembre", "octubre", "noviembre", "diciembre")),
        Column("Total", True),
    )
    wide = Table("Programación por mes", months, tuple(((name,), *(((str(place % 4)),) for place in range(13))) for name in places))
    table = Table(
        "Compromisos por estado",
        (Column("Espacio"), *(Column(state, True) for state in states)),
        tuple(((place,), *((str(each.values[row]),) for each in series)) for row, place in enumerate(places)),
    )
    return (
        Chart(
            "stacked",
            "Compromisos por estado",
            "Barras apiladas de los compromisos de tres espacios por estado.",
            places,
            series,
            "compromisos",
            table,
        ),
        Note("mixed_cutoff", ("El estado es a 31 de agosto; lo registrado, a 15 de septiembre.",)),
        wide,
        Note("method", (AWKWARD,)),
    )


def _texts() -> tuple[Block, ...]:
    return (
        PersonText(
            "observations", "Observaciones", f"Primer párrafo con {AWKWARD}.\n\nSegundo párrafo.", "Oficina Asesora de Planeación", RECEIVED
        ),
        PersonText("recommendations", "Recomendaciones"),
    )
