"""A folder of an SFTP server, over paramiko: only from a host whose key is known, and never another file than the one meant.

Not over fsspec's SFTP: that reads a name with `?`, `#` or `:` as an address, follows links, and renames over what is there.
"""

from __future__ import annotations

import errno
import io
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import paramiko

from pipc_etl.errors import PipcError
from pipc_etl.intake.landing.address import Address
from pipc_etl.intake.landing.place import PlaceError
from pipc_etl.intake.landing.remote import Entry, Listing

_CONNECT_SECONDS, _SILENCE_SECONDS = 20.0, 120.0
_CHUNK = 1024 * 1024
_REQUESTS_AHEAD = 64
_LONGEST_NAME_BYTES = 255
# A file that is about to be removed: its version, then its name. Hidden, so that nobody takes it for one that waits.
_ASIDE = re.compile(r"\.pipc-taken-(\d+-\d+)-(.+)", re.S)
_KEY_TYPES = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


@dataclass(frozen=True)
class SftpSecrets:
    """How we show who we are, and the lines of a `known_hosts` file by which the server does."""

    password: str | None
    private_key: str | None
    known_hosts: str


class RefusedError(PipcError):
    """The server does not let us do something with one file."""


class SftpServer:
    """The files below `address`; connected when first asked, and again when the connection was lost meanwhile."""

    def __init__(self, address: Address, secrets: SftpSecrets) -> None:
        self._address = address
        self._secrets = secrets
        self._client: paramiko.SSHClient | None = None
        self._sftp: paramiko.SFTPClient | None = None
        self._lost: PlaceError | None = None

    def listing(self) -> Listing:
        entries: list[Entry] = []
        problems: list[str] = []
        folders = [""]
        while folders:
            folder = folders.pop()
            try:
                with self._answers(folder):
                    found = list(self._connected().listdir_iter(self._path(folder)))
            except FileNotFoundError:
                if not folder:
                    raise PlaceError(f"{self._address} has no such folder: make it, or mend PIPC_LANDING_URL") from None
                continue  # taken away meanwhile
            except RefusedError as error:
                problems.append(str(error))
                continue
            except UnicodeDecodeError:
                self.close()  # in the middle of an answer
                problems.append(f"{self._address}/{folder} holds a file whose name is not UTF-8: rename it there")
                continue
            for attributes in found:
                name = f"{folder}/{attributes.filename}".removeprefix("/")
                mode = attributes.st_mode or 0
                if stat.S_ISDIR(mode) and not attributes.filename.startswith("."):
                    folders.append(name)
                elif stat.S_ISREG(mode) and (aside := _ASIDE.fullmatch(attributes.filename)):
                    problems += self._finish(folder, name, _entry(name, attributes), aside)
                elif stat.S_ISREG(mode):
                    entries.append(_entry(name, attributes))
        return Listing(tuple(entries), tuple(problems))

    def entry(self, name: str) -> Entry:
        with self._answers(name):
            attributes = self._connected().lstat(self._path(name))
        if not stat.S_ISREG(attributes.st_mode or 0):
            raise FileNotFoundError(errno.ENOENT, "no regular file", name)
        return _entry(name, attributes)

    def read(self, entry: Entry) -> Iterator[bytes]:
        with self._answers(entry.name), self._connected().open(self._path(entry.name), "rb") as file:
            # One question after the other would cost a way to the server and back for every 32 kB.
            file.prefetch(entry.size_bytes, max_concurrent_requests=_REQUESTS_AHEAD)
            while chunk := file.read(_CHUNK):
                yield chunk

    def remove(self, entry: Entry) -> bool:
        folder, _, base = entry.name.rpartition("/")
        aside = f"{folder}/.pipc-taken-{entry.version}-{base}".removeprefix("/")
        if len(aside.rpartition("/")[2].encode()) > _LONGEST_NAME_BYTES:
            aside = entry.name  # no room for the longer name: removed as it is
        # First out of the way: whatever has the name afterwards is another file, and stays.
        try:
            with self._answers(entry.name):
                if aside != entry.name:
                    self._connected().rename(self._path(entry.name), self._path(aside))
            return self._remove_aside(entry.name, aside, entry.version)
        except FileNotFoundError:
            return True

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = self._sftp = None

    def _remove_aside(self, name: str, aside: str, version: str) -> bool:
        """Remove the file that was put aside; one that is not what was taken gets its name back, unless a newer one has it."""
        if self.entry(aside).version == version:
            with self._answers(name):
                self._connected().remove(self._path(aside))
            return True
        # Refused where a newer one has the name: it is taken first, and the next look gives the name back.
        with suppress(RefusedError), self._answers(name):
            self._connected().rename(self._path(aside), self._path(name))
        return False

    def _finish(self, folder: str, name: str, entry: Entry, aside: re.Match[str]) -> list[str]:
        """End the removal that a killed run began; what kept it from ending."""
        version, base = aside.groups()
        try:
            self._remove_aside(f"{folder}/{base}".removeprefix("/"), name, version)
        except FileNotFoundError:
            return []  # another run is at it
        except RefusedError as error:
            return [str(error)]
        return []

    def _path(self, name: str) -> str:
        return f"{self._address.path.rstrip('/')}/{name}" if name else self._address.path

    def _connected(self) -> paramiko.SFTPClient:
        if self._lost is not None:
            raise self._lost
        transport = self._client.get_transport() if self._client else None
        if self._sftp is None or transport is None or not transport.is_active():
            self.close()
            try:
                self._connect()
            except PlaceError as error:
                self.close()
                self._lost = error  # its other files need not wait for it too
                raise
        assert self._sftp is not None
        return self._sftp

    def _connect(self) -> None:
        address, client = self._address, paramiko.SSHClient()
        if self._secrets.password is None and self._secrets.private_key is None:
            raise PlaceError(f"{address}: neither the secret {address.secrets}_ssh_key nor {address.secrets}_password is there")
        self._client = client
        client.set_missing_host_key_policy(_Refuse(address))
        self._know_hosts(client)
        try:
            client.connect(
                address.host,
                address.port,
                address.user,
                password=self._secrets.password,
                pkey=self._private_key(),
                allow_agent=False,
                look_for_keys=False,
                timeout=_CONNECT_SECONDS,
                banner_timeout=_CONNECT_SECONDS,
                auth_timeout=_CONNECT_SECONDS,
            )
            if transport := client.get_transport():
                transport.set_keepalive(30)  # loading a batch takes minutes, during which nothing is asked
            self._sftp = client.open_sftp()
        except paramiko.BadHostKeyException as error:
            raise PlaceError(
                f"{address} shows another host key ({error.key.fingerprint}) than the secret {address.secrets}_known_hosts has: "
                "nothing was sent or taken. Ask whoever runs the server before you put the new key there"
            ) from None
        except paramiko.AuthenticationException:
            raise PlaceError(
                f"{address} refuses the user or what opens it: see the secrets {address.secrets}_ssh_key and {address.secrets}_password"
            ) from None
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise PlaceError(f"{address} does not answer: {type(error).__name__}: {error}") from None
        if channel := self._sftp.get_channel():
            channel.settimeout(_SILENCE_SECONDS)

    def _know_hosts(self, client: paramiko.SSHClient) -> None:
        for number, line in enumerate(self._secrets.known_hosts.splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            try:
                entry = paramiko.hostkeys.HostKeyEntry.from_line(line.strip(), number)
            except (paramiko.SSHException, paramiko.hostkeys.InvalidHostKey):
                entry = None
            if entry is None or entry.key is None:
                raise PlaceError(f"{self._address}: line {number} of the secret {self._address.secrets}_known_hosts cannot be read")
            for name in entry.hostnames or ():
                client.get_host_keys().add(name, entry.key.get_name(), entry.key)

    def _private_key(self) -> paramiko.PKey | None:
        if self._secrets.private_key is None:
            return None
        for kind in _KEY_TYPES:
            with suppress(paramiko.SSHException, ValueError):
                return kind.from_private_key(io.StringIO(self._secrets.private_key + "\n"))
        raise PlaceError(
            f"{self._address}: the secret {self._address.secrets}_ssh_key is no private key (ed25519, ecdsa or rsa, without a passphrase)"
        )

    @contextmanager
    def _answers(self, name: str) -> Iterator[None]:
        """What goes wrong in a conversation, as what it means for the place or for the one file."""
        where = f"{self._address}/{name}".rstrip("/")
        try:
            yield
        except FileNotFoundError:
            raise
        except PermissionError:
            raise RefusedError(f"{where}: the server lets {self._address.user} not in; the account must read, rename and delete") from None
        except (OSError, EOFError, paramiko.SSHException) as error:
            transport = self._client.get_transport() if self._client else None
            if transport is not None and transport.is_active() and not isinstance(error, TimeoutError):
                raise RefusedError(f"{where}: the server refuses: {error}") from None
            self.close()
            raise PlaceError(f"{self._address} does not answer any more: {type(error).__name__}: {error}") from None


class _Refuse(paramiko.MissingHostKeyPolicy):
    """A server that nobody vouched for is not spoken to: it could be anybody's."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        scan = f"ssh-keyscan -p {self._address.port} {self._address.host}"
        raise PlaceError(
            f"{self._address} shows the host key {key.fingerprint}, and nobody vouched for it: compare it with what whoever runs the "
            f"server says, then put the lines of `{scan}` into the secret {self._address.secrets}_known_hosts"
        )


def _entry(name: str, attributes: paramiko.SFTPAttributes) -> Entry:
    changed, size = int(attributes.st_mtime or 0), int(attributes.st_size or 0)
    return Entry(name, f"{changed}-{size}", size, datetime.fromtimestamp(changed, UTC))
