"""Programs that tests need and Python packages cannot bring: the one list, and `python -m tests.system_programs`, which installs them.

As root with apt the missing ones are installed; elsewhere they are named, and the tests marked `needs("<program>")` are
skipped, which fails the suite when CI=true.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Program:
    """A program on PATH (or, where nothing is on PATH, a file by its full path), its Debian package, and what the tests do with it."""

    name: str
    debian_package: str
    purpose: str


# A program is listed when the first test is marked with it, and leaves with the last.
LIBREOFFICE_BRIDGE = "/usr/lib/python3/dist-packages/uno.py"
SSHD = "/usr/sbin/sshd"
PROGRAMS: tuple[Program, ...] = (
    Program("chromium", "chromium", "to open the dashboards as a person does"),
    Program("node", "nodejs", "to run npm"),
    Program("npm", "npm", "to install the accessibility checker that pages are held against"),
    Program("soffice", "libreoffice-calc-nogui", "to fill in templates and open feedback workbooks as a person does"),
    Program(SSHD, "openssh-server", "to hand files in at an SFTP server"),
    Program("redis-server", "redis-server", "to renew its password while it serves"),
    Program("ssh-keygen", "openssh-client", "to make the keys of that server and of its user"),
    Program(LIBREOFFICE_BRIDGE, "python3-uno", "to type into LibreOffice"),
)


def missing(programs: tuple[Program, ...] = PROGRAMS) -> list[Program]:
    return [program for program in programs if shutil.which(program.name) is None and not Path(program.name).is_file()]


def require(name: str, *, is_ci: bool, programs: tuple[Program, ...] = PROGRAMS) -> None:
    """Skip the running test if its program is missing; in CI, where everything can be installed, fail it."""
    declared = {program.name: program for program in programs}
    if name not in declared:
        pytest.fail(f"{name} is not in the list of tests/system_programs.py")
    if declared[name] in missing(programs):
        message = f"{name} is missing ({declared[name].purpose}): install the package {declared[name].debian_package}"
        if is_ci:
            pytest.fail(message)
        pytest.skip(message)


def install(programs: list[Program]) -> None:
    """Install with apt where we may; otherwise, or if it fails, say what to install."""
    apt = shutil.which("apt-get")
    packages = [program.debian_package for program in programs]
    if apt and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *packages]):
            if subprocess.run([apt, *command], env=environment, stdout=sys.stderr, check=False).returncode != 0:
                break
    for program in missing(tuple(programs)):
        print(f"missing: {program.name} ({program.purpose}); install the package {program.debian_package}", file=sys.stderr)


if __name__ == "__main__":
    if absent := missing():
        install(absent)
