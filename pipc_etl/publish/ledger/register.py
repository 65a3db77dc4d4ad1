"""The register of publications in `audit`: drafts and what was published, each with its document, figures, sources and waivers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from pipc_etl.errors import PublicationError
from pipc_etl.publish.document import Address, Document, Figure, Source, references
from pipc_etl.publish.ledger.figure_rows import figure_row, source_row, to_figure, to_source, waiver_row
from pipc_etl.publish.ledger.model import Publication, PublicationState, PublishedFile, Stop, Waiver
from pipc_etl.publish.ledger.storing import from_json, to_json

_NUMBER = re.compile(r"[Pp]?0*(\d{1,9})")
_PARTS = ("publication_source", "publication_figure", "publication_document", "publication_waiver")
_SELECT = """
select p.*, (select count(*) from audit.publication_figure as f where f.publication_id = p.publication_id) as figures_qty
from audit.publication as p
"""


def publications(
    connection: Connection, *, entity: str | None = None, report: str | None = None, period: str | None = None, state: str | None = None
) -> list[Publication]:
    """The publications of the register, oldest first, of one entity, report, period or state if given."""
    asked = {"entity_code": entity, "report_code": report, "period_code": period, "state": state}
    conditions = [f"p.{column} = :{column}" for column, value in asked.items() if value is not None]
    where = f"where {' and '.join(conditions)}" if conditions else ""
    return _publications(connection, connection.execute(text(f"{_SELECT} {where} order by p.publication_id"), asked).all())


def publication(connection: Connection, number: str) -> Publication:
    """The publication called `number` (`P0012`, or `p12`); PublicationError if there is none."""
    match = _NUMBER.fullmatch(number.strip())
    rows = connection.execute(text(f"{_SELECT} where p.publication_id = :id"), {"id": int(match[1])}).all() if match else []
    if not rows:
        known = list(connection.scalars(text("select number from audit.publication order by publication_id desc limit 10")))
        raise PublicationError(
            f"no hay ninguna publicación {number}: {'las últimas son ' + ', '.join(known) if known else 'no hay ninguna'}"
        )
    return _publications(connection, rows)[0]


def at_address(connection: Connection, address: Address) -> Publication | None:
    """The draft or publication of this very address, None where there is none or it was rejected."""
    rows = connection.execute(
        text(
            f"{_SELECT} where p.entity_code = :entity and p.report_code = :report and p.period_code = :period and p.cutoff = :cutoff "
            "and p.known_at = :known_at and p.state <> 'rejected'"
        ),
        _address(address),
    ).all()
    return _publications(connection, rows)[0] if rows else None


def load_document(connection: Connection, number: str) -> Document:
    """The document of a publication or draft as it stands in the register; PublicationError if there is none."""
    found = publication(connection, number)
    body: dict[str, Any] = connection.execute(
        text("select document from audit.publication_document where publication_id = :id"), {"id": found.publication_id}
    ).scalar_one()
    published_at = found.decided_at if found.state == "published" else None
    return replace(
        from_json(body),
        figures=figures(connection, found.number),
        number=found.number,
        edition=found.edition,
        published_at=published_at,
    )


def figures(connection: Connection, number: str) -> dict[str, Figure]:
    """The figures of a publication by key, in reading order, each with its sources."""
    sources: dict[int, list[Source]] = {}
    query = (
        "select s.* from audit.publication_source as s inner join audit.publication as p using (publication_id) where p.number = :number"
    )
    for row in connection.execute(text(f"{query} order by s.figure_ordinal, s.ordinal"), {"number": number}):
        sources.setdefault(row.figure_ordinal, []).append(to_source(row))
    query = (
        "select f.* from audit.publication_figure as f inner join audit.publication as p using (publication_id) where p.number = :number"
    )
    rows = connection.execute(text(f"{query} order by f.ordinal"), {"number": number})
    return {row.key: to_figure(row, tuple(sources.get(row.ordinal, ()))) for row in rows}


def lock_register(connection: Connection) -> None:
    """Nobody else prepares, decides or writes a text until the transaction ends."""
    connection.execute(text("select pg_advisory_xact_lock(hashtextextended('pipc publication', 0))"))


def write_draft(
    connection: Connection,
    document: Document,
    *,
    definition: Mapping[str, str],
    build_id: int | None,
    waivers: Sequence[Waiver],
    actor: str,
    at: datetime,
) -> Publication:
    """Register `document` as a draft, or put it in the place of the draft of its address; the number stays the same."""
    lock_register(connection)
    standing = at_address(connection, document.address)
    if standing is not None and standing.state == "published":
        raise PublicationError(f"{standing.number} ya está publicada con esta dirección")
    values = _address(document.address) | {
        "edition": next_edition(connection, document.address),
        "title": document.title,
        "mode": document.rounding.mode,
        "decimals": document.rounding.decimals,
        "definition": json.dumps(dict(definition)),
        "build_id": build_id,
        "is_reconstruction": document.is_reconstruction,
        "at": at,
        "actor": actor,
    }
    if standing is None:
        number: str = connection.execute(
            text(
                "insert into audit.publication (publication_id, entity_code, report_code, period_code, cutoff, known_at, edition, title, "
                "rounding_mode, rounding_decimals, definition, build_id, is_reconstruction, prepared_at, prepared_by) "
                "select coalesce(max(publication_id), 0) + 1, :entity, :report, :period, :cutoff, :known_at, :edition, :title, :mode, "
                ":decimals, cast(:definition as jsonb), :build_id, :is_reconstruction, :at, :actor from audit.publication returning number"
            ),
            values,
        ).scalar_one()
    else:
        number = standing.number
        connection.execute(
            text(
                "update audit.publication set edition = :edition, title = :title, rounding_mode = :mode, rounding_decimals = :decimals, "
                "definition = cast(:definition as jsonb), build_id = :build_id, is_reconstruction = :is_reconstruction, "
                "prepared_at = :at, prepared_by = :actor where number = :number"
            ),
            values | {"number": number},
        )
    _write_parts(connection, numbered(document, number, int(values["edition"])), waivers)
    return publication(connection, number)


def rewrite_document(connection: Connection, document: Document) -> None:
    """Store the document of a draft anew, its figures untouched: a text was written, or it is about to be published."""
    identity = {"id": _id(document.number)}
    connection.execute(text("delete from audit.publication_document where publication_id = :id"), identity)
    _write_body(connection, document)


def numbered(document: Document, number: str, edition: int) -> Document:
    """The document with its number and edition, and each figure with its own (`P0012-F007`), in the order in which a reader meets them."""
    order = dict.fromkeys(reference.key for reference in references(document))
    keys = [*order, *(key for key in document.figures if key not in order)]
    found = {key: replace(document.figures[key], figure_id=f"{number}-F{ordinal:03}") for ordinal, key in enumerate(keys, 1)}
    return replace(document, figures=found, number=number, edition=edition)


def next_edition(connection: Connection, address: Address) -> int:
    """1 + the last published edition of the report of this entity and period."""
    query = (
        "select coalesce(max(edition), 0) + 1 from audit.publication "
        "where entity_code = :entity and report_code = :report and period_code = :period and state = 'published'"
    )
    return int(connection.execute(text(query), _address(address)).scalar_one())


def settle(
    connection: Connection,
    number: str,
    state: PublicationState,
    *,
    edition: int,
    actor: str,
    note: str | None,
    at: datetime,
    files: Iterable[PublishedFile] = (),
) -> None:
    """Publish or reject the draft `number`; from here on the register's triggers hold everything about it."""
    rows = [{"publication_id": _id(number), "name": file.name, "sha256": file.sha256, "size_bytes": file.size_bytes} for file in files]
    _insert(connection, "publication_file", rows)
    connection.execute(
        text(
            "update audit.publication set state = :state, edition = :edition, decided_at = :at, decided_by = :actor, decision_note = :note "
            "where number = :number"
        ),
        {"state": state, "edition": edition, "at": at, "actor": actor, "note": note, "number": number},
    )


def _write_parts(connection: Connection, document: Document, waivers: Sequence[Waiver]) -> None:
    identity = _id(document.number)
    for table in _PARTS:
        connection.execute(text(f"delete from audit.{table} where publication_id = :id"), {"id": identity})
    found = list(enumerate(document.figures.values(), 1))
    _insert(connection, "publication_figure", [figure_row(identity, ordinal, figure) for ordinal, figure in found])
    _insert(
        connection,
        "publication_source",
        [
            source_row(identity, figure_ordinal, ordinal, source)
            for figure_ordinal, figure in found
            for ordinal, source in enumerate(figure.sources, 1)
        ],
    )
    _write_body(connection, document)
    _insert(connection, "publication_waiver", [waiver_row(identity, ordinal, waiver) for ordinal, waiver in enumerate(waivers, 1)])


def _write_body(connection: Connection, document: Document) -> None:
    """The document without its figures, which have tables of their own, and without what the register says of it."""
    body = to_json(replace(document, figures={}, published_at=None))
    _insert(connection, "publication_document", [{"publication_id": _id(document.number), "document": body}])


def _insert(connection: Connection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """All rows in one statement; `rows` have every column."""
    if rows:
        statement = f"insert into audit.{table} select * from json_populate_recordset(null::audit.{table}, cast(:rows as json))"
        connection.execute(text(statement), {"rows": json.dumps(rows)})


def _publications(connection: Connection, rows: Sequence[Row[Any]]) -> list[Publication]:
    identities = {"ids": [row.publication_id for row in rows]}
    waivers: dict[int, list[Waiver]] = {}
    for row in connection.execute(
        text("select * from audit.publication_waiver where publication_id = any(:ids) order by publication_id, ordinal"), identities
    ):
        stop = Stop(row.gate, row.subject, row.detail)
        waivers.setdefault(row.publication_id, []).append(Waiver(stop, row.reason, row.waived_by, row.waived_at))
    files: dict[int, list[PublishedFile]] = {}
    for row in connection.execute(
        text("select * from audit.publication_file where publication_id = any(:ids) order by publication_id, name"), identities
    ):
        files.setdefault(row.publication_id, []).append(PublishedFile(row.name, row.sha256, row.size_bytes))
    return [
        Publication(
            number=row.number,
            address=Address(row.entity_code, row.report_code, row.period_code, row.cutoff, row.known_at),
            edition=row.edition,
            state=row.state,
            title=row.title,
            definition=row.definition,
            is_reconstruction=row.is_reconstruction,
            prepared_at=row.prepared_at,
            prepared_by=row.prepared_by,
            decided_at=row.decided_at,
            decided_by=row.decided_by,
            decision_note=row.decision_note,
            figures_qty=row.figures_qty,
            waivers=tuple(waivers.get(row.publication_id, ())),
            files=tuple(files.get(row.publication_id, ())),
        )
        for row in rows
    ]


def _address(address: Address) -> dict[str, Any]:
    return {
        "entity": address.entity_code,
        "report": address.report_code,
        "period": address.period_code,
        "cutoff": address.cutoff,
        "known_at": address.known_at,
    }


def _id(number: str) -> int:
    return int(number.removeprefix("P"))
