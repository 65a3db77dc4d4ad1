"""Every query of the analyst's guide runs as an analyst on the reconstruction, and finds something."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text

from pipc_etl.settings import PROJECT_ROOT
from pipc_etl.warehouse.engine import role_engine
from tests.reconstruction import Reconstruction

GUIDE = (PROJECT_ROOT / "docs" / "guia_de_marts.md").read_text(encoding="utf-8")
QUERIES = [query.strip() for block in re.findall(r"```sql\n(.*?)```", GUIDE, re.S) for query in block.split(";") if query.strip()]


@pytest.fixture(scope="module")
def analyst(reconstruction: Reconstruction) -> Iterator[Connection]:
    engine = role_engine(reconstruction.settings, "analyst")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.mark.parametrize("number", range(len(QUERIES)))
def test_query_of_the_guide_finds_rows_when_an_analyst_runs_it(analyst: Connection, number: int) -> None:
    assert analyst.scalar(text("select current_user")) == "pipc_analyst"
    assert analyst.execute(text(QUERIES[number].replace(":", "\\:"))).all(), QUERIES[number]


def test_every_mart_of_the_guide_exists_and_every_mart_is_in_it_when_they_are_compared(analyst: Connection) -> None:
    assert len(QUERIES) >= 20
    named = set(re.findall(r"\b(?:dim|fct|rpt)_[a-z_]+[a-z]\b", GUIDE))
    marts = set(analyst.scalars(text("select relname from pg_class where relnamespace = 'marts'::regnamespace and relkind in ('r', 'v')")))
    assert len(marts) >= 50
    assert marts - named == set()
    assert {name for name in named - marts if not name.endswith("_asof")} == set()
