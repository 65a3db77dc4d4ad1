"""One place after the other under the same rules: a folder, a real SFTP server, a real S3 storage."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pipc_etl.errors import PipcError, SettingsError
from pipc_etl.intake.archive import FileChangedError
from pipc_etl.intake.landing import LandingPlaces, PlaceError, Waiting
from pipc_etl.intake.landing.address import parse_addresses
from pipc_etl.settings import load_settings
from tests.landing.servers import InBucket, InFolder, Sshd, write_secrets
from tests.landing.sites import Site, make_site
from tests.system_programs import SSHD

PLACE = "secretaria-general/OAP/session/2021-M05"
HARD_NAMES = ("Sesión ñandú 100%.csv", "¿qué? #1 & más.csv", "12:30 acta.csv", "a+b=c;d.CSV")


def names_of(found: tuple[Waiting, ...]) -> list[str]:
    return [file.path.name for file in found]


def test_files_come_into_the_archive_and_leave_when_they_are_taken(site: Site) -> None:
    contents = {f"{PLACE}/{name}": f"{name}\n".encode() * 1000 for name in HARD_NAMES}
    contents[f"{PLACE}/grande.csv"] = bytes(range(256)) * 40_000  # 10 MB: more than one piece of any protocol
    for name, content in contents.items():
        site.depositor.put(name, content)
    with site.places() as places:
        place = site.place(places)
        files = place.look(0.01).settled
        assert {str(file.path.relative_to(site.settings.landing)) for file in files} == set(contents)
        assert [places.read(places.written(file)) for file in files] == list(files)
        for file in files:
            fetched = place.fetch(file, site.settings.archive)
            content = contents[str(file.path.relative_to(site.settings.landing))]
            assert fetched.archived.sha256 == hashlib.sha256(content).hexdigest()
            assert fetched.archived.path.read_bytes() == content
            assert fetched.archived.path.stat().st_mode & 0o777 == 0o600
            assert abs(fetched.landed_at.timestamp() - time.time()) < 60
            assert place.remove(fetched)
    assert site.depositor.names() == set()
    if isinstance(site.depositor, InFolder):
        assert (site.depositor.root / PLACE).is_dir(), "empty folders stay"


def test_unfinished_and_hidden_files_are_left_when_a_place_is_looked_at(site: Site) -> None:
    ignored = (
        "~$libro.xlsx",
        ".oculto.csv",
        "libro.csv.part",
        "libro.csv.filepart",
        "libro.tmp",
        "Thumbs.db",
        "libro.xlsx~",
        ".cola/x.csv",
    )
    for name in ("libro.csv", *ignored):
        site.depositor.put(f"{PLACE}/{name}", b"a;b\n")
    if isinstance(site.depositor, InFolder):
        (site.depositor.root / PLACE / "enlace.csv").symlink_to(site.depositor.root / PLACE / "libro.csv")
        (site.depositor.root / "ciclo").symlink_to(site.depositor.root)
    with site.places() as places:
        look = site.place(places).look(0.01)
    assert names_of(look.settled) == ["libro.csv"]
    assert look.problems == ()


def test_growing_file_waits_when_it_changes_between_two_looks(site: Site) -> None:
    site.depositor.put(f"{PLACE}/quieto.csv", b"1")
    site.depositor.put(f"{PLACE}/crece.csv", b"1")
    ended = threading.Event()

    def grow() -> None:
        content = b"1"
        while not ended.wait(0.2):
            content += b"2"
            site.depositor.put(f"{PLACE}/crece.csv", content)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        with site.places() as places:
            assert names_of(site.place(places).look(1.5).settled) == ["quieto.csv"]
    finally:
        ended.set()
        writer.join()
    with site.places() as places:
        assert sorted(names_of(site.place(places).look(0.01).settled)) == ["crece.csv", "quieto.csv"]


def test_replaced_file_is_left_when_it_is_no_longer_what_was_seen(site: Site) -> None:
    site.depositor.put(f"{PLACE}/a.csv", b"primero")
    with site.places() as places:
        place = site.place(places)
        (file,) = place.look(0.01).settled
        fetched = place.fetch(file, site.settings.archive)
        site.depositor.put(f"{PLACE}/a.csv", b"segundo, que es otro")
        assert not place.remove(fetched)
        assert site.depositor.names() == {f"{PLACE}/a.csv"}
        assert site.depositor.content(f"{PLACE}/a.csv") == b"segundo, que es otro"
        if file.address:  # a folder's file is taken as it is now
            with pytest.raises(FileChangedError):
                place.fetch(file, site.settings.archive)
        (again,) = place.look(0.01).settled
        assert place.remove(place.fetch(again, site.settings.archive))
    assert site.depositor.names() == set()
    assert len([path for path in site.settings.archive.rglob("*") if path.is_file()]) == 2


def test_missing_file_is_no_error_when_another_run_took_it(site: Site) -> None:
    site.depositor.put(f"{PLACE}/a.csv", b"x")
    with site.places() as places, site.places() as others:
        place, other = site.place(places), site.place(others)
        (file,) = place.look(0.01).settled
        mine, theirs = place.fetch(file, site.settings.archive), other.fetch(file, site.settings.archive)
        assert other.remove(theirs)
        assert place.remove(mine)
        with pytest.raises(FileNotFoundError):
            place.fetch(file, site.settings.archive)


def test_place_says_so_when_nothing_answers(remote: Site, tmp_path: Path) -> None:
    assert remote.settings.landing_url is not None
    closed = remote.settings.landing_url.replace(":" + str(_port(remote)), ":1")
    with LandingPlaces(replace(remote.settings, landing_url=closed)) as places, pytest.raises(PlaceError, match="not answer") as raised:
        remote.place(places).look(0.01)
    for secret in ("landing_ssh_key", "landing_secret", "landing_key"):
        if (value := remote.settings.known_secret(secret)) is not None:
            assert value not in str(raised.value)
    assert str(remote.place(places).address) in str(raised.value)


def _port(site: Site) -> int:
    if isinstance(site.depositor, InBucket):
        return int(site.depositor.client.meta.endpoint_url.rpartition(":")[2])
    return parse_addresses(site.settings.landing_url)[0].port


def test_place_says_so_when_its_folder_is_not_there(remote: Site) -> None:
    (address,) = parse_addresses(remote.settings.landing_url)
    url = f"sftp://{address.user}@{address.host}:{address.port}/no/such/folder"
    if address.scheme == "s3":
        url = str(remote.settings.landing_url).replace("s3://entregas/", "s3://no-such-bucket/")
    with LandingPlaces(replace(remote.settings, landing_url=url)) as places, pytest.raises(PlaceError, match="no such"):
        remote.place(places).look(0.01)


@pytest.fixture
def sftp(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    return make_site("sftp", load_settings({"PIPC_HOME": str(tmp_path / "home")}), tmp_path, request)


pytestmark = pytest.mark.timeout(300)
needs_sshd = [pytest.mark.needs(SSHD), pytest.mark.needs("ssh-keygen")]


class TestHostKeys:
    """Who cannot show the key that was vouched for is not spoken to."""

    pytestmark = needs_sshd

    def test_nothing_is_sent_when_nobody_vouched_for_the_host(self, sftp: Site, sshd: Sshd) -> None:
        write_secrets(sftp.settings, landing_known_hosts="# empty\n")
        with sftp.places() as places, pytest.raises(PlaceError, match=r"nobody vouched for it.*ssh-keyscan -p") as raised:
            sftp.place(places).look(0.01)
        assert "SHA256:" in str(raised.value)

    def test_place_is_refused_when_its_host_key_changed(self, sftp: Site, sshd: Sshd) -> None:
        sftp.depositor.put(f"{PLACE}/a.csv", b"x")
        with sftp.places() as places:
            assert len(sftp.place(places).look(0.01).settled) == 1
        sshd.stop()
        before = {name: (sshd.folder / name).read_bytes() for name in ("host", "host.pub")}
        sshd.new_host_key()
        sshd.start()
        try:
            with sftp.places() as places, pytest.raises(PlaceError, match="shows another host key"):
                sftp.place(places).look(0.01)
        finally:
            sshd.stop()
            for name, content in before.items():
                (sshd.folder / name).write_bytes(content)
            sshd.start()
        with sftp.places() as places:
            assert len(sftp.place(places).look(0.01).settled) == 1

    def test_place_says_so_when_our_key_is_not_let_in(self, sftp: Site, sshd: Sshd, tmp_path: Path) -> None:
        stranger = Sshd.__new__(Sshd)
        stranger.folder = tmp_path
        write_secrets(sftp.settings, landing_ssh_key=stranger._made_key("stranger").read_text())
        with sftp.places() as places, pytest.raises(PlaceError, match="refuses the user or what opens it: see the secrets landing_ssh_key"):
            sftp.place(places).look(0.01)


class TestRemovalOverSftp:
    """A removal that was cut anywhere ends at the next look, and never takes another file."""

    pytestmark = needs_sshd

    def test_removal_ends_when_it_was_cut_after_the_file_was_put_aside(self, sftp: Site) -> None:
        assert isinstance(sftp.depositor, InFolder)
        sftp.depositor.put(f"{PLACE}/a.csv", b"tomado", changed=1_700_000_000)
        sftp.depositor.put(f"{PLACE}/b.csv", b"otro")
        root = sftp.depositor.root / PLACE
        (root / "a.csv").rename(root / ".pipc-taken-1700000000-6-a.csv")
        with sftp.places() as places:
            assert names_of(sftp.place(places).look(0.01).settled) == ["b.csv"]
        assert sftp.depositor.names() == {f"{PLACE}/b.csv"}

    def test_name_is_given_back_when_what_was_put_aside_is_another_file(self, sftp: Site) -> None:
        assert isinstance(sftp.depositor, InFolder)
        sftp.depositor.put(f"{PLACE}/.pipc-taken-1700000000-6-a.csv", b"otro, y mas largo")
        with sftp.places() as places:
            sftp.place(places).look(0.01)
            assert sftp.depositor.names() == {f"{PLACE}/a.csv"}
            assert names_of(sftp.place(places).look(0.01).settled) == ["a.csv"]
        assert sftp.depositor.content(f"{PLACE}/a.csv") == b"otro, y mas largo"

    def test_newer_file_stays_when_both_have_the_name(self, sftp: Site) -> None:
        sftp.depositor.put(f"{PLACE}/.pipc-taken-1700000000-6-a.csv", b"otro, y mas largo")
        sftp.depositor.put(f"{PLACE}/a.csv", b"el tercero")
        with sftp.places() as places:
            place = sftp.place(places)
            (file,) = place.look(0.01).settled
            fetched = place.fetch(file, sftp.settings.archive)
            assert fetched.archived.path.read_bytes() == b"el tercero"
            assert place.remove(fetched)
            place.look(0.01)
            assert names_of(place.look(0.01).settled) == ["a.csv"]
        assert sftp.depositor.content(f"{PLACE}/a.csv") == b"otro, y mas largo"

    def test_connection_is_made_again_when_the_server_ended_it(self, sftp: Site, sshd: Sshd) -> None:
        sftp.depositor.put(f"{PLACE}/a.csv", b"x")
        with sftp.places() as places:
            place = sftp.place(places)
            (file,) = place.look(0.01).settled
            fetched = place.fetch(file, sftp.settings.archive)
            place._server._client.close()  # type: ignore[attr-defined]  # as after minutes of loading without a word
            assert place.remove(fetched)
        assert sftp.depositor.names() == set()

    def test_file_waits_when_the_archive_has_no_room_for_it(self, sftp: Site) -> None:
        assert isinstance(sftp.depositor, InFolder)
        sftp.depositor.put(f"{PLACE}/enorme.csv", b"x")
        sftp.settings.archive.mkdir(parents=True)
        # A hole: it takes no room here.
        os.truncate(sftp.depositor.root / PLACE / "enorme.csv", shutil.disk_usage(sftp.settings.archive).free)
        with sftp.places() as places:
            place = sftp.place(places)
            (file,) = place.look(0.01).settled
            with pytest.raises(PipcError, match=r"enorme\.csv has \d+ bytes and the disk of .*: make room; the file waits"):
                place.fetch(file, sftp.settings.archive)
        assert sftp.depositor.names() == {f"{PLACE}/enorme.csv"}
        assert list(sftp.settings.archive.iterdir()) == []

    def test_folder_that_cannot_be_read_hides_no_other_when_a_name_is_not_utf8(self, sftp: Site) -> None:
        assert isinstance(sftp.depositor, InFolder)
        sftp.depositor.put(f"{PLACE}/a.csv", b"x")
        other = sftp.depositor.root / "enterritorio/GP/session/2021-M05"
        other.mkdir(parents=True)
        Path(os.fsdecode(os.fsencode(other) + b"/sesi\xf3n.csv")).write_bytes(b"x")
        with sftp.places() as places:
            look = sftp.place(places).look(0.01)
        assert names_of(look.settled) == ["a.csv"]
        (problem,) = look.problems
        assert "enterritorio/GP/session/2021-M05 holds a file whose name is not UTF-8" in problem


def test_object_stays_when_the_storage_says_that_it_is_another(storage: object, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    site = make_site("s3", load_settings({"PIPC_HOME": str(tmp_path / "home")}), tmp_path, request)
    site.depositor.put(f"{PLACE}/a.csv", b"primero")
    with site.places() as places:
        place = site.place(places)
        (file,) = place.look(0.01).settled
        entry = place._server.entry(file.name)  # type: ignore[attr-defined]
        site.depositor.put(f"{PLACE}/a.csv", b"segundo")
        # Replaced after the last look at it: the condition goes with the request.
        assert not place._server.remove(entry)  # type: ignore[attr-defined]
    assert site.depositor.content(f"{PLACE}/a.csv") == b"segundo"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://host/folder", "not like sftp://"),
        ("sftp://host/folder", "not like sftp://"),
        ("sftp://ana:clave@host/folder", "holds a password: put it into the secret landing_password"),
        ("s3://bucket/x?endpont=http://h", "the option endpont"),
        ("sftp://ana@host:puerto/x", "cannot be read"),
        ("s3://bucket/x s3://bucket/x/", "names s3://bucket/x twice"),
    ],
)
def test_address_is_refused_without_its_password_when_it_makes_no_sense(url: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=message) as raised:
        LandingPlaces(load_settings({"PIPC_HOME": str(tmp_path), "PIPC_LANDING_URL": url}))
    assert "clave" not in str(raised.value)


def test_address_names_its_place_when_it_is_read() -> None:
    home, root, bucket = parse_addresses("sftp://ana@Host.gov.co/~/entregas sftp://ana@host:2222/entregas/?secrets=sede s3://Cubo/a/b/")
    assert (home.path, root.path, bucket.path) == ("entregas", "/entregas", "a/b")
    assert (root.port, root.secrets, home.secrets, bucket.host) == (2222, "sede", "landing", "Cubo")
    assert [str(one) for one in (home, root, bucket)] == [
        "sftp://ana@host.gov.co:22/~/entregas",
        "sftp://ana@host:2222/entregas",
        "s3://Cubo/a/b",
    ]


def test_place_does_not_answer_when_its_secret_is_missing(tmp_path: Path) -> None:
    settings = load_settings({"PIPC_HOME": str(tmp_path), "PIPC_LANDING_URL": "sftp://ana@127.0.0.1:1/x"})
    with LandingPlaces(settings) as places, pytest.raises(PlaceError, match="neither the secret landing_ssh_key nor landing_password"):
        list(places)[-1].look(0.01)
    assert not (settings.secrets / "landing_password").exists(), "a password of somebody else's server is not made up"
