"""Background processes are known again, and only they and theirs are ended."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from pipc_etl.processes import Service, start_ticks, stop_together

LAUNCHER = """
import subprocess, sys, time
from pathlib import Path
from pipc_etl.processes import Service
folder = Path(sys.argv[1])
if Service(sys.argv[2], folder, folder / f"{sys.argv[2]}.log").fork():
    print("started", flush=True)
    child = subprocess.Popen(["sleep", "300"])
    (folder / "child").write_text(str(child.pid))
    time.sleep(300)
"""


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def launched(folder: Path, name: str = "sleeper") -> tuple[Service, int]:
    """A service whose starter has ended, and the pid of its child."""
    subprocess.run([sys.executable, "-c", LAUNCHER, str(folder), name], check=True, timeout=60)
    assert eventually(lambda: (folder / "child").exists() and (folder / "child").read_text() != "")
    return Service(name, folder, folder / f"{name}.log"), int((folder / "child").read_text())


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process of the same user that nothing here started as a service."""
    process = subprocess.Popen(["sleep", "300"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_process_and_its_child_end_when_stopped(tmp_path: Path, stranger: subprocess.Popen[bytes]) -> None:
    service, child = launched(tmp_path)
    main = service.process()
    assert main is not None
    assert is_alive(main.pid)
    assert is_alive(child)
    assert "started" in service.log_tail()
    assert stop_together([service], 5) == ["sleeper"]
    assert not is_alive(main.pid)
    assert not is_alive(child)
    assert stranger.poll() is None
    assert stop_together([service], 5) == []


def test_child_ends_when_the_process_was_killed_before_the_stop(tmp_path: Path, stranger: subprocess.Popen[bytes]) -> None:
    service, child = launched(tmp_path)
    main = service.process()
    assert main is not None
    main.send_signal(signal.SIGKILL)
    assert eventually(lambda: service.process() is None)
    assert is_alive(child)
    assert stop_together([service], 5) == ["sleeper"]
    assert not is_alive(child)
    assert stranger.poll() is None


def test_stranger_lives_when_it_has_the_recorded_pid(tmp_path: Path, stranger: subprocess.Popen[bytes]) -> None:
    service = Service("sleeper", tmp_path, tmp_path / "log")
    service.record.write_text(json.dumps({"pid": stranger.pid, "started_ticks": start_ticks(stranger.pid) - 1}))
    assert service.process() is None
    assert stop_together([service], 1) == []
    assert stranger.poll() is None


def test_stubborn_process_is_killed_when_it_ignores_the_request(tmp_path: Path) -> None:
    stubborn = LAUNCHER.replace("import subprocess,", "import signal, subprocess,").replace(
        '    print("started"', '    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n    print("started"'
    )
    subprocess.run([sys.executable, "-c", stubborn, str(tmp_path), "stubborn"], check=True, timeout=60)
    assert eventually((tmp_path / "child").exists)
    service = Service("stubborn", tmp_path, tmp_path / "log")
    main = service.process()
    assert main is not None
    assert stop_together([service], 0.2) == ["stubborn"]
    assert not is_alive(main.pid)


def test_process_outlives_its_starter_in_a_session_of_its_own_when_forked(tmp_path: Path) -> None:
    service, _ = launched(tmp_path)
    main = service.process()
    assert main is not None
    try:
        assert os.getsid(main.pid) == main.pid
        assert main.ppid() != os.getpid()
    finally:
        stop_together([service], 5)
