"""Pictures of dashboards: drawn by the real browser from the real Superset, taken by a real mail server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
from sqlalchemy import text

from pipc_etl.dashboards.environment import METADATA_DATABASE, superset_address
from pipc_etl.dashboards.picture import PictureError, draw_picture
from pipc_etl.dashboards.problems import DashboardError
from pipc_etl.dashboards.turns import turn
from pipc_etl.orchestration.airflow_environment import settings_variables
from pipc_etl.settings import PROJECT_ROOT, Settings
from pipc_etl.warehouse.engine import superuser_engine
from tests.mail_server import MailServer

pytestmark = pytest.mark.timeout(900)
ANA, LUIS, GONE = "ana@entidad.example", "luis@entidad.example", "gone@entidad.example"
TABS = 2


def pipc(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIPC_")} | settings_variables(settings)
    command = [sys.executable, "-m", "pipc_etl.cli", "dashboards", "picture", *arguments]
    return subprocess.run(command, env=environment, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=800, check=False)


def pages(document: bytes) -> list[Any]:
    """Each page as an array of grey values."""
    return [page.render(scale=1, grayscale=True).to_numpy().squeeze() for page in pypdfium2.PdfDocument(document)]


def written_bands(page: Any, bands: int = 6) -> Sequence[bool]:
    """Of each horizontal band of the page, whether something dark stands in it."""
    return [bool((band < 110).any()) for band in np.array_split(page, bands)]


@pytest.mark.needs("chromium")
def test_executives_get_every_tab_when_a_picture_is_sent(pushed: Settings) -> None:
    with MailServer(refused=(GONE,)) as server:
        settings = replace(pushed, smtp_url=server.url, mail_from="tableros@entidad.example")
        with pytest.raises(PictureError, match=rf"for {GONE}: 550 no such user here \(sent to {ANA}, {LUIS}\)") as refusal:
            draw_picture(settings, "prueba", recipients=[ANA, GONE, LUIS, ANA])
    assert refusal.value.sent == (ANA, LUIS)
    assert [to for to, _ in server.received] == [[ANA], [LUIS]], "one mail each, twice for nobody"
    _, mail = server.received[0]
    assert (mail["To"], mail["From"]) == (ANA, "tableros@entidad.example")
    assert re.fullmatch(r"Tablero de prueba, 2021 \(\d{1,2} de [a-z]+ de 20\d\d\)", mail["Subject"])
    plain, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    for body in (plain, html):
        assert "(hora de Bogotá)" in body
        assert f"{superset_address(pushed)}/superset/dashboard/prueba/" in body
        assert "p/" not in body.partition("/superset/dashboard/")[2][:3], "the page itself, not a stored state of it"
    assert "Vigencia: 2021" in plain
    (attachment,) = mail.iter_attachments()
    assert attachment.get_content_type() == "application/pdf"
    assert re.fullmatch(r"prueba_20\d\d-\d\d-\d\d\.pdf", attachment.get_filename() or "")
    document = attachment.get_content()
    assert 50_000 < len(document) < 5_000_000
    drawn = pages(document)
    assert len(drawn) == TABS
    for page in drawn:
        assert page.shape[1] == 11 * 72, "as wide as a sheet of letter paper laid across"
        assert all(written_bands(page)), "something is drawn from the top of the page to its end"
    assert (drawn[0].shape != drawn[1].shape) or (drawn[0] != drawn[1]).mean() > 0.01, "two tabs, not one twice"


@pytest.mark.needs("chromium")
def test_file_and_mail_hold_one_image_a_tab_when_png_is_asked_for(pushed: Settings, tmp_path: Path) -> None:
    output = tmp_path / "prueba.png"
    with MailServer() as server:
        done = pipc(replace(pushed, smtp_url=server.url), "prueba", "--format", "png", "--to", ANA, "--output", str(output))
    assert done.returncode == 0, done.stderr
    assert f"sent to {ANA}" in done.stdout
    images = [part for part in server.received[0][1].walk() if part.get_content_maintype() == "image"]
    assert [(part.get_content_type(), part.get_content_disposition()) for part in images] == [("image/png", "inline")] * TABS
    sizes = [tuple(int.from_bytes(part.get_content()[at : at + 4], "big") for at in (16, 20)) for part in images]
    assert {width for width, _ in sizes} == {2880}, "two points for each of 1440 pixels"
    document = output.read_bytes()
    assert document.startswith(b"\x89PNG\r\n")
    assert int.from_bytes(document[20:24], "big") == sum(height for _, height in sizes), "one below the other"
    with superuser_engine(pushed, database=METADATA_DATABASE).connect() as connection:
        reports = connection.execute(text("select name, active, last_state from report_schedule")).all()
    assert [tuple(report) for report in reports] == [("Tablero prueba por correo", False, "Success")], "always the same report, and off"


@pytest.mark.needs("chromium")
def test_reason_is_told_when_there_is_no_such_dashboard(pushed: Settings, tmp_path: Path) -> None:
    done = pipc(pushed, "nada", "--output", str(tmp_path / "nada.pdf"))
    assert done.returncode == 1
    assert "there is no dashboard 'nada'; there are prueba, reservado" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.needs("chromium")
def test_command_fails_before_it_draws_when_no_mail_server_answers(pushed: Settings) -> None:
    began = time.monotonic()
    done = pipc(replace(pushed, smtp_url="smtp://127.0.0.1:9"), "prueba", "--to", ANA)
    assert done.returncode == 1
    assert "the mail server 127.0.0.1:9 of PIPC_SMTP_URL does not answer: Connection refused" in done.stderr
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("changes", "recipients", "message"),
    [
        ({}, ["ana"], "'ana' is no e-mail address"),
        ({}, ["ana@x.example, luis@x.example"], "is no e-mail address"),
        ({"smtp_url": None}, [ANA], "set PIPC_SMTP_URL=smtp://"),
        ({"smtp_url": "mail.example"}, [ANA], "set PIPC_SMTP_URL=smtp://"),
        ({"chromium": None}, [], "install chromium, or set PIPC_CHROMIUM"),
        ({"chromium": "/bin/true", "home": Path("/nonexistent")}, [], "Superset does not run: start it with `pipc up`"),
    ],
)
def test_what_is_missing_is_named_when_a_picture_cannot_be_drawn(
    settings: Settings, changes: dict[str, Any], recipients: list[str], message: str
) -> None:
    with pytest.raises(DashboardError, match=re.escape(message)):
        draw_picture(replace(settings, **changes), "prueba", recipients=recipients)


def test_second_push_waits_when_one_is_under_way(settings: Settings) -> None:
    order: list[str] = []
    holds = threading.Event()

    def first() -> None:
        with turn(settings, "push"):
            holds.set()
            time.sleep(0.3)
            order.append("first")

    other = threading.Thread(target=first)
    other.start()
    assert holds.wait(10)
    with turn(settings, "picture"):
        order.append("picture")
    with turn(settings, "push"):
        order.append("second")
    other.join()
    assert order == ["picture", "first", "second"]
