"""Whom a letter goes to: roles become addresses when it is sent, from the registry as it is known then."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from sqlalchemy import Connection, text

# contact: who fills in the reports; head: who directs the dependency, else the contact of the one above it.
Role = Literal["contact", "head", "planning_office"]
ROLE_NAMES: dict[Role, str] = {"contact": "el enlace", "head": "la jefatura", "planning_office": "la oficina de planeación"}

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_ANY_ADDRESS = re.compile(r"[^\s<>,;:\"'()]+@[^\s<>,;:\"'()]+")
_CURRENT = """
    select distinct on (r.dependency_code)
        r.dependency_code, r.parent_dependency_code, r.is_planning_office, p.contact_email, p.head_email
    from raw.dependency_registry as r
    inner join audit.submission as s on r._submission_id = s.submission_id
    inner join private.dependency_registry as p
        on r._submission_id = p._submission_id and r._sheet = p._sheet and r._row = p._row
    where s.known_to = 'infinity' and s.entity_code = :entity
    order by r.dependency_code, r.valid_from desc
"""
_QUERIES: dict[Role, str] = {
    "contact": "select contact_email from registry where dependency_code = :dependency",
    "head": (
        "select coalesce(d.head_email, above.contact_email) from registry as d "
        "left join registry as above on d.parent_dependency_code = above.dependency_code where d.dependency_code = :dependency"
    ),
    "planning_office": "select contact_email from registry where is_planning_office order by dependency_code",
}


def resolve(connection: Connection, entity_code: str, dependency_code: str, roles: Iterable[Role]) -> dict[str, Role]:
    """Address -> the first of `roles` that it has; empty where the registry knows none of them."""
    found: dict[str, Role] = {}
    for role in roles:
        query = text(f"with registry as ({_CURRENT}) {_QUERIES[role]}")
        for written in connection.scalars(query, {"entity": entity_code, "dependency": dependency_code}):
            for address in _split(written):
                found.setdefault(address, role)
    return found


def scrubbed(message: str, addresses: Sequence[str] | dict[str, Role] = ()) -> str:
    """`message` without e-mail addresses: what a mail server says names them, and the ledger may not."""
    for address in addresses:
        role = addresses[address] if isinstance(addresses, dict) else None
        message = message.replace(address, ROLE_NAMES[role] if role else "…")
    return _ANY_ADDRESS.sub("…", message)


def _split(written: str | None) -> list[str]:
    """The addresses in a cell of the registry; what is none is left out."""
    return [part for part in re.split(r"[\s,;]+", written or "") if _ADDRESS.fullmatch(part)]
