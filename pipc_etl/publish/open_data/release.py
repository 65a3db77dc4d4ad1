"""What may be said of persons at an address: the profile and the evaluation with everything suppressed that must be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from pipc_etl.contracts import Catalog
from pipc_etl.contracts.periods import parse_period
from pipc_etl.errors import PublicationError
from pipc_etl.publish.document import Address
from pipc_etl.publish.open_data import ledger_rows
from pipc_etl.publish.open_data.cells import ALL, MEAN, Atom, Cell, Place, Snapshot, Unit, is_inside
from pipc_etl.publish.open_data.suppression import protect

PROFILE, EVALUATION = "attendance_profile", "evaluation"
# What the marts write where a person did not answer, or where a count did not ask.
BLANKS: Mapping[str, str] = {"no_answer": "No responde", "no_data": "Sin dato"}
_RATINGS, _YES_NO = ("1", "2", "3", "4", "5"), ("yes", "no")
_WEIGHTS: Mapping[str, int] = {**{rating: int(rating) for rating in _RATINGS}, "yes": 1, "no": 0}


@dataclass(frozen=True)
class Release:
    """The tables of persons of one publication: `snapshots` by table code, `sensitive` the sessions that are published coarser."""

    fiscal_year: int
    snapshots: Mapping[str, Snapshot]
    places: Mapping[str, Place]
    sensitive: frozenset[str]
    is_whole_year: bool

    def shows(self, table_code: str, unit: Unit, dimension: str, category: str = MEAN) -> bool:
        """Whether the number may be printed; False for a cell that the table does not have."""
        return self.snapshots[table_code].cells.get(Cell(unit, dimension, category), False)

    def shows_row(self, row: Mapping[str, Any]) -> bool:
        """Whether the count of a row of rpt_attendance_profile may be printed."""
        unit = Unit(row["scope"], row["plan_code"], row["activity_code"], row["session_code"], row["period_code"])
        return self.shows(PROFILE, unit, row["dimension"], row["category"])

    def shows_session(self, session_code: str, question: str) -> bool:
        """Whether the mean of a question in one session may be printed."""
        place = self.places.get(session_code)
        return place is not None and self.shows(EVALUATION, Unit("session", *place[:2], session_code, place.period_code), question)

    def shows_plans(self, plan_codes: Iterable[str], period_code: str, question: str) -> bool:
        """Whether the mean of a question over all sessions of one plan may be printed; of several plans together never."""
        plans = list(plan_codes)
        return len(plans) == 1 and self.shows(EVALUATION, Unit("plan", plans[0], ALL, ALL, period_code), question)

    def withholds(self, unit: Unit) -> bool:
        """Whether nothing is said of `unit`: sensitive sessions count in whole years, and in the activity at the least."""
        if not self.sensitive:
            return False
        (sessions,) = Snapshot(0, self.places, {}, {Cell(unit, "", ""): False}).members.values()
        if not self.sensitive & set(sessions):
            return False
        return unit.scope == "session" or unit.period_code != str(self.fiscal_year) or not self.is_whole_year


def release(connection: Connection, catalog: Catalog, address: Address, k: int, publication_id: int = 0) -> Release:
    """What publication `publication_id` (0: one that is being composed) may say of persons, beside all that the entity has published.

    What a publication has said once it says again. Publications of one entity wait for each other until the transaction ends.
    Raises PublicationError where not even full suppression would protect somebody.
    """
    key = {"key": f"open data {address.entity_code}"}
    connection.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), key)
    period = parse_period(address.period_code)
    if period is None:
        raise PublicationError(f"«{address.period_code}» no es un período")
    fiscal_year = period.fiscal_year
    asked = {
        "entity": address.entity_code,
        "year": fiscal_year,
        "period": address.period_code,
        "cutoff": address.cutoff,
        "known_at": address.known_at,
        "kinds": sorted(catalog.codelists["instance_type"].sensitive_codes),
    }
    places, sensitive = _sessions(connection, asked)
    found = Release(fiscal_year, {}, places, sensitive, address.cutoff >= date(fiscal_year, 12, 31))
    snapshots = {}
    for code, read in ((PROFILE, _profile), (EVALUATION, _evaluation)):
        said = ledger_rows.stored(connection, publication_id, fiscal_year, code, _WEIGHTS) if publication_id else None
        if said is None:
            raw = read(connection, catalog, asked, places, publication_id)
            current = replace(raw, cells={cell: shown for cell, shown in raw.cells.items() if not found.withholds(cell.unit)})
            before = ledger_rows.earlier(connection, address.entity_code, publication_id, fiscal_year, code, _WEIGHTS)
            said = protect(before, current, _categories(catalog, [*before, current]), k)
        snapshots[code] = said
    return replace(found, snapshots=snapshots)


def remember(connection: Connection, found: Release) -> None:
    """Keep in the ledger what the publication says; it must still be a draft."""
    for code, snapshot in found.snapshots.items():
        if ledger_rows.stored(connection, snapshot.publication_id, found.fiscal_year, code, _WEIGHTS) is None:
            ledger_rows.store(connection, snapshot, found.fiscal_year, code)


def categories_of(catalog: Catalog, dimension: str) -> tuple[str, ...]:
    """The categories that a dimension can have, in their order, with what stands for a blank."""
    known = tuple(code.code for code in catalog.codelists[dimension].codes)
    return (*known, *(blank for blank in BLANKS if blank not in known))


def is_yes_no(snapshot: Snapshot, question: str) -> bool:
    """Whether the answers to a question are yes and no."""
    return any(atom.dimension == question and atom.category in _YES_NO for atom in snapshot.base)


def _categories(catalog: Catalog, snapshots: Sequence[Snapshot]) -> dict[str, tuple[str, ...]]:
    """Per dimension what a reader knows it can be: its list, its scale, and whatever else was published."""
    dimensions: dict[str, set[str]] = {}
    for snapshot in snapshots:
        pairs = {atom[1:] for atom in snapshot.base} | {cell[1:] for cell in snapshot.cells}
        for dimension, category in pairs:
            dimensions.setdefault(dimension, set()).add(category)
    found = {}
    for dimension, seen in dimensions.items():
        scale = _YES_NO if seen & set(_YES_NO) else _RATINGS
        known = categories_of(catalog, dimension) if dimension in catalog.codelists else scale
        found[dimension] = (*known, *sorted(seen - set(known) - {MEAN}))
    return found


def _sessions(connection: Connection, asked: Mapping[str, Any]) -> tuple[dict[str, Place], frozenset[str]]:
    """Where every session of the year counts, and which of them belong to an instance that is sensitive."""
    query = text(
        "select sessions.session_code, coalesce(sessions.plan_code, 'none'), coalesce(sessions.activity_code, 'none'), "
        "sessions.period_code, coalesce(instances.instance_type = any(:kinds), false) "
        "from marts.dim_session_asof(:cutoff, :known_at) as sessions "
        "left join marts.dim_instance as instances using (entity_code, instance_key) "
        "where entity_code = :entity and sessions.fiscal_year = :year"
    )
    rows = connection.execute(query, asked).all()
    return {row[0]: Place(*row[1:4]) for row in rows}, frozenset(row[0] for row in rows if row[4])


def _profile(
    connection: Connection, catalog: Catalog, asked: Mapping[str, Any], places: Mapping[str, Place], publication_id: int
) -> Snapshot:
    """The profile as the mart shows it: what it has no row for, in a unit that it has, is nobody."""
    base = connection.execute(
        text(
            "select session_code, dimension, category, attendances "
            "from intermediate.int_attendance_profile_cells_asof(:cutoff, :known_at) where entity_code = :entity"
        ),
        asked,
    ).all()
    rows = connection.execute(
        text(
            "select scope, plan_code, activity_code, session_code, period_code, dimension, category, suppressed "
            "from marts.rpt_attendance_profile_asof(:cutoff, :known_at) where entity_code = :entity and fiscal_year = :year"
        ),
        asked,
    ).all()
    atoms = {Atom(*row[:3]): int(row[3]) for row in base if row[0] in places}
    suppressed = {Cell(Unit(*row[:5]), row[5], row[6]): bool(row[7]) for row in rows}
    units = {(Unit(*row[:5]), row[5]) for row in rows}
    cells = {
        cell: not suppressed.get(cell, False)
        for unit, dimension in sorted(units)
        for cell in (Cell(unit, dimension, category) for category in categories_of(catalog, dimension))
    }
    return Snapshot(publication_id, _attended(places, atoms), atoms, cells, _WEIGHTS)


def _evaluation(
    connection: Connection, catalog: Catalog, asked: Mapping[str, Any], places: Mapping[str, Place], publication_id: int
) -> Snapshot:
    """The mean of each question in each session, and in each plan over the report's period and the year; it comes from the answers."""
    rows = connection.execute(
        text(
            "select session_code, question_code, answer_1_qty, answer_2_qty, answer_3_qty, answer_4_qty, answer_5_qty, yes_qty, no_qty "
            "from marts.rpt_evaluation_asof(:cutoff, :known_at) where entity_code = :entity and fiscal_year = :year"
        ),
        asked,
    ).all()
    counted = (*_RATINGS, *_YES_NO)
    atoms = {
        Atom(row[0], row[1], category): int(qty)
        for row in rows
        for category, qty in zip(counted, row[2:], strict=True)
        if qty and row[0] in places
    }
    cells = {}
    for session, question in sorted({(atom.session_code, atom.dimension) for atom in atoms}):
        plan, activity, month = places[session]
        cells[Cell(Unit("session", plan, activity, session, month), question, MEAN)] = True
        for period in {asked["period"], str(asked["year"])}:
            if is_inside(month, period):
                cells[Cell(Unit("plan", plan, ALL, ALL, period), question, MEAN)] = True
    return Snapshot(publication_id, _attended(places, atoms), atoms, cells, _WEIGHTS)


def _attended(places: Mapping[str, Place], atoms: Iterable[Atom]) -> dict[str, Place]:
    """The places of the sessions that somebody is counted in."""
    sessions = {atom.session_code for atom in atoms}
    return {session: place for session, place in places.items() if session in sessions}
