"""Every figure that the five reports printed stands in the composed report, as it was printed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from pipc_etl.contracts import fold
from pipc_etl.publish.document import Document, Figure, references
from pipc_etl.publish.published import PublishedFigure, read_published_figures
from pipc_etl.settings import PROJECT_ROOT
from tests.publish.composing.conftest import REPORTS

PUBLISHED = read_published_figures(PROJECT_ROOT / "samples" / "published_figures.csv")
FILES = dict(zip(sorted({figure.report for figure in PUBLISHED}), ("S0", "S1", "S2", "S3", "S4"), strict=True))
QTY = {"S0": 49, "S1": 41, "S2": 14, "S3": 36, "S4": 7}


def _of(name: str) -> list[PublishedFigure]:
    return [figure for figure in PUBLISHED if FILES[figure.report] == name]


def _printed(published: PublishedFigure, document: Document) -> bool:
    """Whether a figure of the document speaks of the same and has the published number, rounded as the report does."""
    return any(_is_that(published, figure) and _has_value(published, figure) for figure in document.figures.values())


def _has_value(published: PublishedFigure, figure: Figure) -> bool:
    if published.value is None or figure.value is None:
        return published.value is None and figure.value is None
    return figure.rounding.rounded(figure.value) == published.value


def _is_that(published: PublishedFigure, figure: Figure) -> bool:
    """The names of reports are the warehouse's, but for those that a report shortens."""
    if published.scope == "profile":
        dimension, _, category = published.measure.partition(":")
        return figure.key.startswith("profile/") and f"/{dimension}" in figure.key and figure.key.endswith(f"/{category}/pct")
    if published.measure != figure.measure:
        return False
    if published.scope == "commitments":
        return figure.key.startswith("commitments/ACV/victims_table/") and figure.period_code == published.period
    if published.scope == "topics":
        return figure.key.startswith("topics/") and figure.period_code.startswith(published.period)
    if published.scope == "product":
        return set(fold(published.subject.partition("/")[2]).split()) <= set(fold(figure.subject).split())
    return fold(published.subject) == fold(figure.subject)


@pytest.mark.parametrize("name", REPORTS)
def test_published_figure_is_printed_when_the_report_is_composed(name: str, composed: Callable[[str], Document]) -> None:
    document = composed(name)
    published = _of(name)
    assert len(published) == QTY[name]
    missing = [(figure.subject, figure.measure, figure.period, figure.value) for figure in published if not _printed(figure, document)]
    assert missing == []


@pytest.mark.parametrize("name", REPORTS)
def test_every_figure_is_explained_when_the_report_is_composed(name: str, composed: Callable[[str], Document]) -> None:
    document = composed(name)
    cited = {reference.key for reference in references(document)}
    assert len(cited) >= 7
    assert cited == set(document.figures)
    for figure in document.figures.values():
        assert figure.definition
        assert figure.formula
        assert figure.query.startswith("select ")
        assert figure.mart in figure.query
        assert (figure.value is None) == (figure.missing is not None)


@pytest.mark.parametrize("name", ["S0", "S1", "S2", "S4"])
def test_percent_has_its_numbers_beside_it_when_it_is_printed(name: str, composed: Callable[[str], Document]) -> None:
    percents = [figure for figure in composed(name).figures.values() if figure.unit == "percent" and figure.value is not None]
    assert len(percents) >= 4
    for figure in percents:
        assert figure.numerator is not None, figure.key
        assert figure.denominator, figure.key
        assert abs(figure.value - 100 * figure.numerator / figure.denominator) < Decimal("0.000001"), figure.key
