"""Erasures that a restored backup does not know yet, made again: of their persons only the HMACs are left, and those find the rows."""

from __future__ import annotations

from collections.abc import Sequence

from pipc_etl.privacy.erasing import Progress, Work, alone
from pipc_etl.privacy.erasure_list import Listed
from pipc_etl.privacy.places import Sweep
from pipc_etl.privacy.wanted import Wanted
from pipc_etl.settings import Settings
from pipc_etl.warehouse.forgotten import read_forgotten


def erase_again(settings: Settings, entries: Sequence[Listed], progress: Progress = lambda _: None) -> list[Listed]:
    """Finish what the backup caught half done, then erase whoever is in `entries` and not on the warehouse's list; returns those.

    What a person's own rows and files say of them is looked for everywhere, as at first. What only the request said (another spelling in
    a text, of somebody who has no row) is not known any more: the reference of each request is returned, so that it can be repeated.
    """
    done = []
    with alone(settings, progress) as eraser:
        if finished := eraser.resume():
            progress(f"{finished} erasures that were under way finished")
        for entry in entries:
            known = read_forgotten(eraser.engine)
            is_kept = entry.before is None or (known.before is not None and known.before >= entry.before)
            if known.hashes.issuperset(entry.hashes) and is_kept:
                continue
            if entry.before is not None:
                rows, _ = Sweep(settings, eraser.engine, eraser.search(Work(Wanted(), before=entry.before)), eraser.pool).gather()
                work = Work(Wanted(), tuple(rows), entry.before)
            else:
                work, _ = eraser.look_up(Wanted(hashes=frozenset(entry.hashes)))
            eraser.finish(eraser.begin(work, entry.request, entry.norm, entry.actor), work)
            progress(f"erased again: {entry.request}")
            done.append(entry)
    return done
