"""Background processes that outlive their starter, known again by pid and start, ended with their descendants; programs asked by JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

MAXIMUM_LOG_BYTES = 20 * 1024**2


def ask(command: Sequence[str], request: Mapping[str, Any], environment: Mapping[str, str], log: Path) -> dict[str, Any]:
    """The JSON object that a program prints as its answer; what it complains of stands in `log`.

    The request goes through standard input: it holds passwords, and a command line is there for everyone to read. Raises ValueError with
    the exit code and the last complaint where there is no such answer.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as errors:
        done = subprocess.run(
            list(command),
            input=json.dumps(request, ensure_ascii=False, default=str),
            text=True,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=errors,
            env=dict(environment),
            cwd="/",
            check=False,
        )
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        last = (log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        raise ValueError(f"ended with {done.returncode}: {last} (log: {log})") from None
    return answer


@dataclass(frozen=True)
class Service:
    """A named process whose identity is kept in `folder/<name>.json` and whose output goes to `log`."""

    name: str
    folder: Path
    log: Path

    @property
    def record(self) -> Path:
        """The file that says which process it is."""
        return self.folder / f"{self.name}.json"

    def fork(self) -> bool:
        """Fork a process in a session of its own and record it; True in that process, False in the caller."""
        self._make_room()
        pid = os.fork()
        if pid == 0:
            os.setsid()
            output = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            for standard in (1, 2):
                os.dup2(output, standard)
            os.close(output)
            return True
        self._record(pid)
        return False

    def spawn(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start another program, named by its path, in a session of its own and record it."""
        self._make_room()
        pid = os.posix_spawn(
            command[0],
            list(command),
            environment,
            setsid=True,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(self.log), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
        )
        self._record(pid)

    def process(self) -> psutil.Process | None:
        """The living process that we started; a zombie or another process with the same pid is none."""
        recorded = self.recorded()
        if recorded is None:
            return None
        pid, started = recorded
        try:
            process = psutil.Process(pid)
            return process if start_ticks(pid) == started and process.status() != psutil.STATUS_ZOMBIE else None
        except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
            return None

    def log_tail(self, lines: int = 15) -> str:
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - 64 * 1024))
            return "\n".join(file.read().decode("utf-8", errors="replace").splitlines()[-lines:])

    def _make_room(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > MAXIMUM_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))

    def _record(self, pid: int) -> None:
        identity = {"pid": pid, "started_ticks": start_ticks(pid)}
        unfinished = self.record.with_suffix(".new")
        unfinished.write_text(json.dumps(identity), encoding="ascii")
        unfinished.replace(self.record)

    def recorded(self) -> tuple[int, int] | None:
        """(pid, start in clock ticks) of the last start, None if it was stopped since."""
        try:
            identity = json.loads(self.record.read_text(encoding="ascii"))
            return int(identity["pid"]), int(identity["started_ticks"])
        except (FileNotFoundError, ValueError, KeyError):
            return None


def start_ticks(pid: int) -> int:
    """When the process started, in ticks since the machine did: unlike a time of day it never shifts with the clock."""
    # Field 22 of proc(5); the name in brackets before it may hold anything.
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19])


def stop_together(services: Sequence[Service], grace_seconds: float) -> list[str]:
    """End the services and whatever they left behind: asked first, then killed. Returns the names that were alive."""
    families: dict[str, set[psutil.Process]] = {}
    mains = [process for process in (service.process() for service in services) if process]
    for service in services:
        if identity := service.recorded():
            families[service.name] = _family(service.process(), *identity)
    _signal(mains, signal.SIGTERM)
    psutil.wait_procs(mains, timeout=grace_seconds)
    leftovers = {process for service in services if (identity := service.recorded()) for process in _family(service.process(), *identity)}
    leftovers |= {process for family in families.values() for process in family if _is_alive(process)}
    _signal(leftovers, signal.SIGTERM)
    _, stubborn = psutil.wait_procs(leftovers, timeout=2)
    _signal(stubborn, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=5)
    for service in services:
        service.record.unlink(missing_ok=True)
    return [name for name, family in families.items() if family]


def _family(main: psutil.Process | None, session: int, started: int) -> set[psutil.Process]:
    """`main`, its descendants and the members of its session.

    A session's number is not given to another process while a member lives; with its leader gone, the members must
    at least be younger than the leader was.
    """
    members: set[psutil.Process] = set()
    if main is not None:
        try:
            members = {main, *main.children(recursive=True)}
        except psutil.NoSuchProcess:
            members = set()
    elif psutil.pid_exists(session) and psutil.Process(session).status() != psutil.STATUS_ZOMBIE:
        return members  # The pid belongs to somebody else now.
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == session and start_ticks(process.pid) >= started:
                members.add(process)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return {process for process in members if _is_alive(process)}


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _signal(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue
