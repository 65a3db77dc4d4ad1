"""Why a figure changed: the files, closings and decisions that came after the moment it was computed for, each named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from pipc_etl.contracts import Catalog
from pipc_etl.contracts.periods import BOGOTA
from pipc_etl.publish.document import Figure
from pipc_etl.publish.ledger.model import Publication
from pipc_etl.publish.wording import months_between, short_date

# What came after the publication's moment, and what it took the place of; and what has a time before it, but came into the ledger later.
_FILES = """
select
    s.submission_id, s.kind, s.file_name, s.dependency_code, s.period_code, s.received_at, s.accumulates, s.known_from, s.ingested_at,
    s.known_from > :known_at as is_later,
    (
        select string_agg(format('«%s» (entrega %s)', former.file_name, former.submission_id), ', ' order by former.submission_id)
        from audit.submission as former
        where former.superseded_by = s.submission_id and former.known_from <= :known_at
    ) as replaces,
    array(
        select former.submission_id from audit.submission as former
        where former.superseded_by = s.submission_id and former.known_from <= :known_at
    ) as replaced_ids,
    (select min(p.plan_version) from raw.activity_plan as p where p._submission_id = s.submission_id) as plan_version,
    (select min(p.approved_on) from raw.activity_plan as p where p._submission_id = s.submission_id) as approved_on
from audit.submission as s
where
    s.entity_code = :entity
    and s.state in ('accepted', 'accepted_with_observations', 'superseded')
    and s.known_from <= :now
    and (s.known_from > :known_at or s.ingested_at > :prepared_at)
order by s.submission_id
"""
_CLOSINGS = """
select r.plan_code, r.month, r.action, r.decided_on, r.reason, s.file_name, s.submission_id
from raw.period_closing as r
inner join audit.submission as s on r._submission_id = s.submission_id
where s.entity_code = :entity and s.known_from > :known_at and s.known_from <= :now
order by r.month, s.submission_id
"""
_JOINED = """
select sum(decided_qty) as decided_qty, min(joined_at) as first_at
from audit.response_join
where entity_code = :entity and joined_at > :known_at and joined_at <= :now
having sum(decided_qty) > 0
"""
_ABOUT_PEOPLE = {"attendance_form", "evaluation_form", "session"}


@dataclass(frozen=True)
class Arrivals:
    """Everything of the entity that is known now and was not when the figures were computed."""

    catalog: Catalog
    files: dict[int, Row[Any]]
    closings: tuple[Row[Any], ...]
    joined: Row[Any] | None

    def early(self, before: Figure | None, after: Figure | None) -> list[Row[Any]]:
        """The files with a time before the publication's moment that were taken in since, and whose cells only `after` has."""
        new = _submissions(after) - _submissions(before)
        return [row for number, row in self.files.items() if number in new and not row.is_later]

    def reasons(self, before: Figure | None, after: Figure | None) -> list[str]:
        """Why the data made `after` of `before`: the files whose cells are in one and not in the other, closings and decisions."""
        old, new = _submissions(before), _submissions(after)
        found = [self._about(self.files[number]) for number in sorted(new - old) if number in self.files]
        # What took the place of a file that the figure had is why, even where none of its own cells is in it.
        found += [self._about(row) for number, row in self.files.items() if number not in new and (old - new) & set(row.replaced_ids)]
        # A plan's figure that came or went, with no file of its own, did so with the months that were closed or reopened.
        plan = _plan(before or after)
        if plan and ((_cutoff(before) != _cutoff(after)) if before and after else not found):
            found += self._about_closings(plan)
        if not found and (old | new) and _kinds(before, after) & _ABOUT_PEOPLE and self.joined is not None:
            found.append(f"respuestas que después encontraron su sesión ({self.joined.decided_qty} decisiones)")
        return found or self._same_kind(_kinds(before, after))

    def taken_in_late(self, chosen: Sequence[Row[Any]] = ()) -> str:
        """Why the very same address, under the same rules, gives another figure: `chosen`, else whatever was taken in since."""
        files = chosen or [row for row in self.files.values() if not row.is_later]
        if not files:
            return "con los mismos archivos y las mismas reglas la cifra es otra: avise a quien opera el sistema"
        named = "; ".join(self._named(row) for row in files[:3])
        return f"archivos con fecha anterior que entraron después de preparar el informe: {named}"

    def _about(self, row: Row[Any]) -> str:
        day = short_date(row.received_at.astimezone(BOGOTA))
        if row.kind == "activity_plan":
            approved = f", aprobada el {short_date(row.approved_on)}" if row.approved_on else ""
            return f"plan modificado: versión {row.plan_version}{approved}, en {self._named(row)}, recibida el {day}"
        if row.kind == "execution_report" and row.accumulates:
            return f"corrección de la oficina de planeación: {self._named(row)}, recibida el {day}"
        if row.replaces:
            return f"archivo que reemplaza a {row.replaces}: {self._named(row)}, recibido el {day}"
        return f"entrega posterior: {self._named(row)}, recibida el {day}"

    def _about_closings(self, plan_code: str | None = None) -> list[str]:
        """«mes reabierto: PIPC, agosto de 2021 (archivo)», and closed ones likewise; of one plan if given."""
        words = {"close": "mes cerrado después", "reopen": "mes reabierto"}
        found: dict[tuple[str, str, int], list[Row[Any]]] = {}
        for row in self.closings:
            if plan_code not in (None, row.plan_code):
                continue
            found.setdefault((row.action, row.plan_code, row.submission_id), []).append(row)
        return [
            f"{words[action]}: plan {plan}, {months_between(rows[0].month, rows[-1].month)}, en «{rows[0].file_name}» (entrega {number})"
            for (action, plan, number), rows in found.items()
        ]

    def _same_kind(self, kinds: set[str]) -> list[str]:
        """The later files of the kinds that the figure is made of, where none of their cells is in it: rows that are no longer there."""
        later = [row for row in self.files.values() if row.is_later]
        files = [row for row in later if row.kind in kinds] or later
        return [self._about(row) for row in files[:5]] or [*self._about_closings(), self.taken_in_late()][:1]

    def _named(self, row: Row[Any]) -> str:
        contract = self.catalog.contracts.get(row.kind)
        title = contract.title if contract else row.kind
        return f"«{row.file_name}» ({title} de {row.dependency_code}, {row.period_code}, entrega {row.submission_id})"


def arrivals(connection: Connection, catalog: Catalog, publication: Publication, now: datetime) -> Arrivals:
    """What came for the publication's entity between its moment and `now`."""
    values = {
        "entity": publication.address.entity_code,
        "known_at": publication.address.known_at,
        "prepared_at": publication.prepared_at,
        "now": now,
    }
    files = {row.submission_id: row for row in connection.execute(text(_FILES), values)}
    closings = tuple(connection.execute(text(_CLOSINGS), values))
    return Arrivals(catalog, files, closings, connection.execute(text(_JOINED), values).one_or_none())


def _submissions(figure: Figure | None) -> set[int]:
    return {source.submission_id for source in figure.sources} if figure else set()


def _kinds(*figures: Figure | None) -> set[str]:
    return {source.kind for figure in figures if figure for source in figure.sources}


def _plan(figure: Figure | None) -> str | None:
    """The plan that the figure's key names (`activity/PIPC/GAB-01/...`), None for what is of no plan."""
    level, _, rest = (figure.key if figure else "").partition("/")
    return rest.partition("/")[0] if level in ("plan", "group", "activity") else None


def _cutoff(figure: Figure | None) -> date | None:
    return figure.cutoff if figure else None
