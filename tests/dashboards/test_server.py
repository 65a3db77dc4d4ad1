"""Superset as `pipc up` runs it: a real gunicorn on a real PostgreSQL, ended as it was started."""

import html
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import pytest
from sqlalchemy import text

from pipc_etl.dashboards import server
from pipc_etl.dashboards.environment import (
    METADATA_DATABASE,
    METADATA_USER,
    process_variables,
    superset_address,
    superset_python,
    user_password,
)
from pipc_etl.dashboards.problems import DashboardError
from pipc_etl.errors import WarehouseError
from pipc_etl.processes import start_ticks
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import superuser_engine


def family(settings: Settings) -> list[psutil.Process]:
    pid = server.status(settings)[server.NAME]
    assert pid is not None
    main = psutil.Process(pid)
    return [main, *main.children(recursive=True)]


@pytest.fixture
def client(dashboards: Settings) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=superset_address(dashboards), timeout=30, trust_env=False) as client:
        yield client


def bootstrap(page: str) -> dict[str, object]:
    """What the server tells the browser about itself."""
    found = re.search(r'data-bootstrap="([^"]*)"', page)
    assert found is not None
    common: dict[str, object] = json.loads(html.unescape(found[1]))["common"]
    return common


# --- before it runs ---------------------------------------------------------------------------------------------------


def test_port_is_named_and_nothing_starts_when_it_is_taken(settings: Settings, reachable_tmp: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        blocked = replace(settings, home=reachable_tmp / "blocked-superset", superset_port=port)
        with pytest.raises(WarehouseError, match=rf"port {port} is taken by .*\(pid {os.getpid()}\).*PIPC_SUPERSET_PORT"):
            server.start(blocked)
    assert server.status(blocked) == {"superset": None}
    assert not blocked.home.exists()


def test_setup_is_advised_when_superset_is_not_installed(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(DashboardError, match=r"not installed in .*\.venv: make setup"):
        server.start(replace(settings, superset=tmp_path))


def test_nothing_is_stopped_and_nothing_is_made_when_it_never_ran(settings: Settings, tmp_path: Path) -> None:
    assert server.stop(replace(settings, home=tmp_path / "never")) == []
    assert not (tmp_path / "never").exists()


@pytest.mark.parametrize("name", ["METADATA_URI", "SECRET_KEY", "ADDRESS", "CACHE_FOLDER"])
def test_variable_is_named_when_it_is_missing(settings: Settings, cluster: object, name: str) -> None:
    variables = {key: value for key, value in process_variables(settings).items() if key != f"PIPC_SUPERSET_{name}"}
    answer = subprocess.run(
        [str(superset_python(settings)), "-c", "import superset_config"], env=variables, capture_output=True, text=True, timeout=60
    )
    assert answer.returncode == 1
    assert f"the variable PIPC_SUPERSET_{name} is missing" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_callers_variables_are_dropped_when_the_process_starts(
    settings: Settings, cluster: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPERSET_SECRET_KEY", "theirs")
    monkeypatch.setenv("FLASK_DEBUG", "1")
    monkeypatch.setenv("PYTHONPATH", "/theirs")
    variables = process_variables(settings)
    assert {"SUPERSET_SECRET_KEY", "FLASK_DEBUG"} & set(variables) == set()
    assert variables["PYTHONPATH"] == str(settings.superset)
    assert variables["PIPC_SUPERSET_SECRET_KEY"] == settings.secret("superset_secret_key")


CONFIGURED = """
import json, superset_config as c
from playwright.sync_api import sync_playwright
wanted = ("SMTP_", "CACHE_CONFIG", "DATA_CACHE", "RATELIMIT_ST", "SESSION_COOKIE_SECURE", "ENABLE_PROXY", "PIPC_", "WEBDRIVER_BASE")
names = [name for name in dir(c) if name.startswith(wanted)]
with sync_playwright() as playwright:
    try:
        playwright.chromium.launch()
    except Exception as error:
        launched = str(error)
print(json.dumps({**{n: getattr(c, n) for n in names}, "launched": launched}, default=str))
"""


def test_settings_reach_superset_when_they_are_given(settings: Settings, cluster: object) -> None:
    given = replace(
        settings,
        redis_url="redis://127.0.0.1:6399/3",
        smtp_url="smtp+starttls://ana:p%40ss@mail.example",
        mail_from="tableros@example.gov.co",
        chromium="/nowhere/chromium",
        public_dashboard="resumen",
        superset_url="https://tableros.entidad.gov.co",
    )
    variables = {**process_variables(given), "PIPC_SUPERSET_ADDRESS": "https://tableros.example.gov.co/"}
    answer = subprocess.run(
        [str(superset_python(settings)), "-c", CONFIGURED], env=variables, capture_output=True, text=True, timeout=60, check=True
    )
    found = json.loads(answer.stdout)
    assert (found["SMTP_HOST"], found["SMTP_PORT"], found["SMTP_USER"], found["SMTP_PASSWORD"]) == ("mail.example", 587, "ana", "p@ss")
    assert (found["SMTP_STARTTLS"], found["SMTP_SSL"], found["SMTP_MAIL_FROM"]) == (True, False, "tableros@example.gov.co")
    for name in ("CACHE_CONFIG", "DATA_CACHE_CONFIG"):
        assert found[name]["CACHE_TYPE"] == "RedisCache"
        assert found[name]["CACHE_KEY_PREFIX"].startswith("pipc:")
    assert found["CACHE_CONFIG"]["CACHE_KEY_PREFIX"] != found["DATA_CACHE_CONFIG"]["CACHE_KEY_PREFIX"]
    assert found["RATELIMIT_STORAGE_URI"] == "redis://127.0.0.1:6399/3"
    assert (found["SESSION_COOKIE_SECURE"], found["ENABLE_PROXY_FIX"], found["PIPC_PUBLIC_DASHBOARD"]) == (True, True, "resumen")
    assert found["WEBDRIVER_BASEURL_USER_FRIENDLY"] == "https://tableros.entidad.gov.co/"
    assert "/nowhere/chromium" in found["launched"]


GUESSES = """
from superset.app import create_app
app = create_app()
app.config["WTF_CSRF_ENABLED"] = False
def codes(path, **request):
    with app.test_client() as client:
        return [client.post(path, **request).status_code for _ in range(3)]
guess = {"username": "nobody", "password": "guess"}
print("codes", codes("/login/", data=guess), codes("/api/v1/security/login", json={**guess, "provider": "db"}))
"""


def test_password_cannot_be_guessed_without_end_when_somebody_tries(dashboards: Settings, tmp_path: Path) -> None:
    """The real configuration with a limit that three guesses reach: thirty a minute would shut out the other tests."""
    path = tmp_path / "superset_config.py"
    path.write_text((dashboards.superset / "superset_config.py").read_text() + '\nAUTH_RATE_LIMIT = "2 per hour"\n')
    answer = subprocess.run(
        [str(superset_python(dashboards)), "-c", GUESSES],
        env={**process_variables(dashboards), "SUPERSET_CONFIG_PATH": str(path)},
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    )
    assert "codes [302, 302, 429] [401, 401, 429]" in answer.stdout


# --- while it runs ----------------------------------------------------------------------------------------------------


def test_two_workers_listen_on_the_local_address_only_when_running(dashboards: Settings) -> None:
    processes = family(dashboards)
    assert len(processes) == 3
    port = int(superset_address(dashboards).rsplit(":", 1)[1])
    listening = {c.laddr[:2] for process in processes for c in process.net_connections() if c.status == psutil.CONN_LISTEN}
    assert listening == {("127.0.0.1", port)}


def test_metadata_lives_in_a_database_of_its_own_when_running(dashboards: Settings) -> None:
    engine = superuser_engine(dashboards, database=METADATA_DATABASE)
    with engine.connect() as connection:
        owner = connection.scalar(text("select pg_get_userbyid(datdba) from pg_database where datname = current_database()"))
        tables = set(connection.scalars(text("select tablename from pg_tables where tableowner = :user"), {"user": METADATA_USER}))
        rights = connection.execute(
            text("select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = :n"), {"n": METADATA_USER}
        )
        assert rights.one() == (False, False, False)
    engine.dispose()
    assert owner == METADATA_USER
    assert tables >= {"dashboards", "slices", "ab_user", "pipc_prepared"}


def test_pages_are_closed_to_other_hosts_when_asked(client: httpx.Client) -> None:
    answer = client.get("/login/")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";") if " " in part.strip())
    assert set(policy) >= {"default-src", "img-src", "connect-src", "font-src", "script-src", "style-src", "form-action"}
    assert "http" not in answer.headers["content-security-policy"]
    assert "unsafe-eval" not in answer.headers["content-security-policy"]
    assert policy["connect-src"] == "'self'"
    cookies = answer.headers.get_list("set-cookie")
    assert cookies
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)


def test_numbers_dates_and_palette_are_ours_when_the_browser_asks(client: httpx.Client) -> None:
    common = bootstrap(client.get("/login/").text)
    assert common["locale"] == "es"
    assert common["d3_format"] == {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["$", ""], "percent": "\u00a0%"}
    dates = common["d3_time_format"]
    assert isinstance(dates, dict)
    assert (dates["date"], dates["months"][0], dates["shortMonths"][11], len(dates["days"])) == ("%d/%m/%Y", "enero", "dic", 7)
    schemes = [*common["extra_categorical_color_schemes"], *common["extra_sequential_color_schemes"]]  # type: ignore[misc]
    assert [scheme["id"] for scheme in schemes] == ["pipc", "pipc_secuencial", "pipc_divergente"]
    assert common["theme"]["dark"] == {}  # type: ignore[index]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_colour_passes_contrast_when_text_is_on_it(client: httpx.Client) -> None:
    common = bootstrap(client.get("/login/").text)
    token: dict[str, object] = common["theme"]["default"]["token"]  # type: ignore[index]
    named = {name: value for name, value in token.items() if name.startswith("color") and name != "colorEditorSelection"}
    series = common["extra_categorical_color_schemes"][0]["colors"]  # type: ignore[index]
    assert len(named) >= 10
    assert len(series) == 10
    for colour in [*named.values(), *series]:
        assert 1.05 / (luminance(str(colour)) + 0.05) >= 4.5, colour


def test_texts_are_spanish_when_nobody_is_logged_in(client: httpx.Client) -> None:
    pack = client.get("/superset/language_pack/es/").json()["locale_data"]["superset"]
    assert len(pack) > 3000
    assert pack["Sign in"] == ["Ingresar"]
    assert pack["Enter your login and password below:"] == ["Escriba su usuario y su contraseña:"]
    assert pack["Dashboards"] == ["Tableros"]


def test_our_files_are_served_when_the_pages_name_them(client: httpx.Client) -> None:
    for name in ("logo.svg", "favicon.svg", "spinner.svg", "nothing.svg"):
        assert client.get(f"/static/pipc/{name}").headers["content-type"].startswith("image/svg+xml")
    assert client.get("/static/assets/pwa-manifest.json").json()["name"] == "Participación ciudadana"
    assert "/swagger/v1" not in client.get("/login/").text
    assert client.get("/swagger/v1").status_code == 404


def logged_in(client: httpx.Client, settings: Settings, user: str, password: str) -> bool:
    token = re.search(r'id="csrf_token"[^>]*value="([^"]+)"', client.get("/login/").text)
    assert token is not None
    client.post("/login/", data={"username": user, "password": password, "csrf_token": token[1]}, headers={"Referer": str(client.base_url)})
    return client.get("/api/v1/me/").status_code == 200


def test_administrator_lands_on_the_dashboards_when_nothing_was_pushed(client: httpx.Client, dashboards: Settings) -> None:
    assert server.users(dashboards)[:1] == ["admin"]
    assert not logged_in(client, dashboards, "admin", "wrong")
    assert logged_in(client, dashboards, "admin", user_password(dashboards, "admin"))
    answer = client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (302, "/dashboard/list/")


def test_nothing_happens_when_started_twice(dashboards: Settings) -> None:
    before = server.status(dashboards)
    assert before["superset"] is not None
    assert server.start(dashboards) is False
    assert server.status(dashboards) == before


def test_running_port_is_named_when_another_one_is_asked_for(dashboards: Settings) -> None:
    running = int(superset_address(dashboards).rsplit(":", 1)[1])
    with pytest.raises(DashboardError, match=rf"already runs on port {running}: `pipc down`"):
        server.start(replace(dashboards, superset_port=running + 1))


def test_tables_are_left_alone_when_they_are_prepared(dashboards: Settings) -> None:
    prepared = "from pipc_server.application import create, prepare\napp = create()\nwith app.app_context(): print('again', prepare(app))"
    answer = subprocess.run(
        [str(superset_python(dashboards)), "-c", prepared],
        env=process_variables(dashboards),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "again False" in answer.stdout
    assert "migrated in" not in answer.stderr


# --- ended and started again: last, because they change the session's server -----------------------------------------


def test_workers_end_with_it_and_it_starts_anew_when_the_server_was_killed(dashboards: Settings) -> None:
    main, *workers = family(dashboards)
    assert len(workers) == 2
    os.kill(main.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while server.status(dashboards)["superset"] is not None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert server.status(dashboards) == {"superset": None}
    assert server.start(dashboards) is True
    assert not any(worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE for worker in workers)
    assert server.is_healthy(dashboards)


def test_every_process_is_gone_when_stopped(dashboards: Settings) -> None:
    processes = family(dashboards)
    assert len(processes) == 3
    try:
        assert server.stop(dashboards) == ["superset"]
        assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)
        assert server.stop(dashboards) == []
        stranger = psutil.Process()
        record = server.service(dashboards).record
        record.write_text(json.dumps({"pid": stranger.pid, "started_ticks": start_ticks(stranger.pid) - 1}))
        assert server.status(dashboards) == {"superset": None}
    finally:
        server.start(dashboards)
    assert server.is_healthy(dashboards)


def test_last_words_are_told_when_the_configuration_fails(dashboards: Settings, reachable_tmp: Path) -> None:
    folder = reachable_tmp / "broken-superset"
    folder.mkdir()
    (folder / ".venv").symlink_to(dashboards.superset / ".venv")
    (folder / "pipc_server").symlink_to(dashboards.superset / "pipc_server")
    (folder / "superset_config.py").write_text("raise SystemExit('this configuration ends at once')\n")
    broken = replace(dashboards, home=reachable_tmp / "broken-home", superset=folder)
    broken = replace(broken, warehouse_url=superuser_engine(dashboards).url.render_as_string(hide_password=False))
    with pytest.raises(DashboardError, match=r"could not be started \(log: .*superset\.log\)(.|\n)*this configuration ends at once"):
        server.start(broken)
    assert server.status(broken) == {"superset": None}
