"""What waits is divided so that workers load it at once without waiting for each other."""

from __future__ import annotations

from itertools import chain
from pathlib import PurePath

import pytest

from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.settings import PROJECT_ROOT
from pipc_etl.warehouse.spreading import Spread, spread

DEPENDENCIES = [f"D{number:02}" for number in range(12)]
# An entity with registry, plan, a file out of place, sessions and three reports of each of twelve dependencies, and one with forty files.
LARGE = [
    "grande/OAP/dependency_registry/2021/r.xlsx",
    "grande/OAP/activity_plan/2021/p.xlsx",
    *(f"grande/{dependency}/session/2021/s.xlsx" for dependency in DEPENDENCIES),
    *(f"grande/ALCALDIA/commitment/2021-M{number:02}/c.xlsx" for number in range(1, 41)),
    *(f"grande/{dependency}/execution_report/2021-M0{month}/e.xlsx" for month in (1, 2, 3) for dependency in DEPENDENCIES),
    "grande/sin lugar.xlsx",
]
SMALL = ["chica/OAP/dependency_registry/2021/r.xlsx", "chica/D1/execution_report/2021-M01/e.xlsx"]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(PROJECT_ROOT / "expectations")


@pytest.fixture(scope="module")
def divided(catalog: Catalog) -> Spread[str]:
    return spread([LARGE, SMALL], lambda name: PurePath(name).parts, catalog)


def test_what_others_need_comes_first_when_a_large_entity_is_spread(divided: Spread[str]) -> None:
    assert divided.first == [LARGE[:14]], "registry, plan and the sessions of twelve dependencies, in their order"


def test_every_file_is_in_one_batch_when_entities_are_spread(divided: Spread[str]) -> None:
    placed = [*chain.from_iterable(divided.first), *chain.from_iterable(divided.rest)]
    assert len(placed) == 93
    assert sorted(placed) == sorted([*LARGE, *SMALL])


def test_a_sender_is_in_one_batch_and_in_order_when_a_large_entity_is_spread(divided: Spread[str]) -> None:
    large = [batch for batch in divided.rest if batch != SMALL]
    assert sorted(map(len, large)) == [13, 24, 40], "a sender of forty files alone, the others together"
    for dependency in [*DEPENDENCIES, "ALCALDIA"]:
        mine = [[name for name in batch if name.split("/")[1] == dependency] for batch in large]
        mine = [names for names in mine if names]
        assert len(mine) == 1, dependency
        assert len(mine[0]) in (3, 40)
        assert mine[0] == sorted(mine[0])


def test_a_small_entity_stays_one_batch_when_it_is_spread(divided: Spread[str], catalog: Catalog) -> None:
    assert SMALL in divided.rest
    alone = spread([SMALL], lambda name: PurePath(name).parts, catalog)
    assert (alone.first, alone.rest) == ([], [SMALL])
