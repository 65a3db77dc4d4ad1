"""No reader of several publications can find out a small count; somebody who publishes without looking back gives it away."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from pipc_etl.contracts import load_catalog
from pipc_etl.publish.open_data.cells import MEAN, Atom, Cell, Place, Snapshot, Unit
from pipc_etl.publish.open_data.release import Release
from pipc_etl.publish.open_data.suppression import protect
from pipc_etl.settings import PROJECT_ROOT
from tests.publish.open_data.reader import K, Reader, Reading

SEX = ("female", "male", "other", "no_answer")
CATEGORIES = {"sex": SEX}
Town = Mapping[str, tuple[Place, Mapping[str, int]]]


def _town(months: int, chance: random.Random) -> dict[str, tuple[Place, dict[str, int]]]:
    """Two activities with a session or two a month, from three persons to ninety."""
    town = {}
    for month in range(1, months + 1):
        for activity in ("A1", "A2"):
            for ordinal in range(chance.choice((1, 1, 2))):
                size = chance.choice((3, 14, 40, 60, 90))
                counts = dict.fromkeys(SEX, 0)
                for _ in range(size):
                    counts[chance.choices(SEX, (50, 40, 2, 8))[0]] += 1
                town[f"{activity}-{month}-{ordinal}"] = (Place("P", activity, f"2023-M{month:02d}"), counts)
    return town


def _later(town: Town, chance: random.Random, new: Town) -> dict[str, tuple[Place, dict[str, int]]]:
    """The same town with three persons who were written down late, and the sessions of one more month."""
    later = {session: (place, dict(counts)) for session, (place, counts) in town.items()}
    for session in chance.sample(sorted(later), 3):
        later[session][1][chance.choice(SEX)] += 1
    return {**{session: (place, dict(counts)) for session, (place, counts) in new.items()}, **later}


def _snapshot(town: Town, number: int) -> Snapshot:
    """Everything shown: what must be suppressed is for `protect` to find."""
    places = {session: place for session, (place, _) in town.items()}
    base = {Atom(session, "sex", name): qty for session, (_, counts) in town.items() for name, qty in counts.items() if qty}
    units = {Unit("entity", "all", "all", "all", "2023")}
    for session, place in places.items():
        units |= {
            Unit("entity", "all", "all", "all", place.period_code),
            Unit("activity", place.plan_code, place.activity_code, "all", "2023"),
            Unit("activity", place.plan_code, place.activity_code, "all", place.period_code),
            Unit("session", place.plan_code, place.activity_code, session, place.period_code),
        }
    return Snapshot(number, places, base, {Cell(unit, "sex", name): True for unit in sorted(units) for name in SEX})


def _read(snapshot: Snapshot) -> Reading:
    told = {(tuple(cell.unit), cell.category): snapshot.count(*cell) if shown else None for cell, shown in snapshot.cells.items()}
    truth = {session: snapshot.by_session.get((session, "sex"), {}) for session in snapshot.places}
    return Reading({session: tuple(place) for session, place in snapshot.places.items()}, told, truth)


@pytest.fixture(scope="module", params=range(2))
def editions(request: pytest.FixtureRequest) -> tuple[Snapshot, Snapshot, Snapshot]:
    """A publication to April; the one to May that looks back, and the one that does not."""
    chance = random.Random(request.param)
    whole = _town(5, chance)
    april = {session: found for session, found in whole.items() if found[0].period_code < "2023-M05"}
    may = _later(april, chance, {session: found for session, found in whole.items() if session not in april})
    first = protect([], _snapshot(april, 1), CATEGORIES, K)
    return first, protect([first], _snapshot(may, 2), CATEGORIES, K), protect([], _snapshot(may, 2), CATEGORIES, K)


def test_nothing_is_found_out_when_publications_are_read_together(editions: tuple[Snapshot, Snapshot, Snapshot]) -> None:
    first, second, _ = editions
    assert len(first.places) >= 8
    assert len(second.places) > len(first.places)
    found, groups = Reader([_read(first), _read(second)], SEX).disclosed()
    assert groups > 25
    assert found == []
    # And not because nothing is told.
    assert sum(second.cells.values()) > len(second.cells) / 10


def test_a_small_count_is_found_out_when_the_second_publication_does_not_look_back(editions: tuple[Snapshot, Snapshot, Snapshot]) -> None:
    first, _, careless = editions
    assert Reader([_read(careless)], SEX).disclosed()[0] == []
    found, _ = Reader([_read(first), _read(careless)], SEX).disclosed()
    assert found


def test_shown_counts_are_true_and_never_small_when_protected(editions: tuple[Snapshot, Snapshot, Snapshot]) -> None:
    shown = [cell for cell, is_shown in editions[1].cells.items() if is_shown]
    assert len(shown) > 12
    assert not [cell for cell in shown if 0 < editions[1].count(*cell) < K]


def test_a_mean_is_suppressed_when_it_gives_single_answers_away() -> None:
    places = {code: Place("P", "A1", "2023-M05") for code in ("few", "clear", "mixed")}
    answers = {"few": {"5": 4}, "clear": {"4": 1, "5": 30}, "mixed": {"1": 4, "2": 4, "3": 6, "4": 9, "5": 20}}
    base = {Atom(code, "rating_clarity", mark): qty for code, given in answers.items() for mark, qty in given.items()}
    cells = {Cell(Unit("session", "P", "A1", code, "2023-M05"), "rating_clarity", MEAN): True for code in places}
    current = Snapshot(1, places, base, cells, {mark: int(mark) for mark in "12345"})
    found = protect([], current, {"rating_clarity": tuple("12345")}, K)
    # Four answers are too few; of 31 answers with a mean of 4.97, one was a four; the third could have come about in many ways.
    assert {cell.unit.session_code: shown for cell, shown in found.cells.items()} == {"few": False, "clear": False, "mixed": True}


def test_victims_tables_are_sensitive_when_the_list_of_instances_is_read() -> None:
    kinds = load_catalog(PROJECT_ROOT / "expectations").codelists["instance_type"]
    assert len(kinds.codes) > 5
    assert kinds.sensitive_codes == {"victims_table"}


@pytest.mark.parametrize(("is_whole_year", "withheld"), [(False, 5), (True, 3)])
def test_sensitive_sessions_count_in_their_year_and_activity_alone_when_published(is_whole_year: bool, withheld: int) -> None:
    places = {"victims": Place("P", "A1", "2023-M05"), "open": Place("P", "A2", "2023-M06")}
    released = Release(2023, {}, places, frozenset({"victims"}), is_whole_year)
    units = [
        Unit("session", "P", "A1", "victims", "2023-M05"),
        Unit("activity", "P", "A1", "all", "2023-M05"),
        Unit("entity", "all", "all", "all", "2023-M05"),
        Unit("activity", "P", "A1", "all", "2023"),
        Unit("entity", "all", "all", "all", "2023"),
        Unit("session", "P", "A2", "open", "2023-M06"),
        Unit("activity", "P", "A2", "all", "2023"),
    ]
    assert [released.withholds(unit) for unit in units] == [place < withheld for place in range(len(units))]
