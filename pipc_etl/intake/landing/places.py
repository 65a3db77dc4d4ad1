"""All landing places of an installation, and how a file that waits in one of them is written down between two tasks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from urllib.parse import quote, unquote

from pipc_etl.intake.landing.address import Address, parse_addresses
from pipc_etl.intake.landing.folder import Folder
from pipc_etl.intake.landing.place import LandingPlace, PlaceError, Waiting
from pipc_etl.intake.landing.remote import RemotePlace, Server
from pipc_etl.settings import Settings


class LandingPlaces:
    """The landing folder, then the places of PIPC_LANDING_URL in their order; a context that leaves them all at its end.

    Raises SettingsError where an address makes no sense; a place whose secret is missing does not answer, and the others do.
    """

    def __init__(self, settings: Settings) -> None:
        self.landing = settings.landing
        elsewhere = [
            RemotePlace(str(address), _server(address, settings), settings.landing) for address in parse_addresses(settings.landing_url)
        ]
        self._places: tuple[LandingPlace, ...] = (Folder(settings.landing), *elsewhere)

    def __enter__(self) -> LandingPlaces:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for place in self._places:
            place.close()

    def __iter__(self) -> Iterator[LandingPlace]:
        return iter(self._places)

    def of(self, waiting: Waiting) -> LandingPlace:
        """The place in which it waits; PlaceError where the settings no longer have it."""
        for place in self._places:
            if place.address == waiting.address:
                return place
        raise PlaceError(f"{waiting} is in no landing place of PIPC_LANDING_URL")

    def written(self, waiting: Waiting) -> str:
        """As one text, for another process; `read` understands it."""
        return f"{waiting.address}/{quote(waiting.name)}#{quote(waiting.version)}" if waiting.address else str(waiting.path)

    def read(self, written: str) -> Waiting:
        """A file that waits, from what `written` made of it (a path of the landing folder stands for itself)."""
        if "://" not in written:
            return Waiting(Path(written))
        for place in self._places:
            if place.address and written.startswith(f"{place.address}/"):
                name, _, version = written.removeprefix(f"{place.address}/").rpartition("#")
                return Waiting.elsewhere(self.landing, place.address, unquote(name), unquote(version))
        raise PlaceError(f"{written} is in no landing place of PIPC_LANDING_URL")


def _server(address: Address, settings: Settings) -> Server:
    """The server of `address`; what speaks its protocol is imported here, since most installations need none."""

    def secret(name: str) -> str | None:
        return settings.known_secret(f"{address.secrets}_{name}")

    if address.scheme == "s3":
        from pipc_etl.intake.landing.s3 import S3Secrets, S3Server

        return S3Server(address, S3Secrets(secret("key"), secret("secret")))
    from pipc_etl.intake.landing.sftp import SftpSecrets, SftpServer

    return SftpServer(address, SftpSecrets(secret("password"), secret("ssh_key"), secret("known_hosts") or ""))
