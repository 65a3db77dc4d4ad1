"""Addresses of landing places on other servers, as PIPC_LANDING_URL gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from pipc_etl.errors import SettingsError

SFTP_PORT = 22
_OPTIONS = {"sftp": frozenset({"secrets"}), "s3": frozenset({"secrets", "endpoint", "region"})}
_LIKE = "sftp://user@host:22/folder or s3://bucket/prefix?endpoint=https://host&region=name"


@dataclass(frozen=True)
class Address:
    """A folder of an SFTP server (`path` is absolute, or relative to the account's home) or a prefix of an S3 bucket (`host`).

    `secrets` begins the names of the secrets that open it.
    """

    scheme: Literal["sftp", "s3"]
    host: str
    port: int
    user: str
    path: str
    secrets: str
    endpoint: str | None
    region: str | None

    def __str__(self) -> str:
        """What the place is called in the ledger and in messages: no password, no options, no slash at the end."""
        if self.scheme == "s3":
            return f"s3://{self.host}/{self.path}".rstrip("/")
        path = self.path if self.path.startswith("/") else f"/~/{self.path.removeprefix('.')}"
        return f"sftp://{self.user}@{self.host}:{self.port}{path}".rstrip("/")


def parse_addresses(given: str | None) -> tuple[Address, ...]:
    """The addresses of PIPC_LANDING_URL, blanks between them; SettingsError, which repeats no password, where one makes no sense."""
    addresses = tuple(_parse(one) for one in (given or "").split())
    names = [str(address) for address in addresses]
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"PIPC_LANDING_URL names {name} twice")
    return addresses


def _parse(given: str) -> Address:
    try:
        parts = urlsplit(given)
        port, user = parts.port or SFTP_PORT, unquote(parts.username or "")
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError as error:
        raise SettingsError(f"PIPC_LANDING_URL cannot be read; an address is like {_LIKE}") from error
    if parts.scheme not in _OPTIONS or not parts.hostname or (parts.scheme == "sftp") != bool(user) or parts.fragment:
        raise SettingsError(f"PIPC_LANDING_URL has an address that is not like {_LIKE}")
    if parts.password is not None:
        raise SettingsError("PIPC_LANDING_URL holds a password: put it into the secret landing_password and leave it out of the address")
    if unknown := sorted(set(options) - _OPTIONS[parts.scheme]):
        known = ", ".join(sorted(_OPTIONS[parts.scheme]))
        raise SettingsError(f"PIPC_LANDING_URL has the option {unknown[0]}, which {parts.scheme} addresses do not have; they have {known}")
    path = unquote(parts.path)
    if parts.scheme == "sftp":
        # As other programs write it: /~/folder is below the account's home.
        path = path.removeprefix("/~/") or "." if path.startswith("/~/") else path.rstrip("/") or "/"
    else:
        path = path.strip("/")
    return Address(
        scheme=cast(Literal["sftp", "s3"], parts.scheme),
        # A bucket's name is what was written; urlsplit makes host names small.
        host=parts.netloc if parts.scheme == "s3" else parts.hostname,
        port=port,
        user=user,
        path=path,
        secrets=options.get("secrets") or "landing",
        endpoint=options.get("endpoint") or None,
        region=options.get("region") or None,
    )
