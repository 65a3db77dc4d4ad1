"""What waits to be loaded, and in which batches: one look at every landing place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from pipc_etl.contracts import Catalog
from pipc_etl.intake.landing import LandingPlace, LandingPlaces, Look, PlaceError, Waiting
from pipc_etl.warehouse import remote_files

SETTLE_SECONDS = 2.0


@dataclass(frozen=True)
class Looked:
    """The settled files of all places, oldest first within each; `failures` names the places, or parts of one, that could not be seen."""

    files: tuple[Waiting, ...]
    failures: tuple[str, ...]


def look(places: LandingPlaces, engine: Engine, *, settle_seconds: float = SETTLE_SECONDS) -> Looked:
    """Look at every place; one that does not answer hides none of the others. `engine` is the loader's."""
    files: list[Waiting] = []
    failures: list[str] = []
    for place in places:
        try:
            found = _look_at(place, engine, settle_seconds) if place.address else place.look(settle_seconds)
        except PlaceError as error:
            failures.append(str(error))
            continue
        files += found.settled
        failures += found.problems
    return Looked(tuple(files), tuple(failures))


def _look_at(place: LandingPlace, engine: Engine, settle_seconds: float) -> Look:
    looked_at = remote_files.now(engine)
    found = place.look(settle_seconds)
    if not found.problems:  # what could not be seen may be there
        remote_files.reconcile(engine, place.address, found.present, looked_at)
    return found


def batches(files: Iterable[Waiting], landing: Path, flow: str, catalog: Catalog) -> list[list[Waiting]]:
    """The files of `flow`, a batch an entity, in the order in which they must be loaded.

    A batch begins with what its files depend on, where that still waits too: a form that arrives together with the entity's registry
    must find it loaded, whichever DAG is the first to look. A file whose place says no known kind goes with the submissions, so that its
    sender is answered too.
    """
    rank = catalog.load_ranks()
    by_entity: dict[str, list[tuple[tuple[int, int], Waiting, str]]] = defaultdict(list)
    for file in files:
        parts = file.path.relative_to(landing).parts
        kind = parts[2] if len(parts) > 3 and parts[2] in rank else ""
        by_entity[parts[0]].append((rank.get(kind, (len(rank), 0)), file, kind))
    found = []
    for _, waiting in sorted(by_entity.items()):
        own = {kind for _, _, kind in waiting if (catalog.contracts[kind].flow if kind else "submissions") == flow}
        wanted = own | {needed for kind in own if kind for needed in catalog.needed_by(kind)}
        if own:
            # Stable: files of a kind stay in the order of their arrival.
            found.append([file for _, file, kind in sorted(waiting, key=lambda one: one[0]) if kind in wanted])
    return found
