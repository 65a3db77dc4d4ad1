"""A prefix of a bucket of S3 or of what speaks like it (MinIO, Ceph...), over s3fs."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipc_etl.intake.landing.address import Address
from pipc_etl.intake.landing.place import PlaceError
from pipc_etl.intake.landing.remote import Entry, Listing

_CONNECT_SECONDS, _SILENCE_SECONDS, _ATTEMPTS = 10, 60, 3
_CHUNK = 8 * 1024**2
# Errors that speak of one object: it is not the one we mean, or the storage does not know conditions.
_CHANGED, _NO_CONDITIONS = ("PreconditionFailed", "412", "ConditionalRequestConflict"), errno.ENOSYS


@dataclass(frozen=True)
class S3Secrets:
    """The access key; both None: what the machine itself was given (instance role, container credentials)."""

    key: str | None
    secret: str | None


class S3Server:
    """The objects below the prefix of `address`."""

    def __init__(self, address: Address, secrets: S3Secrets) -> None:
        self._address = address
        self._secrets = secrets
        self._prefix = f"{address.path}/" if address.path else ""
        self._storage: Any = None

    def listing(self) -> Listing:
        entries: list[Entry] = []
        more: dict[str, str] = {}
        while True:
            with self._answers():
                page = self._call("list_objects_v2", Prefix=self._prefix, **more)
            for found in page.get("Contents") or ():
                if not found["Key"].endswith("/"):  # a folder, as some programs make them
                    entries.append(_entry(found["Key"].removeprefix(self._prefix), found, int(found["Size"])))
            if not page.get("IsTruncated"):
                return Listing(tuple(entries))
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def entry(self, name: str) -> Entry:
        with self._answers(name):
            found = self._call("head_object", Key=self._prefix + name)
        return _entry(name, found, int(found["ContentLength"]))

    def read(self, entry: Entry) -> Iterator[bytes]:
        where = f"{self._address.host}/{self._prefix}{entry.name}"
        # Its requests are for the version that it finds when it is opened: one that is replaced meanwhile is never read in parts.
        with self._answers(entry.name), self._connected().open(where, "rb", block_size=_CHUNK, cache_type="readahead") as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    def remove(self, entry: Entry) -> bool:
        key, etag = self._prefix + entry.name, entry.version.split("|")[0]
        try:
            with self._answers(entry.name):
                try:
                    self._call("delete_object", Key=key, IfMatch=f'"{etag}"')
                except OSError as error:
                    if error.errno != _NO_CONDITIONS:
                        raise
                    # Looked at a moment ago: more than that such a storage does not offer.
                    self._call("delete_object", Key=key)
        except FileNotFoundError:
            return True
        except _ChangedError:
            return False
        return True

    def close(self) -> None:
        self._storage = None

    def _call(self, method: str, **values: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._connected().call_s3(method, Bucket=self._address.host, **values)
        return answer

    def _connected(self) -> Any:
        if (self._secrets.key is None) != (self._secrets.secret is None):
            raise PlaceError(
                f"{self._address}: of the secrets {self._address.secrets}_key and {self._address.secrets}_secret one is missing"
            )
        if self._storage is None:
            from s3fs import S3FileSystem  # type: ignore[import-untyped]

            config: dict[str, Any] = {"connect_timeout": _CONNECT_SECONDS, "read_timeout": _SILENCE_SECONDS}
            config["retries"] = {"max_attempts": _ATTEMPTS}
            if self._address.endpoint:
                config["s3"] = {"addressing_style": "path"}  # few storages outside Amazon have a name for every bucket
            self._storage = S3FileSystem(
                key=self._secrets.key,
                secret=self._secrets.secret,
                endpoint_url=self._address.endpoint,
                client_kwargs={"region_name": self._address.region} if self._address.region else {},
                config_kwargs=config,
                use_listings_cache=False,
                skip_instance_cache=True,
            )
            self._storage.retries = _ATTEMPTS
        return self._storage

    @contextmanager
    def _answers(self, name: str | None = None) -> Iterator[None]:
        """What goes wrong, as what it means for the place or (with `name`) for the one file. Only the storage's own words are repeated."""
        from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

        try:
            yield
        except FileNotFoundError:
            if name is not None:
                raise
            raise PlaceError(f"{self._address}: the storage has no such bucket: mend PIPC_LANDING_URL") from None
        except PermissionError as error:
            raise PlaceError(
                f"{self._address} refuses us ({error}): see the secrets {self._address.secrets}_key and {self._address.secrets}_secret; "
                "the key must list, read and delete"
            ) from None
        except (OSError, BotoCoreError, ClientError) as error:
            cause = error.__cause__
            code = cause.response["Error"].get("Code") if isinstance(cause, ClientError) else None
            if code in _CHANGED:
                raise _ChangedError from None
            raise PlaceError(f"{self._address} does not answer: {type(error).__name__}: {error}") from None


class _ChangedError(Exception):
    """Another object has the name."""


def _entry(name: str, found: dict[str, Any], size_bytes: int) -> Entry:
    changed: datetime = found["LastModified"].replace(microsecond=0)
    return Entry(name, f"{found['ETag'].strip(chr(34))}|{changed:%Y%m%dT%H%M%SZ}|{size_bytes}", size_bytes, changed)
