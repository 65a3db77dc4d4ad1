"""The embedded PostgreSQL: one server per folder, on 127.0.0.1, that outlives the process which started it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import psutil
from sqlalchemy import URL

from pipc_etl.errors import WarehouseError
from pipc_etl.warehouse.ports import HOST, choose_port, kept_port
from pipc_etl.warehouse.postgres_configuration import configuration
from pipc_etl.warehouse.postgres_programs import copy_programs, package_folder

SUPERUSER = "postgres"
MINIMUM_FREE_BYTES = 300 * 1024**2
# Where a server started by root lives when the unprivileged account cannot reach the asked folder (a home below /root).
FALLBACK_BASE = Path("/var/lib/pipc-etl")


class Cluster:
    """A PostgreSQL server whose data, log and lock live under `folder`.

    `port` 0 means: a free one, kept for the next start. `durable=False` is for tests only: quick, lost at a power cut.
    Every method raises WarehouseError where an operator must act.
    """

    def __init__(self, folder: Path, port: int, password: str, *, durable: bool = True) -> None:
        self.folder = folder
        self.wanted_port = port
        self.password = password
        self.durable = durable

    @property
    def log_file(self) -> Path:
        return self._base / "server.log"

    @property
    def data(self) -> Path:
        return self._base / "data"

    @property
    def port(self) -> int:
        """The port of the running server, else the one that the next start will ask for."""
        running = self._postmaster()
        if running is not None:
            return running[1]
        return self.wanted_port or kept_port(self.folder / "port")

    def url(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> URL:
        return URL.create("postgresql+psycopg2", user, password or self.password, HOST, self.port, database)

    @property
    def pid(self) -> int | None:
        """The postmaster's process id, None if it is not running."""
        running = self._postmaster()
        return running[0] if running else None

    def program_version(self) -> str:
        """What `postgres --version` says, run as the account that the server runs as."""
        result = self._run("postgres", "--version")
        if result.returncode != 0:
            raise WarehouseError(f"the PostgreSQL programs do not run: {result.stdout.strip()}")
        return result.stdout.strip()

    def is_running(self) -> bool:
        return self._postmaster() is not None

    def start(self) -> bool:
        """Initialise the folder if it is new and start the server; False where it was already running."""
        with self._locked():
            if self.is_running():
                return False
            self._wait_for_orphans()
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            self._require_space()
            port = choose_port(self.wanted_port, self.folder / "port", "PIPC_POSTGRES_PORT")
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            self._configure(port)
            self._launch(port)
            return True

    def stop(self) -> bool:
        """Stop the server, keeping its data; False where it was not running."""
        if not self.folder.exists():
            return False
        with self._locked():
            if not self.is_running():
                return False
            for mode in ("fast", "immediate"):
                result = self._run("pg_ctl", "stop", "-D", str(self.data), "-m", mode, "-w", "-t", "60")
                if result.returncode == 0 or not self.is_running():
                    return True
            raise WarehouseError(f"PostgreSQL in {self.data} does not stop: {result.stdout.strip()}")

    @cached_property
    def programs(self) -> Path:
        """The folder of `postgres`, `pg_ctl`, `psql`...: the wheel's own, or a copy where the account cannot reach that."""
        package = package_folder()
        original = package / "pginstall18" / "bin"
        if self._reaches(original / "postgres"):
            return original
        copied = self._base / "programs" / package.name / "pginstall18"
        if not (copied / "complete").exists():
            copy_programs(package, copied)
        return copied / "bin"

    # --- the account and the place -------------------------------------------------------------------------------------

    @cached_property
    def account(self) -> pwd.struct_passwd | None:
        """Whom the server runs as when root starts it (PostgreSQL refuses root); None: the present user."""
        if os.geteuid() != 0:
            return None
        for candidate in (self.folder / "data", self._fallback / "data"):
            if candidate.exists() and (owner := candidate.stat().st_uid) != 0:
                return pwd.getpwuid(owner)
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise WarehouseError(
            "PostgreSQL does not run as root and neither account `postgres` nor `nobody` exists: create one or run as a normal user"
        )

    @property
    def _fallback(self) -> Path:
        return FALLBACK_BASE / hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]

    @cached_property
    def _base(self) -> Path:
        """The folder itself, or a place of the same server elsewhere if the account cannot reach the folder."""
        self._make_folder(self.folder)
        if self.account is None or self._reaches(self.folder):
            return self.folder
        self._make_folder(self._fallback)
        (self.folder / "moved-to").write_text(f"{self._fallback}\n", encoding="utf-8")
        return self._fallback

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if os.geteuid() == 0:
                folder.chmod(0o711)
        except OSError as error:
            raise WarehouseError(f"the database folder {folder} cannot be made: {error.strerror}") from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise WarehouseError(f"no permission to write in the database folder {folder}")

    def _reaches(self, path: Path) -> bool:
        if self.account is None:
            return os.access(path, os.X_OK)
        return self._as_account(["/bin/sh", "-c", 'test -x "$0"', str(path)]).returncode == 0

    def _as_account(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        account = self.account
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
        # A file, never a pipe: the server inherits it and would hold a pipe open for ever.
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            returncode = subprocess.call(
                command,
                cwd="/",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                umask=0o077,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
            )
            output.seek(0)
            return subprocess.CompletedProcess(list(command), returncode, stdout=output.read())

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._as_account([str(self.programs / program), *arguments])

    def _give(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    # --- starting ------------------------------------------------------------------------------------------------------

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._make_folder(self.folder)
        with (self.folder / "start.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _postmaster(self) -> tuple[int, int] | None:
        """(pid, port) of the living server; a stale, zombie or recycled pid in `postmaster.pid` is none."""
        if not self.folder.exists():
            return None
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            pid, port = int(lines[0]), int(lines[3])
            alive = self._is_ours(psutil.Process(pid))
        except (FileNotFoundError, psutil.NoSuchProcess, IndexError, ValueError):
            return None
        except PermissionError as error:
            raise WarehouseError(f"{self.data} belongs to another user: run as the user who started it") from error
        return (pid, port) if alive else None

    def _wait_for_orphans(self, seconds: float = 20) -> None:
        """After a kill -9 of the postmaster its children leave by themselves; starting beside them would corrupt the data."""
        deadline = time.monotonic() + seconds
        while orphans := [process.pid for process in psutil.process_iter() if self._is_ours(process)]:
            if time.monotonic() > deadline:
                raise WarehouseError(f"processes {orphans} of an earlier PostgreSQL still use {self.data}: end them and start again")
            time.sleep(0.1)

    def _is_ours(self, process: psutil.Process) -> bool:
        """Whether it is a living process of this server: each of them works inside the data folder, and no other server's does."""
        try:
            if process.name() != "postgres" or process.status() == psutil.STATUS_ZOMBIE:
                return False
            return Path(process.cwd()) == self.data.resolve()
        except psutil.AccessDenied:
            # Root in a container may not look into another account's processes; that account may.
            seen = self._as_account(["readlink", f"/proc/{process.pid}/cwd"]).stdout.strip()
            return seen == str(self.data.resolve())
        except psutil.NoSuchProcess:
            return False

    def _require_space(self) -> None:
        free = shutil.disk_usage(self._base).free
        if free < MINIMUM_FREE_BYTES:
            raise WarehouseError(
                f"the disk of {self._base} has {free // 1024**2} MB left; the database needs {MINIMUM_FREE_BYTES // 1024**2} MB"
            )

    def _initialise(self) -> None:
        """initdb beside the final place, then one rename: a killed first start leaves nothing half made."""
        building = self._base / "data.initialising"
        if building.exists():
            shutil.rmtree(building)
        building.mkdir(mode=0o700)
        self._give(building)
        password_file = building.with_name("password.once")
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        self._give(password_file)
        password_file.write_text(self.password, encoding="utf-8")
        try:
            result = self._run(
                "initdb", f"--pgdata={building}", f"--username={SUPERUSER}", f"--pwfile={password_file}", "--auth=scram-sha-256",
                "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions",
                *([] if self.durable else ["--no-sync"]),
            )  # fmt: skip
        finally:
            password_file.unlink(missing_ok=True)
        if result.returncode != 0:
            shutil.rmtree(building, ignore_errors=True)
            raise WarehouseError(_explain(result.stdout, f"PostgreSQL could not be set up in {self._base}"))
        building.rename(self.data)

    def _configure(self, port: int) -> None:
        path = self.data / "postgresql.conf"
        path.write_text(configuration(port, durable=self.durable), encoding="utf-8")
        if self.log_file.exists() and self.log_file.stat().st_size > 20 * 1024**2:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        self.log_file.touch(mode=0o600)
        self._give(self.log_file)

    def _launch(self, port: int) -> None:
        already_logged = self.log_file.stat().st_size
        result = self._run("pg_ctl", "start", "-D", str(self.data), "-l", str(self.log_file), "-w", "-t", "120")
        if result.returncode != 0 or not self.is_running():
            with self.log_file.open("rb") as log:
                log.seek(already_logged)
                said = log.read().decode("utf-8", errors="replace")
            raise WarehouseError(_explain(said or result.stdout, f"PostgreSQL does not start on port {port} (log: {self.log_file})"))


def _explain(output: str, what: str) -> str:
    """One sentence for the operator from what PostgreSQL printed."""
    lowered = output.lower()
    if "no space left" in lowered:
        return f"{what}: the disk is full"
    if "permission denied" in lowered:
        reason = "permission denied"
    elif "address already in use" in lowered:
        reason = "the port is taken"
    else:
        reason = "see below"
    return f"{what}: {reason}\n{output.strip()[-1500:]}"
