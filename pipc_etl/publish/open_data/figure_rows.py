"""The figures of the document as a table, and the check that none of them says of persons more than the package does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipc_etl.errors import PublicationError
from pipc_etl.publish.document import Document, Figure
from pipc_etl.publish.open_data.cells import ALL, Unit
from pipc_etl.publish.open_data.release import PROFILE, Release
from pipc_etl.publish.open_data.resource import Field, FieldType, Resource
from pipc_etl.publish.open_data.tables import FIGURES, column_titles

_FIELDS: tuple[tuple[str, FieldType, str], ...] = (
    ("figure_id", "string", "Número impreso en el informe; con él se pide su explicación."),
    ("key", "string", "Dirección de la cifra dentro del informe, igual en todas sus ediciones."),
    ("label", "string", "Nombre de la cifra en el informe."),
    ("subject", "string", "De qué habla la cifra."),
    ("measure", "string", "Código de la medida."),
    ("period_code", "string", "Período del que habla."),
    ("cutoff", "date", "Fecha de corte a la que vale."),
    ("value", "number", "Valor sin redondear; vacío donde no hay número."),
    ("shown", "string", "La cifra como se imprimió, redondeada y con su unidad."),
    ("unit", "string", "Unidad del valor."),
    ("numerator", "number", "Lo que se divide, si es un porcentaje."),
    ("denominator", "number", "Entre qué se divide, si es un porcentaje."),
    ("missing", "string", "Por qué no hay número: pending, not_applicable, no_data, no_answer, suppressed o not_reported."),
    ("plan_version", "integer", "Versión del plan con la que se calculó."),
    ("rounding_mode", "string", "Cómo redondea el informe: half_up (al más cercano), truncate (corta) o exact (no redondea)."),
    ("rounding_decimals", "integer", "Decimales con que se imprime."),
    ("definition", "string", "Qué mide."),
    ("formula", "string", "La fórmula con sus números."),
    ("mart", "string", "Tabla de la bodega de la que sale."),
)


def figures_resource(document: Document) -> Resource:
    """Every figure that the report prints."""
    titles = column_titles()
    return Resource(
        FIGURES,
        "Cifras del informe",
        "Todas las cifras que imprime el informe, con su definición y la fórmula con sus números.",
        tuple(Field(name, type_, titles[name], description) for name, type_, description in _FIELDS),
        tuple(_rows(document)),
        ("key",),
    )


def _rows(document: Document) -> Iterator[tuple[Any, ...]]:
    for figure in document.figures.values():
        values = {name: getattr(figure, name, None) for name, _, _ in _FIELDS}
        rounding = {"rounding_mode": figure.rounding.mode, "rounding_decimals": figure.rounding.decimals}
        yield tuple((values | rounding).values())


def check_figures(document: Document, released: Release) -> None:
    """Raise PublicationError if a figure counts persons that the package suppresses.

    Keys are the composer's: `profile/plan/activity/period/dimension/category/...`, `evaluation/session/question/mean` and
    `evaluation/question/...` for all the sessions of the report's plans.
    """
    told = [figure for figure in document.figures.values() if figure.value is not None and not _is_open(figure, document, released)]
    if told:
        names = "; ".join(f"{figure.label} de {figure.subject} ({figure.figure_id or figure.key})" for figure in told[:5])
        raise PublicationError(
            f"el informe imprime {len(told)} cifras que permitirían saber algo de menos personas que el mínimo: {names}. "
            "Prepárelo otra vez: al componerlo se suprimen"
        )


def _is_open(figure: Figure, document: Document, released: Release) -> bool:
    parts = figure.key.split("/")
    match figure.mart, parts:
        case "rpt_attendance_profile", ["profile", plan, activity, period, dimension, category, _]:
            return released.shows(PROFILE, Unit("activity", plan, activity, ALL, period), dimension, category)
        case "rpt_evaluation", ["evaluation", session, question, "mean"]:
            return released.shows_session(session, question)
        case "rpt_evaluation", ["evaluation", question, _]:
            return released.shows_plans(document.plan_versions, document.address.period_code, question)
        case "rpt_evaluation", ["evaluation", "answers"]:
            return True
    return figure.mart not in ("rpt_attendance_profile", "rpt_evaluation")
