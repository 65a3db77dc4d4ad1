"""The reports of the reconstruction, each composed once as of the cut-off and the moment at which it could have been published."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import cache

import pytest
from sqlalchemy import Engine

from pipc_etl.contracts.periods import BOGOTA
from pipc_etl.publish.composing.compose import compose
from pipc_etl.publish.definition import load_definition
from pipc_etl.publish.document import Address, Document, Inline
from pipc_etl.warehouse.engine import role_engine
from tests.reconstruction import Reconstruction

# Report, entity, period, cut-off, known at: those of samples/publications.yaml.
REPORTS = {
    "S0": ("pipc_final", "secretaria-general", "2020", date(2020, 12, 31), datetime(2021, 2, 12, 12)),
    "S1": ("pipc", "secretaria-general", "2021-C2", date(2021, 8, 31), datetime(2021, 10, 4, 9)),
    "S2": ("accountability", "secretaria-general", "2023", date(2023, 12, 31), datetime(2024, 1, 31, 12)),
    "S3": ("open_government", "bogota", "2020", date(2020, 12, 31), datetime(2021, 2, 12, 12)),
    "S4": ("participation_plan", "enterritorio", "2021-S1", date(2021, 6, 30), datetime(2021, 7, 30, 12)),
}


def address(name: str) -> Address:
    report, entity, period, cutoff, known_at = REPORTS[name]
    return Address(entity, report, period, cutoff, known_at.replace(tzinfo=BOGOTA))


@pytest.fixture(scope="session")
def publisher(reconstruction: Reconstruction) -> Iterator[Engine]:
    engine = role_engine(reconstruction.settings, "publisher")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def composed(reconstruction: Reconstruction, publisher: Engine) -> Callable[[str], Document]:
    """The document of one of REPORTS, by its name."""

    @cache
    def document(name: str) -> Document:
        asked = address(name)
        definition = load_definition(asked.report_code)
        with publisher.connect() as connection:
            return compose(connection, reconstruction.catalog, definition, asked, archive=reconstruction.settings.archive)

    return document


def read(document: Document, text: tuple[Inline, ...]) -> str:
    """A text as a reader sees it."""
    shown = "".join(item if isinstance(item, str) else document.figure(item).shown for item in text)
    return shown.replace("\N{NO-BREAK SPACE}", " ")
