"""People's accounts of Airflow behind TLS: a real api-server as containers run it, with a certificate that signs itself."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from pipc_etl.encryption import trusted
from pipc_etl.errors import SettingsError
from pipc_etl.orchestration import accounts, services
from pipc_etl.orchestration.accounts import AccountError
from pipc_etl.orchestration.airflow_api import AirflowApi, AirflowApiError
from pipc_etl.orchestration.airflow_environment import airflow_address, process_variables, settings_variables, ui_password
from pipc_etl.settings import Settings, load_settings
from pipc_etl.warehouse.embedded import Cluster
from tests.certificates import certificate

GUESSES = [("admin", "admin"), ("airflow", "airflow"), ("admin", "airflow"), ("admin", ""), ("pipc", "pipc"), ("admin", "password")]
START_SECONDS = 240
# Its first test waits for Airflow's tables, three of its programs and its web server.
pytestmark = pytest.mark.timeout(1200)


@dataclass(frozen=True)
class Guarded:
    """A running api-server with accounts, and one account that was added: its password."""

    settings: Settings
    address: str
    reviewer: str


@pytest.fixture(scope="module")
def guarded(settings: Settings, cluster: Cluster, reachable_tmp: Path) -> Iterator[Guarded]:
    """Airflow's database prepared with accounts, and its api-server alone (the other processes have no login)."""
    folder = reachable_tmp / "guarded"
    shutil.copytree(settings.secrets, folder / "secrets")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shown, key = certificate(folder)
    own = replace(
        settings,
        home=folder,
        secrets=folder / "secrets",
        airflow_port=port,
        airflow_auth="fab",
        tls_certificate=shown,
        tls_key=key,
        warehouse_url=cluster.url("pipc").render_as_string(hide_password=False),
    )
    services.prepare(own)
    reviewer = accounts.add(own, "revisora", "Viewer", full_name="Rosa Elvira Duarte", email="rosa@entidad.example")
    environment = {**os.environ, **settings_variables(own)}
    with (folder / "api-server.log").open("wb") as log:
        command = [sys.executable, "-m", "pipc_etl.cli", "airflow", "api-server"]
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        deadline = time.monotonic() + START_SECONDS
        with AirflowApi(airflow_address(own), verify=trusted(own)) as api:
            while api.unhealthy_components(0) == ["api-server"]:
                assert server.poll() is None, (folder / "api-server.log").read_text()[-3000:]
                assert time.monotonic() < deadline, (folder / "api-server.log").read_text()[-3000:]
                time.sleep(0.5)
        yield Guarded(own, airflow_address(own), reviewer)
    finally:
        os.killpg(server.pid, 15)
        server.wait(30)


def client(guarded: Guarded, user: str, password: str) -> AirflowApi:
    return AirflowApi(guarded.address, user, password, verify=trusted(guarded.settings))


def test_airflow_answers_by_tls_alone_to_whoever_trusts_its_certificate(guarded: Guarded) -> None:
    assert guarded.address.startswith("https://127.0.0.1:")
    with httpx.Client(verify=trusted(guarded.settings), trust_env=False) as knowing:
        assert knowing.get(f"{guarded.address}/api/v2/monitor/health").status_code == 200
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{guarded.address}/api/v2/monitor/health", trust_env=False)
    with pytest.raises(httpx.HTTPError):
        httpx.get(guarded.address.replace("https://", "http://"), trust_env=False)
    variables = process_variables(guarded.settings)
    assert variables["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == f"{guarded.address}/execution/"
    assert variables["AIRFLOW__FAB__COOKIE_SECURE"] == "True"


def test_nobody_enters_with_a_password_that_everybody_knows_when_airflow_has_accounts(guarded: Guarded) -> None:
    refused = 0
    for user, password in GUESSES:
        with client(guarded, user, password) as api, pytest.raises(AirflowApiError, match="refuses the user"):
            api.dag_ids()
        refused += 1
    assert refused == len(GUESSES)
    with client(guarded, "admin", ui_password(guarded.settings)) as api:
        assert isinstance(api.dag_ids(), list)
    with services.connect(guarded.settings) as api:
        api.ensure_pool("made_by_pipc", 1)


def test_account_may_do_what_its_role_may_when_it_was_added(guarded: Guarded) -> None:
    with client(guarded, "revisora", guarded.reviewer) as api:
        assert isinstance(api.dag_ids(), list)
        with pytest.raises(AirflowApiError, match="403"):
            api.ensure_pool("made_by_nobody", 1)
    known = {one.name: one for one in accounts.accounts(guarded.settings)}
    assert {name: one.roles for name, one in known.items()} == {"admin": ["Admin"], "pipc": ["Op"], "revisora": ["Viewer"]}
    assert (known["revisora"].full_name, known["revisora"].email, known["revisora"].is_active) == (
        "Rosa Elvira Duarte",
        "rosa@entidad.example",
        True,
    )


def test_account_enters_no_more_when_it_is_disabled_or_has_another_password(guarded: Guarded) -> None:
    chosen = accounts.reset(guarded.settings, "revisora")
    with client(guarded, "revisora", guarded.reviewer) as api, pytest.raises(AirflowApiError, match="refuses the user"):
        api.dag_ids()
    with client(guarded, "revisora", chosen) as api:
        assert isinstance(api.dag_ids(), list)
    accounts.activate(guarded.settings, "revisora", is_active=False)
    with client(guarded, "revisora", chosen) as api, pytest.raises(AirflowApiError, match="refuses the user"):
        api.dag_ids()


def test_reason_is_told_when_accounts_or_certificates_are_not_set_up(settings: Settings) -> None:
    with pytest.raises(AccountError, match="PIPC_AIRFLOW_AUTH=fab"):
        accounts.accounts(settings)
    with pytest.raises(AccountError, match="there is no role 'Jefe'; the roles are Admin, Op, User, Viewer"):
        accounts.add(settings, "jefe", "Jefe")
    with pytest.raises(SettingsError, match="PIPC_TLS_CERTIFICATE and PIPC_TLS_KEY go together"):
        load_settings({"PIPC_TLS_CERTIFICATE": "/etc/certificate.pem"})
    with pytest.raises(SettingsError, match="PIPC_AIRFLOW_AUTH must be"):
        load_settings({"PIPC_AIRFLOW_AUTH": "open"})
    with pytest.raises(SettingsError, match="cannot be used"):
        trusted(replace(settings, tls_ca=Path("/no/such.pem")))
