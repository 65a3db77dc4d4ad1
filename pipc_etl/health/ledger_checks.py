"""What the warehouse's figures mean: a late build, a growing quarantine, letters that do not go out, drafts, sizes, the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from pipc_etl.health.check import Check
from pipc_etl.health.figures import BuildFigures, LedgerFigures
from pipc_etl.settings import Settings

# Three times what is usual in a day is more than a bad form can explain by chance.
_TIMES_USUAL = 3
_LETTER_HOURS = 24
_DRAFT_DAYS = 30
# Due days and cut-offs are decided by the clocks of both machines.
_CLOCK_SECONDS = 60
_FULL_PCT, _NEARLY_FULL_PCT = 95, 80


def ledger_checks(settings: Settings, figures: LedgerFigures, now: datetime) -> Iterator[Check]:
    """`now` is this machine's clock."""
    yield build_check(settings, figures.build, figures.at)
    yield quarantine_check(settings, figures)
    yield _letters(settings, figures)
    yield _drafts(figures)
    yield from _database(settings, figures)
    yield _clock(figures.at, now)


def build_check(settings: Settings, build: BuildFigures, at: datetime) -> Check:
    """Accepted files that no build has seen for PIPC_LATE_BUILD_MINUTES; a build that failed says why they wait."""
    remedy = "pipc build says why; in Airflow, the last run of build_warehouse"
    if not build.unseen or build.unseen_since is None:
        ended = (
            f"the last build ended {build.finished_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if build.finished_at else "nothing to build yet"
        )
        return Check("build", "ok", ended)
    waited = at - build.unseen_since
    minutes = int(waited.total_seconds() // 60)
    kinds = ", ".join(build.unseen)
    message = f"files of {kinds} wait for a build since {minutes} min{'; the last one failed' if build.failed_at else ''}"
    if waited < timedelta(minutes=settings.late_build_minutes):
        return Check("build", "ok", message)
    failed = " La última construcción falló." if build.failed_at else ""
    notice = f"Hay entregas aceptadas hace {minutes} minutos que los marts todavía no muestran ({kinds}).{failed}"
    return Check("build", "problem", message, remedy, notice)


def quarantine_check(settings: Settings, figures: LedgerFigures) -> Check:
    """Rows set apart in the last day: many, and more than usual in the week before or than their share of all rows may be."""
    rows, read = figures.quarantined_day, figures.rows_day
    usual = figures.quarantined_week / 7
    share = 100 * rows / read if read else 0.0
    message = f"{rows} of {read} rows set apart in 24 h ({share:.0f} %); {usual:.0f} a day in the week before"
    if rows < settings.quarantine_rows or (rows <= _TIMES_USUAL * usual and share <= settings.quarantine_pct):
        return Check("quarantine", "ok", message)
    notice = (
        f"En 24 horas se apartaron {rows} de {read} filas ({share:.0f} %); en la semana anterior, {usual:.0f} por día. "
        "Casi siempre es un formulario o una plantilla que cambió."
    )
    remedy = "audit.finding says which rule and which column: talk with whoever sends it"
    return Check("quarantine", "warning", message, remedy, notice)


def _letters(settings: Settings, figures: LedgerFigures) -> Check:
    queued, failed = figures.letters.get("queued", 0), figures.letters_failed_lately
    message = f"{queued} queued, {failed} refused in 3 days, {figures.letters.get('no_address', 0)} without an address"
    if settings.smtp_url is None:
        return Check("letters", "ok", f"{message}; mail is off (PIPC_SMTP_URL is not set)")
    since = figures.letter_waiting_since
    remedy = "select letter_id, state, error from audit.letter where state in ('queued', 'failed')"
    if since is not None and figures.at - since > timedelta(hours=_LETTER_HOURS):
        notice = f"Hay {queued} cartas en cola y la más antigua espera hace más de {_LETTER_HOURS} horas: revise el servidor de correo."
        return Check("letters", "problem", message, remedy, notice)
    if failed:
        return Check("letters", "warning", message, remedy, f"El servidor de correo rechazó {failed} cartas en los últimos tres días.")
    return Check("letters", "ok", message)


def _drafts(figures: LedgerFigures) -> Check:
    drafts = figures.publications.get("draft", 0)
    message = f"{drafts} drafts of reports"
    if figures.draft_since is not None and figures.at - figures.draft_since > timedelta(days=_DRAFT_DAYS):
        notice = f"Hay {drafts} borradores de informes; el más antiguo espera decisión hace más de {_DRAFT_DAYS} días."
        return Check("drafts", "warning", f"{message}, the oldest over {_DRAFT_DAYS} days", "pipc publish approve, or reject", notice)
    return Check("drafts", "ok", message)


def _database(settings: Settings, figures: LedgerFigures) -> Iterator[Check]:
    """How full the database's volume is, where PIPC_DATABASE_VOLUME_BYTES says how large it is: the server itself does not."""
    used = sum(figures.database_bytes.values())
    message = f"{used / 1024**3:.2f} GB in the databases"
    if not settings.database_volume_bytes:
        yield Check("database", "ok", message)
        return
    pct = 100 * used / settings.database_volume_bytes
    message = f"{message}, {pct:.0f} % of the volume"
    if pct < _NEARLY_FULL_PCT:
        yield Check("database", "ok", message)
        return
    notice = f"Las bases de datos ocupan el {pct:.0f} % de su volumen."
    yield Check("database", "problem" if pct >= _FULL_PCT else "warning", message, "give the server a larger volume", notice)


def _clock(database: datetime, now: datetime) -> Check:
    seconds = abs((database - now).total_seconds())
    if seconds <= _CLOCK_SECONDS:
        return Check("clock", "ok", f"{seconds:.0f} s from the database's")
    notice = f"El reloj de esta máquina y el de la base de datos difieren en {seconds:.0f} segundos: los plazos dependen de la hora."
    return Check("clock", "problem", f"{seconds:.0f} s from the database's", "synchronise both machines (NTP)", notice)
