"""Landing places of each kind for a test, each with somebody who hands files in there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import pytest

from pipc_etl.intake.landing import LandingPlace, LandingPlaces
from pipc_etl.settings import Settings
from tests.landing.servers import KEY_ID, SECRET_KEY, Depositor, InBucket, InFolder, Sshd, s3_url, write_secrets
from tests.system_programs import SSHD

_numbers = count(1)


@dataclass(frozen=True)
class Site:
    """A landing place under test: settings with it alone in use, and who hands in there."""

    kind: str
    settings: Settings
    depositor: Depositor

    def places(self) -> LandingPlaces:
        return LandingPlaces(self.settings)

    def place(self, places: LandingPlaces) -> LandingPlace:
        return list(places)[-1]


def make_site(kind: str, base: Settings, folder: Path, request: pytest.FixtureRequest) -> Site:
    """A fresh, empty landing place of the kind, over `base`; its secrets go to the secrets' folder of `base`."""
    if kind == "folder":
        base.landing.mkdir(parents=True, exist_ok=True)
        return Site(kind, base, InFolder(base.landing))
    if kind == "sftp":
        sshd: Sshd = request.getfixturevalue("sshd")
        root = folder / "entregas con espacio#1"
        root.mkdir()
        write_secrets(base, landing_ssh_key=sshd.private_key, landing_known_hosts=sshd.known_hosts)
        return Site(kind, replace(base, landing_url=sshd.url(folder) + "/entregas%20con%20espacio%231"), InFolder(root))
    client = request.getfixturevalue("storage")
    prefix = f"entregas {next(_numbers)}"
    write_secrets(base, landing_key=KEY_ID, landing_secret=SECRET_KEY)
    url = s3_url(client, "entregas", prefix.replace(" ", "%20"))
    return Site(kind, replace(base, landing_url=url), InBucket(client, "entregas", prefix))


SFTP = pytest.param("sftp", marks=[pytest.mark.needs(SSHD), pytest.mark.needs("ssh-keygen")])
