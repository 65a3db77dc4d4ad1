"""What is known of a person before their erasure: other e-mails and spellings, from their own rows; and whose an e-mail is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from pipc_etl.contracts import Catalog, Contract, fold
from pipc_etl.errors import PipcError
from pipc_etl.privacy.wanted import Wanted, plain_email
from pipc_etl.warehouse.people import KeyedHash


class PrivacyError(PipcError):
    """A request that cannot be done as it is put, with what to do instead."""

    exit_code = 2


@dataclass(frozen=True)
class Gathered:
    """The person; `shared_emails` of theirs are other persons' too, and stay in the others' rows."""

    wanted: Wanted
    shared_emails: int


def person_kinds(catalog: Catalog) -> list[Contract]:
    """The sources whose rows speak about citizens."""
    return [contract for contract in catalog.contracts.values() if contract.has_persons]


def public_words(connection: Connection, catalog: Catalog) -> str:
    """What codelists, sources, entities, offices, plans and spaces are called, folded and between blanks."""
    lists = (code for codelist in catalog.codelists.values() for code in codelist.codes)
    words = [spelling for code in lists for spelling in (code.label, *code.aliases)]
    words += [
        title for contract in catalog.contracts.values() for title in (contract.title, *(column.title for column in contract.columns))
    ]
    words += connection.scalars(
        text(
            "select unnest(array[entity_name, sector, dependency_name] || coalesce(former_names, '{}')) from raw.dependency_registry "
            "union select contact_email from private.dependency_registry "
            "union select unnest(array[plan_name, activity_name]) from raw.activity_plan union select space_name from raw.session"
        )
    )
    return "".join(f" {fold(word)} \n" for word in sorted({word for word in words if word}))


def gather(connection: Connection, catalog: Catalog, hashes: KeyedHash, given: Wanted) -> Gathered:
    """`given` and what `private` says of that person: an e-mail that nobody else uses is theirs, and leads to their document.

    Raises PrivacyError where a given e-mail is in the rows of several documents: nobody can tell whose it is.
    """
    wanted, shared = given, 0
    for email in sorted(given.emails):
        others = _keys_with(connection, catalog, email) - {hashes.hexdigest(f"e:{email}")}
        if len(others - given.hashes) > 1 or (others - given.hashes and others & given.hashes):
            raise PrivacyError("that e-mail is in the answers of several persons: give the document of the one who asks (--document)")
        wanted |= Wanted(hashes=frozenset(others))
    rows = list(_rows_of(connection, catalog, wanted.hashes))
    emails = {plain_email(str(row["email"])) for row in rows if row.get("email")} - {""} - wanted.emails
    for email in sorted(emails):
        own = hashes.hexdigest(f"e:{email}")
        if _keys_with(connection, catalog, email) <= wanted.hashes | {own}:
            wanted |= Wanted(hashes=frozenset({own}), emails=frozenset({email}))
        else:
            shared += 1
    # Those that only gave the e-mail are found with it.
    for row in _rows_of(connection, catalog, wanted.hashes):
        wanted = wanted.with_values(**_values([row]))
    for _, values in quarantined(connection, catalog, hashes, wanted):
        wanted = wanted.with_values(**_values([values]))
    return Gathered(wanted, shared)


def _values(rows: Iterable[dict[str, Any]]) -> dict[str, list[object]]:
    names = {"documents": "document_number", "emails": "email", "phones": "phone", "names": "full_name"}
    return {what: [row.get(name) for row in rows] for what, name in names.items()}


def _rows_of(connection: Connection, catalog: Catalog, hashes: frozenset[str]) -> Iterator[dict[str, Any]]:
    for contract in person_kinds(catalog):
        query = text(f"select * from private.{contract.kind} where person_key = any(:hashes)")
        yield from map(dict, connection.execute(query, {"hashes": sorted(hashes)}).mappings())


def _keys_with(connection: Connection, catalog: Catalog, email: str) -> set[str]:
    """The keys of the persons whose rows have this e-mail."""
    keys: set[str] = set()
    for contract in person_kinds(catalog):
        found = f"select distinct person_key from private.{contract.kind} where lower(trim(email)) = :email and person_key is not null"
        keys |= set(connection.scalars(text(found), {"email": email}))
    return keys


def quarantined(
    connection: Connection, catalog: Catalog, hashes: KeyedHash, wanted: Wanted
) -> Iterator[tuple[tuple[int, str, int], dict[str, Any]]]:
    """(submission, sheet, row) and texts of the rows set apart that are the person's."""
    import pyarrow as pa

    from pipc_etl.warehouse.people import document_messages, email_messages

    query = text(
        'select q.submission_id, q.sheet, q.row_number, q."values" from private.quarantine as q '
        "inner join audit.submission as s on q.submission_id = s.submission_id where s.kind = any(:kinds)"
    )
    rows = connection.execute(query, {"kinds": [contract.kind for contract in person_kinds(catalog)]}).all()
    if not rows:
        return
    codes = catalog.codelists["document_type"]

    def column(name: str) -> list[str | None]:
        return [row[3].get(name) for row in rows]

    kinds = [code.code if (code := codes.find(kind)) else None for kind in (kind or "" for kind in column("document_type"))]
    documents = document_messages(pa.array(kinds, pa.string()), pa.array(column("document_number"), pa.string()))
    keys = [hashes.hexdigests(found).to_pylist() for found in (documents, email_messages(pa.array(column("email"), pa.string())))]
    for row, *identities in zip(rows, *keys, strict=True):
        if set(identities) & wanted.hashes:
            yield (row[0], row[1], row[2]), dict(row[3])
