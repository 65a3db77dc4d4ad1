"""What can be seen without the warehouse: disk, landing folder, backups, certificate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipc_etl.health.check import Check, State
from pipc_etl.health.figures import LandingFigures, free_bytes, landing_figures
from pipc_etl.health.notices import OFFICE_TIME
from pipc_etl.settings import Settings

GIB = 1024**3
# A warning comes while there is time: six times what is a problem.
_WARNING_TIMES = 6
# The ingests rest from midnight to six (dags/ingest_*.py): a file that came by night is not late.
_SERVICE_BEGINS = 6


def machine_checks(settings: Settings, now: datetime) -> Iterator[Check]:
    yield disk_check(settings)
    yield landing_check(settings, landing_figures(settings), now)
    yield from _backup(settings, now)
    if settings.tls_certificate is not None:
        yield certificate_check(settings.tls_certificate, now)


def disk_check(settings: Settings) -> Check:
    """The disk with the least free space of those that hold the home, the archive, the publications and, if it is ours, the database."""
    places = {settings.home, settings.archive, settings.landing, settings.publications, settings.home / "postgres"}
    free, place = min((free_bytes(place)[0], str(place)) for place in places)
    message = f"{free / GIB:.1f} GB free at {place}"
    if free >= _WARNING_TIMES * settings.disk_free_bytes:
        return Check("disk", "ok", message)
    notice = f"Quedan {free / GIB:.1f} GB libres en el disco de {place}. Sin disco no se recibe ni se calcula nada."
    state: State = "problem" if free < settings.disk_free_bytes else "warning"
    return Check("disk", state, message, "free some space or set PIPC_HOME to another disk", notice)


def landing_check(settings: Settings, landing: LandingFigures, now: datetime) -> Check:
    """Files that wait longer than PIPC_LANDING_MINUTES of the hours in which somebody looks."""
    message = f"{landing.files} files wait"
    if landing.oldest_at is None:
        return Check("landing", "ok", "nothing waits")
    minutes = int(service_time(landing.oldest_at, now).total_seconds() // 60)
    if minutes < settings.landing_minutes:
        return Check("landing", "ok", message)
    notice = f"Hay {landing.files} archivos en la carpeta de entrega; el más antiguo espera hace {minutes} minutos."
    remedy = "the last run of ingest_submissions or ingest_form_responses says why; or pipc ingest"
    return Check("landing", "problem", f"{message}, the oldest since {minutes} min", remedy, notice)


def service_time(begin: datetime, end: datetime) -> timedelta:
    """How much of the time between is inside the hours of the ingests, 6:00 to midnight in Bogotá."""
    total, day = timedelta(), begin.astimezone(OFFICE_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
    while day < end:
        opens, closes = day + timedelta(hours=_SERVICE_BEGINS), day + timedelta(days=1)
        total += max(timedelta(), min(end, closes) - max(begin, opens))
        day += timedelta(days=1)
    return total


def last_backup(settings: Settings) -> datetime | None:
    """When the last backup that is whole was finished, as the backups' own record says."""
    try:
        record = json.loads((settings.backup_folder / "last.json").read_text(encoding="utf-8"))
        return datetime.fromisoformat(record["finished_at"])
    except (FileNotFoundError, ValueError, KeyError):
        return None


def _backup(settings: Settings, now: datetime) -> Iterator[Check]:
    finished = last_backup(settings)
    remedy = "pipc backup; in Airflow, the last run of backup"
    if finished is None:
        if settings.backups is None:
            yield Check("backup", "warning", "no backups are made", "set PIPC_BACKUPS to a folder on another disk")
        else:
            yield Check("backup", "problem", f"none in {settings.backups}", remedy, f"No hay ningún respaldo en {settings.backups}.")
        return
    hours = int((now - finished).total_seconds() // 3600)
    if settings.backups is not None and hours >= settings.backup_hours:
        notice = f"El último respaldo terminó hace {hours} horas."
        yield Check("backup", "problem", f"the last one is {hours} h old", remedy, notice)
    else:
        yield Check("backup", "ok", f"the last one is {hours} h old")


def certificate_check(path: Path, now: datetime, *, warning_days: int = 21, problem_days: int = 3) -> Check:
    """How long the certificate at `path` (PEM) is still valid."""
    from cryptography import x509

    try:
        ends = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        return Check(
            "certificate", "problem", f"{path} cannot be read: {error}", "correct PIPC_TLS_CERTIFICATE", f"No se puede leer {path}."
        )
    days = int((ends - now.astimezone(UTC)).total_seconds() // 86400)
    message = f"{path.name} is valid until {ends:%Y-%m-%d}"
    if days >= warning_days:
        return Check("certificate", "ok", message)
    notice = f"El certificado {path.name} {'venció' if days < 0 else 'vence'} el {ends:%d/%m/%Y}."
    return Check("certificate", "problem" if days < problem_days else "warning", message, "put the new one in its place", notice)
