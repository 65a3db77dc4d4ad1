"""The table of figures that `pipc figures` and the demonstration print, in Spanish."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from pipc_etl.contracts import Catalog
from pipc_etl.publish.figures import NO_PERCENT_STATUS, FigureCheck

# What a report prints where there is no number.
PRINTED = {"pending": "Pend.", NO_PERCENT_STATUS: "Pend.", "not_applicable": "N/A", "no_data": "S/D"}
# What a reader sees of a mart's column; the reports call one formula by several names, so these are ours.
MEASURES = {
    "annual_qty": "programado de la vigencia",
    "attendances": "asistencias",
    "collected_qty": "compromisos recogidos",
    "compliance_pct": "cumplimiento a la fecha, %",
    "distinct_persons": "personas distintas",
    "executed_qty": "ejecutado en el período",
    "executed_to_date_qty": "ejecutado a la fecha",
    "execution_pct": "ejecución del período, %",
    "form_rows": "formularios diligenciados",
    "in_charge_qty": "compromisos a cargo",
    "not_in_charge_qty": "compromisos que no están a cargo",
    "pending_pct": "por ejecutar, %",
    "programmed_qty": "programado en el período",
    "progress_pct": "avance de la vigencia, %",
    "proposed_qty": "temas propuestos",
    "questions": "preguntas de la ciudadanía",
    "score": "puntaje, de 100",
    "target_percent": "meta del indicador, %",
    "target_points": "meta del indicador, de 100",
    "target_scale": "meta del indicador, en su escala",
    "value_percent": "indicador, %",
    "value_points": "indicador, de 100",
    "value_scale": "indicador, en su escala",
}
_DIMENSIONS = {"sex": ("sexo", "sex"), "age": ("edad", "age_band")}


def figures_table(checks: Sequence[FigureCheck], catalog: Catalog) -> Table:
    """Subject, period, measure, value, published and whether they agree; those computed from rows and those echoed, counted apart."""
    computed = [check for check in checks if check.figure.kind == "computed"]
    echoed = [check for check in checks if check.figure.kind != "computed"]
    counts = [f"calculadas de filas, coinciden {_agreed(computed)}"]
    if echoed:
        counts.append(f"leídas de vuelta como se publicaron, coinciden {_agreed(echoed)}")
    table = Table(title=f"Cifras publicadas: {'; '.join(counts)} (reconstrucción)")
    table.add_column("Cifra", overflow="fold", ratio=5)
    table.add_column("Período", no_wrap=True)
    table.add_column("Medida", overflow="fold", ratio=2)
    table.add_column("Valor", justify="right", no_wrap=True)
    table.add_column("Publicado", justify="right", no_wrap=True)
    table.add_column("¿Coincide?", justify="center")
    for group in (computed, echoed):
        for check in group:
            mark = "[green]sí[/green]" if check.match else "[bold red]NO[/bold red]"
            measure = measure_label(check.measure, catalog)
            table.add_row(check.subject, check.period, measure, shown_value(check), shown_published(check), mark)
        table.add_section()
    return table


def _agreed(checks: Sequence[FigureCheck]) -> str:
    return f"{sum(check.match for check in checks)} de {len(checks)}"


def shown_value(check: FigureCheck) -> str:
    """The computed figure as the report would print it."""
    if not check.is_found:
        return "sin dato"
    if check.value is None and check.status in PRINTED:
        return PRINTED[check.status]
    return check.figure.shown(check.value)


def shown_published(check: FigureCheck) -> str:
    """The published figure as it was printed."""
    return PRINTED[check.figure.missing or "pending"] if check.published is None else check.figure.shown(check.published)


def measure_label(measure: str, catalog: Catalog) -> str:
    """The Spanish name of a measure; a share (`sex:female`) is named by its category, a social metric as its list does."""
    dimension, _, category = measure.partition(":")
    if category and dimension in _DIMENSIONS:
        name, codelist = _DIMENSIONS[dimension]
        return f"{name}: {catalog.codelists[codelist].label(category)}, % de las asistencias"
    metrics = {code.code: code.label for code in catalog.codelists["social_metric_type"].codes}
    label = MEASURES.get(measure) or metrics.get(measure, measure)
    return label[0].lower() + label[1:]
