"""Background processes that outlive their starter, known again by pid and creation time, ended with their descendants."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Service:
    """A named process whose identity is kept in `folder/<name>.json` and whose output goes to `log`."""

    name: str
    folder: Path
    log: Path

    @property
    def _record(self) -> Path:
        return self.folder / f"{self.name}.json"

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> int:
        """Start `command` in a session of its own and record it; returns the pid."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            child = subprocess.Popen(
                command,
                cwd="/",
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        record = {"pid": child.pid, "created": psutil.Process(child.pid).create_time()}
        unfinished = self._record.with_suffix(".new")
        unfinished.write_text(json.dumps(record), encoding="ascii")
        unfinished.replace(self._record)
        return child.pid

    def process(self) -> psutil.Process | None:
        """The living process that we started; a zombie or another process with the same pid is none."""
        recorded = self._recorded()
        if recorded is None:
            return None
        try:
            process = psutil.Process(recorded[0])
            same = abs(process.create_time() - recorded[1]) < 1 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return None
        return process if same else None

    def stop(self, grace_seconds: float = 20) -> bool:
        """End the process and whatever it left behind: asked first, then killed. False where nothing of it was alive."""
        recorded = self._recorded()
        if recorded is None:
            return False
        main = self.process()
        family = _family(main, *recorded)
        if main is not None:
            _signal([main], signal.SIGTERM)
            psutil.wait_procs([main], timeout=grace_seconds)
        leftovers = [process for process in {*family, *_family(main, *recorded)} if _is_alive(process)]
        _signal(leftovers, signal.SIGTERM)
        _, stubborn = psutil.wait_procs(leftovers, timeout=5)
        _signal(stubborn, signal.SIGKILL)
        psutil.wait_procs(stubborn, timeout=5)
        self._record.unlink(missing_ok=True)
        return bool(family)

    def log_tail(self, lines: int = 15) -> str:
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - 64 * 1024))
            return "\n".join(file.read().decode("utf-8", errors="replace").splitlines()[-lines:])

    def _recorded(self) -> tuple[int, float] | None:
        try:
            record = json.loads(self._record.read_text(encoding="ascii"))
            return int(record["pid"]), float(record["created"])
        except (FileNotFoundError, ValueError, KeyError):
            return None


def _family(main: psutil.Process | None, session: int, created: float) -> set[psutil.Process]:
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
            if os.getsid(process.pid) == session and process.create_time() >= created - 1:
                members.add(process)
        except (ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            continue
    return {process for process in members if _is_alive(process)}


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _signal(processes: Sequence[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue
