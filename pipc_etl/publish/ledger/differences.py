"""What a publication would say today: every figure that changed, with the reason, told from the register and the ledger of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import text

from pipc_etl.contracts import load_catalog
from pipc_etl.errors import PublicationError
from pipc_etl.publish.document import Figure
from pipc_etl.publish.ledger.clock import settled_clock
from pipc_etl.publish.ledger.model import Publication
from pipc_etl.publish.ledger.preparing import recompute
from pipc_etl.publish.ledger.reasons import Arrivals, arrivals
from pipc_etl.publish.ledger.register import figures, publication
from pipc_etl.publish.ledger.rules import changed_rules, rules
from pipc_etl.publish.wording import listed
from pipc_etl.settings import Settings
from pipc_etl.warehouse.dbt import has_seen_ledger
from pipc_etl.warehouse.engine import role_engine

# Of a figure of persons; what it depends on is everything that the entity has said, not one file.
_RESERVED = "protección de las personas: con los datos de hoy y lo ya publicado por la entidad, cambia si el número se puede decir"


@dataclass(frozen=True)
class Change:
    """A figure that is not what it was; `before` None if it is new, `after` None if it is gone. `reasons` name rules and files."""

    before: Figure | None
    after: Figure | None
    reasons: tuple[str, ...]

    @property
    def figure(self) -> Figure:
        """The figure as it was published, or as it is now where it was not."""
        found = self.before or self.after
        assert found is not None
        return found

    @property
    def is_seen(self) -> bool:
        """Whether a reader would see it: the printed number is another."""
        return self.before is None or self.after is None or self.before.shown != self.after.shown


@dataclass(frozen=True)
class Comparison:
    """A publication beside what its report says at `known_at`, at the same cut-off; `changed_rules` in Spanish, whatever they changed."""

    publication: Publication
    known_at: datetime
    changes: tuple[Change, ...]
    same: tuple[Figure, ...]
    changed_rules: tuple[str, ...]


def compare(settings: Settings, number: str, *, now: datetime | None = None) -> Comparison:
    """Recompute publication `number` with what is known and the rules that hold now, and tell why each changed figure changed.

    Raises PublicationError if there is no such publication, or where the marts are behind what was received.
    """
    catalog = load_catalog(settings.expectations)
    engine = role_engine(settings, "publisher")
    try:
        with engine.connect() as connection:
            found = publication(connection, number)
            known_at = settled_clock(connection, now)
        if not has_seen_ledger(settings):
            raise PublicationError("los marts no tienen todavía todo lo que se ha recibido: ejecute `pipc build` y compare otra vez")
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            connection.execute(text("set transaction read only"))
            stored = figures(connection, found.number)
            fingerprints, _ = rules(connection, settings, found.address.report_code)
            today = recompute(connection, settings, catalog, replace(found.address, known_at=known_at), found.waivers)
            changed = [key for key in {**stored, **today.figures} if _differs(stored.get(key), today.figures.get(key))]
            different_rules = changed_rules(found.definition, fingerprints)
            # The same address by today's rules tells what the rules did from what the data did.
            ruled = recompute(connection, settings, catalog, found.address, found.waivers, found.publication_id).figures if changed else {}
            came = arrivals(connection, catalog, found, known_at)
            changes = tuple(_change(key, stored, ruled, today.figures, different_rules, came) for key in changed)
    finally:
        engine.dispose()
    same = tuple(figure for key, figure in stored.items() if key not in set(changed))
    return Comparison(found, known_at, changes, same, different_rules)


def _change(
    key: str,
    stored: Mapping[str, Figure],
    ruled: Mapping[str, Figure],
    today: Mapping[str, Figure],
    different_rules: Sequence[str],
    came: Arrivals,
) -> Change:
    before, between, after = stored.get(key), ruled.get(key), today.get(key)
    reasons: list[str] = []
    if _differs(before, between):
        if different_rules:
            reasons.append(f"regla nueva: cambios en {listed(different_rules)}")
        # Where cells of a file taken in since are in it, that is told too.
        early = came.early(before, between)
        if early or not different_rules:
            reasons.append(came.taken_in_late(early))
    if _differs(between, after):
        reasons += [_RESERVED] if _is_reserved(between, after) else came.reasons(between, after)
    return Change(before, after, tuple(dict.fromkeys(reasons)))


def _is_reserved(before: Figure | None, after: Figure | None) -> bool:
    """Whether the number is told in only one of the two, and kept back in the other to protect persons."""
    return before is not None and after is not None and (before.missing == "suppressed") != (after.missing == "suppressed")


def _differs(one: Figure | None, other: Figure | None) -> bool:
    return _said(one) != _said(other)


def _said(figure: Figure | None) -> object:
    """What a figure says: its number, what that is of, and how it is printed."""
    return figure and (figure.value, figure.missing, figure.shown, figure.numerator, figure.denominator)
