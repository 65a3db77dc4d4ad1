"""Divides what waits into batches that may be loaded at the same time by several workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pipc_etl.contracts import Catalog

File = TypeVar("File")

# Fewer files than this cost a worker less than to be given a task of their own.
BATCH_FILES = 24


@dataclass(frozen=True)
class Spread(Generic[File]):
    """Batches of files: all of `first` are loaded before any of `rest`; within each, batches need nothing of each other."""

    first: list[list[File]]
    rest: list[list[File]]


def spread(
    batches: Sequence[Sequence[File]], place: Callable[[File], tuple[str, ...]], catalog: Catalog, *, batch_files: int = BATCH_FILES
) -> Spread[File]:
    """Divide batches, each one entity's in the order of loading; `place` says entity, dependency, kind, period, name of a file.

    What nothing else depends on (reports, forms, commitments...) speaks of its own sender only: files of different dependencies may be
    loaded at once, when registry, plans and sessions of the entity are there. The files of one dependency stay together and in order. An
    entity with few files stays one batch.
    """
    needed = frozenset[str]().union(*(catalog.needed_by(kind) for kind in catalog.contracts))
    first: list[list[File]] = []
    rest: list[list[File]] = []
    for batch in batches:
        if len(batch) <= batch_files:
            rest.append(list(batch))
            continue
        shared: list[File] = []
        senders: dict[str, list[File]] = {}
        for file in batch:
            parts = place(file)
            if len(parts) > 3 and parts[2] in needed:
                shared.append(file)
            else:
                senders.setdefault(parts[1], []).append(file)
        if shared:
            first.append(shared)
        rest += _filled(list(senders.values()), batch_files)
    return Spread(first, rest)


def _filled(groups: list[list[File]], batch_files: int) -> list[list[File]]:
    """The groups, whole, in as few batches of at most `batch_files` as a first fit of the largest finds; a larger group is a batch."""
    batches: list[list[File]] = []
    for group in sorted(groups, key=len, reverse=True):
        room = next((batch for batch in batches if len(batch) + len(group) <= batch_files), None)
        if room is None:
            batches.append(list(group))
        else:
            room += group
    return batches
