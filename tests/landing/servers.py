"""Real servers to hand files in at: OpenSSH's on a high port, an S3 storage in a process of its own, and the landing folder beside them."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from pipc_etl.settings import Settings
from tests.system_programs import SSHD

KEY_ID, SECRET_KEY = "AKIAPRUEBA", "clave-secreta-de-prueba"
REGION = "us-east-1"


class Depositor(Protocol):
    """Hands files in, as a dependency would; names are `<entity>/<dependency>/<kind>/<period>/<file>`."""

    def put(self, name: str, content: bytes, *, changed: int | None = None) -> None:
        """Write or replace a file; `changed` is the time that the sender's program keeps, where a server lets it."""

    def names(self) -> set[str]:
        """All files that are there, hidden ones too."""

    def content(self, name: str) -> bytes: ...


class InFolder:
    """Hands in on a disk: in the landing folder, or behind an SFTP server of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, name: str, content: bytes, *, changed: int | None = None) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if changed is not None:
            os.utime(path, (changed, changed))

    def names(self) -> set[str]:
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file() or path.is_symlink()}

    def content(self, name: str) -> bytes:
        return (self.root / name).read_bytes()


class InBucket:
    """Hands in below a prefix of an S3 bucket; its times are the storage's own."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self.client = client
        self.bucket = bucket
        self.prefix = prefix

    def put(self, name: str, content: bytes, *, changed: int | None = None) -> None:
        self.client.put_object(Bucket=self.bucket, Key=f"{self.prefix}/{name}", Body=content)

    def names(self) -> set[str]:
        found = self.client.list_objects_v2(Bucket=self.bucket, Prefix=f"{self.prefix}/").get("Contents", [])
        return {one["Key"].removeprefix(f"{self.prefix}/") for one in found}

    def content(self, name: str) -> bytes:
        body: bytes = self.client.get_object(Bucket=self.bucket, Key=f"{self.prefix}/{name}")["Body"].read()
        return body


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Sshd:
    """An OpenSSH server on 127.0.0.1 that lets the running account in with `private_key`; it can be stopped and get another host key."""

    def __init__(self, folder: Path, *, is_read_only: bool = False) -> None:
        self.folder = folder
        self.is_read_only = is_read_only
        self.port = free_port()
        self.user = getpass.getuser()
        self.process: subprocess.Popen[bytes] | None = None
        self.private_key = self._made_key("client").read_text()
        shutil.copy(folder / "client.pub", folder / "authorized_keys")
        self.new_host_key()

    def _made_key(self, name: str) -> Path:
        path = self.folder / name
        path.unlink(missing_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)], check=True)
        return path

    def new_host_key(self) -> None:
        self._made_key("host")

    @property
    def known_hosts(self) -> str:
        kind, key, *_ = (self.folder / "host.pub").read_text().split()
        return f"# of the test\n[127.0.0.1]:{self.port} {kind} {key}\n"

    def url(self, path: Path) -> str:
        return f"sftp://{self.user}@127.0.0.1:{self.port}{path}"

    def start(self) -> None:
        config = self.folder / "sshd_config"
        config.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.folder}/host\nAuthorizedKeysFile {self.folder}/authorized_keys\n"
            f"PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
            "PermitRootLogin prohibit-password\nMaxStartups 100\n"
            f"Subsystem sftp internal-sftp{' -R' if self.is_read_only else ''}\n"
        )
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # where it locks itself in
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stdout=log, stderr=log)
        wait_for(self.port, self.process)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, f"the server ended with {process.returncode}"
        assert time.monotonic() < deadline, "the server does not listen"
        time.sleep(0.05)


@contextmanager
def s3_server(folder: Path) -> Iterator[Any]:
    """A client of an S3 storage that was started for it on 127.0.0.1."""
    import boto3
    from botocore.config import Config

    port = free_port()
    with (folder / "moto.log").open("wb") as log:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for(port, process)
        yield boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{port}",
            aws_access_key_id=KEY_ID,
            aws_secret_access_key=SECRET_KEY,
            region_name=REGION,
            config=Config(proxies={}),
        )
    finally:
        process.terminate()
        process.wait()


def write_secrets(settings: Settings, **secrets: str) -> None:
    settings.secrets.mkdir(parents=True, exist_ok=True)
    for name, value in secrets.items():
        (settings.secrets / name).write_text(value)


def s3_url(client: Any, bucket: str, prefix: str) -> str:
    return f"s3://{bucket}/{prefix}?endpoint={client.meta.endpoint_url}&region={REGION}"
